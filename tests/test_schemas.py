"""The published JSON contracts: what is really printed is what docs/schema says, and all of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from analyzer import commands, config, looking, since
from analyzer.analyses import OF_CHANGES, REPORTS
from analyzer.findings import BY_ID
from analyzer.formats.text import Style
from analyzer.reference.schemas import REPORT_BODIES, contracts
from tests.drawn import commit, draw

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "examples/platform"
PRINTED = [*(f"report {report.name}" for report in REPORTS), "check"]

TREE = """
    --- groundplan.yaml
    layout:
      patterns: ["clusters/{environment}/{cluster}/{component}"]
      base: ["base/{component}"]
    environments: [staging, production]
    --- base/web/kustomization.yaml
    resources: [web.yaml]
    --- base/web/web.yaml = Deployment/web
    spec: {replicas: 1}
    --- base/lone/kustomization.yaml
    resources: [lone.yaml]
    --- base/lone/lone.yaml = ConfigMap/lone
    --- clusters/staging/eu/web/kustomization.yaml
    resources: [../../../../base/web, "https://example.com/a.yaml"]
    replicas: [{name: web, count: 2}]
    --- clusters/production/eu/web/kustomization.yaml
    resources: [../../../../base/web, missing.yaml]
    resources: [../../../../base/web, missing.yaml]
    --- clusters/production/us/web/kustomization.yaml
    resources: [web.yaml]
    --- clusters/production/us/web/web.yaml = Deployment/web
    spec: {replicas: 3}
    --- clusters/production/us/all.yaml
    apiVersion: kustomize.toolkit.fluxcd.io/v1
    kind: Kustomization
    metadata: {name: all, namespace: flux-system}
    spec:
      path: ./clusters/production/us/plain
      sourceRef: {kind: GitRepository, name: flux-system}
    --- clusters/production/us/plain/settings.yaml = ConfigMap/settings
    --- elsewhere/kustomization.yaml
    kind: Component
    """
CHANGED = """
    --- base/web/web.yaml = Deployment/web
    spec: {replicas: 2, template: {spec: {containers: [{name: a, image: x}]}}}
    --- clusters/staging/eu/web/kustomization.yaml
    resources: [../../../../base/web, "https://example.com/b.yaml", new.yaml]
    --- clusters/staging/eu/web/new.yaml = Secret/new
    stringData: {a: b}
    --- clusters/production/us/web/kustomization.yaml
    resources: [gone.yaml]
    --- clusters/production/us/plain/settings.yaml = ConfigMap/other
    """
EMPTY = "--- README.md\nNothing is here.\n"
BROKEN = """
    --- kustomization.yaml
    resources: [a.yaml, sub, ../outside]
    --- a.yaml
    a: [
    --- sub/kustomization.yaml
    resources: [..]
    """


def printed(command: str, directory: Path, **options: bool) -> Mapping[str, object]:
    """The JSON a command prints."""
    asked, style = looking.Options(directory, **options), Style()  # type: ignore[arg-type]  # flags
    name = command.removeprefix("report ")
    text, _ = (
        commands.check(asked, "json", style)
        if name == "check"
        else commands.report(name, asked, "json", style)
    )
    answer: Mapping[str, object] = json.loads(text)
    return answer


@cache
def schema(command: str) -> dict[str, object]:
    file = ROOT / "docs/schema" / f"{command.split()[-1]}.v1.json"
    found: dict[str, object] = json.loads(file.read_text())
    return found


def closed(part: object) -> object:
    """The schema without room for properties it does not name: nothing goes unsaid here."""
    if isinstance(part, list):
        return [closed(item) for item in part]
    if not isinstance(part, dict):
        return part
    room = {"additionalProperties": False} if "properties" in part else {}
    return {**room, **{key: closed(value) for key, value in part.items()}}


def valid(answer: object, by: object) -> list[str]:
    assert isinstance(by, dict)
    errors = Draft202012Validator(by).iter_errors(answer)  # type: ignore[arg-type]  # any JSON
    return [f"{error.json_path}: {error.message}" for error in errors]


@pytest.mark.parametrize("command", PRINTED)
def test_the_example(command: str) -> None:
    answer = printed(command, EXAMPLE)
    assert valid(answer, closed(schema(command))) == []


def changed(where: Path, before: str, after: str) -> looking.Options:
    """A tree that was committed, and drawn over."""
    draw(where, before)
    commit(where, "before")
    draw(where, after)
    return looking.Options(where)


@pytest.mark.parametrize(("before", "after"), [(TREE, CHANGED), (EMPTY, TREE), (BROKEN, TREE)])
def test_what_is_said_of_a_change(tmp_path: Path, before: str, after: str) -> None:
    options = changed(tmp_path, before, after)
    text, _ = since.report("impact", options, "json", Style(), "HEAD", ())
    assert valid(json.loads(text), closed(schema("impact"))) == []
    named, _ = since.report("impact", options, "json", Style(), None, ("base/web/web.yaml",))
    assert valid(json.loads(named), closed(schema("impact"))) == []
    made = since.diff("HEAD", options, "json", Style(), False)
    assert valid(json.loads(made), closed(schema("diff"))) == []


def test_what_is_said_of_two_environments() -> None:
    options = looking.Options(EXAMPLE)
    text = since.diff_environments(("staging", "production"), options, "json", Style(), False)
    answer = json.loads(text)
    assert valid(answer, closed(schema("diff"))) == []
    assert (answer["before"], answer["after"]) == ("staging", "production")


@pytest.mark.parametrize("options", [{}, {"render": False}, {"all_roots": True}], ids=str)
@pytest.mark.parametrize("drawing", [TREE, EMPTY, BROKEN], ids=["clusters", "empty", "broken"])
@pytest.mark.parametrize("command", PRINTED)
def test_trees_of_every_kind(
    tree: Callable[[str], Path], command: str, drawing: str, options: dict[str, bool]
) -> None:
    answer = printed(command, tree(drawing), **options)
    assert valid(answer, closed(schema(command))) == []


def test_the_drawn_tree_has_what_schemas_speak_of(tree: Callable[[str], Path]) -> None:
    where = tree(TREE)
    structure, coverage = (printed(f"report {name}", where) for name in ("structure", "coverage"))
    roots = structure["roots"]
    assert isinstance(roots, list)
    assert {root["renders"] for root in roots} == {"full", "partial", "failed", None}
    assert {root["generated"] for root in roots} == {True, False}
    assert {root["kind"] for root in roots} == {"Kustomization", "Component"}
    assert [root["needs"] for root in roots if root["needs"]] == [["remote"]]
    assert [by["name"] for root in roots for by in root["deployed_by"]] == ["all"]
    components = coverage["components"]
    assert isinstance(components, list)
    states = {
        row["state"] for c in components for rows in c["environments"].values() for row in rows
    }
    assert states == {"referenced", "copied", "own", "missing", "broken"}


@pytest.mark.anew
@pytest.mark.parametrize("command", PRINTED)
def test_findings_have_rules_and_are_the_same_every_time(
    tree: Callable[[str], Path], command: str
) -> None:
    where = tree(TREE)
    answer = printed(command, where)
    found = answer["findings"]
    assert isinstance(found, list)
    assert found or command in ("report promotion", "report duplication")  # nothing is wrong
    assert {finding["rule"] for finding in found} <= BY_ID.keys()
    assert printed(command, where) == answer


@pytest.mark.parametrize("contract", list(contracts()), ids=lambda c: c.file)
def test_schemas_are_schemas(contract: object) -> None:
    written = json.loads((ROOT / "docs/schema" / getattr(contract, "file", "")).read_text())
    Draft202012Validator.check_schema(written)
    assert written["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_every_report_has_a_schema() -> None:
    names = [report.name for report in REPORTS] + [report.name for report in OF_CHANGES]
    assert list(REPORT_BODIES) == names


def test_readers_must_pass_over_new_properties_but_for_counts() -> None:
    counts = {"inherited": 1, "overridden": 0, "added": 0, "removed": 0}
    coverage = schema("report coverage")
    definitions = coverage["$defs"]
    assert isinstance(definitions, dict)
    assert valid({"schema": "groundplan/coverage/v1", "components": [], "unused_bases": [],
                  "everywhere": None, "findings": [], "new": 1}, coverage) == []  # fmt: skip
    assert valid(counts, definitions["counts"]) == []
    assert valid({**counts, "new": 1}, definitions["counts"]) != []


CONFIGURATIONS = (
    ("", True),
    ("title: Platform\nreadme: [README.md]\n", True),
    ("layout: {patterns: ['{environment}/{component}'], base: [base]}\n", True),
    ("environments: [a, b]\nprotected: [b]\nsources: {flux-system: ., other: null}\n", True),
    ("sourceUrl: https://example.com/{path}#L{line}\n", True),
    ("enviroments: [a]\n", False),
    ("environments: a\n", False),
    ("layout: {pattern: []}\n", False),
    ("title: [a]\n", False),
)


@pytest.mark.parametrize(("text", "good"), CONFIGURATIONS)
def test_the_schema_of_the_configuration_agrees_with_its_reader(text: str, good: bool) -> None:
    written = json.loads((ROOT / "docs/schema/groundplan.schema.json").read_text())
    assert (valid(yaml.safe_load(text) or {}, written) == []) is good
    if good:
        config.read(text.encode(), "groundplan.yaml")
    else:
        with pytest.raises(config.ConfigError, match=r"^groundplan.yaml:1: "):
            config.read(text.encode(), "groundplan.yaml")


def test_the_example_configuration_is_valid() -> None:
    written = json.loads((ROOT / "docs/schema/groundplan.schema.json").read_text())
    assert valid(yaml.safe_load((EXAMPLE / "groundplan.yaml").read_text()), written) == []


@pytest.mark.long
@pytest.mark.parametrize("command", PRINTED)
def test_real_trees(shared_trees: tuple[Path, ...], command: str) -> None:
    for where in shared_trees:
        assert valid(printed(command, where), closed(schema(command))) == [], where.name

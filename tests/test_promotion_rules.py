"""Sides that are compared, own rules of a tree, and how a promotion report is printed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer import analyses, commands, formats
from analyzer.analyses import promotion
from analyzer.classing import RULES, Subject
from analyzer.errors import ConfigError
from analyzer.looking import Options
from analyzer.threeway import Story
from tests.drawn import commit, draw
from tests.look import look, said
from tests.promoting import (
    IMAGE,
    LAYOUT,
    SEVERAL,
    WEB,
    classes,
    config,
    kustomization,
    lag,
    pins,
    report,
    told,
    what,
)

Draw = Callable[[str], Path]


def test_a_side_that_does_not_build_is_not_compared(tree: Draw) -> None:
    where = tree(WEB)
    kustomization(where, "production", "resources: [gone.yaml]\n")
    one = lag(where)
    assert (one.state, one.gaps, one.why) == (
        "not-comparable", (),
        "clusters/production/web/kustomization.yaml:1: gone.yaml does not exist",
    )  # fmt: skip


def test_a_component_of_one_environment_is_named(tree: Draw) -> None:
    where = tree(WEB)
    draw(where, "--- clusters/staging/new/kustomization.yaml\n"
                "configMapGenerator: [{name: c, literals: [a=1]}]\n")  # fmt: skip
    (step,) = report(where).steps
    assert [(str(one.name), one.state, one.why) for one in step.lags] == [
        ("new", "only-in-from", "1 resource"),
        ("web", "in-sync", ""),
    ]


REST = """
    --- groundplan.yaml
    layout: {patterns: ["clusters/{environment}/apps/{component}", "clusters/{environment}"]}
    environments: [staging, production]
    --- clusters/staging/kustomization.yaml
    resources: [apps/web, extra, namespace.yaml]
    --- clusters/staging/namespace.yaml = Namespace/web
    --- clusters/staging/extra/kustomization.yaml
    resources: [extra.yaml]
    --- clusters/staging/extra/extra.yaml = ConfigMap/extra
    --- clusters/staging/apps/web/kustomization.yaml
    resources: [web.yaml]
    --- clusters/staging/apps/web/web.yaml = ConfigMap/web
    --- clusters/production/kustomization.yaml
    resources: [apps/web, namespace.yaml]
    --- clusters/production/namespace.yaml = Namespace/web
    --- clusters/production/apps/web/kustomization.yaml
    resources: [web.yaml]
    --- clusters/production/apps/web/web.yaml = ConfigMap/web
    """


def test_what_belongs_to_no_component_is_compared_too(tree: Draw) -> None:
    where = tree(REST)
    (step,) = report(where).steps
    assert [(str(one.name), one.state, [(what(g), g.verdict, g.rule.id) for g in one.gaps])
            for one in step.lags] == [
        ("clusters/{environment}", "behind", [("ConfigMap/extra", "decide", "new-resource")]),
        ("web", "in-sync", []),
    ]  # fmt: skip
    (where / "clusters/production/namespace.yaml").unlink()
    (step,) = report(where).steps
    assert [(str(one.name), one.state, one.why) for one in step.lags] == [
        ("clusters/{environment}", "not-comparable",
         "clusters/production/kustomization.yaml:1: namespace.yaml does not exist"),
        ("web", "in-sync", ""),
    ]  # fmt: skip
    (where / "clusters/production/kustomization.yaml").unlink()
    (step,) = report(where).steps
    assert [(str(one.name), one.state, one.why) for one in step.lags] == [
        ("clusters/{environment}", "only-in-from", "2 resources"),
        ("web", "in-sync", ""),
    ]
    assert promotion.verdict(step) == (
        "2 components: 1 in sync, 1 only in staging. Differences: 0 to promote, 0 to decide, "
        "0 kept."
    )


def test_words_that_recur_explain_and_their_exceptions_are_shown(tree: Draw) -> None:
    files = """
    --- clusters/{0}/web/kustomization.yaml
    resources: [a.yaml]
    --- clusters/{0}/web/a.yaml = ConfigMap/a
    data: {{one: a.{1}, two: b.{1}, three: c.{1}/x, left: z.stg.acme.io}}
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata: {{name: b}}
    data: {{four: "d.{1}", five: "{1}"}}
    """
    where = tree(LAYOUT)
    draw(where, files.format("staging", "stg.acme.io"))
    draw(where, files.format("production", "acme.com"))
    (step,) = report(where).steps
    (one,) = step.learned
    assert (one.before, one.after, one.fields, one.resources, one.exceptions) == (
        "stg.acme.io", "acme.com", 5, 2, ("ConfigMap/a data.left",),
    )  # fmt: skip
    assert {g.rule.id for g in step.lags[0].gaps} == {"substitution"}
    assert step.lags[0].gaps[0].reason == (
        "different only by what one environment calls otherwise; stg.acme.io → acme.com in 5 fields"
    )


def test_what_groundplan_yaml_says_counts_first(tree: Draw) -> None:
    where = tree(
        """
    --- groundplan.yaml
    layout: {patterns: ["clusters/{environment}/{component}"]}
    environments: [staging, production]
    intent:
      - {kind: keep-different, field: data.a, environment: production, reason: a is loud}
      - {kind: known-lag, field: data.c, reason: next week}
    promotion:
      - {class: promote, resource: ConfigMap, field: data.b, reason: b follows}
    """
    )
    config(where, "a=1, b=1, c=1", "a=1, b=1, c=1", 1)
    moved = config(where, "a=2, b=2, c=2", "a=1, b=1, c=1", 2)
    assert [(g.verdict, *one) for g, one in zip(lag(where).gaps, told(where), strict=True)] == [
        ("keep", "ConfigMap/c data.a", "intent", "a is loud (groundplan.yaml:4)"),
        ("promote", "ConfigMap/c data.b", "own-rule", "b follows (groundplan.yaml:7)"),
        ("decide", "ConfigMap/c data.c", "source-changed",
         "equal once, and only the source was changed since; 1 change of the source since in 1 day"
         f", last {moved} of 2026-01-02; known: next week (groundplan.yaml:5)"),
    ]  # fmt: skip


def test_of_own_rules_the_first_that_fits_counts(tree: Draw) -> None:
    where = tree(
        """
    --- groundplan.yaml
    layout: {patterns: ["clusters/{environment}/{component}"]}
    environments: [staging, production]
    promotion:
      - {class: keep, field: data.a, reason: a stays}
      - {class: promote, resource: ConfigMap, reason: the rest follows}
    """
    )
    config(where, "a=1, b=1", "a=1, b=1", 1)
    config(where, "a=2, b=2", "a=1, b=1", 2)
    assert [(g.verdict, *one) for g, one in zip(lag(where).gaps, told(where), strict=True)] == [
        ("keep", "ConfigMap/c data.a", "own-rule", "a stays (groundplan.yaml:4)"),
        ("promote", "ConfigMap/c data.b", "own-rule", "the rest follows (groundplan.yaml:5)"),
    ]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("class: promote, component: wep",
         "promote: no component is wep; correct it, or remove it"),
        ("class: keep, environment: prod",
         "keep: no environment is prod; correct it, or remove it"),
        ("class: decide, resource: Secret",
         "decide: no resource there is Secret; correct it, or remove it"),
        ("class: keep, component: web, field: data.gone",
         "keep: no field there is data.gone; correct it, or remove it"),
        ("class: keep, component: web, environment: production, field: data.a", None),
        ("class: keep, resource: ConfigMap", None),
    ],
)  # fmt: skip
def test_an_own_rule_that_is_about_nothing_is_a_finding(
    tree: Draw, entry: str, message: str | None
) -> None:
    where = tree(
        f"""
    --- groundplan.yaml
    layout: {{patterns: ["clusters/{{environment}}/{{component}}"]}}
    environments: [staging, production]
    promotion:
      - {{{entry}, reason: why}}
    """
    )
    config(where, "a=1", "a=1", 1)
    found = analyses.run(look(where)).findings
    rule = "unused-promotion-rule"
    assert said(found) == ([(rule, "groundplan.yaml:4", message)] if message else [])


def test_own_rules_are_checked(tree: Draw) -> None:
    where = tree(
        """
    --- groundplan.yaml
    promotion:
      - {class: push, reason: x, field: a}
      - {class: keep, field: a}
      - {class: keep, reason: x}
    """
    )
    with pytest.raises(ConfigError) as raised:
        report(where)
    assert str(raised.value).split("\n") == [
        "groundplan.yaml:2: promotion[0].class: push is no class; it is one of promote, decide, "
        "keep",
        "groundplan.yaml:3: promotion[1] has no reason; say why, for whoever reads it later",
        "groundplan.yaml:4: promotion[2] is about everything; name at least one of component, "
        "environment, resource, field",
    ]


def test_remote_refs_are_versions(tree: Draw) -> None:
    where = tree(
        LAYOUT
        + """
    --- clusters/staging/web/kustomization.yaml
    resources: ["https://github.com/acme/web//deploy?ref=v2"]
    --- clusters/production/web/kustomization.yaml
    resources: ["https://github.com/acme/web//deploy?ref=v1"]
    """
    )
    commit(where, "first")
    assert classes(where) == [("https://github.com/acme/web//deploy?ref", "promote", "pin")]


def test_secrets_are_compared_and_never_shown(tree: Draw) -> None:
    where = tree(LAYOUT)
    for environment, value in (("staging", "czNjcjN0LXN0YWdpbmc="), ("production", "czNjcjN0LXA=")):
        draw(where, f"--- clusters/{environment}/web/kustomization.yaml\nresources: [s.yaml]\n"
                    f"--- clusters/{environment}/web/s.yaml = Secret/s\n"
                    f"data: {{password: {value}}}\n")  # fmt: skip
    commit(where, "first")
    assert classes(where) == [("Secret/s data.password", "keep", "secret")]
    for format in ("text", "json", "markdown"):
        text, _ = commands.report("promotion", Options(where), format, formats.text.Style())
        assert "czNjcjN0" not in text


def test_without_git_it_says_so(tree: Draw) -> None:
    where = tree(WEB)
    kustomization(where, "production", "resources: [../../../base/web]\n")
    found = report(where)
    assert found.limit == "this is no git repository"
    assert [g.rule.id for g in found.steps[0].lags[0].gaps] == ["pin"]


def test_a_shallow_clone_says_so(tree: Draw, tmp_path: Path) -> None:
    where = tree(SEVERAL)
    pins(where, "staging", "1", "1", day=1)
    pins(where, "production", "1", "1", day=2)
    pins(where, "staging", "2", "1", day=3)
    clone = tmp_path / "clone"
    subprocess.run(("git", "clone", "-q", "--depth", "1", f"file://{where}", clone), check=True)
    found = report(clone)
    assert found.limit == "this is a shallow clone"
    assert [(g.rule.id, g.story.days) for g in found.steps[0].lags[0].gaps] == [("pin", None)]


def test_what_is_not_committed_yet_is_the_last_moment(tree: Draw) -> None:
    where = tree(SEVERAL)
    pins(where, "staging", "1", "1", day=1)
    pins(where, "production", "1", "1", day=2)
    pinned = 'images: [{name: a, newTag: "2"}, {name: b, newTag: "1"}]'
    kustomization(where, "staging", f"resources: [../../../base/web]\n{pinned}\n")
    assert told(where) == [
        (IMAGE.format("a"), "pin",
         "a version; 1 change of the source since, last what is not committed yet"),
    ]  # fmt: skip


def test_an_order_that_nobody_knows_is_said(tree: Draw) -> None:
    where = tree("--- a/kustomization.yaml\nresources: []\n")
    text, _ = commands.report("promotion", Options(where), "text", formats.text.Style())
    assert "Fewer than two environments are in a known order" in text


@pytest.mark.parametrize("format", ["text", "markdown", "json"])
def test_every_format_has_the_difference(tree: Draw, format: str) -> None:
    where = tree(SEVERAL)
    pins(where, "production", "1", "1", day=1)
    pins(where, "staging", "2", "1", day=2)
    text, _ = commands.report("promotion", Options(where), format, formats.text.Style())
    assert "a:2" in text
    if format == "json":
        (step,) = json.loads(text)["steps"]
        (difference,) = step["components"][0]["differences"]
        assert (difference["class"], difference["rule"]) == ("promote", "pin")
        assert difference["to"]["commit"]["date"] == "2026-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("field", "rule"),
    [
        ("spec.template.spec.containers[name=app].envFrom[0].secretRef.name", "secret-path"),
        ("spec.values.vault.path", "secret-path"),
        ("spec.template.spec.containers[name=vault].command[0]", None),
        ("spec.values.aws.region", "cloud"),
        ("data.ROLE_ARN", "cloud"),
        ("spec.values.roleArn", "cloud"),
        ("data.warn", None),
        ("spec.values.timezones", None),
    ],
)
def test_fields_are_known_by_their_own_words(field: str, rule: str | None) -> None:
    subject = Subject("value", "Deployment", field, Story(), frozenset())
    found = [one.id for one in RULES if one.id in ("secret-path", "cloud") and one.fits(subject)]
    assert found == ([rule] if rule else [])

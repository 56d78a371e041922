"""Plans as files: the same text everywhere, what git takes, and their proof repeated."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from analyzer import cli, plans, verifying, writer
from analyzer.changes import FileChange, digest
from analyzer.plans import Item, Plan, Refusal
from analyzer.proving import prove
from tests.drawn import commit, draw, git, show
from tests.planning import BASE, COPIES, GONE, bench_of, planned

SCHEMA = Path(__file__).resolve().parents[1] / "docs/schema/plan.v1.json"


def plan(where: Path, *changes: FileChange) -> tuple[Plan, str, str]:
    """(A plan of these changes, its JSON, its patch)."""
    now = bench_of(where)
    items = (Item("1a2b", "Deployment/web", "replicas", "one value", ("staging",), "base", 9, 7),)
    refusals = (Refusal("3c4d", "ConfigMap/x", "refused", "differs"),)
    proof = prove(now, changes)
    made = verifying.made(now, items, changes, (proof,), refusals)
    return made, verifying.as_json(made), verifying.as_patch(now, made)


def test_a_plan_reads_back_as_it_was_written(tmp_path: Path) -> None:
    draw(tmp_path, COPIES)
    made, text, _ = plan(tmp_path, *planned(tmp_path, BASE, GONE))
    again = plans.from_json(text)
    assert again == made
    assert verifying.as_json(again).encode() == text.encode()


def test_a_plan_follows_its_schema(tmp_path: Path) -> None:
    draw(tmp_path, COPIES)
    _, text, _ = plan(tmp_path, *planned(tmp_path, BASE, GONE))
    Draft202012Validator(json.loads(SCHEMA.read_text())).validate(json.loads(text))


def test_a_plan_is_the_same_in_every_checkout(tmp_path: Path) -> None:
    texts = set()
    for name in ("one", "other"):
        tree = draw(tmp_path / name / "tree", COPIES)
        texts.add(plan(tree, *planned(tree, BASE, GONE))[1:])
    assert len(texts) == 1


HARD = """
    --- one/kustomization.yaml
    resources: [a.yaml, b.yaml, "with space.yaml"]
    --- one/a.yaml = ConfigMap/a
    --- one/b.yaml = ConfigMap/b
    --- "one/with space.yaml" = ConfigMap/c
    """


def test_git_applies_the_patch_and_takes_it_back(tmp_path: Path) -> None:
    tree = draw(tmp_path / "tree", HARD)
    (tree / "one/b.yaml").write_bytes(b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}")
    commit(tree, "before")
    before = show(tree)
    data = (tree / "one/with space.yaml").read_bytes()
    changes = (
        *planned(tree, """
            --- one/kustomization.yaml
            resources: [../base, b.yaml]
            --- base/kustomization.yaml
            resources: [a.yaml, "ö c.yaml"]
            --- base/a.yaml = ConfigMap/a
            """, ("one/a.yaml",)),
        FileChange("base/ö c.yaml", digest(data), None, None, "one/with space.yaml"),
        FileChange("one/b.yaml", digest((tree / "one/b.yaml").read_bytes()),
                   b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b} # no newline"),
    )  # fmt: skip
    made, _, patch = plan(tree, *changes)
    file = tmp_path / "PLAN.patch"
    file.write_text(patch)
    git(tree, "apply", str(file))
    by_git = show(tree)
    git(tree, "apply", "-R", str(file))
    assert show(tree) == before
    writer.write(tree, made.changes)
    assert show(tree) == by_git
    writer.write(tree, made.inverse)
    assert show(tree) == before


def test_a_moved_secret_is_not_in_the_plan(tmp_path: Path) -> None:
    tree = draw(tmp_path / "tree", """
        --- one/kustomization.yaml
        resources: [a.yaml]
        --- one/a.yaml = Secret/a
        stringData: {password: hunter2}
        """)  # fmt: skip
    commit(tree, "before")
    data = (tree / "one/a.yaml").read_bytes()
    made, text, patch = plan(
        tree,
        FileChange("base/a.yaml", digest(data), None, None, "one/a.yaml"),
        *planned(tree, """
            --- one/kustomization.yaml
            resources: [../base]
            --- base/kustomization.yaml
            resources: [a.yaml]
            """),
    )  # fmt: skip
    assert made.verdict == "identical"
    assert "hunter2" not in text + patch
    (tmp_path / "PLAN.patch").write_text(patch)
    git(tree, "apply", str(tmp_path / "PLAN.patch"))
    assert (tree / "base/a.yaml").read_bytes() == data


# verify -------------------------------------------------------------------------------------------


def verified(tree: Path, text: str) -> tuple[int, str]:
    file = tree.parent / "PLAN.json"
    file.write_text(text)
    done = CliRunner().invoke(cli.main, ["-C", str(tree), "verify", str(file)])
    return done.exit_code, done.output


def test_verify_repeats_the_proof_in_one_line(tmp_path: Path) -> None:
    tree = draw(tmp_path / "tree", COPIES)
    made, text, _ = plan(tree, *planned(tree, BASE, GONE))
    assert verified(tree, text) == (
        0,
        f"PLAN.json {made.id}: identical (2 units, 2 resources, 5 builds, kustomize 5.8.1, "
        "inputs as planned)\n",
    )


def test_verify_says_which_file_is_not_what_it_was(tmp_path: Path) -> None:
    tree = draw(tmp_path / "tree", COPIES)
    made, text, _ = plan(tree, *planned(tree, BASE, GONE))
    with (tree / "production/web.yaml").open("a") as file:
        file.write("# edited\n")
    assert verified(tree, text) == (
        1,
        f"PLAN.json {made.id}: refused: production/web.yaml: is not what it was when the change "
        "was planned; plan again\n",
    )


def test_verify_says_that_a_plan_is_applied_already(tmp_path: Path) -> None:
    tree = draw(tmp_path / "tree", COPIES)
    made, text, _ = plan(tree, *planned(tree, BASE, GONE))
    writer.write(tree, made.changes)
    assert verified(tree, text) == (
        1,
        f"PLAN.json {made.id}: applied already; `git apply -R` of its patch takes it back\n",
    )


def test_verify_does_not_believe_what_a_plan_says_of_itself(tmp_path: Path) -> None:
    tree = draw(tmp_path / "tree", COPIES)
    wrong = planned(tree, BASE.replace("count: 3", "count: 2"), GONE)
    made, text, _ = plan(tree, *wrong)
    assert made.verdict == "refused"
    code, said = verified(tree, text.replace('"refused"', '"identical"'))
    assert code == 1
    assert "refused: production renders otherwise: Deployment/web spec.replicas: 3 → 2" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is no JSON"),
        ("[]", "is no plan"),
        ('{"schema": "groundplan/plan/v1"}', "does not follow groundplan/plan/v1"),
    ],
)
def test_what_is_no_plan_cannot_be_verified(tmp_path: Path, text: str, said: str) -> None:
    tree = draw(tmp_path / "tree", COPIES)
    code, output = verified(tree, text)
    assert (code, said in output) == (2, True)


@pytest.mark.parametrize("path", ["../out.yaml", "/etc/passwd", ".git/config", "a//b"])
def test_a_plan_stays_inside_the_tree(tmp_path: Path, path: str) -> None:
    tree = draw(tmp_path / "tree", COPIES)
    _, text, _ = plan(tree, *planned(tree, BASE, GONE))
    code, output = verified(tree, text.replace('"base/web.yaml"', json.dumps(path)))
    assert (code, "is no path inside the tree" in output) == (2, True)

"""What a change reaches: roots, reconcilers, environments, components, and labels."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer import formats, looking, since
from analyzer.analyses import impact
from analyzer.analyses.impact import Impact
from analyzer.errors import AnalyzerError
from tests.drawn import commit, draw, layout
from tests.test_since import FLUX

Draw = Callable[[str], Path]

TREE = (
    layout("staging", "production")
    + """    protected: [production]
    --- base/web/kustomization.yaml
    resources: [web.yaml]
    --- base/web/web.yaml = Deployment/web
    --- clusters/staging/web/kustomization.yaml
    resources: [../../../base/web]
    --- clusters/production/web/kustomization.yaml
    resources: [../../../base/web]
    patches: [{path: more.yaml}]
    --- clusters/production/web/more.yaml = Deployment/web
    spec: {replicas: 3}
    --- clusters/production/db/kustomization.yaml
    resources: [db.yaml]
    --- clusters/production/db/db.yaml = StatefulSet/db
    --- README.md
    """
)


def of(where: Path, *files: str) -> Impact:
    return since.impact_of(files, looking.Options(where))


def objects(found: Impact) -> list[str]:
    return [f"{r.object.namespace}/{r.object.name}" for r in found.reconcilers]


@pytest.mark.parametrize(
    ("file", "roots", "labels"),
    [
        ("base/web/web.yaml", ["base/web", "clusters/production/web", "clusters/staging/web"],
         ["environment/staging", "environment/production", "component/web", "protected"]),
        ("clusters/staging/web/kustomization.yaml", ["clusters/staging/web"],
         ["environment/staging", "component/web"]),
        ("clusters/production/db/db.yaml", ["clusters/production/db"],
         ["environment/production", "component/db", "protected"]),
        ("clusters/production/web/gone.yaml", [], []),
        ("README.md", [], []),
    ],
)  # fmt: skip
def test_files_reach_roots_and_environments(
    tree: Draw, file: str, roots: list[str], labels: list[str]
) -> None:
    found = of(tree(TREE), file)
    assert ([r.root for r in found.roots], list(found.labels)) == (roots, labels)


def test_files_are_named_as_git_does_or_from_the_analysed_directory(tree: Draw) -> None:
    where = tree("--- inner/kustomization.yaml\nresources: [a.yaml]\n--- inner/a.yaml\n--- .git/\n")
    for name in ("inner/a.yaml", "a.yaml", "./a.yaml"):
        assert [r.root for r in of(where / "inner", name).roots] == ["inner"]
    with pytest.raises(AnalyzerError, match="lies outside the tree"):
        of(where, "../../x.yaml")


def test_a_file_that_is_not_there_is_said_and_counts_once(tree: Draw) -> None:
    where = tree("--- inner/kustomization.yaml\nresources: [a.yaml]\n--- inner/a.yaml\n--- .git/\n")
    found = of(where / "inner", "a.yaml", "typo.yaml")
    assert (found.files, found.absent) == (
        ("inner/a.yaml", "inner/typo.yaml"),
        ("inner/typo.yaml",),
    )
    assert impact.to_json(found)["absent"] == ["inner/typo.yaml"]
    said = formats.text.text(impact.blocks(found), formats.text.Style())
    assert "Not in the tree: inner/typo.yaml. It is taken for one that is gone or new." in said
    assert of(where / "inner", "a.yaml").absent == ()


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("mute/mute.yaml", ["flux-system/mute"]),
        ("clusters/staging/settings.yaml", ["flux-system/apps", "flux-system/flux-system"]),
        ("clusters/staging/mute.yaml", ["flux-system/flux-system", "flux-system/mute"]),
        ("apps/not-yet-there.yaml", ["flux-system/apps"]),
        (".sourceignore", ["flux-system/apps", "flux-system/flux-system", "flux-system/mute"]),
        ("groundplan.yaml", ["flux-system/apps", "flux-system/flux-system", "flux-system/mute"]),
        ("README.md", []),
    ],
)
def test_what_reconcilers_apply_is_reached_through_variables_and_parents(
    tree: Draw, file: str, expected: list[str]
) -> None:
    assert objects(of(tree(FLUX), file)) == expected


def test_a_patch_of_a_parent_reaches_its_children(tree: Draw) -> None:
    where = tree(FLUX + """
    --- clusters/staging/kustomization.yaml
    resources: [flux-system/gotk-sync.yaml, settings.yaml, apps.yaml, mute.yaml]
    patches: [{path: all.yaml, target: {kind: Kustomization}}]
    --- clusters/staging/all.yaml
    - {op: add, path: /spec/force, value: true}
    """)  # fmt: skip
    found = objects(of(where, "clusters/staging/all.yaml"))
    assert found == ["flux-system/apps", "flux-system/flux-system", "flux-system/mute"]


def test_both_sides_of_a_change_count(tmp_path: Path) -> None:
    draw(tmp_path, TREE)
    commit(tmp_path, "before")
    (tmp_path / "clusters/production/web/more.yaml").unlink()
    (tmp_path / "clusters/production/db/db.yaml").rename(tmp_path / "clusters/production/db/x.yaml")
    draw(tmp_path, """
        --- clusters/production/web/kustomization.yaml
        resources: [../../../base/web]
        --- clusters/production/db/kustomization.yaml
        resources: [x.yaml]
        """)  # fmt: skip
    found = since.impact_since("HEAD", looking.Options(tmp_path))
    assert {r.root: r.files for r in found.roots} == {
        "clusters/production/db": (
            "clusters/production/db/db.yaml",
            "clusters/production/db/kustomization.yaml",
            "clusters/production/db/x.yaml",
        ),
        "clusters/production/web": (
            "clusters/production/web/kustomization.yaml",
            "clusters/production/web/more.yaml",
        ),
    }
    assert (found.environments, found.protected) == (("production",), ("production",))


def test_an_environment_that_is_no_more_was_reached(tmp_path: Path) -> None:
    draw(tmp_path, TREE)
    commit(tmp_path, "before")
    for path in ("db/db.yaml", "db/kustomization.yaml", "web/kustomization.yaml", "web/more.yaml"):
        (tmp_path / "clusters/production" / path).unlink()
    found = since.impact_since("HEAD", looking.Options(tmp_path))
    assert found.environments == ("production",)
    assert [str(name) for name in found.components] == ["db", "web"]


@pytest.mark.parametrize("skip", ["apps/web.yaml", "clusters/staging/settings.yaml"])
def test_with_both_sides_only_what_really_differs_is_said(tmp_path: Path, skip: str) -> None:
    draw(tmp_path, FLUX)
    commit(tmp_path, "before")
    with (tmp_path / skip).open("a") as file:
        file.write("# a comment\n")
    found = since.impact_since("HEAD", looking.Options(tmp_path))
    assert objects(found) == []


def test_the_answer_is_json_too(tmp_path: Path) -> None:
    draw(tmp_path, TREE)
    text, findings = since.report(
        "impact", looking.Options(tmp_path), "json", since.PLAIN, None, ("base/web/web.yaml",)
    )
    answer = json.loads(text)
    assert (answer["schema"], findings) == (impact.SCHEMA, ())
    assert answer["roots"] == ["base/web", "clusters/production/web", "clusters/staging/web"]

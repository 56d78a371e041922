"""A tree with planned files over it: what is there, without anything being written."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer import loader
from analyzer.changes import FileChange, digest
from analyzer.model import Status
from tests.drawn import draw, snapshot
from tests.planning import planned

TREE = """
    --- one/kustomization.yaml
    resources: [a.yaml]
    --- one/a.yaml = ConfigMap/a
    --- one/notes.txt
    text
    --- two/kustomization.yaml
    resources: [../one]
    --- linked -> one
    """


def over(where: Path, *changes: FileChange) -> loader.Checkout:
    return loader.planned(loader.load(where), changes)


def test_new_edited_and_removed_files_are_as_planned(tmp_path: Path) -> None:
    draw(tmp_path, TREE)
    before = snapshot(tmp_path)
    made = over(tmp_path, *planned(tmp_path, """
        --- one/kustomization.yaml
        resources: [deep/b.yaml]
        --- one/deep/b.yaml = ConfigMap/b
        """, ("one/a.yaml", "one/notes.txt")))  # fmt: skip
    repository = made.repository
    assert sorted(repository.files) == [
        "one/deep/b.yaml", "one/kustomization.yaml", "two/kustomization.yaml"
    ]  # fmt: skip
    assert {"one", "one/deep", "two"} <= repository.directories
    assert [r.target for r in repository.kustomizations["one"].references] == ["one/deep/b.yaml"]
    assert [m.id.name for found in repository.manifests.values() for m in found] == ["b"]
    assert made.listing.data("one/notes.txt") is None
    assert snapshot(tmp_path) == before


def test_a_directory_that_is_emptied_is_gone(tmp_path: Path) -> None:
    draw(tmp_path, TREE)
    gone = ("one/kustomization.yaml", "one/a.yaml", "one/notes.txt")
    made = over(tmp_path, *planned(tmp_path, "", gone))
    assert "one" not in made.repository.directories
    assert made.listing.kind("one") is None
    assert [r.status for r in made.repository.kustomizations["two"].references] == [Status.MISSING]


def test_a_file_that_no_other_file_is_read_for_comes_whole(tmp_path: Path) -> None:
    draw(tmp_path, TREE)
    data = (tmp_path / "one/notes.txt").read_bytes()
    moved = FileChange("two/notes.txt", digest(data), None, None, "one/notes.txt")
    made = over(tmp_path, moved)
    assert (made.listing.data("two/notes.txt"), made.listing.data("one/notes.txt")) == (data, None)
    assert made.listing.identity("two/notes.txt") == loader.load(tmp_path).listing.identity(
        "one/notes.txt"
    )


def test_a_link_leads_to_what_is_planned(tmp_path: Path) -> None:
    draw(tmp_path, TREE)
    made = over(tmp_path, *planned(tmp_path, "--- one/new.yaml = ConfigMap/new\n"))
    assert made.listing.real("linked/new.yaml") == "one/new.yaml"
    assert made.listing.kind("one/new.yaml") is Status.FILE


@pytest.mark.parametrize("subdir", ["one", "two"])
def test_what_lies_outside_the_analysed_directory_is_planned_too(tmp_path: Path, subdir: str
                                                                 ) -> None:  # fmt: skip
    draw(tmp_path, TREE)
    (tmp_path / ".git").mkdir()
    now = loader.load(tmp_path / subdir)
    made = loader.planned(now, planned(tmp_path, "--- base/new.yaml = ConfigMap/new\n"))
    assert made.listing.kind("base/new.yaml") is Status.FILE
    assert made.listing.kind("base/other.yaml") is None
    assert made.listing.kind("one/a.yaml") is Status.FILE

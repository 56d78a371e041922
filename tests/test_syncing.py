"""Generated directories: what is stale goes, and what somebody else made stays."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import pytest

from analyzer import writer
from analyzer.changes import FileChange
from analyzer.errors import WriteError
from analyzer.writer import MANIFEST, Synced
from tests.nobody import as_nobody
from tests.writing import (
    LONG_AGO,
    killed_at,
    plant,
    removed,
    replaced,
    touched,
    tree,
)

# generated directories --------------------------------------------------------------------------


def manifest(out: Path) -> object:
    return json.loads((out / MANIFEST).read_text())


def pages(out: Path) -> dict[str, object]:
    """What is in the directory besides the manifest: texts, None for directories."""
    return {path: state[0] if isinstance(state, tuple) else state
            for path, state in tree(out).items() if path != MANIFEST}  # fmt: skip


def test_sync_makes_the_directory_and_lists_what_it_wrote(tmp_path: Path) -> None:
    out = tmp_path / "new" / "docs"
    assert writer.sync(out, {"index.md": b"i", "a/b.md": b"b"}) == Synced(2, 0, 0)
    assert pages(out) == {"index.md": "i", "a": None, "a/b.md": "b"}
    assert (out / MANIFEST).read_text() == '[\n "a/b.md",\n "index.md"\n]\n'


def test_sync_writes_only_what_differs(base: Path) -> None:
    writer.sync(base, {"a.md": b"1", "b.md": b"2"})
    for path in base.iterdir():
        os.utime(path, (LONG_AGO, LONG_AGO))
    assert writer.sync(base, {"a.md": b"1", "b.md": b"2"}) == Synced(0, 0, 2)
    assert touched(base) == set()
    assert writer.sync(base, {"a.md": b"1", "b.md": b"two"}) == Synced(1, 0, 1)
    assert touched(base) == {"b.md"}


def test_sync_removes_what_is_stale_and_its_empty_directories(base: Path) -> None:
    plant(base, {"kept/mine.md": "m"})
    writer.sync(base, {"a/b/c.md": b"1", "kept/d.md": b"2", "e.md": b"3"})
    assert writer.sync(base, {"e.md": b"3"}) == Synced(0, 2, 1)
    assert pages(base) == {"e.md": "3", "kept": None, "kept/mine.md": "m"}
    assert manifest(base) == ["e.md"]


def test_sync_touches_no_file_it_did_not_write(base: Path) -> None:
    plant(base, {"mine.md": "m", "index.md": "hand-written"})
    before = tree(base)
    with pytest.raises(WriteError) as caught:
        writer.sync(base, {"a.md": b"1", "index.md": b"generated"})
    assert str(caught.value) == ("index.md: is there and Groundplan did not write it; "
                                 "move it away, or name another directory with -o")  # fmt: skip
    assert tree(base) == before
    writer.sync(base, {"a.md": b"1"})
    writer.sync(base, {})
    assert pages(base) == {"mine.md": "m", "index.md": "hand-written"}


def test_sync_takes_over_a_file_that_is_the_same_to_the_byte(base: Path) -> None:
    plant(base, {"index.md": "same"})
    assert writer.sync(base, {"index.md": b"same"}) == Synced(0, 0, 1)
    assert manifest(base) == ["index.md"]
    assert touched(base) == {MANIFEST}
    assert writer.sync(base, {"index.md": b"new"}) == Synced(1, 0, 0)


def test_sync_does_not_mind_a_page_that_somebody_removed(base: Path) -> None:
    writer.sync(base, {"a.md": b"1", "b.md": b"2"})
    (base / "a.md").unlink()
    assert writer.sync(base, {"b.md": b"2"}) == Synced(0, 0, 1)
    assert manifest(base) == ["b.md"]


def test_sync_of_nothing_leaves_nothing_but_the_manifest(base: Path) -> None:
    assert writer.sync(base, {}) == Synced(0, 0, 0)
    assert tree(base) == {}


def test_outdated_is_what_sync_would_do(base: Path) -> None:
    files = {"a.md": b"1", "b.md": b"2"}
    assert [change.path for change in writer.outdated(base / "new", files)] == ["a.md", "b.md"]
    assert not (base / "new").exists()
    writer.sync(base, {"a.md": b"1", "b.md": b"old", "c.md": b"3"})
    assert writer.outdated(base, files) == (replaced("b.md", "old", "2"), removed("c.md", "3"))
    writer.sync(base, files)
    assert writer.outdated(base, files) == ()


def test_a_killed_sync_is_finished_by_the_next_even_with_other_content(tmp_path: Path) -> None:
    step, killed = 0, True
    while killed:
        step += 1
        out = tmp_path / str(step)
        plant(out, {"mine.md": "m"})
        writer.sync(out, {"a.md": b"1", "stale.md": b"2"})
        killed = killed_at(step, lambda out=out: writer.sync(out, {"a.md": b"x", "n/b.md": b"y"}))
        writer.sync(out, {"a.md": b"x", "n/b.md": b"another"})
        assert pages(out) == {"a.md": "x", "mine.md": "m", "n": None, "n/b.md": "another"}
        assert manifest(out) == ["a.md", "n/b.md"]
    assert step > 20


@pytest.mark.parametrize("listed", [["../victim"], ["link/victim"], [".git/config"], ["/etc/x"]])
def test_a_manifest_in_somebodys_tree_removes_nothing_outside(
    base: Path, listed: list[str]
) -> None:
    plant(base.parent, {"victim": "mine", "base/.git/config": "git"})
    plant(base, {MANIFEST: json.dumps(listed)})
    (base / "link").symlink_to("..")
    before = tree(base.parent)
    with pytest.raises(WriteError):
        writer.sync(base, {"a.md": b"1"})
    assert tree(base.parent) == before


@pytest.mark.parametrize("text", ["{}", "[1]", "no json", "[" * 100_000])
def test_a_manifest_that_is_none_is_not_believed(base: Path, text: str) -> None:
    plant(base, {MANIFEST: text})
    with pytest.raises(WriteError) as caught:
        writer.sync(base, {"a.md": b"1"})
    assert str(caught.value) == (
        f"{MANIFEST}: is no list of paths; delete it and the generated files"
    )
    assert list(tree(base)) == [MANIFEST]


def test_a_manifest_that_lists_itself_stays(base: Path) -> None:
    plant(base, {MANIFEST: json.dumps([MANIFEST, "a.md"]), "a.md": "old"})
    assert writer.sync(base, {"a.md": b"new"}) == Synced(1, 0, 0)
    assert (base / MANIFEST).exists()


def test_a_generated_file_cannot_be_the_manifest(base: Path) -> None:
    with pytest.raises(ValueError, match="is no generated file"):
        writer.sync(base, {MANIFEST: b"x"})


def test_an_output_directory_that_is_a_file_is_refused(base: Path) -> None:
    plant(base, {"docs": "a file"})
    with pytest.raises(WriteError) as caught:
        writer.sync(base / "docs", {"a.md": b"1"})
    assert str(caught.value) == (
        f"{base}/docs: cannot be made: File exists; name another directory with -o"
    )


def test_a_directory_that_may_not_be_written_is_named() -> None:
    with tempfile.TemporaryDirectory() as folder:  # below pytest's own nobody else may go
        base = Path(folder)
        base.chmod(0o777)
        (base / "docs").mkdir(mode=0o555)
        with as_nobody(), pytest.raises(WriteError) as caught:
            writer.write(base, (FileChange("docs/a.md", None, b"1"),))
    assert str(caught.value).startswith("docs: Permission denied; check its permissions")

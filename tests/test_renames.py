"""History goes through renames: what a file held under another name is its own."""

from __future__ import annotations

from pathlib import Path

from analyzer import gitio
from tests.drawn import commit, draw, git

TEXT = "".join(f"line {n}\n" for n in range(20))


def told(where: Path, *paths: str) -> list[tuple[str, dict[str, bool]]]:
    """(Subject, which of the files it left there) of each commit."""
    return [
        (touch.commit.subject, {path: blob is not None for path, blob in touch.blobs.items()})
        for touch in gitio.past(where, paths, 100).touches
    ]


def test_what_a_file_was_called_before_is_told_under_its_name(tmp_path: Path) -> None:
    commit(draw(tmp_path, f"--- a.yaml\n{TEXT}"), "written")
    commit(draw(tmp_path, f"--- a.yaml\n{TEXT}more\n"), "edited")
    git(tmp_path, "mv", "a.yaml", "b.yaml")
    commit(tmp_path, "renamed")
    (tmp_path / "web").mkdir()
    git(tmp_path, "mv", "b.yaml", "web/b.yaml")
    commit(draw(tmp_path, f"--- web/b.yaml\n{TEXT}more\nand more\n"), "moved")
    assert told(tmp_path, "web/b.yaml") == [
        ("written", {"web/b.yaml": True}),
        ("edited", {"web/b.yaml": True}),
        ("renamed", {"web/b.yaml": True}),
        ("moved", {"web/b.yaml": True}),
    ]


def test_a_name_that_is_used_again_is_told_of_both(tmp_path: Path) -> None:
    commit(draw(tmp_path, f"--- a.yaml\n{TEXT}"), "written")
    git(tmp_path, "mv", "a.yaml", "b.yaml")
    commit(tmp_path, "renamed")
    commit(draw(tmp_path, "--- a.yaml\nsomething else\n"), "another")
    assert told(tmp_path, "a.yaml", "b.yaml") == [
        ("written", {"a.yaml": True, "b.yaml": True}),
        ("renamed", {"a.yaml": False, "b.yaml": True}),
        ("another", {"a.yaml": True}),
    ]


def test_a_file_that_only_replaces_another_is_new(tmp_path: Path) -> None:
    commit(draw(tmp_path, f"--- a.yaml\n{TEXT}"), "written")
    (tmp_path / "a.yaml").unlink()
    commit(draw(tmp_path, "--- b.yaml\nsomething else\n"), "replaced")
    assert told(tmp_path, "b.yaml") == [("replaced", {"b.yaml": True})]

"""Writing: only inside, nothing twice, and never what is not ours."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from pathlib import Path

import pytest

from analyzer import journal, writer
from analyzer.changes import FileChange
from tests.writing import (
    JOURNAL,
    created,
    moved,
    plant,
    refusal,
    removed,
    replaced,
    touched,
    tree,
)

# one file ---------------------------------------------------------------------------------------


def test_a_file_is_replaced_and_keeps_its_mode(base: Path) -> None:
    plant(base, {"run.sh": "old"}, 0o750)
    change = replaced("run.sh", "old", "new")
    assert writer.write(base, [change]) == (change,)
    assert tree(base) == {"run.sh": ("new", 0o750)}


def test_a_new_file_gets_the_mode_the_umask_leaves(base: Path) -> None:
    os.umask(0o027)
    writer.write(base, [created("a/b/c.yaml", "new")])
    assert tree(base) == {"a": None, "a/b": None, "a/b/c.yaml": ("new", 0o640)}


def test_a_mode_that_is_asked_for_is_exact_and_has_no_special_bits(base: Path) -> None:
    writer.write(base, [created("run.sh", "new", 0o4777)])
    assert tree(base) == {"run.sh": ("new", 0o777)}


def test_a_private_file_is_at_no_time_readable_by_others(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(base, {"secret": "old"}, 0o600)
    modes: list[int] = []
    monkeypatch.setattr(os, "fchmod", lambda descriptor, mode: modes.append(
        stat.S_IMODE(os.fstat(descriptor).st_mode)))  # fmt: skip
    writer.write(base, [replaced("secret", "old", "new")])
    assert modes == [0o600]


def test_a_removed_file_takes_its_empty_directories_along(base: Path) -> None:
    plant(base, {"a/b/c.yaml": "old", "a/keep": "1"})
    writer.write(base, [removed("a/b/c.yaml", "old")])
    assert tree(base) == {"a": None, "a/keep": ("1", 0o644)}


def test_a_moved_file_keeps_bytes_and_mode(base: Path) -> None:
    plant(base, {"old/run.sh": "text"}, 0o755)
    writer.write(base, [moved("old/run.sh", "new/run.sh", "text")])
    assert tree(base) == {"new": None, "new/run.sh": ("text", 0o755)}


def test_a_moved_file_may_be_edited_on_the_way(base: Path) -> None:
    plant(base, {"a": "1"})
    writer.write(base, [moved("a", "b", "1", "2")])
    assert tree(base) == {"b": ("2", 0o644)}


def test_a_file_with_the_longest_name_is_written(base: Path) -> None:
    writer.write(base, [created("n" * 255, "new")])
    assert list(tree(base)) == ["n" * 255]


def test_a_killed_runs_temporary_file_is_in_nobodys_way(base: Path) -> None:
    plant(base, {"a": "old", "victim": "mine"})
    temporary = journal._temporary(base / "a")
    temporary.symlink_to(base / "victim")
    writer.write(base, [replaced("a", "old", "new")])
    assert tree(base) == {"a": ("new", 0o644), "victim": ("mine", 0o644)}


# nothing to do ----------------------------------------------------------------------------------


def test_what_is_already_so_is_not_rewritten(base: Path) -> None:
    plant(base, {"same": "1", "edited": "new", "moved/here": "2"})
    changes = [
        replaced("same", "1", "1"),
        replaced("edited", "old", "new"),
        removed("gone", "old"),
        moved("was", "moved/here", "2"),
        moved("was-too", "same2", "3", "4"),
    ]
    plant(base, {"same2": "4"})
    assert writer.check(base, changes) == ()
    assert writer.write(base, changes) == ()
    assert touched(base) == set()


def test_writing_twice_is_writing_once(base: Path) -> None:
    plant(base, {"a": "1", "b": "2", "c": "3"})
    changes = [replaced("a", "1", "x"), removed("b", "2"), moved("c", "d/c", "3"), created("e", "")]
    assert writer.write(base, changes) == tuple(changes)
    first = tree(base)
    assert writer.write(base, changes) == ()
    assert tree(base) == first


def test_a_mode_alone_is_changed_without_rewriting(base: Path) -> None:
    plant(base, {"run.sh": "text"})
    change = replaced("run.sh", "text", "text", 0o755)
    assert writer.check(base, [change]) == (change,)
    writer.write(base, [change])
    assert tree(base) == {"run.sh": ("text", 0o755)}
    assert touched(base) == set()
    assert writer.check(base, [change]) == ()


def test_a_mode_that_is_left_to_do_is_done_though_the_bytes_are(base: Path) -> None:
    plant(base, {"run.sh": "new"})
    writer.write(base, [replaced("run.sh", "old", "new", 0o755)])
    assert tree(base) == {"run.sh": ("new", 0o755)}


def test_check_and_diff_write_nothing(base: Path) -> None:
    plant(base, {"a": "1\n", "b": "2\n", "c": "3\n"})
    changes = [replaced("a", "1\n", "x\n"), replaced("b", "2\n", "2\n"), moved("c", "d", "3\n")]
    assert writer.check(base, changes) == (changes[0], changes[2])
    assert writer.diff(base, changes) == (
        "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-1\n+x\n"
        "diff --git a/c b/d\nrename from c\nrename to d\n"
    )
    assert touched(base) == set()
    assert list(tree(base)) == ["a", "b", "c"]


# refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (replaced("a", "planned", "new"), "a: is not what it was when the change was planned; "
         "nothing was written, plan again"),
        (removed("a", "planned"), "a: is not what it was when the change was planned; "
         "nothing was written, plan again"),
        (replaced("none", "planned", "new"), "none: is no longer there; "
         "nothing was written, plan again"),
        (created("a", "new"), "a: is there already; nothing was written, plan again"),
        (moved("a", "x", "planned"), "a: is not what it was when the change was planned; "
         "nothing was written, plan again"),
        (moved("none", "x", "planned"), "none: is no longer there; "
         "nothing was written, plan again"),
        (moved("a", "b", "1"), "b: is there already; move it away and plan again"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_was_planned_stops_all(
    base: Path, change: FileChange, message: str
) -> None:
    plant(base, {"a": "1", "b": "2", "first": "1"})
    assert refusal(base, replaced("first", "1", "2"), change) == message


@pytest.mark.parametrize(
    "changes",
    [
        [created("x", "1"), created("x", "2")],
        [moved("a", "x", "1"), replaced("a", "1", "2")],
        [moved("a", "x", "1"), moved("a", "y", "1")],
    ],
)
def test_two_changes_of_one_path_are_refused(base: Path, changes: list[FileChange]) -> None:
    plant(base, {"a": "1"})
    assert refusal(base, *changes).endswith("two changes of one plan meet here; plan again")


@pytest.mark.parametrize(
    "path",
    ["", "/etc/passwd", "..", "../out", "a/../../out", "a/..", "./a", "a//b", "a/", "a\0b",
     "\ud800", "."],
)  # fmt: skip
def test_a_path_that_is_not_inside_is_refused(base: Path, path: str) -> None:
    plant(base, {"a": "1"})
    message = f"{path!r}: not a path inside the directory; write it relative, no `..`"
    assert refusal(base, created(path, "x")) == message
    assert refusal(base, moved("a", path, "1")) == message
    assert refusal(base, moved(path, "b", "1")) == message


@pytest.mark.parametrize("path", [".git/hooks/pre-commit", "sub/.GIT", f"{JOURNAL}/0", ".git"])
def test_gits_files_and_the_journal_are_refused(base: Path, path: str) -> None:
    assert refusal(base, created(path, "x")).startswith(f"{path}: Groundplan writes nothing into ")


@pytest.mark.parametrize("target", ["../outside", "inside", "nowhere"])
def test_a_link_is_refused_wherever_it_leads(base: Path, target: str) -> None:
    plant(base, {"inside/x": "1"})
    plant(base.parent, {"outside/x": "1"})
    (base / "directory").symlink_to(target)
    (base / "file").symlink_to(f"{target}/x")
    message = "is a link; Groundplan writes through none, name its target"
    assert refusal(base, replaced("directory/x", "1", "2")) == f"directory: {message}"
    assert refusal(base, created("directory/new/y", "2")) == f"directory: {message}"
    assert refusal(base, replaced("file", "1", "2")) == f"file: {message}"
    assert refusal(base, removed("file", "1")) == f"file: {message}"
    assert refusal(base, moved("file", "y", "1")) == f"file: {message}"


def test_what_is_no_regular_file_is_refused(base: Path) -> None:
    plant(base, {"directory/x": "1", "file": "1"})
    os.mkfifo(base / "fifo")
    assert refusal(base, created("fifo", "x")) == "fifo: is no regular file; move it away"
    assert refusal(base, created("directory", "x")) == "directory: is no regular file; move it away"
    assert refusal(base, created("file/x", "x")) == (
        "file: is no directory, so file/x cannot be in it; move it away"
    )


def test_the_base_itself_may_be_a_link(base: Path) -> None:
    link = base.parent / "link"
    link.symlink_to(base)
    writer.write(link, [created("a", "1")])
    assert tree(base) == {"a": ("1", 0o644)}


def test_what_the_system_refuses_is_said_without_an_absolute_path(base: Path) -> None:
    message = refusal(base, created("n" * 256, "x"))
    assert message.startswith("nnn")
    assert "File name too long; check its permissions and the space on the disk" in message
    assert str(base) not in message


def test_two_writers_do_not_meet(base: Path) -> None:
    descriptor = os.open(base, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        assert refusal(base, created("a", "1")) == (
            "another groundplan is writing into this directory; wait for it and run again"
        )
    finally:
        os.close(descriptor)


def test_a_file_system_without_locks_is_written_to(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    writer.write(base, [created("a", "1")])
    assert tree(base) == {"a": ("1", 0o644)}

"""Writing: only inside, all or nothing also after a kill, and never what is not ours."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from analyzer import journal, writer
from analyzer.changes import FileChange, digest
from analyzer.errors import WriteError
from analyzer.writer import MANIFEST, Synced
from tests.nobody import as_nobody

JOURNAL = ".groundplan-journal"
LONG_AGO = 1_000_000_000


@pytest.fixture
def base(tmp_path: Path) -> Iterator[Path]:
    """A directory to write into; whatever a test does, no journal may be left."""
    base = tmp_path / "base"
    base.mkdir()
    before = os.umask(0o022)
    yield base
    os.umask(before)


def plant(base: Path, files: dict[str, str], mode: int = 0o644) -> None:
    for path, text in files.items():
        target = base / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(mode)
        os.utime(target, (LONG_AGO, LONG_AGO))


def tree(base: Path) -> dict[str, object]:
    """Everything below: text and mode of files, where links lead, None for directories."""
    found: dict[str, object] = {}
    for path in sorted(base.rglob("*")):
        name = path.relative_to(base).as_posix()
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        elif path.is_file():
            found[name] = (path.read_text(), stat.S_IMODE(path.stat().st_mode))
        else:
            found[name] = None
    return found


def touched(base: Path) -> set[str]:
    """The planted files that were written since."""
    return {path.relative_to(base).as_posix() for path in base.rglob("*")
            if path.is_file() and path.stat().st_mtime != LONG_AGO}  # fmt: skip


def replaced(path: str, before: str, after: str, mode: int | None = None) -> FileChange:
    return FileChange(path, digest(before.encode()), after.encode(), mode)


def created(path: str, after: str, mode: int | None = None) -> FileChange:
    return FileChange(path, None, after.encode(), mode)


def removed(path: str, before: str) -> FileChange:
    return FileChange(path, digest(before.encode()), None)


def moved(old: str, path: str, before: str, after: str | None = None) -> FileChange:
    text = None if after is None else after.encode()
    return FileChange(path, digest(before.encode()), text, moved_from=old)


def refusal(base: Path, *changes: FileChange) -> str:
    """Why nothing was written; and nothing was."""
    before = tree(base.parent)
    with pytest.raises(WriteError) as caught:
        writer.write(base, changes)
    assert tree(base.parent) == before
    return str(caught.value)


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


# all or nothing ---------------------------------------------------------------------------------

FILES = {"edited": "1", "gone/deep/file": "2", "old/run.sh": "3", "old/other": "4", "kept": "5"}
CHANGES = (
    replaced("edited", "1", "one"),
    removed("gone/deep/file", "2"),
    moved("old/run.sh", "new/deep/run.sh", "3"),
    created("new/fresh", "six"),
    created("empty/no-more", "7"),
    replaced("old/other", "4", "4", 0o755),
)
WRITTEN = {
    "edited": ("one", 0o600), "empty": None, "empty/no-more": ("7", 0o644),
    "kept": ("5", 0o600), "new": None, "new/deep": None,
    "new/deep/run.sh": ("3", 0o600), "new/fresh": ("six", 0o644), "old": None,
    "old/other": ("4", 0o755),
}  # fmt: skip


def start(base: Path) -> dict[str, object]:
    plant(base, FILES, 0o600)
    (base / "empty").mkdir()
    return tree(base)


def test_several_changes_are_made_and_no_journal_stays(base: Path) -> None:
    start(base)
    assert writer.write(base, CHANGES) == CHANGES
    assert tree(base) == WRITTEN


def test_the_journal_is_private_and_not_committed_by_accident(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(base)
    seen: list[dict[str, object]] = []
    monkeypatch.setattr(journal, "_clear", lambda base: seen.append(tree(base / JOURNAL)))
    writer.write(base, CHANGES[:2])
    assert stat.S_IMODE((base / JOURNAL).stat().st_mode) == 0o700
    (kept,) = seen
    assert kept.pop("journal.json")[1] == 0o600  # type: ignore[index]  # a file's text and mode
    assert kept == {".gitignore": ("*\n", 0o644), "0": ("1", 0o600), "1": ("2", 0o600)}


def killed_at(step: int, action: Callable[[], object]) -> bool:
    """Run the action in a child that dies before its nth touch of a file; False if it never does.

    Touches are counted where Python itself announces them, so none can be forgotten.
    """
    child = os.fork()
    if child == 0:
        _die_at(step, action)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def _die_at(step: int, action: Callable[[], object]) -> None:
    count = 0

    def touch() -> None:
        nonlocal count
        count += 1
        if count == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def hook(event: str, _: object) -> None:
        if event == "open" or (event.startswith("os.") and event not in ("os.scandir", "os.fork")):
            touch()

    fdopen, fsync = os.fdopen, os.fsync
    os.fdopen = lambda *words: (touch(), fdopen(*words))[1]  # type: ignore[assignment]
    os.fsync = lambda descriptor: (touch(), fsync(descriptor))[1]
    sys.addaudithook(hook)
    try:
        action()
    except BaseException as error:  # noqa: BLE001  # the child may not return into pytest
        os.write(2, repr(error).encode())
        os._exit(1)
    os._exit(0)


def killed_after(taken: int, base: Path) -> dict[str, object]:
    """Start with FILES and die when that many of the seven steps of CHANGES are taken.

    Returns what was there before.
    """
    before = start(base)
    take = journal._take

    def action() -> None:
        steps = iter(range(taken))

        def counted(base: Path, step: journal.Step) -> None:
            if next(steps, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            take(base, step)

        journal._take = counted
        writer.write(base, CHANGES)

    assert killed_at(0, action)
    assert (base / JOURNAL / "journal.json").exists()
    return before


def test_after_a_kill_at_any_step_the_next_call_restores_exactly(tmp_path: Path) -> None:
    step, outcomes = 0, []
    killed = True
    while killed:
        step += 1
        base = tmp_path / str(step)
        before = start(base)
        killed = killed_at(step, lambda base=base: writer.write(base, CHANGES))
        writer.write(base, ())
        outcomes.append("before" if tree(base) == before else "after")
        if outcomes[-1] == "after":  # the kill came when all was done but the tidying up
            files = {path: state for path, state in tree(base).items() if state is not None}
            assert files == {path: state for path, state in WRITTEN.items() if state is not None}
    assert outcomes == sorted(outcomes, reverse=True)
    assert outcomes.count("before") > 20
    assert outcomes[-1] == "after"


def test_a_kill_while_restoring_loses_nothing(tmp_path: Path) -> None:
    step, killed = 0, True
    while killed:
        step += 1
        base = tmp_path / str(step)
        before = killed_after(6, base)
        killed = killed_at(step, lambda base=base: writer.write(base, ()))
        writer.write(base, ())
        assert tree(base) == before
    assert step > 20


def test_after_a_kill_the_next_call_restores_and_then_writes(base: Path) -> None:
    killed_after(4, base)
    assert writer.write(base, CHANGES) == CHANGES
    assert tree(base) == WRITTEN


def test_a_kill_while_writing_one_file_leaves_the_old_one_or_the_new_one(base: Path) -> None:
    step, killed = 0, True
    while killed:
        step += 1
        plant(base, {"a": "old"})
        killed = killed_at(step, lambda: writer.write(base, [replaced("a", "old", "new")]))
        assert (base / "a").read_text() in ("old", "new")
        plant(base, {"a": "old"})
        writer.write(base, [replaced("a", "old", "again")])
        assert tree(base) == {"a": ("again", 0o644)}


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left"), KeyboardInterrupt()])
def test_a_failure_at_any_step_restores_at_once(tmp_path: Path, error: BaseException) -> None:
    step, failed = 0, True
    while failed:
        step += 1
        base = tmp_path / str(step)
        before = start(base)
        failed = fails_at(step, error, base)
        assert tree(base) == (WRITTEN if not failed else before)
    assert step > 20


def fails_at(step: int, error: BaseException, base: Path) -> bool:
    """Write with the nth call that changes the disk raising once; whether there was an nth."""
    count = 0

    def once(real: Callable[..., object]) -> Callable[..., object]:
        def call(*words: object, **named: object) -> object:
            nonlocal count
            count += 1
            if count == step:
                raise error
            return real(*words, **named)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for owner, name in ((Path, "replace"), (Path, "rename"), (Path, "mkdir"), (Path, "chmod"),
                            (os, "fsync"), (journal, "_create"), (journal, "_take")):  # fmt: skip
            patch.setattr(owner, name, once(getattr(owner, name)))
        try:
            writer.write(base, CHANGES)
        except (WriteError, KeyboardInterrupt):
            return True
    return False


# a journal that is not as it was left -----------------------------------------------------------


def test_an_edit_after_the_kill_is_not_overwritten(base: Path) -> None:
    killed_after(1, base)
    (base / "edited").write_text("mine")
    assert refusal(base, created("x", "1")) == (
        f"edited: was edited after Groundplan was interrupted. What it was before is in {JOURNAL}/0"
        f"; put right what {JOURNAL}/journal.json lists, then delete {JOURNAL} and run again"
    )


def test_a_damaged_copy_is_not_restored(base: Path) -> None:
    killed_after(1, base)
    (base / JOURNAL / "0").write_text("damaged")
    assert refusal(base, created("x", "1")).startswith("edited: was edited after")
    (base / JOURNAL / "0").unlink()
    assert refusal(base, created("x", "1")) == (
        f"{JOURNAL}/0: is missing; look at your files, then delete {JOURNAL}"
    )


def hostile_journal(base: Path, record: object, copy: str = "evil") -> None:
    plant(base, {f"{JOURNAL}/journal.json": json.dumps(record), f"{JOURNAL}/0": copy})


@pytest.mark.parametrize(
    "path", ["../victim", "/victim", ".git/hooks/pre-commit", "link/victim", "link"]
)
def test_a_journal_in_somebodys_tree_reaches_nothing_outside(base: Path, path: str) -> None:
    plant(base.parent, {"victim": "mine"})
    (base / "link").symlink_to("..")
    entry = {"path": path, "before": digest(b"evil"), "mode": 0o755, "after": digest(b"mine")}
    hostile_journal(base, {"entries": [entry], "directories": []})
    refusal(base, created("x", "1"))


def test_a_journal_in_somebodys_tree_removes_no_directory_outside(base: Path) -> None:
    (base.parent / "victim").mkdir()
    hostile_journal(base, {"entries": [], "directories": ["../victim"]})
    refusal(base, created("x", "1"))


def test_a_journal_in_somebodys_tree_removes_no_file_it_does_not_know(base: Path) -> None:
    plant(base, {".env": "secret"})
    entry = {"path": ".env", "before": None, "mode": None, "after": digest(b"a guess")}
    hostile_journal(base, {"entries": [entry], "directories": []})
    assert refusal(base, created("x", "1")).startswith(".env: was edited")


@pytest.mark.parametrize(
    "record",
    [
        [], {}, None, {"entries": 1, "directories": []}, {"entries": [1], "directories": []},
        {"entries": [{"path": 1, "before": None, "mode": None, "after": None}], "directories": []},
        {"entries": [{"path": "a", "before": None, "mode": float("inf"), "after": None}],
         "directories": []},
        {"entries": [], "directories": [None]}, {"entries": [], "directories": 3},
    ],
)  # fmt: skip
def test_a_record_nobody_wrote_is_not_followed(base: Path, record: object) -> None:
    hostile_journal(base, record)
    assert refusal(base, created("x", "1")) == (
        f"{JOURNAL}/journal.json: is no journal of Groundplan's; "
        "look at your files, then delete the directory"
    )


def test_a_journal_that_is_a_link_is_not_followed(base: Path) -> None:
    plant(base.parent, {"elsewhere/journal.json": "{}"})
    (base / JOURNAL).symlink_to("../elsewhere")
    assert refusal(base, created("x", "1")) == f"{JOURNAL}: is no directory; delete it"


def test_a_record_that_is_a_link_is_not_read(base: Path) -> None:
    plant(base.parent, {"record": json.dumps({"entries": [], "directories": []})})
    (base / JOURNAL).mkdir()
    (base / JOURNAL / "journal.json").symlink_to("../../record")
    assert refusal(base, created("x", "1")).startswith(f"{JOURNAL}/journal.json: ")


def test_a_journal_with_foreign_files_is_left_to_its_owner(base: Path) -> None:
    plant(base, {f"{JOURNAL}/notes": "mine"})
    assert refusal(base, created("x", "1")) == (
        f"{JOURNAL}: holds files that are not Groundplan's; delete it"
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

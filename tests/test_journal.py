"""Several files at once: all or nothing, also after a kill, whatever lies there as a journal."""

from __future__ import annotations

import errno
import json
import os
import signal
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer import journal, writer
from analyzer.changes import digest
from analyzer.errors import WriteError
from tests.writing import (
    JOURNAL,
    created,
    killed_at,
    moved,
    plant,
    refusal,
    removed,
    replaced,
    tree,
)

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

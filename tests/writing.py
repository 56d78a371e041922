"""Directories that tests write into: what is planted, planned and found there."""

from __future__ import annotations

import os
import signal
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer import writer
from analyzer.changes import FileChange, digest
from analyzer.errors import WriteError

JOURNAL = ".groundplan-journal"
LONG_AGO = 1_000_000_000


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

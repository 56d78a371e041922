"""Steps on the files of one directory: confined to it, each atomic, several all or none.

The lower half of `writer`. Before the first of several steps the bytes from before are put into
`.groundplan-journal/`; its `journal.json` is there exactly while the steps are half done, so
whoever writes next finds it and restores them. Paths are relative to `base`, an absolute path
without links.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from analyzer.changes import digest
from analyzer.errors import WriteError

FOLDER = ".groundplan-journal"
_RECORD = "journal.json"
_DRAFT = "journal.draft"
_IGNORE = ".gitignore"  # the bytes from before may hold secrets nobody meant to commit


@dataclass(frozen=True, slots=True)
class State:
    """What is at a path. `mode` is permission bits; None leaves a new file to the umask."""

    data: bytes
    mode: int | None = None


def digest_of(state: State | None) -> str | None:
    """None for nothing, as in `FileChange.before`."""
    return None if state is None else digest(state.data)


@dataclass(frozen=True, slots=True)
class Step:
    """What one path holds before and after; None: nothing."""

    path: str
    before: State | None
    after: State | None


@dataclass(frozen=True, slots=True)
class _Entry:
    """A step as the journal keeps it: by digest. `before` is also the digest of the copy."""

    path: str
    before: str | None
    mode: int | None
    after: str | None
    copy: str


def locate(base: Path, path: str) -> Path:
    """Where a path is on disk. Raises WriteError unless it is a place for a file inside base.

    Links are refused wherever they lead: replacing one would not write where it points, and
    writing through one would not be inside. Git's own files would be run.
    """
    parts = path.split("/")
    if not _is_name(path) or any(part in ("", ".", "..") for part in parts):
        raise WriteError(f"{path!r}: not a path inside the directory; write it relative, no `..`")
    for part in parts:
        if part.casefold() in (".git", FOLDER):
            raise WriteError(f"{path}: Groundplan writes nothing into {part}; name another place")
    here = base
    for number, part in enumerate(parts, start=1):
        here = here / part
        try:
            mode = here.lstat().st_mode
        except FileNotFoundError:
            break
        name = "/".join(parts[:number])
        if stat.S_ISLNK(mode):
            raise WriteError(f"{name}: is a link; Groundplan writes through none, name its target")
        if number < len(parts) and not stat.S_ISDIR(mode):
            raise WriteError(f"{name}: is no directory, so {path} cannot be in it; move it away")
        if number == len(parts) and not stat.S_ISREG(mode):
            raise WriteError(f"{name}: is no regular file; move it away")
    return base.joinpath(*parts)


def _is_name(path: str) -> bool:
    """Whether the operating system can have a file of this name at all."""
    try:
        return b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        return False


def read(base: Path, path: str) -> State | None:
    """The file at a path, None where nothing is. Raises WriteError as `locate` does."""
    try:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(locate(base, path), flags)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        return State(file.read(), stat.S_IMODE(os.fstat(file.fileno()).st_mode))


def place(base: Path, path: str, state: State, durable: bool = True) -> None:
    """Put a file there, whole or not at all: a temporary one beside it takes its name.

    `durable` waits for the disk, so that this is true of a power cut as well.
    """
    target = locate(base, path)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(target)
    temporary.unlink(missing_ok=True)  # a killed run's
    try:
        _create(temporary, state, durable)
        temporary.replace(target)
    except BaseException:  # Ctrl-C too leaves nothing behind
        temporary.unlink(missing_ok=True)
        raise


def prune(base: Path, removed: Iterable[str]) -> None:
    """Remove the directories that held the removed files and hold nothing now."""
    for path in removed:
        for directory in _parents(path):
            with suppress(OSError):  # not empty, or gone already
                (base / directory).rmdir()


def run(base: Path, steps: Sequence[Step]) -> None:
    """Take every step or none. With OSError or Ctrl-C in between all is as before."""
    if len(steps) == 1:
        _take(base, steps[0])
        return
    try:
        _arm(base, steps)
        for step in steps:
            _take(base, step)
        for parent in sorted({locate(base, step.path).parent for step in steps}):
            _flush(parent)
    except BaseException:  # better now than at the next call
        roll_back(base)
        raise
    _clear(base)


def roll_back(base: Path) -> None:
    """Restore what a killed run left half done; nothing where there is none.

    Raises WriteError, restoring nothing, where a file was edited since: only its owner knows
    which of the two is wanted.
    """
    folder = base / FOLDER
    try:
        mode = folder.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(mode):
        raise WriteError(f"{FOLDER}: is no directory; delete it")
    if os.path.lexists(folder / _RECORD):
        entries, directories = _recorded(_kept(base, _RECORD))
        _restore(base, entries)
        for directory in directories:
            with suppress(OSError):  # never made, or in use since
                locate(base, f"{directory}/-").parent.rmdir()
    _clear(base)


def _take(base: Path, step: Step) -> None:
    if step.after is None:
        locate(base, step.path).unlink()
    elif step.before is None or step.before.data != step.after.data:
        place(base, step.path, step.after)
    elif step.after.mode is not None:
        locate(base, step.path).chmod(step.after.mode)


def _create(path: Path, state: State, durable: bool) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o666 if state.mode is None else 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(state.data)
        if state.mode is not None:
            os.fchmod(file.fileno(), state.mode)
        file.flush()
        if durable:
            os.fsync(file.fileno())


def _temporary(target: Path) -> Path:
    """The same each time, so that a killed run's is found; its name is short where the target's
    is as long as names may be."""
    name = digest(os.fsencode(target.name))[:16]
    return target.with_name(f".groundplan-{name}.tmp")


def _flush(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _parents(path: str) -> Iterator[str]:
    """The directories a path is in, innermost first, without base."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


# the journal on disk ----------------------------------------------------------------------------


def _arm(base: Path, steps: Sequence[Step]) -> None:
    """Keep the bytes from before; complete only once the record has its name."""
    folder = base / FOLDER
    folder.mkdir(mode=0o700)
    _create(folder / _IGNORE, State(b"*\n"), durable=False)
    entries = []
    for number, step in enumerate(steps):
        if step.before is not None:
            _create(folder / str(number), State(step.before.data, 0o600), durable=True)
        entries.append({"path": step.path, "before": digest_of(step.before),
                        "mode": None if step.before is None else step.before.mode,
                        "after": digest_of(step.after)})  # fmt: skip
    new = {parent for step in steps if step.after is not None for parent in _parents(step.path)
           if not (base / parent).exists()}  # fmt: skip
    record = json.dumps({"entries": entries, "directories": sorted(new, reverse=True)}, indent=1)
    _create(folder / _DRAFT, State(record.encode(), 0o600), durable=True)
    (folder / _DRAFT).rename(folder / _RECORD)
    _flush(folder)
    _flush(base)


def _clear(base: Path) -> None:
    """Remove the journal, the record first: from then on there is nothing to restore."""
    folder = base / FOLDER
    (folder / _RECORD).unlink(missing_ok=True)
    for file in sorted(folder.iterdir()):
        if file.name in (_IGNORE, _DRAFT) or file.name.isdecimal():
            file.unlink()
    try:
        folder.rmdir()
    except OSError:
        raise WriteError(f"{FOLDER}: holds files that are not Groundplan's; delete it") from None


def _kept(base: Path, name: str) -> bytes:
    """A file of the journal, which may not be a link."""
    try:
        descriptor = os.open(base / FOLDER / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        message = f"is missing; look at your files, then delete {FOLDER}"
        raise WriteError(f"{FOLDER}/{name}: {message}") from None
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


def _recorded(record: bytes) -> tuple[tuple[_Entry, ...], tuple[str, ...]]:
    """A record as `_arm` wrote it. It may come with somebody's tree: nothing in it is trusted."""
    try:
        content = json.loads(record)
        entries = tuple(
            _Entry(_text(entry["path"]), entry["before"] and _text(entry["before"]),
                   _mode(entry["mode"]), entry["after"] and _text(entry["after"]), str(number))
            for number, entry in enumerate(content["entries"])
        )  # fmt: skip
        return entries, tuple(map(_text, content["directories"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        message = "is no journal of Groundplan's; look at your files, then delete the directory"
        raise WriteError(f"{FOLDER}/{_RECORD}: {message}") from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _mode(value: object) -> int | None:
    if value is not None and not isinstance(value, int):
        raise TypeError(value)
    return None if value is None else value & 0o7777


def _restore(base: Path, entries: Sequence[_Entry]) -> None:
    """Every path as it was before. What is neither from before nor from after is not touched."""
    wanted: list[tuple[_Entry, State | None]] = []
    for entry in entries:
        now = read(base, entry.path)
        kept = None if entry.before is None else State(_kept(base, entry.copy), entry.mode)
        known = digest_of(now) in (entry.before, entry.after)
        if not known or digest_of(kept) != entry.before:
            raise WriteError(
                f"{entry.path}: was edited after Groundplan was interrupted. What it was before is "
                f"in {FOLDER}/{entry.copy}; put right what {FOLDER}/{_RECORD} lists, then delete "
                f"{FOLDER} and run again"
            )
        if now != kept:
            wanted.append((entry, kept))
    for entry, kept in wanted:
        if kept is None:
            locate(base, entry.path).unlink()
        else:
            place(base, entry.path, kept)
    for entry in entries:
        _temporary(locate(base, entry.path)).unlink(missing_ok=True)

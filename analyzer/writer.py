"""FileChanges → disk. The only module that writes into a user's directory.

`--check`, `--diff` and the writing itself ask the same question: what is left to do? Nothing is
written where a path is not safe or a file is not what it was; see `journal` for how.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from analyzer import journal
from analyzer.changes import FileChange, digest, unified_diff
from analyzer.errors import WriteError
from analyzer.journal import State, Step, digest_of

MANIFEST = ".groundplan-manifest.json"


@dataclass(frozen=True, slots=True)
class Synced:
    """How many generated files were written, removed because stale, and left as they were."""

    written: int
    removed: int
    unchanged: int


def check(base: Path, changes: Iterable[FileChange]) -> tuple[FileChange, ...]:
    """The changes that are not yet what is on disk, in their order. Writes nothing."""
    base = base.resolve()
    with _explained(base):
        return tuple(change for change in changes if _steps(base, change))


def diff(base: Path, changes: Iterable[FileChange]) -> str:
    """What `write` would do, as one unified diff; "" where nothing is left to do."""
    pending = check(base, changes)
    base = base.resolve()
    with _explained(base):
        parts = []
        for change in pending:
            state = journal.read(base, change.moved_from or change.path)
            parts.append(unified_diff(change, None if state is None else state.data))
        return "".join(parts)


def write(base: Path, changes: Iterable[FileChange]) -> tuple[FileChange, ...]:
    """Make all of the changes inside base, or none; returns those that were left to do.

    What is already as it shall be is not touched. Directories that a removal or move emptied go.
    Raises WriteError, with nothing written, where a path is not safe, two changes meet in one
    path, or a file is neither what a change expects nor what it makes.
    """
    planned = tuple(changes)
    _refuse_meeting(planned)
    with _writing(base) as base:
        left = [(change, steps) for change in planned if (steps := _steps(base, change))]
        for change, steps in left:
            _refuse_stale(change, steps)
        todo = [step for _, steps in left for step in steps]
        if todo:
            journal.run(base, todo)
            journal.prune(base, (step.path for step in todo if step.after is None))
    return tuple(change for change, _ in left)


def outdated(out: Path, files: Mapping[str, bytes]) -> tuple[FileChange, ...]:
    """What `sync` would write and remove, in order of path. Writes nothing, raises as it does."""
    if MANIFEST in files:
        raise ValueError(f"{MANIFEST} is no generated file")
    out = out.resolve()
    with _explained(out):
        listed = _manifest(out)
        changes = []
        for path in sorted(listed | files.keys()):
            now = digest_of(journal.read(out, path))
            after = files.get(path)
            if now == (None if after is None else digest(after)):
                continue
            if now is not None and path not in listed:
                raise WriteError(f"{path}: is there and Groundplan did not write it; move it away, "
                                 "or name another directory with -o")  # fmt: skip
            changes.append(FileChange(path, now, after))
    return tuple(changes)


def sync(out: Path, files: Mapping[str, bytes]) -> Synced:
    """Make a directory hold these generated files, and none that an earlier call wrote.

    Only what differs is written. A manifest lists what is ours; any other file stays, and one in
    the way is a WriteError unless its bytes are the same. A killed run is finished by the next:
    generated files can be made again, so nothing is rolled back and the disk is not waited for.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        said = f"cannot be made: {error.strerror}; name another directory with -o"
        raise WriteError(f"{out}: {said}") from None
    with _writing(out) as base:
        changes = outdated(base, files)
        listed = _manifest(base)
        _list(base, listed | files.keys(), listed)
        for change in changes:
            if change.after is None:
                journal.locate(base, change.path).unlink()
                continue
            mode = _mode(journal.read(base, change.path))
            journal.place(base, change.path, State(change.after, mode), durable=False)
        _list(base, frozenset(files), listed | files.keys())
        removed = [change.path for change in changes if change.after is None]
        journal.prune(base, removed)
    written = len(changes) - len(removed)
    return Synced(written, len(removed), len(files) - written)


@contextmanager
def _writing(directory: Path) -> Iterator[Path]:
    """One writer at a time; what a killed one left half done is restored first."""
    base = directory.resolve()
    with _explained(base):
        descriptor = os.open(base, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with suppress(OSError):  # some network file systems have no locks
                _lock(descriptor)
            journal.roll_back(base)
            yield base
        finally:
            os.close(descriptor)


def _lock(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        message = "another groundplan is writing into this directory; wait for it and run again"
        raise WriteError(message) from None


@contextmanager
def _explained(base: Path) -> Iterator[None]:
    """What the operating system refuses, said about the path inside base."""
    try:
        yield
    except OSError as error:
        known = isinstance(error.filename, (str, bytes))
        path = Path(os.fsdecode(error.filename)) if known else base
        if path.name.startswith(".groundplan-") and path.suffix == ".tmp":
            path = path.parent  # of a temporary file nobody knows the name
        name = os.path.relpath(path, base)
        name = base.name if name == "." else name
        message = f"{name}: {error.strerror}; check its permissions and the space on the disk"
        raise WriteError(message) from error


def _steps(base: Path, change: FileChange) -> tuple[Step, ...]:
    """What is left to do for a change; nothing where it is made already."""
    here = journal.read(base, change.path)
    mode = None if change.mode is None else change.mode & 0o777
    if change.moved_from is None:
        if change.after is None:
            return (Step(change.path, here, None),) if here is not None else ()
        after = State(change.after, _mode(here) if mode is None else mode)
        return (Step(change.path, here, after),) if here != after else ()
    source = journal.read(base, change.moved_from)
    if source is None:
        wanted = change.before if change.after is None else digest(change.after)
        if here is not None and digest(here.data) == wanted:
            return ()
        return (Step(change.moved_from, None, None),)  # neither there nor here: stale
    moved = source.data if change.after is None else change.after
    after = State(moved, source.mode if mode is None else mode)
    return Step(change.path, here, after), Step(change.moved_from, source, None)


def _mode(state: State | None) -> int | None:
    return None if state is None else state.mode


def _refuse_stale(change: FileChange, steps: tuple[Step, ...]) -> None:
    """Raise unless the file a change starts from is the one it was made for."""
    start = steps[-1]
    found = digest_of(start.before)
    if len(steps) > 1 and steps[0].before is not None:
        raise WriteError(f"{change.path}: is there already; move it away and plan again")
    only_mode = found is not None and found == digest_of(start.after)
    if found == change.before or only_mode:
        return
    what = ("is no longer there" if found is None else
            "is there already" if change.before is None else
            "is not what it was when the change was planned")  # fmt: skip
    raise WriteError(f"{start.path}: {what}; nothing was written, plan again")


def _refuse_meeting(changes: Iterable[FileChange]) -> None:
    seen: set[str] = set()
    for change in changes:
        for path in filter(None, (change.path, change.moved_from)):
            if path in seen:
                raise WriteError(f"{path}: two changes of one plan meet here; plan again")
            seen.add(path)


def _manifest(base: Path) -> frozenset[str]:
    """The paths earlier calls wrote. It may come with somebody's tree: checked like any path."""
    state = journal.read(base, MANIFEST)
    if state is None:
        return frozenset()
    try:
        paths = json.loads(state.data)
    except (ValueError, RecursionError):
        paths = None
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise WriteError(f"{MANIFEST}: is no list of paths; delete it and the generated files")
    return frozenset(paths) - {MANIFEST}


def _list(base: Path, paths: frozenset[str], listed: frozenset[str]) -> None:
    """Write the manifest where it changes. What is to be written is listed before it is, so that
    a killed run's files are known as ours."""
    if paths != listed:
        text = json.dumps(sorted(paths), indent=1) + "\n"
        journal.place(base, MANIFEST, State(text.encode()), durable=False)

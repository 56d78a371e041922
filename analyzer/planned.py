"""A tree and planned changes → what will be under a path, as `disk` says it of a directory.

Nothing is written: the changed files stand in memory, all others are asked of the tree below.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from analyzer.changes import FileChange, digest
from analyzer.disk import Listing, blob_id, is_yaml
from analyzer.errors import StaleError
from analyzer.model import FileEntry, Status


class Planned(Listing):
    """A tree as a plan makes it. A directory that a plan empties is gone, as `writer` removes it.

    Raises StaleError where a file is not what the plan was made for, or a path leads through a
    symbolic link.
    """

    def __init__(self, below: Listing, changes: Iterable[FileChange]) -> None:
        super().__init__(below.tree, below.subdir)
        self.below = below
        self._made: dict[str, bytes] = {}
        self._gone: set[str] = set()
        for change in changes:
            self._plan(change)
        self._take_in()

    def read(self, paths: Iterable[str]) -> dict[str, bytes]:
        listed = tuple(paths)
        kept = (p for p in listed if p not in self._made and p not in self._gone)
        return {**self.below.read(kept), **{p: self._made[p] for p in listed if p in self._made}}

    def identity(self, path: str) -> str | None:
        if path in self._made:
            return blob_id(self._made[path], getattr(self.below, "sha256", False))
        return None if path in self._gone else self.below.identity(path)

    def _plan(self, change: FileChange) -> None:
        old = change.moved_from if change.moved_from is not None else change.path
        for path in {old, change.path}:
            if self.below.real(path) != path:
                raise StaleError(f"{path}: lies behind a symbolic link; name the file itself")
        there = self.below.kind(old)
        data = self.below.data(old) if there is Status.FILE else None
        if change.before is None and there is not None:
            raise StaleError(f"{old}: is there already; plan again")
        if change.before is not None and data is None:
            raise StaleError(f"{old}: is no longer there; plan again")
        if data is not None and change.before is not None and digest(data) != change.before:
            raise StaleError(f"{old}: is not what it was when the change was planned; plan again")
        if change.moved_from is not None and self.below.kind(change.path) is not None:
            raise StaleError(f"{change.path}: is there already; move it away and plan again")
        if change.moved_from is not None or change.after is None:
            self._gone.add(old)
        after = data if change.moved_from is not None and change.after is None else change.after
        if after is not None:
            self._made[change.path] = after

    def _take_in(self) -> None:
        """All that is known of the tree below, and what the plan makes of it."""
        self.files = {p: f for p, f in self.below.files.items() if p not in self._gone}
        for path, data in self._made.items():
            self.files[path] = FileEntry(path, len(data), data if is_yaml(path) else None)
        self.links = dict(self.below.links)
        self.problems = list(self.below.problems)
        left = {folder for path in (*self.files, *self.links) for folder in _above(path)}
        emptied = {folder for path in self._gone for folder in _above(path)} - left
        self.directories = (self.below.directories - emptied) | {
            folder for path in self._made for folder in _above(path)
        } | {self.subdir}  # fmt: skip

    def _written(self, link: str) -> str:
        return self.below._written(link)

    def _is_there(self, path: str) -> bool:
        return path in self._made or (path not in self._gone and self.below._is_there(path))

    def _adopt(self, path: str) -> None:
        if not self._listed(path) and self.below.kind(path) is not None:
            self._take_in()


def _above(path: str) -> Iterable[str]:
    while path:
        path = posixpath.dirname(path)
        yield path

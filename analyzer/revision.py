"""A commit's files as git lists them → what is under a path, as `disk` says it of a directory.

Nothing is checked out. What git does not hold itself, a submodule's files or those of LFS, is known
only where the disk has the very same.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from analyzer.disk import MAX_FILE, Disk, Listing, is_yaml
from analyzer.model import FileEntry, Span, Status

LINK = "120000"
SUBMODULE = "160000"
_POINTER = re.compile(rb"version https://git-lfs\.github\.com/spec/v1\n")
_OID = re.compile(rb"^oid sha256:([0-9a-f]{64})$", re.M)
_POINTER_SIZE = 1024  # bytes; git-lfs takes nothing longer for a pointer

Read = Callable[[Iterable[str]], Mapping[str, bytes]]  # by blob id


@dataclass(frozen=True, slots=True)
class Blob:
    """An entry of a commit: its object id, its size in bytes, git's mode."""

    id: str
    size: int
    mode: str


class Revision(Listing):
    """A tree as a commit has it. `disk` is the same tree as it is now.

    `also` are files that git ignores and the disk has: nobody knows of another time for them.
    """

    def __init__(
        self, disk: Disk, blobs: Mapping[str, Blob], read: Read, also: Iterable[str] = ()
    ) -> None:
        super().__init__(disk.tree, disk.subdir)
        self.disk = disk
        disk.sha256 = any(len(blob.id) == 64 for blob in blobs.values())
        self._blobs = blobs
        self._also = {path: disk.files[path] for path in also if path not in blobs}
        self._read = read
        self._folders: set[str] = {""}
        for path in (*blobs, *self._also):
            while (path := posixpath.dirname(path)) and path not in self._folders:
                self._folders.add(path)
        self._submodules = {path for path, blob in blobs.items() if blob.mode == SUBMODULE}
        self._elsewhere: dict[str, bytes | None] = {}  # LFS: what the disk has of it
        self._take([path for path in blobs if self._listed(path)])
        self.files |= self._also
        self.directories |= {path for path in self._folders if self._listed(path)} | {self.subdir}

    def kind(self, path: str) -> Status | None:
        """Also IGNORED: something is there, and nobody here knows what."""
        if self._in_submodule(path) or self._elsewhere.get(path, b"") is None:
            return Status.IGNORED
        return super().kind(path)

    def read(self, paths: Iterable[str]) -> dict[str, bytes]:
        listed = tuple(paths)
        wanted = {p: self._blobs[p] for p in listed if p in self.files and p in self._blobs}
        wanted = {p: blob for p, blob in wanted.items() if blob.size <= MAX_FILE}
        read = self._read(blob.id for blob in wanted.values())
        found = {path: read[blob.id] for path, blob in wanted.items() if blob.id in read}
        made = {path: self._smudged(path, data) for path, data in found.items()}
        return {**self.disk.read(p for p in listed if p in self._also), **made}

    def identity(self, path: str) -> str | None:
        if path not in self.files:
            return None
        if path in self._also or self._elsewhere.get(path) is not None:
            return self.disk.identity(path)
        return self._blobs[path].id

    def _in_submodule(self, path: str) -> bool:
        while path:
            if path in self._submodules:
                return True
            path = posixpath.dirname(path)
        return False

    def _smudged(self, path: str, data: bytes) -> bytes:
        """What git-lfs would put in a pointer's place, where the disk has it."""
        if len(data) > _POINTER_SIZE or not _POINTER.match(data):
            return data
        oid = _OID.search(data)
        now = self.disk.data(path) if self.disk.kind(path) is Status.FILE else None
        same = (
            now is not None and oid is not None
            and hashlib.sha256(now).hexdigest() == oid[1].decode()
        )  # fmt: skip
        if now == data:  # no git-lfs here: the pointer is all there is
            return data
        self._elsewhere[path] = now if same else None
        return now if same and now is not None else data

    # what is taken in ---------------------------------------------------------------------------

    def _take(self, paths: Iterable[str]) -> None:
        listed = [(path, self._blobs[path]) for path in paths]
        links = {path: blob for path, blob in listed if blob.mode == LINK}
        files = {path: blob for path, blob in listed if blob.mode not in (LINK, SUBMODULE)}
        for path in [p for p in (*links, *files) if not _is_utf8(p)]:
            shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            self.problems.append(("has a name that is not UTF-8; rename it", Span(shown)))
            links.pop(path, None)
            files.pop(path, None)
        for path in [p for p, blob in files.items() if is_yaml(p) and blob.size > MAX_FILE]:
            message = f"is larger than {MAX_FILE // 2**20} MiB, not read; split it"
            self.problems.append((message, Span(path)))
        targets = self._read(blob.id for blob in links.values())
        for path, blob in links.items():
            self.links[path] = targets.get(blob.id, b"").decode("utf-8", "replace")
        self.files |= {path: FileEntry(path, blob.size) for path, blob in files.items()}
        wanted = [p for p in files if is_yaml(p) or files[p].size <= _POINTER_SIZE]
        for path, data in self.read(wanted).items():
            if is_yaml(path):
                self.files[path] = FileEntry(path, len(data), data)
        for path, same in self._elsewhere.items():
            if same is None:
                self.files.pop(path, None)

    def _written(self, link: str) -> str:
        if link not in self._blobs or self._blobs[link].mode != LINK:
            raise FileNotFoundError(link)
        self._take((link,))
        return self.links[link]

    def _is_there(self, path: str) -> bool:
        return path in self._folders or (
            path in self._blobs and self._blobs[path].mode not in (LINK, SUBMODULE)
        )

    def _adopt(self, path: str) -> None:
        if self._listed(path):
            return
        if path in self._folders:
            self.directories.add(path)
            self._take([p for p in self._blobs if posixpath.dirname(p) == path])
        elif path in self._blobs and self._blobs[path].mode not in (LINK, SUBMODULE):
            self._take((path,))


def _is_utf8(name: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in name)

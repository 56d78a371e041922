"""A directory on disk → what is under a path: files, directories, links. Confined to the tree.

Nothing is opened but regular files, no link is followed out of the tree, `.git` is not looked into.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import stat
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path

from analyzer.model import FileEntry, Span, Status

MAX_FILE = 32 * 1024 * 1024  # bytes; a larger YAML file is a finding and is not read
MAX_LINKS = 40  # as Linux follows them


def contents(path: Path) -> bytes | None:
    """A regular file's bytes; None for anything else, too large, or not to be opened."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_FILE:
            return None
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(descriptor)


class Listing(ABC):
    """The analysed directory of a tree, listed once; what is asked for outside it is added.

    `links` has the target of each symbolic link as it is written. `problems` are what could not be
    read: (message, where). Where it comes from, a subclass says: a disk, or a revision.
    """

    def __init__(self, tree: Path, subdir: str) -> None:
        self.tree = tree
        self.subdir = subdir
        self.files: dict[str, FileEntry] = {}
        self.directories: set[str] = set()
        self.links: dict[str, str] = {}
        self.problems: list[tuple[str, Span]] = []
        self._real_paths: dict[str, str | None] = {}

    @abstractmethod
    def read(self, paths: Iterable[str]) -> dict[str, bytes]:
        """The bytes of these files, as far as they are there and read."""

    @abstractmethod
    def identity(self, path: str) -> str | None:
        """What tells contents apart, the same as git's object id; None for what is no file."""

    def executable(self, path: str) -> bool:
        """May a file be run?"""
        return False

    @abstractmethod
    def _written(self, link: str) -> str:
        """What is written in a link. Raises OSError for what is none."""

    @abstractmethod
    def _adopt(self, path: str) -> None:
        """Take in what is outside the analysed directory: a file, or the files of a directory."""

    @abstractmethod
    def _is_there(self, path: str) -> bool:
        """Is there anything but a link, outside the analysed directory?"""

    # what is under a path (kustomization.Names) -------------------------------------------------

    def real(self, path: str) -> str | None:
        """The path with links followed; None where they leave the tree."""
        if path not in self._real_paths:
            self._real_paths[path] = self._real(path)
        return self._real_paths[path]

    def kind(self, path: str) -> Status | None:
        """FILE or DIRECTORY; None for what is not there, or is something else."""
        if path not in self.files and path not in self.directories:
            self._adopt(path)
        if path in self.files:
            return Status.FILE
        return Status.DIRECTORY if path in self.directories else None

    def data(self, path: str) -> bytes | None:
        """The bytes of a file; None for what is not there, or is not read."""
        entry = self.files.get(path)
        if entry is None or entry.data is not None:
            return None if entry is None else entry.data
        return self.read((path,)).get(path)

    def end(self, link: str) -> str | None:
        """Where a link ends in the tree; None where it leaves it, or nothing is there."""
        end = self.real(link)
        if end is None or end in self.files or end in self.directories:
            return end
        return None if self._listed(end) or not self._is_there(end) else end

    def _real(self, path: str) -> str | None:
        """A link that leads in a circle is what is there itself: neither file nor directory."""
        todo = [part for part in path.split("/") if part][::-1]
        done: list[str] = []
        followed = 0
        while todo:
            part = todo.pop()
            if part == "..":
                if not done:
                    return None
                done.pop()
                continue
            here = "/".join((*done, part))
            target = self._target(here)
            if target is None:
                done.append(part)
                continue
            followed += 1
            if followed > MAX_LINKS:
                return here
            if posixpath.isabs(target):
                if not Path(target).is_relative_to(self.tree):
                    return None
                target = Path(target).relative_to(self.tree).as_posix()
                done = []
            todo.extend(part for part in reversed(target.split("/")) if part not in ("", "."))
        return "/".join(done)

    def _target(self, path: str) -> str | None:
        """What is written in a link; None for what is none."""
        if path not in self.links and not self._listed(path):
            try:
                self.links[path] = self._written(path)
            except OSError:
                return None
        return self.links.get(path)

    def _listed(self, path: str) -> bool:
        """Is the path in the analysed directory, so that all of it is known?"""
        return not self.subdir or path == self.subdir or path.startswith(self.subdir + "/")


class Disk(Listing):
    """A tree as it is on disk."""

    def __init__(self, tree: Path, subdir: str) -> None:
        super().__init__(tree, subdir)
        self.sha256 = False  # does git name objects by SHA-256 here?
        pending = [subdir]
        while pending:
            pending.extend(reversed(self._list(pending.pop())))

    def read(self, paths: Iterable[str]) -> dict[str, bytes]:
        found = ((path, contents(self.tree / path)) for path in paths)
        return {path: data for path, data in found if data is not None}

    def executable(self, path: str) -> bool:
        try:
            return bool(os.lstat(self.tree / path).st_mode & stat.S_IXUSR)
        except OSError:
            return False

    def identity(self, path: str) -> str | None:
        entry = self.files.get(path)
        if entry is None or entry.data is not None:
            return None if entry is None else blob_id(entry.data or b"", self.sha256)
        try:
            return _blob_id(self.tree / path, entry.size, self.sha256)
        except OSError:
            return None

    def _written(self, link: str) -> str:
        target = (self.tree / link).readlink()
        return os.fsencode(target).decode("utf-8", "replace")

    def _is_there(self, path: str) -> bool:
        return (self.tree / path).exists() and not (self.tree / path).is_symlink()

    def _list(self, directory: str) -> list[str]:
        """Take in one directory; returns its sub-directories, sorted."""
        self.directories.add(directory)
        below: list[str] = []
        try:
            with os.scandir(self.tree / directory) as listing:
                found = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            self._problem(directory, f"cannot be read: {error.strerror}")
            return below
        for entry in found:
            path = posixpath.join(directory, entry.name)
            if not _is_utf8(path):
                shown = os.fsencode(path).decode("utf-8", "replace")
                self._problem(shown, "has a name that is not UTF-8; rename it")
            elif entry.is_dir(follow_symlinks=False) and entry.name != ".git":
                below.append(path)
            elif entry.name != ".git":
                self._take(entry, path)
        return below

    def _take(self, entry: os.DirEntry[str], path: str) -> None:
        try:
            if entry.is_symlink():
                self.links[path] = self._written(path)
            elif entry.is_file(follow_symlinks=False):
                self._take_file(path, entry.stat(follow_symlinks=False).st_size)
            elif is_yaml(path):
                self._problem(path, "is no regular file, not read; remove it")
        except FileNotFoundError:
            pass  # it has gone since the listing
        except OSError as error:
            self._problem(path, f"cannot be read: {error.strerror}")

    def _take_file(self, path: str, size: int) -> None:
        data = None
        if is_yaml(path):
            if size > MAX_FILE:
                limit = f"{MAX_FILE // 2**20} MiB"
                self._problem(path, f"is larger than {limit}, not read; split it")
            elif (data := contents(self.tree / path)) is None:
                self._problem(path, "cannot be read; check its permissions")
        self.files[path] = FileEntry(path, size, data)

    def _adopt(self, path: str) -> None:
        if self._listed(path) or ".git" in path.split("/"):
            return
        try:
            status = (self.tree / path).lstat()
        except OSError:
            return
        if stat.S_ISDIR(status.st_mode):
            self._list(path)
        elif stat.S_ISREG(status.st_mode):
            self._take_file(path, status.st_size)

    def _problem(self, path: str, message: str) -> None:
        self.problems.append((message, Span(path)))


def blob_id(data: bytes, sha256: bool = False) -> str:
    """The name git gives to these bytes."""
    made = hashlib.sha256 if sha256 else hashlib.sha1
    return made(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _blob_id(path: Path, size: int, sha256: bool) -> str:
    """The same of a file of any size."""
    made = (hashlib.sha256 if sha256 else hashlib.sha1)(b"blob %d\0" % size, usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            made.update(chunk)
    return made.hexdigest()


def is_yaml(path: str) -> bool:
    """Is a file of this name read? All that Flux takes for manifests, and kustomize's own."""
    return path.endswith((".yaml", ".yml")) or posixpath.basename(path) == "Kustomization"


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True

"""Disk → Repository. The only reader of the user's tree; it follows no link out of it."""

from __future__ import annotations

import gc
import os
import posixpath
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from analyzer import yamltext
from analyzer.errors import AnalyzerError
from analyzer.kustomization import FILE_NAMES, read
from analyzer.model import (
    Content,
    FileEntry,
    Kustomization,
    Link,
    Manifest,
    Reference,
    Repository,
    ResourceId,
    Scratch,
    Span,
    Status,
)
from analyzer.yamltext import Node, Text, YamlError

MAX_FILE = 32 * 1024 * 1024  # bytes; a larger YAML file is a finding and is not read
MAX_LINKS = 40  # as Linux follows them
_KEPT_GROUPS = ("fluxcd.io", "argoproj.io", "controlplane.io")  # objects that are read whole


@dataclass(frozen=True, slots=True)
class Checkout:
    """A tree on disk and what was read of it."""

    tree: Path
    repository: Repository


Ignored = Callable[[Path, Iterable[str]], frozenset[str]]


def _none_ignored(tree: Path, paths: Iterable[str]) -> frozenset[str]:
    return frozenset()


def toplevel(directory: Path) -> Path:
    """The working tree that holds a directory; the directory itself where there is none.

    Looked up without git, so that it needs no git and trusts no configuration.
    """
    for candidate in (directory, *directory.parents):
        with suppress(OSError):  # of directories above, some may not be for us to look into
            if (candidate / ".git").exists():
                return candidate
    return directory


def load(directory: Path, ignored: Ignored = _none_ignored) -> Checkout:
    """Read the analysed directory. Raises AnalyzerError where it is not a readable directory.

    `ignored` tells which missing paths git ignores (`gitio.ignored`).
    """
    try:
        directory.stat()
    except PermissionError:
        raise AnalyzerError(f"{directory}: cannot be reached; check permissions above it") from None
    except OSError:
        raise AnalyzerError(f"{directory}: no such directory; name one with -C DIR") from None
    if not directory.is_dir():
        raise AnalyzerError(f"{directory}: is a file; name the directory that holds it with -C DIR")
    if not os.access(directory, os.R_OK | os.X_OK):
        raise AnalyzerError(f"{directory}: cannot be read; check its permissions")
    directory = directory.resolve()
    tree = toplevel(directory)
    subdir = "" if tree == directory else directory.relative_to(tree).as_posix()
    with _no_collection():
        return Checkout(tree, _Reader(tree, subdir, ignored).repository(directory.name))


def scratch(checkout: Checkout, paths: Iterable[str]) -> Scratch:
    """The bytes of these files and every link of the tree: what a private copy is made of."""
    repository = checkout.repository
    files: dict[str, bytes | Link] = {}
    for path in sorted(set(paths)):
        entry = repository.files.get(path)
        data = entry.data if entry is not None else None
        if data is None:
            data = _bytes(checkout.tree / path)
        if data is not None:
            files[path] = data
    for link, target in repository.links.items():
        if target is not None:
            files[link] = Link(posixpath.relpath(target or ".", posixpath.dirname(link) or "."))
    return Scratch(files)


def text(checkout: Checkout, path: str) -> bytes | None:
    """A file of the analysed directory, for README sections and configuration; None if absent."""
    entry = checkout.repository.files.get(path)
    if entry is None:
        return None
    return entry.data if entry.data is not None else _bytes(checkout.tree / path)


def state(directory: Path) -> tuple[tuple[str, int, int], ...]:
    """Path, size and time of every file: differs when something in the directory changed."""
    found = []
    for folder, names, files in os.walk(directory):
        names[:] = sorted(name for name in names if name != ".git")
        for name in files:
            with suppress(OSError):
                path = Path(folder, name)
                status = path.lstat()
                found.append((str(path), status.st_size, status.st_mtime_ns))
    return tuple(sorted(found))


@contextmanager
def _no_collection() -> Iterator[None]:
    """Without the garbage collector composing 3,000 files takes a sixth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


def _bytes(path: Path) -> bytes | None:
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


def _is_yaml(path: str) -> bool:
    return path.endswith((".yaml", ".yml")) or posixpath.basename(path) == "Kustomization"


class _Reader:
    """One pass over the disk; what references name outside the analysed directory is added."""

    def __init__(self, tree: Path, subdir: str, ignored: Ignored) -> None:
        self.tree = tree
        self.ignored = ignored
        self.subdir = subdir
        self.files: dict[str, FileEntry] = {}
        self.directories: set[str] = set()
        self.raw_links: dict[str, str] = {}
        self.problems: list[tuple[str, Span]] = []
        self.texts: dict[str, Text] = {}
        self.unreadable: dict[str, tuple[str, Span]] = {}
        self.real_paths: dict[str, str | None] = {}

    def repository(self, name: str) -> Repository:
        self._walk(self.subdir)
        for path in list(self.files):
            self._compose(path)
        kustomizations = self._kustomizations()
        manifests = {
            path: found
            for path, text in self.texts.items()
            if not _is_kustomization(text) and (found := tuple(_manifests(text)))
        }
        links = {link: self._end(link) for link in sorted(self.raw_links)}
        return Repository(
            name=name, subdir=self.subdir, files=dict(sorted(self.files.items())),
            directories=frozenset(self.directories), links=links,
            kustomizations=kustomizations, manifests=dict(sorted(manifests.items())),
            unreadable=dict(sorted(self.unreadable.items())), problems=tuple(sorted(self.problems)),
        )  # fmt: skip

    # Names: what is under a path ------------------------------------------------------------

    def real(self, path: str) -> str | None:
        if path not in self.real_paths:
            self.real_paths[path] = self._real(path)
        return self.real_paths[path]

    def _real(self, path: str) -> str | None:
        """A link that leads in a circle is what is there itself: neither file nor directory."""
        todo = [part for part in path.split("/") if part][::-1]
        done: list[str] = []
        links = 0
        while todo:
            part = todo.pop()
            if part == "..":
                if not done:
                    return None
                done.pop()
                continue
            if part == ".":
                continue
            here = "/".join((*done, part))
            target = self._link(here)
            if target is None:
                done.append(part)
                continue
            links += 1
            if links > MAX_LINKS:
                return here
            if posixpath.isabs(target):
                try:
                    target = Path(target).relative_to(self.tree).as_posix()
                except ValueError:
                    return None
                done = []
            todo.extend(part for part in reversed(target.split("/")) if part)
        return "/".join(done)

    def _link(self, path: str) -> str | None:
        if path in self.raw_links:
            return self.raw_links[path]
        if path in self.files or path in self.directories or self._walked(path):
            return None
        try:
            self.raw_links[path] = str((self.tree / path).readlink())
        except OSError:
            return None
        return self.raw_links[path]

    def _end(self, link: str) -> str | None:
        """Where a link ends in the tree; None where it does not, or nothing is there."""
        end = self.real(link)
        if end is None or end in self.files or end in self.directories:
            return end
        there = not self._walked(end) and (self.tree / end).exists()
        return end if there and not (self.tree / end).is_symlink() else None

    def kind(self, path: str) -> Status | None:
        if path in self.files:
            return Status.FILE
        if path in self.directories:
            return Status.DIRECTORY
        if self._walked(path) or ".git" in path.split("/"):
            return None
        self._adopt(path)
        if path in self.files:
            return Status.FILE
        return Status.DIRECTORY if path in self.directories else None

    def data(self, path: str) -> bytes | None:
        entry = self.files.get(path)
        if entry is None:
            return None
        return entry.data if entry.data is not None else _bytes(self.tree / path)

    def _walked(self, path: str) -> bool:
        return not self.subdir or path == self.subdir or path.startswith(self.subdir + "/")

    # the disk -------------------------------------------------------------------------------

    def _walk(self, directory: str) -> None:
        pending = [directory]
        while pending:
            pending.extend(reversed(self._list(pending.pop())))

    def _list(self, directory: str) -> list[str]:
        """Take in one directory; returns its sub-directories, sorted."""
        self.directories.add(directory)
        below: list[str] = []
        try:
            with os.scandir(self.tree / directory) as listing:
                found = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            self.problems.append((f"cannot be read: {error.strerror}", Span(directory)))
            return below
        for entry in found:
            path = f"{directory}/{entry.name}" if directory else entry.name
            if not _is_utf8(path):
                shown = os.fsencode(path).decode("utf-8", "replace")
                self.problems.append(("has a name that is not UTF-8; rename it", Span(shown)))
            elif entry.is_dir(follow_symlinks=False) and entry.name != ".git":
                below.append(path)
            elif entry.name != ".git":
                with suppress(FileNotFoundError):  # it has gone since the listing
                    self._take_in(entry, path)
        return below

    def _take_in(self, entry: os.DirEntry[str], path: str) -> None:
        if entry.is_symlink():
            self.raw_links[path] = str((self.tree / path).readlink())
        elif entry.is_file(follow_symlinks=False):
            self._take(path, entry.stat(follow_symlinks=False).st_size)
        elif _is_yaml(path):
            self.problems.append(("is no regular file, not read; remove it", Span(path)))

    def _take(self, path: str, size: int) -> None:
        data = None
        if _is_yaml(path):
            if size > MAX_FILE:
                limit = f"{MAX_FILE // 2**20} MiB"
                self.problems.append((f"is larger than {limit}, not read; split it", Span(path)))
            elif (data := _bytes(self.tree / path)) is None:
                self.problems.append(("cannot be read; check its permissions", Span(path)))
        self.files[path] = FileEntry(path, size, data)

    def _adopt(self, path: str) -> None:
        """Take in what is named outside the analysed directory: a file, or a directory's files."""
        try:
            status = os.lstat(self.tree / path)
        except OSError:
            return
        before = set(self.files)
        if stat.S_ISDIR(status.st_mode):
            self._list(path)
        elif stat.S_ISREG(status.st_mode):
            self._take(path, status.st_size)
        for added in sorted(set(self.files) - before):
            self._compose(added)

    def _compose(self, path: str) -> None:
        data = self.files[path].data
        if data is not None:
            self._compose_text(path, data)

    def _compose_text(self, path: str, data: bytes) -> None:
        try:
            self.texts[path] = yamltext.compose(data, path)
        except YamlError as error:
            self.unreadable[path] = (error.message, Span(path, error.line, error.column))

    # roots ----------------------------------------------------------------------------------

    def _kustomizations(self) -> dict[str, Kustomization]:
        found: dict[str, Kustomization] = {}
        pending = sorted({posixpath.dirname(path) for path in self.files
                          if posixpath.basename(path) in FILE_NAMES})  # fmt: skip
        while pending:
            found |= {root: self._kustomization(root) for root in pending}
            named = {r.target for root in pending for r in found[root].references
                     if r.status is Status.DIRECTORY and r.target is not None}  # fmt: skip
            pending = sorted(root for root in named - found.keys() if self._file_of(root))
        return self._with_ignored(dict(sorted(found.items())))

    def _file_of(self, root: str) -> tuple[str, ...]:
        """The kustomization files of a directory, links included, in kustomize's order."""
        paths = (f"{root}/{name}" if root else name for name in FILE_NAMES)
        return tuple(path for path in paths if path in self.files or
                     (path in self.raw_links and self.real(path) in self.files))  # fmt: skip

    def _kustomization(self, root: str) -> Kustomization:
        files = self._file_of(root)
        path = files[0]
        source = self.real(path) or path
        if source not in self.texts and (data := self.data(source)) is not None:
            self._compose_text(source, data)  # behind a link its name may be any
        if source not in self.texts:
            message, span = self.unreadable.get(source, ("cannot be read", Span(source)))
            return Kustomization(root, path, "Kustomization", span, problem=message)
        kustomization = replace(read(self.texts[source], root, self), path=path)
        if len(files) > 1:
            names = " and ".join(posixpath.basename(file) for file in files)
            problem = f"{names} in one directory; keep one of them"
            kustomization = replace(kustomization, problem=problem)
        return kustomization

    def _with_ignored(self, found: dict[str, Kustomization]) -> dict[str, Kustomization]:
        """Missing files that git ignores are inputs somebody makes, not mistakes."""
        missing = {reference.target for kustomization in found.values()
                   for reference in kustomization.references
                   if reference.status is Status.MISSING and reference.target}  # fmt: skip
        ignored = self.ignored(self.tree, missing)
        if not ignored:
            return found

        def status(reference: Reference) -> Reference:
            known = reference.status is Status.MISSING and reference.target in ignored
            return replace(reference, status=Status.IGNORED) if known else reference

        return {root: replace(k, references=tuple(map(status, k.references)))
                for root, k in found.items()}  # fmt: skip


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_kustomization(text: Text) -> bool:
    """Is this a kustomization file? One that holds a Flux object may still be listed as a file."""
    version = yamltext.text_of(yamltext.get(text.first, "apiVersion"))
    ours = "/" not in version or version.startswith("kustomize.config.k8s.io/")
    return ours and posixpath.basename(text.path) in FILE_NAMES


def _manifests(text: Text) -> Iterator[Manifest]:
    for node in text.documents:
        kind = yamltext.text_of(yamltext.get(node, "kind"))
        version = yamltext.text_of(yamltext.get(node, "apiVersion"))
        if not kind or not version:
            continue
        group = version.rpartition("/")[0]
        metadata = yamltext.get(node, "metadata")
        identity = ResourceId(group, kind, yamltext.text_of(yamltext.get(metadata, "namespace")),
                              yamltext.text_of(yamltext.get(metadata, "name")))  # fmt: skip
        yield Manifest(identity, version, text.span(node), _content(node, group))


def _content(node: Node, group: str) -> Content | None:
    if not group.endswith(_KEPT_GROUPS):
        return None
    try:
        content = yamltext.value(node)
    except YamlError:
        return None
    return content if isinstance(content, dict) else None

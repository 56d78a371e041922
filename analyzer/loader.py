"""Disk → Repository. The only reader of the user's tree; it follows no link out of it."""

from __future__ import annotations

import gc
import os
import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from analyzer import yamltext
from analyzer.changes import FileChange
from analyzer.disk import Disk, Listing, is_yaml
from analyzer.errors import AnalyzerError
from analyzer.kustomization import FILE_NAMES, read
from analyzer.model import (
    Content,
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
from analyzer.planned import Planned
from analyzer.revision import Blob, Read, Revision
from analyzer.yamltext import Node, Text, YamlError

_KEPT_GROUPS = ("fluxcd.io", "argoproj.io", "controlplane.io")  # objects that are read whole


@dataclass(frozen=True, slots=True)
class Checkout:
    """A tree, on disk or at a revision, and what was read of it."""

    tree: Path
    repository: Repository
    listing: Listing


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
        with os.scandir(directory):
            pass
    except NotADirectoryError:
        message = "is a file; name the directory that holds it with -C DIR"
        raise AnalyzerError(f"{directory}: {message}") from None
    except PermissionError:
        raise AnalyzerError(f"{directory}: cannot be read; check its permissions") from None
    except OSError:
        raise AnalyzerError(f"{directory}: no such directory; name one with -C DIR") from None
    directory = directory.resolve()
    tree = toplevel(directory)
    subdir = "" if tree == directory else directory.relative_to(tree).as_posix()
    with _no_collection():
        return _read(Disk(tree, subdir), directory.name, partial(ignored, tree))


def at_revision(
    now: Checkout, blobs: Mapping[str, Blob], read: Read, ignored: Ignored = _none_ignored
) -> Checkout:
    """The same directory as a commit has it; nothing is checked out.

    `blobs` are the commit's files, `read` gets their bytes (`gitio.blobs`, `gitio.read_blobs`).
    """
    disk = now.listing
    if not isinstance(disk, Disk):
        raise TypeError("only a tree on disk has revisions")
    with _no_collection():
        untracked = disk.files.keys() - blobs.keys()
        old = Revision(disk, blobs, read, ignored(now.tree, untracked) & untracked)
        return _read(old, now.repository.name, partial(ignored, now.tree))


def planned(
    now: Checkout, changes: Iterable[FileChange], ignored: Ignored = _none_ignored
) -> Checkout:
    """The same directory as a plan makes it; nothing is written.

    Raises StaleError where a file is not what the plan was made for.
    """
    with _no_collection():
        planned = Planned(now.listing, changes)
        reader = _Reader(planned, now.repository)
        made = reader.repository(now.repository.name, partial(ignored, now.tree))
        return Checkout(now.tree, made, planned)


def changed(before: Checkout, after: Checkout) -> tuple[str, ...]:
    """Files and links that are not the same in both, also those only one has; sorted."""
    sides = (before.listing, after.listing)
    found = []
    for path in sorted({path for side in sides for path in (*side.files, *side.links)}):
        for side in sides:
            side.kind(path)  # outside the analysed directory only what was asked for is known
        old, new = ((side.links.get(path), side.identity(path)) for side in sides)
        if old != new:
            found.append(path)
    return tuple(found)


def _read(listing: Listing, name: str, ignored: Callable[[Iterable[str]], frozenset[str]]
          ) -> Checkout:  # fmt: skip
    return Checkout(listing.tree, _Reader(listing).repository(name, ignored), listing)


def scratch(checkout: Checkout, paths: Iterable[str]) -> Scratch:
    """The bytes of these files and every link of the tree: what a private copy is made of."""
    repository = checkout.repository
    files: dict[str, bytes | Link] = {}
    wanted = sorted(repository.files.keys() & set(paths))
    read = checkout.listing.read(p for p in wanted if repository.files[p].data is None)
    for path in wanted:
        data = repository.files[path].data
        data = read.get(path) if data is None else data
        if data is not None:
            files[path] = data
    for link, target in repository.links.items():
        if target is not None:
            files[link] = Link(posixpath.relpath(target or ".", posixpath.dirname(link) or "."))
    return Scratch(files)


def text(checkout: Checkout, path: str) -> bytes | None:
    """A file of the analysed directory, for README sections and configuration; None if absent."""
    return checkout.listing.data(path)


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


class _Reader:
    """What a disk holds, as YAML: each file composed once, when it is first asked for."""

    def __init__(self, disk: Listing, known: Repository | None = None) -> None:
        self.disk = disk
        self.known = known  # what was read of the same tree: bytes that stay say the same
        self.texts: dict[str, Text | None] = {}
        self.unreadable: dict[str, tuple[str, Span]] = {}

    def repository(self, name: str, ignored: Callable[[Iterable[str]], frozenset[str]]
                   ) -> Repository:  # fmt: skip
        disk = self.disk
        kustomizations = _with_ignored(self._kustomizations(), ignored)
        manifests = {
            path: found
            for path in sorted(disk.files)
            if is_yaml(path) and (found := self._manifests_of(path))
        }
        return Repository(
            name=name,
            subdir=disk.subdir,
            files=dict(sorted(disk.files.items())),
            directories=frozenset(disk.directories),
            links={link: disk.end(link) for link in sorted(disk.links)},
            kustomizations=kustomizations,
            manifests=manifests,
            unreadable=dict(sorted(self.unreadable.items())),
            problems=tuple(sorted(disk.problems, key=lambda problem: problem[::-1])),
        )

    def _manifests_of(self, path: str) -> tuple[Manifest, ...]:
        known = self.known
        if known is not None and known.files.get(path) is self.disk.files[path]:
            if path in known.unreadable:
                self.unreadable[path] = known.unreadable[path]
            return known.manifests.get(path, ())
        text = self._text(path)
        return () if text is None else tuple(_manifests(text))

    def _text(self, path: str) -> Text | None:
        """A file as composed; None where it cannot be, and `unreadable` says why."""
        if path not in self.texts:
            self.texts[path] = None
            data = self.disk.data(path)
            try:
                self.texts[path] = None if data is None else yamltext.compose(data, path)
            except YamlError as error:
                self.unreadable[path] = (error.message, Span(path, error.line, error.column))
        return self.texts[path]

    def _kustomizations(self) -> dict[str, Kustomization]:
        """Every directory with a kustomization file, and those that are named and have a link."""
        found: dict[str, Kustomization] = {}
        pending = sorted({posixpath.dirname(path) for path in self.disk.files
                          if posixpath.basename(path) in FILE_NAMES})  # fmt: skip
        while pending:
            found |= {root: self._kustomization(root) for root in pending}
            named = {r.target for root in pending for r in found[root].references
                     if r.status is Status.DIRECTORY and r.target is not None}  # fmt: skip
            pending = sorted(root for root in named - found.keys() if self._files_of(root))
        return dict(sorted(found.items()))

    def _files_of(self, root: str) -> tuple[tuple[str, str], ...]:
        """(path, the same with links followed) of a directory's kustomization files."""
        paths = (posixpath.join(root, name) for name in FILE_NAMES)
        reals = ((path, self.disk.real(path)) for path in paths)
        return tuple((path, real) for path, real in reals
                     if real is not None and self.disk.kind(real) is Status.FILE)  # fmt: skip

    def _kustomization(self, root: str) -> Kustomization:
        files = self._files_of(root)
        path, source = files[0]
        text = self._text(source)
        if text is None:
            message, span = self.unreadable.get(source, ("cannot be read", Span(source)))
            return Kustomization(root, path, "Kustomization", span, problem=message)
        kustomization = replace(read(text, root, self.disk), path=path)
        if len(files) > 1:
            names = " and ".join(posixpath.basename(path) for path, _ in files)
            problem = f"{names} in one directory; keep one of them"
            kustomization = replace(kustomization, problem=problem)
        return kustomization


def _with_ignored(found: Mapping[str, Kustomization],
                  ignored: Callable[[Iterable[str]], frozenset[str]]
                  ) -> dict[str, Kustomization]:  # fmt: skip
    """Missing files that git ignores are inputs somebody makes, not mistakes."""
    made = ignored({r.target for k in found.values() for r in k.references
                    if r.status is Status.MISSING and r.target})  # fmt: skip

    def status(reference: Reference) -> Reference:
        known = reference.status is Status.MISSING and reference.target in made
        return replace(reference, status=Status.IGNORED) if known else reference

    return {root: replace(kustomization, references=tuple(map(status, kustomization.references)))
            for root, kustomization in found.items()}  # fmt: skip


def _is_kustomization(text: Text) -> bool:
    """Is this a kustomization file? One that holds a Flux object may still be listed as a file."""
    version = yamltext.text_of(yamltext.get(text.first, "apiVersion"))
    ours = "/" not in version or version.startswith("kustomize.config.k8s.io/")
    return ours and posixpath.basename(text.path) in FILE_NAMES


def _manifests(text: Text) -> Iterator[Manifest]:
    for node in () if _is_kustomization(text) else text.documents:
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

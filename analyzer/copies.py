"""The private copies that roots are rendered in, and what is known of them."""

from __future__ import annotations

import os
import posixpath
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from analyzer import merging, preparing, rendered
from analyzer.deployments import NOTHING
from analyzer.graph import ReferenceGraph
from analyzer.locating import Files
from analyzer.model import (
    Cause,
    Content,
    Kustomization,
    Link,
    Manifest,
    Reference,
    RenderKey,
    Scratch,
    Span,
    Status,
)


@dataclass(frozen=True, slots=True)
class Tree:
    """What is rendered: the references of its kustomizations and the ids of its manifests."""

    graph: ReferenceGraph
    manifests: Mapping[str, tuple[Manifest, ...]]
    defects: Mapping[str, tuple[Cause, ...]]


@dataclass(frozen=True, slots=True)
class Flux:
    """What a Flux Kustomization's spec adds to the kustomization at its path.

    `components` are the roots its components add; `missing` those that are not there and may be.
    `absent` are files its source leaves out, and who says so.
    """

    spec: Content
    declared: Span
    components: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    absent: Mapping[str, str] = field(default_factory=dict)
    whole_images: bool = False  # a controller that merges images by replacing them


@dataclass(slots=True)
class Run:
    """One private copy on disk, for all keys that need none of their own."""

    tree: Tree
    scratch: Scratch
    program: Path
    directory: str
    flux: Mapping[RenderKey, Flux]
    documents: rendered.Documents = field(default_factory=rendered.Documents)
    links: Mapping[str, Link] = field(init=False)  # of the scratch: every copy has them all

    def __post_init__(self) -> None:
        files = self.scratch.files.items()
        self.links = {path: data for path, data in files if isinstance(data, Link)}

    def closure(self, key: RenderKey) -> tuple[str, ...]:
        """The root and all it builds on, what its reconciler adds included; itself first."""
        roots = (r for root in (key.root, *self.added(key)) for r in self.tree.graph.closure(root))
        return tuple(dict.fromkeys(roots))

    def added(self, key: RenderKey) -> tuple[str, ...]:
        """The kustomize Components that a reconciler adds."""
        return self.flux[key].components if key in self.flux else ()

    def references(self, key: RenderKey) -> tuple[Reference, ...]:
        """Every reference of the closure."""
        kustomizations = self.tree.graph.kustomizations
        return tuple(
            reference
            for root in self.closure(key)
            if root in kustomizations
            for reference in kustomizations[root].references
        )

    def outward(self, key: RenderKey, dropped: Collection[Span] = ()) -> bool:
        """Does it read a file that is not below the kustomization that names it?"""
        return any(
            r.status is Status.FILE
            and bool(r.source)
            and not (r.target or "").startswith(r.source + "/")
            and (r.entry or r.span) not in dropped
            for r in self.references(key)
        )

    def reads(self, key: RenderKey) -> frozenset[str]:
        """Every path a render depends on, the absent ones too."""
        return frozenset(p for root in self.closure(key) for p in self.tree.graph.reads(root))

    def files(self, handled: Collection[Span] = ()) -> Files:
        """The files as they are in the tree, to look for what the engine complains about."""

        def data(path: str) -> bytes | None:
            found = self.scratch.files.get(path)
            return found if isinstance(found, bytes) else None

        return Files(self.tree.graph, data, self.tree.manifests, handled)

    def own(self, key: RenderKey, dropped: Sequence[Span] = (), loose: bool = False) -> Scratch:
        """A copy for one key: without some entries, and with what its reconciler merges in.

        `loose`: its patches need not find anything.
        """
        closure, all_files = self.closure(key), self.scratch.files
        added = self.flux.get(key)
        absent = added.absent if added is not None else {}
        reads = sorted(path for path in self.reads(key) if path not in absent)
        files = {**{path: all_files[path] for path in reads if path in all_files}, **self.links}
        kustomizations = self.tree.graph.kustomizations
        known = {root: without(kustomizations[root], absent) for root in closure
                 if root in kustomizations}  # fmt: skip
        copy = preparing.prepared(Scratch(files), known, dropped)
        if added is None:
            return copy
        own = known[key.root]
        path = own.path or posixpath.join(key.root, "kustomization.yaml")
        settings = preparing.settings(Scratch(files), own, dropped)
        spec = preparing.loosened(added.spec) if loose else added.spec
        merged = merging.merged(settings, spec, added.missing, whole_images=added.whole_images)
        return Scratch({**copy.files, path: merging.as_file(merged)})

    def lacks(self, key: RenderKey, root: str, without: Sequence[Reference] = ()) -> bool:
        """May what a root wants be missing because something was left out?

        A Kustomization sees only what it builds on, a kustomize Component also what it is added
        to. `without` is what was left out besides the omissions.
        """
        graph, closure = self.tree.graph, set(self.closure(key))
        pending, seen = [root], set[str]()
        while pending:
            name = pending.pop()
            if name in seen or name not in closure:
                continue
            seen.add(name)
            below = graph.closure(name)
            if graph.omissions(name) or any(r.source in below for r in without):
                return True
            if graph.kustomizations[name].kind == "Component":
                pending.extend(edge.source for edge in graph.downstream.get(name, ()))
                pending.extend((key.root,) if name in self.added(key) else ())
        return False


def without(kustomization: Kustomization, absent: Mapping[str, str]) -> Kustomization:
    """A generated kustomization lists only what there is."""
    if not kustomization.generated or not absent:
        return kustomization
    kept = tuple(r for r in kustomization.references if r.target not in absent)
    listed = {"resources": [r.written for r in kept]} if kept else NOTHING
    return replace(kustomization, references=kept, settings=listed)


@contextmanager
def on_disk(scratch: Scratch) -> Iterator[str]:
    """A scratch in a directory only we can read; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="groundplan-") as directory:
        made: set[str] = set()
        for path, data in scratch.files.items():
            folder = posixpath.dirname(path)
            if folder not in made:
                Path(directory, folder).mkdir(parents=True, exist_ok=True)
                made.add(folder)
            if isinstance(data, Link):
                Path(directory, path).symlink_to(data.target)
            else:
                Path(directory, path).write_bytes(data)
        yield os.path.realpath(directory)

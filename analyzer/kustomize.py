"""RenderKeys → Renderings, in private copies, many at once. See `engine` for one call."""

from __future__ import annotations

import os
import posixpath
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from analyzer import causes, engine, graph, preparing, rendered, yamltext
from analyzer.engine import Output
from analyzer.graph import ReferenceGraph
from analyzer.kustomization import PLUGIN_FIELDS
from analyzer.model import (
    Cause,
    Content,
    Link,
    Manifest,
    Reference,
    Rendered,
    RenderFailure,
    Rendering,
    RenderKey,
    Scratch,
    Span,
    Status,
)

REPAIRS = 20  # entries left out, one after the other, behind an omission


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
    """

    spec: Content
    components: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(slots=True)
class _Run:
    """One private copy on disk and what is known about it."""

    tree: Tree
    scratch: Scratch
    program: Path
    directory: str
    flux: Mapping[RenderKey, Flux]
    documents: rendered.Documents = field(default_factory=rendered.Documents)


Progress = Callable[[int, int], None]
_Built = tuple[Output, tuple[Reference, ...]]


def _silent(done: int, of: int) -> None:
    """Nobody is looking."""


def render(
    tree: Tree,
    scratch: Scratch,
    keys: tuple[RenderKey, ...],
    *,
    jobs: int | None = None,
    program: Path | None = None,
    progress: Progress = _silent,
    flux: Mapping[RenderKey, Flux] = MappingProxyType({}),
) -> tuple[Rendering, ...]:
    """Render each key in a private copy; the results are in the order of the keys.

    `jobs` processes at once (None: one a core). Raises EngineError only where the engine itself
    cannot be started; a root that does not build is a RenderFailure. `progress` is told how many
    of how many are done; `flux` says which keys a reconciler builds otherwise.
    """
    program = program or engine.program()
    if not keys:
        return ()
    with _copy(preparing.prepared(scratch, tree.graph.kustomizations)) as directory:
        run = _Run(tree, scratch, program, directory, flux)
        with ThreadPoolExecutor(max_workers=jobs or os.cpu_count() or 1) as pool:
            started = [(key, _start(run, key, pool)) for key in keys]
            results = []
            for position, (key, future) in enumerate(started):
                results.append(_finish(run, key, future))
                started[position] = (key, None)  # its output is not needed any more
                progress(position + 1, len(keys))
            return tuple(results)


def _start(run: _Run, key: RenderKey, pool: ThreadPoolExecutor) -> Future[_Built] | None:
    if _refused(run.tree, _closure(run, key)):
        return None
    return pool.submit(_built, run, key)


def _closure(run: _Run, key: RenderKey) -> tuple[str, ...]:
    """The root and all it builds on, what its reconciler adds included; itself first."""
    added = run.flux[key].components if key in run.flux else ()
    roots = (r for root in (key.root, *added) for r in run.tree.graph.closure(root))
    return tuple(dict.fromkeys(roots))


def _references(run: _Run, key: RenderKey) -> tuple[Reference, ...]:
    kustomizations = run.tree.graph.kustomizations
    return tuple(
        reference
        for root in _closure(run, key)
        if root in kustomizations
        for reference in kustomizations[root].references
    )


def _built(run: _Run, key: RenderKey) -> _Built:
    """What the engine says of a root, and what had to be left out besides the omissions."""
    confined = _only_inside(_references(run, key))
    if key in run.flux:
        with _copy(_own_copy(run, key, ())) as directory:
            output = engine.build(run.program, directory, key.root, confined)
    else:
        output = engine.build(run.program, run.directory, key.root, confined)
    if output.error is not None and preparing.omitted_by(_references(run, key)):
        return _behind(run, key, output)
    return output, ()


def _own_copy(run: _Run, key: RenderKey, dropped: Sequence[Span]) -> Scratch:
    """A copy of what the root reads, with the reconciler's spec merged into its kustomization."""
    graph = run.tree.graph
    closure = _closure(run, key)
    reads = {path for root in closure for path in graph.reads(root)}
    files = {
        path: data
        for path, data in run.scratch.files.items()
        if isinstance(data, Link) or path in reads
    }
    known = {root: graph.kustomizations[root] for root in closure if root in graph.kustomizations}
    copy = preparing.prepared(Scratch(files), known, dropped)
    added = run.flux.get(key)
    if added is None:
        return copy
    own = known[key.root]
    path = own.path or posixpath.join(key.root, "kustomization.yaml")
    data = files.get(path) if not own.generated else None
    merged = preparing.merged(
        data if isinstance(data, bytes) else None, own, added.spec, added.missing, dropped
    )
    return Scratch({**copy.files, path: merged})


def _refused(tree: Tree, closure: Sequence[str]) -> tuple[Cause, ...]:
    """Reasons not to start the engine at all: it would read outside the tree, or what we cannot."""
    found: list[Cause] = []
    for name in closure:
        kustomization = tree.graph.kustomizations.get(name)
        if kustomization is None:
            continue
        outside = any(r.status is Status.OUTSIDE for r in kustomization.references)
        unread = kustomization.problem is not None and not kustomization.settings
        if outside or unread:
            found.extend(tree.defects.get(name, ()))
    return tuple(dict.fromkeys(found))


def _only_inside(references: Sequence[Reference]) -> bool:
    """Must the load restrictor stay on? A directory of plugin configurations may name any file."""
    return any(r.field in PLUGIN_FIELDS and r.status is Status.DIRECTORY for r in references)


def _finish(run: _Run, key: RenderKey, future: Future[_Built] | None) -> Rendering:
    closure = _closure(run, key)
    omitted = preparing.omitted_by(_references(run, key))
    reads = frozenset(path for root in closure for path in run.tree.graph.reads(root))
    needs = graph.needs(omitted)
    if future is None:
        return RenderFailure(key, _refused(run.tree, closure), needs, reads)
    output, more = future.result()
    omitted = (*omitted, *more)
    if output.error is not None:
        return RenderFailure(key, _causes(run, key, output.error, needs), needs, reads)
    try:
        resources = run.documents.resources(output.text, key.root)
    except yamltext.YamlError as error:
        message = f"the render cannot be read: {error.message}"
        return RenderFailure(key, (Cause(_path(run.tree, key.root), 1, message),), needs, reads)
    return Rendered(
        key, resources, "partial" if omitted else "full", needs, omitted, output.unrestricted, reads
    )


def _causes(run: _Run, key: RenderKey, error: str, needs: tuple[str, ...]) -> tuple[Cause, ...]:
    """Static defects below the root; where there are none, what the engine says.

    Behind an omission the engine's words may be nothing but its consequence: then only `needs`.
    """
    closure = _closure(run, key)
    static = [cause for name in closure for cause in run.tree.defects.get(name, ())]
    if static:
        return tuple(dict.fromkeys(static))
    if needs and _consequence(error):
        return ()
    texts = {
        k.path: data
        for name in closure
        if (k := run.tree.graph.kustomizations.get(name)) is not None
        and isinstance(data := run.scratch.files.get(k.path), bytes)
    }
    failed = causes.owner(key.root, error)
    span = _unmatched(run, failed, error)
    return (causes.from_engine(key.root, error, run.tree.graph, texts, span),)


def _consequence(error: str) -> bool:
    return any(
        words in error
        for words in (
            "no matches for Id",
            "does not match a config",
            "nothing selected by",
            "cannot be mapped",
            "unable to find",
            "not found",
            "no resource matches",
        )
    )


def _behind(run: _Run, key: RenderKey, output: Output) -> _Built:
    """Leave out, in a copy of its own, what only fails because something else was left out.

    A patch or a replica count for a remote resource finds nothing once that is gone; whatever else
    is wrong behind it is still to be found.
    """
    graph = run.tree.graph
    confined = _only_inside(_references(run, key))
    dropped: list[tuple[str, Span]] = []
    while output.error is not None and len(dropped) < REPAIRS:
        name = causes.owner(key.root, output.error)
        span = _unmatched(run, name, output.error) if graph.omissions(name) else None
        if span is None or any(span == s for _, s in dropped):
            break
        dropped.append((name, span))
        with _copy(_own_copy(run, key, [s for _, s in dropped])) as directory:
            output = engine.build(run.program, directory, key.root, confined)
    return output, tuple(
        Reference(
            name,
            preparing.PATCH_FIELD,
            "an entry for what was left out",
            Status.MISSING,
            span,
            None,
            span,
        )
        for name, span in dropped
    )


def _unmatched(run: _Run, root: str, error: str) -> Span | None:
    kustomization = run.tree.graph.kustomizations.get(root)
    data = run.scratch.files.get(kustomization.path) if kustomization else None
    if kustomization is None or not isinstance(data, bytes):
        return None
    try:
        text = yamltext.compose(data, kustomization.path)
    except yamltext.YamlError:
        return None
    replicas = causes.unmatched_replicas(error)
    if replicas is not None:
        return preparing.entry_named(text, "replicas", replicas)
    target = causes.unmatched(error)
    if target is None:
        return None
    ids = {
        r.written: {(m.id.kind, m.id.name) for m in run.tree.manifests.get(r.target or "", ())}
        for r in kustomization.references
    }
    return preparing.unmatched_patch(text, *target, ids)


def _path(tree: Tree, root: str) -> str:
    kustomization = tree.graph.kustomizations.get(root)
    return kustomization.path if kustomization is not None else root


@contextmanager
def _copy(scratch: Scratch) -> Iterator[str]:
    """The scratch on disk, in a directory only we can read; gone afterwards."""
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

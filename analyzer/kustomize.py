"""RenderKeys → Renderings, in private copies, many at once. See `engine` for one call."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from analyzer import complaints, copies, engine, graph, preparing, vetting, yamltext
from analyzer.causes import shown
from analyzer.copies import Flux, Run, Tree
from analyzer.engine import Output
from analyzer.findings import IGNORED_BY_SOURCE, LIMIT
from analyzer.kustomization import PLUGIN_FIELDS, is_nothing
from analyzer.model import (
    Cause,
    Reference,
    Rendered,
    RenderFailure,
    Rendering,
    RenderKey,
    Scratch,
    Span,
    Status,
)

__all__ = ["Flux", "Progress", "Tree", "render"]

REPAIRS = 20  # entries left out, one after the other, behind an omission

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
    if not keys:
        return ()
    program = engine.checked(program) if program else engine.program()
    with copies.on_disk(preparing.prepared(scratch, tree.graph.kustomizations)) as directory:
        run = Run(tree, scratch, program, directory, flux)
        with ThreadPoolExecutor(max_workers=jobs or os.cpu_count() or 1) as pool:
            try:
                return _in_order(run, keys, pool, progress)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)  # nobody waits for what is left
                raise


def _in_order(
    run: Run, keys: tuple[RenderKey, ...], pool: ThreadPoolExecutor, progress: Progress
) -> tuple[Rendering, ...]:
    started = [(key, _start(run, key, pool)) for key in keys]
    results = []
    for position, (key, future) in enumerate(started):
        results.append(_finish(run, key, future))
        started[position] = (key, None)  # its output is not needed any more
        progress(position + 1, len(keys))
    return tuple(results)


def _start(run: Run, key: RenderKey, pool: ThreadPoolExecutor) -> Future[_Built] | None:
    if _refused(run, key):
        return None
    return pool.submit(_built, run, key)


def _refused(run: Run, key: RenderKey) -> tuple[Cause, ...]:
    """Reasons not to start the engine at all: it would read outside the tree, or what we cannot."""
    found = list(_left_out_by_source(run, key))
    for name in run.closure(key):
        kustomization = run.tree.graph.kustomizations.get(name)
        if kustomization is None:
            continue
        outside = any(r.status is Status.OUTSIDE for r in kustomization.references)
        unread = kustomization.problem is not None and not kustomization.settings
        if outside or unread:
            found.extend(_defects(run, key, name))
    return tuple(dict.fromkeys(found))


def _defects(run: Run, key: RenderKey, name: str) -> tuple[Cause, ...]:
    """What is wrong with a root as written; Flux does not mind that the one it builds is empty."""
    found = run.tree.defects.get(name, ())
    kustomization = run.tree.graph.kustomizations.get(name)
    if kustomization is None or name != key.root or key not in run.flux:
        return found
    if not is_nothing(kustomization):
        return found
    return tuple(cause for cause in found if cause.message != kustomization.problem)


def _left_out_by_source(run: Run, key: RenderKey) -> Iterator[Cause]:
    """Files that are named and that the source does not hold."""
    absent = run.flux[key].absent if key in run.flux else {}
    known = run.tree.graph.kustomizations
    for reference in run.references(key) if absent else ():
        target = reference.target or ""
        if reference.source in known and known[reference.source].generated:
            continue
        path = known[target].path if target in known else target
        if path in absent:
            message = f"{shown(reference.written)} is left out of the source by {absent[path]}"
            at = reference.span
            yield Cause(at.path, at.line, message, IGNORED_BY_SOURCE.id)


def _built(run: Run, key: RenderKey) -> _Built:
    """What the engine says of a root, and what had to be left out besides the omissions."""
    confined, unsafe = _vetted(run, key)
    output = _build(run, key, key.root, confined, unsafe)
    if output.error is None or not (unsafe or preparing.omitted_by(run.references(key))):
        return output, unsafe
    return _behind(run, key, output, confined, unsafe)


def _build(
    run: Run,
    key: RenderKey,
    root: str,
    confined: bool,
    unsafe: Sequence[Reference],
    dropped: Sequence[Span] = (),
    loose: bool = False,
) -> Output:
    """One call, in a copy of its own where the shared one will not do."""
    entries = [reference.entry or reference.span for reference in unsafe]
    outward = root == key.root and run.outward(key, (*entries, *dropped))
    if not entries and not dropped and key not in run.flux:
        return engine.build(run.program, run.directory, root, confined, outward)
    with copies.on_disk(run.own(key, (*entries, *dropped), loose)) as directory:
        return engine.build(run.program, directory, root, confined, outward)


def _vetted(run: Run, key: RenderKey) -> tuple[bool, tuple[Reference, ...]]:
    """(must the load restrictor stay on, the entries that must not be heeded).

    A directory of plugin configurations is built first: what comes out is what kustomize would
    act on. Those that others build on come before them.
    """
    listed = [
        reference
        for reference in run.references(key)
        if reference.field in PLUGIN_FIELDS and reference.status is Status.DIRECTORY
    ]
    confined = False
    unsafe: tuple[Reference, ...] = ()
    for reference in sorted(listed, key=lambda r: len(run.tree.graph.closure(r.target or ""))):
        output = _build(run, key, reference.target or "", True, unsafe)
        if output.error is not None:
            confined = True  # the root does not build either
            continue
        verdict = vetting.vetted(output.text, reference.source, run.links)
        confined |= not verdict.inside
        if verdict.needs is not None:
            unsafe = (*unsafe, replace(reference, status=verdict.needs))
    return confined, unsafe


def _behind(
    run: Run, key: RenderKey, output: Output, confined: bool, unsafe: tuple[Reference, ...]
) -> _Built:
    """Leave out, in a copy of its own, what only fails because something else was left out.

    A patch or a replica count for a remote resource finds nothing once that is gone; whatever else
    is wrong behind it is still to be found.
    """
    dropped: dict[Span, str] = {}
    until = time.monotonic() + engine.SECONDS  # all of it may take no longer than one call
    loose = False
    while output.error is not None and not output.limit and len(dropped) < REPAIRS:
        complaint = complaints.read(key.root, output.error, run.files(dropped))
        span = complaint.entry if complaint.lacking else None
        if not complaint.lacking or not run.lacks(key, complaint.owner, unsafe):
            break
        if time.monotonic() > until:
            break
        if span is not None and span not in dropped:
            dropped[span] = complaint.owner
        elif span is None and key in run.flux and not loose:
            loose = True  # a patch of the object itself
        else:
            break
        output = _build(run, key, key.root, confined, unsafe, tuple(dropped), loose)
    return output, (*unsafe, *(_left_out(root, span) for span, root in dropped.items()))


def _left_out(root: str, span: Span) -> Reference:
    written = "an entry for what was left out"
    return Reference(root, preparing.PATCH_FIELD, written, Status.MISSING, span, None, span)


def _finish(run: Run, key: RenderKey, future: Future[_Built] | None) -> Rendering:
    reads = run.reads(key)
    omitted = preparing.omitted_by(run.references(key))
    if future is None:
        causes = _refused(run, key)
        return RenderFailure(key, causes, graph.needs(omitted), reads)
    output, more = future.result()
    omitted = (*omitted, *more)
    needs = graph.needs(omitted)
    if output.error is not None:
        return RenderFailure(key, _causes(run, key, output, more), needs, reads)
    kustomization = run.tree.graph.kustomizations.get(key.root)
    asked = kustomization is not None and preparing.asks_for_origins(kustomization.settings)
    try:
        resources = run.documents.resources(output.text, key.root, asked=asked)
    except yamltext.YamlError as error:
        message = f"the render cannot be read: {error.message}"
        return RenderFailure(key, (_limit(run, key, message),), needs, reads)
    return Rendered(
        key, resources, "partial" if omitted else "full", needs, omitted, output.unrestricted, reads
    )


def _causes(
    run: Run, key: RenderKey, output: Output, without: tuple[Reference, ...]
) -> tuple[Cause, ...]:
    """Static defects below the root; where there are none, what the engine says.

    Behind an omission the engine's words may be nothing but its consequence: then there are none.
    """
    error = output.error or ""
    if output.limit:
        return (_limit(run, key, error),)
    static = [c for name in run.closure(key) for c in _defects(run, key, name)]
    if static:
        return tuple(dict.fromkeys(static))
    complaint = complaints.read(key.root, error, run.files())
    if complaint.lacking and run.lacks(key, complaint.owner, without):
        return ()
    at, message = complaint.at, complaint.message
    if key in run.flux and complaint.owner == key.root and complaint.entry is None:
        own = run.tree.graph.kustomizations[key.root]
        if own.generated or (at.path, at.line) == (own.span.path, own.span.line):
            at = run.flux[key].declared  # nothing in the file itself: what the object adds
    return (Cause(at.path, at.line, message),)


def _limit(run: Run, key: RenderKey, message: str) -> Cause:
    kustomization = run.tree.graph.kustomizations.get(key.root)
    path = kustomization.path if kustomization is not None else key.root
    return Cause(path, 1, message, LIMIT.id)

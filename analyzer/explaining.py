"""A rendered snapshot → the same with where fields are set, and which entries do nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from analyzer import (
    attribution,
    dead,
    deadoptions,
    gitio,
    kustomize,
    loader,
    looking,
    markedpatches,
    proofs,
    reconciled,
    redact,
    tracing,
)
from analyzer.analyses import coverage
from analyzer.applying import Applied
from analyzer.checks import patches
from analyzer.flux import KUSTOMIZATION
from analyzer.loader import Checkout
from analyzer.looking import Options
from analyzer.model import Commit, Rendered, RenderedResource, RenderKey, Span
from analyzer.origins import Origins
from analyzer.provenance import Provenance, Step
from analyzer.snapshot import Snapshot

_BLAMED = 2_000  # files that git is asked about, one by one


def explained(
    checkout: Checkout, seen: Snapshot, options: Options, *, prove: bool, places: bool = False,
    lines: bool = False,
) -> Snapshot:  # fmt: skip
    """A rendered snapshot with what entries do nothing, and where fields are set; see `look`."""
    reached = _reached(checkout, seen) if prove else {}
    wanted = (*reached, *(coverage.to_trace(seen, lines) if places else ()))
    found = traced(checkout, seen, wanted, options)
    seen = replace(seen, origins={key: one.origins for key, one in found.items()})
    seen = replace(seen, dead=_dead(checkout, seen, options, reached, found), proved=prove)
    return replace(seen, adds=_adds(checkout, seen, options)) if prove else seen


Reached = Mapping[RenderKey, tuple[dead.Suspect, ...]]


def _reached(checkout: Checkout, seen: Snapshot) -> Reached:
    """The entries that may be dead, by each render of what is deployed that reaches them.

    What may be for something that one of these renders had to leave out is not judged anywhere.
    """
    known = seen.graph.kustomizations
    entries: dict[str, tuple[dead.Suspect, ...]] = {}
    for root, kustomization in known.items():
        data = loader.text(checkout, kustomization.path)
        listed = dead.entries(kustomization, data), deadoptions.entries(kustomization, data)
        entries[root] = sum(listed, ())
    deployed = set(seen.graph.unreferenced())
    of_objects = _of_objects(checkout, seen)
    found: dict[RenderKey, tuple[dead.Suspect, ...]] = {}
    hidden: set[dead.Suspect] = set()
    for key in seen.renderings:
        if key.reconciler is None and key.root not in deployed and not seen.deployed_by(key.root):
            continue
        here = [(e, root) for root in _closure(seen, key) for e in entries.get(root, ())]
        here += [(e, key.root) for e in of_objects.get(key, ())]
        roots = {root for _, root in here}
        hiding = {root for root in roots if seen.hides(key, root)}
        hidden |= {entry for entry, root in here if root in hiding}
        found[key] = tuple(entry for entry, _ in here)
    left = ((key, tuple(e for e in mine if e not in hidden)) for key, mine in found.items())
    return {key: mine for key, mine in left if mine}


def _of_objects(checkout: Checkout, seen: Snapshot) -> Reached:
    """The entries of Flux objects' own specs, by what is rendered with them.

    Of an object that somewhere applies what is not known here none is judged.
    """
    found: dict[RenderKey, dict[dead.Suspect, None]] = {}
    unknown = {one.object.ref.declared for one in seen.applied if one.rendering is None}
    for one in seen.applied:
        object, rendering = one.object, one.rendering
        if rendering is None or object.ref.kind != KUSTOMIZATION or rendering.key not in seen.work:
            continue
        if not object.implicit and object.ref.declared not in unknown:
            at = object.ref.declared
            listed = dead.of_spec(object.spec, rendering.key.root, at,
                                  loader.text(checkout, at.path))  # fmt: skip
            found.setdefault(rendering.key, {}).update(dict.fromkeys(listed))
    return {key: tuple(listed) for key, listed in found.items()}


def _shown(checkout: Checkout, seen: Snapshot, key: RenderKey, origins: Origins,
           reached: Reached) -> dead.Evidence:  # fmt: skip
    """What a render's marks tell; those of a spec stand in one of the objects that have it."""
    found = dead.evidence(origins)
    if key not in seen.work:
        return found

    def data(path: str) -> bytes | None:
        return loader.text(checkout, path)

    names = {name.casefold(): name for name in dead.OF_SPEC}
    alike = {
        one.span: markedpatches.place(
            data, seen.work[key].declared, f"/spec/{names[one.field]}/{one.index}"
        )
        for one in reached[key]
        if one.index is not None
    }
    return found.shared(alike)


def traced(
    checkout: Checkout, seen: Snapshot, keys: Iterable[RenderKey], options: Options
) -> dict[RenderKey, tracing.Traced]:
    """Where the fields of these renders come from, each once; what did not render has none."""
    renders = tuple(one for key in dict.fromkeys(keys)
                    if isinstance(one := seen.renderings[key], Rendered))  # fmt: skip
    found = trace(checkout, seen, renders, options)
    return {one.key: made for one, made in zip(renders, found, strict=True)
            if made.problem is None}  # fmt: skip


def origins(
    checkout: Checkout, seen: Snapshot, options: Options, keys: Iterable[RenderKey]
) -> dict[RenderKey, Origins]:
    """The same as marks alone; what is traced already is not again."""
    wanted = tuple(keys)
    left = [key for key in wanted if key not in seen.origins and key in seen.renderings]
    found = traced(checkout, seen, left, options)
    known = {key: seen.origins[key] for key in wanted if key in seen.origins}
    return {**known, **{key: one.origins for key, one in found.items()}}


def _dead(
    checkout: Checkout,
    seen: Snapshot,
    options: Options,
    reached: Reached,
    traced: Mapping[RenderKey, tracing.Traced],
) -> tuple[dead.Dead, ...]:
    """Entries that do nothing in what is deployed: predicted from marks, proved by the engine."""
    shown = {
        key: _shown(checkout, seen, key, one.origins, reached)
        for key, one in traced.items()
        if key in reached and one.checked == len(one.origins.pairs)
    }
    suspects = dead.suspects(reached, shown)
    renders = [one for key in shown if isinstance(one := seen.renderings[key], Rendered)]
    flux = flux_of(seen, shown)
    proved = proofs.prove(
        looking.parts(seen),
        looking.scratch(checkout, seen, shown, flux),
        renders,
        suspects,
        reached,
        jobs=options.jobs,
        program=options.engine,
        flux=flux,
    )
    return tuple(dead.verdicts(proved.entries, reached, shown))


def _adds(checkout: Checkout, seen: Snapshot, options: Options) -> frozenset[Span]:
    """Operations that add what they are to replace: without their patch the key is not there."""
    found: set[Span] = set()
    for one in patches.adding(seen):
        key = one.render.key
        flux = flux_of(seen, (key,))
        entry = dead.Suspect(one.entry, "", "patches", "")
        scratch = looking.scratch(checkout, seen, (key,), flux)
        left = proofs.without(looking.parts(seen), scratch, one.render, entry,
                              program=options.engine, flux=flux)  # fmt: skip
        if one.is_absent(left):
            found.add(one.at)
    return frozenset(found)


def _closure(seen: Snapshot, key: RenderKey) -> tuple[str, ...]:
    """The roots that a render reads, what its reconciler adds included."""
    added = seen.work[key].components if key in seen.work else ()
    return tuple(dict.fromkeys(r for root in (key.root, *added) for r in seen.graph.closure(root)))


def flux_of(seen: Snapshot, keys: Iterable[RenderKey]) -> dict[RenderKey, kustomize.Flux]:
    """What reconcilers merge into the roots of these renders."""
    works = {key: seen.work[key] for key in keys if key in seen.work}
    return {key: looking.merged(w, w.spec) for key, w in works.items() if w.spec is not None}


def trace(
    checkout: Checkout, written: Snapshot, renders: tuple[Rendered, ...], options: Options
) -> tuple[tracing.Traced, ...]:
    """Where every field of these renders comes from: one render more for each."""
    keys = tuple(one.key for one in renders)
    flux = flux_of(written, keys)
    return tracing.trace(
        looking.parts(written),
        looking.scratch(checkout, written, keys, flux),
        renders,
        lambda path: loader.text(checkout, path),
        jobs=options.jobs,
        program=options.engine,
        flux=flux,
    )


@dataclass(frozen=True, slots=True)
class Explained:
    """One resource as its cluster gets it: its leaves, those that are gone, and who took them.

    `problem` says why nothing is told: the marked copy did not build. `layers` have it at `index`.
    """

    leaves: tuple[Provenance, ...]
    gone: tuple[Provenance, ...]
    taken: Callable[[str], Step | None]
    problem: str | None
    layers: reconciled.Layers
    index: int


def leaves(
    checkout: Checkout,
    seen: Snapshot,
    rendering: Rendered,
    applied: Applied | None,
    resource: RenderedResource,
    options: Options,
) -> Explained:
    """Where the fields of one resource of a render come from; `applied`: as this applies it."""
    one = trace(checkout, seen, (rendering,), options)[0]
    layers = reconciled.Layers(
        one.origins, applied, seen.applied, seen.repository, one.origins.documents.data
    )
    resources = applied.resources if applied is not None else rendering.resources
    index = next(at for at, other in enumerate(resources) if other is resource)
    return Explained(
        layers.explain(index),
        attribution.removed(one.origins, index),
        partial(attribution.taken, one.origins, index),
        one.problem,
        layers,
        index,
    )


def touched(checkout: Checkout, seen: Snapshot) -> dict[str, Mapping[int, Commit]]:
    """Who touched each line last, of the files that traced renders read; nothing of too many."""
    roots = dict.fromkeys(root for key in seen.origins for root in _closure(seen, key))
    files = sorted({path for root in roots for path in seen.graph.reads(root)
                    if path in seen.repository.files})  # fmt: skip
    if len(files) > _BLAMED or gitio.newest(checkout.tree) is None:
        return {}
    with ThreadPoolExecutor() as pool:
        return dict(zip(files, pool.map(partial(gitio.blame, checkout.tree), files), strict=True))


class History:
    """Who touched which line last; git is asked once for each file."""

    def __init__(self, tree: Path) -> None:
        self.tree = tree
        self.known: dict[str, Mapping[int, Commit]] = {}

    def since(self, at: Span) -> Commit | None:
        if at.path not in self.known:
            self.known[at.path] = gitio.blame(self.tree, at.path)
        return self.known[at.path].get(at.line)


class Frames:
    """The lines around a place, without secrets; none where a file holds too many to tell."""

    def __init__(self, checkout: Checkout) -> None:
        self.checkout = checkout
        self.known: dict[str, tuple[str, ...]] = {}

    def around(self, at: Span) -> tuple[tuple[int, str], ...]:
        if at.path not in self.known:
            data = loader.text(self.checkout, at.path) or b""
            self.known[at.path] = redact.lines(data.decode("utf-8", "replace"), at.path)
        lines = self.known[at.path]
        first, last = max(1, at.line - 2), min(len(lines), at.line + 2)
        return tuple((number, lines[number - 1]) for number in range(first, last + 1))

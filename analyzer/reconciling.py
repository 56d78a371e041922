"""What reconcilers really apply, as a fixpoint: entry points → renders → children → renders …

Pure: `Reconciling` says what is to be rendered next, and takes the renders. A child exists only in
its parent's rendered and substituted output; one directory may be applied by many objects, and an
object may be changed by its own parent's patches, or be in its own output.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from analyzer import applying, clusters, flux, graph, resourcesets
from analyzer.applying import Applied, Key, Tree, Work
from analyzer.clusters import Cluster, Origin
from analyzer.deployments import FLUX, Sources, with_generated
from analyzer.entries import Entry, named
from analyzer.flux import KUSTOMIZATION, RESOURCE_SET, FluxKustomization
from analyzer.fluxpaths import Place
from analyzer.graph import ReferenceGraph
from analyzer.model import (
    Deployment,
    ObjectRef,
    RenderedResource,
    RenderFailure,
    Rendering,
    RenderKey,
    Repository,
    Seat,
    Span,
)

ROUNDS = 24  # depth of children of children, and of variables that other objects make

Objects = Mapping[Key, tuple[Seat, FluxKustomization]]
Renders = Mapping[RenderKey, Rendering]
Renderer = Callable[[Repository, ReferenceGraph, tuple[Work, ...]], Renders]


@dataclass(frozen=True, slots=True)
class Reconciling:
    """The state between rounds. `entries` are given; the rest follows from the renders."""

    tree: Tree
    sources: Sources
    entries: tuple[Entry, ...]
    ignores: Mapping[str, str]  # the `.sourceignore` files by path
    objects: Objects
    applied: tuple[Applied, ...] = ()
    held: Mapping[Seat, Cluster] = field(default_factory=dict)
    rounds: int = 0
    settled: bool = False

    @property
    def repository(self) -> Repository:
        return self.tree.repository

    def work(self, renders: Renders) -> tuple[Work, ...]:
        """What has to be rendered before the next round, each once."""
        found: dict[RenderKey, Work] = {}
        for seat, object in self.objects.values():
            held = self.held[seat]
            at = applying.place(object, held, self.tree)
            work = applying.work(object, at, held, self.tree)
            if work is not None and work.key not in renders:
                found[work.key] = work
        return tuple(found[key] for key in sorted(found, key=_order))

    def next(self, renders: Renders) -> Reconciling:
        """One round: apply every object, and see which objects that makes."""
        before = {one.key: one for one in self.applied}
        applied = tuple(
            applying.apply(seat, object, self.held[seat], self.tree, renders, before.get(key))
            for key, (seat, object) in self.objects.items()
        )
        objects = _objects(self, applied)
        same = objects == self.objects and applied == self.applied
        last = self.rounds + 1 >= ROUNDS
        if last and not same:
            applied = tuple(_marked(one, self.objects, objects) for one in applied)
        held = self.held if same else _clusters(self, objects, applied)
        return replace(
            self, objects=objects, applied=applied, held=held, rounds=self.rounds + 1,
            settled=same or last,
        )  # fmt: skip


def _order(key: RenderKey) -> tuple[str, str]:
    return key.root, key.reconciler.name if key.reconciler is not None else ""


def _marked(one: Applied, before: Objects, after: Objects) -> Applied:
    moving = before.get(one.key) != after.get(one.key)
    return replace(one, unsettled=True) if moving else one


def start(
    repository: Repository,
    sources: Sources,
    entries: tuple[Entry, ...],
    ignores: Mapping[str, str] | None = None,
) -> Reconciling:
    """The first round knows the entries only. What Flux generates is found anew on the way."""
    written = {r: k for r, k in repository.kustomizations.items() if not k.generated}
    repository = replace(repository, kustomizations=written)
    tree = Tree.of(repository, graph.build(written))
    empty = Reconciling(tree, sources, entries, ignores or {}, {})
    objects = _objects(empty, ())
    return replace(empty, objects=objects, held=_clusters(empty, objects, ()))


def _objects(state: Reconciling, applied: tuple[Applied, ...]) -> Objects:
    """Entries, and the children in what was applied, by key: the order never keeps a round going.

    An entry in its own output is what that says of it, and stays so where the output then lacks
    it: nobody takes it back.
    """
    children: dict[Key, tuple[Seat, FluxKustomization]] = {}
    for one in applied:
        for resource in one.telling:
            child = _child(state.repository, one, resource)
            if child is not None:
                children[applying.key(one.target, child)] = (one.target, child)
    there = {(seat, child.ref.declared) for seat, child in children.values()}
    known = {(seat, o.ref.declared): (seat, o) for seat, o in state.objects.values()}
    found: dict[Key, tuple[Seat, FluxKustomization]] = {}
    for entry in state.entries:
        place = (entry.seat, entry.object.ref.declared)
        if place not in there or entry.object.implicit:
            seat, object = known.get(place, (entry.seat, entry.object))
            object = entry.object if entry.object.implicit else object
            found[applying.key(seat, object)] = (seat, object)
    return dict(sorted({**found, **children}.items(), key=lambda item: item[0]))


def _child(
    repository: Repository, parent: Applied, resource: RenderedResource
) -> FluxKustomization | None:
    """The object that a resource is, or makes; None for any other."""
    instance = flux.instance(resource.content, resource.id.group, resource.id.kind)
    is_set = resourcesets.is_set(resource.id)
    if instance is None and not is_set and resource.id.group != FLUX:
        return None
    span = applying.written_at(repository, resource) or parent.object.ref.declared
    kind = RESOURCE_SET if is_set else KUSTOMIZATION
    ref = ObjectRef(kind, resource.id.namespace, resource.id.name, span, str(parent.target))
    if instance is not None:
        return flux.synced(instance, ref, parent.object.ref)
    if is_set:
        spec = resource.content.get("spec")
        return FluxKustomization(ref, spec if isinstance(spec, Mapping) else {}, parent.object.ref)
    return flux.read(resource, ref, parent.object.ref)


def _clusters(
    state: Reconciling, objects: Objects, applied: Sequence[Applied]
) -> dict[Seat, Cluster]:
    """What every cluster holds: one for each object, and for each an object applies to."""
    telling: dict[Seat, list[RenderedResource]] = {seat: [] for seat, _ in objects.values()}
    for one in applied:
        telling.setdefault(one.target, []).extend(one.telling)
    return {
        seat: clusters.cluster(resources, _origin(state, seat))
        for seat, resources in telling.items()
    }


def _origin(state: Reconciling, seat: Seat) -> Origin:
    begun = [entry for entry in state.entries if entry.seat == seat]
    first = next((e for e in begun if e.url is not None), begun[0] if begun else None)
    if first is None:
        return Origin(state.sources, state.repository, state.ignores)
    known = next((e.controller for e in begun if e.controller is not None), None)
    current = {o.ref.declared: o for s, o in state.objects.values() if s == seat}
    _, named = state.objects.get(applying.key(seat, first.object), (seat, first.object))
    object = current.get(first.object.ref.declared, named)
    return Origin(
        state.sources, state.repository, state.ignores, object, first.url, first.revision, known
    )


def follow(
    begin: Reconciling, render: Renderer, about: str | None = None
) -> tuple[Reconciling, Renders]:
    """Round after round until nothing new comes out, or ROUNDS; and every render that was made.

    An entry that another one leads to is an object like any other, and the rest begins anew.
    `about`: only what holds this root matters, and what decides how it is applied.
    """
    state, renders = begin, dict[RenderKey, Rendering]()
    texts = (file.data or b"" for file in begin.repository.files.values())
    kinds = clusters.kinds_that_speak(texts if about is not None else ())
    while True:
        while not state.settled:
            state = _generated(state)
            wanted = state.work(renders)
            failed = {w.key: RenderFailure(w.key, w.causes) for w in wanted if w.causes}
            left = tuple(
                w
                for w in wanted
                if w.key not in failed and (about is None or _matters(state.tree, w, about, kinds))
            )
            renders.update(failed)
            if left:
                renders.update(render(state.repository, state.tree.graph, left))
            state = state.next(renders)
        kept = _leading(state)
        if len(kept) == len(state.entries):
            return state, renders
        state = start(state.repository, state.sources, named(kept), state.ignores)


_GENERATORS = ("configMapGenerator", "secretGenerator", "generators", "transformers")


def _matters(tree: Tree, work: Work, about: str, kinds: frozenset[str]) -> bool:
    """Is a render of this root, or may something in it decide what other objects apply?"""
    roots = [r for root in (work.key.root, *work.components) for r in tree.graph.closure(root)]
    if about in roots:
        return True
    known, manifests = tree.repository.kustomizations, tree.repository.manifests
    return any(
        any(known[root].settings.get(name) for name in _GENERATORS[0 if "Secret" in kinds else 2 :])
        or any(
            clusters.may_speak(manifest, kinds)
            for reference in known[root].references
            for manifest in manifests.get(reference.target or "", ())
        )
        for root in roots
        if root in known
    )


def _generated(state: Reconciling) -> Reconciling:
    """With the kustomizations that Flux generates for what is applied now."""
    wanted: dict[str, tuple[Span, Place]] = {}
    for seat, object in state.objects.values():
        at = applying.place(object, state.held[seat], state.tree)
        if at.root is not None and at.root not in state.repository.kustomizations:
            wanted.setdefault(at.root, (object.ref.declared, at))
    if not wanted:
        return state
    repository = with_generated(
        state.repository,
        {root: span for root, (span, _) in wanted.items()},
        lambda root, path: wanted[root][1].contents.excludes(path) is not None,
    )
    tree = replace(state.tree, repository=repository, graph=graph.build(repository.kustomizations))
    return replace(state, tree=tree)


def _leading(state: Reconciling) -> tuple[Entry, ...]:
    """The entries that no other one leads to; of two that lead to each other the first by path."""
    parents = {(o.ref.declared, o.ref.cluster): o.parent for _, o in state.objects.values()}
    reached: dict[Span, set[Span]] = {}
    for _, object in state.objects.values():
        at, seen = object.parent, {object.ref.declared}
        while at is not None and at.declared not in seen:
            seen.add(at.declared)
            at = parents.get((at.declared, at.cluster))
        reached.setdefault(object.ref.declared, set()).update(seen - {object.ref.declared})
    kept = sorted(state.entries, key=lambda e: (len(e.root), e.root, e.object.ref.declared))
    for entry in reversed(tuple(kept)):
        own = entry.object.ref.declared
        others = {e.object.ref.declared for e in kept if e is not entry} - {own}
        if not entry.object.implicit and reached.get(own, set()) & others:
            kept.remove(entry)
    return tuple(e for e in state.entries if e in kept)


def deployments(state: Reconciling) -> tuple[Deployment, ...]:
    """Who applies what, as reports speak of it; an object that only makes others is none."""
    return tuple(
        deployment(one)
        for one in state.applied
        if not one.object.implicit
        and (one.object.ref.kind == KUSTOMIZATION or one.place.external is not None)
    )


def deployment(one: Applied) -> Deployment:
    """An applied object as reports speak of it."""
    object = one.object
    kind, _, name = object.source
    external = one.place.external
    if one.place.root is None and one.place.excluded is not None:
        external = f"its path is left out of its source: {one.place.excluded}"
    return Deployment(
        object=object.ref,
        root=one.place.root,
        written=str(object.spec.get("path") or "./"),
        seats=(one.seat,),
        depends_on=object.depends_on if object.ref.kind == KUSTOMIZATION else (),
        source=f"{kind}/{name}",
        external=external,
        suspended=object.suspended,
        prune=object.spec.get("prune") is True,
    )

"""What reconcilers really apply, as a fixpoint: entry points → renders → children → renders …

Pure: `Reconciling` says what is to be rendered next, and takes the renders. A child exists only in
its parent's rendered and substituted output; one directory may be applied by many objects, and an
object may be changed by its own parent's patches, or be in its own output.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from analyzer import effective, flux, merging, rendered
from analyzer.deployments import FLUX, Sources, with_generated
from analyzer.effective import Data, Variables
from analyzer.flux import ClusterSources, FluxKustomization, Place
from analyzer.graph import ReferenceGraph
from analyzer.model import (
    Content,
    Deployment,
    Manifest,
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


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a cluster begins: an object in a file, or one its operator makes."""

    seat: Seat
    object: FluxKustomization
    url: str | None = None  # of this repository, where the entry says it


@dataclass(frozen=True, slots=True)
class Applied:
    """One reconciler and what it applies. `resources` are what the cluster gets.

    `rendering` is None where there is nothing in the tree to render: `place` says why.
    """

    seat: Seat
    object: FluxKustomization
    place: Place
    rendering: Rendering | None = None
    resources: tuple[RenderedResource, ...] = ()
    unset: tuple[str, ...] = ()  # variables used and set by nobody
    unknown: tuple[str, ...] = ()  # variables whose value only the cluster knows
    missing: tuple[str, ...] = ()  # ConfigMaps and Secrets that variables come from, made by nobody
    problem: str | None = None  # why substitution fails

    @property
    def key(self) -> tuple[str, str, str]:
        return str(self.seat), self.object.ref.namespace, self.object.ref.name


@dataclass(frozen=True, slots=True)
class Work:
    """A render that is wanted, and what the spec adds: None where Flux builds what is written."""

    key: RenderKey
    declared: Span
    spec: Content | None = None
    components: tuple[str, ...] = ()  # roots they are
    missing: tuple[str, ...] = ()  # components that are not there and may be


Objects = Mapping[tuple[str, str, str], tuple[Seat, FluxKustomization]]


@dataclass(frozen=True, slots=True)
class Reconciling:
    """The state between rounds. `entries` are given; the rest follows from the renders."""

    repository: Repository
    sources: Sources
    entries: tuple[Entry, ...]
    objects: Objects
    applied: tuple[Applied, ...] = ()
    rounds: int = 0
    settled: bool = False

    def work(self, renders: Mapping[RenderKey, Rendering]) -> tuple[Work, ...]:
        """What has to be rendered before the next round, each once."""
        found: dict[RenderKey, Work] = {}
        clusters = _clusters(self)
        for seat, object in self.objects.values():
            place = flux.locate(object, clusters[seat].sources, self.repository.directories)
            if place.root is not None:
                work = _work(object, place.root, self.repository)
                if work.key not in renders:
                    found[work.key] = work
        return tuple(found[key] for key in sorted(found))

    def next(self, renders: Mapping[RenderKey, Rendering]) -> Reconciling:
        """One round: apply every object, and see which objects that makes."""
        clusters = _clusters(self)
        applied = tuple(
            _apply(seat, object, self, clusters[seat], renders)
            for seat, object in self.objects.values()
        )
        objects = _objects(self.repository, self.entries, applied)
        same = objects == dict(self.objects) and applied == self.applied
        return replace(
            self, objects=objects, applied=applied, rounds=self.rounds + 1,
            settled=same or self.rounds + 1 >= ROUNDS,
        )  # fmt: skip


def start(repository: Repository, sources: Sources, entries: tuple[Entry, ...]) -> Reconciling:
    """The first round knows the entries only."""
    return Reconciling(repository, sources, entries, _objects(repository, entries, ()))


def _objects(
    repository: Repository, entries: tuple[Entry, ...], applied: tuple[Applied, ...]
) -> Objects:
    """Entries, then the children in what was applied; an entry in its own output wins."""
    found: dict[tuple[str, str, str], tuple[Seat, FluxKustomization]] = {}
    for entry in entries:
        ref = entry.object.ref
        found[str(entry.seat), ref.namespace, ref.name] = (entry.seat, entry.object)
    for one in applied:
        for resource in one.resources:
            child = flux.read(resource, _ref(repository, one, resource), one.object.ref)
            if child is not None:
                found[str(one.seat), child.ref.namespace, child.ref.name] = (one.seat, child)
    return found


def _ref(repository: Repository, parent: Applied, resource: RenderedResource) -> ObjectRef:
    """Who a child is, and the line it is written at; its parent's where no file has it."""
    origin = resource.origin
    path = (origin.path or origin.configured_in) if origin is not None else None
    span = Span(path) if path is not None else parent.object.ref.declared
    written = [m for m in repository.manifests.get(path or "", ()) if m.id.kind == resource.id.kind]
    named = [m for m in written if m.id.name == resource.id.name] or written
    return ObjectRef(
        "FluxKustomization",
        resource.id.namespace,
        resource.id.name,
        named[0].span if named else span,
        str(parent.seat),
    )


def _work(object: FluxKustomization, root: str, repository: Repository) -> Work:
    if merging.changes_nothing(object.spec):
        return Work(RenderKey(root), object.ref.declared)
    names = object.spec.get("components")
    where = {
        str(name): posixpath.normpath(posixpath.join(root, str(name)))
        for name in (names if isinstance(names, list) else [])
    }
    there = [path for path in where.values() if path in repository.kustomizations]
    optional = object.spec.get("ignoreMissingComponents") is True
    missing = [name for name, path in where.items() if path not in there] if optional else []
    # objects that merge the same share one render: the key is what is built, not who builds it
    built = merging.as_file(merging.merged({}, object.spec, missing)).decode()
    key = RenderKey(root, ObjectRef("merged", "", built, Span(root)))
    return Work(key, object.ref.declared, object.spec, tuple(there), tuple(missing))


def _apply(
    seat: Seat,
    object: FluxKustomization,
    state: Reconciling,
    cluster: _Cluster,
    renders: Mapping[RenderKey, Rendering],
) -> Applied:
    place = flux.locate(object, cluster.sources, state.repository.directories)
    if place.root is None:
        return Applied(seat, object, place)
    rendering = renders.get(_work(object, place.root, state.repository).key)
    if rendering is None or isinstance(rendering, RenderFailure):
        return Applied(seat, object, place, rendering)
    variables, missing = _variables(object, cluster)
    made, unset, unknown, problem = [], set[str](), set[str](), None
    for resource in rendering.resources:
        done = effective.substituted(
            resource.content, variables, strict=cluster.strict, always=object.always
        )
        unset.update(done.unset)
        unknown.update(done.unknown)
        problem = problem or done.problem
        content = _common(done.content, object.spec)
        same = content is resource.content
        made.append(resource if same else replace(
            resource, id=rendered.identity(content), content=content))  # fmt: skip
    return Applied(seat, object, place, rendering, tuple(made), tuple(sorted(unset)),
                   tuple(sorted(unknown)), missing, problem)  # fmt: skip


def _common(content: Content, spec: Content) -> Content:
    """`commonMetadata`, set after everything else; nothing in it is substituted."""
    common = spec.get("commonMetadata")
    if not isinstance(common, Mapping) or not common:
        return content
    metadata = content.get("metadata")
    metadata = dict(metadata) if isinstance(metadata, Mapping) else {}
    for key in ("labels", "annotations"):
        more = common.get(key)
        if isinstance(more, Mapping) and more:
            own = metadata.get(key)
            metadata[key] = {**(own if isinstance(own, Mapping) else {}), **more}
    return {**content, "metadata": metadata}


@dataclass(frozen=True, slots=True)
class _Cluster:
    """What one cluster holds after a round: data, who makes Secrets, sources, strictness."""

    data: Mapping[tuple[str, str, str], Data]
    secrets: frozenset[tuple[str, str]]  # that something else makes in the cluster
    sources: ClusterSources
    strict: bool


def _clusters(state: Reconciling) -> dict[Seat, _Cluster]:
    held: dict[Seat, list[RenderedResource]] = {entry.seat: [] for entry in state.entries}
    for one in state.applied:
        held.setdefault(one.seat, []).extend(one.resources)
    return {seat: _cluster(seat, resources, state) for seat, resources in held.items()}


def _cluster(seat: Seat, resources: list[RenderedResource], state: Reconciling) -> _Cluster:
    entry = next((e for e in state.entries if e.seat == seat), None)
    urls = flux.source_urls(resources)
    home = entry.url if entry is not None else None
    first = entry.object.source[1:] if entry is not None else ("", "")
    home = home if home is not None else urls.get(first)
    artifacts = dict(
        made
        for r in resources
        if r.id.group == flux.ARTIFACTS and r.id.kind == "ArtifactGenerator"
        for made in flux.artifacts(r.content, r.id.namespace, state.sources, urls, home)
    )
    data = {
        (r.id.kind, r.id.namespace, r.id.name): effective.data(r.content)
        for r in resources
        if not r.id.group and r.id.kind in ("ConfigMap", "Secret")
    }
    made = frozenset(key for r in resources if (key := flux.makes_secret(r)) is not None)
    strict = any(flux.is_strict(r) for r in resources)
    return _Cluster(data, made, ClusterSources(state.sources, urls, artifacts, home, first), strict)


def _variables(object: FluxKustomization, cluster: _Cluster) -> tuple[Variables, tuple[str, ...]]:
    """The variables of an object, and what they come from that nobody in this cluster makes."""
    content = {"metadata": {"namespace": object.ref.namespace}, "spec": object.spec}
    found = effective.variables(
        content, lambda kind, namespace, name: cluster.data.get((kind, namespace, name))
    )
    if found is None:
        return Variables(), ()
    made = {f"Secret {namespace}/{name}" for namespace, name in cluster.secrets}
    return found, tuple(one.source for one in found.open if one.source not in made)


def entries(
    repository: Repository,
    graph: ReferenceGraph,
    written: tuple[Deployment, ...],
    seats: Callable[[str], tuple[Seat, ...]],
) -> tuple[Entry, ...]:
    """Where clusters begin: what bootstrap or an operator made, else where objects lie.

    A bootstrap entry applies the directory it lies in. Where a tree has neither, a directory of
    objects that no other object applies is what a cluster was bootstrapped with.
    """
    found = [
        entry
        for path, manifests in repository.manifests.items()
        for manifest in manifests
        if (entry := _entry(path, manifest, repository.subdir, seats)) is not None
    ]
    return tuple(found) or tuple(_implicit(repository, graph, written, seats))


def _implicit(
    repository: Repository,
    graph: ReferenceGraph,
    written: tuple[Deployment, ...],
    seats: Callable[[str], tuple[Seat, ...]],
) -> Iterator[Entry]:
    objects = [d for d in written if d.object.kind == "FluxKustomization"]
    roots = {d.root for d in objects if d.root}
    applied = {path for root in roots for path in graph.reads(root)}
    folders: dict[str, Span] = {}
    for d in objects:
        path = d.object.declared.path
        if path not in applied:
            folders.setdefault(posixpath.dirname(path), d.object.declared)
    for folder, span in sorted(folders.items()):
        spec = {
            "path": folder,
            "sourceRef": {"kind": "GitRepository", "name": "flux-system"},
        }
        ref = ObjectRef("FluxKustomization", "flux-system", "flux-system", span)
        object = FluxKustomization(ref, spec, implicit=True)
        yield Entry(_seat(span.path, folder, seats), object)


def _entry(
    path: str, manifest: Manifest, subdir: str, seats: Callable[[str], tuple[Seat, ...]]
) -> Entry | None:
    """The entry that a written object is: made by an operator, or lying in what it applies."""
    content, identity, span = manifest.content, manifest.id, manifest.span
    if content is None:
        return None
    sync = flux.instance(content, identity.group, identity.kind)
    if sync is not None:
        return _operated(content, sync, span, seats)
    if identity.group != FLUX or identity.kind != "Kustomization":
        return None
    spec = _mapping(content.get("spec"))
    if "sourceRef" not in spec:
        return None
    ref = ObjectRef("FluxKustomization", identity.namespace, identity.name, span)
    object = FluxKustomization(ref, spec)
    if not object.path or object.source[0] == "ExternalArtifact":
        return None
    inside = path.startswith(tuple(posixpath.join(b, object.path, "") for b in ("", subdir)))
    return Entry(_seat(path, object.path, seats), object) if inside else None


def _operated(
    content: Content, sync: Content, span: Span, seats: Callable[[str], tuple[Seat, ...]]
) -> Entry:
    """The object a Flux Operator makes (internal/builder/templates.go): it is in no file."""
    identity = rendered.identity(content)
    namespace = identity.namespace or "flux-system"
    name = str(sync.get("name") or namespace)
    spec = {
        "path": sync.get("path"), "prune": True,
        "sourceRef": {"kind": sync.get("kind", "GitRepository"), "name": name},
    }  # fmt: skip
    ref = ObjectRef("FluxKustomization", namespace, name, span)
    object = FluxKustomization(ref, spec)
    return Entry(
        _seat(object.path + "/x", object.path, seats), object, str(sync.get("url") or "") or None
    )


def _seat(path: str, applies: str, seats: Callable[[str], tuple[Seat, ...]]) -> Seat:
    found = seats(path)
    if len(found) == 1:
        return found[0]
    return Seat(posixpath.basename(applies) or "cluster")


def _mapping(value: object) -> Content:
    return value if isinstance(value, Mapping) else {}


def results(state: Reconciling) -> tuple[Applied, ...]:
    """What every reconciler applies, by cluster and name."""
    return tuple(sorted(state.applied, key=lambda one: one.key))


Renderer = Callable[[Repository, tuple[Work, ...]], Mapping[RenderKey, Rendering]]


def follow(
    start_from: Reconciling, render: Renderer
) -> tuple[Reconciling, Mapping[RenderKey, Rendering]]:
    """Round after round until nothing new comes out, or ROUNDS; and every render that was made."""
    state, renders = start_from, dict[RenderKey, Rendering]()
    while not state.settled:
        work = state.work(renders)
        applied = {w.key.root: w.declared for w in work}
        state = replace(state, repository=with_generated(state.repository, applied))
        if work:
            renders.update(render(state.repository, work))
        state = state.next(renders)
    return state, renders


def deployment(one: Applied) -> Deployment:
    """An applied object as reports speak of it."""
    object = one.object
    kind, _, name = object.source
    return Deployment(
        object=object.ref,
        root=one.place.root,
        written=str(object.spec.get("path") or "./"),
        seats=(one.seat,),
        depends_on=object.depends_on,
        source=f"{kind}/{name}",
        external=one.place.external,
        suspended=object.suspended,
        prune=object.spec.get("prune") is True,
    )

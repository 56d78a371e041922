"""One Flux object and its cluster → what it applies there: where, built how, with which values."""

from __future__ import annotations

import hashlib
import posixpath
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from analyzer import clusters, effective, fluxpaths, merging, rendered, resourcesets
from analyzer.clusters import Cluster
from analyzer.deployments import Sources
from analyzer.effective import Variables
from analyzer.flux import RESOURCE_SET, FluxKustomization
from analyzer.fluxpaths import ClusterSources, Place
from analyzer.graph import ReferenceGraph
from analyzer.ignoring import Rules
from analyzer.model import (
    Cause,
    Content,
    Deployment,
    ObjectRef,
    Rendered,
    RenderedResource,
    RenderFailure,
    Rendering,
    RenderKey,
    Repository,
    Seat,
    Span,
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why Flux applies nothing of an object, and the resource it is about."""

    message: str
    at: Span | None = None


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
    variables: Variables = field(default_factory=Variables)
    strict: bool = False
    unset: tuple[str, ...] = ()  # variables used and set by nobody
    unknown: tuple[str, ...] = ()  # variables whose value only the cluster knows
    missing: tuple[str, ...] = ()  # ConfigMaps and Secrets that variables come from, made by nobody
    problems: tuple[Problem, ...] = ()  # why substitution fails
    unsettled: bool = False  # its definition never comes to rest
    telling: tuple[RenderedResource, ...] = ()  # of the resources, what other objects depend on

    @property
    def key(self) -> Key:
        return key(self.seat, self.object)

    @property
    def target(self) -> Seat:
        """The cluster it applies to: its own, unless a kubeconfig names another."""
        remote = self.object.remote
        return self.seat if remote is None else Seat(self.seat.environment, remote)

    @property
    def is_seen(self) -> bool:
        """Is all of what it applies known here?"""
        if self.object.ref.kind == RESOURCE_SET:
            return self.place.external is None
        return isinstance(self.rendering, Rendered) and self.rendering.completeness == "full"


Key = tuple[str, str, str, str]


def key(seat: Seat, object: FluxKustomization) -> Key:
    """Cluster, kind, namespace, name."""
    return str(seat), object.ref.kind, object.ref.namespace, object.ref.name


@dataclass(frozen=True, slots=True)
class Work:
    """A render that is wanted, and what the spec adds: None where Flux builds what is written.

    `absent` are files the source leaves out, and whose pattern does.
    """

    key: RenderKey
    declared: Span
    spec: Content | None = None
    components: tuple[str, ...] = ()  # roots they are
    missing: tuple[str, ...] = ()  # components that are not there and may be
    absent: tuple[tuple[str, str], ...] = ()
    whole_images: bool = False
    causes: tuple[Cause, ...] = ()  # why nothing can be built at all


@dataclass(frozen=True, slots=True)
class Tree:
    """What objects apply parts of."""

    repository: Repository
    graph: ReferenceGraph
    files: Sequence[str]  # sorted

    @classmethod
    def of(cls, repository: Repository, graph: ReferenceGraph) -> Tree:
        return cls(repository, graph, sorted(repository.files))


def place(object: FluxKustomization, held: Cluster, tree: Tree) -> Place:
    """Where an object's path leads; nowhere, where its source leaves all of that out."""
    if object.ref.kind == RESOURCE_SET:
        return Place(None)
    found = fluxpaths.locate(object, held.sources, tree.repository.directories)
    if found.root is None or found.excluded is None:
        return found
    prefix = f"{found.root}/"
    at = bisect_left(tree.files, prefix)
    while at < len(tree.files) and tree.files[at].startswith(prefix):
        if found.contents.excludes(tree.files[at]) is None:
            return found
        at += 1
    return replace(found, root=None)


def work(object: FluxKustomization, at: Place, held: Cluster, tree: Tree) -> Work | None:
    """What has to be rendered for an object; None where there is nothing, or nothing yet."""
    root, repository = at.root, tree.repository
    kustomization = repository.kustomizations.get(root) if root is not None else None
    if root is None or kustomization is None:
        return None
    written = object.spec.get("components")
    names = [str(name) for name in written] if isinstance(written, list) else []
    where = {name: _join(root, name) for name in names if merging.is_local(name)}
    there = tuple(path for path in where.values() if path in repository.kustomizations)
    reads = {path for r in (root, *there) for path in tree.graph.reads(r)}
    absent = tuple(
        (path, why)
        for path in sorted(reads & repository.files.keys())
        if (why := at.contents.excludes(path)) is not None
    )
    if not absent and merging.changes_nothing(object.spec, kustomization.settings):
        return Work(RenderKey(root), object.ref.declared)
    gone = tuple(name for name, path in where.items() if not _exists(path, repository))
    optional = object.spec.get("ignoreMissingComponents") is True
    whole = held.controller.whole_images and bool(object.spec.get("images"))
    causes = _components(object, names, () if optional else gone)
    added = merging.merged({}, object.spec, gone if optional else ())
    # objects that merge the same share one render: the key is what is built, not who builds it
    built = hashlib.sha256(repr((added, absent, whole, causes)).encode()).hexdigest()
    return Work(
        RenderKey(root, ObjectRef("merged", "", built, Span(root))),
        object.ref.declared,
        object.spec,
        there,
        gone if optional else (),
        absent,
        whole,
        causes,
    )


def argo_work(deployment: Deployment, tree: Tree) -> Work | None:
    """What has to be rendered for an Argo CD source; None where it is no kustomization here."""
    root = deployment.root
    if deployment.object.kind != "Application" or root not in tree.repository.kustomizations:
        return None
    if deployment.options is None or root is None:
        return Work(RenderKey(str(root)), deployment.object.declared)
    object = FluxKustomization(deployment.object, deployment.options)
    everything = Place(root, contents=Rules(patterns=()))
    return work(object, everything, Cluster(ClusterSources(Sources({}))), tree)


def by_argo(deployment: Deployment, wanted: Work, rendering: Rendering) -> Iterator[Applied]:
    """What an Argo CD source applies, in each environment it is for."""
    object = FluxKustomization(deployment.object, deployment.options or {})
    resources = rendering.resources if isinstance(rendering, Rendered) else ()
    for seat in deployment.seats or (Seat(""),):
        ref = replace(deployment.object, cluster=str(seat))
        at = Place(wanted.key.root)
        yield Applied(seat, replace(object, ref=ref), at, rendering, resources)


def _components(
    object: FluxKustomization, names: Sequence[str], gone: Sequence[str]
) -> tuple[Cause, ...]:
    """Components that Flux refuses, or does not find."""
    at, who = object.ref.declared, object.ref.name
    by = "Argo CD" if object.ref.kind == "Application" else "Flux"
    found = [
        Cause(at.path, at.line, f"{who}: component {name} is not local; {by} takes no other")
        for name in names
        if not merging.is_local(name)
    ]
    found += [
        Cause(
            at.path,
            at.line,
            f"{who}: component {name} does not exist; correct it, or set ignoreMissingComponents",
            "missing-reference",
        )
        for name in gone
    ]
    return tuple(found)


def _exists(path: str, repository: Repository) -> bool:
    return path in repository.directories or path in repository.files


Found = Callable[[RenderedResource], Span | None]  # where a rendered resource is written


def apply(
    seat: Seat,
    object: FluxKustomization,
    held: Cluster,
    tree: Tree,
    renders: Mapping[RenderKey, Rendering],
    before: Applied | None,
) -> Applied:
    """What an object applies; the same value as `before` where nothing it depends on changed."""
    at = place(object, held, tree)
    if object.ref.kind == RESOURCE_SET:
        return _resource_set(seat, object, held)
    wanted = work(object, at, held, tree)
    rendering = renders.get(wanted.key) if wanted is not None else None
    if rendering is None or isinstance(rendering, RenderFailure):
        return Applied(seat, object, at, rendering)
    variables, missing = clusters.variables(object, held)
    strict = held.controller.strict
    if (
        before is not None
        and before.rendering is rendering
        and (before.object, before.place, before.variables, before.strict, before.missing)
        == (object, at, variables, strict, missing)
    ):
        return replace(before, unsettled=False) if before.unsettled else before
    made = Applied(seat, object, at, rendering, (), variables, strict, missing=missing)
    return _substituted(made, rendering, tree.repository)


def _substituted(one: Applied, rendering: Rendered, repository: Repository) -> Applied:
    made, unset, unknown = list[RenderedResource](), dict[str, None](), dict[str, None]()
    problems: list[Problem] = []
    common = one.object.spec.get("commonMetadata")
    for resource in rendering.resources:
        done = effective.substituted(
            resource.content, one.variables, strict=one.strict, always=one.object.always
        )
        unset |= dict.fromkeys(done.unset)
        unknown |= dict.fromkeys(done.unknown)
        if done.problem is not None:
            message = f"{resource.id.short}: {done.problem}"
            problems.append(Problem(message, written_at(repository, resource)))
        content = _common(done.content, common) if common else done.content
        same = content is resource.content
        made.append(resource if same else replace(
            resource, id=rendered.identity(content), content=content, digest=""))  # fmt: skip
    changed = any(a is not b for a, b in zip(made, rendering.resources, strict=True))
    problems += _collisions(made) if changed else []
    return replace(
        one,
        resources=tuple(made),
        unset=tuple(sorted(unset)),
        unknown=tuple(sorted(unknown)),
        problems=tuple(problems),
        telling=tuple(r for r in made if clusters.speaks(r)),
    )


def _collisions(resources: Sequence[RenderedResource]) -> list[Problem]:
    """Resources that are one and the same after substitution; kustomize then finds two."""
    ids = Counter((r.api_version, r.id.kind, r.id.namespace or "default", r.id.name)
                  for r in resources)  # fmt: skip
    return [
        Problem(f"{count} resources become {kind}/{name}")
        for (_, kind, _, name), count in ids.items()
        if count > 1
    ]


def _common(content: Content, common: object) -> Content:
    """`commonMetadata`, set after everything else; nothing in it is substituted."""
    if not isinstance(common, Mapping):
        return content
    metadata = content.get("metadata")
    metadata = dict(metadata) if isinstance(metadata, Mapping) else {}
    for name in ("labels", "annotations"):
        more = common.get(name)
        if isinstance(more, Mapping) and more:
            own = metadata.get(name)
            metadata[name] = {**(own if isinstance(own, Mapping) else {}), **more}
    return {**content, "metadata": metadata}


def _resource_set(seat: Seat, object: FluxKustomization, held: Cluster) -> Applied:
    """What a Flux Operator makes of a ResourceSet, or why that is not known."""
    try:
        made = resourcesets.objects({"spec": object.spec}, object.ref.namespace, held.providers)
    except resourcesets.NotUnderstood as reason:
        why = f"ResourceSet {object.ref.name} makes objects that are not followed: {reason}"
        return Applied(seat, object, Place(None, why))
    resources = tuple(
        RenderedResource(rendered.identity(content), str(content.get("apiVersion", "")), content)
        for content in made
    )
    telling = tuple(r for r in resources if clusters.speaks(r))
    return Applied(seat, object, Place(None), resources=resources, telling=telling)


def written_at(repository: Repository, resource: RenderedResource) -> Span | None:
    """The document a rendered resource comes from; None where no file has it."""
    origin = resource.origin
    path = (origin.path or origin.configured_in) if origin is not None else None
    if path is None:
        return None
    documents = [m for m in repository.manifests.get(path, ()) if m.id.kind == resource.id.kind]
    named = [m for m in documents if m.id.name == resource.id.name]
    if not named:  # a prefix or suffix leaves the name inside; a variable leaves nothing
        inside = [m for m in documents if m.id.name and m.id.name in resource.id.name]
        named = sorted(inside, key=lambda m: -len(m.id.name))
    return named[0].span if named else documents[0].span if documents else Span(path)


def _join(root: str, path: str) -> str:
    joined = posixpath.normpath(posixpath.join(root or ".", path))
    return "" if joined == "." else joined

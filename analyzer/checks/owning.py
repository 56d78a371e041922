"""Who applies what: resources with two owners, and roots that no cluster applies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from analyzer import findings as rules
from analyzer.applying import Applied
from analyzer.causes import label, shown
from analyzer.deployments import FLUX
from analyzer.findings import Finding, Related
from analyzer.model import ObjectRef, RenderedResource, ResourceId, Seat
from analyzer.snapshot import Snapshot

_LEFT_ALONE = (
    ("kustomize.toolkit.fluxcd.io/reconcile", ("disabled",)),
    ("kustomize.toolkit.fluxcd.io/ssa", ("Ignore", "IfNotPresent")),
)


def owners(snapshot: Snapshot) -> Iterator[Finding]:
    """The same resource from two objects for one cluster."""
    applied = [one for one in snapshot.applied if not one.object.implicit and _is_flux(one)]
    found: dict[tuple[Seat, ResourceId], list[ObjectRef]] = defaultdict(list)
    scopes = _scopes(snapshot.applied)
    for one in applied:
        for resource in one.resources:
            if not _is_left_alone(resource) and not _is(one.object.ref, resource):
                found[one.target, _identity(resource, scopes)].append(one.object.ref)
    shared: dict[tuple[ObjectRef, ObjectRef, Seat], list[ResourceId]] = defaultdict(list)
    for (seat, identity), refs in found.items():
        first, *others = sorted(dict.fromkeys(refs))
        if others:
            shared[first, others[0], seat].append(identity)
    yield from _joined(shared)


def _is_flux(one: Applied) -> bool:
    """Of what Argo CD applies it is not known to which cluster: its destinations are not read."""
    return one.object.ref.kind != "Application"


def _joined(
    shared: Mapping[tuple[ObjectRef, ObjectRef, Seat], list[ResourceId]],
) -> Iterator[Finding]:
    """One finding for two objects, whatever the number of clusters."""
    joined: dict[tuple[str, str, str, ObjectRef, ObjectRef], list[Seat]] = {}
    for (first, second, seat), identities in shared.items():
        these = ", ".join(str(identity) for identity in sorted(identities)[:3])
        more = f" and {len(identities) - 3} more" if len(identities) > 3 else ""
        anywhere = (_anywhere(first), _anywhere(second))
        key = (first.name, second.name, f"{shown(these)}{more}", *anywhere)
        joined.setdefault(key, []).append(seat)
    for (one, other, these, first, second), seats in joined.items():
        names = ", ".join(sorted(map(str, seats))[:4])
        more = f" and {len(seats) - 4} more" if len(seats) > 4 else ""
        yield Finding(
            rules.TWO_OWNERS,
            f"{one} and {other} ({names}{more}) both apply {these}",
            first.declared,
            (Related(second.declared, "the other owner"),),
        )


def _anywhere(ref: ObjectRef) -> ObjectRef:
    return ObjectRef(ref.kind, ref.namespace, ref.name, ref.declared)


def _is(ref: ObjectRef, resource: RenderedResource) -> bool:
    """Is the resource the definition of the object itself? It may well be in its own output."""
    identity = resource.id
    return identity.group == FLUX and (identity.namespace, identity.name) == (
        ref.namespace,
        ref.name,
    )


def _is_left_alone(resource: RenderedResource) -> bool:
    """Does Flux leave a resource alone that is there already?"""
    metadata = resource.content.get("metadata")
    metadata = metadata if isinstance(metadata, Mapping) else {}
    for where in ("labels", "annotations"):
        said = metadata.get(where)
        if isinstance(said, Mapping) and any(said.get(k) in v for k, v in _LEFT_ALONE):
            return True
    return False


def _scopes(applied: tuple[Applied, ...]) -> frozenset[tuple[str, str]]:
    """(group, kind) of the custom resources that have no namespace, as far as CRDs are there."""
    return frozenset(
        (str(spec.get("group", "")), str(names.get("kind", "")))
        for one in applied
        for r in one.resources
        if r.id.kind == "CustomResourceDefinition"
        and isinstance(spec := r.content.get("spec"), Mapping)
        and spec.get("scope") == "Cluster"
        and isinstance(names := spec.get("names"), Mapping)
    )


def _identity(resource: RenderedResource, scopes: frozenset[tuple[str, str]]) -> ResourceId:
    """kustomize writes a namespace on custom resources that have none; the cluster ignores it."""
    identity = resource.id
    if (identity.group, identity.kind) not in scopes:
        return identity
    return ResourceId(identity.group, identity.kind, "", identity.name)


def not_deployed(snapshot: Snapshot) -> Iterator[Finding]:
    """Roots of an environment that none of its clusters comes to; of nested ones the outermost."""
    begun = {one.seat.environment for one in snapshot.applied if _is_flux(one)}
    if not begun:
        return
    reached = {
        root
        for d in snapshot.deployments
        if d.root is not None
        for root in snapshot.graph.closure(d.root)
    } | {
        root
        for one in snapshot.applied
        if one.place.root is not None
        for root in snapshot.graph.closure(one.place.root)
    }
    declared = {one.object.ref.declared.path for one in snapshot.applied}
    for root in snapshot.roots():
        kustomization = snapshot.repository.kustomizations[root]
        environments = set(snapshot.placements[root].environments) & begun
        if not environments or root in reached or kustomization.kind == "Component":
            continue
        if any(r != root for r in snapshot.graph.dependents(root)):
            continue
        if not declared.isdisjoint(snapshot.graph.reads(root)):
            continue  # an entry lies in it, which its own output moved elsewhere
        yield Finding(
            rules.NOT_DEPLOYED,
            f"{label(root)} is applied by no cluster of {', '.join(sorted(environments))}",
            kustomization.span,
        )

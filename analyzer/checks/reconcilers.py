"""What Flux would say of the objects that are followed: per cluster, from the entry points on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from analyzer import findings as rules
from analyzer.causes import shown
from analyzer.deployments import FLUX
from analyzer.findings import Finding, Related
from analyzer.model import Field, ResourceId, Seat
from analyzer.reconciling import Applied
from analyzer.snapshot import Snapshot

_PATCHES = (Field.PATCHES, Field.PATCHES_STRATEGIC_MERGE, Field.PATCHES_JSON6902)


def _written(snapshot: Snapshot) -> tuple[Applied, ...]:
    return tuple(one for one in snapshot.applied if not one.object.implicit)


def _who(one: Applied) -> str:
    return f"{one.object.ref.name} ({one.seat})"


def substitution(snapshot: Snapshot) -> Iterator[Finding]:
    """Variables that fail, are set by nobody, or come from what nobody makes."""
    for one in _written(snapshot):
        at = one.object.ref.declared
        if one.problem is not None:
            yield Finding(rules.SUBSTITUTION_FAILS, f"{_who(one)}: {shown(one.problem)}", at)
        elif one.unset:
            yield Finding(
                rules.UNSET_VARIABLE,
                f"{_who(one)}: {', '.join(one.unset)} {_are(one.unset)} set by nobody",
                at,
            )
        for source in one.missing:
            yield Finding(
                rules.DANGLING_SUBSTITUTES,
                f"{_who(one)}: takes variables from {source}, which nothing in the tree makes",
                at,
            )


def _are(names: Iterable[str]) -> str:
    return "are" if len(tuple(names)) > 1 else "is"


def waiting(snapshot: Snapshot) -> Iterator[Finding]:
    """Waiting for what is not there, or in a circle."""
    for seat, objects in _by_seat(snapshot).items():
        for (namespace, name), one in objects.items():
            for wanted in one.object.depends_on:
                if wanted not in objects:
                    yield Finding(
                        rules.DANGLING_DEPENDENCY,
                        f"{_who(one)}: waits for {wanted[0]}/{wanted[1]}, which is not in {seat}",
                        one.object.ref.declared,
                    )
            circle = _circle((namespace, name), objects)
            if circle and min(circle) == (namespace, name):
                way = " → ".join(step[1] for step in (*circle, circle[0]))
                yield Finding(
                    rules.DEPENDENCY_CYCLE,
                    f"{_who(one)}: waits for itself: {way}",
                    one.object.ref.declared,
                )


Objects = Mapping[tuple[str, str], Applied]


def _by_seat(snapshot: Snapshot) -> dict[Seat, dict[tuple[str, str], Applied]]:
    found: dict[Seat, dict[tuple[str, str], Applied]] = defaultdict(dict)
    for one in _written(snapshot):
        found[one.seat][one.object.ref.namespace, one.object.ref.name] = one
    return found


def _circle(start: tuple[str, str], objects: Objects) -> tuple[tuple[str, str], ...]:
    """The way from an object back to itself; empty where there is none."""
    pending: list[tuple[tuple[str, str], tuple[tuple[str, str], ...]]] = [(start, (start,))]
    seen = set[tuple[str, str]]()
    while pending:
        at, way = pending.pop()
        for wanted in objects[at].object.depends_on if at in objects else ():
            if wanted == start:
                return way
            if wanted not in seen:
                seen.add(wanted)
                pending.append((wanted, (*way, wanted)))
    return ()


def sources(snapshot: Snapshot) -> Iterator[Finding]:
    """Sources that nobody declares, and suspended objects."""
    for one in _written(snapshot):
        at = one.object.ref.declared
        if one.place.undeclared:
            yield Finding(rules.DANGLING_SOURCE, f"{_who(one)}: {one.place.external}", at)
        if one.object.suspended:
            yield Finding(rules.SUSPENDED, f"{_who(one)} is suspended", at)


def owners(snapshot: Snapshot) -> Iterator[Finding]:
    """The same resource from two objects of one cluster."""
    found: dict[tuple[Seat, ResourceId], list[Applied]] = defaultdict(list)
    for one in _written(snapshot):
        for resource in one.resources:
            found[one.seat, resource.id].append(one)
    shared: dict[tuple[Seat, str, str], list[ResourceId]] = defaultdict(list)
    by_name = {(one.seat, one.object.ref.name): one for one in _written(snapshot)}
    for (seat, identity), ones in found.items():
        names = sorted({one.object.ref.name for one in ones})
        if len(names) > 1:
            shared[seat, names[0], names[1]].append(identity)
    for (seat, first, second), identities in shared.items():
        these = ", ".join(str(identity) for identity in sorted(identities)[:3])
        more = f" and {len(identities) - 3} more" if len(identities) > 3 else ""
        yield Finding(
            rules.TWO_OWNERS,
            f"{first} and {second} ({seat}) both apply {shown(these)}{more}",
            by_name[seat, first].object.ref.declared,
            (Related(by_name[seat, second].object.ref.declared, "the other owner"),),
        )


def unreached(snapshot: Snapshot) -> Iterator[Finding]:
    """Flux Kustomizations in files that are no patches, which nobody applies."""
    if not snapshot.applied:
        return
    repository = snapshot.repository
    patches = {
        r.target
        for k in repository.kustomizations.values()
        for r in k.references
        if r.field in _PATCHES
    }
    reached = {one.object.ref.declared for one in snapshot.applied}
    origins = {
        resource.origin.path
        for one in snapshot.applied
        for resource in one.resources
        if resource.origin is not None and resource.id.group == FLUX
    }
    for path, manifests in repository.manifests.items():
        for manifest in manifests:
            spec = (manifest.content or {}).get("spec")
            if manifest.id.group != FLUX or not isinstance(spec, Mapping):
                continue
            if path in patches or "sourceRef" not in spec:
                continue
            if manifest.span not in reached and path not in origins:
                yield Finding(
                    rules.UNREACHED_OBJECT,
                    f"Flux Kustomization {manifest.id.name} is applied by no cluster",
                    manifest.span,
                )


def health_checks(snapshot: Snapshot) -> Iterator[Finding]:
    """Health checks on what the object does not apply; what charts make cannot be seen."""
    found: dict[Seat, set[tuple[str, str]]] = defaultdict(set)
    for one in snapshot.applied:
        found[one.seat].update((r.id.kind, r.id.name) for r in one.resources)
    with_charts = {seat for seat, ids in found.items() if any(k == "HelmRelease" for k, _ in ids)}
    for one in _written(snapshot):
        listed = one.object.spec.get("healthChecks")
        if one.rendering is None or one.object.spec.get("wait") is True or not one.resources:
            continue
        applied, charts = found[one.seat], one.seat in with_charts
        for check in listed if isinstance(listed, list) else ():
            if not isinstance(check, Mapping):
                continue
            wanted = str(check.get("kind", "")), str(check.get("name", ""))
            made_by_chart = charts and wanted[0] not in ("HelmRelease", "Kustomization")
            if wanted not in applied and not made_by_chart:
                yield Finding(
                    rules.DANGLING_HEALTH_CHECK,
                    f"{_who(one)}: checks {'/'.join(wanted)}, which nobody applies",
                    one.object.ref.declared,
                )

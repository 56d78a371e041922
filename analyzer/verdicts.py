"""Two renders of one root, or of what one reconciler applies → a verdict, and what differs.

Strict: bytes and order count, null is not absent, 1 is not "1". A side that is not known whole
proves nothing.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections import Counter
from collections.abc import Iterator, Sequence

from analyzer import comparing, shown, unseen
from analyzer.applying import Applied
from analyzer.deliveries import Delivery
from analyzer.diff import canonical
from analyzer.model import (
    Rendered,
    RenderedResource,
    RenderFailure,
    Rendering,
    Seat,
    Status,
)
from analyzer.plans import UnitProof, Verdict
from analyzer.unseen import Side

_SHOWN = 12  # differences that are named

Sides = tuple[Side, Side]  # before and after


def of_root(
    root: str, before: Rendering, after: Rendering, sides: Sides | None = None
) -> UnitProof:
    """One root, as kustomize alone builds it.

    Without the `sides` nobody knows whether what is left out is the same on both.
    """
    unit = UnitProof(root, "", "", "identical")
    return _of(unit, before, after, _made(before), _made(after), sides)


def of_applied(before: Applied, after: Applied, sides: Sides) -> UnitProof | None:
    """What one reconciler brings to one cluster; None where nothing is in the tree to render."""
    ref = after.object.ref
    name = f"{ref.namespace}/{ref.name}" if ref.namespace else ref.name
    unit = UnitProof(after.place.root or "", name, str(after.seat), "identical")
    if before.rendering is None or after.rendering is None:
        if before.rendering is not after.rendering:
            return _said(unit, "refused", "is found on one side only")
        return None
    if before.problems or after.problems:
        same = [p.message for p in before.problems] == [p.message for p in after.problems]
        if same and not _touches(unit.root, sides):
            said = f"nothing is applied, neither before nor after: {before.problems[0].message}"
            return _said(unit, "relative", said)
        verdict: Verdict = "unprovable" if before.problems else "refused"
        said = (before.problems or after.problems)[0].message
        return _said(unit, verdict, f"nothing is applied{_before(before.problems)}: {said}")
    partial = isinstance(before.rendering, Rendered) and before.rendering.omitted
    if partial and before.object.spec != after.object.spec:
        said = "says otherwise what it makes of all there is, and not all of it is here"
        return _said(unit, "unprovable", said)
    return _of(unit, before.rendering, after.rendering, before.resources, after.resources, sides)


def _before(problem: object) -> str:
    return " before" if problem else ""


def _made(rendering: Rendering) -> tuple[RenderedResource, ...]:
    return rendering.resources if isinstance(rendering, Rendered) else ()


def _of(
    unit: UnitProof,
    before: Rendering,
    after: Rendering,
    old: Sequence[RenderedResource],
    new: Sequence[RenderedResource],
    sides: Sides | None,
) -> UnitProof:
    unit = UnitProof(
        unit.root, unit.by, unit.seat, "identical", resources=len(old), digest=digest(old)
    )
    if isinstance(before, RenderFailure):
        same = isinstance(after, RenderFailure) and after.causes == before.causes
        if same and sides is not None and not _touches(unit.root, sides):
            causes = "; ".join(map(str, before.causes))
            return _said(unit, "relative", f"does not build, neither before nor after: {causes}")
        causes = "; ".join(map(str, before.causes)) or "for want of what is not in this repository"
        return _said(unit, "unprovable", f"does not build before: {causes}")
    if isinstance(after, RenderFailure):
        causes = "; ".join(map(str, after.causes)) or "for want of what is not in this repository"
        return _said(unit, "refused", f"does not build any more: {causes}")
    if after.unrestricted and not before.unrestricted:
        return _said(unit, "refused", "builds only without the load restrictor now")
    differences = tuple(_differences(old, new))
    if differences:
        return _said(unit, "refused", "renders otherwise", differences)
    if (left := _left_out(unit.root, before, after, sides)) is not None:
        return _said(unit, *left)
    if [key(r) for r in old] != [key(r) for r in new]:
        first = next(a for a, b in zip(old, new, strict=True) if key(a) != key(b))
        later = f"the same resources in another order, from {first.id.short} on"
        return _said(unit, "equal", later)
    return unit


def _touches(root: str, sides: Sides) -> bool:
    """Is a file changed that is the root's own, and not of what it builds on?"""
    after = sides[1]
    kustomization = after.seen.graph.kustomizations.get(root)
    references = kustomization.references if kustomization is not None else ()
    own = {r.target for r in references if r.status is not Status.DIRECTORY}
    return any(path in own or posixpath.dirname(path) == root for path in after.changed)


def _left_out(
    root: str, before: Rendered, after: Rendered, sides: Sides | None
) -> tuple[Verdict, str] | None:
    """What nobody here can see of a partial render; None where it is whole on both sides."""
    if not before.omitted and not after.omitted:
        return None
    known = unseen.names(before)
    said = f"{', '.join(known)} is not here, so that not all of it can be seen"
    if sides is not None:
        said = unseen.differs(root, sides[0], before, sides[1], after)
    if said:
        return "unprovable", said
    verb = "is" if len(known) == 1 else "are"
    return "relative", f"the same but for {', '.join(known)}, which {verb} left out on both sides"


def _said(
    unit: UnitProof, verdict: Verdict, reason: str, differences: tuple[str, ...] = ()
) -> UnitProof:
    return UnitProof(
        unit.root, unit.by, unit.seat, verdict, reason, differences, unit.resources, unit.digest
    )


# one resource -------------------------------------------------------------------------------------


def key(resource: RenderedResource) -> tuple[object, ...]:
    """What tells rendered resources apart to the last byte."""
    return resource.id, resource.api_version, resource.digest or canonical(resource.content)


def digest(resources: Sequence[RenderedResource]) -> str:
    """Of the values, in their order."""
    made = hashlib.sha256()
    for resource in resources:
        made.update(canonical(resource.content).encode("utf-8", "surrogatepass") + b"\0")
    return made.hexdigest()[:16]


def same(a: RenderedResource, b: RenderedResource) -> bool:
    """The same to the last byte; of what the engine did not write itself, to the last value."""
    if a.content is b.content:
        return a.id == b.id
    if a.digest and b.digest:
        return key(a) == key(b)
    return (a.id, canonical(a.content)) == (b.id, canonical(b.content))


def _differences(
    before: Sequence[RenderedResource], after: Sequence[RenderedResource]
) -> Iterator[str]:
    """What is not the same, field by field, whatever the order of resources; redacted."""
    left, right = list(before), list(after)
    gone, come = Counter(map(_exactly, left)), Counter(map(_exactly, right))
    if gone == come:
        return
    old = [r for r in left if not _taken(come, _exactly(r))]
    new = [r for r in right if not _taken(gone, _exactly(r))]
    listed = list(_named(old, new))
    yield from listed[:_SHOWN]
    if len(listed) > _SHOWN:
        yield f"and {len(listed) - _SHOWN} more"


def _exactly(resource: RenderedResource) -> tuple[object, ...]:
    return resource.id, resource.api_version, canonical(resource.content), resource.digest


def _taken(counts: Counter[tuple[object, ...]], one: tuple[object, ...]) -> bool:
    there = counts[one] > 0
    counts[one] -= there
    return there


def _named(old: Sequence[RenderedResource], new: Sequence[RenderedResource]) -> Iterator[str]:
    there = {r.id: r for r in new}
    was = Delivery(Seat(""), None, "", None, tuple(old))
    now = Delivery(Seat(""), None, "", None, tuple(new))
    for resource in old:
        other = there.pop(resource.id, None)
        if other is None:
            yield f"{resource.id} is gone"
            continue
        change = comparing.changed("changed", was, resource, now, other)
        for found in change.fields:
            yield f"{resource.id} {shown.line(found)}"
        if not change.fields:
            yield f"{resource.id} is written otherwise"
    for id in there:
        yield f"{id} has come"

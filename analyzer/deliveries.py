"""Snapshot → deliveries: what each reconciler, or each root that none applies, brings to a cluster.

The unit of a comparison: what fails or is not seen is withheld delivery by delivery.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from analyzer.applying import Applied
from analyzer.flux import KUSTOMIZATION, RESOURCE_SET
from analyzer.model import (
    Cause,
    ObjectRef,
    Placement,
    Rendered,
    RenderedResource,
    RenderFailure,
    Rendering,
    RenderKey,
    Seat,
    Status,
)
from analyzer.snapshot import Snapshot

APPLICATION = "Application"  # of Argo CD; one for each of its sources that is here


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one reconciler, or one root by itself, brings to one cluster.

    `resources` is None where that is not known: `causes` say why it fails, `unseen` why nobody here
    can know. `omitted` is what was left out of the render, as it is written.
    """

    seat: Seat
    by: ObjectRef | None
    root: str | None
    key: RenderKey | None
    resources: tuple[RenderedResource, ...] | None
    causes: tuple[Cause, ...] = ()
    unseen: str | None = None
    omitted: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()  # of that, what somebody makes before building
    prunes: bool = True
    parent: tuple[str, str, str] | None = None

    @property
    def name(self) -> str:
        """`flux-system/apps`, or the root's path."""
        if self.by is None:
            return self.root or "."
        return f"{self.by.namespace}/{self.by.name}" if self.by.namespace else self.by.name

    @property
    def own(self) -> tuple[str, str, str] | None:
        """What other deliveries call it as their parent."""
        return None if self.by is None else (self.by.kind, self.by.namespace, self.by.name)

    @property
    def identity(self) -> tuple[str, ...]:
        """The same in every cluster, and on both sides of a change."""
        if self.by is None or self.by.kind == APPLICATION:
            return (*(self.own or ("", "", "")), self.root or "")
        return self.own or ()


def deliveries(snapshot: Snapshot) -> tuple[Delivery, ...]:
    """All of them: what Flux applies, what Argo CD applies, then roots that nobody applies."""
    found = [_applied(one) for one in snapshot.applied]
    followed = {one.place.root for one in snapshot.applied}
    reached = {one.target.environment for one in snapshot.applied}
    for key, rendering in snapshot.renderings.items():
        root = key.root
        if key.reconciler is not None or root in followed or not _is_top(snapshot, root):
            continue
        objects = snapshot.deployed_by(root)
        for d in objects:
            for seat in d.seats or _seats(snapshot, root):
                found.append(_rendered(seat, d.object, root, rendering))
        for seat in () if objects else _seats(snapshot, root):
            if seat.environment not in reached:
                found.append(_rendered(seat, None, root, rendering))
    return tuple(found)


def unapplied(snapshot: Snapshot, roots: Collection[str]) -> tuple[str, ...]:
    """Those of the roots that no delivery of the snapshot builds on, sorted."""
    graph = snapshot.graph
    used = {r for d in deliveries(snapshot) if d.root is not None for r in graph.closure(d.root)}
    return tuple(sorted(r for r in roots if r in graph.kustomizations and r not in used))


def _is_top(snapshot: Snapshot, root: str) -> bool:
    return bool(snapshot.deployed_by(root)) or not snapshot.graph.downstream.get(root)


def _seats(snapshot: Snapshot, root: str) -> tuple[Seat, ...]:
    return snapshot.placements.get(root, Placement()).seats or (Seat(""),)


def _rendered(seat: Seat, by: ObjectRef | None, root: str, rendering: Rendering) -> Delivery:
    if isinstance(rendering, RenderFailure):
        return Delivery(seat, by, root, rendering.key, None, rendering.causes or (_hidden(root),))
    return Delivery(
        seat, by, root, rendering.key, rendering.resources,
        omitted=frozenset(r.written for r in rendering.omitted if r.target is None),
        unknown=_unknown(rendering),
    )  # fmt: skip


def _hidden(root: str) -> Cause:
    return Cause(root or ".", 1, "does not build for want of what is not in this repository")


def _unknown(rendering: Rendered) -> frozenset[str]:
    return frozenset(r.written for r in rendering.omitted if r.status is Status.IGNORED)


def _applied(one: Applied) -> Delivery:
    ref, at = one.object.ref, one.object.ref.declared
    by = None if one.object.implicit else ref
    parent = one.object.parent
    above = None if parent is None else (parent.kind, parent.namespace, parent.name)
    key = None if one.rendering is None else one.rendering.key
    resources: tuple[RenderedResource, ...] | None = None
    omitted, unknown = frozenset[str](), frozenset[str]()
    causes: tuple[Cause, ...] = ()
    unseen = one.place.external
    if isinstance(one.rendering, RenderFailure):
        causes = one.rendering.causes or (_hidden(one.place.root or ""),)
    elif one.problems:
        causes = tuple(Cause((p.at or at).path, (p.at or at).line, p.message) for p in one.problems)
    elif one.rendering is not None:
        resources = one.resources
        omitted = frozenset(r.written for r in one.rendering.omitted if r.target is None)
        unknown = _unknown(one.rendering)
    elif ref.kind == RESOURCE_SET and unseen is None:
        resources = one.resources
    elif unseen is None:
        path = str(one.object.spec.get("path") or "./")
        why = f": {one.place.excluded}" if one.place.excluded else ""
        causes = (Cause(at.path, at.line, f"{ref.name}: {path} is not in its source{why}"),)
    prunes = one.object.spec.get("prune") is True or ref.kind != KUSTOMIZATION or by is None
    return Delivery(
        one.target, by, one.place.root, key, resources, causes, unseen, omitted, unknown, prunes,
        above,
    )  # fmt: skip


def component(snapshot: Snapshot, delivery: Delivery, resource: RenderedResource
              ) -> tuple[str, str] | None:  # fmt: skip
    """(category, component) of the nearest directory above a resource's file that has one."""
    origin = resource.origin
    path = (origin.path or origin.configured_in) if origin is not None else None
    for folder in (*_above(path), delivery.root):
        placement = snapshot.placements.get(folder) if folder is not None else None
        if placement is not None and placement.component is not None:
            return placement.category or "", placement.component
    return None


def _above(path: str | None) -> Iterator[str]:
    while path:
        path = posixpath.dirname(path)
        yield path

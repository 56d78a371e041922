"""Snapshot → components: what a team names, and which root or part of one holds it, where."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from analyzer.model import Origin, RenderedResource, Seat
from analyzer.snapshot import Snapshot


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """A component's name within its category (`""` where the layout knows none)."""

    category: str
    component: str

    def __str__(self) -> str:
        return f"{self.category}/{self.component}" if self.category else self.component


@dataclass(frozen=True, slots=True)
class Unit:
    """A component in one environment and cluster: a directory of its own, or part of a root.

    With `shared` the root holds other components too; this one is what comes from `bases`.
    """

    name: Name
    seat: Seat
    root: str
    shared: bool
    bases: tuple[str, ...]  # of this component, that the root builds on


@dataclass(frozen=True, slots=True)
class Component:
    """A component everywhere: its bases, its other roots, and its units in each environment."""

    name: Name
    bases: tuple[str, ...] = ()
    others: tuple[str, ...] = ()  # roots of it that belong to no environment and are no base
    units: tuple[Unit, ...] = field(default=())

    def at(self, environment: str) -> tuple[Unit, ...]:
        return tuple(unit for unit in self.units if unit.seat.environment == environment)

    @property
    def roots(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.bases, *self.others, *(u.root for u in self.units))))


def components(snapshot: Snapshot) -> tuple[Component, ...]:
    """Every component, by category and name."""
    bases, others = _without_environment(snapshot)
    own = _directories(snapshot)
    units: dict[Name, list[Unit]] = defaultdict(list)
    for (name, seat), roots in own.items():
        for root in _topmost(snapshot, roots):
            units[name].append(
                Unit(name, seat, root, False, _built_on(snapshot, root, bases[name]))
            )
    for unit in _shared(snapshot, {**bases}, others, own):
        units[unit.name].append(unit)
    names = sorted({*bases, *others, *units})
    order = snapshot.environments()
    return tuple(
        Component(
            name,
            tuple(bases.get(name, ())),
            tuple(others.get(name, ())),
            tuple(
                sorted(
                    units.get(name, ()),
                    key=lambda u: (order.index(u.seat.environment), u.seat.cluster or "", u.root),
                )
            ),
        )
        for name in names
        if bases.get(name) or others.get(name) or units.get(name)
    )


def _named(snapshot: Snapshot, root: str) -> Name | None:
    placement = snapshot.placements[root]
    if placement.component is None or snapshot.repository.kustomizations[root].kind == "Component":
        return None
    return Name(placement.category or "", placement.component)


def _without_environment(snapshot: Snapshot) -> tuple[dict[Name, list[str]], dict[Name, list[str]]]:
    bases: dict[Name, list[str]] = defaultdict(list)
    others: dict[Name, list[str]] = defaultdict(list)
    for root in snapshot.roots():
        name = _named(snapshot, root)
        if name is not None and not snapshot.placements[root].seats:
            (bases if snapshot.placements[root].base else others)[name].append(root)
    return bases, others


def _directories(snapshot: Snapshot) -> dict[tuple[Name, Seat], list[str]]:
    own: dict[tuple[Name, Seat], list[str]] = defaultdict(list)
    for root in snapshot.roots():
        name = _named(snapshot, root)
        if name is not None and not snapshot.placements[root].base:
            for seat in snapshot.placements[root].seats:
                own[name, seat].append(root)
    return own


def _topmost(snapshot: Snapshot, roots: list[str]) -> list[str]:
    """Those that none of the others builds on."""
    return [
        root
        for root in roots
        if not any(other != root and root in snapshot.graph.closure(other) for other in roots)
    ]


def _built_on(snapshot: Snapshot, root: str, bases: list[str]) -> tuple[str, ...]:
    closure = set(snapshot.graph.closure(root))
    return tuple(base for base in _topmost(snapshot, bases) if base in closure)


def _shared(
    snapshot: Snapshot,
    bases: dict[Name, list[str]],
    others: dict[Name, list[str]],
    own: dict[tuple[Name, Seat], list[str]],
) -> list[Unit]:
    """Components that an environment's own root takes straight from their base."""
    found = []
    taken = set(own)
    holders = [
        root
        for root in snapshot.roots()
        if snapshot.placements[root].seats and _named(snapshot, root) is None
    ]
    for root in _topmost_holders(snapshot, holders):
        closure = set(snapshot.graph.closure(root))
        for seat in snapshot.placements[root].seats:
            for group in (bases, others):
                for name, roots in sorted(group.items()):
                    used = tuple(r for r in _topmost(snapshot, roots) if r in closure)
                    if used and (name, seat) not in taken:
                        taken.add((name, seat))
                        found.append(Unit(name, seat, root, True, used))
    return found


def _topmost_holders(snapshot: Snapshot, holders: list[str]) -> list[str]:
    """Deepest first: a category's root says more about a component than the whole environment's."""
    return sorted(holders, key=lambda root: (len(snapshot.graph.closure(root)), root))


def resources(snapshot: Snapshot, unit: Unit) -> tuple[RenderedResource, ...]:
    """What a unit renders to; of a shared root only what comes from the unit's bases."""
    rendered = snapshot.resources(unit.root)
    if not unit.shared:
        return rendered
    below = {root for base in unit.bases for root in snapshot.graph.closure(base)}
    files = {
        reference.target
        for root in below
        for reference in snapshot.graph.kustomizations[root].references
    }
    return tuple(
        r for r in rendered if r.origin is not None and _comes_from(r.origin, below, files)
    )


def _comes_from(origin: Origin, roots: set[str], files: set[str | None]) -> bool:
    if origin.path is not None:
        return origin.path in files
    return origin.configured_in is not None and origin.configured_in.rpartition("/")[0] in roots

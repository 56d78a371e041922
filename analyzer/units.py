"""Snapshot → components: what a team names, and which root or part of one holds it, where."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace

from analyzer import effective, rendered
from analyzer.model import Origin, Rendered, RenderedResource, RenderFailure, Seat
from analyzer.snapshot import Snapshot, short


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """A component's name within its category (`""` where the layout knows none)."""

    category: str
    component: str

    def __str__(self) -> str:
        return f"{self.category}/{self.component}" if self.category else self.component


@dataclass(frozen=True, slots=True)
class Others:
    """What components hold: their roots with all below them, and the files these name."""

    roots: frozenset[str]
    files: frozenset[str | None]


@dataclass(frozen=True, slots=True)
class Unit:
    """A component in one environment and cluster: a directory of its own, or part of a root.

    With `shared` the root holds other components too; this one is what comes from `bases`. With
    `others` it is what comes from none of these, and belongs to no component.
    """

    name: Name
    seat: Seat
    root: str
    shared: bool
    bases: tuple[str, ...]  # of this component, that the root builds on
    others: Others | None = field(default=None, compare=False, repr=False)


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
    names = _names(snapshot)
    bases: dict[Name, list[str]] = defaultdict(list)
    others: dict[Name, list[str]] = defaultdict(list)
    own: dict[tuple[Name, Seat], list[str]] = defaultdict(list)
    for root, name in names.items():
        placement = snapshot.placements[root]
        if placement.base or not placement.seats:
            (bases if placement.base else others)[name].append(root)
        else:
            for seat in placement.seats:
                own[name, seat].append(root)
    units: dict[Name, list[Unit]] = defaultdict(list)
    for (name, seat), roots in own.items():
        for root in topmost(snapshot, roots):
            used = _built_on(snapshot, root, bases[name])
            units[name].append(Unit(name, seat, root, False, used))
    for unit in _shared(snapshot, names, set(own)):
        units[unit.name].append(unit)
    order = {environment: at for at, environment in enumerate(snapshot.environments())}

    def placed(unit: Unit) -> tuple[int, str, str]:
        return order[unit.seat.environment], unit.seat.cluster or "", unit.root

    return tuple(
        Component(
            name,
            tuple(bases.get(name, ())),
            tuple(others.get(name, ())),
            tuple(sorted(units.get(name, ()), key=placed)),
        )
        for name in sorted(set(names.values()))
    )


def rest(snapshot: Snapshot) -> tuple[Component, ...]:
    """What roots of environments hold that no component has, as components named by their path.

    `clusters/{environment}/apps` is the same thing in each environment. What a root takes from a
    component, or from another such root, is not its own.
    """
    named = _names(snapshot)
    closure = snapshot.graph.closure
    known = {below for root in named for below in closure(root)}
    free = [
        (root, seat)
        for root in snapshot.roots()
        for seat in snapshot.placements[root].seats
        if root not in known and snapshot.repository.kustomizations[root].kind != "Component"
    ]
    others = Others(frozenset(known), frozenset(_files(snapshot, known)))
    above = {(below, seat) for root, seat in free for below in closure(root) if below != root}
    units: dict[str, list[Unit]] = defaultdict(list)
    for root, seat in free:
        name = _pattern(short(snapshot.repository, root), seat) or "."
        unit = Unit(Name("", name), seat, root, False, (), others)
        if (root, seat) not in above and (failed(snapshot, unit) or resources(snapshot, unit)):
            units[name].append(unit)
    order = {environment: at for at, environment in enumerate(snapshot.environments())}
    return tuple(
        Component(Name("", name), units=tuple(sorted(
            found, key=lambda u: (order[u.seat.environment], u.seat.cluster or "", u.root))))
        for name, found in sorted(units.items())
    )  # fmt: skip


def _pattern(path: str, seat: Seat) -> str:
    """A path without the names of where it is: `clusters/{environment}/apps`."""
    for what, name in (("{cluster}", seat.cluster), ("{environment}", seat.environment)):
        if name:
            path = re.sub(rf"(?<![A-Za-z0-9{{]){re.escape(name)}(?![A-Za-z0-9}}])", what, path)
    return path


def _names(snapshot: Snapshot) -> dict[str, Name]:
    """Root → the component it belongs to; kustomize Components belong to none.

    A pattern without a category and one with it may place parts of the same component: where only
    one category has a component of that name, it is that one.
    """
    found: dict[str, Name] = {}
    for root in snapshot.roots():
        placement = snapshot.placements[root]
        kustomization = snapshot.repository.kustomizations[root]
        if placement.component is not None and kustomization.kind != "Component":
            found[root] = Name(placement.category or "", placement.component)
    categories: dict[str, set[str]] = defaultdict(set)
    for name in found.values():
        categories[name.component].add(name.category)
    for root, name in found.items():
        others = categories[name.component] - {""}
        if not name.category and len(others) == 1:
            found[root] = Name(next(iter(others)), name.component)
    return found


def topmost(snapshot: Snapshot, roots: Iterable[str]) -> tuple[str, ...]:
    """Those that none of the others builds on, in their order; of a circle all."""
    listed = tuple(roots)
    closure = snapshot.graph.closure
    below = {r for root in listed for r in closure(root) if root not in closure(r)}
    return tuple(root for root in listed if root not in below)


def _built_on(snapshot: Snapshot, root: str, bases: list[str]) -> tuple[str, ...]:
    """The bases of its own component that a root builds on; else those of others it builds on."""
    closure = snapshot.graph.closure(root)
    own = topmost(snapshot, (base for base in bases if base in closure))
    if own:
        return own
    placements, kustomizations = snapshot.placements, snapshot.repository.kustomizations
    return topmost(
        snapshot,
        (
            below
            for below in closure
            if below != root
            and not placements[below].seats
            and kustomizations[below].kind != "Component"
        ),
    )


def _shared(
    snapshot: Snapshot, names: Mapping[str, Name], taken: set[tuple[Name, Seat]]
) -> Iterator[Unit]:
    """Components that an environment's own root takes straight from their base.

    The smallest root is asked first: a category's says more than the whole environment's.
    """
    closure = snapshot.graph.closure
    holders = [r for r in snapshot.roots() if snapshot.placements[r].seats and r not in names]
    for root in sorted(holders, key=lambda root: (len(closure(root)), root)):
        held: dict[Name, list[str]] = defaultdict(list)
        for below in closure(root):
            if below in names and not snapshot.placements[below].seats:
                held[names[below]].append(below)
        for seat in snapshot.placements[root].seats:
            for name, roots in sorted(held.items()):
                if (name, seat) not in taken:
                    taken.add((name, seat))
                    yield Unit(name, seat, root, True, topmost(snapshot, sorted(roots)))


def resources(snapshot: Snapshot, unit: Unit) -> tuple[RenderedResource, ...]:
    """What a unit deploys: of what its reconciler applies, patched and substituted, its part.

    Where no reconciler reaches it, what its root renders to. Of a shared root only what comes from
    the unit's bases.
    """
    applied = [
        one
        for one in snapshot.applied_at(unit.root, unit.seat)
        if isinstance(one.rendering, Rendered)
    ]
    whole = not applied or applied[0].place.root == unit.root
    rendered = applied[0].resources if applied else snapshot.resources(unit.root)
    if (others := unit.others) is not None:
        rendered = tuple(r for r in rendered if r.origin is None
                         or not _comes_from(r.origin, others.roots, others.files))  # fmt: skip
    if whole and not unit.shared:
        return rendered
    tops = unit.bases if unit.shared else (unit.root,)
    below = {root for top in tops for root in snapshot.graph.closure(top)}
    files = _files(snapshot, below)
    return tuple(
        r for r in rendered if r.origin is not None and _comes_from(r.origin, below, files)
    )


def _files(snapshot: Snapshot, roots: Iterable[str]) -> set[str | None]:
    """What kustomizations name."""
    kustomizations = snapshot.graph.kustomizations
    return {one.target for root in roots for one in kustomizations[root].references}


def base(snapshot: Snapshot, unit: Unit, bases: Iterable[str]) -> tuple[RenderedResource, ...]:
    """What bases render to, with the variables of who applies the unit: names may hold some."""
    found = tuple(resource for root in bases for resource in snapshot.resources(root))
    applied = snapshot.applied_at(unit.root, unit.seat)
    if not applied:
        return found
    one = applied[0]
    done = (
        effective.substituted(r.content, one.variables, strict=False, always=one.object.always)
        for r in found
    )
    return tuple(
        r if it.content is r.content
        else replace(r, id=rendered.identity(it.content), content=it.content)
        for r, it in zip(found, done, strict=True)
    )  # fmt: skip


def failed(snapshot: Snapshot, unit: Unit) -> bool:
    """Does what holds the unit not build? What its reconciler builds counts, if it reaches it."""
    applied = snapshot.applied_at(unit.root, unit.seat)
    if not applied:
        return bool(snapshot.failed(unit.root))
    if any(isinstance(one.rendering, Rendered) and not one.problems for one in applied):
        return False
    return any(
        one.problems or (isinstance(one.rendering, RenderFailure) and one.rendering.causes)
        for one in applied
    )


def _comes_from(origin: Origin, roots: Set[str], files: Set[str | None]) -> bool:
    if origin.path is not None:
        return origin.path in files
    return origin.configured_in is not None and origin.configured_in.rpartition("/")[0] in roots

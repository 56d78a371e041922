"""Two environments of a snapshot → what one has otherwise than the other, component by component.

Resources are paired though an environment has names, namespaces and prefixes of its own; a value
that only says which environment it is in is noise, and counted.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from analyzer import comparing, layout, units
from analyzer.comparing import Alike, Change, Compared, Withheld
from analyzer.deliveries import Delivery
from analyzer.diff import ValueChange
from analyzer.errors import PlaceError
from analyzer.model import RenderedResource, Seat
from analyzer.pairing import Pairs, loose, paired
from analyzer.snapshot import Snapshot
from analyzer.units import Component, Name, Unit

NAMES = "name of its own"
ENVIRONMENT = "environment's name"


@dataclass(frozen=True, slots=True)
class Only:
    """A component that one of the environments has, and how many resources it is there.

    None: it does not build there, so nobody knows.
    """

    name: Name
    seat: Seat
    resources: int | None


@dataclass(frozen=True, slots=True)
class Beside:
    """A component in both environments, and what became of its resources from one to the other.

    `pairs` are the same resource on both sides. `held`: it is not compared, and why.
    """

    name: Name
    ours: Unit
    theirs: Unit
    changes: tuple[Change, ...] = ()
    pairs: tuple[tuple[RenderedResource, RenderedResource], ...] = ()
    held: Withheld | None = None


@dataclass(frozen=True, slots=True)
class Between:
    """What one environment has otherwise, component by component; `only` has those of one."""

    besides: tuple[Beside, ...]
    only: tuple[Only, ...]

    @property
    def compared(self) -> Compared:
        held = tuple(one.held for one in self.besides if one.held is not None)
        return Compared(tuple(c for one in self.besides for c in one.changes), held)

    @property
    def components(self) -> tuple[Name, ...]:
        """The component of each change."""
        return tuple(one.name for one in self.besides for _ in one.changes)


def beside(snapshot: Snapshot, chosen: Iterable[Component], first: str, second: str) -> Between:
    """Components of both environments, cluster by cluster, and those that one of them has."""
    left, right = (_seats(snapshot, name) for name in (first, second))
    found: list[Beside] = []
    only: list[Only] = []
    for one in chosen:
        ours, theirs = ([u for u in one.units if u.seat in seats] for seats in (left, right))
        if not ours or not theirs:
            only += [_only(snapshot, one.name, units) for units in (ours, theirs) if units]
            continue
        for a, b in _side_by_side(ours, theirs):
            was, now = _delivery(snapshot, a), _delivery(snapshot, b)
            held = comparing.not_compared(was, now)
            if held is not None:
                found.append(Beside(one.name, a, b, held=held))
                continue
            same = _pairs(was, now)
            changes = tuple(_changes(same, was, now))
            found.append(Beside(one.name, a, b, changes, tuple(same.pairs)))
    return Between(tuple(found), tuple(only))


def compare(snapshot: Snapshot, first: str, second: str, component: str | None = None) -> Between:
    """From the first environment to the second. Raises PlaceError for what is not there."""
    found = beside(snapshot, named(snapshot, component), first, second)
    changed = any(one.changes or one.held is not None for one in found.besides)
    if component is not None and len(found.only) == 1 and not changed:
        there = found.only[0].seat
        missing = second if there in _seats(snapshot, first) else first
        raise PlaceError(f"{component}: {missing} has no such component; only {there} has")
    return found


def _seats(snapshot: Snapshot, name: str) -> frozenset[Seat]:
    """The seats of an environment, or of one of its clusters as `production/eu`."""
    known = {seat for placement in snapshot.placements.values() for seat in placement.seats}
    found = frozenset(s for s in known if name in (s.environment, str(s)))
    if not found:
        choices = [*snapshot.environments(), *sorted(str(s) for s in known if s.cluster)]
        near = difflib.get_close_matches(name, choices, 3, 0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(choices)}"
        raise PlaceError(f"{name}: no environment of that name; {hint}")
    return found


def named(snapshot: Snapshot, name: str | None) -> tuple[Component, ...]:
    """The components of a name, with or without its category. Raises PlaceError.

    None: all, and what belongs to none, so that nothing is left out.
    """
    known = (*units.components(snapshot), *units.rest(snapshot))
    found = tuple(c for c in known if name in (None, c.name.component, str(c.name)))
    if not found and name is not None:
        near = difflib.get_close_matches(name, [c.name.component for c in known], 3, 0.5)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise PlaceError(f"{name}: no component of that name{hint}")
    return found


def _side_by_side(ours: Sequence[Unit], theirs: Sequence[Unit]) -> Iterator[tuple[Unit, Unit]]:
    """Clusters of one name belong together; else the first of one side goes with all others."""
    by_cluster = {unit.seat.cluster: unit for unit in theirs}
    if all(unit.seat.cluster in by_cluster for unit in ours) and len(ours) == len(theirs):
        yield from ((unit, by_cluster[unit.seat.cluster]) for unit in ours)
    else:
        yield from ((ours[0], unit) for unit in theirs)


def _only(snapshot: Snapshot, name: Name, found: Sequence[Unit]) -> Only:
    first = found[0]
    fails = units.failed(snapshot, first)
    return Only(name, first.seat, None if fails else len(units.resources(snapshot, first)))


def _delivery(snapshot: Snapshot, unit: Unit) -> Delivery:
    causes = snapshot.failed(unit.root)
    rendering = snapshot.rendering(unit.root)
    key = None if rendering is None else rendering.key
    resources = units.resources(snapshot, unit) if causes is None else None
    return Delivery(unit.seat, None, unit.root, key, resources, causes or ())


@dataclass(frozen=True, slots=True)
class _Paired:
    """The same resource on both sides, and what one side has.

    `renamed` are the same by their names alone. Of what is generated kustomize makes the name, so
    that a prefix is nothing to speak of.
    """

    pairs: Pairs
    renamed: Pairs
    come: list[RenderedResource]
    gone: list[RenderedResource]


def _pairs(was: Delivery, now: Delivery) -> _Paired:
    pairs, come, gone = paired(was.resources or (), now.resources or ())
    more = called_alike(gone, come, was.seat, now.seat)
    gone = [r for r in gone if all(r is not a for a, _ in more)]
    come = [r for r in come if all(r is not b for _, b in more)]
    renamed = [pair for pair in more if all(r.origin and r.origin.path for r in pair)]
    return _Paired([*pairs, *more], renamed, come, gone)


def _changes(found: _Paired, was: Delivery, now: Delivery) -> Iterator[Change]:
    alike = _meant(found.pairs, was.seat, now.seat)
    for a, b in found.pairs:
        change = comparing.changed("changed", was, a, now, b, alike=alike)
        if any(a is one for one, _ in found.renamed):
            change = replace(change, taken_for=replace(a.id, name=loose(a)[1]))
        if change.fields or change.hashes:
            yield change
    for resource in found.gone:
        yield Change("removed", now.seat, was, resource, None)
    for resource in found.come:
        yield Change("added", now.seat, now, None, resource)


def called_alike(
    gone: Sequence[RenderedResource], come: Sequence[RenderedResource], ours: Seat, theirs: Seat
) -> Pairs:
    """Resources whose names are the same but for what each environment is called, one to one."""
    left = _stems(gone, layout.words(ours.environment))
    right = _stems(come, layout.words(theirs.environment))
    return [
        (mine[0], other[0])
        for key, mine in left.items()
        if len(mine) == 1 and len(other := right.get(key, [])) == 1
    ]


def _stems(found: Iterable[RenderedResource], words: Iterable[str]
           ) -> dict[tuple[str, ...], list[RenderedResource]]:  # fmt: skip
    """Resources by group, kind and what their name is without the environment's word.

    staging-web and web-staging are the same by that: who has both has two of one stem.
    """
    listed = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    word = re.compile(rf"(?<![A-Za-z0-9])(?:{listed})(?![A-Za-z0-9])", re.I)
    stems: dict[tuple[str, ...], list[RenderedResource]] = {}
    for one in found:
        kind, name = loose(one)
        stem, count = word.subn("", name, count=1)
        if count and (stem := re.sub(r"[-.]{2,}", "-", stem).strip("-.")):
            stems.setdefault((one.id.group, kind, stem), []).append(one)
    return stems


def _meant(pairs: Sequence[tuple[RenderedResource, RenderedResource]], ours: Seat, theirs: Seat
           ) -> Alike:  # fmt: skip
    """Says of a change whether it is only what the other environment calls the same thing."""
    names: dict[str, str] = {}
    for a, b in pairs:
        names[loose(a)[1]] = loose(b)[1]
        if a.id.namespace and b.id.namespace:
            names[a.id.namespace] = b.id.namespace
    renamed = {old: new for old, new in names.items() if old != new}
    words = {ours.environment: theirs.environment}
    if ours.cluster and theirs.cluster:
        words[ours.cluster] = theirs.cluster

    def alike(change: ValueChange) -> str | None:
        if not isinstance(change.before, str) or not isinstance(change.after, str):
            return None
        if replaced(change.before, renamed, r"[A-Za-z0-9-]") == change.after:
            return NAMES
        both = {**renamed, **words}
        return (
            ENVIRONMENT if replaced(change.before, both, r"[A-Za-z0-9]") == change.after else None
        )

    return alike


def replaced(text: str, words: Mapping[str, str], part: str) -> str:
    """A text with whole words replaced, longer ones first."""
    if not words:
        return text
    listed = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    pattern = rf"(?<!{part})(?:{listed})(?!{part})"
    return re.sub(pattern, lambda match: words[match.group()], text)

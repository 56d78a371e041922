"""What clusters get otherwise, as a value, and its changes grouped by where they are the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from analyzer.between import Only
from analyzer.comparing import Change, Compared
from analyzer.model import Seat


@dataclass(frozen=True, slots=True)
class Compares:
    """What is compared with what, as the user asked for it. `files` are those that differ."""

    before: str
    after: str = ""
    commit: str | None = None
    merge_base: bool = False
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """What clusters get otherwise. `environments` in promotion order; `all_places` of one side.

    `components` has the (category, component) of each change. `unapplied` are affected roots that
    nothing of the tree brings to a cluster.
    """

    title: str
    compares: Compares
    compared: Compared
    environments: tuple[str, ...]
    protected: frozenset[str]
    places: int
    components: tuple[tuple[str, str] | None, ...]
    unapplied: tuple[str, ...] = ()
    only: tuple[Only, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """Those that are more than noise."""
        return tuple(change for change in self.compared.changes if change.counts)

    @property
    def normalised(self) -> dict[str, int]:
        """How many values are not shown, by reason."""
        found: Counter[str] = Counter()
        for change in self.compared.changes:
            found.update(f.noise for f in change.fields if f.noise is not None)
            if change.hashes:
                found["generator hash"] += change.hashes
        return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True)
class Group:
    """Changes that are the same in some places, or belong to one component; each given once."""

    title: str
    seats: tuple[Seat, ...]
    changes: tuple[Change, ...]


def groups(report: Difference) -> tuple[Group, ...]:
    """Field by field in which places it changes so; the most places first, then in their order.

    Of two environments component by component.
    """
    if report.compares.after:
        return tuple(_by_component(report))
    same: dict[object, list[Change]] = {}
    for change in report.changes:
        for part in _parts(change):
            same.setdefault(_alike(part), []).append(part)
    by_seats: dict[tuple[Seat, ...], dict[object, Change]] = {}
    for alike in same.values():
        parts = by_seats.setdefault(in_order(report, {c.seat for c in alike}), {})
        first = alike[0]
        resource = (first.kind, first.id, first.moved_from and first.moved_from.name)
        known = parts.get(resource)
        fields = (*known.fields, *first.fields) if known is not None else first.fields
        parts[resource] = replace(first, fields=fields)
    listed = [
        Group(label(report, seats), seats, tuple(parts.values()))
        for seats, parts in by_seats.items()
    ]
    place = {seat: at for at, seat in enumerate(in_order(report, {s for g in by_seats for s in g}))}
    return tuple(sorted(listed, key=lambda g: (-len(g.seats), [place[s] for s in g.seats])))


def _by_component(report: Difference) -> Iterator[Group]:
    listed: dict[tuple[str, str] | None, list[Change]] = {}
    for change, component in zip(report.compared.changes, report.components, strict=True):
        if change.counts:
            listed.setdefault(component, []).append(change)
    for component, found in listed.items():
        title = "/".join(filter(None, component or ())) or "no component"
        clusters = sorted({c.seat.cluster for c in found if c.seat.cluster})
        title += f" ({', '.join(clusters)})" if clusters else ""
        yield Group(title, in_order(report, {c.seat for c in found}), tuple(found))


def _parts(change: Change) -> Iterator[Change]:
    """A change for each of its fields; what came, went or moved as a whole."""
    if change.kind != "changed":
        yield change
        return
    for found in change.fields:
        if found.noise is None:
            yield replace(change, fields=(found,))


def in_order(report: Difference, seats: Iterable[Seat]) -> tuple[Seat, ...]:
    """Places in promotion order."""
    order = {name: at for at, name in enumerate(report.environments)}
    return tuple(sorted(seats, key=lambda seat: (order.get(seat.environment, len(order)), seat)))


def _alike(change: Change) -> object:
    fields = tuple(
        (f.change.field, repr(f.change.before), repr(f.change.after)) for f in change.fields
    )
    return change.kind, change.id, fields, change.stays, change.moved_from and change.delivery.name


def label(report: Difference, seats: Iterable[Seat]) -> str:
    """`staging, production (protected)`; of several clusters of an environment their number."""
    clusters: dict[str, list[str]] = {}
    for seat in seats:
        clusters.setdefault(seat.environment, []).extend([seat.cluster] if seat.cluster else [])
    parts = []
    for environment, names in clusters.items():
        name = environment or "no environment"
        if len(names) > 2:
            name += f", {len(names)} clusters"
        elif names:
            name = ", ".join(f"{environment}/{cluster}" for cluster in names)
        parts.append(f"{name} (protected)" if environment in report.protected else name)
    return ", ".join(parts)

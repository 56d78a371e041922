"""What clusters get otherwise, as a value, and its changes grouped by where they are the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from analyzer.between import Only
from analyzer.comparing import Change, Compared, FieldChange, Judged
from analyzer.model import Seat
from analyzer.promotionlist import CLASSES, Class


@dataclass(frozen=True, slots=True)
class Compares:
    """What is compared with what, as the user asked for it. `files` are those that differ."""

    before: str
    after: str = ""
    commit: str | None = None
    merge_base: bool = False
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Promotion:
    """From where to where classes are meant; `limit`: what could not be known of history."""

    source: str
    target: str
    limit: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What clusters get otherwise. `environments` in promotion order; `all_places` of one side.

    `components` has the (category, component) of each change. `unapplied` are affected roots that
    nothing of the tree brings to a cluster. `promotion`: of two environments whose differences
    have a class.
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
    promotion: Promotion | None = None

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
    """Changes that are the same in some places, or belong to one component; each given once.

    `verdict`: what promotion does with all of them.
    """

    title: str
    seats: tuple[Seat, ...]
    changes: tuple[Change, ...]
    verdict: Class | None = None

    @property
    def rules(self) -> Counter[str]:
        """How many of its differences each rule of promotion is about, the most first."""
        rules = Counter(one.rule for change in self.changes for one in _judged(change))
        return Counter(dict(rules.most_common()))


def groups(report: Difference) -> tuple[Group, ...]:
    """Field by field in which places it changes so; the most places first, then in their order.

    Of two environments component by component: first what somebody decides, then what is to
    promote, and last what is kept.
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


_VERDICTS: tuple[Class | None, ...] = ("decide", "promote", None, "keep")


def _by_component(report: Difference) -> Iterator[Group]:
    listed: dict[Class | None, dict[tuple[str, str] | None, list[Change]]] = {}
    for change, component in zip(report.compared.changes, report.components, strict=True):
        for verdict, part in _by_verdict(change):
            listed.setdefault(verdict, {}).setdefault(component, []).append(part)
    for verdict in _VERDICTS:
        for component, found in listed.get(verdict, {}).items():
            title = "/".join(filter(None, component or ())) or "no component"
            clusters = sorted({c.seat.cluster for c in found if c.seat.cluster})
            title += f" ({', '.join(clusters)})" if clusters else ""
            title += f": {CALLED[verdict]}" if verdict is not None else ""
            yield Group(title, in_order(report, {c.seat for c in found}), tuple(found), verdict)


CALLED: Mapping[Class, str] = MappingProxyType(
    {"decide": "to decide", "promote": "to promote", "keep": "kept on purpose"}
)


def _by_verdict(change: Change) -> Iterator[tuple[Class | None, Change]]:
    """A change for each class that its fields have; noise has none."""
    if change.kind != "changed":
        yield (change.judged.verdict if change.judged is not None else None), change
        return
    fields: dict[Class | None, list[FieldChange]] = {}
    for one in change.fields:
        if one.noise is None:
            verdict = one.judged.verdict if one.judged is not None else None
            fields.setdefault(verdict, []).append(one)
    for verdict, found in fields.items():
        yield verdict, replace(change, fields=tuple(found), hashes=0)


def _judged(change: Change) -> Iterator[Judged]:
    if change.judged is not None:
        yield change.judged
    yield from (f.judged for f in change.fields if f.noise is None and f.judged is not None)


def classes(report: Difference) -> dict[Class, int]:
    """How many differences that are more than noise have which class."""
    found = Counter(j.verdict for change in report.changes for j in _judged(change))
    return {verdict: found[verdict] for verdict in CLASSES}


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

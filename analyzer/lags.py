"""Snapshot and what is known of its past → for each step of promotion what differs, and its class.

A step goes from one environment to the next in promotion order, component by component.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from analyzer import between, differing, gaps, redact, substitutions
from analyzer.between import Beside, Between, Only
from analyzer.classing import PIN
from analyzer.comparing import Change
from analyzer.diff import ABSENT
from analyzer.gaps import Gap
from analyzer.history import Evidence
from analyzer.model import RenderedResource, ResourceId, Seat, Span
from analyzer.promotionlist import Class
from analyzer.snapshot import Snapshot
from analyzer.substitutions import Learned
from analyzer.units import Name, Unit

State = Literal["in-sync", "behind", "ahead", "diverged", "only-in-from", "only-in-to",
                "not-comparable"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lag:
    """One component from one place to another. `why` it is not comparable.

    `renamed` are taken for the same by their names alone: in the source, in the target.
    """

    name: Name
    source: Seat
    target: Seat
    state: State
    gaps: tuple[Gap, ...] = ()
    why: str = ""
    renamed: tuple[tuple[ResourceId, ResourceId], ...] = ()

    def count(self, verdict: Class) -> int:
        return sum(gap.verdict == verdict for gap in self.gaps)

    @property
    def days(self) -> int | None:
        """The longest lag of what would be promoted; None where no commits tell."""
        found = [g.story.days for g in self.gaps
                 if g.story.days is not None and g.verdict == "promote"]  # fmt: skip
        return max(found, default=None)


@dataclass(frozen=True, slots=True)
class Step:
    """From one environment to the next: its components by name, and words that recur."""

    source: str
    target: str
    lags: tuple[Lag, ...]
    learned: tuple[Learned, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What has to be found out about one side of a difference.

    `pointer` is "" for the resource itself. `alone`: the other side has nothing there, so that it
    matters what its file of that place held.
    """

    unit: Unit
    other: Unit
    resource: RenderedResource
    pointer: str
    alone: bool = False

    @property
    def asked(self) -> tuple[Seat, str, ResourceId, str]:
        return self.unit.seat, self.unit.root, self.resource.id, self.pointer


@dataclass(frozen=True, slots=True)
class Sides:
    """A step as it is compared: what the source has and what the target has, side by side."""

    source: str
    target: str
    found: Between


def sides(snapshot: Snapshot) -> Iterator[Sides]:
    """Every step with its components side by side."""
    seated = {seat.environment for p in snapshot.placements.values() for seat in p.seats}
    order = [e for e in snapshot.promoted() if e in seated]
    known = between.named(snapshot, None)
    for first, second in pairwise(order):
        yield Sides(first, second, between.beside(snapshot, known, first, second))


def questions(found: Iterable[Sides]) -> Iterator[Question]:
    """What of all differences has to be found out, both sides of each."""
    for step in found:
        for side in step.found.besides:
            for change in side.changes:
                yield from _questions(side, change)


def _questions(side: Beside, change: Change) -> Iterator[Question]:
    here = ((side.ours, change.before, side.theirs), (side.theirs, change.after, side.ours))
    for unit, resource, other in here:
        if resource is None:
            continue
        if change.kind != "changed":
            yield Question(unit, other, resource, "", True)
            continue
        for found in change.fields:
            value = found.change
            pointer = value.before_pointer if unit is side.ours else value.after_pointer
            if found.noise is None and pointer is not None and not value.is_order:
                alone = ABSENT in (value.before, value.after)
                yield Question(unit, other, resource, pointer, alone)


def refs(snapshot: Snapshot, found: Iterable[Sides]) -> Iterator[Span]:
    """Where remote bases are pinned otherwise."""
    for step in found:
        for side in step.found.besides:
            ours, theirs = gaps.remote(snapshot, side.ours), gaps.remote(snapshot, side.theirs)
            for name in ours.keys() & theirs.keys():
                if ours[name][0] != theirs[name][0]:
                    yield from (ours[name][1], theirs[name][1])


def steps(snapshot: Snapshot, evidence: Evidence) -> tuple[Step, ...]:
    """Every step of promotion, in its order."""
    made = []
    for step in sides(snapshot):
        learned = substitutions.learn(step.found.besides, PIN)
        lags = [_lag(snapshot, side, learned, evidence) for side in step.found.besides]
        lags += [_only(one, step.source, step.target) for one in step.found.only]
        lags.sort(key=lambda lag: (lag.name, lag.target))
        made.append(Step(step.source, step.target, tuple(lags), learned))
    return tuple(made)


def _only(one: Only, first: str, second: str) -> Lag:
    count = f"{one.resources} resource{'' if one.resources == 1 else 's'}"
    if one.seat.environment == first:
        return Lag(one.name, one.seat, Seat(second), "only-in-from", (), count)
    return Lag(one.name, Seat(first), one.seat, "only-in-to", (), count)


def _lag(snapshot: Snapshot, side: Beside, learned: tuple[Learned, ...], evidence: Evidence
         ) -> Lag:  # fmt: skip
    name, a, b = side.name, side.ours.seat, side.theirs.seat
    if side.held is not None:
        causes = side.held.causes
        why = str(causes[0]) if causes else side.held.reason
        return Lag(name, a, b, "not-comparable", (), redact.text(why))
    maker = differing.Maker(snapshot, side, learned, evidence)
    found = tuple(maker.gaps())
    renamed = tuple((c.taken_for, c.id) for c in side.changes if c.taken_for is not None)
    return Lag(name, a, b, _state(found), found, renamed=renamed)


def _state(gaps: Iterable[Gap]) -> State:
    ways = {_way(gap) for gap in gaps if gap.verdict != "keep"}
    if not ways:
        return "in-sync"
    if ways == {"behind"}:
        return "behind"
    return "ahead" if ways == {"ahead"} else "diverged"


def _way(gap: Gap) -> State:
    if gap.story.told == "both-moved":
        return "diverged"
    ahead = gap.rule.id in ("never-in-source", "newer-in-target")
    return "ahead" if ahead else "behind"

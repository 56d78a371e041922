"""What two places held over time → who moved, who stayed, and whether they were ever equal."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from analyzer.diff import ABSENT, equal
from analyzer.history import Moment, Timeline
from analyzer.versions import split_image

Told = Literal[
    "unknown",  # at least one side has no history here
    "never-equal",
    "source-moved",  # equal once, and only the source changed since
    "target-moved",
    "both-moved",
    "reverted",  # the target had the source's value, and went back
    "held-back",  # others of its group were promoted since, and this was not
    "earlier",  # the target took a value the source had left already
    "never-in-source",  # the target took a value that the source never had
]


@dataclass(frozen=True, slots=True)
class Story:
    """What history tells of one difference. `missed` are the source's changes since, newest last.

    `days` lie between the commits that gave the two sides what they have; None where unknown.
    """

    told: Told = "unknown"
    source: Moment | None = None
    target: Moment | None = None
    missed: Sequence[Moment] = ()
    back: Moment | None = None  # when the target had the source's value
    days: int | None = None


def pin(value: object) -> object:
    """The version in a value: of an image its tag or digest, of a URL its `ref`."""
    if not isinstance(value, str):
        return value
    if "ref=" in value:
        return value.rpartition("ref=")[2].partition("&")[0]
    if "@" in value or ":" in value.rpartition("/")[2]:
        return split_image(value)[1]
    return value


def story(source: Timeline, target: Timeline, others: Collection[int] = (), *, pinned: bool
          ) -> Story:  # fmt: skip
    """Of one difference. `others` are when pins beside it changed in the target."""
    ours, theirs = _values(source, pinned), _values(target, pinned)
    if not ours or not theirs:
        return Story()
    a, b = ours[-1], theirs[-1]
    missed = tuple(m for m in ours if m.order > b.order)
    days = _days(b, a) if a.order > b.order else None
    had = _taken_back(theirs, a.value)
    if had is not None:
        return Story("reverted", a, b, missed, had, days)
    if not pinned:
        return Story(_moved(ours, theirs), a, b, missed, None, days)
    if b.order > a.order:
        earlier = any(_same(m.value, b.value) for m in ours[:-1])
        return Story("earlier" if earlier else "never-in-source", a, b, missed, None, days)
    if any(order > a.order for order in others):
        return Story("held-back", a, b, missed, None, days)
    return Story(_moved(ours, theirs), a, b, missed, None, days)


def _taken_back(theirs: Sequence[Moment], value: object) -> Moment | None:
    """When the target got a value that it left again for one it had before."""
    now = theirs[-1].value
    first = next((at for at, m in enumerate(theirs) if _same(m.value, now)), len(theirs))
    between = theirs[first + 1 : -1]
    return next((m for m in reversed(between) if _same(m.value, value)), None)


def _values(timeline: Timeline, pinned: bool) -> list[Moment]:
    if not pinned:
        return list(timeline)
    return [Moment(m.order, m.commit, pin(m.value)) for m in timeline]


def _moved(ours: Sequence[Moment], theirs: Sequence[Moment]) -> Told:
    """Who moved since both were last equal."""
    last = None
    for order in sorted({m.order for m in (*ours, *theirs)}):
        if _same(_at(ours, order), _at(theirs, order)):
            last = order
    if last is None:
        return "never-equal"
    source, target = ours[-1].order > last, theirs[-1].order > last
    if source and target:
        return "both-moved"
    return "source-moved" if source else "target-moved"


def _at(moments: Sequence[Moment], order: int) -> object:
    return next((m.value for m in reversed(moments) if m.order <= order), ABSENT)


def _same(a: object, b: object) -> bool:
    return a is not ABSENT and b is not ABSENT and equal(a, b)


def _days(before: Moment, after: Moment) -> int | None:
    """Whole days from one commit to another; never from now."""
    try:
        first, last = (datetime.fromisoformat(m.commit.date) for m in (before, after))
    except ValueError:
        return None
    return max(0, (last - first).days)

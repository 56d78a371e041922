"""Two environments that somebody compares → each difference with what promotion does with it.

The classes are those of `report promotion`: from the earlier environment to the later one, in
whichever order the two were named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from analyzer import between, differing, gaps, substitutions
from analyzer.between import Beside, Between
from analyzer.classing import PIN
from analyzer.comparing import Change, FieldChange, Judged
from analyzer.gaps import Half
from analyzer.history import Evidence
from analyzer.lags import Sides
from analyzer.snapshot import Snapshot

Judgements = Mapping[tuple[Half, Half], Judged]


def direction(snapshot: Snapshot, first: str, second: str) -> tuple[str, str] | None:
    """(Source, target); of places whose order nobody knows as they were named.

    None within one environment: nothing is promoted there.
    """
    a, b = (place.partition("/")[0] for place in (first, second))
    order = snapshot.promoted()
    if a == b:
        return None
    backward = a in order and b in order and order.index(b) < order.index(a)
    return (second, first) if backward else (first, second)


def asked(snapshot: Snapshot, first: str, second: str, component: str | None = None
          ) -> tuple[Sides, ...]:  # fmt: skip
    """What has to be found out about two environments. Raises PlaceError for what is not there."""
    step = direction(snapshot, first, second)
    if step is None:
        return ()
    chosen = between.named(snapshot, component)
    return (Sides(*step, between.beside(snapshot, chosen, *step)),)


def judged(snapshot: Snapshot, evidence: Evidence, found: Between, step: tuple[str, str]
           ) -> Between:  # fmt: skip
    """The same differences with their classes."""
    whole = between.beside(snapshot, between.named(snapshot, None), *step)
    learned = substitutions.learn(whole.besides, PIN)
    names = {one.name for one in found.besides}
    known: dict[tuple[Half, Half], Judged] = {}
    for side in whole.besides:
        if side.name in names and side.held is None:
            for gap in differing.Maker(snapshot, side, learned, evidence).gaps():
                if gap.halves is not None:
                    known[gap.halves] = known[gap.halves[::-1]] = gap.judged
    return replace(found, besides=tuple(_beside(one, known) for one in found.besides))


def _beside(side: Beside, known: Judgements) -> Beside:
    return replace(side, changes=tuple(_change(side, one, known) for one in side.changes))


def _change(side: Beside, change: Change, known: Judgements) -> Change:
    def of(found: FieldChange | None) -> Judged | None:
        return known.get(gaps.halves(side, change, found))

    if change.kind != "changed":
        return replace(change, judged=of(None))
    return replace(change, fields=tuple(replace(one, judged=of(one)) for one in change.fields))

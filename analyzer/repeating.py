"""Snapshot → Repeated: all that is written more than once, ranked, without history or with it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from analyzer import clones, collecting, lifting, weighing
from analyzer.candidates import Candidate, Repeated, Section
from analyzer.lifting import Lifted
from analyzer.model import Placement, Seat
from analyzer.snapshot import Snapshot

SECTIONS: tuple[Section, ...] = ("extract", "unknown", "lag", "split", "generated", "untouched")


def lifted(snapshot: Snapshot, others: Mapping[str, bytes] = MappingProxyType({})) -> Lifted:
    """What the files of a tree say alone; `others` are files that were not read on loading."""

    def seats(root: str) -> tuple[Seat, ...]:
        return snapshot.placements.get(root, Placement()).seats

    found, left = clones.find(collecting.collect(snapshot, others), seats)
    return lifting.lift(snapshot, found, left)


def repeated(found: Lifted, judged: Mapping[str, Candidate], limit: str) -> Repeated:
    """With what history says of each candidate, by id; the best first."""
    candidates = (judged.get(one.id, one) for one, _ in found.candidates)
    return Repeated(tuple(sorted(candidates, key=_order)), found.excluded, limit, found.meant)


def _order(one: Candidate) -> tuple[int, float, str]:
    return SECTIONS.index(one.section), -weighing.score(one.terms), one.id

"""Clones → Candidates: what the same directories hold together is one thing to review.

What a team keeps separate is taken out here, and what is too small to be worth a proposal.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analyzer import exclusions, units, weighing
from analyzer.candidates import Candidate, Excluded, Separate, Terms
from analyzer.clones import Found, Left, narrowed
from analyzer.intent import Intent, Subject, covering
from analyzer.model import Placement
from analyzer.snapshot import Snapshot, short

_NAMED = 3  # kinds that a title lists
_SLUG = 40  # characters of an id that say what it is about


@dataclass(frozen=True, slots=True)
class Lifted:
    """Candidates before history is asked, with the clones they were made of."""

    candidates: tuple[tuple[Candidate, tuple[Found, ...]], ...]
    meant: tuple[Separate, ...]
    excluded: tuple[Excluded, ...]


def lift(snapshot: Snapshot, found: Sequence[Found], left: Iterable[Left]) -> Lifted:
    """Everything in a stable order, by roots."""
    lifter = _Lifter(snapshot)
    worth = [one for one in found if weighing.saved(one) > 0]
    vain = (one for one in found if weighing.saved(one) <= 0)
    free, kept = lifter.separated(worth)
    reasons = [*left, *(Left(exclusions.SMALL, _repeated((one,))) for one in vain)]
    made = []
    near = [piece for one in free for piece in lifter.near(one)]
    for roots, group in _by_roots(near).items():
        why = lifter.apart(roots)
        if why:
            reasons.append(Left(why, _repeated(group)))
            continue
        candidate = lifter.candidate(roots, group)
        if candidate.terms.lines < weighing.LEAST:
            reasons.append(Left(exclusions.SMALL, _repeated(group)))
        else:
            made.append((candidate, tuple(group)))
    return Lifted(tuple(made), tuple(lifter.meant(kept)), _summed(reasons))


def _by_roots(found: Iterable[Found]) -> dict[tuple[str, ...], list[Found]]:
    made: dict[tuple[str, ...], list[Found]] = defaultdict(list)
    for one in found:
        made[_roots(one)].append(one)
    return dict(sorted(made.items()))


def _roots(one: Found) -> tuple[str, ...]:
    return tuple(sorted({copy.root for copy in one.clone.copies}))


def _repeated(group: Iterable[Found]) -> int:
    """Lines that are there beside a first copy."""
    return sum(sum(c.lines for c in one.clone.copies[1:]) for one in group)


def _summed(left: Iterable[Left]) -> tuple[Excluded, ...]:
    count: dict[str, int] = defaultdict(int)
    lines: dict[str, int] = defaultdict(int)
    for one in left:
        count[one.reason] += 1
        lines[one.reason] += one.lines
    found = (Excluded(reason, count[reason], lines[reason]) for reason in count)
    return tuple(sorted(found, key=lambda one: (-one.lines, one.reason)))


class _Lifter:
    """What a tree says about its roots."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.names = (*snapshot.environments(), "base", "overlays")
        self.components = {
            root: component.name
            for component in units.components(snapshot)
            for root in component.roots
            if not any(unit.shared and unit.root == root for unit in component.units)
        }

    def near(self, one: Found) -> list[Found]:
        """A clone, or its parts below one directory each, where all of it has none in common."""
        roots = _roots(one)
        if self.apart(roots) != exclusions.APART:
            return [one]
        below: dict[str, list[int]] = defaultdict(list)
        for at, copy in enumerate(one.clone.copies):
            first = short(self.snapshot.repository, copy.root).partition("/")[0]
            below[first].append(at)
        parts = (narrowed(one, places) for places in below.values())
        return [part for part in parts if part is not None] or [one]

    def apart(self, roots: Sequence[str]) -> str:
        """Why these directories can have no base in common; "" where they can."""
        if any(len(set(roots) & set(self.snapshot.graph.closure(root))) > 1 for root in roots):
            return exclusions.BUILT
        paths = [short(self.snapshot.repository, root) for root in roots]
        return exclusions.of_roots(paths, self.names)

    # what a team keeps separate ------------------------------------------------------------------

    def separated(self, found: Iterable[Found]) -> tuple[list[Found], list[tuple[Found, Intent]]]:
        """(Clones without the copies that are to stay, clones with such a copy and who says so)."""
        free: list[Found] = []
        kept: list[tuple[Found, Intent]] = []
        for one in found:
            by = [self._keeps(one, at) for at in range(len(one.clone.copies))]
            first = next((intent for intent in by if intent is not None), None)
            if first is not None:
                kept.append((one, first))
                left = narrowed(one, [at for at, intent in enumerate(by) if intent is None])
                free += [left] if left is not None else []
            else:
                free.append(one)
        return free, kept

    def _keeps(self, one: Found, at: int) -> Intent | None:
        intents = self.snapshot.config.intent
        if not intents:
            return None
        copy = one.clone.copies[at]
        placement = self.snapshot.placements.get(copy.root, Placement())
        component = str(self.components.get(copy.root, placement.component or ""))
        path = short(self.snapshot.repository, copy.span.path)
        subject = Subject(component, placement.seats, one.fragments[at].id, "", path)
        return covering(intents, "keep-separate", subject, self.snapshot.today)

    def meant(self, kept: Iterable[tuple[Found, Intent]]) -> Iterable[Separate]:
        """What is kept separate, with what it would have been."""
        by: dict[tuple[tuple[str, ...], int], list[tuple[Found, Intent]]] = defaultdict(list)
        for one, intent in kept:
            by[_roots(one), intent.span.line].append((one, intent))
        for (roots, _), group in sorted(by.items()):
            candidate = self.candidate(roots, [one for one, _ in group])
            intent = group[0][1]
            if candidate.terms.lines >= weighing.LEAST:
                yield Separate(candidate, intent.reason, intent.span)

    # candidates ----------------------------------------------------------------------------------

    def candidate(self, roots: tuple[str, ...], group: Sequence[Found]) -> Candidate:
        clones = tuple(one.clone for one in group)
        terms = Terms(weighing.net(group), None, len(roots))
        what = _what(group)
        names = {self.components.get(root) for root in roots}
        name = next(iter(names)) if len(names) == 1 else None
        title = f"{name}: {what}" if name is not None else what
        title = f"{title} in {len(roots)} directories"
        readable = str(name) if name is not None else group[0].clone.name
        return Candidate(_id(readable, roots, group), title, roots, clones, terms)


def _what(group: Sequence[Found]) -> str:
    """The names of the largest, and how many more."""
    ordered = sorted(group, key=lambda one: (-one.clone.copies[0].lines, one.clone.name))
    called = [one.clone.name for one in ordered]
    if len(called) > 1:  # of one that is called otherwise in each directory, the first name
        called = [name.partition(", ")[0] for name in called]
    names = list(dict.fromkeys(called))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _id(readable: str, roots: Sequence[str], group: Iterable[Found]) -> str:
    """What it is about in words, and a digest of all of it."""
    words = re.sub(r"[^a-z0-9]+", "-", readable.lower()).strip("-")[:_SLUG].strip("-")
    clones = sorted(f"{o.clone.shape} {o.clone.id} {o.clone.name} {o.clone.pointer}" for o in group)
    text = "\n".join((*roots, "", *clones)).encode("utf-8", "replace")
    return f"{words or 'candidate'}-{hashlib.sha256(text).hexdigest()[:8]}"

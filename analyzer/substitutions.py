"""Two environments' resources side by side → words that one has wherever the other has another.

Domains, cluster names, issuers, prefixes of secrets: learned from how often a pair recurs, with
what speaks against it. A pair explains a difference, it is never applied to anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from analyzer.between import Beside, replaced
from analyzer.diff import ValueChange, leaves
from analyzer.redact import HIDDEN

SUPPORT = 3  # places that a pair needs, in two resources or more
WORD = r"[A-Za-z0-9-]"
_VERSION = re.compile(r"v?\d+(?:[.\-_]\d+)*.*|[0-9a-f]{7,64}")
_EXCEPTIONS = 5  # that are kept of one pair


@dataclass(frozen=True, slots=True)
class Learned:
    """A pair, how many fields of how many resources follow it, and those that do not."""

    before: str
    after: str
    fields: int
    resources: int
    exceptions: tuple[str, ...] = ()  # `Kind/name field`

    def explains(self, change: ValueChange) -> bool:
        """Is the other value what this makes of the one?"""
        if not isinstance(change.before, str) or not isinstance(change.after, str):
            return False
        return replaced(change.before, {self.before: self.after}, WORD) == change.after


def learn(sides: Sequence[Beside], is_pin: re.Pattern[str]) -> tuple[Learned, ...]:
    """Pairs with enough support, best first."""
    places: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for side in sides:
        for change in side.changes:
            for found in change.fields:
                if found.noise is None and not is_pin.search(found.change.field):
                    pair = words(found.change)
                    if pair is not None:
                        where = str(change.resource.id), found.change.field
                        places.setdefault(pair, set()).add(where)
    kept = [
        Learned(*pair, len(found), resources)
        for pair, found in places.items()
        if len(found) >= SUPPORT and (resources := len({name for name, _ in found})) > 1
    ]
    kept.sort(key=lambda one: (-one.fields, one.before, one.after))
    return tuple(_excepted(sides, one) for one in kept)


def words(change: ValueChange) -> tuple[str, str] | None:
    """The whole words in which two texts differ; None where that says nothing."""
    a, b = change.before, change.after
    if not isinstance(a, str) or not isinstance(b, str) or a == b or "\n" in f"{a}{b}":
        return None
    start = _common(a, b)
    end = _common(a[start:][::-1], b[start:][::-1])
    while start and re.match(WORD, a[start - 1]):
        start -= 1
    while end and re.match(WORD, a[len(a) - end]):
        end -= 1
    old, new = a[start : len(a) - end], b[start : len(b) - end]
    plain = not (_VERSION.fullmatch(old) or _VERSION.fullmatch(new) or HIDDEN in f"{a}{b}")
    return (old, new) if old and new and plain and len(old) > 1 else None


def _common(a: str, b: str) -> int:
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y),
                min(len(a), len(b)))  # fmt: skip


def _excepted(sides: Iterable[Beside], one: Learned) -> Learned:
    found = tuple(dict.fromkeys(_against(sides, one)))
    return Learned(one.before, one.after, one.fields, one.resources, found[:_EXCEPTIONS])


def _against(sides: Iterable[Beside], one: Learned) -> Iterator[str]:
    """Fields that have the word and do not follow."""
    for side in sides:
        for a, b in side.pairs:
            there = None
            for leaf, value in leaves(a.content).items():
                if not isinstance(value, str) or one.before not in value:
                    continue
                meant = replaced(value, {one.before: one.after}, WORD)
                there = there if there is not None else leaves(b.content)
                if meant != value and leaf in there and there[leaf] == value:
                    yield f"{a.id.short} {'.'.join(leaf)}"

"""Fragments → Clones: what is the same thing, or like it, in several directories.

By identity first, then by path but for one directory, then by likeness; a fragment is in one clone.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from analyzer import collecting, exclusions, similar, subtrees, writtenvalues, yamltext
from analyzer.candidates import Clone, Copy
from analyzer.collecting import Collected
from analyzer.fragments import Fragment
from analyzer.model import Seat, Span
from analyzer.yamltext import Text

_FEW = 6  # leaves below which a copy with another name is a coincidence

Seats = Callable[[str], tuple[Seat, ...]]  # of a root


@dataclass(frozen=True, slots=True)
class Found:
    """A clone and the fragments it was made of, in the order of its copies."""

    clone: Clone
    fragments: tuple[Fragment, ...]


@dataclass(frozen=True, slots=True)
class Left:
    """Copies nobody should extract: why, and how many lines repeat."""

    reason: str
    lines: int


def find(collected: Collected, seats: Seats) -> tuple[tuple[Found, ...], tuple[Left, ...]]:
    """(Clones in a stable order, what was left out of them)."""
    grouper = _Grouper(seats)
    whole = collected.fragments
    found = list(grouper.grouped(whole))
    taken = {id(one) for group in found for one in group}
    single = [one for one in whole if id(one) not in taken and not one.excluded
              and one.shape == "document"]  # fmt: skip
    held = list(writtenvalues.values(single))
    inner = list(grouper.grouped([_placed(one, collected.texts) for one in held]))
    found += inner
    within = {
        (o.copy.span.path, o.id) for g in inner for o in g if o.pointer == writtenvalues.INLINE
    }
    rest = [o for o in single if (o.copy.span.path, o.id) not in within]
    found += ([_placed(one, collected.texts) for one in group]
              for group in subtrees.repeated(rest))  # fmt: skip
    made, left = [], list(grouper.left)
    for group in found:
        kept, more = _eligible(group)
        left += more
        if len({one.copy.root for one in kept}) > 1:
            made.append(_clone(kept))
    made.sort(key=lambda found: (found.clone.copies, found.clone.pointer, found.clone.name))
    return tuple(made), tuple(left)


class _Grouper:
    """Buckets of fragments, and what of them became groups."""

    def __init__(self, seats: Seats) -> None:
        self.seats = seats
        self.left: list[Left] = []

    def grouped(self, whole: Sequence[Fragment]) -> Iterator[list[Fragment]]:
        """Groups in two directories or more, excluded fragments among them."""
        left = list(whole)
        for make in (_by_identity, _by_name, _by_path):
            buckets = make(left)
            taken: set[int] = set()
            for bucket in buckets:
                free = [one for one in bucket if id(one) not in taken]
                for group in self._in_bucket(free):
                    taken.update(map(id, group))
                    yield group
            left = [one for one in left if id(one) not in taken]
        like = [one for one in left if not one.excluded and len(one.leaves) >= _FEW]
        for bucket in similar.joined(like):
            yield from _apart(similar.groups(bucket, similar.unnamed, similar.ALIKE))

    def _in_bucket(self, bucket: list[Fragment]) -> Iterator[list[Fragment]]:
        if len({one.copy.root for one in bucket}) < 2:
            return
        first = bucket[0]
        if first.shape == "entry" and first.variant not in collecting.NEAR:
            yield from _apart(similar.groups(bucket, similar.plain, 1.0))
        elif first.shape == "generator":
            yield from _apart(similar.groups(bucket, similar.plain, similar.ALIKE))
        elif len({_named(one) for one in bucket}) == 1 or self._called_alike(bucket):
            yield from _apart(similar.groups(bucket, similar.plain, similar.COMMON))
        else:
            large = [one for one in bucket if len(one.leaves) >= _FEW]
            yield from _apart(similar.groups(large, similar.unnamed, similar.ALIKE))

    def _called_alike(self, bucket: Iterable[Fragment]) -> bool:
        """Does each stand in an environment of its own, and is it called after it if at all?"""
        seats = [self.seats(one.copy.root) for one in bucket]
        if not all(seats) or len(set(seats)) < len(seats):
            return False
        return len({self._called(one) for one in bucket}) == 1

    def _called(self, one: Fragment) -> tuple[str, ...]:
        """Its identity without the words for where it is."""
        words = {word for seat in self.seats(one.copy.root)
                 for word in (seat.environment, seat.cluster) if word}  # fmt: skip
        pattern = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
        pattern = rf"(?<![A-Za-z0-9])(?:{pattern})(?![A-Za-z0-9])"
        return tuple(re.sub(pattern, "", part) for part in _named(one))


def _apart(groups: Iterable[list[Fragment]]) -> Iterator[list[Fragment]]:
    return (group for group in groups if len({one.copy.root for one in group}) > 1)


def _named(one: Fragment) -> tuple[str, ...]:
    """What it is, wherever it is: environments write namespaces of their own."""
    if one.id is None:
        return one.key
    return one.variant, one.id.group, one.id.kind, one.id.name


def _by_identity(whole: Iterable[Fragment]) -> list[list[Fragment]]:
    return _buckets(whole, lambda one: (one.shape, one.variant, *one.key))


def _by_name(whole: Iterable[Fragment]) -> list[list[Fragment]]:
    """The same in namespaces of their own; not where one directory has it in several."""
    named = (one for one in whole if one.id is not None and one.id.name)
    buckets = _buckets(named, lambda one: (one.shape, *_named(one)))
    return [b for b in buckets if len({one.copy.root for one in b}) == len(b)]


def _buckets(whole: Iterable[Fragment], key: Callable[[Fragment], tuple[str, ...]]
             ) -> list[list[Fragment]]:  # fmt: skip
    made: dict[tuple[str, ...], list[Fragment]] = defaultdict(list)
    for one in whole:
        made[key(one)].append(one)
    return [bucket for bucket in made.values() if len(bucket) > 1]


def _by_path(whole: Iterable[Fragment]) -> list[list[Fragment]]:
    """Of one kind at the same path, but for one directory in it; large buckets first."""
    made: dict[tuple[object, ...], list[Fragment]] = defaultdict(list)
    for one in whole:
        parts = one.copy.span.path.split("/")
        for at in range(len(parts) - 1):
            path = "/".join((*parts[:at], "*", *parts[at + 1 :]))
            made[one.shape, one.variant, one.order, path, one.pointer].append(one)
    several = (bucket for bucket in made.values() if len(bucket) > 1)
    return sorted(several, key=len, reverse=True)


# groups → clones ---------------------------------------------------------------------------------


def _eligible(group: list[Fragment]) -> tuple[list[Fragment], list[Left]]:
    """(Those that may be extracted, one a directory; the reasons of the others)."""
    kept = [one for one in group if not one.excluded]
    left: list[Left] = []
    out: dict[str, list[Fragment]] = defaultdict(list)
    for one in group:
        if one.excluded:
            out[one.excluded].append(one)
    for reason, these in out.items():
        lines = sum(one.copy.lines for one in these)
        first = 0 if kept else max(one.copy.lines for one in these)
        if lines - first > 0 or len(out) > 1:
            left.append(Left(reason, lines - first))
    often = Counter(one.copy.root for one in kept)
    several = [one for one in kept if often[one.copy.root] > 1]
    if several and kept[0].shape != "subtree":
        kept = [one for one in kept if often[one.copy.root] == 1]
        sizes = [one.copy.lines for one in several]
        left.append(Left(exclusions.SEVERAL, sum(sizes) - max(sizes)))
    return kept, left


def _clone(fragments: Sequence[Fragment]) -> Found:
    ordered = tuple(sorted(fragments, key=lambda one: (one.copy, one.pointer)))
    tokens = frozenset.intersection(*(one.tokens for one in ordered))
    every = {key for one in ordered for key in one.leaves}
    differing = every - {key for key, _ in tokens}
    pointers: dict[str, None] = {}
    left = set(differing)
    for one in ordered:
        here = left & one.leaves.keys()
        pointers.update(dict.fromkeys(one.pointers(here)))
        left -= here
    first = ordered[0]
    same = len({one.id for one in ordered}) == 1
    clone = Clone(
        first.shape,
        first.id,
        first.name if same else _names(ordered),
        first.pointer,
        tuple(one.copy for one in ordered),
        tuple(sorted(pointers)),
        len(tokens),
    )
    return Found(clone, ordered)


def narrowed(found: Found, places: Sequence[int]) -> Found | None:
    """A clone with these of its copies alone; None where they are in one directory."""
    kept = [found.fragments[at] for at in places]
    return _clone(kept) if len({one.copy.root for one in kept}) > 1 else None


def _names(fragments: Iterable[Fragment]) -> str:
    """`Deployment/web, Deployment/api` of renamed copies; at most two are named."""
    names = list(dict.fromkeys(one.name for one in fragments))
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return ", ".join(names[:2]) + more


def _placed(one: Fragment, texts: Mapping[str, Text]) -> Fragment:
    """A part of a document with the place of that part."""
    text = texts.get(one.copy.span.path)
    if text is None:
        return one
    for document in text.documents:
        if text.span(document).start == one.copy.span.start:
            node = yamltext.at(document, one.pointer)
            if node is not None:
                return replace(one, copy=_part(text, one.copy.root, text.span(node)))
    return one


def _part(text: Text, root: str, span: Span) -> Copy:
    kept = text.data[span.start : span.end].rstrip()
    end = span.start + len(kept)
    return Copy(root, Span(span.path, span.line, span.column, span.start, end),
                kept.count(b"\n") + 1)  # fmt: skip

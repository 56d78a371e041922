"""Fragments → groups that have most of their leaves in common. Exact joins; no sampling, no hashes.

Inside a bucket of what is the same thing no threshold is needed: a small document with one change
has little in common by numbers, and is a copy all the same.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from analyzer.fragments import Fragment

COMMON = 0.5  # of the leaves of a copy that all copies share
ALIKE = 0.8  # Jaccard, of renamed copies
_MANY = 200  # of one bucket that are compared each with each

Token = tuple[str, str]
Tokens = Callable[[Fragment], frozenset[Token]]


def plain(one: Fragment) -> frozenset[Token]:
    return one.tokens


def unnamed(one: Fragment) -> frozenset[Token]:
    return one.unnamed


def groups(bucket: Sequence[Fragment], tokens: Tokens, share: float) -> Iterator[list[Fragment]]:
    """Groups of two or more, each of which shares so much; the largest first. Order is kept."""
    left = _by_content(bucket, tokens)
    while len(left) > 1 or (left and len(left[0]) > 1):
        found = _around(left, tokens, share)
        chosen = {id(kind) for kind in found}
        if sum(map(len, found)) > 1:
            place = {id(one): at for at, one in enumerate(bucket)}
            yield sorted((one for kind in found for one in kind), key=lambda one: place[id(one)])
        left = [kind for kind in left if id(kind) not in chosen]


def _by_content(bucket: Sequence[Fragment], tokens: Tokens) -> list[list[Fragment]]:
    """Equal ones together, the most frequent first."""
    same: dict[frozenset[Token], list[Fragment]] = defaultdict(list)
    for one in bucket:
        same[tokens(one)].append(one)
    return sorted(same.values(), key=len, reverse=True)


def _around(kinds: list[list[Fragment]], tokens: Tokens, share: float) -> list[list[Fragment]]:
    """The one that is nearest to the others, with all that stay together with it."""
    sets = [tokens(kind[0]) for kind in kinds]
    asked = range(len(kinds)) if len(kinds) <= _MANY else range(1)

    def near(at: int) -> list[int]:
        return [i for i, other in enumerate(sets) if _shared(sets[at], other) >= share]

    def nearness(at: int) -> tuple[int, int, int]:
        here = near(at)
        return sum(len(kinds[i]) for i in here), sum(len(sets[at] & sets[i]) for i in here), -at

    best = max(asked, key=nearness)
    chosen = near(best)
    while len(chosen) > 1:
        common = frozenset.intersection(*(sets[i] for i in chosen))
        least = min(chosen, key=lambda i: (len(common) / max(1, len(sets[i])), -i))
        if len(common) >= share * max(len(sets[i]) for i in chosen):
            break
        farthest = min((i for i in chosen if i != best), default=least,
                       key=lambda i: (_shared(sets[best], sets[i]), -i))  # fmt: skip
        chosen.remove(farthest)
    return [kinds[i] for i in chosen]


def _shared(a: frozenset[Token], b: frozenset[Token]) -> float:
    """Of the larger one's leaves."""
    return len(a & b) / max(1, len(a), len(b))


# renamed copies ----------------------------------------------------------------------------------


def joined(found: Iterable[Fragment]) -> Iterator[list[Fragment]]:
    """Fragments of which each is like another of the same variant: a prefix-filter join.

    Two sets that are so alike have a token in common among their rarest, so only those that have
    are compared; nothing is missed.
    """
    variants: dict[tuple[str, str], list[Fragment]] = defaultdict(list)
    for one in found:
        variants[one.shape, one.variant].append(one)
    for listed in variants.values():
        if len(listed) > 1:
            yield from _connected(listed)


def _connected(listed: list[Fragment]) -> Iterator[list[Fragment]]:
    parent = list(range(len(listed)))

    def top(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    for a, b in _pairs([one.unnamed for one in listed]):
        parent[max(top(a), top(b))] = min(top(a), top(b))
    together: dict[int, list[Fragment]] = defaultdict(list)
    for at, one in enumerate(listed):
        together[top(at)].append(one)
    yield from (group for group in together.values() if len(group) > 1)


def _pairs(sets: list[frozenset[Token]]) -> Iterator[tuple[int, int]]:
    frequency = Counter(token for tokens in sets for token in tokens)
    ordered = sorted(range(len(sets)), key=lambda at: (len(sets[at]), at))
    index: dict[Token, list[int]] = defaultdict(list)
    for at in ordered:
        tokens = sorted(sets[at], key=lambda token: (frequency[token], token))
        size = len(tokens)
        prefix = tokens[: size - math.ceil(ALIKE * size) + 1]
        candidates = {other for token in prefix for other in index[token]}
        for other in sorted(candidates):
            if len(sets[other]) >= ALIKE * size:
                both = len(sets[at] & sets[other])
                if both >= ALIKE * (size + len(sets[other]) - both):
                    yield other, at
        for token in prefix:
            index[token].append(at)

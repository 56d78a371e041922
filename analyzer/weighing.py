"""Clones → the lines that extracting them would save, before anybody has written a proposal.

One copy moves to a base (or kustomize Component) as it is; the others keep what differs as patches.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from analyzer.candidates import Terms
from analyzer.clones import Found
from analyzer.fragments import Fragment

LEAST = 8  # lines that make a proposal worth reading
_BASE = 3  # lines of a kustomization file before its lists
_PATCH = 5  # of a patch before its first field: what it patches, and the entry that lists it
_RENAME = 4  # of a JSON patch that gives a copy its name back
_MERGED = 3  # of a generator that adds to another, before what it adds
_ENTRY = ("image", "replicas", "namespace")


def score(terms: Terms) -> float:
    """log(1 + net lines) + 1.5 · log(1 + commits) + log(copies)."""
    return sum(parts(terms))


def parts(terms: Terms) -> tuple[float, float, float]:
    """The three terms of the score: lines, commits, copies."""
    commits = terms.commits or 0
    lines = max(0, terms.lines)
    return math.log(1 + lines), 1.5 * math.log(1 + commits), math.log(max(1, terms.copies))


def net(found: Sequence[Found]) -> int:
    """Lines saved by what the same directories hold, with what the new files take taken off."""
    roots = len({copy.root for one in found for copy in one.clone.copies})
    files = {
        copy.span.path: copy.root
        for one in found
        if one.clone.shape == "document"
        for copy in one.clone.copies
    }
    lines = sum(map(saved, found))
    if files:  # a base: a line for it in each directory, and one for each file no more
        return lines + len(files) - len(files) // max(1, roots) - _BASE - roots
    return lines - _BASE - 2 * roots


def saved(found: Found) -> int:
    base = min(found.fragments, key=lambda one: _cost_of_all(one, found.fragments))
    lines = sum(one.copy.lines for one in found.fragments)
    return lines - base.copy.lines - _cost_of_all(base, found.fragments)


def _cost_of_all(base: Fragment, fragments: Iterable[Fragment]) -> int:
    return sum(_cost(base, one) for one in fragments if one is not base)


def _cost(base: Fragment, one: Fragment) -> int:
    """Lines an overlay needs to make a copy out of the base."""
    apart = {key for key, _ in base.tokens ^ one.tokens}
    if not apart:
        return 0
    if one.shape == "generator":  # a key of a ConfigMap is replaced whole
        return one.copy.lines
    if one.shape == "entry":
        return min(one.copy.lines, _MERGED + len(apart))
    named = 0
    if one.shape == "document" and one.name != base.name:
        named = _RENAME
    cheap = {key for key in apart if key.rpartition("/")[2] in _ENTRY}
    rest = apart - cheap - {"/metadata/name", "/metadata/namespace"}
    return named + 2 * len(cheap) + (_PATCH + _lines(rest, one) if rest else 0)


def _lines(keys: Iterable[str], one: Fragment) -> int:
    """A line for every step on the way to a leaf, and those of long texts."""
    steps: set[str] = set()
    more = 0
    for key in keys:
        more += one.leaves.get(key, "").count("\n")
        while key:
            steps.add(key)
            key = key.rpartition("/")[0]
    return len(steps) + more

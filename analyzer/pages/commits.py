"""Commits → those that touched a component last, as its page lists them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from analyzer.layout import Layout
from analyzer.pages.site import Site, own_roots
from analyzer.units import Component

_LAST = 8  # commits a component's page lists
_WHERE = 4  # environments or directories a line names


@dataclass(frozen=True, slots=True)
class Last:
    """The newest commits, each (day, id, subject, author, where); how many more there are, and why
    more may not be known.
    """

    rows: tuple[tuple[str, str, str, str, list[str]], ...]
    more: int
    limit: str


Touched = Mapping[str, Mapping[int, tuple[str, ...]]]


def touched(site: Site) -> Touched:
    """Root of a component → the numbers of the commits that touched it, each with the paths."""
    roots = {root for c in site.structure.components for root in own_roots(c) if root}
    found: dict[str, dict[int, list[str]]] = {root: {} for root in roots}
    for number, touch in enumerate(site.snapshot.past.touches):
        for path in touch.blobs:
            folder = posixpath.dirname(path)
            while folder:
                if folder in found:
                    found[folder].setdefault(number, []).append(path)
                folder = posixpath.dirname(folder)
    return {root: {n: tuple(paths) for n, paths in by.items()} for root, by in found.items()}


def last(site: Site, component: Component, known: Touched) -> Last:
    """The newest commits that touched the directories of a component."""
    paths: dict[int, set[str]] = {}
    for root in own_roots(component):
        for number, some in known.get(root, {}).items():
            paths.setdefault(number, set()).update(some)
    found = [(site.snapshot.past.touches[n], paths[n]) for n in sorted(paths, reverse=True)]
    rows = tuple(
        (
            touch.commit.date[:10],
            touch.commit.id[:8],
            site.said(touch.commit.subject),
            touch.commit.author,
            list(dict.fromkeys(_where(site.snapshot.layout, here)))[:_WHERE],
        )
        for touch, here in found[:_LAST]
    )
    return Last(rows, max(0, len(found) - _LAST), site.snapshot.past.limit)


def _where(layout: Layout, paths: Iterable[str]) -> Iterator[str]:
    """The environments that these files of a component are in; "base" for its base."""
    for folder in dict.fromkeys(path.rpartition("/")[0] for path in sorted(paths)):
        placement = layout.place(folder)
        yield from placement.environments or (("base",) if placement.base else ())

"""Commits → those that touched a component last, as its page lists them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.history import Touch
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


def last(site: Site, component: Component) -> Last:
    """The newest commits that touched the directories of a component."""
    folders = tuple(f"{root}/" for root in own_roots(component) if root)
    found = [t for t in reversed(site.snapshot.past.touches)
             if any(path.startswith(folders) for path in t.blobs)] if folders else []  # fmt: skip
    rows = tuple(
        (
            touch.commit.date[:10],
            touch.commit.id[:8],
            site.said(touch.commit.subject),
            touch.commit.author,
            list(dict.fromkeys(_where(site.snapshot.layout, touch, folders)))[:_WHERE],
        )
        for touch in found[:_LAST]
    )
    return Last(rows, max(0, len(found) - _LAST), site.snapshot.past.limit)


def _where(layout: Layout, touch: Touch, folders: tuple[str, ...]) -> Iterator[str]:
    """The environments whose files of a component a commit touched; "base" for its base."""
    for path in sorted(touch.blobs):
        if path.startswith(folders):
            placement = layout.place(path.rpartition("/")[0])
            yield from placement.environments or (("base",) if placement.base else ())

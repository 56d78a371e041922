"""Snapshot → Markdown pages. PAGES is the registry: a row is a tab of the site."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from analyzer import templating
from analyzer.drawing import Diagram
from analyzer.pages import components, diagrams, downloads, environments, overview, reports
from analyzer.pages.figures import to_draw
from analyzer.pages.site import Page, Site, make

Drawn = Mapping[str, tuple[Diagram, ...]]
Renderer = Callable[[tuple[str, ...]], Mapping[str, str | None]]

PAGES: tuple[tuple[str, Callable[[Site, Drawn], Iterator[Page]]], ...] = (
    ("Overview", overview.page),
    ("Environments", environments.page),
    ("Components", components.page),
    ("Diagrams", diagrams.page),
    ("Reports", reports.page),
)

_UP = re.compile(r'(<a (?:[^<>]* )?href=")\.\./')
_ENTITIES = {ord("–"): "&ndash;", ord("→"): "&rarr;", ord("…"): "&hellip;"}
_SEARCHED = 500  # pages up to which every page is in the search index

__all__ = ["PAGES", "Book", "Page", "Site", "book", "make"]


@dataclass(frozen=True, slots=True)
class Book:
    """All pages of a site, in the order of the navigation, and the files beside them."""

    title: str
    pages: tuple[Page, ...]
    assets: Mapping[str, bytes]

    def files(self, rewritten: bool = False) -> dict[str, bytes]:
        """Every file by its path below the output directory.

        `rewritten`: links in raw HTML are rewritten later, as they are in Markdown.
        """
        texts = {
            page.path: (_from_source(page) if rewritten else page.text).encode()
            for page in self.pages
        }
        return {**texts, **{f"assets/{name}": data for name, data in self.assets.items()}}


def _from_source(page: Page) -> str:
    """With links in raw HTML as seen from the file: a page that is no index is a directory deeper.

    Links of pictures stay: `xlink:href` is nothing that Zensical knows.
    """
    if page.path.rpartition("/")[2] == "index.md":
        return page.text
    return _UP.sub(r"\1", page.text)


def book(site: Site, draw: Renderer) -> Book:
    """Write every page down; `draw` turns DOT texts into SVG, or None where that fails."""
    drawn = diagrams.of_page(site)
    site = replace(site, pictures=draw(to_draw(drawn)))
    found = tuple(page for _, pages in PAGES for page in pages(site, drawn))
    many = len(found) > _SEARCHED
    assets = {**templating.assets(), **downloads.files(site, drawn)}
    return Book(site.title, tuple(_finished(page, many) for page in found), assets)


def _finished(page: Page, many: bool) -> Page:
    """With its front matter, and never two blank lines in a row."""
    lines = [f"hide: [{', '.join(page.hide)}]"] if page.hide else []
    search = "exclude: true" if many and page.leaf else f"boost: {page.boost}" if page.boost else ""
    lines += [f"search: {{{search}}}"] if search else []
    front = "\n".join(("---", *lines, "---", "", "")) if lines else ""
    text = re.sub(r"\n{3,}", "\n\n", page.text.strip())
    text = _narrow(text) if many else text
    return replace(page, text=f"{front}{text}\n")


def _narrow(text: str) -> str:
    """Without the wide characters that are ours.

    MkDocs holds every page twice until its end, and Python two bytes for each character of a text
    that has one beyond Latin-1. Between backticks an entity would be text.
    """
    return text if "`" in text else text.translate(_ENTITIES)

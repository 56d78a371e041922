"""Many components → a page for each category; a list elsewhere has a row for each of these."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analyzer import templating
from analyzer.analyses.coverage import STATES, Covered, Row
from analyzer.document import counted
from analyzer.findings import Severity
from analyzer.pages import cells
from analyzer.pages.site import Page, Site, own_roots
from analyzer.units import Component

Line = Mapping[str, object]
_ROWS = 400  # components on one page of a category
_TABLE = "categories.md.j2"


@dataclass(frozen=True, slots=True)
class Category:
    """A row of a list: a category, how many components, and what each column says of them."""

    name: str
    url: str
    components: int
    cells: tuple[str, ...]


def page(site: Site, lines: Mapping[str, Sequence[Line]]) -> Iterator[Page]:
    """A page for each category, of very many components several; `lines` are rows of the matrix."""
    for name, first in site.categories.items():
        parts = [lines[name][at : at + _ROWS] for at in range(0, len(lines[name]), _ROWS)]
        paths = [first, *(f"{first.removesuffix('.md')}-{n}.md" for n in range(2, len(parts) + 1))]
        for number, (at, part) in enumerate(zip(paths, parts, strict=True), 1):
            text = templating.render(
                "category.md.j2",
                name=called(name),
                count=counted(len(lines[name]), "component"),
                environments=[(e, site.url(at, site.environment_page(e)))
                              for e in site.environments],
                categories=[("", part)],
                legend=cells.legend(),
                index=site.link(at, "components/index.md"),
                pages=[(str(n), site.link(at, path)) for n, path in enumerate(paths, 1)],
                number=number,
            )  # fmt: skip
            yield Page(at, called(name), "Components", text, hide=("toc",), listed=number == 1,
                       boost=6)  # fmt: skip


def called(category: str) -> str:
    """A category as a reader knows it."""
    return category or "without a category"


def table(site: Site, at: str, columns: Iterable[str], said: Mapping[str, Sequence[str]]) -> str:
    """A row for each category, with a link to its page: what `said` has in each column. HTML."""
    counts = Counter(component.name.category for component in site.structure.components)
    rows = [
        Category(called(name), site.url(at, page), counts[name], tuple(said[name]))
        for name, page in site.categories.items()
        if name in said
    ]
    return templating.render(_TABLE, rows=rows, columns=tuple(columns)).strip()


def by_environment(site: Site, at: str) -> str:
    """How each environment holds the components of a category: states, counted."""
    covered = _grouped(site.coverage.components)
    said = {
        name: [states(row for one in found for row in one.at(e)) for e in site.environments]
        for name, found in covered.items()
    }
    return table(site, at, site.environments, said)


def states(rows: Iterable[Row]) -> str:
    """Components by state, each once in each state it has there. HTML."""
    held: dict[str, set[object]] = {}
    for row in rows:
        held.setdefault(row.state, set()).add(row.root if row.root is not None else id(row))
    return "<br>".join(f"{len(held[s])} {cells.state(s)}" for s in STATES if s in held) or "–"


def in_environment(site: Site, environment: str, at: str) -> str:
    """The categories of one environment: how many components by state."""
    said: dict[str, list[str]] = {}
    for name, found in _grouped(site.coverage.components).items():
        there = [[row for row in one.at(environment) if row.state != "missing"] for one in found]
        held = [rows for rows in there if rows]
        if held:
            said[name] = [str(len(held)), states(row for rows in held for row in rows)]
    return table(site, at, ("Here", "States"), said)


def alone(site: Site, at: str) -> str:
    """The categories of a tree without environments."""
    return table(site, at, (), dict.fromkeys(site.categories, ()))


def with_findings(site: Site, at: str) -> str:
    """The list of all components, by category: bases, and what was found."""
    groups: dict[str, list[Component]] = {}
    for component in site.structure.components:
        groups.setdefault(component.name.category, []).append(component)
    said = {name: _found(site, found) for name, found in groups.items()}
    return table(site, at, ("With a base", "Errors", "Warnings"), said)


def _found(site: Site, components: Iterable[Component]) -> list[str]:
    listed = tuple(components)
    found = {f for c in listed for f in site.about(own_roots(c))}
    counts = Counter(f.severity for f in found)
    return [str(sum(bool(c.bases) for c in listed) or "–"),
            *(str(counts[s] or "–") for s in (Severity.ERROR, Severity.WARNING))]  # fmt: skip


def _grouped(components: Iterable[Covered]) -> dict[str, list[Covered]]:
    groups: dict[str, list[Covered]] = {}
    for one in components:
        groups.setdefault(one.name.category, []).append(one)
    return groups

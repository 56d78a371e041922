"""The first page: what runs where in which version, and what is broken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analyzer import templating
from analyzer.analyses.duplication import Duplication
from analyzer.analyses.promotion import Promotion
from analyzer.document import by_rule
from analyzer.drawing import Diagram
from analyzer.findings import Severity
from analyzer.pages import categories, cells
from analyzer.pages.cards import anchor_of, cards, report_of
from analyzer.pages.figures import figures
from analyzer.pages.site import Page, Site
from analyzer.units import Component

PATH = "index.md"
_REPORT = "reports/configuration.md"
_WIDE = 3  # environments beside which a table of contents has room
_WORST = 12  # errors shown on the first page


@dataclass(frozen=True, slots=True)
class Tile:
    """A number, what it counts, and where there is more about it."""

    number: int
    what: str
    url: str
    tone: str = ""


def page(site: Site, drawn: Mapping[str, tuple[Diagram, ...]]) -> Iterator[Page]:
    """The overview."""
    errors = [f for f in site.findings if f.severity is Severity.ERROR]
    text = templating.render(
        "overview.md.j2",
        title=site.title,
        tiles=tiles(site),
        broken=cards(site, errors, PATH, _WORST),
        rules=_rules(site),
        environments=[(e, site.url(PATH, site.environment_page(e))) for e in site.environments],
        categories=[] if site.categories else by_category(site, PATH),
        joined=_joined(site),
        legend=cells.legend(),
        layout=site.structure.layout,
        rendered=any(root.renders for root in site.structure.roots),
        figures=figures(site, drawn[PATH]),
    )
    yield Page(PATH, "Overview", "Overview", text, hide=_hidden(site))


def _joined(site: Site) -> str:
    """Where components are many, a row for each category."""
    if not site.categories:
        return ""
    if not site.environments:
        return categories.alone(site, PATH)
    return categories.by_environment(site, PATH)


def _hidden(site: Site) -> tuple[str, ...]:
    """Sidebars the matrix needs the room of."""
    return ("navigation", "toc") if len(site.environments) > _WIDE else ("navigation",)


def tiles(site: Site) -> tuple[Tile, ...]:
    """The numbers of the first ten seconds, each a link."""
    roots = site.structure.roots
    failed = sum(root.renders == "failed" and root.kind != "Component" for root in roots)
    found = [
        _tile(site, len(site.environments), "environment", "environments/index.md"),
        _tile(site, len(site.structure.components), "component", "components/index.md"),
        _tile(site, len(roots), "kustomization", "reports/structure.md"),
    ]
    if any(root.renders for root in roots):
        url = site.url(PATH, "reports/structure.md")
        what = "does not build" if failed == 1 else "do not build"
        found.append(Tile(failed, what, url, "error" if failed else ""))
    promotion: Promotion = site.reports["promotion"]
    if promotion.rendered and promotion.steps:
        lagging = {lag.name for step in promotion.steps for lag in step.lags
                   if lag.state in ("behind", "diverged")}  # fmt: skip
        url = site.url(PATH, "reports/promotion.md")
        what = "lags behind" if len(lagging) == 1 else "lag behind"
        found.append(Tile(len(lagging), what, url))
    repeated: Duplication = site.reports["duplication"]
    count = sum(one.recommended for one in repeated.repeated.candidates)
    found.append(Tile(count, "to extract", site.url(PATH, "reports/duplication.md")))
    for severity in (Severity.ERROR, Severity.WARNING):
        count = sum(f.severity is severity for f in site.findings)
        found.append(_tile(site, count, severity.value, _REPORT, severity.value if count else ""))
    return tuple(found)


def _tile(site: Site, count: int, what: str, page: str, tone: str = "") -> Tile:
    return Tile(count, what + ("" if count == 1 else "s"), site.url(PATH, page), tone)


def _rules(site: Site) -> list[dict[str, object]]:
    """What else was found, a line a rule."""
    return [
        {
            "severity": rule.severity.value,
            "title": rule.title,
            "count": len(found),
            "url": f"{site.url(PATH, report_of(site, rule))}#{anchor_of(rule)}",
        }
        for rule, found in by_rule(site.findings).items()
    ]


def lines(site: Site) -> dict[str, list[dict[str, object]]]:
    """The rows of each category as its own page has them."""
    return {name: by_category(site, at, name)[0][1] for name, at in site.categories.items()}


def by_category(
    site: Site, at: str, only: str | None = None
) -> list[tuple[str, list[dict[str, object]]]]:
    """The matrix: (category, its components), categories by name; cells are HTML."""
    groups: dict[str, list[dict[str, object]]] = {}
    for component in site.structure.components:
        if only is None or component.name.category == only:
            groups.setdefault(component.name.category, []).append(_line(site, component, at))
    return list(groups.items())


def _line(site: Site, component: Component, at: str) -> dict[str, object]:
    name = component.name.component
    covered = site.covered[component.name]
    differs = cells.differs(covered.rows, name)
    nowhere = not component.units
    return {
        "name": name,
        "url": site.url(at, site.component_page(component.name)),
        "cells": [
            cells.version_cell(covered.at(e), component.name, bool(component.bases), differs)
            for e in site.environments
        ],
        "alone": cells.alone(site, component) if nowhere else None,
    }

"""The first page: what is where, in which state and version, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analyzer import templating, versions
from analyzer.analyses import structure
from analyzer.analyses.coverage import Row
from analyzer.drawing import Diagram
from analyzer.findings import Severity
from analyzer.pages.figures import figures, finding_cards
from analyzer.pages.site import Page, Site, state
from analyzer.units import Component

PATH = "index.md"
_WORST = 8  # findings shown on the first page


@dataclass(frozen=True, slots=True)
class Tile:
    """A number and what it counts; a link where there is more about it."""

    number: str
    what: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """A component's line in the matrix; one cell an environment, ready as HTML."""

    name: str
    url: str
    cells: tuple[str, ...]


def page(site: Site, drawn: Mapping[str, tuple[Diagram, ...]]) -> Iterator[Page]:
    """The overview."""
    text = templating.render(
        "overview.md.j2",
        title=site.title,
        layout=structure.describe(site.structure.layout),
        tiles=tiles(site),
        environments=[
            (e, site.url(PATH, site.environment_page(e))) for e in site.structure.environments
        ],
        categories=categories(site, PATH),
        findings=finding_cards(site, site.findings[:_WORST]),
        total=len(site.findings),
        shown=min(_WORST, len(site.findings)),
        configuration=site.link(PATH, "reports/configuration.md"),
        figures=figures(site, drawn[PATH]),
    )
    yield Page(PATH, "Overview", "Overview", text)


def tiles(site: Site) -> tuple[Tile, ...]:
    """The numbers of the first ten seconds, each a link."""

    def to(page: str) -> str:
        return site.url(PATH, page)

    roots = site.structure.roots
    rendered = [root for root in roots if root.renders is not None]
    failed = sum(root.renders == "failed" and root.kind != "Component" for root in rendered)
    found = [
        Tile(str(len(site.structure.environments)), "environments", to("environments/index.md")),
        Tile(str(len(site.structure.components)), "components", to("components/index.md")),
        Tile(str(len(roots)), "kustomizations", to("reports/structure.md")),
    ]
    if rendered:
        found.append(
            Tile(
                f"{len(rendered) - failed}/{len(rendered)}",
                "rendered roots build",
                to("reports/structure.md"),
            )
        )
    for severity in Severity:
        count = sum(f.severity is severity for f in site.findings)
        found.append(
            Tile(
                str(count),
                severity.value + ("" if count == 1 else "s"),
                to("reports/configuration.md"),
            )
        )
    return tuple(found)


def categories(site: Site, at: str) -> tuple[tuple[str, tuple[Line, ...]], ...]:
    """The matrix: (category, lines), categories by name."""
    groups: dict[str, list[Line]] = {}
    for component in site.structure.components:
        groups.setdefault(component.name.category, []).append(_line(site, component, at))
    return tuple((category, tuple(lines)) for category, lines in groups.items())


def _line(site: Site, component: Component, at: str) -> Line:
    covered = site.covered(component.name)
    cells = tuple(
        "<br>".join(_cell(row, component.name.component) for row in covered.at(environment))
        for environment in site.structure.environments
    )
    return Line(component.name.component, site.url(at, site.component_page(component.name)), cells)


def _cell(row: Row, component: str) -> str:
    version = versions.main_version(row.versions, component)
    shown = templating.render("version.html.j2", version=version, cluster=row.cluster)
    return state(row) + shown.strip()

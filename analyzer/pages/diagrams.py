"""Every page's diagrams, and the pages of nothing but diagrams: the tree, and each environment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from analyzer import templating
from analyzer.drawing import Diagram
from analyzer.pages import downloads, drawings, reconcilers
from analyzer.pages.figures import figures
from analyzer.pages.site import Page, Site

INDEX = "diagrams/index.md"
_EDGES = 60  # up to which the first page has the picture of the whole too
_FULL = 100_000  # characters of diagrams on one page
_FEW = 30  # objects up to which the environment's own page has their diagram too


def of_page(site: Site) -> dict[str, tuple[Diagram, ...]]:
    """Every page's diagrams, by the page's path."""
    overview = drawings.overview(site, "index.md")
    rest = reconcilers.diagram(site, None, INDEX)
    found = {
        "index.md": _there(overview if overview and len(overview.edges) <= _EDGES else None),
        INDEX: _there(drawings.overview(site, INDEX), rest),
    }
    for environment in site.environments:
        page, own = site.environment_page(environment), site.diagram_page(environment)
        few = len(reconcilers.of(site, environment)) <= _FEW
        found[page] = _there(reconcilers.diagram(site, environment, page) if few else None)
        found[own] = _there(
            drawings.references(site, environment, own),
            reconcilers.diagram(site, environment, own),
        )
    for component in site.structure.components:
        page = site.component_page(component.name)
        found[page] = _there(drawings.neighbourhood(site, component, page))
    return found


def _there(*drawn: Diagram | None) -> tuple[Diagram, ...]:
    return tuple(diagram for diagram in drawn if diagram is not None)


def page(site: Site, drawn: Mapping[str, tuple[Diagram, ...]]) -> Iterator[Page]:
    """The tree as a whole, then each environment."""
    known = downloads.paths(drawn)

    def drawings_of(at: str, found: Iterable[Diagram]) -> str:
        urls = {id: site.asset(at, path) for (page, id), path in known.items() if page == at}
        return figures(site, found, files=urls)

    yield Page(
        INDEX,
        "Diagrams",
        "Diagrams",
        templating.render(
            "diagrams.md.j2",
            figures=drawings_of(INDEX, drawn[INDEX]),
            environments=[
                (
                    e,
                    site.link(INDEX, site.diagram_page(e)),
                    [d.title for d in drawn[site.diagram_page(e)]],
                )
                for e in site.environments
            ],
        ),
    )
    for environment in site.environments:
        at = site.diagram_page(environment)
        parts = _parts([drawings_of(at, [diagram]) for diagram in drawn[at]])
        paths = [at, *(f"{at.removesuffix('.md')}-part-{n}.md" for n in range(2, len(parts) + 1))]
        for number, (path, part) in enumerate(zip(paths, parts, strict=True), 1):
            text = templating.render(
                "diagram.md.j2",
                name=environment,
                page=site.link(path, site.environment_page(environment)),
                figures=part,
                pages=[(str(n), site.link(path, other)) for n, other in enumerate(paths, 1)],
                number=number,
            )
            yield Page(path, environment, "Diagrams", text, leaf=True, listed=number == 1)


def _parts(texts: list[str]) -> list[str]:
    """Diagrams one after the other, on as many pages as they need."""
    parts = [""]
    for text in texts:
        if parts[-1] and len(parts[-1]) + len(text) > _FULL:
            parts.append("")
        parts[-1] += f"\n{text}"
    return parts

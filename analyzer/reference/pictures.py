"""The example's picture as SVG files that stand alone: one for light pages, one for dark ones."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer import dot, pages
from analyzer.drawing import Diagram, finish_svg, to_dot
from analyzer.errors import AnalyzerError
from analyzer.pages import downloads
from analyzer.pages.diagrams import of_page

ENVIRONMENT, CATEGORY = "production", "applications"


def pictures(site: pages.Site) -> Iterator[tuple[str, str]]:
    """(name of the colours, SVG) of what one category of one environment builds on."""
    drawn = (diagram for found in of_page(site).values() for diagram in found)
    whole = next(diagram for diagram in drawn if diagram.id == f"references-{ENVIRONMENT}")
    groups = tuple(g for g in whole.groups if g.label.endswith(CATEGORY) or g.label == "shared")
    kept = {id for group in groups for id in group.nodes}
    diagram = Diagram(
        "platform",
        f"What {ENVIRONMENT}'s {CATEGORY} build on",
        tuple(node for node in whole.nodes if node.id in kept),
        tuple(edge for edge in whole.edges if {edge.tail, edge.head} <= kept),
        groups,
    )
    svg = finish_svg(str(dot.render((to_dot(diagram),))[0]), diagram)
    if svg is None:
        raise AnalyzerError("graphviz-pure draws nothing; reinstall it")
    for name in downloads.SCHEMES:
        yield name, downloads.themed(svg, name)

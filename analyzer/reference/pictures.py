"""The example's picture as SVG files that stand alone: one for light pages, one for dark ones."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer import dot, pages, templating
from analyzer.drawing import Diagram, finish_svg, to_dot
from analyzer.errors import AnalyzerError
from analyzer.pages.diagrams import of_page

ENVIRONMENT, CATEGORY = "production", "applications"
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_OURS = re.compile(r":root|\[data-md-color-scheme|\.gp-(?:diagram|node|edge|group)\b")
_COLOURS = ("--md-default-fg-color", "--md-default-fg-color--light",
            "--md-default-fg-color--lightest", "--md-default-bg-color")  # fmt: skip
_SCHEMES = {
    "light": ("default", "#1f2328", "#59636e", "#d1d9e0", "#ffffff"),
    "dark": ("slate", "#e6edf3", "#9198a1", "#3d444d", "#161b22"),
}


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
    for name, (scheme, *colours) in _SCHEMES.items():
        style = ";".join(f"{of}:{colour}" for of, colour in zip(_COLOURS, colours, strict=True))
        head = f'<svg data-md-color-scheme="{scheme}" style="{style}" '
        themed = svg.replace("<svg ", head, 1).replace("<g ", f"<style>{_style()}</style>\n<g ", 1)
        yield name, themed + "\n"


def _style() -> str:
    """What the site's style sheet says about diagrams."""
    sheet = re.sub(r"/\*.*?\*/", "", templating.assets()["groundplan.css"].decode(), flags=re.S)
    rules = ((selector.strip(), " ".join(body.split())) for selector, body in _RULE.findall(sheet))
    return "\n".join(f"{selector}{{{body}}}" for selector, body in rules if _OURS.match(selector))

"""A renderer's SVG → inline SVG of our own: an allow-list, with titles, links and classes added.

Nothing is kept because it was there. Shapes come from the renderer, everything a reader sees or
follows comes from the diagram, colours come from the page's style sheet (`currentColor` without).
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from html import escape as quoted

from analyzer.drawing.facts import facts, legend
from analyzer.drawing.kinds import EDGE_KINDS, NODE_KINDS
from analyzer.drawing.values import Diagram, line, link

_SVG = "{http://www.w3.org/2000/svg}"
_PROLOG = re.compile(  # what Graphviz itself writes; any other declaration is refused
    r'\s*(<\?xml [^<>]*\?>)?\s*(<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1\.[01]//EN"\s+'
    r'"http://www\.w3\.org/[A-Za-z0-9./-]+">)?'
)
_DECLARATION = re.compile(r"<!(?!--)|<\?")
_NUMBERS = re.compile(r"[0-9eEMLCSQTAHVZmlcsqtahvz ,.+-]*")
_TRANSFORM = re.compile(r"((scale|rotate|translate)\([0-9 ,.-]+\) ?)+")
_GEOMETRY = {
    "path": ("d",), "polygon": ("points",), "polyline": ("points",),
    "ellipse": ("cx", "cy", "rx", "ry"), "circle": ("cx", "cy", "r"), "text": ("x", "y"),
}  # fmt: skip
_STROKE = ("stroke-width", "stroke-dasharray")


def finish_svg(raw_svg: str, diagram: Diagram) -> str | None:
    """Inline SVG without a blank line, or None where `raw_svg` is no harmless, well-formed SVG.

    `raw_svg` is what a renderer made of `to_dot(diagram)`. Every id begins with the diagram's
    anchor; a node carries its own id in `data-gp-node` and the numbers of its places in
    `data-gp-in`, an edge its ends' ids in `data-gp-ends`.
    """
    root = _parse(raw_svg)
    graph = None if root is None else root.find(f"{_SVG}g")
    if root is None or graph is None:
        return None
    drawn = {group.get("id", ""): group for group in graph.iter(f"{_SVG}g")}
    transform = graph.get("transform", "")
    anchor, box = diagram.anchor, root.get("viewBox", "")
    width = f"{float(box.split()[2]):g}"  # the natural size, for pages without our style sheet
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        f' id="{anchor}" class="gp-diagram" viewBox="{box}" width="{width}" role="img"'
        f' aria-labelledby="{anchor}-title {anchor}-desc" font-family="Helvetica, Arial, '
        f'&quot;Liberation Sans&quot;, sans-serif">',
        f'<title id="{anchor}-title">{_text(diagram.title) or "Diagram"}</title>',
        f'<desc id="{anchor}-desc">{_text(_description(diagram))}</desc>',
        f'<g transform="{transform}">' if _TRANSFORM.fullmatch(transform) else "<g>",
        *_groups(diagram, drawn), *_edges(diagram, drawn), *_nodes(diagram, drawn),
        "</g>", "</svg>",
    ]  # fmt: skip
    return "\n".join(lines)


def _parse(raw_svg: str) -> ET.Element | None:
    prolog = _PROLOG.match(raw_svg)
    body = raw_svg[prolog.end() if prolog else 0 :]
    if _DECLARATION.search(body):  # no DTD, entity, CDATA section or instruction is ever needed
        return None
    try:
        root = ET.fromstring(body)
    except (ET.ParseError, ValueError):
        return None
    sized = re.fullmatch(r"(-?[0-9]+(\.[0-9]+)? ?){4}", root.get("viewBox", ""))
    return root if root.tag == f"{_SVG}svg" and sized else None


def _groups(diagram: Diagram, drawn: dict[str, ET.Element]) -> Iterator[str]:
    for index, group in enumerate(diagram.groups):
        if f"g{index}" in drawn:
            shapes, texts = _marks(drawn[f"g{index}"], first="gp-shape")
            yield f'<g id="{diagram.anchor}-g{index}" class="gp-group">'
            yield f"<title>{_text(group.label) or '…'}</title>"
            yield from shapes
            yield from _linked(group.href, texts)
            yield "</g>"


def _edges(diagram: Diagram, drawn: dict[str, ET.Element]) -> Iterator[str]:
    anchor = diagram.anchor
    numbers = {node.id: index for index, node in enumerate(diagram.nodes)}
    names = {node.id: node.name for node in diagram.nodes}
    for index, edge in enumerate(diagram.edges):
        if f"e{index}" in drawn:
            shapes, texts = _marks(drawn[f"e{index}"])
            said = f"{names[edge.tail]} {EDGE_KINDS[edge.kind].verb} {names[edge.head]}"
            said = edge.title or (f"{said}: {edge.label}" if edge.label else said)
            yield (f'<g id="{anchor}-e{index}" class="gp-edge gp-edge--{edge.kind}" data-gp-ends='
                   f'"{anchor}-n{numbers[edge.tail]} {anchor}-n{numbers[edge.head]}">')  # fmt: skip
            yield f"<title>{_text(said)}</title>"
            yield from (*shapes, *texts)
            yield "</g>"


def _nodes(diagram: Diagram, drawn: dict[str, ET.Element]) -> Iterator[str]:
    places = diagram.places
    for index, node in enumerate(diagram.nodes):
        if f"n{index}" in drawn:
            shapes, texts = _marks(drawn[f"n{index}"], first="gp-shape")
            said = f"{NODE_KINDS[node.kind].name}: {node.title or node.name}"
            inside = " ".join(str(places.index(place)) for place in node.places)
            inside = f' data-gp-in="{inside}"' if inside else ""
            yield (f'<g id="{diagram.anchor}-n{index}" class="gp-node gp-node--{node.kind}"'
                   f' data-gp-node="{_text(node.id)}"{inside}>')  # fmt: skip
            yield f"<title>{_text(said)}</title>"
            yield from _linked(node.href, [*shapes, *texts])
            yield "</g>"


def _linked(href: str | None, marks: list[str]) -> Iterator[str]:
    """Marks as a link. Not in the tab order: an image has none, and the rows below have them."""
    address = link(href)
    if address is None:
        yield from marks
    else:
        yield f'<a xlink:href="{quoted(address)}" tabindex="-1">'
        yield from marks
        yield "</a>"


def _marks(group: ET.Element, first: str = "") -> tuple[list[str], list[str]]:
    """The shapes and the lines of text in a group; `first` is the class of its first shape."""
    shapes: list[str] = []
    texts: list[str] = []
    for element in group.iter():
        tag = element.tag.removeprefix(_SVG)
        values = {name: element.get(name, "") for name in _GEOMETRY.get(tag, ())}
        if not values or not all(_NUMBERS.fullmatch(value) for value in values.values()):
            continue
        geometry = "".join(f' {name}="{value}"' for name, value in values.items())
        if tag == "text":
            small = ' class="gp-sublabel" font-size="10"' if texts and first else (
                f' class="gp-label" font-size="{_number(element, "font-size", "12")}"')  # fmt: skip
            where = element.get("text-anchor", "start")
            where = where if where in ("start", "middle", "end") else "start"
            texts.append(f'<text{small}{geometry} text-anchor="{where}" fill="currentColor">'
                         f"{_text(''.join(element.itertext()))}</text>")  # fmt: skip
        else:
            shapes.append(f"<{tag}{_paint(element, '' if shapes else first)}{geometry}/>")
    return shapes, texts


def _paint(element: ET.Element, css_class: str) -> str:
    """Colours as the text has them; an arrowhead stays filled, everything else stays open."""
    filled = element.get("fill", "none") not in ("none", "transparent", "white")
    drawn = element.get("stroke", "none") not in ("none", "transparent")
    values = {"class": css_class, "fill": "currentColor" if filled else "none",
              "stroke": "currentColor" if drawn else "none",
              **{name: _number(element, name, "") for name in _STROKE}}  # fmt: skip
    return "".join(f' {name}="{value}"' for name, value in values.items() if value)


def _number(element: ET.Element, name: str, default: str) -> str:
    value = element.get(name, default)
    return value.removesuffix(".00") if re.fullmatch(r"[0-9., ]+", value) else default


def _description(diagram: Diagram) -> str:
    kinds = {node.kind for node in diagram.nodes}
    counts = [f"{key.name}: {sum(node.kind == key.kind for node in diagram.nodes)}"
              for key in legend(diagram)[: len(kinds - {'more'})]]  # fmt: skip
    connections = sum(1 for fact in facts(diagram) if fact.head)
    return f"{', '.join(counts)}. Connections: {connections}. The same facts follow as a list."


def _text(text: str) -> str:
    return quoted(line(text))

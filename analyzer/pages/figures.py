"""Diagrams → the HTML they stand as in a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from analyzer import templating
from analyzer.drawing import Diagram, facts, finish_svg, legend, split, to_dot
from analyzer.pages.site import Site

Drawn = Mapping[str, tuple[Diagram, ...]]


def pieces(drawn: Iterable[Diagram]) -> tuple[Diagram, ...]:
    """What is really drawn: each diagram, or the parts it is too large for one picture in."""
    return tuple(piece for diagram in drawn for piece in split(diagram))


def to_draw(drawn: Drawn) -> tuple[str, ...]:
    """The DOT text of every picture, each once."""
    return tuple(dict.fromkeys(to_dot(p) for ds in drawn.values() for p in pieces(ds)))


def figures(
    site: Site, drawn: Iterable[Diagram], level: int = 2, files: Mapping[str, str] | None = None
) -> str:
    """Each diagram under a heading of its own: picture, legend, and the same facts as a list.

    `files` has the address of a diagram's files without their ending, by the diagram's id.
    """
    parts = []
    for piece in pieces(drawn):
        raw = site.pictures.get(to_dot(piece))
        svg = finish_svg(raw, piece) if raw is not None else None
        svg = svg and svg.replace("{", "&#123;")  # a label is no template for a MkDocs plugin
        parts.append(
            templating.render(
                "figure.md.j2",
                level=level,
                diagram=piece,
                svg=svg,
                keys=legend(piece),
                facts=facts(piece),
                file=(files or {}).get(piece.id, ""),
            )
        )
    return "\n".join(parts)

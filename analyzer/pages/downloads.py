"""Diagrams of the Diagrams pages → files that stand alone: .svg with its colours, and .dot."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from analyzer import templating
from analyzer.drawing import Diagram, finish_svg, to_dot
from analyzer.pages.figures import Drawn, pieces
from analyzer.pages.site import Site, slug, unique

_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_OURS = re.compile(r":root|\[data-md-color-scheme|\.gp-(?:diagram|node|edge|group)\b")
_COLOURS = ("--md-default-fg-color", "--md-default-fg-color--light",
            "--md-default-fg-color--lightest", "--md-default-bg-color")  # fmt: skip
SCHEMES = {
    "light": ("default", "#1f2328", "#59636e", "#d1d9e0", "#ffffff"),
    "dark": ("slate", "#e6edf3", "#9198a1", "#3d444d", "#161b22"),
}


def themed(svg: str, scheme: str) -> str:
    """An SVG of `finish_svg` with the colours of a page in it: of light or of dark ones."""
    name, *colours = SCHEMES[scheme]
    style = ";".join(f"{of}:{colour}" for of, colour in zip(_COLOURS, colours, strict=True))
    head = f'<svg data-md-color-scheme="{name}" style="{style}" '
    found = svg.replace("<svg ", head, 1).replace("<g ", f"<style>{_style()}</style>\n<g ", 1)
    return found + "\n"


def _style() -> str:
    """What the site's style sheet says about diagrams."""
    sheet = re.sub(r"/\*.*?\*/", "", templating.assets()["groundplan.css"].decode(), flags=re.S)
    rules = ((selector.strip(), " ".join(body.split())) for selector, body in _RULE.findall(sheet))
    return "\n".join(f"{selector}{{{body}}}" for selector, body in rules if _OURS.match(selector))


def paths(drawn: Drawn) -> dict[tuple[str, str], str]:
    """(page, id of a diagram) → the path of its files below the assets, without an ending."""
    found: dict[tuple[str, str], str] = {}
    taken: set[str] = set()
    for page, diagrams in drawn.items():
        if not page.startswith("diagrams/"):
            continue
        stem = posixpath.basename(page).removesuffix(".md")
        for piece in pieces(diagrams):
            name = slug(f"{'tree' if stem == 'index' else stem}-{piece.anchor}")
            found[page, piece.id] = f"diagrams/{unique(name, taken)}"
    return found


def files(site: Site, drawn: Drawn) -> dict[str, bytes]:
    """Each file by its path below the assets; where nothing draws them, no .svg."""
    known = paths(drawn)
    return dict(_files(site, known, ((at, p) for at, ds in drawn.items() for p in pieces(ds))))


def _files(
    site: Site, known: Mapping[tuple[str, str], str], found: Iterable[tuple[str, Diagram]]
) -> Iterator[tuple[str, bytes]]:
    for at, piece in found:
        path = known.get((at, piece.id))
        if path is None:
            continue
        dot = to_dot(piece)
        yield f"{path}.dot", dot.encode()
        raw = site.pictures.get(dot)
        svg = finish_svg(raw, _alone(piece)) if raw is not None else None
        if svg is not None:
            yield f"{path}.svg", themed(svg, "light").encode()


def _alone(piece: Diagram) -> Diagram:
    """Without links, which lead nowhere from a file that somebody took away."""
    return replace(
        piece,
        nodes=tuple(replace(node, href=None) for node in piece.nodes),
        groups=tuple(replace(group, href=None) for group in piece.groups),
    )

"""A report's blocks → the body of its page: tables and trees with links, findings by rule."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from analyzer import escape, templating
from analyzer.document import (
    Block,
    Branch,
    ByRule,
    Cell,
    Findings,
    Heading,
    Meant,
    Table,
    Text,
    Tree,
)
from analyzer.findings import BY_ID
from analyzer.pages import cells
from analyzer.pages.cards import anchor_of, cards, silenced
from analyzer.pages.site import Site
from analyzer.units import Name

_LONG = 320  # characters of a paragraph that stands open
_SECTION = 2  # the level of a heading that begins a section of a report
_ROWS = 120  # rows of a table one page shows
_CELL = 400  # characters of a cell
_NAMES = 2  # names in a cell before it only says how many
_PROSE = ("What it is",)  # columns of sentences, which may take several lines
_SEVERITIES = frozenset(("error", "warning", "note"))


def text(
    site: Site, at: str, blocks: Iterable[Block], command: str,
    elsewhere: Mapping[str, str] = MappingProxyType({}),
) -> str:  # fmt: skip
    """The body of a page; `command` shows what is too long for it.

    `elsewhere`: what to say below a heading instead of what the report has there.
    """
    return "\n\n".join(_block(site, at, block, command) for block in _without(blocks, elsewhere))


def _without(blocks: Iterable[Block], elsewhere: Mapping[str, str]) -> Iterator[Block]:
    skipping = False
    for block in blocks:
        if isinstance(block, Heading) and block.level <= _SECTION:
            skipping = block.text in elsewhere
            if skipping:
                yield from (block, Text(elsewhere[block.text]))
        if not skipping:
            yield block


def _block(site: Site, at: str, block: Block, command: str) -> str:
    match block:
        case Heading(heading, level):
            return f"{'#' * level} {escape.markdown(heading)}"
        case Text(paragraph):
            return _paragraph(site.said(paragraph))
        case Table():
            return table(site, at, block, command)
        case Tree(branches):
            return tree(site, at, branches)
        case Meant(found):
            return silenced(site, found)
        case Findings(found, empty) | ByRule(found, empty):
            return cards(site, found, at) or escape.markdown(empty)


def _paragraph(text: str) -> str:
    """A list of a hundred names is folded behind its first words."""
    if len(text) <= _LONG:
        return escape.prose(text)
    first = text[: text.index(" ", _LONG // 4)].rstrip(",;:")
    return (
        f'<details class="gp-facts"><summary>{escape.html(first)} …</summary>'
        f"<p>{escape.prose(text)}</p></details>"
    )


def table(site: Site, at: str, table: Table, command: str) -> str:
    """A matrix in HTML; what it says where it is empty, else."""
    if not table.rows:
        return escape.markdown(table.empty)
    grouped = table.headers[0] == "Category"
    groups: list[tuple[str, list[list[str]]]] = []
    for row in table.rows[:_ROWS]:
        shown = [_cell(site, at, *pair) for pair in zip(table.headers, row, strict=True)]
        category = row[0].text if grouped else ""
        if not groups or groups[-1][0] != category:
            groups.append((category, []))
        groups[-1][1].append(shown[grouped:])
    return templating.render(
        "table.md.j2",
        headers=table.headers[grouped:],
        groups=groups,
        prose=_PROSE,
        left=max(0, len(table.rows) - _ROWS),
        command=command,
    )


def _cell(site: Site, at: str, header: str, cell: Cell) -> str:
    shown = site.said(cell.text)
    shown = shown if len(shown) <= _CELL else f"{shown[:_CELL]}…"
    names = shown.split(", ")
    is_path = "/" in shown and " " not in shown
    body = escape.code(shown) if cell.code or is_path else escape.html(shown)
    if cell.component is not None and Name(*cell.component) in site.paths:
        return _link(site.url(at, site.component_page(Name(*cell.component))), body)
    if header == "Rule" and cell.text in BY_ID:
        return _link(f"#{anchor_of(BY_ID[cell.text])}", body)
    if set(names) <= cells.MEANING.keys() and cell.tone in (*names, "warn"):
        return " ".join(cells.state(name) for name in names)
    if cell.tone in _SEVERITIES and cell.text == cell.tone:
        return f'<span class="gp-severity gp-severity--{cell.tone}">{cell.tone}</span>'
    if len(names) > _NAMES and header not in _PROSE:
        few = cells.few(tuple(names), 1)
        return f'<span title="{escape.html(shown)}">{escape.html(few)}</span>'
    return body


def _link(url: str, body: str) -> str:
    return f'<a href="{escape.html(url)}">{body}</a>'


def tree(site: Site, at: str, branches: tuple[Branch, ...]) -> str:
    """A drawn tree as nested lists; a directory links to the page of what it holds."""
    return "\n".join(_branches(site, at, branches))


def _branches(site: Site, at: str, branches: tuple[Branch, ...]) -> Iterator[str]:
    yield '<ul class="gp-tree">'
    path = [site.snapshot.repository.subdir]
    depth = 0
    for position, branch in enumerate(branches):
        here = len(branch.lines) // 4
        if position:
            yield "<ul>" if here > depth else "</li>" + "</ul></li>" * (depth - here)
        depth = here
        if here:
            path[here:] = [posixpath.join(path[here - 1], branch.name.rstrip("/"))]
        page = site.owner(path[here])
        name = escape.html(branch.name)
        name = _link(site.url(at, page), name) if page is not None else name
        yield f"<li>{name}{_note(branch)}"
    yield "</li>" + "</ul></li>" * depth + "</ul>"


def _note(branch: Branch) -> str:
    if not branch.note:
        return ""
    tone = {"bad": "error", "warn": "warning"}.get(branch.tone)
    note = escape.html(branch.note)
    return (
        f' <span class="gp-severity gp-severity--{tone}">{note}</span>'
        if tone
        else f" <small>{note}</small>"
    )

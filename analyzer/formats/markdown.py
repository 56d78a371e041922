"""Blocks → Markdown: for a comment, a wiki, and the body of report pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from analyzer.document import (
    Block,
    ByRule,
    Cell,
    Findings,
    Heading,
    Meant,
    Table,
    Text,
    Tree,
    by_rule,
)
from analyzer.escape import code, markdown, prose, visible
from analyzer.findings import Finding, Silenced

Link = Callable[[tuple[str, str]], str | None]  # (category, component) → URL of its page
Place = Callable[
    [str, int], str
]  # (path, line) → Markdown that shows, and perhaps links, the place


def plain_place(path: str, line: int) -> str:
    return code(f"{path}:{line}")


def text(
    blocks: Iterable[Block], link: Link = lambda _: None, place: Place = plain_place, top: int = 0
) -> str:
    """The whole report, ending with a newline; `top` is added to every heading's level."""
    return "\n\n".join("\n".join(_block(b, link, place, top)) for b in blocks) + "\n"


def _block(block: Block, link: Link, place: Place, top: int) -> Iterator[str]:
    match block:
        case Heading(heading, level):
            yield f"{'#' * (level + top)} {markdown(heading)}"
        case Text(paragraph):
            yield prose(paragraph)
        case Table():
            yield from table(block, link)
        case Tree(branches):
            yield "```text"
            width = max((len(b.lines) + len(b.name) for b in branches if b.note), default=0)
            for b in branches:
                note = f"  # {b.note}" if b.note else ""
                line = f"{b.lines}{b.name}".ljust(width) if note else f"{b.lines}{b.name}"
                yield visible((line + note).replace("\n", " ")).replace("```", "'''")
            yield "```"
        case Findings():
            yield from findings(block.findings, place, block.empty)
        case ByRule():
            yield from grouped(block, place, top)
        case Meant():
            yield from silenced(block.silenced, place)


def table(table: Table, link: Link = lambda _: None) -> Iterator[str]:
    """A pipe table; `empty` where it has no rows."""
    if not table.rows:
        yield markdown(table.empty)
        return
    yield "| " + " | ".join(markdown(h) or " " for h in table.headers) + " |"
    yield "|" + " --- |" * len(table.headers)
    for row in table.rows:
        yield "| " + " | ".join(_cell(cell, link) for cell in row) + " |"


STATES = frozenset(("referenced", "partial", "copied", "own", "missing", "broken"))
SEVERITIES = frozenset(("error", "warning", "note"))


def _cell(cell: Cell, link: Link) -> str:
    body = code(cell.text) if cell.code else markdown(cell.text)
    target = link(cell.component) if cell.component else None
    if target:
        return f"[{body}]({target})"
    if cell.tone in STATES and cell.text == cell.tone:
        return f'<span class="gp-state gp-state--{cell.tone}">{body}</span>'
    if cell.tone in SEVERITIES and cell.text == cell.tone:
        return f'<span class="gp-severity gp-severity--{cell.tone}">{body}</span>'
    return body


def grouped(block: ByRule, place: Place, top: int) -> Iterator[str]:
    """A heading for each rule, why it matters and how to mend it, then a list of places."""
    groups = by_rule(block.findings)
    if not groups:
        yield markdown(block.empty)
    for number, (rule, these) in enumerate(groups.items()):
        yield from ("",) if number else ()
        yield f"{'#' * (3 + top)} {markdown(rule.title)}"
        yield ""
        yield f"{prose(rule.why)} *To mend it:* {prose(rule.mend)}"
        yield ""
        yield from findings(these, place, "")


def silenced(found: Iterable[Silenced], place: Place) -> Iterator[str]:
    """A list: place, message, rule; who says so and why below it."""
    for one in found:
        where = place(one.finding.location.path, one.finding.location.line)
        yield f"- {where} {markdown(one.finding.message)} ({code(one.finding.rule.id)})"
        yield f"    - {place(one.by.path, one.by.line)} {markdown(one.reason)}"


def findings(found: Iterable[Finding], place: Place, empty: str) -> Iterator[str]:
    """A list: severity, place, message, rule; what is related below it."""
    listed = tuple(found)
    if not listed:
        yield markdown(empty)
    for finding in listed:
        severity = finding.severity.value
        yield (
            f'- <span class="gp-severity gp-severity--{severity}">{severity}</span> '
            f"{place(finding.location.path, finding.location.line)} {markdown(finding.message)} "
            f"({code(finding.rule.id)})"
        )
        for related in finding.related[:10]:
            where = place(related.location.path, related.location.line)
            yield f"    - {where} {markdown(related.message)}"
        if len(finding.related) > 10:
            yield f"    - … and {len(finding.related) - 10} more"

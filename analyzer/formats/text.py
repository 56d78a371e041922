"""Blocks → text for a terminal: aligned, quiet, coloured only where that is wanted."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from analyzer.document import (
    Block,
    ByRule,
    Findings,
    Heading,
    Meant,
    Table,
    Text,
    Tree,
    by_rule,
    tally,
)
from analyzer.escape import terminal
from analyzer.findings import Finding, Severity, Silenced

_TONES = {
    "good": "32",
    "referenced": "32",
    "warn": "33",
    "partial": "33",
    "copied": "33",
    "bad": "31",
    "broken": "31",
    "missing": "2",
    "dim": "2",
    "own": "36",
    "error": "31",
    "warning": "33",
    "note": "36",
}
_MARKS = {Severity.ERROR: "error  ", Severity.WARNING: "warning", Severity.NOTE: "note   "}
_INDENT = 8  # of what goes on in the next line
_RELATED = 3  # other places that belong to a finding
_SHOWN = 40  # findings of one severity that are listed before the rest is counted


@dataclass(frozen=True, slots=True)
class Style:
    """How a terminal wants it: colours or not, and how many columns paragraphs may fill.

    `columns` is how many there are; None, for a file or a pipe: as many as it takes.
    """

    colour: bool = False
    width: int = 100
    columns: int | None = None
    every_finding: bool = True

    def paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and code else text


def text(blocks: Iterable[Block], style: Style) -> str:
    """The whole report, ending with a newline."""
    lines: list[str] = []
    for block in blocks:
        if lines and lines[-1] != "":
            lines.append("")
        lines.extend(_block(block, style))
    return "\n".join(lines).rstrip("\n") + "\n"


def _block(block: Block, style: Style) -> Iterator[str]:
    match block:
        case Heading(heading, level):
            yield style.paint(terminal(heading), "1;4" if level == 1 else "1")
        case Text(paragraph):
            yield from textwrap.wrap(
                terminal(paragraph), style.width, break_long_words=False, break_on_hyphens=False
            )
        case Table():
            yield from _table(block, style)
        case Tree(branches):
            names = [terminal(b.name) for b in branches]
            noted = zip(branches, names, strict=True)
            width = max((len(b.lines) + columns(n) for b, n in noted if b.note), default=0)
            for b, name in zip(branches, names, strict=True):
                pad = " " * (width - len(b.lines) - columns(name) + 2)
                note = (
                    pad + style.paint(terminal(b.note), _TONES.get(b.tone or "dim", "2"))
                    if b.note
                    else ""
                )
                yield style.paint(b.lines, "2") + style.paint(name, _TONES.get(b.tone, "")) + note
        case Findings():
            yield from findings(block.findings, style, block.empty)
        case ByRule():
            yield from grouped(block.findings, style, block.empty)
        case Meant():
            yield from silenced(block.silenced, style)


def _table(table: Table, style: Style) -> Iterator[str]:
    """Aligned columns; where they do not fit, each row goes on in a second line."""
    if not table.rows:
        yield table.empty
        return
    rows = [[terminal(cell.text) for cell in row] for row in table.rows]
    tones = [[_TONES.get(cell.tone, "") for cell in row] for row in table.rows]
    widths = [max(map(columns, column)) for column in zip(table.headers, *rows, strict=True)]
    bold = ["1"] * len(widths)
    lines = tuple(_lines(widths, style.columns))
    for row, codes in zip((table.headers, *rows), (bold, *tones), strict=True):
        for number, these in enumerate(lines):
            cells = (style.paint(row[i], codes[i]) + _pad(row[i], widths[i]) for i in these)
            if number == 0 or any(row[i] for i in these):
                yield (" " * _INDENT * (number > 0) + "  ".join(cells)).rstrip()


def _lines(widths: list[int], limit: int | None) -> Iterator[range]:
    """Which columns stand together in a line of at most so many characters."""
    first, room = 0, limit or sum(widths) * 3
    used = -2
    for i, width in enumerate(widths):
        if i > first and used + 2 + width > room:
            yield range(first, i)
            first, used = i, _INDENT - 2
        used += 2 + width
    yield range(first, len(widths))


def _pad(text: str, width: int) -> str:
    return " " * (width - columns(text))


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: East Asian characters two, marks none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def findings(found: Iterable[Finding], style: Style, empty: str = "No findings.") -> Iterator[str]:
    """`path:line` first, so that terminals and editors make it a link; then what and why."""
    listed = tuple(found)
    if not listed:
        yield style.paint(empty, "32")
        return
    for severity in Severity:
        these = [f for f in listed if f.severity is severity]
        limit = len(these) if style.every_finding else _SHOWN
        for finding in these[:limit]:
            yield from _finding(finding, style)
        if len(these) > limit:
            yield f"{' ' * 8}… and {len(these) - limit} more {severity.value}s; -f json lists all"
    yield ""
    yield style.paint(tally(listed), "1")


def _finding(finding: Finding, style: Style) -> Iterator[str]:
    """One line; what is wider than the terminal goes on below, so that no word is torn."""
    severity = finding.severity
    mark = style.paint(_MARKS[severity], _TONES[severity.value])
    place, message = terminal(str(finding.location)), terminal(finding.message)
    rule = style.paint(f"[{finding.rule.id}]", "2")
    whole = _INDENT + columns(f"{place}  {message} [{finding.rule.id}]")
    if style.columns is None or whole <= style.columns:
        yield f"{mark} {place}  {message} {rule}"
        return
    yield f"{mark} {place}"
    said = textwrap.wrap(
        f"{message} [{finding.rule.id}]",
        max(style.width, 3 * _INDENT) - _INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
    yield from (" " * _INDENT + line for line in said[:-1])
    yield " " * _INDENT + said[-1].removesuffix(f"[{finding.rule.id}]") + rule


def grouped(found: Iterable[Finding], style: Style, empty: str) -> Iterator[str]:
    """Each rule once with why it matters and how to mend it; below it a line for each place."""
    groups = by_rule(found)
    if not groups:
        yield style.paint(empty, "32")
    for number, (rule, these) in enumerate(groups.items()):
        if number:
            yield ""
        mark = style.paint(rule.severity.value, _TONES[rule.severity.value])
        times = f" ×{len(these)}" if len(these) > 1 else ""
        yield f"{mark} {style.paint(rule.title, '1')}{times} {style.paint(f'[{rule.id}]', '2')}"
        yield from _wrapped(rule.why.replace("`", ""), style, "  ", "2")
        yield from _wrapped(f"To mend it: {rule.mend.replace('`', '')}", style, "  ", "2")
        limit = len(these) if style.every_finding else _SHOWN
        for finding in these[:limit]:
            yield from _place(f"{finding.location}", finding.message, style, "    ")
            for related in finding.related[:_RELATED]:
                yield from _place(f"{related.location}", related.message, style, "      ")
            if len(finding.related) > _RELATED:
                yield f"      … and {len(finding.related) - _RELATED} more"
        if len(these) > limit:
            yield f"    … and {len(these) - limit} more; -f json lists all"


def silenced(found: Iterable[Silenced], style: Style) -> Iterator[str]:
    """A line for each place; below it who says so, and why."""
    for one in found:
        rule = style.paint(f"[{one.finding.rule.id}]", "2")
        yield f"{terminal(str(one.finding.location))}  {terminal(one.finding.message)} {rule}"
        yield from _wrapped(f"{one.by}: {one.reason}", style, "    ", "2")


def _place(where: str, message: str, style: Style, indent: str) -> Iterator[str]:
    """On one line where it fits; else the message goes below the place."""
    where, message = terminal(where), terminal(message)
    if len(indent) + len(where) + 2 + len(message) <= style.width:
        yield f"{indent}{where}  {message}"
        return
    yield f"{indent}{where}"
    yield from _wrapped(message, style, f"{indent}  ")


def _wrapped(text: str, style: Style, indent: str, code: str = "") -> Iterator[str]:
    for line in textwrap.wrap(
        terminal(text), style.width - len(indent), break_long_words=False, break_on_hyphens=False
    ):
        yield f"{indent}{style.paint(line, code)}"

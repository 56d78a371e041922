"""Blocks → text for a terminal: aligned, quiet, coloured only where that is wanted."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from analyzer.document import Block, Cell, Findings, Heading, Table, Text, Tree
from analyzer.escape import terminal
from analyzer.findings import Finding, Severity

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
_SHOWN = 40  # findings of one severity that are listed before the rest is counted


@dataclass(frozen=True, slots=True)
class Style:
    """How a terminal wants it: colours or not, and how many columns paragraphs may fill."""

    colour: bool = False
    width: int = 100
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
            width = max((len(b.lines) + len(b.name) for b in branches if b.note), default=0)
            for b in branches:
                name = terminal(b.name)
                pad = " " * (width - len(b.lines) - len(name) + 2)
                note = (
                    pad + style.paint(terminal(b.note), _TONES.get(b.tone or "dim", "2"))
                    if b.note
                    else ""
                )
                yield style.paint(b.lines, "2") + style.paint(name, _TONES.get(b.tone, "")) + note
        case Findings():
            yield from findings(block.findings, style, block.empty)


def _table(table: Table, style: Style) -> Iterator[str]:
    if not table.rows:
        yield table.empty
        return
    rows = [[terminal(cell.text) for cell in row] for row in table.rows]
    widths = [
        max(len(header), *(len(row[i]) for row in rows)) for i, header in enumerate(table.headers)
    ]
    yield style.paint(
        "  ".join(h.ljust(w) for h, w in zip(table.headers, widths, strict=True)).rstrip(), "1"
    )
    for row, cells in zip(rows, table.rows, strict=True):
        line = "  ".join(
            _padded(text, width, cell, style)
            for text, width, cell in zip(row, widths, cells, strict=True)
        )
        yield line.rstrip()


def _padded(text: str, width: int, cell: Cell, style: Style) -> str:
    return style.paint(text, _TONES.get(cell.tone, "")) + " " * (width - len(text))


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
            mark = style.paint(_MARKS[severity], _TONES[severity.value])
            rule = style.paint(f"[{finding.rule.id}]", "2")
            yield f"{mark} {terminal(str(finding.location))}  {terminal(finding.message)} {rule}"
        if len(these) > limit:
            yield f"{' ' * 8}… and {len(these) - limit} more {severity.value}s; -f json lists all"
    counts = [
        f"{n} {s.value}{'' if n == 1 else 's'}"
        for s in Severity
        if (n := sum(f.severity is s for f in listed))
    ]
    yield ""
    yield style.paint(", ".join(counts), "1")

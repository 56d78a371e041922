"""Directory trees drawn in a README → the paths they claim, each with its line.

Understood are the drawings of `tree` and of people: `├── name/  # what it is`, `|-- name`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_BRANCH = re.compile(
    r"^(?P<indent>(?:[│|]?[ \u00a0]+|[│|])*)(?:[├└]─+|[|`+]--+)[ \u00a0]*(?P<name>.+)$"
)
_COMMENT = re.compile(r"\s+(?:#|//|<-|←|—|–|-|\().*$|\s{2,}.*$")
_OPEN = ("...", "…", "*", "<", "{", "$", "[")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a drawing. `parents` are the names above it; `…` is not `known`."""

    name: str
    parents: tuple[str, ...]
    line: int
    directory: bool
    known: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """One drawn tree: what its first line calls the top (`""`: nothing), and its entries."""

    top: str
    line: int
    entries: tuple[Entry, ...]


def drawings(text: str) -> tuple[Drawing, ...]:
    """Every drawn tree in the fenced blocks of a Markdown text."""
    return tuple(drawing for block in _blocks(text) if (drawing := _drawing(block)) is not None)


def _blocks(text: str) -> Iterator[list[tuple[int, str]]]:
    fence, block = "", list[tuple[int, str]]()
    for number, line in enumerate(text.splitlines(), 1):
        match = _FENCE.match(line)
        if match and not fence:
            fence, block = match.group(1), []
        elif (
            match
            and line.strip().startswith(fence[0] * len(fence))
            and not line.strip().strip(fence[0])
        ):
            yield block
            fence = ""
        elif fence:
            block.append((number, line))


def _drawing(block: list[tuple[int, str]]) -> Drawing | None:
    found: list[Entry] = []
    above: list[tuple[int, str]] = []
    top, first = "", 0
    for number, line in block:
        match = _BRANCH.match(line)
        if match is None:
            if not found and line.strip():
                top, first = _name(line.strip()), number
            continue
        depth = len(match.group("indent"))
        name = _name(match.group("name"))
        if not name:
            continue
        while above and above[-1][0] >= depth:
            above.pop()
        known = not any(mark in name for mark in _OPEN)
        clean = name.rstrip("/")
        found.append(Entry(clean, tuple(n for _, n in above), number, name.endswith("/"), known))
        above.append((depth, clean))
    return (
        Drawing(top.rstrip("/"), first or found[0].line, tuple(found)) if len(found) > 1 else None
    )


def _name(text: str) -> str:
    return _COMMENT.sub("", text).strip().strip("`")

"""A file of YAML documents → the bytes of each, and the file without some of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from analyzer import yamltext
from analyzer.actions.errors import CannotError
from analyzer.diff import canonical
from analyzer.yamltext import Node, YamlError

_SEPARATOR = re.compile(rb"(?m)^---[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_ODD = re.compile(rb"(?m)^(?:%|\.\.\.|---[ \t]*[^\s#])")


@dataclass(frozen=True, slots=True)
class Piece:
    """One document: all bytes between its separators, comments too, and its node and value."""

    start: int
    end: int
    node: Node
    content: object


@dataclass(frozen=True, slots=True)
class Pieces:
    """A file cut at its separators; `found` are the documents, in order."""

    path: str
    data: bytes
    found: tuple[Piece, ...]
    separators: tuple[tuple[int, int], ...]

    def at(self, start: int) -> int:
        """Which document begins at this byte."""
        for number, piece in enumerate(self.found):
            if piece.start <= start < piece.end:
                return number
        raise CannotError(f"{self.path}:1: no document begins where it should")

    def one(self, number: int) -> bytes:
        """The bytes of one document, a file of its own."""
        return self.data[self.found[number].start : self.found[number].end]

    def text(self, said: Mapping[int, bytes]) -> bytes:
        """A file of documents, each with what is said of it; of all of them: the file, edited."""
        if len(said) < len(self.found):
            return _joined(list(said.values()))
        parts, at = list[bytes](), 0
        for number, piece in enumerate(self.found):
            parts += (self.data[at : piece.start], said[number])
            at = piece.end
        return b"".join((*parts, self.data[at:]))

    def without(self, numbers: Collection[int]) -> bytes | None:
        """The file without these documents; None where nothing is left."""
        kept = [n for n in range(len(self.found)) if n not in numbers]
        if not kept:
            return None
        data = self.data
        for n in sorted(numbers, reverse=True):
            piece = self.found[n]
            start, end = piece.start, piece.end
            above = [s for s in self.separators if s[1] <= start]
            below = [s for s in self.separators if s[0] >= end]
            if above and (n > 0 or not below):
                start = above[-1][0]
            elif below:
                end = below[0][1]
            data = data[:start] + data[end:]
        return data


def cut(data: bytes, path: str) -> Pieces:
    """Cut a file at its separators. Raises CannotError where that is not clear."""
    try:
        text = yamltext.compose(data, path)
        contents = [yamltext.value(node) for node in text.documents]
    except YamlError as error:
        raise CannotError(f"{path}:{error.line}: {error.message}") from None
    if said := odd(data) or ("is not UTF-8" if text.data != data else ""):
        raise CannotError(f"{path}:1: {said}; write it plain first")
    if (found := _ODD.search(data)) is not None:
        line = data[: found.start()].count(b"\n") + 1
        raise CannotError(f"{path}:{line}: its documents cannot be told apart by their separators")
    marks = [match.span() for match in _SEPARATOR.finditer(data)]
    edges = [0, *(edge for mark in marks for edge in mark), len(data)]
    segments = list(zip(edges[::2], edges[1::2], strict=True))
    pieces = []
    for node, content in zip(text.documents, contents, strict=True):
        at = text.span(node).start
        segment = next(((s, e) for s, e in segments if s <= at < e), None)
        if segment is None:
            raise CannotError(f"{path}:{node.start_mark.line + 1}: a document is not found")
        pieces.append(Piece(*segment, node, content))
    if len({piece.start for piece in pieces}) != len(pieces):
        raise CannotError(f"{path}:1: its documents cannot be told apart by their separators")
    return Pieces(path, data, tuple(pieces), tuple(marks))


def odd(data: bytes) -> str:
    """Why lines of a text cannot be told apart by plain newlines; "" where they can."""
    if data.startswith(b"\xef\xbb\xbf"):
        return "begins with a byte order mark"
    return "has line ends with carriage returns" if b"\r" in data else ""


def ended(data: bytes, before: bytes) -> bytes:
    """A text without a final newline where its author wrote none, if it says the same so."""
    made = data.rstrip(b"\n")
    if before[-1:] in (b"", b"\n") or not made:
        return data
    same = canonical(yamltext.parse(made)) == canonical(yamltext.parse(data))
    return made if same else data


def _joined(parts: Sequence[bytes]) -> bytes:
    made = b""
    for part in parts:
        if made and not made.endswith(b"\n"):
            made += b"\n"
        made += (b"---\n" if made else b"") + part
    return made

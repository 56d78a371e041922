"""Patches and replacements of a root, inline and in files → the one the engine complains about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from analyzer import yamltext
from analyzer.locating import Place, text_at
from analyzer.model import Span
from analyzer.yamltext import Node, ScalarNode, Text, YamlError

FIELDS = ("patches", "patchesStrategicMerge", "patchesJson6902")


@dataclass(frozen=True, slots=True)
class Piece:
    """A document behind an entry, in a file or inline; `node` is None if it cannot be read."""

    entry: Node
    node: Node | None
    start: Span
    text: Text | None = None  # None: inline
    block: bool = False  # inline as a block, whose first line is the one below `start`

    def span(self, node: Node | None = None) -> Span:
        """Where a node of the document stands; without one the document itself."""
        if node is None:
            return self.start
        if self.text is not None:
            return self.text.span(node)
        below = node.start_mark.line + 1 if self.block else 0
        return Span(self.start.path, self.start.line + below)


def _pieces(place: Place, *fields: str) -> Iterator[Piece]:
    for field in fields:
        for item in place.items(field):
            scalars = (yamltext.get(item, "patch"), yamltext.get(item, "path"))
            if isinstance(item, ScalarNode):
                yield from _content(place, item, item)
            elif field == "replacements" and scalars[1] is None:
                yield Piece(item, item, place.span(item), place.text)
            for scalar in scalars:
                if isinstance(scalar, ScalarNode):
                    yield from _content(place, item, scalar)


def _content(place: Place, entry: Node, scalar: ScalarNode) -> Iterator[Piece]:
    """What a scalar holds: a file's documents, or its own."""
    written = yamltext.text_of(scalar)
    file = place.file(written)
    text = place.files.text(file.path) if file is not None else None
    if file is not None and text is None:
        yield Piece(entry, None, place.broken(file) or file)
    elif text is not None:
        yield from (Piece(entry, node, text.span(node), text) for node in text.documents)
    else:
        start = Span(place.whole().path, scalar.start_mark.line + 1)
        try:
            documents: tuple[Node | None, ...] = yamltext.compose(written.encode(), "").documents
        except YamlError:
            documents = (None,)
        block = scalar.style in ("|", ">")
        yield from (Piece(entry, node, start, None, block) for node in documents)


def patches(place: Place) -> Iterator[Piece]:
    """Every document of every patch, in the order of the fields."""
    return _pieces(place, *FIELDS)


def patch(place: Place, kind: str, name: str, namespace: str) -> Span | None:
    """The entry of a patch without target for this object; one of its namespace goes first."""
    found: dict[bool, Span] = {}
    for piece in _pieces(place, *FIELDS[:2]):
        same = (text_at(piece.node, "kind"), text_at(piece.node, "metadata", "name"))
        if same == (kind, name) and yamltext.get(piece.entry, "target") is None:
            exact = text_at(piece.node, "metadata", "namespace") == namespace
            found.setdefault(exact, place.span(piece.entry))
    return found.get(True) or found.get(False)


def odd_patch(place: Place) -> Span | None:
    """The patch that is neither an object nor a list of operations."""
    for piece in _pieces(place, *FIELDS):
        elements = yamltext.items(piece.node)
        operations = elements and all(yamltext.get(e, "op") is not None for e in elements)
        if not operations and yamltext.get(piece.node, "kind") is None:
            return piece.span()
    return None


def patch_with(place: Place, *, patch: bool, path: bool) -> Span | None:
    """The entry that has, or has not, these two."""
    for item in (*place.items("patches"), *place.items("patchesJson6902")):
        given = (bool(text_at(item, "patch")), bool(text_at(item, "path")))
        if given == (patch, path):
            return place.span(item)
    return None


def untargeted(place: Place) -> Span | None:
    """A list of operations that is for no object."""
    for piece in _pieces(place, "patches"):
        if yamltext.items(piece.node) and yamltext.get(piece.entry, "target") is None:
            return place.span(piece.entry)
    return None


def several_documents(place: Place) -> Span | None:
    """A patch with a target and more than one document."""
    for one, other in pairwise(_pieces(place, "patches")):
        if one.entry is other.entry and yamltext.get(one.entry, "target") is not None:
            return other.span()
    return None


def operation(place: Place, op: str, path: str | None) -> Span | None:
    """The operation of a JSON patch; `path` None: any with this `op`."""
    for piece in _pieces(place, "patches", "patchesJson6902"):
        for element in yamltext.items(piece.node):
            if text_at(element, "op") == op and path in (None, text_at(element, "path")):
                return piece.span(element)
    return None


def replacement(
    place: Place, kind: str, name: str, field: str | None = None
) -> tuple[Span | None, Span | None]:
    """(the entry, the source in it) of a replacement that takes from this object."""
    for piece, node in _replacements(place):
        source = yamltext.get(node, "source")
        wanted = (kind, "" if name == "[noName]" else name)
        same = (text_at(source, "kind"), text_at(source, "name")) == wanted
        if same and field in (None, text_at(source, "fieldPath")):
            return place.span(piece.entry), piece.span(source)
    return None, None


def field_path(place: Place, written: str) -> Span | None:
    """The field path of a replacement's target."""
    for piece, node in _replacements(place):
        for target in yamltext.items(yamltext.get(node, "targets")):
            for path in yamltext.items(yamltext.get(target, "fieldPaths")):
                if yamltext.text_of(path) == written:
                    return piece.span(path)
    return None


def odd_replacement(place: Place) -> Span | None:
    """A replacement without a source, or without targets that select something."""
    for piece, node in _replacements(place):
        targets = yamltext.items(yamltext.get(node, "targets"))
        selecting = targets and all(yamltext.get(t, "select") is not None for t in targets)
        if not selecting or yamltext.get(node, "source") is None:
            return piece.span(node)
    return None


def _replacements(place: Place) -> Iterator[tuple[Piece, Node]]:
    for piece in _pieces(place, "replacements"):
        for node in yamltext.items(piece.node) or (piece.node,):
            if node is not None:
                yield piece, node

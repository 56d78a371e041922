"""A patch's text → the same with marks; and where inline texts and parts of objects stand."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from analyzer import yamltext
from analyzer.marking import Marker, operations
from analyzer.marks import Directive, Entry, Marks
from analyzer.model import Span
from analyzer.yamltext import Node, ScalarNode, SequenceNode, Text, YamlError


def patch_text(
    data: bytes,
    marks: Marks,
    entry: Entry,
    target: Mapping[str, object],
    shift: Span | None,
    path: str = "",
) -> str | None:
    """A patch with marks, strategic-merge or JSON; None where it is to stay as it is.

    `shift` is where an inline patch begins; `path` is the file of one that stands in a file.
    """
    try:
        text = yamltext.compose(data, path)
        if isinstance(text.first, SequenceNode):
            listed = operations(text, marks, entry, target, shift)
            return None if listed is None else json.dumps(listed, ensure_ascii=False)
        made = Marker(text, marks, Directive.MERGE_PATCH, entry, target, shift).marked()
        return made.decode("utf-8", "surrogateescape")
    except YamlError:
        return None


def begin(text: Text, node: Node) -> Span:
    """Where a node stands; of a block text the line at which its own first line stands."""
    span = text.span(node)
    block = isinstance(node, ScalarNode) and node.style in ("|", ">")
    return Span(span.path, span.line + block, 1, span.start, span.end)


def target_of(target: Mapping[str, object]) -> dict[str, object]:
    return {str(k): v for k, v in target.items() if v is not None}


def document(data: bytes | None, declared: Span) -> tuple[Text, Node] | None:
    """The document of an object that is declared here; None where no text is, or none of it."""
    try:
        text = yamltext.compose(data or b"", declared.path)
    except YamlError:
        return None
    for node in text.documents:
        if text.span(node).line <= declared.line <= node.end_mark.line + 1:
            return text, node
    return None


def place(data: Callable[[str], bytes | None], declared: Span, pointer: str) -> Span:
    """Where a part of an object stands that is declared here; the object where it is not there."""
    found = document(data(declared.path), declared)
    node = yamltext.at(found[1], pointer) if found is not None else None
    return declared if found is None or node is None else begin(found[0], node)

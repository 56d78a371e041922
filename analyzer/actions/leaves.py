"""A document's text without some of its leaves, cut out line by line: all other bytes stay."""

from __future__ import annotations

from collections.abc import Iterable

from analyzer import yamltext
from analyzer.diff import canonical
from analyzer.yamltext import MappingNode, Node, SequenceNode, Text, YamlError

_TOP = 2  # `/spec/rules`: what is above is all of the object


def without(
    data: bytes, path: str, number: int, pointers: Iterable[str], *,
    climb: bool = False, elements: bool = False,
) -> tuple[bytes, list[str]]:  # fmt: skip
    """(The file without these leaves of its document, those of them that are gone).

    A leaf that does not stand on lines of its own stays: one in a flow mapping, the first key of a
    list's element, one whose text an alias repeats; with `climb` what holds it goes instead. What a
    leaf leaves empty goes with it. With `elements` a pointer may name an element of a list.
    """
    gone = []
    for pointer in sorted(pointers, key=_order, reverse=True):
        made = _without(data, path, number, pointer, elements)
        while climb and made is None and pointer.count("/") > _TOP:
            pointer = pointer.rpartition("/")[0]
            made = _without(data, path, number, pointer, elements)
        if made is not None:
            data = made
            gone.append(pointer)
    return data, sorted(gone)


def _order(pointer: str) -> list[tuple[int, str]]:
    """Elements of a list by number, so that the last ones go first."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in pointer.split("/")]


def _without(data: bytes, path: str, number: int, pointer: str, elements: bool) -> bytes | None:
    text = yamltext.compose(data, path)
    if number >= len(text.documents):
        return None
    root = text.documents[number]
    parts = pointer.split("/")[1:]
    while parts:
        parent = yamltext.at(root, "".join(f"/{part}" for part in parts[:-1]))
        if isinstance(parent, SequenceNode) and not elements:
            return None
        if not isinstance(parent, MappingNode | SequenceNode) or parent.flow_style:
            return None
        if len(parent.value) > 1:
            break
        parts = parts[:-1]
    else:
        return None
    name = parts[-1].replace("~1", "/").replace("~0", "~")
    if isinstance(parent, SequenceNode):
        lines = _element(text, parent, name)
    else:
        lines = _lines(text, parent, name)
    if lines is None:
        return None
    start, end = lines
    made = text.data[:start] + text.data[end:]
    return made if _is(made, path, number, root, parts) else None


def _lines(text: Text, parent: MappingNode, name: str) -> tuple[int, int] | None:
    """Whole lines from a key to where the next one begins, or the value ends."""
    pairs = list(yamltext.pairs(parent))
    for key_name, key, value in pairs:
        if key_name != name:
            continue
        start = text.span(key).start
        begin = text.data.rfind(b"\n", 0, start) + 1
        if text.data[begin:start].strip():
            return None
        end = text.span(_last(value)).end
        piece = text.data[start:end].rstrip()
        stop = text.data.find(b"\n", start + len(piece))
        return begin, len(text.data) if stop < 0 else stop + 1
    return None


def _element(text: Text, parent: SequenceNode, number: str) -> tuple[int, int] | None:
    """Whole lines from a dash to the end of what stands behind it."""
    if not number.isdigit() or int(number) >= len(parent.value):
        return None
    item = parent.value[int(number)]
    start = text.span(item).start
    begin = text.data.rfind(b"\n", 0, start) + 1
    if text.data[begin:start].strip() != b"-":
        return None
    last = text.span(_last(item)).end
    piece = text.data[start:last].rstrip()
    stop = text.data.find(b"\n", start + len(piece))
    return begin, len(text.data) if stop < 0 else stop + 1


def _last(node: Node) -> Node:
    while isinstance(node, MappingNode | SequenceNode) and node.value and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return node


def _is(data: bytes, path: str, number: int, before: Node, parts: list[str]) -> bool:
    """Does the text say what it said, but for that leaf?"""
    try:
        documents = yamltext.compose(data, path).documents
        now = yamltext.value(documents[number])
        wanted = _less(yamltext.value(before), parts)
    except (YamlError, IndexError):
        return False
    return canonical(now) == canonical(wanted)


def _less(value: object, parts: list[str]) -> object:
    name = parts[0].replace("~1", "/").replace("~0", "~")
    if isinstance(value, dict):
        if len(parts) == 1:
            return {k: v for k, v in value.items() if k != name}
        return {k: _less(v, parts[1:]) if k == name else v for k, v in value.items()}
    if isinstance(value, list):
        if len(parts) == 1:
            return [v for i, v in enumerate(value) if str(i) != name]
        return [_less(v, parts[1:]) if str(i) == name else v for i, v in enumerate(value)]
    return value

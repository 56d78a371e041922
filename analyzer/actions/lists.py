"""Entries of a kustomization file, edited where they stand: every other byte stays.

Block and flow lists alike; what cannot be edited so is refused with its line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from analyzer import goyaml, scalars, yamltext
from analyzer.actions.errors import CannotError
from analyzer.actions.pieces import odd
from analyzer.changes import Edit, apply_edits
from analyzer.yamltext import MappingNode, Node, ScalarNode, SequenceNode, Text, YamlError

_PLAIN = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./@+=-]*")
_DASH = re.compile(rb"[ ]*- +")

Entry = str | Mapping[str, object]


def scalar(written: str) -> str:
    """A text as YAML, plain where nobody takes it for anything else."""
    if _PLAIN.fullmatch(written) and scalars.resolve(written) == written:
        return written
    return json.dumps(written, ensure_ascii=False)


def replaced(data: bytes, path: str, fields: Sequence[str], written: str, new: str) -> bytes:
    """The first entry that says `written`, in one of the fields, says `new`."""
    text, _, item = _find(data, path, fields, written)
    span = text.span(item)
    return _same_yaml(path, apply_edits(
        text.data, (Edit(span.start, span.end, scalar(new).encode()),)
    ))  # fmt: skip


def removed(data: bytes, path: str, fields: Sequence[str], written: str) -> bytes:
    """Without the first entry that says `written`, its line and the comment on it."""
    text, listed, item = _find(data, path, fields, written)
    if listed.flow_style:
        return _same_yaml(path, _out_of_flow(text, listed, item))
    start, end = _lines_of(text, item)
    if len(listed.value) == 1:
        return _without_key(text, listed)
    return _same_yaml(path, text.data[:start] + text.data[end:])


def removed_value(data: bytes, path: str, field: str, value: Mapping[str, object]) -> bytes:
    """Without the first entry of a list that says exactly this."""
    text = _read(data, path)
    node = _field(text, field)
    if not isinstance(node, SequenceNode):
        raise CannotError(f"{path}:1: {field} is no list")
    for item in node.value:
        if yamltext.value(item, settings=True) != value:
            continue
        if node.flow_style:
            return _same_yaml(path, _out_of_flow(text, node, item))
        if len(node.value) == 1:
            return _without_key(text, node)
        start, end = _lines_of(text, item)
        return _same_yaml(path, text.data[:start] + text.data[end:])
    raise CannotError(f"{path}:1: the entry is in {field} no more")


def inserted(
    data: bytes, path: str, field: str, new: Sequence[Entry], before: str | None = None
) -> bytes:
    """With entries at the beginning of a list, or before one of them; the field is made if absent.

    `before` is what an entry says.
    """
    text = _read(data, path)
    node = _field(text, field)
    if node is None:
        return _same_yaml(path, _with_field(text, field, new))
    if not isinstance(node, SequenceNode):
        raise CannotError(f"{path}:{node.start_mark.line + 1}: {field} is no list")
    at = next((i for i, item in enumerate(node.value) if before is not None
               and yamltext.text_of(item) == before), 0)  # fmt: skip
    if node.flow_style:
        return _same_yaml(path, _into_flow(text, node, new, at))
    start, _ = _lines_of(text, node.value[at])
    if at == 0 and before is None:
        start = _line_after_key(text, field)
    indent = " " * _column(text, node.value[0])
    made = b"".join(_block(entry, indent) for entry in new)
    return _same_yaml(path, text.data[:start] + made + text.data[start:])


def appended(data: bytes, path: str, field: str, new: Sequence[Entry]) -> bytes:
    """With entries at the end of a list; the field is made if absent."""
    text = _read(data, path)
    node = _field(text, field)
    if node is None or not isinstance(node, SequenceNode) or not node.value:
        return inserted(data, path, field, new)
    if node.flow_style:
        return _same_yaml(path, _into_flow(text, node, new, len(node.value)))
    _, end = _lines_of(text, node.value[-1])
    indent = " " * _column(text, node.value[0])
    made = b"".join(_block(entry, indent) for entry in new)
    head = text.data[:end]
    glue = b"" if not head or head.endswith(b"\n") else b"\n"
    return _same_yaml(path, head + glue + made + text.data[end:])


def with_scalar(data: bytes, path: str, field: str, value: str) -> bytes:
    """With a field that is not there yet, above the first list."""
    text = _read(data, path)
    for _, key, node in yamltext.pairs(text.first):  # type: ignore[arg-type]  # it is there
        if isinstance(node, SequenceNode):
            at = _line_start(text.data, text.span(key).start)
            made = f"{field}: {scalar(value)}\n".encode()
            return _same_yaml(path, text.data[:at] + made + text.data[at:])
    raise CannotError(f"{path}:1: has no list to write {field} above")


def commented(data: bytes, path: str, written: str, comments: Sequence[str]) -> bytes:
    """With lines of comment above the entry that says `written`, or above its list in a flow."""
    text, listed, item = _find(data, path, ("resources", "bases", "components"), written)
    if listed.flow_style:
        start = _line_start(text.data, text.span(_key(text, listed)).start)
        indent = ""
    else:
        start, _ = _lines_of(text, item)
        indent = " " * _column(text, item)
    made = "".join(f"{indent}{comment}\n" for comment in comments).encode()
    return _same_yaml(path, text.data[:start] + made + text.data[start:])


def names(data: bytes, path: str, field: str) -> tuple[str, ...]:
    """What the entries of a list call themselves: of `images` and `replicas`."""
    node = _field(_read(data, path), field)
    return tuple(yamltext.text_of(yamltext.get(item, "name")) for item in yamltext.items(node))


# where things stand -------------------------------------------------------------------------------


def _read(data: bytes, path: str) -> Text:
    try:
        text = yamltext.compose(data, path)
    except YamlError as error:
        raise CannotError(f"{path}:{error.line}: {error.message}") from None
    if not isinstance(text.first, MappingNode) or len(text.documents) != 1:
        raise CannotError(f"{path}:1: is not one mapping, so it cannot be edited")
    if said := odd(data) or ("is one mapping in braces" if text.first.flow_style else ""):
        raise CannotError(f"{path}:1: {said}; write it plain first")
    return text


def _field(text: Text, field: str) -> Node | None:
    known = [k for k in yamltext.fields(text.first) if k.casefold() == field.casefold()]
    listed = [k for k, _, _ in yamltext.pairs(text.first) if k.casefold() == field.casefold()]  # type: ignore[arg-type]  # it is there
    if len(listed) > 1 or len(known) != len(listed):
        raise CannotError(f"{text.path}:1: {field} is there more than once")
    return yamltext.get(text.first, known[0]) if known else None


def _find(
    data: bytes, path: str, fields: Sequence[str], written: str
) -> tuple[Text, SequenceNode, ScalarNode]:
    text = _read(data, path)
    for field in fields:
        node = _field(text, field)
        for item in yamltext.items(node):
            if isinstance(item, ScalarNode) and yamltext.text_of(item) == written:
                if not isinstance(node, SequenceNode):
                    break
                return text, node, item
    raise CannotError(f"{path}:1: {written} is in none of its lists")


def _line_start(data: bytes, at: int) -> int:
    return data.rfind(b"\n", 0, at) + 1


def _line_end(data: bytes, at: int) -> int:
    """Behind the end of the line that holds the byte before `at`."""
    found = data.find(b"\n", max(at - 1, 0))
    return len(data) if found < 0 else found + 1


def _last(node: Node) -> Node:
    """The scalar that ends last."""
    while isinstance(node, MappingNode | SequenceNode) and node.value and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return node


def _lines_of(text: Text, item: Node) -> tuple[int, int]:
    """The bytes of whole lines that an entry of a block list takes."""
    start = text.span(item).start
    begin = _line_start(text.data, start)
    if not _DASH.fullmatch(text.data[begin:start]):
        raise CannotError(
            f"{text.path}:{item.start_mark.line + 1}: does not stand on a line of its own"
        )
    last = text.span(_last(item))
    return begin, _line_end(text.data, max(last.end, last.start + 1))


def _column(text: Text, item: Node) -> int:
    """The column of the dash."""
    start = text.span(item).start
    begin = _line_start(text.data, start)
    return len(text.data[begin:start]) - len(text.data[begin:start].lstrip(b" "))


def _key(text: Text, listed: Node) -> Node:
    """The key whose value a list is."""
    pairs = yamltext.pairs(text.first)  # type: ignore[arg-type]  # it is there
    return next(key for _, key, value in pairs if value is listed)


def _line_after_key(text: Text, field: str) -> int:
    for name, key, _ in yamltext.pairs(text.first):  # type: ignore[arg-type]  # it is there
        if name.casefold() == field.casefold():
            return _line_end(text.data, text.span(key).end)
    raise CannotError(f"{text.path}:1: has no {field}")


# text ---------------------------------------------------------------------------------------------


def _block(entry: Entry, indent: str) -> bytes:
    body = scalar(entry) + "\n" if isinstance(entry, str) else goyaml.dump(entry)
    lines = body.splitlines(keepends=True)
    first, rest = lines[0], lines[1:]
    return "".join((f"{indent}- {first}", *(f"{indent}  {line}" for line in rest))).encode()


def _flow(entry: Entry) -> str:
    return scalar(entry) if isinstance(entry, str) else json.dumps(entry, ensure_ascii=False)


def _into_flow(text: Text, node: SequenceNode, new: Iterable[Entry], at: int) -> bytes:
    made = ", ".join(map(_flow, new))
    if not node.value:
        start = text.span(node).start + 1
        return text.data[:start] + made.encode() + text.data[start:]
    if at < len(node.value):
        start = text.span(node.value[at]).start
        return text.data[:start] + f"{made}, ".encode() + text.data[start:]
    end = text.span(node.value[-1]).end
    return text.data[:end] + f", {made}".encode() + text.data[end:]


def _out_of_flow(text: Text, node: SequenceNode, item: Node) -> bytes:
    at = next(i for i, one in enumerate(node.value) if one is item)
    if len(node.value) == 1:
        return _without_key(text, node)
    if at + 1 < len(node.value):
        start, end = text.span(item).start, text.span(node.value[at + 1]).start
    else:
        start, end = text.span(node.value[at - 1]).end, text.span(item).end
    return text.data[:start] + text.data[end:]


def _without_key(text: Text, node: SequenceNode) -> bytes:
    """Without the whole field, whose last entry goes."""
    for _, key, value in yamltext.pairs(text.first):  # type: ignore[arg-type]  # it is there
        if value is node:
            start = _line_start(text.data, text.span(key).start)
            last = text.span(node if node.flow_style else _last(node))
            end = _line_end(text.data, last.end)
            return _same_yaml(text.path, text.data[:start] + text.data[end:])
    raise CannotError(f"{text.path}:1: the field of an entry is not found")


def _with_field(text: Text, field: str, new: Iterable[Entry]) -> bytes:
    if re.search(rb"(?m)^(\.\.\.|---)", text.data[1:]):
        raise CannotError(f"{text.path}:1: says where its document ends; add {field} to it first")
    indent = "  "
    for _, _, value in yamltext.pairs(text.first):  # type: ignore[arg-type]  # it is there
        if isinstance(value, SequenceNode) and value.value and not value.flow_style:
            indent = " " * _column(text, value.value[0])
            break
    made = b"".join(_block(entry, indent) for entry in new)
    glue = b"" if text.data.endswith(b"\n") else b"\n"
    return text.data + glue + f"{field}:\n".encode() + made


def _same_yaml(path: str, data: bytes) -> bytes:
    try:
        yamltext.compose(data, path)
    except YamlError as error:
        raise CannotError(f"{path}:{error.line}: cannot be edited in place") from None
    return data

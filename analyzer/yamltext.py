"""YAML text → nodes with positions and plain values. The only YAML door for reading.

libyaml composes (a tree of 3,000 files in half a second); what a plain scalar means `scalars` says.
"""

from __future__ import annotations

import base64
import binascii
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import yaml
from yaml import AliasEvent, CollectionStartEvent, Event
from yaml._yaml import CParser
from yaml.composer import Composer

from analyzer import scalars
from analyzer.model import Span

MAX_DEPTH = 200
MAX_VALUES = 2_000_000  # values a file may expand to through aliases

Node = yaml.Node
MappingNode = yaml.MappingNode
ScalarNode = yaml.ScalarNode
SequenceNode = yaml.SequenceNode

_PLAIN = "plain"
_TAG = "tag:yaml.org,2002:"
_DEFAULT_TAGS = {ScalarNode: _TAG + "str", SequenceNode: _TAG + "seq", MappingNode: _TAG + "map"}
_RESOLVED_TAGS = frozenset(_TAG + name for name in ("int", "float", "bool", "null"))
_BINARY = _TAG + "binary"
_MERGE = _TAG + "merge"


class YamlError(Exception):
    """Text that is not YAML, or more of it than is read. `line` and `column` count from 1."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


class _NoResolver:
    """Leaves plain scalars unresolved: their values are wanted for a fraction of them only."""

    def resolve(self, kind: type[Node], value: object, implicit: object) -> str:
        if kind is ScalarNode and isinstance(implicit, tuple) and implicit[0]:
            return _PLAIN
        return _DEFAULT_TAGS[kind]

    def descend_resolver(self, current_node: object, current_index: object) -> None:
        pass

    def ascend_resolver(self) -> None:
        pass


class _FastComposer(CParser, _NoResolver):
    """All in C. It refuses an anchor defined twice, and overflows the stack on deep nesting."""


class _PatientComposer(Composer, CParser, _NoResolver):
    """Takes libyaml's events one by one: heeds MAX_DEPTH, and lets an anchor be defined again."""

    def __init__(self, data: bytes) -> None:
        CParser.__init__(self, data)
        Composer.__init__(self)
        self.depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        event: Event | None = self.peek_event()
        if not isinstance(event, AliasEvent):
            self.anchors.pop(getattr(event, "anchor", None), None)
        if self.depth > MAX_DEPTH and isinstance(event, CollectionStartEvent):
            raise _too_deep(event.start_mark.line + 1 if event.start_mark else 1)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


@dataclass(frozen=True, slots=True)
class Text:
    """A YAML file as composed: its documents' nodes, and what turns marks into bytes.

    `data` is in UTF-8, also where the file is not. `documents` has no empty ones; `first` is None
    where the first is empty, which is all that kustomize reads of a kustomization file.
    """

    path: str
    data: bytes
    documents: tuple[Node, ...]
    first: Node | None
    wide: tuple[int, ...]  # indexes of the characters that take more than one byte
    extra: tuple[int, ...]  # bytes before each of them, and before the end, beyond one a character

    def byte(self, index: int) -> int:
        """The byte offset of a mark's character index."""
        return index + self.extra[bisect_left(self.wide, index)]

    def span(self, node: Node) -> Span:
        start, end = node.start_mark, node.end_mark
        return Span(self.path, start.line + 1, start.column + 1,
                    self.byte(start.index), self.byte(end.index))  # fmt: skip


def compose(data: bytes, path: str) -> Text:
    """Nodes with positions of every document; empty documents are left out.

    Raises YamlError with the line where the text is not YAML.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = data.decode("utf-16", "replace").encode()
    try:
        documents = _compose(data)
    except yaml.MarkedYAMLError as error:
        raise _error(error) from None
    except yaml.reader.ReaderError as error:
        line = data[: error.position].count(b"\n") + 1
        raise YamlError(f"not text that YAML allows: {error.reason}", line) from None
    written = tuple(node for node in documents if not _is_empty(node))
    first = written[0] if written and written[0] is documents[0] else None
    return Text(path, data, written, first, *_wide(data))


def _compose(data: bytes) -> list[Node]:
    if _may_be_deep(data):
        return _documents(_PatientComposer(data))
    try:
        return _documents(_FastComposer(data))
    except yaml.MarkedYAMLError as error:
        if "duplicate anchor" not in str(error):
            raise
    return _documents(_PatientComposer(data))


def _documents(composer: _FastComposer | _PatientComposer) -> list[Node]:
    documents = []
    while composer.check_node():
        if (node := composer.get_node()) is not None:
            documents.append(node)
    return documents


def _is_empty(node: Node) -> bool:
    return isinstance(node, ScalarNode) and _is_plain(node) and node.value == ""


_SAFE_DEPTH = 5_000  # the C stack overflows above 20,000
_INDICATORS = re.compile(rb"[ \t?:-]{64,}")


def _may_be_deep(data: bytes) -> bool:
    """Could this nest deeper than the C stack takes? Flow levels need brackets, others columns."""
    if data.count(b"[") + data.count(b"{") > _SAFE_DEPTH:
        return True
    long = (line for line in data.splitlines() if len(line) > _SAFE_DEPTH)
    return any(len(run) > _SAFE_DEPTH for line in long for run in _INDICATORS.findall(line))


def _wide(data: bytes) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """`Text.wide` and `Text.extra`; a byte order mark is no character."""
    extra = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    if data.isascii():
        return (), (extra,)
    indexes, extras = [], [extra]
    for match in re.finditer(r"[^\x00-\x7f]", data[extra:].decode()):
        indexes.append(match.start())
        extras.append(extras[-1] + len(match.group().encode()) - 1)
    return tuple(indexes), tuple(extras)


def _too_deep(line: int) -> YamlError:
    return YamlError(f"nested deeper than {MAX_DEPTH} levels", line)


def _error(error: yaml.MarkedYAMLError) -> YamlError:
    mark = error.problem_mark or error.context_mark
    text = str(error.problem or error.context or "cannot be read")
    if mark is None:
        return YamlError(text)
    return YamlError(text, mark.line + 1, mark.column + 1)


def pairs(node: Node) -> Iterator[tuple[str, Node, Node]]:
    """(key, key node, value node) of a mapping, in order, repeated keys too; else nothing."""
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(key, ScalarNode):
                yield _written(key), key, value


def fields(node: Node | None) -> dict[str, Node]:
    """The value nodes of a mapping by key: of a repeated key the last, merge keys merged."""
    found: dict[str, Node] = {}
    pending = [node]
    seen: set[int] = set()
    while pending:
        current = pending.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        own: dict[str, Node] = {}
        for name, key, value in pairs(current):
            if _is_merge(key):
                pending.extend(reversed(items(value) or (value,)))
            if name != "<<" or not _is_merge(key):
                own[name] = value
        found = {**own, **found}
    return found


def get(node: Node | None, *keys: str) -> Node | None:
    """The value node under nested keys, as `fields` has it."""
    for key in keys:
        node = fields(node).get(key)
    return node


def items(node: Node | None) -> tuple[Node, ...]:
    """The elements of a sequence; else nothing."""
    return tuple(node.value) if isinstance(node, SequenceNode) else ()


def text_of(node: Node | None) -> str:
    """A scalar's text as written, without quotes; `""` for anything else and for null."""
    if not isinstance(node, ScalarNode):
        return ""
    return "" if _is_plain(node) and node.value in scalars.NULLS else _written(node)


def _written(node: ScalarNode) -> str:
    """A scalar's text; what is tagged !!binary decoded, as go-yaml decodes it into a string."""
    if node.tag == _BINARY:
        try:
            joined = "".join(node.value.splitlines())
            return base64.b64decode(joined, validate=True).decode("utf-8", "replace")
        except binascii.Error:
            pass  # the engine refuses it
    return str(node.value)


def _is_plain(node: ScalarNode) -> bool:
    return node.tag == _PLAIN and not node.style  # `! "x"` has the tag, and is quoted


def _is_merge(key: Node) -> bool:
    """Also `!!merge` before any key, which go-yaml merges, and keeps where it is not `<<`."""
    return key.tag == _MERGE or (key.value == "<<" and key.tag == _PLAIN)


def value(node: Node | None, *, settings: bool = False) -> object:
    """The plain Python value of a node; aliases share one object, merge keys are merged.

    `settings`: as kustomize reads a kustomization file, where yes, no, on, off, y and n are
    booleans. Raises YamlError where the text expands to more than MAX_VALUES values or MAX_DEPTH
    levels.
    """
    if node is None:
        return None
    result, size = _value(node, {}, 0, scalars.OLD_BOOLS if settings else {})
    if size > MAX_VALUES:
        raise YamlError(f"aliases expand to more than {MAX_VALUES:,} values",
                        node.start_mark.line + 1)  # fmt: skip
    return result


_Made = dict[int, tuple[object, int]]  # by the id of a node: its value, and how many values it has


def _value(node: Node, made: _Made, depth: int, booleans: Mapping[str, bool]
           ) -> tuple[object, int]:  # fmt: skip
    if isinstance(node, ScalarNode):
        return _scalar(node, booleans), 1
    if id(node) in made:
        return made[id(node)]
    if depth > MAX_DEPTH:
        raise _too_deep(node.start_mark.line + 1)
    made[id(node)] = (None, 1)  # an alias to its own ancestor is null
    total = 1
    result: object
    if isinstance(node, SequenceNode):
        elements = []
        for child in node.value:
            element, size = _value(child, made, depth + 1, booleans)
            elements.append(element)
            total += size
        result = elements
    else:
        merged: dict[str, object] = {}
        own: dict[str, object] = {}
        for key, child in node.value:
            element, size = _value(child, made, depth + 1, booleans)
            total += size
            if _is_merge(key):
                for source in element if isinstance(element, list) else [element]:
                    merged = {**source, **merged} if isinstance(source, Mapping) else merged
            if not isinstance(key, ScalarNode):
                own[str(_value(key, made, depth + 1, booleans)[0])] = element
            elif key.value != "<<" or not _is_merge(key):
                own[_written(key)] = element
        result = {**merged, **own}
    made[id(node)] = (result, min(total, MAX_VALUES + 1))
    return made[id(node)]


def _scalar(node: ScalarNode, booleans: Mapping[str, bool]) -> object:
    if _is_plain(node):
        return booleans[node.value] if node.value in booleans else scalars.resolve(node.value)
    return scalars.resolve(node.value) if node.tag in _RESOLVED_TAGS else _written(node)


def parse(data: bytes) -> tuple[object, ...]:
    """The values of every document, without positions. Raises YamlError."""
    return tuple(value(node) for node in compose(data, "").documents)


def pointer(parts: Iterable[str | int]) -> str:
    """RFC 6901."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def at(node: Node | None, pointer: str) -> Node | None:
    """The node at a JSON pointer (RFC 6901); None where there is none."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(node, SequenceNode):
            index = int(name) if name.isdigit() else len(node.value)
            node = node.value[index] if index < len(node.value) else None
        else:
            node = get(node, name)
    return node

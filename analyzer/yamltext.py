"""YAML text → nodes with positions and plain values. The only YAML door for reading.

libyaml composes (a tree of 3,000 files in half a second); scalars are resolved as kustomize's
go-yaml resolves them, not as PyYAML does: `yes` and `on` are strings, `0755` is 493.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import yaml
from yaml.composer import Composer
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

from analyzer.model import Span

MAX_DEPTH = 200
MAX_VALUES = 2_000_000  # values a file may expand to through aliases

Node = yaml.Node
MappingNode = yaml.MappingNode
ScalarNode = yaml.ScalarNode
SequenceNode = yaml.SequenceNode

_PLAIN = "plain"
_STRING = "tag:yaml.org,2002:str"
_DEFAULT_TAGS = {ScalarNode: _STRING, SequenceNode: "tag:yaml.org,2002:seq",
                 MappingNode: "tag:yaml.org,2002:map"}  # fmt: skip


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


class _FastComposer(yaml.cyaml.CParser, _NoResolver):  # type: ignore[misc]  # untyped C class
    def __init__(self, stream: bytes) -> None:
        yaml.cyaml.CParser.__init__(self, stream)


class _PatientComposer(Reader, Scanner, Parser, Composer, _NoResolver):
    """Pure Python; accepts an anchor defined twice, as go-yaml does and libyaml does not."""

    def __init__(self, stream: bytes) -> None:
        Reader.__init__(self, stream)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        if not self.check_event(yaml.AliasEvent):
            self.anchors.pop(getattr(self.peek_event(), "anchor", None), None)
        return super().compose_node(parent, index)


@dataclass(frozen=True, slots=True)
class Text:
    """A YAML file as composed: its documents' nodes, and what turns marks into bytes."""

    path: str
    data: bytes
    documents: tuple[Node, ...]
    offsets: tuple[int, ...] | None  # byte offset per character; None where they are the same

    def byte(self, index: int) -> int:
        """The byte offset of a mark's character index."""
        return index if self.offsets is None else self.offsets[min(index, len(self.offsets) - 1)]

    def span(self, node: Node) -> Span:
        start, end = node.start_mark, node.end_mark
        return Span(self.path, start.line + 1, start.column + 1,
                    self.byte(start.index), self.byte(end.index))  # fmt: skip


def compose(data: bytes, path: str) -> Text:
    """Nodes with positions of every document; empty documents are left out.

    Raises YamlError with the line where the text is not YAML.
    """
    try:
        documents = _compose(_FastComposer(data))
    except yaml.MarkedYAMLError as error:
        if "duplicate anchor" not in str(error):
            raise _error(error) from None
        try:
            documents = _compose(_PatientComposer(data))
        except yaml.MarkedYAMLError as second:
            raise _error(second) from None
    except yaml.reader.ReaderError as error:
        line = data[: error.position].count(b"\n") + 1
        raise YamlError(f"not text that YAML allows: {error.reason}", line) from None
    except RecursionError:
        raise YamlError(f"nested deeper than {MAX_DEPTH} levels") from None
    offsets = None
    if not data.isascii():
        offsets = tuple(_offsets(data))
    return Text(path, data, tuple(documents), offsets)


def _compose(loader: _FastComposer | _PatientComposer) -> list[Node]:
    documents = []
    while loader.check_node():
        node = loader.get_node()
        if not (isinstance(node, ScalarNode) and node.tag == _PLAIN and node.value == ""):
            documents.append(node)
    return documents


def _offsets(data: bytes) -> Iterator[int]:
    at = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    for character in data[at:].decode("utf-8", "replace"):
        yield at
        at += len(character.encode())
    yield at


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
                yield key.value, key, value


def get(node: Node | None, *keys: str) -> Node | None:
    """The value node under nested keys; of a repeated key the last, as kustomize takes it."""
    for key in keys:
        if node is None:
            return None
        found = None
        for name, _, value in pairs(node):
            if name == key:
                found = value
        node = found
    return node


def items(node: Node | None) -> tuple[Node, ...]:
    """The elements of a sequence; else nothing."""
    return tuple(node.value) if isinstance(node, SequenceNode) else ()


def text_of(node: Node | None) -> str:
    """A scalar's text as written, without quotes; `""` for anything else and for null."""
    if not isinstance(node, ScalarNode):
        return ""
    return "" if node.tag == _PLAIN and node.value in _NULLS else str(node.value)


_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = {".inf": float("inf"), "+.inf": float("inf"), "-.inf": float("-inf"),
            ".nan": float("nan")}  # fmt: skip


def resolve(value: str) -> object:
    """A plain scalar's value by go-yaml v3's rules (resolve.go), timestamps kept as text."""
    if value in _NULLS:
        return None
    if value in _BOOLS:
        return _BOOLS[value]
    if value[0] not in "+-.0123456789":
        return value
    digits = value.replace("_", "")
    try:
        return _integer(digits)
    except ValueError:
        pass
    if _FLOAT.fullmatch(digits):
        return float(digits)
    return _SPECIAL.get(value.lower(), value)


def _integer(digits: str) -> int:
    sign = -1 if digits.startswith("-") else 1
    bare = digits.lstrip("+-")
    if len(digits) - len(bare) > 1 or not bare.isascii():
        raise ValueError(digits)
    if len(bare) > 1 and bare[0] == "0" and bare.isdigit():
        return sign * int(bare, 8)
    return sign * int(bare, 0)


def value(node: Node | None) -> object:
    """The plain Python value of a node; aliases share one object, merge keys are merged.

    Raises YamlError where the text expands to more than MAX_VALUES values or MAX_DEPTH levels.
    """
    if node is None:
        return None
    made: dict[int, tuple[object, int]] = {}
    result, size = _value(node, made, 0)
    if size > MAX_VALUES:
        raise YamlError(f"aliases expand to more than {MAX_VALUES:,} values",
                        node.start_mark.line + 1)  # fmt: skip
    return result


def _value(node: Node, made: dict[int, tuple[object, int]], depth: int) -> tuple[object, int]:
    if isinstance(node, ScalarNode):
        return _scalar(node), 1
    if id(node) in made:
        return made[id(node)]
    if depth > MAX_DEPTH:
        raise YamlError(f"nested deeper than {MAX_DEPTH} levels", node.start_mark.line + 1)
    made[id(node)] = (None, 1)  # an alias to its own ancestor is null
    total = 1
    result: object
    if isinstance(node, SequenceNode):
        elements = []
        for child in node.value:
            element, size = _value(child, made, depth + 1)
            elements.append(element)
            total += size
        result = elements
    else:
        mapping: dict[str, object] = {}
        for key, child in node.value:
            element, size = _value(child, made, depth + 1)
            total += size
            if isinstance(key, ScalarNode) and key.value == "<<" and key.tag == _PLAIN:
                for merged in element if isinstance(element, list) else [element]:
                    if isinstance(merged, Mapping):
                        mapping = {**merged, **mapping}
            else:
                mapping[text_of(key) if isinstance(key, ScalarNode) else str(key.value)] = element
        result = mapping
    made[id(node)] = (result, min(total, MAX_VALUES + 1))
    return made[id(node)]


def _scalar(node: ScalarNode) -> object:
    if node.tag == _PLAIN:
        return resolve(node.value)
    if node.tag == "tag:yaml.org,2002:int":
        return resolve(node.value)
    return node.value


def parse(data: bytes) -> tuple[object, ...]:
    """The values of every document, without positions. Raises YamlError."""
    return tuple(value(node) for node in compose(data, "").documents)


def pointer(parts: Iterable[str | int]) -> str:
    """RFC 6901."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)

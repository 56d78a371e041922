"""YAML text → the same text with *shadow keys*, by which the engine itself tells who set a field.

Beside every leaf `replicas: 3` two keys more are written, and nothing else changes:

    "replicas__gp": "a1"       the same name for everyone: the last writer wins, as for the leaf
    "replicas__gp_a1": "a1"    one of its own for each writer: all survive, those overridden too
    replicas: 3

kustomize merges keys it does not know just as it merges the real one, so whose id is left is who
set the field. Text is inserted at parser marks; not a byte of what is there moves otherwise.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from analyzer import yamltext
from analyzer.marks import WINNER, WRITER, Directive, Entry, Marks, Removal
from analyzer.model import Span
from analyzer.yamltext import MappingNode, Node, ScalarNode, SequenceNode, Text

SCHEMAS = ("versions", "validation")  # where a CustomResourceDefinition is nothing but schema


def shadows(key: str, id: str) -> dict[str, str]:
    """The two keys beside a leaf."""
    return {f"{key}{WINNER}": id, f"{key}{WRITER}{id}": id}


# what is a leaf -----------------------------------------------------------------------------------

_UNMARKED = ("config.kubernetes.io/", "internal.config", "config.k8s.io", "kustomize.config")


def is_marked_key(key: str) -> bool:
    """May a key have shadows? Directives have none, nor annotations that kustomize acts on."""
    return not key.startswith(("$", *_UNMARKED))


def is_leaf(node: Node) -> bool:
    """A scalar, an empty map or list, or a list that is not made of maps only."""
    if isinstance(node, MappingNode):
        return not node.value
    if isinstance(node, SequenceNode):
        maps = [item for item in node.value if isinstance(item, MappingNode) and item.value]
        return len(maps) < len(node.value) or not node.value
    return True


# inserting ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class Marker:
    """Marks the leaves of one text. `entry`: the text is a patch, brought in by it."""

    text: Text
    marks: Marks
    directive: Directive = Directive.MANIFEST
    entry: Entry | None = None
    target: Mapping[str, object] = field(default_factory=dict)
    shift: Span | None = None  # where an inline text begins: its lines are lines of that file
    shallow: bool = False  # the schemas in CustomResourceDefinitions get no marks
    inserted: list[tuple[int, bytes]] = field(default_factory=list)
    _seen: set[int] = field(default_factory=set)

    def marked(self) -> bytes:
        """The text with shadows beside every leaf that may have some."""
        for document in self.text.documents:
            own = _identity(document)
            if self.shallow and own["kind"] == "CustomResourceDefinition":
                spec = yamltext.get(document, "spec")
                for key in SCHEMAS:
                    self._seen.add(id(yamltext.get(spec, key)))
            self._node(document, (), {**own, **self.target})
        return self._joined()

    def _joined(self) -> bytes:
        data, at, pieces = self.text.data, 0, []
        for position, more in sorted(self.inserted, key=lambda one: one[0]):
            pieces += [data[at:position], more]
            at = position
        return b"".join((*pieces, data[at:]))

    def _node(self, node: Node, at: tuple[str | int, ...], of: Mapping[str, object]) -> None:
        if id(node) in self._seen or isinstance(node, ScalarNode):
            return
        self._seen.add(id(node))
        if isinstance(node, SequenceNode):
            for index, item in enumerate(node.value):
                if self.entry is not None and _says(item, "replace"):
                    self._removed(item, at, of)
                self._node(item, (*at, index), of)
            return
        if self.entry is not None and _says(node, "delete"):
            self._removed(node, at, of)
            return
        for key, value in node.value:
            self._pair(node, key, value, at, of)

    def _pair(
        self, node: Node, key: Node, value: Node, at: tuple[str | int, ...],
        of: Mapping[str, object],
    ) -> None:  # fmt: skip
        if not isinstance(key, ScalarNode):
            return
        name = str(key.value)
        if key.tag.endswith(":merge") or name == "<<":
            self._node(value, at, of)
            return
        if not is_marked_key(name):
            return
        path = (*at, name)
        if is_leaf(value) and id(value) not in self._seen:
            self._leaf(node, key, value, path, of)
        if not isinstance(value, ScalarNode):
            self._node(value, path, of)

    def _leaf(
        self, node: Node, key: ScalarNode, value: Node, path: tuple[str | int, ...],
        of: Mapping[str, object],
    ) -> None:  # fmt: skip
        plain = yamltext.value(value)
        name = str(key.value)
        if self.entry is not None and plain is None:
            # null takes the shadow away with the leaf; one more key would keep the map alive
            self._removed(key, path, of)
            self._insert(node, key, {f"{name}{WINNER}": None})
            return
        made = self.marks.add(
            self._at(value if isinstance(value, ScalarNode) else key, value),
            self.directive,
            plain,
            pointer=yamltext.pointer(path),
            entry=self.entry,
            items=tuple(self._at(item, item) for item in yamltext.items(value)),
        )
        self._insert(node, key, shadows(name, made))

    def _removed(self, node: Node, path: tuple[str | int, ...], of: Mapping[str, object]) -> None:
        if self.entry is not None:
            span = self._at(node, node)
            pointer = yamltext.pointer(path)
            self.marks.removals.append(Removal(span, self.directive, pointer, self.entry, of))

    def _at(self, line: Node, node: Node) -> Span:
        """The line of one node, and the bytes of another."""
        return placed(self.text, line, node, self.shift)

    def _insert(self, node: Node, key: ScalarNode, keys: Mapping[str, str | None]) -> None:
        start = self.text.byte(key.start_mark.index)
        flow = bool(getattr(node, "flow_style", False))
        if flow:
            if node.start_mark.index == key.start_mark.index:
                return  # `[a: b]`: a map without braces has room for one pair only
            after = ", "
        else:
            line = self.text.data[:start].rpartition(b"\n")[2].removeprefix(b"\xef\xbb\xbf")
            if not _ROOM.fullmatch(line):
                return  # behind `? ` or `--- `
            after = "\n" + " " * key.start_mark.column
        made = "".join(f"{json.dumps(k)}: {json.dumps(v)}{after}" for k, v in keys.items())
        self.inserted.append((start, made.encode()))


_ROOM = re.compile(rb"[ ]*(?:-[ ]+)*")


def placed(text: Text, line: Node, node: Node, shift: Span | None) -> Span:
    """Where a node stands in its file.

    Of an inline text: the line in the file, the column in the text, the bytes of the whole text.
    """
    own, span = text.span(line), text.span(node)
    if shift is None:
        return Span(span.path, own.line, own.column, span.start, span.end)
    return Span(shift.path, shift.line + own.line - 1, own.column, shift.start, shift.end)


def _says(node: Node, directive: str) -> bool:
    return yamltext.text_of(yamltext.get(node, "$patch")) == directive


def _identity(document: Node) -> dict[str, object]:
    """What a patch's document says it is for."""
    return {
        "kind": yamltext.text_of(yamltext.get(document, "kind")),
        "name": yamltext.text_of(yamltext.get(document, "metadata", "name")),
        "namespace": yamltext.text_of(yamltext.get(document, "metadata", "namespace")),
    }


# JSON patches -------------------------------------------------------------------------------------


def operations(
    text: Text, marks: Marks, entry: Entry, target: Mapping[str, object], shift: Span | None
) -> list[object] | None:
    """A JSON patch with marks before its operations, as a value; None where it is no such list.

    `test` is left out: a map has shadows in it that the operation does not know of, and that it
    holds is proved by the plain render.
    """
    if text.first is None or not isinstance(text.first, SequenceNode):
        return None
    made: list[object] = []
    for item in text.first.value:
        value = yamltext.value(item)
        if not isinstance(value, dict) or not isinstance(value.get("path"), str):
            return None
        if value.get("op") != "test":
            operation = _Operation(text, item, value, marks, entry, target, shift)
            made.extend(operation.marked())
    return made


@dataclass(frozen=True, slots=True)
class _Operation:
    text: Text
    node: Node
    value: dict[str, object]
    marks: Marks
    entry: Entry
    target: Mapping[str, object]
    shift: Span | None

    def marked(self) -> Iterator[object]:
        op, path = str(self.value.get("op")), str(self.value["path"])
        parent, _, last = path.rpartition("/")
        listed = last == "-" or last.isdigit()
        at = self._span("value" if op in ("add", "replace") else "path")
        if op == "remove":
            removal = Removal(at, Directive.JSON_PATCH, path, self.entry, self.target)
            self.marks.removals.append(removal)
            if not listed:
                yield _add(f"{path}{WINNER}", "")
                yield {"op": "remove", "path": f"{path}{WINNER}"}
        elif op in ("add", "replace", "move", "copy"):
            node = yamltext.get(self.node, "value")
            if node is None or is_leaf(node):
                yield from self._leaf(path, parent, listed, at)
            elif op in ("add", "replace") and path:
                yield {**self.value, "value": self._value(node, path)}
                return
        yield self.value

    def _leaf(self, path: str, parent: str, listed: bool, at: Span) -> Iterator[object]:
        value = yamltext.get(self.node, "value")
        name = self._mark(value, at, path)
        if listed and parent:
            yield _add(f"{parent}{WRITER}{name}", name)
        elif path and not listed:
            yield _add(f"{path}{WINNER}", name)
            yield _add(f"{path}{WRITER}{name}", name)

    def _mark(self, node: Node | None, at: Span, path: str) -> str:
        return self.marks.add(
            at,
            Directive.JSON_PATCH,
            yamltext.value(node),
            pointer=path,
            entry=self.entry,
            items=tuple(placed(self.text, i, i, self.shift) for i in yamltext.items(node)),
        )

    def _value(self, node: Node, path: str) -> object:
        """A map or list as value, with marks on its leaves."""
        if isinstance(node, SequenceNode):
            return [self._value(item, f"{path}/{at}") for at, item in enumerate(node.value)]
        if not isinstance(node, MappingNode):
            return yamltext.value(node)
        found: dict[str, object] = {}
        for key, child in yamltext.fields(node).items():
            pointer = f"{path}{yamltext.pointer((key,))}"
            if is_marked_key(key) and is_leaf(child):
                span = placed(self.text, child, child, self.shift)
                found |= shadows(key, self._mark(child, span, pointer))
            found[key] = yamltext.value(child) if is_leaf(child) else self._value(child, pointer)
        return found

    def _span(self, key: str) -> Span:
        node = yamltext.get(self.node, key) or yamltext.get(self.node, "path") or self.node
        return placed(self.text, node, node, self.shift)


def _add(path: str, value: str) -> dict[str, object]:
    return {"op": "add", "path": path, "value": value}

"""A mapping of groundplan.yaml → its values by key. Every problem is kept, each with its line."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from analyzer import yamltext
from analyzer.model import Span
from analyzer.yamltext import Node, Text

FILE_NAME = "groundplan.yaml"
NAMES: Mapping[str, object] = {"type": "array", "items": {"type": "string", "minLength": 1}}

Check = Callable[[str], str | None]  # a text → what is wrong with it


@dataclass(frozen=True, slots=True)
class Key:
    """One key: what it may hold, and what it is for."""

    name: str
    schema: Mapping[str, object]
    description: str


def properties(keys: tuple[Key, ...]) -> dict[str, object]:
    """The JSON schema of a mapping that has these keys, and no others."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {key.name: {**key.schema, "description": key.description} for key in keys},
    }


class Reader:
    """Reads values, and goes on where one is wrong. `problems` are (line, message)."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.problems: list[tuple[int, str]] = []

    def problem(self, node: Node, message: str) -> None:
        self.problems.append((node.start_mark.line + 1, message))

    def span(self, node: Node) -> Span:
        return self.text.span(node)

    def mapping(self, node: Node | None, keys: tuple[Key, ...], where: str) -> dict[str, Node]:
        """The values of a mapping; `where` is what stands before a key in a message."""
        if node is None:
            return {}
        known = [key.name for key in keys]
        if not isinstance(node, yamltext.MappingNode):
            self.problem(node, f"{where.rstrip('.') or FILE_NAME} must be a mapping")
            return {}
        found: dict[str, Node] = {}
        for name, key, value in yamltext.pairs(node):
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                hint = f"; did you mean {near[0]}?" if near else f"; known: {', '.join(known)}"
                self.problem(key, f"{where}{name} is not a key{hint}")
            elif name in found:
                self.problem(key, f"{where}{name} appears twice")
            else:
                found[name] = value
        return found

    def texts(self, node: Node | None, name: str, check: Check | None = None) -> tuple[str, ...]:
        """Texts, each once, that `check` finds nothing wrong with."""
        if node is not None and not isinstance(node, yamltext.SequenceNode):
            self.problem(node, f"{name} must be a list")
        return tuple(self._items(yamltext.items(node), name, check))

    def one_or_texts(self, node: Node | None, name: str, check: Check | None = None
                     ) -> tuple[str, ...]:  # fmt: skip
        """The same, where a single text may stand alone."""
        if node is None or isinstance(node, yamltext.SequenceNode):
            return self.texts(node, name, check)
        return tuple(self._items((node,), name, check))

    def _items(self, nodes: tuple[Node, ...], name: str, check: Check | None) -> Iterator[str]:
        seen: set[str] = set()
        for item in nodes:
            text = yamltext.text_of(item)
            if not text:
                self.problem(item, f"{name}: an entry must be a text that is not empty")
            elif text in seen:
                self.problem(item, f"{name}: {text} appears twice")
            elif check is not None and (problem := check(text)):
                self.problem(item, f"{name}: {problem}")
            else:
                seen.add(text)
                yield text

    def string(self, node: Node | None, name: str) -> str | None:
        """A text that is not empty; None where there is none."""
        if node is None:
            return None
        text = yamltext.text_of(node)
        if not text:
            self.problem(node, f"{name} must be a text")
        return text or None

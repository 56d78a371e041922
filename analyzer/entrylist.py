"""A list of groundplan.yaml whose entries select things → Intents, and what is wrong with each.

What `intent:` and `promotion:` share: a word that says what it is for, a reason, and selectors.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from analyzer import yamltext
from analyzer.intent import Intent
from analyzer.keys import Check, Key, Reader
from analyzer.yamltext import Node

GLOBS: Mapping[str, object] = {
    "type": ["string", "array"],
    "minLength": 1,
    "items": {"type": "string", "minLength": 1},
}
TEXT: Mapping[str, object] = {"type": "string", "minLength": 1}

# what else is wrong with an entry: (reader, entry, its word, its selectors, where it stands)
Selects = Callable[[Reader, Node, str, set[str], str], None]
Values = Mapping[str, Node]


def selects_something(reader: Reader, item: Node, _: str, given: set[str], where: str,
                      choice: Sequence[str]) -> None:  # fmt: skip
    """An entry about everything says nothing."""
    if not given:
        listed = ", ".join(choice)
        reader.problem(item, f"{where} is about everything; name at least one of {listed}")


@dataclass(frozen=True, slots=True)
class Form:
    """How entries of one list look. `word` is the key that says what an entry is for."""

    name: str
    keys: tuple[Key, ...]
    word: str
    words: tuple[str, ...]
    selectors: tuple[str, ...]
    selects: Selects
    checks: Mapping[str, Check] = field(default_factory=dict)
    rest: Callable[[Reader, Values, Intent, str], Intent] = lambda _, __, made, ___: made

    def read(self, reader: Reader, node: Node | None, path: str) -> tuple[Intent, ...]:
        """Every entry that is understood; `path` is where the file stands in the tree."""
        if node is not None and not isinstance(node, yamltext.SequenceNode):
            reader.problem(node, f"{self.name} must be a list")
        return tuple(self._entries(reader, node, path))

    def _entries(self, reader: Reader, node: Node | None, path: str) -> Iterator[Intent]:
        for number, item in enumerate(yamltext.items(node)):
            where = f"{self.name}[{number}]"
            known = len(reader.problems)
            values = reader.mapping(item, self.keys, f"{where}.")
            word = self._word(reader, values.get(self.word), item, where)
            reason = reader.string(values.get("reason"), f"{where}.reason")
            if "reason" not in values and values:
                reader.problem(item, f"{where} has no reason; say why, for whoever reads it later")
            globs = {
                name: reader.one_or_texts(values.get(name), f"{where}.{name}",
                                          self.checks.get(name))
                for name in self.selectors
            }  # fmt: skip
            if values and word:
                given = {name for name in self.selectors if name in values}
                self.selects(reader, item, word, given, where)
            span = replace(reader.span(item), path=path)
            made = Intent(word or "", reason or "", span, expires=None, **globs)
            made = self.rest(reader, values, made, where)
            if len(reader.problems) == known and word and reason:
                yield made

    def _word(self, reader: Reader, node: Node | None, item: Node, where: str) -> str | None:
        if node is None:
            if isinstance(item, yamltext.MappingNode):
                reader.problem(
                    item, f"{where} has no {self.word}; it is one of {', '.join(self.words)}"
                )
            return None
        found = yamltext.text_of(node)
        if found in self.words:
            return found
        near = difflib.get_close_matches(found, self.words, 1)
        hint = f"did you mean {near[0]}?" if near else f"it is one of {', '.join(self.words)}"
        reader.problem(node, f"{where}.{self.word}: {found or 'this'} is no {self.word}; {hint}")
        return None

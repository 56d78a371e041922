"""`promotion:` of groundplan.yaml → rules of a team's own, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal, get_args

from analyzer import yamltext
from analyzer.intent import Intent
from analyzer.keys import Key, Reader, properties
from analyzer.yamltext import Node

Class = Literal["promote", "decide", "keep"]
CLASSES: tuple[Class, ...] = get_args(Class)
_SELECTORS = ("component", "environment", "resource", "field")
_GLOBS: Mapping[str, object] = {
    "type": ["string", "array"],
    "minLength": 1,
    "items": {"type": "string", "minLength": 1},
}
KEYS: tuple[Key, ...] = (
    Key("class", {"enum": list(CLASSES)}, "What is done with the differences it is about."),
    Key("reason", {"type": "string", "minLength": 1}, "Why; reports quote it."),
    Key("component", _GLOBS, "Components, such as vault or infrastructure/*."),
    Key("environment", _GLOBS, "Environments that are promoted to, such as production."),
    Key("resource", _GLOBS, "Resources, such as ConfigMap or StatefulSet/vault."),
    Key("field", _GLOBS, "Fields with all below them, such as spec.replicas or data.LOG_LEVEL."),
)


def schema() -> dict[str, object]:
    """What an editor completes and checks; `read` says the same in words."""
    entry = {
        **properties(KEYS),
        "required": ["class", "reason"],
        "anyOf": [{"required": [name]} for name in _SELECTORS],
    }
    return {"type": "array", "items": entry}


def read(reader: Reader, node: Node | None, path: str) -> tuple[Intent, ...]:
    """Every entry that is understood; the kind of each is its class."""
    if node is not None and not isinstance(node, yamltext.SequenceNode):
        reader.problem(node, "promotion must be a list")
    return tuple(_entries(reader, node, path))


def _entries(reader: Reader, node: Node | None, path: str) -> Iterator[Intent]:
    for number, item in enumerate(yamltext.items(node)):
        where = f"promotion[{number}]"
        known = len(reader.problems)
        values = reader.mapping(item, KEYS, f"{where}.")
        verdict = reader.string(values.get("class"), f"{where}.class") or ""
        if values and verdict not in CLASSES:
            reader.problem(values.get("class", item),
                           f"{where}.class must be one of {', '.join(CLASSES)}")  # fmt: skip
        reason = reader.string(values.get("reason"), f"{where}.reason") or ""
        if "reason" not in values and values:
            reader.problem(item, f"{where} has no reason; say why, for whoever reads it later")
        globs = {name: reader.one_or_texts(values.get(name), f"{where}.{name}")
                 for name in _SELECTORS}  # fmt: skip
        if values and not any(name in values for name in _SELECTORS):
            choice = ", ".join(_SELECTORS)
            reader.problem(item, f"{where} is about everything; name at least one of {choice}")
        if len(reader.problems) == known and verdict and reason:
            span = replace(reader.span(item), path=path)
            yield Intent(verdict, reason, span, expires=None, **globs)

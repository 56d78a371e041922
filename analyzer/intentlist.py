"""`intent:` of groundplan.yaml → Intents: its keys, its schema, and what is wrong with entries."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from analyzer import yamltext
from analyzer.findings import RULES
from analyzer.intent import KINDS, SELECTORS, Intent
from analyzer.keys import Key, Reader, properties
from analyzer.model import Span
from analyzer.yamltext import Node

_ACCEPTED = "accept-finding"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_GLOBS: Mapping[str, object] = {
    "type": ["string", "array"],
    "minLength": 1,
    "items": {"type": "string", "minLength": 1},
}
KEYS: tuple[Key, ...] = (
    Key(
        "kind",
        {"enum": list(KINDS)},
        "; ".join(f"{kind}: {meaning}" for kind, meaning in KINDS.items()) + ".",
    ),
    Key(
        "reason",
        {"type": "string", "minLength": 1},
        "Why; reports and plans quote it.",
    ),
    Key(
        "expires",
        {"type": "string", "format": "date"},
        "The last day on which it counts, as 2027-01-31. The day it is now is the date of the "
        "newest commit. Default: it counts for ever.",
    ),
    Key("component", _GLOBS, "Components, such as vault or infrastructure/*."),
    Key("environment", _GLOBS, "Environments, such as production, or production/eu for a cluster."),
    Key("resource", _GLOBS, "Resources, such as StatefulSet, StatefulSet/vault or */vault/*."),
    Key(
        "field",
        _GLOBS,
        "Fields with all below them, such as spec.replicas or **.containers[vault].resources.",
    ),
    Key("path", _GLOBS, "Files below this directory, such as clusters/production/**."),
    Key("rule", _GLOBS, "Rules whose findings are accepted; with accept-finding only."),
)


def schema() -> dict[str, object]:
    """What an editor completes and checks; `read` says the same in words."""
    accepted = {"properties": {"kind": {"const": _ACCEPTED}}, "required": ["kind"]}
    selectors = [{"required": [name]} for name in SELECTORS if name != "rule"]
    entry = {
        **properties(KEYS),
        "required": ["kind", "reason"],
        "if": accepted,
        "then": {"required": ["rule"]},
        "else": {"anyOf": selectors, "not": {"required": ["rule"]}},
    }
    return {"type": "array", "items": entry}


def read(reader: Reader, node: Node | None, path: str) -> tuple[Intent, ...]:
    """Every entry that is understood; `path` is where the file stands in the tree."""
    if node is not None and not isinstance(node, yamltext.SequenceNode):
        reader.problem(node, "intent must be a list")
    return tuple(_entries(reader, node, path))


def _entries(reader: Reader, node: Node | None, path: str) -> Iterator[Intent]:
    for number, item in enumerate(yamltext.items(node)):
        where = f"intent[{number}]"
        known = len(reader.problems)
        values = reader.mapping(item, KEYS, f"{where}.")
        kind = _kind(reader, values.get("kind"), item, where)
        reason = reader.string(values.get("reason"), f"{where}.reason")
        if "reason" not in values and values:
            reader.problem(item, f"{where} has no reason; say why, for whoever reads it later")
        globs = {
            name: reader.one_or_texts(values.get(name), f"{where}.{name}",
                                     _rule if name == "rule" else None)
            for name in SELECTORS
        }  # fmt: skip
        if values and kind:
            _selects(reader, item, kind, {name for name in SELECTORS if name in values}, where)
        expires = _day(reader, values.get("expires"), f"{where}.expires")
        if len(reader.problems) == known and kind and reason:
            span = replace(reader.span(item), path=path)
            yield _intent(kind, reason, span, globs, expires)


def _intent(kind: str, reason: str, span: Span, globs: Mapping[str, tuple[str, ...]],
            expires: date | None) -> Intent:  # fmt: skip
    return Intent(kind, reason, span, expires=expires, **globs)


def _kind(reader: Reader, node: Node | None, item: Node, where: str) -> str | None:
    if node is None:
        if isinstance(item, yamltext.MappingNode):
            reader.problem(item, f"{where} has no kind; it is one of {', '.join(KINDS)}")
        return None
    kind = yamltext.text_of(node)
    if kind in KINDS:
        return kind
    near = difflib.get_close_matches(kind, KINDS, 1)
    hint = f"did you mean {near[0]}?" if near else f"it is one of {', '.join(KINDS)}"
    reader.problem(node, f"{where}.kind: {kind or 'this'} is no kind; {hint}")
    return None


def _selects(reader: Reader, item: Node, kind: str, given: set[str], where: str) -> None:
    """A rule exactly where findings are accepted; else at least one selector."""
    if kind == _ACCEPTED:
        if "rule" not in given:
            reader.problem(item, f"{where} names no rule; say which findings are accepted")
    elif "rule" in given:
        reader.problem(item, f"{where}.rule belongs to {_ACCEPTED} and not to {kind}")
    elif not given:
        choice = ", ".join(name for name in SELECTORS if name != "rule")
        reader.problem(item, f"{where} is about everything; name at least one of {choice}")


def _rule(glob: str) -> str | None:
    """What is wrong with a rule or a pattern of rules."""
    asked = Intent(_ACCEPTED, "", Span(""), rule=(glob,))
    named = [rule for rule in RULES if asked.silences(rule.id)]
    if any(rule.silenced for rule in named):
        return None
    if named:
        return f"{glob} cannot be silenced; mend what it finds"
    near = difflib.get_close_matches(glob, [rule.id for rule in RULES], 1)
    return f"{glob} is no rule" + (f"; did you mean {near[0]}?" if near else "")


def _day(reader: Reader, node: Node | None, where: str) -> date | None:
    if node is None:
        return None
    text = yamltext.text_of(node)
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    reader.problem(node, f"{where} must be a day such as 2027-01-31")
    return None

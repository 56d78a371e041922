"""`intent:` of groundplan.yaml → Intents: its keys, its schema, and what is wrong with entries."""

from __future__ import annotations

import difflib
import re
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from analyzer import yamltext
from analyzer.entrylist import GLOBS, TEXT, Form, Values, selects_something
from analyzer.findings import RULES
from analyzer.intent import KINDS, SELECTORS, Intent
from analyzer.keys import Key, Reader, properties
from analyzer.model import Span
from analyzer.yamltext import Node

_ACCEPTED = "accept-finding"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
KEYS: tuple[Key, ...] = (
    Key(
        "kind",
        {"enum": list(KINDS)},
        "; ".join(f"{kind}: {meaning}" for kind, meaning in KINDS.items()) + ".",
    ),
    Key(
        "reason",
        TEXT,
        "Why; reports and plans quote it.",
    ),
    Key(
        "expires",
        {"type": "string", "format": "date"},
        "The last day on which it counts, as 2027-01-31. The day it is now is the date of the "
        "newest commit. Default: it counts for ever.",
    ),
    Key("component", GLOBS, "Components, such as vault or infrastructure/*."),
    Key("environment", GLOBS, "Environments, such as production, or production/eu for a cluster."),
    Key("resource", GLOBS, "Resources, such as StatefulSet, StatefulSet/vault or */vault/*."),
    Key(
        "field",
        GLOBS,
        "Fields with all below them, such as spec.replicas or **.containers[vault].resources.",
    ),
    Key("path", GLOBS, "Files below this directory, such as clusters/production/**."),
    Key("rule", GLOBS, "Rules whose findings are accepted; with accept-finding only."),
)


def schema() -> dict[str, object]:
    """What an editor completes and checks; `FORM` says the same in words."""
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


def _selects(reader: Reader, item: Node, kind: str, given: set[str], where: str) -> None:
    """A rule exactly where findings are accepted; else at least one selector."""
    if kind == _ACCEPTED:
        if "rule" not in given:
            reader.problem(item, f"{where} names no rule; say which findings are accepted")
    elif "rule" in given:
        reader.problem(item, f"{where}.rule belongs to {_ACCEPTED} and not to {kind}")
    else:
        selects_something(reader, item, kind, given, where, SELECTORS[:-1])


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


def _rest(reader: Reader, values: Values, made: Intent, where: str) -> Intent:
    return replace(made, expires=_day(reader, values.get("expires"), f"{where}.expires"))


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


FORM = Form(
    "intent", KEYS, "kind", tuple(KINDS), SELECTORS, _selects, MappingProxyType({"rule": _rule}),
    _rest,
)  # fmt: skip

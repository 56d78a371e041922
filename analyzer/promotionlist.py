"""`promotion:` of groundplan.yaml → rules of a team's own, and what is wrong with them."""

from __future__ import annotations

from functools import partial
from typing import Literal, get_args

from analyzer.entrylist import GLOBS, TEXT, Form, selects_something
from analyzer.keys import Key, properties

Class = Literal["promote", "decide", "keep"]
CLASSES: tuple[Class, ...] = get_args(Class)
_SELECTORS = ("component", "environment", "resource", "field")
KEYS: tuple[Key, ...] = (
    Key("class", {"enum": list(CLASSES)}, "What is done with the differences it is about."),
    Key("reason", TEXT, "Why; reports quote it."),
    Key("component", GLOBS, "Components, such as vault or infrastructure/*."),
    Key("environment", GLOBS, "Environments that are promoted to, such as production."),
    Key("resource", GLOBS, "Resources, such as ConfigMap or StatefulSet/vault."),
    Key("field", GLOBS, "Fields with all below them, such as spec.replicas or data.LOG_LEVEL."),
)


def schema() -> dict[str, object]:
    """What an editor completes and checks; `FORM` says the same in words."""
    entry = {
        **properties(KEYS),
        "required": ["class", "reason"],
        "anyOf": [{"required": [name]} for name in _SELECTORS],
    }
    return {"type": "array", "items": entry}


# The kind of each entry is its class.
FORM = Form(
    "promotion", KEYS, "class", CLASSES, _SELECTORS,
    partial(selects_something, choice=_SELECTORS),
)  # fmt: skip

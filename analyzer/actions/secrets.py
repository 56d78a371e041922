"""Would a plan that edits or removes this file have to quote a secret? Then it does not."""

from __future__ import annotations

from analyzer import redact, yamltext
from analyzer.actions.errors import CannotError
from analyzer.diff import canonical
from analyzer.yamltext import YamlError


def refuse(path: str, data: bytes) -> None:
    """Raises CannotError where the file bears a secret, in plain or encrypted."""
    if bears(data):
        said = "bears a secret; a plan would have to quote it, so it stays where it is"
        raise CannotError(f"{path}: {said}")


def bears(data: bytes) -> bool:
    """Is there something in these bytes that is not to be shown?"""
    text = data.decode("utf-8", "replace")
    try:
        documents = yamltext.parse(data)
    except YamlError:
        documents = ()
    for one in documents:
        if not isinstance(one, dict):
            continue
        if "sops" in one or canonical(redact.redacted(one)) != canonical(one):
            return True
        generators = one.get("secretGenerator")
        for entry in generators if isinstance(generators, list) else ():
            if isinstance(entry, dict) and entry.get("literals"):
                return True
    return redact.text(text) != text

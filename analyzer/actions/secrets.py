"""Would a plan that edits or removes this file have to quote a secret? Then it does not."""

from __future__ import annotations

from analyzer import redact, yamltext
from analyzer.actions.errors import CannotError
from analyzer.diff import canonical
from analyzer.yamltext import YamlError


def refuse(path: str, data: bytes) -> None:
    """Raises CannotError where the file bears a secret, in plain or encrypted."""
    if bears(data):
        raise CannotError(said(path))


def said(path: str) -> str:
    """Why a file stays as it is."""
    return f"{path}: bears a secret; a plan would have to quote it, so it stays where it is"


def bears(data: bytes) -> bool:
    """Is there something in these bytes that is not to be shown?

    In YAML a key says of its value what it is, so only comments are looked at as text.
    """
    text = data.decode("utf-8", "replace")
    try:
        documents = yamltext.parse(data)
    except YamlError:
        return redact.text(text) != text
    for one in documents:
        if not isinstance(one, dict):
            if redact.text(text) != text:
                return True
            continue
        if "sops" in one or canonical(redact.redacted(one)) != canonical(one):
            return True
        generators = one.get("secretGenerator")
        for entry in generators if isinstance(generators, list) else ():
            if isinstance(entry, dict) and entry.get("literals"):
                return True
    comments = (line[line.index("#") :] for line in text.splitlines() if "#" in line)
    return any(redact.text(comment) != comment for comment in comments)

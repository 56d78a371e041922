"""Would a plan that edits or removes this file have to quote a secret? Then it does not."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from analyzer import redact, yamltext
from analyzer.actions.errors import CannotError
from analyzer.diff import canonical
from analyzer.model import Kustomization
from analyzer.yamltext import YamlError

_PATCHES = ("patches", "patchesJson6902")
_BODIES = ("data", "stringData")
_SECRET = re.compile(r"(?m)^[\s-]*kind:\s*[\"']?Secret\b")


def refuse(path: str, data: bytes) -> None:
    """Raises CannotError where the file bears a secret, in plain or encrypted."""
    if bears(data):
        raise CannotError(said(path))


def said(path: str) -> str:
    """Why a file stays as it is."""
    return f"{path}: bears a secret; a plan would have to quote it, so it stays where it is"


def aimed(kustomization: Kustomization) -> frozenset[str]:
    """The files of patches whose target may be a Secret: they need not say so themselves."""
    found = (entry.get("path") for entry in _aimed(kustomization.settings))
    return frozenset(posixpath.normpath(posixpath.join(kustomization.root, path))
                     for path in found if isinstance(path, str))  # fmt: skip


@lru_cache(maxsize=4096)  # a plan that is tried in several forms has most of its texts again
def bears(data: bytes, *, of_secret: bool = False) -> bool:
    """Is there something in these bytes that is not to be shown? `of_secret`: they patch a Secret.

    In YAML a key says of its value what it is, so only comments are looked at as text.
    """
    text = data.decode("utf-8", "replace")
    try:
        documents = yamltext.parse(data)
    except YamlError:
        return redact.text(text) != text or _SECRET.search(text) is not None
    for one in documents:
        if not isinstance(one, dict):
            if redact.text(text) != text or any(_is_body(op, of_secret) for op in _items(one)):
                return True
            continue
        if "sops" in one or canonical(redact.redacted(one)) != canonical(one):
            return True
        if of_secret and any(one.get(name) for name in _BODIES):
            return True
        if _generates(one) or any(bears(inline, of_secret=True) for inline in _inline(one)):
            return True
    comments = (line[line.index("#") :] for line in text.splitlines() if "#" in line)
    return any(redact.text(comment) != comment for comment in comments)


def _items(value: object) -> Iterator[Mapping[object, object]]:
    """The mappings of a list."""
    for item in value if isinstance(value, list) else ():
        if isinstance(item, dict):
            yield item


def _is_body(operation: Mapping[object, object], of_secret: bool) -> bool:
    """Does a step of a JSON patch say what is in a Secret?"""
    name = str(operation.get("path", "")).strip("/").partition("/")[0]
    return "value" in operation and (name == "stringData" or (of_secret and name in ("", "data")))


def _aimed(settings: Mapping[str, object]) -> Iterator[Mapping[object, object]]:
    """The entries of patches that may find a Secret by their target."""
    for field in _PATCHES:
        for entry in _items(settings.get(field)):
            target = entry.get("target")
            kind = str(target.get("kind") or ".*") if isinstance(target, dict) else "no"
            try:
                found = re.fullmatch(kind, "Secret") is not None
            except re.error:
                found = True
            if found:
                yield entry


def _inline(settings: Mapping[str, object]) -> Iterator[bytes]:
    """Texts of patches in a kustomization that may find a Secret."""
    for entry in _aimed(settings):
        if isinstance(entry.get("patch"), str):
            yield str(entry["patch"]).encode()


def _generates(content: Mapping[str, object]) -> bool:
    """Does it list the very words of a generated Secret: in a kustomization or a generator?"""
    if content.get("kind") == "SecretGenerator" and content.get("literals"):
        return True
    if any(entry.get("literals") for entry in _items(content.get("secretGenerator"))):
        return True
    plugins = content.get("generators")
    for text in plugins if isinstance(plugins, list) else ():
        if isinstance(text, str) and "\n" in text and bears(text.encode()):
            return True
    return False

"""Older bytes of a file → what a fragment was in them: found again by name, not by line. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from analyzer import collecting, yamltext
from analyzer.diff import ABSENT
from analyzer.fragments import Fragment
from analyzer.yamltext import YamlError

_PATCHES = ("patches", "patchesStrategicMerge", "patchesJson6902")


def content(one: Fragment, data: bytes) -> object:
    """What the fragment was in these bytes; ABSENT where it was not there, or is not to be read."""
    if one.shape == "generator":
        return _input(one, data)
    documents = _documents(data)
    match one.shape:
        case "entry":
            return _entry(one, documents)
        case "patch":
            return _patch(one, documents)
        case "document":
            return _document(one, documents)
        case _:
            whole = _document(one, documents)
            return ABSENT if whole is ABSENT else _at(whole, one.pointer)


_BETWEEN = re.compile(rb"^---[ \t]*(?:#[^\n]*)?\r?\n", re.MULTILINE)
_MORE = re.compile(rb"^(?:%|\.\.\.)", re.MULTILINE)  # directives, and ends of documents


@lru_cache(maxsize=8)  # the fragments of one file are asked for one after another
def _documents(data: bytes) -> tuple[object, ...]:
    """What the documents of a file held; one that a commit left alone is parsed once for all."""
    parts = [data] if _MORE.search(data) else _BETWEEN.split(data)
    try:
        return tuple(document for part in parts for document in _parsed(part))
    except YamlError:
        return ()


@lru_cache(maxsize=2048)
def _parsed(data: bytes) -> tuple[object, ...]:
    return yamltext.parse(data)


def _input(one: Fragment, data: bytes) -> object:
    if isinstance(one.content, str):
        return data.decode("utf-8", "replace")
    documents = _documents(data)
    return documents[0] if len(documents) == 1 else ABSENT


def _document(one: Fragment, documents: tuple[object, ...]) -> object:
    wanted = one.of or one.id
    for document in documents:
        if wanted is not None and _named(document) == (wanted.kind, wanted.name):
            return document
    return ABSENT


def _named(document: object) -> tuple[str, str]:
    if not isinstance(document, Mapping):
        return "", ""
    metadata = document.get("metadata")
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    return str(document.get("kind") or ""), str(name or "")


def _entry(one: Fragment, documents: tuple[object, ...]) -> object:
    field, name = one.key
    for document in documents[:1]:
        value = document.get(field) if isinstance(document, Mapping) else None
        for item in value if isinstance(value, list) else (value,):
            if item is not None and collecting.entry_name(item) == name:
                return item
    return ABSENT


def _patch(one: Fragment, documents: tuple[object, ...]) -> object:
    """In a file of patches by what it names itself; in a kustomization file by what it patches."""
    for document in (d for whole in documents[:1] for d in _inline(whole)):
        if collecting.patch_key(*document) == one.key:
            return document[0]
    own = _named(one.content)
    if own != ("", ""):
        return next((document for document in documents if _named(document) == own), ABSENT)
    return documents[one.order] if one.order < len(documents) else ABSENT


def _inline(whole: object) -> Iterator[tuple[object, object]]:
    """(Content, target) of every inline patch of a kustomization file."""
    for field in _PATCHES if isinstance(whole, Mapping) else ():
        listed = whole.get(field) if isinstance(whole, Mapping) else None
        for item in listed if isinstance(listed, list) else ():
            target = item.get("target") if isinstance(item, Mapping) else None
            text = item.get("patch") if isinstance(item, Mapping) else item
            if isinstance(text, str) and "\n" in text:
                yield from ((document, target) for document in _documents(text.encode()))


def _at(value: object, pointer: str) -> object:
    """A part of a document; a text on the way is YAML itself."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping):
            value = value.get(name, ABSENT)
        elif isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return ABSENT
    if isinstance(value, str):
        inner = _documents(value.encode())
        return inner[0] if len(inner) == 1 else ABSENT
    return value

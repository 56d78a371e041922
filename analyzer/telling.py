"""A file's bytes → may it say what other Flux objects depend on? Sound: if in doubt, it does.

Flux and operator objects, and the ConfigMaps, Secrets and sources that any of them names, in any
file. A name put together by a prefix or a variable counts as any.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from analyzer import yamltext
from analyzer.yamltext import YamlError

_OBJECTS = (b"kustomize.toolkit.fluxcd.io", b"source.extensions.fluxcd.io",
            b"fluxcd.controlplane.io", b"kustomize-controller")  # fmt: skip
_KINDS = re.compile(
    rb"kind[\"']?\s*:\s*(?:[&!]\S+\s+)?[\"']?(?:ConfigMap|\w*Secret|OnePasswordItem|Certificate"
    rb"|GitRepository|OCIRepository|Bucket)|/kind|(?:config[mM]ap|secret)Generator"
)
_MADE_UP = re.compile(rb"name[\"']?\s*:[^\n]*\$\{|name(?:Prefix|Suffix)|PrefixTransformer"
                      rb"|SuffixTransformer|generateName", re.I)  # fmt: skip
_LISTENS = (b"substituteFrom", b"sourceRef")
_SOURCES = ("GitRepository", "OCIRepository", "Bucket", "ExternalArtifact")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The names somebody listens to. `anything`: nobody knows which, so no file is mute."""

    names: frozenset[bytes] = frozenset()
    anything: bool = False


def wanted(files: Iterable[bytes]) -> Wanted:
    """What the Flux objects of a tree take variables and files from, by name."""
    names: set[bytes] = set()
    for data in files:
        if not any(word in data for word in _LISTENS):
            continue
        found = tuple(_names_in(data))
        if None in found:
            return Wanted(anything=True)
        names.update(name.encode() for name in found if name)
    if any(b"${" in name or b"$(" in name for name in names):
        return Wanted(anything=True)
    return Wanted(frozenset(names - {b""}))


def speaks(data: bytes, heard: Wanted) -> bool:
    """May what a file holds concern another object than itself?"""
    if heard.anything or any(word in data for word in _OBJECTS):
        return True
    if b"sync" in data and b"instance" in data:  # what the flux-instance chart is given
        return True
    if not heard.names:
        return False
    if b"nameP" in data or b"nameS" in data or b"fixTransformer" in data:
        return True
    if _KINDS.search(data) is None:
        return False
    return _MADE_UP.search(data) is not None or any(name in data for name in heard.names)


def _names_in(data: bytes) -> Iterator[str | None]:
    """Names under the fields that listen; None where a text mentions one and is not understood."""
    try:
        documents = yamltext.parse(data)
    except YamlError:
        yield None
        return
    for document in documents:
        yield from _names(document)


def _names(value: object) -> Iterator[str | None]:
    if isinstance(value, Mapping):
        path = value.get("path")
        if isinstance(path, str) and any(word.decode() in path for word in _LISTENS):
            yield from _scalars(value.get("value"))
            return
        for key, child in value.items():
            if key == "substituteFrom":
                yield from _named(child)
            elif key == "sourceRef":
                if not isinstance(child, Mapping) or child.get("kind") in (None, *_SOURCES):
                    yield from _named(child)
            else:
                yield from _names(child)
    elif isinstance(value, list):
        for child in value:
            yield from _names(child)
    elif isinstance(value, str) and any(word.decode() in value for word in _LISTENS):
        yield from _in_text(value)


def _in_text(text: str) -> Iterator[str | None]:
    """A patch that is written inside another file; of a text that is none nothing is known."""
    try:
        documents = yamltext.parse(text.encode())
    except YamlError:
        documents = ()
    inner = [d for d in documents if isinstance(d, Mapping | list)]
    if not inner:
        yield None
    for document in inner:
        yield from _names(document)


def _named(value: object) -> Iterator[str | None]:
    """Every `name` below; a value that is no mapping or list is not understood."""
    if isinstance(value, Mapping):
        yield str(value.get("name") or "")
    elif isinstance(value, list):
        for child in value:
            yield from _named(child)
    elif value is not None:
        yield None


def _scalars(value: object) -> Iterator[str | None]:
    """Of a JSON patch: any text in the value may be the name."""
    if isinstance(value, Mapping):
        for child in value.values():
            yield from _scalars(child)
    elif isinstance(value, list):
        for child in value:
            yield from _scalars(child)
    elif isinstance(value, str):
        yield value

"""Fragments → the values of HelmReleases in them, and of the ConfigMaps they take values from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from analyzer import yamltext
from analyzer.candidates import Shape
from analyzer.fragments import Fragment
from analyzer.yamltext import YamlError

INLINE = "/spec/values"


def values(found: Iterable[Fragment]) -> Iterator[Fragment]:
    """What HelmReleases and the ConfigMaps they take values from hold as values."""
    listed = tuple(found)
    named = {
        (one.copy.root, str(entry.get("name")))
        for one in listed
        for entry in _values_from(one.content)
    }
    for one in listed:
        content = one.content
        if one.id is None or not isinstance(content, Mapping):
            continue
        spec = content.get("spec")
        if one.id.kind == "HelmRelease" and isinstance(spec, Mapping):
            yield from _value_of(one, f"values of {one.name}", INLINE, spec.get("values"))
        elif one.id.kind == "ConfigMap" and (one.copy.root, one.id.name) in named:
            yield from _value_data(one, content.get("data"))


def _values_from(content: object) -> Iterator[Mapping[str, object]]:
    spec = content.get("spec") if isinstance(content, Mapping) else None
    listed = spec.get("valuesFrom") if isinstance(spec, Mapping) else None
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, Mapping) and entry.get("kind") == "ConfigMap":
            yield entry


def _value_data(one: Fragment, data: object) -> Iterator[Fragment]:
    for key, written in data.items() if isinstance(data, Mapping) else ():
        if not isinstance(written, str) or "\n" not in written:
            continue
        try:
            (value,) = yamltext.parse(written.encode())
        except (YamlError, ValueError):
            continue
        pointer = yamltext.pointer(("data", str(key)))
        yield from _value_of(one, f"values of {one.name}", pointer, value)


def _value_of(one: Fragment, name: str, pointer: str, content: object) -> Iterator[Fragment]:
    if isinstance(content, Mapping) and content:
        shape: Shape = "values"
        yield replace(one, shape=shape, name=name, pointer=pointer, content=content,
                      variant="values", key=("values", *one.key))  # fmt: skip

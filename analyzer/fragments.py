"""Pieces of text as written, and their leaves: what copies are told by.

Scalars are compared as kustomize reads them, so quotes, comments and the order of keys do not
count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from analyzer.candidates import Copy, Shape
from analyzer.diff import element_names
from analyzer.model import ResourceId

Leaves = Mapping[str, str]  # key → the scalar there, and its type
_LINES = "lines"  # of a text that is no YAML


@dataclass(frozen=True, eq=False)
class Fragment:
    """One piece of text: where it is, what it is, and its content.

    `id` is what it is, or what it patches, `of` the document that a part is a part of.
    `key` is the same for what is the same thing: identity of a document, target of a patch, field
    and name of an entry. `order` tells apart several of a kind in one file. `excluded` says why
    nobody should extract it; `made` that its own text says a program writes it.
    """

    shape: Shape
    id: ResourceId | None
    name: str
    pointer: str
    key: tuple[str, ...]
    copy: Copy
    content: object
    order: int = 0
    variant: str = ""  # what may never be joined with another: kind, way of patching
    excluded: str = ""
    made: bool = False
    fingerprint: str = ""  # of bytes, in place of leaves, for what nobody extracts
    of: ResourceId | None = None

    @cached_property
    def leaves(self) -> Leaves:
        return {"": self.fingerprint} if self.fingerprint else leaves(self.content)

    @cached_property
    def tokens(self) -> frozenset[tuple[str, str]]:
        return frozenset(self.leaves.items())

    @cached_property
    def unnamed(self) -> frozenset[tuple[str, str]]:
        """The same with the thing's own name taken out, so that a renamed copy is like it."""
        own = self.id.name if self.id is not None else ""
        if len(own) < 2:
            return self.tokens
        word = re.compile(rf"(?<![A-Za-z0-9]){re.escape(own)}(?![A-Za-z0-9])")
        return frozenset((word.sub("\0", key), word.sub("\0", value)) for key, value in self.tokens)

    def pointers(self, keys: Iterable[str]) -> Iterator[str]:
        """Leaves' keys as JSON pointers into this content; what it lacks is left out."""
        wanted = set(keys)
        if isinstance(self.content, str):
            numbers = _numbers(self.content)
            yield from (f"/{numbers[key]}" for key in sorted(wanted) if key in numbers)
        else:
            yield from (p for key, p in _pointers(self.content, "", "") if key in wanted)


def leaves(content: object) -> Leaves:
    """Scalars, empty maps and lists by place; of a text that is no YAML its lines."""
    return _lines(content) if isinstance(content, str) else dict(_leaves(content, ""))


def _leaves(value: object, at: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for name, child in value.items():
            yield from _leaves(child, f"{at}/{_step(name)}")
    elif isinstance(value, list) and value:
        for name, child in _elements(value, at):
            yield from _leaves(child, f"{at}/{name}")
    else:
        yield at, _token(value)


def _pointers(value: object, at: str, pointer: str) -> Iterator[tuple[str, str]]:
    """(Key, JSON pointer) of every leaf."""
    if isinstance(value, Mapping) and value:
        for name, child in value.items():
            step = _step(name)
            yield from _pointers(child, f"{at}/{step}", f"{pointer}/{step}")
    elif isinstance(value, list) and value:
        for index, (name, child) in enumerate(_elements(value, at)):
            yield from _pointers(child, f"{at}/{name}", f"{pointer}/{index}")
    else:
        yield at, pointer


def _step(name: object) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")


def _elements(listed: list[object], at: str) -> Iterator[tuple[str, object]]:
    """Elements by what tells them apart where there is something, else by position."""
    names = element_names(listed, at.rpartition("/")[2])
    yield from zip(map(_step, names), listed, strict=True)


def _token(value: object) -> str:
    if isinstance(value, str):
        return f"str {value}"
    return f"{type(value).__name__} {value}"


def _lines(text: str) -> Leaves:
    return dict.fromkeys(_numbers(text), _LINES)


def _numbers(text: str) -> dict[str, int]:
    """Lines with how many were the same before, and where they are; empty ones do not count."""
    found: dict[str, int] = {}
    seen: dict[str, int] = {}
    for number, line in enumerate(text.splitlines()):
        if line.strip():
            seen[line] = seen.get(line, 0) + 1
            found[f"{seen[line]} {line}"] = number
    return found

"""A marked render → the render as it is, and who wrote each of its fields, by their marks' ids."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from analyzer.marks import WINNER, WRITER
from analyzer.model import Content, RenderedResource

Path = tuple[str | int, ...]
_WRITER = re.compile(f"(.*){WRITER}([0-9a-z]+)", re.S)


@dataclass(frozen=True, slots=True)
class Shadow:
    """The ids at one leaf. `winner` wrote it last; None where nobody did, or it was taken away."""

    winner: str | None
    writers: tuple[str, ...]


@dataclass(slots=True)
class Split:
    """A document without its shadows, and them by the path of their leaf."""

    content: object
    shadows: dict[Path, Shadow] = field(default_factory=dict)


def split(content: Content, known: Container[str]) -> Split:
    """Take a marked document apart. Maps that held nothing but shadows are left out."""
    found = Split(None)
    found.content = _taken(content, (), found.shadows, known)
    return found


def _taken(value: object, at: Path, found: dict[Path, Shadow], known: Container[str]) -> object:
    if isinstance(value, list):
        return [_taken(item, (*at, index), found, known) for index, item in enumerate(value)]
    if not isinstance(value, Mapping):
        return value
    kept: dict[str, object] = {}
    winners: dict[str, str] = {}
    writers: dict[str, list[str]] = {}
    for key, child in value.items():
        if "__gp" not in key:
            kept[key] = child
        elif key.endswith(WINNER):
            winners[key.removesuffix(WINNER)] = _id(child, known)
        elif (match := _WRITER.fullmatch(key)) is not None:
            writers.setdefault(match[1], []).append(match[2])
        else:
            kept[key] = child
    for key in dict.fromkeys((*winners, *writers)):
        found[(*at, key)] = Shadow(winners.get(key) or None, tuple(writers.get(key, ())))
    made: dict[str, object] = {}
    for key, child in kept.items():
        taken = _taken(child, (*at, key), found, known)
        if taken != {} or child == {}:
            made[key] = taken
    return made


def _id(value: object, known: Container[str]) -> str:
    """An id as it was put in: the data of a Secret that is generated comes in base64."""
    text = str(value) if value is not None else ""
    if not text or text in known:
        return text
    try:
        return base64.b64decode(text, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return text


# pairing with the plain render --------------------------------------------------------------------


Cache = dict[int, tuple[Content, Split]]  # by the id of a document that several renders share


def _split(content: Content, known: Container[str], cache: Cache | None) -> Split:
    if cache is None:
        return split(content, known)
    if id(content) not in cache:
        cache[id(content)] = content, split(content, known)
    return cache[id(content)][1]


@dataclass(frozen=True, slots=True)
class Pair:
    """A resource of the plain render and its marked twin; `same`: nothing but shadows differs."""

    resource: RenderedResource
    shadows: Mapping[Path, Shadow]
    same: bool


def paired(
    plain: Sequence[RenderedResource],
    marked: Sequence[RenderedResource],
    known: Container[str],
    cache: Cache | None = None,
) -> tuple[Pair, ...]:
    """Each resource of the plain render with what its marked twin tells; in the plain order.

    A marked generator's data gives its name another hash: such names are mapped before comparing.
    """
    twins = _twins(plain, marked)
    splits = [None if twin is None else _split(twin.content, known, cache) for twin in twins]
    renamed = {
        twin.id.name: resource.id.name
        for resource, twin in zip(plain, twins, strict=True)
        if twin is not None and twin.id.name != resource.id.name
    }
    return tuple(
        Pair(resource, {}, False)
        if taken is None
        else Pair(resource, taken.shadows, _same(taken.content, resource.content, renamed))
        for resource, taken in zip(plain, splits, strict=True)
    )


_HASH = re.compile(r"-[2456789bcdfghkmt]{10}$")


def _twins(
    plain: Sequence[RenderedResource], marked: Sequence[RenderedResource]
) -> list[RenderedResource | None]:
    kinds = [(r.id.kind, r.id.namespace) for r in plain]
    if kinds == [(r.id.kind, r.id.namespace) for r in marked]:
        return list(marked)
    left: dict[object, list[RenderedResource]] = {}
    for resource in marked:
        left.setdefault(_loose(resource), []).append(resource)
    return [twins.pop(0) if (twins := left.get(_loose(r))) else None for r in plain]


def _loose(resource: RenderedResource) -> object:
    name = _HASH.sub("", resource.id.name)
    return resource.id.group, resource.id.kind, resource.id.namespace, name


def _same(a: object, b: object, renamed: Mapping[str, str]) -> bool:
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        keys = {key for key in (*a, *b) if not (_hollow(a.get(key)) and _hollow(b.get(key)))}
        return all(_same(a.get(key), b.get(key), renamed) for key in keys)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(_same(x, y, renamed) for x, y in zip(a, b, strict=True))
    if a == b or a != a:
        return True
    if isinstance(a, str) and isinstance(b, str):
        for name, becomes in renamed.items():
            a = a.replace(name, becomes)
        return a == b
    return False


def _hollow(value: object) -> bool:
    """Nothing, or maps of nothing: the last key of a map may have been a shadow or a null."""
    return value is None or (isinstance(value, Mapping) and all(map(_hollow, value.values())))


def leaves(content: object, at: Path = ()) -> Iterator[tuple[Path, object]]:
    """Every scalar, empty map and empty list with its path, in the engine's order."""
    if isinstance(content, Mapping) and content:
        for key, child in content.items():
            yield from leaves(child, (*at, key))
    elif isinstance(content, list) and content:
        for index, child in enumerate(content):
            yield from leaves(child, (*at, index))
    else:
        yield at, content

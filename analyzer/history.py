"""Commits and the bytes they left → what one place of a file held over time. Pure.

A place is found again in older bytes by names (of documents, keys and list elements), not by its
line.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from analyzer import yamltext
from analyzer.diff import ABSENT
from analyzer.model import Commit, ResourceId, Seat, Span
from analyzer.yamltext import MappingNode, Node, ScalarNode, SequenceNode, YamlError

_KEYS = ("name", "key", "path", "host", "containerPort", "port", "mountPath", "id")
_END = 1_000_000  # a column behind everything on a line


@dataclass(frozen=True, slots=True)
class Touch:
    """A commit and what it left of the files that were asked for; None: it removed the file."""

    commit: Commit
    blobs: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Past:
    """Commits that touched some files, oldest first. `limit` says why there may be more before."""

    touches: tuple[Touch, ...] = ()
    limit: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """What a place held from a commit on. `order` grows along history."""

    order: int
    commit: Commit
    value: object


Timeline = tuple[Moment, ...]  # oldest first; neighbours differ


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rendered value is set, and by what."""

    at: Span
    directive: str = ""


Asked = tuple[Seat, str, ResourceId, str]  # where, which root, which resource, JSON pointer in it


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found out about differences. `limit`: what could not be known, and why.

    `mirrored` has what stood at the same place of the other environment's file of that path.
    """

    places: Mapping[Asked, Place] = field(default_factory=dict)
    timelines: Mapping[Span, Timeline] = field(default_factory=dict)
    mirrored: Mapping[tuple[Span, str], Timeline] = field(default_factory=dict)
    pins: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # file → when versions moved
    promoted: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # the same, root by root
    touched: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # root → when it changed
    limit: str = ""


def births(touches: Iterable[Touch]) -> Iterator[tuple[str, str]]:
    """(Commit, path) wherever a file came to be; of what is older than the first commit, there."""
    there: set[str] = set()
    for touch in touches:
        for path, blob in touch.blobs.items():
            if blob is None:
                there.discard(path)
            elif path not in there:
                there.add(path)
                yield touch.commit.id, path


def followed(
    touches: Sequence[Touch], wanted: Collection[str], renames: Mapping[tuple[str, str], str]
) -> tuple[Touch, ...]:
    """The same, with what a wanted file was called before told under the name it has now.

    `renames`: (commit, new path) → old path. Commits that touch nothing wanted are left out.
    """
    if not renames:
        return tuple(touches)
    orders = {touch.commit.id: order for order, touch in enumerate(touches)}
    before: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for (id, path), old in renames.items():
        if id in orders:
            before[path].append((orders[id], old))
    called: dict[str, list[tuple[int, int, str]]] = defaultdict(list)  # from, until, wanted file
    for path in wanted:
        name, until, seen = path, len(touches), {""}
        while name not in seen:
            seen.add(name)
            start, old = max(((order, old) for order, old in before[name]
                              if order < until and old not in seen), default=(0, ""))  # fmt: skip
            called[name].append((start, until, path))
            name, until = old, start
    made: list[Touch] = []
    for order, touch in enumerate(touches):
        held = {path: blob for path, blob in touch.blobs.items() if path not in called}
        for path, blob in touch.blobs.items():
            held |= {target: blob for start, until, target in called.get(path, ())
                     if start <= order < until}  # fmt: skip
        if held:
            made.append(Touch(touch.commit, held))
    return tuple(made)


Step = str | int | tuple[str, str]
Locator = tuple[Step, ...]
_INNER = ("inner", "")


# where a line is, in names -----------------------------------------------------------------------


def locate(data: bytes, path: str, at: Span) -> Locator | None:
    """The place of a span in words that older bytes understand; None where it is no YAML."""
    try:
        text = yamltext.compose(data, path)
    except YamlError:
        return None
    here = at.line - 1, max(0, at.column - 1)
    for index, document in enumerate(text.documents):
        if document.start_mark.line <= here[0] <= document.end_mark.line:
            last = index + 1 == len(text.documents)
            after = None if last else text.documents[index + 1].start_mark.line
            if after is None or here[0] < after:
                return (_document(document, index), *_inner(document, here, _is(text, at)))
    return None


def _is(text: yamltext.Text, at: Span) -> Callable[[Node], bool]:
    """Is a node what a span covers?"""
    exact = (at.start, at.end) if at.end > at.start else None
    return lambda node: exact == _bytes(text, node)


def document(id: ResourceId) -> Locator:
    """A whole document, by what it is."""
    return (("document", f"{id.kind}/{id.name}"),)


def _bytes(text: yamltext.Text, node: Node) -> tuple[int, int]:
    span = text.span(node)
    return span.start, span.end


def _document(node: Node, index: int) -> Step:
    kind = yamltext.text_of(yamltext.get(node, "kind"))
    name = yamltext.text_of(yamltext.get(node, "metadata", "name"))
    return ("document", f"{kind}/{name}") if kind and name else index


def _inner(node: Node, here: tuple[int, int], found: Callable[[Node], bool]) -> Iterator[Step]:
    if found(node):
        return
    if isinstance(node, MappingNode):
        before = [(k, n, v) for k, n, v in yamltext.pairs(node) if _start(n) <= here]
        if before:
            name, key, value = before[-1]
            yield name
            if _start(key) != here or not isinstance(value, MappingNode | SequenceNode):
                yield from _inner(value, here, found)
    elif isinstance(node, SequenceNode):
        listed = [(i, v) for i, v in enumerate(node.value) if _start(v) <= here]
        if listed:
            index, value = listed[-1]
            yield _element(value, index)
            yield from _inner(value, here, found)
    elif isinstance(node, ScalarNode) and node.style in ("|", ">"):
        line = here[0] - node.start_mark.line - 1
        yield from _within(node.value, line)


def _within(text: str, line: int) -> Iterator[Step]:
    """A line inside a text that is YAML itself, as inline patches are."""
    if line < 0:
        return
    found = locate(text.encode(), "", Span("", line + 1, _END))
    if found is not None:
        yield _INNER
        yield from found


def _start(node: Node) -> tuple[int, int]:
    return node.start_mark.line, node.start_mark.column


def _element(node: Node, index: int) -> Step:
    if isinstance(node, ScalarNode):
        key, equals, _ = node.value.partition("=")
        return ("literal", key) if equals else ("is", node.value)
    for key in _KEYS:
        named = yamltext.text_of(yamltext.get(node, key))
        if named:
            return key, named
    return index


# what is there -----------------------------------------------------------------------------------


def read(data: bytes, locator: Locator) -> object:
    """The value at a place; ABSENT where it is not there, or the bytes are no YAML."""
    documents = _documents(data)
    if not documents:
        return ABSENT
    first, *rest = locator
    if isinstance(first, int):
        return _read(documents[first], rest) if first < len(documents) else ABSENT
    for at, node in enumerate(documents):
        if _document(node, at) == first:
            return _read(node, rest)
    return ABSENT


def _is_named(node: Node, key: str, name: str) -> bool:
    return yamltext.text_of(yamltext.get(node, key)) == name


@lru_cache(maxsize=256)
def _documents(data: bytes) -> tuple[Node, ...]:
    try:
        return yamltext.compose(data, "").documents
    except YamlError:
        return ()


def _read(node: Node | None, steps: list[Step]) -> object:
    for number, step in enumerate(steps):
        if step == _INNER:
            text = yamltext.text_of(node)
            return read(text.encode(), tuple(steps[number + 1 :]))
        if isinstance(step, tuple):
            if step[0] == "literal":
                prefix = f"{step[1]}="
                texts = map(yamltext.text_of, yamltext.items(node))
                return next((t[len(prefix) :] for t in texts if t.startswith(prefix)), ABSENT)
            if step[0] == "is":
                texts = map(yamltext.text_of, yamltext.items(node))
                return step[1] if step[1] in texts else ABSENT
            node = next((n for n in yamltext.items(node) if _is_named(n, *step)), None)
        elif isinstance(step, int):
            listed = yamltext.items(node)
            node = listed[step] if step < len(listed) else None
        else:
            node = yamltext.get(node, step)
        if node is None:
            return ABSENT
    try:
        return yamltext.value(node)
    except YamlError:
        return ABSENT


# over time ---------------------------------------------------------------------------------------


def timeline(past: Past, blobs: Mapping[str, bytes], path: str, locator: Locator) -> Timeline:
    """What a place held after each commit that changed it."""
    found: list[Moment] = []
    for order, touch in enumerate(past.touches):
        if path not in touch.blobs:
            continue
        id = touch.blobs[path]
        if id is not None and id not in blobs:
            continue  # not in this clone
        value = read(blobs[id], locator) if id is not None else ABSENT
        if not found and value is ABSENT:
            continue
        if not found or found[-1].value != value:
            found.append(Moment(order, touch.commit, value))
    return tuple(found)


_PINS = frozenset(("newTag", "digest", "tag", "version", "image", "targetRevision", "semver"))
_IMAGE = re.compile(r"[\w.-]+(?:/[\w.-]+)+(?::\w[\w.-]*|@sha256:[0-9a-f]+)")


def pins(past: Past, blobs: Mapping[str, bytes], path: str) -> tuple[int, ...]:
    """When a file's versions changed, whatever else did; its first version is no change."""
    found: list[int] = []
    before: frozenset[str] | None = None
    for order, touch in enumerate(past.touches):
        data = blobs.get(touch.blobs.get(path) or "")
        if data is None:
            continue
        now = frozenset(one for node in _documents(data) for one in _pinned(node, ""))
        if before is not None and now != before:
            found.append(order)
        before = now
    return tuple(found)


def _pinned(node: Node, key: str, depth: int = 0) -> Iterator[str]:
    if isinstance(node, ScalarNode):
        if key in _PINS or "ref=" in node.value or _IMAGE.fullmatch(node.value):
            yield f"{key} {node.value}"
    elif depth < yamltext.MAX_DEPTH:
        for name, _, child in yamltext.pairs(node):
            yield from _pinned(child, name, depth + 1)
        for child in yamltext.items(node):
            yield from _pinned(child, key, depth + 1)

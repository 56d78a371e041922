"""Rendered content → leaf fields, and what became of each between two renders.

Lists of mappings are matched by what Kubernetes takes for their key, not by position: adding a
container in front of another is one added container, not two changed ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum

Leaf = tuple[str, ...]

# By list name where `name` is not the key: k8s.io/api `patchMergeKey` tags, and conditions.
_KEYS = {
    "ports": ("containerPort", "port"),
    "paths": ("path",),
    "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",),
    "hostAliases": ("ip",),
    "ownerReferences": ("uid",),
    "conditions": ("type",),
    "topologySpreadConstraints": ("topologyKey",),
    "rules": ("host",),
    "subjects": ("name",),
}


@dataclass(frozen=True, slots=True)
class Leaves:
    """What an overlay did to the leaf fields of what it builds on, as counts."""

    inherited: int = 0
    overridden: int = 0
    added: int = 0
    removed: int = 0

    def __add__(self, other: Leaves) -> Leaves:
        return Leaves(
            self.inherited + other.inherited,
            self.overridden + other.overridden,
            self.added + other.added,
            self.removed + other.removed,
        )

    @property
    def changed(self) -> int:
        return self.overridden + self.added + self.removed


def leaves(content: object) -> dict[Leaf, object]:
    """Every scalar, empty map and empty list, by its path; list elements by key as `[name=web]`."""
    return dict(_leaves(content, ()))


def _leaves(value: object, path: Leaf) -> Iterator[tuple[Leaf, object]]:
    if isinstance(value, Mapping) and value:
        for key, child in value.items():
            yield from _leaves(child, (*path, str(key)))
    elif isinstance(value, list) and value:
        for name, child in zip(element_names(value, path[-1] if path else ""), value, strict=True):
            yield from _leaves(child, (*path, name))
    else:
        yield path, value


def element_names(elements: list[object], field: str) -> list[str]:
    """A name for each element: `[name=web]` where a key tells them apart, else `[0]`."""
    for key in (*_KEYS.get(field, ()), "name", "key"):
        names = [_named(element, key) for element in elements]
        if len(set(names) - {None}) == len(elements):
            return [str(name) for name in names]
    return [f"[{position}]" for position in range(len(elements))]


def _named(element: object, key: str) -> str | None:
    """`[name=web]`; of ports that are not TCP also the protocol, which is part of their key."""
    name = element.get(key) if isinstance(element, Mapping) else None
    if not isinstance(element, Mapping) or not isinstance(name, str | int):
        return None
    protocol = element.get("protocol", "TCP") if key in _KEYS["ports"] else "TCP"
    return f"[{key}={name}]" if protocol == "TCP" else f"[{key}={name},protocol={protocol}]"


def compare(before: object, after: object) -> Leaves:
    """Counts of leaf fields that stayed, changed, came and went."""
    old, new = leaves(before), leaves(after)
    both = old.keys() & new.keys()
    same = sum(equal(old[leaf], new[leaf]) for leaf in both)
    return Leaves(same, len(both) - same, len(new.keys() - both), len(old.keys() - both))


def equal(a: object, b: object) -> bool:
    """Equal as Kubernetes would see it: 1 and true differ, 1 and 1.0 do not."""
    same = a == b or (a != a and b != b)  # .nan is itself
    return same and isinstance(a, bool) == isinstance(b, bool)


def canonical(content: object) -> str:
    """A value as text: no two different values have the same, but for the order of keys."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, default=repr)


def leaf_of(content: object, pointer: str) -> Leaf | None:
    """What a JSON pointer (RFC 6901) names, elements of lists by name; None where nothing is."""
    leaf: list[str] = []
    for token in pointer.split("/")[1:]:
        part = token.replace("~1", "/").replace("~0", "~")
        if isinstance(content, Mapping) and part in content:
            content = content[part]
        elif isinstance(content, list) and part.isdigit() and int(part) < len(content):
            names = element_names(content, leaf[-1] if leaf else "")
            part, content = names[int(part)], content[int(part)]
        else:
            return None
        leaf.append(part)
    return tuple(leaf)


def field_name(leaf: Leaf) -> str:
    """`spec.template.spec.containers[name=app].image`."""
    text = ""
    for part in leaf:
        text += part if part.startswith("[") or not text else f".{part}"
    return text


# what became of every value ----------------------------------------------------------------------


class Absent(Enum):
    """There is no value; null is one."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Element:
    """One step into a list. Positions count from 0; None: it is not there on that side."""

    name: str  # `[name=app]` where a key tells elements apart, else `[2]`
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Order:
    """The elements that stay in a list, by their positions before, and what they are called."""

    positions: tuple[int, ...]
    names: tuple[str, ...]


Step = str | Element


@dataclass(frozen=True, slots=True)
class ValueChange:
    """One value that changed; ABSENT on the side where it is not. Of a new order: two Orders."""

    path: tuple[Step, ...]
    before: object
    after: object

    @property
    def field(self) -> str:
        """`spec.template.spec.containers[name=app].image`."""
        return field_name(self.leaf)

    @property
    def leaf(self) -> Leaf:
        return tuple(s.name if isinstance(s, Element) else s for s in self.path)

    @property
    def pointer(self) -> str:
        """RFC 6901, into what there is after; of what is removed into what was before."""
        return "".join("/" + _token(step, self.after is ABSENT) for step in self.path)

    @property
    def before_pointer(self) -> str | None:
        """The same place in what was before; None where it was not there."""
        if self.before is ABSENT:
            return None
        return "".join("/" + _token(step, True) for step in self.path)

    @property
    def after_pointer(self) -> str | None:
        """The place in what there is after; None where it is no more."""
        return None if self.after is ABSENT else self.pointer

    @property
    def is_order(self) -> bool:
        return isinstance(self.after, Order)


def _token(step: Step, gone: bool) -> str:
    if isinstance(step, Element):
        positions = (step.before, step.after) if gone else (step.after, step.before)
        return str(next(p for p in positions if p is not None))
    return step.replace("~", "~0").replace("/", "~1")


def changes(before: object, after: object) -> tuple[ValueChange, ...]:
    """What has to be done to `before` to make it `after`; keys by name, elements by position.

    Keys of a mapping have no order. A mapping, list or scalar that came or went is one change.
    """
    return tuple(_changes(before, after, ()))


def _changes(before: object, after: object, path: tuple[Step, ...]) -> Iterator[ValueChange]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted(before.keys() | after.keys()):
            at = (*path, key)
            if key not in before:
                yield ValueChange(at, ABSENT, after[key])
            elif key not in after:
                yield ValueChange(at, before[key], ABSENT)
            else:
                yield from _changes(before[key], after[key], at)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _list_changes(before, after, path)
    elif not _same(before, after):
        yield ValueChange(path, before, after)


def _same(before: object, after: object) -> bool:
    containers = isinstance(before, Mapping | list) or isinstance(after, Mapping | list)
    return not containers and equal(before, after)


def _list_changes(
    before: list[object], after: list[object], path: tuple[Step, ...]
) -> Iterator[ValueChange]:
    field = next((step for step in reversed(path) if isinstance(step, str)), "")
    aligned = _by_key(before, after, field if path and path[-1] == field else "")
    if aligned is None:
        aligned = _by_position(before, after)
    for element in aligned:
        at = (*path, element)
        if element.before is None and element.after is not None:
            yield ValueChange(at, ABSENT, after[element.after])
        elif element.after is None and element.before is not None:
            yield ValueChange(at, before[element.before], ABSENT)
        elif element.before is not None and element.after is not None:
            yield from _changes(before[element.before], after[element.after], at)
    stay = [e for e in aligned if e.before is not None and e.after is not None]
    order = Order(*_positions(sorted(stay, key=lambda e: e.before or 0)))
    turned = Order(*_positions(sorted(stay, key=lambda e: e.after or 0)))
    if order != turned:
        yield ValueChange(path, order, turned)


def _positions(elements: Iterable[Element]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    listed = tuple(elements)
    return tuple(e.before or 0 for e in listed), tuple(e.name for e in listed)


def _by_key(before: list[object], after: list[object], field: str) -> list[Element] | None:
    """Elements told apart by one key on both sides: those of before in order, then new ones."""
    for key in (*_KEYS.get(field, ()), "name", "key"):
        old = [_named(element, key) for element in before]
        new = [_named(element, key) for element in after]
        if None in old or None in new or len({*old}) < len(old) or len({*new}) < len(new):
            continue
        there = {name: position for position, name in enumerate(new)}
        known = set(old)
        return [Element(str(n), i, there.get(n)) for i, n in enumerate(old)] + [
            Element(str(n), None, i) for i, n in enumerate(new) if n not in known
        ]
    return None


_ALIGNED = 2000  # elements up to which equal ones are looked for


def _by_position(before: list[object], after: list[object]) -> list[Element]:
    """Equal elements stay, as many as there are in one order; what is between them changes."""
    if len(before) == len(after) or max(len(before), len(after)) > _ALIGNED:
        blocks = [(0, len(before), 0, len(after))]
    else:
        matcher = SequenceMatcher(None, [*map(_text, before)], [*map(_text, after)], False)
        blocks = [block[1:] for block in matcher.get_opcodes()]
    found: list[Element] = []
    for first, last, start, stop in blocks:
        both = min(last - first, stop - start)
        for i in range(both):
            found.append(Element(f"[{start + i}]", first + i, start + i))
        found += [Element(f"[{i}]", i, None) for i in range(first + both, last)]
        found += [Element(f"[{i}]", None, i) for i in range(start + both, stop)]
    return found


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def apply(found: Iterable[ValueChange], before: object) -> object:
    """What `before` becomes: `apply(changes(a, b), a) == b`."""
    return _applied(before, [(change.path, change) for change in found])


_Left = list[tuple[tuple[Step, ...], ValueChange]]


def _applied(value: object, left: _Left) -> object:
    own = [change for path, change in left if not path]
    for change in own:
        if not change.is_order:
            return change.after
    inner: dict[Step, _Left] = {}
    for path, change in left:
        if path:
            inner.setdefault(path[0], []).append((path[1:], change))
    if isinstance(value, Mapping):
        made = {**value, **{str(k): _applied(value.get(str(k)), v) for k, v in inner.items()}}
        return {key: child for key, child in made.items() if child is not ABSENT}
    if not isinstance(value, list):
        return value
    steps = {step.before: inner[step] for step in inner if isinstance(step, Element)}
    orders = [change.after.positions for change in own if isinstance(change.after, Order)]
    positions = orders[0] if orders else range(len(value))
    kept = [_applied(value[at], steps.get(at, [])) for at in positions]
    kept = [child for child in kept if child is not ABSENT]
    added = [s for s in inner if isinstance(s, Element) and s.before is None]
    for step in sorted(added, key=lambda s: s.after or 0):
        kept.insert(step.after or 0, _applied(None, inner[step]))
    return kept

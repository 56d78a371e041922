"""Rendered content → leaf fields, and what became of each between two renders.

Lists of mappings are matched by what Kubernetes takes for their key, not by position: adding a
container in front of another is one added container, not two changed ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

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


def field_name(leaf: Leaf) -> str:
    """`spec.template.spec.containers[name=app].image`."""
    text = ""
    for part in leaf:
        text += part if part.startswith("[") or not text else f".{part}"
    return text

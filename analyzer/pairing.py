"""Two renders of related roots → which resource of one became which of the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from analyzer.diff import Leaves, compare, leaves
from analyzer.model import RenderedResource

_HASH = re.compile(r"-[2456789bcdfghkmt]{10}$")


def loose(resource: RenderedResource) -> tuple[str, str]:
    """Kind and name; the hash a generator appends is no part of it."""
    generated = resource.origin is None or resource.origin.path is None
    name = _HASH.sub("", resource.id.name) if generated else resource.id.name
    return resource.id.kind, name


def counted(
    base: tuple[RenderedResource, ...], here: tuple[RenderedResource, ...]
) -> tuple[Leaves, Leaves]:
    """(resources, leaf fields) inherited, overridden, added and removed against base.

    Names, namespaces and generator hashes that an overlay changes are no different resource.
    """
    pairs, added, removed = paired(base, here)
    names = hashed((*base, *here))
    fields = Leaves()
    same = 0
    for old, new in pairs:
        change = compare(without_hashes(names, old.content), without_hashes(names, new.content))
        same += change.changed == 0
        fields += change
    fields += Leaves(
        added=sum(len(leaves(r.content)) for r in added),
        removed=sum(len(leaves(r.content)) for r in removed),
    )
    return Leaves(same, len(pairs) - same, len(added), len(removed)), fields


def hashed(resources: Iterable[RenderedResource]) -> dict[str, str]:
    """Names of generated resources → the same without their hash."""
    return {r.id.name: name for r in resources if (name := loose(r)[1]) != r.id.name}


def without_hashes(names: Mapping[str, str], value: object) -> object:
    """Content with the names of generated resources as they are without their hash."""
    if not names:
        return value
    if isinstance(value, Mapping):
        return {key: without_hashes(names, child) for key, child in value.items()}
    if isinstance(value, list):
        return [without_hashes(names, child) for child in value]
    return names.get(value, value) if isinstance(value, str) else value


Pairs = list[tuple[RenderedResource, RenderedResource]]


def paired(
    base: tuple[RenderedResource, ...], here: tuple[RenderedResource, ...]
) -> tuple[Pairs, list[RenderedResource], list[RenderedResource]]:
    """Resources of base with what became of them, those only here, and those only in base.

    By origin first (the same file and identity), then by identity, by kind and name, and last by
    the file alone.
    """
    pairs: Pairs = []
    left, right = list(base), list(here)
    for key, fits in ((_exact, _any), (_same_id, _any), (_same_name, _any),
                      (_same_file, _renamed), (_same_file, _only)):  # fmt: skip
        found = _matched(left, right, key, fits)
        pairs.extend(found)
        old, new = {id(a) for a, _ in found}, {id(b) for _, b in found}
        left = [r for r in left if id(r) not in old]
        right = [r for r in right if id(r) not in new]
    return pairs, right, left


Resources = list[RenderedResource]


def _matched(
    left: Resources,
    right: Resources,
    key: Callable[[RenderedResource], object],
    fits: Callable[[RenderedResource, Resources, Resources], RenderedResource | None],
) -> Pairs:
    ours, theirs = _by_key(left, key), _by_key(right, key)
    pairs: Pairs = []
    for name, resources in ours.items():
        candidates = theirs.get(name, [])
        for resource in resources:
            match = fits(resource, resources, candidates) if candidates else None
            if match is not None:
                pairs.append((resource, match))
                candidates = [c for c in candidates if c is not match]
    return pairs


def _by_key(
    resources: Resources, key: Callable[[RenderedResource], object]
) -> dict[object, Resources]:
    found: dict[object, Resources] = {}
    for resource in resources:
        if (name := key(resource)) is not None:
            found.setdefault(name, []).append(resource)
    return found


def _any(_: RenderedResource, __: Resources, candidates: Resources) -> RenderedResource | None:
    return candidates[0]


def _renamed(
    resource: RenderedResource, ours: Resources, candidates: Resources
) -> RenderedResource | None:
    """A prefix or suffix leaves the name inside the new one: of several names the longest."""
    name = loose(resource)[1]
    longer = [other for r in ours if len(other := loose(r)[1]) > len(name) and name in other]
    fitting = [
        c
        for c in candidates
        if name in loose(c)[1] and not any(other in loose(c)[1] for other in longer)
    ]
    return min(fitting, key=lambda c: len(c.id.name), default=None)


def _only(_: RenderedResource, ours: Resources, candidates: Resources) -> RenderedResource | None:
    return candidates[0] if len(ours) == len(candidates) == 1 else None


def _exact(resource: RenderedResource) -> object:
    return resource.origin and (resource.origin, resource.id)


def _same_id(resource: RenderedResource) -> object:
    return resource.id.namespace, resource.id.group, *loose(resource)


def _same_name(resource: RenderedResource) -> object:
    return resource.id.group, *loose(resource)


def _same_file(resource: RenderedResource) -> object:
    origin = resource.origin
    if origin is None or (origin.path is None and origin.configured_in is None):
        return None
    return origin.path, origin.configured_in, resource.id.kind

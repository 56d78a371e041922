"""Two renders of related roots → which resource of one became which of the other."""

from __future__ import annotations

import re

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
    fields = Leaves()
    same = 0
    for old, new in pairs:
        change = compare(old.content, new.content)
        same += change.changed == 0
        fields += change
    fields += Leaves(
        added=sum(len(leaves(r.content)) for r in added),
        removed=sum(len(leaves(r.content)) for r in removed),
    )
    return Leaves(same, len(pairs) - same, len(added), len(removed)), fields


def paired(
    base: tuple[RenderedResource, ...], here: tuple[RenderedResource, ...]
) -> tuple[
    list[tuple[RenderedResource, RenderedResource]], list[RenderedResource], list[RenderedResource]
]:
    """Resources of base with what became of them, those only here, and those only in base.

    By origin first (the same file and kind), then by kind and name: FACTS §4.
    """
    left, right = list(base), list(here)
    pairs = []
    for key in (_exact, _same_name, _same_file):
        by_key: dict[object, list[RenderedResource]] = {}
        for resource in right:
            by_key.setdefault(key(resource), []).append(resource)
        rest = []
        for resource in left:
            candidates = by_key.get(key(resource), []) if key(resource) is not None else []
            match = candidates.pop(0) if candidates else None
            if match is None:
                rest.append(resource)
            else:
                pairs.append((resource, match))
                right = [r for r in right if r is not match]
        left = rest
    return pairs, right, left


def _exact(resource: RenderedResource) -> object:
    return resource.origin and (resource.origin, resource.id)


def _same_name(resource: RenderedResource) -> object:
    return resource.id.group, *loose(resource)


def _same_file(resource: RenderedResource) -> object:
    origin = resource.origin
    if origin is None or (origin.path is None and origin.configured_in is None):
        return None
    return origin.path, origin.configured_in, resource.id.kind

"""A component in an environment and its base → each field the overlay sets otherwise, and where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from analyzer import redact
from analyzer.diff import ABSENT, ValueChange, changes
from analyzer.model import RenderedResource, Span
from analyzer.pairing import hashed, loose, paired, without_hashes
from analyzer.whereabouts import Whereabouts

Kind = Literal["overridden", "added", "removed"]


@dataclass(frozen=True, slots=True)
class Overlaid:
    """One field that an overlay sets otherwise than its base; values redacted.

    `resource` is kind and name without a generator's hash. A resource that is only here, or only
    in base, is one of these with field "". `base_at` and `here_at` are where each side is set, None
    where that is not known; `by` is what sets it here, or takes it away.
    """

    kind: Kind
    resource: str
    pointer: str
    field: str
    before: object
    after: object
    base_at: Span | None = None
    here_at: Span | None = None
    by: str = ""


def overlaid(
    base: tuple[RenderedResource, ...],
    here: tuple[RenderedResource, ...],
    whereabouts: Whereabouts,
    original: Mapping[int, RenderedResource],
) -> tuple[Overlaid, ...]:
    """`original`: of what is in `base` with variables replaced, the resource as it rendered."""
    pairs, added, removed = paired(base, here)
    names = hashed((*base, *here))
    found: list[Overlaid] = []
    for old, new in pairs:
        source = original.get(id(old), old)
        was, now = redact.redacted(old.content), redact.redacted(new.content)
        hidden = without_hashes(names, was), without_hashes(names, now)
        for change in changes(
            without_hashes(names, old.content), without_hashes(names, new.content)
        ):
            found.append(_field(change, hidden, source, new, whereabouts))
    for kind, listed in (("added", added), ("removed", removed)):
        found.extend(_whole(kind, r, whereabouts, original) for r in listed)  # type: ignore[arg-type]
    return tuple(sorted(found, key=lambda one: (one.resource, one.field, one.kind)))


def _field(
    change: ValueChange,
    shown: tuple[object, object],
    old: RenderedResource,
    new: RenderedResource,
    whereabouts: Whereabouts,
) -> Overlaid:
    kind: Kind = "overridden"
    if change.before is ABSENT:
        kind = "added"
    elif change.after is ABSENT:
        kind = "removed"
    before, after = change.before_pointer, change.after_pointer
    gone = after is None
    step = whereabouts.taken(new, change.pointer) if gone else whereabouts.set_by(new, after or "")
    base = whereabouts.set_by(old, before) if before is not None else None
    return Overlaid(
        kind,
        "/".join(loose(new)),
        change.pointer,
        change.field,
        _shown(shown[0], before),
        _shown(shown[1], after),
        base.at if base is not None else None,
        step.at if step is not None else None,
        step.directive.value if step is not None else "",
    )


def _shown(content: object, pointer: str | None) -> object:
    """The redacted value at a pointer; None for one that is not there."""
    if pointer is None:
        return None
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(content, list):
            content = content[int(name)] if int(name) < len(content) else None
        elif isinstance(content, Mapping):
            content = content.get(name)
    return content


def _whole(
    kind: Kind,
    resource: RenderedResource,
    whereabouts: Whereabouts,
    original: Mapping[int, RenderedResource],
) -> Overlaid:
    step = whereabouts.set_by(original.get(id(resource), resource), "/kind")
    at = step.at if step is not None else None
    by = step.directive.value if step is not None and kind == "added" else ""
    here, base = (at, None) if kind == "added" else (None, at)
    return Overlaid(kind, "/".join(loose(resource)), "", "", None, None, base, here, by)


@dataclass(frozen=True, slots=True)
class Everywhere:
    """A field of a base that every environment sets to something else: the base's value is unused.

    `component` is its label; `values` are those of the environments, in their order.
    """

    component: str
    resource: str
    field: str
    before: object
    base_at: Span | None
    values: tuple[object, ...]


def everywhere(
    component: str, rows: Iterable[tuple[str, tuple[Overlaid, ...]]]
) -> Iterator[Everywhere]:
    """Fields that each of at least two rows overrides."""
    listed = list(rows)
    by_field: dict[tuple[str, str], list[Overlaid]] = defaultdict(list)
    for _, found in listed:
        for one in found:
            if one.kind == "overridden":
                by_field[one.resource, one.field].append(one)
    for (resource, name), same in sorted(by_field.items()):
        if len(listed) > 1 and len(same) == len(listed):
            first = same[0]
            yield Everywhere(component, resource, name, first.before, first.base_at,
                             tuple(one.after for one in same))  # fmt: skip

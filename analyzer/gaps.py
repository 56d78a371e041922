"""A difference of a component between two environments, with what to do about it and why."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from analyzer import threeway
from analyzer.between import Beside
from analyzer.classing import Rule, Shape
from analyzer.comparing import Change, FieldChange, Judged
from analyzer.model import ResourceId, Seat, Span, Status
from analyzer.promotionlist import Class
from analyzer.snapshot import Snapshot
from analyzer.threeway import Story
from analyzer.units import Unit
from analyzer.versions import split_image

Half = tuple[Seat, str, ResourceId | None, str | None]  # where, root, resource, JSON pointer


@dataclass(frozen=True, slots=True)
class Side:
    """What one environment has, redacted; ABSENT: nothing. `at` is where that is set."""

    value: object
    at: Span | None = None
    directive: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """One difference, what to do with it, by which rule and why.

    `resource` is None for a remote ref of a kustomization file. `group` is a version that several
    pins have, so that they move together. `halves`: what differs, in the source and in the target.
    """

    resource: ResourceId | None
    pointer: str
    field: str
    shape: Shape
    source: Side
    target: Side
    hidden: bool
    rule: Rule
    reason: str
    story: Story
    pinned: bool = False
    group: str = ""
    halves: tuple[Half, Half] | None = None

    @property
    def verdict(self) -> Class:
        return self.rule.verdict

    @property
    def judged(self) -> Judged:
        return Judged(self.rule.verdict, self.rule.id, self.reason)


def halves(side: Beside, change: Change, found: FieldChange | None) -> tuple[Half, Half]:
    """What tells a difference from all others, whichever of the two is asked about first."""
    a, b, value = change.before, change.after, None if found is None else found.change
    return (
        (side.ours.seat, side.ours.root, None if a is None else a.id,
         None if value is None else value.before_pointer),
        (side.theirs.seat, side.theirs.root, None if b is None else b.id,
         None if value is None else value.after_pointer),
    )  # fmt: skip


def mirrored(path: str, unit: Unit, other: Unit) -> str | None:
    """The path at the same place in another environment; None where it is the same."""
    if path.startswith(f"{unit.root}/"):
        return posixpath.join(other.root, path[len(unit.root) + 1 :])
    words = {unit.seat.environment: other.seat.environment}
    parts = [words.get(part, part) for part in path.split("/")]
    found = "/".join(parts)
    return found if found != path else None


def called(gap: Gap) -> str:
    """What a version is a version of."""
    return versioned(gap.source.value, f"{gap.resource.short} {gap.field}" if gap.resource else
                   gap.field.removesuffix("?ref"))  # fmt: skip


def version(value: object) -> object:
    """The version alone."""
    return threeway.pin(value)


def versioned(value: object, field: str) -> str:
    """What a version is a version of: an image's name, else the field."""
    if isinstance(value, str) and (":" in value or "/" in value):
        return split_image(value)[0]
    return field


def remote(snapshot: Snapshot, unit: Unit) -> dict[str, tuple[str, Span]]:
    """Address without its ref → the ref, and where it is written."""
    found: dict[str, tuple[str, Span]] = {}
    for root in (unit.root,) if unit.others else snapshot.graph.closure(unit.root):
        for one in snapshot.graph.kustomizations[root].references:
            if one.status is Status.REMOTE and "ref=" in one.written:
                found.setdefault(one.written.partition("?")[0],
                                 (str(threeway.pin(one.written)), one.span))  # fmt: skip
    return found

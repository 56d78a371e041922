"""Entries that do nothing: proved by rendering without them, where a run does that."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer import findings as rules
from analyzer.causes import label
from analyzer.dead import Dead
from analyzer.findings import Finding, Related
from analyzer.snapshot import Snapshot, inside

_NAMED = 3  # roots that a message names


def dead_entries(snapshot: Snapshot) -> Iterator[Finding]:
    """Patches, images, replicas, replacements, generator options that match or change nothing."""
    for one in snapshot.dead:
        if inside(snapshot.repository, one.entry.span.path):
            yield _finding(one)


def _finding(one: Dead) -> Finding:
    what = one.entry.label
    why = f": {one.entry.reason}" if one.entry.reason else ""
    if why:
        rule = rules.CHANGES_NOTHING if one.matches else rules.MATCHES_NOTHING
        does = "changes nothing" if one.matches else "matches nothing"
        return Finding(rule, f"{what} {does} in {_roots(one)}{why}; remove it", one.entry.span)
    if not one.matches:
        message = f"{what} matches nothing in {_roots(one)}; remove it, or correct what it is for"
        return Finding(rules.MATCHES_NOTHING, message, one.entry.span)
    message = f"{what} changes nothing in {_roots(one)}; remove it"
    related: tuple[Related, ...] = ()
    if one.overridden is not None:
        related = (Related(one.overridden, "sets the same field afterwards"),)
        message = f"{what} changes nothing in {_roots(one)}: what it sets is set again later"
    return Finding(rules.CHANGES_NOTHING, message, one.entry.span, related)


def _roots(one: Dead) -> str:
    """The roots that reach it, a few by name."""
    named = ", ".join(label(root) for root in one.roots[:_NAMED])
    more = len(one.roots) - _NAMED
    return f"{named} and {more} more" if more > 0 else named

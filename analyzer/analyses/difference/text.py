"""A difference → what people read: groups of changes, what was withheld, what is noise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from analyzer import grouping, shown
from analyzer.comparing import Change, FieldChange, Judged, Remote, Withheld
from analyzer.document import Block, Branch, Heading, Text, Tree
from analyzer.grouping import Difference, Group, Promotion
from analyzer.model import Seat

MARKS = {"added": "+", "removed": "-", "changed": "~", "moved": ">"}
_FIELDS = 3  # of a resource that are shown before the rest is counted
_RESOURCES = 8  # of a group
_ALIKE = 3  # resources in which a field changes in the same way, so that it is said once


def blocks(report: Difference, details: bool = False) -> Iterator[Block]:
    """The summary, what changes group by group, and what could not be compared."""
    yield Heading(heading(report), 1)
    yield Text(summary(report))
    lines = list(_everything(report, details))
    if lines:
        yield Tree(tuple(lines))
    if not details and (report.changes or report.normalised):
        yield Text(footnote(report))


def _everything(report: Difference, details: bool) -> Iterator[Branch]:
    """Group by group below the places it is about; then what could not be compared."""
    shown, kept = parted(report, details)
    for group in shown:
        yield from _below(group.title, branches(group, details))
    if kept:
        yield from _below("Kept on purpose", counted(kept))
    if report.only:
        yield from _below("In one of them only", only(report))
    if report.compared.remotes:
        title = "Named otherwise, and never fetched"
        yield from _below(title, remotes(report, report.compared.remotes))
    for title, listed in held(report):
        yield from _below(title, withheld(report, listed, details))
    hidden = [c for c in report.compared.changes if c.normalised] if details else []
    if hidden:
        yield from _below("Normalised away", noisy(report, hidden))


def parted(report: Difference, details: bool) -> tuple[tuple[Group, ...], tuple[Group, ...]]:
    """(Groups that are shown; those that are kept on purpose and only counted)."""
    found = grouping.groups(report)
    brief = tuple(g for g in found if g.verdict == "keep" and not details)
    return tuple(g for g in found if g not in brief), brief


def counted(groups: Iterable[Group]) -> Iterator[Branch]:
    """A component a line: how many differences each rule keeps."""
    for group in groups:
        rules = ", ".join(f"{number} × {rule}" for rule, number in group.rules.items())
        yield Branch("", group.title.removesuffix(f": {grouping.CALLED['keep']}"), rules)


def _below(title: str, lines: Iterable[Branch]) -> Iterator[Branch]:
    yield Branch("", title)
    for branch in lines:
        yield replace(branch, lines=f"  {branch.lines}")


def heading(report: Difference) -> str:
    if report.compares.after:
        return f"From {report.compares.before} to {report.compares.after}"
    return f"Since {report.compares.before}"


def summary(report: Difference) -> str:
    """What is compared, and how much of it changes."""
    compares = report.compares
    text = ""
    if compares.commit is not None:
        left = ", where this branch left it" if compares.merge_base else ""
        count = len(compares.files)
        text = f"{_count(count, 'file')} differ{'s' if count == 1 else ''} "
        text += f"from {compares.commit[:12]}{left}. "
    if not report.changes:
        what = "Nothing differs" if compares.after else "No cluster gets anything else"
        return text + (f"{what}, as far as can be compared." if report.compared.withheld
                       or report.compared.remotes else f"{what}.")  # fmt: skip
    kinds = Counter[str](change.kind for change in report.changes)
    if compares.after:
        counts = ", ".join(f"{kinds[kind]} {kind}" for kind in MARKS if kinds[kind])
        names = {name for c, name in zip(report.compared.changes, report.components, strict=True)
                 if c.counts}  # fmt: skip
        text = f"Resources: {counts}; in {_count(len(names), 'component')}."
        return text if report.promotion is None else f"{text} {_classes(report, report.promotion)}"
    counts = ", ".join(f"{kinds[kind]} {kind}" for kind in MARKS if kinds[kind])
    where = {change.seat.environment for change in report.changes}
    protected = sorted(where & report.protected)
    text += f"Resources: {counts}; in {len(where)} of {report.places} environments."
    return text + (f" Protected: {', '.join(protected)}." if protected else "")


def _classes(report: Difference, promotion: Promotion) -> str:
    """How many differences have which class, and what that is worth."""
    count = grouping.classes(report)
    text = (f"Differences: {count['promote']} to promote, {count['decide']} to decide, "
            f"{count['keep']} kept")  # fmt: skip
    if promotion.source != report.compares.before:
        text += f", seen from {promotion.source} to {promotion.target}"
    if promotion.limit:
        text += f". History is not complete: {promotion.limit}"
    return f"{text}."


def footnote(report: Difference) -> str:
    """What is not shown, and how to see it."""
    reasons = ", ".join(f"{count} × {reason}" for reason, count in report.normalised.items())
    hidden = f"Not shown: {reasons}. " if reasons else ""
    return f"{hidden}--details shows every field."


def branches(group: Group, details: bool) -> Iterator[Branch]:
    """Resource by resource; with `details` all of them, and every field.

    Without, what changes in the same way in several resources is said once, at the end.
    """
    common = {} if details else _common(group)
    left = [change for change in group.changes if not _is_said(change, common)]
    counted = left if details else left[:_RESOURCES]
    for change in counted:
        yield from _change(change, details, common.keys())
    if more := left[len(counted) :]:
        kinds = Counter(change.kind for change in more)
        text = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
        yield Branch("", f"… and {_count(len(more), 'more resource')}: {text}")
    for alike in common.values():
        yield Branch("", f"~ {len(alike)} resources", shown.line(alike[0]))
        yield from _why(alike[0].judged)


_Field = tuple[str, str, str, Judged | None]


def _key(found: FieldChange) -> _Field:
    change = found.change
    return change.field, repr(change.before), repr(change.after), found.judged


def _common(group: Group) -> dict[_Field, list[FieldChange]]:
    """Fields that change in the same way in several resources."""
    found: dict[_Field, list[FieldChange]] = {}
    for change in group.changes:
        for one in change.fields if change.kind == "changed" else ():
            if one.noise is None and not one.hidden:
                found.setdefault(_key(one), []).append(one)
    return {key: alike for key, alike in found.items() if len(alike) >= _ALIKE}


def _is_said(change: Change, common: Collection[_Field]) -> bool:
    """Is all that changes said of several resources at once?"""
    counting = [found for found in change.fields if found.noise is None]
    return change.kind == "changed" and all(_key(found) in common for found in counting)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _change(change: Change, details: bool, said: Collection[_Field] = ()) -> Iterator[Branch]:
    name = f"{MARKS[change.kind]} {change.id}"
    counting = [f for f in change.fields if f.noise is None and _key(f) not in said]
    notes = list(_notes(change))
    if len(counting) == 1 and not notes and not details and not shown.is_long(counting[0]):
        yield Branch("", name, shown.line(counting[0]))
        yield from _why(counting[0].judged)
        return
    yield Branch("", name, ", ".join(notes))
    yield from _why(change.judged)
    listed = counting if details else counting[:_FIELDS]
    for number, found in enumerate(listed):
        for line in shown.lines(found, details):
            yield Branch("    ", line)
        if details and (at := _set_at(found)):
            yield Branch("      ", at, tone="dim")
        if found.judged != (listed[number + 1].judged if number + 1 < len(listed) else None):
            yield from _why(found.judged, "      ")
    if len(counting) > len(listed):
        yield Branch("    ", f"… and {_count(len(counting) - len(listed), 'more field')}")
    if details and change.kind in ("added", "removed"):
        for line in shown.whole(change.resource):
            yield Branch("    ", f"{MARKS[change.kind]} {line}")


def _why(judged: Judged | None, indent: str = "    ") -> Iterator[Branch]:
    """The rule that gives a difference its class, and why; of neighbours that share it once."""
    if judged is not None:
        yield Branch(indent, f"{judged.rule}: {judged.reason}", tone="dim")


def _set_at(found: FieldChange) -> str:
    """The line that sets it, and the one that did."""
    places = [str(at) for at in (found.before_at, found.after_at) if at is not None]
    return f"set at {' → '.join(dict.fromkeys(places))}" if places else ""


def _notes(change: Change) -> Iterator[str]:
    if change.taken_for is not None:
        yield f"taken for {change.taken_for}"
    if change.moved_from is not None:
        yield f"{change.moved_from.name} brought it, {change.delivery.name} does now"
    if change.stays:
        yield f"stays: {change.delivery.name} does not prune"


def only(report: Difference) -> Iterator[Branch]:
    """Components that one environment has."""
    for found in report.only:
        mark = "-" if found.seat.environment == report.compares.before.partition("/")[0] else "+"
        said = "does not build"
        if found.resources is not None:
            said = _count(found.resources, "resource")
        yield Branch("", f"{mark} {found.name}", f"{said}, in {found.seat}")


def remotes(report: Difference, found: Iterable[Remote]) -> Iterator[Branch]:
    """What is named instead of what, each once, with the places it concerns."""
    lines: dict[tuple[str, ...], list[Seat]] = {}
    for remote in found:
        gone = [f"- {name}" for name in remote.before]
        lines.setdefault((*gone, *(f"+ {name}" for name in remote.after)), []).append(remote.seat)
    for written, seats in lines.items():
        yield Branch("", f"~ {grouping.label(report, dict.fromkeys(seats))}")
        for line in written:
            yield Branch("    ", line)


_HELD = {
    "broken": "Broken now",
    "mended": "Builds again, and was not compared",
    "unseen": "Not known, and not compared",
    "broken before": "Broken before too",
}


def held(report: Difference) -> Iterator[tuple[str, tuple[Withheld, ...]]]:
    """What was not compared, by why: first what is broken now."""
    for state, title in _HELD.items():
        if found := tuple(w for w in report.compared.withheld if w.state == state):
            yield ("Does not build" if report.compares.after else title), found


def withheld(report: Difference, found: Iterable[Withheld], details: bool) -> Iterator[Branch]:
    """One cause once, with the places it blocks."""
    blocked: dict[object, list[Withheld]] = {}
    for held in found:
        blocked.setdefault((held.causes[:1], held.reason), []).append(held)
    for listed in blocked.values():
        first = listed[0]
        names = list(dict.fromkeys(h.delivery.name for h in listed))
        seats = grouping.label(report, dict.fromkeys(h.seat for h in listed))
        more = f" and {len(names) - 3} more" if len(names) > 3 and not details else ""
        listing = ", ".join(names if details else names[:3])
        yield Branch("", f"! {seats}: {listing}{more}", first.reason)
        for cause in first.causes if details else first.causes[:1]:
            yield Branch("    ", str(cause))


def noisy(report: Difference, changes: Iterable[Change]) -> Iterator[Branch]:
    """What says nothing by itself, with why."""
    for change in changes:
        yield Branch("", f"~ {change.id}", grouping.label(report, (change.seat,)))
        for found in change.fields:
            if found.noise is not None:
                yield Branch("    ", shown.line(found), found.noise)
        if change.hashes:
            count = _count(change.hashes, "name")
            yield Branch("    ", f"{count} with another hash", "generator hash")


# what tools read ----------------------------------------------------------------------------------

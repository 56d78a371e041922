"""Findings → those that count, those that somebody meant, and what is wrong with saying so.

The one place where findings are silenced: every report, `check` and page takes them from here.
What silences is a value, so that it may be taken from another revision than the findings.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from analyzer import findings as rules
from analyzer import silences, units
from analyzer.causes import shown
from analyzer.diff import field_name, leaves
from analyzer.findings import Finding, Silenced
from analyzer.intent import Intent, Subject
from analyzer.keys import FILE_NAME
from analyzer.model import Placement, ResourceId
from analyzer.silences import Silence
from analyzer.snapshot import Snapshot, inside, short
from analyzer.units import Unit


@dataclass(frozen=True, slots=True)
class Meant:
    """All that says of findings that they are meant. `today`: None where nothing may expire."""

    comments: tuple[Silence, ...] = ()
    intents: tuple[Intent, ...] = ()
    invalid: tuple[Finding, ...] = ()  # comments that are not understood
    promotion: tuple[Intent, ...] = ()  # rules of promotion, which silence nothing
    today: date | None = None

    def __bool__(self) -> bool:
        return bool(self.comments or self.intents or self.invalid or self.promotion)

    def everywhere(self) -> Meant:
        """For another revision, where lines have moved: without what silences single lines."""
        return replace(self, comments=tuple(one for one in self.comments if one.line is None))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is left of findings. `own` are about what silences, and count too."""

    findings: tuple[Finding, ...]
    silenced: tuple[Silenced, ...] = ()
    own: tuple[Finding, ...] = ()


def meant(snapshot: Snapshot) -> Meant:
    """What a tree says of its own findings."""
    found = [
        silences.read(path, entry.data)
        for path, entry in snapshot.repository.files.items()
        if entry.data is not None
    ]
    return Meant(
        tuple(silence for these, _ in found for silence in these),
        snapshot.config.intent,
        tuple(finding for _, wrong in found for finding in wrong),
        snapshot.config.promotion,
        snapshot.today,
    )


def apply(snapshot: Snapshot, found: Iterable[Finding], by: Meant) -> Verdict:
    """Findings in the order given, parted into those that count and those that are meant."""
    kept: list[Finding] = []
    silenced: list[Silenced] = []
    used: set[Silence | int] = set()
    at: dict[tuple[str, str], list[Silence]] = defaultdict(list)
    for silence in by.comments:
        at[silence.rule, silence.span.path].append(silence)
    valid = [(i, one) for i, one in enumerate(by.intents) if not one.expired(by.today)]
    for finding in found:
        near = at.get((finding.rule.id, finding.location.path), ())
        comments = [one for one in near if one.covers(finding)]
        numbers = _covering(snapshot, finding, valid)
        used.update(comments, numbers)
        why = [Silenced(finding, one.reason, one.span, False) for one in comments]
        why += [Silenced(finding, by.intents[i].reason, by.intents[i].span, True) for i in numbers]
        if why and finding.rule.silenced:
            silenced.append(why[0])
        else:
            kept.append(finding)
    own = (*by.invalid, *_unused(snapshot, by, used), *_intents(snapshot, by, used))
    return Verdict(
        tuple(kept), tuple(silenced), rules.ordered(f for f in own if _ours(snapshot, f))
    )


def _ours(snapshot: Snapshot, finding: Finding) -> bool:
    path = finding.location.path
    return inside(snapshot.repository, path) or posixpath.basename(path) == FILE_NAME


# what a finding is about --------------------------------------------------------------------------


def _covering(snapshot: Snapshot, finding: Finding, valid: Iterable[tuple[int, Intent]]
              ) -> list[int]:  # fmt: skip
    """The numbers of the entries that silence a finding."""
    asked = [(i, one) for i, one in valid if one.silences(finding.rule.id)]
    if not asked:
        return []
    subject = about(snapshot, finding)
    return [i for i, one in asked if one.covers(subject)]


def about(snapshot: Snapshot, finding: Finding) -> Subject:
    """The component, environments and resource at a finding's place."""
    path, line = finding.location.path, finding.location.line
    placement = _placement(snapshot, path)
    resource = _resource(snapshot, path, line)
    component = placement.component or ""
    if component and placement.category:
        component = f"{placement.category}/{component}"
    shown_path = short(snapshot.repository, path)
    return Subject(component, placement.seats, resource, "", shown_path, finding.rule.id)


def _placement(snapshot: Snapshot, path: str) -> Placement:
    """Of the file itself where the layout places files, else of the root that is nearest."""
    own = snapshot.layout.place(path)
    if (own.pattern or "").endswith((".yaml", ".yml")):
        return own
    folder = path
    while folder:
        if folder in snapshot.placements:
            return snapshot.placements[folder]
        folder = posixpath.dirname(folder)
    return snapshot.placements.get("", Placement())


def _resource(snapshot: Snapshot, path: str, line: int) -> ResourceId | None:
    """The object whose document is at a line."""
    above = [m.id for m in snapshot.repository.manifests.get(path, ()) if m.span.line <= line]
    return above[-1] if above else None


# what silences nothing ----------------------------------------------------------------------------


def _unused(snapshot: Snapshot, by: Meant, used: set[Silence | int]) -> Iterator[Finding]:
    """Comments without a finding, as far as this run would have found it."""
    rendered = {path for r in snapshot.renderings.values() for path in r.reads}
    for one in by.comments:
        rule = rules.BY_ID[one.rule]
        unseen = rule.proved and not snapshot.proved
        if one in used or unseen or (rule.rendered and one.span.path not in rendered):
            continue
        where = "in this file" if one.line is None else f"at line {one.line}"
        message = f"{one.rule} finds nothing {where}; remove the comment"
        yield Finding(rules.UNUSED_SILENCE, message, one.span)


def _intents(snapshot: Snapshot, by: Meant, used: set[Silence | int]) -> Iterator[Finding]:
    for number, one in enumerate(by.intents):
        if one.expired(by.today):
            message = f"{one.kind} expired on {one.expires}: {shown(one.reason)}"
            yield Finding(rules.EXPIRED_INTENT, message, one.span)
        elif number not in used and (why := _about_nothing(snapshot, one)):
            yield Finding(rules.UNUSED_INTENT, f"{one.kind}: {why}", one.span)
    for one in by.promotion:
        if why := _about_nothing(snapshot, one):
            yield Finding(rules.UNUSED_PROMOTION_RULE, f"{one.kind}: {why}", one.span)


def _about_nothing(snapshot: Snapshot, one: Intent) -> str | None:
    """Why an entry is about nothing; None where it is not, or where this run cannot tell."""
    mend = "correct it, or remove it"
    if one.kind == "accept-finding":
        asked = [rule for rule in rules.RULES if one.silences(rule.id)]
        unknown = any(rule.rendered for rule in asked) and not snapshot.renderings
        unknown |= any(rule.proved for rule in asked) and not snapshot.proved
        return None if unknown else f"nothing is found that it describes; {mend}"
    names = [(str(c.name), u) for c in units.components(snapshot) for u in (*c.units, None)]
    for what, globs in (("component", one.component), ("environment", one.environment)):
        if globs and not any(one.only(what).covers(_subject(*placed)) for placed in names):
            return f"no {what} is {', '.join(globs)}; {mend}"
    here = one.only("component", "environment")
    held = [unit for name, unit in names if here.covers(_subject(name, unit))]
    if (one.component or one.environment) and not held:
        return f"{', '.join(one.component)} is not in {', '.join(one.environment)}; {mend}"
    files = (Subject(path=short(snapshot.repository, p)) for p in snapshot.repository.files)
    if one.path and not any(map(one.only("path").covers, files)):
        return f"no file is {', '.join(one.path)}; {mend}"
    if not (one.resource or one.field) or not snapshot.renderings:
        return None
    return _in_nothing(snapshot, one, [unit for unit in held if unit is not None], mend)


def _subject(name: str, unit: Unit | None) -> Subject:
    return Subject(name, (unit.seat,) if unit is not None else ())


def _in_nothing(snapshot: Snapshot, one: Intent, held: list[Unit], mend: str) -> str | None:
    """Why an entry is about no resource or field of what renders; components without any: unsure.

    A field that an environment lacks may be one it removed on purpose, so bases count too.
    """
    roots = {root for unit in held for root in (unit.root, *unit.bases)}
    rendered = [r for root in sorted(roots) for r in snapshot.resources(root)]
    if not rendered:
        return None
    named = [r for r in rendered if one.only("resource").covers(Subject(resource=r.id))]
    if not named:
        return f"no resource there is {', '.join(one.resource)}; {mend}"
    fields = (Subject(field=field_name(leaf)) for r in named for leaf in leaves(r.content))
    if one.field and not any(map(one.only("field").covers, fields)):
        return f"no field there is {', '.join(one.field)}; {mend}"
    return None

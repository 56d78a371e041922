"""One component in two environments, and its past → every difference, with its class and reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from analyzer import between, classing, gaps, intent, redact, substitutions, threeway
from analyzer.between import Beside
from analyzer.classing import PIN, Rule, Shape, Subject
from analyzer.comparing import Change, FieldChange
from analyzer.diff import ABSENT, leaves
from analyzer.gaps import Gap, Side
from analyzer.history import Evidence, Place, Timeline
from analyzer.model import RenderedResource
from analyzer.snapshot import Snapshot
from analyzer.substitutions import Learned
from analyzer.units import Unit


@dataclass(frozen=True, slots=True)
class _Draft:
    """A difference before its rule is known."""

    gap: Gap
    kind: str
    facts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Maker:
    """Differences of one component between two places."""

    snapshot: Snapshot
    side: Beside
    learned: tuple[Learned, ...]
    evidence: Evidence

    def gaps(self) -> Iterator[Gap]:
        drafts = [*self._fields(), *self._refs()]
        pins = [d.gap for d in drafts if d.gap.pinned and not {"noise", "name"} & d.facts]
        moved = {g.story.source.commit.id for g in pins if g.story.source is not None and
                 g.story.missed}  # fmt: skip
        groups = self._lockstep(pins)
        versions = {str(threeway.pin(gap.source.value)) for gap in pins}
        for draft in drafts:
            yield self._classed(draft, moved, groups, versions)

    def _classed(
        self, draft: _Draft, moved: set[str], groups: Mapping[str, bool], versions: set[str]
    ) -> Gap:
        """With its rule, once all differences of the component are known."""
        gap, facts = draft.gap, set(draft.facts)
        source = gap.story.source
        if source is not None and source.commit.id in moved and gap.story.missed:
            facts.add("with-version")
        if not gap.pinned and str(gap.source.value) in versions:
            facts.add("repeats")
        group = str(threeway.pin(gap.source.value)) if gap.pinned else ""
        if groups.get(group):
            facts.add("split")
        subject = Subject(gap.shape, draft.kind, gap.field, gap.story, frozenset(facts))
        rule = classing.rule(subject)
        said = classing.reason(rule, gap.story, self._detail(rule, gap, group))
        rule, said = self._meant(gap, rule, said)
        return replace(gap, rule=rule, reason=said, group=group if group in groups else "")

    def _meant(self, gap: Gap, rule: Rule, said: str) -> tuple[Rule, str]:
        """With what groundplan.yaml says of it; secrets stay where they are, whatever it says."""
        name, seat = str(self.side.name), self.side.theirs.seat
        subject = intent.Subject(name, (seat,), gap.resource, gap.field)
        config, today = self.snapshot.config, self.snapshot.today
        meant = intent.covering(config.intent, "keep-different", subject, today)
        if meant is not None:
            return classing.INTENT, f"{meant.reason} ({meant.span})"
        if rule.id != "secret":
            own = next((one for one in config.promotion if one.covers(subject)), None)
            if own is not None:
                return classing.OWN_RULES[own.kind], f"{own.reason} ({own.span})"
        known = intent.covering(config.intent, "known-lag", subject, today)
        return rule, said if known is None else f"{said}; known: {known.reason} ({known.span})"

    def _detail(self, rule: Rule, gap: Gap, group: str) -> str:
        if rule.id == "substitution":
            one = next(one for one in self.learned if _explained(one, gap))
            return f"{one.before} → {one.after} in {one.fields} fields"
        if rule.id == "with-version" and gap.story.source is not None:
            return f"both in {gap.story.source.commit.id[:10]}"
        return ""

    def _lockstep(self, differing: Iterable[Gap]) -> dict[str, bool]:
        """Versions that several names have in the source → are some of them promoted already?"""
        names: dict[str, set[str]] = {}
        left: dict[str, set[str]] = {}
        for gap in differing:
            version = str(threeway.pin(gap.source.value))
            names.setdefault(version, set()).add(gaps.versioned(gap.source.value, gap.field))
            left.setdefault(version, set()).add(str(threeway.pin(gap.target.value)))
        same = self._equal()
        found = {}
        for version, called in names.items():
            equal = same.get(version, set()) - called
            if len(called | equal) > 1 and version not in ("", "latest"):
                found[version] = bool(equal) or len(left[version]) > 1
        return found

    def _equal(self) -> dict[str, set[str]]:
        """Versions → what has them in both environments."""
        same: dict[str, set[str]] = {}
        for a, b in self.side.pairs:
            other: dict[tuple[str, ...], object] | None = None
            for leaf, value in leaves(a.content).items():
                if isinstance(value, str) and PIN.search(".".join(leaf).replace(".[", "[")):
                    other = leaves(b.content) if other is None else other
                    if other.get(leaf) == value:
                        version = str(threeway.pin(value))
                        same.setdefault(version, set()).add(gaps.versioned(value, leaf[-1]))
        ours, theirs = (gaps.remote(self.snapshot, u) for u in (self.side.ours, self.side.theirs))
        for address, (ref, _) in ours.items():
            if address in theirs and theirs[address][0] == ref:
                same.setdefault(ref, set()).add(f"{redact.text(address)}?ref")
        return same

    def _fields(self) -> Iterator[_Draft]:
        for change in self.side.changes:
            if change.kind == "changed":
                yield from (self._field(change, found) for found in change.fields)
            else:
                yield self._resource(change)

    def _field(self, change: Change, found: FieldChange) -> _Draft:
        value = found.change
        assert change.before is not None
        assert change.after is not None
        shape: Shape = "value"
        if value.is_order:
            shape = "order"
        elif value.after is ABSENT:
            shape = "source"
        elif value.before is ABSENT:
            shape = "target"
        pinned = PIN.search(value.field) is not None and shape == "value"
        left = self._place(self.side.ours, change.before, value.before_pointer)
        right = self._place(self.side.theirs, change.after, value.after_pointer)
        old, new = self._timelines(left, right)
        others = self.evidence.pins.get(right.at.path, ()) if right is not None else ()
        story = threeway.story(old, new, others, pinned=pinned)
        facts = self._facts(change.resource, found, pinned)
        hidden = "secret" in facts
        before, after = (redact.HIDDEN if hidden and v is not ABSENT else v
                         for v in (value.before, value.after))  # fmt: skip
        gap = Gap(
            change.id, value.pointer, value.field, shape, _side(before, left),
            _side(after, right), hidden, classing.RULES[-1], "", story, pinned,
            halves=gaps.halves(self.side, change, found),
        )  # fmt: skip
        if shape in ("source", "target"):
            facts |= _gone(old, new)
            facts |= self._passed(old)
        return _Draft(gap, change.id.kind, facts)

    def _resource(self, change: Change) -> _Draft:
        new = change.before is not None
        unit = self.side.ours if new else self.side.theirs
        place = self._place(unit, change.resource, "")
        old, now = self._timelines(place, None) if new else self._timelines(None, place)
        there, gone = Side("present", place.at if place is not None else None), Side(ABSENT)
        shape: Shape = "new" if new else "own"
        gap = Gap(
            change.id, "", "", shape, there if new else gone, gone if new else there, False,
            classing.RULES[-1], "", threeway.story(old, now, pinned=False),
            halves=gaps.halves(self.side, change, None),
        )  # fmt: skip
        facts = _flux(change.resource) | _gone(old, now) | self._passed(old) | self._left_out(old)
        return _Draft(gap, change.id.kind, facts)

    def _passed(self, source: Timeline) -> frozenset[str]:
        """Were versions of the target promoted since the source came to be as it is here?"""
        promoted = self.evidence.promoted.get(self.side.theirs.root, ())
        passed = bool(source) and any(order > source[-1].order for order in promoted)
        return frozenset(("passed-over",)) if passed else frozenset()

    def _left_out(self, source: Timeline) -> frozenset[str]:
        """Was anything of the target changed since the source came to have it?

        The first time counts: who worked on the target then could have taken it along.
        """
        touched = self.evidence.touched.get(self.side.theirs.root, ())
        left = bool(source) and any(order > source[0].order for order in touched)
        return frozenset(("left-out",)) if left else frozenset()

    def _refs(self) -> Iterator[_Draft]:
        """Remote bases by their address; what they are pinned to is a version."""
        ours, theirs = (gaps.remote(self.snapshot, u) for u in (self.side.ours, self.side.theirs))
        for name in sorted(ours.keys() & theirs.keys()):
            (a, left), (b, right) = ours[name], theirs[name]
            if a != b:
                places = Place(left, "resources"), Place(right, "resources")
                story = threeway.story(*self._timelines(*places), pinned=True)
                gap = Gap(
                    None, "", f"{redact.text(name)}?ref", "value", _side(a, places[0]),
                    _side(b, places[1]), False, classing.RULES[-1], "", story, True,
                )  # fmt: skip
                yield _Draft(gap, "", frozenset(("pin", *_ordered(a, b))))

    def _place(self, unit: Unit, resource: RenderedResource, pointer: str | None) -> Place | None:
        if pointer is None:
            return None
        return self.evidence.places.get((unit.seat, unit.root, resource.id, pointer))

    def _timelines(self, left: Place | None, right: Place | None) -> tuple[Timeline, Timeline]:
        """What both sides held; of a side that has nothing what stood where it would have it."""
        known, other = self.evidence.timelines, self.evidence.mirrored
        ours, theirs = self.side.ours, self.side.theirs
        if left is not None and right is not None:
            return known.get(left.at, ()), known.get(right.at, ())
        if left is not None:
            path = gaps.mirrored(left.at.path, ours, theirs) or ""
            return known.get(left.at, ()), other.get((left.at, path), ())
        if right is not None:
            path = gaps.mirrored(right.at.path, theirs, ours) or ""
            return other.get((right.at, path), ()), known.get(right.at, ())
        return (), ()

    def _facts(self, resource: RenderedResource, found: FieldChange, pinned: bool
               ) -> frozenset[str]:  # fmt: skip
        facts = set(_flux(resource))
        value = found.change
        if found.noise in (between.NAMES, between.ENVIRONMENT):
            facts.add("name")
        elif found.noise is not None:
            facts.add("noise")
        if found.hidden or _is_secret(resource, value.field):
            facts.add("secret")
        if pinned:
            facts.add("pin")
            facts.update(_ordered(value.before, value.after))
            if gaps.versioned(value.before, "") != gaps.versioned(value.after, ""):
                facts.add("renamed")
            if value.field.endswith("chart.spec.version"):
                facts.add("chart")
        elif any(one.explains(value) for one in self.learned):
            facts.add("substitution")
        return frozenset(facts)


def _explained(one: Learned, gap: Gap) -> bool:
    a, b = gap.source.value, gap.target.value
    return isinstance(a, str) and between.replaced(
        a, {one.before: one.after}, substitutions.WORD) == b  # fmt: skip


def _side(value: object, place: Place | None) -> Side:
    return Side(value) if place is None else Side(value, place.at, place.directive)


def _gone(source: Timeline, target: Timeline) -> frozenset[str]:
    """Which side had it and has it no more."""
    facts = (("source-removed", source), ("target-removed", target))
    return frozenset(name for name, line in facts if line and line[-1].value is ABSENT)


def _flux(resource: RenderedResource) -> frozenset[str]:
    gotk = resource.id.name == "flux-system" or resource.id.namespace == "flux-system"
    return frozenset(("flux-system",)) if gotk else frozenset()


def _is_secret(resource: RenderedResource, field: str) -> bool:
    if resource.id.kind in ("Secret", "SealedSecret"):
        return re.match(r"data|stringData|spec\.encryptedData", field) is not None
    return field.startswith("sops")


_RANGE = re.compile(r"[\^~<>=|*\s]|(?:\A|\.)[xX](?:\.|\Z)")  # of charts; a tag has none of these
_NUMBERS = re.compile(r"v?(\d+(?:\.\d+)*)(?:[-+].*)?")


def _ordered(before: object, after: object) -> Iterator[str]:
    """Which of two versions is higher, where both are numbers; and whether one floats."""
    pair = [str(threeway.pin(value)) for value in (before, after)]
    if any(v in ("", "latest", "main", "master") or _RANGE.search(v) for v in pair):
        yield "floating"
    found = [_NUMBERS.fullmatch(version) for version in pair]
    a, b = (tuple(map(int, m[1].split("."))) if m is not None else () for m in found)
    if a and b:
        if b > a:
            yield "newer"
        if a[0] != b[0]:
            yield "major"

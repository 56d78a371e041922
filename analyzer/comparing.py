"""Two tuples of deliveries → what became of every resource, cluster by cluster, field by field.

What fails or is not seen on one side is withheld and named: it is no mass deletion.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from analyzer import noise, redact
from analyzer.deliveries import Delivery
from analyzer.diff import ABSENT, ValueChange, changes, equal
from analyzer.model import Cause, RenderedResource, ResourceId, Seat, Span
from analyzer.pairing import hashed, loose, without_hashes
from analyzer.promotionlist import Class

Side = Literal["before", "after"]
Kind = Literal["added", "removed", "changed", "moved"]
Alike = Callable[[ValueChange], str | None]


@dataclass(frozen=True, slots=True)
class Judged:
    """What promotion does with a difference of two environments, by which rule, and why."""

    verdict: Class
    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value, redacted, and why it says nothing by itself (`noise`); where it was and is set.

    `hidden`: it differs where it is redacted, and looks the same. `judged`: of environments alone.
    """

    change: ValueChange
    noise: str | None = None
    hidden: bool = False
    before_at: Span | None = None
    after_at: Span | None = None
    judged: Judged | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one resource in one cluster. `hashes` are names that only have another hash.

    Of what was added `before` is None, of what was removed `after`. `moved`: another reconciler
    brings it, so that Flux may delete and make it anew. `judged`: of what came or went as a whole.
    `taken_for`: what it is called in the other environment, where names alone say it is the same.
    """

    kind: Kind
    seat: Seat
    delivery: Delivery
    before: RenderedResource | None
    after: RenderedResource | None
    fields: tuple[FieldChange, ...] = ()
    hashes: int = 0
    moved_from: Delivery | None = None
    stays: bool = False  # its reconciler does not prune: the cluster keeps it
    judged: Judged | None = None
    taken_for: ResourceId | None = None

    @property
    def resource(self) -> RenderedResource:
        found = self.after or self.before
        assert found is not None
        return found

    @property
    def id(self) -> ResourceId:
        """Without the hash of a generator."""
        return replace(self.resource.id, name=loose(self.resource)[1])

    @property
    def counts(self) -> bool:
        """Does anything change but noise?"""
        return self.kind != "changed" or any(f.noise is None for f in self.fields)

    @property
    def normalised(self) -> int:
        return self.hashes + sum(f.noise is not None for f in self.fields)


@dataclass(frozen=True, slots=True)
class Withheld:
    """A delivery that is not compared, and why. `state`: broken (now), mended, broken before
    too, or unseen.
    """

    state: Literal["broken", "mended", "broken before", "unseen"]
    seat: Seat
    delivery: Delivery
    causes: tuple[Cause, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Remote:
    """What is never fetched, and another one is named now: what that changes nobody here knows."""

    seat: Seat
    delivery: Delivery
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """Everything that became of deliveries; changes by cluster and identity."""

    changes: tuple[Change, ...]
    withheld: tuple[Withheld, ...]
    remotes: tuple[Remote, ...] = ()


def compare(
    before: tuple[Delivery, ...],
    after: tuple[Delivery, ...],
) -> Compared:
    """What clusters get otherwise."""
    pairs = _paired(before, after)
    withheld: list[Withheld] = []
    remotes: list[Remote] = []
    made: list[Change] = []
    gone: dict[Seat, list[tuple[Delivery, RenderedResource]]] = defaultdict(list)
    come: dict[Seat, list[tuple[Delivery, RenderedResource]]] = defaultdict(list)
    failing = _failing(after), _failing(before)
    for old, new in pairs:
        held = _withheld(old, new, failing)
        if held is not None:
            withheld.append(held)
            continue
        if old is not None and new is not None:
            remotes.extend(_remote(old, new))
        both, left, right = _matched(old, new)
        seat = (new or old).seat  # type: ignore[union-attr]  # one of them is there
        for (was, a), (now, b) in both:
            found = changed("changed", was, a, now, b)
            if found.fields or found.hashes:
                made.append(found)
        gone[seat] += left
        come[seat] += right
    for seat in {**gone, **come}:
        made.extend(_come_and_gone(seat, gone[seat], come[seat]))
    return Compared(
        tuple(sorted(made, key=_order)),
        tuple(sorted(withheld, key=lambda w: (w.state, bool(w.reason), w.seat, w.delivery.name))),
        tuple(remotes),
    )


def _order(change: Change) -> tuple[object, ...]:
    id = change.id
    return (change.seat.environment, change.seat.cluster or "", id.namespace, id.kind, id.name,
            id.group, change.delivery.name)  # fmt: skip


Pair = tuple[Delivery | None, Delivery | None]
Failing = dict[tuple[Seat, tuple[str, str, str]], Delivery]


def _paired(before: Iterable[Delivery], after: Iterable[Delivery]) -> list[Pair]:
    """The same delivery on both sides; of a cluster that is called otherwise now by its root."""
    left = {(d.seat, d.identity): d for d in before}
    right = {(d.seat, d.identity): d for d in after}
    pairs: list[Pair] = [(left[key], right[key]) for key in left if key in right]
    old = [d for key, d in left.items() if key not in right]
    new = [d for key, d in right.items() if key not in left]
    renamed: dict[tuple[object, ...], list[Delivery]] = defaultdict(list)
    for d in new:
        renamed[d.seat.environment, d.identity, d.root].append(d)
    for d in old:
        same = renamed.get((d.seat.environment, d.identity, d.root), [])
        other = same[0] if len(same) == 1 else None
        pairs.append((d, other))
        new = [n for n in new if n is not other]
    return [*pairs, *((None, d) for d in new)]


def _failing(side: Iterable[Delivery]) -> Failing:
    return {(d.seat, d.own): d for d in side if d.own is not None and d.resources is None}


def _withheld(
    old: Delivery | None, new: Delivery | None, failing: tuple[Failing, Failing]
) -> Withheld | None:
    """Why a pair is not compared; None where it can be."""
    if old is not None and new is not None:
        return not_compared(old, new)
    one, others = (old, failing[0]) if old is not None else (new, failing[1])
    assert one is not None
    if one.resources is None:
        state = "broken" if one.causes and old is None else "unseen"
        if old is not None:  # it failed, and is no more
            return Withheld("mended", one.seat, one, one.causes, "it is not applied any more")
        return Withheld("broken" if state == "broken" else "unseen", one.seat, one, one.causes,
                        one.unseen or "")  # fmt: skip
    parent = others.get((one.seat, one.parent)) if one.parent is not None else None
    if parent is not None:
        reason = f"applied by {parent.name}, which is not known on the other side"
        return Withheld("broken" if old is not None else "mended", one.seat, one, (), reason)
    return None


def not_compared(old: Delivery, new: Delivery) -> Withheld | None:
    """Why two deliveries are not compared; None where they can be."""
    seat = new.seat
    if old.resources is None and new.resources is None:
        if old.causes and new.causes:
            return Withheld("broken before", seat, new, new.causes)
        return Withheld("unseen", seat, new, new.causes, new.unseen or "")
    if new.resources is None:
        if new.causes:
            return Withheld("broken", seat, new, new.causes)
        return Withheld("unseen", seat, new, (), new.unseen or "")
    if old.resources is None:
        state: Literal["mended", "unseen"] = "mended" if old.causes else "unseen"
        return Withheld(state, old.seat, old, old.causes, old.unseen or "")
    if old.unknown != new.unknown:
        names = ", ".join(sorted(old.unknown ^ new.unknown))
        return Withheld("unseen", seat, new, (), f"{names} is known on one side only")
    return None


def _remote(old: Delivery, new: Delivery) -> Iterator[Remote]:
    if old.omitted != new.omitted:
        gone, come = old.omitted - new.omitted, new.omitted - old.omitted
        yield Remote(new.seat, new, tuple(sorted(gone)), tuple(sorted(come)))


Found = tuple[Delivery, RenderedResource]


def _matched(
    old: Delivery | None, new: Delivery | None
) -> tuple[list[tuple[Found, Found]], list[Found], list[Found]]:
    """Resources by identity; generated ones whatever their hash is."""
    if old is not None and new is not None and old.resources is new.resources:
        return [], [], []
    left = [(old, r) for r in old.resources or ()] if old is not None else []
    right = [(new, r) for r in new.resources or ()] if new is not None else []
    return _by_identity(left, right)


def _by_identity(
    left: list[Found], right: list[Found]
) -> tuple[list[tuple[Found, Found]], list[Found], list[Found]]:
    both: list[tuple[Found, Found]] = []
    for key in (_exact, _without_hash):
        theirs: dict[object, list[Found]] = defaultdict(list)
        for found in right:
            theirs[key(found[1])].append(found)
        rest: list[Found] = []
        for found in left:
            same = theirs.get(key(found[1]))
            if same:
                both.append((found, same.pop(0)))
            else:
                rest.append(found)
        left = rest
        kept = {id(found) for listed in theirs.values() for found in listed}
        right = [found for found in right if id(found) in kept]
    return both, left, right


def _exact(resource: RenderedResource) -> object:
    return resource.id


def _without_hash(resource: RenderedResource) -> object:
    return resource.id.group, resource.id.namespace, *loose(resource)


def _come_and_gone(seat: Seat, gone: list[Found], come: list[Found]) -> Iterator[Change]:
    """What another reconciler of the same cluster brings now was not removed, but moved."""
    both, left, right = _by_identity(gone, come)
    for (was, a), (now, b) in both:
        if was.own is not None and was.own == now.own:  # the path of an Application changed
            found = changed("changed", was, a, now, b)
            if found.fields or found.hashes:
                yield found
            continue
        yield replace(changed("moved", was, a, now, b), moved_from=was)
    for delivery, resource in left:
        yield Change("removed", seat, delivery, resource, None, stays=not delivery.prunes)
    for delivery, resource in right:
        yield Change("added", seat, delivery, None, resource)


def changed(
    kind: Kind, was: Delivery, a: RenderedResource, now: Delivery, b: RenderedResource,
    alike: Alike | None = None,
) -> Change:  # fmt: skip
    """What became of one resource. `alike` says what is meant to differ, and why that is noise."""
    if a.content is b.content or a.content == b.content:
        return Change(kind, now.seat, now, a, b)
    names = hashed((*(was.resources or ()), *(now.resources or ())))
    old, new = without_hashes(names, a.content), without_hashes(names, b.content)
    found = changes(old, new)
    hashes = max(0, len(changes(a.content, b.content)) - len(found)) if names else 0
    cleaned = [redact.redacted(c) if isinstance(c, Mapping) else c for c in (old, new)]
    fields = tuple(
        replace(
            _redacted(change, *cleaned),
            noise=noise.of(change) or (alike(change) if alike is not None else None),
        )
        for change in found
    )
    return Change(kind, now.seat, now, a, b, fields, hashes)


def _redacted(change: ValueChange, old: object, new: object) -> FieldChange:
    """The change as it stands in redacted contents, and whether it cannot be seen there."""
    if change.is_order:
        return FieldChange(change)
    before, after = _at(old, change.before_pointer), _at(new, change.after_pointer)
    shown = replace(change, before=before, after=after)
    return FieldChange(shown, hidden=equal(before, after))


def _at(value: object, pointer: str | None) -> object:
    """What a JSON pointer names; ABSENT for none."""
    if pointer is None:
        return ABSENT
    for token in pointer.split("/")[1:]:
        if isinstance(value, list):
            value = value[int(token)]
        elif isinstance(value, Mapping):
            value = value[token.replace("~1", "/").replace("~0", "~")]
    return value


At = Callable[[RenderedResource, str], Span | None]  # where a field is set, by its JSON pointer


def located(compared: Compared, before: At, after: At) -> Compared:
    """The same with the lines at which each field was and is set, as far as they are known."""
    return replace(compared, changes=tuple(_located(c, before, after) for c in compared.changes))


def _located(change: Change, before: At, after: At) -> Change:
    if change.before is None or change.after is None:
        return change
    return replace(
        change,
        fields=tuple(
            replace(
                found,
                before_at=_at_pointer(before, change.before, found.change.before_pointer),
                after_at=_at_pointer(after, change.after, found.change.after_pointer),
            )
            for found in change.fields
        ),
    )


def _at_pointer(at: At, resource: RenderedResource, pointer: str | None) -> Span | None:
    return at(resource, pointer) if pointer is not None else None

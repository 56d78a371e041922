"""What copies held over time → what history makes of a candidate, and the commit that says so.

Pure, and only about what the copies have in common: what differs stays in overlays anyway.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b

from analyzer import oldtexts, yamltext
from analyzer.candidates import Candidate, Section
from analyzer.clones import Found
from analyzer.diff import ABSENT
from analyzer.document import counted
from analyzer.fragments import Fragment, leaves
from analyzer.history import Past
from analyzer.kustomization import is_remote
from analyzer.model import Commit, Span
from analyzer.yamltext import YamlError

_PINS = frozenset(("image", "newTag", "digest", "tag", "version", "targetRevision"))
_LISTS = ("resources", "bases", "components")

Rank = Callable[[str], int | None]  # of a root: where its environment stands in promotion order


@dataclass(frozen=True, slots=True)
class Moment:
    """What a copy held from a commit on: what all share of it, and all of it. None: nothing."""

    order: int
    common: str | None
    whole: str | None


@dataclass(frozen=True, slots=True)
class Records:
    """Commits, file contents, and which kustomization files say what a root builds on."""

    past: Past
    blobs: Mapping[str, bytes]
    takers: Mapping[str, tuple[tuple[str, str], ...]]  # root → (root, kustomization file)
    rank: Rank

    def commit(self, order: int) -> Commit:
        return self.past.touches[order].commit

    def of_path(self, path: str) -> Iterator[tuple[int, bytes | None]]:
        """(Order, bytes) of every commit that touched a file; None: it removed the file."""
        for order, touch in enumerate(self.past.touches):
            if path in touch.blobs:
                id = touch.blobs[path]
                if id is None or id in self.blobs:
                    yield order, None if id is None else self.blobs[id]


def judged(
    candidates: Sequence[tuple[Candidate, Sequence[Found]]], records: Records
) -> Iterator[Candidate]:
    """Candidates with their sections, the reasons, and how many commits touched several copies."""
    lines = _timelines([clone for _, found in candidates for clone in found], records)
    for one, found in candidates:
        yield _judged(one, [(clone, lines[id(clone)]) for clone in found], records)


def _judged(one: Candidate, histories: Sequence[History], records: Records) -> Candidate:
    together = sorted({order for _, copies in histories for order in _together(copies)})
    number = len(together) or (None if records.past.limit else 0)
    one = replace(one, terms=replace(one.terms, commits=number))
    section, reason, related = _section(histories, records, together)
    return replace(one, section=section, reason=reason, related=related)


Line = tuple[Moment, ...]
History = tuple[Found, tuple[Line, ...]]
Said = tuple[Section, str, tuple[Span, ...]]


def _section(histories: Sequence[History], records: Records, together: Sequence[int]) -> Said:
    made = sum(f.fragments[0].copy.lines for f, _ in histories if any(p.made for p in f.fragments))
    if 2 * made > sum(f.fragments[0].copy.lines for f, _ in histories):
        return "generated", "by their own text or labels a program writes them", ()
    if not all(line for _, copies in histories for line in copies):
        known = records.past.touches and not records.past.limit
        return "unknown", "not all of them are committed yet" if known else "", ()
    if (said := _split(histories, records)) is not None:
        return said[0], said[1] + _since(records, together, said[2]), said[3]
    again = sorted(_again(histories))
    if len(again) > len(together) and (lag := _lag(again, records)) is not None:
        return lag
    if together or again:
        return "extract", _worth(records, together, [order for order, *_ in again]), ()
    if (diverged := _diverged(histories, records)) is not None:
        return diverged
    if records.past.limit:
        return "unknown", "", ()
    last = max(line[0].order for _, copies in histories for line in copies)
    return "untouched", f"nothing of what they share has changed since {_name(records, last)}", ()


# what happened -----------------------------------------------------------------------------------


def _together(copies: Sequence[Line]) -> set[int]:
    """Commits that changed what is common in two copies or more that were there before."""
    times: dict[int, int] = defaultdict(int)
    for line in copies:
        for moment in _changes(line):
            times[moment.order] += 1
    return {order for order, number in times.items() if number > 1}


def _changes(line: Line) -> Iterator[Moment]:
    """When what is common changed, after it was first there."""
    before = None
    for at, moment in enumerate(line):
        if at and moment.common is not None and before not in (None, moment.common):
            yield moment
        before = moment.common


Again = tuple[int, int, Fragment, Fragment]  # order, order of the first time, second place, first


def _again(histories: Iterable[History]) -> Iterator[Again]:
    """Commits that gave a copy what another had already; of several copies the last to have it."""
    seen: set[int] = set()
    for found, copies in histories:
        for part, line in zip(found.fragments, copies, strict=True):
            for moment in _changes(line):
                earlier = [
                    (m.order, at)
                    for at, other in enumerate(copies)
                    if other is not line
                    for m in _changes(other)
                    if m.common == moment.common and m.order < moment.order
                ]
                if earlier and moment.order not in seen:
                    seen.add(moment.order)
                    first, at = max(earlier)
                    yield moment.order, first, part, found.fragments[at]


def _lag(again: Sequence[Again], records: Records) -> Said | None:
    """Do changes go through environments in their order?"""
    ordered = []
    for order, first, part, other in again:
        here, there = records.rank(part.copy.root), records.rank(other.copy.root)
        if here is not None and there is not None and here > there:
            ordered.append((order, first, part))
    if 2 * len(ordered) <= len(again):
        return None
    order, first, part = ordered[-1]
    days = _days(records.commit(first), records.commit(order))
    when = f", {counted(days, 'day')} later" if days else ""
    reason = (f"{counted(len(ordered), 'change')} came to one environment after another, the last "
              f"by {_name(records, order)}{when}")  # fmt: skip
    return "lag", reason, (part.copy.span,)


def _worth(records: Records, together: Sequence[int], again: Sequence[int]) -> str:
    said = []
    if together:
        what = "commit" if len(together) == 1 else "commits"
        said.append(f"{len(together)} {what} changed several of them alike, the last "
                    f"{_name(records, together[-1])}")  # fmt: skip
    if again:
        said.append(f"{counted(len(again), 'change')} had to be made again in another copy, the "
                    f"last by {_name(records, again[-1])}")  # fmt: skip
    return "; ".join(said)


def _diverged(histories: Iterable[History], records: Records) -> Said | None:
    """Equal once, until a commit changed one of them alone, and not the one that goes first."""
    for found, copies in histories:
        if all(p.rpartition("/")[2] in _PINS for p in found.clone.differing):
            continue  # equal, or but for a version that moves on
        orders = sorted({m.order for line in copies for m in line})
        equal = [order for order in orders if _same(copies, order)]
        after = [order for order in orders if equal and order > equal[-1]]
        if not after:
            continue
        changed = [at for at, line in enumerate(copies)
                   if any(m.order == after[0] for m in line)]  # fmt: skip
        if len(changed) == 1 and not _goes_first(found, changed[0], records.rank):
            span = found.clone.copies[changed[0]].span
            reason = f"they were equal until {_name(records, after[0])} changed {span.path} alone"
            return "split", reason, (span,)
    return None


def _same(copies: Sequence[Line], order: int) -> bool:
    held = {next((m.whole for m in reversed(line) if m.order <= order), None) for line in copies}
    return len(held) == 1 and None not in held


def _goes_first(found: Found, at: int, rank: Rank) -> bool:
    """Is this copy in an environment that all others come after? Then they may still follow."""
    ranks = [rank(one.copy.root) for one in found.fragments]
    own = ranks[at]
    return own is not None and all(
        other is not None and other > own for i, other in enumerate(ranks) if i != at
    )


# was it one text before? -------------------------------------------------------------------------


def _split(histories: Iterable[History], records: Records
           ) -> tuple[Section, str, int, tuple[Span, ...]] | None:  # fmt: skip
    """A commit that wrote copies where a root built on something else before."""
    born: dict[int, list[Fragment]] = defaultdict(list)
    for found, copies in histories:
        for part, line in zip(found.fragments, copies, strict=True):
            if part.shape == "document":
                born[line[0].order].append(part)
    for order, parts in sorted(born.items(), reverse=True):
        roots = {part.copy.root for part in parts}
        for root in sorted(roots):
            for taker, path in records.takers.get(root, ()):
                gone = _dropped(records, taker, path, order)
                left = sorted(
                    where
                    for where in gone
                    if not _inside(where, root) and not _inside(where, taker)
                )
                if left:
                    span = next(part.copy.span for part in parts if part.copy.root == root)
                    reason = f"{_name(records, order)} took them apart: {path} built on {left[0]}"
                    return "split", reason, order, (span,)
    return None


def _since(records: Records, together: Sequence[int], order: int) -> str:
    after = [o for o in together if o > order]
    return f"; {counted(len(after), 'commit')} changed several alike since" if after else ""


def _dropped(records: Records, root: str, path: str, order: int) -> set[str]:
    """What a kustomization file named before a commit, and does not name after it."""
    before: bytes | None = None
    for at, data in records.of_path(path):
        if at == order:
            return _named(root, before) - _named(root, data)
        before = data
    return set()


def _inside(path: str, root: str) -> bool:
    return path == root or path.startswith(f"{root}/") or not root


def _named(root: str, data: bytes | None) -> set[str]:
    """The files and directories of this tree that a kustomization file lists."""
    found: set[str] = set()
    for document in _settings(data or b"")[:1]:
        for name in _LISTS if isinstance(document, Mapping) else ():
            listed = document.get(name) if isinstance(document, Mapping) else None
            for written in listed if isinstance(listed, list) else ():
                if isinstance(written, str) and not is_remote(written):
                    found.add(posixpath.normpath(posixpath.join(root, written)))
    return found


@lru_cache(maxsize=256)
def _settings(data: bytes) -> tuple[object, ...]:
    try:
        return yamltext.parse(data)
    except YamlError:
        return ()


# over time ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Copy:
    """A copy while its history is read, from the last time it came to be."""

    part: Fragment
    own: frozenset[str]  # keys of leaves that other copies have otherwise
    line: list[Moment] = field(default_factory=list)
    held: object = ABSENT

    def read(self, order: int, data: bytes | None) -> None:
        """What a commit made of it; written down if it changed."""
        held = ABSENT if data is None else oldtexts.content(self.part, data)
        if held is self.held:
            return
        self.held = held
        if held is ABSENT:
            self.line.clear()
            return
        tokens = sorted(leaves(held).items())
        shared = [pair for pair in tokens if pair[0] not in self.own]
        moment = Moment(order, _digest(shared), _digest(tokens))
        last = self.line[-1] if self.line else None
        if last is None or (last.common, last.whole) != (moment.common, moment.whole):
            self.line.append(moment)


def _timelines(clones: Iterable[Found], records: Records) -> dict[int, tuple[Line, ...]]:
    """What copies held after each commit that changed them, by id() of their clone.

    Each text of a file is read once for all of them.
    """
    copies: dict[int, list[_Copy]] = {}
    of_path: dict[str, list[_Copy]] = defaultdict(list)
    for clone in clones:
        own = _own(clone)
        copies[id(clone)] = [_Copy(part, own) for part in clone.fragments]
        for copy in copies[id(clone)]:
            of_path[copy.part.copy.span.path].append(copy)
    for path, listed in of_path.items():
        for order, data in records.of_path(path):
            for copy in listed:
                copy.read(order, data)
    return {id: tuple(tuple(copy.line) for copy in made) for id, made in copies.items()}


def _own(found: Found) -> frozenset[str]:
    """Keys of leaves that are not the same in every copy."""
    tokens = frozenset.intersection(*(one.tokens for one in found.fragments))
    same = {key for key, _ in tokens}
    return frozenset(key for one in found.fragments for key in one.leaves if key not in same)


def _digest(pairs: Iterable[tuple[str, str]]) -> str:
    text = "\n".join(f"{key!r} {value!r}" for key, value in pairs)
    return blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()


def _name(records: Records, order: int) -> str:
    commit = records.commit(order)
    subject = f" “{commit.subject}”" if commit.subject else ""
    return f"{commit.id[:10]}{subject} of {commit.date[:10]}"


def _days(before: Commit, after: Commit) -> int | None:
    try:
        first, last = (datetime.fromisoformat(one.date) for one in (before, after))
    except ValueError:
        return None
    return max(0, (last - first).days)

"""A candidate → its proposal, on the lowest rungs of the ladder that the engine takes.

Every rung is built before the next one is tried. Nothing is written.
"""

from __future__ import annotations

import difflib
import posixpath
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from analyzer import culprits, plans, proving, unseen, verdicts
from analyzer.actions import extract, patching, secrets
from analyzer.actions.documents import Read
from analyzer.actions.errors import CannotError, HigherError
from analyzer.actions.proposals import Part, Proposal, Wish
from analyzer.bench import After, Bench, planned
from analyzer.candidates import Candidate
from analyzer.changes import FileChange, digest
from analyzer.model import (
    RenderFailure,
    Rendering,
    Status,
)
from analyzer.plans import Item, Mutation, Refusal
from analyzer.probes import probes
from analyzer.weighing import LEAST

_ROUNDS = 24  # builds of the overlays of one candidate until its rungs are found

Files = Mapping[str, bytes | None]
Spared = dict[str, dict[int, str]]  # by candidate: clones that stay, and why


@dataclass(frozen=True, slots=True)
class Made:
    """One candidate as it goes into a plan."""

    candidate: Candidate
    item: Item
    proposal: Proposal
    files: Files
    mutations: tuple[Mutation, ...]


@dataclass(slots=True)
class Session:
    """A tree, and what the candidates before this one make of it."""

    now: Bench
    common: bool = False
    least: int = LEAST  # lines that a candidate has to save
    local: str | None = None  # the only environment
    spared: Spared = field(default_factory=dict)
    files: dict[str, bytes | None] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    _after: After | None = None

    def written(self, path: str) -> bytes | None:
        """As it is."""
        return self.now.checkout.listing.data(path)

    def read(self, path: str) -> bytes | None:
        """As the candidates so far make it."""
        return self.files[path] if path in self.files else self.written(path)

    def changes(self, more: Files) -> tuple[FileChange, ...]:
        """All files that are not as they are."""
        executable = self.now.checkout.listing.executable
        return tuple(_changes({**self.files, **more}, self.written, executable))

    def propose(self, candidate: Candidate) -> Made | Refusal:
        """The lowest rungs that the engine takes, or why there is nothing to propose."""
        try:
            return self._propose(candidate)
        except CannotError as error:
            return Refusal(candidate.id, candidate.title, "refused", error.message)

    def accept(self, made: Made) -> None:
        """Later candidates build on this one."""
        self.files.update(made.files)
        self.taken |= {made.proposal.base, *map(posixpath.dirname, made.files)}
        self._after = None

    def _propose(self, candidate: Candidate) -> Made | Refusal:
        before = self.now.alone(candidate.roots)
        broken = {
            root: f"{root} does not build before: {'; '.join(map(str, rendering.causes))}"
            for root, rendering in before.items()
            if isinstance(rendering, RenderFailure)
        }
        if broken and len(candidate.roots) - len(broken) < 2:
            said = next(iter(broken.values()))
            return Refusal(candidate.id, candidate.title, "unprovable", said)
        if broken:
            made = self._propose(_without(candidate, broken.keys()))
            return made if isinstance(made, Refusal) else _less(made, broken.values())
        stubborn: dict[str, str] = {}
        try:
            made = self._best(candidate, before, stubborn)
        except CannotError as error:
            made = Refusal(candidate.id, candidate.title, "refused", error.message)
        if not stubborn or len(candidate.roots) - len(stubborn) < 2:
            return made
        try:
            fewer = self._best(_without(candidate, stubborn), before, {})
        except CannotError:
            return made
        if isinstance(fewer, Refusal) or _net(fewer) <= _net(made):
            return made
        return _less(fewer, stubborn.values())

    def _best(
        self, candidate: Candidate, before: Mapping[str, Rendering], stubborn: dict[str, str]
    ) -> Made | Refusal:
        """Onto a base that is there, else with what several share moved too, else without.

        `stubborn` gets the roots that something could not be taken out of, and why. Raises
        CannotError.
        """
        there = extract.existing(self.now.seen, candidate)
        if there is not None:
            try:
                return self._tried(candidate, before, stubborn, there)
            except CannotError:
                pass  # it holds more than the others have: a base of both has to be made
        if len(candidate.roots) > 2:
            try:
                return self._tried(candidate, before, stubborn, share=True)
            except CannotError:
                pass  # perhaps only what was to be shared
        return self._tried(candidate, before, stubborn)

    def _tried(
        self,
        candidate: Candidate,
        before: Mapping[str, Rendering],
        stubborn: dict[str, str],
        there: str | None = None,
        *,
        share: bool = False,
    ) -> Made | Refusal:
        """Up the ladder, until the engine makes of every overlay what it was."""
        rungs = {(root, n): 1 for root in candidate.roots if unseen.names(before[root])
                 for n in range(len(candidate.clones))}  # fmt: skip
        partial = frozenset(root for root, _ in rungs)
        left = dict(self.spared.get(candidate.id, {}))
        spaced = self.local is None and not rungs
        for _ in range(_ROUNDS):
            wish = Wish(self.common, self.local, rungs, frozenset(left),
                        frozenset(self.taken), there, share, spaced, partial)  # fmt: skip
            try:
                proposal = self._proposal(candidate, wish)
                self._refuse_secrets(candidate, proposal)
            except HigherError as error:
                rungs |= {(error.at, n): 1 for n in error.numbers}
                continue
            except CannotError as error:
                if error.root is not None:
                    stubborn.setdefault(error.root, error.message)
                if error.clone is None or error.clone in left:
                    raise CannotError([error.message, *left.values()][-1]) from None
                left[error.clone] = error.message
                continue
            wrong = list(self._wrong(candidate, proposal, before))
            if not wrong:
                return self._made(candidate, proposal, left, before)
            if proposal.spaced:
                spaced = False
                continue
            self._climb(proposal, wrong, rungs, left, stubborn)
        raise CannotError("the engine does not take it, whatever the form of its patches")

    def _proposal(self, candidate: Candidate, wish: Wish) -> Proposal:
        seen = self.now.seen if not self.files else self._current().seen
        return extract.propose(seen, self.read, self.written, candidate, wish)

    def _refuse_secrets(self, candidate: Candidate, proposal: Proposal) -> None:
        """Whatever a plan edits or removes it quotes: its own text, and the way back."""
        known = self.now.seen.repository.kustomizations
        aimed = {path for root in candidate.roots for path in secrets.aimed(known[root])}
        there = [(path, self.written(path)) for path in proposal.files]  # to name what is there
        for path, data in (*there, *proposal.files.items()):
            if data is None or not secrets.bears(data, of_secret=path in aimed):
                continue
            copies = [(n, copy) for n, clone in enumerate(candidate.clones)
                      for copy in clone.copies if copy.span.path == path]  # fmt: skip
            clone, root = next(((n, copy.root) for n, copy in copies), (None, None))
            if root is None:
                root = next((r for r in candidate.roots if known[r].path == path), None)
                clone = None
            raise CannotError(secrets.said(path), clone, root)

    def _current(self) -> After:
        if self._after is None:
            self._after = planned(self.now, self.changes({}))
        return self._after

    # rungs ---------------------------------------------------------------------------------------

    def _wrong(
        self, candidate: Candidate, proposal: Proposal, before: Mapping[str, Rendering]
    ) -> Iterator[tuple[Part, str]]:
        """Parts whose overlay is not what it was, and what differs."""
        after = planned(self.now, self.changes(proposal.files))
        renders = after.alone(candidate.roots)
        both = proving.sides(self.now, after)
        for root, rendering in renders.items():
            parts = [part for part in proposal.parts if part.root == root]
            if isinstance(rendering, RenderFailure):
                said = f"{root} does not build: {'; '.join(map(str, rendering.causes))}"
                hit = [p for p in parts if culprits.names(said, candidate.clones[p.clone].id)]
                yield from ((part, said) for part in hit or parts)
                continue
            unit = verdicts.of_root(root, before[root], rendering, both)
            if unit.verdict in plans.PROVED:
                continue
            said = f"{root}: {unit.differences[0] if unit.differences else unit.reason}"
            found = culprits.differing(before[root], rendering)
            hit = [p for p in parts if culprits.is_about(candidate, p, found)]
            if unit.verdict == "unprovable":
                hit = [p for p in parts if culprits.is_unseen(candidate, p, before[root])]
            yield from ((part, said) for part in hit or parts)

    def _climb(
        self,
        proposal: Proposal,
        wrong: Sequence[tuple[Part, str]],
        rungs: dict[tuple[str, int], int],
        left: dict[int, str],
        stubborn: dict[str, str],
    ) -> None:
        """The next rung for what is wrong; what has none left stays as it is."""
        for part, _ in wrong:
            rung = _next(part)
            if rung < len(patching.RUNGS):
                rungs[part.root, part.clone] = rung
        if not any(_next(part) < len(patching.RUNGS) for part, _ in wrong):
            for part, said in wrong:
                left.setdefault(part.clone, said)
                stubborn.setdefault(part.root, said)

    # what comes of it ----------------------------------------------------------------------------

    def _made(
        self,
        candidate: Candidate,
        proposal: Proposal,
        left: Mapping[int, str],
        before: Mapping[str, Rendering],
    ) -> Made | Refusal:
        for number, clone in enumerate(candidate.clones):
            if (
                clone.shape == "generator"
                and number not in left
                and all(
                    proposal.files.get(copy.span.path, b"") is not None for copy in clone.copies
                )
            ):
                left = {**left, number: f"{clone.name}: what takes it differs, so it stays"}
        removed, added = lines(proposal.files, self.read)
        if removed - added < self.least:
            said = f"saves {plans.count(max(removed - added, 0), 'line')}; "
            said += next(iter(left.values()), f"fewer than {self.least} are not worth a base")
            return Refusal(candidate.id, candidate.title, "refused", said)
        reason = _reason(candidate, proposal, left)
        if self.local is not None:
            reason = f"{self._sizes(candidate, proposal)}; {reason}"
        item = Item(
            candidate.id, candidate.title, proposal.form, reason, candidate.roots, proposal.base,
            removed, added,
        )  # fmt: skip
        found = tuple(probes(self.now, candidate, proposal, before))
        return Made(candidate, item, proposal, proposal.files, found)

    def _sizes(self, candidate: Candidate, proposal: Proposal) -> str:
        """How much is the base, and how much the overlay, with what it keeps."""
        base = [p for p in proposal.files if p.startswith(f"{proposal.base}/")]
        known = self.now.seen.repository.kustomizations
        own = {r.target for root in candidate.roots for r in known[root].references
               if r.status is Status.FILE and r.target is not None}  # fmt: skip
        own |= proposal.files.keys() - set(base)
        sizes = (
            sum(len(_lines(proposal.files[p] if p in proposal.files else self.read(p))) for p in of)
            for of in (base, own)
        )
        first, second = (plans.count(size, "line") for size in sizes)
        return f"base {first}, overlay {second}"


def _without(candidate: Candidate, roots: Collection[str]) -> Candidate:
    """The candidate of the other roots alone."""
    clones = tuple(
        replace(clone, copies=tuple(copy for copy in clone.copies if copy.root not in roots))
        for clone in candidate.clones
    )
    left = tuple(root for root in candidate.roots if root not in roots)
    return replace(candidate, roots=left, clones=clones)


def _next(part: Part) -> int:
    """The rung above the one a part stands on."""
    if part.patch.images or part.patch.replicas:
        return 1
    if part.patch.form not in patching.RUNGS:
        return len(patching.RUNGS)
    return patching.RUNGS.index(part.patch.form) + 1


def _less(made: Made, left: Iterable[str]) -> Made:
    """The same, saying which roots it leaves as they are, and why."""
    reason = f"{made.item.reason}; left out: {'; '.join(left)}"
    return replace(made, item=replace(made.item, reason=reason))


def _net(made: Made | Refusal) -> int:
    """Lines that it saves; of what is refused none."""
    return made.item.net_lines if isinstance(made, Made) else 0


def _reason(candidate: Candidate, proposal: Proposal, left: Mapping[int, str]) -> str:
    """Why the form, and what stays as it is."""
    meant = {
        "nothing": "all copies are equal" if len(candidate.roots) > 1 else "all of it is shared",
        "component": "what is patched alike is one kustomize Component",
        "fields": "namespace, images or replicas are all that differs",
        "merge": "a merge says what differs",
        "json6902": "a merge would turn lists, or cannot say what differs",
    }[proposal.form]
    if not left:
        return meant
    return f"{meant}; {plans.count(len(left), 'clone')} left: {next(iter(left.values()))}"


# files -----------------------------------------------------------------------------------------


def _changes(
    files: Files, written: Read, executable: Callable[[str], bool]
) -> Iterator[FileChange]:
    for path in sorted(files):
        old, new = written(path), files[path]
        if old != new:
            mode = 0o755 if new is None and executable(path) else None
            yield FileChange(path, None if old is None else digest(old), new, mode)


def lines(files: Files, read: Read) -> tuple[int, int]:
    """(Non-empty lines that go, those that come), in all files; a moved line does both."""
    old: list[str] = []
    new: list[str] = []
    for path, after in sorted(files.items()):
        before = _lines(read(path))
        now = _lines(after)
        matcher = difflib.SequenceMatcher(None, before, now, False)
        for tag, a, b, c, d in matcher.get_opcodes():
            if tag != "equal":
                old += before[a:b]
                new += now[c:d]
    return len(old), len(new)


def _lines(data: bytes | None) -> list[str]:
    text = (data or b"").decode("utf-8", "replace")
    return [line for line in text.splitlines() if line.strip()]

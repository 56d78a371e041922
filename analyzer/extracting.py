"""Candidates → what goes into a plan, proved together; what does not, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from analyzer import culprits, proving
from analyzer.bench import Bench
from analyzer.candidates import Candidate
from analyzer.changes import FileChange
from analyzer.errors import StaleError
from analyzer.ladder import Made, Session, Spared
from analyzer.plans import PROVED, Mutation, Proof, Refusal, Verdict
from analyzer.weighing import LEAST

_MANY = 10**6


@dataclass(frozen=True, slots=True)
class Result:
    """What of the candidates goes into a plan, with one proof of all of it."""

    made: tuple[Made, ...]
    refusals: tuple[Refusal, ...]
    changes: tuple[FileChange, ...]
    proof: Proof | None


def together(
    now: Bench, candidates: Sequence[Candidate], common: bool = False, local: str | None = None
) -> Result:
    """As many of the candidates as go together, the first ones first; proved as one."""
    refused: dict[str, Refusal] = {}
    spared: Spared = {}
    least = LEAST if local is None else -_MANY
    while True:
        session = Session(now, common, least, local, spared)
        made: list[Made] = []
        for candidate in candidates:
            if candidate.id in refused:
                continue
            one = session.propose(candidate)
            if isinstance(one, Refusal):
                refused[candidate.id] = one
            else:
                session.accept(one)
                made.append(one)
        changes = session.changes({})
        if not made:
            return Result((), _in_order(candidates, refused), (), None)
        proof = proving.prove(now, changes, _of_all(made))
        if proof.is_proved:
            return Result(tuple(made), _in_order(candidates, refused), changes, proof)
        refused |= _culprits(session, made, proof)


def _culprits(by: Session, made: Sequence[Made], whole: Proof) -> dict[str, Refusal]:
    """Those that are not proved by themselves; if each of them is, the last one.

    None where all is proved as soon as some clones are spared that were not before.
    """
    found = {}
    before = _count(by.spared)
    for one in made:
        proof = alone(by.now, one.candidate, by.common, by.least, by.local, by.spared)
        if isinstance(proof, Refusal):
            found[one.candidate.id] = proof
        elif not proof[1].is_proved:
            found[one.candidate.id] = _refusal(one.candidate, proof[1].verdict, proof[1].reason)
    if not found and _count(by.spared) > before:
        return {}
    last = made[-1].candidate
    return found or {last.id: _refusal(last, whole.verdict, whole.reason)}


def _refusal(candidate: Candidate, verdict: Verdict, reason: str) -> Refusal:
    return Refusal(candidate.id, candidate.title, verdict, reason)


def alone(
    now: Bench,
    candidate: Candidate,
    common: bool = False,
    least: int = LEAST,
    local: str | None = None,
    spared: Spared | None = None,
) -> Refusal | tuple[Made, Proof]:
    """One candidate, proved by itself; without the clones that the proof names as what differs.

    `spared` gets those, and why.
    """
    known: Spared = {} if spared is None else spared
    first: tuple[Made, Proof] | None = None
    while True:
        session = Session(now, common, least, local, known)
        made = session.propose(candidate)
        if isinstance(made, Refusal):
            return first or made
        try:
            proof = proving.prove(now, session.changes(made.files), made.mutations)
        except StaleError as error:
            return _refusal(candidate, "refused", str(error))
        if proof.is_proved:
            return made, proof
        first = first or (made, proof)
        named = _named(candidate, proof)
        more = {n: why for n, why in named.items() if n not in known.get(candidate.id, {})}
        if not more or len(more) == len(candidate.clones):
            return first
        known.setdefault(candidate.id, {}).update(more)


def _named(candidate: Candidate, proof: Proof) -> dict[int, str]:
    """Clones whose resource is named where the proof says what is wrong, and what it says."""
    said = [f"{unit.by or unit.root or '.'}: {text}" for unit in proof.units
            if unit.verdict not in PROVED for text in (unit.reason, *unit.differences)]  # fmt: skip
    said += [check.said for check in proof.checks if not check.passed]
    found: dict[int, str] = {}
    for number, clone in enumerate(candidate.clones):
        why = next((text for text in said if culprits.names(text, clone.id)), None)
        if why is not None:
            found[number] = why
    return found


def _count(spared: Spared) -> int:
    return sum(map(len, spared.values()))


def _in_order(
    candidates: Iterable[Candidate], refused: Mapping[str, Refusal]
) -> tuple[Refusal, ...]:
    return tuple(refused[one.id] for one in candidates if one.id in refused)


def _of_all(made: Iterable[Made]) -> list[Mutation]:
    """Leaves to change, with the roots that follow any of the candidates."""
    return [mutation for one in made for mutation in one.mutations]

"""Candidates → what goes into a plan, proved together; what does not, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from analyzer import proving
from analyzer.bench import Bench
from analyzer.candidates import Candidate
from analyzer.changes import FileChange
from analyzer.errors import StaleError
from analyzer.ladder import Made, Session
from analyzer.plans import Mutation, Proof, Refusal, Verdict
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
    least = LEAST if local is None else -_MANY
    while True:
        session = Session(now, common, least, local)
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
    """Those that are not proved by themselves; if each of them is, the last one."""
    found = {}
    for one in made:
        proof = alone(by.now, one.candidate, by.common, by.least, by.local)
        if isinstance(proof, Refusal):
            found[one.candidate.id] = proof
        elif not proof[1].is_proved:
            found[one.candidate.id] = _refusal(one.candidate, proof[1].verdict, proof[1].reason)
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
) -> Refusal | tuple[Made, Proof]:
    """One candidate, proved by itself."""
    session = Session(now, common, least, local)
    made = session.propose(candidate)
    if isinstance(made, Refusal):
        return made
    try:
        return made, proving.prove(now, session.changes(made.files), made.mutations)
    except StaleError as error:
        return _refusal(candidate, "refused", str(error))


def _in_order(
    candidates: Iterable[Candidate], refused: Mapping[str, Refusal]
) -> tuple[Refusal, ...]:
    return tuple(refused[one.id] for one in candidates if one.id in refused)


def _of_all(made: Iterable[Made]) -> list[Mutation]:
    """Leaves to change, with the roots that follow any of the candidates."""
    return [mutation for one in made for mutation in one.mutations]

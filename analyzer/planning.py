"""Commands that make plans: candidates of a tree → a plan with its proof, and its text.

tree → followed once (`bench`) → candidates (`repeats`) → proposals, proved together (`extracting`)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analyzer import extracting, formats, repeats, verifying
from analyzer.bench import Bench, bench
from analyzer.candidates import Candidate, Repeated
from analyzer.errors import PlaceError
from analyzer.looking import Options
from analyzer.pages import plans as shown
from analyzer.plans import Plan

PLAIN = formats.text.Style()


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and the two files of it as text."""

    plan: Plan
    json: str
    patch: str


def extract(ids: Sequence[str], options: Options, common: bool = False) -> Planned:
    """A plan of these candidates, or of all that are recommended.

    Raises PlaceError where an id names none, or several.
    """
    now = bench(options)
    found = repeats.gather(now.checkout, now.seen, commits=True)
    wanted = _named(found, ids) if ids else [c for c in found.candidates if c.recommended]
    return _planned(now, extracting.together(now, wanted, common))


def _planned(now: Bench, result: extracting.Result) -> Planned:
    plan = verifying.made(
        now,
        [one.item for one in result.made],
        result.changes,
        [result.proof] if result.proof is not None else [],
        result.refusals,
    )
    return Planned(plan, verifying.as_json(plan), verifying.as_patch(now, plan))


def _named(found: Repeated, ids: Sequence[str]) -> list[Candidate]:
    """Candidates by id, or by how the id begins."""
    made: dict[str, Candidate] = {}
    for id in ids:
        same = [c for c in found.candidates if c.id == id]
        same = same or [c for c in found.candidates if c.id.startswith(id)]
        if len(same) != 1:
            what = "names no candidate" if not same else f"names {len(same)} candidates"
            raise PlaceError(f"{id}: {what}; see `groundplan report duplication`")
        made[same[0].id] = same[0]
    return list(made.values())


def text(planned: Planned, style: formats.text.Style = PLAIN) -> str:
    """What people read of it."""
    return formats.text.text(shown.blocks(planned.plan), style)

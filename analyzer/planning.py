"""Commands that make plans: candidates of a tree → a plan with its proof, and its text.

tree → followed once (`bench`) → candidates (`repeats`) → proposals, proved together (`extracting`)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from analyzer import commands, extracting, formats, plans, repeats, units, verifying
from analyzer.analyses import run
from analyzer.bench import Bench, bench
from analyzer.candidates import (
    Candidate,
    Clone,
    Copy,
    Repeated,
    Terms,
    Verdict,
)
from analyzer.errors import PlaceError
from analyzer.findings import Finding
from analyzer.looking import Options
from analyzer.model import Field
from analyzer.pages import plans as shown
from analyzer.plans import Plan, Refusal

PLAIN = formats.text.Style()


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and the two files of it as text."""

    plan: Plan
    json: str
    patch: str


def extract(ids: Sequence[str], options: Options, common: bool = False) -> Planned:
    """A plan of these candidates, or of all that history says nothing against.

    Raises PlaceError where an id names none, or several.
    """
    now = bench(options, rendered=True)
    found = repeats.gather(now.checkout, now.seen, commits=True)
    wanted = _named(found, ids) if ids else [c for c in found.candidates if c.is_open]
    return _planned(now, extracting.together(now, wanted, common))


def split(environment: str, options: Options) -> Planned:
    """A plan that splits each component of one environment into a base and an overlay.

    Raises PlaceError where there is no such environment.
    """
    now = bench(options)
    known = now.seen.environments()
    if environment not in known:
        raise PlaceError(f"{environment}: is no environment; known: {', '.join(known) or 'none'}")
    found = list(_components(now, environment))
    wanted = [one for one in found if isinstance(one, Candidate)]
    if not wanted:
        raise PlaceError(f"{environment}: has no component with documents of its own")
    result = extracting.together(now, wanted, local=environment)
    passed = [one for one in found if isinstance(one, Refusal)]
    return _planned(now, replace(result, refusals=(*result.refusals, *passed)))


def _components(now: Bench, environment: str) -> Iterator[Candidate | Refusal]:
    """The documents that each component's directory names, as a candidate of one root.

    One that names none has nothing to split.
    """
    repository = now.seen.repository
    for component in units.components(now.seen):
        for unit in component.at(environment):
            if unit.shared:
                continue
            clones = []
            for reference in repository.kustomizations[unit.root].references:
                if reference.field in (Field.RESOURCES, Field.BASES) and reference.target:
                    for one in repository.manifests.get(reference.target, ()):
                        copy = Copy(unit.root, one.span, 1)
                        clones.append(Clone("document", one.id, one.id.short, "", (copy,)))
            name = f"{environment}-{component.name}".replace("/", "-")
            title = f"{component.name} in {environment}"
            if not clones:
                below = now.seen.graph.upstream.get(unit.root, ())
                on = ", ".join(dict.fromkeys(edge.target or "." for edge in below))
                said = f"{unit.root}: has no documents of its own"
                said += f"; it builds on {on} already" if on else ""
                yield Refusal(name, title, "refused", said)
                continue
            yield Candidate(name, title, (unit.root,), tuple(clones), Terms(0, None, 1))


def summary(made: Planned) -> str:
    """`identical, 3 candidates; 2 not in it, for the reasons it gives`."""
    plan = made.plan
    said = f"{plan.verdict}, {plans.count(len(plan.items), 'candidate')}"
    if plan.refusals:
        said += f"; {len(plan.refusals)} not in it, for the reasons it gives"
    return said


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
            what = "names no candidate" if not same else "names " + " and ".join(c.id for c in same)
            raise PlaceError(f"{id}: {what}; see `groundplan report duplication`")
        made[same[0].id] = same[0]
    return list(made.values())


def text(planned: Planned, style: formats.text.Style = PLAIN) -> str:
    """What people read of it."""
    return formats.text.text(shown.blocks(planned.plan), style)


def proved_report(
    options: Options, format: str, style: formats.text.Style
) -> tuple[str, tuple[Finding, ...]]:
    """The report duplication with a proposal for each candidate, proved by itself."""
    asked = replace(options, dated=True)
    view = commands.look(asked, commits=True, copies=True)
    seen = view.snapshot
    now = Bench(options, view.checkout, seen, dict(seen.renderings))
    value = run(seen, names=("duplication",)).reports["duplication"]
    found = {c.id: _verdict(now, c) for c in value.repeated.candidates}
    value = replace(value, verdicts=found)
    return commands.printed("duplication", value, format, style), value.findings


def _verdict(now: Bench, candidate: Candidate) -> Verdict:
    made = extracting.alone(now, candidate)
    if isinstance(made, Refusal):
        return Verdict("none", made.verdict, 0, made.reason)
    one, proof = made
    reason = one.item.reason if proof.is_proved else proof.reason
    return Verdict(one.item.form, proof.verdict, one.item.net_lines, reason)

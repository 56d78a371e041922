"""A plan as it is written → files of it, and its proof repeated: `groundplan verify PLAN`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from analyzer import __version__, engine, plans, proving
from analyzer.bench import Bench, bench
from analyzer.changes import FileChange, unified_diff
from analyzer.errors import AnalyzerError, StaleError
from analyzer.formats.json import dumps
from analyzer.looking import Options
from analyzer.plans import Certificate, Item, Plan, PlanError, Proof, Refusal


def made(
    now: Bench,
    items: Sequence[Item],
    changes: Sequence[FileChange],
    proofs: Sequence[Proof],
    refusals: Sequence[Refusal],
) -> Plan:
    """A plan with its certificate and the way back."""
    listed = tuple(sorted(changes, key=lambda change: change.path))
    return Plan(
        items=tuple(items),
        changes=listed,
        proofs=tuple(proofs),
        refusals=tuple(refusals),
        inverse=plans.inverse(listed, before(now, listed)),
        certificate=Certificate(
            __version__,
            engine.KUBECTL,
            engine.KUSTOMIZE,
            proving.inputs(now, listed),
            sum(proof.renders for proof in proofs),
        ),
        subdir=now.checkout.repository.subdir,
    )


def before(now: Bench, changes: Sequence[FileChange]) -> Mapping[str, bytes]:
    """The bytes of what is edited, moved or removed, by the path it is at."""
    paths = [change.moved_from or change.path for change in changes]
    found = {path: now.checkout.listing.data(path) for path in paths}
    return {path: data for path, data in found.items() if data is not None}


def as_json(plan: Plan) -> str:
    """The plan as its file holds it."""
    return dumps(plans.to_json(plan))


def as_patch(now: Bench, plan: Plan) -> str:
    """The same changes as `git apply` takes them, from the tree's top."""
    old = before(now, plan.changes)
    return "".join(unified_diff(c, old.get(c.moved_from or c.path)) for c in plan.changes)


def read(path: Path) -> Plan:
    """A plan's file. Raises AnalyzerError where it is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "is no UTF-8 text"
        raise AnalyzerError(f"{path}: {said}; name the JSON file of a plan") from None
    try:
        return plans.from_json(text)
    except PlanError as error:
        raise AnalyzerError(f"{path}: {error}") from None


def verify(path: Path, options: Options) -> tuple[str, bool]:
    """(One line about the plan's proof, made again here; whether it is proved)."""
    plan = read(path)
    now = bench(options)
    name = f"{path.name} {plan.id}"
    if now.checkout.repository.subdir != plan.subdir:
        where = plan.subdir or "the top of its repository"
        raise AnalyzerError(f"{path}: is for {where}; name that directory with -C DIR")
    wanted = [mutation for proof in plan.proofs for mutation in proof.mutations]
    try:
        proof = proving.prove(now, plan.changes, wanted)
    except StaleError as error:
        if _is_applied(now, plan):
            return f"{name}: applied already; `git apply -R` of its patch takes it back", False
        return f"{name}: refused: {error}", False
    said = f": {proof.reason}" if proof.reason else ""
    facts = ", ".join((
        plans.count(len(proof.units), "unit"),
        plans.count(sum(unit.resources for unit in proof.units), "resource"),
        plans.count(proof.renders, "build"),
        f"kustomize {engine.KUSTOMIZE}",
        _inputs(now, plan),
    ))  # fmt: skip
    return f"{name}: {proof.verdict}{said} ({facts})", proof.is_proved


def _inputs(now: Bench, plan: Plan) -> str:
    """How many of the files that are read are not those the plan was made with."""
    known = dict(plan.certificate.inputs)
    here = dict(proving.inputs(now, plan.changes))
    others = sum(known.get(path) != here.get(path) for path in known.keys() | here.keys())
    if not others:
        return "inputs as planned"
    return f"{plans.count(others, 'input')} {'differs' if others == 1 else 'differ'}"


def _is_applied(now: Bench, plan: Plan) -> bool:
    """Is every file as the plan leaves it?"""
    data = now.checkout.listing.data
    return all(
        data(change.path) == change.after
        and (change.moved_from is None or data(change.moved_from) is None)
        for change in plan.changes
        if change.after is not None or change.moved_from is None
    )

"""A plan → blocks: what it does, what it saves, how it is proved, and what is not in it."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.document import Block, Branch, Cell, Heading, Table, Text, Tree, counted
from analyzer.plans import Plan, Proof

FORMS = {
    "nothing": "no patch",
    "component": "kustomize Component",
    "fields": "images and replicas",
    "merge": "strategic merge",
    "json6902": "JSON patch",
}
_SHOWN = 12  # files that are listed before the rest is counted


def blocks(plan: Plan) -> Iterator[Block]:
    """What people read of a plan."""
    yield Heading(f"Plan {plan.id}" if plan.changes else "Nothing to plan", 1)
    yield Text(summary(plan))
    if plan.items:
        rows = tuple(
            (
                Cell(item.id, code=True),
                Cell(str(len(item.roots))),
                Cell(FORMS.get(item.form, item.form)),
                Cell(str(item.net_lines)),
                Cell(item.base, code=True),
            )
            for item in plan.items
        )
        yield Table(("Candidate", "Directories", "Patches", "Lines saved", "Base"), rows)
    for proof in plan.proofs:
        yield Heading("Proof")
        yield Text(proved(proof))
        if branches := tuple(_checks(proof)):
            yield Tree(branches)
    if plan.changes:
        yield Heading("Files")
        listed = [*_files(plan)]
        more = len(listed) - _SHOWN
        rest = (Branch("", f"and {counted(more, 'more file')}", ""),) if more > 0 else ()
        yield Tree((*listed[:_SHOWN], *rest))
    if plan.refusals:
        yield Heading("Not in it")
        yield Tree(tuple(Branch("", r.id, f"{r.verdict}: {r.reason}", "dim")
                         for r in plan.refusals))  # fmt: skip


def summary(plan: Plan) -> str:
    """In a sentence or two."""
    if not plan.items:
        return "No candidate can be extracted so that every root stays as it is."
    net = sum(item.net_lines for item in plan.items)
    new = sum(change.before is None for change in plan.changes)
    gone = sum(change.after is None for change in plan.changes)
    edited = len(plan.changes) - new - gone
    return (
        f"{counted(len(plan.items), 'candidate')}: {counted(abs(net), 'line')} "
        f"{'fewer' if net >= 0 else 'more'}. "
        f"{counted(new, 'file')} new, {edited} edited, {gone} removed."
    )


def proved(proof: Proof) -> str:
    """The verdict, and of how much."""
    roots = sum(not unit.by for unit in proof.units)
    by = sum(bool(unit.by) for unit in proof.units)
    total = sum(unit.resources for unit in proof.units)
    said = f": {proof.reason}" if proof.reason else ""
    return (
        f"{proof.verdict}{said}. {counted(roots, 'root')} and {counted(by, 'reconciler')} "
        f"with {counted(total, 'resource')}, built before and after."
    )


def _checks(proof: Proof) -> Iterator[Branch]:
    for check in proof.checks:
        mark, tone = ("yes", "good") if check.passed else ("NO", "bad")
        yield Branch("", check.name, f"{mark}{': ' if check.said else ''}{check.said}", tone)


def _files(plan: Plan) -> Iterator[Branch]:
    for change in plan.changes:
        if change.before is None:
            yield Branch("", f"+ {change.path}")
        elif change.after is None and change.moved_from is None:
            yield Branch("", f"- {change.path}")
        else:
            yield Branch("", f"~ {change.path}")

"""A coverage report → what people read: totals, the matrix, field by field."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.analyses.coverage.rows import STATES, Coverage
from analyzer.diff import Leaves
from analyzer.document import NOTHING_HERE, Block, Cell, Findings, Heading, Table, Text
from analyzer.overlaying import Overlaid
from analyzer.why import value_text as one_line

FIELDS = "Field by field"  # the heading of what each overlay sets


def blocks(report: Coverage) -> Iterator[Block]:
    """Totals first, then who is where, then what each overlay does to its base."""
    yield Heading(f"Base and overlay coverage of {report.title}", 1)
    if not report.roots:
        yield NOTHING_HERE
        yield Findings(report.findings)
        return
    if not report.environments:
        yield Text(
            "No environments are known, so there is nothing to compare. Name them in "
            "groundplan.yaml; `groundplan init --print` shows a start."
        )
    else:
        yield Heading("Totals")
        yield totals(report)
        yield Heading("Components")
        yield matrix(report)
        yield Heading("What overlays do to their base")
        yield Text("Resources / leaf fields, compared as rendered.")
        yield _changes(report)
        yield Heading("Most and least customised")
        yield _customised(report)
        if report.traced:
            yield Heading("Base fields that every environment sets otherwise")
            yield _overridden_everywhere(report)
            yield Heading(FIELDS)
            yield from _fields(report)
    if not report.rendered:
        yield Text("Nothing was rendered, so fields are not counted.")
    yield Heading("Findings")
    yield Findings(report.findings, "Every base is used, and nothing is copied.")


def _customised(report: Coverage) -> Table:
    """How much of what builds on a base is not as the base has it; the most first."""
    shares = []
    for covered in report.components:
        rows = [row.fields for row in covered.rows if row.state == "referenced" and row.fields]
        total = sum((fields for fields in rows), Leaves())
        every = total.inherited + total.changed
        if every:
            shares.append((total.changed / every, covered, total))
    shares.sort(key=lambda one: (-one[0], str(one[1].name)))
    return Table(
        ("Component", "Environments", "Fields not as in base", "Share"),
        tuple(
            (
                Cell(c.name.component, component=(c.name.category, c.name.component)),
                Cell(str(len({r.environment for r in c.rows if r.state == "referenced"}))),
                Cell(f"{total.changed} of {total.inherited + total.changed}"),
                Cell(f"{share:.0%}"),
            )
            for share, c, total in shares
        ),
        "No component builds on a base.",
    )


def _overridden_everywhere(report: Coverage) -> Table:
    return Table(
        ("Component", "Field", "Base", "Set at", "Environments"),
        tuple(
            (
                Cell(one.component),
                Cell(f"{one.resource} {one.field}"),
                Cell(one_line(one.before)),
                Cell(str(one.base_at or "")),
                Cell(", ".join(map(one_line, one.values))),
            )
            for one in report.everywhere
        ),
        "None: every base value is used somewhere.",
    )


def _fields(report: Coverage) -> Iterator[Block]:
    """Each overlay field by field: what base has, what it is here, and the lines that say so."""
    for covered in report.components:
        for row in covered.rows:
            if row.changes:
                where = f"{row.environment}/{row.cluster}" if row.cluster else row.environment
                yield Heading(f"{covered.name} in {where}", 3)
                yield Table(
                    ("Field", "Base", "Here", "Set at"),
                    tuple(
                        (
                            Cell(" ".join(filter(None, (one.resource, one.field)))),
                            Cell(
                                "–"
                                if one.kind == "added" or not one.field
                                else one_line(one.before)
                            ),
                            Cell(_here(one)),
                            Cell(f"{one.here_at}  {one.by}" if one.here_at else ""),
                        )
                        for one in row.changes
                    ),
                )


def _in_base(one: Overlaid) -> str:
    return "–" if one.kind == "added" or not one.field else one_line(one.before)


def _here(one: Overlaid) -> str:
    if one.kind == "removed":
        return "removed"
    return one_line(one.after) if one.field else "added"


def totals(report: Coverage) -> Table:
    """State × environment: how many components."""
    rows = tuple(
        (
            Cell(state, state),
            *(
                Cell(
                    str(report.total(state, e)) if report.total(state, e) else "–",
                    "" if report.total(state, e) else "dim",
                )
                for e in report.environments
            ),
        )
        for state in STATES
    )
    return Table(("State", *report.environments), rows)


def matrix(report: Coverage) -> Table:
    """Component × environment: its state, by cluster where they differ."""
    rows = []
    for covered in report.components:
        cells = [
            Cell(covered.name.category or "–", "dim"),
            Cell(covered.name.component, component=(covered.name.category, covered.name.component)),
        ]
        for environment in report.environments:
            states = tuple(dict.fromkeys(row.state for row in covered.at(environment)))
            cells.append(Cell(", ".join(states), states[0] if len(states) == 1 else "warn"))
        rows.append(tuple(cells))
    return Table(("Category", "Component", *report.environments), tuple(rows))


def _changes(report: Coverage) -> Table:
    rows = []
    for covered in report.components:
        for row in covered.rows:
            if row.fields is None or row.resources is None or row.state == "own":
                continue  # without a base there is nothing to compare
            where = f"{row.environment}/{row.cluster}" if row.cluster else row.environment
            counts = (row.resources, row.fields)
            rows.append(
                (
                    Cell(
                        covered.name.component,
                        component=(covered.name.category, covered.name.component),
                    ),
                    Cell(where),
                    Cell(row.state, row.state),
                    *(
                        Cell(
                            f"{getattr(counts[0], what)} / {getattr(counts[1], what)}",
                            "" if getattr(counts[1], what) else "dim",
                        )
                        for what in ("inherited", "overridden", "added", "removed")
                    ),
                )
            )
    return Table(
        ("Component", "Where", "State", "Inherited", "Overridden", "Added", "Removed"),
        tuple(rows),
        "No component builds on a base.",
    )

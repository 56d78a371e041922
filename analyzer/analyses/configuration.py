"""Everything that looks wrong, most severe first, with what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from analyzer import checks
from analyzer.document import Block, Cell, Findings, Heading, Table
from analyzer.findings import BY_ID, Finding, most_severe_first
from analyzer.snapshot import Snapshot

SCHEMA = "groundplan/configuration/v1"


@dataclass(frozen=True, slots=True)
class Configuration:
    """Findings about the tree as written and as rendered."""

    title: str
    findings: tuple[Finding, ...]


def analyze(snapshot: Snapshot) -> Configuration:
    """Every check once."""
    found = [f for check in (*checks.STRUCTURE, *checks.CONFIGURATION) for f in check(snapshot)]
    return Configuration(
        snapshot.config.title or snapshot.repository.name, most_severe_first(found)
    )


def to_json(report: Configuration) -> dict[str, object]:
    """The findings are added by the format; there is nothing else."""
    return {"schema": SCHEMA}


def blocks(report: Configuration) -> Iterator[Block]:
    """How many of each rule, then all of them."""
    yield Heading(f"Configuration of {report.title}", 1)
    counts = Counter(finding.rule.id for finding in report.findings)
    rows = tuple(
        (
            Cell(BY_ID[rule].severity.value, BY_ID[rule].severity.value),
            Cell(rule),
            Cell(str(n)),
            Cell(BY_ID[rule].title),
        )
        for rule, n in sorted(counts.items(), key=lambda i: (BY_ID[i[0]].severity.rank, i[0]))
    )
    yield Table(("Severity", "Rule", "Findings", "What it is"), rows, "No findings.")
    yield Heading("Findings")
    yield Findings(report.findings)

"""Everything that looks wrong, most severe first, with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analyzer import checks
from analyzer.document import Block, ByRule, Cell, Heading, Meant, Table, Text, by_rule, tally
from analyzer.findings import Finding, Rule, Silenced, most_severe_first
from analyzer.snapshot import Snapshot

SCHEMA = "groundplan/configuration/v1"


@dataclass(frozen=True, slots=True)
class Configuration:
    """Findings about the tree as written and as rendered; `silenced` are those that are meant."""

    title: str
    findings: tuple[Finding, ...]
    silenced: tuple[Silenced, ...] = ()


def analyze(snapshot: Snapshot) -> Configuration:
    """Every check once."""
    found = [f for check in (*checks.STRUCTURE, *checks.CONFIGURATION) for f in check(snapshot)]
    return Configuration(
        snapshot.config.title or snapshot.repository.name, most_severe_first(found)
    )


def to_json(report: Configuration) -> dict[str, object]:
    """The rules with their counts; findings and silenced ones are added by the format."""
    return {
        "schema": SCHEMA,
        "rules": [
            {
                "rule": rule.id,
                "severity": rule.severity.value,
                "count": len(found),
                "title": rule.title,
                "why": rule.why,
                "mend": rule.mend,
            }
            for rule, found in _rules(report)
        ],
    }


def _rules(report: Configuration) -> list[tuple[Rule, list[Finding]]]:
    """Rules that found something, the most severe first, then by name."""
    return sorted(by_rule(report.findings).items(), key=lambda i: (i[0].severity.rank, i[0].id))


def blocks(report: Configuration) -> Iterator[Block]:
    """How many of each rule, then all of them by rule, then what is meant to be so."""
    yield Heading(f"Configuration of {report.title}", 1)
    rules = _rules(report)
    if rules:
        silenced = f"; {len(report.silenced)} more are meant to be so" if report.silenced else ""
        yield Text(f"{tally(report.findings)}{silenced}.")
    rows = tuple(
        (
            Cell(rule.severity.value, rule.severity.value),
            Cell(rule.id),
            Cell(str(len(found))),
            Cell(rule.title),
        )
        for rule, found in rules
    )
    yield Table(("Severity", "Rule", "Findings", "What it is"), rows, "No findings.")
    if rules:
        yield Heading("Findings")
        yield ByRule(tuple(finding for _, found in rules for finding in found))
    if report.silenced:
        yield Heading("Meant to be so")
        yield Meant(report.silenced)

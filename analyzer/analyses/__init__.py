"""Snapshot → reports. REPORTS is the registry: command line, JSON, pages and docs follow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from analyzer import silencing
from analyzer.analyses import configuration, coverage, duplication, impact, promotion, structure
from analyzer.document import Block
from analyzer.findings import Finding, Silenced, most_severe_first
from analyzer.silencing import Meant
from analyzer.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Report:
    """One report: the question it answers, and three functions over a value of its own type.

    `proves`: it speaks of entries that do nothing, which takes renders of its own.
    `judges`: it asks where differences between environments come from, and finds nothing wrong.
    `repeats`: it asks what is written more than once and what git says of it, and finds nothing
    wrong either.
    With `silences` the value has `silenced` findings, and those about what silences too.
    """

    name: str
    question: str
    analyze: Callable[[Snapshot], Any]
    to_json: Callable[[Any], dict[str, object]]
    blocks: Callable[[Any], Iterator[Block]]
    proves: bool = False
    silences: bool = False
    judges: bool = False
    repeats: bool = False

    @property
    def finds(self) -> bool:
        """May it have findings?"""
        return not self.judges and not self.repeats


REPORTS: tuple[Report, ...] = (
    Report(
        "structure",
        "Where is everything, what deploys it, does it build?",
        structure.analyze,
        structure.to_json,
        structure.blocks,
    ),
    Report(
        "coverage",
        "What does each environment build on base, and what is its own?",
        coverage.analyze,
        coverage.to_json,
        coverage.blocks,
    ),
    Report(
        "configuration",
        "What is broken, dead or misleading?",
        configuration.analyze,
        configuration.to_json,
        configuration.blocks,
        proves=True,
        silences=True,
    ),
    Report(
        "promotion",
        "What is not in the next environment yet, and what is different on purpose?",
        promotion.analyze,
        promotion.to_json,
        promotion.blocks,
        judges=True,
    ),
    Report(
        "duplication",
        "What is written more than once, and what may become one text?",
        duplication.analyze,
        duplication.to_json,
        duplication.blocks,
        repeats=True,
    ),
)


@dataclass(frozen=True, slots=True)
class ChangeReport:
    """A report about a change of a tree instead of the tree: it needs a revision, or files."""

    name: str
    question: str
    to_json: Callable[[Any], dict[str, object]]
    blocks: Callable[[Any], Iterator[Block]]


OF_CHANGES: tuple[ChangeReport, ...] = (
    ChangeReport("impact", "What does a change reach?", impact.to_json, impact.blocks),
)

BY_NAME = {report.name: report for report in REPORTS}
FINDING = tuple(report.name for report in REPORTS if report.finds)  # those that find anything


@dataclass(frozen=True, slots=True)
class Said:
    """Reports by name and what they find, each once, most severe first; without what is meant."""

    reports: Mapping[str, Any]
    findings: tuple[Finding, ...]
    silenced: tuple[Silenced, ...]


def run(snapshot: Snapshot, by: Meant | None = None, names: tuple[str, ...] = ()) -> Said:
    """These reports (default: all) with what `by` silences taken out (default: the tree's own).

    To say what silences nothing, all reports have to be run.
    """
    by = silencing.meant(snapshot) if by is None else by
    judged = by and any(BY_NAME[name].silences for name in names)
    wanted = [row for row in REPORTS
              if (judged and row.finds) or not names or row.name in names]  # fmt: skip
    values = {row.name: row.analyze(snapshot) for row in wanted}
    found = most_severe_first(f for value in values.values() for f in value.findings)
    verdict = silencing.apply(snapshot, found, by)
    reports = {row.name: _without(row, values[row.name], verdict) for row in wanted}
    return Said(reports, most_severe_first((*verdict.findings, *verdict.own)), verdict.silenced)


def _without(row: Report, value: Any, verdict: silencing.Verdict) -> Any:
    gone = {one.finding for one in verdict.silenced}
    kept = tuple(finding for finding in value.findings if finding not in gone)
    if not row.silences:
        return replace(value, findings=kept)
    silenced = tuple(one for one in verdict.silenced if one.finding in set(value.findings))
    return replace(value, findings=most_severe_first((*kept, *verdict.own)), silenced=silenced)

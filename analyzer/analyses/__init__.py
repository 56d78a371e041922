"""Snapshot → reports. REPORTS is the registry: command line, JSON, pages and docs follow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from analyzer.analyses import configuration, coverage, impact, structure
from analyzer.document import Block
from analyzer.findings import Finding
from analyzer.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Report:
    """One report: the question it answers, and three functions over a value of its own type.

    `proves`: it speaks of entries that do nothing, which takes renders of its own.
    """

    name: str
    question: str
    analyze: Callable[[Snapshot], Any]
    to_json: Callable[[Any], dict[str, object]]
    blocks: Callable[[Any], Iterator[Block]]
    proves: bool = False


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


def findings(snapshot: Snapshot) -> tuple[Finding, ...]:
    """What every report finds, each once, most severe first."""
    from analyzer.findings import most_severe_first

    return most_severe_first(f for report in REPORTS for f in report.analyze(snapshot).findings)

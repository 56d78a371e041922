"""What a report says, before any format: headings, text, tables, trees and findings as values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from analyzer.findings import Finding, Rule, Severity, Silenced


@dataclass(frozen=True, slots=True)
class Cell:
    """A table's cell. `tone`: good, warn, bad, dim or a coverage state; never colour alone."""

    text: str
    tone: str = ""
    component: tuple[str, str] | None = None  # (category, component) it is about, for a link
    code: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph of plain text."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: str = "Nothing to show."


@dataclass(frozen=True, slots=True)
class Branch:
    """One line of a tree: the drawn lines before it, its name, and what is to say about it."""

    lines: str
    name: str
    note: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Tree:
    branches: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """Findings, most severe first. `empty` is said where there are none: silence is no result."""

    findings: tuple[Finding, ...]
    empty: str = "No findings."


def counted(number: int, noun: str) -> str:
    """`1 root`, `2 roots`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


NOTHING_HERE = Text("There is no kustomization here. Name another directory with `-C DIR`.")


@dataclass(frozen=True, slots=True)
class ByRule:
    """Findings by rule, in the order given: what it is, why, how to mend it, then every place."""

    findings: tuple[Finding, ...]
    empty: str = "No findings."


@dataclass(frozen=True, slots=True)
class Meant:
    """Findings that somebody silenced, each with the reason. Nothing where there are none."""

    silenced: tuple[Silenced, ...]


Block = Heading | Text | Table | Tree | Findings | ByRule | Meant


def by_rule(findings: Iterable[Finding]) -> dict[Rule, list[Finding]]:
    """Rules in the order their first finding has."""
    groups: dict[Rule, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.rule, []).append(finding)
    return groups


def tally(findings: Iterable[Finding]) -> str:
    """`2 errors, 1 note`; "" for none."""
    counts = Counter(finding.severity for finding in findings)
    return ", ".join(f"{counts[s]} {s.value}{'' if counts[s] == 1 else 's'}"
                     for s in Severity if counts[s])  # fmt: skip

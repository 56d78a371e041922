"""Findings → a card for each rule: what it is, why and how to mend it once, then every place."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analyzer import templating
from analyzer.document import by_rule
from analyzer.findings import Finding, Rule, Silenced
from analyzer.pages.site import Site

PAGE = 150  # places one page shows; a browser and a reader have enough of it
_OPEN = 8  # places of a rule that are seen without unfolding
_RELATED = 3  # places listed below one place


@dataclass(frozen=True, slots=True)
class _Place:
    """One finding as a line of its rule's card. `related` are HTML; `more` of them are left out."""

    anchor: str
    where: str
    message: str
    related: tuple[tuple[str, str], ...]
    more: int


def cards(site: Site, found: Iterable[Finding], at: str, most: int = PAGE) -> str:
    """Findings by rule, in the order given; `most` places altogether, no rule without any.

    What is left out is said with where it is: on the report's page, of that the command.
    """
    groups = by_rule(found)
    counts = shares({rule.id: len(places) for rule, places in groups.items()}, most)
    return "\n".join(_card(site, r, places, at, counts[r.id]) for r, places in groups.items())


def report_of(site: Site, rule: Rule) -> str:
    """The page of the last report that lists it: configuration has what structure has, and more."""
    names = [name for name, r in site.reports.items() if any(f.rule == rule for f in r.findings)]
    return f"reports/{names[-1]}.md"


def _card(site: Site, rule: Rule, found: list[Finding], at: str, shown: int) -> str:
    report = report_of(site, rule)
    names = _unique(anchor(finding) for finding in found[:shown])
    places = [_place(site, *pair) for pair in zip(found, names, strict=False)]
    first = _OPEN if len(places) > _OPEN + 1 else len(places)
    return templating.render(
        "finding.md.j2",
        rule=rule,
        anchor=anchor_of(rule),
        severity=rule.severity.value,
        count=len(found),
        open=places[:first],
        folded=places[first:],
        left=len(found) - shown,
        rest=None if at == report else f"{site.url(at, report)}#{anchor_of(rule)}",
    )


def shares(counts: Mapping[str, int], most: int) -> dict[str, int]:
    """How many of each to show so that they are at most `most` together, but one of each."""
    cap = max(counts.values(), default=0)
    while cap > 1 and sum(min(count, cap) for count in counts.values()) > most:
        cap -= 1
    return {name: min(count, cap) for name, count in counts.items()}


def silenced(site: Site, found: Iterable[Silenced], most: int = PAGE) -> str:
    """What is meant to be so, and why: folded, as nobody has to do anything about it."""
    listed = tuple(found)
    if not listed:
        return ""
    names = _unique(f"meant-{anchor(one.finding)}" for one in listed[:most])
    shown = [
        {
            "anchor": name,
            "rule": one.finding.rule.id,
            "where": site.source(one.finding.location.path, one.finding.location.line),
            "message": site.said(one.finding.message),
            "by": site.source(one.by.path, one.by.line),
            "reason": site.said(one.reason),
        }
        for one, name in zip(listed, names, strict=False)
    ]
    return templating.render("silenced.md.j2", shown=shown, count=len(listed))


def _place(site: Site, finding: Finding, name: str) -> _Place:
    related = finding.related[:_RELATED]
    return _Place(
        name,
        site.source(finding.location.path, finding.location.line),
        site.said(finding.message),
        tuple(
            (site.source(r.location.path, r.location.line), site.said(r.message)) for r in related
        ),
        len(finding.related) - len(related),
    )


def _unique(names: Iterable[str]) -> list[str]:
    """Numbered where the same is said twice about one file."""
    taken: Counter[str] = Counter()
    found = []
    for name in names:
        taken[name] += 1
        found.append(f"{name}-{taken[name]}" if taken[name] > 1 else name)
    return found


def anchor_of(rule: Rule) -> str:
    """The permalink of a rule's card."""
    return f"rule-{rule.id}"


def anchor(finding: Finding) -> str:
    """A permalink's name: stays as long as rule, file and message do, lines may move."""
    said = f"{finding.location.path}\0{finding.message}".encode()
    return f"{finding.rule.id}-{hashlib.sha256(said).hexdigest()[:8]}"

"""Findings → JUnit XML, which CI systems show as tests: a suite for a rule, a case for a place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import quoteattr

from analyzer.document import by_rule
from analyzer.escape import visible
from analyzer.findings import Finding, Severity, Silenced

_PASSED = "no findings"


def text(
    findings: Iterable[Finding], silenced: Iterable[Silenced] = (), fail_on: str = "error"
) -> str:
    """Findings at or above `fail_on` are failed cases, others passed ones; meant ones skipped.

    A tree without findings is one case that passed: some systems take an empty file for an error.
    """
    found, meant = tuple(findings), tuple(silenced)
    limit = Severity(fail_on).rank
    groups = by_rule((*found, *(one.finding for one in meant)))
    reasons = {one.finding: one.reason for one in meant}
    failed = [f for f in found if f.severity.rank <= limit]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    counts = _counts(len(found) + len(meant) or 1, len(failed), len(meant))
    lines.append(f'<testsuites name="groundplan" {counts}>')
    for rule, these in groups.items():
        bad = [f for f in these if f not in reasons and f.severity.rank <= limit]
        skipped = sum(f in reasons for f in these)
        counts = _counts(len(these), len(bad), skipped)
        lines.append(f"  <testsuite name={_attribute(rule.id)} {counts}>")
        for finding in these:
            lines += _case(finding, reasons.get(finding), finding.severity.rank <= limit)
        lines.append("  </testsuite>")
    if not groups:
        lines.append(f'  <testsuite name="groundplan" {_counts(1, 0, 0)}>')
        lines.append(f'    <testcase classname="groundplan" name="{_PASSED}"/>')
        lines.append("  </testsuite>")
    lines.append("</testsuites>")
    return "\n".join(lines) + "\n"


def _counts(tests: int, failures: int, skipped: int) -> str:
    return f'tests="{tests}" failures="{failures}" errors="0" skipped="{skipped}"'


def _case(finding: Finding, reason: str | None, fails: bool) -> Iterator[str]:
    place = finding.location
    head = (
        f"    <testcase classname={_attribute(finding.rule.id)} "
        f"name={_attribute(f'{place}: {finding.message}')} "
        f"file={_attribute(place.path)} line={_attribute(str(place.line))}"
    )
    severity, message = _attribute(finding.severity.value), _attribute(finding.message)
    mend = _attribute(f"{finding.rule.why} {finding.rule.mend}")
    if reason is not None:
        yield f"{head}><skipped message={_attribute(reason)}/></testcase>"
    elif fails:
        yield f"{head}><failure type={severity} message={message}>{mend[1:-1]}</failure></testcase>"
    else:
        yield f"{head}/>"


def _attribute(text: str) -> str:
    """In double or single quotes, on one line, without characters that XML has no place for."""
    return quoteattr(" ".join(visible(text).split()))

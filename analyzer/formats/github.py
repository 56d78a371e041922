"""Findings → GitHub workflow commands, which show at the line in a pull request."""

from __future__ import annotations

from collections.abc import Iterable

from analyzer.escape import annotation, annotation_property
from analyzer.findings import Finding, Severity

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def text(findings: Iterable[Finding]) -> str:
    """One command a finding."""
    return "".join(
        f"::{_COMMANDS[f.severity]} file={annotation_property(f.location.path)},"
        f"line={f.location.line},"
        f"title={annotation_property(f.rule.id)}::{annotation(f.message)}\n"
        for f in findings
    )

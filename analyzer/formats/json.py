"""Findings and reports → JSON, the contract of docs/schema."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from analyzer.findings import Finding, Silenced


def finding(value: Finding) -> dict[str, object]:
    """docs/schema/finding.v1.json: the shape every report shares."""
    return {
        "rule": value.rule.id,
        "severity": value.severity.value,
        "message": value.message,
        "path": value.location.path,
        "line": value.location.line,
        "related": [
            {"path": r.location.path, "line": r.location.line, "message": r.message}
            for r in value.related
        ],
    }


def silenced(value: Silenced) -> dict[str, object]:
    """A finding that is meant, with why, and where that is written."""
    by = {"path": value.by.path, "line": value.by.line}
    return {**finding(value.finding), "reason": value.reason, "by": by}


def report(
    content: Mapping[str, object],
    findings: Iterable[Finding],
    meant: Iterable[Silenced] | None = None,
) -> str:
    """A report with its findings, as text that ends with a newline; None: it knows no silences."""
    more = {} if meant is None else {"silenced": [silenced(one) for one in meant]}
    return dumps({**content, "findings": [finding(f) for f in findings], **more})


def dumps(content: object) -> str:
    """Readable, in the order given, non-ASCII as it is."""
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"

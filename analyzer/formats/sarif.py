"""Findings → SARIF 2.1.0, which code scanning of forges and editors show at the line."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from urllib.parse import quote

from analyzer.escape import visible
from analyzer.findings import Finding, Rule, Severity, Silenced
from analyzer.formats.json import dumps
from analyzer.model import Span

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_BASE = "%SRCROOT%"  # the tree, as code scanning calls it


def text(findings: Iterable[Finding], silenced: Iterable[Silenced] = ()) -> str:
    """One run: the rules that found something by id, findings, then those that are meant."""
    found, meant = tuple(findings), tuple(silenced)
    rules = sorted({f.rule for f in (*found, *(one.finding for one in meant))}, key=lambda r: r.id)
    index = {rule.id: number for number, rule in enumerate(rules)}
    return dumps({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "groundplan", "rules": [_rule(rule) for rule in rules]}},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {_BASE: {"description": {"text": "The top of the tree."}}},
            "results": [
                *(_result(f, index[f.rule.id]) for f in found),
                *(_suppressed(one, index[one.finding.rule.id]) for one in meant),
            ],
        }],
    })  # fmt: skip


def _rule(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.split("-")),
        "shortDescription": {"text": f"{_plain(rule.title)}."},
        "fullDescription": {"text": _plain(rule.why)},
        "help": {
            "text": f"{_plain(rule.why)} To mend it: {_plain(rule.mend)}",
            "markdown": f"{rule.why}\n\n**To mend it:** {rule.mend}",
        },
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _plain(text: str) -> str:
    return text.replace("`", "")


def _result(finding: Finding, index: int) -> dict[str, object]:
    made: dict[str, object] = {
        "ruleId": finding.rule.id,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": _message(finding.message),
        "locations": [_location(finding.location)],
        "partialFingerprints": {"groundplan/v1": _fingerprint(finding)},
    }
    if finding.related:
        made["relatedLocations"] = [
            {"id": number, **_location(related.location), "message": _message(related.message)}
            for number, related in enumerate(finding.related, 1)
        ]
    return made


def _suppressed(one: Silenced, index: int) -> dict[str, object]:
    kind = "external" if one.in_configuration else "inSource"
    suppression = {
        "kind": kind,
        "justification": visible(one.reason),
        "location": _location(one.by),
    }
    return {**_result(one.finding, index), "suppressions": [suppression]}


def _message(text: str) -> dict[str, object]:
    """`[text](id)` is a link in SARIF (3.11.6); what comes from a tree makes none."""
    text = visible(text)
    if "](" in text:
        text = re.sub(r"[\\\[\]]", r"\\\g<0>", text)
    return {"text": text}


def _location(place: Span) -> dict[str, object]:
    raw = place.path.encode("utf-8", "surrogateescape")
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(raw) or ".", "uriBaseId": _BASE},
            "region": {"startLine": max(place.line, 1)},
        }
    }


def _fingerprint(finding: Finding) -> str:
    """The same as long as rule, file and message are; lines may move."""
    said = "\0".join((finding.rule.id, finding.location.path, finding.message))
    return hashlib.sha256(said.encode("utf-8", "surrogateescape")).hexdigest()[:32]

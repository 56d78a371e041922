"""The published JSON contracts, as JSON schemas (2020-12): what a tool may rely on.

Every property is always there. An object may gain properties, and a reader must pass over those
it does not know; `closed` marks the few that may not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import get_args

from analyzer import config
from analyzer.analyses import OF_CHANGES, REPORTS
from analyzer.analyses.coverage import STATES
from analyzer.findings import Severity
from analyzer.graph import NEEDS
from analyzer.model import Kind
from analyzer.reference.changeschemas import DIFF, IMPACT
from analyzer.reference.duplicationschema import DUPLICATION
from analyzer.reference.planschema import PLAN
from analyzer.reference.promotionschema import PROMOTION
from analyzer.reference.shapes import (
    CLUSTER,
    ENVIRONMENT,
    LINE,
    NUMBER,
    PATH,
    Schema,
    closed,
    list_of,
    object_of,
    one_of,
    or_null,
    text,
)
from analyzer.reference.whyschemas import CHANGES, EVERYWHERE, WHY

DIALECT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, slots=True)
class Contract:
    """One published schema: its file below docs/schema, and what prints such JSON."""

    file: str
    printed_by: str
    schema: Schema


_FINDING: Mapping[str, Schema] = {
    "rule": text("The id of a rule; new rules may be added, ids do not change."),
    "severity": one_of([s.value for s in Severity], "How much it matters."),
    "message": text("Starts with its subject and says what to do."),
    "path": PATH,
    "line": LINE,
    "related": list_of(
        object_of("Another place that belongs to it.", path=PATH, line=LINE, message=text()),
        "In the order they matter.",
    ),
}
FINDING = object_of("One thing a rule says about one place.", **_FINDING)
_SILENCED = object_of(
    "A finding that is meant, and so counts nowhere.",
    **_FINDING,
    reason=text("Why, in the words of who silenced it."),
    by=object_of("The comment, or the intent of groundplan.yaml.", path=PATH, line=LINE),
)
_MEANT: Mapping[str, Schema] = {"silenced": list_of(_SILENCED, "As findings are ordered.")}

_CONFIGURATION: Mapping[str, Schema] = {
    "rules": list_of(
        object_of(
            "A rule that found something.",
            rule=text("Its id."),
            severity=one_of([s.value for s in Severity], "How much it matters."),
            count=NUMBER,
            title=text("What it is."),
            why=text("Why it matters."),
            mend=text("How to mend it."),
        ),
        "Most severe first, then by id.",
    ),
    **_MEANT,
}

_COUNTS = closed(
    "Against the base, as rendered.",
    inherited=NUMBER,
    overridden=NUMBER,
    added=NUMBER,
    removed=NUMBER,
)

_STRUCTURE: Mapping[str, Schema] = {
    "layout": object_of(
        "How paths place roots.",
        patterns=list_of(text(), "Patterns of environments, then of bases; the first match wins."),
        source=one_of(["detected", "config"], "Where the patterns come from."),
        confidence={
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "description": "The share of roots that the patterns place; 1 when configured.",
        },
        environments=list_of(ENVIRONMENT, "In promotion order."),
        clusters=list_of(text(), "By name."),
        unplaced=list_of(PATH, "Roots that no pattern places."),
    ),
    "roots": list_of(
        object_of(
            "A directory with a kustomization file, or one that Flux would generate.",
            path=PATH,
            kind=one_of(get_args(Kind), "The kind of the kustomization file."),
            generated={
                "type": "boolean",
                "description": "There is no kustomization file; Flux generates one.",
            },
            category=or_null(text()),
            component=or_null(text()),
            seats=list_of(
                object_of("", environment=ENVIRONMENT, cluster=CLUSTER),
                "The environments and clusters it serves.",
            ),
            deployed_by=list_of(
                object_of(
                    "A Flux or Argo CD object that applies it, once for each seat.",
                    kind=text(),
                    namespace=text("Empty where it is not written."),
                    name=text(),
                    path=PATH,
                    line=LINE,
                    environment=or_null(ENVIRONMENT),
                    cluster=CLUSTER,
                ),
                "What applies it.",
            ),
            renders=one_of(
                ["full", "partial", "failed", None], "null: it was not rendered in this run."
            ),
            needs=list_of(
                one_of(sorted(NEEDS.values()), "What is never fetched or run."),
                "What is not in the tree; the root is rendered without it where that works.",
            ),
            cause=or_null(
                object_of(
                    "Why it does not build, at the line to change.",
                    message=text(),
                    path=PATH,
                    line=LINE,
                )
            ),
        ),
        "By path.",
    ),
}

_COVERAGE: Mapping[str, Schema] = {
    "components": list_of(
        object_of(
            "",
            category=or_null(text()),
            component=text(),
            environments={
                "type": "object",
                "description": "By name of the environment; a row for each cluster in it.",
                "additionalProperties": list_of(
                    object_of(
                        "",
                        cluster=CLUSTER,
                        state=one_of(STATES, "How the environment holds the component."),
                        root=or_null(PATH),
                        files=NUMBER,
                        resources=or_null({"$ref": "#/$defs/counts"}),
                        fields=or_null({"$ref": "#/$defs/counts"}),
                        changes=CHANGES,
                    ),
                    "By cluster.",
                ),
            },
        ),
        "By category and name.",
    ),
    "unused_bases": list_of(PATH, "Bases that nothing references."),
    "everywhere": EVERYWHERE,
}

# What each report has besides its name and its findings.
REPORT_BODIES: Mapping[str, Mapping[str, Schema]] = {
    "structure": _STRUCTURE,
    "coverage": _COVERAGE,
    "configuration": _CONFIGURATION,
    "promotion": PROMOTION,
    "duplication": DUPLICATION,
    "impact": IMPACT,
}
_DEFINITIONS: Mapping[str, Mapping[str, Schema]] = {"coverage": {"counts": _COUNTS}}


def contracts() -> Iterator[Contract]:
    """Every published schema."""
    yield Contract("finding.v1.json", "every report", {
        "$schema": DIALECT, "$id": "groundplan/finding/v1", "title": "finding", **FINDING,
    })  # fmt: skip
    for report in REPORTS:
        printed_by = f"groundplan report {report.name} -f json"
        yield _report(report.name, report.question, printed_by, REPORT_BODIES[report.name])
    for change in OF_CHANGES:
        printed_by = f"groundplan report {change.name} -f json"
        yield _report(change.name, change.question, printed_by, REPORT_BODIES[change.name])
    yield Contract("diff.v1.json", "groundplan diff -f json", {
        "$schema": DIALECT, "$id": "groundplan/diff/v1", "title": "diff",
        **object_of("What do clusters get otherwise?", schema={"const": "groundplan/diff/v1"},
                    **DIFF),
    })  # fmt: skip
    yield Contract("why.v1.json", "groundplan why -f json", {
        "$schema": DIALECT, "$id": "groundplan/why/v1", "title": "why",
        **object_of("Who set this field, and what did it override?",
                    schema={"const": "groundplan/why/v1"}, **WHY),
    })  # fmt: skip
    yield Contract("plan.v1.json", "groundplan extract plan -o PLAN.json", {
        "$schema": DIALECT, "$id": "groundplan/plan/v1", "title": "plan",
        **object_of("What shall change, and what proves that nothing else does?",
                    schema={"const": "groundplan/plan/v1"}, **PLAN),
    })  # fmt: skip
    yield _report("check", "What does every report find?", "groundplan check -f json", _MEANT)
    yield Contract("groundplan.schema.json", "", config.json_schema())


def _report(name: str, question: str, printed_by: str, body: Mapping[str, Schema]) -> Contract:
    id = f"groundplan/{name}/v1"
    findings = list_of({"$ref": "#/$defs/finding"}, "Most severe first, then by path and line.")
    return Contract(f"{name}.v1.json", printed_by, {
        "$schema": DIALECT, "$id": id, "title": name,
        **object_of(question, schema={"const": id}, **body, findings=findings),
        "$defs": {"finding": FINDING, **_DEFINITIONS.get(name, {})},
    })  # fmt: skip

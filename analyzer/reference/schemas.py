"""The published JSON contracts, as JSON schemas (2020-12): what a tool may rely on.

Every property is always there. An object may gain properties, and a reader must pass over those
it does not know; `_closed` marks the few that may not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import get_args

from analyzer import config
from analyzer.analyses import REPORTS
from analyzer.analyses.coverage import STATES
from analyzer.findings import Severity
from analyzer.graph import NEEDS
from analyzer.model import Kind

Schema = Mapping[str, object]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, slots=True)
class Contract:
    """One published schema: its file below docs/schema, and what prints such JSON."""

    file: str
    printed_by: str
    schema: Schema


def _object(description: str = "", /, **properties: Schema) -> Schema:
    made: dict[str, object] = {"type": "object"}
    if description:
        made["description"] = description
    return {**made, "required": list(properties), "properties": properties}


def _closed(description: str, /, **properties: Schema) -> Schema:
    return {**_object(description, **properties), "additionalProperties": False}


def _list(items: Schema, description: str) -> Schema:
    return {"type": "array", "description": description, "items": items}


def _text(description: str = "") -> Schema:
    return {"type": "string", **({"description": description} if description else {})}


def _one_of(values: Iterable[object], description: str) -> Schema:
    return {"description": description, "enum": list(values)}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


_NUMBER: Schema = {"type": "integer", "minimum": 0}
_PATH = _text("POSIX, relative to the tree; `.` is the tree itself.")
_LINE: Schema = {"type": "integer", "minimum": 1}
_ENVIRONMENT = _text("The name of an environment.")
_CLUSTER = _or_null(_text("null: the environment is not divided into clusters."))

FINDING = _object(
    "One thing a rule says about one place.",
    rule=_text("The id of a rule; new rules may be added, ids do not change."),
    severity=_one_of([s.value for s in Severity], "How much it matters."),
    message=_text("Starts with its subject and says what to do."),
    path=_PATH,
    line=_LINE,
    related=_list(
        _object("Another place that belongs to it.", path=_PATH, line=_LINE, message=_text()),
        "In the order they matter.",
    ),
)

_COUNTS = _closed(
    "Against the base, as rendered.",
    inherited=_NUMBER,
    overridden=_NUMBER,
    added=_NUMBER,
    removed=_NUMBER,
)

_STRUCTURE: Mapping[str, Schema] = {
    "layout": _object(
        "How paths place roots.",
        patterns=_list(_text(), "Patterns of environments, then of bases; the first match wins."),
        source=_one_of(["detected", "config"], "Where the patterns come from."),
        confidence={
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "description": "The share of roots that the patterns place; 1 when configured.",
        },
        environments=_list(_ENVIRONMENT, "In promotion order."),
        clusters=_list(_text(), "By name."),
        unplaced=_list(_PATH, "Roots that no pattern places."),
    ),
    "roots": _list(
        _object(
            "A directory with a kustomization file, or one that Flux would generate.",
            path=_PATH,
            kind=_one_of(get_args(Kind), "The kind of the kustomization file."),
            generated={
                "type": "boolean",
                "description": "There is no kustomization file; Flux generates one.",
            },
            category=_or_null(_text()),
            component=_or_null(_text()),
            seats=_list(
                _object("", environment=_ENVIRONMENT, cluster=_CLUSTER),
                "The environments and clusters it serves.",
            ),
            deployed_by=_list(
                _object(
                    "A Flux or Argo CD object that applies it, once for each seat.",
                    kind=_text(),
                    namespace=_text("Empty where it is not written."),
                    name=_text(),
                    path=_PATH,
                    line=_LINE,
                    environment=_or_null(_ENVIRONMENT),
                    cluster=_CLUSTER,
                ),
                "What applies it.",
            ),
            renders=_one_of(
                ["full", "partial", "failed", None], "null: it was not rendered in this run."
            ),
            needs=_list(
                _one_of(sorted(NEEDS.values()), "What is never fetched or run."),
                "What is not in the tree; the root is rendered without it where that works.",
            ),
            cause=_or_null(
                _object(
                    "Why it does not build, at the line to change.",
                    message=_text(),
                    path=_PATH,
                    line=_LINE,
                )
            ),
        ),
        "By path.",
    ),
}

_COVERAGE: Mapping[str, Schema] = {
    "components": _list(
        _object(
            "",
            category=_or_null(_text()),
            component=_text(),
            environments={
                "type": "object",
                "description": "By name of the environment; a row for each cluster in it.",
                "additionalProperties": _list(
                    _object(
                        "",
                        cluster=_CLUSTER,
                        state=_one_of(STATES, "How the environment holds the component."),
                        root=_or_null(_PATH),
                        files=_NUMBER,
                        resources=_or_null({"$ref": "#/$defs/counts"}),
                        fields=_or_null({"$ref": "#/$defs/counts"}),
                    ),
                    "By cluster.",
                ),
            },
        ),
        "By category and name.",
    ),
    "unused_bases": _list(_PATH, "Bases that nothing references."),
}

# What each report has besides its name and its findings.
REPORT_BODIES: Mapping[str, Mapping[str, Schema]] = {
    "structure": _STRUCTURE,
    "coverage": _COVERAGE,
    "configuration": {},
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
    yield _report("check", "What does every report find?", "groundplan check -f json", {})
    yield Contract("groundplan.schema.json", "", config.json_schema())


def _report(name: str, question: str, printed_by: str, body: Mapping[str, Schema]) -> Contract:
    id = f"groundplan/{name}/v1"
    findings = _list({"$ref": "#/$defs/finding"}, "Most severe first, then by path and line.")
    return Contract(f"{name}.v1.json", printed_by, {
        "$schema": DIALECT, "$id": id, "title": name,
        **_object(question, schema={"const": id}, **body, findings=findings),
        "$defs": {"finding": FINDING, **_DEFINITIONS.get(name, {})},
    })  # fmt: skip

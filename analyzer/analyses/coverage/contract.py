"""A coverage report → its JSON."""

from __future__ import annotations

from analyzer.analyses.coverage.rows import Coverage, Row
from analyzer.causes import label
from analyzer.diff import Leaves
from analyzer.model import Span
from analyzer.overlaying import Everywhere, Overlaid

SCHEMA = "groundplan/coverage/v1"


def to_json(report: Coverage) -> dict[str, object]:
    """docs/schema/coverage.v1.json, without the findings."""
    return {
        "schema": SCHEMA,
        "components": [
            {
                "category": covered.name.category or None,
                "component": covered.name.component,
                "environments": {
                    e: [_row_json(row, report.traced) for row in covered.at(e)]
                    for e in report.environments
                },
            }
            for covered in report.components
        ],
        "unused_bases": [label(base) for base in report.unused_bases],
        "everywhere": [_everywhere_json(one) for one in report.everywhere]
        if report.traced
        else None,
    }


def _everywhere_json(one: Everywhere) -> dict[str, object]:
    return {
        "component": one.component,
        "resource": one.resource,
        "field": one.field,
        "base": {"value": one.before, **_place(one.base_at)},
        "values": list(one.values),
    }


def _row_json(row: Row, traced: bool) -> dict[str, object]:
    return {
        "cluster": row.cluster,
        "state": row.state,
        "root": None if row.root is None else label(row.root),
        "files": row.files,
        "resources": _leaves_json(row.resources),
        "fields": _leaves_json(row.fields),
        "changes": [_change_json(one) for one in row.changes] if traced else None,
    }


def _change_json(one: Overlaid) -> dict[str, object]:
    return {
        "kind": one.kind,
        "resource": one.resource,
        "pointer": one.pointer,
        "field": one.field,
        "base": {"value": one.before, **_place(one.base_at)} if one.kind != "added" else None,
        "here": {"value": one.after, **_place(one.here_at)},
        "directive": one.by or None,
    }


def _place(at: Span | None) -> dict[str, object]:
    return {"path": at.path if at else None, "line": at.line if at else None}


def _leaves_json(counts: Leaves | None) -> dict[str, int] | None:
    if counts is None:
        return None
    return {
        "inherited": counts.inherited,
        "overridden": counts.overridden,
        "added": counts.added,
        "removed": counts.removed,
    }

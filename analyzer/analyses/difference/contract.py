"""A difference → its JSON."""

from __future__ import annotations

from analyzer import grouping, shown
from analyzer.comparing import Change, FieldChange, Judged, Withheld
from analyzer.grouping import Difference
from analyzer.model import Cause, RenderedResource, ResourceId, Seat, Span

SCHEMA = "groundplan/diff/v1"


def to_json(report: Difference) -> dict[str, object]:
    """docs/schema/diff.v1.json; values are redacted."""
    return {
        "schema": SCHEMA,
        "before": report.compares.before,
        "after": report.compares.after or None,
        "commit": report.compares.commit,
        "merge_base": report.compares.merge_base,
        "files": list(report.compares.files),
        "changes": [
            _change_json(report, change, component)
            for change, component in zip(report.compared.changes, report.components, strict=True)
        ],
        "withheld": [_withheld_json(held) for held in report.compared.withheld],
        "remote": [
            {**_seat(r.seat), "by": r.delivery.name, "root": r.delivery.root,
             "before": list(r.before), "after": list(r.after)}
            for r in report.compared.remotes
        ],
        "normalised": report.normalised,
        "only": [
            {"category": o.name.category or None, "component": o.name.component, **_seat(o.seat),
             "resources": o.resources}
            for o in report.only
        ],
        "unapplied": list(report.unapplied),
        "promotion": None if report.promotion is None else {
            "from": report.promotion.source, "to": report.promotion.target,
            "limit": report.promotion.limit or None, "counts": grouping.classes(report),
        },
    }  # fmt: skip


def _seat(seat: Seat) -> dict[str, object]:
    return {"environment": seat.environment or None, "cluster": seat.cluster}


def _change_json(
    report: Difference, change: Change, component: tuple[str, str] | None
) -> dict[str, object]:
    return {
        **_seat(change.seat),
        "protected": change.seat.environment in report.protected,
        "change": change.kind if change.counts else "normalised",
        "resource": _id_json(change.resource.id),
        "category": component[0] or None if component else None,
        "component": component[1] if component else None,
        "root": change.delivery.root,
        "by": change.delivery.name,
        "moved_from": change.moved_from.name if change.moved_from is not None else None,
        "stays": change.stays,
        "before_file": _file(change.before),
        "after_file": _file(change.after),
        "taken_for": None if change.taken_for is None else _id_json(change.taken_for),
        "fields": [_field_json(found) for found in change.fields],
        **_judged_json(change.judged),
    }


def _file(resource: RenderedResource | None) -> str | None:
    if resource is None or resource.origin is None:
        return None
    return resource.origin.path or resource.origin.configured_in


def _id_json(id: ResourceId) -> dict[str, str]:
    return {"group": id.group, "kind": id.kind, "namespace": id.namespace, "name": id.name}


def _field_json(found: FieldChange) -> dict[str, object]:
    change = found.change
    return {
        "pointer": change.pointer,
        "field": change.field,
        "change": shown.operation(change),
        "before": shown.plain(change.before),
        "after": shown.plain(change.after),
        "hidden": found.hidden,
        "normalised": found.noise,
        "before_at": _span(found.before_at),
        "after_at": _span(found.after_at),
        **_judged_json(found.judged),
    }


def _judged_json(judged: Judged | None) -> dict[str, object]:
    if judged is None:
        return {"class": None, "rule": None, "reason": None}
    return {"class": judged.verdict, "rule": judged.rule, "reason": judged.reason}


def _span(span: Span | None) -> dict[str, object] | None:
    return None if span is None else {"path": span.path, "line": span.line}


def _withheld_json(held: Withheld) -> dict[str, object]:
    return {
        **_seat(held.seat),
        "state": held.state,
        "by": held.delivery.name,
        "root": held.delivery.root,
        "reason": held.reason or None,
        "causes": [_cause_json(cause) for cause in held.causes],
    }


def _cause_json(cause: Cause) -> dict[str, object]:
    return {"message": cause.message, "path": cause.path, "line": cause.line}

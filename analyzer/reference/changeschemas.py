"""The contracts of what is said about a change: the bodies of `diff` and `report impact`."""

from __future__ import annotations

from collections.abc import Mapping

from analyzer.promotionlist import CLASSES
from analyzer.reference.shapes import (
    CLUSTER,
    COUNTS,
    ENVIRONMENT,
    LINE,
    NUMBER,
    PATH,
    RESOURCE,
    Schema,
    list_of,
    object_of,
    one_of,
    or_null,
    text,
)

_SEAT = {"environment": or_null(ENVIRONMENT), "cluster": CLUSTER}
_PLACE = or_null(object_of("A line that sets it.", path=PATH, line=LINE))
_BY = text("namespace/name of the reconciler, or the root where none applies it.")
_VALUE: Schema = {"description": "Redacted; null also where there is none: `change` tells."}
_CLASS: Mapping[str, Schema] = {
    "class": or_null(one_of(CLASSES, "Of two environments alone: what promotion does with it.")),
    "rule": or_null(text("The id of the rule that says so.")),
    "reason": or_null(text("In words, with what history knows.")),
}
_CAUSE = object_of("", message=text(), path=PATH, line=LINE)

_CHANGE = object_of(
    "What became of one resource in one cluster.",
    **_SEAT,
    protected={"type": "boolean", "description": "By groundplan.yaml."},
    change=one_of(
        ["added", "removed", "changed", "moved", "normalised"],
        "moved: another reconciler brings it. normalised: only noise changes.",
    ),
    resource=RESOURCE,
    taken_for=or_null(
        {
            **RESOURCE,
            "description": "Its name on the other side, where only names say that it is the same.",
        }
    ),
    category=or_null(text()),
    component=or_null(text()),
    root=or_null(PATH),
    by=_BY,
    moved_from=or_null(text()),
    stays={"type": "boolean", "description": "Removed, and its reconciler does not prune."},
    before_file=or_null(PATH),
    after_file=or_null(PATH),
    fields=list_of(
        object_of(
            "One value; a mapping or list that came or went is one.",
            pointer=text("RFC 6901, into what is after; of what is removed, before."),
            field=text("As people write it: spec.containers[name=app].image"),
            change=one_of(["added", "removed", "changed", "reordered"], ""),
            before=_VALUE,
            after=_VALUE,
            hidden={"type": "boolean", "description": "It differs where it is redacted."},
            normalised=or_null(text("Why it says nothing by itself.")),
            before_at=_PLACE,
            after_at=_PLACE,
            **_CLASS,
        ),
        "In the order of their names.",
    ),
    **_CLASS,
)

DIFF: Mapping[str, Schema] = {
    "before": text("A revision, or an environment."),
    "after": or_null(text("An environment; null: the tree as it is.")),
    "commit": or_null(text("What the tree is compared with.")),
    "merge_base": {"type": "boolean", "description": "It is where the branch left `before`."},
    "files": list_of(PATH, "Files and links that differ."),
    "changes": list_of(_CHANGE, "By cluster and resource."),
    "withheld": list_of(
        object_of(
            "What is not compared.",
            **_SEAT,
            state=one_of(
                ["broken", "mended", "unseen", "broken before"], "On which side it fails."
            ),
            by=_BY,
            root=or_null(PATH),
            reason=or_null(text()),
            causes=list_of(_CAUSE, "Why it does not build."),
        ),
        "By state and cluster.",
    ),
    "remote": list_of(
        object_of(
            "Never fetched, and named otherwise: what that changes is not known.",
            **_SEAT,
            by=_BY,
            root=or_null(PATH),
            before=list_of(text(), ""),
            after=list_of(text(), ""),
        ),
        "",
    ),
    "normalised": {
        "type": "object",
        "description": "How many values say nothing by themselves, by reason.",
        "additionalProperties": NUMBER,
    },
    "only": list_of(
        object_of(
            "A component that only one of two environments has; null: it does not build there.",
            category=or_null(text()),
            component=text(),
            **_SEAT,
            resources=or_null(NUMBER),
        ),
        "",
    ),
    "promotion": or_null(
        object_of(
            "From where to where classes are meant; null where there are none.",
            **{"from": text("An environment, or a cluster of it."), "to": text()},
            limit=or_null(text("What could not be known of history, and why.")),
            counts=COUNTS,
        )
    ),
    "unapplied": list_of(PATH, "Roots that change and that nothing of the tree applies."),
}

_SEATS = list_of(object_of("", **_SEAT), "The environments and clusters.")

IMPACT: Mapping[str, Schema] = {
    "since": or_null(text("A revision; null: files were named.")),
    "commit": or_null(text("What the tree is compared with.")),
    "files": list_of(PATH, "What changes."),
    "absent": list_of(PATH, "Files that were named and are not there: gone, new, or misspelled."),
    "roots": list_of(PATH, "Every root whose render may change, bases included."),
    "reached": list_of(
        object_of(
            "One of the roots.",
            path=PATH,
            base={"type": "boolean", "description": "A base, or a kustomize Component."},
            category=or_null(text()),
            component=or_null(text()),
            seats=_SEATS,
            files=list_of(PATH, "The files that reach it; none: what applies it changes."),
        ),
        "By path.",
    ),
    "environments": list_of(ENVIRONMENT, "In promotion order."),
    "clusters": _SEATS,
    "protected": list_of(ENVIRONMENT, "Those of the environments that groundplan.yaml protects."),
    "components": list_of(object_of("", category=or_null(text()), component=text()), "By name."),
    "reconcilers": list_of(
        object_of(
            "A Flux or Argo CD object that may apply something else.",
            kind=text(),
            namespace=text(),
            name=text(),
            path=PATH,
            line=LINE,
            root=or_null(PATH),
            seats=_SEATS,
        ),
        "By kind and name.",
    ),
    "unparsed": list_of(PATH, "Roots nobody can read: any file may reach them."),
    "labels": list_of(text(), "Such as environment/production, component/vault, protected."),
}

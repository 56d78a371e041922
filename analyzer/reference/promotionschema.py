"""What `report promotion` prints, as a JSON schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from analyzer import classing
from analyzer.analyses.promotion import STATES
from analyzer.promotionlist import CLASSES
from analyzer.reference.shapes import (
    COUNTS,
    ENVIRONMENT,
    LINE,
    NUMBER,
    PATH,
    RESOURCE,
    SEAT,
    Schema,
    list_of,
    object_of,
    one_of,
    or_null,
    text,
)
from analyzer.threeway import Told

_SEAT = object_of("", **SEAT)
_COMMIT = object_of(
    "", commit=text("Empty where it is not committed yet."), date=text("ISO 8601."), author=text(),
    subject=text(),
)  # fmt: skip
_SIDE = object_of(
    "What one environment has.",
    value={"description": "Redacted; null where it has nothing."},
    path=or_null(PATH),
    line=or_null(LINE),
    directive=or_null(text("What sets it: manifest, images, merge patch, …")),
    commit=or_null(_COMMIT),
)
_DIFFERENCE = object_of(
    "",
    resource=or_null({**RESOURCE, "description": "null: a remote base of a kustomization file."}),
    pointer=text("RFC 6901; empty where the whole resource differs."),
    field=text("`spec.containers[name=app].image`"),
    shape=one_of(
        get_args(classing.Shape),
        "value: both have one; source, target: one has; new, own: a resource of one; order.",
    ),
    hidden={"type": "boolean", "description": "It differs where it is redacted."},
    **{"from": _SIDE, "to": _SIDE},
    **{"class": one_of(CLASSES, "What is done with it.")},
    rule=text("The id of the rule that says so; new rules may be added."),
    reason=text("In words, with what history knows."),
    history=one_of(get_args(Told), "What the past of both places tells."),
    group=or_null(text("A version that several pins share, so that they move together.")),
)  # fmt: skip
_VERSION = object_of(
    "A version that differs.",
    name=text(),
    **{"from": text(), "to": text()},
    days=or_null(NUMBER),
    between=list_of(_COMMIT, "The source's commits that the target lacks, oldest first."),
)

PROMOTION: Mapping[str, Schema] = {
    "limit": or_null(text("What could not be known of history, and why.")),
    "steps": list_of(
        object_of(
            "From one environment to the next.",
            **{"from": ENVIRONMENT, "to": ENVIRONMENT},
            components=list_of(
                object_of(
                    "",
                    category=or_null(text()),
                    component=text("Of what belongs to none its path: clusters/{environment}."),
                    **{"from": _SEAT, "to": _SEAT},
                    status=one_of(STATES, "How far the target is."),
                    why=or_null(text("Of what is not comparable, or only in one.")),
                    days=or_null(NUMBER),
                    counts=COUNTS,
                    versions=list_of(_VERSION, "By component."),
                    renamed=list_of(
                        object_of("", **{"from": RESOURCE, "to": RESOURCE}),
                        "Taken for the same because of their names alone.",
                    ),
                    differences=list_of(_DIFFERENCE, "By resource."),
                ),
                "By category, name and cluster.",
            ),
            substitutions=list_of(
                object_of(
                    "Words that one environment has wherever the other has another.",
                    **{"from": text(), "to": text()},
                    fields=NUMBER,
                    resources=NUMBER,
                    exceptions=list_of(text(), "Fields that have the word and do not follow."),
                ),
                "Most frequent first.",
            ),
        ),
        "In promotion order.",
    ),
}  # fmt: skip

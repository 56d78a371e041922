"""The contract of `groundplan why -f json`, and of what coverage says field by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from analyzer.marks import Directive
from analyzer.overlaying import Kind
from analyzer.provenance import Status
from analyzer.reference.shapes import LINE, PATH, Schema, list_of, object_of, one_of, or_null, text


def _properties(schema: Schema) -> Mapping[str, Schema]:
    found = schema["properties"]
    return found if isinstance(found, Mapping) else {}


_VALUE: Schema = {"description": "Any JSON value; what is secret is hidden."}
_DIRECTIVE = one_of([d.value for d in Directive], "What set it; new ones may be added.")
_PLACE = object_of("A line of a file.", path=PATH, line=LINE)
_STEP = object_of(
    "One thing that set the field.", path=PATH, line=LINE, directive=_DIRECTIVE, value=_VALUE
)

_LAYER = text("What of a HelmRelease's values it is in; only of effective values.")
_STEP = {**_STEP, "properties": {**_properties(_STEP), "layer": _LAYER}}
_SOURCE = object_of(
    "An entry of `valuesFrom`.",
    kind=text(),
    namespace=text(),
    name=text(),
    key=text(),
    target_path=or_null(text("Where its value is put; null: it is merged.")),
    at=or_null(_PLACE),
    holds=or_null(_PLACE),
    unknown=or_null(text("Why its values are not known; null where they are.")),
)
_SET_BY = object_of(
    "Who set it last.",
    path=PATH,
    line=LINE,
    directive=_DIRECTIVE,
    value=_VALUE,
    via=list_of(_PLACE, "The lines through which the root comes to it."),
    inputs=list_of(_PLACE, "Places of other values it was made from."),
    since=or_null(
        object_of(
            "The commit that last touched the line; null where git does not know.",
            commit=text(),
            date=text("ISO 8601."),
            author=text(),
            subject=text(),
        )
    ),
)
_FIELD = object_of(
    "One leaf field: a scalar, an empty map or an empty list.",
    pointer=text("RFC 6901."),
    field=text("As reports print it; elements of lists by their key."),
    value=_VALUE,
    status=one_of(
        get_args(Status),
        "verified: the value follows from the steps; static: it stands so in the file; "
        "unexplained: nothing in the tree gives it.",
    ),
    set_by=or_null({**_SET_BY, "properties": {**_properties(_SET_BY), "layer": _LAYER}}),
    made_from=list_of(_STEP, "What the last step worked on, the latest first."),
    overrides=list_of(_STEP, "What was set before and did not stay, the latest first."),
)

WHY: Mapping[str, Schema] = {
    "place": text("Who applies it where, or the root where nobody does, as text has it."),
    "resource": object_of(
        "The resource that was asked for.",
        apiVersion=text(),
        kind=text(),
        namespace=text("Empty where it has none."),
        name=text(),
        root=PATH,
    ),
    "fields": list_of(_FIELD, "In the order of the resource."),
    "values": or_null(
        object_of(
            "The effective values of a HelmRelease: those that were asked for; of a whole release "
            "all, where it takes values from elsewhere; else null.",
            fields=list_of(_FIELD, "In the order of the merged values, below `/values`."),
            sources=list_of(_SOURCE, "The entries of `valuesFrom`, in their order."),
            problem=or_null(text("Why the release fails.")),
        )
    ),
}

_SIDE = object_of(
    "A value and the line that sets it; both null where that is not known.",
    value=_VALUE,
    path=or_null(PATH),
    line=or_null(LINE),
)

CHANGES = or_null(
    list_of(
        object_of(
            "A field that an overlay sets otherwise than its base.",
            kind=one_of(get_args(Kind), "What became of it."),
            resource=text("Kind/name, without a generator's hash."),
            pointer=text("RFC 6901; empty: the whole resource."),
            field=text("As reports print it; empty: the whole resource."),
            base=or_null(_SIDE),
            here=_SIDE,
            directive=or_null(_DIRECTIVE),
        ),
        "Field by field, with --fields; else null.",
    )
)
EVERYWHERE = or_null(
    list_of(
        object_of(
            "A field of a base that every environment sets to something else.",
            component=text(),
            resource=text(),
            field=text(),
            base=_SIDE,
            values=list_of(_VALUE, "Of the environments, in their order."),
        ),
        "With --fields; else null.",
    )
)

"""The pieces that contracts are made of, as JSON schemas (2020-12)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Schema = Mapping[str, object]


def object_of(description: str = "", /, **properties: Schema) -> Schema:
    made: dict[str, object] = {"type": "object"}
    if description:
        made["description"] = description
    return {**made, "required": list(properties), "properties": properties}


def closed(description: str, /, **properties: Schema) -> Schema:
    return {**object_of(description, **properties), "additionalProperties": False}


def list_of(items: Schema, description: str) -> Schema:
    return {"type": "array", "description": description, "items": items}


def text(description: str = "") -> Schema:
    return {"type": "string", **({"description": description} if description else {})}


def one_of(values: Iterable[object], description: str) -> Schema:
    return {"description": description, "enum": list(values)}


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


NUMBER: Schema = {"type": "integer", "minimum": 0}
PATH = text("POSIX, relative to the tree; `.` is the tree itself.")
LINE: Schema = {"type": "integer", "minimum": 1}
ENVIRONMENT = text("The name of an environment.")
CLUSTER = or_null(text("null: the environment is not divided into clusters."))
SEAT: Mapping[str, Schema] = {"environment": ENVIRONMENT, "cluster": CLUSTER}
RESOURCE = object_of("", group=text(), kind=text(), namespace=text(), name=text())
COUNTS = object_of("Differences by class.", promote=NUMBER, decide=NUMBER, keep=NUMBER)

"""What `report duplication` prints, as a JSON schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from analyzer.candidates import Section, Shape
from analyzer.reference.shapes import (
    LINE,
    NUMBER,
    PATH,
    Schema,
    list_of,
    object_of,
    one_of,
    or_null,
    text,
)

_SHARE: Schema = {"type": "number", "minimum": 0}
_RESOURCE = object_of("", group=text(), kind=text(), namespace=text(), name=text())
_PLACE = object_of("", path=PATH, line=LINE)
_CLONE = object_of(
    "One text that is there in several directories.",
    shape=one_of(get_args(Shape), "What it is."),
    name=text(),
    pointer=text("RFC 6901: where in the document; empty for all of it."),
    common=NUMBER,
    differing=list_of(text(), "JSON pointers below it; of plain text, lines from 0."),
    copies=list_of(
        object_of("", directory=PATH, path=PATH, line=LINE, lines=NUMBER), "By directory."
    ),
)
_CANDIDATE: Mapping[str, Schema] = {
    "id": text("Stays as long as its directories and texts do."),
    "section": one_of(get_args(Section), "What history makes of it."),
    "recommended": {"type": "boolean", "description": "Only extract and unknown are."},
    "title": text(),
    "directories": list_of(PATH, "That hold it, by path."),
    "identities": list_of(_RESOURCE, "What is written, or patched, there."),
    "copies": NUMBER,
    "net_lines": {"type": "integer", "description": "Saved; an estimate without a verdict."},
    "score": _SHARE,
    "terms": object_of("What the score is the sum of.", lines=_SHARE, commits=_SHARE,
                       copies=_SHARE),
    "commits": or_null(NUMBER),
    "form": or_null(text("What is proposed; null: nothing yet.")),
    "verdict": or_null(text("What the proof of the proposal came to.")),
    "reason": text("Of the verdict, else of the section."),
    "history": text("Of the section."),
    "related": list_of(_PLACE, "Places the reason speaks of."),
    "clones": list_of(_CLONE, "By place."),
}  # fmt: skip

DUPLICATION: Mapping[str, Schema] = {
    "limit": or_null(text("What could not be known of history, and why.")),
    "candidates": list_of(object_of("", **_CANDIDATE), "Section by section, the best first."),
    "meant": list_of(
        object_of("What an intent keeps separate, and why.", **_CANDIDATE, by=_PLACE),
        "By directory.",
    ),
    "excluded": list_of(
        object_of("Repeats too, and is nothing to extract.", reason=text(), count=NUMBER,
                  lines=NUMBER),
        "Most lines first.",
    ),
}  # fmt: skip

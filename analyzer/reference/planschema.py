"""The contract of a plan: files as they shall be, and the proof that nothing else changes."""

from __future__ import annotations

from collections.abc import Mapping

from analyzer.plans import VERDICTS
from analyzer.reference.shapes import (
    NUMBER,
    PATH,
    Schema,
    list_of,
    object_of,
    one_of,
    or_null,
    text,
)

_DIGEST = text("SHA-256 of the bytes, in hexadecimal.")
_VERDICT = one_of(
    VERDICTS,
    "identical: to the last byte. equal: in another order. relative: but for remote entries, left "
    "out on both sides. unprovable: not all of it can be seen. refused: it differs.",
)
_CHANGE = object_of(
    "One file.",
    path=PATH,
    before=or_null({**_DIGEST, "description": "Of what must be there; null: nothing may be."}),
    after=or_null(text("Its content; null: it is removed, or moved as it is.")),
    encoding=one_of(["utf-8", "base64", None], "How `after` holds the bytes."),
    mode=or_null({**NUMBER, "description": "Permission bits; null: those it has."}),
    moved_from=or_null(PATH),
)
_UNIT = object_of(
    "One root by itself, or one reconciler in one cluster.",
    root=PATH,
    by=or_null(text("namespace/name of the reconciler; null: kustomize alone.")),
    seat=or_null(text("Environment, or environment/cluster.")),
    verdict=_VERDICT,
    reason=text(),
    differences=list_of(text(), "Field by field, without secrets."),
    resources=NUMBER,
    digest=or_null(text("Of everything it renders to, before.")),
)
_PROOF = object_of(
    "What building both sides has shown.",
    verdict=_VERDICT,
    reason=text("Empty where nothing is to be said."),
    units=list_of(_UNIT, "What a file of the plan reaches, on either side."),
    checks=list_of(
        object_of("", name=text(), passed={"type": "boolean"}, said=text()),
        "What must not have happened besides.",
    ),
    mutations=list_of(
        object_of(
            "A leaf that was changed on purpose, and exactly the roots that have to follow.",
            path=PATH,
            document=NUMBER,
            pointer=text("RFC 6901."),
            roots=list_of(PATH, "By path."),
        ),
        "All at once.",
    ),
)

PLAN: Mapping[str, Schema] = {
    "id": text("The same where the same files become the same."),
    "subdir": PATH,
    "verdict": _VERDICT,
    "items": list_of(
        object_of(
            "One proposal.",
            id=text("Of the candidate."),
            title=text(),
            form=text("What its overlays consist of."),
            reason=text("Why that form."),
            roots=list_of(PATH, "That hold the copies."),
            base=PATH,
            removed_lines=NUMBER,
            added_lines=NUMBER,
            net_lines={"type": "integer"},
        ),
        "Best first.",
    ),
    "changes": list_of(_CHANGE, "By path; each path once."),
    "proofs": list_of(_PROOF, "Of all changes together."),
    "refusals": list_of(
        object_of("What is not in it.", id=text(), title=text(), verdict=_VERDICT, reason=text()),
        "In the order they were tried.",
    ),
    "inverse": list_of(_CHANGE, "The way back."),
    "certificate": object_of(
        "What the proof was made with.",
        groundplan=text("Version."),
        kubectl=text("Version of the engine."),
        kustomize=text("Version inside that engine."),
        renders=NUMBER,
        tree=text("One digest of all inputs."),
        inputs=list_of(object_of("", path=PATH, digest=_DIGEST), "Every file that was read."),
        repeat=text("The command that makes the proof again."),
    ),
}

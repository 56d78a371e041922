"""The JSON of a plan → the plan; what does not follow the contract is refused."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping

from analyzer.changes import FileChange
from analyzer.plans.proposal import (
    SCHEMA,
    VERDICTS,
    Certificate,
    Check,
    Item,
    Mutation,
    Plan,
    PlanError,
    Proof,
    Refusal,
    UnitProof,
    Verdict,
)


def from_json(text: str) -> Plan:
    """A plan as it was written. Raises PlanError; whoever runs it proves it again."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PlanError(f"is no JSON: {error}; name the JSON file of a plan") from None
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise PlanError(f"is no plan; {SCHEMA} is expected as its schema")
    try:
        made = _plan(content)
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
        raise PlanError(f"does not follow {SCHEMA}: {type(error).__name__}: {error}") from None
    if made.id != content.get("id"):
        raise PlanError("its files are not those it was made with: the id differs")
    return made


def _plan(content: Mapping[str, object]) -> Plan:
    held = _mapping(content["certificate"])
    inputs = tuple((str(i["path"]), str(i["digest"])) for i in _mappings(held["inputs"]))
    return Plan(
        items=tuple(
            Item(
                str(i["id"]), str(i["title"]), str(i["form"]), str(i["reason"]),
                tuple(_root(r) for r in _list(i["roots"])), _root(i["base"]),
                _number(i["removed_lines"]), _number(i["added_lines"]),
            )
            for i in _mappings(content["items"])
        ),
        changes=tuple(_change_of(c) for c in _mappings(content["changes"])),
        proofs=tuple(_proof_of(p) for p in _mappings(content["proofs"])),
        refusals=tuple(
            Refusal(str(r["id"]), str(r["title"]), _verdict(r["verdict"]), str(r["reason"]))
            for r in _mappings(content["refusals"])
        ),
        inverse=tuple(_change_of(c) for c in _mappings(content["inverse"])),
        certificate=Certificate(
            str(held["groundplan"]), str(held["kubectl"]), str(held["kustomize"]), inputs,
            _number(held["renders"]),
        ),
        subdir=_root(content["subdir"]),
    )  # fmt: skip


def _proof_of(content: Mapping[str, object]) -> Proof:
    units = tuple(
        UnitProof(
            _root(u["root"]), str(u["by"] or ""), str(u["seat"] or ""), _verdict(u["verdict"]),
            str(u["reason"]), tuple(map(str, _list(u["differences"]))), _number(u["resources"]),
            str(u["digest"] or ""),
        )
        for u in _mappings(content["units"])
    )  # fmt: skip
    checks = tuple(
        Check(str(c["name"]), bool(c["passed"]), str(c["said"]))
        for c in _mappings(content["checks"])
    )
    mutations = tuple(
        Mutation(
            str(m["path"]), _number(m["document"]), str(m["pointer"]),
            tuple(_root(r) for r in _list(m["roots"])),
        )
        for m in _mappings(content["mutations"])
    )  # fmt: skip
    verdict = _verdict(content["verdict"])
    return Proof(verdict, str(content["reason"]), units, checks, mutations)


def _change_of(content: Mapping[str, object]) -> FileChange:
    after: bytes | None = None
    if content["after"] is not None:
        text = str(content["after"])
        encoded = content["encoding"] == "base64"
        after = base64.b64decode(text, validate=True) if encoded else text.encode()
    return FileChange(
        _path(content["path"]),
        None if content["before"] is None else str(content["before"]),
        after,
        None if content["mode"] is None else _number(content["mode"]),
        None if content["moved_from"] is None else _path(content["moved_from"]),
    )


def _path(value: object) -> str:
    """A path of the tree: whoever wrote the plan, it does not leave it."""
    parts = str(value).split("/")
    if not isinstance(value, str) or any(part in ("", ".", "..", ".git") for part in parts):
        raise ValueError(f"{value!r} is no path inside the tree")
    return value


def _root(value: object) -> str:
    return "" if value == "." else str(value)


def _verdict(value: object) -> Verdict:
    for known in VERDICTS:
        if known == value:
            return known
    raise ValueError(f"{value!r} is no verdict")


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is no number")
    return value


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TypeError(f"{value!r} is no mapping")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return value


def _mappings(value: object) -> list[Mapping[str, object]]:
    return [_mapping(one) for one in _list(value)]

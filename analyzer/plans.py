"""A plan as a value: planned files, what they are for, and the proof that nothing else changes.

The only place that knows how a plan is written down (`groundplan/plan/v1`): the same plan is the
same text on every machine. A secret is never in it: what bears one is moved by path and digest.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from analyzer.changes import FileChange, digest

SCHEMA = "groundplan/plan/v1"
Verdict = Literal["identical", "equal", "relative", "unprovable", "refused"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)  # from the best to the worst
PROVED: tuple[Verdict, ...] = ("identical", "equal", "relative")


class PlanError(ValueError):
    """Text that is no plan; the message says why."""


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of the verdicts; of none the best."""
    return max(verdicts, key=VERDICTS.index, default="identical")


@dataclass(frozen=True, slots=True)
class Item:
    """One proposal: what it takes away, how, and what that saves.

    `form` is the kind of patch its overlays need, `reason` why that one. `roots` are those that
    hold the copies, `base` what they build on afterwards; lines count non-empty ones.
    """

    id: str
    title: str
    form: str
    reason: str
    roots: tuple[str, ...]
    base: str
    removed_lines: int
    added_lines: int

    @property
    def net_lines(self) -> int:
        return self.removed_lines - self.added_lines


@dataclass(frozen=True, slots=True)
class UnitProof:
    """One root by itself, or one reconciler in one cluster, before and after.

    `differences` name what is not the same, field by field, without secrets.
    """

    root: str
    by: str
    seat: str
    verdict: Verdict
    reason: str = ""
    differences: tuple[str, ...] = ()
    resources: int = 0
    digest: str = ""  # of all it renders to, before


@dataclass(frozen=True, slots=True)
class Check:
    """One further question to the tree and its answer."""

    name: str
    passed: bool
    said: str = ""


@dataclass(frozen=True, slots=True)
class Mutation:
    """A leaf to change in a file of the plan, and exactly the roots whose render has to follow."""

    path: str
    document: int
    pointer: str
    roots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """What building before and after has shown. `renders` says how many builds that took."""

    verdict: Verdict
    reason: str
    units: tuple[UnitProof, ...]
    checks: tuple[Check, ...]
    mutations: tuple[Mutation, ...] = ()
    renders: int = field(default=0, compare=False)

    @property
    def is_proved(self) -> bool:
        return self.verdict in PROVED


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is not offered, and why."""

    id: str
    title: str
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the proof was made with. `inputs` are digests of every file that the builds read."""

    groundplan: str
    kubectl: str
    kustomize: str
    inputs: tuple[tuple[str, str], ...]
    renders: int

    @property
    def tree(self) -> str:
        """One digest of all inputs."""
        text = "".join(f"{digest}  {path}\n" for path, digest in self.inputs)
        return digest(text.encode())


@dataclass(frozen=True, slots=True)
class Plan:
    """Files as they shall be, and how to get back. `subdir`: the directory that was analysed."""

    items: tuple[Item, ...]
    changes: tuple[FileChange, ...]
    proofs: tuple[Proof, ...]
    refusals: tuple[Refusal, ...]
    inverse: tuple[FileChange, ...]
    certificate: Certificate
    subdir: str = ""
    schema: str = SCHEMA

    @property
    def id(self) -> str:
        """The same where the same files become the same."""
        text = json.dumps([_change(c) for c in self.changes], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def verdict(self) -> Verdict:
        return worst(proof.verdict for proof in self.proofs)


def count(number: int, noun: str) -> str:
    """`1 root`, `2 roots`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def inverse(changes: Sequence[FileChange], before: Mapping[str, bytes]) -> tuple[FileChange, ...]:
    """The changes that take these back. `before` has the bytes of what is edited or removed."""
    made = []
    for change in reversed(changes):
        if change.moved_from is not None:
            old = before.get(change.moved_from) if change.after is not None else None
            after = change.before if change.after is None else digest(change.after)
            made.append(FileChange(change.moved_from, after, old, None, change.path))
        elif change.before is None:
            assert change.after is not None
            made.append(FileChange(change.path, digest(change.after), None))
        else:
            after = None if change.after is None else digest(change.after)
            made.append(FileChange(change.path, after, before[change.path]))
    return tuple(made)


# what is written down -----------------------------------------------------------------------------


def to_json(plan: Plan) -> dict[str, object]:
    """docs/schema/plan.v1.json."""
    return {
        "schema": plan.schema,
        "id": plan.id,
        "subdir": plan.subdir or ".",
        "verdict": plan.verdict,
        "items": [
            {
                "id": item.id,
                "title": item.title,
                "form": item.form,
                "reason": item.reason,
                "roots": [_shown(root) for root in item.roots],
                "base": _shown(item.base),
                "removed_lines": item.removed_lines,
                "added_lines": item.added_lines,
                "net_lines": item.net_lines,
            }
            for item in plan.items
        ],
        "changes": [_change(change) for change in plan.changes],
        "proofs": [_proof(proof) for proof in plan.proofs],
        "refusals": [
            {"id": r.id, "title": r.title, "verdict": r.verdict, "reason": r.reason}
            for r in plan.refusals
        ],
        "inverse": [_change(change) for change in plan.inverse],
        "certificate": {
            "groundplan": plan.certificate.groundplan,
            "kubectl": plan.certificate.kubectl,
            "kustomize": plan.certificate.kustomize,
            "renders": plan.certificate.renders,
            "tree": plan.certificate.tree,
            "inputs": [
                {"path": path, "digest": digest} for path, digest in plan.certificate.inputs
            ],
            "repeat": "groundplan verify PLAN.json",
        },
    }


def _shown(root: str) -> str:
    return root or "."


def _change(change: FileChange) -> dict[str, object]:
    text, encoding = None, None
    if change.after is not None:
        try:
            text, encoding = change.after.decode(), "utf-8"
        except UnicodeDecodeError:
            text, encoding = base64.b64encode(change.after).decode(), "base64"
    return {
        "path": change.path,
        "before": change.before,
        "after": text,
        "encoding": encoding,
        "mode": change.mode,
        "moved_from": change.moved_from,
    }


def _proof(proof: Proof) -> dict[str, object]:
    return {
        "verdict": proof.verdict,
        "reason": proof.reason,
        "units": [
            {
                "root": _shown(unit.root),
                "by": unit.by or None,
                "seat": unit.seat or None,
                "verdict": unit.verdict,
                "reason": unit.reason,
                "differences": list(unit.differences),
                "resources": unit.resources,
                "digest": unit.digest or None,
            }
            for unit in proof.units
        ],
        "checks": [{"name": c.name, "passed": c.passed, "said": c.said} for c in proof.checks],
        "mutations": [
            {
                "path": m.path,
                "document": m.document,
                "pointer": m.pointer,
                "roots": [_shown(root) for root in m.roots],
            }
            for m in proof.mutations
        ],
    }


# read back ----------------------------------------------------------------------------------------


def from_json(text: str) -> Plan:
    """A plan as it was written. Raises PlanError; whoever runs it proves it again."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PlanError(f"is no JSON: {error}") from None
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

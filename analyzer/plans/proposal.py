"""Planned files with what they are for, what was proved of them, and what takes them back."""

from __future__ import annotations

import base64
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
        text = json.dumps([change_json(c) for c in self.changes], sort_keys=True)
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
            mode = change.mode if change.after is None else None
            made.append(FileChange(change.path, after, before[change.path], mode))
    return tuple(made)


def change_json(change: FileChange) -> dict[str, object]:
    """A change as it is written down, and as the id of its plan has it."""
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

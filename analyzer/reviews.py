"""What a maintainer needs to judge one candidate: its proposal, its proof, and what it changes."""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.candidates import Candidate
from analyzer.plans import Item, Proof, Verdict


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field that is not the same in every copy: what base would have, and what each root has.

    None: it is not there. Values are as people read them, without secrets.
    """

    clone: str
    field: str
    base: str | None
    values: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Overlay:
    """What one root keeps of a clone: the kind of patch, and its file where it has one."""

    root: str
    clone: str
    form: str
    file: str


@dataclass(frozen=True, slots=True)
class Review:
    """One candidate. Without a proposal `item` is None, and `reason` says why there is none.

    `base` has each file of the base and its lines, `cleared` the fields (clone, field) that it
    leaves to every environment, `diff` what `git apply` would take.
    """

    candidate: Candidate
    verdict: Verdict
    reason: str
    item: Item | None = None
    proof: Proof | None = None
    base: tuple[tuple[str, int], ...] = ()
    cleared: tuple[tuple[str, str], ...] = ()
    overlays: tuple[Overlay, ...] = ()
    leaves: tuple[Leaf, ...] = ()
    diff: str = ""

"""What is written more than once, as values: copies, clones of one thing, extraction candidates.

`clones` and its neighbours find them, `actions.extract` proposes what to do about one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from analyzer.model import ResourceId, Span

Shape = Literal["document", "patch", "entry", "generator", "values", "subtree"]
Section = Literal["extract", "lag", "split", "generated", "untouched", "unknown"]


@dataclass(frozen=True, slots=True, order=True)
class Copy:
    """One place where it is written. `span` covers its bytes, without the `---` around a document.

    `root` is the kustomization that takes the file (the nearest one that names it); for an entry
    of a kustomization file, its own.
    """

    root: str
    span: Span
    lines: int


@dataclass(frozen=True, slots=True)
class Clone:
    """One thing that is written in several places: equal, or equal but for some leaves.

    `id` is what a document is, or what a patch patches; None for entries and generator inputs,
    which `name` names. `pointer` is where in the document it stands, "" for the whole.
    `differing` are JSON pointers below it, sorted, of leaves that are not the same in every copy
    (absent counts); `common` counts those that are. Copies are in order of root and place.
    """

    shape: Shape
    id: ResourceId | None
    name: str
    pointer: str
    copies: tuple[Copy, ...]
    differing: tuple[str, ...] = ()
    common: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """What the rank is made of (the logarithm of each; commits count one and a half times).

    `lines` is the net saving, `commits` those that touched two or more copies; None where git
    could not tell.
    """

    lines: int
    commits: int | None
    copies: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """Clones that the same roots hold: what one person reviews, and one proposal takes away.

    `id` is the same as long as what it is about is: made of its roots and the names of its clones.
    `roots` and `clones` are sorted. `section` says what history makes of it, and `reason` in one
    sentence why, with the commit where there is one. Only the first section is recommended.
    """

    id: str
    title: str
    roots: tuple[str, ...]
    clones: tuple[Clone, ...]
    terms: Terms
    section: Section = "unknown"
    reason: str = ""
    related: tuple[Span, ...] = ()

    @property
    def is_open(self) -> bool:
        """Does history say nothing against it?"""
        return self.section in ("extract", "unknown", "untouched")

    @property
    def recommended(self) -> bool:
        return self.section in ("extract", "unknown")


@dataclass(frozen=True, slots=True)
class Excluded:
    """Repeated text nobody should extract: why, how many groups of copies, how many lines."""

    reason: str
    count: int
    lines: int


@dataclass(frozen=True, slots=True)
class Separate:
    """A candidate that a team keeps as it is: why, and the entry of groundplan.yaml."""

    candidate: Candidate
    reason: str
    by: Span


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a proposal for a candidate came to. `net_lines` takes the place of the estimate."""

    form: str
    verdict: str
    net_lines: int
    reason: str


@dataclass(frozen=True, slots=True)
class Repeated:
    """All that is written more than once, best candidate first; `limit`: what git could not say."""

    candidates: tuple[Candidate, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    limit: str = ""
    meant: tuple[Separate, ...] = ()

"""What an extraction is asked for, and what it proposes, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from analyzer.actions.patching import Patch


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for. `rungs` of (root, clone) where the lowest did not do; `left` are clones
    that stay as they are. `common`: the base has only what all copies have in common; `local`: the
    base is for other environments than the one there is, which keeps what is its own. `existing`:
    the root that is a base already is what the others build on. `share`: a patch that some of the
    overlays have alike is a kustomize Component. `spaced`: a namespace that tells nothing but the
    environment is a field of the overlay's kustomization. `unseen` are roots of which not all is
    here: a patch there may find nothing but what it is for.
    """

    common: bool = False
    local: str | None = None
    rungs: Mapping[tuple[str, int], int] = field(default_factory=dict)
    left: frozenset[int] = frozenset()
    taken: frozenset[str] = frozenset()
    existing: str | None = None
    share: bool = False
    spaced: bool = False
    unseen: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Part:
    """What one overlay needs for one clone."""

    root: str
    clone: int
    patch: Patch
    file: str | None  # the patch file


@dataclass(frozen=True, slots=True)
class Proposal:
    """Files as they shall be (None: gone), and how they came to be.

    `places` has the file, and the document in it, that each clone of the base is in. `cleared` are
    leaves that look like one environment's own and that the base does not have.
    """

    base: str
    files: Mapping[str, bytes | None]
    parts: tuple[Part, ...]
    places: Mapping[int, tuple[str, int]]
    cleared: Mapping[int, tuple[str, ...]]
    source: str  # the root whose copies became the base
    spaced: bool = False  # do overlays set the namespace?

    @property
    def form(self) -> str:
        """The highest rung that is needed."""
        if self.spaced and all(p.patch.form == "nothing" for p in self.parts):
            return "fields"
        order = ("nothing", "component", "fields", "merge", "json6902")
        return max((p.patch.form for p in self.parts), key=order.index, default="nothing")

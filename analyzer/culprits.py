"""What the engine says, or renders otherwise → the parts of a proposal that it is about. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from analyzer import verdicts
from analyzer.actions.proposals import Part
from analyzer.candidates import Candidate
from analyzer.model import Rendered, RenderedResource, Rendering, ResourceId


def differing(before: Rendering, after: Rendering) -> list[RenderedResource]:
    """Resources of either side that the other has not, to the last byte."""
    old = before.resources if isinstance(before, Rendered) else ()
    new = after.resources if isinstance(after, Rendered) else ()
    known, made = {*map(verdicts.key, old)}, {*map(verdicts.key, new)}
    return [r for r in (*old, *new) if verdicts.key(r) not in (made & known)]


def names(said: str, id: ResourceId | None) -> bool:
    """Does a message name a resource?"""
    return id is not None and bool(id.name) and re.search(
        rf"(?<![\w.-]){re.escape(f'{id.kind}/{id.name}')}(?![\w.-])", said
    ) is not None  # fmt: skip


def is_unseen(candidate: Candidate, part: Part, rendering: Rendering) -> bool:
    """Does a part patch what nobody here can see?"""
    clone = candidate.clones[part.clone]
    there = rendering.resources if isinstance(rendering, Rendered) else ()
    id = clone.id
    return clone.shape == "patch" and id is not None and not any(
        (r.id.kind, r.id.name) == (id.kind, id.name) or not id.name for r in there
    )  # fmt: skip


def is_about(candidate: Candidate, part: Part, found: Iterable[RenderedResource]) -> bool:
    """Is a part about one of these resources, under its name or one made of it?"""
    id = candidate.clones[part.clone].id
    return id is None or any(r.id.kind == id.kind and id.name in r.id.name for r in found)

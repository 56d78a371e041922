"""A candidate → a base made of one copy, and overlays with the least that keeps them as they were.

Text is moved verbatim; what has to be written is as little as a rung of the ladder allows. Whether
it is right the engine says, rung by rung (`extracting`).
"""

from __future__ import annotations

import posixpath
from dataclasses import replace

from analyzer.actions import basing, comments, overlays, placing, sharing
from analyzer.actions.documents import Read
from analyzer.actions.errors import CannotError
from analyzer.actions.move import Move
from analyzer.actions.patching import Patch
from analyzer.actions.pieces import ended
from analyzer.actions.proposals import Part, Proposal, Wish
from analyzer.candidates import Candidate
from analyzer.model import Placement
from analyzer.snapshot import Snapshot


def existing(snapshot: Snapshot, candidate: Candidate) -> str | None:
    """The only one of the roots that is a base; None where none is, or several are."""
    bases = [r for r in candidate.roots if snapshot.placements.get(r, Placement()).base]
    return bases[0] if len(bases) == 1 and len(candidate.roots) > 1 else None


def propose(
    snapshot: Snapshot, read: Read, written: Read, candidate: Candidate, wish: Wish
) -> Proposal:
    """Files of a tree as `read` has them now; `written` has them as the candidate was found.

    Raises CannotError, of one clone or of all, where there is nothing sound to propose.
    """
    if not any(clone.shape == "document" for clone in candidate.clones):
        home, files, taken = sharing.propose(snapshot, read, candidate, wish.left, wish.taken)
        parts = tuple(Part(root, n, Patch("component"), None)
                      for root in candidate.roots for n in taken)  # fmt: skip
        made = Proposal(home, files, parts, {}, {}, candidate.roots[0])
    else:
        made = _with_base(Move(snapshot, read, written, candidate, wish))
    files = dict(made.files)
    there = snapshot.graph.reads(made.base) if made.base in snapshot.graph.kustomizations else ()
    known = [read(path) for path in sorted(there)]
    comments.carried(files, read, _homes(snapshot, candidate, made), known)
    for path, data in files.items():
        if data is not None and (before := read(path)) is not None:
            files[path] = ended(data, before)
    return replace(made, files=files)


def _homes(
    snapshot: Snapshot, candidate: Candidate, made: Proposal
) -> dict[str, tuple[str, str]]:  # fmt: skip
    """By path of a file of the proposal: the kustomization of its root, and what it now names."""
    found = {}
    for path in made.files:
        inside = [root for root in candidate.roots if not root or path.startswith(f"{root}/")]
        root = max(inside, key=len, default=None)
        kustomization = snapshot.repository.kustomizations.get(root) if root is not None else None
        if kustomization is not None and root != made.base and kustomization.path in made.files:
            found[path] = (kustomization.path, posixpath.relpath(made.base, root or "."))
    return found


def _with_base(move: Move) -> Proposal:
    roots = move.candidate.roots
    if move.wish.existing is not None:
        return _on(move, move.wish.existing)
    source = basing.medoid(move)
    title = move.candidate.clones[min(move.clones)].name.rpartition("/")[2]
    base = placing.base(move.snapshot, roots, title, move.wish.taken, move.wish.local)
    places, cleared, contents = basing.make(move, base, source)
    parts: list[Part] = []
    for root in roots:
        parts += overlays.make(move, root, base, contents)
    if move.others:
        sharing.into(move.snapshot, move.read, move.candidate, move.others, base, move.out)
        parts += [Part(root, n, Patch("nothing"), None) for root in roots for n in move.others]
    parts = overlays.shared(move, parts, base)
    spaced = bool(move.spaces)
    return Proposal(base, move.out, tuple(parts), places, cleared, source, spaced)


def _on(move: Move, base: str) -> Proposal:
    """The base is there: only what repeats it is taken away."""
    contents = {number: found[base].content for number, found in move.clones.items()}
    parts: list[Part] = []
    for root in move.candidate.roots:
        if root != base:
            parts += overlays.make(move, root, base, contents)
    if move.others:
        raise CannotError("is more than documents")
    parts = overlays.shared(move, parts, base)
    return Proposal(base, move.out, tuple(parts), {}, {}, base)

"""What is written more than once → the same with what git says of it: one `git log` for all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from analyzer import collecting, gitio, repeating, sectioning
from analyzer.candidates import Repeated
from analyzer.history import Past
from analyzer.lifting import Lifted
from analyzer.loader import Checkout
from analyzer.model import Placement
from analyzer.sectioning import Records
from analyzer.snapshot import Snapshot

LIMIT = 2000  # commits that are looked at
_NOTHING = Records(Past(limit="it is left out of these pages"), {}, {}, lambda root: None)


def gather(checkout: Checkout, snapshot: Snapshot, *, commits: bool) -> Repeated:
    """Candidates of a tree; without `commits` by what files say alone."""
    others = checkout.listing.read(collecting.inputs(snapshot))
    found = repeating.lifted(snapshot, others)
    if not found.candidates:
        return repeating.repeated(found, {}, "")
    records = _records(checkout, snapshot, found) if commits else _NOTHING
    if not records.past.touches and not records.past.limit:
        records = replace(records, past=Past(limit="git knows none of these files"))
    judged = sectioning.judged(found.candidates, records)
    return repeating.repeated(found, {one.id: one for one in judged}, records.past.limit)


def _records(checkout: Checkout, snapshot: Snapshot, found: Lifted) -> Records:
    """All that git says of the files of candidates, and of those that say what is built on what."""
    roots = {root for one, _ in found.candidates for root in one.roots}
    takers = {root: tuple(_takers(snapshot, root)) for root in roots}
    paths = {copy.span.path for one, _ in found.candidates
             for clone in one.clones for copy in clone.copies}  # fmt: skip
    paths |= {path for pairs in takers.values() for _, path in pairs}
    past = gitio.past(checkout.tree, paths, LIMIT)
    ids = {id for touch in past.touches for id in touch.blobs.values() if id is not None}
    order = {name: at for at, name in enumerate(snapshot.promoted())}

    def rank(root: str) -> int | None:
        seats = snapshot.placements.get(root, Placement()).seats
        known = [order[seat.environment] for seat in seats if seat.environment in order]
        return min(known, default=None)

    return Records(past, gitio.read_blobs(checkout.tree, ids), takers, rank)


def _takers(snapshot: Snapshot, root: str) -> Iterable[tuple[str, str]]:
    """The kustomization file of a root, and of those that build on it."""
    known = snapshot.repository.kustomizations
    edges = snapshot.graph.downstream.get(root, ())
    for name in dict.fromkeys((root, *(edge.source for edge in edges))):
        if name in known and known[name].path:
            yield name, known[name].path

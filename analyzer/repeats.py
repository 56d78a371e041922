"""What is written more than once → the same with what git says of it: one `git log` for all."""

from __future__ import annotations

from analyzer import collecting, repeating
from analyzer.candidates import Repeated
from analyzer.loader import Checkout
from analyzer.snapshot import Snapshot

LIMIT = 2000  # commits that are looked at


def gather(checkout: Checkout, snapshot: Snapshot, *, commits: bool) -> Repeated:
    """Candidates of a tree; without `commits` by what files say alone."""
    others = checkout.listing.read(collecting.inputs(snapshot))
    found = repeating.lifted(snapshot, others)
    if not commits:
        return repeating.repeated(found, {}, "it is left out of these pages")
    return repeating.repeated(found, {}, "nobody looked at it")

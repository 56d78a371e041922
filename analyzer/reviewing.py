"""Candidates of a rendered tree → reviews: each proposed and proved by itself.

It builds a few times every root that a candidate reaches, so only the best candidates are reviewed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analyzer import changes, extracting, redact, yamltext
from analyzer.bench import Bench
from analyzer.candidates import Candidate, Clone
from analyzer.diff import field_name, leaf_of
from analyzer.ladder import Made
from analyzer.looking import Options, View
from analyzer.plans import Refusal
from analyzer.reviews import Leaf, Overlay, Review
from analyzer.transforms import at
from analyzer.whereabouts import path_of
from analyzer.why import value_text

REVIEWED = 12  # candidates
_LEAVES = 60  # of one candidate
_TEXTS = 60  # of one candidate; the engine takes minutes for a root with a patch for each of more


def reviews(view: View, options: Options) -> dict[str, Review]:
    """The best candidates that history says nothing against, by id, in their order.

    One of very many texts has none: `extract plan` proposes it.
    """
    seen = view.snapshot
    now = Bench(options, view.checkout, seen, dict(seen.renderings))
    found = seen.repeated.candidates if seen.repeated is not None and seen.renderings else ()
    wanted = [one for one in found if one.is_open and len(one.clones) <= _TEXTS]
    return {one.id: _review(now, one) for one in wanted[:REVIEWED]}


def _review(now: Bench, candidate: Candidate) -> Review:
    found = extracting.alone(now, candidate)
    if isinstance(found, Refusal):
        return Review(candidate, found.verdict, found.reason)
    made, proof = found
    if not proof.is_proved:
        return Review(candidate, proof.verdict, proof.reason, made.item, proof)
    proposal, clones = made.proposal, candidate.clones
    return Review(
        candidate,
        proof.verdict,
        made.item.reason,
        made.item,
        proof,
        base=tuple(
            (path, len(data.splitlines()))
            for path, data in sorted(made.files.items())
            if data is not None and path.startswith(f"{proposal.base}/")
        ),
        cleared=tuple(
            (clones[number].name, _field(pointer, *_copies(now, clones[number])))
            for number, pointers in sorted(proposal.cleared.items())
            for pointer in pointers
        ),
        overlays=tuple(
            Overlay(part.root, clones[part.clone].name, part.patch.form, part.file or "")
            for part in proposal.parts
        ),
        leaves=tuple(_leaves(now, made))[:_LEAVES],
        diff=_diff(now, made),
    )


def _leaves(now: Bench, made: Made) -> Iterator[Leaf]:
    for number, clone in enumerate(made.candidate.clones):
        if clone.shape != "document" or number not in made.proposal.places:
            continue
        path, document = made.proposal.places[number]
        base = _content(made.files.get(path), document)
        copies = _copies(now, clone)
        for pointer in clone.differing:
            values = tuple(_value(content, pointer) for content in copies)
            field = _field(pointer, base, *copies)
            yield Leaf(clone.name, field, _value(base, pointer), values)


def _copies(now: Bench, clone: Clone) -> list[object]:
    return [_content(_text(now, clone, at), 0) for at in range(len(clone.copies))]


def _field(pointer: str, *contents: object) -> str:
    """A pointer as the field that people know, by the first content that has it."""
    named = (leaf_of(content, pointer) for content in contents)
    return next((field_name(leaf) for leaf in named if leaf is not None), pointer)


def _text(now: Bench, clone: Clone, number: int) -> bytes | None:
    span = clone.copies[number].span
    data = now.checkout.listing.data(span.path)
    return None if data is None else data[span.start : span.end]


def _content(data: bytes | None, document: int) -> object:
    """A document without its secrets."""
    found = () if data is None else yamltext.parse(data)
    content = found[document] if document < len(found) else None
    return redact.redacted(content) if isinstance(content, Mapping) else content


def _value(content: object, pointer: str) -> str | None:
    path = path_of(content, pointer)
    return None if path is None else value_text(at(content, path))


def _diff(now: Bench, made: Made) -> str:
    """What the plan does to files, as `git apply` takes it; anything secret hidden."""
    listing = now.checkout.listing
    text = "".join(
        changes.unified_diff(
            changes.FileChange(path, None if old is None else changes.digest(old), new), old
        )
        for path, new in sorted(made.files.items())
        if (old := listing.data(path)) != new
    )
    return "\n".join(map(redact.text, text.splitlines()))

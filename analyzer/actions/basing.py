"""Copies that move → a base made of one of them, without what only one environment can have."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Collection, Sequence

from analyzer import yamltext
from analyzer.actions import leaves, lists, local
from analyzer.actions.move import Move, label
from analyzer.actions.patching import Content
from analyzer.classing import BY_ID
from analyzer.diff import ValueChange, changes, field_name

HEAD = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n"
_OWN = tuple(re.compile(BY_ID[id].fields) for id in ("host", "own-host", "secret-path", "cloud"))
_RESERVED = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_NAMED = re.compile(r"/(?:apiVersion|kind|metadata/name)")
_TELLING = re.compile(r"/(?:apiVersion|kind|metadata/name(?:space)?)")


def medoid(move: Move) -> str:
    """The root whose copies differ least from all others; of several the first."""

    def distance(root: str) -> int:
        return sum(
            len(changes(found[root].content, other.content))
            for found in move.clones.values()
            for other in found.values()
        )  # fmt: skip

    return min(move.candidate.roots, key=lambda root: (distance(root), root))


def make(
    move: Move, base: str, source: str
) -> tuple[dict[int, tuple[str, int]], dict[int, tuple[str, ...]], dict[int, Content]]:
    """Write the base; by clone (where it stands there, leaves it does not have, its value)."""
    by_file: dict[str, list[int]] = defaultdict(list)
    for number, found in move.clones.items():
        by_file[found[source].copy.span.path].append(number)
    places: dict[int, tuple[str, int]] = {}
    cleared: dict[int, tuple[str, ...]] = {}
    contents: dict[int, Content] = {}
    names: dict[str, str] = {}
    for path in move.in_order(source, by_file):
        numbers = sorted(by_file[path], key=lambda n: move.clones[n][source].number)
        name = _name(move, path, numbers, source, names)
        names[name] = path
        at = posixpath.join(base, name)
        pieces, said = move.there.files[path], dict[int, bytes]()
        for order, number in enumerate(numbers):
            place, wanted = move.clones[number][source].number, _to_clear(move, number)
            alone = move.wish.local is not None
            data, gone = leaves.without(
                pieces.one(place), at, 0, wanted, climb=alone, elements=alone
            )
            value = yamltext.value(yamltext.compose(data, at).documents[0])
            assert isinstance(value, dict)
            said[place], contents[number] = data, value
            cleared[number], places[number] = tuple(gone), (at, order)
        move.out[at] = pieces.text(said)
    lines = "".join(f"  - {lists.scalar(name)}\n" for name in names)
    move.out[posixpath.join(base, "kustomization.yaml")] = (HEAD + lines).encode()
    return places, cleared, contents


def _name(move: Move, path: str, numbers: Sequence[int], source: str, used: Collection[str]) -> str:
    name = posixpath.basename(path)
    if len(numbers) < len(move.there.files[path].found) or name in used or name in _RESERVED:
        name = f"{label(move.clones[numbers[0]][source].content)}.yaml"
    number = 1
    stem, ending = posixpath.splitext(name)
    while name in used:
        number += 1
        name = f"{stem}-{number}{ending}"
    return name


def _to_clear(move: Move, number: int) -> list[str]:
    """Leaves that only one environment can have; with `common` all that differ."""
    found = list(move.clones[number].values())
    first = next(iter(found)).content
    if move.wish.local is not None:
        return list(local.leaves(first, move.wish.local))
    pointers: set[str] = set()
    for one in found[1:]:
        for change in changes(first, one.content):
            if move.wish.common or _is_own(move, change):
                pointers |= {p for p in (change.before_pointer, change.after_pointer) if p}
    if move.spaces and number in move.moving():
        pointers.add("/metadata/namespace")
    named = _NAMED if move.is_alone(first) else _TELLING
    return [p for p in pointers if not named.fullmatch(p)]


def _is_own(move: Move, change: ValueChange) -> bool:
    """Does it look like one environment's own: a host, an address, where a secret is?"""
    if any(pattern.search(field_name(change.leaf)) for pattern in _OWN):
        return True
    names = {s.environment for p in move.snapshot.placements.values() for s in p.seats}
    words = {
        word
        for value in (change.before, change.after)
        if isinstance(value, str)
        for word in re.findall(r"[a-z0-9]+", value.lower())
    }
    return bool(words & {name.lower() for name in names})

"""Documents that are no copies of each other → parts that several of them repeat word by word.

At the same place only: one patch can give them all the part, wherever else it would not fit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from analyzer.candidates import Shape
from analyzer.exclusions import of_content
from analyzer.fragments import Fragment

_Part = tuple[Fragment, str, object, int]  # of a document: its key, content and leaves
LEAVES = 8  # of a part, from which on it is looked at
_SHAPE: Shape = "subtree"


def repeated(found: Iterable[Fragment]) -> Iterator[list[Fragment]]:
    """Equal parts of different documents, the largest first; none lies in another that repeats."""
    same: dict[tuple[str, str], list[_Part]] = defaultdict(list)
    for one in found:
        for pointer, name, content, size in _parts(one.content, "", ""):
            same[pointer, of_content(content)].append((one, name, content, size))
    taken: set[tuple[int, str]] = set()
    ordered = sorted(same.items(), key=lambda item: (-item[1][0][3], item[0]))
    for (pointer, _), places in ordered:
        left = [place for place in places if not _inside(taken, id(place[0]), pointer)]
        if len({one.copy.root for one, *_ in left}) < 2:
            continue
        taken.update((id(one), pointer) for one, *_ in left)
        yield [
            replace(one, shape=_SHAPE, name=name, pointer=pointer, content=content,
                    variant=_SHAPE, id=None, key=(_SHAPE, name), of=one.id)
            for one, name, content, _ in left
        ]  # fmt: skip


def _inside(taken: set[tuple[int, str]], document: int, pointer: str) -> bool:
    while pointer:
        if (document, pointer) in taken:
            return True
        pointer = pointer.rpartition("/")[0]
    return False


def _parts(value: object, pointer: str, name: str) -> list[tuple[str, str, object, int]]:
    """(JSON pointer, key, content, leaves) of every mapping and list that is large enough."""
    return list(_sized(value, pointer, name))


def _sized(value: object, pointer: str, name: str) -> Iterator[tuple[str, str, object, int]]:
    children: Iterable[tuple[object, str, object]]
    if isinstance(value, Mapping):
        children = ((key, str(key), child) for key, child in value.items())
    elif isinstance(value, list):
        children = ((at, name, child) for at, child in enumerate(value))
    else:
        return
    for step, called, child in children:
        part = f"{pointer}/{str(step).replace('~', '~0').replace('/', '~1')}"
        if (size := _size(child)) >= LEAVES:
            yield part, called, child, size
            yield from _sized(child, part, called)


def _size(value: object) -> int:
    match value:
        case Mapping():
            return sum(map(_size, value.values())) or 1
        case list():
            return sum(map(_size, value)) or 1
        case _:
            return 1

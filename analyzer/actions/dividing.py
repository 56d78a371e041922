"""Merge patches alike but for some leaves → what they share as written, and what each has left.

A kustomize Component applies before the patches of those who add it, so what is left comes last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from analyzer import yamltext
from analyzer.actions import comments, leaves, patching
from analyzer.actions.errors import CannotError
from analyzer.actions.patching import Content
from analyzer.actions.pieces import odd
from analyzer.diff import changes
from analyzer.yamltext import YamlError

_MERGE = patching.RUNGS.index("merge")


def divided(files: Sequence[tuple[str, bytes]]) -> tuple[bytes, list[bytes | None]]:
    """(The text that all share, what each has left; None: nothing) of patch files, by path.

    Raises CannotError where they are no such patches, or have nothing in common.
    """
    contents = [_content(path, data) for path, data in files]
    first = min(range(len(files)), key=lambda n: sum(
        len(changes(contents[n], other)) for other in contents))  # fmt: skip
    path, data = files[first]
    wanted = set()
    for other in contents:
        for change in changes(contents[first], other):
            if change.is_order:
                raise CannotError(f"{path}: its lists are in another order than others have them")
            if change.before_pointer is not None:
                wanted.add(change.before_pointer)
    shared, gone = leaves.without(data, path, 0, wanted, climb=True)
    for pointer in sorted(wanted):
        if not any(pointer == one or pointer.startswith(f"{one}/") for one in gone):
            raise CannotError(f"{path}: differs, and {pointer} cannot be taken out of it")
    common = _content(path, shared)
    if set(common) <= {"apiVersion", "kind", "metadata"}:
        raise CannotError(f"{path}: has nothing in common with the others")
    rest = [_rest(one, at, common) for (at, _), one in zip(files, contents, strict=True)]
    return shared, [_said(own, shared) + left if left is not None else None
                    for (_, own), left in zip(files, rest, strict=True)]  # fmt: skip


def _said(own: bytes, shared: bytes) -> bytes:
    """What a patch says in comments that is not in what all share."""
    return "".join(f"{line}\n" for line in comments.lost(own, [shared])).encode()


def _content(path: str, data: bytes) -> Content:
    if said := odd(data):
        raise CannotError(f"{path}:1: {said}; write it plain first")
    try:
        documents = yamltext.parse(data)
    except YamlError as error:
        raise CannotError(f"{path}:{error.line}: {error.message}") from None
    if len(documents) != 1 or not isinstance(documents[0], dict):
        raise CannotError(f"{path}: differs, and is not one merge patch")
    if any(name.startswith("$") for name in _names(documents[0])):
        raise CannotError(f"{path}: differs, and has directives such as $patch")
    return documents[0]


def _names(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, child in value.items():
            yield str(name)
            yield from _names(child)
    for child in value if isinstance(value, list) else ():
        yield from _names(child)


def _rest(content: Content, path: str, common: Content) -> bytes | None:
    if any(change.before_pointer is not None for change in changes(common, content)):
        raise CannotError(f"{path}: differs in a list that a merge takes as a whole")
    made = patching.patch(common, content, _MERGE)
    if made is None:
        raise CannotError(f"{path}: what is left of it is no merge patch")
    return made.text.encode() or None

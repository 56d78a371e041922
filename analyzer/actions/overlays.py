"""A base, and copies that move → overlays with the least that keeps them as they were."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from analyzer.actions import lists, patching, placing, sharing
from analyzer.actions.documents import Document
from analyzer.actions.errors import CannotError, HigherError
from analyzer.actions.move import Move, label, namespace
from analyzer.actions.patching import Content, Patch
from analyzer.actions.proposals import Part
from analyzer.diff import canonical

_LISTS = ("resources", "bases")
_WORTH = 8  # lines that a kustomize Component has of its own


def make(move: Move, root: str, base: str, contents: Mapping[int, Content]) -> list[Part]:
    """Write the overlay of a root on a base that has these values by clone.

    Raises CannotError where no patch does, HigherError where a higher rung is needed.
    """
    parts, used = [], set[str]()
    for number, found in sorted(move.clones.items()):
        rung = move.wish.rungs.get((root, number), 0)
        made: Patch | None = None
        while made is None and rung < len(patching.RUNGS):
            made = patching.patch(contents[number], _wanted(move, root, number, contents), rung)
            rung += 1
        if made is None:
            raise CannotError(f"{found[root].copy.span}: no patch makes it of the base", number,
                              root)  # fmt: skip
        if made.target is not None and root in move.wish.unseen:
            made = replace(made, target=patching.alone(made.target))
        file = None
        if made.text:
            file = _patch_file(move, root, found[root], made, used)
            move.out[file] = made.text.encode()
        parts.append(Part(root, number, made, file))
    _without_copies(move, root, base)
    _with_patches(move, root, parts)
    return parts


def _wanted(move: Move, root: str, number: int, contents: Mapping[int, Content]) -> Content:
    """What patches have to make of the base; not the namespace that the kustomization sets."""
    content = move.clones[number][root].content
    if root in move.spaces and not namespace(contents[number]) and namespace(content):
        metadata = content["metadata"]
        assert isinstance(metadata, Mapping)
        rest = {k: v for k, v in metadata.items() if k != "namespace"}
        return {**content, "metadata": rest}
    return content


def _patch_file(move: Move, root: str, one: Document, made: Patch, used: set[str]) -> str:
    ending = ".json6902.yaml" if made.form == "json6902" else ".patch.yaml"
    stem = label(one.content)
    for number in range(1, 100):
        more = "" if number == 1 else f"-{number}"
        path = posixpath.join(root, f"{stem}{more}{ending}")
        if path not in used and path not in move.snapshot.repository.files:
            used.add(path)
            return path
    raise CannotError(f"{root}: has no name left for a patch of {stem}")


def _without_copies(move: Move, root: str, base: str) -> None:
    """The copies cut out of their files; the base stands where the first of them stood."""
    path = move.there.kustomization(root).path
    data = move.data(path)
    by_file: dict[str, list[int]] = defaultdict(list)
    for found in move.clones.values():
        by_file[found[root].copy.span.path].append(found[root].number)
    entry = posixpath.relpath(base, root or ".")
    standing = False
    for file in move.in_order(root, by_file):
        written = move.there.entry(root, file)
        left = move.there.files[file].without(by_file[file])
        move.out[file] = left
        if left is not None:
            if not standing:
                data = lists.inserted(data, path, "resources", [entry], written)
        elif not standing:
            data = lists.replaced(data, path, _LISTS, written, entry)
        else:
            data = lists.removed(data, path, _LISTS, written)
        standing = True
    move.out[path] = data


def _with_patches(move: Move, root: str, parts: Sequence[Part]) -> None:
    path = move.there.kustomization(root).path
    data = move.data(path)
    entries: list[lists.Entry] = []
    for part in parts:
        if part.file is not None:
            entries.append(_named(part.file, part))
    for name in ("images", "replicas"):
        new = _each_once(e for p in parts for e in getattr(p.patch, name))
        known = lists.names(data, path, name)
        if clash := [e for e in new if e["name"] in known]:
            numbers = [p.clone for p in parts if set(map(canonical, getattr(p.patch, name)))
                       & set(map(canonical, clash))]  # fmt: skip
            raise HigherError(root, numbers)
        if new:
            data = lists.appended(data, path, name, new)
    if entries:
        data = lists.inserted(data, path, "patches", entries)
    if root in move.spaces:
        data = lists.with_scalar(data, path, "namespace", move.spaces[root])
    move.out[path] = data


def shared(move: Move, parts: list[Part], base: str) -> list[Part]:
    """Patches that several overlays have alike, moved into a kustomize Component."""
    groups: dict[tuple[int, str], list[Part]] = defaultdict(list)
    for part in parts if move.wish.share else ():
        if part.file is not None:
            groups[part.clone, part.patch.text].append(part)
    by_roots: dict[tuple[str, ...], list[list[Part]]] = defaultdict(list)
    for group in groups.values():
        lines = group[0].patch.text.count("\n")
        if (len(group) - 1) * lines >= _WORTH + len(group):
            by_roots[tuple(part.root for part in group)].append(group)
    moved: dict[tuple[str, int], str] = {}
    for roots, listed in sorted(by_roots.items()):
        stem = label(move.clones[listed[0][0].clone][roots[0]].content)
        taken = {*move.wish.taken, base, *map(posixpath.dirname, moved.values())}
        home = placing.component(move.snapshot, roots, stem, taken)
        at = posixpath.join(home, "kustomization.yaml")
        move.out[at] = sharing.HEAD.encode()
        for root in roots:
            path = move.there.kustomization(root).path
            entry = posixpath.relpath(home, root or ".")
            move.out[path] = lists.appended(move.data(path), path, "components", [entry])
        for group in listed:
            name = posixpath.basename(str(group[0].file))
            move.out[posixpath.join(home, name)] = group[0].patch.text.encode()
            for part in group:
                path = move.there.kustomization(part.root).path
                move.out[path] = lists.removed_value(
                    move.data(path), path, "patches", _named(part.file, part)
                )
                move.out.pop(str(part.file))
                moved[part.root, part.clone] = posixpath.join(home, name)
            file = posixpath.join(home, name)
            entry_there = _named(file, group[0], home)
            move.out[at] = lists.appended(move.data(at), at, "patches", [entry_there])
    return [replace(p, file=moved.get((p.root, p.clone), p.file)) for p in parts]


def _named(file: str | None, part: Part, root: str | None = None) -> Content:
    """The entry of `patches` that names the file of a part."""
    target = {"target": part.patch.target} if part.patch.target is not None else {}
    home = part.root if root is None else root
    return {"path": posixpath.relpath(file or "", home or "."), **target}


def _each_once(found: Iterable[Content]) -> list[Content]:
    return list({canonical(one): one for one in found}.values())

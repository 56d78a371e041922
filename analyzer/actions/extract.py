"""A candidate → a base made of one copy, and overlays with the least that keeps them as they were.

Text is moved verbatim; what has to be written is as little as a rung of the ladder allows. Whether
it is right the engine says, rung by rung (`extracting`).
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from analyzer import yamltext
from analyzer.actions import comments, leaves, lists, local, patching, placing, sharing
from analyzer.actions.documents import Document, Documents, Read
from analyzer.actions.errors import CannotError, HigherError
from analyzer.actions.patching import Content, Patch
from analyzer.actions.proposals import Part, Proposal, Wish
from analyzer.candidates import Candidate, Clone
from analyzer.classing import BY_ID
from analyzer.diff import ValueChange, canonical, changes, field_name
from analyzer.model import Placement
from analyzer.snapshot import Snapshot

HEAD = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n"
_LISTS = ("resources", "bases")
_OWN = tuple(re.compile(BY_ID[id].fields) for id in ("host", "own-host", "secret-path", "cloud"))


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
        made = _Extraction(snapshot, read, written, candidate, wish).proposal()
    files = dict(made.files)
    there = snapshot.graph.reads(made.base) if made.base in snapshot.graph.kustomizations else ()
    known = [read(path) for path in sorted(there)]
    comments.carried(files, read, _homes(snapshot, candidate, made), known)
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


class _Extraction:
    def __init__(
        self, snapshot: Snapshot, read: Read, written: Read, candidate: Candidate, wish: Wish
    ) -> None:
        self.snapshot, self.read, self.wish = snapshot, read, wish
        self.candidate = candidate
        self.there = Documents(snapshot, read, written)
        self.clones = {
            number: self._documents(number, clone)
            for number, clone in enumerate(candidate.clones)
            if number not in wish.left and clone.shape == "document"
        }
        self.others = [
            number
            for number, clone in enumerate(candidate.clones)
            if number not in wish.left and clone.shape != "document"
        ]
        if not self.clones:
            raise CannotError("nothing is left of it")
        self.out: dict[str, bytes | None] = {}
        self.spaces = self._spaces() if wish.spaced and wish.existing is None else {}

    def _spaces(self) -> dict[str, str]:
        """The namespace of each root, where it is all that `metadata.namespace` differs by."""
        moving = self._moving()
        found: dict[str, str] = {}
        for root in self.candidate.roots if moving else ():
            names = {_namespace(self.clones[number][root].content) for number in moving}
            name = next(iter(names))
            if len(names) > 1 or not name or "namespace" in self.there.kustomization(root).settings:
                return {}
            found[root] = name
        return found

    def _moving(self) -> list[int]:
        """Clones whose namespace is not the same in every copy."""
        moving = [n for n, found in self.clones.items()
                  if len({_namespace(one.content) for one in found.values()}) > 1]  # fmt: skip
        alone = all(self._is_alone(next(iter(self.clones[n].values())).content) for n in moving)
        return moving if alone else []

    def _documents(self, number: int, clone: Clone) -> dict[str, Document]:
        try:
            found = self.there.of(clone)
        except CannotError as error:
            raise CannotError(error.message, number, error.root) from None
        for one in found.values() if self.wish.local is not None else ():
            if why := local.stays(one.content):
                raise CannotError(f"{one.copy.span.path}: {why}", number)
        return found

    # the base ------------------------------------------------------------------------------------

    def proposal(self) -> Proposal:
        roots = self.candidate.roots
        if self.wish.existing is not None:
            return self._on(self.wish.existing)
        source = self._medoid()
        title = self.candidate.clones[min(self.clones)].name.rpartition("/")[2]
        base = placing.base(self.snapshot, roots, title, self.wish.taken, self.wish.local)
        places, cleared, contents = self._base(base, source)
        parts: list[Part] = []
        for root in roots:
            parts += self._overlay(root, base, contents)
        if self.others:
            sharing.into(self.snapshot, self.read, self.candidate, self.others, base, self.out)
            parts += [Part(root, n, Patch("nothing"), None) for root in roots for n in self.others]
        parts = self._shared(parts, base)
        spaced = bool(self.spaces)
        return Proposal(base, self.out, tuple(parts), places, cleared, source, spaced)

    def _on(self, base: str) -> Proposal:
        """The base is there: only what repeats it is taken away."""
        contents = {number: found[base].content for number, found in self.clones.items()}
        parts: list[Part] = []
        for root in self.candidate.roots:
            if root != base:
                parts += self._overlay(root, base, contents)
        if self.others:
            raise CannotError("is more than documents")
        parts = self._shared(parts, base)
        return Proposal(base, self.out, tuple(parts), {}, {}, base)

    def _shared(self, parts: list[Part], base: str) -> list[Part]:
        """Patches that several overlays have alike, moved into a kustomize Component."""
        groups: dict[tuple[int, str], list[Part]] = defaultdict(list)
        for part in parts if self.wish.share else ():
            if part.file is not None:
                groups[part.clone, part.patch.text].append(part)
        by_roots: dict[tuple[str, ...], list[list[Part]]] = defaultdict(list)
        for group in groups.values():
            lines = group[0].patch.text.count("\n")
            if (len(group) - 1) * lines >= _WORTH + len(group):
                by_roots[tuple(part.root for part in group)].append(group)
        moved: dict[tuple[str, int], str] = {}
        for roots, listed in sorted(by_roots.items()):
            stem = _stem(self.clones[listed[0][0].clone][roots[0]].content)
            taken = {*self.wish.taken, base, *map(posixpath.dirname, moved.values())}
            home = placing.component(self.snapshot, roots, stem, taken)
            at = posixpath.join(home, "kustomization.yaml")
            self.out[at] = sharing.HEAD.encode()
            for root in roots:
                path = self.there.kustomization(root).path
                entry = posixpath.relpath(home, root or ".")
                self.out[path] = lists.appended(self._data(path), path, "components", [entry])
            for group in listed:
                name = posixpath.basename(str(group[0].file))
                self.out[posixpath.join(home, name)] = group[0].patch.text.encode()
                for part in group:
                    path = self.there.kustomization(part.root).path
                    self.out[path] = lists.removed_value(
                        self._data(path), path, "patches", _named(part.file, part)
                    )
                    self.out.pop(str(part.file))
                    moved[part.root, part.clone] = posixpath.join(home, name)
                file = posixpath.join(home, name)
                entry_there = _named(file, group[0], home)
                self.out[at] = lists.appended(self._data(at), at, "patches", [entry_there])
        return [replace(p, file=moved.get((p.root, p.clone), p.file)) for p in parts]

    def _medoid(self) -> str:
        """The root whose copies differ least from all others; of several the first."""

        def distance(root: str) -> int:
            return sum(
                len(changes(found[root].content, other.content))
                for found in self.clones.values()
                for other in found.values()
            )  # fmt: skip

        return min(self.candidate.roots, key=lambda root: (distance(root), root))

    def _base(
        self, base: str, source: str
    ) -> tuple[dict[int, tuple[str, int]], dict[int, tuple[str, ...]], dict[int, Content]]:
        by_file: dict[str, list[int]] = defaultdict(list)
        for number, found in self.clones.items():
            by_file[found[source].copy.span.path].append(number)
        places: dict[int, tuple[str, int]] = {}
        cleared: dict[int, tuple[str, ...]] = {}
        contents: dict[int, Content] = {}
        names: dict[str, str] = {}
        for path in self._in_order(source, by_file):
            numbers = sorted(by_file[path], key=lambda n: self.clones[n][source].number)
            name = self._name(path, numbers, source, names)
            names[name] = path
            data = self.there.files[path].text([self.clones[n][source].number for n in numbers])
            at = posixpath.join(base, name)
            for order, number in enumerate(numbers):
                wanted = self._to_clear(number)
                alone = self.wish.local is not None
                data, gone = leaves.without(data, at, order, wanted, climb=alone, elements=alone)
                cleared[number] = tuple(gone)
                places[number] = (at, order)
            for order, number in enumerate(numbers):
                value = yamltext.value(yamltext.compose(data, at).documents[order])
                assert isinstance(value, dict)
                contents[number] = value
            self.out[at] = data
        lines = "".join(f"  - {lists.scalar(name)}\n" for name in names)
        self.out[posixpath.join(base, "kustomization.yaml")] = (HEAD + lines).encode()
        return places, cleared, contents

    def _in_order(self, root: str, paths: Iterable[str]) -> list[str]:
        """Files as the root lists them."""
        order = [r.target for r in self.there.kustomization(root).references]
        return sorted(paths, key=order.index)

    def _name(self, path: str, numbers: Sequence[int], source: str, used: Collection[str]) -> str:
        name = posixpath.basename(path)
        if len(numbers) < len(self.there.files[path].found) or name in used or name in _RESERVED:
            name = f"{_stem(self.clones[numbers[0]][source].content)}.yaml"
        number = 1
        stem, ending = posixpath.splitext(name)
        while name in used:
            number += 1
            name = f"{stem}-{number}{ending}"
        return name

    def _to_clear(self, number: int) -> list[str]:
        """Leaves that only one environment can have; with `common` all that differ."""
        found = list(self.clones[number].values())
        first = next(iter(found)).content
        if self.wish.local is not None:
            return list(local.leaves(first, self.wish.local))
        pointers: set[str] = set()
        for one in found[1:]:
            for change in changes(first, one.content):
                if self.wish.common or self._is_own(change):
                    pointers |= {p for p in (change.before_pointer, change.after_pointer) if p}
        if self.spaces and number in self._moving():
            pointers.add("/metadata/namespace")
        named = _NAMED if self._is_alone(first) else _TELLING
        return [p for p in pointers if not named.fullmatch(p)]

    def _is_alone(self, content: Content) -> bool:
        """Is there no other of its kind and name, which only the namespace tells apart?"""
        alike = [
            one
            for found in self.clones.values()
            for one in (next(iter(found.values())).content,)
            if _stem(one) == _stem(content)
        ]
        return len(alike) == 1

    def _is_own(self, change: ValueChange) -> bool:
        """Does it look like one environment's own: a host, an address, where a secret is?"""
        if any(pattern.search(field_name(change.leaf)) for pattern in _OWN):
            return True
        names = {s.environment for p in self.snapshot.placements.values() for s in p.seats}
        words = {
            word
            for value in (change.before, change.after)
            if isinstance(value, str)
            for word in re.findall(r"[a-z0-9]+", value.lower())
        }
        return bool(words & {name.lower() for name in names})

    # overlays ------------------------------------------------------------------------------------

    def _overlay(self, root: str, base: str, contents: Mapping[int, Content]) -> list[Part]:
        parts, used = [], set[str]()
        for number, found in sorted(self.clones.items()):
            rung = self.wish.rungs.get((root, number), 0)
            made: Patch | None = None
            while made is None and rung < len(patching.RUNGS):
                made = patching.patch(contents[number], self._wanted(root, number, contents), rung)
                rung += 1
            if made is None:
                raise CannotError(f"{found[root].copy.span}: no patch makes it of the base", number,
                                  root)  # fmt: skip
            if made.target is not None and root in self.wish.unseen:
                made = replace(made, target=patching.alone(made.target))
            file = None
            if made.text:
                file = self._patch_file(root, found[root], made, used)
                self.out[file] = made.text.encode()
            parts.append(Part(root, number, made, file))
        self._without_copies(root, base)
        self._with_patches(root, parts)
        return parts

    def _wanted(self, root: str, number: int, contents: Mapping[int, Content]) -> Content:
        """What patches have to make of the base; not the namespace that the kustomization sets."""
        content = self.clones[number][root].content
        if root in self.spaces and not _namespace(contents[number]) and _namespace(content):
            metadata = content["metadata"]
            assert isinstance(metadata, Mapping)
            rest = {k: v for k, v in metadata.items() if k != "namespace"}
            return {**content, "metadata": rest}
        return content

    def _patch_file(self, root: str, one: Document, made: Patch, used: set[str]) -> str:
        ending = ".json6902.yaml" if made.form == "json6902" else ".patch.yaml"
        stem = _stem(one.content)
        for number in range(1, 100):
            more = "" if number == 1 else f"-{number}"
            path = posixpath.join(root, f"{stem}{more}{ending}")
            if path not in used and path not in self.snapshot.repository.files:
                used.add(path)
                return path
        raise CannotError(f"{root}: has no name left for a patch of {stem}")

    def _without_copies(self, root: str, base: str) -> None:
        """The copies cut out of their files; the base stands where the first of them stood."""
        path = self.there.kustomization(root).path
        data = self._data(path)
        by_file: dict[str, list[int]] = defaultdict(list)
        for found in self.clones.values():
            by_file[found[root].copy.span.path].append(found[root].number)
        entry = posixpath.relpath(base, root or ".")
        standing = False
        for file in self._in_order(root, by_file):
            written = self.there.entry(root, file)
            left = self.there.files[file].without(by_file[file])
            self.out[file] = left
            if left is not None:
                if not standing:
                    data = lists.inserted(data, path, "resources", [entry], written)
            elif not standing:
                data = lists.replaced(data, path, _LISTS, written, entry)
            else:
                data = lists.removed(data, path, _LISTS, written)
            standing = True
        self.out[path] = data

    def _with_patches(self, root: str, parts: Sequence[Part]) -> None:
        path = self.there.kustomization(root).path
        data = self._data(path)
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
        if root in self.spaces:
            data = lists.with_scalar(data, path, "namespace", self.spaces[root])
        self.out[path] = data

    def _data(self, path: str) -> bytes:
        data = self.out[path] if path in self.out else self.read(path)
        if data is None:
            raise CannotError(f"{path}: is no longer there")
        return data


_RESERVED = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_WORTH = 8  # lines that a kustomize Component has of its own
_NAMED = re.compile(r"/(?:apiVersion|kind|metadata/name)")
_TELLING = re.compile(r"/(?:apiVersion|kind|metadata/name(?:space)?)")


def _named(file: str | None, part: Part, root: str | None = None) -> Content:
    """The entry of `patches` that names the file of a part."""
    target = {"target": part.patch.target} if part.patch.target is not None else {}
    home = part.root if root is None else root
    return {"path": posixpath.relpath(file or "", home or "."), **target}


def _each_once(found: Iterable[Content]) -> list[Content]:
    return list({canonical(one): one for one in found}.values())


def _namespace(content: Content) -> str:
    metadata = content.get("metadata")
    return str(metadata.get("namespace") or "") if isinstance(metadata, Mapping) else ""


def _stem(content: Content) -> str:
    metadata = content.get("metadata")
    name = metadata.get("name", "") if isinstance(metadata, Mapping) else ""
    return placing.slug(f"{content.get('kind', '')}-{name}")

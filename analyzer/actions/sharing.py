"""Patches and entries that several kustomizations say alike → a kustomize Component they add.

A patch file outside its root is not read by default, so what is shared is a directory of its own.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analyzer import yamltext
from analyzer.actions import dividing, lists, placing, secrets
from analyzer.actions.errors import CannotError
from analyzer.candidates import Candidate, Clone, Copy
from analyzer.diff import canonical
from analyzer.model import Kustomization, ResourceId
from analyzer.snapshot import Snapshot

HEAD = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
_MERGES = "patchesStrategicMerge"
_PATCHES = ("patches", "patchesJson6902", _MERGES)
_GENERATORS = ("configMapGenerator",)
_FIELDS = ("images", "replicas", "labels", *_GENERATORS)

Read = Callable[[str], bytes | None]
Files = dict[str, bytes | None]
Entry = Mapping[str, object]


def propose(
    snapshot: Snapshot, read: Read, candidate: Candidate, left: frozenset[int],
    taken: frozenset[str],
) -> tuple[str, Files, tuple[int, ...]]:  # fmt: skip
    """(The Component's directory, files as they shall be, the clones it takes).

    Raises CannotError, of one clone or of all.
    """
    wanted = [n for n in range(len(candidate.clones)) if n not in left]
    return _Sharing(snapshot, read, candidate, wanted, {}).files(taken)


def into(
    snapshot: Snapshot, read: Read, candidate: Candidate, wanted: Sequence[int], home: str,
    out: Files,
) -> None:  # fmt: skip
    """The same into a base that is made already; `out` are files as they shall be so far."""
    sharing = _Sharing(snapshot, read, candidate, wanted, out)
    held = {clone.id for clone in candidate.clones if clone.shape == "document"}
    for number in wanted:
        clone = candidate.clones[number]
        if clone.shape == "patch" and not _is_among(clone.id, held):
            raise CannotError(f"{clone.name}: patches what is not in the base", number)
        sharing.take(number, home, posixpath.join(home, "kustomization.yaml"))


@dataclass(frozen=True, slots=True)
class _Written:
    """A patch: in a file that an entry names, or `inline` as an entry's text."""

    copy: Copy
    field: str
    entry: Entry
    data: bytes
    inline: bool

    @property
    def path(self) -> str:
        return self.copy.span.path

    @property
    def name(self) -> str:
        return "" if self.inline else posixpath.basename(self.path)


def _named(clone: Clone) -> str:
    id = clone.id
    return f"{placing.slug(f'{id.kind}-{id.name}') if id is not None else 'shared'}.patch.yaml"


def _is_among(id: ResourceId | None, held: Collection[ResourceId | None]) -> bool:
    """Is what a patch is for one of these, or whatever there is of a kind?"""
    if id is None or not id.name:
        return True
    return any(one is not None and (one.kind, one.name) == (id.kind, id.name) for one in held)


class _Sharing:
    def __init__(
        self, snapshot: Snapshot, read: Read, candidate: Candidate, wanted: Sequence[int],
        out: Files,
    ) -> None:  # fmt: skip
        self.snapshot, self.read, self.candidate = snapshot, read, candidate
        self.out = out
        self.wanted = wanted
        if not wanted:
            raise CannotError("nothing is left of it")

    def files(self, taken: frozenset[str]) -> tuple[str, Files, tuple[int, ...]]:
        first = self.candidate.clones[self.wanted[0]].name.removeprefix("patch of ")
        home = placing.component(self.snapshot, self.candidate.roots, first, taken)
        at = posixpath.join(home, "kustomization.yaml")
        self.out[at] = HEAD.encode()
        for number in self.wanted:
            self.take(number, home, at)
        if self.out[at] == HEAD.encode():
            raise CannotError("what takes these files differs", self.wanted[0])
        for root in self.candidate.roots:
            path = self._kustomization(root).path
            entry = posixpath.relpath(home, root or ".")
            self.out[path] = lists.appended(self._data(path), path, "components", [entry])
        return home, self.out, tuple(self.wanted)

    def take(self, number: int, home: str, at: str) -> None:
        """One clone; raises CannotError of it."""
        try:
            self._take(self.candidate.clones[number], home, at)
        except CannotError as error:
            raise CannotError(error.message, number, error.root) from None

    def _take(self, clone: Clone, home: str, at: str) -> None:
        if clone.differing and clone.shape != "patch":
            raise CannotError(f"{clone.name}: differs, so that each keeps its own")
        match clone.shape:
            case "patch":
                self._patch(clone, home, at)
            case "entry":
                self._entry(clone, home, at)
            case "generator":
                pass  # it goes with the entry that takes it, or stays
            case _:
                said = "a part of a document cannot be shared; only a whole one can"
                raise CannotError(f"{clone.name}: {said}")

    # patches -------------------------------------------------------------------------------------

    def _patch(self, clone: Clone, home: str, at: str) -> None:
        found = [self._written(copy) for copy in clone.copies]
        if len({canonical(one.entry.get("target")) for one in found}) > 1:
            raise CannotError(f"{clone.name}: the files or their targets are not the same")
        files = [(one.path, one.data) for one in found]
        same = len({data for _, data in files}) == 1
        shared, rest = (files[0][1], [None] * len(files)) if same else dividing.divided(files)
        for one, left in zip(found, rest, strict=True):
            self._left(one, left)
        name = self._free(home, next((n for one in found if (n := one.name)), _named(clone)))
        self.out[posixpath.join(home, name)] = shared
        more = {k: v for k, v in found[0].entry.items() if k not in ("path", "patch")}
        self.out[at] = lists.appended(self._data(at), at, "patches", [{"path": name, **more}])

    def _written(self, copy: Copy) -> _Written:
        """Where a patch is written, and the entry that has it or names its file."""
        kustomization = self._kustomization(copy.root)
        path = copy.span.path
        inline = path == kustomization.path
        field, entry = (self._inline if inline else self._naming)(kustomization, copy)
        data = str(entry["patch"]).encode() if inline else self._data(path)
        secrets.refuse(path, data)
        return _Written(copy, field, entry, data, inline)

    def _left(self, one: _Written, rest: bytes | None) -> None:
        """What a root keeps of its patch: its file with the rest, or neither file nor entry."""
        path = self._kustomization(one.copy.root).path
        if one.inline and rest is not None:
            said = "is written in the kustomization itself, and differs; move it to a file first"
            raise CannotError(f"{one.copy.span}: {said}")
        if rest is None and one.field == _MERGES:
            written = str(one.entry["path"])
            self.out[path] = lists.removed(self._data(path), path, (_MERGES,), written)
        elif rest is None:
            self.out[path] = lists.removed_value(self._data(path), path, one.field, one.entry)
        if not one.inline:
            self.out[one.path] = rest

    def _inline(self, kustomization: Kustomization, copy: Copy) -> tuple[str, Entry]:
        """The entry of a kustomization that has a patch as its text."""
        there = self.snapshot.repository.files.get(kustomization.path)
        text = yamltext.compose((there.data if there is not None else None) or b"", copy.span.path)
        for node in yamltext.items(yamltext.get(text.first, "patches")):
            scalar = yamltext.get(node, "patch")
            entry = yamltext.value(node, settings=True)
            if scalar is None or not isinstance(entry, dict):
                continue
            if text.span(scalar).start == copy.span.start:
                if len(yamltext.parse(str(entry["patch"]).encode())) > 1:
                    raise CannotError(f"{copy.span}: is one of several in one text")
                return "patches", entry
        raise CannotError(f"{copy.span}: is not in patches; a Component would apply it earlier")

    def _naming(self, kustomization: Kustomization, copy: Copy) -> tuple[str, Entry]:
        """The one entry of a kustomization that names a patch file."""
        path = copy.span.path
        users = self.snapshot.graph.naming(path)
        named = [r for r in kustomization.references if r.target == path]
        if users != (kustomization.root,) or len(named) != 1:
            raise CannotError(f"{path}: is not named once, by {kustomization.root or '.'} alone")
        for field in _PATCHES:
            listed = kustomization.settings.get(field)
            for item in listed if isinstance(listed, list) else ():
                entry = {"path": item} if isinstance(item, str) else item
                if isinstance(entry, dict) and entry.get("path") == named[0].written:
                    return field, entry
        raise CannotError(f"{path}: is not named as a patch")

    # entries -------------------------------------------------------------------------------------

    def _entry(self, clone: Clone, home: str, at: str) -> None:
        field, _, _ = clone.name.partition("[")
        if field not in _FIELDS:
            raise CannotError(f"{clone.name}: {field} means all that a kustomization has, or has "
                              "no equal in a Component")  # fmt: skip
        values = [self._value(copy.root, copy.span.path, copy.span.start, field)
                  for copy in clone.copies]  # fmt: skip
        if len({canonical(value) for value in values}) > 1:
            raise CannotError(f"{clone.name}: is not the same everywhere")
        for copy, value in zip(clone.copies, values, strict=True):
            path = copy.span.path
            self.out[path] = lists.removed_value(self._data(path), path, field, value)
        if field in _GENERATORS:
            self._inputs(clone, values[0], home)
        self.out[at] = lists.appended(self._data(at), at, field, [values[0]])

    def _value(self, root: str, path: str, start: int, field: str) -> Mapping[str, object]:
        """The entry at this byte of the kustomization as it was found."""
        kustomization = self._kustomization(root)
        entry = self.snapshot.repository.files.get(path)
        listed = kustomization.settings.get(field)
        if path != kustomization.path or entry is None or entry.data is None:
            raise CannotError(f"{path}: is not the kustomization of {root or '.'}")
        text = yamltext.compose(entry.data, path)
        for node in yamltext.items(yamltext.get(text.first, field)):
            value = yamltext.value(node, settings=True)
            there = isinstance(listed, list) and value in listed
            if text.span(node).start == start and isinstance(value, dict) and there:
                return value
        raise CannotError(f"{path}: is changed by another candidate of this plan")

    def _inputs(self, clone: Clone, entry: Mapping[str, object], home: str) -> None:
        """The files a generator takes move with it; they have to be the same everywhere."""
        if entry.get("behavior") not in (None, "create"):
            raise CannotError(f"{clone.name}: merges into another, which has to come first")
        for written in _files(entry):
            if "/" in written:
                raise CannotError(f"{clone.name}: {written} is in another directory")
            paths = [posixpath.join(copy.root, written) for copy in clone.copies]
            bodies = {self._data(path) for path in paths}
            if len(bodies) > 1:
                raise CannotError(f"{clone.name}: {written} is not the same everywhere")
            if not _is_text(next(iter(bodies))):
                raise CannotError(f"{clone.name}: {written} is no text, which a patch cannot move")
            for path, copy in zip(paths, clone.copies, strict=True):
                named = [r for r in self._kustomization(copy.root).references if r.target == path]
                if self.snapshot.graph.naming(path) != (copy.root,) or len(named) != 1:
                    raise CannotError(f"{path}: is taken by others too")
                secrets.refuse(path, self._data(path))
            for path in paths:
                self.out[path] = None
            self.out[posixpath.join(home, written)] = bodies.pop()

    # files ---------------------------------------------------------------------------------------

    def _free(self, home: str, name: str) -> str:
        stem, ending = posixpath.splitext(name)
        number = 1
        while posixpath.join(home, name) in self.out:
            number += 1
            name = f"{stem}-{number}{ending}"
        return name

    def _kustomization(self, root: str) -> Kustomization:
        kustomization = self.snapshot.repository.kustomizations.get(root)
        if kustomization is None or kustomization.generated:
            raise CannotError(f"{root or '.'}: has no kustomization file")
        if kustomization.path in self.snapshot.repository.links:
            raise CannotError(f"{kustomization.path}: is a symbolic link")
        return kustomization

    def _data(self, path: str) -> bytes:
        data = self.out[path] if path in self.out else self.read(path)
        if data is None:
            raise CannotError(f"{path}: is taken by another candidate of this plan")
        return data


def _is_text(data: bytes) -> bool:
    try:
        return "\0" not in data.decode()
    except UnicodeDecodeError:
        return False


def _files(entry: Mapping[str, object]) -> Iterator[str]:
    files = entry.get("files")
    for written in files if isinstance(files, list) else ():
        yield str(written).partition("=")[2] or str(written)
    envs = entry.get("envs")
    yield from map(str, envs if isinstance(envs, list) else ())
    if entry.get("env"):
        yield str(entry["env"])

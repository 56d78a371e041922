"""Kustomizations → ReferenceGraph: who builds on whom, what a root reads, where it goes round."""

from __future__ import annotations

import posixpath
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from analyzer.kustomization import FILE_NAMES, ROOT_FIELDS
from analyzer.model import Kustomization, Reference, Status

OMITTED = (Status.REMOTE, Status.CHART, Status.PLUGIN, Status.IGNORED)
NEEDS = {Status.REMOTE: "remote", Status.CHART: "helm", Status.PLUGIN: "plugin",
         Status.IGNORED: "file"}  # fmt: skip
_LISTED = (".yaml", ".yml", "Kustomization")  # what Flux takes up, and what makes a unit


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceGraph:
    """Roots and their references. `upstream` is what a root builds on, in the order written.

    `downstream` has no root that builds on itself. `named_by` has the roots that name a path.
    """

    kustomizations: Mapping[str, Kustomization]
    upstream: Mapping[str, tuple[Reference, ...]]
    downstream: Mapping[str, tuple[Reference, ...]]
    named_by: Mapping[str, tuple[str, ...]]
    _closures: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    _dependents: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    _readers: list[_Readers] = field(default_factory=list, repr=False)  # of all, once asked for

    def closure(self, root: str) -> tuple[str, ...]:
        """The root and every root it builds on, itself first, each once."""
        if root not in self._closures:
            self._closures[root] = _reach(
                root, lambda at: (edge.target for edge in self.upstream.get(at, ()))
            )
        return self._closures[root]

    def dependents(self, root: str) -> tuple[str, ...]:
        """The root and every root that builds on it, itself first."""
        if root not in self._dependents:
            self._dependents[root] = _reach(
                root, lambda at: (edge.source for edge in self.downstream.get(at, ()))
            )
        return self._dependents[root]

    def naming(self, path: str) -> tuple[str, ...]:
        """The roots that name this very path in any field."""
        return self.named_by.get(path, ())

    def unreferenced(self) -> tuple[str, ...]:
        """Roots that no other root names, sorted; kustomize Components are never among them."""
        return tuple(root for root, k in sorted(self.kustomizations.items())
                     if not self.downstream.get(root) and k.kind != "Component")  # fmt: skip

    def references(self, root: str) -> tuple[Reference, ...]:
        """Every reference of a root and of what it builds on."""
        return tuple(reference for r in self.closure(root) if r in self.kustomizations
                     for reference in self.kustomizations[r].references)  # fmt: skip

    def omissions(self, root: str) -> tuple[Reference, ...]:
        """What a root, or one it builds on, names and this repository does not hold."""
        return tuple(r for r in self.references(root) if r.status in OMITTED)

    def reads(self, root: str) -> frozenset[str]:
        """Every path a render of the root depends on, the absent ones too.

        Kustomization files of all three names are in it: the engine looks for each. Of what stands
        behind a link, both the link and its end. A directory that is no root stands for all that
        is in it.
        """
        paths: set[str] = set()
        for name in self.closure(root):
            paths.update(posixpath.join(name, file) for file in FILE_NAMES)
            if (kustomization := self.kustomizations.get(name)) is not None:
                paths.update(_reads(kustomization, self.kustomizations))
        return frozenset(paths)

    def affected(
        self, files: Iterable[str], links: Mapping[str, str | None] = MappingProxyType({})
    ) -> dict[str, tuple[str, ...]]:
        """Roots whose render may change when these files do, and which of them reach each.

        Files are tree paths, also of what is no more or not yet there; `links` says where symbolic
        links end. A kustomization that cannot be parsed may read anything.
        """
        hit: dict[str, set[str]] = {}
        for file in sorted(set(files)):
            for root in self.reading(file, links):
                hit.setdefault(root, set()).add(file)
        reached: dict[str, set[str]] = {}
        for root, by in hit.items():
            for dependent in self.dependents(root):
                reached.setdefault(dependent, set()).update(by)
        return {root: tuple(sorted(by)) for root, by in sorted(reached.items())}

    def reading(
        self, file: str, links: Mapping[str, str | None] = MappingProxyType({})
    ) -> set[str]:
        """Roots that themselves read a file, or may: what they build on is not looked at."""
        readers = self._readers_of()
        found = set(readers.anything)
        for path in {file, links.get(file) or file}:
            found |= readers.of(path)
            found |= {r for r, k in readers.generated.items() if _lists(k, r, path)}
        if posixpath.basename(file) == ".gitignore":
            found |= readers.lacking
        if posixpath.basename(file) == ".sourceignore":
            folder = posixpath.dirname(file)
            found |= {r for r in readers.generated if _within(r, folder) or _within(folder, r)}
        return found

    def _readers_of(self) -> _Readers:
        if not self._readers:
            self._readers.append(_Readers.of_all(self.kustomizations))
        return self._readers[0]


@dataclass(frozen=True, slots=True)
class _Readers:
    """Who reads what: root by path it depends on. `paths` are sorted."""

    roots: Mapping[str, frozenset[str]]
    paths: tuple[str, ...]
    generated: Mapping[str, Kustomization]
    anything: frozenset[str]  # nobody knows what they read
    lacking: frozenset[str]  # what they name is not there: git may ignore it, or not

    @classmethod
    def of_all(cls, kustomizations: Mapping[str, Kustomization]) -> _Readers:
        roots: dict[str, set[str]] = {}
        for root, kustomization in kustomizations.items():
            names = (posixpath.join(root, name) for name in FILE_NAMES)
            for path in (*names, *_reads(kustomization, kustomizations)):
                roots.setdefault(path, set()).add(root)
        lacking = (Status.MISSING, Status.IGNORED)
        return cls(
            {path: frozenset(by) for path, by in roots.items()},
            tuple(sorted(roots)),
            {root: k for root, k in kustomizations.items() if k.generated},
            frozenset(r for r, k in kustomizations.items() if k.problem and not k.settings),
            frozenset(r for r, k in kustomizations.items()
                      if any(reference.status in lacking for reference in k.references)),
        )  # fmt: skip

    def of(self, path: str) -> set[str]:
        """Who reads a path, a directory above it as a whole, or something below it."""
        found = set(self.roots.get(path, ()))
        above = path
        while above:
            above = posixpath.dirname(above)
            found |= self.roots.get(above, frozenset())
        prefix = f"{path}/"
        for at in range(bisect_left(self.paths, prefix), len(self.paths)):
            if not self.paths[at].startswith(prefix):
                break
            found |= self.roots[self.paths[at]]
        return found


def _within(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(f"{folder}/")


def _lists(kustomization: Kustomization, root: str, path: str) -> bool:
    """Would Flux list this file in the kustomization that it generates, or begin a unit with it?"""
    if not path.endswith(_LISTED) or not _within(path, root):
        return False
    units = (r.target for r in kustomization.references if r.status is Status.DIRECTORY)
    return not any(path.startswith(f"{unit}/") for unit in units)


def _reads(kustomization: Kustomization, known: Mapping[str, Kustomization]) -> Iterator[str]:
    if not kustomization.generated:
        yield kustomization.span.path
    for reference in kustomization.references:
        if reference.target is None:
            continue
        written = posixpath.normpath(posixpath.join(reference.source, reference.written))
        paths = {reference.target, "" if written == "." else written}
        yield from paths - {reference.target} if _is_edge(reference, known) else paths


def _reach(start: str, next_of: Callable[[str], Iterable[str | None]]) -> tuple[str, ...]:
    seen: dict[str, None] = {}
    pending = [start]
    while pending:
        root = pending.pop()
        if root not in seen:
            seen[root] = None
            pending.extend(reversed([target for target in next_of(root) if target is not None]))
    return tuple(seen)


def build(kustomizations: Mapping[str, Kustomization]) -> ReferenceGraph:
    """Edges between roots. A directory without a kustomization has none; `defects` reports it."""
    upstream: dict[str, tuple[Reference, ...]] = {}
    downstream: dict[str, list[Reference]] = {}
    named_by: dict[str, dict[str, None]] = {}
    for root, kustomization in kustomizations.items():
        upstream[root] = tuple(r for r in kustomization.references if _is_edge(r, kustomizations))
        for reference in kustomization.references:
            if reference.target is not None:
                named_by.setdefault(reference.target, {})[root] = None
        for edge in upstream[root]:
            if edge.target is not None and edge.target != root:
                downstream.setdefault(edge.target, []).append(edge)
    return ReferenceGraph(
        kustomizations,
        upstream,
        {root: tuple(edges) for root, edges in downstream.items()},
        {path: tuple(roots) for path, roots in named_by.items()},
    )


def _is_edge(reference: Reference, kustomizations: Mapping[str, Kustomization]) -> bool:
    built = reference.status is Status.DIRECTORY and reference.field in ROOT_FIELDS
    return built and reference.target in kustomizations


def needs(references: Iterable[Reference]) -> tuple[str, ...]:
    """The distinct `needs` of omitted references, sorted."""
    return tuple(sorted({NEEDS[r.status] for r in references if r.status in NEEDS}))


def cycles(graph: ReferenceGraph) -> tuple[tuple[Reference, ...], ...]:
    """Circles, each as the references that make it; the last one closes it.

    Not every circle there is (there may be very many), but enough: without the references that
    close these there is none.
    """
    found: list[tuple[Reference, ...]] = []
    finished: set[str] = set()
    for start in sorted(graph.upstream):
        if start not in finished:
            found.extend(_cycles_from(start, graph, finished))
    return tuple(found)


def _cycles_from(start: str, graph: ReferenceGraph, finished: set[str]
                 ) -> Iterator[tuple[Reference, ...]]:  # fmt: skip
    """Depth first, without recursion: a chain of roots may be longer than Python's stack."""
    way: list[Reference] = []
    position = {start: 0}  # of each root on the way: how many references lead to it
    pending = [iter(graph.upstream[start])]
    while pending:
        edge = next(pending[-1], None)
        if edge is None:
            pending.pop()
            done = str(way.pop().target) if way else start
            finished.add(done)
            del position[done]
            continue
        target = str(edge.target)
        if target in position:
            yield (*way[position[target] :], edge)
        elif target not in finished:
            way.append(edge)
            position[target] = len(way)
            pending.append(iter(graph.upstream.get(target, ())))

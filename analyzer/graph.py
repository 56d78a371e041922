"""Kustomizations → ReferenceGraph: who builds on whom, what a root reads, where it goes in circles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from analyzer.kustomization import FILE_NAMES
from analyzer.model import Field, Kustomization, Reference, Repository, Status

OMITTED = (Status.REMOTE, Status.CHART, Status.PLUGIN, Status.IGNORED)
NEEDS = {Status.REMOTE: "remote", Status.CHART: "helm", Status.PLUGIN: "plugin",
         Status.IGNORED: "file"}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceGraph:
    """Roots and their references. `upstream` is what a root builds on, in the order written."""

    kustomizations: Mapping[str, Kustomization]
    upstream: Mapping[str, tuple[Reference, ...]]
    downstream: Mapping[str, tuple[Reference, ...]]

    def closure(self, root: str) -> tuple[str, ...]:
        """The root and every root it builds on, itself first, each once."""
        return _closure(self, root)

    def dependents(self, root: str) -> tuple[str, ...]:
        """The root and every root that builds on it, itself first."""
        return _dependents(self, root)

    def naming(self, path: str) -> tuple[str, ...]:
        """The roots that name this very path in any field."""
        return _naming(self).get(path, ())

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

        Kustomization files of all three names are in it: the engine looks for each.
        """
        paths = {_join(r, name) for r in self.closure(root) for name in FILE_NAMES}
        paths.update(r.target for r in self.references(root) if r.target is not None)
        return frozenset(paths)


@cache
def _closure(graph: ReferenceGraph, root: str) -> tuple[str, ...]:
    return _reach(root, lambda at: (edge.target for edge in graph.upstream.get(at, ())))


@cache
def _dependents(graph: ReferenceGraph, root: str) -> tuple[str, ...]:
    return _reach(root, lambda at: (edge.source for edge in graph.downstream.get(at, ())))


@cache
def _naming(graph: ReferenceGraph) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for root, kustomization in graph.kustomizations.items():
        for reference in kustomization.references:
            if reference.target is not None:
                found.setdefault(reference.target, {})[root] = None
    return {path: tuple(roots) for path, roots in found.items()}


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
    for root, kustomization in kustomizations.items():
        edges = tuple(r for r in kustomization.references
                      if r.status is Status.DIRECTORY and r.target in kustomizations)  # fmt: skip
        upstream[root] = edges
        for edge in edges:
            if edge.target is not None and edge.target != root:
                downstream.setdefault(edge.target, []).append(edge)
    return ReferenceGraph(kustomizations, upstream, {r: tuple(e) for r, e in downstream.items()})


def needs(references: Iterable[Reference]) -> tuple[str, ...]:
    """The distinct `needs` of omitted references, sorted."""
    return tuple(sorted({NEEDS[r.status] for r in references if r.status in NEEDS}))


def cycles(graph: ReferenceGraph) -> tuple[tuple[Reference, ...], ...]:
    """Each circle once, as the references that close it, starting from its first root by name."""
    found: dict[frozenset[str], tuple[Reference, ...]] = {}
    finished: set[str] = set()
    for start in sorted(graph.upstream):
        if start in finished:
            continue
        path: list[Reference] = []
        on_path = {start: 0}
        stack = [iter(graph.upstream[start])]
        while stack:
            edge = next(stack[-1], None)
            if edge is None:
                stack.pop()
                if path and len(path) >= len(stack) and stack:
                    left = path.pop()
                    finished.add(str(left.target))
                    on_path.pop(str(left.target), None)
                continue
            target = str(edge.target)
            if target in on_path:
                circle = (*path[on_path[target]:], edge)
                found.setdefault(frozenset(r.source for r in circle), circle)
            elif target not in finished:
                path.append(edge)
                on_path[target] = len(path)
                stack.append(iter(graph.upstream.get(target, ())))
        finished.add(start)
    return tuple(found.values())


def listed_files(repository: Repository) -> frozenset[str]:
    """Files that some kustomization names in any field."""
    return frozenset(r.target for k in repository.kustomizations.values() for r in k.references
                     if r.status is Status.FILE and r.target is not None)  # fmt: skip


def _join(root: str, name: str) -> str:
    return f"{root}/{name}" if root else name


ROLE_FIELDS = (Field.RESOURCES, Field.BASES)

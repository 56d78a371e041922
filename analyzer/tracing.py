"""Rendered roots → where each of their fields comes from: one marked render more for each.

The private copy is marked (`marked`), built by the same engine, and compared: without its shadows
the marked render must be the plain one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from analyzer import copies, engine, marked, markedpatches, origins, rendered, shadows, yamltext
from analyzer.copies import Flux, Run, Tree
from analyzer.marked import Extra
from analyzer.marks import Marks
from analyzer.model import (
    Kustomization,
    Link,
    Rendered,
    RenderedResource,
    RenderKey,
    Scratch,
    Span,
)
from analyzer.origins import Origins

Data = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class Traced:
    """What the marked render of a root tells.

    `problem` says why it tells nothing: the marked copy did not build. `checked` of `resources`
    are those whose marked twin is the same without its shadows.
    """

    origins: Origins
    checked: int
    problem: str | None = None


def trace(
    tree: Tree,
    scratch: Scratch,
    renders: Sequence[Rendered],
    data: Data,
    *,
    jobs: int | None = None,
    program: Path | None = None,
    flux: Mapping[RenderKey, Flux] = MappingProxyType({}),
) -> tuple[Traced, ...]:
    """One marked render for each plain one, in their order. `data` reads a file of the tree."""
    work = _Trace(Run(tree, scratch, program or engine.program(), "", flux), data)
    alone = [r for r in renders if r.key in flux or r.omitted]
    alike = [r for r in renders if r.key not in flux and not r.omitted]
    with ThreadPoolExecutor(max_workers=jobs or os.cpu_count() or 1) as pool:
        found = dict(zip((r.key for r in alone), pool.map(work.alone, alone), strict=True))
        found |= work.together(alike, pool)
    return tuple(found[r.key] for r in renders)


@dataclass(frozen=True, slots=True)
class _Trace:
    """What one call shares: marked manifests, and documents that several roots have."""

    run: Run
    data: Data
    manifests: marked.Cache = field(default_factory=dict)
    documents: rendered.Documents = field(default_factory=rendered.Documents)
    splits: shadows.Cache = field(default_factory=dict)

    def alone(self, plain: Rendered) -> Traced:
        """A root that needs a copy of its own."""
        run, key = self.run, plain.key
        added = run.flux.get(key)
        extra = None if added is None else self._extra(added)
        copy, marks = marked.marked(
            Scratch({**self._files(plain), **run.links}),
            self._closure(plain),
            dropped=[r.entry for r in plain.omitted if r.entry is not None],
            extra={} if extra is None else {key.root: extra},
            cache=self.manifests,
        )
        with copies.on_disk(copy) as directory:
            return self._traced(plain, directory, marks, extra)

    def together(self, renders: Sequence[Rendered], pool: Executor) -> dict[RenderKey, Traced]:
        """Roots that one copy serves."""
        files = {path: data for plain in renders for path, data in self._files(plain).items()}
        closure = {root: k for plain in renders for root, k in self._closure(plain).items()}
        copy, marks = marked.marked(
            Scratch({**files, **self.run.links}), closure, cache=self.manifests
        )
        with copies.on_disk(copy) as directory:
            traced = pool.map(lambda plain: self._traced(plain, directory, marks, None), renders)
            return {plain.key: one for plain, one in zip(renders, traced, strict=True)}

    def _traced(self, plain: Rendered, directory: str, marks: Marks, extra: Extra | None) -> Traced:
        key = plain.key
        output = engine.build(self.run.program, directory, key.root, not plain.unrestricted)
        found: tuple[RenderedResource, ...] = ()
        problem = output.error
        if problem is None:
            try:
                found = self.documents.resources(output.text, key.root)
            except yamltext.YamlError as error:
                problem = error.message
        pairs = shadows.paired(plain.resources, found, marks.by_id, self.splits)
        found_by = origins.origins(key.root, self._closure(plain), marks, pairs, self.data,
                                     extra=extra, added=self.run.added(key))  # fmt: skip
        return Traced(found_by, sum(pair.same for pair in pairs), problem)

    def _closure(self, plain: Rendered) -> dict[str, Kustomization]:
        known = self.run.tree.graph.kustomizations
        added = self.run.flux.get(plain.key)
        absent = added.absent if added is not None else {}
        return {root: copies.without(known[root], absent)
                for root in self.run.closure(plain.key) if root in known}  # fmt: skip

    def _files(self, plain: Rendered) -> dict[str, bytes | Link]:
        added = self.run.flux.get(plain.key)
        absent = added.absent if added is not None else {}
        files = self.run.scratch.files
        return {path: files[path] for path in sorted(self.run.reads(plain.key))
                if path in files and path not in absent}  # fmt: skip

    def _extra(self, added: Flux) -> Extra:
        def at(pointer: str) -> Span:
            return markedpatches.place(self.data, added.declared, pointer)

        name = str(added.declared)
        return Extra(name, added.spec, at, added.missing, added.whole_images)

"""Entries that are said to do nothing → those without which every root renders the same.

The real engine decides: all of them are left out at once, one build for each root; where that
differs, one after the other is put aside until it does not.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from analyzer import copies, engine, merging, preparing, rendered, yamltext
from analyzer.copies import Flux, Run, Tree
from analyzer.dead import OF_SPEC, Suspect
from analyzer.deadoptions import FIELD as OPTIONS
from analyzer.deadoptions import GENERATORS
from analyzer.model import Rendered, RenderedResource, RenderKey, Scratch, Span
from analyzer.preparing import Less
from analyzer.yamltext import MappingNode, Node, Text, YamlError


@dataclass(frozen=True, slots=True)
class Proved:
    """The entries without which nothing changes, and how many renders it took to know."""

    entries: frozenset[Suspect]
    renders: int


def prove(
    tree: Tree,
    scratch: Scratch,
    renders: Sequence[Rendered],
    suspects: Iterable[Suspect],
    reached: Mapping[RenderKey, Collection[Suspect]],
    *,
    jobs: int | None = None,
    program: Path | None = None,
    flux: Mapping[RenderKey, Flux] = MappingProxyType({}),
) -> Proved:
    """`renders` are the plain ones to compare with, `reached` the entries each of them reaches."""
    work = _Proof(Run(tree, scratch, program or engine.program(), "", flux))
    left = frozenset(suspects)
    open_ = {plain.key: plain for plain in renders}
    done: dict[RenderKey, frozenset[Suspect]] = {}
    while True:
        wanted = {
            key: mine
            for key in open_
            if (mine := left & frozenset(reached.get(key, ()))) and done.get(key) != mine
        }
        if not wanted:
            return Proved(left, work.count)
        with ThreadPoolExecutor(max_workers=jobs or os.cpu_count() or 1) as pool:
            kept = list(pool.map(work.without, (open_[key] for key in wanted), wanted.values()))
        refuted = {entry for key, mine in zip(wanted, kept, strict=True)
                   for entry in wanted[key] - mine}  # fmt: skip
        left -= refuted
        done |= dict(zip(wanted, kept, strict=True))


def without(
    tree: Tree,
    scratch: Scratch,
    plain: Rendered,
    entry: Suspect,
    *,
    program: Path | None = None,
    flux: Mapping[RenderKey, Flux] = MappingProxyType({}),
) -> tuple[RenderedResource, ...]:
    """What a root renders to without one entry; nothing where it does not build."""
    work = _Proof(Run(tree, scratch, program or engine.program(), "", flux))
    return work.build(plain, (entry,)) or ()


@dataclass(slots=True)
class _Proof:
    run: Run
    documents: rendered.Documents = field(default_factory=rendered.Documents)
    count: int = 0

    def without(self, plain: Rendered, entries: frozenset[Suspect]) -> frozenset[Suspect]:
        """As many of the entries as can be left out together without any difference."""
        if self._same(plain, entries):
            return entries
        kept: frozenset[Suspect] = frozenset()
        for entry in sorted(entries):
            if self._same(plain, kept | {entry}):
                kept |= {entry}
        return kept

    def _same(self, plain: Rendered, entries: Collection[Suspect]) -> bool:
        made = self.build(plain, entries)
        return made is not None and _equal(plain.resources, made)

    def build(
        self, plain: Rendered, entries: Collection[Suspect]
    ) -> tuple[RenderedResource, ...] | None:
        """What a root renders to without some entries; None where it does not build."""
        self.count += 1
        spans = {entry.span for entry in entries if entry.index is None}
        run, key = self.run, plain.key
        added = _without(run.flux.get(key), entries)
        absent = added.absent if added is not None else {}
        known = run.tree.graph.kustomizations
        closure = {root: copies.without(known[root], absent) for root in run.closure(key)
                   if root in known}  # fmt: skip
        files = {p: d for p in sorted(run.reads(key)) if p not in absent
                 and (d := run.scratch.files.get(p)) is not None}  # fmt: skip
        gone = [r.entry for r in plain.omitted if r.entry is not None]
        copy = preparing.prepared(Scratch({**files, **run.links}), closure, gone)
        made = dict(copy.files)
        for root, kustomization in closure.items():
            data = files.get(kustomization.path)
            mine = {span for span in spans if span.path == kustomization.path}
            own = added if root == key.root else None
            if not isinstance(data, bytes) or not (mine or own):
                continue
            less = Less.of(kustomization, gone, Scratch(files))
            out = Less(less.out | mine, less.patches)
            settings = _settings(data, kustomization.path, out)
            if own is not None:
                settings = merging.merged(
                    settings, own.spec, own.missing, whole_images=own.whole_images
                )
            made[kustomization.path] = merging.as_file(settings)
        if added is not None and closure[key.root].generated:
            path = posixpath.join(key.root, "kustomization.yaml")
            own_settings = closure[key.root].settings
            made[path] = merging.as_file(merging.merged(
                own_settings, added.spec, added.missing, whole_images=added.whole_images
            ))  # fmt: skip
        with copies.on_disk(Scratch(made)) as directory:
            output = engine.build(run.program, directory, key.root, not plain.unrestricted)
        if output.error is not None:
            return None
        try:
            return self.documents.resources(output.text, key.root)
        except YamlError:
            return None


def _without(added: Flux | None, entries: Collection[Suspect]) -> Flux | None:
    """What a Flux object merges in without entries of its own."""
    own = {(entry.field, entry.index) for entry in entries if entry.index is not None}
    if added is None or not own:
        return added
    spec = dict(added.spec)
    for key in OF_SPEC:
        listed = spec.get(key)
        if isinstance(listed, list):
            spec[key] = [one for at, one in enumerate(listed) if (key.casefold(), at) not in own]
    return replace(added, spec=spec)


def _prune(text: Text, out: Collection[Span]) -> None:
    """Take the options of generators away whose keys stand at these places."""
    pending: list[Node] = [text.first] if text.first is not None else []
    while pending:
        node = pending.pop()
        if isinstance(node, MappingNode):
            node.value = [(key, value) for key, value in node.value if text.span(key) not in out]
            for name, _, value in yamltext.pairs(node):
                if name.casefold() in _HOLD_OPTIONS:
                    pending += [value, *yamltext.items(value)]


_HOLD_OPTIONS = (*GENERATORS, OPTIONS, "options", "labels", "annotations")


def _settings(data: bytes, path: str, less: Less) -> dict[str, object]:
    """A kustomization's settings without the entries to leave out."""
    text = yamltext.compose(data, path)
    _prune(text, less.out)
    settings = preparing.without(text, text.first, less) if text.first is not None else {}
    settings.setdefault(preparing.METADATA, [preparing.ORIGINS])
    return settings


def _equal(before: Sequence[RenderedResource], after: Sequence[RenderedResource]) -> bool:
    """The same resources, in the same order."""
    return len(before) == len(after) and all(
        a.id == b.id and a.api_version == b.api_version and a.content == b.content
        for a, b in zip(before, after, strict=True)
    )

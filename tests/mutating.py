"""Change what a field is said to be set by, render again, and see whether just that field follows.

The oracle of provenance: it knows nothing of how attribution works, only the engine's answers.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from analyzer import (
    attribution,
    copies,
    engine,
    kustomize,
    loader,
    looking,
    preparing,
    rendered,
    shadows,
    tracing,
)
from analyzer.graph import ReferenceGraph
from analyzer.looking import Options
from analyzer.model import Kustomization, Link, Rendered, RenderedResource, RenderKey, Scratch, Span
from analyzer.provenance import Provenance
from analyzer.transforms import HASH, is_matched

Where = tuple[int, shadows.Path]  # position of the resource in the render, path of the leaf


@dataclass
class Explained:
    """A root that was rendered and explained: every leaf with its provenance."""

    root: str
    plain: Rendered
    traced: tracing.Traced
    leaves: dict[Where, Provenance] = field(default_factory=dict)

    def predicted(self, place: Span) -> set[Where]:
        """The leaves that are said to follow what stands at a place."""
        return {where for where, one in self.leaves.items() if place in one.depends_on}


@dataclass
class Tree:
    """A tree on disk with the roots of it that render whole."""

    checkout: loader.Checkout
    scratch: Scratch
    graph: ReferenceGraph
    generated: Mapping[str, Kustomization]  # those that no file holds
    roots: list[Explained]

    def rendered(
        self, root: str, changed: Mapping[str, bytes]
    ) -> Sequence[RenderedResource] | None:
        """What a root renders to where files have other contents; None where it does not build."""
        known = self.scratch.files
        files = {path: known[path] for path in self.graph.reads(root) if path in known}
        links = {path: data for path, data in known.items() if isinstance(data, Link)}
        copy = preparing.prepared(Scratch({**files, **links, **changed}), self.generated)
        program = engine.program()
        with copies.on_disk(copy) as directory:
            output = engine.build(program, directory, root, False)
        if output.error is not None:
            return None
        return rendered.Documents().resources(output.text, root)


def explained(tree: Path, wanted: Sequence[str] | None = None) -> Tree:
    """Every root that no other references (or those wanted), rendered and explained."""
    options = Options(directory=tree)
    checkout, written = looking.load(options)
    roots = wanted if wanted is not None else written.graph.unreferenced()
    keys = tuple(RenderKey(root) for root in roots)
    scratch = looking.scratch(checkout, written, keys, {})
    whole = [r for r in looking.render(checkout, written, keys, options)
             if isinstance(r, Rendered) and r.completeness == "full"]  # fmt: skip
    parts = kustomize.Tree(written.graph, written.repository.manifests, written.defects)
    traced = tracing.trace(parts, scratch, whole, lambda path: loader.text(checkout, path))
    found = []
    for plain, one in zip(whole, traced, strict=True):
        made = Explained(plain.key.root, plain, one)
        for index in range(len(plain.resources)):
            for leaf in attribution.explain(one.origins, index):
                made.leaves[index, leaf.path] = leaf
        found.append(made)
    known = written.graph.kustomizations
    generated = {root: k for root, k in known.items() if k.generated}
    return Tree(checkout, scratch, written.graph, generated, found)


# changing a value ---------------------------------------------------------------------------------


def changed(data: bytes, at: Span, provenance: Provenance) -> bytes | None:
    """The file with another value at this place; None where the harness cannot write one."""
    step = provenance.steps[0]
    if step.directive.value == "generator file":
        return data + b"\nmutated\n" if data.isascii() else None
    line_start = 0
    for _ in range(at.line - 1):
        line_start = data.index(b"\n", line_start) + 1
    line_end = data.find(b"\n", line_start)
    line_end = len(data) if line_end < 0 else line_end
    inside = at.start >= line_start and at.end <= line_end
    begin, end = (at.start, at.end) if inside else (line_start, line_end)
    made = _other(data[begin:end].decode("utf-8", "surrogateescape"), inside)
    if made is None:
        return None
    return data[:begin] + made.encode("utf-8", "surrogateescape") + data[end:]


_COMMENT = re.compile(r"\s+#.*$")


def _other(text: str, whole: bool) -> str | None:
    """A scalar, or a line that ends in one, with another value of the same type."""
    anchor = re.match(r"\s*&\S+\s+", text) if whole else None
    front = anchor.group() if anchor else ""
    text = text[len(front) :]
    if not whole:
        text, comment = (_COMMENT.sub("", text), _COMMENT.search(text))
        tail = comment.group() if comment else ""
    else:
        tail = ""
    text = text.rstrip("\r")
    if re.search(r"(?:^|[\s:\[,{])(true|false)$", text):
        flipped = (
            text[: -len("true")] + "false"
            if text.endswith("true")
            else (text[: -len("false")] + "true")
        )
        return f"{front}{flipped}{tail}"
    if re.search(r"(?:^|[\s:\[,{=])-?\d+$", text):
        number = re.search(r"-?\d+$", text)
        assert number is not None
        return f"{front}{text[: number.start()]}{int(number.group()) + 1}{tail}"
    if re.search(r"(?:^|[\s:])(null|~|\{\}|\[\]|[|>][+-]?\d*)$", text) or not text.strip():
        return None
    for quote in "\"'":
        if len(text) > 1 and text.endswith(quote):
            inner = text[:-1]
            digits = re.search(r"\d+$", inner)
            if digits and inner[: digits.start()].endswith(quote):
                return f"{front}{inner[: digits.start()]}{int(digits.group()) + 1}{quote}{tail}"
            return f"{front}{inner}mut{quote}{tail}"
    if text[-1] in "]}":
        return None
    return f"{front}{text}mut{tail}"


# comparing ----------------------------------------------------------------------------------------


def followed(
    before: Sequence[RenderedResource], after: Sequence[RenderedResource]
) -> set[Where] | None:
    """The leaves that differ; None where the resources cannot be paired.

    By kind and name without a generator's hash; where a namespace moved, the order may have too.
    """
    pairs = _paired(before, after)
    if pairs is None:
        return None
    alike = ((before[i], new) for i, new in pairs if _loose(new) == _loose(before[i]))
    renamed = {new.id.name: old.id.name for old, new in alike if new.id.name != old.id.name}
    found: set[Where] = set()
    for index, new in pairs:
        was, now = dict(shadows.leaves(before[index].content)), dict(shadows.leaves(new.content))
        for path in was.keys() | now.keys():
            if not _equal(was.get(path, ...), now.get(path, ...), renamed):
                found.add((index, path))
    return found


def _paired(
    before: Sequence[RenderedResource], after: Sequence[RenderedResource]
) -> list[tuple[int, RenderedResource]] | None:
    if [r.id.kind for r in before] == [r.id.kind for r in after] and all(
        _loose(old) == _loose(new) or old.origin == new.origin
        for old, new in zip(before, after, strict=True)
    ):
        return list(enumerate(after))
    left: dict[object, list[RenderedResource]] = {}
    for resource in after:
        left.setdefault(_loose(resource), []).append(resource)
    pairs: list[tuple[int, RenderedResource]] = []
    for exact in (True, False):
        for index, resource in enumerate(before):
            if any(index == known for known, _ in pairs):
                continue
            listed = left.get(_loose(resource), [])
            fits = [r for r in listed if not exact or r.id.namespace == resource.id.namespace]
            if fits:
                listed.remove(fits[0])
                pairs.append((index, fits[0]))
    known = {index for index, _ in pairs}
    for index, resource in enumerate(before):  # a Namespace has another name
        others = [r for listed in left.values() for r in listed if r.id.kind == resource.id.kind]
        if index not in known and others:
            left[_loose(others[0])].remove(others[0])
            pairs.append((index, others[0]))
    return pairs if len(pairs) == len(before) and not any(left.values()) else None


def _loose(resource: RenderedResource) -> object:
    return resource.id.group, resource.id.kind, HASH.sub("", resource.id.name)


def _equal(a: object, b: object, renamed: Mapping[str, str]) -> bool:
    if isinstance(a, str) and isinstance(b, str):
        for name, becomes in renamed.items():
            b = b.replace(name, becomes)
    return a == b and isinstance(a, bool) == isinstance(b, bool)


def _is_identity(path: shadows.Path) -> bool:
    """What patches match by: with another value nothing is found, and everything else changes."""
    return is_matched(path) and path != ("metadata", "namespace")


@dataclass(frozen=True)
class Trial:
    """One mutation: what was changed, what was predicted and what followed."""

    root: str
    where: Where
    directive: str
    at: Span
    verdict: str  # exact, extra, missed, nothing, unbuilt, unmutable
    extra: tuple[Where, ...] = ()
    missed: tuple[Where, ...] = ()


def trials(tree: Tree, count: int, seed: int) -> list[Trial]:
    """A sample of leaves, the same number of each directive as far as there are, mutated."""
    chance = random.Random(seed)
    by_directive: dict[str, list[tuple[Explained, Where]]] = {}
    for root in tree.roots:
        for where, leaf in root.leaves.items():
            if leaf.steps and not _is_identity(where[1]) and leaf.steps[0].op == "set":
                by_directive.setdefault(leaf.steps[0].directive.value, []).append((root, where))
    picked: list[tuple[Explained, Where]] = []
    for listed in by_directive.values():
        chance.shuffle(listed)
    left = sorted(by_directive, key=lambda name: len(by_directive[name]))
    for number, name in enumerate(left):
        share = (count - len(picked)) // (len(left) - number)
        picked += by_directive[name][:share]
    return [_trial(tree, root, where) for root, where in picked]


def _trial(tree: Tree, root: Explained, where: Where) -> Trial:
    leaf = root.leaves[where]
    step = leaf.steps[0]
    # what a replacement or a variable takes from elsewhere is changed there
    place = step.inputs[-1] if step.inputs and step.directive.value in (
        "replacement", "vars") else step.at  # fmt: skip
    trial = Trial(root.root, where, step.directive.value, place, "unmutable")
    data = tree.scratch.files.get(place.path)
    if not isinstance(data, bytes) or step.directive.value == "generator":
        return trial
    other = changed(data, place, replace(leaf, steps=(step, *leaf.steps[1:])))
    if other is None:
        return trial
    after = tree.rendered(root.root, {place.path: other})
    if after is None:
        return replace(trial, verdict="unbuilt")
    observed = followed(root.plain.resources, after)
    if observed is None:
        return replace(trial, verdict="unpaired")
    predicted = root.predicted(place)
    extra, missed = observed - predicted, predicted - observed
    verdict = "exact"
    if extra:
        verdict = "extra"
    if missed:
        verdict = "missed" if where not in missed else "nothing"
    return replace(
        trial, verdict=verdict, extra=tuple(sorted(extra, key=str)),
        missed=tuple(sorted(missed, key=str)),
    )  # fmt: skip

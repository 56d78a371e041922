"""A HelmRelease and what it takes values from → who set each effective value, what it overrode.

The merge is Flux's as `effective` has it, done with leaves that know which layer they are from.
What a layer says is then looked up in the text it is written in: a values file that a generator
reads, or a block of text in a manifest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from analyzer import effective, shadows, yamltext
from analyzer.diff import equal
from analyzer.effective import Effective, Source
from analyzer.marks import Directive
from analyzer.model import RenderedResource, Span
from analyzer.provenance import Provenance, Step
from analyzer.reconciled import Layers
from analyzer.shadows import Path
from analyzer.transforms import at
from analyzer.yamltext import Node, ScalarNode, Text, YamlError

INLINE = "spec.values"
VALUES = "values"  # what a path in effective values begins with


@dataclass(frozen=True, slots=True)
class Held:
    """A resource that a cluster has. `layers` say where its fields come from, at this position;
    None where no file has it, as of what an operator makes.
    """

    resource: RenderedResource
    layers: Layers | None = None
    index: int = 0

    def field(self, path: Path) -> Provenance:
        """Who set one leaf of it."""
        value = at(self.resource.content, path)
        if self.layers is None:
            return Provenance(path, value, (), "unexplained")
        return self.layers.field(self.index, path, value)

    def data(self, path: str) -> bytes | None:
        """A file of the tree."""
        return self.layers.data(path) if self.layers is not None else None

    def variables(self, text: object) -> tuple[Span, ...]:
        """Where the variables are set that its text had before they were replaced."""
        return self.layers.variables(text) if self.layers is not None else ()


Find = Callable[[str, str, str], Held | None]  # by kind, namespace, name; None: in no file


@dataclass(frozen=True, slots=True)
class From:
    """An entry of `valuesFrom`: what it names, its own line, and where its key is set.

    `holds` is None where nothing in the tree makes it. `reason` says why its values are not known.
    """

    source: Source
    at: Span | None
    holds: Span | None
    reason: str


@dataclass(frozen=True, slots=True)
class Values:
    """The effective values of a release: each leaf with who set it, below `values`."""

    leaves: tuple[Provenance, ...]
    sources: tuple[From, ...]
    effective: Effective


def explain(release: Held, find: Find) -> Values:
    """Every effective value of a HelmRelease, in the order of the merged values."""
    return _Merge(release, find).values()


@dataclass(frozen=True, slots=True)
class _Leaf:
    value: object
    layer: int | None


@dataclass(slots=True)
class _Said:
    """What each layer sets, by path; leaves in trees are replaced by those that tell."""

    by: dict[int | None, dict[Path, object]] = field(default_factory=dict)

    def mark(self, layer: int | None, tree: dict[str, object]) -> None:
        self._mark(layer, tree, ())

    def _mark(self, layer: int | None, tree: object, path: Path) -> None:
        inside: list[tuple[str | int, object]] = []
        if isinstance(tree, dict):
            inside = list(tree.items())
        elif isinstance(tree, list):
            inside = list(enumerate(tree))
        for key, value in inside:
            here = (*path, key)
            if isinstance(value, dict | list) and value:
                self._mark(layer, value, here)
            elif isinstance(value, dict | list):
                if not any(here in said for said in self.by.values()):
                    self.by.setdefault(layer, {})[here] = value
            elif not isinstance(value, _Leaf):
                self.by.setdefault(layer, {})[here] = value
                tree[key] = _Leaf(value, layer)  # type: ignore[index]  # it is a dict or a list


@dataclass(frozen=True, slots=True)
class _Merge:
    release: Held
    find: Find
    said: _Said = field(default_factory=_Said)
    held: dict[tuple[str, str, str], Held | None] = field(default_factory=dict)
    texts: dict[Span, _Text | None] = field(default_factory=dict)

    def values(self) -> Values:
        content = self.release.resource.content
        merged = effective.values(content, self._data, self.said.mark)
        found = shadows.leaves(merged.values) if merged.values else ()
        leaves = tuple(self._leaf(path, leaf) for path, leaf in found)
        plain = replace(merged, values=effective.values(content, self._data).values)
        return Values(leaves, tuple(self._sources(merged)), plain)

    # what there is

    def _held(self, source: Source) -> Held | None:
        key = source.kind, source.namespace, source.name
        if key not in self.held:
            self.held[key] = self.find(*key)
        return self.held[key]

    def _data(self, kind: str, namespace: str, name: str) -> effective.Data | None:
        found = self._held(Source(kind, namespace, name, ""))
        return effective.data(found.resource.content) if found is not None else None

    def _listed(self) -> dict[int, Source]:
        content = self.release.resource.content
        listed = at(content, ("spec", "valuesFrom"))
        return {index: effective.named(content, one)
                for index, one in enumerate(listed if isinstance(listed, list) else ())
                if isinstance(one, Mapping)}  # fmt: skip

    def _sources(self, merged: Effective) -> Iterator[From]:
        reasons = {replace(one, reason=""): one.reason for one in merged.unknown}
        for index, source in self._listed().items():
            key = self._key(source)
            set_by = key[1].set_by if key is not None else None
            yield From(source, self._entry(index), set_by.at if set_by is not None else None,
                       reasons.get(source, ""))  # fmt: skip

    def _entry(self, index: int) -> Span | None:
        """The first line of an entry of `valuesFrom`."""
        paths = (("spec", "valuesFrom", index, key) for key in ("kind", "name"))
        found = (self.release.field(path).set_by for path in paths)
        return min((step.at for step in found if step is not None), default=None)

    def _key(self, source: Source) -> tuple[Held, Provenance] | None:
        """Who set the key of a ConfigMap or Secret that values are in."""
        held = self._held(source)
        content = held.resource.content if held is not None else {}
        for name in ("stringData", "data"):
            path = (name, source.key)
            if held is not None and at(content, path) is not None:
                return held, held.field(path)
        return None

    # who set what

    def _leaf(self, path: Path, leaf: object) -> Provenance:
        value = leaf.value if isinstance(leaf, _Leaf) else leaf
        here = (VALUES, *path)
        order = [None, *sorted((i for i in self.said.by if i is not None), reverse=True)]
        winner = leaf.layer if isinstance(leaf, _Leaf) else next(
            (layer for layer in order if path in self.said.by.get(layer, {})), None
        )  # fmt: skip
        made = self._made(winner, path, value)
        if made is None:
            return Provenance(here, value, (), "unexplained")
        earlier = [one for layer in order if layer != winner
                   for one in self._overridden(layer, path)]  # fmt: skip
        steps = (*made.steps, *earlier)
        return Provenance(here, value, steps, made.status, made.made_by)

    def _made(self, layer: int | None, path: Path, value: object) -> Provenance | None:
        """The steps that set a value in one layer."""
        if layer is None:
            found = self.release.field(("spec", VALUES, *path))
            if not found.steps or not equal(found.value, value):
                return None
            return replace(found, steps=tuple(replace(s, layer=INLINE) for s in found.steps))
        source = self._listed()[layer]
        key = self._key(source)
        if key is None or not key[1].steps:
            entry = self._entry(layer)
            if entry is None:
                return None
            step = Step(Directive.VALUES, entry, value, layer=str(source))
            return Provenance(path, value, (step,), "verified")
        return self._taken(layer, source, key, () if source.target_path else path, value)

    def _taken(
        self, layer: int, source: Source, key: tuple[Held, Provenance], path: Path, value: object
    ) -> Provenance:
        """The steps that set a value inside a key of a ConfigMap or Secret."""
        held, found = key
        entry, first = self._entry(layer), found.steps[0]
        via = (*((entry,) if entry is not None else ()), *first.via)
        written = next((s for s in found.steps if s.directive is not Directive.SUBSTITUTION), first)
        place, raw = self._inside(held, written, path)
        step = Step(Directive.VALUES, place, value, via, layer=str(source))
        if not path or raw is None or equal(raw, value):
            inputs = first.inputs
            return Provenance(path, value, (replace(step, inputs=inputs if not path else ()),),
                              "verified")  # fmt: skip
        inputs = held.variables(raw)
        changed = replace(step, directive=Directive.SUBSTITUTION, inputs=inputs)
        return Provenance(path, value, (changed, replace(step, value=raw)), "verified", 2)

    def _inside(self, held: Held, step: Step, path: Path) -> tuple[Span, object]:
        """(Where a value stands in the text that a step sets, its own text there).

        The step's own place, and None, where it is not to be found there.
        """
        if step.at not in self.texts:
            self.texts[step.at] = _text(held.data(step.at.path) or b"", step)
        text = self.texts[step.at]
        found = text.value(path) if text is not None and path else None
        return found or (step.at, None)

    def _overridden(self, layer: int | None, path: Path) -> Iterator[Step]:
        """What another layer says of the same place, or of what holds it."""
        said = self.said.by.get(layer, {})
        for length in range(len(path), 0, -1):
            if path[:length] in said:
                found = self._made(layer, path[:length], said[path[:length]])
                if found is not None:
                    yield found.steps[0]
                return


# texts in texts -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Text:
    """YAML that is a whole file, or a block in one: then `block` is where that stands."""

    text: Text
    block: Span | None

    def value(self, path: Path) -> tuple[Span, object] | None:
        """(Where a value stands in the file, its own text there); None where it is not."""
        node = yamltext.at(self.text.first, yamltext.pointer(path))
        if node is None:
            return None
        own, whole = self.text.span(node), self.block
        if whole is not None:
            own = Span(whole.path, whole.line + own.line, own.column, whole.start, whole.end)
        return own, yamltext.value(node)


def _text(data: bytes, step: Step) -> _Text | None:
    """The text that a step sets; None where its lines are no lines of a file."""
    try:
        if step.directive is Directive.FILE:
            return _Text(yamltext.compose(data, step.at.path), None)
        block = _block(data, step.at)
        if block is None:
            return None
        return _Text(yamltext.compose(block.value.encode(), step.at.path), step.at)
    except YamlError:
        return None


def _block(data: bytes, place: Span) -> ScalarNode | None:
    """The block of literal text that stands here, also inside such a block."""
    text = yamltext.compose(data, place.path)
    outer = next((node for document in text.documents for node in _scalars(document)
                  if (own := text.span(node)).start == place.start and own.end == place.end),
                 None)  # fmt: skip
    if outer is None or outer.style != "|":
        return None
    if text.span(outer).line == place.line:
        return outer
    inner = yamltext.compose(outer.value.encode(), place.path)
    line = place.line - text.span(outer).line
    found = (node for document in inner.documents for node in _scalars(document)
             if (own := inner.span(node)).line == line and own.column == place.column)  # fmt: skip
    return next((node for node in found if node.style == "|"), None)


def _scalars(node: Node) -> Iterator[ScalarNode]:
    """The scalar values at or below a node, each once."""
    pending, seen = [node], set[int]()
    while pending:
        one = pending.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, ScalarNode):
            yield one
        pending += yamltext.items(one)
        pending += [value for _, _, value in yamltext.pairs(one)]


def asks(field: str) -> bool:
    """Is this a field of the effective values: `values.image.tag`, `/values/image/tag`?"""
    return field in (VALUES, f"/{VALUES}") or field.startswith(
        (f"{VALUES}.", f"{VALUES}[", f"/{VALUES}/")
    )

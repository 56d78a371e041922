"""What rules make of a field: namespace, prefixes, images, replicas, references, replacements.

Each is repeated from what the marks tell, in the order of the levels, and is a candidate only where
it gives the very value that was rendered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from analyzer.levels import Image, Plugin, Rank, phase
from analyzer.marks import Directive, Mark
from analyzer.model import Span
from analyzer.origins import writers
from analyzer.provenance import Claim, Provenance, Resource, Step
from analyzer.shadows import Path
from analyzer.transforms import (
    HASH,
    at,
    comes_out_as,
    field_paths,
    with_image,
    with_variables,
)

_NAME = ("metadata", "name")
_NAMESPACE = ("metadata", "namespace")
_OF_GENERATOR = (("apiVersion",), ("kind",), ("type",), ("immutable",), ("data",))


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules that apply to one rendered resource."""

    of: Resource
    explain: Callable[[int, Path, object], Provenance]  # a field of a resource of the same render

    def claims(self, path: Path, value: object) -> Iterator[Claim]:
        """Who may have set a leaf by a rule, in no order."""
        key = path[-1]
        if path == _NAME:
            yield from self._name(value)
        if key == "namespace" or (path == _NAME and self.of.pair.resource.id.kind == "Namespace"):
            yield from self._namespace(path, value)
        if key == "image" and isinstance(value, str):
            yield from self._image(path, value)
        if path == ("spec", "replicas"):
            yield from self._replicas(value)
        if self.of.generator is not None:
            yield from self._generated(path, value)
        yield from self._replaced(path, value)
        if isinstance(value, str) and path != _NAME:
            yield from self._referring(path, value)
        if isinstance(value, str):
            yield from self._plugins(path, value)

    # names and namespaces

    def _name(self, value: object) -> Iterator[Claim]:
        """Prefixes and suffixes in their order, then a generator's hash."""
        first = self._first_name()
        name = self.of.written_name
        steps: list[tuple[Rank, Step]] = []
        for number, level in self.of.levels():
            if level.prefix is not None:
                name = f"{level.prefix.value}{name}"
                via = self.of.through(level.root)
                step = Step(Directive.PREFIX, level.prefix.at, name, via, op="rename")
                steps.append(((number, phase("nameprefix"), 0), step))
            if level.suffix is not None:
                name = f"{name}{level.suffix.value}"
                via = self.of.through(level.root)
                step = Step(Directive.SUFFIX, level.suffix.at, name, via, op="rename")
                steps.append(((number, phase("namesuffix"), 0), step))
        if first is None or not steps or name != self.of.bare_name:
            return
        rank, last = steps[-1]
        earlier = tuple(step for _, step in reversed(steps[:-1]))
        yield Claim(rank, replace(last, value=value), (*earlier, first))

    def _first_name(self) -> Step | None:
        entry = self.of.generator
        if entry is not None:
            for name, _, own in self.of.origins.levels[entry.root].generators:
                if own == entry:
                    return Step(Directive.GENERATOR, name.at, name.value)
        found = [mark for _, mark in self.of.everyone(_NAME) if mark.entry is None]
        return self.of.step(found[0]) if found else None

    def _namespace(self, path: Path, value: object) -> Iterator[Claim]:
        """`namespace:` of any level, also where what is written says the same already."""
        if path not in (_NAME, _NAMESPACE):
            yield from self._follows(path, value)
            if any(comes_out_as(mark, value, path) for _, mark in self.of.last(path)):
                return
        for number, level in self.of.levels():
            if level.namespace is not None and level.namespace.value == value:
                step = Step(
                    Directive.NAMESPACE, level.namespace.at, value, self.of.through(level.root)
                )
                yield Claim((number, phase("namespace"), 0), step)

    def _follows(self, path: Path, value: object) -> Iterator[Claim]:
        """A namespace beside a name follows the resource of that name, if something moves it."""
        content, names = self.of.pair.resource.content, self.of.origins.names
        beside = at(content, (*path[:-1], "name"))
        kind = at(content, (*path[:-1], "kind")) if "subjects" in path else "Service"
        if "subjects" not in path and (len(path) < 2 or path[-2] != "service"):
            return
        restated = [m.value for _, m in self.of.last(path) if comes_out_as(m, value, path)]
        for position in names.called(str(beside)):
            resource = names.resources[position]
            if resource.id.kind != kind or resource.id.namespace != value:
                continue
            if restated and self._namespace_written(position) not in restated:
                continue  # kustomize finds the one that is written in the namespace that is named
            step = self.explain(position, _NAMESPACE, value).set_by
            if step is not None and step.directive is not Directive.MANIFEST:
                yield Claim((len(self.of.way.roots), 0, 0), step)
            return

    def namespace_before(self, rank: Rank) -> tuple[Span, ...]:
        """Where the namespace is set that the resource has when something of this rank comes."""
        found = [(r, mark.at) for r, mark in self.of.everyone(_NAMESPACE)]
        found += [((number, phase("namespace"), 0), level.namespace.at)
                  for number, level in self.of.levels() if level.namespace is not None]  # fmt: skip
        earlier = [one for one in found if one[0] < rank]
        return (max(earlier)[1],) if earlier else ()

    def _namespace_written(self, position: int) -> object:
        origins = self.of.origins
        shadow = origins.pairs[position].shadows.get(_NAMESPACE)
        found = [m.value for m in writers(shadow, origins.marks) if m.entry is None]
        return found[0] if found else None

    # images, replicas, generators

    def _image(self, path: Path, value: str) -> Iterator[Claim]:
        """Entries of `images` one after the other; it counts where one matched at all."""
        contained = len(path) > 2 and path[-3] in ("containers", "initContainers")
        for rank, mark in self.of.last(path):
            if not isinstance(mark.value, str):
                continue
            made = list(self._images(mark.value, rank))
            if made and made[-1][1].value == value and (contained or mark.value != value):
                earlier = tuple(step for _, step in reversed(made[:-1]))
                yield Claim(*made[-1], (*earlier, self.of.step(mark)))

    def _images(self, image: str, after: Rank) -> Iterator[tuple[Rank, Step]]:
        for number, level in self.of.levels():
            for index, entry in enumerate(level.images):
                rank = (number, phase("images"), index)
                changed = with_image(image, entry) if rank > after else None
                if changed is not None:
                    image = changed
                    via = self.of.through(level.root)
                    yield rank, Step(Directive.IMAGES, _image_at(entry), image, via)

    def _replicas(self, value: object) -> Iterator[Claim]:
        for number, level in self.of.levels():
            for index, (name, count) in enumerate(level.replicas):
                if name.value == self.of.written_name and count.value == str(value):
                    via = self.of.through(level.root)
                    step = Step(Directive.REPLICAS, count.at, value, via)
                    yield Claim((number, phase("replicas"), index), step)

    def _generated(self, path: Path, value: object) -> Iterator[Claim]:
        entry = self.of.generator
        generators = self.of.origins.levels[entry.root].generators if entry is not None else ()
        for name, content, own in generators:
            if own != entry:
                continue
            rank = (-1, phase(own.field), own.index)
            if path in _OF_GENERATOR or (path == _NAMESPACE and content.get("namespace") == value):
                yield Claim(rank, Step(Directive.GENERATOR, own.span, value))
            if path == _NAME and HASH.sub("", str(value)) == name.value:
                yield Claim(rank, Step(Directive.GENERATOR, name.at, value))

    # values that come from other fields

    def _replaced(self, path: Path, value: object) -> Iterator[Claim]:
        """What a replacement put here: the engine placed its mark beside it."""
        index = path[-1]
        element = isinstance(index, int) and path not in self.of.pair.shadows
        ends = f"/{index}", f".{index}"
        for rank, mark in self.of.everyone(path) if element else self.of.last(path):
            if mark.directive is Directive.REPLACEMENT and (
                not element or mark.pointer.endswith(ends)
            ):
                inputs = self._replacing(mark, value)
                yield Claim(rank, replace(self.of.step(mark), value=value, inputs=inputs))
                return

    def _replacing(self, mark: Mark, value: object) -> tuple[Span, ...]:
        """The places that a replacement's value comes from; none where its source is gone."""
        source = mark.source or {}
        written = str(source.get("fieldPath") or "metadata.name")
        return self._taken_from(source, written, value)

    def _taken_from(
        self, source: Mapping[str, object], written: str, value: object
    ) -> tuple[Span, ...]:
        origins = self.of.origins
        for position in origins.names.selected(source):
            content = origins.names.resources[position].content
            for path in field_paths(content, written):
                found = at(content, path)
                if not isinstance(found, dict | list) and str(found) in str(value):
                    return self.explain(position, path, found).depends_on
        return ()

    def _referring(self, path: Path, value: str) -> Iterator[Claim]:
        """A name that follows what became of the resource it names, and `$(VAR)` in a text."""
        element = isinstance(path[-1], int)
        for rank, mark in self.of.everyone(path) if element else self.of.last(path):
            for index, written in _texts(mark.value, path[-1]):
                if written == value:
                    continue
                first = replace(self.of.step(mark), value=written)
                if index is not None and index < len(mark.items):
                    first = replace(first, at=mark.items[index])
                position = self.of.origins.names.renamed(written, value)
                if position is not None:
                    named = self.explain(position, _NAME, value)
                    step = replace(first, directive=Directive.NAME_REFERENCE, value=value,
                                   inputs=named.depends_on)  # fmt: skip
                    yield Claim(rank, step, (first,))
                elif (spans := self._variables(written, value)) is not None:
                    step = replace(first, directive=Directive.VARS, value=value, inputs=spans)
                    yield Claim(rank, step, (first,))

    def _variables(self, written: str, value: str) -> tuple[Span, ...] | None:
        known = {name: one for level in self.of.origins.levels.values()
                 for name, one in level.variables.items()}  # fmt: skip
        names = with_variables(written, value, known)
        if names is None:
            return None
        spans: dict[Span, None] = {}
        for name in names:
            variable = known[name]
            spans[variable.at] = None
            spans |= dict.fromkeys(self._taken_from(variable.source, variable.path, value))
        return tuple(spans)

    # built-in plugins: what their configuration says, where it gives the value

    def _plugins(self, path: Path, value: str) -> Iterator[Claim]:
        written = [m.value for _, m in self.of.last(path) if isinstance(m.value, str)]
        if value in written:
            return
        for number, level in self.of.levels():
            for index, plugin in enumerate(level.plugins):
                place = _place(plugin, path, value, written)
                if place is not None:
                    step = Step(Directive.TRANSFORMER, place, value)
                    yield Claim((number, phase("transformers"), index), step)


def _place(plugin: Plugin, path: Path, value: str, written: list[str]) -> Span | None:
    """Where the configuration of a built-in transformer makes this value of what was written."""
    content, key = plugin.content, str(path[-1])
    match plugin.kind:
        case "PrefixSuffixTransformer" | "PrefixTransformer" | "SuffixTransformer":
            before, after = content.get("prefix") or "", content.get("suffix") or ""
            fits = value in [f"{before}{one}{after}" for one in written]
            return plugin.place("prefix" if before else "suffix") if fits else None
        case "NamespaceTransformer":
            fits = key in ("namespace", "name") and at(content, _NAMESPACE) == value
            return plugin.place(*_NAMESPACE) if fits else None
        case "LabelTransformer" | "AnnotationsTransformer":
            field = "labels" if plugin.kind == "LabelTransformer" else "annotations"
            return plugin.place(field, key) if at(content, (field, key)) == value else None
        case _:
            return None


def _texts(value: object, index: str | int) -> Iterator[tuple[int | None, str]]:
    """The texts of a leaf: itself, or of a list its elements, the one at the index first."""
    if isinstance(value, str):
        yield None, value
    elif isinstance(value, list):
        for number in sorted(range(len(value)), key=lambda one: one != index):
            if isinstance(value[number], str):
                yield number, value[number]


def _image_at(entry: Image) -> Span:
    """The line of an entry that people change."""
    for key in ("digest", "newTag", "newName"):
        if entry.fields.get(key):
            return entry.at[key]
    return entry.entry

"""A render, its marked twin and the marks → for every field the steps that set it, last one first.

What stands as a value in some file is told by the marks, and so by the engine itself. What comes
from a rule (`inferring`) is computed from what the marks tell, and counts only where it equals what
was rendered. Nothing is guessed: what neither explains is `unexplained`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from analyzer import shadows
from analyzer.diff import equal
from analyzer.inferring import Rules
from analyzer.marking import SCHEMAS
from analyzer.marks import Directive, Mark
from analyzer.model import Span
from analyzer.origins import Origins, writers
from analyzer.provenance import Claim, Provenance, Resource, Step
from analyzer.shadows import Path
from analyzer.transforms import at, comes_out_as, is_matched, removes

_UNMARKED = tuple(("spec", key) for key in SCHEMAS)  # nothing in the tree reaches into them
_RESTATED = (-2, 0, 0)  # a patch that says it to be matched: anything else counts more
_PATCHES = (Directive.MERGE_PATCH, Directive.JSON_PATCH)


def explain(origins: Origins, index: int) -> tuple[Provenance, ...]:
    """Every leaf of the resource at this position of the render, in the engine's order."""
    one = _Explainer(origins).resource(index)
    content = origins.pairs[index].resource.content
    return tuple(one.field(path, value) for path, value in shadows.leaves(content))


def explain_field(origins: Origins, index: int, path: Path, value: object) -> Provenance:
    """One leaf of the resource at this position of the render."""
    return _Explainer(origins).field(index, path, value)


def removed(origins: Origins, index: int) -> tuple[Provenance, ...]:
    """The leaves that something wrote and something else took away, by their paths."""
    one = _Explainer(origins).resource(index)
    return tuple(sorted(one.removed(), key=lambda leaf: [str(part) for part in leaf.path]))


def taken(origins: Origins, index: int, pointer: str) -> Step | None:
    """Who took away a field, or what it stood in, by its JSON pointer in what there was before."""
    of = Resource(origins, origins.pairs[index])
    path = tuple(p.replace("~1", "/").replace("~0", "~") for p in pointer.split("/")[1:])
    named = tuple(int(part) if part.isdigit() else part for part in path)
    for removal in reversed(origins.marks.removals):
        if removes(removal, of.pair.resource, of.written_name, named):
            return Step(removal.directive, removal.at, None, op="remove")
    return None


@dataclass(slots=True)
class _Explainer:
    """Fields of one render; each of those that others are made from is explained once."""

    origins: Origins
    known: dict[tuple[int, Path], Provenance] = field(default_factory=dict)

    def resource(self, index: int) -> _Fields:
        of = Resource(self.origins, self.origins.pairs[index])
        return _Fields(of, Rules(of, self.field))

    def field(self, index: int, path: Path, value: object) -> Provenance:
        key = index, path
        if key not in self.known:
            self.known[key] = Provenance(path, value, (), "unexplained")  # asked in a circle
            self.known[key] = self.resource(index).field(path, value)
        return self.known[key]


@dataclass(frozen=True, slots=True)
class _Fields:
    """The fields of one rendered resource."""

    of: Resource
    rules: Rules

    def field(self, path: Path, value: object) -> Provenance:
        """Who set a leaf: of all that would give its value what is applied last."""
        claims = [*self.rules.claims(path, value), *self._written(path, value)]
        if claims:
            best = max(claims, key=lambda one: one.rank)
            made = (best.step, *best.earlier)
            chain = tuple(self._overridden(path, value, {step.at for step in made}))
            return Provenance(path, value, (*made, *chain), "verified", len(made))
        static = self._static(path, value)
        if static is None:
            return Provenance(path, value, (), "unexplained")
        schema = (
            path[:2] in _UNMARKED and self.of.pair.resource.id.kind == "CustomResourceDefinition"
        )
        return Provenance(path, value, (static,), "verified" if schema else "static")

    def _overridden(self, path: Path, value: object, said: set[Span]) -> Iterator[Step]:
        """Every other writer, the last first; what a patch only restates to be matched is none."""
        matched = is_matched(path)
        for _, mark in self.of.everyone(path):
            restated = matched and mark.directive is Directive.MERGE_PATCH
            if not restated and mark.at not in said and said.isdisjoint(mark.items):
                yield self.of.step(mark)

    def removed(self) -> Iterator[Provenance]:
        """Leaves that were written and are gone: who removed them, and what they were."""
        content = self.of.pair.resource.content
        for path, shadow in self.of.pair.shadows.items():
            parent = at(content, path[:-1])
            if not isinstance(parent, Mapping) or path[-1] in parent or not shadow.writers:
                continue
            chain = tuple(self.of.step(mark) for _, mark in self.of.everyone(path))
            for removal in reversed(self.of.origins.marks.removals):
                if removes(removal, self.of.pair.resource, self.of.written_name, path):
                    step = Step(removal.directive, removal.at, None, op="remove")
                    yield Provenance(path, None, (step, *chain), "verified")
                    break
            else:
                yield Provenance(path, None, chain, "unexplained")

    def _written(self, path: Path, value: object) -> Iterator[Claim]:
        """Writers whose value is the one that was rendered."""
        if isinstance(path[-1], int) and path not in self.of.pair.shadows:
            yield from self._element(path, path[-1], value)
            return
        if is_matched(path):
            own = ((r, m) for r, m in self.of.everyone(path) if m.directive not in _PATCHES)
            found = [(rank, mark) for rank, mark in own if comes_out_as(mark, value, path)]
            if found:
                rank, mark = found[-1]
                yield Claim(rank, self.of.step(mark))
                return
        for rank, mark in self.of.last(path):
            if mark.directive is not Directive.REPLACEMENT and comes_out_as(mark, value, path):
                yield Claim(_RESTATED if is_matched(path) else rank, self._step(mark))
        if value == {} and isinstance(value, dict):
            yield from self._hollow(path)

    def _step(self, mark: Mark) -> Step:
        """A writer's step; a patch that is for a namespace depends on who has set that by then."""
        step = self.of.step(mark)
        if mark.entry is None or not mark.entry.by_namespace:
            return step
        return replace(step, inputs=self.rules.namespace_before(self.of.rank(mark)))

    def _element(self, path: Path, index: int, value: object) -> Iterator[Claim]:
        """An element of a list of scalars: by its position in the list that won, else by value."""
        for rank, mark in (*self.of.last(path), *self.of.everyone(path)):
            listed = mark.value if isinstance(mark.value, list) else [mark.value]
            here = index < len(listed) and equal(listed[index], value)
            fits = (i for i, one in enumerate(listed) if equal(one, value))
            found = index if here else next(fits, None)
            if found is not None:
                step = replace(self.of.step(mark), value=value)
                if found < len(mark.items):
                    step = replace(step, at=mark.items[found])
                yield Claim(rank, step)
                return

    def _hollow(self, path: Path) -> Iterator[Claim]:
        """A map is empty where all that was written in it is null."""
        for below, shadow in self.of.pair.shadows.items():
            if below[: len(path)] == path and len(below) > len(path):
                for mark in writers(shadow, self.of.origins.marks):
                    if mark.value is None:
                        yield Claim(self.of.rank(mark), replace(self.of.step(mark), value={}))

    # without marks

    def _static(self, path: Path, value: object) -> Step | None:
        """The same value at the same place of the document it was written in."""
        if isinstance(value, dict | list):
            for removal in reversed(self.of.origins.marks.removals):
                if removes(removal, self.of.pair.resource, self.of.written_name, path):
                    return Step(removal.directive, removal.at, value, op="remove")
        if self.of.source is None:
            return self._configured(value)
        found = self.of.origins.documents.at(self.of.source.at, path)
        if found is None or not equal(found[1], value):
            return None
        return Step(Directive.MANIFEST, found[0], value, self.of.via(self.of.source))

    def _configured(self, value: object) -> Step | None:
        """A plugin made it: its configuration is the line to change."""
        origin = self.of.pair.resource.origin
        for level in self.of.origins.levels.values():
            for plugin in level.plugins:
                if origin is not None and plugin.at.path == origin.configured_in:
                    return Step(Directive.GENERATOR, plugin.at, value)
        return None

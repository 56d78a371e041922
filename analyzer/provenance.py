"""Where a field comes from, as values; and a rendered resource with all that wrote its fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from analyzer.levels import FIRST, Level, Rank, Way, phase
from analyzer.marks import Directive, Entry, Mark
from analyzer.model import Span
from analyzer.origins import Origins, generated_by, writers, written_name
from analyzer.shadows import Pair, Path, Shadow
from analyzer.transforms import HASH

Status = Literal["verified", "static", "unexplained"]
Op = Literal["set", "remove", "rename"]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that set, renamed or removed a field.

    `at` is the line to change, `via` the lines through which the root comes to it, outermost
    first, `inputs` the places of other values it was made from. `value` is the field's value after
    the step; of a step that was overridden, what it would have been. `layer` is what of a
    HelmRelease's values it is in: `spec.values`, or an entry of `valuesFrom` by its name.
    """

    directive: Directive
    at: Span
    value: object = None
    via: tuple[Span, ...] = ()
    inputs: tuple[Span, ...] = ()
    op: Op = "set"
    layer: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who set one leaf field of a rendered resource: the last step first.

    `verified`: its value follows from the steps. `static`: it stands so in the file, which no
    mark confirms. `unexplained`: there are no steps that give this value. `made_by` of the steps
    gave the value; the others were overridden.
    """

    path: Path
    value: object
    steps: tuple[Step, ...]
    status: Status
    made_by: int = 1

    @property
    def set_by(self) -> Step | None:
        return self.steps[0] if self.steps else None

    @property
    def overrides(self) -> tuple[Step, ...]:
        """What was set before and did not stay, the latest first."""
        return self.steps[self.made_by :]

    @property
    def depends_on(self) -> tuple[Span, ...]:
        """Every place whose change changes the value."""
        made = self.steps[: self.made_by]
        return tuple(dict.fromkeys(span for step in made for span in (step.at, *step.inputs)))


@dataclass(frozen=True, slots=True)
class Claim:
    """A step that gives the value that was rendered, and how late it is applied.

    `earlier` are the steps it worked on, the latest first.
    """

    rank: Rank
    step: Step
    earlier: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Resource:
    """One rendered resource: where it comes from, which way, and who wrote its fields."""

    origins: Origins
    pair: Pair

    @cached_property
    def source(self) -> Mark | None:
        """The mark of the `kind` in the manifest it is written in; None for a generated one."""
        found = writers(self.pair.shadows.get(("kind",)), self.origins.marks)
        return next((mark for mark in found if mark.entry is None), None)

    @cached_property
    def generator(self) -> Entry | None:
        """The generator that creates it; those that merge into it or replace its data are none.

        By its data; one that has none is known by kind, name and the file it stands in.
        """
        if self.source is not None:
            return None
        resource = self.pair.resource
        entry = generated_by(self.pair, self.origins.marks)
        kind = f"{resource.id.kind}generator".casefold()
        known = [one for level in self.origins.levels.values() for one in level.generators
                 if one[2].field == kind]  # fmt: skip
        if entry is None:
            at = resource.origin.configured_in if resource.origin is not None else None
            fits = (own for name, _, own in known
                    if own.span.path == at and name.value in resource.id.name)  # fmt: skip
            return next(fits, None)
        named = next((name.value for name, _, own in known if own == entry), None)
        alike = [(content, own) for name, content, own in known if name.value == named]
        own_content = next((content for content, own in alike if own == entry), {})
        if own_content.get("behavior") not in ("merge", "replace"):
            return entry
        created = (own for content, own in alike
                   if content.get("behavior") not in ("merge", "replace"))  # fmt: skip
        return next(created, entry)

    @cached_property
    def written_name(self) -> str:
        if self.generator is not None:
            for name, _, entry in self.origins.levels[self.generator.root].generators:
                if entry == self.generator:
                    return name.value
        return written_name(self.pair, self.origins.marks)

    @property
    def bare_name(self) -> str:
        """The final name without a generator's hash."""
        name = self.pair.resource.id.name
        return HASH.sub("", name) if self.generator is not None else name

    # the way up to the root

    @cached_property
    def way(self) -> Way:
        """Of several ways to where it stands the first that explains name and namespace."""
        ways = self._ways()
        for way in ways:
            if self._fits(way):
                return way
        return next(iter(ways), Way((self.origins.root,), ()))

    def _ways(self) -> list[Way]:
        if self.generator is not None:
            return list(self.origins.ways.to(self.generator.root))
        if self.source is None:
            return []
        holders = self.origins.holders.get(self.source.at.path, ())
        return [way for holder in holders for way in self.origins.ways.to(holder)]

    def levels(self, way: Way | None = None) -> Iterator[tuple[int, Level]]:
        """What is applied to it, first one first, with its place in the order."""
        for at, root in enumerate((way or self.way).roots):
            if root in self.origins.levels:
                yield at, self.origins.levels[root]

    def _name_after(self, way: Way) -> str:
        name = self.written_name
        for _, level in self.levels(way):
            before = level.prefix.value if level.prefix is not None else ""
            after = level.suffix.value if level.suffix is not None else ""
            name = f"{before}{name}{after}"
        return name

    def _fits(self, way: Way) -> bool:
        """Does this way give the name and namespace that came out?"""
        own = self.pair.resource.id
        said = [level.namespace.value for _, level in self.levels(way) if level.namespace]
        if own.kind == "Namespace" and said:
            return own.name == said[-1]
        named = self._name_after(way) == self.bare_name
        return named and (not said or not own.namespace or own.namespace == said[-1])

    # writers

    def rank(self, mark: Mark) -> Rank:
        """When a mark's writer is applied to this resource."""
        entry = mark.entry
        if entry is None:
            return FIRST
        roots = self.way.roots
        level = roots.index(entry.root) if entry.root in roots else -1
        return level, phase(entry.field), entry.index + (10_000 if entry.flux else 0)

    def ranked(self, marks: list[Mark]) -> list[tuple[Rank, Mark]]:
        """With their ranks, the last that is applied first."""
        found = [(self.rank(mark), mark) for mark in marks]
        return sorted(found, key=lambda one: one[0], reverse=True)

    def shadow(self, path: Path) -> Shadow | None:
        """The shadow of a leaf; of an element that of its list."""
        found = self.pair.shadows.get(path)
        if found is None and path and isinstance(path[-1], int):
            found = self.pair.shadows.get(path[:-1])
        if found is None and path[0] == "binaryData":
            found = self.pair.shadows.get(("data", *path[1:]))
        return found

    def everyone(self, path: Path) -> list[tuple[Rank, Mark]]:
        """All that wrote a leaf, the last first."""
        return self.ranked(writers(self.shadow(path), self.origins.marks))

    def last(self, path: Path) -> list[tuple[Rank, Mark]]:
        """What rules worked on: who won; where that is not known everyone, the last first."""
        shadow = self.shadow(path)
        known = self.origins.marks.by_id
        if shadow is not None and shadow.winner in known:
            return self.ranked([known[shadow.winner]])
        return self.everyone(path)

    def step(self, mark: Mark) -> Step:
        return Step(mark.directive, mark.at, mark.value, self.via(mark))

    def via(self, mark: Mark) -> tuple[Span, ...]:
        """The references from the root down to what holds a mark, and the entry that names it."""
        entry = mark.entry
        if entry is None:
            listed = self._listed(mark.at.path)
            return (*(r.span for r in self.way.via), *((listed,) if listed else ()))
        spans = self.through(entry.root)
        return (*spans, entry.span) if entry.span.path != mark.at.path else spans

    def through(self, root: str) -> tuple[Span, ...]:
        """The references from the root that is rendered down to another, outermost first."""
        ways = self.origins.ways.to(root)
        own = next((w for w in ways if w.via == self.way.via[: len(w.via)]), None)
        way = own or next(iter(ways), self.way)
        return tuple(reference.span for reference in way.via)

    def _listed(self, path: str) -> Span | None:
        holder = self.way.via[-1].target or "" if self.way.via else self.origins.root
        kustomization = self.origins.kustomizations.get(holder)
        for reference in kustomization.references if kustomization is not None else ():
            if reference.target == path:
                return reference.span
        return None

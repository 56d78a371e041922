"""Provenance of a render → of what the cluster gets: substitution and metadata a reconciler adds.

A field that Flux substituted has the steps of the text before, and on top where its variables are
set; what `commonMetadata` sets comes last of all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from analyzer import attribution, effective, envsubst, markedpatches, shadows, yamltext
from analyzer.applying import Applied, written_at
from analyzer.diff import equal
from analyzer.expressions import SubstitutionError
from analyzer.marks import Directive
from analyzer.model import RenderedResource, Repository, Span
from analyzer.origins import Origins
from analyzer.provenance import Provenance, Step
from analyzer.shadows import Path
from analyzer.transforms import at

Data = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class Layers:
    """One reconciler's render with what it adds afterwards. `others` apply to the same cluster."""

    origins: Origins
    applied: Applied | None
    others: Sequence[Applied]
    repository: Repository
    data: Data

    def explain(self, index: int) -> tuple[Provenance, ...]:
        """Every leaf of the resource at this position, as the cluster gets it."""
        plain = self.origins.pairs[index].resource
        if self.applied is None or self.applied.resources[index].content is plain.content:
            return attribution.explain(self.origins, index)
        content = self.applied.resources[index].content
        return tuple(self._field(index, path, value) for path, value in shadows.leaves(content))

    def field(self, index: int, path: Path, value: object) -> Provenance:
        """One leaf of it."""
        if self.applied is None:
            return attribution.explain_field(self.origins, index, path, value)
        return self._field(index, path, value)

    def _field(self, index: int, path: Path, value: object) -> Provenance:
        common = self._common(path, value)
        before = at(self.origins.pairs[index].resource.content, path)
        if before is None and value is not None:
            if common is not None:
                return Provenance(path, value, (common,), "verified")
            return Provenance(path, value, (), "unexplained")  # a key that was substituted too
        was = attribution.explain_field(self.origins, index, path, before)
        if common is not None:
            return Provenance(path, value, (common, *was.steps), "verified")
        if equal(before, value):
            return was
        return self._substituted(path, value, before, was)

    def _common(self, path: Path, value: object) -> Step | None:
        """`commonMetadata`: set after everything else."""
        spec = self.applied.object.spec if self.applied is not None else {}
        labels = at(spec, ("commonMetadata", *path[1:]))
        if len(path) != 3 or path[0] != "metadata" or labels is None or not equal(labels, value):
            return None
        return Step(Directive.METADATA, self._place(("spec", "commonMetadata", *path[1:])), value)

    def _substituted(
        self, path: Path, value: object, before: object, was: Provenance
    ) -> Provenance:
        first = was.set_by
        if first is None:
            return Provenance(path, value, (), "unexplained")
        inputs = self.variables(before)
        step = replace(first, directive=Directive.SUBSTITUTION, value=value, inputs=inputs)
        if not self._gives(before, value):
            return Provenance(path, value, (), "unexplained")
        return Provenance(path, value, (step, *was.steps), "verified", 1 + was.made_by)

    def _gives(self, before: object, value: object) -> bool:
        """Does substitution make this value of the text?"""
        if self.applied is None or not isinstance(before, str):
            return False
        one = self.applied
        done = effective.substituted(
            {"value": before}, one.variables, strict=False, always=one.object.always
        )
        return equal(done.content.get("value"), value)

    # variables

    def variables(self, text: object) -> tuple[Span, ...]:
        """Where the variables of a text are set."""
        return tuple(dict.fromkeys(span for name in _names(text) for span in self._set(name)))

    def _set(self, name: str) -> Iterator[Span]:
        """Where a variable is set: in the object, else in a ConfigMap or Secret it names."""
        if self.applied is None:
            return
        post = at(self.applied.object.spec, ("postBuild",))
        if isinstance(at(post, ("substitute", name)), str):
            yield self._place(("spec", "postBuild", "substitute", name))
            return
        sources = at(post, ("substituteFrom",))
        for source in reversed(sources if isinstance(sources, list) else []):
            for resource in self._named(source):
                for key in ("data", "stringData"):
                    if at(resource.content, (key, name)) is not None:
                        yield self._written(resource, (key, name))
                        return

    def _named(self, source: object) -> Iterator[RenderedResource]:
        one = self.applied
        if one is None or not isinstance(source, Mapping):
            return
        wanted = source.get("kind"), one.object.ref.namespace, source.get("name")
        for other in (one, *self.others):
            if other.target == one.seat:
                for resource in other.resources:
                    identity = resource.id
                    if (identity.kind, identity.namespace, identity.name) == wanted:
                        yield resource

    def _written(self, resource: RenderedResource, keys: Sequence[str]) -> Span:
        """The line of a field in the document that a resource comes from."""
        span = written_at(self.repository, resource)
        if span is None:
            return self.applied.object.ref.declared if self.applied is not None else Span("")
        return markedpatches.place(self.data, span, yamltext.pointer(keys))

    def _place(self, keys: Sequence[str | int]) -> Span:
        """The line of a part of the object that applies this."""
        assert self.applied is not None
        return markedpatches.place(
            self.data, self.applied.object.ref.declared, yamltext.pointer(keys)
        )


def _names(text: object) -> tuple[str, ...]:
    """The variables in a text, in order."""
    if not isinstance(text, str):
        return ()
    try:
        return tuple(name for name, _ in envsubst.variables(text))
    except SubstitutionError:
        return ()

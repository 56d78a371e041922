"""A snapshot whose renders were traced → where the fields of its resources are set.

Resources are looked up as the very values that a snapshot holds: the same object in two clusters
has two provenances.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from analyzer import attribution, shadows
from analyzer.applying import Applied
from analyzer.diff import ABSENT
from analyzer.model import RenderedResource, RenderKey, Span
from analyzer.origins import Origins
from analyzer.provenance import Provenance, Step
from analyzer.reconciled import Layers
from analyzer.shadows import Path
from analyzer.snapshot import Snapshot
from analyzer.transforms import at


@dataclass(slots=True)
class Whereabouts:
    """Looks up resources of one snapshot. Nothing is known of renders that were not traced."""

    snapshot: Snapshot
    _known: dict[int, tuple[Layers, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key, rendering in self.snapshot.renderings.items():
            resources = getattr(rendering, "resources", ())
            self._add(key, resources, None)
        for one in self.snapshot.applied:
            if one.rendering is not None:
                self._add(one.rendering.key, one.resources, one)

    def _add(
        self, key: RenderKey, resources: tuple[RenderedResource, ...], applied: Applied | None
    ) -> None:
        origins: Origins | None = self.snapshot.origins.get(key)
        if origins is None or len(resources) != len(origins.pairs):
            return
        layers = Layers(origins, applied, self.snapshot.applied, self.snapshot.repository,
                        origins.documents.data)  # fmt: skip
        for index, resource in enumerate(resources):
            self._known[id(resource)] = layers, index

    def knows(self, resource: RenderedResource) -> bool:
        return id(resource) in self._known

    def leaves(self, resource: RenderedResource) -> tuple[Provenance, ...]:
        """Every leaf of a resource and who set it, in their order; none where nothing is known."""
        if id(resource) not in self._known:
            return ()
        layers, index = self._known[id(resource)]
        return layers.explain(index)

    def set_by(self, resource: RenderedResource, pointer: str) -> Step | None:
        """Who set the field at a JSON pointer; of a map or list who set the first leaf in it."""
        found = self.field(resource, pointer)
        return None if found is None else found.set_by

    def at(self, resource: RenderedResource, pointer: str) -> Span | None:
        """The line that sets a field, or takes it away."""
        step = self.set_by(resource, pointer)
        return None if step is None else step.at

    def field(self, resource: RenderedResource, pointer: str) -> Provenance | None:
        if id(resource) not in self._known:
            return None
        layers, index = self._known[id(resource)]
        path = path_of(resource.content, pointer)
        value = ABSENT if path is None else at(resource.content, path)
        if path is None or value is ABSENT:
            return None
        below, leaf = next(shadows.leaves(value, path), (path, value))
        return layers.field(index, below, leaf)

    def taken(self, resource: RenderedResource, pointer: str) -> Step | None:
        """Who took away the field that a JSON pointer names in what there was before."""
        if id(resource) not in self._known:
            return None
        layers, index = self._known[id(resource)]
        return attribution.taken(layers.origins, index, pointer)


def path_of(content: object, pointer: str) -> Path | None:
    """A pointer as a path: numbers are positions where there is a list; None: it is not there."""
    path: Path = ()
    value = content
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list):
            if not name.isdigit() or int(name) >= len(value):
                return None
            path, value = (*path, int(name)), value[int(name)]
        elif isinstance(value, Mapping) and name in value:
            path, value = (*path, name), value[name]
        else:
            return None
    return path

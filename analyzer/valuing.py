"""A snapshot and its HelmReleases → who set their effective values.

What it takes values from may be in another render of its cluster: that is traced when it comes to
it, once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from analyzer import explaining, helmvalues, releases, selecting
from analyzer.applying import Applied
from analyzer.helmvalues import Held, Values
from analyzer.loader import Checkout
from analyzer.looking import Options
from analyzer.model import Rendered, RenderedResource, RenderKey, Span
from analyzer.reconciled import Layers
from analyzer.snapshot import Released, Snapshot


@dataclass(frozen=True, slots=True)
class Clusters:
    """What clusters hold, and where it comes from."""

    checkout: Checkout
    seen: Snapshot
    options: Options
    known: dict[RenderKey, Layers] = field(default_factory=dict)

    def values(self, release: Held, applied: Applied | None) -> Values:
        """The effective values of a HelmRelease; without `applied` as kustomize builds it."""

        def find(kind: str, namespace: str, name: str) -> Held | None:
            wanted = "", kind, namespace, name
            return next(self._called(wanted, release, applied), None)

        return helmvalues.explain(release, find)

    def _called(
        self, wanted: tuple[str, str, str, str], release: Held, applied: Applied | None
    ) -> Iterator[Held]:
        layers = release.layers
        if applied is None:
            pairs = layers.origins.pairs if layers is not None else ()
            for index in _at([pair.resource for pair in pairs], wanted):
                yield Held(pairs[index].resource, layers, index)
            return
        others = (one for one in self.seen.applied
                  if one.target == applied.target and one.key != applied.key)  # fmt: skip
        for one in (applied, *others):
            for index in _at(one.resources, wanted):
                own = layers if one is applied else self.layers(one)
                yield Held(one.resources[index], own, index)

    def layers(self, one: Applied) -> Layers | None:
        """Where the fields come from of all that an object applies; None where nothing tells."""
        rendering = one.rendering
        if not isinstance(rendering, Rendered):
            return None
        origins = self.seen.origins.get(rendering.key)
        if origins is None and rendering.key not in self.known:
            traced = explaining.trace(self.checkout, self.seen, (rendering,), self.options)[0]
            origins = traced.origins
        if origins is None:
            origins = self.known[rendering.key].origins
        data = origins.documents.data
        made = Layers(origins, one, self.seen.applied, self.seen.repository, data)
        self.known[rendering.key] = made
        return made


def of_one(
    clusters: Clusters, wider: Callable[[], Clusters], release: Held, applied: Applied | None
) -> Values:
    """The effective values of one release.

    `clusters` may have been followed only as far as the release; what is missing there is looked
    for in `wider` once more.
    """
    found = clusters.values(release, applied)
    if applied is None or all(one.holds is not None for one in found.sources):
        return found
    return wider().values(release, applied)


def placed(checkout: Checkout, seen: Snapshot, options: Options) -> Snapshot:
    """The snapshot with where the effective values of all HelmReleases are set.

    One render more for each that has a HelmRelease, or gives one values, and is not traced yet.
    """
    applied = [one for one in seen.applied if any(map(releases.is_release, one.resources))]
    roots = [
        key
        for key, one in seen.renderings.items()
        if key.reconciler is None
        and isinstance(one, Rendered)
        and any(map(releases.is_release, one.resources))
    ]
    keys = [*(one.rendering.key for one in applied if one.rendering is not None), *roots]
    origins = {**seen.origins, **explaining.origins(checkout, seen, options, keys)}
    clusters = Clusters(checkout, replace(seen, origins=origins), options)
    found: dict[Released, dict[tuple[str, ...], Span]] = {}
    for one in applied:
        for held in _releases(one.resources, clusters.layers(one)):
            found[one.key, held.resource.id] = _places(clusters.values(held, one))
    for key in roots:
        if key in origins:
            data = origins[key].documents.data
            layers = Layers(origins[key], None, (), seen.repository, data)
            resources = [pair.resource for pair in origins[key].pairs]
            for held in _releases(resources, layers):
                found[key.root, held.resource.id] = _places(clusters.values(held, None))
    return replace(seen, value_places=found)


def _releases(resources: Sequence[RenderedResource], layers: Layers | None) -> Iterator[Held]:
    for index, one in enumerate(resources):
        if releases.is_release(one):
            yield Held(one, layers, index)


def _places(values: Values) -> dict[tuple[str, ...], Span]:
    """Leaf → the line that sets it."""
    content = {helmvalues.VALUES: values.effective.values}
    found = ((selecting.leaf(content, one.path)[1:], one.set_by) for one in values.leaves)
    return {leaf: step.at for leaf, step in found if step is not None}


def _at(resources: Sequence[RenderedResource], wanted: tuple[str, str, str, str]) -> Iterator[int]:
    """The positions of the resources of this group, kind, namespace and name."""
    for index, one in enumerate(resources):
        if (one.id.group, one.id.kind, one.id.namespace, one.id.name) == wanted:
            yield index

"""A snapshot and one of its HelmReleases → who set its effective values.

What it takes values from may be in another render of its cluster: that is traced when it comes to
it, once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from analyzer import explaining, helmvalues
from analyzer.applying import Applied
from analyzer.helmvalues import Held, Values
from analyzer.loader import Checkout
from analyzer.looking import Options
from analyzer.model import Rendered, RenderedResource, RenderKey
from analyzer.reconciled import Layers
from analyzer.snapshot import Snapshot


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


def _at(resources: Sequence[RenderedResource], wanted: tuple[str, str, str, str]) -> Iterator[int]:
    """The positions of the resources of this group, kind, namespace and name."""
    for index, one in enumerate(resources):
        if (one.id.group, one.id.kind, one.id.namespace, one.id.name) == wanted:
            yield index

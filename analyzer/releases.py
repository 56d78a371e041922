"""HelmReleases as clusters get them → chart, version and effective values, to be put side by side.

Values are compared as they are and shown redacted; what only a cluster knows stays a symbol.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from analyzer import diff, effective, flux, redact, units, versions
from analyzer.deployments import SOURCES
from analyzer.effective import Data, Effective
from analyzer.model import Content, RenderedResource, Seat, Span
from analyzer.snapshot import Snapshot
from analyzer.units import Component, Unit

_DATA = ("ConfigMap", "Secret")
_CHARTS = ("OCIRepository", "HelmChart")
_LONGEST = 120  # characters of a value that are shown


@dataclass(frozen=True, slots=True)
class Held:
    """What one cluster holds that HelmReleases speak of."""

    data: Mapping[tuple[str, str, str], Data] = field(default_factory=dict)
    charts: tuple[RenderedResource, ...] = ()

    def source(self, kind: str, namespace: str, name: str) -> Data | None:
        return self.data.get((kind, namespace, name))


def is_release(resource: RenderedResource) -> bool:
    return resource.id.group == flux.HELM and resource.id.kind == "HelmRelease"


def of_resources(resources: Iterable[RenderedResource]) -> Held:
    """A cluster that holds these resources."""
    data: dict[tuple[str, str, str], Data] = {}
    charts: list[RenderedResource] = []
    for r in resources:
        if not r.id.group and r.id.kind in _DATA:
            data[r.id.kind, r.id.namespace, r.id.name] = effective.data(r.content)
        elif r.id.group == SOURCES and r.id.kind in _CHARTS:
            charts.append(r)
    return Held(data, tuple(charts))


def held(snapshot: Snapshot) -> dict[Seat, Held]:
    """What each cluster holds of all that its reconcilers apply."""
    found: dict[Seat, list[RenderedResource]] = defaultdict(list)
    for one in snapshot.applied:
        found[one.target] += one.resources
    return {seat: of_resources(resources) for seat, resources in found.items()}


@dataclass(frozen=True, slots=True)
class Value:
    """One effective value: as it is, only to compare with others, and as it may be shown.

    `at` is the line that sets it; None where that was not looked for, or nothing tells.
    """

    raw: object = field(repr=False)
    shown: str
    at: Span | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """A HelmRelease in one place. `values` are by field; `effective` says where they come from."""

    name: str
    seat: Seat | None
    chart: str
    version: str
    values: Mapping[str, Value]
    effective: Effective

    def is_as(self, other: Release) -> bool:
        """Is it the same chart with the same values?"""
        return (
            (self.chart, self.version) == (other.chart, other.version)
            and self.values.keys() == other.values.keys()
            and all(diff.equal(v.raw, other.values[k].raw) for k, v in self.values.items())
            and self.effective.unknown == other.effective.unknown
            and self.effective.problem == other.effective.problem
        )


def of(
    snapshot: Snapshot, component: Component, clusters: Mapping[Seat, Held]
) -> tuple[Release, ...]:
    """The HelmReleases of a component wherever it is; of one without environments, what it has."""
    if component.units:
        return tuple(r for unit in component.units for r in _of_unit(snapshot, unit, clusters))
    found = [(r, root) for root in component.roots for r in snapshot.resources(root)]
    cluster = of_resources(r for r, _ in found)
    return tuple(
        _release(r, None, cluster, snapshot.value_places.get((root, r.id), {}))
        for r, root in {r.id: (r, root) for r, root in found if is_release(r)}.values()
    )


def _of_unit(snapshot: Snapshot, unit: Unit, clusters: Mapping[Seat, Held]) -> Iterator[Release]:
    found = units.resources(snapshot, unit)
    if not any(map(is_release, found)):
        return
    applied = snapshot.applied_at(unit.root, unit.seat)
    here = clusters.get(applied[0].target) if applied else None
    here = here or of_resources(snapshot.resources(unit.root))
    by = applied[0].key if applied else unit.root
    for resource in found:
        if is_release(resource):
            places = snapshot.value_places.get((by, resource.id), {})
            yield _release(resource, unit.seat, here, places)


Places = Mapping[tuple[str, ...], Span]


def _release(
    resource: RenderedResource, seat: Seat | None, cluster: Held, places: Places
) -> Release:
    made = effective.values(resource.content, cluster.source)
    chart, version = _chart(resource, cluster)
    return Release(resource.id.name, seat, chart, version, _values(resource, made, places), made)


def _chart(resource: RenderedResource, cluster: Held) -> tuple[str, str]:
    pins = versions.versions((resource, *cluster.charts))
    own = [v for v in pins if v.kind == "chart" and v.resource == resource.id.short]
    return (own[0].name, own[0].version) if own else ("", "")


def _values(resource: RenderedResource, made: Effective, places: Places) -> dict[str, Value]:
    """By field, named as in the redacted values: the name of a list element may be a secret too."""
    content: Content = {**resource.content, "spec": {"values": made.values}}
    spec = redact.redacted(content).get("spec")
    clean = spec.get("values") if isinstance(spec, Mapping) else {}
    raw, shown = diff.leaves(made.values), diff.leaves(clean)
    if not made.values:
        return {}
    if len(raw) != len(shown):  # something is hidden as a whole: then that is all there is
        raw = shown
    symbols = {f"<{source}>" for source in made.unknown}
    return {
        diff.field_name(leaf): Value(
            value,
            value if isinstance(value, str) and value in symbols else _text(text),
            places.get(own),
        )
        for (own, value), (leaf, text) in zip(raw.items(), shown.items(), strict=True)
    }


def _text(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    line, _, rest = text.partition("\n")
    return f"{line[: _LONGEST - 1]}…" if rest.strip() or len(line) > _LONGEST else line


@dataclass(frozen=True, slots=True, order=True)
class Sourced:
    """A HelmRelease of one cluster, its chart, and the source that comes from."""

    source: str
    name: str
    chart: str
    version: str
    cluster: str


def sourced(
    snapshot: Snapshot, environment: str, clusters: Mapping[Seat, Held]
) -> tuple[Sourced, ...]:
    """Sources → releases of an environment, by source and name."""
    found: set[Sourced] = set()
    for one in snapshot.applied:
        if one.seat.environment != environment:
            continue
        for r in one.resources if any(map(is_release, one.resources)) else ():
            if is_release(r):
                chart, version = _chart(r, clusters.get(one.target, Held()))
                at = one.target.cluster or ""
                found.add(Sourced(_source(r), _full(r), chart, version, at))
    return tuple(sorted(found))


def _full(resource: RenderedResource) -> str:
    return "/".join(filter(None, (resource.id.namespace, resource.id.name)))


def _source(resource: RenderedResource) -> str:
    """`HelmRepository/apps/charts`: the namespace is the release's own where none is said."""
    spec = resource.content.get("spec")
    spec = spec if isinstance(spec, Mapping) else {}
    named = spec.get("chartRef")
    for key in ("chart", "spec", "sourceRef"):
        spec = spec.get(key) if isinstance(spec, Mapping) else None
    named = named if isinstance(named, Mapping) else spec if isinstance(spec, Mapping) else {}
    namespace = named.get("namespace") or resource.id.namespace
    return "/".join(str(part) for part in (named.get("kind"), namespace, named.get("name")) if part)


# side by side -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """A release in an environment, and the clusters of it where it is just so."""

    environment: str
    clusters: tuple[str, ...]
    release: Release


@dataclass(frozen=True, slots=True)
class Table:
    """One release in every environment. `differing` are fields whose values are not all the same,
    with a value or None for each column; `same` are the others.
    """

    name: str
    columns: tuple[Column, ...]
    differing: tuple[tuple[str, tuple[Value | None, ...]], ...]
    same: tuple[tuple[str, Value], ...]


def tables(releases: Iterable[Release]) -> tuple[Table, ...]:
    """Releases of one name side by side, in the order given."""
    by_name: dict[str, list[Release]] = {}
    for release in releases:
        by_name.setdefault(release.name, []).append(release)
    return tuple(_table(name, listed) for name, listed in by_name.items())


def _table(name: str, listed: list[Release]) -> Table:
    columns: list[Column] = []
    for release in listed:
        environment = release.seat.environment if release.seat is not None else ""
        cluster = release.seat.cluster if release.seat is not None else None
        at = next(
            (i for i, column in enumerate(columns)
             if column.environment == environment and column.release.is_as(release)),
            None,
        )  # fmt: skip
        clusters = (cluster,) if cluster is not None else ()
        if at is None:
            columns.append(Column(environment, clusters, release))
        else:
            columns[at] = Column(
                environment, (*columns[at].clusters, *clusters), columns[at].release
            )
    fields = dict.fromkeys(name for column in columns for name in column.release.values)
    differing: list[tuple[str, tuple[Value | None, ...]]] = []
    same: list[tuple[str, Value]] = []
    for field_ in fields:
        values = tuple(column.release.values.get(field_) for column in columns)
        first = values[0]
        if first is not None and all(
            v is not None and diff.equal(first.raw, v.raw) for v in values
        ):
            same.append((field_, first))
        else:
            differing.append((field_, values))
    return Table(name, tuple(columns), tuple(differing), tuple(same))

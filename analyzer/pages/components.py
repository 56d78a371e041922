"""A page for each component: each environment side by side, what uses it, what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from analyzer import releases, templating, units
from analyzer.analyses.coverage import Row
from analyzer.drawing import Diagram
from analyzer.findings import Severity
from analyzer.model import RenderedResource, Seat
from analyzer.pages import categories, cells, commits, comparison, overview, rendered, values
from analyzer.pages.cards import cards, silenced
from analyzer.pages.classes import Classes, classes, of_components
from analyzer.pages.differences import differences
from analyzer.pages.figures import figures
from analyzer.pages.site import Page, Site, own_roots, used_by, uses
from analyzer.pairing import loose
from analyzer.units import Component
from analyzer.versions import main_version, versions

INDEX = "components/index.md"
_PLACES = 60  # findings' places shown on a component's page
_LISTED = 100  # directories, versions and resources it lists of each
_OPEN = 30  # resources that stand open; more are folded
_CLUSTERS = 6  # clusters a line names


def page(site: Site, drawn: Mapping[str, tuple[Diagram, ...]]) -> Iterator[Page]:
    """The list of all components, each of them by category and name, and what each place gets."""
    yield Page(INDEX, "Components", "Components", _index(site), hide=("toc",))
    held, touched = releases.held(site.snapshot), commits.touched(site)
    steps = of_components(site)
    for component in site.structure.components:
        at = site.component_page(component.name)
        known = classes(site, at, steps.get(component.name, ()))
        text = _component(site, component, at, drawn.get(at, ()), held, known, touched)
        name = component.name
        hide = ("navigation", "toc") if site.categories else ("toc",)
        yield Page(at, name.component, "Components", text, name.category, leaf=True, hide=hide,
                   listed=not site.categories, boost=4)  # fmt: skip
    if site.categories:
        yield from categories.page(site, overview.lines(site))
    yield from rendered.page(site)
    yield from comparison.page(site)


def _index(site: Site) -> str:
    if site.categories:
        return templating.render("components.md.j2", categories=[], environments=[], legend=(),
                                 joined=categories.with_findings(site, INDEX))  # fmt: skip
    groups: dict[str, list[dict[str, object]]] = {}
    for component in site.structure.components:
        groups.setdefault(component.name.category, []).append(_line(site, component))
    return templating.render(
        "components.md.j2",
        categories=list(groups.items()),
        environments=[(e, site.url(INDEX, site.environment_page(e))) for e in site.environments],
        legend=cells.legend() if site.environments else (),
        joined="",
    )


def _line(site: Site, component: Component) -> dict[str, object]:
    covered = site.covered[component.name]
    name = component.name.component
    found = site.about(own_roots(component))
    return {
        "name": name,
        "url": site.url(INDEX, site.component_page(component.name)),
        "base": bool(component.bases),
        "cells": [cells.state_cell(covered.at(e), name) for e in site.environments],
        "directories": len(component.roots),
        "used_by": len(used_by(site.snapshot, component)),
        "findings": [
            (severity.value, count)
            for severity in (Severity.ERROR, Severity.WARNING)
            if (count := sum(f.severity is severity for f in found))
        ],
    }


def _component(
    site: Site,
    component: Component,
    at: str,
    drawn: tuple[Diagram, ...],
    held: Mapping[Seat, releases.Held],
    known: Classes,
    touched: commits.Touched,
) -> str:
    contents = _contents(site, component)
    columns = tuple(e for e in site.environments if e in contents)
    listed = _resources(contents, columns)
    pins = _versions(contents, columns)
    around = uses(site.snapshot, component), used_by(site.snapshot, component)
    return templating.render(
        "component.md.j2",
        component=component,
        category=site.url(at, site.categories[component.name.category]) if site.categories else "",
        bases=[site.shown(b) for b in component.bases],
        below=[] if component.bases else [site.shown(b) for b in _below(site, component)],
        others=[site.shown(o) for o in component.others],
        most=_LISTED,
        rows=_rows(site, component),
        compare=site.link(at, site.compares[component.name])
        if component.name in site.compares
        else None,
        views=any(name == component.name for name, _ in site.views),
        differences=differences(site, site.covered[component.name].rows, known),
        steps=known.steps,
        alone=None if component.units else cells.alone(site, component),
        rendered=site.coverage.rendered,
        columns=columns,
        versions=pins[:_LISTED],
        more_versions=max(0, len(pins) - _LISTED),
        releases=values.tables(site, releases.of(site.snapshot, component, held), known),
        open=_OPEN,
        resources=listed[:_LISTED],
        more_resources=max(0, len(listed) - _LISTED),
        uses=[_root(site, r, at) for r in around[0][:_LISTED]],
        used_by=[_root(site, r, at) for r in around[1][:_LISTED]],
        findings=cards(site, site.about(own_roots(component)), at, _PLACES),
        silenced=silenced(site, site.meant(own_roots(component)), _PLACES),
        figures=figures(site, drawn),
        history=commits.last(site, component, touched),
    )


def _below(site: Site, component: Component) -> tuple[str, ...]:
    """What the roots that are said to build on a base build on, where no base is called one."""
    roots = [row.root for row in site.covered[component.name].rows
             if row.state in ("referenced", "partial") and row.root is not None]  # fmt: skip
    edges = (edge for root in roots for edge in site.snapshot.graph.upstream.get(root, ()))
    return tuple(sorted({str(edge.target) for edge in edges if edge.field.value != "components"}))


def _rows(site: Site, component: Component) -> list[dict[str, object]]:
    """A row for each environment, and for each state, version and difference in it."""
    groups: dict[tuple[object, ...], list[Row]] = {}
    name = component.name.component
    for row in site.covered[component.name].rows:
        version = cells.said(main_version(row.versions, name), name)
        fields = row.fields if row.state != "own" else None
        groups.setdefault((row.environment, row.state, version, fields), []).append(row)
    return [
        {
            "environment": rows[0].environment,
            "where": cells.places(site, rows, _CLUSTERS),
            "state": cells.state(rows[0].state),
            "version": version,
            "fields": fields,
            "views": [
                (str(seat), site.url(site.component_page(component.name), site.views[key]))
                for seat in dict.fromkeys(Seat(r.environment, r.cluster) for r in rows)
                if (key := (component.name, seat)) in site.views
            ][:_CLUSTERS],
            "applied": cells.few(
                cells.applied_by(site, [row.root for row in rows if row.root is not None])
            ),
        }
        for (_, _, version, fields), rows in groups.items()
    ]


Contents = dict[str, list[tuple[RenderedResource, ...]]]


def _contents(site: Site, component: Component) -> Contents:
    """Environment → what each cluster gets; all of it under "" without environments."""
    found: dict[str, dict[str | None, tuple[RenderedResource, ...]]] = {}
    for unit in component.units:
        clusters = found.setdefault(unit.seat.environment, {})
        here = units.resources(site.snapshot, unit)
        clusters[unit.seat.cluster] = clusters.get(unit.seat.cluster, ()) + here
    if not found:
        roots = (*component.bases, *component.others)
        return {"": [tuple(r for root in roots for r in site.snapshot.resources(root))]}
    return {environment: list(clusters.values()) for environment, clusters in found.items()}


def _versions(contents: Contents, columns: tuple[str, ...]) -> list[tuple[str, str, list[str]]]:
    """(kind, name, versions in each column) of each image and chart."""
    pins: dict[tuple[str, str], dict[str, Counter[str]]] = {}
    for environment, clusters in contents.items():
        for resources in clusters:
            said = {(v.kind, v.name, v.version or "no version") for v in versions(resources)}
            for kind, name, version in said:
                counts = pins.setdefault((kind, name), {}).setdefault(environment, Counter())
                counts[version] += 1
    return [
        (kind, name, [_counted(found.get(e, Counter())) for e in columns or ("",)])
        for (kind, name), found in sorted(pins.items())
    ]


def _counted(found: Counter[str]) -> str:
    """Versions, the most frequent first; how often each where there are several."""
    if len(found) < 2:
        return "".join(found)
    listed = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{version} ×{n}" if n > 1 else version for version, n in listed)


def _resources(contents: Contents, columns: tuple[str, ...]) -> list[tuple[str, list[str]]]:
    """Kind/name of everything it renders to, and where: in how many clusters of each column."""
    places: dict[str, Counter[str]] = {}
    for environment, clusters in contents.items():
        for resources in clusters:
            for name in {_name(r) for r in resources}:
                places.setdefault(name, Counter())[environment] += 1
    return [
        (name, [_there(found[e], len(contents[e])) for e in columns])
        for name, found in sorted(places.items())
    ]


def _there(count: int, of: int) -> str:
    if count in (0, of):
        return "yes" if count else "–"
    return f"{count} of {of}"


def _name(resource: RenderedResource) -> str:
    """As people call it: without the hash a generator appends."""
    named = resource.id
    name = loose(resource)[1]
    return f"{named.namespace}/{named.kind}/{name}" if named.namespace else f"{named.kind}/{name}"


def _root(site: Site, root: str, at: str) -> tuple[str, str | None]:
    page = site.owner(root)
    return site.shown(root), site.url(at, page) if page is not None and page != at else None

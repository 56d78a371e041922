"""A page for each component: each environment side by side, what uses it, what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from analyzer import templating, units
from analyzer.analyses.coverage import Row
from analyzer.drawing import Diagram
from analyzer.model import RenderedResource, Seat
from analyzer.pages import overview
from analyzer.pages.figures import figures, finding_cards
from analyzer.pages.site import Page, Site, below, owner, state, used_by, uses
from analyzer.pairing import loose
from analyzer.units import Component

INDEX = "components/index.md"


def page(site: Site, drawn: Mapping[str, tuple[Diagram, ...]]) -> Iterator[Page]:
    """The matrix of all components, then each of them by category and name."""
    yield Page(
        INDEX,
        "Components",
        "Components",
        templating.render(
            "components.md.j2",
            categories=overview.categories(site, INDEX),
            environments=[
                (e, site.url(INDEX, site.environment_page(e))) for e in site.structure.environments
            ],
        ),
    )
    for component in site.structure.components:
        at = site.component_page(component.name)
        covered = site.covered(component.name)
        found = below(site.findings, _own_folders(site, component))
        yield Page(
            at,
            component.name.component,
            "Components",
            templating.render(
                "component.md.j2",
                component=component,
                bases=[site.shown(b) for b in component.bases],
                others=[site.shown(o) for o in component.others],
                rows=[_row(site, component, row) for row in covered.rows],
                versions=_versions(covered.rows),
                resources=_resources(site, component),
                uses=[_root(site, r, at) for r in uses(site.snapshot, component)],
                used_by=[_root(site, r, at) for r in used_by(site.snapshot, component)],
                findings=finding_cards(site, found),
                figures=figures(site, drawn.get(at, ())),
            ),
            component.name.category,
            leaf=True,
        )


def _own_folders(site: Site, component: Component) -> tuple[str, ...]:
    shared = {unit.root for unit in component.units if unit.shared}
    return tuple(root for root in component.roots if root not in shared)


def _row(site: Site, component: Component, row: Row) -> dict[str, object]:
    deployed = dict.fromkeys(
        d.object.name
        for r in ((row.root,) if row.root is not None else ())
        for dependent in site.snapshot.graph.dependents(r)
        for d in site.snapshot.deployed_by(dependent)
    )
    return {
        "where": str(Seat(row.environment, row.cluster)),
        "state": state(row),
        "root": site.shown(row.root) if row.root is not None else "",
        "resources": row.resources,
        "fields": row.fields,
        "deployed": list(deployed),
    }


def _versions(rows: tuple[Row, ...]) -> list[tuple[str, str, list[str]]]:
    """(kind, name, version in each row) for each image and chart; "" where it is not there."""
    names = sorted({(v.kind, v.name) for row in rows for v in row.versions})
    return [
        (
            kind,
            name,
            [
                ", ".join(
                    sorted(
                        {
                            v.version or "no tag"
                            for v in row.versions
                            if (v.kind, v.name) == (kind, name)
                        }
                    )
                )
                for row in rows
            ],
        )
        for kind, name in names
    ]


def _resources(site: Site, component: Component) -> list[tuple[str, list[bool]]]:
    """Kind/name of everything it renders to, and in which of its units."""
    rendered = [units.resources(site.snapshot, unit) for unit in component.units]
    if not rendered:
        rendered = [site.snapshot.resources(root) for root in (*component.bases, *component.others)]
    names = sorted({_name(r) for resources in rendered for r in resources})
    return [
        (name, [any(_name(r) == name for r in resources) for resources in rendered])
        for name in names
    ]


def _name(resource: RenderedResource) -> str:
    """As people call it: without the hash a generator appends."""
    return str(replace(resource.id, name=loose(resource)[1]))


def _root(site: Site, root: str, at: str) -> tuple[str, str | None]:
    page = owner(site, root)
    return site.shown(root), site.url(at, page) if page is not None and page != at else None

"""A page for each environment: what it holds, what applies it and in which order, what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analyzer import templating, versions
from analyzer.analyses.coverage import STATES, Row
from analyzer.drawing import Diagram
from analyzer.model import Deployment
from analyzer.pages.figures import figures, finding_cards
from analyzer.pages.site import Page, Site, below, state
from analyzer.units import Name

INDEX = "environments/index.md"


def page(site: Site, drawn: Mapping[str, tuple[Diagram, ...]]) -> Iterator[Page]:
    """The list of environments, then each of them in promotion order."""
    environments = site.structure.environments
    yield Page(
        INDEX,
        "Environments",
        "Environments",
        templating.render(
            "environments.md.j2",
            rows=[_summary(site, e) for e in environments],
            states=STATES,
            order=" → ".join(environments),
        ),
    )
    for environment in environments:
        at = site.environment_page(environment)
        roots = [
            r
            for r in site.snapshot.roots()
            if environment in site.snapshot.placements[r].environments
        ]
        yield Page(
            at,
            environment,
            "Environments",
            templating.render(
                "environment.md.j2",
                name=environment,
                protected=environment in site.snapshot.config.protected,
                clusters=sorted(
                    {
                        s.cluster
                        for r in roots
                        for s in site.snapshot.placements[r].seats
                        if s.cluster and s.environment == environment
                    }
                ),
                rows=[_row(site, name, row, at) for name, row in _rows(site, environment)],
                deployments=[_deployment(site, d) for d in deployment_order(site, environment)],
                findings=finding_cards(site, below(site.findings, roots)),
                figures=figures(site, drawn.get(at, ())),
            ),
        )


def _summary(site: Site, environment: str) -> dict[str, object]:
    rows = [row for _, row in _rows(site, environment)]
    return {
        "name": environment,
        "page": site.link(INDEX, site.environment_page(environment)),
        "counts": [sum(row.state == s for row in rows) for s in STATES],
    }


def _rows(site: Site, environment: str) -> list[tuple[Name, Row]]:
    return [(c.name, row) for c in site.coverage.components for row in c.at(environment)]


def _row(site: Site, name: Name, row: Row, at: str) -> dict[str, object]:
    version = versions.main_version(row.versions, name.component)
    return {
        "category": name.category,
        "component": name.component,
        "cluster": row.cluster or "",
        "url": site.url(at, site.component_page(name)),
        "state": state(row),
        "version": version.version if version else "",
        "overridden": row.fields.changed if row.fields else None,
        "root": site.shown(row.root) if row.root is not None else "",
    }


def deployment_order(site: Site, environment: str) -> tuple[Deployment, ...]:
    """Reconcilers so that what others wait for comes first; by name where nothing says."""
    left = sorted(
        (d for d in site.snapshot.deployments if environment in {s.environment for s in d.seats}),
        key=lambda d: d.object.name,
    )
    done: list[Deployment] = []
    names = {d.object.name for d in left}
    while left:
        met = {d.object.name for d in done}
        ready = [d for d in left if all(n in met or n not in names for _, n in d.depends_on)]
        done += ready or left  # what waits for itself comes as it is
        left = [d for d in left if d not in done]
    return tuple(done)


def _deployment(site: Site, d: Deployment) -> dict[str, object]:
    state_ = [word for word, on in (("suspended", d.suspended), ("prunes", d.prune)) if on]
    return {
        "name": d.object.name,
        "kind": d.object.kind,
        "depends": [n for _, n in d.depends_on],
        "path": site.shown(d.root) if d.root is not None else d.written,
        "note": d.external or ("" if d.root is not None else "does not exist"),
        "state": ", ".join(state_),
        "declared": site.source(d.object.declared.path, d.object.declared.line),
    }

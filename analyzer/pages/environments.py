"""A page for each environment: what it holds, what is wrong, what applies it and in which order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analyzer import releases, templating, units
from analyzer.analyses import promotion as report
from analyzer.analyses.coverage import STATES, Row
from analyzer.analyses.promotion import Promotion
from analyzer.document import counted
from analyzer.drawing import Diagram
from analyzer.findings import Severity
from analyzer.model import Seat
from analyzer.pages import categories, cells, promotion, reconcilers
from analyzer.pages.cards import cards
from analyzer.pages.figures import figures
from analyzer.pages.site import Page, Site
from analyzer.promotionlist import CLASSES
from analyzer.units import Name

INDEX = "environments/index.md"
_PLACES = 60  # findings' places shown on an environment's page
_CLUSTERS = 6  # clusters a line names
_ROWS = 30  # objects and HelmReleases it lists; a page of their own has all
_MISSING = 60  # components that are elsewhere only
_STEP = 60  # components that differ from the environment before


def page(site: Site, drawn: Mapping[str, tuple[Diagram, ...]]) -> Iterator[Page]:
    """The list of environments, then each of them in promotion order."""
    applied = reconcilers.of(site, None)
    deployments, left = reconcilers.rows(site, applied, INDEX)
    yield Page(
        INDEX,
        "Environments",
        "Environments",
        hide=("toc",),
        text=templating.render(
            "environments.md.j2",
            rows=[_summary(site, e) for e in site.environments],
            states=[s for s in STATES if site.coverage.total(s)],
            legend=cells.legend(),
            order=" → ".join(site.promoted),
            unordered=[e for e in site.environments if e not in site.promoted],
            deployments=deployments,
            left=left,
            all="",
        ),
    )
    held = releases.held(site.snapshot)
    for environment in site.environments:
        at = site.environment_page(environment)
        text = _environment(site, drawn, environment, at, held)
        yield Page(at, environment, "Environments", text, hide=("toc",), boost=12)
        yield from _lists(site, environment, held)


def _further(at: str, what: str) -> str:
    """The page of all objects or releases of the environment whose page is at."""
    return f"{at.removesuffix('.md')}/{what}.md"


def _lists(site: Site, environment: str, held: Mapping[Seat, releases.Held]) -> Iterator[Page]:
    """What is too long for the page of an environment, on pages of its own."""
    page = site.environment_page(environment)
    applied = reconcilers.of(site, environment)
    charts = releases.sourced(site.snapshot, environment, held)
    for found, what, title in (
        (applied, "applied", f"What applies {environment}"),
        (charts, "releases", f"Helm releases in {environment}"),
    ):
        if len(found) <= _ROWS:
            continue
        first, step = _further(page, what), reconcilers.ROWS
        parts = range(0, len(found), step)
        paths = [first, *(f"{first.removesuffix('.md')}-{n}.md" for n in range(2, len(parts) + 1))]
        for number, (at, start) in enumerate(zip(paths, parts, strict=True), 1):
            here = slice(start, start + step)
            text = templating.render(
                "listed.md.j2",
                title=title,
                environment=environment,
                page=site.link(at, page),
                deployments=reconcilers.rows(site, applied[here], at)[0]
                if what == "applied"
                else (),
                left=0,
                all="",
                releases=charts[here],
                pages=[(str(n), site.link(at, path)) for n, path in enumerate(paths, 1)],
                number=number,
            )
            yield Page(at, title, "Environments", text, leaf=True, hide=("navigation", "toc"),
                       listed=False)  # fmt: skip


def _environment(
    site: Site,
    drawn: Mapping[str, tuple[Diagram, ...]],
    environment: str,
    at: str,
    held: Mapping[Seat, releases.Held],
) -> str:
    charts = releases.sourced(site.snapshot, environment, held)
    missing = [
        (c.name.component, site.url(at, site.component_page(c.name)))
        for c in site.coverage.components
        if all(row.state == "missing" for row in c.at(environment))
    ]
    roots = _roots(site, environment)
    own = site.diagram_page(environment)
    deployments, left = reconcilers.rows(site, reconcilers.of(site, environment), at, _ROWS)
    return templating.render(
        "environment.md.j2",
        name=environment,
        protected=environment in site.snapshot.config.protected,
        clusters=_clusters(site, environment),
        totals=_totals(site, environment, roots),
        steps=list(_before(site, environment, at)),
        classes=CLASSES,
        rendered=site.coverage.rendered,
        categories=[] if site.categories else _by_category(site, environment, at),
        joined=categories.in_environment(site, environment, at) if site.categories else "",
        missing=missing[:_MISSING],
        more_missing=max(0, len(missing) - _MISSING),
        deployments=deployments,
        left=left,
        all=site.link(at, _further(at, "applied")),
        releases=charts[:_ROWS],
        more_releases=max(0, len(charts) - _ROWS),
        all_releases=site.link(at, _further(at, "releases")),
        findings=cards(site, site.about(roots), at, _PLACES),
        figures=figures(site, drawn.get(at, ())),
        diagrams=site.link(at, own) if drawn[own] else None,
    )


def _roots(site: Site, environment: str) -> tuple[str, ...]:
    placements = site.snapshot.placements
    return tuple(r for r in site.snapshot.roots() if environment in placements[r].environments)


def _clusters(site: Site, environment: str) -> list[str]:
    seats = (s for root in _roots(site, environment) for s in site.snapshot.placements[root].seats)
    return sorted({s.cluster for s in seats if s.cluster and s.environment == environment})


def _totals(site: Site, environment: str, roots: tuple[str, ...]) -> dict[str, object]:
    """Components by state, resources and findings; of what is zero nothing."""
    held = [{row.state for row in c.at(environment)} for c in site.coverage.components]
    there = [states - {"missing"} for states in held if states - {"missing"}]
    found = site.about(roots)
    counts = {s: sum(f.severity is s for f in found) for s in Severity}
    resources = {id(resource) for c in site.structure.components for unit in c.units
                 if unit.seat.environment == environment
                 for resource in units.resources(site.snapshot, unit)}  # fmt: skip
    return {
        "components": counted(len(there), "component"),
        "states": [(n, cells.state(s)) for s in STATES if (n := sum(s in one for one in there))],
        "several": sum(len(states) > 1 for states in there),
        "resources": counted(len(resources), "resource") if site.coverage.rendered else "",
        "findings": ", ".join(counted(n, severity.value) for severity, n in counts.items() if n),
    }


def _before(site: Site, environment: str, at: str) -> Iterator[dict[str, object]]:
    """What is otherwise than in the environment before it, component by component."""
    said: Promotion = site.reports["promotion"]
    known = promotion.paths(said)
    for step in said.steps:
        if step.target != environment:
            continue
        lags = [lag for lag in step.lags if lag.gaps or lag.state == "not-comparable"]
        alone = {state: [lag.name for lag in step.lags if lag.state == state]
                 for state in ("only-in-to", "only-in-from")}  # fmt: skip
        same = len(step.lags) - len(lags) - sum(map(len, alone.values()))
        yield {
            "source": step.source,
            "page": site.link(at, site.environment_page(step.source)),
            "verdict": report.verdict(step),
            "rows": [
                {
                    "name": lag.name.component,
                    "cluster": lag.target.cluster or "",
                    "url": _linked(site, lag.name, at),
                    "page": site.url(at, there)
                    if (there := known.get(promotion.key(step, lag)))
                    else "",
                    "said": "why not" if lag.state == "not-comparable" else "differences",
                    "state": promotion.said(lag),
                    "mark": promotion.MARKS[lag.state],
                    "days": report.days(lag.days) if lag.days is not None else "",
                    "counts": [lag.count(verdict) for verdict in CLASSES],
                }
                for lag in lags[:_STEP]
            ],
            "more": max(0, len(lags) - _STEP),
            "same": same,
            "only": _few(site, alone["only-in-to"], at),
            "left": _few(site, alone["only-in-from"], at),
        }


def _few(site: Site, names: list[Name], at: str) -> tuple[list[tuple[str, str]], int]:
    """(Name, page) of as many as a page has room for, and how many more there are."""
    shown = [(name.component, _linked(site, name, at)) for name in names[:_MISSING]]
    return shown, len(names) - len(shown)


def _linked(site: Site, name: Name, at: str) -> str:
    """The page of a component; "" for what belongs to none."""
    return site.url(at, site.component_page(name)) if name in site.paths else ""


def _summary(site: Site, environment: str) -> dict[str, object]:
    held = [(c.name, c.at(environment)) for c in site.coverage.components]
    found = site.about(_roots(site, environment))
    return {
        "name": environment,
        "page": site.url(INDEX, site.environment_page(environment)),
        "protected": environment in site.snapshot.config.protected,
        "clusters": len(_clusters(site, environment)),
        "counts": [sum(any(r.state == s for r in rows) for _, rows in held) for s in STATES
                   if site.coverage.total(s)],
        "errors": sum(f.severity is Severity.ERROR for f in found),
        "warnings": sum(f.severity is Severity.WARNING for f in found),
    }  # fmt: skip


def _by_category(
    site: Site, environment: str, at: str
) -> list[tuple[str, list[dict[str, object]]]]:
    groups: dict[str, list[dict[str, object]]] = {}
    for covered in site.coverage.components:
        there = tuple(row for row in covered.at(environment) if row.state != "missing")
        if there:
            groups.setdefault(covered.name.category, []).append(
                _line(site, covered.name, there, at)
            )
    return list(groups.items())


def _line(site: Site, name: Name, rows: tuple[Row, ...], at: str) -> dict[str, object]:
    """One component: a line for each state and version it is there in."""
    return {
        "name": name.component,
        "url": site.url(at, site.component_page(name)),
        "held": [
            {
                "state": cells.state(one.state),
                "version": cells.said(one.version, name.component),
                "title": str(one.version) if one.version else "",
                "changed": _changed(one.rows),
                "where": cells.places(site, one.rows, _CLUSTERS),
            }
            for one in cells.held(rows, name.component)
        ],
    }


def _changed(rows: tuple[Row, ...]) -> str:
    """Fields that differ from the base, the least and the most of the clusters."""
    counts = sorted({row.fields.changed for row in rows if row.fields is not None
                     and row.state != "own"})  # fmt: skip
    if not counts:
        return ""
    return str(counts[0]) if len(counts) == 1 else f"{counts[0]}–{counts[-1]}"

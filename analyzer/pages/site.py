"""What every page knows: the reports, where each page is, and how one links to another."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from analyzer import escape, units
from analyzer.analyses import REPORTS
from analyzer.analyses.coverage import Covered, Coverage, Row
from analyzer.analyses.structure import Structure
from analyzer.findings import Finding, most_severe_first
from analyzer.snapshot import Snapshot, short
from analyzer.units import Component, Name


@dataclass(frozen=True, slots=True)
class Page:
    """One Markdown file: its path below the output, its title, its place in the navigation."""

    path: str
    title: str
    tab: str
    text: str
    section: str = ""  # a heading between the tab and the page
    leaf: bool = False  # its facts also stand on a page above it


@dataclass(frozen=True, slots=True)
class Site:
    """One look at a tree, ready to be written down. `pictures` maps a diagram's id to its SVG."""

    snapshot: Snapshot
    structure: Structure
    coverage: Coverage
    findings: tuple[Finding, ...]
    paths: Mapping[object, str]
    directory_urls: bool = True
    pictures: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return self.structure.title

    def component_page(self, name: Name) -> str:
        return self.paths[name]

    def environment_page(self, environment: str) -> str:
        return self.paths[environment]

    def covered(self, name: Name) -> Covered:
        return next(c for c in self.coverage.components if c.name == name)

    def link(self, at: str, to: str) -> str:
        """A Markdown link's target from one page to another; MkDocs checks it."""
        return posixpath.relpath(to, posixpath.dirname(at) or ".")

    def url(self, at: str, to: str) -> str:
        """The same as a URL for raw HTML and SVG, which MkDocs does not touch."""
        if not self.directory_urls:
            return posixpath.relpath(_html(to), posixpath.dirname(at) or ".")
        target, here = _folder(to), _folder(at)
        relative = posixpath.relpath(target or ".", here or ".")
        return "./" if relative == "." else relative + "/"

    def shown(self, root: str) -> str:
        """A root as the pages call it: seen from the analysed directory."""
        return short(self.snapshot.repository, root)

    def source(self, path: str, line: int) -> str:
        """A place in the tree as Markdown; a link where the forge is known."""
        shown = escape.code(f"{path}:{line}" if line else path or ".")
        template = self.snapshot.config.source_url
        if template is None:
            return shown
        url = template.replace("{path}", _quoted(path)).replace("{line}", str(line or 1))
        return f'<a href="{escape.html(url)}">{shown}</a>'


def _quoted(path: str) -> str:
    return re.sub(r"[^\w./~@+-]", lambda m: "".join(f"%{b:02X}" for b in m.group().encode()), path)


def _folder(page: str) -> str:
    """The directory MkDocs serves a page as."""
    stem = page.removesuffix(".md")
    return posixpath.dirname(stem) if posixpath.basename(stem) == "index" else stem


def _html(page: str) -> str:
    return page.removesuffix(".md") + ".html"


def make(snapshot: Snapshot, directory_urls: bool = True) -> Site:
    """Every report once, and a path for every page."""
    by_name = {row.name: row.analyze(snapshot) for row in REPORTS}
    structure: Structure = by_name["structure"]
    coverage: Coverage = by_name["coverage"]
    found = most_severe_first(f for report in by_name.values() for f in report.findings)
    return Site(snapshot, structure, coverage, found, _paths(structure), directory_urls)


def _paths(structure: Structure) -> dict[object, str]:
    paths: dict[object, str] = {}
    taken: set[str] = {"index"}
    for environment in structure.environments:
        paths[environment] = f"environments/{_unique(slug(environment), taken)}.md"
    taken = set()
    for component in structure.components:
        name = component.name
        folder = slug(name.category) if name.category else "all"
        paths[name] = f"components/{_unique(f'{folder}/{slug(name.component)}', taken)}.md"
    return paths


def slug(text: str) -> str:
    """A file name that every file system and URL takes; `index` is MkDocs's own."""
    made = re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-._") or "unnamed"
    return f"{made}-" if made == "index" else made


def _unique(wanted: str, taken: set[str]) -> str:
    made, number = wanted, 1
    while made in taken:
        number += 1
        made = f"{wanted}-{number}"
    taken.add(made)
    return made


def state(row: Row) -> str:
    """A coverage state as HTML; its word is in it, colour only helps."""
    return f'<span class="gp-state gp-state--{row.state}">{row.state}</span>'


def severity(finding: Finding) -> str:
    name = finding.severity.value
    return f'<span class="gp-severity gp-severity--{name}">{name}</span>'


def below(findings: Iterable[Finding], roots: Iterable[str]) -> tuple[Finding, ...]:
    """Findings in the directories of these roots, or about them."""
    folders = tuple(root for root in roots if root)
    found = []
    for finding in findings:
        places = (finding.location, *(r.location for r in finding.related))
        if any(p.path == f or p.path.startswith(f + "/") for p in places for f in folders):
            found.append(finding)
    return tuple(found)


def used_by(snapshot: Snapshot, component: Component) -> tuple[str, ...]:
    """Roots of others that build on a root of this component, sorted."""
    own = set(component.roots)
    return tuple(
        sorted({e.source for root in own for e in snapshot.graph.downstream.get(root, ())} - own)
    )


def uses(snapshot: Snapshot, component: Component) -> tuple[str, ...]:
    """Roots of others that this component's roots build on, sorted."""
    own = set(component.roots)
    shared = {unit.root for unit in component.units if unit.shared}
    return tuple(
        sorted(
            {
                str(edge.target)
                for root in own - shared
                for edge in snapshot.graph.upstream.get(root, ())
            }
            - own
        )
    )


def owner(site: Site, root: str) -> str | None:
    """The page of the component or environment that a root belongs to; None for neither."""
    placement = site.snapshot.placements.get(root)
    if placement is None:
        return None
    if placement.component is not None:
        name = units.Name(placement.category or "", placement.component)
        if name in site.paths:
            return site.paths[name]
    return site.paths.get(placement.environments[0]) if placement.environments else None

"""What every page knows: the reports, where each page is, and how one links to another."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from analyzer import escape, redact
from analyzer.analyses import run
from analyzer.analyses.coverage import Coverage, Covered
from analyzer.analyses.structure import Structure
from analyzer.findings import Finding, Silenced, most_severe_first
from analyzer.model import Seat
from analyzer.reviews import Review
from analyzer.snapshot import Snapshot, short
from analyzer.units import Component, Name, resources
from analyzer.whereabouts import Whereabouts

_VIEWS = 1_000  # components in environments, above which none has a page of its own
_WHOLE = 150  # components up to which each stands in every list, environments as columns
_WIDEST = 3  # environments up to which that holds; with more there is room for fewer


@dataclass(frozen=True, slots=True)
class Page:
    """One Markdown file: its path below the output, its title, its place in the navigation.

    `hide` names sidebars that would be empty: navigation, toc.
    """

    path: str
    title: str
    tab: str
    text: str
    section: str = ""  # a heading between the tab and the page
    leaf: bool = False  # its facts also stand on a page above it
    boost: float = 0  # how far before others a search shows it, or below 1 behind them
    listed: bool = True  # in the navigation; else other pages lead to it
    hide: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Site:
    """One look at a tree, ready to be written down.

    `reports` has the value of each report by its name, `near` the findings in and about each
    root's directory, `owners` the component each root belongs to, `whereabouts` who set which
    field, `views` the page of what each place gets of a component, `reviews` the
    candidates that were proposed and proved, by id, `compares` the page of its
    environments side by side, `categories` the page of each category's components where all of
    them are too many for one list, `applied` the number and name of each object that applies a
    root, `pictures` the SVG of each diagram by its DOT text.
    """

    snapshot: Snapshot
    reports: Mapping[str, Any]
    findings: tuple[Finding, ...]
    silenced: tuple[Silenced, ...]
    near: Mapping[str, tuple[Finding, ...]]
    covered: Mapping[Name, Covered]
    owners: Mapping[str, Name]
    paths: Mapping[object, str]
    whereabouts: Whereabouts
    views: Mapping[tuple[Name, Seat], str]
    compares: Mapping[Name, str]
    categories: Mapping[str, str]
    applied: Mapping[str, tuple[tuple[int, str], ...]]
    directory_urls: bool = True
    reviews: Mapping[str, Review] = field(default_factory=dict)
    pictures: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def structure(self) -> Structure:
        found: Structure = self.reports["structure"]
        return found

    @property
    def coverage(self) -> Coverage:
        found: Coverage = self.reports["coverage"]
        return found

    @property
    def title(self) -> str:
        return self.structure.title

    @property
    def environments(self) -> tuple[str, ...]:
        """In promotion order; those that have none come last, by name."""
        return self.structure.environments

    @property
    def promoted(self) -> tuple[str, ...]:
        """The environments whose order is known: pinned, or by names everybody uses."""
        return self.snapshot.promoted()

    def component_page(self, name: Name) -> str:
        return self.paths[name]

    def environment_page(self, environment: str) -> str:
        return self.paths[environment]

    def diagram_page(self, environment: str) -> str:
        return f"diagrams/{posixpath.basename(self.paths[environment])}"

    def owner(self, root: str) -> str | None:
        """The page of the component or environment a root belongs to; None for neither."""
        if root in self.owners:
            return self.paths[self.owners[root]]
        placement = self.snapshot.placements.get(root)
        held = placement.environments if placement is not None else ()
        return self.paths.get(held[0]) if held else None

    def about(self, roots: Iterable[str]) -> tuple[Finding, ...]:
        """Findings in the directories of these roots, or about them, most severe first."""
        found = dict.fromkeys(f for root in roots for f in self.near.get(root, ()))
        return most_severe_first(found)

    def meant(self, roots: Iterable[str]) -> tuple[Silenced, ...]:
        """Silenced findings in the directories of these roots and below."""
        folders = tuple(f"{root}/" for root in roots if root)
        return tuple(s for s in self.silenced if s.finding.location.path.startswith(folders))

    def link(self, at: str, to: str) -> str:
        """A Markdown link's target from one page to another; MkDocs checks it."""
        return _relative(to, posixpath.dirname(at))

    def url(self, at: str, to: str) -> str:
        """The same as a URL for raw HTML and SVG, which MkDocs does not touch."""
        if not self.directory_urls:
            return _relative(_html(to), posixpath.dirname(at))
        relative = _relative(_folder(to), _folder(at))
        return "./" if relative == "." else relative + "/"

    def asset(self, at: str, name: str) -> str:
        """The URL of a file below the assets for raw HTML."""
        return _relative(f"assets/{name}", _folder(at) if self.directory_urls
                         else posixpath.dirname(at))  # fmt: skip

    def shown(self, path: str) -> str:
        """A path as the pages call it: seen from the analysed directory."""
        return short(self.snapshot.repository, path)

    def said(self, message: str) -> str:
        """A message with its paths seen from the analysed directory, without passwords in URLs."""
        subdir = self.snapshot.repository.subdir
        message = redact.text(message) if "://" in message else message
        return re.sub(rf"(?<![\w./-]){re.escape(subdir)}/", "", message) if subdir else message

    def source(self, path: str, line: int) -> str:
        """A place in the tree as HTML; a link where the forge is known."""
        shown = self.shown(path)
        shown = f"<code>{escape.path(f'{shown}:{line}' if line else shown)}</code>"
        url = self.source_url(path, line)
        return f'<a href="{escape.html(url)}">{shown}</a>' if url else shown

    def source_url(self, path: str, line: int) -> str:
        """Where a line stands on the forge; "" where that is not known."""
        template = self.snapshot.config.source_url
        if template is None:
            return ""
        return template.replace("{path}", _quoted(path)).replace("{line}", str(line or 1))


def _quoted(path: str) -> str:
    return re.sub(r"[^\w./~@+-]", lambda m: "".join(f"%{b:02X}" for b in m.group().encode()), path)


def _relative(path: str, start: str) -> str:
    """From one path to another; without the slashes `posixpath` asks for the working directory."""
    return posixpath.relpath(f"/{path}", f"/{start}")


def _folder(page: str) -> str:
    """The directory MkDocs serves a page as."""
    stem = page.removesuffix(".md")
    return posixpath.dirname(stem) if posixpath.basename(stem) == "index" else stem


def _html(page: str) -> str:
    return page.removesuffix(".md") + ".html"


def make(
    snapshot: Snapshot, directory_urls: bool = True, reviews: Mapping[str, Review] | None = None
) -> Site:
    """Every report once, and a path for every page."""
    said = run(snapshot)
    structure: Structure = said.reports["structure"]
    whereabouts = Whereabouts(snapshot)
    return Site(
        snapshot=snapshot,
        reports=said.reports,
        findings=said.findings,
        silenced=said.silenced,
        near=_near(said.findings, snapshot.roots()),
        covered={c.name: c for c in said.reports["coverage"].components},
        owners={root: c.name for c in structure.components for root in own_roots(c)},
        paths=_paths(structure),
        whereabouts=whereabouts,
        views=_views(snapshot, structure, whereabouts),
        compares=_compares(snapshot, structure),
        categories=_categories(structure),
        applied=_applied(snapshot),
        directory_urls=directory_urls,
        reviews=reviews or {},
    )


def _near(found: Iterable[Finding], roots: Iterable[str]) -> dict[str, tuple[Finding, ...]]:
    """Root → the findings in its directory and below, and those that name a place there."""
    near: dict[str, dict[Finding, None]] = {root: {} for root in roots if root}
    for finding in found:
        for place in (finding.location, *(related.location for related in finding.related)):
            path = place.path
            while path:
                if path in near:
                    near[path][finding] = None
                path = posixpath.dirname(path)
    return {root: tuple(findings) for root, findings in near.items()}


def _paths(structure: Structure) -> dict[object, str]:
    paths: dict[object, str] = {}
    taken: set[str] = {"index"}
    for environment in structure.environments:
        paths[environment] = f"environments/{unique(slug(environment), taken)}.md"
    taken = set()
    for component in structure.components:
        name = component.name
        folder = slug(name.category) if name.category else "all"
        paths[name] = f"components/{unique(f'{folder}/{slug(name.component)}', taken)}.md"
    return paths


def _applied(snapshot: Snapshot) -> dict[str, tuple[tuple[int, str], ...]]:
    found: dict[str, list[tuple[int, str]]] = {}
    for number, deployment in enumerate(snapshot.deployments):
        if deployment.root is not None:
            found.setdefault(deployment.root, []).append((number, deployment.object.name))
    return {root: tuple(listed) for root, listed in found.items()}


def _views(
    snapshot: Snapshot, structure: Structure, whereabouts: Whereabouts
) -> dict[tuple[Name, Seat], str]:
    """A path for each component and place whose fields were traced; none where there are many."""
    found: dict[tuple[Name, Seat], str] = {}
    taken: set[str] = set()
    for component in structure.components:
        for unit in component.units:
            name, key = component.name, (component.name, unit.seat)
            if key not in found and any(map(whereabouts.knows, resources(snapshot, unit))):
                words = filter(None, (name.category, name.component))
                wanted = f"{slug(str(unit.seat))}/{slug('-'.join(words))}"
                found[key] = f"rendered/{unique(wanted, taken)}.md"
    return found if len(found) <= _VIEWS else {}


def _compares(snapshot: Snapshot, structure: Structure) -> dict[Name, str]:
    """A path for each component that renders in two environments; none where there are many."""
    found: dict[Name, str] = {}
    taken: set[str] = set()
    if len(structure.components) > _VIEWS:
        return found
    for component in structure.components:
        name = component.name
        held = {u.seat.environment for u in component.units if resources(snapshot, u)}
        if len(held) > 1:
            wanted = f"compare/{slug('-'.join(filter(None, (name.category, name.component))))}"
            found[name] = f"{unique(wanted, taken)}.md"
    return found


def _categories(structure: Structure) -> dict[str, str]:
    """A path for each category; none where there are few components."""
    wide = max(len(structure.environments), _WIDEST)
    if len(structure.components) * wide <= _WHOLE * _WIDEST:
        return {}
    taken: set[str] = set()
    names = dict.fromkeys(component.name.category for component in structure.components)
    return {name: f"categories/{unique(slug(name or 'none'), taken)}.md" for name in names}


def slug(text: str) -> str:
    """A file name that every file system and URL takes; `index` is MkDocs's own."""
    made = re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-._") or "unnamed"
    return f"{made}-" if made == "index" else made


def unique(wanted: str, taken: set[str]) -> str:
    """The name, numbered where it is taken; it is taken then."""
    made, number = wanted, 1
    while made in taken:
        number += 1
        made = f"{wanted}-{number}"
    taken.add(made)
    return made


def own_roots(component: Component) -> tuple[str, ...]:
    """Its roots without those that hold other components too."""
    shared = {unit.root for unit in component.units if unit.shared}
    return tuple(root for root in component.roots if root not in shared)


def used_by(snapshot: Snapshot, component: Component) -> tuple[str, ...]:
    """Roots of others that build on a root of this component, sorted."""
    own = set(own_roots(component))
    return tuple(
        sorted({e.source for root in own for e in snapshot.graph.downstream.get(root, ())} - own)
    )


def uses(snapshot: Snapshot, component: Component) -> tuple[str, ...]:
    """Roots of others that this component's roots build on, sorted."""
    found = {
        str(edge.target)
        for root in own_roots(component)
        for edge in snapshot.graph.upstream.get(root, ())
    }
    return tuple(sorted(found - set(component.roots)))

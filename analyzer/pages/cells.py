"""Coverage rows → what a matrix says of a component in an environment, each state once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from analyzer import templating, versions
from analyzer.analyses.coverage import STATES, Row
from analyzer.pages.site import Site, own_roots
from analyzer.units import Component, Name, topmost
from analyzer.versions import Version

MEANING: Mapping[str, str] = {
    "referenced": "builds on the base",
    "partial": "takes some files of the base",
    "copied": "has its own copy of what the base has",
    "own": "has no base",
    "missing": "is not in this environment",
    "broken": "does not build",
}
_WORST_FIRST = ("broken", "copied", "partial", "own", "referenced", "missing")
_LONGEST = 26  # characters of a version a cell shows
_SHORTEST = 8  # of them for its name


@dataclass(frozen=True, slots=True)
class Held:
    """Rows of one environment that say the same. `clusters` is empty where it has only one."""

    state: str
    version: Version | None
    clusters: tuple[str, ...]
    rows: tuple[Row, ...]


def held(rows: Iterable[Row], component: str) -> tuple[Held, ...]:
    """Rows joined by state and version, what needs attention first."""
    groups: dict[tuple[str, Version | None], list[Row]] = {}
    for row in rows:
        version = versions.main_version(row.versions, component)
        key = (row.state, version and _named(version))
        groups.setdefault(key, []).append(row)
    found = [
        Held(state, version, tuple(r.cluster for r in same if r.cluster), tuple(same))
        for (state, version), same in groups.items()
    ]
    return tuple(sorted(found, key=lambda h: _WORST_FIRST.index(h.state)))


def _named(version: Version) -> Version:
    """The same whoever runs it."""
    return Version(version.kind, version.name, version.version, "")


def said(version: Version | None, component: str) -> str:
    """A version as a cell shows it: with its name where that is not the component's."""
    if version is None:
        return ""
    name = version.name.rsplit("/", 1)[-1]
    shown = version.version or "no version"
    if len(shown) == 40 and not shown.strip("0123456789abcdef"):
        shown = shown[:12]  # a commit, as people compare it
    shown = _cut(shown, _LONGEST)
    if component in name or name in component:
        return shown
    return f"{_cut(name, max(_LONGEST - len(shown), _SHORTEST))} {shown}"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def version_cell(rows: tuple[Row, ...], component: Name, based: bool, differs: bool) -> str:
    """Versions first, the state only where it says something: with a base, own does. HTML."""
    silent = ("referenced",) if based else ("referenced", "own")
    return _cell(held(rows, component.component), component.component, silent, differs)


def state_cell(rows: tuple[Row, ...], component: str) -> str:
    """States, without versions. HTML."""
    joined: dict[str, list[Row]] = {}
    for row in rows:
        joined.setdefault(row.state, []).append(row)
    found = tuple(
        Held(
            state, None, tuple(r.cluster for r in joined[state] if r.cluster), tuple(joined[state])
        )
        for state in _WORST_FIRST
        if state in joined
    )
    return _cell(found, component, (), False)


def _cell(found: tuple[Held, ...], component: str, silent: tuple[str, ...], differs: bool) -> str:
    lines = [
        {
            "state": one.state,
            "word": "" if one.version and one.state in silent else one.state,
            "version": said(one.version, component),
            "title": str(one.version) if one.version else MEANING[one.state],
            "where": where(one.clusters, 1),
            "clusters": ", ".join(one.clusters),
        }
        for one in found
    ]
    return templating.render("cell.html.j2", lines=lines, differs=differs).strip()


def where(clusters: tuple[str, ...], most: int = 3) -> str:
    """The clusters by name while they are few, else how many."""
    return ", ".join(clusters) if len(clusters) <= most else f"{len(clusters)} clusters"


def places(site: Site, rows: Iterable[Row], most: int) -> list[str]:
    """The clusters, and the directory, or how many there are."""
    listed = tuple(rows)
    clusters = where(tuple(row.cluster for row in listed if row.cluster), most)
    paths = list(dict.fromkeys(site.shown(row.root) for row in listed if row.root is not None))
    several = f"{len(paths)} directories" if not clusters and paths else ""
    return list(filter(None, (clusters, paths[0] if len(paths) == 1 else several)))


def differs(rows: Iterable[Row], component: str) -> bool:
    """Do two environments or clusters run other versions of it?

    Several directories of one place are no difference: each holds a part of it.
    """
    found: dict[tuple[str, str | None], set[str]] = {}
    for row in rows:
        version = versions.main_version(row.versions, component)
        if version is not None:
            found.setdefault((row.environment, row.cluster), set()).add(version.version)
    return any(one != other for one, other in pairwise(found.values()))


def state(name: str, word: str = "") -> str:
    """A state as HTML; its word is in it, colour and shape only help."""
    return templating.render("state.html.j2", name=name, word=word or name).strip()


def legend() -> tuple[tuple[str, str], ...]:
    """(state as HTML, what it means) in the order of the reports."""
    return tuple((state(name), MEANING[name]) for name in STATES)


# Without environments ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Alone:
    """A component where no environment is known: how what nothing else builds on renders."""

    state: str  # HTML
    version: str
    resources: int
    applied: str


def alone(site: Site, component: Component) -> Alone:
    """One component of a tree without environments."""
    snapshot = site.snapshot
    tops = topmost(snapshot, own_roots(component))
    found = {(r.id, r.api_version): r for root in tops for r in snapshot.resources(root)}
    version = versions.main_version(versions.versions(found.values()), component.name.component)
    return Alone(
        _builds(site, tops),
        said(version, component.name.component),
        len(found),
        few(applied_by(site, component.roots)),
    )


def _builds(site: Site, roots: tuple[str, ...]) -> str:
    renders = [r.renders for r in site.structure.roots if r.path in roots and r.kind != "Component"]
    rendered = [r for r in renders if r is not None]
    failed = rendered.count("failed")
    if failed:
        return state(
            "broken", "" if failed == len(rendered) else f"{failed} of {len(rendered)} broken"
        )
    if "partial" in rendered:
        return state("partial", "builds in part")
    if rendered:
        return state("referenced", "builds")
    inside = any(site.snapshot.graph.downstream.get(root) for root in roots)
    return state("missing", "only inside others" if inside else "not rendered")


def few(names: tuple[str, ...], most: int = 2) -> str:
    """Names in a cell: the first, and how many more there are."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


def applied_by(site: Site, roots: Iterable[str]) -> tuple[str, ...]:
    """Names of the Flux and Argo CD objects that apply these roots, or what includes them."""
    dependents = {d for root in roots for d in site.snapshot.graph.dependents(root)}
    found = sorted({one for root in dependents for one in site.applied.get(root, ())})
    return tuple(dict.fromkeys(name for _, name in found))

"""Snapshot → the Markdown between a README's markers. SECTIONS is the registry.

Only facts of file contents: no clock, commit, version of ours or absolute path (FACTS §7).
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping

from analyzer import findings as rules
from analyzer import versions
from analyzer.analyses import structure
from analyzer.analyses.coverage import Row
from analyzer.causes import label
from analyzer.document import Cell, Table, Tree
from analyzer.escape import markdown, visible
from analyzer.findings import Finding
from analyzer.formats.markdown import table, text
from analyzer.markers import Section
from analyzer.pages.site import Site
from analyzer.snapshot import short

Made = str | Finding
_OPTIONS = ("env", "depth")


def make(site: Site, section: Section) -> Made:
    """One section's Markdown; a finding where its options are not usable."""
    options = dict(section.options)
    unknown = [name for name in options if name not in _OPTIONS]
    environment = options.get("env")
    if unknown:
        return _wrong(section, f"{unknown[0]} is not an option; known: {', '.join(_OPTIONS)}")
    if environment is not None and environment not in site.structure.environments:
        known = ", ".join(site.structure.environments) or "none"
        return _wrong(section, f"env={environment} is not an environment; known: {known}")
    if not options.get("depth", "1").isdecimal():
        return _wrong(section, "depth must be a number")
    return "\n".join(SECTIONS[section.name](site, options))


def _wrong(section: Section, message: str) -> Finding:
    return Finding(rules.SECTION_MARKER, f"{section.name}: {message}", section.span)


def _structure(site: Site, options: Mapping[str, str]) -> Iterator[str]:
    """The directory tree of roots, annotated."""
    environment = options.get("env")
    roots = tuple(
        r
        for r in site.structure.roots
        if environment is None or environment in r.placement.environments
    )
    depth = int(options.get("depth", "99"))
    branches = tuple(b for b in structure.tree(site.snapshot, roots) if len(b.lines) <= 4 * depth)
    yield text((Tree(branches),)).rstrip("\n")


def _environments(site: Site, options: Mapping[str, str]) -> Iterator[str]:
    """A row for each environment."""
    rows = []
    for environment in _chosen(site, options):
        held = [row for c in site.coverage.components for row in c.at(environment)]
        there = [row for row in held if row.state != "missing"]
        broken = sum(row.state == "broken" for row in there)
        clusters = sorted({row.cluster for row in there if row.cluster})
        entries = sorted({short(site.snapshot.repository, d.root)
                          for d in site.snapshot.deployments if d.root is not None
                          and environment in {s.environment for s in d.seats}})  # fmt: skip
        top = _top(entries) or _top([r.root for r in there if r.root is not None])
        rows.append(
            (
                Cell(environment),
                Cell(", ".join(clusters) or "–"),
                Cell(str(len(there))),
                Cell(str(broken) if broken else "–"),
                Cell(top or "–", code=bool(top)),
            )
        )
    yield from table(
        Table(
            ("Environment", "Clusters", "Components", "Do not build", "Starts at"),
            tuple(rows),
            "No environments are known.",
        )
    )


def _top(paths: list[str]) -> str:
    """The shortest path that holds the others, else the first."""
    if not paths:
        return ""
    common = posixpath.commonpath(paths) if all(paths) else ""
    return common or min(paths, key=len)


def _components(site: Site, options: Mapping[str, str]) -> Iterator[str]:
    """The matrix: component × environment, with versions."""
    environments = _chosen(site, options)
    rows = []
    for covered in site.coverage.components:
        cells = [Cell(_version(covered.at(e), covered.name.component)) for e in environments]
        base = label(short(site.snapshot.repository, covered.bases[0])) if covered.bases else ""
        if not environments:
            cells = []
        rows.append(
            (
                Cell(covered.name.category or "–"),
                Cell(covered.name.component),
                Cell(base or "–", code=bool(base)),
                *cells,
            )
        )
    yield from table(
        Table(
            ("Category", "Component", "Base", *environments),
            tuple(rows),
            "The layout names no component.",
        )
    )


def _version(rows: tuple[Row, ...], component: str) -> str:
    shown = []
    for row in rows:
        version = versions.main_version(row.versions, component)
        said = version.version if version is not None and version.version else "yes"
        said = {"missing": "–", "broken": "does not build"}.get(row.state, said)
        said = f"{said} (copied)" if row.state == "copied" else said
        shown.append(f"{row.cluster}: {said}" if row.cluster else said)
    return ", ".join(dict.fromkeys(shown))


def _promotion(site: Site, options: Mapping[str, str]) -> Iterator[str]:
    """The order of environments and the commands for each step."""
    environments = site.promoted
    if len(site.environments) < 2:
        yield (
            "There is only one environment, so nothing is promoted."
            if site.environments
            else "No environments are known."
        )
        return
    if environments:
        yield "Changes go " + " → ".join(markdown(e) for e in environments) + "."
    unordered = [e for e in site.environments if e not in environments]
    if unordered:
        yield (
            f"No order is known for {', '.join(map(markdown, unordered))}; "
            "name it under `environments:` in `groundplan.yaml`."
        )
    yield ""
    yield "```sh"
    yield "groundplan check                # before every merge: does everything build?"
    for environment in environments:
        yield f"groundplan render {visible(' '.join(environment.split()))}/COMPONENT"
    yield "```"


def _chosen(site: Site, options: Mapping[str, str]) -> tuple[str, ...]:
    return (options["env"],) if "env" in options else site.structure.environments


SECTIONS: Mapping[str, Callable[[Site, Mapping[str, str]], Iterator[str]]] = {
    "structure": _structure,
    "environments": _environments,
    "components": _components,
    "promotion": _promotion,
}

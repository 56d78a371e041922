"""Where everything is, what deploys it, and whether it builds."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from analyzer import checks, units
from analyzer.causes import label
from analyzer.document import (
    NOTHING_HERE,
    Block,
    Branch,
    Cell,
    Findings,
    Heading,
    Table,
    Text,
    Tree,
    counted,
)
from analyzer.findings import Finding, most_severe_first
from analyzer.graph import needs
from analyzer.layout import Layout
from analyzer.model import Cause, Deployment, Kind, Placement, Rendered
from analyzer.snapshot import Snapshot, short

SCHEMA = "groundplan/structure/v1"
_WHOLE = 150  # roots up to which the tree is drawn whole


@dataclass(frozen=True, slots=True)
class Root:
    """One root: what the layout says of it, who applies it, and how it renders.

    `renders` is "full", "partial", "failed", or None where it was not rendered.
    """

    path: str
    kind: Kind
    generated: bool
    placement: Placement
    deployed_by: tuple[Deployment, ...]
    used_by: int
    renders: str | None
    needs: tuple[str, ...]
    cause: Cause | None


@dataclass(frozen=True, slots=True)
class Structure:
    """The structure of a tree; roots by path, environments in promotion order.

    `promoted` are those whose order is known.
    """

    title: str
    top: str
    layout: Layout
    environments: tuple[str, ...]
    promoted: tuple[str, ...]
    clusters: tuple[str, ...]
    unplaced: tuple[str, ...]
    roots: tuple[Root, ...]
    components: tuple[units.Component, ...]
    findings: tuple[Finding, ...]
    tree: tuple[Branch, ...]


def analyze(snapshot: Snapshot) -> Structure:
    """Every root once, and what stands out."""
    roots = tuple(_root(snapshot, path) for path in snapshot.roots())
    found = [finding for check in checks.STRUCTURE for finding in check(snapshot)]
    return Structure(
        title=snapshot.config.title or snapshot.repository.name,
        top=snapshot.repository.subdir,
        layout=snapshot.layout,
        environments=snapshot.environments(),
        promoted=snapshot.promoted(),
        clusters=snapshot.clusters(),
        unplaced=checks.unplaced_roots(snapshot),
        roots=roots,
        components=units.components(snapshot),
        findings=most_severe_first(found),
        tree=tuple(tree(snapshot, roots)),
    )


def _root(snapshot: Snapshot, path: str) -> Root:
    kustomization = snapshot.repository.kustomizations[path]
    rendering = snapshot.rendering(path)
    failed = snapshot.failed(path)
    renders = None
    if rendering is not None:
        renders = rendering.completeness if isinstance(rendering, Rendered) else "failed"
    return Root(
        path,
        kustomization.kind,
        kustomization.generated,
        snapshot.placements[path],
        snapshot.deployed_by(path),
        len(snapshot.graph.downstream.get(path, ())),
        renders,
        needs(snapshot.graph.omissions(path)),
        failed[0] if failed else None,
    )


def to_json(report: Structure) -> dict[str, object]:
    """docs/schema/structure.v1.json, without the findings."""
    return {
        "schema": SCHEMA,
        "layout": {
            "patterns": [*report.layout.patterns, *report.layout.base],
            "source": report.layout.source,
            "confidence": report.layout.confidence,
            "environments": list(report.environments),
            "clusters": list(report.clusters),
            "unplaced": list(report.unplaced),
        },
        "roots": [_root_json(root) for root in report.roots],
    }


def _root_json(root: Root) -> dict[str, object]:
    cause = root.cause
    return {
        "path": label(root.path),
        "kind": root.kind,
        "generated": root.generated,
        "category": root.placement.category,
        "component": root.placement.component,
        "seats": [
            {"environment": s.environment, "cluster": s.cluster} for s in root.placement.seats
        ],
        "deployed_by": [by for d in root.deployed_by for by in _deployed_json(d)],
        "renders": root.renders,
        "needs": list(root.needs),
        "cause": cause and {"message": cause.message, "path": cause.path, "line": cause.line},
    }


def _deployed_json(deployment: Deployment) -> Iterator[dict[str, object]]:
    by = deployment.object
    for seat in deployment.seats or (None,):
        yield {
            "kind": by.kind,
            "namespace": by.namespace,
            "name": by.name,
            "path": by.declared.path,
            "line": by.declared.line,
            "environment": seat and seat.environment,
            "cluster": seat and seat.cluster,
        }


def blocks(report: Structure) -> Iterator[Block]:
    """What the report says, in the order a newcomer asks."""
    yield Heading(f"Structure of {report.title}", 1)
    if not report.roots:
        yield NOTHING_HERE
        yield Findings(report.findings)
        return
    yield Text(_summary(report))
    yield Text(describe(report.layout))
    if report.environments and report.components:
        yield Heading("Where components are")
        yield matrix(report)
    yield Heading("Tree")
    yield Tree(report.tree)
    if any(root.deployed_by for root in report.roots):
        yield Heading("What deploys it")
        yield _reconcilers(report)
    yield Heading("Findings")
    yield Findings(report.findings, "Everything is where it belongs, and what was rendered builds.")


def describe(layout: Layout) -> str:
    """One sentence: what places roots, and how sure that is."""
    shapes = ", ".join((*layout.patterns, *layout.base)) or "no pattern fits"
    if layout.source == "config":
        return f"Layout from groundplan.yaml: {shapes}."
    return (
        f"Layout detected, placing {layout.confidence:.0%} of the roots: {shapes}. "
        "Pin it with `groundplan init`."
    )


def _summary(report: Structure) -> str:
    kustomize = sum(root.kind == "Component" for root in report.roots)
    roots = counted(len(report.roots), "root")
    parts = [
        f"{roots}, {kustomize} of them kustomize Components" if kustomize else roots,
        counted(len(report.components), "component"),
        f"environments: {_order(report)}",
    ]
    if report.clusters:
        parts.append(f"clusters: {', '.join(report.clusters)}")
    if rendered := [root.renders for root in report.roots if root.renders is not None]:
        words = {"full": "whole", "partial": "in part", "failed": "failed"}
        count = [f"{n} {word}" for kind, word in words.items() if (n := rendered.count(kind))]
        parts.append(f"{len(rendered)} rendered: {', '.join(count)}")
    return "; ".join(parts) + "."


def _order(report: Structure) -> str:
    others = [e for e in report.environments if e not in report.promoted]
    return ", ".join(filter(None, (" → ".join(report.promoted), *others))) or "none"


def matrix(report: Structure) -> Table:
    """Component × environment: the root that holds it."""
    rows = []
    for component in report.components:
        name = component.name
        cells = [
            Cell(name.category or "–", "dim"),
            Cell(name.component, component=(name.category, name.component)),
            Cell("yes" if component.bases else "–", "" if component.bases else "dim"),
        ]
        for environment in report.environments:
            cells.append(_presence(component.at(environment)))
        rows.append(tuple(cells))
    return Table(("Category", "Component", "Base", *report.environments), tuple(rows))


def _presence(found: tuple[units.Unit, ...]) -> Cell:
    if not found:
        return Cell("–", "dim")
    clusters = [u.seat.cluster for u in found if u.seat.cluster]
    if clusters:
        return Cell(", ".join(dict.fromkeys(clusters)), "good")
    return Cell("shared" if found[0].shared else "yes", "good")


def _reconcilers(report: Structure) -> Table:
    rows = []
    for root in report.roots:
        for d in root.deployed_by:
            where = ", ".join(map(str, d.seats)) or "–"
            state = "suspended" if d.suspended else "prunes" if d.prune else ""
            depends = ", ".join(name for _, name in d.depends_on) or "–"
            rows.append(
                (where, d.object.name, label(root.path), depends, state, str(d.object.declared))
            )
    return Table(
        ("Where", "Object", "Root", "Depends on", "", "Declared"),
        tuple(tuple(Cell(text) for text in row) for row in sorted(rows)),
    )


def tree(snapshot: Snapshot, roots: tuple[Root, ...]) -> Iterator[Branch]:
    """Directories that hold roots, drawn; of large trees only as deep as fits."""
    top = snapshot.repository.subdir
    by_path = {root.path: root for root in roots}
    children: dict[str, set[str]] = {}
    for root in roots:
        path = root.path
        while path != top:
            parent = posixpath.dirname(path)
            children.setdefault(parent, set()).add(path)
            path = parent
    depth = _depth(snapshot, roots)
    note = _note(by_path[top]) if top in by_path else ""
    yield Branch("", "./", note)  # what the directory is called differs from clone to clone
    yield from _branches(top, "", depth, children, by_path)


def _depth(snapshot: Snapshot, roots: tuple[Root, ...]) -> int:
    if len(roots) <= _WHOLE:
        return 99
    for depth in range(6, 1, -1):
        shown = {"/".join(short(snapshot.repository, r.path).split("/")[:depth]) for r in roots}
        if len(shown) <= _WHOLE:
            return depth
    return 1


def _branches(
    folder: str, lines: str, depth: int, children: dict[str, set[str]], by_path: dict[str, Root]
) -> Iterator[Branch]:
    below = sorted(children.get(folder, ()))
    for position, path in enumerate(below):
        last = position + 1 == len(below)
        root = by_path.get(path)
        note, tone = (_note(root), _tone(root)) if root else ("", "")
        inner = children.get(path)
        if inner and depth <= 1:
            held = sum(p.startswith(path + "/") for p in by_path)
            note = "; ".join(filter(None, (note, f"{held} roots below")))
        yield Branch(
            f"{lines}{'└── ' if last else '├── '}", posixpath.basename(path) + "/", note, tone
        )
        if inner and depth > 1:
            yield from _branches(
                path, lines + ("    " if last else "│   "), depth - 1, children, by_path
            )


def _note(root: Root) -> str:
    parts = []
    if root.kind == "Component":
        parts.append(f"kustomize Component, used by {root.used_by}")
    elif root.placement.base:
        parts.append(f"base, used by {root.used_by}")
    if root.deployed_by:
        parts.append(
            "deployed by " + ", ".join(dict.fromkeys(d.object.name for d in root.deployed_by))
        )
    if root.generated:
        parts.append("kustomization generated by Flux")
    if root.needs:
        parts.append(f"needs {', '.join(root.needs)}")
    if root.cause is not None and root.kind != "Component":
        parts.append(f"does not build: {root.cause.path.rsplit('/', 1)[-1]}:{root.cause.line}")
    return "; ".join(parts)


def _tone(root: Root) -> str:
    if root.cause is not None and root.kind != "Component":
        return "bad"
    return "warn" if root.needs else ""

"""Site → diagrams as values: who builds on whom, what Flux applies in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from analyzer import templating
from analyzer.causes import label
from analyzer.drawing import Diagram, Edge, Group, Node
from analyzer.model import Deployment, Kustomization, Reference, Status
from analyzer.pages.figures import figures
from analyzer.pages.site import Page, Site, owner
from analyzer.snapshot import short
from analyzer.units import Component

PATH = "diagrams/index.md"
_EDGE_FIELDS = {"components": "component"}
_MANY = 40  # components up to which the overview shows each


def references(site: Site, environment: str, at: str) -> Diagram:
    """What the roots of one environment build on."""
    graph = site.snapshot.graph
    roots = [
        root
        for root in site.snapshot.roots()
        if environment in site.snapshot.placements[root].environments
    ]
    shown = list(dict.fromkeys(r for root in roots for r in graph.closure(root)))
    return _roots(site, f"references-{environment}", f"What {environment} builds on", shown, at)


def neighbourhood(site: Site, component: Component, at: str) -> Diagram:
    """A component's roots and one step in each direction."""
    graph = site.snapshot.graph
    own = component.roots
    shown = dict.fromkeys(own)
    for root in own:
        shown |= dict.fromkeys(e.source for e in graph.downstream.get(root, ()))
        shared = any(unit.shared and unit.root == root for unit in component.units)
        if not shared:
            shown |= dict.fromkeys(str(e.target) for e in graph.upstream.get(root, ()))
    title = f"What {component.name.component} uses, and what uses it"
    return _roots(site, "neighbourhood", title, list(shown), at, set(own))


def _roots(
    site: Site, id: str, title: str, roots: list[str], at: str, about: set[str] | None = None
) -> Diagram:
    """Roots as nodes, grouped by where they are; with `about` only edges that touch those."""
    known = set(roots)
    nodes = [_root(site, root, at) for root in roots]
    edges, remotes = [], dict[str, Node]()
    for root in roots:
        kustomization = site.snapshot.repository.kustomizations.get(root)
        for reference in kustomization.references if kustomization else ():
            if about is not None and root not in about and reference.target not in about:
                continue
            if reference.status is Status.DIRECTORY and reference.target in known:
                edges.append(_edge(reference))
            elif reference.status is Status.REMOTE:
                remote = f"remote:{reference.written}"
                remotes[remote] = Node(remote, reference.written, "remote")
                edges.append(Edge(label(root), remote, "references"))
    unique = tuple(dict.fromkeys(edges))
    return Diagram(id, title, (*nodes, *remotes.values()), unique, _groups(site, roots, at))


def _edge(reference: Reference) -> Edge:
    kind = _EDGE_FIELDS.get(reference.field.value, "references")
    return Edge(
        label(reference.source), label(str(reference.target)), kind, title=str(reference.span)
    )


def _root(site: Site, root: str, at: str) -> Node:
    snapshot = site.snapshot
    kustomization = snapshot.repository.kustomizations[root]
    placement = snapshot.placements[root]
    page = owner(site, root)
    name = placement.component or short(snapshot.repository, root).rsplit("/", 1)[-1]
    where = placement.environments[0] if placement.environments else ""
    if placement.base:
        where = "base"
    return Node(
        label(root),
        name,
        _kind(site, root, kustomization),
        site.url(at, page) if page is not None and page != at else None,
        label(root),
        where or None,
    )


def _kind(site: Site, root: str, kustomization: Kustomization) -> str:
    if kustomization.kind == "Component":
        return "kustomize-component"
    if site.snapshot.failed(root) is not None:
        return "broken"
    return "base" if site.snapshot.placements[root].base else "overlay"


def _groups(site: Site, roots: Iterable[str], at: str) -> tuple[Group, ...]:
    groups: dict[str, list[str]] = {}
    for root in roots:
        placement = site.snapshot.placements[root]
        name = "base" if placement.base else " + ".join(placement.environments) or "shared"
        if placement.category:
            name = f"{name} / {placement.category}"
        groups.setdefault(name, []).append(label(root))
    return tuple(Group(name, name, tuple(nodes)) for name, nodes in sorted(groups.items()))


def flux(site: Site, environment: str | None, at: str) -> Diagram | None:
    """Reconcilers of an environment (None: those of none) in the order they wait for each other."""
    found = [
        d
        for d in site.snapshot.deployments
        if (environment in {s.environment for s in d.seats}) == (environment is not None)
        and (environment is not None or not d.seats)
    ]
    if not found:
        return None
    by_name = {_identity(d): d for d in found}
    nodes = [_reconciler(site, d, at) for d in by_name.values()]
    edges = []
    for d in by_name.values():
        for namespace, name in d.depends_on:
            wanted = _wanted(namespace, name, by_name)
            if wanted not in by_name and wanted not in {n.id for n in nodes}:
                nodes.append(Node(wanted, name, "broken", None, f"{name}: no such object found"))
            edges.append(Edge(_identity(d), wanted, "depends-on"))
    where = f" in {environment}" if environment else ""
    title = f"What is applied{where}, and what waits for what"
    return Diagram(f"flux-{environment or 'all'}", title, tuple(nodes), tuple(dict.fromkeys(edges)))


def _identity(deployment: Deployment) -> str:
    return f"{deployment.object.namespace}/{deployment.object.name}"


def _wanted(namespace: str, name: str, known: dict[str, Deployment]) -> str:
    """The namespace may come from a kustomization: then the name alone tells."""
    exact = f"{namespace}/{name}"
    if exact in known:
        return exact
    return next((id for id in known if id.endswith(f"/{name}")), exact)


def _reconciler(site: Site, deployment: Deployment, at: str) -> Node:
    page = owner(site, deployment.root) if deployment.root is not None else None
    state = "suspended" if deployment.suspended else None
    title = f"{deployment.object.kind} {deployment.object.name}: {deployment.written}"
    return Node(
        _identity(deployment),
        deployment.object.name,
        "flux" if deployment.object.kind == "FluxKustomization" else "source",
        site.url(at, page) if page is not None and page != at else None,
        title,
        state,
    )


def overview(site: Site, at: str) -> Diagram:
    """Environments and the categories of base they build on, with how many components do."""
    components = site.structure.components
    nodes: dict[str, Node] = {}
    edges: Counter[tuple[str, str]] = Counter()
    for component in components:
        category = component.name.category or "components"
        target = f"base:{category}"
        for unit in component.units:
            environment = unit.seat.environment
            nodes.setdefault(
                f"environment:{environment}",
                Node(
                    f"environment:{environment}",
                    environment,
                    "environment",
                    site.url(at, site.environment_page(environment)),
                ),
            )
            nodes.setdefault(target, Node(target, category, "category"))
            edges[f"environment:{environment}", target] += 1
    order = [f"environment:{e}" for e in site.structure.environments]
    listed = sorted(
        nodes.values(),
        key=lambda n: (n.id not in order, order.index(n.id) if n.id in order else 0, n.id),
    )
    drawn = tuple(
        Edge(tail, head, "references", f"{count} component{'' if count == 1 else 's'}")
        for (tail, head), count in sorted(edges.items())
    )
    if not drawn:
        return _categories(site, at)
    return Diagram("overview", "Environments and what they deploy", tuple(listed), drawn)


def _categories(site: Site, at: str) -> Diagram:
    """Without environments: components, or only their categories, and who builds on whom."""
    graph = site.snapshot.graph
    many = len(site.structure.components) > _MANY
    place: dict[str, str] = {}
    nodes: dict[str, Node] = {}
    for component in site.structure.components:
        id = component.name.category if many and component.name.category else str(component.name)
        for root in component.roots:
            place[root] = id
        page = site.url(at, site.component_page(component.name))
        kind = "category" if id == component.name.category else "component"
        nodes.setdefault(id, Node(id, id, kind, page if kind == "component" else None))
    edges = {
        Edge(place[edge.source], place[str(edge.target)], "references")
        for references in graph.upstream.values()
        for edge in references
        if edge.source in place and str(edge.target) in place
    }
    drawn = tuple(sorted((e for e in edges if e.tail != e.head), key=lambda e: (e.tail, e.head)))
    used = {end for e in drawn for end in (e.tail, e.head)}
    listed = tuple(n for id, n in sorted(nodes.items()) if id in used or not many)
    return Diagram("overview", "Components and what they build on", listed, drawn)


def of_page(site: Site) -> dict[str, tuple[Diagram, ...]]:
    """Every page's diagrams, by the page's path."""
    found: dict[str, tuple[Diagram, ...]] = {"index.md": (overview(site, "index.md"),)}
    everywhere = [overview(site, PATH)]
    for environment in site.structure.environments:
        page = site.environment_page(environment)
        found[page] = tuple(
            d
            for d in (flux(site, environment, page), references(site, environment, page))
            if d and d.nodes
        )
        everywhere += [
            d
            for d in (flux(site, environment, PATH), references(site, environment, PATH))
            if d and d.nodes
        ]
    rest = flux(site, None, PATH)
    found[PATH] = tuple((*everywhere, rest) if rest else everywhere)
    for component in site.structure.components:
        page = site.component_page(component.name)
        found[page] = (neighbourhood(site, component, page),)
    return found


def page(site: Site, drawn: Mapping[str, tuple[Diagram, ...]]) -> Iterator[Page]:
    """The page that has all of them."""
    text = templating.render("diagrams.md.j2", figures=figures(site, drawn[PATH]))
    yield Page(PATH, "Diagrams", "Diagrams", text)

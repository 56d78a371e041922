"""Site → diagrams as values: who builds on whom. `reconcilers` has what Flux and Argo CD do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from analyzer import redact
from analyzer.causes import label
from analyzer.document import counted
from analyzer.drawing import Diagram, Edge, Group, Node
from analyzer.model import Kustomization, Reference, Status
from analyzer.pages.site import Site, own_roots
from analyzer.units import Component

_EDGE_FIELDS = {"components": "component"}
_READABLE = 60  # kustomizations up to which a picture shows each, not only their components
_MANY = 40  # components up to which the overview shows each

Place = Callable[[str], Node]  # a root → the node it is part of


def references(site: Site, environment: str, at: str) -> Diagram | None:
    """What the kustomizations of one environment build on; of many, only their components."""
    graph, placements = site.snapshot.graph, site.snapshot.placements
    held = [r for r in site.snapshot.roots() if environment in placements[r].environments]
    shown = list(dict.fromkeys(r for root in held for r in graph.closure(root)))
    id, title = f"references-{environment}", f"What {environment} builds on"
    if len(shown) <= _READABLE:
        return _drawn(_roots(site, id, title, shown, at))
    return _drawn(_joined(id, title, site, shown, at, lambda root: _place(site, root, at)))


def neighbourhood(site: Site, component: Component, at: str) -> Diagram | None:
    """A component's kustomizations and one step in each direction."""
    graph = site.snapshot.graph
    own = component.roots
    shown = dict.fromkeys(own)
    for root in own:
        shown |= dict.fromkeys(e.source for e in graph.downstream.get(root, ()))
    for root in own_roots(component):
        shown |= dict.fromkeys(str(e.target) for e in graph.upstream.get(root, ()))
    id, title = "neighbourhood", "Uses and used by"
    if len(shown) <= _READABLE // 2:
        return _drawn(_roots(site, id, title, list(shown), at, set(own)))

    def place(root: str) -> Node:
        return _part(site, component, root) if root in own else _place(site, root, at)

    return _drawn(_joined(id, title, site, list(shown), at, place, set(own)))


def _drawn(diagram: Diagram) -> Diagram | None:
    """A picture without any connection says nothing that a list does not."""
    return diagram if diagram.edges else None


# Each kustomization -----------------------------------------------------------------------------


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
                written = redact.text(reference.written)
                remote = f"remote:{written}"
                remotes[remote] = Node(remote, written, "remote")
                edges.append(Edge(label(root), remote, "references"))
    unique = tuple(dict.fromkeys(edges))
    return Diagram(id, title, (*nodes, *remotes.values()), unique, _groups(site, roots))


def _edge(reference: Reference) -> Edge:
    kind = _EDGE_FIELDS.get(reference.field.value, "references")
    return Edge(
        label(reference.source), label(str(reference.target)), kind, title=str(reference.span)
    )


def _root(site: Site, root: str, at: str) -> Node:
    kustomization = site.snapshot.repository.kustomizations[root]
    page = site.owner(root)
    name = site.owners[root].component if root in site.owners else _last(site, root)
    return Node(
        label(root),
        name,
        _kind(site, root, kustomization),
        site.url(at, page) if page is not None and page != at else None,
        site.shown(root),
        _where(site, root, name),
    )


def _last(site: Site, root: str) -> str:
    return site.shown(root).rsplit("/", 1)[-1]


def _where(site: Site, root: str, name: str) -> str | None:
    """What tells a root from others of its component: base, its environment, or its directory."""
    placement = site.snapshot.placements[root]
    if placement.base and not _several_bases(site, root):
        return "base"
    if placement.seats:
        return (
            str(placement.seats[0])
            if len(placement.seats) == 1
            else " + ".join(placement.environments)
        )
    if root not in site.owners:
        return _above(site, root)
    parts = site.shown(root).split("/")
    below = parts[parts.index(name) + 1 :] if name in parts else parts[-1:]
    return "/".join(below) or None


def _above(site: Site, root: str) -> str | None:
    """The directory it is in, where that says something."""
    above = site.shown(root).rpartition("/")[0].rpartition("/")[2]
    return above if above not in ("", ".", "..", "components") else None


def _several_bases(site: Site, root: str) -> bool:
    return root in site.owners and len(site.covered[site.owners[root]].bases) > 1


def _kind(site: Site, root: str, kustomization: Kustomization) -> str:
    if kustomization.kind == "Component":
        return "kustomize-component"
    if site.snapshot.failed(root) is not None:
        return "broken"
    return "base" if site.snapshot.placements[root].base else "overlay"


def _groups(site: Site, roots: Iterable[str]) -> tuple[Group, ...]:
    groups: dict[str, list[str]] = {}
    for root in roots:
        placement = site.snapshot.placements[root]
        shared = "shared" if site.environments else ""
        name = "base" if placement.base else " + ".join(placement.environments) or shared
        name = " / ".join(filter(None, (name, placement.category)))
        if name:
            groups.setdefault(name, []).append(label(root))
    return tuple(Group(name, name, tuple(nodes)) for name, nodes in sorted(groups.items()))


# Many kustomizations, joined --------------------------------------------------------------------


def _joined(
    id: str, title: str, site: Site, roots: list[str], at: str, place: Place,
    about: set[str] | None = None,
) -> Diagram:  # fmt: skip
    """Each root drawn as part of its place; what builds on nothing but itself is left out.

    Where even that is much, kustomize Components are joined by the directory they are in; and
    where that still is, components by their category.
    """
    drawn = _joined_by(id, title, site, roots, place, about)
    if len(drawn.nodes) <= _READABLE:
        return drawn

    def coarse(root: str) -> Node:
        node = place(root)
        if node.kind != "kustomize-component":
            return node
        folder = site.shown(root).rpartition("/")[0] or "."
        return Node(
            f"directory:{folder}", f"{folder.rsplit('/', 1)[-1]}/…", node.kind, None, folder
        )

    drawn = _joined_by(id, title, site, roots, coarse, about)
    if len(drawn.nodes) <= _READABLE:
        return drawn

    def by_category(root: str) -> Node:
        node = coarse(root)
        name = site.owners[root].category if node.kind == "component" else ""
        page = site.categories.get(name) if name else None
        url = site.url(at, page) if page is not None else None
        return Node(f"category:{name}", name, "category", url) if name else node

    return _joined_by(id, title, site, roots, by_category, about)


def _joined_by(
    id: str, title: str, site: Site, roots: list[str], place: Place, about: set[str] | None
) -> Diagram:
    known = set(roots)
    places = {root: place(root) for root in roots}
    edges = {
        Edge(
            places[root].id, places[str(r.target)].id, _EDGE_FIELDS.get(r.field.value, "references")
        )
        for root in roots
        for r in site.snapshot.graph.upstream.get(root, ())
        if r.target in known and (about is None or root in about or r.target in about)
    }
    drawn = sorted((e for e in edges if e.tail != e.head), key=lambda e: (e.tail, e.head, e.kind))
    used = {end for edge in drawn for end in (edge.tail, edge.head)}
    nodes = {node.id: node for node in places.values() if node.id in used}
    return Diagram(id, title, tuple(nodes[id] for id in sorted(nodes)), tuple(drawn))


def _place(site: Site, root: str, at: str) -> Node:
    """The component, the environment or the directory a root is part of."""
    page = site.owner(root)
    url = site.url(at, page) if page is not None and page != at else None
    if root in site.owners:
        name = site.owners[root]
        return Node(f"component:{name}", name.component, "component", url, str(name))
    placement = site.snapshot.placements[root]
    if site.snapshot.repository.kustomizations[root].kind == "Component":
        return Node(label(root), _last(site, root), "kustomize-component", None, site.shown(root),
                    _above(site, root))  # fmt: skip
    if placement.environments:
        environment = placement.environments[0]
        return Node(f"environment:{environment}", environment, "environment", url)
    folder = "/".join(site.shown(root).split("/")[:2])
    return Node(f"directory:{folder}", folder, "category")


def _part(site: Site, component: Component, root: str) -> Node:
    """A component's own roots, joined by environment."""
    placement = site.snapshot.placements[root]
    where = "base" if placement.base else " + ".join(placement.environments)
    if not where:
        where = _where(site, root, component.name.component) or "itself"
        where = where.split("/", 1)[0]
    kind = "base" if placement.base else "overlay"
    return Node(f"own:{where}", component.name.component, kind, None, where, where)


# The whole tree ---------------------------------------------------------------------------------


def overview(site: Site, at: str) -> Diagram | None:
    """Environments and how many components of each category they deploy."""
    components = site.structure.components
    edges = Counter(
        (environment, component.name.category or "components")
        for component in components
        for environment in {unit.seat.environment for unit in component.units}
    )
    if len({category for _, category in edges}) < 2:
        return _categories(site, at)
    held, holding = Counter[str](), Counter[str]()
    for component in components:
        holding[component.name.category or "components"] += bool(component.units)
        held.update({unit.seat.environment for unit in component.units})
    environments = [e for e in site.environments if held[e]]
    nodes = [
        Node(f"environment:{e}", e, "environment", site.url(at, site.environment_page(e)), "",
             counted(held[e], "component"), (e,)) for e in environments
    ]  # fmt: skip
    nodes += [
        Node(f"category:{c}", c, "category", None, "", counted(n, "component"),
             tuple(e for e in environments if edges[e, c]))
        for c, n in sorted(holding.items()) if n
    ]  # fmt: skip
    drawn = tuple(
        Edge(
            f"environment:{tail}",
            f"category:{head}",
            "deploys",
            None,
            f"{tail}: {counted(n, 'component')} of {head}",
        )
        for (tail, head), n in sorted(edges.items(), key=lambda i: environments.index(i[0][0]))
    )
    return Diagram("overview", "Components deployed, by category", tuple(nodes), drawn)


def _categories(site: Site, at: str) -> Diagram | None:
    """Components, or of many their categories, and who builds on whom."""
    many = len(site.structure.components) > _MANY
    categories = {component.name.category for component in site.structure.components}

    def place(root: str) -> Node:
        if many and root in site.owners and len(categories) > 1:
            name = site.owners[root]
            category = name.category or name.component
            return Node(category, category, "category" if name.category else "component")
        return _place(site, root, at)

    owned = [root for root in site.snapshot.roots() if root in site.owners]
    drawn = _joined("overview", "Components and what they build on", site, owned, at, place)
    return drawn if len(drawn.edges) > 1 else None

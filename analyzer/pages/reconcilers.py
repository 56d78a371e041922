"""Flux Kustomizations and Argo CD Applications → their order, a table's rows and a diagram."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from analyzer import escape
from analyzer.document import counted
from analyzer.drawing import Diagram, Edge, Node
from analyzer.model import Deployment
from analyzer.pages.site import Site

KINDS = {"FluxKustomization": "Flux Kustomization", "Application": "Argo CD Application",
         "ApplicationSet": "Argo CD ApplicationSet"}  # fmt: skip
_PARENTS = 40  # objects up to which a picture also shows which of them applies which
_EACH = 60  # objects up to which a picture shows each; of more, those of a category are one
ROWS = 100  # objects a page lists


def of(site: Site, environment: str | None) -> tuple[Deployment, ...]:
    """Those that apply an environment, or (None) those that apply none; who is waited for first."""
    chosen = (
        d
        for d in site.snapshot.deployments
        if (not d.seats if environment is None else environment in {s.environment for s in d.seats})
    )
    return ordered(chosen)


def ordered(deployments: Iterable[Deployment]) -> tuple[Deployment, ...]:
    """So that what others wait for comes first; by name where nothing says."""
    left = sorted(deployments, key=lambda d: d.object.name)
    done: list[Deployment] = []
    names = {d.object.name for d in left}
    met: set[str] = set()
    while left:
        ready = [d for d in left if all(n in met or n not in names for _, n in d.depends_on)]
        ready = ready or left  # what waits for itself comes as it is
        done += ready
        met |= {d.object.name for d in ready}
        taken = set(map(id, ready))
        left = [d for d in left if id(d) not in taken]
    return tuple(done)


def rows(
    site: Site, found: tuple[Deployment, ...], at: str, most: int = ROWS
) -> tuple[list[dict[str, object]], int]:
    """A table's rows, and how many are left out."""
    return [_row(site, d, at) for d in found[:most]], max(0, len(found) - most)


def _row(site: Site, d: Deployment, at: str) -> dict[str, object]:
    page = site.owner(d.root) if d.root is not None else None
    path = escape.path(site.shown(d.root) if d.root is not None else d.written)
    state = [word for word, on in (("suspended", d.suspended), ("prunes", d.prune)) if on]
    return {
        "name": d.object.name,
        "kind": KINDS.get(d.object.kind, d.object.kind),
        "where": ", ".join(s.cluster for s in d.seats if s.cluster),
        "depends": [name for _, name in d.depends_on],
        "path": f"<code>{path}</code>",
        "url": site.url(at, page) if page is not None and page != at else None,
        "note": d.external or ("" if d.root is not None else "does not exist"),
        "state": ", ".join(state),
        "source": d.source if d.object.kind == "FluxKustomization" else "",
        "resources": _count(site, d),
        "declared": site.source(d.object.declared.path, d.object.declared.line),
    }


def _count(site: Site, deployment: Deployment) -> str:
    """How many resources it owns, where that is known."""
    seats = deployment.seats or (None,)
    for one in site.snapshot.applied_at(deployment.root or "", seats[0]) if seats[0] else ():
        if one.object.ref == deployment.object and one.place.root == deployment.root:
            count = len(one.resources)
            return f"{count} resource{'' if count == 1 else 's'}"
    return ""


def diagram(site: Site, environment: str | None, at: str) -> Diagram | None:
    """Who applies whom and waits for whom; None where nobody does."""
    found = {_identity(d): d for d in of(site, environment)}
    nodes = {id: _node(site, d, at) for id, d in found.items()}
    edges = []
    for id, d in found.items():
        for namespace, name in d.depends_on:
            wanted = _wanted(namespace, name, found)
            if wanted not in nodes:
                nodes[wanted] = Node(wanted, name, "broken", None, f"{name}: no such object found")
            edges.append(Edge(id, wanted, "depends-on"))
    if len(found) <= _PARENTS:
        edges += _parents(site, found)
    if len({end for edge in edges for end in (edge.tail, edge.head)}) > _EACH:
        nodes, edges = _by_category(site, found, nodes, edges, at)
    used = {end for edge in edges for end in (edge.tail, edge.head)}
    if not edges:
        return None
    where = f" in {environment}" if environment else ""
    listed = tuple(node for id, node in nodes.items() if id in used)
    title = f"What is applied{where}, and what waits for what"
    return Diagram(f"flux-{environment or 'all'}", title, listed, tuple(dict.fromkeys(edges)))


def _by_category(
    site: Site, found: Mapping[str, Deployment], nodes: Mapping[str, Node], edges: Iterable[Edge],
    at: str,
) -> tuple[dict[str, Node], list[Edge]]:  # fmt: skip
    """Objects that apply components of a category as one, and who waits for whom among these."""
    owners = {id: site.owners.get(d.root or "") for id, d in found.items()}
    home = {id: name.category for id, name in owners.items() if name and name.category}
    counts = Counter(home.values())
    joined: dict[str, Node] = {}
    ends: dict[str, str] = {}
    for id, node in nodes.items():
        name = home.get(id)
        if name is not None:
            page = site.categories.get(name)
            url = site.url(at, page) if page is not None else None
            said = counted(counts[name], "object")
            node = Node(f"category:{name}", name, "category", url, f"{name}: {said}", said)
        joined[node.id] = node
        ends[id] = node.id
    found_edges = (Edge(ends[e.tail], ends[e.head], e.kind) for e in edges)
    return joined, [e for e in dict.fromkeys(found_edges) if e.tail != e.head]


def _parents(site: Site, found: dict[str, Deployment]) -> list[Edge]:
    """Each object is applied by what applies the directory that declares it."""
    edges = []
    for id, parent in found.items():
        if parent.root is None:
            continue
        read = site.snapshot.graph.reads(parent.root)
        edges += [
            Edge(id, child, "deploys")
            for child, d in found.items()
            if child != id and d.object.declared.path in read
        ]
    return edges


def _identity(deployment: Deployment) -> str:
    return f"{deployment.object.namespace}/{deployment.object.name}"


def _wanted(namespace: str, name: str, known: dict[str, Deployment]) -> str:
    """The namespace may come from a kustomization: then the name alone tells."""
    exact = f"{namespace}/{name}"
    if exact in known:
        return exact
    return next((id for id in known if id.endswith(f"/{name}")), exact)


def _node(site: Site, deployment: Deployment, at: str) -> Node:
    page = site.owner(deployment.root) if deployment.root is not None else None
    kind = deployment.object.kind
    return Node(
        _identity(deployment),
        deployment.object.name,
        "flux" if kind == "FluxKustomization" else "argo",
        site.url(at, page) if page is not None and page != at else None,
        f"{deployment.object.name}: {deployment.written}",
        "suspended" if deployment.suspended else None,
    )

"""One diagram too large to read → several that together say the same: no node or edge is lost.

First by group, then by connected component, then in chunks that name how much is still to come.
Edges are dealt out, not nodes: what many refer to is drawn again in every part that needs it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from analyzer.drawing.values import Diagram, Edge, Group, Node

LIMITS: Mapping[str, int] = {"LR": 60, "TB": 20}
EDGES_PER_NODE = 4  # 60 nodes: 240 edges take a renderer half a second, 1,000 almost a minute


@dataclass(frozen=True, slots=True)
class _Part:
    nodes: tuple[str, ...]  # each once
    edges: tuple[Edge, ...]
    to_come: int | None = None  # nodes the following parts add; None when it is whole

    def fits(self, limit: int) -> bool:
        return len(self.nodes) <= limit and len(self.edges) <= limit * EDGES_PER_NODE

    def __add__(self, other: _Part) -> _Part:
        nodes = tuple(dict.fromkeys((*self.nodes, *other.nodes)))
        return _Part(nodes, self.edges + other.edges)


def split(diagram: Diagram, limit: int | None = None) -> tuple[Diagram, ...]:
    """The diagram itself when it has at most `limit` nodes (default: by its direction).

    Otherwise parts with ids `ID-1`, `ID-2` … in reading order. A part that another continues has
    a node of kind `more` that links to it; it counts against the limit.
    """
    limit = max(limit or LIMITS[diagram.direction], 3)
    whole = _Part(tuple(node.id for node in diagram.nodes), diagram.edges)
    if whole.fits(limit):
        return (diagram,)
    units = []
    for unit in _by_group(diagram):
        if unit.fits(limit):
            units.append(unit)
        else:
            pieces = (chunk for component in _components(unit)
                      for chunk in _chunks(component, limit))  # fmt: skip
            units.extend(_packed(pieces, limit))
    parts = list(_packed(units, limit // 2))  # small groups share a picture, large ones do not
    return tuple(_numbered(diagram, parts))


def _by_group(diagram: Diagram) -> list[_Part]:
    """What belongs to each group, then the rest. An edge goes with its tail where both have one."""
    home: dict[str, int] = {}
    for index, group in enumerate(diagram.groups):
        for id in group.nodes:
            home.setdefault(id, index)
    rest = len(diagram.groups)
    edges: list[list[Edge]] = [[] for _ in range(rest + 1)]
    nodes: list[dict[str, None]] = [{} for _ in range(rest + 1)]
    connected = set()
    for edge in diagram.edges:
        index = home.get(edge.tail, home.get(edge.head, rest))
        edges[index].append(edge)
        nodes[index] |= dict.fromkeys((edge.tail, edge.head))
        connected |= {edge.tail, edge.head}
    for node in diagram.nodes:
        if node.id not in connected:
            nodes[home.get(node.id, rest)][node.id] = None
    return [_Part(tuple(n), tuple(e)) for n, e in zip(nodes, edges, strict=True) if n]


def _components(part: _Part) -> Iterator[_Part]:
    """Its connected components, each with its edges breadth first from its first node."""
    incident: dict[str, list[tuple[int, Edge]]] = {id: [] for id in part.nodes}
    for number, edge in enumerate(part.edges):
        for end in {edge.tail, edge.head}:
            incident[end].append((number, edge))
    seen: set[str] = set()
    for start in part.nodes:
        if start in seen:
            continue
        nodes: dict[str, None] = {start: None}
        edges: dict[int, Edge] = {}
        queue = [start]
        for id in queue:
            for number, edge in incident[id]:
                edges[number] = edge
                for end in (edge.tail, edge.head):
                    if end not in nodes:
                        nodes[end] = None
                        queue.append(end)
        seen |= nodes.keys()
        yield _Part(tuple(nodes), tuple(edges.values()))


def _chunks(component: _Part, limit: int) -> Iterator[_Part]:
    """Runs of its edges with at most `limit` nodes each, the one that says "more" included."""
    if component.fits(limit):
        yield component
        return
    room = limit - 1
    told: set[str] = set()
    current = _Part((), ())
    for edge in component.edges:
        grown = current + _Part(tuple(dict.fromkeys((edge.tail, edge.head))), (edge,))
        if not grown.fits(room):
            told.update(current.nodes)
            yield replace(current, to_come=len(component.nodes) - len(told))
            grown = _Part(tuple(dict.fromkeys((edge.tail, edge.head))), (edge,))
        current = grown
    yield current


def _packed(parts: Iterable[_Part], limit: int) -> Iterator[_Part]:
    """Neighbours joined while they fit; a part that another continues stays as it is."""
    pending: _Part | None = None
    for part in parts:
        if pending is None:
            pending = part
        elif pending.to_come is None and part.to_come is None and (pending + part).fits(limit):
            pending = pending + part
        else:
            yield pending
            pending = part
    if pending is not None:
        yield pending


def _numbered(diagram: Diagram, parts: list[_Part]) -> Iterator[Diagram]:
    position = {node.id: index for index, node in enumerate(diagram.nodes)}
    for number, part in enumerate(parts, start=1):
        ids = sorted(part.nodes, key=position.__getitem__)
        nodes = tuple(diagram.nodes[position[id]] for id in ids)
        groups = tuple(
            Group(group.id, group.label, inside, group.href)
            for group in diagram.groups
            if (inside := tuple(id for id in group.nodes if id in part.nodes))
        )
        named = ", ".join(group.label for group in groups)
        result = Diagram(
            f"{diagram.id}-{number}",
            f"{diagram.title}{f' · {named}' if named else ''} ({number} of {len(parts)})",
            nodes, part.edges, groups, diagram.direction)  # fmt: skip
        if part.to_come is not None:
            following = replace(result, id=f"{diagram.id}-{number + 1}").anchor
            result = replace(result, nodes=(*nodes, _more(result.id, part.to_come, following)))
        yield result


def _more(id: str, count: int, following: str) -> Node:
    label = f"… {count} more" if count else "… more connections"
    return Node(f"{id}/more", label, "more", f"#{following}", "continued in the next diagram")

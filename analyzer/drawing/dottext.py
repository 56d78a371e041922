"""A diagram → DOT, by the `graphviz` library. What the tree wrote is only ever a label in it.

Nodes, groups and edges are called n0, g0, e0 … in the order of the diagram: no name of the tree
can be a keyword, a port or an escape, and `finish_svg` finds each again by its number.
"""

from __future__ import annotations

import graphviz

from analyzer.drawing.kinds import EDGE_KINDS, NODE_KINDS
from analyzer.drawing.values import Diagram, Node, line

LONGEST = 34
_FONT = "Helvetica"  # metrics every renderer has built in: the same layout on every machine
_GRAPH = {"bgcolor": "transparent", "fontname": _FONT, "fontsize": "11", "labeljust": "l",
          "nodesep": "0.22", "pad": "0.1"}  # fmt: skip
_NODE = {"fontname": _FONT, "fontsize": "12", "height": "0.42", "margin": "0.16,0.08"}
_EDGE = {"arrowsize": "0.7", "fontname": _FONT, "fontsize": "10"}
_RANKSEP = {"LR": "0.75", "TB": "0.55"}


def to_dot(diagram: Diagram) -> str:
    """DOT text, the same for the same diagram. Labels are shortened, addresses are not in it."""
    graph = graphviz.Digraph("groundplan", graph_attr={
        **_GRAPH, "rankdir": diagram.direction, "ranksep": _RANKSEP[diagram.direction],
    }, node_attr=_NODE, edge_attr=_EDGE)  # fmt: skip
    names = {node.id: f"n{index}" for index, node in enumerate(diagram.nodes)}
    pending = {node.id: node for node in diagram.nodes}
    for index, group in enumerate(diagram.groups):
        attributes = {"id": f"g{index}", "label": _label(group.label), "margin": "12"}
        with graph.subgraph(name=f"cluster_g{index}", graph_attr=attributes) as cluster:
            for id in group.nodes:
                if id in pending:
                    _add(cluster, names[id], pending.pop(id))
    for node in pending.values():
        _add(graph, names[node.id], node)
    for index, edge in enumerate(diagram.edges):
        label = {"label": _label(edge.label)} if edge.label else {}
        graph.edge(names[edge.tail], names[edge.head], id=f"e{index}", **label,
                   **EDGE_KINDS[edge.kind].dot)  # fmt: skip
    return str(graph.source)


def _add(graph: graphviz.Digraph, name: str, node: Node) -> None:
    label = _label(node.label)
    if node.sublabel:
        label = graphviz.nohtml(f"{label}\\n{_label(node.sublabel)}")
    graph.node(name, label=label, id=name, **NODE_KINDS[node.kind].dot)


def _label(text: str) -> str:
    """Text that Graphviz shows as it is: no entity, escape or HTML-like label in it."""
    escaped: str = graphviz.escape(shorten(line(text)).replace("&", "&amp;"))
    return escaped


def shorten(text: str, longest: int = LONGEST) -> str:
    """The beginning and the end, where names differ, with `…` for what is left out."""
    if len(text) <= longest:
        return text
    end = (longest - 1) // 2
    return f"{text[: longest - 1 - end]}…{text[-end:]}"

"""What a picture says, in words: its connections as rows, and a legend of its marks."""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.drawing.kinds import EDGE_KINDS, NODE_KINDS
from analyzer.drawing.values import Diagram, line, link


@dataclass(frozen=True, slots=True)
class Fact:
    """`tail` does `words` to `head`; `note` is the edge's label. Names are whole, not escaped.

    A node without any connection is a fact too: then `words` and `head` are empty.
    """

    tail: str
    tail_href: str | None
    words: str = ""
    head: str = ""
    head_href: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """A kind that occurs: how it is called, and its mark as inline SVG for decoration.

    `mark` is the class that everything of this kind has in the picture.
    """

    kind: str
    name: str
    svg: str
    mark: str


def facts(diagram: Diagram) -> tuple[Fact, ...]:
    """Every edge once per time it is drawn, and lone nodes; by tail, kind of edge, and head."""
    nodes = {node.id: node for node in diagram.nodes}
    order = list(EDGE_KINDS)
    connected = {end for edge in diagram.edges for end in (edge.tail, edge.head)}
    rows = [(order.index(edge.kind), Fact(
        line(nodes[edge.tail].name), link(nodes[edge.tail].href), EDGE_KINDS[edge.kind].verb,
        line(nodes[edge.head].name), link(nodes[edge.head].href), line(edge.label or ""),
    )) for edge in diagram.edges]  # fmt: skip
    rows += [(-1, Fact(line(node.name), link(node.href))) for node in diagram.nodes
             if node.id not in connected and node.kind != "more"]  # fmt: skip
    return tuple(fact for _, fact in sorted(rows, key=lambda row: (
        row[1].tail, row[0], row[1].head, row[1].note,
        row[1].tail_href or "", row[1].head_href or "")))  # fmt: skip


def legend(diagram: Diagram) -> tuple[Key, ...]:
    """The kinds that occur: nodes from the outermost in, then edges."""
    nodes = {node.kind for node in diagram.nodes} - {"more"}
    edges = {edge.kind for edge in diagram.edges}
    return (*(_key("node", kind) for kind in NODE_KINDS if kind in nodes),
            *(_key("edge", kind) for kind in EDGE_KINDS if kind in edges))  # fmt: skip


def _key(what: str, kind: str) -> Key:
    look = (NODE_KINDS if what == "node" else EDGE_KINDS)[kind]
    return Key(kind, look.name, (
        '<svg xmlns="http://www.w3.org/2000/svg" class="gp-sample" viewBox="0 0 30 18" width="30"'
        f' height="18" aria-hidden="true"><g class="gp-{what} gp-{what}--{kind}">'
        f"{look.sample}</g></svg>"), f"gp-{what}--{kind}")  # fmt: skip

"""The nouns of a picture: nodes, edges and groups, before anybody decided how they look."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from analyzer import escape

Direction = Literal["LR", "TB"]

_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]*):")
_NOT_XML = re.compile("[\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Node:
    """A thing. `id` is also what `#gp-node=` in an address names, so let it be the thing's path.

    `kind` is a key of `NODE_KINDS`. `label` may be as long as it likes: pictures shorten it, and
    show `title` (the label where it is empty) when asked. `href` is relative to the page. `places`
    are the environments it is in, where a reader may choose among them; without, it always shows.
    """

    id: str
    label: str
    kind: str
    href: str | None = None
    title: str = ""
    sublabel: str | None = None
    places: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The label, and what tells it from another node of that label."""
        return f"{self.label} ({self.sublabel})" if self.sublabel else self.label


@dataclass(frozen=True, slots=True)
class Edge:
    """What one node does to another: `kind` is a key of `EDGE_KINDS`, the ends are node ids."""

    tail: str
    head: str
    kind: str
    label: str | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes inside one frame, by id. A node named by several groups is drawn in the first."""

    id: str
    label: str
    nodes: tuple[str, ...]
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Diagram:
    """A picture. `id` is unique on its page; order is kept, so sort before you make one."""

    id: str
    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...] = ()
    groups: tuple[Group, ...] = ()
    direction: Direction = "LR"

    def __post_init__(self) -> None:
        known = Counter(node.id for node in self.nodes)
        twice = [id for id, count in known.items() if count > 1]
        ends = {end for edge in self.edges for end in (edge.tail, edge.head)}
        grouped = {id for group in self.groups for id in group.nodes}
        if twice or not (ends | grouped) <= known.keys():
            unknown = sorted((ends | grouped) - known.keys())
            raise ValueError(f"{self.id}: nodes named twice: {twice}, not there: {unknown}")

    @property
    def places(self) -> tuple[str, ...]:
        """The environments of its nodes, in the order they come."""
        return tuple(dict.fromkeys(place for node in self.nodes for place in node.places))

    @property
    def anchor(self) -> str:
        """The id as an HTML id that needs no escaping in a link either."""
        return re.sub(r"[^A-Za-z0-9_-]+", "-", self.id).strip("-") or "diagram"


def line(text: str) -> str:
    """Text of a tree as one line that every XML reader and terminal takes."""
    text = escape.visible(" ".join(text.split()))
    text = _NOT_XML.sub("\ufffd", text)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def link(href: str | None) -> str | None:
    """An address a reader may follow: relative, or http(s); None for any other scheme."""
    if href is None or line(href) != href:
        return None
    scheme = _SCHEME.match(href)
    return href if scheme is None or scheme[1].lower() in ("http", "https") else None

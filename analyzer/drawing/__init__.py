"""Diagrams as values → DOT text, inline SVG, a legend and the same facts as rows.

Pure; Graphviz itself is behind `analyzer.dot`. A page needs `split`, `to_dot`, what `dot.render`
makes of it, `finish_svg`, and under the picture always `facts`: they stand where no SVG came.
"""

from analyzer.drawing.dottext import to_dot
from analyzer.drawing.facts import Fact, Key, facts, legend
from analyzer.drawing.kinds import EDGE_KINDS, NODE_KINDS, Look
from analyzer.drawing.splitting import LIMITS, split
from analyzer.drawing.svg import finish_svg
from analyzer.drawing.values import Diagram, Direction, Edge, Group, Node

__all__ = ["EDGE_KINDS", "LIMITS", "NODE_KINDS", "Diagram", "Direction", "Edge", "Fact", "Group",
           "Key", "Look", "Node", "facts", "finish_svg", "legend", "split", "to_dot"]  # fmt: skip

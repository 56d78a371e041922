"""How each kind of node and edge looks. Shape and dash tell them apart, colour only helps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Look:
    """`name` is for the legend, `verb` reads between tail and head (edges only).

    `dot` are Graphviz attributes, `sample` is the same mark as SVG in a box of 30 × 18.
    """

    name: str
    dot: Mapping[str, str]
    sample: str
    verb: str = ""


def _node(name: str, sample: str, **dot: str) -> Look:
    first, *rest = sample.split("|")
    marks = "".join(f'<path d="{d}" fill="none" stroke="currentColor"/>' for d in rest)
    shape = f'<path class="gp-shape" d="{first}" fill="none" stroke="currentColor"'
    dash = ' stroke-dasharray="5,2"' if "dashed" in dot.get("style", "") else ""
    return Look(name, MappingProxyType(dot), f"{shape}{dash}/>{marks}")


def _edge(name: str, verb: str, dash: str, head: str, **dot: str) -> Look:
    width = ' stroke-width="2"' if dot.get("style") == "bold" else ""
    pattern = f' stroke-dasharray="{dash}"' if dash else ""
    fill = "none" if dot.get("arrowhead", "").startswith("o") else "currentColor"
    sample = (f'<path d="M1,9H20" fill="none" stroke="currentColor"{width}{pattern}/>'
              f'<path d="{head}" fill="{fill}" stroke="currentColor"/>')  # fmt: skip
    return Look(name, MappingProxyType(dot), sample, verb)


_BOX = "M1,2H29V16H1Z"
_ROUND = "M5,2H25Q29,2 29,6V12Q29,16 25,16H5Q1,16 1,12V6Q1,2 5,2Z"
_ARROW = "M20,5.5L28,9L20,12.5Z"
_VEE = "M20,5L29,9L20,13L23,9Z"
_DIAMOND = "M20,9L24.5,6L29,9L24.5,12Z"
_DOT = "M21,9A3.5,3.5 0 1 0 28,9A3.5,3.5 0 1 0 21,9Z"

NODE_KINDS: Mapping[str, Look] = MappingProxyType({
    "environment": _node("environment", "M1,4.5H17L19,2H26L28,4.5H29V16H1Z", shape="folder"),
    "category": _node("category", "M1,2H9V5H29V16H1Z|M1,5H9", shape="tab"),
    "component": _node("component", _BOX, shape="box"),
    "overlay": _node("overlay", _ROUND, shape="box", style="rounded"),
    "base": _node("base", "M4,4H26V14H4Z|M1,1H29V17H1Z", shape="box", peripheries="2"),
    "kustomize-component": _node(
        "kustomize Component", "M4,2H29V16H4Z|M1,4H7V7H1ZM1,11H7V14H1Z", shape="component"),
    "flux": _node("Flux Kustomization", "M1,3H22L29,9L22,15H1Z",
                  shape="cds", height="0.6", margin="0.2,0.12"),
    "argo": _node("Argo CD Application", "M7,2H23L29,16H1Z", shape="trapezium"),
    "helm": _node("Helm release", "M7,2H23L29,9L23,16H7L1,9Z", shape="hexagon", margin="0,0"),
    "source": _node(
        "source", "M1,4.5Q1,2 15,2T29,4.5V13.5Q29,16 15,16T1,13.5Z|M1,4.5Q1,7 15,7T29,4.5",
        shape="cylinder"),
    "remote": _node("remote reference", _ROUND, shape="box", style="rounded,dashed"),
    "broken": _node("broken", "M9,1.5H21L29,6V12L21,16.5H9L1,12V6Z", shape="octagon"),
    "file": _node("file", "M1,2H23L29,7V16H1Z|M23,2V7H29", shape="note"),
    "more": _node("continued", "", shape="plain"),
})  # fmt: skip

EDGE_KINDS: Mapping[str, Look] = MappingProxyType({
    "deploys": _edge("deploys", "deploys", "", _ARROW, style="bold"),
    "references": _edge("builds on", "builds on", "", _ARROW),
    "component": _edge("uses kustomize Component", "uses kustomize Component", "5,2", _ARROW,
                       style="dashed", arrowhead="onormal"),
    "patches": _edge("patches", "patches", "", _DOT, arrowhead="dot"),
    "depends-on": _edge("depends on", "depends on", "1,3", _VEE, style="dotted", arrowhead="vee"),
    "source": _edge("takes its source from", "takes its source from", "1,3", _DIAMOND,
                    style="dotted", arrowhead="odiamond"),
})  # fmt: skip

"""Source files and .importlinter → the architecture page: layers, modules, and who imports whom."""

from __future__ import annotations

import ast
import configparser
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from analyzer import dot
from analyzer.drawing import Diagram, Edge, Node, facts, finish_svg, to_dot
from analyzer.escape import prose

PACKAGE = Path(__file__).resolve().parents[1]
_LAYERS = "importlinter:contract:layers"


@dataclass(frozen=True, slots=True)
class Module:
    """A module by its name below the package (`drawing.svg`), its header, and what it imports."""

    name: str
    header: str
    imports: frozenset[str]  # top-level names in the package

    @property
    def top(self) -> str:
        return self.name.partition(".")[0]


def modules() -> tuple[Module, ...]:
    """Every module of the package, by name; `""` is the package itself."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        source = ast.parse(path.read_text(encoding="utf-8"))
        header = ast.get_docstring(source) or ""
        found.append(Module(re.sub(r"\.?__init__$", "", name), header, _imports(source)))
    return tuple(sorted(found, key=lambda module: module.name))


def _imports(source: ast.Module) -> frozenset[str]:
    found = set()
    for node in ast.walk(source):
        if isinstance(node, ast.ImportFrom) and node.module == PACKAGE.name:
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE.name):
            found.add(str(node.module).split(".")[1])
    return frozenset(found)


def layers() -> tuple[tuple[str, ...], ...]:
    """The layers of the import contract, uppermost first."""
    contract = configparser.ConfigParser()
    contract.read(PACKAGE.parent / ".importlinter", encoding="utf-8")
    lines = contract[_LAYERS]["layers"].split("\n")
    return tuple(tuple(re.split(r"\s*[:|]\s*", line.strip())) for line in lines if line.strip())


def page(found: tuple[Module, ...]) -> Iterator[str]:
    """The architecture page, piece by piece."""
    by_top: dict[str, list[Module]] = {}
    for module in found:
        by_top.setdefault(module.top, []).append(module)
    yield "# Architecture"
    yield "\n".join(prose(line) for line in by_top[""][0].header.split("\n"))
    yield "## Who imports whom"
    yield (
        "Imports run one way only, in the picture from left to right; CI checks it. An import that "
        "others imply is left out. Follow a node to its place below."
    )
    yield _figure(by_top)
    yield "## Modules, by layer"
    yield "The first layer may import all others, the last none."
    for number, layer in enumerate(layers(), start=1):
        yield f"### Layer {number}: {', '.join(layer)}"
        for top in layer:
            yield "\n".join(_listed(by_top.get(top, ())))


def _listed(found: list[Module] | tuple[Module, ...]) -> Iterator[str]:
    for module in found:
        inner = "." in module.name
        lines = module.header.split("\n\n")[0].replace("\n", " ")
        anchor = "" if inner else f'<a id="{module.name}"></a>'
        yield f"{'    ' if inner else ''}- {anchor}**{module.name}**: {prose(lines)}"


def _figure(by_top: Mapping[str, list[Module]]) -> str:
    imports = {
        top: frozenset().union(*(m.imports for m in inside)) & by_top.keys() - {top}
        for top, inside in by_top.items()
        if top not in ("", "__main__")
    }

    @cache
    def reached(top: str) -> frozenset[str]:
        return imports[top].union(*map(reached, imports[top]))

    edges = tuple(
        Edge(top, target, "references", title=f"{top} imports {target}")
        for top in sorted(imports)
        for target in sorted(imports[top])
        if not any(target in reached(other) for other in imports[top] - {target})
    )
    nodes = tuple(Node(top, top, "component", f"#{top}") for top in sorted(imports))
    diagram = Diagram("imports", "Who imports whom", nodes, edges)
    svg = finish_svg(str(dot.render((to_dot(diagram),))[0]), diagram)
    rows = "".join(f"<li>{f.tail} imports {f.head}</li>" for f in facts(diagram) if f.head)
    return (
        f'<figure class="gp-figure" data-search-exclude>\n<div class="gp-frame">\n{svg}\n</div>\n'
        f'</figure>\n<details class="gp-facts"><summary>As a list ({len(edges)})</summary>'
        f"<ul>{rows}</ul></details>"
    )

"""DOT text → SVG text. The only door to a Graphviz renderer.

Every renderer is a command that reads DOT on its standard input, so one that hangs or crashes
takes no more with it than the diagrams it was given.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

_WHEEL = "graphviz-pure"
_PYGRAPHVIZ = (
    "import sys, pygraphviz as p\n"
    "graph = p.AGraph(string=sys.stdin.buffer.read().decode())\n"
    "sys.stdout.buffer.write(graph.draw(format='svg', prog='dot'))"
)
_BATCH = 16  # diagrams per process: starting one costs as much as drawing two
_DOCUMENT = re.compile(r"<\?xml .*?</svg>\s*", re.DOTALL)


def render(dots: Sequence[str], *, seconds: float = 20, jobs: int = 2) -> tuple[str | None, ...]:
    """One SVG document for each DOT text, in their order; None where it could not be drawn.

    `seconds` limits each process. A batch that fails is drawn one by one, so that only the
    diagram at fault is None.
    """
    command = _command()[1]
    if not command:
        return (None,) * len(dots)
    size = 1 if command[0] == sys.executable else _BATCH
    batches = [dots[start : start + size] for start in range(0, len(dots), size)]
    with ThreadPoolExecutor(max(jobs, 1)) as pool:
        drawn = pool.map(partial(_batch, command, seconds), batches)
        return tuple(svg for batch in drawn for svg in batch)


def renderer() -> str:
    """Which one draws here: `graphviz-pure`, `dot`, `pygraphviz`, or `none`."""
    return _command()[0]


@cache
def _command() -> tuple[str, tuple[str, ...]]:
    """The first renderer that is there. The wheel is first: its bytes are the same everywhere."""
    wheel = _wheel()
    if wheel is not None:
        return _WHEEL, (str(wheel), "-Tsvg")
    dot = shutil.which("dot")
    if dot is not None:
        return "dot", (dot, "-Tsvg")
    if find_spec("pygraphviz") is not None:
        return "pygraphviz", (sys.executable, "-I", "-c", _PYGRAPHVIZ)
    return "none", ()


def _wheel() -> Path | None:
    """The program in the `graphviz-pure` wheel, wherever its installer put it; never PATH's."""
    try:
        files = metadata.distribution(_WHEEL).files or []
    except metadata.PackageNotFoundError:
        return None
    for file in files:
        if file.name in (_WHEEL, f"{_WHEEL}.exe"):
            program = Path(str(file.locate())).resolve()
            if os.access(program, os.X_OK):
                return program
    return None


def _batch(command: tuple[str, ...], seconds: float, dots: Sequence[str]) -> list[str | None]:
    output = _run(command, seconds, "\n".join(dots))
    documents = [] if output is None else _DOCUMENT.findall(output)
    if len(documents) == len(dots):
        return documents
    if len(dots) == 1:
        return [None]
    return [svg for dot in dots for svg in _batch(command, seconds, [dot])]


def _run(command: tuple[str, ...], seconds: float, stdin: str) -> str | None:
    """What the renderer printed; None when it failed in any way."""
    environment = {"PATH": os.defpath, "LC_ALL": "C"}
    if "SYSTEMROOT" in os.environ:  # without it no program starts on Windows
        environment["SYSTEMROOT"] = os.environ["SYSTEMROOT"]
    try:
        done = subprocess.run(command, input=stdin.encode(), capture_output=True, env=environment,
                              timeout=seconds, check=False)  # fmt: skip
        return done.stdout.decode() if done.returncode == 0 else None
    except (OSError, subprocess.TimeoutExpired, UnicodeError):
        return None

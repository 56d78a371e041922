"""What commands really print on the example, for pages that show it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from analyzer.errors import AnalyzerError
from analyzer.findings import SECTION_MARKER, Finding
from analyzer.markers import Section

ROOT = Path(__file__).resolve().parents[2]  # the checkout: only there the example is
EXAMPLE = "examples/platform"
_SECONDS = 300

# What a marker `output of=NAME` shows. Names are ours, words are what a reader types.
COMMANDS: Mapping[str, str] = {
    "version": "groundplan --version",
    "structure": "groundplan report structure",
    "coverage": "groundplan report coverage",
    "coverage-json": "groundplan report coverage -f json",
    "check": "groundplan check",
    "github": "groundplan check -f github --no-render",
    "render": "groundplan render local/orders-api",
    "partial": "groundplan render local/gateway-api",
    "broken": "groundplan render production/worker-bulk",
    "place": "groundplan render production/valt",
    "init": "groundplan init --print",
    "readme": "groundplan readme --diff",
    "docs": "groundplan docs -o docs/platform",
}


@contextmanager
def example() -> Iterator[Path]:
    """A copy of the example as a tree of its own, as a reader has one; gone afterwards.

    An empty `.git` says so, wherever the copy is made.
    """
    if not (ROOT / EXAMPLE).is_dir():
        raise AnalyzerError(f"{EXAMPLE}: not beside the package; run this in a checkout")
    with tempfile.TemporaryDirectory(prefix="groundplan-") as folder:
        here = Path(folder) / Path(EXAMPLE).name
        shutil.copytree(ROOT / EXAMPLE, here)
        (here / ".git").mkdir()
        yield here


def printed(names: Iterable[str]) -> Mapping[str, str]:
    """What each named command prints, words to the user included; each in a copy of its own."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return dict(pool.map(lambda name: (name, _run(COMMANDS[name])), sorted(set(names))))


def _run(command: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "100"}
    words = (sys.executable, "-m", "analyzer", *command.split()[1:])
    with example() as here:
        done = subprocess.run(words, cwd=here, env=environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=_SECONDS, check=False)  # fmt: skip
    text = done.stdout.decode()
    if done.returncode not in (0, 1, 2) or "Traceback" in text:
        raise AnalyzerError(f"{command}: failed:\n{text}")
    return text


def shown(section: Section, said: Mapping[str, str]) -> str | Finding:
    """A command and what it printed, as a fenced block.

    `from=WORD` begins at the first line that begins so, `lines=N` ends after so many lines; `…`
    stands for what is left out.
    """
    name = section.option("of")
    if name not in said:
        return Finding(SECTION_MARKER, f"of={name} is none of {', '.join(COMMANDS)}", section.span)
    body = "\n".join(_part(said[name].rstrip("\n").split("\n"), section))
    return f"```console\n$ {COMMANDS[name]}\n{body}\n```"


def _part(lines: list[str], section: Section) -> Iterator[str]:
    word = section.option("from")
    first = next((i for i, line in enumerate(lines) if line.startswith(word)), 0)
    last = min(first + int(section.option("lines", str(len(lines)))), len(lines))
    if first:
        yield "…"
    yield from lines[first:last]
    if last < len(lines):
        yield "…"

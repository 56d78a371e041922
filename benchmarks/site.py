"""`site` beside `mkdocs build` of the same Markdown, in one run; prints a Markdown table.

    python benchmarks/site.py examples/platform
    python benchmarks/site.py --components 3000 --no-render

Alternating, the best of the rounds counts. With `--no-render` the tree is read and nothing is
built: the pages, their lists and MkDocs's part are there, the time of the engine is not.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from bisect import bisect_left
from dataclasses import dataclass, replace
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

from benchmarks import generate  # noqa: E402 - the checkout this file is in
from benchmarks.run import Cost, _memory, ours  # noqa: E402

_POLL = 0.05  # seconds between two looks at memory
# `site`, but what MkDocs is given stays in the directory that is named first.
_KEEP = """\
import shutil, sys
from analyzer import publishing
from analyzer.__main__ import main
build, where = publishing.build, sys.argv.pop(1)
def kept(folder):
    shutil.copytree(folder, where)
    return build(folder)
publishing.build = kept
main()
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One tree: how many pages of how many bytes, and what both sides took."""

    tree: str
    pages: int
    largest: int
    search: int
    site: Cost
    mkdocs: Cost


def measure(tree: Path, name: str, rounds: int, render: bool) -> Measured:
    """Both in turns; the Markdown of the first round is what MkDocs builds alone."""
    words = ("site", *(() if render else ("--no-render",)))
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        kept, out = Path(folder, "kept"), Path(folder, "out")
        _keep(tree, words, kept, Path(folder, "first"))
        sites, alone = [], []
        for number in range(rounds):
            sites.append(ours((*words, "-o", f"{out}-{number}"), tree)[0])
            alone.append(_mkdocs(kept))
        built = list(kept.joinpath("site").rglob("*.html"))
        sizes = [page.stat().st_size for page in built]
        search = (kept / "site/search/search_index.json").stat().st_size
        return Measured(name, len(built), max(sizes), search, _best(sites), _best(alone))


def _keep(tree: Path, words: tuple[str, ...], kept: Path, out: Path) -> None:
    program = (sys.executable, "-c", _KEEP, str(kept), "-C", str(tree), *words, "-o", str(out))
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    subprocess.run(program, env=environment, check=True, stdout=sys.stderr)


def _mkdocs(folder: Path) -> Cost:
    """A strict build, as `site` starts it."""
    command = (sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-f", "mkdocs.yml")
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONHASHSEED": "0"}
    before, started = os.times(), time.perf_counter()
    with subprocess.Popen(command, cwd=folder, env=environment) as process:
        peak = [0.0]
        watcher = threading.Thread(target=_watch, args=(process, peak), daemon=True)
        watcher.start()
        process.wait()
        watcher.join()
    if process.returncode:
        sys.exit(f"site: mkdocs ended with {process.returncode}")
    now = os.times()
    spent = now.children_user + now.children_system - before.children_user - before.children_system
    return Cost(time.perf_counter() - started, spent, peak[0])


def _watch(process: subprocess.Popen[bytes], peak: list[float]) -> None:
    while process.poll() is None:
        peak[0] = max(peak[0], _memory(process.pid, "VmHWM"))
        time.sleep(_POLL)


def _best(costs: list[Cost]) -> Cost:
    """Figure by figure the smallest; of memory the largest."""
    return Cost(
        min(c.wall for c in costs),
        min(c.cpu for c in costs),
        max(c.memory for c in costs),
        max(c.children for c in costs),
    )


def _row(one: Measured) -> str:
    cells = (
        one.tree,
        f"{one.pages:,}",
        f"{one.largest / 1000:.0f}",
        f"{one.search / 1000:.0f}",
        f"{one.site.cpu:.1f}",
        f"{one.mkdocs.cpu:.1f}",
        f"{one.site.cpu / one.mkdocs.cpu:.2f}",
        f"{one.site.wall / one.mkdocs.wall:.2f}",
        f"{one.site.memory:.0f}",
        f"{one.mkdocs.memory:.0f}",
    )
    return "| " + " | ".join(cells) + " |"


_HEAD = (
    "tree", "pages", "largest kB", "search kB", "site s", "mkdocs s", "site / mkdocs",
    "on the clock", "memory MiB", "of mkdocs",
)  # fmt: skip


def of_components(count: int) -> dict[str, str]:
    """A generated tree of just this many components."""
    made = range(generate.SMALLEST, 4 * count)
    number = made[bisect_left(made, count, key=lambda n: len(list(generate.components(n))))]
    fixed = len(generate.COMPONENTS) + len(generate.ENVIRONMENTS) * (2 + len(generate.PLATFORM))
    return generate.generate(number + fixed)


def main() -> None:
    """Measure each tree given."""
    parser = argparse.ArgumentParser(description="Time `site` beside MkDocs.")
    parser.add_argument("trees", metavar="TREE", nargs="*", type=Path, help="only read")
    parser.add_argument("--components", metavar="N", nargs="*", type=int, default=[])
    parser.add_argument("--no-render", action="store_true")
    parser.add_argument("--rounds", type=int, default=1)
    asked = parser.parse_args()
    print("| " + " | ".join(_HEAD) + " |", "|" + " --- |" + " ---: |" * (len(_HEAD) - 1), sep="\n")
    with tempfile.TemporaryDirectory(prefix="benchmark-") as made:
        trees = [(tree, tree.resolve().name) for tree in asked.trees]
        for count in asked.components:
            generate.write(of_components(count), Path(made, str(count)))
            trees.append((Path(made, str(count)), f"{count:,} components"))
        for tree, name in trees:
            found = measure(tree, name, asked.rounds, not asked.no_render)
            if asked.no_render:
                found = replace(found, tree=f"{name}, not rendered")
            print(_row(found), flush=True)


if __name__ == "__main__":
    main()

"""Groundplan beside the bare engine, in one run, alternating; prints a Markdown table.

    python benchmarks/run.py ~/src/infra-deployments --generated 1000 5000

The bare engine is the pinned `kubectl kustomize`, a process a root and two at a time, in the same
environment as ours: no PATH and no way out to the network, so that a remote base fails at once.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

from analyzer import engine  # noqa: E402 - the checkout this file is in, installed or not
from analyzer.kustomization import FILE_NAMES  # noqa: E402

PROCESSES = 2
_GROUNDPLAN = (sys.executable, "-m", "analyzer")
_STATIC = ("report", "structure", "-f", "json", "--no-render")
_STANDARD = ("report", "structure", "-f", "json", "--no-cache")
_POLL = 0.05  # seconds between two looks at memory


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took: seconds on the clock and on the processors, peaks of memory in MiB.

    `cpu` counts the processes it started; `memory` is the command's own, `children` that of those
    it ran at the same time; `failures` are roots that the bare engine did not build.
    """

    wall: float
    cpu: float
    memory: float = 0.0
    children: float = 0.0
    failures: int = 0


@dataclass(slots=True)
class Measured:
    """One tree: the best of several rounds of each kind of run.

    `built` says how many roots a bare run built; its cost is scaled up to all of them.
    """

    tree: str
    roots: int
    files: int
    rendered: int
    costs: dict[str, Cost] = field(default_factory=dict)
    built: dict[str, int] = field(default_factory=dict)
    rounds: int = 0

    def ratio(self, ours: str, bare: str, of: str) -> float | None:
        """How many times the bare run's seconds ours took."""
        if ours not in self.costs or bare not in self.costs:
            return None
        other = float(getattr(self.costs[bare], of))
        return float(getattr(self.costs[ours], of)) / other if other else None

    def sampled(self, kind: str) -> bool:
        """Is its cost that of some roots only, scaled up?"""
        return kind in self.built and self.built[kind] < self.of(kind)

    def of(self, kind: str) -> int:
        """How many roots this kind of run is about."""
        return self.rendered if kind == "same" else self.roots

    def add(self, kind: str, cost: Cost) -> None:
        """Keep the best of both, figure by figure; of memory the worst."""
        best = self.costs.get(kind, cost)
        self.costs[kind] = Cost(
            min(best.wall, cost.wall),
            min(best.cpu, cost.cpu),
            max(best.memory, cost.memory),
            max(best.children, cost.children),
            cost.failures,
        )


# running -----------------------------------------------------------------------------------------


def ours(words: Sequence[str], tree: Path | None = None) -> tuple[Cost, bytes]:
    """Run Groundplan and watch it."""
    where = ("-C", str(tree)) if tree else ()
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    before, started = os.times(), time.perf_counter()
    with subprocess.Popen(
        (*_GROUNDPLAN, *where, *words), env=environment, stdout=subprocess.PIPE
    ) as process:
        peaks = [0.0, 0.0]
        watcher = threading.Thread(target=_watch, args=(process, peaks), daemon=True)
        watcher.start()
        output, _ = process.communicate()
        wall = time.perf_counter() - started
        watcher.join()
    if process.returncode not in (0, 1):
        sys.exit(f"run: {' '.join(words)} ended with {process.returncode} on {tree}")
    return Cost(wall, _cpu_since(before), peaks[0], peaks[1]), output


def _cpu_since(before: os.times_result) -> float:
    now = os.times()
    return now.children_user + now.children_system - before.children_user - before.children_system


def _watch(process: subprocess.Popen[bytes], peaks: list[float]) -> None:
    """Note the peak of a process and of the sum of its children. Linux only; elsewhere zeros."""
    while process.poll() is None:
        peaks[0] = max(peaks[0], _memory(process.pid, "VmHWM"))
        peaks[1] = max(peaks[1], sum(_memory(child, "VmRSS") for child in _engines(process.pid)))
        time.sleep(_POLL)


def _memory(pid: int, name: str) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = [line for line in status.splitlines() if line.startswith(name)]
    return int(found[0].split()[1]) / 1024 if found else 0.0


def _engines(pid: int) -> list[int]:
    """Its children; not those that have its own memory still, for they run nothing yet."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(c) for task in tasks for c in (task / "children").read_text().split()]
        program = Path(f"/proc/{pid}/exe").readlink()
        return [child for child in children if Path(f"/proc/{child}/exe").readlink() != program]
    except OSError:
        return []


def bare(tree: Path, roots: Sequence[str]) -> Cost:
    """Build roots with the engine alone; what fails has cost what it has cost."""
    program, environment = str(engine.program()), {"HOME": "/nonexistent", **_OFFLINE}

    def build(root: str) -> bool:
        command = (program, "kustomize", "--load-restrictor", "LoadRestrictionsNone", "--", root)
        done = subprocess.run(
            command,
            cwd=tree,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        return done.returncode == 0

    before, started = os.times(), time.perf_counter()
    with ThreadPoolExecutor(PROCESSES) as pool:
        failures = list(pool.map(build, roots)).count(False)
    return Cost(time.perf_counter() - started, _cpu_since(before), failures=failures)


_CLOSED = "http://127.0.0.1:9"
_OFFLINE = {"PATH": "", "HTTP_PROXY": _CLOSED, "HTTPS_PROXY": _CLOSED, "ALL_PROXY": _CLOSED}


def sample(roots: Iterable[str], share: float) -> tuple[str, ...]:
    """A share of the roots, the same every time, at least one, in the order of their hashes."""
    mixed = sorted(roots, key=lambda root: hashlib.sha256(root.encode()).digest())
    return tuple(mixed[: max(1, round(len(mixed) * share))])


# measuring ---------------------------------------------------------------------------------------


def measure(tree: Path, name: str, best_of: int, seconds: float) -> Measured:
    """Alternate the runs for `best_of` rounds, or as many as the budget has room for."""
    started = time.perf_counter()
    standard, output = ours(_STANDARD, tree)
    roots = json.loads(output)["roots"]
    rendered = [r["path"] for r in roots if r["renders"] is not None and not r["generated"]]
    every = [r["path"] for r in roots if not r["generated"]]
    found = Measured(name, len(every), _yaml_files(tree), len(rendered))
    found.add("standard", standard)
    spent = time.perf_counter() - started
    # A bare run takes about as long a root as the first run did; a round has to fit.
    rounds = max(1, min(best_of, int((seconds - spent) / (2 * standard.wall))))
    room = max(10.0, (seconds - spent) / rounds - standard.wall)
    a_root = 1.25 * standard.wall / max(1, len(rendered))
    share = min(1.0, room / max(0.1, a_root * (len(rendered) + len(every))))
    picked = sample(every, share)
    again = [root for root in picked if root in set(rendered)] or list(sample(rendered, share))
    found.built = {"same": len(again), "all": len(picked)}
    runs: tuple[tuple[str, Callable[[], Cost]], ...] = (
        ("static", lambda: ours(_STATIC, tree)[0]),
        ("same", lambda: _scaled(bare(tree, again), len(rendered) / len(again))),
        ("standard", lambda: ours(_STANDARD, tree)[0]),
        ("all", lambda: _scaled(bare(tree, picked), len(every) / len(picked))),
    )
    for number in range(rounds):
        for kind, run in runs:
            if number == 0 or time.perf_counter() - started < seconds:
                found.add(kind, run())
        found.rounds = number + 1
    return found


def _scaled(cost: Cost, times: float) -> Cost:
    return Cost(cost.wall * times, cost.cpu * times, failures=cost.failures)


def _yaml_files(tree: Path) -> int:
    return sum(
        name.endswith((".yaml", ".yml")) or name in FILE_NAMES
        for folder, _, names in os.walk(tree)
        if "/.git/" not in f"{folder}/"
        for name in names
    )


def start_up(best_of: int) -> tuple[Cost, Cost]:
    """`--help`, and a Python that does nothing."""
    helped, nothing = [], []
    for _ in range(max(5, best_of)):
        helped.append(ours(("--help",))[0])
        before, started = os.times(), time.perf_counter()
        subprocess.run((sys.executable, "-c", "pass"), check=True)
        nothing.append(Cost(time.perf_counter() - started, _cpu_since(before)))
    return min(helped, key=lambda c: c.wall), min(nothing, key=lambda c: c.wall)


# printing ----------------------------------------------------------------------------------------

_COLUMNS = (
    "tree", "kustomizations", "YAML files", "static s", "rendered", "standard s", "bare, same s",
    "standard / same", "on the CPU", "bare, all s", "standard / all", "on the CPU", "memory MiB",
    "children MiB",
)  # fmt: skip


def table(measured: Sequence[Measured]) -> str:
    lines = ["| " + " | ".join(_COLUMNS) + " |", "|" + " --- |" + " ---: |" * (len(_COLUMNS) - 1)]
    for m in measured:
        cells = (
            m.tree,
            f"{m.roots:,}",
            f"{m.files:,}",
            _seconds(m, "static", 2),
            f"{m.rendered:,}",
            _seconds(m, "standard"),
            _seconds(m, "same"),
            _ratio(m, "same", "wall"),
            _ratio(m, "same", "cpu"),
            _seconds(m, "all"),
            _ratio(m, "all", "wall"),
            _ratio(m, "all", "cpu"),
            f"{max(c.memory for c in m.costs.values()):.0f}",
            f"{max(c.children for c in m.costs.values()):.0f}",
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _seconds(measured: Measured, kind: str, places: int = 1) -> str:
    mark = "~" if measured.sampled(kind) else ""
    return f"{mark}{measured.costs[kind].wall:.{places}f}"


def _ratio(measured: Measured, bare: str, of: str) -> str:
    ratio = measured.ratio("standard", bare, of)
    return "–" if ratio is None else f"{ratio:.2f}"


def _notes(measured: Sequence[Measured], helped: Cost, nothing: Cost) -> str:
    lines = [
        f"- `--help` {helped.wall:.2f} s (on the CPU {helped.cpu:.2f} s); "
        f"a Python that does nothing {nothing.wall:.2f} s ({nothing.cpu:.2f} s)."
    ]
    for m in measured:
        built = " and ".join(f"{n:,} of {m.of(k):,}" for k, n in m.built.items() if m.sampled(k))
        sampled = f"; bare runs built {built} roots, scaled up (~)" if built else ""
        failed = f"; of the same roots bare does not build {m.costs['same'].failures:,}"
        lines.append(f"- {m.tree}: best of {m.rounds}{sampled}{failed}.")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Time Groundplan beside the bare engine.")
    parser.add_argument("trees", metavar="TREE", nargs="*", type=Path, help="only read")
    parser.add_argument(
        "--generated", metavar="N", nargs="*", type=int, default=[], help="[default: 1000]"
    )
    parser.add_argument("--best-of", metavar="K", type=int, default=3)
    parser.add_argument(
        "--seconds", type=float, default=300, help="for each tree, about; more roots are sampled"
    )
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the figures too")
    words = parser.parse_args()
    if not words.trees and not words.generated:
        words.generated = [1000]
    measured = []
    helped, nothing = start_up(words.best_of)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as made:
        trees = [(tree, tree.resolve().name) for tree in words.trees]
        for number in words.generated:
            tree = Path(made, str(number))
            generate = (sys.executable, str(Path(__file__).with_name("generate.py")))
            subprocess.run((*generate, str(number), str(tree)), check=True, stdout=sys.stderr)
            trees.append((tree, f"generated {number:,}"))
        for tree, name in trees:
            print(f"{name} …", file=sys.stderr, flush=True)
            measured.append(measure(tree, name, words.best_of, words.seconds))
    print(table(measured), "", _notes(measured, helped, nothing), sep="\n")
    if words.json:
        figures = {
            "help": asdict(helped),
            "python": asdict(nothing),
            "trees": [asdict(m) for m in measured],
        }
        words.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()

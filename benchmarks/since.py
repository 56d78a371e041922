"""`diff --since` for a change of one file beside rendering both sides in full; prints a table.

    python benchmarks/since.py ~/src/infra-deployments examples/platform

Each tree is copied and committed; of its manifests one that reaches a root is edited, chosen by the
seed. Runs alternate, and the best of the rounds counts.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from analyzer import looking

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

from analyzer.graph import ReferenceGraph  # noqa: E402
from analyzer.loader import Checkout  # noqa: E402

_WHO = {
    "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
}  # fmt: skip


def main() -> None:
    """Measure each tree given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trees", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    print(
        "| tree | roots | edited file reaches | diff --since, s | both sides in full, s | ratio |"
    )
    print("| --- | --- | --- | --- | --- | --- |")
    for tree in asked.trees:
        print(_row(tree.resolve(), asked.rounds, asked.seed), flush=True)


def _row(tree: Path, rounds: int, seed: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder) / tree.name
        shutil.copytree(tree, where, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        _git(where, "init", "--quiet")
        _git(where, "add", "--all", "--force")
        _git(where, "commit", "--quiet", "--message", "as it is")
        before = Path(folder) / "before" / tree.name
        shutil.copytree(where, before, symlinks=True)
        checkout, written = looking.load(looking.Options(where))
        reached = _edit(where, checkout, written.graph, seed)
        ours, full = [], []
        for _ in range(rounds):
            ours.append(_seconds(where, "diff", "--since", "HEAD"))
            both = (_seconds(side, "report", "structure", "--no-cache") for side in (before, where))
            full.append(sum(both))
        roots = len(written.repository.kustomizations)
        ratio = min(ours) / min(full)
        return (f"| {tree.name} | {roots} | {reached} | {min(ours):.1f} | {min(full):.1f} | "
                f"{ratio:.2f} |")  # fmt: skip


def _edit(where: Path, checkout: Checkout, graph: ReferenceGraph, seed: int) -> int:
    """Give an object an annotation more; returns how many roots its file reaches."""
    files = sorted(checkout.repository.manifests)
    random.Random(seed).shuffle(files)
    for file in files:
        reached = graph.affected([file])
        text = (where / file).read_text(encoding="utf-8", errors="replace")
        if reached and "\nmetadata:\n  name:" in text:
            more = "\nmetadata:\n  annotations: {edited: 'yes'}\n  name:"
            new = text.replace("\nmetadata:\n  name:", more, 1)
            (where / file).write_text(new, encoding="utf-8")
            return len(reached)
    raise SystemExit(f"{where.name}: no manifest to edit")


def _seconds(where: Path, *words: str) -> float:
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    begun = time.perf_counter()
    done = subprocess.run((sys.executable, "-m", "analyzer", *words), cwd=where, env=environment,
                          capture_output=True, check=False)  # fmt: skip
    if done.returncode not in (0, 1):
        raise SystemExit(f"{where.name}: {' '.join(words)}: {done.stderr.decode()}")
    return time.perf_counter() - begun


def _git(where: Path, *words: str) -> None:
    subprocess.run(("git", *words), cwd=where, env={**os.environ, **_WHO}, check=True)


if __name__ == "__main__":
    main()

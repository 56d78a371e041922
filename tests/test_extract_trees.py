"""Real public repositories: what is proved is true in the tree itself, by the bare engine."""

from __future__ import annotations

import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from analyzer import extracting, loader, repeats, writer
from analyzer.bench import bench
from analyzer.ladder import Session
from analyzer.looking import Options
from analyzer.plans import Refusal
from tests.drawn import commit
from tests.rendering import bare


@pytest.mark.long
def test_every_proved_candidate_leaves_every_root_as_the_bare_engine_builds_it(
    shared_trees: tuple[Path, ...], tmp_path: Path
) -> None:
    counts: Counter[str] = Counter()
    lines = 0
    wrong: list[str] = []
    for source in shared_trees:
        tree = Path(shutil.copytree(source, tmp_path / source.name, symlinks=True))
        commit(tree, "as it was")
        now = bench(Options(tree), rendered=True)
        found = repeats.gather(now.checkout, now.seen, commits=True).candidates
        before: dict[str, object] = {}
        for candidate in found:
            counts[f"{tree.name}: shown"] += 1
            if not candidate.is_open:
                continue
            made = extracting.alone(now, candidate)
            verdict = made.verdict if isinstance(made, Refusal) else made[1].verdict
            counts[f"{tree.name}: {verdict}"] += 1
            if isinstance(made, Refusal) or not made[1].is_proved:
                continue
            lines += made[0].item.net_lines
            before = before or everything(tree)
            copy = Path(shutil.copytree(tree, tmp_path / "applied", symlinks=True))
            writer.write(copy, Session(now).changes(made[0].files))
            after = everything(copy)
            wrong += [f"{tree.name} {candidate.id}: {root}" for root, built in before.items()
                      if told(after.get(root), verdict) != told(built, verdict)]  # fmt: skip
            shutil.rmtree(copy)
    print(dict(sorted(counts.items())), lines)
    assert wrong == []


def told(built: object, verdict: str) -> object:
    """What a verdict says is the same: `equal` lets resources come in another order."""
    return sorted(map(repr, built)) if verdict == "equal" and isinstance(built, list) else built


def everything(tree: Path) -> dict[str, object]:
    """What the bare engine makes of every root; None where it refuses."""
    roots = sorted(loader.load(tree).repository.kustomizations)
    with ThreadPoolExecutor() as pool:
        return dict(zip(roots, pool.map(lambda root: bare(tree, root), roots), strict=True))

"""Change what a field is said to be set by, render, and see that just the predicted fields follow.

The engine is the oracle: mutation knows nothing of how attribution works.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.look import example
from tests.mutating import Trial, explained, trials

# What a mutation of this kind cannot tell: the harness wrote nothing, or the tree builds no more.
_TELL_NOTHING = ("unmutable", "unbuilt", "unpaired")


def told(found: list[Trial]) -> list[Trial]:
    return [trial for trial in found if trial.verdict not in _TELL_NOTHING]


@pytest.mark.parametrize("sample", [25, pytest.param(60, marks=pytest.mark.long)])
def test_fields_of_the_example_follow_the_line_that_is_said_to_set_them(
    tmp_path: Path, sample: int
) -> None:
    tree = explained(example(tmp_path))
    statuses = Counter(leaf.status for root in tree.roots for leaf in root.leaves.values())
    assert set(statuses) == {"verified"}
    found = trials(tree, sample, seed=1)
    assert [trial for trial in told(found) if trial.verdict != "exact"] == []
    assert len(told(found)) > sample * 2 / 3  # a sample, and not a handful


@pytest.mark.long
def test_fields_of_real_trees_follow_the_line_that_is_said_to_set_them(
    shared_trees: tuple[Path, ...],
) -> None:
    leaves: Counter[str] = Counter()
    verdicts: Counter[tuple[str, str]] = Counter()
    missed = []
    for where in shared_trees:
        tree = explained(where)
        leaves.update(leaf.status for root in tree.roots for leaf in root.leaves.values())
        for trial in told(trials(tree, 300, seed=1)):
            verdicts[trial.directive, trial.verdict] += 1
            if trial.verdict != "exact":
                missed.append(f"{where.name}: {trial.root} {trial.directive} {trial.at}")
    every = leaves.total()
    exact = sum(n for (_, verdict), n in verdicts.items() if verdict == "exact")
    said = "\n".join(f"{name}: {n}" for name, n in sorted(verdicts.items()))
    print(f"{every} leaves, {dict(leaves)}\n{said}", *missed, sep="\n")
    assert every - leaves["unexplained"] >= 0.9995 * every
    assert exact >= 0.995 * verdicts.total()

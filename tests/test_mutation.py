"""No file reaches a root that was not told: every file of the example, a sample of real trees.

`python -m tests.mutation TREE [SAMPLE]` prints the figures.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import mutation
from tests.drawn import draw
from tests.look import EXAMPLE
from tests.test_affected import READS
from tests.test_since import FLUX

SAMPLE = 100  # files of a real tree
PRECISION = 0.9


@pytest.mark.parametrize("drawing", [FLUX, READS], ids=["flux", "fields"])
def test_every_file_of_a_small_tree(tmp_path: Path, drawing: str) -> None:
    score = mutation.run(draw(tmp_path / "tree", drawing), None)
    assert score.missed == []


@pytest.mark.long
def test_every_file_of_the_example() -> None:
    score = mutation.run(EXAMPLE, None)
    assert score.missed == []
    assert score.precision("root") >= PRECISION
    assert score.since_seen / score.since_said >= PRECISION


@pytest.mark.long
def test_a_sample_of_real_trees(shared_trees: tuple[Path, ...]) -> None:
    scores = [mutation.run(tree, SAMPLE) for tree in shared_trees]
    assert [missed for score in scores for missed in score.missed] == []
    told = sum(score.predicted["root"] - score.broken["root"] for score in scores)
    assert sum(score.observed["root"] for score in scores) / told >= PRECISION

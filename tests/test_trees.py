"""Real public repositories: what the bare engine builds is rendered equal; the rest has a cause.

Skipped where there are none; `long` takes every root, the sample a few of each tree.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from analyzer import loader
from analyzer.model import Cause, Rendered, Rendering
from tests.rendering import bare, renders

SAMPLE = 8  # roots of each tree


def every_root(tree: Path) -> list[str]:
    return sorted(loader.load(tree).repository.kustomizations)


def differences(tree: Path, roots: Iterable[str]) -> Iterator[str]:
    """Where a render is not what the bare engine prints, or not understood."""
    listed = list(roots)
    with ThreadPoolExecutor() as pool:
        expected = list(pool.map(lambda root: bare(tree, root), listed))
    for root, wanted, result in zip(listed, expected, renders(tree, *listed), strict=True):
        for problem in _problems(tree, wanted, result):
            yield f"{tree.name}/{root}: {problem}"


def _problems(tree: Path, wanted: list[object] | None, result: Rendering) -> Iterator[str]:
    if isinstance(result, Rendered):
        if wanted is not None and [r.content for r in result.resources] != wanted:
            yield "rendered differently"
        if wanted is not None and result.completeness != "full":
            yield f"partial, though it builds: needs {result.needs}"
        if wanted is None and result.completeness == "full":
            yield "rendered, though the bare engine refuses it"
        if result.completeness == "partial" and not (result.needs and result.omitted):
            yield "partial, and nobody knows why"
    elif wanted is not None:
        yield f"refused, though it builds: {[str(c) for c in result.causes]}"
    elif not (result.causes or result.needs):
        yield "refused without a cause"
    else:
        yield from (f"no such place: {c}" for c in result.causes if not _is_there(tree, c))


def _is_there(tree: Path, cause: Cause) -> bool:
    file = tree / cause.path
    return file.is_file() and 1 <= cause.line <= max(1, file.read_bytes().count(b"\n") + 1)


def test_a_sample_of_real_roots_is_rendered_as_the_bare_engine_does(
    shared_trees: tuple[Path, ...],
) -> None:
    chosen = random.Random(20260101)
    found = []
    for tree in shared_trees:
        roots = every_root(tree)
        found.extend(differences(tree, sorted(chosen.sample(roots, min(SAMPLE, len(roots))))))
    assert found == []


@pytest.mark.long
def test_every_real_root_is_rendered_as_the_bare_engine_does(
    shared_trees: tuple[Path, ...],
) -> None:
    assert [d for tree in shared_trees for d in differences(tree, every_root(tree))] == []


@pytest.mark.long
def test_causes_of_real_roots_are_few_and_say_where(shared_trees: tuple[Path, ...]) -> None:
    """At one place one cause, said with the same words from every root that it blocks."""
    for tree in shared_trees:
        roots = every_root(tree)
        failed = [r for r in renders(tree, *roots) if not isinstance(r, Rendered)]
        causes = {cause for r in failed for cause in r.causes}
        for cause in causes:
            assert not set(cause.message) & set("\n\r\t"), cause
            assert "accumulat" not in cause.message, cause
            assert "groundplan-" not in cause.message, cause
            assert len(cause.message) < 320, cause
        assert len({(cause.path, cause.line) for cause in causes}) == len(causes)

"""What the drawings of all other tests mean."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.drawn import commit, draw, git, show, snapshot

DRAWING = """\
--- base/kustomization.yaml
resources: [web.yaml]
--- base/web.yaml
kind: A
---
kind: B
--- empty/
--- overlay -> base
"""


def test_a_drawn_tree_is_shown_as_it_was_drawn(tree: Callable[[str], Path]) -> None:
    assert show(tree(DRAWING)) == DRAWING


def test_a_drawing_may_be_indented(tree: Callable[[str], Path]) -> None:
    where = tree("""
        --- a.yaml
        a:
          b: 1
        """)
    assert (where / "a.yaml").read_bytes() == b"a:\n  b: 1\n"


def test_an_identity_writes_the_head_of_an_object(tree: Callable[[str], Path]) -> None:
    where = tree("""
        --- web.yaml = Deployment/shop/web
        spec: {replicas: 2}
        --- settings.yaml = ConfigMap/settings
        """)
    assert show(where) == (
        "--- settings.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n"
        "--- web.yaml\napiVersion: apps/v1\nkind: Deployment\n"
        "metadata: {name: web, namespace: shop}\nspec: {replicas: 2}\n"
    )


@pytest.mark.parametrize("path", ["/etc/x", "../x", "a/../../x"])
def test_a_drawing_does_not_leave_its_directory(tree: Callable[[str], Path], path: str) -> None:
    with pytest.raises(ValueError, match="a drawn path stays inside the tree"):
        tree(f"--- {path}\n")


def test_a_drawing_starts_with_a_path(tree: Callable[[str], Path]) -> None:
    with pytest.raises(ValueError, match="a drawing starts with a line"):
        tree("a: 1\n--- b.yaml\n")


def test_a_snapshot_sees_a_file_that_was_written_again(tmp_path: Path) -> None:
    draw(tmp_path, "--- a.yaml\na: 1\n")
    before = snapshot(tmp_path)
    assert snapshot(tmp_path) == before
    (tmp_path / "a.yaml").write_bytes((tmp_path / "a.yaml").read_bytes())
    after = snapshot(tmp_path)
    assert [path for path in after if after[path] != before[path]] == ["a.yaml"]


def test_commits_are_the_same_everywhere(tree: Callable[[str], Path]) -> None:
    where = tree("--- a.yaml\na: 1\n")
    assert commit(where, "one") == "9e73a28a9dbd0ac3674ba4bf1eb4d1fc60c4b021"
    assert git(where, "log", "--format=%an %at %s") == "Ada 1767225600 one"

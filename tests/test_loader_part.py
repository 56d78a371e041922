"""A part of a tree is analysed: what it names outside is taken in, and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from analyzer import gitio, loader
from tests.drawn import snapshot

Tree = Callable[[str], Path]

SHARED_BASE = """
    --- .git/HEAD
    ref: refs/heads/main
    --- .git/kustomization.yaml
    resources: []
    --- shared/base/kustomization.yaml
    resources: [web.yaml, ../common.yaml, ../../far]
    --- shared/base/web.yaml = ConfigMap/web
    --- shared/base/unlisted.yaml = ConfigMap/unlisted
    --- shared/common.yaml = ConfigMap/common
    --- shared/other/kustomization.yaml
    resources: []
    --- far -> shared/far
    --- shared/far/kustomization.yaml
    resources: []
    --- clusters/production/kustomization.yaml
    resources: [../../shared/base, ../../.git, ../../.git/HEAD, link.yaml]
    --- clusters/production/link.yaml -> ../../shared/common.yaml
    """


def test_what_is_named_outside_the_analysed_directory_is_taken_in_and_nothing_else(
    tree: Tree,
) -> None:
    where = tree(SHARED_BASE)
    checkout = loader.load(where / "clusters")
    assert checkout.tree == where
    repository = checkout.repository
    assert (repository.name, repository.subdir) == ("clusters", "clusters")
    assert list(repository.kustomizations) == [
        "clusters/production", "shared/base", "shared/far"
    ]  # fmt: skip
    assert list(repository.files) == [
        "clusters/production/kustomization.yaml", "shared/base/kustomization.yaml",
        "shared/base/unlisted.yaml", "shared/base/web.yaml", "shared/common.yaml",
        "shared/far/kustomization.yaml",
    ]  # fmt: skip
    assert [
        (r.written, r.status.value, r.target)
        for k in repository.kustomizations.values()
        for r in k.references
    ] == [
        ("../../shared/base", "directory", "shared/base"),
        ("../../.git", "missing", ".git"),
        ("../../.git/HEAD", "missing", ".git/HEAD"),
        ("link.yaml", "file", "shared/common.yaml"),
        ("web.yaml", "file", "shared/base/web.yaml"),
        ("../common.yaml", "file", "shared/common.yaml"),
        ("../../far", "directory", "shared/far"),
    ]
    assert repository.links == {
        "clusters/production/link.yaml": "shared/common.yaml", "far": "shared/far"
    }  # fmt: skip


def test_the_whole_tree_and_a_part_of_it_give_the_same_references(tree: Tree) -> None:
    where = tree(SHARED_BASE)
    whole = loader.load(where).repository
    part = loader.load(where / "clusters").repository
    assert {root: whole.kustomizations[root] for root in part.kustomizations} == dict(
        part.kustomizations
    )


def test_without_git_the_analysed_directory_is_the_tree(tree: Tree) -> None:
    where = tree(SHARED_BASE)
    shutil.rmtree(where / ".git")
    checkout = loader.load(where / "clusters")
    assert (checkout.tree, checkout.repository.subdir) == (where / "clusters", "")
    found = checkout.repository.kustomizations["production"].references
    assert {r.status.value for r in found} == {"outside the tree"}


def test_a_link_out_of_the_analysed_directory_that_nobody_names_is_no_dead_link(tree: Tree) -> None:
    where = tree("""
        --- .git/HEAD
        --- part/there -> ../other/a.txt
        --- part/gone -> ../other/b.txt
        --- other/a.txt
        """)
    assert loader.load(where / "part").repository.links == {
        "part/gone": None, "part/there": "other/a.txt"
    }  # fmt: skip


def test_the_nearest_repository_is_the_tree_also_where_git_is_a_file(tree: Tree) -> None:
    where = tree("--- .git/HEAD\n--- module/.git\ngitdir: ../.git\n--- module/a/b.yaml\n")
    assert loader.load(where / "module" / "a").tree == where / "module"


def test_the_analysed_directory_may_be_reached_by_a_link(tree: Tree, tmp_path: Path) -> None:
    where = tree(SHARED_BASE)
    (tmp_path / "alias").symlink_to(where / "clusters")
    assert loader.load(tmp_path / "alias").tree == where


def test_loading_leaves_the_tree_as_it_was(tree: Tree) -> None:
    where = tree(SHARED_BASE)
    before = snapshot(where)
    checkout = loader.load(where / "clusters", gitio.ignored)
    loader.scratch(checkout, checkout.repository.files)
    loader.text(checkout, "shared/common.yaml")
    assert snapshot(where) == before

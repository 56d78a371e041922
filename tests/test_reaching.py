"""Paths and links: what stays in the tree, what leaves it, and what nobody can hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer import loader
from analyzer.model import Span
from tests.drawn import draw
from tests.naming import load, targets

Tree = Callable[[str], Path]
Row = tuple[str, str, str, int]  # field, as written, status, line


# confinement ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written", ["/etc/passwd", "..", "../..", "../other", "a/../../b", "../tree/a.yaml/../.."]
)
def test_what_leaves_the_tree_is_not_looked_at(tree: Tree, written: str) -> None:
    where = tree(f"--- kustomization.yaml\nresources: [{written}]\n")
    assert targets(where) == [(written, "outside the tree", None)]


def test_an_absolute_path_is_outside_even_where_it_leads_into_the_tree(tree: Tree) -> None:
    where = tree("--- a.yaml = ConfigMap/a\n")
    (where / "kustomization.yaml").write_text(f"resources: [{where}/a.yaml]\n")
    assert targets(where) == [(f"{where}/a.yaml", "outside the tree", None)]


def test_a_path_that_goes_up_and_stays_in_the_tree_is_a_path(tree: Tree) -> None:
    where = tree("""
        --- a/b/kustomization.yaml
        resources: [../../c.yaml]
        --- c.yaml = ConfigMap/c
        """)
    assert targets(where, "a/b") == [("../../c.yaml", "file", "c.yaml")]


def test_a_nul_byte_names_nothing(tree: Tree) -> None:
    where = tree('--- kustomization.yaml\nresources: ["a\\0b", "/\\0"]\n')
    assert targets(where) == [("a\0b", "missing", None), ("/\0", "missing", None)]


def test_a_name_no_disk_can_hold_names_nothing(tree: Tree) -> None:
    long = "x" * 5000
    where = tree(f"--- sub/kustomization.yaml\nresources: [{long}, ../{long}]\n")
    where.joinpath(".git").mkdir()
    found = loader.load(where / "sub").repository.kustomizations["sub"].references
    assert [r.status.value for r in found] == ["missing", "missing"]


# links ----------------------------------------------------------------------------------------


def test_links_are_followed_inside_the_tree(tree: Tree) -> None:
    where = tree("""
        --- overlay/kustomization.yaml
        resources: [link.yaml, linked, through/linked/a.yaml, up/base]
        --- overlay/link.yaml -> ../base/a.yaml
        --- overlay/linked -> ../base
        --- overlay/through -> .
        --- overlay/up -> ..
        --- base/kustomization.yaml
        resources: [a.yaml]
        --- base/a.yaml = ConfigMap/a
        """)
    assert targets(where, "overlay") == [
        ("link.yaml", "file", "base/a.yaml"),
        ("linked", "directory", "base"),
        ("through/linked/a.yaml", "file", "base/a.yaml"),
        ("up/base", "directory", "base"),
    ]


def test_links_that_leave_the_tree_or_lead_nowhere(tree: Tree, tmp_path: Path) -> None:
    draw(tmp_path, "--- secret.yaml = ConfigMap/secret\n--- outside/kustomization.yaml\n")
    where = tree("""
        --- kustomization.yaml
        resources: [up.yaml, absolute.yaml, dir, around/secret.yaml, gone.yaml, loop.yaml, a, far]
        --- up.yaml -> ../secret.yaml
        --- absolute.yaml -> /etc/hostname
        --- dir -> ../outside
        --- around -> ../tree/..
        --- gone.yaml -> nothing.yaml
        --- loop.yaml -> loop.yaml
        --- a -> b
        --- b -> a
        --- far -> x/../../secret.yaml
        """)
    assert targets(where) == [
        ("up.yaml", "outside the tree", None),
        ("absolute.yaml", "outside the tree", None),
        ("dir", "outside the tree", None),
        ("around/secret.yaml", "outside the tree", None),
        ("gone.yaml", "missing", "nothing.yaml"),
        ("loop.yaml", "missing", "loop.yaml"),
        ("a", "missing", "a"),
        ("far", "outside the tree", None),
    ]


def test_an_absolute_link_into_the_tree_is_followed(tree: Tree) -> None:
    where = tree("--- kustomization.yaml\nresources: [a.yaml]\n--- b/c.yaml = ConfigMap/c\n")
    (where / "a.yaml").symlink_to(where / "b" / "c.yaml")
    assert targets(where) == [("a.yaml", "file", "b/c.yaml")]


def test_a_kustomization_file_may_be_a_link_and_its_paths_start_where_the_link_is(
    tree: Tree,
) -> None:
    where = tree("""
        --- kustomization.yaml
        resources: [one]
        --- one/kustomization.yaml -> ../shared/common.tmpl
        --- one/a.yaml = ConfigMap/a
        --- shared/common.tmpl
        resources: [a.yaml]
        """)
    one = load(where, "one")
    assert (one.path, one.problem, one.span) == (
        "one/kustomization.yaml", None, Span("shared/common.tmpl", 1, 1, 0, 20)
    )  # fmt: skip
    assert targets(where, "one") == [("a.yaml", "file", "one/a.yaml")]


def test_a_directory_behind_a_link_is_one_root_and_not_two(tree: Tree) -> None:
    where = tree("""
        --- kustomization.yaml
        resources: [real, alias]
        --- real/kustomization.yaml
        resources: [../kustomization.yaml/..]
        --- alias -> real
        """)
    assert sorted(loader.load(where).repository.kustomizations) == ["", "real"]

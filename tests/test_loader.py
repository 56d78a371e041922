"""Disk → Repository: everything is seen, nothing is touched, and nothing on disk is a surprise."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer import gitio, loader
from analyzer.kustomization import FILE_NAMES
from analyzer.model import FileEntry, Link, ResourceId
from tests.drawn import draw, git, snapshot
from tests.nobody import as_nobody

Tree = Callable[[str], Path]

# what is read ---------------------------------------------------------------------------------


def test_a_tree_is_files_directories_links_roots_and_manifests(tree: Tree) -> None:
    where = tree("""
        --- README.md
        Hello
        --- base/kustomization.yaml
        resources: [web.yaml]
        --- base/web.yaml = Deployment/shop/web
        ---
        apiVersion: example.com/v2
        kind: Thing
        metadata: {name: thing}
        --- base/values.yml
        replicas: 2
        --- empty/
        --- link -> base
        --- .git/config
        [core]
        """)
    repository = loader.load(where).repository
    assert (repository.name, repository.subdir) == ("tree", "")
    assert list(repository.files) == [
        "README.md", "base/kustomization.yaml", "base/values.yml", "base/web.yaml"
    ]  # fmt: skip
    assert repository.files["README.md"] == FileEntry("README.md", 6, None)
    assert repository.files["base/values.yml"] == FileEntry("base/values.yml", 12, b"replicas: 2\n")
    assert repository.directories == {"", "base", "empty"}
    assert repository.links == {"link": "base"}
    assert [(k.root, k.path) for k in repository.kustomizations.values()] == [
        ("base", "base/kustomization.yaml")
    ]
    assert {path: [(m.id, str(m.span)) for m in found] for path, found in
            repository.manifests.items()} == {
        "base/web.yaml": [
            (ResourceId("apps", "Deployment", "shop", "web"), "base/web.yaml:1"),
            (ResourceId("example.com", "Thing", "", "thing"), "base/web.yaml:5"),
        ]
    }  # fmt: skip
    assert (repository.unreadable, repository.problems) == ({}, ())


def test_only_objects_of_reconcilers_are_read_whole(tree: Tree) -> None:
    where = tree("""
        --- a.yaml
        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata: {name: apps, namespace: flux-system}
        spec: {path: ./apps}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: c}
        """)
    flux, plain = loader.load(where).repository.manifests["a.yaml"]
    assert flux.content == {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"name": "apps", "namespace": "flux-system"}, "spec": {"path": "./apps"},
    }  # fmt: skip
    assert plain.content is None


def test_a_flux_object_in_a_file_named_kustomization_yaml_is_a_manifest_too(tree: Tree) -> None:
    where = tree("""
        --- app/kustomization.yaml
        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata: {name: apps, namespace: flux-system}
        --- base/kustomization.yaml
        apiVersion: kustomize.config.k8s.io/v1beta1
        kind: Kustomization
        resources: []
        """)
    repository = loader.load(where).repository
    assert {path: [m.id.short for m in found] for path, found in repository.manifests.items()} == {
        "app/kustomization.yaml": ["Kustomization/apps"]
    }
    assert sorted(repository.kustomizations) == ["app", "base"]


@pytest.mark.parametrize("name", FILE_NAMES)
def test_a_root_is_a_directory_with_a_kustomization_file_of_any_name(tree: Tree, name: str) -> None:
    where = tree(f"--- a/b/{name}\nresources: []\n--- c/Kustomization.yaml\nresources: []\n")
    assert list(loader.load(where).repository.kustomizations) == ["a/b"]


def test_a_link_to_a_kustomization_file_makes_a_root_only_where_somebody_names_it(
    tree: Tree,
) -> None:
    where = tree("""
        --- a/kustomization.yaml
        resources: [../named]
        --- named/kustomization.yaml -> ../shared.yaml
        --- unnamed/kustomization.yaml -> ../shared.yaml
        --- shared.yaml
        resources: []
        """)
    assert list(loader.load(where).repository.kustomizations) == ["a", "named"]


def test_an_empty_directory_is_an_empty_repository(tree: Tree) -> None:
    repository = loader.load(tree("")).repository
    assert (repository.files, repository.directories, repository.kustomizations) == ({}, {""}, {})
    assert (repository.manifests, repository.links, repository.problems) == ({}, {}, ())


def test_the_order_in_which_files_were_made_changes_nothing(tmp_path: Path) -> None:
    drawings = [
        "--- b/kustomization.yaml\nresources: [x.yaml, ../a]\n",
        "--- a/kustomization.yaml\nresources: [y.yaml]\n",
        "--- b/x.yaml = ConfigMap/x\n",
        "--- a/y.yaml = ConfigMap/y\n",
        "--- broken.yaml\n[\n",
        "--- also-broken.yaml\n[\n",
        "--- z -> a\n",
    ]
    for name, order in (("one", drawings), ("two", drawings[::-1])):
        for drawing in order:
            draw(tmp_path / name / "tree", drawing)
    one, two = (loader.load(tmp_path / name / "tree").repository for name in ("one", "two"))
    assert one == two
    assert [list(r.files) for r in (one, two)] == [sorted(one.files)] * 2
    assert list(one.unreadable) == list(two.unreadable) == ["also-broken.yaml", "broken.yaml"]


# nothing is touched ---------------------------------------------------------------------------


def test_loading_leaves_a_repositorys_own_files_as_they_were(tree: Tree) -> None:
    where = tree("--- .gitignore\n*.env\n--- kustomization.yaml\nresources: [a.env]\n")
    git(where, "init", "--quiet")
    git(where, "add", "--all")
    os.utime(where / "kustomization.yaml")  # git would like to refresh its index
    before = snapshot(where)
    loader.load(where, gitio.ignored)
    assert snapshot(where) == before


def test_a_tree_that_may_not_be_written_is_read_like_any_other(open_tree: Tree) -> None:
    where = open_tree("--- a/kustomization.yaml\nresources: [b.yaml]\n--- a/b.yaml = ConfigMap/b\n")
    for path in (where / "a", where):
        path.chmod(0o555)
    before = snapshot(where)
    with as_nobody():
        assert list(loader.load(where, gitio.ignored).repository.kustomizations) == ["a"]
    assert snapshot(where) == before


# private copies -------------------------------------------------------------------------------


def test_a_private_copy_has_the_bytes_of_files_and_all_links_of_the_tree(tree: Tree) -> None:
    where = tree("""
        --- a/b.yaml = ConfigMap/b
        --- a/c.conf
        c
        --- a/other.conf
        --- a/d/link -> ../../a/b.yaml
        --- top -> a/d
        --- here -> .
        --- etc -> /etc
        --- gone -> nothing
        """)
    paths = ["a/b.yaml", "a/c.conf", "absent", "a", "top/link", "here/a/other.conf"]
    files = loader.scratch(loader.load(where), paths).files
    assert files == {
        "a/b.yaml": b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n",
        "a/c.conf": b"c\n",
        "a/d/link": Link("../b.yaml"),
        "here": Link("."),
        "top": Link("a/d"),
    }


def test_a_text_is_the_bytes_of_a_file_of_the_tree(tree: Tree) -> None:
    checkout = loader.load(tree("--- a.yaml\na: 1\n--- b.md\nB\n"))
    assert [loader.text(checkout, path) for path in ("a.yaml", "b.md", "c.md")] == [
        b"a: 1\n", b"B\n", None
    ]  # fmt: skip


# real trees -----------------------------------------------------------------------------------


def test_the_roots_of_every_real_tree_are_those_a_plain_search_finds(
    shared_trees: tuple[Path, ...],
) -> None:
    for where in shared_trees:
        searched = sorted(
            posixpath.relpath(folder, where).removeprefix(".")
            for folder, _, names in os.walk(where)
            if set(names) & set(FILE_NAMES)
        )
        repository = loader.load(where).repository
        assert (where.name, list(repository.kustomizations)) == (where.name, searched)
        assert repository.problems == ()


def test_every_real_tree_stays_as_it_was(shared_trees: tuple[Path, ...]) -> None:
    for where in shared_trees:
        before = snapshot(where)
        loader.load(where, gitio.ignored)
        assert snapshot(where) == before

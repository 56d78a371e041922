"""Disk → Repository: everything is seen, nothing is touched, and nothing on disk is a surprise."""

from __future__ import annotations

import os
import posixpath
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from analyzer import disk, gitio, loader
from analyzer.errors import AnalyzerError
from analyzer.kustomization import FILE_NAMES
from analyzer.model import FileEntry, Link, ResourceId, Scratch, Span
from tests.drawn import draw, git, snapshot
from tests.nobody import as_nobody

Tree = Callable[[str], Path]


@pytest.fixture
def open_tree() -> Iterator[Tree]:
    """Draws a tree where everybody may go, unlike below pytest's own directories."""
    where = Path(tempfile.mkdtemp())
    where.chmod(0o755)
    yield lambda drawing: draw(where, drawing)
    for path in (where, *where.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
    shutil.rmtree(where)


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


# what cannot be read --------------------------------------------------------------------------


def problems(where: Path) -> list[tuple[str, str]]:
    return [(span.path, message) for message, span in loader.load(where).repository.problems]


def test_a_missing_directory_is_the_callers_mistake(tmp_path: Path) -> None:
    with pytest.raises(AnalyzerError, match=r"/gone: no such directory; name one with -C DIR$"):
        loader.load(tmp_path / "gone")


def test_a_file_in_place_of_a_directory_is_the_callers_mistake(tree: Tree) -> None:
    where = tree("--- a.yaml\n")
    with pytest.raises(AnalyzerError, match=r"/a.yaml: is a file; name the directory that holds"):
        loader.load(where / "a.yaml")


def test_a_link_in_a_circle_in_place_of_a_directory_is_the_callers_mistake(tree: Tree) -> None:
    where = tree("--- loop -> loop\n")
    with pytest.raises(AnalyzerError, match="/loop: no such directory"):
        loader.load(where / "loop")


def test_a_directory_that_may_not_be_read_is_the_callers_mistake(open_tree: Tree) -> None:
    where = open_tree("--- closed/below/a.yaml\n")
    (where / "closed").chmod(0)
    with as_nobody():
        with pytest.raises(AnalyzerError, match="/closed: cannot be read; check its permissions"):
            loader.load(where / "closed")
        with pytest.raises(AnalyzerError, match="/below: cannot be read; check its permissions"):
            loader.load(where / "closed" / "below")


def test_what_may_not_be_read_inside_is_a_problem_and_the_rest_is_read(open_tree: Tree) -> None:
    where = open_tree("""
        --- a.yaml = ConfigMap/a
        --- closed.yaml = ConfigMap/b
        --- closed/c.yaml = ConfigMap/c
        --- listed/d.yaml = ConfigMap/d
        --- root/kustomization.yaml
        resources: [a.yaml]
        """)
    for path in ("closed.yaml", "closed", "root/kustomization.yaml"):
        (where / path).chmod(0)
    (where / "listed").chmod(0o444)
    with as_nobody():
        repository = loader.load(where).repository
        found = problems(where)
    assert found == [
        ("closed", "cannot be read: Permission denied"),
        ("closed.yaml", "cannot be read; check its permissions"),
        ("listed/d.yaml", "cannot be read: Permission denied"),
        ("root/kustomization.yaml", "cannot be read; check its permissions"),
    ]
    assert list(repository.manifests) == ["a.yaml"]
    assert repository.kustomizations["root"].problem == "cannot be read"


def test_a_pipe_is_not_waited_for(tree: Tree) -> None:
    where = tree("--- kustomization.yaml\nresources: [x.yaml, Kustomization]\n")
    os.mkfifo(where / "x.yaml")
    os.mkfifo(where / "Kustomization")
    os.mkfifo(where / "other")
    assert problems(where) == [
        ("Kustomization", "is no regular file, not read; remove it"),
        ("x.yaml", "is no regular file, not read; remove it"),
    ]
    statuses = [r.status.value for r in loader.load(where).repository.kustomizations[""].references]
    assert statuses == ["missing", "missing"]


def test_a_huge_yaml_file_is_not_read(tree: Tree) -> None:
    where = tree("--- kustomization.yaml\nresources: [huge.yaml]\n--- huge.yaml\n--- huge.bin\n")
    for name in ("huge.yaml", "huge.bin"):
        os.truncate(where / name, disk.MAX_FILE + 1)
    repository = loader.load(where).repository
    assert problems(where) == [("huge.yaml", "is larger than 32 MiB, not read; split it")]
    assert repository.files["huge.yaml"] == FileEntry("huge.yaml", disk.MAX_FILE + 1, None)
    assert loader.scratch(loader.load(where), ["huge.yaml", "huge.bin"]) == Scratch({})


def test_a_name_that_is_not_utf_8_is_a_problem(tree: Tree) -> None:
    where = tree("--- a.yaml = ConfigMap/a\n")
    (where / os.fsdecode(b"caf\xe9.yaml")).write_text("a: 1\n")
    (where / os.fsdecode(b"d\xff")).mkdir()
    (where / "link").symlink_to(os.fsdecode(b"caf\xe9.yaml"))
    assert problems(where) == [
        ("caf\N{REPLACEMENT CHARACTER}.yaml", "has a name that is not UTF-8; rename it"),
        ("d\N{REPLACEMENT CHARACTER}", "has a name that is not UTF-8; rename it"),
    ]
    repository = loader.load(where).repository
    assert (list(repository.files), repository.links) == (["a.yaml"], {"link": None})


def test_a_file_that_is_not_yaml_is_named_with_its_line(tree: Tree) -> None:
    where = tree("--- a.yaml\na: 1\nb: [\n--- b.yaml\na: 1\n--- not-yaml.txt\n[[[\n")
    assert loader.load(where).repository.unreadable == {
        "a.yaml": ("did not find expected node content", Span("a.yaml", 3, 1))
    }


def test_a_file_that_goes_away_while_it_is_read_is_no_trouble(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = tree("--- a.yaml = ConfigMap/a\n--- b.yaml = ConfigMap/b\n--- c.yaml -> a.yaml\n")
    real = os.scandir

    class Listing:
        """What is there when it is asked for, and gone when it is looked at."""

        def __init__(self, path: Path) -> None:
            self.entries = list(real(path))

        def __enter__(self) -> Iterator[os.DirEntry[str]]:
            return iter(self.entries)

        def __exit__(self, *_: object) -> None:
            for name in ("b.yaml", "c.yaml") if calls else ():
                (where / name).unlink()
            calls.append(1)

    calls: list[int] = []
    monkeypatch.setattr(os, "scandir", Listing)
    repository = loader.load(where).repository
    assert (list(repository.files), repository.links, repository.problems) == (["a.yaml"], {}, ())
    assert len(calls) == 2


def test_links_end_in_the_tree_or_nowhere(tree: Tree, tmp_path: Path) -> None:
    where = tree("""
        --- a/b.yaml = ConfigMap/b
        --- file.yaml -> a/b.yaml
        --- twice -> file.yaml
        --- dir -> a
        --- tree -> .
        --- up -> ..
        --- etc -> /etc
        --- gone -> nothing
        --- loop -> loop
        """)
    assert loader.load(where).repository.links == {
        "dir": "a", "etc": None, "file.yaml": "a/b.yaml", "gone": None, "loop": None, "tree": "",
        "twice": "a/b.yaml", "up": None,
    }  # fmt: skip


# the analysed directory inside a tree ---------------------------------------------------------

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


# what git ignores -----------------------------------------------------------------------------


def test_a_missing_file_that_git_ignores_is_an_input_somebody_makes(tree: Tree) -> None:
    where = tree("""
        --- .gitignore
        *.env
        rendered/
        --- app/.gitignore
        /made.yaml
        --- app/kustomization.yaml
        resources: [made.yaml, gone.yaml, ../rendered, ../rendered/a.yaml, ':(top)x.env']
        secretGenerator: [{name: s, envs: [secret.env, here.env, ../link.env, ../../x.env]}]
        --- app/here.env
        a=b
        --- link.env -> target.env
        """)
    git(where, "init", "--quiet")
    found = loader.load(where, gitio.ignored).repository.kustomizations["app"].references
    assert [(r.written, r.status.value, r.target) for r in found] == [
        ("made.yaml", "git-ignored", "app/made.yaml"),
        ("gone.yaml", "missing", "app/gone.yaml"),
        ("../rendered", "git-ignored", "rendered"),
        ("../rendered/a.yaml", "git-ignored", "rendered/a.yaml"),
        (":(top)x.env", "git-ignored", "app/:(top)x.env"),
        ("secret.env", "git-ignored", "app/secret.env"),
        ("here.env", "file", "app/here.env"),
        ("../link.env", "git-ignored", "target.env"),
        ("../../x.env", "outside the tree", None),
    ]


def test_what_git_answers_does_not_depend_on_the_machine_or_the_repositorys_programs(
    tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = tree("--- kustomization.yaml\nresources: [gone.yaml]\n")
    git(where, "init", "--quiet")
    (tmp_path / "ignore").write_text("*\n")
    (tmp_path / "monitor").write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    (tmp_path / "monitor").chmod(0o755)
    git(where, "config", "core.excludesFile", str(tmp_path / "ignore"))
    git(where, "config", "core.fsmonitor", str(tmp_path / "monitor"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    assert gitio.ignored(where, ["gone.yaml"]) == frozenset()
    assert not (tmp_path / "ran").exists()


def test_names_that_are_not_utf_8_are_asked_about_too(tree: Tree) -> None:
    where = tree("--- .gitignore\n*.env\n")
    git(where, "init", "--quiet")
    name = os.fsdecode(b"caf\xe9.env")
    assert gitio.ignored(where, [name, "ö.env", "a.yaml", ""]) == {name, "ö.env"}


def test_where_there_is_no_git_nothing_is_ignored(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = tree("--- .gitignore\n*.env\n--- kustomization.yaml\nresources: [a.env]\n")
    assert gitio.ignored(where, ["a.env"]) == frozenset()
    (where / ".git").mkdir()
    monkeypatch.setenv("PATH", "")
    assert gitio.ignored(where, ["a.env"]) == frozenset()
    found = loader.load(where, gitio.ignored).repository.kustomizations[""].references
    assert [r.status.value for r in found] == ["missing"]


# nothing is touched ---------------------------------------------------------------------------


def test_loading_leaves_the_tree_as_it_was(tree: Tree) -> None:
    where = tree(SHARED_BASE)
    before = snapshot(where)
    checkout = loader.load(where / "clusters", gitio.ignored)
    loader.scratch(checkout, checkout.repository.files)
    loader.text(checkout, "shared/common.yaml")
    assert snapshot(where) == before


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

"""Which references are remote, and which of them float."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer import kustomization
from tests.drawn import build
from tests.naming import references, targets

Tree = Callable[[str], Path]
Row = tuple[str, str, str, int]  # field, as written, status, line


# remote ---------------------------------------------------------------------------------------

REMOTE = [
    "https://example.com/app.yaml",
    "HTTP://example.com/app.yaml",
    "https://github.com/org/repo//path?ref=v1",
    "https://dev.azure.com/org/project/_git/repo",
    "ssh://git@example.com/org/repo.git",
    "file:///srv/repo",
    "git::https://example.com/org/repo",
    "GIT::github.com/org/repo",
    "git@github.com:org/repo",
    "git@github.com/org/repo",
    "org-1@github.com:org/repo.git//path",
    "me@example.com:org/repo",
    "me@example.com:repo.git",
    "me@directory/a/b",
    "github.com/org/repo",
    "github.com/org/repo//path?ref=v1",
    "GitHub.com:org/repo",
]
LOCAL = [
    "gitlab.com/org/repo//path?ref=v1",
    "example.com/org/repo.git",
    "www.github.com/org/repo",
    "github.com/org",
    "github.com",
    "gh:org/repo",
    "example.com:org/repo",
    "me@example.com:repo",
    "me@example",
    "oci://example.com/org/repo",
    "s3::https:example",
    "https.yaml",
    "./github.com/org/repo",
    "base?ref=v1",
    "1@github.example/a/b",
]


@pytest.mark.parametrize("written", REMOTE)
def test_these_are_remote(tree: Tree, written: str) -> None:
    assert kustomization.is_remote(written)
    where = tree(f"--- kustomization.yaml\nresources:\n- {written}\ncomponents:\n- {written}\n")
    assert targets(where) == [(written, "remote", None), (written, "remote", None)]


@pytest.mark.parametrize("written", LOCAL)
def test_these_are_paths_like_any_other(tree: Tree, written: str) -> None:
    assert not kustomization.is_remote(written)
    where = tree(f"--- kustomization.yaml\nresources:\n- {written}\n")
    assert references(where) == [("resources", written, "missing", 2)]


def test_the_engine_takes_the_same_for_remote(tree: Tree) -> None:
    where = tree("--- kustomization.yaml\n")
    taken = []
    for written in (*REMOTE, *LOCAL):
        (where / "kustomization.yaml").write_text(f"resources:\n- {written}\n")
        said = build(where).stderr
        if "no 'git' program on path" in said or "proxyconnect" in said:
            taken.append(written)
    assert taken == REMOTE


def test_a_file_that_is_there_goes_before_a_repository_and_a_repository_before_a_directory(
    tree: Tree,
) -> None:
    where = tree("""
        --- kustomization.yaml
        resources: [github.com/org/file.yaml, github.com/org/repo]
        --- github.com/org/file.yaml = ConfigMap/a
        --- github.com/org/repo/kustomization.yaml
        namePrefix: b
        """)
    assert targets(where) == [
        ("github.com/org/file.yaml", "file", "github.com/org/file.yaml"),
        ("github.com/org/repo", "remote", None),
    ]
    assert "no 'git' program on path" in build(where).stderr


def test_a_patch_or_data_file_may_come_from_the_web_and_never_from_a_repository(tree: Tree) -> None:
    where = tree("""
        --- kustomization.yaml
        patches: [{path: 'https://example.com/patch.yaml'}, {path: github.com/org/repo}]
        configMapGenerator: [{files: ['key=https://example.com/a.conf', 'git@github.com:o/r']}]
        """)
    assert references(where) == [
        ("patches", "https://example.com/patch.yaml", "remote", 1),
        ("patches", "github.com/org/repo", "missing", 1),
        ("configMapGenerator", "https://example.com/a.conf", "remote", 2),
        ("configMapGenerator", "git@github.com:o/r", "missing", 2),
    ]


@pytest.mark.parametrize(
    ("written", "floating"),
    [
        ("github.com/org/repo", True),
        ("github.com/org/repo//path?submodules=false", True),
        ("github.com/org/repo?ref=", True),
        ("github.com/org/repo?ref=main", True),
        ("github.com/org/repo?timeout=9&ref=master", True),
        ("github.com/org/repo?ref=refs/heads/main", True),
        ("github.com/org/repo?version=HEAD", True),
        ("https://github.com/org/repo/releases/latest/download/install.yaml", True),
        ("https://raw.githubusercontent.com/org/repo/main/install.yaml", True),
        ("https://raw.githubusercontent.com/org/repo/master/deploy/v1.2/install.yaml", True),
        ("https://raw.githubusercontent.com/org/repo/refs/heads/main/v1.2/install.yaml", True),
        ("https://github.com/org/repo/raw/main/v1.2/install.yaml", True),
        ("https://10.0.0.1/install.yaml", True),
        ("github.com/org/repo?ref=v1.2.3", False),
        ("github.com/org/repo?ref=release-1.2", False),
        ("github.com/org/repo//path?ref=0123456789abcdef0123456789abcdef01234567", False),
        ("https://github.com/org/repo/releases/download/v1.2.3/install.yaml", False),
        ("https://raw.githubusercontent.com/org/repo/v1.2.3/install.yaml", False),
        ("https://raw.githubusercontent.com/org/repo/0a1b2c3/install.yaml", False),
        ("https://raw.githubusercontent.com/org/repo/refs/tags/v1.2.3/install.yaml", False),
        ("https://example.com/org/repo/raw/release-1/install.yaml", False),
    ],
)
def test_a_reference_floats_where_no_version_is_named(written: str, floating: bool) -> None:
    assert kustomization.is_floating(written) is floating

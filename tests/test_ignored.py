"""What is missing and git ignores is an input that somebody makes, on every machine alike."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer import gitio, loader
from tests.drawn import git

Tree = Callable[[str], Path]


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

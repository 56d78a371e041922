"""What cannot be read: a mistake in the call, or a problem in a tree of which the rest is read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from analyzer import disk, loader
from analyzer.errors import AnalyzerError
from analyzer.model import FileEntry, Scratch, Span
from tests.nobody import as_nobody

Tree = Callable[[str], Path]


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

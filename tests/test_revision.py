"""A tree as a commit has it: read by git's plumbing, the same as if it were checked out."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer import gitio, loader
from analyzer.errors import AnalyzerError
from analyzer.loader import Checkout
from analyzer.model import Status
from tests.drawn import commit, draw, git

Draw = Callable[[str], Path]

TREE = """
--- README.md
hello
--- base/kustomization.yaml
resources: [web.yaml, ../shared]
configMapGenerator:
- {name: settings, files: [settings.conf, big.bin]}
--- base/web.yaml = Deployment/web
--- base/settings.conf
a=1
--- base/big.bin
0123456789
--- shared -> elsewhere
--- elsewhere/kustomization.yaml
resources: [x.yaml]
--- elsewhere/x.yaml = ConfigMap/x
--- elsewhere/broken.yaml
a: [
"""


def at(where: Path, revision: str) -> Checkout:
    now = loader.load(where, gitio.ignored)
    blobs = gitio.blobs(now.tree, gitio.since(now.tree, revision).commit)
    return loader.at_revision(
        now, blobs, lambda ids: gitio.read_blobs(now.tree, ids), gitio.ignored
    )


@pytest.mark.parametrize("below", ["", "base"])
def test_a_revision_is_read_as_if_it_were_checked_out(tree: Draw, below: str) -> None:
    where = tree(TREE)
    commit(where, "one")
    then = loader.load(where / below, gitio.ignored)
    shutil.rmtree(where / "base")
    shutil.rmtree(where / "elsewhere")
    (where / "shared").unlink()
    (where / below).mkdir(exist_ok=True)
    old = at(where / below, "HEAD")
    assert old.repository == then.repository
    assert loader.scratch(old, old.repository.files).files["base/big.bin"] == b"0123456789\n"


def test_nothing_is_written_and_no_hook_filter_or_monitor_runs(tree: Draw, tmp_path: Path) -> None:
    where = tree(TREE)
    commit(where, "one")
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\ncat\n")
    trap.chmod(0o755)
    for key in ("core.fsmonitor", "filter.x.smudge", "core.pager", "core.sshCommand"):
        git(where, "config", key, str(trap))
    (where / ".git/hooks").mkdir(exist_ok=True)
    for hook in ("post-checkout", "post-index-change", "reference-transaction"):
        shutil.copy(trap, where / ".git/hooks" / hook)
    (where / ".git/info/attributes").write_text("* filter=x\n")
    before = sorted((where / ".git").iterdir())
    at(where, "HEAD")
    assert sorted((where / ".git").iterdir()) == before
    assert not (tmp_path / "sprung").exists()


def test_what_is_compared_with_is_where_the_branch_began(tree: Draw) -> None:
    where = tree(TREE)
    first = commit(where, "one")
    git(where, "branch", "feature")
    second = commit(where, "two")
    git(where, "switch", "--quiet", "feature")
    commit(where, "three")
    assert gitio.since(where, "main") == gitio.Since("main", first, True)
    assert gitio.since(where, first) == gitio.Since(first, first, False)
    assert second != first


@pytest.mark.parametrize(
    ("revision", "message"),
    [
        ("nope", "nope: no such revision here; fetch it: `git fetch origin 'nope'`"),
        ("--help", "--help: no such revision here; fetch it: `git fetch origin '--help'`"),
        ("HEAD:base", "HEAD:base: no such revision here; fetch it: `git fetch origin 'HEAD:base'`"),
    ],
)
def test_an_unknown_revision_says_what_to_do(tree: Draw, revision: str, message: str) -> None:
    where = tree(TREE)
    commit(where, "one")
    with pytest.raises(AnalyzerError) as error:
        gitio.since(where, revision)
    assert str(error.value) == message


def test_a_shallow_clone_is_said_to_be_one(tree: Draw, tmp_path: Path) -> None:
    where = tree(TREE)
    first = commit(where, "one")
    commit(where, "two")
    git(where, "branch", "feature")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{where}", str(clone))
    for revision in (first, "feature"):
        with pytest.raises(AnalyzerError, match="this is a shallow clone; fetch more"):
            gitio.since(clone, revision)


def test_a_clone_without_common_history_in_it_is_said_to_be_shallow(
    tree: Draw, tmp_path: Path
) -> None:
    where = tree(TREE)
    commit(where, "one")
    git(where, "branch", "feature")
    commit(where, "two")
    git(where, "switch", "--quiet", "feature")
    commit(where, "three")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth=1", "--no-single-branch", f"file://{where}",
        str(clone))  # fmt: skip
    with pytest.raises(AnalyzerError, match="without the commit where HEAD left it"):
        gitio.since(clone, "origin/main")


def test_a_directory_that_is_no_repository_has_no_revisions(tree: Draw) -> None:
    with pytest.raises(AnalyzerError, match="this is no git repository"):
        gitio.since(tree(TREE), "main")
    where = tree("--- nested/README.md")
    (where / ".git").mkdir()  # of nobody; the repository above, if any, is not asked
    with pytest.raises(AnalyzerError, match="no such revision here"):
        gitio.since(where, "main")


def test_a_clone_without_its_files_is_said_to_be_partial(tree: Draw, tmp_path: Path) -> None:
    where = tree(TREE)
    commit(where, "one")
    git(where, "config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--no-checkout", "--filter=blob:none", f"file://{where}",
        str(clone))  # fmt: skip
    with pytest.raises(AnalyzerError, match="is this a partial clone"):
        gitio.blobs(clone, gitio.since(clone, "HEAD").commit)


def test_another_branch_of_the_remote_is_offered(tree: Draw, tmp_path: Path) -> None:
    where = tree(TREE)
    commit(where, "one")
    git(where, "branch", "other")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(where), str(clone))
    with pytest.raises(AnalyzerError, match=r"other: .*; did you mean origin/other\?"):
        gitio.since(clone, "other")


def test_a_file_in_lfs_is_what_the_disk_has_or_unknown(tree: Draw) -> None:
    import hashlib

    where = tree("""
        --- kustomization.yaml
        configMapGenerator:
        - {name: a, files: [same.bin, other.bin]}
        """)
    data = b"large content\n"
    oid = hashlib.sha256(data).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(data)}\n"
    (where / "same.bin").write_text(pointer)
    (where / "other.bin").write_text(pointer)
    commit(where, "one")
    (where / "same.bin").write_bytes(data)
    (where / "other.bin").write_bytes(b"something else")
    old = at(where, "HEAD")
    assert loader.scratch(old, ["same.bin"]).files == {"same.bin": data}
    assert old.listing.identity("same.bin") == loader.load(where).listing.identity("same.bin")
    found = {r.written: r.status for r in old.repository.kustomizations[""].references}
    assert found == {"same.bin": Status.FILE, "other.bin": Status.IGNORED}


def test_a_submodule_is_there_and_what_it_holds_is_unknown(tree: Draw, tmp_path: Path) -> None:
    other = draw(tmp_path / "other", """
        --- kustomization.yaml
        resources: [x.yaml]
        --- x.yaml = ConfigMap/x
        """)  # fmt: skip
    where = tree(f"""
        --- kustomization.yaml
        resources: [vendored]
        --- .gitmodules
        [submodule "vendored"]
            path = vendored
            url = {other}
        --- vendored/
        """)
    commit(where, "one")
    # `git submodule add` is a shell script, which needs more than git
    git(where, "update-index", "--add", "--cacheinfo", f"160000,{commit(other, 'one')},vendored")
    commit(where, "two")
    assert git(where, "ls-tree", "HEAD", "vendored").startswith("160000 commit ")
    (reference,) = at(where, "HEAD").repository.kustomizations[""].references
    assert (reference.status, reference.target) == (Status.IGNORED, "vendored")


def test_a_name_that_is_no_utf8_is_a_problem_and_not_read(tree: Draw) -> None:
    where = tree(TREE)
    Path(os.fsdecode(os.fsencode(where) + b"/\xff.yaml")).write_text("a: 1\n")
    commit(where, "one")
    subprocess.run(["rm", "-f", os.fsencode(where) + b"/\xff.yaml"], check=True)
    assert [message for message, _ in at(where, "HEAD").repository.problems] == [
        "has a name that is not UTF-8; rename it"
    ]

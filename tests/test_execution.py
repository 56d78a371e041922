"""What a hostile tree can make the engine run, and what a render leaves behind: nothing."""

from __future__ import annotations

import stat
import tempfile
from pathlib import Path

import pytest

from analyzer import engine, kustomize
from analyzer.model import Rendered, RenderFailure, RenderKey
from tests.drawn import snapshot
from tests.hostile import PATCHED, SECRET, WAYS, Tree, drawn, said
from tests.rendering import prepared, renders

PROGRAMS = {
    "an exec plugin": "apiVersion: someteam.example.com/v1\nkind: Runner\nmetadata: {name: a}\n",
    "a function": "apiVersion: v1\nkind: Runner\nmetadata:\n  name: a\n  annotations:\n"
    "    config.kubernetes.io/function: |\n      exec: {path: RUN}\n",
    "a container": "apiVersion: v1\nkind: Runner\nmetadata:\n  name: a\n  annotations:\n"
    "    config.kubernetes.io/function: |\n      container: {image: 'example.com/run'}\n",
    "a chart": "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: a}\n"
    "name: a\nrepo: https://example.com\n",
}


@pytest.mark.parametrize("way", [way for way in WAYS if way != "inline JSON"])
@pytest.mark.parametrize("what", PROGRAMS)
@pytest.mark.parametrize("field", ["generators", "transformers"])
def test_no_program_of_the_tree_runs(
    tree: Tree, tmp_path: Path, field: str, way: str, what: str
) -> None:
    ran = tmp_path / "ran"
    run = tmp_path / "tree" / "web" / "run"
    kustomization, files = WAYS[way](field, PROGRAMS[what].replace("RUN", str(run)))
    where = drawn(tree, tmp_path / "outside", f"resources: [service.yaml]\n{kustomization}", files)
    run.write_text(f"#!/bin/sh\ntouch {ran}\n")
    run.chmod(0o755)
    for rendering in renders(where, "web", "over"):
        assert isinstance(rendering, Rendered)
        assert rendering.completeness == "partial"
        assert rendering.needs == (("helm",) if what == "a chart" else ("plugin",))
        assert "Service/web" in {r.id.short for r in rendering.resources}
    assert not ran.exists()


def test_a_patch_makes_no_program_of_a_plugin(tree: Tree) -> None:
    where = tree(PATCHED.replace("/KEY", "/apiVersion").replace('["WHERE"]', '"example.com/v1"'))
    (rendering,) = renders(where, "web")
    assert isinstance(rendering, Rendered)
    assert rendering.needs == ("plugin",)


# leaving no trace -------------------------------------------------------------------------------


def test_the_tree_the_home_and_the_private_copies_are_as_before(
    tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, scratch = tmp_path / "home", tmp_path / "scratch"
    home.mkdir()
    scratch.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    where = tree("""
        --- web/kustomization.yaml
        resources: [service.yaml, https://example.com/a.yaml]
        replicas: [{name: gone, count: 2}]
        --- web/service.yaml = Service/web
        --- bad/kustomization.yaml
        resources: [gone.yaml]
    """)
    before = snapshot(where)
    renders(where, "web", "bad")
    assert snapshot(where) == before
    assert list(home.iterdir()) == []
    assert list(scratch.iterdir()) == []


def test_only_we_can_look_into_a_private_copy(
    tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = tree("""
        --- web/kustomization.yaml
        resources: [service.yaml]
        --- web/service.yaml = Service/web
    """)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    modes: list[int] = []

    def look(program: Path, directory: str, *rest: object) -> object:
        modes.append(stat.S_IMODE(Path(directory).stat().st_mode))
        return build(program, directory, *rest)  # type: ignore[arg-type]

    build = engine.build
    monkeypatch.setattr(engine, "build", look)
    renders(where, "web")
    assert modes == [0o700]


def test_the_engine_gets_no_path_and_no_environment_of_ours(
    tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDPLAN_TEST_SECRET", SECRET)
    where = tree("""
        --- web/kustomization.yaml
        resources: [service.yaml]
        --- web/service.yaml = Service/web
    """)
    program = tmp_path / "kubectl"
    program.write_text(
        f"#!/bin/sh\n/usr/bin/env > {tmp_path}/environment\n"
        """echo '{"kustomizeVersion": "v5.8.1"}'\n"""
    )
    program.chmod(0o755)
    known, scratch = prepared(where, "web")
    kustomize.render(known, scratch, (RenderKey("web"),), program=program)
    seen = dict(line.split("=", 1) for line in (tmp_path / "environment").read_text().splitlines())
    assert SECRET not in seen.values()
    assert seen["PATH"] == ""
    assert seen["HOME"] == "/nonexistent"
    assert seen["HTTPS_PROXY"] == seen["HTTP_PROXY"] == "http://127.0.0.1:9"


def test_errors_name_no_private_copy_no_clock_and_no_process(tree: Tree) -> None:
    where = tree("""
        --- kustomization.yaml
        resources: [web, over]
        --- web/kustomization.yaml
        resources: [service.yaml]
        patches: [{path: patch.yaml}]
        --- web/service.yaml = Service/web
        --- web/patch.yaml = Service/gone
        --- over/kustomization.yaml
        resources: [../web]
        configMapGenerator: [{name: a, behavior: merge}]
    """)
    for rendering in renders(where, "", "web", "over"):
        assert isinstance(rendering, RenderFailure)
        assert "groundplan-" not in said(rendering)
        assert tempfile.gettempdir() not in said(rendering)
        assert "0x" not in said(rendering)
        assert [c.path for c in rendering.causes] == ["web/kustomization.yaml"]

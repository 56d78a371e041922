"""What a hostile tree can make the engine read: nothing outside the tree."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from analyzer.model import Rendered, RenderFailure
from tests.hostile import PATCHED, SECRET, WAYS, Tree, drawn, plugin, said
from tests.rendering import bare, renders


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """A file beside the tree that nobody may read, and a directory that would build."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kustomization.yaml").write_text("resources: [secret.yaml]\n")
    (outside / "secret.yaml").write_text(
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: leak}}\ndata: {{a: {SECRET}}}\n"
    )
    (outside / "secret.env").write_text(f"A={SECRET}\n")
    return outside


# OUT is a path of the host, absolute; UP the same by way of `..` from the root `web`.
READERS = {
    "a resource": "resources: [service.yaml, UP/secret.yaml]",
    "a resource by its whole path": "resources: [service.yaml, OUT/secret.yaml]",
    "a directory": "resources: [service.yaml, UP]",
    "a directory by its whole path": "resources: [service.yaml, OUT]",
    "a base": "bases: [UP]",
    "a kustomize Component": "components: [UP]",
    "a patch": "patches: [{path: UP/secret.yaml}]",
    "an old patch": "patchesStrategicMerge: [UP/secret.yaml]",
    "a JSON patch": "patchesJson6902: [{target: {kind: Service}, path: UP/secret.yaml}]",
    "a generator": "configMapGenerator: [{name: a, files: [UP/secret.env]}]",
    "a generator with a key": "configMapGenerator: [{name: a, files: [k=OUT/secret.env]}]",
    "a generator's environment": "configMapGenerator: [{name: a, envs: [UP/secret.env]}]",
    "an old environment": "secretGenerator: [{name: a, env: OUT/secret.env}]",
    "a CRD": "crds: [UP/secret.yaml]",
    "a configuration": "configurations: [UP/secret.yaml]",
    "a schema": "openapi: {path: UP/secret.yaml}",
    "a replacement": "replacements: [{path: UP/secret.yaml}]",
    "a plugin's file": "generators: [UP/secret.yaml]",
    "keys in another case": "Resources: [UP/secret.yaml]",
    "inner keys in another case": "configMapGenerator: [{name: a, FILES: [OUT/secret.env]}]",
    "a merge key": "<<: {resources: [UP/secret.yaml]}",
    "an inner merge key": "configMapGenerator: [{name: a, <<: {files: [OUT/secret.env]}}]",
    "an alias": "configMapGenerator: [{name: a, files: &a [UP/secret.env]}, {name: b, files: *a}]",
    "binary": "resources: [!!binary BINARY]",
    "the last of two keys": "resources: [service.yaml]\nresources: [UP/secret.yaml]",
    "a link to a file": "resources: [service.yaml, link.yaml]",
    "a link to a directory": "resources: [service.yaml, link]",
    "a file behind a link": "configMapGenerator: [{name: a, files: [link/secret.env]}]",
    "a link and back": "configMapGenerator: [{name: a, files: [inner/../../outside/secret.env]}]",
}
PLUGINS = {
    "files": "files: [OUT/secret.env]",
    "files with a key": "files: [k=UP/secret.env]",
    "envs": "envs: [OUT/secret.env]",
    "env": "env: OUT/secret.env",
    "files in another case": "FILES: [OUT/secret.env]",
    "a merge key": "<<: {files: [OUT/secret.env]}",
}
OTHER_PLUGINS = {
    "PatchTransformer": "path: OUT/secret.yaml",
    "PatchStrategicMergeTransformer": "paths: [UP/secret.yaml]",
    "PatchJson6902Transformer": "target: {kind: Service, name: web}\npath: OUT/secret.yaml",
    "ReplacementTransformer": "replacements: [{path: UP/secret.yaml}]",
}  # fmt: skip


@pytest.mark.parametrize("how", READERS)
def test_nothing_outside_the_tree_is_read(tree: Tree, host: Path, how: str) -> None:
    where = drawn(tree, host, READERS[how])
    for rendering in renders(where, "web", "over"):
        assert isinstance(rendering, RenderFailure)
        assert SECRET not in said(rendering)
        assert {c.rule for c in rendering.causes} <= {"outside-tree", "missing-reference"}
        assert {c.path for c in rendering.causes} == {"web/kustomization.yaml"}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("what", PLUGINS)
def test_plugins_read_nothing_outside_the_tree(tree: Tree, host: Path, way: str, what: str) -> None:
    kustomization, files = WAYS[way]("generators", plugin(PLUGINS[what]))
    where = drawn(tree, host, f"resources: [service.yaml]\n{kustomization}", files)
    for rendering in renders(where, "web", "over"):
        assert isinstance(rendering, RenderFailure)
        assert SECRET not in said(rendering)


@pytest.mark.parametrize("way", ["inline", "in a file", "in a directory", "in a list"])
@pytest.mark.parametrize("kind", OTHER_PLUGINS)
def test_transformers_read_nothing_outside_the_tree(
    tree: Tree, host: Path, way: str, kind: str
) -> None:
    kustomization, files = WAYS[way]("transformers", plugin(OTHER_PLUGINS[kind], kind))
    where = drawn(tree, host, f"resources: [service.yaml]\n{kustomization}", files)
    for rendering in renders(where, "web", "over"):
        assert isinstance(rendering, RenderFailure)
        assert SECRET not in said(rendering)


@pytest.mark.parametrize("key", ["files", "envs"])
@pytest.mark.parametrize("way", ["absolute", "relative", "behind a link"])
def test_a_patched_plugin_reads_nothing_outside_the_tree(
    tree: Tree, host: Path, key: str, way: str
) -> None:
    up = os.path.relpath(host, host.parent / "tree" / "web")
    wheres = {
        "absolute": f"{host}/secret.env",
        "relative": f"{up}/secret.env",
        "behind a link": "../deep/../../outside/secret.env",
    }
    drawing = PATCHED.replace("KEY", key).replace("WHERE", wheres[way])
    where = tree(drawing + "    --- deep -> far/far/down\n    --- far/far/down/\n")
    (rendering,) = renders(where, "web")
    assert isinstance(rendering, RenderFailure)
    assert SECRET not in said(rendering)


def test_the_bare_engine_without_restrictions_would_read_it(tree: Tree, host: Path) -> None:
    where = tree(PATCHED.replace("KEY", "files").replace("WHERE", f"{host}/secret.env"))
    assert SECRET in str(bare(where, "web"))


def test_a_patched_plugin_that_stays_inside_is_used(tree: Tree) -> None:
    where = tree(PATCHED.replace("KEY", "literals").replace("WHERE", "c=d"))
    (rendering,) = renders(where, "web")
    assert isinstance(rendering, Rendered)
    assert (rendering.completeness, rendering.unrestricted) == ("full", True)
    assert [r.content for r in rendering.resources] == bare(where, "web")

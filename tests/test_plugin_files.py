"""Plugin configurations: the files they read are followed, and what leaves the tree is seen."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.drawn import build
from tests.naming import load, references, targets

Tree = Callable[[str], Path]
Row = tuple[str, str, str, int]  # field, as written, status, line


# plugin configurations ------------------------------------------------------------------------


def test_a_plugin_configuration_is_followed_to_the_files_it_reads(tree: Tree) -> None:
    where = tree("""
        --- kustomization.yaml
        generators: [plugins/generator.yaml]
        transformers:
          - plugins/transformers.yaml
          - |-
            apiVersion: builtin
            kind: PatchTransformer
            metadata: {name: inline}
            path: inline.yaml
        validators: [plugins/program.yaml]
        --- plugins/generator.yaml
        apiVersion: builtin
        kind: ConfigMapGenerator
        metadata: {name: c}
        files: [a.conf, key=b.conf]
        envs: [c=d.env]
        env: e.env
        --- plugins/transformers.yaml
        apiVersion: builtin
        kind: PatchStrategicMergeTransformer
        metadata: {name: p}
        paths:
          - f.yaml
          - '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "inline"}}'
        patches: '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "inline"}}'
        ---
        apiVersion: builtin
        kind: ReplacementTransformer
        metadata: {name: r}
        replacements:
          - path: g.yaml
          - source: {kind: ConfigMap, fieldPath: metadata.name}
            targets: [{select: {kind: Secret}, fieldPaths: [metadata.name]}]
        ---
        apiVersion: builtin
        kind: ReplicaCountTransformer
        metadata: {name: n}
        fieldSpecs: [{path: spec/replicas, kind: Deployment}]
        ---
        apiVersion: builtin
        kind: ValueAddTransformer
        metadata: {name: v}
        targetFilePath: h.yaml
        --- plugins/program.yaml
        apiVersion: example.com/v1
        kind: Checker
        metadata: {name: x}
        files: [not-ours.yaml]
        """)
    assert references(where) == [
        ("generators", "plugins/generator.yaml", "file", 1),
        ("plugin configuration", "a.conf", "missing", 4),
        ("plugin configuration", "b.conf", "missing", 4),
        ("plugin configuration", "c=d.env", "missing", 5),
        ("plugin configuration", "e.env", "missing", 6),
        ("transformers", "plugins/transformers.yaml", "file", 3),
        ("plugin configuration", "f.yaml", "missing", 5),
        ("plugin configuration", "g.yaml", "missing", 13),
        ("plugin configuration", "h.yaml", "missing", 25),
        ("plugin configuration", "inline.yaml", "missing", 4),
        ("validators", "plugins/program.yaml", "file", 9),
        ("validators", "Checker", "exec plugin", 9),
    ]


def test_paths_in_a_plugin_configuration_start_at_the_root_that_lists_it(tree: Tree) -> None:
    where = tree("""
        --- app/kustomization.yaml
        generators: [../plugins/generator.yaml]
        --- app/a.conf
        a
        --- plugins/generator.yaml
        apiVersion: builtin
        kind: ConfigMapGenerator
        metadata: {name: c}
        files: [a.conf]
        """)
    reference = load(where, "app").references[1]
    assert (reference.target, str(reference.span)) == ("app/a.conf", "plugins/generator.yaml:4")
    assert reference.entry == load(where, "app").references[0].entry


def test_a_directory_of_plugin_configurations_is_followed_too(tree: Tree) -> None:
    where = tree("""
        --- app/kustomization.yaml
        generators: [../plugins]
        --- app/a.conf
        a
        --- plugins/kustomization.yaml
        Resources: [deep, program.yaml]
        --- plugins/program.yaml
        apiVersion: example.com/v1
        kind: Maker
        metadata: {name: m}
        --- plugins/deep/kustomization.yml
        bases: [generator.yaml, ..]
        --- plugins/deep/generator.yaml
        apiVersion: builtin
        kind: ConfigMapGenerator
        metadata: {name: c}
        files: [a.conf]
        """)
    assert targets(where, "app") == [
        ("../plugins", "directory", "plugins"),
        ("a.conf", "file", "app/a.conf"),
        ("Maker", "exec plugin", None),
    ]


def test_a_chart_in_a_plugin_configuration_is_a_chart(tree: Tree) -> None:
    where = tree("""
        --- kustomization.yaml
        generators: [chart.yaml]
        --- chart.yaml
        apiVersion: builtin
        kind: HelmChartInflationGenerator
        metadata: {name: c}
        name: web
        repo: https://charts.example.com
        valuesFile: values.yaml
        """)
    assert references(where) == [
        ("generators", "chart.yaml", "file", 1),
        ("generators", "chart.yaml", "helm chart", 1),
        ("plugin configuration", "values.yaml", "missing", 6),
    ]


def test_a_plugin_configuration_that_expands_without_end_is_never_run(tree: Tree) -> None:
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    where = tree(f"--- kustomization.yaml\ngenerators: [g.yaml]\n--- g.yaml\na0: &a0 [x]\n{levels}")
    assert references(where) == [
        ("generators", "g.yaml", "file", 1), ("generators", "g.yaml", "exec plugin", 1)
    ]  # fmt: skip


CONFIG = "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: g}\n"
FLOW = '{"apiVersion":"builtin","kind":"ConfigMapGenerator","metadata":{"name":"g"},"files":["@"]}'

LEAKS = {
    "in a file": ("generators: [g.yaml]", f"{CONFIG}files: ['@']\n"),
    "with a key": ("generators: [g.yaml]", f"{CONFIG}files: ['key=@']\n"),
    "in capitals": ("generators: [g.yaml]", f"{CONFIG}FILES: ['@']\n"),
    "with a long s": ("generators: [g.yaml]", f"{CONFIG}fileſ: ['@']\n"),
    "as binary": ("generators: [g.yaml]", f"{CONFIG}files: [!!binary '#']\n"),
    "by a merge key": ("generators: [g.yaml]", f"{CONFIG}<<: {{files: ['@']}}\n"),
    "by a key that is tagged": ("generators: [g.yaml]", f"{CONFIG}!!merge x: {{files: ['@']}}\n"),
    "by two merge keys": ("generators: [g.yaml]", f"{CONFIG}<<: [{{<<: {{files: ['@']}}}}]\n"),
    "in envs": ("generators: [g.yaml]", f"{CONFIG}envs: ['@']\n"),
    "in a list": (
        "generators: [g.yaml]",
        f"apiVersion: v1\nkind: AnyList\nitems:\n- {CONFIG.replace(chr(10), chr(10) + '  ')}"
        "files: ['@']\n",
    ),
    "in a second document": ("generators: [g.yaml]", f"---\n---\n{CONFIG}files: ['@']\n"),
    "in a directory": ("generators: [d]", f"{CONFIG}files: ['@']\n"),
    "inline": (f"generators:\n- |-\n  {CONFIG.replace(chr(10), chr(10) + '  ')}files: ['@']", ""),
    "inline on one line": (f"generators:\n- '{FLOW}'", ""),
    "inline behind a tag": (f"generators:\n- '!!map {FLOW}'", ""),
    "inline behind an anchor": (f"generators:\n- '&a {FLOW}'", ""),
    "inline behind a mark": (f"generators:\n- '--- {FLOW}'", ""),
    "inline with carriage returns": (
        'generators:\n- "apiVersion: builtin\\rkind: ConfigMapGenerator\\rmetadata: {name: g}\\r'
        "files: ['@']\"", "",
    ),
    "by the kustomization itself": ("configMapGenerator: [{name: g, files: ['@']}]", ""),
    "in other letters": ("ConfigMapGenerator: [{Name: g, Files: ['@']}]", ""),
    "as binary itself": ("configMapGenerator: [{name: g, files: [!!binary '#']}]", ""),
}  # fmt: skip


@pytest.mark.parametrize("attack", LEAKS)
def test_whatever_the_engine_would_read_outside_the_tree_is_seen(
    tree: Tree, tmp_path: Path, attack: str
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("TOP=SECRET\n")
    encoded = base64.b64encode(str(secret).encode()).decode()
    where = tree("--- d/kustomization.yaml\nresources: [g.yaml]\n")
    for path, text in zip(("kustomization.yaml", "g.yaml"), LEAKS[attack], strict=True):
        written = text.replace("@", str(secret)).replace("#", encoded)
        (where / path).write_text(written)
        (where / "d/g.yaml").write_text(written)
    assert "SECRET" in build(where, "--load-restrictor=LoadRestrictionsNone").stdout
    assert (str(secret), "outside the tree", None) in targets(where)

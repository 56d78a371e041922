"""Which files a kustomization names, in which field, at which line, and what it is as a whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer.model import Field, Span
from tests.drawn import build
from tests.naming import load, references, targets

Tree = Callable[[str], Path]
Row = tuple[str, str, str, int]  # field, as written, status, line


# fields ---------------------------------------------------------------------------------------


def test_every_field_that_names_a_file_is_followed(tree: Tree) -> None:
    where = tree("""
        --- kustomization.yaml
        resources:
          - web.yaml
          - ./base
        bases: [../outside]
        components:
          - part/
        crds: [crd.json]
        configurations: [names.yaml]
        patches:
          - path: patch.yaml
            target: {kind: Deployment}
          - patch: |-
              - {op: remove, path: /spec/replicas}
            target: {kind: Deployment}
        patchesStrategicMerge:
          - old.yaml
          - |-
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: c}
        patchesJson6902:
          - target: {version: v1, kind: Service, name: web}
            path: old.json
        configMapGenerator:
          - name: settings
            files:
              - app.conf
              - key.conf=conf/other.conf
            envs: [a.env]
            env: b.env
            literals: [path=not/a/file]
        secretGenerator:
          - files: [tls.crt=secret/tls.crt]
            name: tls
        generators: [generator.yaml]
        transformers: [transformer.yaml]
        validators: [validator.yaml]
        replacements:
          - path: replacement.yaml
          - source: {kind: ConfigMap, fieldPath: data.path}
            targets: []
        openapi: {path: schema.json}
        helmCharts:
          - name: chart
            repo: https://charts.example.com
            valuesFile: values.yaml
            additionalValuesFiles:
              - more.yaml
        helmChartInflationGenerator:
          - chartName: old
            chartRepoUrl: https://charts.example.com
            values: old-values.yaml
        namePrefix: not-a-file
        """)
    assert references(where) == [
        ("resources", "web.yaml", "missing", 2),
        ("resources", "./base", "missing", 3),
        ("bases", "../outside", "outside the tree", 4),
        ("components", "part/", "missing", 6),
        ("crds", "crd.json", "missing", 7),
        ("configurations", "names.yaml", "missing", 8),
        ("patches", "patch.yaml", "missing", 10),
        ("patchesStrategicMerge", "old.yaml", "missing", 16),
        ("patchesJson6902", "old.json", "missing", 23),
        ("configMapGenerator", "app.conf", "missing", 27),
        ("configMapGenerator", "conf/other.conf", "missing", 28),
        ("configMapGenerator", "a.env", "missing", 29),
        ("configMapGenerator", "b.env", "missing", 30),
        ("secretGenerator", "secret/tls.crt", "missing", 33),
        ("generators", "generator.yaml", "missing", 35),
        ("transformers", "transformer.yaml", "missing", 36),
        ("validators", "validator.yaml", "missing", 37),
        ("replacements", "replacement.yaml", "missing", 39),
        ("openapi", "schema.json", "missing", 42),
        ("helmCharts", "chart", "helm chart", 44),
        ("helmCharts", "values.yaml", "missing", 46),
        ("helmCharts", "more.yaml", "missing", 48),
        ("helmChartInflationGenerator", "old", "helm chart", 50),
        ("helmChartInflationGenerator", "old-values.yaml", "missing", 52),
    ]
    behind_others = {Field.PLUGIN_CONFIG, Field.HELM_GLOBALS}
    assert {r.field for r in load(where).references} == set(Field) - behind_others


def test_a_reference_knows_its_bytes_and_those_of_its_whole_entry(tree: Tree) -> None:
    text = "resources: [ä.yaml]\npatches:\n- path: é.yaml\n  target: {kind: A}\n"
    where = tree(f"--- kustomization.yaml\n{text}")
    data = text.encode()
    assert [
        (data[r.span.start : r.span.end].decode(), data[r.entry.start : r.entry.end].decode())
        for r in load(where).references
        if r.entry is not None
    ] == [("ä.yaml", "ä.yaml"), ("é.yaml", "path: é.yaml\n  target: {kind: A}\n")]


def test_what_a_reference_resolves_to_is_a_path_of_the_tree(tree: Tree) -> None:
    where = tree("""
        --- apps/web/overlay/kustomization.yaml
        resources: [../base, ../../web/./base/extra.yaml, 'with space.yaml', .hidden, v1.2.3, gone]
        --- "apps/web/overlay/with space.yaml" = ConfigMap/spaced
        --- apps/web/base/kustomization.yaml
        resources: []
        --- apps/web/base/extra.yaml = ConfigMap/extra
        --- apps/web/overlay/.hidden/kustomization.yml
        resources: []
        --- apps/web/overlay/v1.2.3/Kustomization
        resources: []
        """)
    assert targets(where, "apps/web/overlay") == [
        ("../base", "directory", "apps/web/base"),
        ("../../web/./base/extra.yaml", "file", "apps/web/base/extra.yaml"),
        ("with space.yaml", "file", "apps/web/overlay/with space.yaml"),
        (".hidden", "directory", "apps/web/overlay/.hidden"),
        ("v1.2.3", "directory", "apps/web/overlay/v1.2.3"),
        ("gone", "missing", "apps/web/overlay/gone"),
    ]


@pytest.mark.parametrize(
    ("files", "written"),
    [("a.conf", "a.conf"), ("key=a.conf", "a.conf"), ("a=", "a="), ("=a", "a"),
     ("k=sub/a=b.conf", "sub/a=b.conf")],
)  # fmt: skip
def test_of_a_generators_file_the_path_counts_not_the_key(
    tree: Tree, files: str, written: str
) -> None:
    where = tree(f"--- kustomization.yaml\nconfigMapGenerator: [{{name: c, files: ['{files}']}}]")
    assert references(where) == [("configMapGenerator", written, "missing", 1)]


def test_an_env_file_has_no_key(tree: Tree) -> None:
    where = tree("--- kustomization.yaml\nsecretGenerator: [{envs: [a=b.env], env: c=d.env}]")
    assert references(where) == [
        ("secretGenerator", "a=b.env", "missing", 1), ("secretGenerator", "c=d.env", "missing", 1)
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "Resources: [a.yaml]\n",
        "RESOURCES: [a.yaml]\n",
        "reſources: [a.yaml]\n",
        "? resources\n: [a.yaml]\n",
        "'resources': ['a.yaml']\n",
        "resources: [!!binary YS55YW1s]\n",
        "!!binary cmVzb3VyY2Vz: [a.yaml]\n",
        "resources: &list [&item a.yaml]\n",
        "<<: {resources: [a.yaml]}\n",
        "resources: [b.yaml]\nresources: [a.yaml]\n",
        "resources: [a.yaml]\n---\nresources: [b.yaml]\n",
        "\N{BOM}resources: [a.yaml]\n",
        "# comment\n---\nresources: [a.yaml]\n...\n",
    ],
)
def test_however_a_field_is_spelled_the_engine_and_we_read_the_same_file(
    tree: Tree, text: str
) -> None:
    where = tree("--- a.yaml = ConfigMap/a\n--- b.yaml = ConfigMap/b\n")
    (where / "kustomization.yaml").write_text(text)
    assert targets(where) == [("a.yaml", "file", "a.yaml")]
    assert build(where).stdout == "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"


def test_a_patch_may_take_its_path_from_an_anchor(tree: Tree) -> None:
    where = tree("""
        --- kustomization.yaml
        patches:
          - &patch {path: patch.yaml, target: {kind: Deployment}}
          - <<: *patch
            target: {kind: StatefulSet}
          - {Path: other.yaml}
        """)
    assert references(where) == [
        ("patches", "patch.yaml", "missing", 2),
        ("patches", "patch.yaml", "missing", 2),
        ("patches", "other.yaml", "missing", 5),
    ]


def test_two_spellings_of_one_field_are_both_followed(tree: Tree) -> None:
    where = tree("--- kustomization.yaml\nPatches: [{path: a}]\npatches: [{path: b}]\n")
    assert references(where) == [("patches", "a", "missing", 1), ("patches", "b", "missing", 2)]


@pytest.mark.parametrize(
    ("field", "inline"),
    [
        ("patchesStrategicMerge", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"),
        ("patchesStrategicMerge", '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}'),
        ("patchesStrategicMerge", '--- {"kind":"ConfigMap","apiVersion":"v1"}'),
    ],
)
def test_an_inline_patch_names_no_file(tree: Tree, field: str, inline: str) -> None:
    block = "".join(f"  {line}\n" for line in inline.splitlines())
    assert references(tree(f"--- kustomization.yaml\n{field}:\n- |\n{block}")) == []


@pytest.mark.parametrize("path", ["a: b.yaml", "a:b", "{a}", "weird\nname.yaml"])
def test_what_is_no_object_is_a_path_however_odd(tree: Tree, path: str) -> None:
    where = tree("--- kustomization.yaml\n")
    (where / "kustomization.yaml").write_text(f"generators: [{path!r}]\n".replace("'", '"'))
    assert references(where) == [("generators", path, "missing", 1)]


# charts ---------------------------------------------------------------------------------------


def test_a_chart_in_the_tree_is_one_of_the_inputs(tree: Tree) -> None:
    where = tree("""
        --- kustomization.yaml
        helmGlobals: {chartHome: ./charts}
        helmCharts:
          - name: local
          - name: gone
          - {name: pulled, repo: 'https://charts.example.com', version: 1.2.3}
          - {name: cached, repo: 'https://charts.example.com', version: 1.2.3}
          - {name: remote, repo: 'https://charts.example.com'}
        --- charts/local/Chart.yaml
        --- charts/cached-1.2.3/cached/Chart.yaml
        """)
    assert targets(where) == [
        ("local", "helm chart", None),
        ("./charts/local", "directory", "charts/local"),
        ("gone", "helm chart", None),
        ("./charts/gone", "missing", "charts/gone"),
        ("pulled", "helm chart", None),
        ("cached", "helm chart", None),
        ("./charts/cached-1.2.3/cached", "directory", "charts/cached-1.2.3/cached"),
        ("remote", "helm chart", None),
    ]


def test_a_chart_without_a_name_is_still_a_chart(tree: Tree) -> None:
    where = tree("--- kustomization.yaml\nhelmCharts: [{repo: 'https://charts.example.com'}]\n")
    assert references(where) == [("helmCharts", "(unnamed chart)", "helm chart", 1)]


# the file as a whole --------------------------------------------------------------------------

EMPTY = "the file is empty; list resources, or remove it"
NOTHING = "the kustomization lists nothing; kustomize refuses it"


@pytest.mark.parametrize(
    ("text", "problem", "engine"),
    [
        ("", EMPTY, "kustomization.yaml is empty"),
        ("# nothing\n", EMPTY, "kustomization.yaml is empty"),
        ("null\n", EMPTY, "kustomization.yaml is empty"),
        ("---\n---\nresources: [a.yaml]\n", EMPTY, "kustomization.yaml is empty"),
        ("[]\n", "the file is not a mapping of kustomization fields", "cannot unmarshal array"),
        ("text\n", "the file is not a mapping of kustomization fields", "cannot unmarshal string"),
        ("{}\n", NOTHING, "kustomization.yaml is empty"),
        ("kind: Kustomization\n", NOTHING, "kustomization.yaml is empty"),
        ("resources:\n", NOTHING, "kustomization.yaml is empty"),
        ("namespace: ''\n", NOTHING, "kustomization.yaml is empty"),
        ("resources: []\n", None, ""),
        ("metadata: {}\n", None, ""),
        ("commonLabels: {}\n", None, ""),
        ("namePrefix: x-\n", None, ""),
        ("kind: Foo\nresources: []\n",
         "kind is Foo; kustomize takes Kustomization or Component here",
         "kind should be Kustomization or Component"),
        ("apiVersion: kustomize.config.k8s.io/v1\nresources: []\n",
         "apiVersion is kustomize.config.k8s.io/v1; kustomize takes "
         "kustomize.config.k8s.io/v1beta1 for a Kustomization",
         "apiVersion for Kustomization should be kustomize.config.k8s.io/v1beta1"),
        ("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Component\nresources: []\n",
         "apiVersion is kustomize.config.k8s.io/v1beta1; kustomize takes "
         "kustomize.config.k8s.io/v1alpha1 for a Component",
         "apiVersion for Component should be kustomize.config.k8s.io/v1alpha1"),
        ("apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a}\n",
         "the file holds a Flux Kustomization, and kustomize takes it for its own; rename it",
         "apiVersion for Kustomization should be kustomize.config.k8s.io/v1beta1"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_kustomization_as_a_whole(
    tree: Tree, text: str, problem: str | None, engine: str
) -> None:
    where = tree("--- a.yaml = ConfigMap/a\n")
    (where / "kustomization.yaml").write_text(text)
    assert load(where).problem == problem
    done = build(where)
    assert (done.returncode == 0) == (problem is None)
    assert engine in done.stderr


def test_a_kustomize_component_is_known_by_its_kind(tree: Tree) -> None:
    where = tree("--- kustomization.yaml\nkind: Component\nresources: [a.yaml]\n")
    assert (load(where).kind, load(where).problem) == ("Component", None)


def test_two_kustomization_files_in_one_directory_are_a_problem(tree: Tree) -> None:
    where = tree("""
        --- kustomization.yaml
        resources: [a.yaml]
        --- Kustomization
        resources: [b.yaml]
        """)
    assert load(where).problem == (
        "kustomization.yaml and Kustomization in one directory; keep one of them"
    )


def test_a_file_that_is_not_yaml_is_a_root_with_a_problem_at_its_line(tree: Tree) -> None:
    broken = load(tree("--- kustomization.yaml\nresources:\n\t- a.yaml\n"))
    assert (broken.problem, broken.span, broken.references, broken.settings) == (
        "found character that cannot start any token",
        Span("kustomization.yaml", 2, 1), (), {},
    )  # fmt: skip


def test_a_file_that_expands_without_end_is_a_root_with_a_problem(tree: Tree) -> None:
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    broken = load(tree(f"--- kustomization.yaml\na0: &a0 [x]\n{levels}"))
    assert broken.problem == "aliases expand to more than 2,000,000 values"


def test_settings_are_the_first_document_as_kustomize_reads_it(tree: Tree) -> None:
    where = tree("""
        --- kustomization.yaml
        namePrefix: a-
        namePrefix: b-
        generatorOptions: {disableNameSuffixHash: yes}
        images: [{name: web, newTag: 2026-01-01}]
        ---
        namePrefix: c-
        """)
    assert load(where).settings == {
        "namePrefix": "b-",
        "generatorOptions": {"disableNameSuffixHash": True},
        "images": [{"name": "web", "newTag": "2026-01-01"}],
    }

"""Which files a kustomization names, in which field, at which line, and what is there."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer import kustomization, loader
from analyzer.model import Field, Kustomization, Span
from tests.drawn import build, draw

Tree = Callable[[str], Path]
Row = tuple[str, str, str, int]  # field, as written, status, line


def load(where: Path, root: str = "") -> Kustomization:
    return loader.load(where).repository.kustomizations[root]


def references(where: Path, root: str = "") -> list[Row]:
    return [
        (reference.field.value, reference.written, reference.status.value, reference.span.line)
        for reference in load(where, root).references
    ]


def targets(where: Path, root: str = "") -> list[tuple[str, str, str | None]]:
    """(as written, status, target) of every reference of a root."""
    return [(r.written, r.status.value, r.target) for r in load(where, root).references]


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
        ("https://10.0.0.1/install.yaml", True),
        ("github.com/org/repo?ref=v1.2.3", False),
        ("github.com/org/repo?ref=release-1.2", False),
        ("github.com/org/repo//path?ref=0123456789abcdef0123456789abcdef01234567", False),
        ("https://github.com/org/repo/releases/download/v1.2.3/install.yaml", False),
        ("https://raw.githubusercontent.com/org/repo/v1.2.3/install.yaml", False),
        ("https://raw.githubusercontent.com/org/repo/0a1b2c3/install.yaml", False),
        ("https://example.com/org/repo/raw/release-1/install.yaml", False),
    ],
)
def test_a_reference_floats_where_no_version_is_named(written: str, floating: bool) -> None:
    assert kustomization.is_floating(written) is floating


# confinement ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written", ["/etc/passwd", "..", "../..", "../other", "a/../../b", "../tree/a.yaml/../.."]
)
def test_what_leaves_the_tree_is_not_looked_at(tree: Tree, written: str) -> None:
    where = tree(f"--- kustomization.yaml\nresources: [{written}]\n")
    assert targets(where) == [(written, "outside the tree", None)]


def test_an_absolute_path_is_outside_even_where_it_leads_into_the_tree(tree: Tree) -> None:
    where = tree("--- a.yaml = ConfigMap/a\n")
    (where / "kustomization.yaml").write_text(f"resources: [{where}/a.yaml]\n")
    assert targets(where) == [(f"{where}/a.yaml", "outside the tree", None)]


def test_a_path_that_goes_up_and_stays_in_the_tree_is_a_path(tree: Tree) -> None:
    where = tree("""
        --- a/b/kustomization.yaml
        resources: [../../c.yaml]
        --- c.yaml = ConfigMap/c
        """)
    assert targets(where, "a/b") == [("../../c.yaml", "file", "c.yaml")]


def test_a_nul_byte_names_nothing(tree: Tree) -> None:
    where = tree('--- kustomization.yaml\nresources: ["a\\0b", "/\\0"]\n')
    assert targets(where) == [("a\0b", "missing", None), ("/\0", "missing", None)]


def test_a_name_no_disk_can_hold_names_nothing(tree: Tree) -> None:
    long = "x" * 5000
    where = tree(f"--- sub/kustomization.yaml\nresources: [{long}, ../{long}]\n")
    where.joinpath(".git").mkdir()
    found = loader.load(where / "sub").repository.kustomizations["sub"].references
    assert [r.status.value for r in found] == ["missing", "missing"]


# links ----------------------------------------------------------------------------------------


def test_links_are_followed_inside_the_tree(tree: Tree) -> None:
    where = tree("""
        --- overlay/kustomization.yaml
        resources: [link.yaml, linked, through/linked/a.yaml, up/base]
        --- overlay/link.yaml -> ../base/a.yaml
        --- overlay/linked -> ../base
        --- overlay/through -> .
        --- overlay/up -> ..
        --- base/kustomization.yaml
        resources: [a.yaml]
        --- base/a.yaml = ConfigMap/a
        """)
    assert targets(where, "overlay") == [
        ("link.yaml", "file", "base/a.yaml"),
        ("linked", "directory", "base"),
        ("through/linked/a.yaml", "file", "base/a.yaml"),
        ("up/base", "directory", "base"),
    ]


def test_links_that_leave_the_tree_or_lead_nowhere(tree: Tree, tmp_path: Path) -> None:
    draw(tmp_path, "--- secret.yaml = ConfigMap/secret\n--- outside/kustomization.yaml\n")
    where = tree("""
        --- kustomization.yaml
        resources: [up.yaml, absolute.yaml, dir, around/secret.yaml, gone.yaml, loop.yaml, a, far]
        --- up.yaml -> ../secret.yaml
        --- absolute.yaml -> /etc/hostname
        --- dir -> ../outside
        --- around -> ../tree/..
        --- gone.yaml -> nothing.yaml
        --- loop.yaml -> loop.yaml
        --- a -> b
        --- b -> a
        --- far -> x/../../secret.yaml
        """)
    assert targets(where) == [
        ("up.yaml", "outside the tree", None),
        ("absolute.yaml", "outside the tree", None),
        ("dir", "outside the tree", None),
        ("around/secret.yaml", "outside the tree", None),
        ("gone.yaml", "missing", "nothing.yaml"),
        ("loop.yaml", "missing", "loop.yaml"),
        ("a", "missing", "a"),
        ("far", "outside the tree", None),
    ]


def test_an_absolute_link_into_the_tree_is_followed(tree: Tree) -> None:
    where = tree("--- kustomization.yaml\nresources: [a.yaml]\n--- b/c.yaml = ConfigMap/c\n")
    (where / "a.yaml").symlink_to(where / "b" / "c.yaml")
    assert targets(where) == [("a.yaml", "file", "b/c.yaml")]


def test_a_kustomization_file_may_be_a_link_and_its_paths_start_where_the_link_is(
    tree: Tree,
) -> None:
    where = tree("""
        --- kustomization.yaml
        resources: [one]
        --- one/kustomization.yaml -> ../shared/common.tmpl
        --- one/a.yaml = ConfigMap/a
        --- shared/common.tmpl
        resources: [a.yaml]
        """)
    one = load(where, "one")
    assert (one.path, one.problem, one.span) == (
        "one/kustomization.yaml", None, Span("shared/common.tmpl", 1, 1, 0, 20)
    )  # fmt: skip
    assert targets(where, "one") == [("a.yaml", "file", "one/a.yaml")]


def test_a_directory_behind_a_link_is_one_root_and_not_two(tree: Tree) -> None:
    where = tree("""
        --- kustomization.yaml
        resources: [real, alias]
        --- real/kustomization.yaml
        resources: [../kustomization.yaml/..]
        --- alias -> real
        """)
    assert sorted(loader.load(where).repository.kustomizations) == ["", "real"]


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

"""From files to the roots they can reach: every way in which a render depends on a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from analyzer import graph, loader
from analyzer.deployments import with_generated
from analyzer.model import Span

Tree = Callable[[str], Path]

READS = """
    --- overlay/kustomization.yaml
    resources: [../base, gone.yaml, list/, link]
    components: [part]
    patches: [{path: patch.yaml}, {path: through/p.yaml}]
    configMapGenerator: [{name: c, files: [key=app.conf], envs: [app.env]}]
    secretGenerator: [{name: s, env: secret.env}]
    replacements: [{path: replace.yaml}]
    crds: [crd.json]
    openapi: {path: schema.json}
    configurations: [names.yaml]
    transformers: [plugin.yaml]
    helmCharts: [{name: web, valuesFile: values.yaml}]
    --- overlay/plugin.yaml
    apiVersion: builtin
    kind: PatchTransformer
    metadata: {name: p}
    path: by-plugin.yaml
    --- overlay/by-plugin.yaml
    --- overlay/patch.yaml
    --- overlay/app.conf
    --- overlay/app.env
    --- overlay/secret.env
    --- overlay/replace.yaml
    --- overlay/crd.json
    --- overlay/schema.json
    --- overlay/names.yaml
    --- overlay/values.yaml
    --- overlay/charts/web/Chart.yaml
    --- overlay/charts/web/templates/a.yaml
    --- overlay/part/kustomization.yaml
    kind: Component
    resources: [in-part.yaml]
    --- overlay/part/in-part.yaml
    --- overlay/link -> ../hop
    --- hop -> linked
    --- linked/kustomization.yaml
    resources: [in-link.yaml]
    --- linked/in-link.yaml
    --- overlay/through -> ../patches
    --- patches/p.yaml -> ../elsewhere/q.yaml
    --- elsewhere/q.yaml
    --- base/kustomization.yaml
    resources: [web.yaml]
    --- base/web.yaml
    --- base/README.md
    --- other/kustomization.yaml
    resources: [../base]
    --- README.md
    """


def affected(where: Path, *files: str) -> dict[str, tuple[str, ...]]:
    repository = loader.load(where).repository
    return graph.build(repository.kustomizations).affected(files, repository.links)


@pytest.mark.parametrize(
    "file",
    ["kustomization.yaml", "kustomization.yml", "Kustomization", "gone.yaml", "patch.yaml",
     "app.conf", "app.env", "secret.env", "replace.yaml", "crd.json", "schema.json", "names.yaml",
     "plugin.yaml", "by-plugin.yaml", "values.yaml", "charts/web/Chart.yaml",
     "charts/web/templates/a.yaml", "charts/web/new.yaml", "through",
     "gone.yaml/kustomization.yaml"],
)  # fmt: skip
def test_a_root_depends_on_every_file_it_names(tree: Tree, file: str) -> None:
    path = f"overlay/{file}"
    assert affected(tree(READS), path) == {"overlay": (path,)}


@pytest.mark.parametrize(
    ("file", "roots"),
    [
        ("base/web.yaml", ["base", "other", "overlay"]),
        ("base/kustomization.yml", ["base", "other", "overlay"]),
        ("overlay/part/in-part.yaml", ["overlay", "overlay/part"]),
        ("linked/in-link.yaml", ["linked", "overlay"]),
        ("hop", ["linked", "overlay"]),
        ("overlay/link", ["linked", "overlay"]),
        ("patches/p.yaml", ["overlay"]),
        ("elsewhere/q.yaml", ["overlay"]),
        ("README.md", []),
        ("base/README.md", []),
        ("base/new.yaml", []),
        ("overlay/chart", []),
        ("nothing/at/all.yaml", []),
    ],
)
def test_a_file_reaches_those_that_build_on_who_reads_it(
    tree: Tree, file: str, roots: list[str]
) -> None:
    assert affected(tree(READS), file) == dict.fromkeys(roots, (file,))


def test_every_file_that_reaches_a_root_is_named(tree: Tree) -> None:
    found = affected(tree(READS), "README.md", "overlay/patch.yaml", "base/web.yaml")
    assert found == {
        "base": ("base/web.yaml",),
        "other": ("base/web.yaml",),
        "overlay": ("base/web.yaml", "overlay/patch.yaml"),
    }


def test_what_cannot_be_parsed_may_read_anything(tree: Tree) -> None:
    where = tree("""
        --- broken/kustomization.yaml
        resources: [
        --- on/kustomization.yaml
        resources: [../broken]
        --- fine/kustomization.yaml
        resources: [../x.yaml]
        """)
    assert affected(where, "README.md") == {"broken": ("README.md",), "on": ("README.md",)}


def test_ignore_files_reach_those_that_name_what_is_not_there(tree: Tree) -> None:
    where = tree(READS)
    assert affected(where, "sub/.gitignore") == {"overlay": ("sub/.gitignore",)}


@pytest.mark.parametrize(
    ("file", "roots"),
    [
        ("apps/new.yaml", ["apps"]),
        ("apps/deep/new.yml", ["apps"]),
        ("apps/deep/kustomization.yaml", ["apps"]),
        ("apps/README.md", []),
        ("apps/unit/not-listed.yaml", []),
        ("apps/unit/listed.yaml", ["apps", "apps/unit"]),
        (".sourceignore", ["apps"]),
        ("apps/deep/.sourceignore", ["apps"]),
        ("other/.sourceignore", []),
    ],
)
def test_a_generated_kustomization_depends_on_every_manifest_below(
    tree: Tree, file: str, roots: Iterable[str]
) -> None:
    where = tree("""
        --- apps/one.yaml = ConfigMap/one
        --- apps/deep/two.yaml = ConfigMap/two
        --- apps/unit/kustomization.yaml
        resources: [listed.yaml]
        --- apps/unit/listed.yaml = ConfigMap/three
        """)
    repository = with_generated(loader.load(where).repository, {"apps": Span("ks.yaml")})
    found = graph.build(repository.kustomizations).affected([file])
    assert list(found) == list(roots)

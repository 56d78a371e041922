"""Roots render as the bare engine renders them, however their kustomization is written."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer import engine, kustomize
from analyzer.errors import EngineError
from analyzer.model import Origin, Rendered, RenderFailure, RenderKey, Scratch
from tests.rendering import bare, built, causes_of, prepared, renders, resources

Tree = Callable[[str], Path]

WEB = """
    --- web/deployment.yaml = Deployment/web
    spec: {replicas: 1, template: {spec: {containers: [{name: app, image: "web:v1"}]}}}
"""


def written(tree: Tree, kustomization: bytes, drawing: str = WEB) -> Path:
    """A tree whose root `web` has exactly these bytes as its kustomization.yaml."""
    where = tree(drawing)
    (where / "web/kustomization.yaml").write_bytes(kustomization)
    return where


def assert_equal(where: Path, root: str = "web") -> Rendered:
    result = built(where, root)
    assert [resource.content for resource in result.resources] == bare(where, root)
    assert (result.completeness, result.needs, result.omitted) == ("full", (), ())
    return result


# however it is written --------------------------------------------------------------------------

FORMS: dict[str, bytes] = {
    "plain": b"resources: [deployment.yaml]\n",
    "typed": b"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
    b"resources:\n- deployment.yaml\n",
    "flow style": b"{resources: [deployment.yaml], namePrefix: x-}\n",
    "JSON": b'{"resources": ["deployment.yaml"], "labels": [{"pairs": {"a": "b"}}]}',
    "separator first": b"---\nresources: [deployment.yaml]\n",
    "separator with a comment": b"--- # web\nresources: [deployment.yaml]\n",
    "flow style behind a separator": b"--- {resources: [deployment.yaml]}\n",
    "end of document": b"resources: [deployment.yaml]\n...\n",
    "directive": b"%YAML 1.1\n---\nresources: [deployment.yaml]\n",
    "comments first": b"# web\n\n# apps\nresources: [deployment.yaml] # all\n",
    "indented": b"  resources:\n  - deployment.yaml\n  namePrefix: x-\n",
    "quoted keys": b'"resources": ["deployment.yaml"]\n',
    "complex keys": b"? resources\n: [deployment.yaml]\n",
    "keys in another case": b"Resources: [deployment.yaml]\nNAMEPREFIX: x-\n",
    "tag": b"!!map\nresources: [deployment.yaml]\n",
    "anchor": b"&top\nresources: [deployment.yaml]\n",
    "anchor in flow style": b"&top {resources: [deployment.yaml]}\n",
    "aliases": b"labels: [{pairs: &a {x: z}}]\ncommonAnnotations: *a\n"
    b"resources: [deployment.yaml]\n",
    "merge keys": b"<<: {resources: [deployment.yaml]}\nnamePrefix: x-\n",
    "binary": b"resources: [!!binary ZGVwbG95bWVudC55YW1s]\n",
    "tabs": b"resources:\t[deployment.yaml]\n",
    "no final newline": b"resources: [deployment.yaml]",
    "byte order mark": b"\xef\xbb\xbfresources: [deployment.yaml]\n",
    "byte order mark and comment": b"\xef\xbb\xbf# web\nresources: [deployment.yaml]\n",
    "byte order mark and flow style": b"\xef\xbb\xbf{resources: [deployment.yaml]}\n",
    "byte order mark and indentation": b"\xef\xbb\xbf  resources: [deployment.yaml]\n",
    "Windows newlines": b"# web\r\nresources:\r\n- deployment.yaml\r\nnamePrefix: x-\r\n",
    "old Macintosh newlines": b"resources:\r- deployment.yaml\rnamePrefix: x-\r",
    "UTF-16": "resources: [deployment.yaml] # ü\n".encode("utf-16"),
    "wide characters": 'commonAnnotations: {ü: "€😀"}\nresources: [deployment.yaml]\n'.encode(),
    "second document": b"resources: [deployment.yaml]\n---\nresources: [gone.yaml]\n",
    "the same key twice": b"resources: [gone.yaml]\nresources: [deployment.yaml]\n",
    "the same key twice, the first remote": b"resources: ['https://example.com/a.yaml']\n"
    b"resources: [deployment.yaml]\n",
    "nothing listed": b"resources: []\n",
    "settings alone": b"namespace: web\n",
    "build metadata": b"resources: [deployment.yaml]\nbuildMetadata: [managedByLabel]\n",
    "build metadata in another case": b"resources: [deployment.yaml]\n"
    b"BuildMetadata: [managedByLabel]\n",
    "no build metadata": b"buildMetadata:\nresources: [deployment.yaml]\n",
    "all build metadata": b"resources: [deployment.yaml]\nbuildMetadata:\n- originAnnotations\n"
    b"- transformerAnnotations\n- managedByLabel\n",
    "words that were booleans": b"generatorOptions: {disableNameSuffixHash: yes}\n"
    b"configMapGenerator: [{name: a, literals: [a=b]}]\nbuildMetadata: [managedByLabel]\n",
    "scalars": b"resources: [deployment.yaml]\nbuildMetadata: [managedByLabel]\n"
    b'commonAnnotations: {a: "yes", b: "0755", c: "1.10", d: 2001-01-01, e: ""}\n'
    b"replicas: [{name: web, count: 010}]\n",
    "texts of several lines": b"resources: [deployment.yaml]\nbuildMetadata: [managedByLabel]\n"
    b"patches:\n- target: {kind: Deployment}\n  patch: |-\n    # why\n    - op: replace\n"
    b"      path: /spec/replicas\n      value: 010\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_a_root_renders_as_the_bare_engine_renders_it(tree: Tree, form: str) -> None:
    assert_equal(written(tree, FORMS[form]))


@pytest.mark.parametrize("form", FORMS)
def test_a_base_renders_in_its_overlay_as_in_the_bare_engine(tree: Tree, form: str) -> None:
    where = written(tree, FORMS[form])
    tree("""
        --- over/kustomization.yaml
        resources: [../web]
        namePrefix: over-
    """)
    assert_equal(where, "over")


@pytest.mark.parametrize(
    ("kustomization", "cause"),
    [
        (b"", "1: the file is empty; list resources, or remove it"),
        (b"# nothing yet\n", "1: the file is empty; list resources, or remove it"),
        (b"null\n", "1: the file is empty; list resources, or remove it"),
        (b"{}\n", "1: the kustomization lists nothing; kustomize refuses it"),
        (b"\nresources:\n", "2: the kustomization lists nothing; kustomize refuses it"),
        (b"kind: Kustomization\n", "1: the kustomization lists nothing; kustomize refuses it"),
    ],
)
def test_an_empty_kustomization_stays_refused(tree: Tree, kustomization: bytes, cause: str) -> None:
    where = written(tree, kustomization)
    assert bare(where, "web") is None
    assert causes_of(where, "web") == [f"web/kustomization.yaml:{cause}"]


@pytest.mark.parametrize("name", ["kustomization.yaml", "kustomization.yml", "Kustomization"])
def test_every_name_of_a_kustomization_file_counts(tree: Tree, name: str) -> None:
    where = tree(WEB)
    (where / "web" / name).write_text("resources: [deployment.yaml]\n")
    assert_equal(where)


def test_the_tree_itself_may_be_a_root(tree: Tree) -> None:
    where = tree("""
        --- kustomization.yaml
        resources: [service.yaml, web]
        --- service.yaml = Service/web
        --- web/kustomization.yaml
        resources: [deployment.yaml]
    """)
    tree(WEB)
    result = assert_equal(where, "")
    assert {str(r.id): r.origin and r.origin.path for r in result.resources} == {
        "Service/web": "service.yaml",
        "Deployment/web": "web/deployment.yaml",
    }


# whatever it does -------------------------------------------------------------------------------


def test_components_generators_and_transformers_render_as_in_the_bare_engine(tree: Tree) -> None:
    tree(WEB)
    where = tree("""
        --- web/kustomization.yaml
        resources: [deployment.yaml]
        --- scale/kustomization.yaml
        apiVersion: kustomize.config.k8s.io/v1alpha1
        kind: Component
        replicas: [{name: web, count: 5}]
        resources: [budget.yaml]
        --- scale/budget.yaml
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: {name: web}
        --- transformers/kustomization.yaml
        resources: [prefix.yaml]
        --- transformers/prefix.yaml
        apiVersion: builtin
        kind: PrefixSuffixTransformer
        metadata: {name: prefix}
        prefix: p-
        fieldSpecs: [{path: metadata/name}]
        --- prod/kustomization.yaml
        resources: [../web]
        components: [../scale]
        transformers: [../transformers]
        namespace: prod
        configMapGenerator: [{name: settings, files: [app.ini, alias=app.ini], envs: [app.env]}]
        secretGenerator: [{name: secrets, literals: [a=b], type: Opaque}]
        images: [{name: web, newTag: v2}]
        labels: [{pairs: {env: prod}, includeSelectors: true}]
        patches:
        - path: patch.yaml
        - target: {kind: Deployment, name: web}
          patch: '[{"op": "add", "path": "/spec/paused", "value": true}]'
        replacements:
        - source: {kind: Deployment, name: web, fieldPath: metadata.name}
          targets: [{select: {kind: ConfigMap}, fieldPaths: [metadata.annotations.of],
                     options: {create: true}}]
        --- prod/app.ini
        [a]
        --- prod/app.env
        A=b
        --- prod/patch.yaml = Deployment/web
        spec: {template: {spec: {containers: [{name: app, env: [{name: A, value: "1"}]}]}}}
    """)
    result = assert_equal(where, "prod")
    assert sorted(r.id.kind for r in result.resources) == [
        "ConfigMap",
        "Deployment",
        "PodDisruptionBudget",
        "Secret",
    ]


def test_a_kustomize_component_renders_alone(tree: Tree) -> None:
    where = tree("""
        --- kustomization.yaml
        apiVersion: kustomize.config.k8s.io/v1alpha1
        kind: Component
        resources: [service.yaml]
        --- service.yaml = Service/web
    """)
    assert_equal(where, "")


def test_lists_of_objects_and_empty_files_render_as_in_the_bare_engine(tree: Tree) -> None:
    where = tree("""
        --- kustomization.yaml
        resources: [list.yaml, empty.yaml, several.yaml]
        --- list.yaml
        apiVersion: v1
        kind: List
        items:
        - {apiVersion: v1, kind: Service, metadata: {name: a}}
        - {apiVersion: v1, kind: Service, metadata: {name: b}}
        --- empty.yaml
        # later
        --- several.yaml = Service/c
        ---
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: d}
    """)
    assert [r.id.name for r in assert_equal(where, "").resources] == ["a", "b", "c", "d"]


# where a resource comes from --------------------------------------------------------------------


def test_an_origin_is_a_path_of_the_tree(tree: Tree) -> None:
    tree(WEB)
    where = tree("""
        --- web/kustomization.yaml
        resources: [deployment.yaml]
        --- clusters/prod/kustomization.yaml
        resources: [../../web, own/service.yaml]
        components: [../part]
        configMapGenerator: [{name: settings, literals: [a=b]}]
        --- clusters/prod/own/service.yaml = Service/web
        --- clusters/part/kustomization.yaml
        apiVersion: kustomize.config.k8s.io/v1alpha1
        kind: Component
        secretGenerator: [{name: key, literals: [a=b]}]
    """)
    found = resources(where, "clusters/prod")
    assert {r.id.kind: r.origin for r in found} == {
        "Deployment": Origin("web/deployment.yaml"),
        "Service": Origin("clusters/prod/own/service.yaml"),
        "ConfigMap": Origin(None, "clusters/prod/kustomization.yaml", "ConfigMapGenerator"),
        "Secret": Origin(None, "clusters/part/kustomization.yaml", "SecretGenerator"),
    }


# load restrictions ------------------------------------------------------------------------------


def test_a_root_that_reads_a_file_of_another_directory_says_so(tree: Tree) -> None:
    tree(WEB)
    where = tree("""
        --- web/kustomization.yaml
        resources: [deployment.yaml]
        patches: [{path: ../shared/patch.yaml}]
        --- shared/patch.yaml = Deployment/web
        spec: {replicas: 3}
        --- over/kustomization.yaml
        resources: [../web]
        --- other/kustomization.yaml
        resources: [../shared]
        --- shared/kustomization.yaml
        resources: [patch.yaml]
    """)
    unrestricted = {}
    for root in ("web", "over", "other"):
        unrestricted[root] = assert_equal(where, root).unrestricted
    assert unrestricted == {"web": True, "over": True, "other": False}


# many at once -----------------------------------------------------------------------------------


def several(tree: Tree) -> Path:
    drawing = WEB
    for number in range(12):
        drawing += textwrap.indent(
            f"--- r{number:02}/kustomization.yaml\n"
            f"resources: [../web]\nnamePrefix: p{number}-\n"
            + ("patches: [{path: gone.yaml}]\n" if number % 5 == 4 else ""),
            "    ",
        )
    return written(tree, FORMS["plain"], drawing)


def test_results_are_in_the_order_of_the_keys(tree: Tree) -> None:
    where = several(tree)
    roots = ["r07", "r00", "web", "r04", "r11", "r00"]
    found = renders(where, *roots)
    assert [r.key.root for r in found] == roots
    assert [type(r).__name__ for r in found] == [
        "Rendered", "Rendered", "Rendered", "RenderFailure", "Rendered", "Rendered",
    ]  # fmt: skip


def test_one_process_says_what_four_say(tree: Tree) -> None:
    where = several(tree)
    roots = [f"r{number:02}" for number in range(12)]
    assert renders(where, *roots, jobs=1) == renders(where, *roots, jobs=4)


def test_rendering_twice_says_the_same(tree: Tree) -> None:
    where = several(tree)
    tree("""
        --- bad/kustomization.yaml
        resources: [../web]
        configMapGenerator: [{name: a, behavior: merge, literals: [a=b]}]
    """)
    assert renders(where, "r00", "r04", "bad") == renders(where, "r00", "r04", "bad")


def test_no_keys_need_no_engine(tree: Tree) -> None:
    known, _ = prepared(tree(WEB))
    gone = Path("/nonexistent/kubectl")
    assert kustomize.render(known, Scratch({}), (), program=gone) == ()


def test_progress_counts_to_the_end(tree: Tree) -> None:
    where = several(tree)
    known, scratch = prepared(where, "r00", "r01", "r04")
    said: list[tuple[int, int]] = []
    keys = tuple(map(RenderKey, ("r00", "r01", "r04")))
    kustomize.render(known, scratch, keys, progress=lambda *done: said.append(done))
    assert said == [(1, 3), (2, 3), (3, 3)]


def test_what_a_render_read_is_known(tree: Tree) -> None:
    tree(WEB)
    where = tree("""
        --- web/kustomization.yaml
        resources: [deployment.yaml]
        --- prod/kustomization.yaml
        resources: [../web]
        patches: [{path: gone.yaml}]
    """)
    built_, failed = renders(where, "web", "prod")
    names = ("kustomization.yaml", "kustomization.yml", "Kustomization")
    assert built_.reads == {"web/deployment.yaml", *(f"web/{name}" for name in names)}
    assert failed.reads == built_.reads | {"prod/gone.yaml", *(f"prod/{n}" for n in names)}


# the engine itself ------------------------------------------------------------------------------


def test_the_engine_is_the_pinned_one() -> None:
    assert engine.program().name == "kubectl"
    assert engine.program().is_absolute()


def test_an_engine_that_cannot_be_started_is_said_to_be(tree: Tree, tmp_path: Path) -> None:
    where = written(tree, FORMS["plain"])
    known, scratch = prepared(where, "web")
    program = tmp_path / "kubectl"
    with pytest.raises(EngineError, match=r"kubectl: cannot be started: No such file"):
        kustomize.render(known, scratch, (RenderKey("web"),), program=program)
    program.write_text("no program")
    with pytest.raises(EngineError, match=r"kubectl: cannot be started: Permission denied"):
        kustomize.render(known, scratch, (RenderKey("web"),), program=program)


@pytest.mark.parametrize(
    ("limit", "value", "message"),
    [
        ("SECONDS", 0, "rendering took longer than 0 s; split the root"),
        ("OUTPUT", 10, "the render is larger than 0 MiB; split the root"),
        ("MEMORY", 2**20, "the engine needed more than 1 MiB of memory; split the root"),
    ],
)
def test_a_limit_that_is_reached_is_a_cause(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, message: str
) -> None:
    where = written(tree, FORMS["plain"])
    monkeypatch.setattr(engine, limit, value)
    (result,) = renders(where, "web")
    assert isinstance(result, RenderFailure)
    assert [(c.rule, str(c)) for c in result.causes] == [
        ("limit-reached", f"web/kustomization.yaml:1: {message}")
    ]

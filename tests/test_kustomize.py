"""Roots render as the bare engine renders them, whatever they do and however many at once."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer import engine, kustomize
from analyzer.errors import EngineError
from analyzer.model import Origin, Rendered, RenderFailure, RenderKey, Scratch
from tests.rendering import assert_equal, prepared, renders, resources

Tree = Callable[[str], Path]

WEB = """
    --- web/deployment.yaml = Deployment/web
    spec: {replicas: 1, template: {spec: {containers: [{name: app, image: "web:v1"}]}}}
"""


def written(tree: Tree, drawing: str = WEB) -> Path:
    """A tree with a root `web` that builds."""
    tree(drawing)
    return tree("--- web/kustomization.yaml\nresources: [deployment.yaml]\n")


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
    return written(tree, drawing)


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
    where = written(tree)
    known, scratch = prepared(where, "web")
    program = tmp_path / "kubectl"
    with pytest.raises(EngineError, match=r"kubectl: cannot be started: No such file"):
        kustomize.render(known, scratch, (RenderKey("web"),), program=program)
    program.write_text("no program")
    with pytest.raises(EngineError, match=r"kubectl: cannot be started: Permission denied"):
        kustomize.render(known, scratch, (RenderKey("web"),), program=program)


def test_a_program_that_is_no_kubectl_is_said_to_be_none(tree: Tree) -> None:
    known, scratch = prepared(written(tree), "web")
    with pytest.raises(EngineError, match=r"^/bin/true: is no kubectl with kustomize in it"):
        kustomize.render(known, scratch, (RenderKey("web"),), program=Path("/bin/true"))


def test_somebodys_own_kubectl_renders(tree: Tree) -> None:
    known, scratch = prepared(written(tree), "web")
    (made,) = kustomize.render(known, scratch, (RenderKey("web"),), program=engine.program())
    assert isinstance(made, Rendered)
    assert [resource.id.name for resource in made.resources] == ["web"]


def test_who_stops_a_render_waits_for_no_other(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    where = several(tree)
    roots = tuple(f"r{n:02}" for n in range(12))
    known, scratch = prepared(where, *roots)
    build, begun = engine.build, []

    def counted(program: Path, directory: str, root: str, *rest: bool) -> engine.Output:
        begun.append(root)
        return build(program, directory, root, *rest)

    def stop(done: int, of: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(engine, "build", counted)
    with pytest.raises(KeyboardInterrupt):
        kustomize.render(known, scratch, tuple(map(RenderKey, roots)), jobs=1, progress=stop)
    assert len(begun) < 5


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
    where = written(tree)
    monkeypatch.setattr(engine, limit, value)
    (result,) = renders(where, "web")
    assert isinstance(result, RenderFailure)
    assert [(c.rule, str(c)) for c in result.causes] == [
        ("limit-reached", f"web/kustomization.yaml:1: {message}")
    ]


def test_a_root_that_reads_outside_of_it_is_not_tried_with_restrictions_first(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = tree("""
    --- shared/web.yaml = ConfigMap/web
    --- web/kustomization.yaml
    resources: [../shared/web.yaml]
    --- over/kustomization.yaml
    resources: [../web]
    --- own/kustomization.yaml
    resources: [own.yaml]
    --- own/own.yaml = ConfigMap/own
    """)
    calls: list[tuple[str, str]] = []
    real = engine._call

    def counted(program: Path, directory: str, root: str, restrictor: str) -> engine.Output:
        calls.append((root, restrictor.removeprefix("LoadRestrictions")))
        return real(program, directory, root, restrictor)

    monkeypatch.setattr(engine, "_call", counted)
    rendered = renders(where, "web", "over", "own")
    assert [isinstance(r, Rendered) and r.unrestricted for r in rendered] == [True, True, False]
    assert sorted(calls) == [("over", "None"), ("own", "RootOnly"), ("web", "None")]

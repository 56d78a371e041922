"""What is not there is left out, the rest is rendered, and what is wrong behind it is found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer.model import Rendered, RenderFailure, Status
from tests.drawn import commit
from tests.rendering import bare, built, failed, render, resources

Tree = Callable[[str], Path]

WEB = """
    --- web/deployment.yaml = Deployment/web
    spec: {replicas: 1}
    --- web/gone.yaml = Service/gone
    spec: {type: ClusterIP}
    --- web/both.yaml = Service/gone
    spec: {type: ClusterIP}
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec: {replicas: 7}
    --- web/replacement.yaml
    source: {kind: ConfigMap, name: gone, fieldPath: data.a}
    targets: [{select: {kind: Deployment}, fieldPaths: [metadata.name]}]
    --- web/bad.yaml
    no patch
    --- web/runner.yaml
    apiVersion: example.com/v1
    kind: Runner
    metadata: {name: a}
"""
REMOTE = "https://example.com/service.yaml"


def web(tree: Tree, kustomization: str) -> Path:
    where = tree(WEB)
    (where / "web/kustomization.yaml").write_text(kustomization)
    return where


def shown(result: Rendered) -> tuple[tuple[str, ...], list[str], list[str]]:
    """(what it needs, where it leaves something out, what it renders to)"""
    omitted = [str(reference.span) for reference in result.omitted]
    return result.needs, omitted, [str(r.id) for r in result.resources]


def replicas(where: Path, root: str = "web") -> object:
    (deployment,) = (r for r in resources(where, root) if r.id.kind == "Deployment")
    spec = deployment.content["spec"]
    assert isinstance(spec, dict)
    return spec["replicas"]


# what is left out -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "needs"),
    [
        (f"resources: [deployment.yaml, '{REMOTE}']", "remote"),
        ("resources: [deployment.yaml, 'github.com/org/repo//base?ref=v1']", "remote"),
        ("resources: [deployment.yaml]\ncomponents: ['git@example.com:org/repo.git']", "remote"),
        (f"resources: [deployment.yaml]\npatches: [{{path: '{REMOTE}'}}]", "remote"),
        (f"resources: [deployment.yaml]\ncrds: ['{REMOTE}']", "remote"),
        (f"resources: [deployment.yaml]\nopenapi: {{path: '{REMOTE}'}}", "remote"),
        ("resources: [deployment.yaml]\nhelmCharts: [{name: a, repo: 'https://e.com'}]", "helm"),
        ("resources: [deployment.yaml]\ngenerators: [runner.yaml]", "plugin"),
        ("resources: [deployment.yaml]\ntransformers: [runner.yaml]", "plugin"),
        ("resources: [deployment.yaml]\nvalidators: [runner.yaml]", "plugin"),
    ],
)
def test_the_rest_is_rendered(tree: Tree, entry: str, needs: str) -> None:
    where = web(tree, entry + "\n")
    assert bare(where, "web") is None
    result = built(where, "web")
    assert (result.completeness, result.needs) == ("partial", (needs,))
    assert [str(r.id) for r in result.resources] == ["Deployment/web"]
    assert len(result.omitted) == 1


def test_nothing_may_be_left(tree: Tree) -> None:
    where = web(tree, f"resources: ['{REMOTE}']\n")
    assert shown(built(where, "web")) == (("remote",), ["web/kustomization.yaml:1"], [])


def test_a_file_git_ignores_is_an_input_somebody_makes(tree: Tree) -> None:
    where = web(
        tree,
        "resources: [deployment.yaml, made.yaml]\n"
        "secretGenerator: [{name: a, envs: [secret.env]}, {name: b, literals: [c=d]}]\n",
    )
    tree("""
        --- .gitignore
        made.yaml
        *.env
    """)
    commit(where, "all")
    result = built(where, "web")
    assert shown(result)[:2] == (
        ("file",),
        ["web/kustomization.yaml:1", "web/kustomization.yaml:2"],
    )
    assert [r.id.kind for r in result.resources] == ["Secret", "Deployment"]
    assert {o.status for o in result.omitted} == {Status.IGNORED}


def test_everything_that_is_needed_is_said(tree: Tree) -> None:
    where = web(
        tree,
        f"resources: [deployment.yaml, '{REMOTE}']\n"
        "helmCharts: [{name: a, repo: 'https://example.com'}]\n"
        "generators: [runner.yaml]\n",
    )
    tree("""
        --- over/kustomization.yaml
        resources: [../web]
    """)
    for root in ("web", "over"):
        assert shown(built(where, root)) == (
            ("helm", "plugin", "remote"),
            [f"web/kustomization.yaml:{line}" for line in (1, 2, 3)],
            ["Deployment/web"],
        )


def test_settings_survive_what_is_left_out(tree: Tree) -> None:
    where = web(
        tree,
        f"resources: [deployment.yaml, '{REMOTE}']\n"
        "generatorOptions: {disableNameSuffixHash: yes}\n"
        "configMapGenerator: [{name: a, literals: [b=c]}]\n"
        "buildMetadata: [managedByLabel]\n"
        'commonAnnotations: {a: "0755", b: "yes"}\n',
    )
    without = tree("""
        --- same/kustomization.yaml
        resources: [../web/deployment.yaml]
        generatorOptions: {disableNameSuffixHash: yes}
        configMapGenerator: [{name: a, literals: [b=c]}]
        buildMetadata: [managedByLabel]
        commonAnnotations: {a: "0755", b: "yes"}
    """)
    assert [r.content for r in built(where, "web").resources] == bare(without, "same")


def test_what_stands_behind_a_merge_key_is_left_out_too(tree: Tree) -> None:
    where = web(tree, f"<<: {{resources: [deployment.yaml, '{REMOTE}']}}\nnamePrefix: x-\n")
    assert shown(built(where, "web"))[2] == ["Deployment/x-web"]


# what only fails because something was left out -------------------------------------------------

GONE = "{apiVersion: v1, kind: Service, metadata: {name: gone}, spec: {type: NodePort}}"
WANTING = {
    "a patch": f"patches: [{{patch: '{GONE}'}}]",
    "a patch of a namespace": "patches: [{patch: '"
    + GONE.replace("name: gone", "name: gone, namespace: a")
    + "'}]",
    "a patch file": "patches: [{path: gone.yaml}]",
    "an old patch": f"patchesStrategicMerge: ['{GONE}']",
    "an old patch file": "patchesStrategicMerge: [gone.yaml]",
    "replicas": "replicas: [{name: gone, count: 2}]",
    "a replacement": "replacements: [{source: {kind: ConfigMap, name: gone}, targets: "
    "[{select: {kind: Deployment}, fieldPaths: [metadata.name]}]}]",
    "a replacement in a file": "replacements: [{path: replacement.yaml}]",
    "a variable": "vars: [{name: X, objref: {kind: ConfigMap, name: gone, apiVersion: v1}}]",
    "a generator that merges": "configMapGenerator: [{name: a, behavior: merge, literals: [a=b]}]",
    "a generator that replaces": "secretGenerator: [{name: a, behavior: replace, literals: [a=b]}]",
}


@pytest.mark.parametrize("what", WANTING)
def test_what_wants_something_left_out_is_left_out_with_it(tree: Tree, what: str) -> None:
    where = web(tree, f"resources: [deployment.yaml, '{REMOTE}']\n{WANTING[what]}\n")
    assert shown(built(where, "web")) == (
        ("remote",),
        ["web/kustomization.yaml:1", "web/kustomization.yaml:2"],
        ["Deployment/web"],
    )


@pytest.mark.parametrize("what", WANTING)
def test_what_wants_something_that_never_was_is_a_cause(tree: Tree, what: str) -> None:
    where = web(tree, f"resources: [deployment.yaml]\n{WANTING[what]}\n")
    result = failed(where, "web")
    assert result.needs == ()
    assert len(result.causes) == 1


@pytest.mark.parametrize("what", [what for what in WANTING if what != "a variable"])
def test_a_remote_base_elsewhere_is_no_excuse(tree: Tree, what: str) -> None:
    """What `web` wants can only come from what `web` itself builds on."""
    where = web(tree, f"resources: [deployment.yaml]\n{WANTING[what]}\n")
    tree(f"""
        --- over/kustomization.yaml
        resources: [../web, '{REMOTE}']
    """)
    result = failed(where, "over")
    assert result.needs == ("remote",)
    assert [c.path.partition("/")[0] for c in result.causes] == ["web"]


def test_a_variable_is_looked_up_in_all_that_the_root_holds(tree: Tree) -> None:
    where = web(tree, f"resources: [deployment.yaml]\n{WANTING['a variable']}\n")
    tree(f"""
        --- over/kustomization.yaml
        resources: [../web, '{REMOTE}']
    """)
    assert shown(built(where, "over")) == (
        ("remote",),
        ["over/kustomization.yaml:1", "web/kustomization.yaml:2"],
        ["Deployment/web"],
    )


def test_several_are_left_out_one_after_the_other(tree: Tree) -> None:
    where = web(
        tree,
        f"resources: [deployment.yaml, '{REMOTE}']\n"
        "patches:\n"
        f"- patch: '{GONE}'\n"
        "- patch: '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web},"
        " spec: {replicas: 3}}'\n"
        f"- patch: '{GONE}'\n"
        "replicas:\n"
        "- {name: gone, count: 2}\n",
    )
    assert shown(built(where, "web"))[1] == [
        f"web/kustomization.yaml:{line}" for line in (1, 3, 5, 7)
    ]
    assert replicas(where) == 3


def test_of_several_documents_in_a_patch_the_others_apply(tree: Tree) -> None:
    for field in ("patches: [{path: both.yaml}]", "patchesStrategicMerge: [both.yaml]"):
        where = web(tree, f"resources: [deployment.yaml, '{REMOTE}']\n{field}\n")
        assert replicas(where) == 7


def test_a_patch_behind_something_left_out_applies_where_it_finds_something(tree: Tree) -> None:
    """One kustomize Component, added where its target is and where it was left out."""
    web(tree, "resources: [deployment.yaml]\n")
    where = tree(f"""
        --- part/kustomization.yaml
        apiVersion: kustomize.config.k8s.io/v1alpha1
        kind: Component
        patches:
        - patch: '{GONE}'
        --- has/kustomization.yaml
        resources: [../web/gone.yaml]
        components: [../part]
        --- lacks/kustomization.yaml
        resources: ['{REMOTE}']
        components: [../part]
        --- over/kustomization.yaml
        resources: [../has, ../lacks, ../web]
        --- never/kustomization.yaml
        resources: [../web]
        components: [../part]
    """)
    assert built(where, "has").completeness == "full"
    assert shown(built(where, "lacks")) == (
        ("remote",),
        ["lacks/kustomization.yaml:1", "part/kustomization.yaml:4"],
        [],
    )
    over = {r.id.kind: r.content for r in resources(where, "over")}
    assert over["Service"]["spec"] == {"type": "NodePort"}
    assert [str(c) for c in failed(where, "never").causes] == [
        "part/kustomization.yaml:4: the patch for Service/gone finds no such resource; "
        "correct it, or remove it"
    ]


# causes behind it -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "cause"),
    [
        (f"resources: [gone-too.yaml, '{REMOTE}']", "web/kustomization.yaml:1"),
        (f"resources: ['{REMOTE}']\npatches:\n- {{path: bad.yaml}}", "web/bad.yaml:1"),
        (f"resources: ['{REMOTE}']\nwrong: x", "web/kustomization.yaml:2"),
        (f"resources: ['{REMOTE}']\nimages: [{{tag: x}}]", "web/kustomization.yaml:2"),
        (
            f"resources: [deployment.yaml, '{REMOTE}']\npatches:\n- patch: '{GONE}'\n"
            "- {path: bad.yaml}",
            "web/bad.yaml:1",
        ),
        (f"resources: [web.yaml, '{REMOTE}']\nnamePrefix: [x]", "web/kustomization.yaml:1"),
    ],
)
def test_causes_hidden_behind_something_left_out_are_reported(
    tree: Tree, entry: str, cause: str
) -> None:
    result = failed(web(tree, entry + "\n"), "web")
    assert result.needs == ("remote",)
    assert [f"{c.path}:{c.line}" for c in result.causes] == [cause]


def test_what_cannot_be_rendered_without_it_only_needs_it(tree: Tree) -> None:
    entries = "".join(f"- patch: '{GONE}'\n" for _ in range(30))
    where = web(tree, f"resources: [deployment.yaml, '{REMOTE}']\npatches:\n{entries}")
    result = render(where, "web")
    assert isinstance(result, RenderFailure)
    assert (result.needs, result.causes) == (("remote",), ())

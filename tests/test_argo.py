"""Argo CD: which directories Applications and their sets apply, and with which options."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer import argo
from analyzer.argo import NotUnderstood
from analyzer.model import Rendered
from tests.fluxed import bare
from tests.look import look
from tests.test_cli import run

Draw = Callable[[str], Path]

HERE = "https://example.com/us.git"
APPS = """
    --- apps/web/kustomization.yaml
    resources: [web.yaml]
    images: [{name: web, newTag: v1}]
    replicas: [{name: web, count: 1}, {name: other, count: 4}]
    --- apps/web/web.yaml
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec:
      selector: {matchLabels: {app: web}}
      template:
        metadata: {labels: {app: web}}
        spec: {containers: [{name: web, image: web}]}
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: other}
    spec: {template: {spec: {containers: [{name: other, image: other}]}}}
    --- apps/extra/kustomization.yaml
    apiVersion: kustomize.config.k8s.io/v1alpha1
    kind: Component
    configMapGenerator: [{name: extra, literals: [a=b], options: {disableNameSuffixHash: true}}]
"""


def applied(where: Path) -> list[tuple[str, str | None, str | None]]:
    """(name, the directory it applies, why none) of every Application."""
    snapshot = look(where, render=False)
    return [(d.object.name, d.root, d.external) for d in snapshot.deployments]


def application(spec: str, name: str = "web") -> str:
    return f"""
    --- argocd/{name}.yaml
    apiVersion: argoproj.io/v1alpha1
    kind: Application
    metadata: {{name: {name}, namespace: argocd}}
    spec: {spec}
"""


def application_set(generators: str, more: str = "", path: str = "{{path}}") -> str:
    return f"""
    --- argocd/apps.yaml
    apiVersion: argoproj.io/v1alpha1
    kind: ApplicationSet
    metadata: {{name: apps, namespace: argocd}}
    spec:
      generators: {generators}
      template:
        metadata: {{name: "app-{{{{path.basename}}}}"}}
        spec: {{source: {{repoURL: "{HERE}", path: "{path}"}}}}
      {more}
"""


# options in the object ----------------------------------------------------------------------------


def test_every_option_of_an_application_is_edited_into_its_kustomization(tree: Draw) -> None:
    where = tree(
        APPS
        + application(
            f"""{{source: {{repoURL: "{HERE}", path: apps/web, kustomize: {{
              namePrefix: eu-, namespace: shop, images: ["web=registry/web:v2"],
              replicas: [{{name: web, count: 3}}], components: [../extra],
              commonAnnotations: {{owner: team}}, commonLabels: {{region: eu}},
              labelWithoutSelector: true,
              patches: [{{patch: '[{{"op": "remove", "path": "/spec/selector"}}]',
                         target: {{kind: Deployment, name: web}}}}]}}}}}}"""
        )
    )
    seen = look(where)
    (one,) = seen.applied
    assert isinstance(one.rendering, Rendered), getattr(one.rendering, "causes", ())
    assert {str(r.id): bare(r) for r in one.resources} == {
        "shop/Deployment/eu-web": {
            "metadata": {"labels": {"region": "eu"}, "annotations": {"owner": "team"}},
            "spec": {
                "replicas": 3,
                "template": {
                    "metadata": {"labels": {"app": "web"}, "annotations": {"owner": "team"}},
                    "spec": {"containers": [{"image": "registry/web:v2", "name": "web"}]},
                },
            },
        },
        "shop/Deployment/eu-other": {
            "metadata": {"labels": {"region": "eu"}, "annotations": {"owner": "team"}},
            "spec": {
                "replicas": 4,
                "template": {
                    "metadata": {"annotations": {"owner": "team"}},
                    "spec": {"containers": [{"image": "other", "name": "other"}]},
                },
            },
        },
        "shop/ConfigMap/eu-extra": {
            "data": {"a": "b"},
            "metadata": {"labels": {"region": "eu"}, "annotations": {"owner": "team"}},
        },
    }


def test_an_application_without_options_applies_what_kustomize_builds(tree: Draw) -> None:
    where = tree(APPS + application(f'{{source: {{repoURL: "{HERE}", path: apps/web}}}}'))
    done = run("-C", where, "render", "apps/web")
    assert (done.exit_code, done.stderr) == (
        0,
        "groundplan: apps/web: as argocd/web applies it\n",
    )
    assert done.stdout == run("-C", where, "render", "apps/web", "--alone").stdout


def test_render_lists_applications_that_differ(tree: Draw) -> None:
    where = tree(
        APPS
        + application(f'{{source: {{repoURL: "{HERE}", path: apps/web}}}}')
        + application(
            f'{{source: {{repoURL: "{HERE}", path: apps/web, kustomize: {{namespace: eu}}}}}}', "eu"
        )
    )
    assert run("-C", where, "render", "apps/web").stderr == (
        "groundplan: apps/web: applied in 2 ways that differ; choose one with:\n"
        "  --reconciler argocd/eu\n"
        "  --reconciler argocd/web\n"
    )
    assert "namespace: eu" in run("-C", where, "render", "apps/web", "--reconciler", "eu").stdout


def test_a_component_that_is_not_there_is_said_at_the_application(tree: Draw) -> None:
    where = tree(
        APPS
        + application(
            f'{{source: {{repoURL: "{HERE}", path: apps/web, kustomize: {{components: [../no]}}}}}}'
        )
    )
    done = run("-C", where, "render", "apps/web")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "argocd/web.yaml:1: web: component ../no does not exist" in done.stderr


def test_every_source_of_an_application_is_applied(tree: Draw) -> None:
    where = tree(
        APPS
        + application(
            f"""{{sources: [{{repoURL: "{HERE}", path: apps/web}},
            {{repoURL: "{HERE}", path: apps/gone}},
            {{repoURL: "https://charts.example.com", chart: db}},
            {{repoURL: "{HERE}", ref: values}}]}}"""
        )
    )
    assert applied(where) == [
        ("web", None, f"{HERE} seems to be another repository"),
        ("web", "apps/web", None),
    ]


def test_a_patch_file_in_an_option_is_said_and_not_guessed(tree: Draw) -> None:
    where = tree(
        APPS
        + application(
            f"""{{source: {{repoURL: "{HERE}", path: apps/web,
            kustomize: {{patches: [{{path: patch.yaml}}]}}}}}}"""
        )
    )
    assert applied(where) == [
        ("web", None, "its kustomize options name a patch file, which is not followed")
    ]


# sets ---------------------------------------------------------------------------------------------


def test_a_list_makes_an_application_for_each_element(tree: Draw) -> None:
    where = tree(
        APPS
        + """
    --- argocd/apps.yaml
    apiVersion: argoproj.io/v1alpha1
    kind: ApplicationSet
    metadata: {name: apps, namespace: argocd}
    spec:
      goTemplate: true
      generators: [{list: {elements: [{name: eu, at: {path: apps/web}}, {name: us, at: {path: no}}]}}]
      template:
        metadata: {name: "web-{{ .name }}"}
        spec:
          source:
            repoURL: https://example.com/us.git
            path: "{{.at.path}}"
            kustomize: {namespace: "shop-{{.name}}"}
    """  # noqa: E501  (drawn as people write it)
    )
    assert applied(where) == [
        ("web-eu", "apps/web", None),
        ("web-us", None, f"{HERE} seems to be another repository"),
    ]
    (one,) = look(where).applied
    assert {r.id.namespace for r in one.resources} == {"shop-eu"}


def test_git_directories_are_matched_as_go_matches_paths(tree: Draw) -> None:
    where = tree(
        application_set("[{git: {directories: [{path: apps/*}, {path: apps/c*, exclude: true}]}}]")
        + """
    --- apps/web/kustomization.yaml
    resources: []
    --- apps/web/deeper/kustomization.yaml
    resources: []
    --- apps/cron/kustomization.yaml
    resources: []
    --- apps/.hidden/kustomization.yaml
    resources: []
    --- other/web/kustomization.yaml
    resources: []
    """
    )
    assert applied(where) == [("app-web", "apps/web", None)]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (
            {
                "generators": [{"git": {"directories": [{"path": "*"}]}}],
                "template": {"at": "{{path}} {{path.basename}} {{path.basenameNormalized}}"},
            },
            [{"at": "My_App My_App my-app"}],
        ),
        (
            {
                "generators": [
                    {"git": {"directories": [{"path": "*"}], "values": {"a": "x{{path}}"}}}
                ],
                "template": {"at": "{{values.a}} {{path[0]}} {{ unknown }}"},
            },
            [{"at": "xMy_App My_App {{ unknown }}"}],
        ),
        (
            {
                "goTemplate": True,
                "generators": [{"git": {"directories": [{"path": "*"}]}}],
                "template": {"{{ .path.basename }}": "{{ index .path.segments 0 }}"},
            },
            [{"My_App": "My_App"}],
        ),
        (
            {
                "generators": [{"list": {"elements": [{"n": 1, "on": True}]}}],
                "template": {"at": "{{n}} {{on}}"},
            },
            [{"at": "1 true"}],
        ),
        ({"generators": [{"list": {"elements": []}}], "template": {"at": "x"}}, []),
    ],
)  # fmt: skip
def test_parameters_of_generators(spec: dict[str, object], expected: list[object]) -> None:
    assert list(argo.applications(spec, ("", "My_App"))) == expected


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"generators": [{"matrix": {"generators": []}}]}, "its matrix generator is not read"),
        ({"generators": [{"clusters": {}}]}, "its clusters generator is not read"),
        ({"generators": [{}]}, "its empty generator is not read"),
        ({"generators": [{"git": {"files": [{"path": "x"}]}}]}, "its git generator reads files"),
        ({"generators": [{"list": {"elementsYaml": "{{ x }}"}}]}, "its list is itself a template"),
        (
            {"generators": [{"list": {"elements": [{}]}, "selector": {}}]},
            None,
        ),
        (
            {"generators": [{"list": {"elements": [{}]}, "selector": {"matchLabels": {"a": "b"}}}]},
            "its generator has a selector or a template of its own",
        ),
        ({"templatePatch": "x"}, "it has a templatePatch"),
        (
            {
                "goTemplate": True,
                "generators": [{"list": {"elements": [{}]}}],
                "template": {"a": "{{ if .x }}y{{ end }}"},
            },
            "its template is a program",
        ),
        (
            {
                "goTemplate": True,
                "generators": [{"list": {"elements": [{}]}}],
                "template": {"a": "{{ .x }}"},
            },
            "nothing gives .x",
        ),
    ],
)
def test_what_is_not_understood_says_why(spec: dict[str, object], reason: str | None) -> None:
    if reason is None:
        assert list(argo.applications(spec, ())) == [{}]
        return
    with pytest.raises(NotUnderstood, match=reason.replace(".", r"\.")):
        argo.applications(spec, ())


def test_a_set_that_is_not_understood_is_external_with_the_reason(tree: Draw) -> None:
    where = tree(APPS + application_set("[{matrix: {generators: []}}]"))
    assert applied(where) == [
        ("apps", None, "what it makes is not known: its matrix generator is not read")
    ]


@pytest.mark.parametrize(
    ("text", "image"),
    [
        ("web:v2", {"name": "web", "newTag": "v2"}),
        ("web=other", {"name": "web", "newName": "other"}),
        ("web=host:5000/web:v2", {"name": "web", "newName": "host:5000/web", "newTag": "v2"}),
        ("host:5000/web", {"name": "host:5000/web"}),
        ("web@sha256:ab", {"name": "web", "digest": "sha256:ab"}),
        ("a/b=c/d@sha256:ab", {"name": "a/b", "newName": "c/d", "digest": "sha256:ab"}),
    ],
)
def test_an_image_is_read_as_kustomize_edit_reads_it(text: str, image: dict[str, str]) -> None:
    assert argo.as_spec({"images": [text]}) == {"images": [image]}

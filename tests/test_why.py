"""`groundplan why`: who set a field, as people and programs read it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from analyzer import selecting
from analyzer.cli import main
from analyzer.errors import PlaceError
from analyzer.model import RenderedResource, ResourceId
from tests.drawn import commit
from tests.fluxed import SYNC
from tests.test_schemas import closed, schema

Draw = Callable[[str], Path]

TREE = """
    --- base/kustomization.yaml
    resources: [web.yaml]
    --- base/web.yaml = Deployment/web
    spec:
      replicas: 1
      template: {spec: {containers: [{name: app, image: "web:1"}]}}
    --- top/kustomization.yaml
    resources: [../base, secret.yaml]
    replicas:
    - name: web
      count: 3
    secretGenerator:
    - name: made
      literals: [token=hunter2]
    --- top/secret.yaml = Secret/db
    stringData:
      password: hunter2
"""


def run(tree: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["-C", str(tree), "why", *words])


def test_a_field_with_its_line_what_it_overrode_and_the_commit(tree: Draw) -> None:
    where = tree(TREE)
    head = commit(where, "More *web*")
    done = run(where, "top", "deploy/web", "spec.replicas")
    assert done.exit_code == 0
    # what lies around a secretGenerator is not shown
    assert done.stdout.splitlines() == [
        "Deployment/web, top",
        "",
        "spec.replicas: 3",
        "  set by      top/kustomization.yaml:4  replicas",
        "  overrides   base/web.yaml:5  manifest  1",
        f"  since       2026-01-01  {head[:10]}  More *web* (Ada)",
    ]


def test_the_lines_around_it_are_shown(tree: Draw) -> None:
    assert run(tree(TREE), "base", "deploy/web", "spec.replicas").stdout.splitlines() == [
        "Deployment/web, base",
        "",
        "spec.replicas: 1",
        "  set by      base/web.yaml:5  manifest",
        "  through     base/kustomization.yaml:1",
        "",
        "    3 | metadata: {name: web}",
        "    4 | spec:",
        "  > 5 |   replicas: 1",
        '    6 |   template: {spec: {containers: [{name: app, image: "web:1"}]}}',
    ]


def test_a_line_that_is_not_committed_has_no_commit(tree: Draw) -> None:
    where = tree(TREE)
    assert "since" not in run(where, "top", "deploy/web", "spec.replicas").stdout
    commit(where, "all")
    tree(TREE.replace("count: 3", "count: 4"))
    assert "since" not in run(where, "top", "deploy/web", "spec.replicas").stdout


def test_the_whole_resource_says_who_set_each_line(tree: Draw) -> None:
    assert run(tree(TREE), "top", "deployment/web").stdout.splitlines() == [
        "Deployment/web, top",
        "",
        "apiVersion: apps/v1                   # base/web.yaml:1 manifest",
        "kind: Deployment                      # base/web.yaml:2 manifest",
        "metadata:",
        "  name: web                           # base/web.yaml:3 manifest",
        "spec:",
        "  replicas: 3                         # top/kustomization.yaml:4 replicas, "
        "overrides 1 line",
        "  template:",
        "    spec:",
        "      containers:",
        "      - image: web:1                  # base/web.yaml:6 manifest",
        "        name: app                     # base/web.yaml:6 manifest",
    ]


@pytest.mark.parametrize("format", ["text", "json"])
@pytest.mark.parametrize(
    ("resource", "field"),
    [("secret/db", "stringData.password"), ("secret/db", None), ("secret/made", "data.token"),
     ("secret/made", None)],
)  # fmt: skip
def test_no_secret_is_shown(tree: Draw, resource: str, field: str | None, format: str) -> None:
    done = run(tree(TREE), "top", resource, *((field,) if field else ()), "-f", format)
    assert done.exit_code == 0
    assert "hunter2" not in done.output
    assert "aHVudGVyMg==" not in done.output
    assert "(redacted)" in done.output


def test_json_is_as_published(tree: Draw) -> None:
    done = run(tree(TREE), "top", "deploy/web", "spec.replicas", "-o", "json")
    answer = json.loads(done.stdout)
    by = schema("why")
    Draft202012Validator(closed(by)).validate(answer)  # type: ignore[arg-type]
    assert answer["fields"] == [
        {
            "pointer": "/spec/replicas",
            "field": "spec.replicas",
            "value": 3,
            "status": "verified",
            "set_by": {
                "path": "top/kustomization.yaml",
                "line": 4,
                "directive": "replicas",
                "value": 3,
                "via": [],
                "inputs": [],
                "since": None,
            },
            "made_from": [],
            "overrides": [
                {"path": "base/web.yaml", "line": 5, "directive": "manifest", "value": 1}
            ],
        }
    ]


def test_a_field_that_was_taken_away_names_who_did(tree: Draw) -> None:
    where = tree(
        TREE
        + """
    --- less/kustomization.yaml
    resources: [../base]
    patches:
    - target: {kind: Deployment}
      patch: |-
        - op: remove
          path: /spec/replicas
        - op: remove
          path: /spec/template
    """
    )
    assert run(where, "less", "deploy/web", "spec.template").stdout.splitlines()[2:4] == [
        "spec.template: not there",
        "  removed by  less/kustomization.yaml:8  JSON patch",
    ]
    assert run(where, "less", "deploy/web", "spec.replicas").stdout.splitlines()[2:5] == [
        "spec.replicas: not there",
        "  removed by  less/kustomization.yaml:6  JSON patch",
        "  overrides   base/web.yaml:5  manifest  1",
    ]


def test_what_flux_substitutes_names_the_text_and_the_variable(tree: Draw) -> None:
    where = tree(
        SYNC
        + """
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec:
      path: ./apps
      sourceRef: {kind: GitRepository, name: flux-system}
      postBuild:
        substitute:
          HOST: example.com
        substituteFrom:
        - {kind: ConfigMap, name: settings}
      commonMetadata:
        labels:
          team: shop
    --- clusters/staging/settings.yaml = ConfigMap/flux-system/settings
    data:
      SIZE: "3"
    --- apps/web.yaml = ConfigMap/apps/web
    data:
      url: https://web.${HOST}
      size: ${SIZE}
    """
    )
    assert run(where, "apps", "cm/web", "data.url").stdout.splitlines()[2:7] == [
        "data.url: https://web.example.com",
        "  set by      apps/web.yaml:5  Flux substitution",
        "  through     clusters/staging/apps.yaml:1",
        "  from        apps/web.yaml:5  manifest  https://web.${HOST}",
        "  uses        clusters/staging/apps.yaml:9",
    ]
    size = run(where, "apps", "cm/web", "data.size").stdout.splitlines()
    assert "  uses        clusters/staging/settings.yaml:5" in size
    team = run(where, "apps", "cm/web", "metadata.labels.team").stdout.splitlines()
    assert team[3] == "  set by      clusters/staging/apps.yaml:14  Flux common metadata"


def test_near_names_are_suggested(tree: Draw) -> None:
    where = tree(TREE)
    assert run(where, "top", "deploy/wbe").stderr == (
        "groundplan: deploy/wbe: no such resource; did you mean Deployment/web?\n"
    )
    assert run(where, "top", "deploy/web", "spec.replica").stderr == (
        "groundplan: spec.replica: no such field; did you mean spec.replicas?\n"
    )
    assert run(where, "tpo", "deploy/web").exit_code == 2


# what people type ---------------------------------------------------------------------------------


def resource(kind: str, name: str, namespace: str = "", group: str = "") -> RenderedResource:
    return RenderedResource(ResourceId(group, kind, namespace, name), "v1", {})


LISTED = (
    resource("Deployment", "web", "a", "apps"),
    resource("Service", "web", "a"),
    resource("Service", "web", "b"),
    resource("NetworkPolicy", "deny", "a", "networking.k8s.io"),
    resource("ConfigMap", "settings-7h7mtmd6tc", "a"),
)


@pytest.mark.parametrize(
    ("wanted", "namespace", "position"),
    [
        ("deploy/web", None, 0),
        ("Deployments/web", None, 0),
        ("deployment.apps/web", None, 0),
        ("svc/web", "b", 2),
        ("netpol/deny", None, 3),
        ("networkpolicies/deny", None, 3),
        ("cm/settings", None, 4),
        ("cm/settings-7h7mtmd6tc", None, 4),
    ],
)
def test_resources_as_kubectl_takes_them(wanted: str, namespace: str | None, position: int) -> None:
    assert selecting.resource(LISTED, wanted, namespace) == position


@pytest.mark.parametrize(
    ("wanted", "namespace", "message"),
    [
        ("web", None, "web: name a resource as KIND/NAME, such as deploy/web"),
        ("svc/web", None, "svc/web: is in more than one namespace; say which: -n a, -n b"),
        ("svc/web", "c", "svc/web: no such resource in namespace c; "
                         "did you mean Deployment/web or Service/web?"),
    ],
)  # fmt: skip
def test_resources_that_are_not_clear(wanted: str, namespace: str | None, message: str) -> None:
    with pytest.raises(PlaceError) as error:
        selecting.resource(LISTED, wanted, namespace)
    assert str(error.value) == message


CONTENT = {
    "metadata": {"annotations": {"example.com/a.b": "1"}, "name": "web"},
    "spec": {"containers": [{"name": "app", "image": "x", "args": ["a", "b"]},
                            {"name": "side", "image": "y"}]},
}  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "paths"),
    [
        ("spec.containers[app].image", [("spec", "containers", 0, "image")]),
        ("spec.containers[name=side].image", [("spec", "containers", 1, "image")]),
        ("spec.containers[1].image", [("spec", "containers", 1, "image")]),
        ("/spec/containers/1/image", [("spec", "containers", 1, "image")]),
        ("metadata.annotations.example.com/a.b", [("metadata", "annotations", "example.com/a.b")]),
        ("metadata.annotations[example.com/a.b]", [("metadata", "annotations", "example.com/a.b")]),
        ("spec.containers[app].args", [("spec", "containers", 0, "args", 0),
                                       ("spec", "containers", 0, "args", 1)]),
    ],
)  # fmt: skip
def test_fields_as_people_write_them(wanted: str, paths: list[tuple[object, ...]]) -> None:
    assert list(selecting.fields(CONTENT, wanted)) == paths


def test_a_field_that_could_be_several() -> None:
    with pytest.raises(PlaceError) as error:
        selecting.fields(CONTENT, "image")
    assert str(error.value) == (
        "image: is more than one field; name one of spec.containers[name=app].image, "
        "spec.containers[name=side].image"
    )

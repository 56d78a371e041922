"""Entries of a Flux object's own spec that do nothing, each beside a twin that does something."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from analyzer import checks, commands
from analyzer.findings import Finding
from analyzer.looking import Options
from tests.fluxed import SYNC
from tests.look import pairs, said

Draw = Callable[[str], Path]

APP = """
    --- clusters/staging/kustomization.yaml
    resources: [flux-system/gotk-sync.yaml, apps.yaml]
    --- apps/kustomization.yaml
    resources: [web.yaml]
    --- apps/web.yaml = Deployment/apps/web
    spec:
      replicas: 1
      template: {spec: {containers: [{name: app, image: "web:1"}]}}
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec:
      path: ./apps
      sourceRef: {kind: GitRepository, name: flux-system}
"""
FILE = "clusters/staging/apps.yaml"


def _found(tree: Path) -> list[Finding]:
    seen = commands.look(Options(directory=tree), prove=True).snapshot
    return sorted(checks.dead_entries(seen), key=lambda finding: finding.location)


def dead(tree: Path) -> list[tuple[str, str]]:
    return pairs(_found(tree))


def test_a_patch_of_the_object_whose_target_is_nowhere_matches_nothing(tree: Draw) -> None:
    spec = """  patches:
      - target: {kind: Deployment, name: NAME}
        patch: |
          - {op: replace, path: /spec/replicas, value: 2}
    """
    assert said(_found(tree(SYNC + APP + "    " + spec.replace("NAME", "wed")))) == [
        (
            "matches-nothing",
            f"{FILE}:8",
            "the patch for Deployment/wed matches nothing in apps; "
            "remove it, or correct what it is for",
        )
    ]
    assert dead(tree(SYNC + APP + "    " + spec.replace("NAME", "web"))) == []


def test_a_patch_of_the_object_that_says_what_is_there_changes_nothing(tree: Draw) -> None:
    spec = """  patches:
      - target: {kind: Deployment}
        patch: |
          apiVersion: apps/v1
          kind: Deployment
          metadata: {name: any}
          spec: {replicas: NUMBER}
      - target: {kind: Deployment}
        patch: |
          - {op: add, path: /spec/paused, value: true}
    """
    assert dead(tree(SYNC + APP + "    " + spec.replace("NUMBER", "1"))) == [
        ("changes-nothing", f"{FILE}:8")
    ]
    assert dead(tree(SYNC + APP + "    " + spec.replace("NUMBER", "2"))) == []


def test_images_of_the_object(tree: Draw) -> None:
    spec = """  images:
      - {name: wed, newTag: "2"}
      - {name: web, newTag: "TAG"}
    """
    assert dead(tree(SYNC + APP + "    " + spec.replace("TAG", "1"))) == [
        ("matches-nothing", f"{FILE}:8"),
        ("changes-nothing", f"{FILE}:9"),
    ]
    assert dead(tree(SYNC + APP + "    " + spec.replace("TAG", "2"))) == [
        ("matches-nothing", f"{FILE}:8")
    ]


def test_an_image_of_the_file_that_the_object_sets_again_changes_nothing(tree: Draw) -> None:
    spec = """  images:
      - {name: web, newTag: "3"}
    --- apps/kustomization.yaml
    resources: [web.yaml]
    images:
    - {name: web, newTag: "2"}
    """
    found = _found(tree(SYNC + APP + "    " + spec))
    assert pairs(found) == [("changes-nothing", "apps/kustomization.yaml:3")]
    assert [str(one.location) for one in found[0].related] == [f"{FILE}:8"]


def test_one_object_of_two_that_build_the_same_is_as_dead_as_the_other(tree: Draw) -> None:
    spec = """  patches:
      - target: {kind: Service}
        patch: |
          - {op: add, path: /spec/type, value: NodePort}
    --- clusters/staging/kustomization.yaml
    resources: [flux-system/gotk-sync.yaml, apps.yaml, again.yaml]
    --- clusters/staging/again.yaml = FluxKustomization/flux-system/again
    spec:
      sourceRef: {kind: GitRepository, name: flux-system}
      prune: true
      path: ./apps
      patches:
      - target: {kind: Service}
        patch: |
          - {op: add, path: /spec/type, value: NodePort}
    """
    assert dead(tree(SYNC + APP + "    " + spec)) == [
        ("matches-nothing", "clusters/staging/again.yaml:9"),
        ("matches-nothing", f"{FILE}:8"),
    ]


def test_what_one_cluster_needs_is_alive_in_both(tree: Draw) -> None:
    """One object in two clusters; a variable of one of them makes its patch match."""
    drawing = """
    --- clusters/CLUSTER/flux-system/gotk-sync.yaml = FluxKustomization/flux-system/flux-system
    spec:
      path: ./clusters/CLUSTER
      sourceRef: {kind: GitRepository, name: flux-system}
      postBuild: {substitute: {NAME: VALUE}}
    --- clusters/CLUSTER/kustomization.yaml
    resources: [flux-system/gotk-sync.yaml, ../../shared]
    """
    shared = APP.replace("clusters/staging/apps.yaml", "shared/apps.yaml")
    shared += """      patches:
      - target: {kind: Deployment, name: "${NAME}"}
        patch: |
          - {op: replace, path: /spec/replicas, value: 2}
    --- shared/kustomization.yaml
    resources: [apps.yaml]
    """

    def both(one: str, other: str) -> str:
        first = drawing.replace("CLUSTER", "staging").replace("VALUE", one)
        return shared + first + drawing.replace("CLUSTER", "production").replace("VALUE", other)

    assert dead(tree(both("web", "wed"))) == []
    assert dead(tree(both("wed", "wod"))) == [("matches-nothing", "shared/apps.yaml:8")]


def test_patches_that_a_parent_puts_into_the_object_have_no_line_to_remove(tree: Draw) -> None:
    parent = """
    --- clusters/staging/flux-system/gotk-sync.yaml = FluxKustomization/flux-system/flux-system
    spec:
      path: ./clusters/staging
      sourceRef: {kind: GitRepository, name: flux-system}
      patches:
      - target: {kind: Kustomization, name: apps}
        patch: |
          - op: add
            path: /spec/patches
            value:
            - target: {kind: Service}
              patch: '[{"op": "add", "path": "/spec/type", "value": "NodePort"}]'
    """
    assert dead(tree(parent + APP)) == []


def test_a_component_that_a_partial_render_reaches_too_is_not_judged(tree: Draw) -> None:
    top = """
    --- more/kustomization.yaml
    apiVersion: kustomize.config.k8s.io/v1alpha1
    kind: Component
    patches:
    - target: {kind: Deployment, name: remote}
      patch: '[{"op": "replace", "path": "/spec/replicas", "value": 2}]'
    --- one/kustomization.yaml
    resources: ["https://example.com/v1.0.0/install.yaml", other.yaml]
    components: [../more]
    --- one/other.yaml = ConfigMap/other
    --- two/kustomization.yaml
    resources: [other.yaml]
    components: [../more]
    --- two/other.yaml = ConfigMap/other
    """
    assert dead(tree(top)) == []
    assert dead(tree(top.replace('"https://example.com/v1.0.0/install.yaml", ', ""))) == [
        ("matches-nothing", "more/kustomization.yaml:4")
    ]

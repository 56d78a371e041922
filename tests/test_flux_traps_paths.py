"""Traps of discovery: which objects there are, and what begins a cluster."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.fluxed import SYNC, follow

Draw = Callable[[str], Path]


def test_01_a_path_with_a_variable_is_known_from_the_output_of_its_parent(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec:
      path: ./apps
      sourceRef: {kind: GitRepository, name: flux-system}
      postBuild: {substitute: {ENVIRONMENT: staging}}
    --- apps/kustomization.yaml
    resources: [web.yaml, shop.yaml]
    --- apps/web.yaml = FluxKustomization/flux-system/web
    spec: {path: "./parts/${ENVIRONMENT}", sourceRef: {kind: GitRepository, name: flux-system}}
    --- apps/shop.yaml = FluxKustomization/flux-system/shop
    spec: {path: "./parts/${ENVIRONMENT}", sourceRef: {kind: GitRepository, name: flux-system}}
    --- parts/staging/web.yaml = ConfigMap/parts/web
    data: {at: here}
    """
        )
    )
    assert seen.objects() == {
        "staging: flux-system/flux-system": "clusters/staging",
        "staging: flux-system/apps": "apps",
        "staging: flux-system/web": "parts/staging",
        "staging: flux-system/shop": "parts/staging",
    }
    assert (
        seen.gets("web") == seen.gets("shop") == {"parts/ConfigMap/web": {"data": {"at": "here"}}}
    )
    assert seen.found() == [("two-owners", "apps/shop.yaml:1")]


def test_01_a_path_whose_variable_nobody_sets_is_nobodys_directory(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/web.yaml = FluxKustomization/flux-system/web
    spec: {path: "./parts/${ENVIRONMENT}", sourceRef: {kind: GitRepository, name: flux-system}}
    """
        )
    )
    assert seen.objects()["staging: flux-system/web"] == (
        "its path holds a variable that nothing sets"
    )
    assert seen.found() == []


def test_02_a_patch_for_a_flux_object_is_no_object(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/kustomization.yaml
    resources: [flux-system/gotk-sync.yaml, apps.yaml]
    patches: [{path: defaults.yaml, target: {kind: Kustomization, name: apps}}]
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec: {path: ./apps, sourceRef: {kind: GitRepository, name: flux-system}}
    --- clusters/staging/defaults.yaml = FluxKustomization/any
    spec: {prune: true, path: ./patched, sourceRef: {kind: GitRepository, name: flux-system}}
    --- patched/a.yaml = ConfigMap/apps/a
    """
        )
    )
    assert seen.objects() == {
        "staging: flux-system/flux-system": "clusters/staging",
        "staging: flux-system/apps": "patched",
    }
    assert seen.found() == []


def test_02_an_object_beside_the_entry_that_nothing_lists_is_applied_by_nobody(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/kustomization.yaml
    resources: [flux-system/gotk-sync.yaml]
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec: {path: ./apps, sourceRef: {kind: GitRepository, name: flux-system}}
    --- apps/a.yaml = ConfigMap/apps/a
    """
        )
    )
    assert list(seen.objects()) == ["staging: flux-system/flux-system"]
    assert seen.found() == [
        ("orphan-file", "clusters/staging/apps.yaml:1"),
        ("unreached-object", "clusters/staging/apps.yaml:1"),
    ]


def test_02_of_two_objects_in_a_file_the_one_that_is_deleted_by_a_patch_is_not_applied(
    tree: Draw,
) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/kustomization.yaml
    resources: [flux-system/gotk-sync.yaml, both.yaml]
    patches:
    - patch: |
        $patch: delete
        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata: {name: second, namespace: flux-system}
    --- clusters/staging/both.yaml = FluxKustomization/flux-system/first
    spec: {path: ./apps, sourceRef: {kind: GitRepository, name: flux-system}}
    ---
    apiVersion: kustomize.toolkit.fluxcd.io/v1
    kind: Kustomization
    metadata: {name: second, namespace: flux-system}
    spec: {path: ./apps, sourceRef: {kind: GitRepository, name: flux-system}}
    --- apps/a.yaml = ConfigMap/apps/a
    """
        )
    )
    assert "staging: flux-system/second" not in seen.objects()
    assert seen.found() == [("unreached-object", "clusters/staging/both.yaml:6")]


def test_03_an_operator_makes_the_entry_that_no_file_holds(tree: Draw) -> None:
    seen = follow(
        tree("""
    --- clusters/staging/instance.yaml = FluxInstance/flux-system/flux
    spec:
      distribution: {version: 2.8.x}
      sync: {kind: GitRepository, url: "https://example.com/o/r", ref: refs/heads/main, path: clusters/staging}
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec: {path: ./apps, sourceRef: {kind: GitRepository, name: flux-system}}
    --- apps/a.yaml = ConfigMap/apps/a
    """)
    )
    assert seen.objects() == {
        "staging: flux-system/flux-system": "clusters/staging",
        "staging: flux-system/apps": "apps",
    }
    assert seen.one("flux-system").object.ref.declared.path == "clusters/staging/instance.yaml"
    assert seen.found() == []


def test_03_the_flux_instance_chart_makes_it_too(tree: Draw) -> None:
    seen = follow(
        tree("""
    --- clusters/staging/flux.yaml = HelmRelease/flux-system/flux
    spec:
      values:
        instance: {sync: {kind: OCIRepository, url: "oci://example.com/o/r", ref: latest, path: clusters/staging}}
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec: {path: ./apps, sourceRef: {kind: OCIRepository, name: flux-system}}
    --- apps/a.yaml = ConfigMap/apps/a
    """)
    )
    assert seen.objects() == {
        "staging: flux-system/flux-system": "clusters/staging",
        "staging: flux-system/apps": "apps",
    }
    assert seen.found() == []


def test_03_an_entry_in_its_own_output_is_what_its_own_patches_make_of_it(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/kustomization.yaml
    resources: [flux-system/gotk-sync.yaml, settings.yaml]
    patches:
    - target: {kind: Kustomization, name: flux-system}
      patch: |
        - {op: add, path: /spec/postBuild, value: {substitute: {COLOUR: blue}}}
    --- clusters/staging/settings.yaml = ConfigMap/flux-system/settings
    data: {colour: "${COLOUR}"}
    """
        )
    )
    assert seen.gets("flux-system")["flux-system/ConfigMap/settings"] == {
        "data": {"colour": "blue"}
    }
    assert seen.found() == []


SHARED_ENTRY = """
    --- system/kustomization.yaml
    resources: [sync.yaml, source.yaml]
    --- system/sync.yaml = FluxKustomization/flux-system/flux-system
    spec: {path: "./clusters/${ENVIRONMENT}/${CLUSTER}", sourceRef: {kind: GitRepository, name: us}}
    --- system/source.yaml = GitRepository/flux-system/us
    spec: {url: "https://example.com/us"}
    --- system/staging-00.yaml = FluxKustomization/flux-system/flux-system
    spec:
      path: ./clusters/staging/00
      postBuild: {substitute: {ENVIRONMENT: staging, CLUSTER: "00"}}
    --- system/staging-01.yaml = FluxKustomization/flux-system/flux-system
    spec:
      path: ./clusters/staging/01
      postBuild: {substitute: {ENVIRONMENT: staging, CLUSTER: "01"}}
    --- clusters/staging/00/kustomization.yaml
    resources: [../../../system, ../../../apps]
    patches: [{path: ../../../system/staging-00.yaml}]
    --- clusters/staging/01/kustomization.yaml
    resources: [../../../system, ../../../apps]
    patches: [{path: ../../../system/staging-01.yaml}]
    --- apps/kustomization.yaml
    resources: [web.yaml]
    --- apps/web.yaml = FluxKustomization/flux-system/web
    spec:
      path: "./web/${CLUSTER}"
      sourceRef: {kind: GitRepository, name: us}
    --- web/00/web.yaml = ConfigMap/web/web
    --- web/01/web.yaml = ConfigMap/web/web
"""


def test_03_an_object_that_clusters_share_begins_each_by_the_patch_that_is_its_own(
    tree: Draw,
) -> None:
    seen = follow(tree(SHARED_ENTRY))
    assert seen.objects() == {
        "staging/00: flux-system/flux-system": "clusters/staging/00",
        "staging/00: flux-system/web": "web/00",
        "staging/01: flux-system/flux-system": "clusters/staging/01",
        "staging/01: flux-system/web": "web/01",
    }
    assert seen.found() == [
        ("needs-load-restrictions-none", "clusters/staging/00/kustomization.yaml:2"),
        ("needs-load-restrictions-none", "clusters/staging/01/kustomization.yaml:2"),
    ]


def test_03_a_patch_that_moves_an_object_elsewhere_begins_nothing(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/kustomization.yaml
    resources: [flux-system/gotk-sync.yaml, ../../apps]
    patches: [{path: web-patch.yaml}]
    --- clusters/staging/web-patch.yaml = FluxKustomization/flux-system/web
    spec: {path: ./web/staging}
    --- apps/kustomization.yaml
    resources: [web.yaml]
    --- apps/web.yaml = FluxKustomization/flux-system/web
    spec: {path: ./web, sourceRef: {kind: GitRepository, name: flux-system}}
    --- web/staging/web.yaml = ConfigMap/web/web
    """
        )
    )
    assert seen.objects() == {
        "staging: flux-system/flux-system": "clusters/staging",
        "staging: flux-system/web": "web/staging",
    }


def test_03_an_entry_that_moves_itself_for_ever_is_shown_in_one_state_and_said(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/kustomization.yaml
    resources: [flux-system/gotk-sync.yaml]
    patches:
    - target: {kind: Kustomization}
      patch: |
        - {op: replace, path: /spec/path, value: ./clusters/other}
    --- clusters/other/sync.yaml = FluxKustomization/flux-system/flux-system
    spec: {path: ./clusters/staging, sourceRef: {kind: GitRepository, name: flux-system}}
    """
        )
    )
    assert list(seen.objects()) == ["staging: flux-system/flux-system"]
    assert [rule for rule, _ in seen.found()] == ["never-settles"]


def test_03_an_entry_that_patches_itself_out_of_its_output_stays(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/kustomization.yaml
    resources: [flux-system/gotk-sync.yaml]
    patches:
    - target: {kind: Kustomization}
      patch: |
        - {op: replace, path: /spec/path, value: ./clusters/real}
    --- clusters/real/a.yaml = ConfigMap/apps/a
    """
        )
    )
    assert seen.objects() == {"staging: flux-system/flux-system": "clusters/real"}
    assert seen.gets("flux-system") == {"apps/ConfigMap/a": {}}
    assert seen.found() == []

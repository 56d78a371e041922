"""Traps of merging: Flux edits the kustomization at its path, and parents patch their children."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.fluxed import SYNC, follow

Draw = Callable[[str], Path]


def test_10_prefix_suffix_and_namespace_replace_those_of_the_file(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec:
      path: ./apps
      sourceRef: {kind: GitRepository, name: flux-system}
      namePrefix: x-
      nameSuffix: -y
      targetNamespace: spec
    --- apps/kustomization.yaml
    namePrefix: dev-
    namespace: file
    resources: [a.yaml]
    --- apps/a.yaml = ConfigMap/a
    """
        )
    )
    assert seen.gets("apps") == {"spec/ConfigMap/x-a-y": {}}
    assert seen.found() == []


def test_10_images_merge_by_the_name_that_is_written_and_a_wrapper_would_not(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec:
      path: ./apps
      sourceRef: {kind: GitRepository, name: flux-system}
      images: [{name: a, newName: c}, {name: tagged, digest: "sha256:00"}]
    --- apps/kustomization.yaml
    images: [{name: a, newName: b, newTag: "2"}, {name: tagged, newTag: "1"}]
    resources: [web.yaml]
    --- apps/web.yaml = Deployment/shop/web
    spec: {template: {spec: {containers: [{name: a, image: a}, {name: t, image: tagged}]}}}
    """
        )
    )
    containers = [{"image": "c:2", "name": "a"}, {"image": "tagged@sha256:00", "name": "t"}]
    assert seen.gets("apps") == {
        "shop/Deployment/web": {"spec": {"template": {"spec": {"containers": containers}}}}
    }


def test_10_older_controllers_replace_an_image_as_a_whole(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/controller.yaml = Deployment/flux-system/kustomize-controller
    spec: {template: {spec: {containers: [{image: "ghcr.io/fluxcd/kustomize-controller:v1.9.3"}]}}}
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec:
      path: ./apps
      sourceRef: {kind: GitRepository, name: flux-system}
      images: [{name: a, newName: c}]
    --- apps/kustomization.yaml
    images: [{name: a, newTag: "2"}]
    resources: [web.yaml]
    --- apps/web.yaml = Deployment/shop/web
    spec: {template: {spec: {containers: [{name: a, image: a}]}}}
    """
        )
    )
    containers = [{"image": "c", "name": "a"}]
    assert seen.gets("apps") == {
        "shop/Deployment/web": {"spec": {"template": {"spec": {"containers": containers}}}}
    }


def test_10_patches_of_the_file_come_after_components_of_the_object(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec:
      path: ./apps
      sourceRef: {kind: GitRepository, name: flux-system}
      components: [../parts/three]
    --- apps/kustomization.yaml
    resources: [web.yaml]
    patches: [{patch: '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop}, spec: {replicas: 5}}'}]
    --- apps/web.yaml = Deployment/shop/web
    spec: {replicas: 1}
    --- parts/three/kustomization.yaml
    apiVersion: kustomize.config.k8s.io/v1alpha1
    kind: Component
    replicas: [{name: web, count: 3}]
    """
        )
    )
    assert seen.gets("apps") == {"shop/Deployment/web": {"spec": {"replicas": 5}}}


def test_10_a_patch_for_the_prefixed_name_finds_nothing(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec:
      path: ./apps
      sourceRef: {kind: GitRepository, name: flux-system}
      patches:
      - target: {kind: ConfigMap, name: dev-a}
        patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: _}, data: {by: wrapper}}'
      - target: {kind: ConfigMap, name: a}
        patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: _}, data: {seen: merged}}'
    --- apps/kustomization.yaml
    namePrefix: dev-
    resources: [a.yaml]
    --- apps/a.yaml = ConfigMap/apps/a
    """
        )
    )
    assert seen.gets("apps") == {"apps/ConfigMap/dev-a": {"data": {"seen": "merged"}}}


def test_10_a_patch_of_the_object_that_finds_nothing_is_said_at_the_object(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec:
      path: ./apps
      sourceRef: {kind: GitRepository, name: flux-system}
      patches:
      - patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: gone, namespace: apps}, data: {}}'
    --- apps/kustomization.yaml
    resources: [a.yaml]
    --- apps/a.yaml = ConfigMap/apps/a
    """
        )
    )
    assert seen.found() == [("does-not-build", "clusters/staging/apps.yaml:1")]


def test_10_components_that_are_not_there(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/optional.yaml = FluxKustomization/flux-system/optional
    spec:
      path: ./apps
      targetNamespace: optional
      sourceRef: {kind: GitRepository, name: flux-system}
      components: [../parts/none]
      ignoreMissingComponents: true
    --- clusters/staging/wanted.yaml = FluxKustomization/flux-system/wanted
    spec:
      path: ./apps
      sourceRef: {kind: GitRepository, name: flux-system}
      components: [../parts/none]
    --- clusters/staging/remote.yaml = FluxKustomization/flux-system/remote
    spec:
      path: ./apps
      sourceRef: {kind: GitRepository, name: flux-system}
      components: ["https://example.com/o/r//part"]
    --- apps/a.yaml = ConfigMap/a
    """
        )
    )
    assert seen.gets("optional") == {"optional/ConfigMap/a": {}}
    assert seen.said() == [
        (
            "does-not-build",
            "clusters/staging/remote.yaml:1",
            "remote: component https://example.com/o/r//part is not local; Flux takes no other; "
            "blocks 1 other root",
        ),
        (
            "missing-reference",
            "clusters/staging/wanted.yaml:1",
            "wanted: component ../parts/none does not exist; correct it, or set "
            "ignoreMissingComponents; blocks 1 other root",
        ),
    ]


def test_10_a_kustomize_component_may_be_applied_by_itself(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec: {path: ./apps, targetNamespace: apps, sourceRef: {kind: GitRepository, name: flux-system}}
    --- apps/kustomization.yaml
    apiVersion: kustomize.config.k8s.io/v1alpha1
    kind: Component
    resources: [a.yaml]
    --- apps/a.yaml = ConfigMap/a
    """
        )
    )
    assert seen.gets("apps") == {"apps/ConfigMap/a": {}}
    assert seen.found() == []


def test_11_unknown_keys_in_the_root_file_are_ignored_and_said(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/plain.yaml = FluxKustomization/flux-system/plain
    spec: {path: ./apps, sourceRef: {kind: GitRepository, name: flux-system}}
    --- clusters/staging/merged.yaml = FluxKustomization/flux-system/merged
    spec: {path: ./apps, targetNamespace: other, sourceRef: {kind: GitRepository, name: flux-system}}
    --- apps/kustomization.yaml
    resources: [web.yaml]
    owner: team-a
    images: [{name: web, newTag: "2", comment: pinned}]
    Namespace: shop
    --- apps/web.yaml = Deployment/web
    spec: {template: {spec: {containers: [{name: web, image: web}]}}}
    """
        )
    )
    content = {"spec": {"template": {"spec": {"containers": [{"image": "web:2", "name": "web"}]}}}}
    assert seen.gets("plain") == {"shop/Deployment/web": content}
    assert seen.gets("merged") == {"other/Deployment/web": content}
    assert seen.said() == [
        (
            "only-as-applied",
            "apps/kustomization.yaml:1",
            "apps: Flux ignores what kustomize refuses: owner, images.comment",
        )
    ]


def test_11_nested_files_stay_strict(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec: {path: ./apps, sourceRef: {kind: GitRepository, name: flux-system}}
    --- apps/kustomization.yaml
    resources: [nested]
    --- apps/nested/kustomization.yaml
    resources: [a.yaml]
    owner: team-a
    --- apps/nested/a.yaml = ConfigMap/apps/a
    """
        )
    )
    assert [cause.partition(": ")[0] for cause in seen.broken("apps")] == [
        "apps/nested/kustomization.yaml:2"
    ]


def test_11_a_root_that_lists_nothing_is_built_to_nothing(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/none.yaml = FluxKustomization/flux-system/none
    spec: {path: ./none, sourceRef: {kind: GitRepository, name: flux-system}}
    --- clusters/staging/comment.yaml = FluxKustomization/flux-system/comment
    spec: {path: ./comment, sourceRef: {kind: GitRepository, name: flux-system}}
    --- none/kustomization.yaml
    resources:
    # - all gone
    --- comment/kustomization.yaml
    # nothing yet
    """
        )
    )
    assert seen.gets("none") == seen.gets("comment") == {}
    assert seen.found() == [
        ("only-as-applied", "comment/kustomization.yaml:1"),
        ("only-as-applied", "none/kustomization.yaml:1"),
    ]


PARENT = """
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec:
      path: ./apps
      sourceRef: {kind: GitRepository, name: flux-system}
      patches:
      - target: {group: kustomize.toolkit.fluxcd.io, kind: Kustomization}
        patch: |
          apiVersion: kustomize.toolkit.fluxcd.io/v1
          kind: Kustomization
          metadata: {name: any}
          spec:
            postBuild: {substitute: {FROM: defaults, ONLY: defaults}}
            patches:
            - target: {kind: Deployment}
              patch: |
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: any}
                spec: {replicas: 3}
      - target: {kind: Kustomization, name: named}
        patch: |
          - {op: replace, path: /spec/postBuild/substitute/FROM, value: later}
"""


def test_12_patches_of_a_parent_reach_two_levels_down(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + PARENT
            + """
    --- apps/web.yaml = FluxKustomization/flux-system/web
    spec: {path: ./web, sourceRef: {kind: GitRepository, name: flux-system}}
    --- web/web.yaml = Deployment/shop/web
    spec: {replicas: 1, from: "${FROM}"}
    """
        )
    )
    assert seen.gets("web") == {
        "shop/Deployment/web": {"spec": {"from": "defaults", "replicas": 3}}
    }
    assert seen.found() == []


def test_13_defaults_override_what_a_child_wrote_and_later_patches_override_them(
    tree: Draw,
) -> None:
    seen = follow(
        tree(
            SYNC
            + PARENT
            + """
    --- apps/web.yaml = FluxKustomization/flux-system/web
    spec:
      path: ./settings
      targetNamespace: web
      sourceRef: {kind: GitRepository, name: flux-system}
      postBuild: {substitute: {FROM: child, OWN: child}}
    --- apps/named.yaml = FluxKustomization/flux-system/named
    spec:
      path: ./settings
      targetNamespace: named
      sourceRef: {kind: GitRepository, name: flux-system}
    --- settings/a.yaml = ConfigMap/a
    data: {from: "${FROM}", only: "${ONLY}", own: "${OWN:=default}"}
    """
        )
    )
    assert seen.gets("web") == {
        "web/ConfigMap/a": {"data": {"from": "defaults", "only": "defaults", "own": "child"}}
    }
    assert seen.gets("named") == {
        "named/ConfigMap/a": {"data": {"from": "later", "only": "defaults", "own": "default"}}
    }


def test_13_a_parent_that_injects_patches_discards_those_of_the_child(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + PARENT
            + """
    --- apps/web.yaml = FluxKustomization/flux-system/web
    spec:
      path: ./web
      sourceRef: {kind: GitRepository, name: flux-system}
      dependsOn: [{name: web}]
      patches:
      - target: {kind: Deployment}
        patch: |
          - {op: add, path: /spec/paused, value: true}
    --- web/web.yaml = Deployment/shop/web
    spec: {replicas: 1}
    """
        )
    )
    assert seen.gets("web") == {"shop/Deployment/web": {"spec": {"replicas": 3}}}
    assert seen.found() == [("depends-on-cycle", "apps/web.yaml:1")]


def test_13_an_annotation_selector_that_negates_takes_objects_without_the_key(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec:
      path: ./apps
      sourceRef: {kind: GitRepository, name: flux-system}
      patches:
      - target: {kind: ConfigMap, annotationSelector: "keep!=yes"}
        patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: _}, data: {patched: "1"}}'
    --- apps/a.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: a, namespace: apps, annotations: {keep: "yes"}}
    --- apps/b.yaml = ConfigMap/apps/b
    """
        )
    )
    assert seen.gets("apps") == {
        "apps/ConfigMap/a": {"metadata": {"annotations": {"keep": "yes"}}},
        "apps/ConfigMap/b": {"data": {"patched": "1"}},
    }


def test_14_a_namespace_stamped_on_what_has_none_makes_no_other_resource(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/crd.yaml
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata: {name: clusterthings.example.com}
    spec: {group: example.com, scope: Cluster, names: {kind: ClusterThing, plural: clusterthings}}
    --- clusters/staging/one.yaml = FluxKustomization/flux-system/one
    spec: {path: ./one, targetNamespace: team, sourceRef: {kind: GitRepository, name: flux-system}}
    --- clusters/staging/two.yaml = FluxKustomization/flux-system/two
    spec: {path: ./two, sourceRef: {kind: GitRepository, name: flux-system}}
    --- one/a.yaml
    apiVersion: example.com/v1
    kind: ClusterThing
    metadata: {name: a}
    --- one/namespace.yaml = Namespace/written
    --- two/a.yaml
    apiVersion: example.com/v1
    kind: ClusterThing
    metadata: {name: a}
    """
        )
    )
    assert seen.gets("one") == {"Namespace/team": {}, "team/ClusterThing/a": {}}
    assert seen.said() == [
        (
            "two-owners",
            "clusters/staging/one.yaml:1",
            "one and two (staging) both apply ClusterThing/a",
        )
    ]


def test_14_a_renamed_namespace_is_no_removed_and_added_resource(tree: Draw) -> None:
    from analyzer.analyses import coverage

    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/web.yaml = FluxKustomization/flux-system/web
    spec: {path: ./apps/web/overlays/staging, sourceRef: {kind: GitRepository, name: flux-system}}
    --- apps/web/base/kustomization.yaml
    resources: [namespace.yaml, thing.yaml]
    --- apps/web/base/namespace.yaml = Namespace/web
    --- apps/web/base/thing.yaml
    apiVersion: example.com/v1
    kind: ClusterThing
    metadata: {name: a}
    --- apps/web/overlays/staging/kustomization.yaml
    resources: [../../base]
    namespace: staging-web
    --- apps/web/overlays/production/kustomization.yaml
    resources: [../../base]
    """
        )
    )
    assert seen.gets("web") == {"Namespace/staging-web": {}, "staging-web/ClusterThing/a": {}}
    (web,) = [c for c in coverage.analyze(seen.snapshot).components if c.name.component == "web"]
    (staging,) = web.at("staging")
    assert staging.resources is not None
    assert (staging.resources.added, staging.resources.removed) == (0, 0)

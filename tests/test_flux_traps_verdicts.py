"""Traps of verdicts: what is broken and what only looks so, who owns what, what an edit changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from analyzer import checks
from tests.fluxed import SYNC, follow
from tests.look import pairs

Draw = Callable[[str], Path]


def test_25_causes_behind_a_remote_reference_are_found(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec: {path: ./apps, targetNamespace: apps, sourceRef: {kind: GitRepository, name: flux-system}}
    --- apps/kustomization.yaml
    resources:
    - https://example.com/release/v1.2.3/install.yaml
    - gone.yaml
    """
        )
    )
    assert seen.broken("apps") == ["apps/kustomization.yaml:3: gone.yaml does not exist"]
    assert seen.found() == [
        ("missing-reference", "apps/kustomization.yaml:3"),
        ("needs-input", "apps/kustomization.yaml:2"),
    ]


def test_25_a_remote_reference_is_no_defect_and_neither_is_a_patch_for_it(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec:
      path: ./apps
      sourceRef: {kind: GitRepository, name: flux-system}
      patches:
      - patch: '{apiVersion: apps/v1, kind: Deployment, metadata: {name: remote}, spec: {replicas: 2}}'
      - patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {patched: "1"}}'
    --- apps/kustomization.yaml
    resources: ["https://example.com/release/v1.2.3/install.yaml", a.yaml]
    --- apps/a.yaml = ConfigMap/a
    """
        )
    )
    assert seen.gets("apps") == {"ConfigMap/a": {"data": {"patched": "1"}}}
    assert not seen.one("apps").is_seen
    assert seen.found() == [("needs-input", "apps/kustomization.yaml:1")]


def test_26_every_cause_is_said_once_with_what_it_blocks(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/one.yaml = FluxKustomization/flux-system/one
    spec: {path: ./one, sourceRef: {kind: GitRepository, name: flux-system}}
    --- clusters/staging/two.yaml = FluxKustomization/flux-system/two
    spec: {path: ./two, targetNamespace: two, sourceRef: {kind: GitRepository, name: flux-system}}
    --- one/kustomization.yaml
    resources: [../base, first.yaml]
    --- two/kustomization.yaml
    resources: [../base]
    --- base/kustomization.yaml
    resources: [gone.yaml]
    """
        )
    )
    base = "base/kustomization.yaml:1: gone.yaml does not exist"
    assert sorted(seen.broken("one")) == [
        base,
        "one/kustomization.yaml:1: first.yaml does not exist",
    ]
    assert seen.broken("two") == [base]
    assert seen.said() == [
        (
            "missing-reference",
            "base/kustomization.yaml:1",
            "gone.yaml does not exist; blocks 2 other roots",
        ),
        ("missing-reference", "one/kustomization.yaml:1", "first.yaml does not exist"),
    ]


def test_27_a_root_that_fails_alone_and_builds_as_it_is_applied_is_not_broken(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec:
      path: ./apps
      sourceRef: {kind: GitRepository, name: flux-system}
      components: [../parts/web]
    --- apps/kustomization.yaml
    resources: [a.yaml]
    replicas: [{name: web, count: 3}]
    --- apps/a.yaml = ConfigMap/shop/a
    --- parts/web/kustomization.yaml
    apiVersion: kustomize.config.k8s.io/v1alpha1
    kind: Component
    resources: [web.yaml]
    --- parts/web/web.yaml = Deployment/shop/web
    """
        ),
        all_roots=True,
    )
    assert seen.gets("apps") == {
        "shop/ConfigMap/a": {},
        "shop/Deployment/web": {"spec": {"replicas": 3}},
    }
    assert seen.found() == [("only-as-applied", "apps/kustomization.yaml:1")]
    assert seen.snapshot.failed("apps") is None


def test_27_a_root_that_builds_alone_is_broken_where_its_object_breaks_it(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec:
      path: ./apps
      sourceRef: {kind: GitRepository, name: flux-system}
      patches:
      - target: {kind: ConfigMap}
        patch: |
          - {op: remove, path: /data/none}
    --- apps/kustomization.yaml
    resources: [a.yaml]
    --- apps/a.yaml = ConfigMap/shop/a
    data: {some: "1"}
    """
        ),
        all_roots=True,
    )
    assert [where for _, where in seen.found()] == ["clusters/staging/apps.yaml:1"]
    assert seen.snapshot.failed("apps")


def test_28_namespaces_that_default_are_those_after_rendering(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/sources.yaml = GitRepository/flux-system/flux-system
    spec: {url: "https://example.com/o/r"}
    --- clusters/staging/team/kustomization.yaml
    namespace: team
    resources: [source.yaml, first.yaml, second.yaml, third.yaml]
    --- clusters/staging/team/source.yaml = GitRepository/team
    spec: {url: "https://example.com/o/r"}
    --- clusters/staging/team/first.yaml = FluxKustomization/first
    spec:
      path: ./apps/first
      sourceRef: {kind: GitRepository, name: team}
      dependsOn: [{name: second}]
      postBuild: {substituteFrom: [{kind: ConfigMap, name: settings}]}
    --- clusters/staging/team/second.yaml = FluxKustomization/second
    spec:
      path: ./apps/second
      sourceRef: {kind: GitRepository, name: flux-system}
      dependsOn: [{name: flux-system}]
    --- clusters/staging/team/third.yaml = FluxKustomization/third
    spec:
      path: ./apps/second
      targetNamespace: third
      sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}
      dependsOn: [{name: flux-system, namespace: flux-system}]
    --- clusters/staging/settings.yaml = ConfigMap/team/settings
    data: {A: x}
    --- apps/first/a.yaml = ConfigMap/team/a
    data: {a: "${A}"}
    --- apps/second/b.yaml = ConfigMap/b
    """
        )
    )
    assert seen.gets("team/first") == {"team/ConfigMap/a": {"data": {"a": "x"}}}
    assert seen.said() == [
        (
            "dangling-depends-on",
            "clusters/staging/team/second.yaml:1",
            "second (staging): waits for team/flux-system, which is not there",
        ),
        (
            "dangling-source",
            "clusters/staging/team/second.yaml:1",
            "second (staging): GitRepository team/flux-system is declared nowhere in this cluster",
        ),
    ]


def test_28_an_entry_whose_namespace_comes_from_its_kustomization_is_one_object(tree: Draw) -> None:
    seen = follow(
        tree("""
    --- clusters/staging/kustomization.yaml
    namespace: flux-system
    resources: [sync.yaml, apps.yaml]
    --- clusters/staging/sync.yaml = FluxKustomization/flux-system
    spec: {path: ./clusters/staging, sourceRef: {kind: GitRepository, name: flux-system}}
    --- clusters/staging/apps.yaml = FluxKustomization/apps
    spec: {path: ./apps, sourceRef: {kind: GitRepository, name: flux-system}, dependsOn: [{name: flux-system}]}
    --- apps/a.yaml = ConfigMap/apps/a
    """)
    )
    assert seen.objects() == {
        "staging: flux-system/flux-system": "clusters/staging",
        "staging: flux-system/apps": "apps",
    }
    assert seen.found() == []


def test_28_health_checks(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec:
      path: ./apps
      sourceRef: {kind: GitRepository, name: flux-system}
      healthChecks:
      - {apiVersion: apps/v1, kind: Deployment, name: web, namespace: shop}
      - {apiVersion: v1, kind: Namespace, name: shop}
      - {apiVersion: apps/v1, kind: Deployment, name: gone, namespace: shop}
    --- clusters/staging/waits.yaml = FluxKustomization/flux-system/waits
    spec:
      path: ./more
      sourceRef: {kind: GitRepository, name: flux-system}
      wait: true
      healthChecks: [{apiVersion: apps/v1, kind: Deployment, name: gone, namespace: shop}]
    --- apps/web.yaml = Deployment/shop/web
    --- apps/namespace.yaml = Namespace/shop
    --- more/a.yaml = ConfigMap/shop/a
    """
        )
    )
    assert seen.said() == [
        (
            "dangling-health-check",
            "clusters/staging/apps.yaml:1",
            "apps (staging): checks Deployment/shop/gone, which nobody applies",
        )
    ]


def test_28_what_a_chart_makes_cannot_be_seen(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec:
      path: ./apps
      sourceRef: {kind: GitRepository, name: flux-system}
      healthChecks: [{apiVersion: apps/v1, kind: Deployment, name: web, namespace: shop}]
    --- apps/web.yaml = HelmRelease/shop/web
    spec: {chart: {spec: {chart: web, version: 1.0.0}}}
    """
        )
    )
    assert seen.found() == []


def test_29_one_resource_from_two_objects_of_a_cluster_is_a_fight_and_of_two_clusters_none(
    tree: Draw,
) -> None:
    clusters = """
    --- clusters/production/CLUSTER/flux-system/gotk-sync.yaml = FluxKustomization/flux-system/flux-system
    spec: {path: ./clusters/production/CLUSTER, sourceRef: {kind: GitRepository, name: flux-system}}
    --- clusters/production/CLUSTER/web.yaml = FluxKustomization/flux-system/web
    spec: {path: ./web, sourceRef: {kind: GitRepository, name: flux-system}}
    """
    seen = follow(
        tree(
            clusters.replace("CLUSTER", "eu")
            + clusters.replace("CLUSTER", "us")
            + """
    --- clusters/production/us/again.yaml = FluxKustomization/flux-system/again
    spec: {path: ./web, sourceRef: {kind: GitRepository, name: flux-system}}
    --- web/web.yaml = Deployment/shop/web
    --- web/seed.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: seed
      namespace: shop
      annotations: {kustomize.toolkit.fluxcd.io/ssa: IfNotPresent}
    """
        )
    )
    assert seen.said() == [
        (
            "two-owners",
            "clusters/production/us/again.yaml:1",
            "again and web (production/us) both apply shop/Deployment/web",
        )
    ]


def test_29_an_object_and_its_own_definition_is_no_fight(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/kustomization.yaml
    resources: [flux-system/gotk-sync.yaml, apps]
    --- clusters/staging/apps/apps.yaml = FluxKustomization/flux-system/apps
    spec: {path: ./clusters/staging/apps, sourceRef: {kind: GitRepository, name: flux-system}}
    --- clusters/staging/apps/kustomization.yaml
    resources: [apps.yaml]
    """
        )
    )
    assert list(seen.objects()) == [
        "staging: flux-system/apps",
        "staging: flux-system/flux-system",
    ]
    assert seen.found() == []


def test_29_objects_of_one_name_in_two_namespaces_are_two(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/sources.yaml = GitRepository/flux-system/flux-system
    spec: {url: "https://example.com/o/r"}
    --- clusters/staging/a.yaml = FluxKustomization/a/web
    spec: {path: ./web, sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}}
    --- clusters/staging/b.yaml = FluxKustomization/b/web
    spec: {path: ./web, sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}}
    --- web/web.yaml = Deployment/shop/web
    """
        )
    )
    assert seen.found() == [("two-owners", "clusters/staging/a.yaml:1")]


def test_29_what_is_applied_to_another_cluster_is_not_in_this_one(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/here.yaml = FluxKustomization/flux-system/here
    spec: {path: ./web, sourceRef: {kind: GitRepository, name: flux-system}}
    --- clusters/staging/there.yaml = FluxKustomization/flux-system/there
    spec:
      path: ./web
      sourceRef: {kind: GitRepository, name: flux-system}
      kubeConfig: {secretRef: {name: edge}}
    --- web/web.yaml = Deployment/shop/web
    """
        )
    )
    assert str(seen.one("there").target) == "staging/flux-system/edge"
    assert seen.found() == []


def test_30_one_edit_reaches_every_child_of_the_cluster_it_is_for(tree: Draw) -> None:
    clusters = """
    --- clusters/production/CLUSTER/flux-system/gotk-sync.yaml = FluxKustomization/flux-system/flux-system
    spec: {path: ./clusters/production/CLUSTER, sourceRef: {kind: GitRepository, name: flux-system}}
    --- clusters/production/CLUSTER/settings.yaml = ConfigMap/flux-system/settings
    data: {REGION: CLUSTER}
    --- clusters/production/CLUSTER/web.yaml = FluxKustomization/flux-system/web
    spec:
      path: ./web
      sourceRef: {kind: GitRepository, name: flux-system}
      postBuild: {substituteFrom: [{kind: ConfigMap, name: settings}]}
    --- clusters/production/CLUSTER/shop.yaml = FluxKustomization/flux-system/shop
    spec:
      path: ./shop
      sourceRef: {kind: GitRepository, name: flux-system}
      postBuild: {substituteFrom: [{kind: ConfigMap, name: settings}]}
    """
    before = tree(
        clusters.replace("CLUSTER", "eu")
        + clusters.replace("CLUSTER", "us")
        + """
    --- web/kustomization.yaml
    resources: [staging.yaml]
    --- web/staging.yaml = ConfigMap/web/a
    data: {region: "${REGION}"}
    --- shop/b.yaml = ConfigMap/shop/b
    data: {region: "${REGION}"}
    """
    )
    was = {one.key: one.resources for one in follow(before).snapshot.applied}
    tree("""
    --- clusters/production/us/settings.yaml = ConfigMap/flux-system/settings
    data: {REGION: moon}
    """)
    after = follow(before).snapshot.applied
    assert [f"{one.seat} {one.object.ref.name}" for one in after if was[one.key] != one.resources
            ] == ["production/us flux-system", "production/us shop", "production/us web"]  # fmt: skip
    # a file that is named after one environment may be another's
    reading = [str(one.seat) for one in after if one.rendering is not None
               and "web/staging.yaml" in one.rendering.reads]  # fmt: skip
    assert reading == ["production/eu", "production/us"]


def test_31_what_a_suspended_object_applied_is_still_there(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec: {path: ./objects, suspend: true, sourceRef: {kind: GitRepository, name: flux-system}}
    --- objects/web.yaml = FluxKustomization/flux-system/web
    spec: {path: ./web, sourceRef: {kind: GitRepository, name: flux-system}}
    --- web/a.yaml = ConfigMap/web/a
    """
        )
    )
    assert seen.gets("web") == {"web/ConfigMap/a": {}}
    assert seen.said() == [
        ("suspended", "clusters/staging/apps.yaml:1", "apps (staging) is suspended")
    ]
    assert pairs(checks.unreached(seen.snapshot)) == []

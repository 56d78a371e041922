"""Traps of paths: what an object applies, and what nobody applies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from analyzer.analyses import coverage
from tests.fluxed import SYNC, TWO_CLUSTERS, follow
from tests.look import pairs

Draw = Callable[[str], Path]


def test_04_without_a_kustomization_directories_with_one_are_units_and_all_other_yaml_is_listed(
    tree: Draw,
) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec: {path: ./apps, sourceRef: {kind: GitRepository, name: flux-system}}
    --- apps/a-b.yaml = ConfigMap/apps/a-b
    --- apps/a/deep/.hidden.yml = ConfigMap/apps/hidden
    --- apps/unit/kustomization.yaml
    namePrefix: unit-
    resources: [listed.yaml]
    --- apps/unit/listed.yaml = ConfigMap/apps/listed
    --- apps/unit/not-listed.yaml = ConfigMap/apps/not-listed
    --- apps/notes.json
    {}
    """
        )
    )
    assert list(seen.gets("apps")) == [
        "apps/ConfigMap/a-b",
        "apps/ConfigMap/hidden",
        "apps/ConfigMap/unit-listed",
    ]
    generated = seen.snapshot.repository.kustomizations["apps"]
    assert generated.generated
    assert [reference.written for reference in generated.references] == [
        "a/deep/.hidden.yml",  # as a walk meets them, not as whole paths sort
        "a-b.yaml",
        "unit",
    ]
    assert seen.found() == [("orphan-file", "apps/unit/not-listed.yaml:1")]


def test_04_one_yaml_file_that_is_no_manifest_fails_a_generated_kustomization(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec: {path: ./apps, sourceRef: {kind: GitRepository, name: flux-system}}
    --- apps/a.yaml = ConfigMap/apps/a
    --- apps/values.yaml
    replicas: 2
    """
        )
    )
    assert [cause.partition(": ")[0] for cause in seen.broken("apps")] == ["apps/values.yaml:1"]
    assert seen.found() == [("does-not-build", "apps/values.yaml:1")]


def test_04_a_directory_without_yaml_is_applied_and_empty(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec: {path: ./apps, targetNamespace: apps, sourceRef: {kind: GitRepository, name: flux-system}}
    --- apps/README.md
    Nothing here yet.
    """
        )
    )
    assert seen.gets("apps") == {}
    assert seen.found() == []


def test_05_every_way_to_write_the_root_stays_inside_the_source(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/up.yaml = FluxKustomization/flux-system/up
    spec: {path: ../../apps, targetNamespace: up, sourceRef: {kind: GitRepository, name: flux-system}}
    --- clusters/staging/slash.yaml = FluxKustomization/flux-system/slash
    spec: {path: /apps/, targetNamespace: slash, sourceRef: {kind: GitRepository, name: flux-system}}
    --- clusters/staging/dot.yaml = FluxKustomization/flux-system/dot
    spec: {path: ./x/../apps, targetNamespace: dot, sourceRef: {kind: GitRepository, name: flux-system}}
    --- apps/a.yaml = ConfigMap/a
    """
        )
    )
    assert {seen.one(name).place.root for name in ("up", "slash", "dot")} == {"apps"}
    assert seen.gets("up") == {"up/ConfigMap/a": {}}
    assert seen.found() == []


def test_05_the_path_of_an_artifact_is_a_path_in_the_copy(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/generator.yaml = ArtifactGenerator/flux-system/split
    spec:
      sources: [{alias: repo, kind: GitRepository, name: flux-system}]
      artifacts:
      - name: configs
        copy: [{from: "@repo/infrastructure/**", to: "@artifact/"}]
    --- clusters/staging/configs.yaml = FluxKustomization/flux-system/configs
    spec: {path: ./configs, sourceRef: {kind: ExternalArtifact, name: configs}}
    --- clusters/staging/nobody.yaml = FluxKustomization/flux-system/nobody
    spec: {path: ./configs, sourceRef: {kind: ExternalArtifact, name: nobody}}
    --- infrastructure/configs/kustomization.yaml
    resources: [a.yaml]
    --- infrastructure/configs/a.yaml = ConfigMap/apps/a
    """
        )
    )
    assert seen.one("configs").place.root == "infrastructure/configs"
    assert seen.gets("configs") == {"apps/ConfigMap/a": {}}
    assert seen.found() == [("dangling-source", "clusters/staging/nobody.yaml:1")]


def test_05_a_path_that_the_source_leaves_out_is_not_in_the_cluster(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    ---
    apiVersion: source.toolkit.fluxcd.io/v1
    kind: GitRepository
    metadata: {name: flux-system, namespace: flux-system}
    spec:
      url: https://example.com/o/r
      ignore: |
        /*
        !/clusters
        !/apps
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec: {path: ./apps, sourceRef: {kind: GitRepository, name: flux-system}}
    --- clusters/staging/infra.yaml = FluxKustomization/flux-system/infra
    spec: {path: ./infrastructure, sourceRef: {kind: GitRepository, name: flux-system}}
    --- apps/a.yaml = ConfigMap/apps/a
    --- infrastructure/b.yaml = ConfigMap/apps/b
    """
        )
    )
    assert seen.gets("apps") == {"apps/ConfigMap/a": {}}
    assert seen.said() == [
        (
            "ignored-by-source",
            "clusters/staging/infra.yaml:1",
            "infra (staging): path ./infrastructure is left out of the source by "
            "spec.ignore of GitRepository flux-system",
        )
    ]


def test_06_a_path_in_another_repository_is_listed_with_its_reason(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/sources.yaml = GitRepository/flux-system/flux-system
    spec: {url: "ssh://git@example.com/o/r.git", ref: {branch: main}}
    ---
    apiVersion: source.toolkit.fluxcd.io/v1
    kind: GitRepository
    metadata: {name: other, namespace: flux-system}
    spec: {url: "https://example.com/o/other"}
    ---
    apiVersion: source.toolkit.fluxcd.io/v1
    kind: GitRepository
    metadata: {name: here-too, namespace: flux-system}
    spec: {url: "https://example.com/o/r", ref: {branch: main}}
    ---
    apiVersion: source.toolkit.fluxcd.io/v1
    kind: GitRepository
    metadata: {name: released, namespace: flux-system}
    spec: {url: "https://example.com/o/r", ref: {tag: v1}}
    --- clusters/staging/objects.yaml = FluxKustomization/flux-system/other
    spec: {path: ./deploy, sourceRef: {kind: GitRepository, name: other}}
    ---
    apiVersion: kustomize.toolkit.fluxcd.io/v1
    kind: Kustomization
    metadata: {name: here, namespace: flux-system}
    spec: {path: ./deploy, sourceRef: {kind: GitRepository, name: here-too}}
    ---
    apiVersion: kustomize.toolkit.fluxcd.io/v1
    kind: Kustomization
    metadata: {name: released, namespace: flux-system}
    spec: {path: ./deploy, sourceRef: {kind: GitRepository, name: released}}
    ---
    apiVersion: kustomize.toolkit.fluxcd.io/v1
    kind: Kustomization
    metadata: {name: bucket, namespace: flux-system}
    spec: {path: ./deploy, sourceRef: {kind: Bucket, name: files}}
    ---
    apiVersion: kustomize.toolkit.fluxcd.io/v1
    kind: Kustomization
    metadata: {name: chart, namespace: flux-system}
    spec: {path: ./deploy, sourceRef: {kind: HelmChart, name: web}}
    --- deploy/a.yaml = ConfigMap/apps/a
    """
        )
    )
    assert seen.objects() == {
        "staging: flux-system/flux-system": "clusters/staging",
        "staging: flux-system/other": (
            "GitRepository other is another repository: https://example.com/o/other"
        ),
        "staging: flux-system/here": "deploy",
        "staging: flux-system/released": (
            "GitRepository released is this repository at another revision: refs/tags/v1"
        ),
        "staging: flux-system/bucket": (
            "Bucket files is filled from elsewhere; map it under sources:"
        ),
        "staging: flux-system/chart": ("HelmChart web is no source Flux takes manifests from"),
    }
    assert seen.found() == []


def test_07_a_base_nobody_builds_is_no_unused_base_while_its_files_are_patches(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec: {path: ./apps/web/overlays/staging, sourceRef: {kind: GitRepository, name: flux-system}}
    --- apps/web/base/kustomization.yaml
    resources: [gone.yaml]
    --- apps/web/base/more.yaml = ConfigMap/apps/web
    data: {more: "yes"}
    --- apps/web/overlays/staging/kustomization.yaml
    resources: [web.yaml]
    patches: [{path: ../../base/more.yaml}]
    --- apps/web/overlays/staging/web.yaml = ConfigMap/apps/web
    """
        )
    )
    assert seen.gets("apps") == {"apps/ConfigMap/web": {"data": {"more": "yes"}}}
    assert pairs(coverage.analyze(seen.snapshot).findings) == []
    assert seen.found() == [
        ("missing-reference", "apps/web/base/kustomization.yaml:1"),
        ("needs-load-restrictions-none", "apps/web/overlays/staging/kustomization.yaml:2"),
    ]


def test_08_a_directory_that_a_commented_line_takes_out_is_not_deployed(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/kustomization.yaml
    resources:
    - flux-system/gotk-sync.yaml
    - apps/web
    # - apps/shop
    --- clusters/staging/apps/web/kustomization.yaml
    resources: [web.yaml]
    --- clusters/staging/apps/web/web.yaml = ConfigMap/apps/web
    --- clusters/staging/apps/shop/kustomization.yaml
    resources: [shop.yaml]
    --- clusters/staging/apps/shop/shop.yaml = ConfigMap/apps/shop
    --- clusters/production/apps/shop/kustomization.yaml
    resources: [shop.yaml]
    --- clusters/production/apps/shop/shop.yaml = ConfigMap/apps/shop
    """
        )
    )
    assert "apps/ConfigMap/shop" not in seen.gets("flux-system")
    assert seen.said() == [
        (
            "not-deployed",
            "clusters/staging/apps/shop/kustomization.yaml:1",
            "clusters/staging/apps/shop is applied by no cluster of staging",
        )
    ]


def test_09_two_clusters_of_an_environment_are_two_deployments(tree: Draw) -> None:
    seen = follow(tree(TWO_CLUSTERS))
    assert seen.objects() == {
        "production/eu: flux-system/flux-system": "clusters/production/eu",
        "production/us: flux-system/flux-system": "clusters/production/us",
        "production/eu: flux-system/web": "web",
        "production/us: flux-system/web": "web",
    }
    assert seen.gets("web", "production/eu") == {
        "shop/Deployment/web-eu": {"spec": {"replicas": 2}}
    }
    assert seen.gets("web", "production/us") == {
        "shop/Deployment/web-us": {"spec": {"replicas": 5}}
    }
    assert seen.found() == []


def test_09_clusters_of_no_known_environment_have_names_of_their_own(tree: Draw) -> None:
    seen = follow(
        tree("""
    --- eu/cluster/flux-system/gotk-sync.yaml = FluxKustomization/flux-system/flux-system
    spec: {path: ./eu/cluster, sourceRef: {kind: GitRepository, name: flux-system}}
    --- us/cluster/flux-system/gotk-sync.yaml = FluxKustomization/flux-system/flux-system
    spec: {path: ./us/cluster, sourceRef: {kind: GitRepository, name: flux-system}}
    """)
    )
    assert seen.objects() == {
        "eu: flux-system/flux-system": "eu/cluster",
        "us: flux-system/flux-system": "us/cluster",
    }
    assert seen.found() == []


def test_09_a_cluster_of_no_known_environment_is_called_by_what_tells_it_apart(tree: Draw) -> None:
    drawing = "".join(
        f"""
    --- kubernetes/{name}/cluster/config/gotk-sync.yaml = FluxKustomization/flux-system/cluster
    spec:
      path: ./kubernetes/{name}/cluster/config
      sourceRef: {{kind: GitRepository, name: flux-system}}
    """
        for name in ("main", "staging")
    )
    assert follow(tree(drawing)).objects() == {
        "main: flux-system/cluster": "kubernetes/main/cluster/config",
        "staging: flux-system/cluster": "kubernetes/staging/cluster/config",
    }

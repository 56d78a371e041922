"""`render`: what a cluster gets of a place, as its reconciler applies it, or the choice."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

from tests.test_cli import run

Draw = Callable[[str], Path]

CLUSTERS = """
    --- clusters/prod/eu/flux-system/gotk-sync.yaml = FluxKustomization/flux-system/flux-system
    spec: {path: ./clusters/prod/eu, sourceRef: {kind: GitRepository, name: flux-system}}
    --- clusters/prod/us/flux-system/gotk-sync.yaml = FluxKustomization/flux-system/flux-system
    spec: {path: ./clusters/prod/us, sourceRef: {kind: GitRepository, name: flux-system}}
    --- clusters/prod/eu/web.yaml = FluxKustomization/flux-system/web
    spec:
      path: ./apps/web
      sourceRef: {kind: GitRepository, name: flux-system}
      targetNamespace: shop
      commonMetadata: {labels: {team: web}}
      postBuild: {substitute: {REGION: eu}}
      patches:
      - patch: |
          - {op: add, path: /data/patched, value: "yes"}
        target: {kind: ConfigMap}
    --- clusters/prod/us/web.yaml = FluxKustomization/flux-system/web
    spec:
      path: ./apps/web
      sourceRef: {kind: GitRepository, name: flux-system}
      targetNamespace: shop
      postBuild: {substitute: {REGION: us}}
    --- apps/web/web.yaml = ConfigMap/web
    data: {region: "${REGION}"}
    --- apps/alone/kustomization.yaml
    resources: [alone.yaml]
    --- apps/alone/alone.yaml = ConfigMap/alone
    data: {region: "${REGION}"}
"""  # fmt: skip

EU = """\
apiVersion: v1
data:
  patched: 'yes'
  region: eu
kind: ConfigMap
metadata:
  name: web
  namespace: shop
  labels:
    team: web
"""
US = """\
apiVersion: v1
data:
  region: us
kind: ConfigMap
metadata:
  name: web
  namespace: shop
"""
ALONE = """\
apiVersion: v1
data:
  region: ${REGION}
kind: ConfigMap
metadata:
  name: web
"""


def test_a_directory_that_two_clusters_get_differently_is_shown_as_the_chosen_one_gets_it(
    tree: Draw,
) -> None:
    where = tree(CLUSTERS)
    eu = run("-C", where, "render", "apps/web", "--cluster", "prod/eu")
    us = run("-C", where, "render", "apps/web", "--cluster", "us", "--reconciler", "web")
    assert (eu.exit_code, eu.stdout) == (0, EU)
    assert eu.stderr == "groundplan: apps/web: as flux-system/web in prod/eu applies it\n"
    assert (us.exit_code, us.stdout) == (0, US)


def test_without_a_choice_the_ways_are_listed_as_they_are_typed(tree: Draw) -> None:
    done = run("-C", tree(CLUSTERS), "render", "apps/web")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == (
        "groundplan: apps/web: applied in 2 ways that differ; choose one with:\n"
        "  --cluster prod/eu --reconciler flux-system/web\n"
        "  --cluster prod/us --reconciler flux-system/web\n"
    )


def test_a_choice_that_nobody_makes_lists_those_that_there_are(tree: Draw) -> None:
    where = tree(CLUSTERS)
    done = run("-C", where, "render", "apps/web", "--cluster", "staging")
    assert done.exit_code == 2
    assert done.stderr.startswith("groundplan: apps/web: nothing for --cluster staging; there are:")
    done = run("-C", where, "render", "apps/alone", "--cluster", "staging")
    assert done.stderr == (
        "groundplan: apps/alone: nothing for --cluster staging; no reconciler applies it\n"
    )


def test_alone_is_what_kustomize_makes_of_it(tree: Draw) -> None:
    where = tree(CLUSTERS)
    assert run("-C", where, "render", "apps/web", "--alone").stdout == ALONE
    done = run("-C", where, "render", "apps/alone")
    assert done.stdout == ALONE.replace("web", "alone")
    assert done.stderr == (
        "groundplan: apps/alone: applied by no reconciler; this is what kustomize builds\n"
    )


def test_alone_and_a_cluster_exclude_each_other(tree: Draw) -> None:
    done = run("-C", tree(CLUSTERS), "render", "apps/web", "--alone", "--cluster", "us")
    assert (done.exit_code, done.stdout) == (2, "")


def test_two_reconcilers_that_come_to_the_same_are_no_choice(tree: Draw) -> None:
    where = tree(CLUSTERS)
    for region in ("eu", "us"):
        tree(
            f"""
    --- clusters/prod/{region}/web.yaml = FluxKustomization/flux-system/web
    spec:
      path: ./apps/web
      sourceRef: {{kind: GitRepository, name: flux-system}}
      targetNamespace: shop
      postBuild: {{substitute: {{REGION: us}}}}
    """
        )
    done = run("-C", where, "render", "apps/web")
    assert (done.exit_code, done.stdout) == (0, US)
    assert done.stderr == (
        "groundplan: apps/web: as flux-system/web in prod/eu, prod/us applies it\n"
    )


PART = """
    --- clusters/staging/flux-system/gotk-sync.yaml = FluxKustomization/flux-system/flux-system
    spec: {path: ./clusters/staging, sourceRef: {kind: GitRepository, name: flux-system}}
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec:
      path: ./apps/staging
      sourceRef: {kind: GitRepository, name: flux-system}
      postBuild: {substitute: {REGION: eu}}
    --- apps/staging/kustomization.yaml
    namespace: shop
    resources: [web, ../base/db]
    --- apps/staging/web/kustomization.yaml
    resources: [web.yaml]
    --- apps/staging/web/web.yaml = ConfigMap/web
    data: {region: "${REGION}"}
    --- apps/base/db/kustomization.yaml
    resources: [db.yaml]
    --- apps/base/db/db.yaml = ConfigMap/db
    data: {region: "${REGION}"}
    --- groundplan.yaml
    layout: {patterns: ["apps/{environment}/{component}", "clusters/{environment}"],
             base: ["apps/base/{component}"]}
    environments: [staging]
"""


def test_a_component_is_its_part_of_what_its_reconciler_applies(tree: Draw) -> None:
    where = tree(PART)
    done = run("-C", where, "render", "staging/web")
    assert done.stdout == textwrap.dedent("""\
        apiVersion: v1
        data:
          region: eu
        kind: ConfigMap
        metadata:
          name: web
          namespace: shop
        """)
    alone = run("-C", where, "render", "apps/staging/web")
    assert alone.stdout == ALONE
    assert alone.stderr == (
        "groundplan: apps/staging/web: applied as a part of apps/staging, which may change it; "
        "this is what kustomize builds of it alone\n"
    )


def test_what_a_component_gets_from_its_base_only_is_its_part_too(tree: Draw) -> None:
    done = run("-C", tree(PART), "render", "staging/db")
    assert "region: eu" in done.stdout
    assert "namespace: shop" in done.stdout
    assert "name: web" not in done.stdout


def test_a_reconciler_that_applies_nothing_says_why(tree: Draw) -> None:
    where = tree(CLUSTERS)
    tree(
        """
    --- clusters/prod/us/web.yaml = FluxKustomization/flux-system/web
    spec:
      path: ./apps/web
      sourceRef: {kind: GitRepository, name: flux-system}
      postBuild: {substitute: {REGION: us, "no-name": "1"}}
    """
    )
    done = run("-C", where, "render", "apps/web", "--cluster", "us")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        "groundplan: apps/web: flux-system/web in prod/us applies nothing: "
        "ConfigMap/web: no variable's name: no-name\n"
    )


def test_variables_that_only_the_cluster_knows_stay_and_are_named(tree: Draw) -> None:
    where = tree(CLUSTERS)
    tree(
        """
    --- clusters/prod/us/web.yaml = FluxKustomization/flux-system/web
    spec:
      path: ./apps/web
      sourceRef: {kind: GitRepository, name: flux-system}
      suspend: true
      postBuild: {substituteFrom: [{kind: Secret, name: settings}]}
    """
    )
    done = run("-C", where, "render", "apps/web", "--cluster", "us")
    assert "region: ${REGION}" in done.stdout
    assert done.stderr.splitlines()[1:] == [
        "groundplan: apps/web: REGION: only the cluster knows the value; left as written",
        "groundplan: apps/web: suspended: the cluster keeps what it was given before",
    ]


def test_variables_from_a_map_in_another_directory_are_found_though_only_one_place_is_asked_for(
    tree: Draw,
) -> None:
    where = tree(CLUSTERS)
    tree(
        """
    --- clusters/prod/us/settings.yaml = FluxKustomization/flux-system/settings
    spec: {path: ./settings, sourceRef: {kind: GitRepository, name: flux-system}}
    --- clusters/prod/us/web.yaml = FluxKustomization/flux-system/web
    spec:
      path: ./apps/web
      sourceRef: {kind: GitRepository, name: flux-system}
      targetNamespace: shop
      postBuild: {substituteFrom: [{kind: ConfigMap, name: settings}]}
    --- settings/kustomization.yaml
    namespace: flux-system
    generatorOptions: {disableNameSuffixHash: true}
    configMapGenerator: [{name: settings, literals: [REGION=us]}]
    """
    )
    done = run("-C", where, "render", "apps/web", "--cluster", "us")
    assert (done.exit_code, done.stdout) == (0, US)

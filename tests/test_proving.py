"""Proof of planned changes: what is the same, what is not and why, without writing anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.drawn import draw, snapshot
from tests.planning import BASE, COPIES, GONE, failed, proof, units


def test_copies_that_become_a_base_render_the_same(tmp_path: Path) -> None:
    draw(tmp_path, COPIES)
    before = snapshot(tmp_path)
    found = proof(tmp_path, BASE, GONE)
    assert (found.verdict, units(found), failed(found)) == (
        "identical",
        ["production: identical", "staging: identical"],
        [],
    )
    assert snapshot(tmp_path) == before


def test_a_lost_override_is_named_field_by_field_with_its_root(tmp_path: Path) -> None:
    draw(tmp_path, COPIES)
    found = proof(tmp_path, BASE.replace("count: 3", "count: 2"), GONE)
    assert found.verdict == "refused"
    assert units(found) == [
        "production: refused, renders otherwise",
        "  Deployment/web spec.replicas: 3 → 2",
        "staging: identical",
    ]
    assert found.reason == ("production renders otherwise: Deployment/web spec.replicas: 3 → 2")


VALUES = """
    --- one/kustomization.yaml
    resources: [a.yaml]
    --- one/a.yaml = ConfigMap/a
    data: {%s}
    """


@pytest.mark.parametrize(
    ("before", "after", "difference"),
    [
        ("x: null", "y: z", "ConfigMap/a data.x: - null"),
        ('x: "1"', "x: 1", 'ConfigMap/a data.x: "1" → 1'),
        ('x: "true"', "x: true", 'ConfigMap/a data.x: "true" → true'),
        ("x: [a, b]", "x: [b, a]", "ConfigMap/a data.x[0]: a → b"),
    ],
)
def test_null_types_and_the_order_of_lists_count(
    tmp_path: Path, before: str, after: str, difference: str
) -> None:
    draw(tmp_path, VALUES % before)
    found = proof(tmp_path, VALUES % after)
    assert found.verdict == "refused"
    assert difference in found.units[0].differences


ORDER = """
    --- one/kustomization.yaml
    resources: [%s]
    sortOptions: {order: fifo}
    --- one/a.yaml = ConfigMap/a
    --- one/b.yaml = ConfigMap/b
    """


def test_another_order_of_resources_is_equal_not_identical(tmp_path: Path) -> None:
    draw(tmp_path, ORDER % "a.yaml, b.yaml")
    found = proof(tmp_path, ORDER % "b.yaml, a.yaml")
    assert units(found) == ["one: equal, the same resources in another order, from ConfigMap/a on"]


def test_what_did_not_build_before_proves_nothing(tmp_path: Path) -> None:
    draw(tmp_path, "--- one/kustomization.yaml\nresources: [gone.yaml, a.yaml]\n"
                   "--- one/a.yaml = ConfigMap/a\n")  # fmt: skip
    found = proof(tmp_path, "--- one/a.yaml = ConfigMap/a\ndata: {x: y}\n")
    assert (found.verdict, units(found)) == (
        "unprovable",
        ["one: unprovable, does not build before: one/kustomization.yaml:1: "
         "gone.yaml does not exist"],
    )  # fmt: skip


def test_what_is_broken_on_top_of_it_is_left_as_broken_as_it_was(tmp_path: Path) -> None:
    draw(tmp_path, COPIES)
    draw(tmp_path, "--- top/kustomization.yaml\nresources: [../staging, gone.yaml]\n")
    found = proof(tmp_path, "--- staging/kustomization.yaml\nresources: [./web.yaml]\n")
    assert (found.verdict, units(found)) == (
        "relative",
        [
            "staging: identical",
            "top: relative, does not build, neither before nor after: top/kustomization.yaml:1: "
            "gone.yaml does not exist",
        ],
    )


def test_what_does_not_build_any_more_is_refused(tmp_path: Path) -> None:
    draw(tmp_path, COPIES)
    found = proof(tmp_path, "--- staging/kustomization.yaml\nresources: [wbe.yaml]\n")
    assert units(found) == [
        "staging: refused, does not build any more: staging/kustomization.yaml:1: "
        "wbe.yaml does not exist"
    ]
    assert [said for _, said in failed(found)] == [
        "staging/web.yaml: is orphaned",
        "staging/kustomization.yaml:1: wbe.yaml leads nowhere now",
        "staging/kustomization.yaml:1: wbe.yaml does not exist",
    ]


# per reconciliation unit --------------------------------------------------------------------------


FLUX = """
    --- clusters/production/flux-system/gotk-sync.yaml
    apiVersion: source.toolkit.fluxcd.io/v1
    kind: GitRepository
    metadata: {name: flux-system, namespace: flux-system}
    spec: {url: "ssh://git@example.com/platform"}
    ---
    apiVersion: kustomize.toolkit.fluxcd.io/v1
    kind: Kustomization
    metadata: {name: flux-system, namespace: flux-system}
    spec:
      path: ./clusters/production
      prune: true
      sourceRef: {kind: GitRepository, name: flux-system}
    --- clusters/production/apps.yaml
    apiVersion: kustomize.toolkit.fluxcd.io/v1
    kind: Kustomization
    metadata: {name: apps, namespace: flux-system}
    spec:
      path: ./apps
      prune: true
      postBuild: {substitute: {greeting: hello}}
      sourceRef: {kind: GitRepository, name: flux-system}
    --- clusters/production/more.yaml
    apiVersion: kustomize.toolkit.fluxcd.io/v1
    kind: Kustomization
    metadata: {name: more, namespace: flux-system}
    spec:
      path: ./more
      prune: true
      sourceRef: {kind: GitRepository, name: flux-system}
    --- apps/kustomization.yaml
    resources: [a.yaml, b.yaml]
    --- apps/a.yaml = ConfigMap/apps/a
    data: {x: "${greeting}"}
    --- apps/b.yaml = ConfigMap/apps/b
    --- more/kustomization.yaml
    resources: [c.yaml]
    --- more/c.yaml = ConfigMap/apps/c
    """


def test_a_resource_that_moves_to_another_reconciler_is_refused(tmp_path: Path) -> None:
    draw(tmp_path, FLUX)
    found = proof(tmp_path, """
        --- apps/kustomization.yaml
        resources: [a.yaml]
        --- more/kustomization.yaml
        resources: [c.yaml, b.yaml]
        --- more/b.yaml = ConfigMap/apps/b
        """, ("apps/b.yaml",))  # fmt: skip
    assert units(found) == [
        "flux-system/apps in production: refused, renders otherwise",
        "  apps/ConfigMap/b is gone",
        "flux-system/more in production: refused, renders otherwise",
        "  apps/ConfigMap/b has come",
        "apps: refused, renders otherwise",
        "  apps/ConfigMap/b is gone",
        "more: refused, renders otherwise",
        "  apps/ConfigMap/b has come",
    ]


def test_what_a_reconciler_substitutes_is_compared_too(tmp_path: Path) -> None:
    draw(tmp_path, FLUX)
    found = proof(tmp_path, """
        --- clusters/production/apps.yaml
        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata: {name: apps, namespace: flux-system}
        spec:
          path: ./apps
          prune: true
          postBuild: {substitute: {greeting: goodbye}}
          sourceRef: {kind: GitRepository, name: flux-system}
        """)  # fmt: skip
    assert units(found) == [
        "flux-system/apps in production: refused, renders otherwise",
        "  apps/ConfigMap/a data.x: hello → goodbye",
        "flux-system/flux-system in production: refused, renders otherwise",
        "  flux-system/Kustomization/apps spec.postBuild.substitute.greeting: hello → goodbye",
    ]

"""Coverage: how each environment holds each component, and what it does to the base."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer import formats
from analyzer.analyses import coverage
from analyzer.analyses.coverage import Coverage
from analyzer.diff import Leaves
from tests.look import example, look, pairs, said

Draw = Callable[[str], Path]

BASE = """
    --- clusters/base/apps/web/kustomization.yaml
    resources: [web.yaml, service.yaml]
    --- clusters/base/apps/web/web.yaml = Deployment/web
    spec: {replicas: 1, template: {spec: {containers: [{name: web, image: web:1.0}]}}}
    --- clusters/base/apps/web/service.yaml = Service/web
    spec: {clusterIP: None}
"""


def states(report: Coverage) -> dict[str, dict[str, list[str]]]:
    return {
        str(c.name): {e: [row.state for row in c.at(e)] for e in report.environments}
        for c in report.components
    }


def test_each_state_of_a_component(tree: Draw) -> None:
    where = tree(
        BASE
        + """
    --- clusters/base/apps/idle/kustomization.yaml
    resources: [idle.yaml]
    --- clusters/base/apps/idle/idle.yaml = ConfigMap/idle
    --- clusters/local/apps/web/kustomization.yaml
    resources: [web.yaml, service.yaml]
    --- clusters/local/apps/web/web.yaml = Deployment/web
    spec: {replicas: 2, template: {spec: {containers: [{name: web, image: web:1.1}]}}}
    --- clusters/local/apps/web/service.yaml = Service/web
    spec: {clusterIP: None}
    --- clusters/test/apps/web/kustomization.yaml
    resources: [../../../base/apps/web/web.yaml]
    --- clusters/staging/apps/web/kustomization.yaml
    resources: [../../../base/apps/web]
    --- clusters/staging/apps/own/kustomization.yaml
    resources: [own.yaml]
    --- clusters/staging/apps/own/own.yaml = ConfigMap/own
    --- clusters/production/apps/web/kustomization.yaml
    resources: [../../../base/apps/web, gone.yaml]
    """
    )
    report = coverage.analyze(look(where))
    assert states(report) == {
        "apps/idle": {e: ["missing"] for e in ("local", "test", "staging", "production")},
        "apps/own": {
            "local": ["missing"],
            "test": ["missing"],
            "staging": ["own"],
            "production": ["missing"],
        },
        "apps/web": {
            "local": ["copied"],
            "test": ["partial"],
            "staging": ["referenced"],
            "production": ["broken"],
        },
    }
    assert report.unused_bases == ("clusters/base/apps/idle",)
    assert said(report.findings) == [
        (
            "unused-base",
            "clusters/base/apps/idle/kustomization.yaml:1",
            "clusters/base/apps/idle is referenced by nothing; reference it from the "
            "environments, or remove it",
        ),
        (
            "copied-configuration",
            "clusters/local/apps/web/kustomization.yaml:1",
            "clusters/local/apps/web is a copy of clusters/base/apps/web; reference the base and "
            "keep the differences as patches",
        ),
        (
            "empty-overlay",
            "clusters/staging/apps/web/kustomization.yaml:1",
            "clusters/staging/apps/web changes nothing of clusters/base/apps/web",
        ),
    ]


def test_resources_and_leaf_fields_are_counted_by_comparing_renders(tree: Draw) -> None:
    where = tree(
        BASE
        + """
    --- clusters/staging/apps/web/kustomization.yaml
    resources: [../../../base/apps/web, extra.yaml]
    images: [{name: web, newTag: "1.1"}]
    patches:
      - patch: |
          apiVersion: apps/v1
          kind: Deployment
          metadata: {name: web}
          spec: {paused: true, replicas: null}
    --- clusters/staging/apps/web/extra.yaml = ConfigMap/extra
    data: {a: b, c: d}
    """
    )
    (row,) = coverage.analyze(look(where)).components[0].rows
    assert row.resources == Leaves(inherited=1, overridden=1, added=1, removed=0)
    # same: Service 4, Deployment apiVersion, kind, name, container name; image; paused and the
    # ConfigMap's 5; replicas
    assert row.fields == Leaves(inherited=8, overridden=1, added=6, removed=1)


def test_names_and_namespaces_an_overlay_changes_are_no_other_resources(tree: Draw) -> None:
    where = tree(
        BASE
        + """
    --- clusters/staging/apps/web/kustomization.yaml
    namespace: shop
    namePrefix: staging-
    resources: [../../../base/apps/web]
    """
    )
    (row,) = coverage.analyze(look(where)).components[0].rows
    assert row.resources == Leaves(inherited=0, overridden=2, added=0, removed=0)
    assert row.fields == Leaves(inherited=8, overridden=2, added=2, removed=0)


def test_a_component_that_an_environment_takes_straight_from_base_is_found(tree: Draw) -> None:
    where = tree("""
        --- apps/base/web/kustomization.yaml
        resources: [web.yaml]
        --- apps/base/web/web.yaml = ConfigMap/web
        --- apps/base/api/kustomization.yaml
        resources: [api.yaml]
        --- apps/base/api/api.yaml = ConfigMap/api
        --- apps/staging/kustomization.yaml
        resources: [../base/web, ../base/api]
        patches:
          - target: {kind: ConfigMap, name: web}
            patch: '[{"op": "add", "path": "/data", "value": {"a": "b"}}]'
        --- apps/production/kustomization.yaml
        resources: [../base/web]
    """)
    report = coverage.analyze(look(where))
    assert states(report) == {
        "apps/api": {"staging": ["referenced"], "production": ["missing"]},
        "apps/web": {"staging": ["referenced"], "production": ["referenced"]},
    }
    fields = [row.fields for c in report.components for row in c.rows]
    assert fields == [Leaves(3), None, Leaves(3, added=1), Leaves(3)]


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("clusters/staging/web/parts", []),
        ("base/web", [("empty-overlay", "clusters/staging/web/kustomization.yaml:1")]),
    ],
)
def test_a_list_of_directories_below_is_no_empty_overlay(
    tree: Draw, base: str, expected: list[tuple[str, str]]
) -> None:
    where = tree(
        f"""
        --- groundplan.yaml
        layout: {{patterns: ["clusters/{{environment}}/{{component}}"], base: ["{base}"]}}
        --- {base}/kustomization.yaml
        resources: [web.yaml]
        --- {base}/web.yaml = ConfigMap/web
        --- clusters/staging/web/kustomization.yaml
        resources: [{posixpath.relpath(base, "clusters/staging/web")}]
        """.replace(f'"{base}"', f'"{base.replace("web", "{component}")}"')
    )
    report = coverage.analyze(look(where))
    assert states(report) == {"web": {"staging": ["referenced"]}}
    assert pairs(report.findings) == expected


def test_each_cluster_of_an_environment_has_a_row(tree: Draw) -> None:
    where = tree("""
        --- components/web/base/kustomization.yaml
        resources: [web.yaml]
        --- components/web/base/web.yaml = ConfigMap/web
        --- components/web/production/eu/kustomization.yaml
        resources: [../../base]
        --- components/web/production/us/kustomization.yaml
        resources: [gone.yaml]
        --- components/api/base/kustomization.yaml
        resources: [api.yaml]
        --- components/api/base/api.yaml = ConfigMap/api
        --- components/api/staging/eu/kustomization.yaml
        resources: [../../base]
        --- components/api/production/eu/kustomization.yaml
        resources: [../../base]
    """)
    report = coverage.analyze(look(where))
    rows = [(c.name.component, r.environment, r.cluster, r.state)
            for c in report.components for r in c.rows]  # fmt: skip
    assert rows == [
        ("api", "staging", "eu", "referenced"),
        ("api", "production", "eu", "referenced"),
        ("web", "staging", None, "missing"),
        ("web", "production", "eu", "referenced"),
        ("web", "production", "us", "broken"),
    ]


def test_without_rendering_states_are_told_and_fields_are_not(tree: Draw) -> None:
    where = tree(
        BASE
        + """
    --- clusters/staging/apps/web/kustomization.yaml
    resources: [web.yaml, service.yaml]
    --- clusters/staging/apps/web/web.yaml = Deployment/web
    --- clusters/staging/apps/web/service.yaml = Service/web
    """
    )
    (row,) = coverage.analyze(look(where, render=False)).components[0].rows
    assert (row.state, row.fields, row.files) == ("copied", None, 3)


def test_without_environments_it_says_so_instead_of_an_empty_table(tree: Draw) -> None:
    where = tree("""
        --- web/kustomization.yaml
        resources: [web.yaml]
        --- web/web.yaml = ConfigMap/web
    """)
    text = formats.text.text(coverage.blocks(coverage.analyze(look(where))), formats.text.Style())
    assert "No environments are known, so there is nothing to compare." in text
    assert "Totals" not in text


def test_where_nothing_is_it_says_only_that(tree: Draw) -> None:
    report = coverage.analyze(look(tree("--- notes.txt\nNothing.\n")))
    assert formats.text.text(coverage.blocks(report), formats.text.Style()) == (
        "Base and overlay coverage of tree\n\n"
        "There is no kustomization here. Name another directory with `-C DIR`.\n\n"
        "No findings.\n"
    )


def test_what_has_no_base_is_not_compared_with_one(tree: Draw) -> None:
    where = tree("""
        --- clusters/staging/web/kustomization.yaml
        resources: [web.yaml]
        --- clusters/staging/web/web.yaml = ConfigMap/web
    """)
    text = formats.text.text(coverage.blocks(coverage.analyze(look(where))), formats.text.Style())
    assert "compared as rendered.\n\nNo component builds on a base.\n" in text


def test_the_example_prints_what_its_readme_promises(
    golden: Callable[[str, str], None], tmp_path: Path
) -> None:
    report = coverage.analyze(look(example(tmp_path)))
    golden("coverage.txt", formats.text.text(coverage.blocks(report), formats.text.Style()))

"""Findings about HelmReleases: what they name and nobody makes; each with a twin that is right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fluxed import SYNC, follow

Draw = Callable[[str], Path]

FILE = "clusters/staging/web.yaml"
BESIDE = """
    --- clusters/staging/charts.yaml
    apiVersion: source.toolkit.fluxcd.io/v1
    kind: HelmRepository
    metadata: {name: charts, namespace: web}
    --- clusters/staging/oci.yaml = OCIRepository/web/web
    --- clusters/staging/values.yaml = ConfigMap/web/values
    data: {values.yaml: "a: 1"}
    --- clusters/staging/db.yaml = HelmRelease/db/db
    spec: {chartRef: {kind: OCIRepository, name: web, namespace: web}}
    --- clusters/staging/sealed.yaml
    apiVersion: external-secrets.io/v1
    kind: ExternalSecret
    metadata: {name: sealed, namespace: web}
    spec: {target: {name: made}}
"""


def found(tree: Draw, spec: str, *, more: str = BESIDE) -> list[tuple[str, str, str]]:
    return follow(
        tree(f"{SYNC}{more}\n    --- {FILE} = HelmRelease/web/web\n    spec: {spec}\n")
    ).said()


CASES = {
    "a chart from a repository": (
        "{chart: {spec: {chart: web, sourceRef: {kind: HelmRepository, name: gone}}}}",
        "{chart: {spec: {chart: web, sourceRef: {kind: HelmRepository, name: charts}}}}",
        ("dangling-chart", f"{FILE}:1",
         "HelmRelease/web (staging): takes its chart from HelmRepository web/gone, which nothing "
         "in the tree makes"),
    ),
    "a chart by reference": (
        "{chartRef: {kind: OCIRepository, name: web, namespace: other}}",
        "{chartRef: {kind: OCIRepository, name: web}}",
        ("dangling-chart", f"{FILE}:1",
         "HelmRelease/web (staging): takes its chart from OCIRepository other/web, which nothing "
         "in the tree makes"),
    ),
    "values from a map": (
        "{valuesFrom: [{kind: ConfigMap, name: gone}]}",
        "{valuesFrom: [{kind: ConfigMap, name: values}, "
        "{kind: ConfigMap, name: gone, optional: true}]}",
        ("dangling-values", f"{FILE}:1",
         "HelmRelease/web (staging): takes values from ConfigMap web/gone, which nothing in the "
         "tree makes"),
    ),
    "values from a secret": (
        "{valuesFrom: [{kind: Secret, name: sealed}]}",
        "{valuesFrom: [{kind: Secret, name: made}]}",
        ("dangling-values", f"{FILE}:1",
         "HelmRelease/web (staging): takes values from Secret web/sealed, which nothing in the "
         "tree makes"),
    ),
    "another release": (
        "{dependsOn: [{name: db}]}",
        "{dependsOn: [{name: db, namespace: db}]}",
        ("dangling-depends-on", f"{FILE}:1",
         "HelmRelease/web (staging): waits for HelmRelease web/db, which nothing in the tree "
         "makes"),
    ),
    "rest": (
        "{suspend: true}",
        "{suspend: false}",
        ("suspended", f"{FILE}:1", "HelmRelease/web (staging) is suspended"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_a_release_names_and_nobody_makes_is_said(tree: Draw, case: str) -> None:
    wrong, _, expected = CASES[case]
    assert found(tree, wrong) == [expected]


@pytest.mark.parametrize("case", CASES)
def test_what_a_release_names_and_is_there_is_not_said(tree: Draw, case: str) -> None:
    assert found(tree, CASES[case][1]) == []


def test_what_is_not_known_here_may_make_it(tree: Draw) -> None:
    elsewhere = """
    --- clusters/staging/other.yaml = FluxKustomization/flux-system/other
    spec: {path: ./x, sourceRef: {kind: GitRepository, name: other}}
    --- clusters/staging/source.yaml = GitRepository/flux-system/other
    spec: {url: "https://example.com/other"}
    --- clusters/staging/ours.yaml = GitRepository/flux-system/flux-system
    spec: {url: "https://example.com/us"}
    """
    assert found(tree, "{valuesFrom: [{kind: ConfigMap, name: gone}]}", more=elsewhere) == [
        (
            "made-elsewhere",
            f"{FILE}:1",
            "HelmRelease/web (staging): takes values from ConfigMap web/gone, "
            "unless other makes it",
        )
    ]


def test_the_same_in_two_clusters_is_said_once(tree: Draw) -> None:
    drawing = "".join(
        f"""
    --- clusters/{name}/flux-system/gotk-sync.yaml = FluxKustomization/flux-system/flux-system
    spec: {{path: ./clusters/{name}, sourceRef: {{kind: GitRepository, name: flux-system}}}}
    --- clusters/{name}/kustomization.yaml
    resources: [flux-system/gotk-sync.yaml, ../../web]
    """
        for name in ("staging", "production")
    )
    drawing += """
    --- web/kustomization.yaml
    resources: [web.yaml]
    --- web/web.yaml = HelmRelease/web/web
    spec: {chartRef: {kind: OCIRepository, name: gone}}
    """
    assert follow(tree(drawing)).said() == [
        (
            "dangling-chart",
            "web/web.yaml:1",
            "HelmRelease/web (production, staging): takes its chart from OCIRepository web/gone, "
            "which nothing in the tree makes",
        )
    ]

"""One directory in several clusters: as many renders, each on its own environment's page."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path

from analyzer import pages
from analyzer.analyses import coverage
from tests.look import look

Draw = Callable[[str], Path]

CLUSTERS = (
    ("staging", "", "v3", "3"),
    ("production", "/eu", "v2", "5"),
    ("production", "/us", "v1", "5"),
)
TREE = (
    "".join(
        f"""
    --- clusters/{environment}{cluster}/flux-system/gotk-sync.yaml = FluxKustomization/a/sync
    spec:
      path: ./clusters/{environment}{cluster}
      sourceRef: {{kind: GitRepository, name: sync}}
    --- clusters/{environment}{cluster}/web.yaml = FluxKustomization/flux-system/web
    spec:
      path: ./apps/web
      prune: true
      sourceRef: {{kind: GitRepository, name: sync}}
      postBuild: {{substitute: {{TAG: {tag}, REPLICAS: "{replicas}"}}}}
"""
        for environment, cluster, tag, replicas in CLUSTERS
    )
    + """
    --- apps/web/kustomization.yaml
    resources: [web.yaml]
    --- apps/web/web.yaml = Deployment/shop/web
    spec:
      replicas: ${REPLICAS}
      template: {spec: {containers: [{name: web, image: "web:${TAG}"}]}}
    --- groundplan.yaml
    layout: {patterns: ["clusters/{environment}/{cluster}", "clusters/{environment}",
                        "apps/{component}"]}
    environments: [staging, production]
"""
)


def test_there_is_a_row_with_its_own_version_for_each_cluster(tree: Draw) -> None:
    seen = look(tree(TREE))
    (web,) = [c for c in coverage.analyze(seen).components if c.name.component == "web"]
    assert [
        (row.environment, row.cluster, row.root, [str(v) for v in row.versions]) for row in web.rows
    ] == [
        ("staging", None, "apps/web", ["web:v3"]),
        ("production", "eu", "apps/web", ["web:v2"]),
        ("production", "us", "apps/web", ["web:v1"]),
    ]
    renders = {
        str(one.seat): one.resources[0].content
        for one in seen.applied
        if one.object.ref.name == "web"
    }
    assert {seat: content["spec"]["replicas"] for seat, content in renders.items()} == {  # type: ignore[index]
        "staging": 3, "production/eu": 5, "production/us": 5,
    }  # fmt: skip


def test_each_environments_page_shows_what_its_own_clusters_get(tree: Draw) -> None:
    book = pages.book(pages.make(look(tree(TREE))), lambda dots: dict.fromkeys(dots, None))
    texts = {
        page.title: html.unescape(page.text)
        for page in book.pages
        if page.tab in ("Environments", "Components")
    }
    assert set(re.findall(r"\bv\d\b", texts["staging"])) == {"v3"}
    assert set(re.findall(r"\bv\d\b", texts["production"])) == {"v1", "v2"}
    assert set(re.findall(r"\bv\d\b", texts["web"])) == {"v1", "v2", "v3"}


def test_reports_and_pages_name_the_reconciler_of_each_cluster(tree: Draw) -> None:
    seen = look(tree(TREE))
    assert sorted(
        (str(d.seats[0]), d.object.name, d.root) for d in seen.deployed_by("apps/web")
    ) == [
        ("production/eu", "web", "apps/web"),
        ("production/us", "web", "apps/web"),
        ("staging", "web", "apps/web"),
    ]

"""Effective values of a HelmRelease, in every environment side by side, on its component's page."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path

from analyzer import pages, releases, units
from analyzer.snapshot import Snapshot
from tests.look import look

Draw = Callable[[str], Path]

ENVIRONMENTS = "".join(
    f"""
    --- clusters/{name}/flux-system/gotk-sync.yaml = FluxKustomization/flux-system/flux-system
    spec: {{path: ./clusters/{name}, sourceRef: {{kind: GitRepository, name: flux-system}}}}
    --- clusters/{name}/web.yaml = FluxKustomization/flux-system/web
    spec:
      path: ./apps/web/{name}
      sourceRef: {{kind: GitRepository, name: flux-system}}
      postBuild: {{substitute: {{HOST: web.{name}.example.com}}}}
    --- apps/web/{name}/kustomization.yaml
    resources: [../base]
    patches: [{{path: patch.yaml}}]
"""
    for name in ("staging", "production", "local")
)
WEB = (
    ENVIRONMENTS
    + """
    --- apps/web/base/kustomization.yaml
    resources: [release.yaml, defaults.yaml]
    --- apps/web/base/defaults.yaml = ConfigMap/web/defaults
    data:
      values.yaml: |
        log: info
        replicas: 1
        ingress: {host: none}
    --- apps/web/base/release.yaml = HelmRelease/web/web
    spec:
      chart: {spec: {chart: web, version: 1.4.0, sourceRef: {kind: HelmRepository, name: charts}}}
      valuesFrom:
      - {kind: ConfigMap, name: defaults}
      - {kind: Secret, name: db, valuesKey: dsn, targetPath: database.url}
      values: {ingress: {host: "${HOST}"}, auth: {password: hunter2-in-git}}
    --- apps/web/staging/patch.yaml = HelmRelease/web/web
    spec: {chart: {spec: {version: 1.5.0}}}
    --- apps/web/production/patch.yaml = HelmRelease/web/web
    spec: {values: {replicas: 3, auth: {password: other-in-git}}}
    --- apps/web/local/patch.yaml = HelmRelease/web/web
    spec: {values: {debug: true}}
"""
)


def table(snapshot: Snapshot, component: str) -> releases.Table:
    """The one release of a component."""
    found = next(c for c in units.components(snapshot) if c.name.component == component)
    (made,) = releases.tables(releases.of(snapshot, found, releases.held(snapshot)))
    return made


def test_values_that_differ_stand_side_by_side_and_the_others_apart(tree: Draw) -> None:
    made = table(look(tree(WEB)), "web")
    assert [(c.environment, c.release.chart, c.release.version) for c in made.columns] == [
        ("local", "web", "1.4.0"),
        ("staging", "web", "1.5.0"),
        ("production", "web", "1.4.0"),
    ]
    assert [(name, [v and v.shown for v in values]) for name, values in made.differing] == [
        ("replicas", ["1", "1", "3"]),
        (
            "ingress.host",
            ["web.local.example.com", "web.staging.example.com", "web.production.example.com"],
        ),
        ("auth.password", ["(redacted)", "(redacted)", "(redacted)"]),
        ("debug", ["true", None, None]),
    ]
    assert [(name, value.shown) for name, value in made.same] == [
        ("log", "info"),
        ("database.url", "<Secret web/db, key dsn>"),
    ]


def test_no_page_has_the_value_of_a_secret(tree: Draw) -> None:
    where = tree(WEB)
    tree(
        """
    --- apps/web/base/kustomization.yaml
    resources: [release.yaml, defaults.yaml, secret.yaml]
    --- apps/web/base/secret.yaml = Secret/web/db
    stringData: {dsn: "in-the-secret"}
    """
    )
    book = pages.book(pages.make(look(where)), lambda dots: dict.fromkeys(dots, None))
    text = html.unescape("".join(page.text for page in book.pages))
    assert "not known: Secret web/db, key dsn, at database.url, a value that no file tells" in text
    for secret in ("in-the-secret", "hunter2-in-git", "other-in-git"):
        assert secret not in text


def test_a_page_shows_chart_version_and_what_differs_in_each_environment(tree: Draw) -> None:
    book = pages.book(pages.make(look(tree(WEB))), lambda dots: dict.fromkeys(dots, None))
    (page,) = [
        page for page in book.pages if page.path.startswith("components/") and page.title == "web"
    ]
    section = html.unescape(page.text).partition("## Helm release web")[2].partition("\n## ")[0]
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line) for line in section.splitlines()]
    told = [[" ".join(re.sub("<[^>]+>", " ", cell).split()) for cell in row] for row in rows if row]
    assert told == [
        ["Value", "local", "staging", "production"],
        ["chart", "web", "web", "web"],
        ["version", "1.4.0", "1.5.0 decide: newer-in-target", "1.4.0 promote: pin"],
        ["replicas", "1", "1", "3 kept: only-in-target"],
        [
            "ingress.host",
            "web.local.example.com",
            "web.staging.example.com",
            "web.production.example.com",
        ],
        ["auth.password", "(redacted)", "(redacted)", "(redacted) kept: secret"],
        ["debug", "true", "– decide: source-only", "–"],
    ]
    assert "2 values the same everywhere" in section
    assert "from ConfigMap web/defaults, key values.yaml (local)" in section


def test_clusters_of_an_environment_that_get_the_same_are_one_column(tree: Draw) -> None:
    drawing = "".join(
        f"""
    --- clusters/production/{name}/flux-system/gotk-sync.yaml = FluxKustomization/flux-system/sync
    spec: {{path: ./clusters/production/{name}, sourceRef: {{kind: GitRepository, name: sync}}}}
    --- clusters/production/{name}/web.yaml = FluxKustomization/flux-system/web
    spec:
      path: ./apps/web/production
      sourceRef: {{kind: GitRepository, name: sync}}
      postBuild: {{substitute: {{SIZE: "{size}"}}}}
    """
        for name, size in (("ap", 2), ("eu", 2), ("us", 5))
    )
    drawing += """
    --- apps/web/production/kustomization.yaml
    resources: [release.yaml]
    --- apps/web/production/release.yaml = HelmRelease/web/web
    spec: {chartRef: {kind: HelmChart, name: web}, values: {size: "${SIZE}", log: info}}
    --- clusters/production/ap/chart.yaml
    apiVersion: source.toolkit.fluxcd.io/v1
    kind: HelmChart
    metadata: {name: web, namespace: web}
    spec: {chart: web, version: 2.0.0, sourceRef: {kind: HelmRepository, name: charts}}
    --- clusters/production/eu/chart.yaml
    apiVersion: source.toolkit.fluxcd.io/v1
    kind: HelmChart
    metadata: {name: web, namespace: web}
    spec: {chart: web, version: 2.0.0, sourceRef: {kind: HelmRepository, name: charts}}
    --- groundplan.yaml
    layout: {patterns: ["apps/{component}/{environment}", "clusters/{environment}/{cluster}"]}
    environments: [production]
    """
    made = table(look(tree(drawing)), "web")
    assert [(c.environment, c.clusters, c.release.version) for c in made.columns] == [
        ("production", ("ap", "eu"), "2.0.0"),
        ("production", ("us",), ""),
    ]
    assert [(name, [v and v.shown for v in values]) for name, values in made.differing] == [
        ("size", ["2", "5"])
    ]
    assert [name for name, _ in made.same] == ["log"]


def test_an_environments_page_lists_its_releases_by_source(tree: Draw) -> None:
    seen = look(tree(WEB))
    assert [
        (r.source, r.name, r.chart, r.version)
        for r in releases.sourced(seen, "staging", releases.held(seen))
    ] == [("HelmRepository/web/charts", "web/web", "web", "1.5.0")]
    book = pages.book(pages.make(seen), lambda dots: dict.fromkeys(dots, None))
    (page,) = [p for p in book.pages if p.tab == "Environments" and p.title == "staging"]
    text = html.unescape(re.sub("<[^>]+>", " ", page.text.replace("<wbr>", "")))
    assert re.search(r"web/web\s+web\s+1\.5\.0\s+HelmRepository/web/charts", text)
    assert "2 resources, from GitRepository/flux-system, declared in" in text

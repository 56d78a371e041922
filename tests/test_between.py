"""One environment beside another: what differs, whatever each calls the same thing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer.analyses import difference
from analyzer.errors import PlaceError
from tests.look import look
from tests.test_since import lines

Draw = Callable[[str], Path]

TREE = """
    --- groundplan.yaml
    layout: {patterns: ["clusters/{environment}/{component}"], base: ["base/{component}"]}
    environments: [local, staging, production]
    --- base/web/kustomization.yaml
    resources: [web.yaml]
    --- base/web/web.yaml = Deployment/web
    spec:
      replicas: 1
      template: {spec: {containers: [{name: a, env: [{name: URL, value: "http://web.shop"}]}]}}
    --- clusters/staging/web/kustomization.yaml
    resources: [../../../base/web]
    namespace: shop-staging
    namePrefix: staging-
    configMapGenerator: [{name: c, literals: [host=db.staging.example.com, level=info]}]
    commonLabels: {env: staging}
    --- clusters/production/web/kustomization.yaml
    resources: [../../../base/web]
    namespace: shop-production
    namePrefix: production-
    replicas: [{name: web, count: 5}]
    configMapGenerator: [{name: c, literals: [host=db.production.example.com, level=warn]}]
    commonLabels: {env: production}
    --- clusters/staging/only/kustomization.yaml
    resources: [x.yaml]
    --- clusters/staging/only/x.yaml = ConfigMap/x
    --- clusters/staging/broken/kustomization.yaml
    resources: [y.yaml]
    --- clusters/staging/broken/y.yaml = ConfigMap/y
    --- clusters/production/broken/kustomization.yaml
    resources: [gone.yaml]
    """


def said(where: Path, *words: str, details: bool = False) -> list[str]:
    return lines(difference.of_environments(look(where), *words), details)


def test_only_what_matters_differs(tree: Draw) -> None:
    assert said(tree(TREE), "staging", "production") == [
        "web",
        "  ~ shop-production/Deployment/production-web  spec.replicas: 1 → 5",
        "  ~ shop-production/ConfigMap/production-c  data.level: info → warn",
        "In one of them only",
        "  - only  1 resource, in staging",
        "Does not build",
        "  ! production: clusters/production/broken",
        "      clusters/production/broken/kustomization.yaml:1: gone.yaml does not exist",
    ]


def test_names_of_its_own_are_counted_and_shown_with_details(tree: Draw) -> None:
    where = tree(TREE)
    found = difference.of_environments(look(where), "staging", "production", "web")
    assert found.normalised == {"environment's name": 5, "name of its own": 4}
    assert "      metadata.labels.env: staging → production  environment's name" in lines(
        found, details=True
    )


def test_the_other_way_round_is_said_the_other_way_round(tree: Draw) -> None:
    assert said(tree(TREE), "production", "staging", "web")[1:] == [
        "  ~ shop-staging/Deployment/staging-web  spec.replicas: 5 → 1",
        "  ~ shop-staging/ConfigMap/staging-c  data.level: warn → info",
    ]


def test_an_environment_beside_itself_differs_in_nothing(tree: Draw) -> None:
    found = difference.of_environments(look(tree(TREE)), "staging", "staging")
    assert (lines(found), found.normalised) == ([], {})
    assert difference.summary(found) == "Nothing differs."


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("stagin", "production"), "stagin: no environment of that name; did you mean staging?"),
        (("staging", "moon"), "moon: no environment of that name; "
         "known: local, staging, production"),
        (("staging", "production", "wed"), "wed: no component of that name; did you mean web?"),
        (("staging", "production", "only"),
         "only: production has no such component; only staging has"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_said(tree: Draw, words: tuple[str, ...], message: str) -> None:
    with pytest.raises(PlaceError) as error:
        said(tree(TREE), *words)
    assert str(error.value) == message


def test_clusters_of_an_environment_are_compared_by_name(tree: Draw) -> None:
    where = tree("""
        --- groundplan.yaml
        layout: {patterns: ["clusters/{environment}/{cluster}/{component}"]}
        environments: [staging, production]
        --- clusters/staging/eu/web/kustomization.yaml
        configMapGenerator: [{name: c, literals: [a=1], options: {disableNameSuffixHash: true}}]
        --- clusters/staging/us/web/kustomization.yaml
        configMapGenerator: [{name: c, literals: [a=2], options: {disableNameSuffixHash: true}}]
        --- clusters/production/eu/web/kustomization.yaml
        configMapGenerator: [{name: c, literals: [a=1], options: {disableNameSuffixHash: true}}]
        --- clusters/production/us/web/kustomization.yaml
        configMapGenerator: [{name: c, literals: [a=3], options: {disableNameSuffixHash: true}}]
        """)
    assert said(where, "staging", "production") == [
        "web (us)",
        '  ~ ConfigMap/c  data.a: "2" → "3"',
    ]
    assert said(where, "production/eu", "production/us") == [
        "web (us)",
        '  ~ ConfigMap/c  data.a: "1" → "3"',
    ]

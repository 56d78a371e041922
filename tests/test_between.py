"""One environment beside another: what differs, whatever each calls the same thing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer import commands, since
from analyzer.analyses import difference
from analyzer.errors import PlaceError
from analyzer.looking import Options
from analyzer.since import PLAIN
from tests.drawn import commit, draw, layout
from tests.look import look
from tests.test_since import lines

Draw = Callable[[str], Path]

TREE = (
    layout("local", "staging", "production")
    + """
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
)


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


def test_a_component_of_one_environment_that_does_not_build_is_not_empty(tree: Draw) -> None:
    where = tree("""
        --- clusters/staging/web/kustomization.yaml
        resources: [web.yaml]
        --- clusters/staging/web/web.yaml = ConfigMap/web
        --- clusters/production/web/kustomization.yaml
        resources: [web.yaml]
        --- clusters/production/web/web.yaml = ConfigMap/web
        --- clusters/production/more/kustomization.yaml
        resources: [gone.yaml]
    """)
    assert said(where, "staging", "production") == [
        "In one of them only",
        "  + more  does not build, in production",
    ]


def test_the_side_that_does_not_build_is_named_in_either_direction(tree: Draw) -> None:
    where = tree("""
        --- clusters/staging/web/kustomization.yaml
        resources: [web.yaml]
        --- clusters/staging/web/web.yaml = ConfigMap/web
        --- clusters/production/web/kustomization.yaml
        resources: [gone.yaml]
    """)
    broken = [
        "  ! production: clusters/production/web",
        "      clusters/production/web/kustomization.yaml:1: gone.yaml does not exist",
    ]
    assert said(where, "staging", "production")[1:] == broken
    assert said(where, "production", "staging")[1:] == broken


JUDGED = """
    --- groundplan.yaml
    layout: {patterns: ["clusters/{environment}/{component}"]}
    environments: [staging, production]
    --- clusters/staging/web/kustomization.yaml
    resources: [web.yaml, account.yaml]
    images: [{name: web, newTag: "2"}]
    --- clusters/staging/web/account.yaml = ServiceAccount/web
    --- clusters/staging/web/web.yaml = Deployment/web
    spec:
      {replicas: 1, strategy: {type: Recreate},
       template: {spec: {containers: [{name: a, image: web}]}}}
    --- clusters/production/web/kustomization.yaml
    resources: [web.yaml]
    images: [{name: web, newTag: "1"}]
    --- clusters/production/web/web.yaml = Deployment/web
    spec: {replicas: 5, minReadySeconds: 9, template: {spec: {containers: [{name: a, image: web}]}}}
    """
IMAGE = "spec.template.spec.containers[name=a].image"


def printed(where: Path, *places: str, format: str = "text", details: bool = False) -> str:
    return since.diff_environments(places, Options(where), format, PLAIN, details)


def test_every_difference_says_what_promotion_does_with_it(tree: Draw) -> None:
    where = tree(JUDGED)
    assert printed(where, "staging", "production").splitlines()[2:] == [
        "Resources: 1 removed, 1 changed; in 1 component. Differences: 2 to promote, 1 to decide, "
        "2 kept.",
        "History is not complete: this is no git repository.",
        "",
        "web: to decide",
        '  ~ Deployment/web  spec.strategy: - {"type": "Recreate"}',
        "      source-only: only the source has it",
        "web: to promote",
        f"  ~ Deployment/web  {IMAGE}: web:2 → web:1",
        "      pin: a version",
        "  - ServiceAccount/web",
        "      new-access: new access rules, policies and monitors follow what needs them",
        "Kept on purpose",
        "  web               1 × only-in-target, 1 × replicas",
        "",
        "--details shows every field.",
    ]
    kept = printed(where, "staging", "production", details=True).split("web: kept on purpose\n")[1]
    assert kept.splitlines() == [
        "  ~ Deployment/web",
        "      spec.minReadySeconds: + 9",
        "        set at clusters/production/web/web.yaml:4",
        "        only-in-target: only the target has it",
        "      spec.replicas: 1 → 5",
        "        set at clusters/staging/web/web.yaml:5 → clusters/production/web/web.yaml:4",
        "        replicas: how many run is each environment's own",
    ]


def test_classes_are_those_of_the_report_whichever_is_named_first(tree: Draw) -> None:
    where = tree(JUDGED)
    (step,) = json.loads(commands.report("promotion", Options(where), "json", PLAIN)[0])["steps"]
    expected = {(d["resource"]["kind"], d["field"]): (d["class"], d["rule"], d["reason"])
                for d in step["components"][0]["differences"]}  # fmt: skip
    assert len(expected) == 5
    for places in (("staging", "production"), ("production", "staging", "web")):
        said = json.loads(printed(where, *places, format="json"))
        found = {}
        for change in said["changes"]:
            for one in [change] if change["change"] in ("added", "removed") else change["fields"]:
                key = change["resource"]["kind"], one.get("field", "")
                found[key] = one["class"], one["rule"], one["reason"]
        assert found == expected
        assert said["promotion"] == {
            "from": "staging", "to": "production", "limit": "this is no git repository",
            "counts": {"promote": 2, "decide": 1, "keep": 2},
        }  # fmt: skip
    text = printed(where, "production", "staging").replace("\n", " ")
    assert "2 kept, seen from staging to production. History is not complete" in text


def test_a_comment_has_the_classes_too(tree: Draw) -> None:
    text = printed(tree(JUDGED), "staging", "production", format="markdown")
    titles = [line for line in text.splitlines() if line.startswith("### ")]
    assert titles == ["### web: to decide", "### web: to promote", "### Kept on purpose"]
    assert "    source-only: only the source has it" in text.splitlines()


def test_clusters_of_one_environment_and_revisions_have_no_classes(tree: Draw) -> None:
    where = tree(JUDGED)
    commit(where, "first")
    draw(
        where,
        """
    --- clusters/production/web/kustomization.yaml
    resources: [web.yaml]
    images: [{name: web, newTag: "2"}]
    """,
    )
    said = json.loads(since.diff("HEAD", Options(where), "json", PLAIN, details=False))
    assert said["promotion"] is None
    assert [f["class"] for c in said["changes"] for f in c["fields"]] == [None]
    said = json.loads(printed(where, "staging", "staging", format="json"))
    assert said["promotion"] is None


def test_a_name_of_the_environment_is_said_to_be_taken_for_the_other(tree: Draw) -> None:
    where = tree("""
        --- groundplan.yaml
        layout: {patterns: ["clusters/{environment}/{component}"]}
        environments: [staging, production]
        --- clusters/staging/web/kustomization.yaml
        resources: [a.yaml]
        --- clusters/staging/web/a.yaml = Deployment/staging-web
        spec: {replicas: 1}
        --- clusters/production/web/kustomization.yaml
        resources: [b.yaml]
        --- clusters/production/web/b.yaml = Deployment/prod-web
        spec: {replicas: 2}
        """)
    assert said(where, "staging", "production") == [
        "web",
        "  ~ Deployment/prod-web  taken for Deployment/staging-web",
        "      spec.replicas: 1 → 2",
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

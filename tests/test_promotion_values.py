"""What is not in the next environment yet: objects and values, and who moved them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from analyzer.analyses import promotion
from tests.drawn import commit, draw
from tests.promoting import (
    LAYOUT,
    SEVERAL,
    WEB,
    classes,
    config,
    kustomization,
    lag,
    pins,
    report,
    told,
    what,
)

Draw = Callable[[str], Path]


def test_new_access_is_promoted_and_other_new_objects_are_decided(tree: Draw) -> None:
    where = tree(
        WEB
        + """
    --- clusters/staging/web/kustomization.yaml
    resources: [../../../base/web, account.yaml, job.yaml]
    images: [{name: web, newTag: "1.1"}]
    --- clusters/staging/web/account.yaml = ServiceAccount/web
    --- clusters/staging/web/job.yaml = Deployment/job
    """
    )
    commit(where, "first")
    assert sorted(classes(where)) == [
        ("Deployment/job", "decide", "new-resource"),
        ("ServiceAccount/web", "promote", "new-access"),
    ]


def test_what_promotions_left_out_was_meant(tree: Draw) -> None:
    where = tree(SEVERAL)
    pins(where, "staging", "1", "1", day=1)
    pins(where, "production", "1", "1", day=2)
    draw(
        where,
        """
    --- clusters/staging/web/kustomization.yaml
    resources: [../../../base/web, account.yaml]
    images: [{name: a, newTag: "2"}, {name: b, newTag: "1"}]
    --- clusters/staging/web/account.yaml = ServiceAccount/web
    """,
    )
    commit(where, "2", "2026-01-03T00:00:00Z")
    assert ("ServiceAccount/web", "promote", "new-access") in classes(where)
    pins(where, "production", "2", "1", day=4)
    assert classes(where) == [("ServiceAccount/web", "keep", "passed-over")]


def test_access_that_was_left_out_when_the_target_was_changed_is_decided(tree: Draw) -> None:
    where = tree(LAYOUT)
    config(where, "a=1", "a=1", 1)
    draw(
        where,
        """
    --- clusters/staging/web/kustomization.yaml
    resources: [account.yaml, job.yaml]
    configMapGenerator: [{name: c, literals: [a=1]}]
    --- clusters/staging/web/account.yaml = ServiceAccount/web
    --- clusters/staging/web/job.yaml = Deployment/job
    """,
    )
    commit(where, "access", "2026-01-02T00:00:00Z")
    assert classes(where) == [
        ("ServiceAccount/web", "promote", "new-access"),
        ("Deployment/job", "decide", "new-resource"),
    ]
    kustomization(where, "staging", "resources: [account.yaml, job.yaml]\n"
                  "configMapGenerator: [{name: c, literals: [a=2]}]\n")  # fmt: skip
    commit(where, "the source goes on", "2026-01-03T00:00:00Z")
    assert ("ServiceAccount/web", "promote", "new-access") in classes(where)
    kustomization(where, "production", "configMapGenerator: [{name: c, literals: [a=2]}]\n")
    commit(where, "the target follows", "2026-01-04T00:00:00Z")
    assert told(where) == [
        ("ServiceAccount/web", "left-out",
         "the target was changed since, and this was not taken along"),
        ("Deployment/job", "new-resource", "a new resource needs configuration of its own"),
    ]  # fmt: skip


def test_a_new_key_is_to_be_decided(tree: Draw) -> None:
    where = tree(LAYOUT)
    config(where, "a=1", "a=1", 1)
    config(where, "a=1, b=2", "a=1", 2)
    assert classes(where) == [("ConfigMap/c data.b", "decide", "new-key")]


def test_what_both_sides_had_tells_who_moved(tree: Draw) -> None:
    where = tree(LAYOUT)
    config(where, "a=1, b=1, c=1, d=1, e=5", "a=1, b=1, c=1, d=2, e=6", 1)
    moved = config(where, "a=2, b=1, c=2, d=1, e=5", "a=1, b=2, c=3, d=2, e=6", 2)
    assert told(where) == [
        ("ConfigMap/c data.a", "source-changed",
         "equal once, and only the source was changed since; 1 change of the source since in 1 day"
         f", last {moved} of 2026-01-02"),
        ("ConfigMap/c data.b", "target-changed",
         "equal once, and only the target was changed since; the target was last set by "
         f"{moved} of 2026-01-02"),
        ("ConfigMap/c data.c", "both-changed",
         "equal once, and both were changed since; the target was last set by "
         f"{moved} of 2026-01-02"),
        ("ConfigMap/c data.d", "never-equal",
         "never equal as far as history goes: it was meant"),
        ("ConfigMap/c data.e", "never-equal",
         "never equal as far as history goes: it was meant"),
    ]  # fmt: skip
    assert lag(where).state == "diverged"


def test_a_value_that_was_taken_back(tree: Draw) -> None:
    where = tree(LAYOUT)
    config(where, "a=2", "a=1", 1)
    config(where, "a=2", "a=2", 2)
    config(where, "a=2", "a=1", 3)
    assert classes(where) == [("ConfigMap/c data.a", "decide", "reverted")]


def test_what_the_source_removed_is_to_be_decided_and_what_is_the_targets_own_stays(
    tree: Draw,
) -> None:
    where = tree(LAYOUT)
    config(where, "a=1, b=1", "a=1, b=1, c=1", 1)
    config(where, "a=1", "a=1, b=1, c=1", 2)
    assert classes(where) == [
        ("ConfigMap/c data.b", "decide", "removed-in-source"),
        ("ConfigMap/c data.c", "keep", "only-in-target"),
    ]


def test_a_file_the_source_removed_is_to_be_decided(tree: Draw) -> None:
    files = "--- clusters/{0}/web/kustomization.yaml\nresources: [a.yaml, b.yaml]\n" + (
        "--- clusters/{0}/web/a.yaml = ConfigMap/a\n--- clusters/{0}/web/b.yaml = ConfigMap/b\n"
    )
    where = tree(LAYOUT)
    for environment in ("staging", "production"):
        draw(where, files.format(environment))
    commit(where, "first", "2026-01-01T00:00:00Z")
    kustomization(where, "staging", "resources: [a.yaml]\n")
    (where / "clusters/staging/web/b.yaml").unlink()
    commit(where, "b is gone", "2026-01-02T00:00:00Z")
    assert classes(where) == [("ConfigMap/b", "decide", "removed-in-source")]


def test_hosts_replicas_and_names_are_kept(tree: Draw) -> None:
    where = tree(
        WEB
        + """
    --- clusters/production/web/kustomization.yaml
    resources: [../../../base/web]
    namePrefix: production-
    replicas: [{name: web, count: 3}]
    images: [{name: web, newTag: "1.1"}]
    configMapGenerator: [{name: c, literals: ["host=web.example.com"]}]
    --- clusters/staging/web/kustomization.yaml
    resources: [../../../base/web]
    namePrefix: staging-
    images: [{name: web, newTag: "1.1"}]
    configMapGenerator: [{name: c, literals: ["host=web.test"]}]
    """
    )
    found = [(what(g), g.rule.id) for g in lag(where).gaps]
    assert sorted(found) == [
        ("ConfigMap/production-c data.host", "host"),
        ("ConfigMap/production-c metadata.name", "environment-name"),
        ("Deployment/production-web metadata.name", "environment-name"),
        ("Deployment/production-web spec.replicas", "replicas"),
    ]
    assert lag(where).state == "in-sync"


def test_clusters_are_compared_each(tree: Draw) -> None:
    where = tree(
        """
    --- groundplan.yaml
    layout: {patterns: ["clusters/{environment}/{cluster}/{component}"]}
    environments: [staging, production]
    --- clusters/staging/one/web/kustomization.yaml
    configMapGenerator: [{name: c, literals: [a=2]}]
    --- clusters/production/eu/web/kustomization.yaml
    configMapGenerator: [{name: c, literals: [a=2]}]
    --- clusters/production/us/web/kustomization.yaml
    configMapGenerator: [{name: c, literals: [a=1]}]
    """
    )
    (step,) = report(where).steps
    assert [(promotion.places(one), one.state) for one in step.lags] == [
        ("staging/one → production/eu", "in-sync"),
        ("staging/one → production/us", "behind"),
    ]

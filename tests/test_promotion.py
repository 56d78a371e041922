"""What is not in the next environment yet: exact classes and reasons over drawn histories."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer import analyses, commands, formats
from analyzer.analyses import promotion
from analyzer.analyses.promotion import Promotion
from analyzer.classing import RULES, Subject
from analyzer.errors import ConfigError
from analyzer.gaps import Gap
from analyzer.lags import Lag
from analyzer.looking import Options
from analyzer.threeway import Story
from tests.drawn import commit, draw
from tests.look import look, said

Draw = Callable[[str], Path]

LAYOUT = """
    --- groundplan.yaml
    layout: {patterns: ["clusters/{environment}/{component}"], base: ["base/{component}"]}
    environments: [staging, production]
    """
WEB = (
    LAYOUT
    + """
    --- base/web/kustomization.yaml
    resources: [web.yaml]
    --- base/web/web.yaml = Deployment/web
    spec: {replicas: 1, template: {spec: {containers: [{name: a, image: "web:1.0"}]}}}
    --- clusters/staging/web/kustomization.yaml
    resources: [../../../base/web]
    images: [{name: web, newTag: "1.1"}]
    --- clusters/production/web/kustomization.yaml
    resources: [../../../base/web]
    images: [{name: web, newTag: "1.1"}]
    """
)


def kustomization(where: Path, environment: str, text: str, component: str = "web") -> None:
    draw(where, f"--- clusters/{environment}/{component}/kustomization.yaml\n{text}")


def pins(where: Path, environment: str, *versions: str, day: int) -> str:
    """An overlay that pins images a, b, … in a commit of its own."""
    listed = ", ".join(
        f'{{name: {name}, newTag: "{version}"}}'
        for name, version in zip("abc", versions, strict=False)
    )
    kustomization(where, environment, f"resources: [../../../base/web]\nimages: [{listed}]\n")
    return commit(where, f"{environment} {versions}", f"2026-01-{day:02}T00:00:00Z")[:10]


SEVERAL = (
    LAYOUT
    + """
    --- base/web/kustomization.yaml
    resources: [web.yaml]
    --- base/web/web.yaml = Deployment/web
    spec: {template: {spec: {containers: [{name: a, image: "a:1"}, {name: b, image: "b:1"}]}}}
    """
)


def report(where: Path) -> Promotion:
    view = commands.look(Options(where), lags=True, commits=True)
    return promotion.analyze(view.snapshot)


def lag(where: Path) -> Lag:
    (step,) = report(where).steps
    (one,) = step.lags
    return one


def told(where: Path) -> list[tuple[str, str, str]]:
    """(what, rule, reason) of everything that counts."""
    return [(what(gap), gap.rule.id, gap.reason) for gap in lag(where).gaps]


def classes(where: Path) -> list[tuple[str, str, str]]:
    return [(what(gap), gap.verdict, gap.rule.id) for gap in lag(where).gaps]


def what(gap: Gap) -> str:
    name = gap.resource.short if gap.resource is not None else ""
    return f"{name} {gap.field}".strip()


IMAGE = "Deployment/web spec.template.spec.containers[name={}].image"


def test_no_drift_is_a_result(tree: Draw) -> None:
    found = report(tree(WEB))
    (step,) = found.steps
    assert [one.state for one in step.lags] == ["in-sync"]
    assert promotion.verdict(step) == (
        "No drift: 1 component in sync; 0 differences are kept on purpose."
    )


def test_a_version_lags_with_its_commits_and_days(tree: Draw) -> None:
    where = tree(SEVERAL)
    pins(where, "staging", "1", "1", day=1)
    pins(where, "production", "1", "1", day=2)
    first = pins(where, "staging", "2", "1", day=5)
    last = pins(where, "staging", "3", "1", day=9)
    one = lag(where)
    assert (one.state, one.days) == ("behind", 7)
    (gap,) = one.gaps
    assert (what(gap), gap.verdict, gap.rule.id) == (IMAGE.format("a"), "promote", "pin")
    assert gap.reason == (
        f"a version; 2 changes of the source since in 7 days, last {last} of 2026-01-09"
    )
    assert [m.commit.id[:10] for m in gap.story.missed] == [first, last]
    assert (gap.source.value, str(gap.source.at)) == (
        "a:3", "clusters/staging/web/kustomization.yaml:2",
    )  # fmt: skip
    assert (gap.target.value, str(gap.target.at)) == (
        "a:1", "clusters/production/web/kustomization.yaml:2",
    )  # fmt: skip


def test_versions_that_are_the_same_move_together(tree: Draw) -> None:
    where = tree(SEVERAL)
    pins(where, "staging", "abcdef1", "abcdef1", day=1)
    pins(where, "production", "abcdef1", "abcdef1", day=2)
    pins(where, "staging", "abcdef2", "abcdef2", day=3)
    assert [(g.rule.id, g.group) for g in lag(where).gaps] == [
        ("pin", "abcdef2"),
        ("pin", "abcdef2"),
    ]


def test_a_group_that_was_promoted_in_part_is_to_be_decided(tree: Draw) -> None:
    where = tree(SEVERAL)
    pins(where, "production", "abcdef1", "abcdef1", day=2)
    pins(where, "staging", "abcdef2", "abcdef2", day=3)
    pins(where, "production", "abcdef2", "abcdef1", day=4)
    assert classes(where) == [(IMAGE.format("b"), "decide", "held-back")]


LOCKSTEP = """
    --- clusters/{0}/web/kustomization.yaml
    resources: [web.yaml, "https://github.com/acme/web//crds?ref={1}"]
    images: [{{name: web, newTag: {2}}}]
    --- clusters/{0}/web/web.yaml = Deployment/web
    spec: {{template: {{spec: {{containers: [{{name: a, image: web}}]}}}}}}
    """
REF = "https://github.com/acme/web//crds?ref"
SPLIT = "the source has one version for all of these, and the target has several"


@pytest.mark.parametrize(
    ("ref", "tag", "expected"),
    [
        # neither moved: one group, and all of it is to promote
        ("abcdef1", "abcdef1", [(IMAGE.format("a"), "promote", "pin", "a version", "abcdef2"),
                                (REF, "promote", "pin", "a version", "abcdef2")]),
        # only the tag moved, only the base moved
        ("abcdef1", "abcdef2", [(REF, "decide", "split-lockstep", SPLIT, "abcdef2")]),
        ("abcdef2", "abcdef1", [(IMAGE.format("a"), "decide", "split-lockstep", SPLIT, "abcdef2")]),
        ("abcdef2", "abcdef2", []),
    ],
)  # fmt: skip
def test_a_tag_and_a_base_of_one_version_move_together_or_are_to_be_decided(
    tree: Draw, ref: str, tag: str, expected: list[tuple[str, str, str, str, str]]
) -> None:
    where = tree(LAYOUT)
    draw(where, LOCKSTEP.format("staging", "abcdef2", "abcdef2"))
    draw(where, LOCKSTEP.format("production", ref, tag))
    found = [(what(g), g.verdict, g.rule.id, g.reason, g.group) for g in lag(where).gaps]
    assert found == expected


NAMED = """
    --- clusters/staging/web/kustomization.yaml
    resources: [a.yaml]
    --- clusters/staging/web/a.yaml = {0}
    spec: {{replicas: 1}}
    --- clusters/production/web/kustomization.yaml
    resources: [b.yaml]
    --- clusters/production/web/b.yaml = {1}
    spec: {{replicas: 2}}
    """


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Deployment/web-staging", "Deployment/web-production"),
        ("Deployment/staging-web", "Deployment/prod-web"),
        ("Deployment/web-stg-api", "Deployment/web-prd-api"),
    ],
)
def test_a_resource_that_is_named_after_its_environment_is_the_same(
    tree: Draw, source: str, target: str
) -> None:
    where = tree(LAYOUT + NAMED.format(source, target))
    assert classes(where) == [
        (f"{target} metadata.name", "keep", "environment-name"),
        (f"{target} spec.replicas", "keep", "replicas"),
    ]
    assert [(a.short, b.short) for a, b in lag(where).renamed] == [(source, target)]
    text, _ = commands.report("promotion", Options(where), "text", formats.text.Style())
    assert f"    {source} is {target}\n" in text


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Deployment/web-staging", "StatefulSet/web-production"),  # another kind
        ("Deployment/web-staging", "Deployment/api-production"),  # another name
        ("Deployment/web-blue", "Deployment/web-green"),  # no environment's words
        ("Deployment/web-staging", "Deployment/web-productionist"),  # no whole word
        ("Deployment/staging", "Deployment/production"),  # nothing is left of the name
        ("Deployment/web-production", "Deployment/web-staging"),  # the other one's word
    ],
)
def test_a_resource_of_another_name_is_another(tree: Draw, source: str, target: str) -> None:
    where = tree(LAYOUT + NAMED.format(source, target))
    assert classes(where) == [
        (source, "decide", "new-resource"),
        (target, "keep", "only-in-target"),
    ]
    assert lag(where).renamed == ()


def test_names_that_fit_several_are_not_taken_for_the_same(tree: Draw) -> None:
    where = tree(LAYOUT + NAMED.format("Deployment/web-staging", "Deployment/web-production"))
    draw(
        where,
        """
    --- clusters/production/web/kustomization.yaml
    resources: [b.yaml, c.yaml]
    --- clusters/production/web/c.yaml = Deployment/prod-web
    spec: {replicas: 3}
    """,
    )
    assert sorted(classes(where)) == [
        ("Deployment/prod-web", "keep", "only-in-target"),
        ("Deployment/web-production", "keep", "only-in-target"),
        ("Deployment/web-staging", "decide", "new-resource"),
    ]


def test_a_version_that_was_left_while_others_were_promoted_is_held_back(tree: Draw) -> None:
    where = tree(SEVERAL)
    pins(where, "staging", "1", "1", day=1)
    held = pins(where, "production", "1", "1", day=2)
    pins(where, "staging", "2", "7", day=3)
    pins(where, "production", "1", "7", day=4)
    assert told(where) == [
        (
            IMAGE.format("a"),
            "held-back",
            f"versions beside it were promoted since, and this one was not; set by {held} of "
            "2026-01-02",
        )
    ]


def test_an_earlier_version_was_chosen(tree: Draw) -> None:
    where = tree(SEVERAL)
    pins(where, "production", "0", "1", day=1)
    pins(where, "staging", "1", "1", day=1)
    pins(where, "staging", "2", "1", day=2)
    pins(where, "staging", "3", "1", day=3)
    chosen = pins(where, "production", "2", "1", day=4)
    assert told(where) == [
        (
            IMAGE.format("a"),
            "earlier-version",
            "the target took a version that the source had left already; the target was last set "
            f"by {chosen} of 2026-01-04",
        )
    ]


def test_a_version_the_source_never_had_is_ahead(tree: Draw) -> None:
    where = tree(SEVERAL)
    pins(where, "production", "1", "1", day=1)
    pins(where, "staging", "1", "1", day=1)
    fix = pins(where, "production", "1.1", "1", day=2)
    assert told(where) == [
        (
            IMAGE.format("a"),
            "never-in-source",
            f"the target took a version that the source never had; set by {fix} of 2026-01-02",
        )
    ]
    assert lag(where).state == "ahead"


def test_a_version_that_was_taken_back_is_to_be_decided(tree: Draw) -> None:
    where = tree(SEVERAL)
    pins(where, "production", "1", "1", day=1)
    pins(where, "staging", "2", "1", day=2)
    had = pins(where, "production", "2", "1", day=3)
    back = pins(where, "production", "1", "1", day=4)
    assert told(where) == [
        (
            IMAGE.format("a"),
            "reverted",
            f"the target had the source's value and went back; it had it since {had} of "
            f"2026-01-03, until {back} of 2026-01-04",
        )
    ]


def test_a_value_of_base_counts_as_the_targets(tree: Draw) -> None:
    where = tree(WEB)
    kustomization(where, "production", "resources: [../../../base/web]\n")
    commit(where, "first")
    (gap,) = lag(where).gaps
    assert (gap.rule.id, gap.target.value, str(gap.target.at)) == (
        "pin", "web:1.0", "base/web/web.yaml:4",
    )  # fmt: skip


CHART = (
    LAYOUT
    + """
    --- clusters/{0}/dns/kustomization.yaml
    resources: [release.yaml]
    --- clusters/{0}/dns/release.yaml = HelmRelease/dns
    spec: {{chart: {{spec: {{chart: dns, version: {1}}}}}, values: {{mode: {2}}}}}
    """
)


def test_values_that_changed_with_a_chart_are_decided_with_it(tmp_path: Path) -> None:
    files = CHART.replace(LAYOUT, "")
    draw(tmp_path, LAYOUT)
    for environment in ("staging", "production"):
        draw(tmp_path, files.format(environment, "1.2.0", "old"))
    commit(tmp_path, "first", "2026-01-01T00:00:00Z")
    draw(tmp_path, files.format("staging", "1.3.0", "new"))
    bump = commit(tmp_path, "bump", "2026-01-04T00:00:00Z")[:10]
    assert told(tmp_path) == [
        ("HelmRelease/dns spec.chart.spec.version", "pin",
         f"a version; 1 change of the source since in 3 days, last {bump} of 2026-01-04"),
        ("HelmRelease/dns spec.values.mode", "with-version",
         f"the source changed it with its version; both in {bump}; 1 change of the source since "
         f"in 3 days, last {bump} of 2026-01-04"),
    ]  # fmt: skip


def test_another_major_of_a_chart_is_to_be_decided(tmp_path: Path) -> None:
    files = CHART.replace(LAYOUT, "")
    draw(tmp_path, LAYOUT)
    draw(tmp_path, files.format("staging", "2.0.0", "a"))
    draw(tmp_path, files.format("production", "1.9.0", "a"))
    assert classes(tmp_path) == [
        ("HelmRelease/dns spec.chart.spec.version", "decide", "chart-major")
    ]


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


CONFIG = """
    --- clusters/staging/web/kustomization.yaml
    configMapGenerator: [{name: c, literals: [%s]}]
    --- clusters/production/web/kustomization.yaml
    configMapGenerator: [{name: c, literals: [%s]}]
    """


def config(where: Path, source: str, target: str, day: int) -> str:
    draw(where, CONFIG % (source, target))
    return commit(where, f"{source} {target}", f"2026-01-{day:02}T00:00:00Z")[:10]


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


def test_a_side_that_does_not_build_is_not_compared(tree: Draw) -> None:
    where = tree(WEB)
    kustomization(where, "production", "resources: [gone.yaml]\n")
    one = lag(where)
    assert (one.state, one.gaps, one.why) == (
        "not-comparable", (),
        "clusters/production/web/kustomization.yaml:1: gone.yaml does not exist",
    )  # fmt: skip


def test_a_component_of_one_environment_is_named(tree: Draw) -> None:
    where = tree(WEB)
    draw(where, "--- clusters/staging/new/kustomization.yaml\n"
                "configMapGenerator: [{name: c, literals: [a=1]}]\n")  # fmt: skip
    (step,) = report(where).steps
    assert [(str(one.name), one.state, one.why) for one in step.lags] == [
        ("new", "only-in-from", "1 resource"),
        ("web", "in-sync", ""),
    ]


REST = """
    --- groundplan.yaml
    layout: {patterns: ["clusters/{environment}/apps/{component}", "clusters/{environment}"]}
    environments: [staging, production]
    --- clusters/staging/kustomization.yaml
    resources: [apps/web, extra, namespace.yaml]
    --- clusters/staging/namespace.yaml = Namespace/web
    --- clusters/staging/extra/kustomization.yaml
    resources: [extra.yaml]
    --- clusters/staging/extra/extra.yaml = ConfigMap/extra
    --- clusters/staging/apps/web/kustomization.yaml
    resources: [web.yaml]
    --- clusters/staging/apps/web/web.yaml = ConfigMap/web
    --- clusters/production/kustomization.yaml
    resources: [apps/web, namespace.yaml]
    --- clusters/production/namespace.yaml = Namespace/web
    --- clusters/production/apps/web/kustomization.yaml
    resources: [web.yaml]
    --- clusters/production/apps/web/web.yaml = ConfigMap/web
    """


def test_what_belongs_to_no_component_is_compared_too(tree: Draw) -> None:
    where = tree(REST)
    (step,) = report(where).steps
    assert [(str(one.name), one.state, [(what(g), g.verdict, g.rule.id) for g in one.gaps])
            for one in step.lags] == [
        ("clusters/{environment}", "behind", [("ConfigMap/extra", "decide", "new-resource")]),
        ("web", "in-sync", []),
    ]  # fmt: skip
    (where / "clusters/production/namespace.yaml").unlink()
    (step,) = report(where).steps
    assert [(str(one.name), one.state, one.why) for one in step.lags] == [
        ("clusters/{environment}", "not-comparable",
         "clusters/production/kustomization.yaml:1: namespace.yaml does not exist"),
        ("web", "in-sync", ""),
    ]  # fmt: skip
    (where / "clusters/production/kustomization.yaml").unlink()
    (step,) = report(where).steps
    assert [(str(one.name), one.state, one.why) for one in step.lags] == [
        ("clusters/{environment}", "only-in-from", "2 resources"),
        ("web", "in-sync", ""),
    ]
    assert promotion.verdict(step) == (
        "2 components: 1 in sync, 1 only in staging. Differences: 0 to promote, 0 to decide, "
        "0 kept."
    )


def test_words_that_recur_explain_and_their_exceptions_are_shown(tree: Draw) -> None:
    files = """
    --- clusters/{0}/web/kustomization.yaml
    resources: [a.yaml]
    --- clusters/{0}/web/a.yaml = ConfigMap/a
    data: {{one: a.{1}, two: b.{1}, three: c.{1}/x, left: z.stg.acme.io}}
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata: {{name: b}}
    data: {{four: "d.{1}", five: "{1}"}}
    """
    where = tree(LAYOUT)
    draw(where, files.format("staging", "stg.acme.io"))
    draw(where, files.format("production", "acme.com"))
    (step,) = report(where).steps
    (one,) = step.learned
    assert (one.before, one.after, one.fields, one.resources, one.exceptions) == (
        "stg.acme.io", "acme.com", 5, 2, ("ConfigMap/a data.left",),
    )  # fmt: skip
    assert {g.rule.id for g in step.lags[0].gaps} == {"substitution"}
    assert step.lags[0].gaps[0].reason == (
        "different only by what one environment calls otherwise; stg.acme.io → acme.com in 5 fields"
    )


def test_what_groundplan_yaml_says_counts_first(tree: Draw) -> None:
    where = tree(
        """
    --- groundplan.yaml
    layout: {patterns: ["clusters/{environment}/{component}"]}
    environments: [staging, production]
    intent:
      - {kind: keep-different, field: data.a, environment: production, reason: a is loud}
      - {kind: known-lag, field: data.c, reason: next week}
    promotion:
      - {class: promote, resource: ConfigMap, field: data.b, reason: b follows}
    """
    )
    config(where, "a=1, b=1, c=1", "a=1, b=1, c=1", 1)
    moved = config(where, "a=2, b=2, c=2", "a=1, b=1, c=1", 2)
    assert [(g.verdict, *one) for g, one in zip(lag(where).gaps, told(where), strict=True)] == [
        ("keep", "ConfigMap/c data.a", "intent", "a is loud (groundplan.yaml:4)"),
        ("promote", "ConfigMap/c data.b", "own-rule", "b follows (groundplan.yaml:7)"),
        ("decide", "ConfigMap/c data.c", "source-changed",
         "equal once, and only the source was changed since; 1 change of the source since in 1 day"
         f", last {moved} of 2026-01-02; known: next week (groundplan.yaml:5)"),
    ]  # fmt: skip


def test_of_own_rules_the_first_that_fits_counts(tree: Draw) -> None:
    where = tree(
        """
    --- groundplan.yaml
    layout: {patterns: ["clusters/{environment}/{component}"]}
    environments: [staging, production]
    promotion:
      - {class: keep, field: data.a, reason: a stays}
      - {class: promote, resource: ConfigMap, reason: the rest follows}
    """
    )
    config(where, "a=1, b=1", "a=1, b=1", 1)
    config(where, "a=2, b=2", "a=1, b=1", 2)
    assert [(g.verdict, *one) for g, one in zip(lag(where).gaps, told(where), strict=True)] == [
        ("keep", "ConfigMap/c data.a", "own-rule", "a stays (groundplan.yaml:4)"),
        ("promote", "ConfigMap/c data.b", "own-rule", "the rest follows (groundplan.yaml:5)"),
    ]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("class: promote, component: wep",
         "promote: no component is wep; correct it, or remove it"),
        ("class: keep, environment: prod",
         "keep: no environment is prod; correct it, or remove it"),
        ("class: decide, resource: Secret",
         "decide: no resource there is Secret; correct it, or remove it"),
        ("class: keep, component: web, field: data.gone",
         "keep: no field there is data.gone; correct it, or remove it"),
        ("class: keep, component: web, environment: production, field: data.a", None),
        ("class: keep, resource: ConfigMap", None),
    ],
)  # fmt: skip
def test_an_own_rule_that_is_about_nothing_is_a_finding(
    tree: Draw, entry: str, message: str | None
) -> None:
    where = tree(
        f"""
    --- groundplan.yaml
    layout: {{patterns: ["clusters/{{environment}}/{{component}}"]}}
    environments: [staging, production]
    promotion:
      - {{{entry}, reason: why}}
    """
    )
    config(where, "a=1", "a=1", 1)
    found = analyses.run(look(where)).findings
    rule = "unused-promotion-rule"
    assert said(found) == ([(rule, "groundplan.yaml:4", message)] if message else [])


def test_own_rules_are_checked(tree: Draw) -> None:
    where = tree(
        """
    --- groundplan.yaml
    promotion:
      - {class: push, reason: x, field: a}
      - {class: keep, field: a}
      - {class: keep, reason: x}
    """
    )
    with pytest.raises(ConfigError) as raised:
        report(where)
    assert str(raised.value).split("\n") == [
        "groundplan.yaml:2: promotion[0].class: push is no class; it is one of promote, decide, "
        "keep",
        "groundplan.yaml:3: promotion[1] has no reason; say why, for whoever reads it later",
        "groundplan.yaml:4: promotion[2] is about everything; name at least one of component, "
        "environment, resource, field",
    ]


def test_remote_refs_are_versions(tree: Draw) -> None:
    where = tree(
        LAYOUT
        + """
    --- clusters/staging/web/kustomization.yaml
    resources: ["https://github.com/acme/web//deploy?ref=v2"]
    --- clusters/production/web/kustomization.yaml
    resources: ["https://github.com/acme/web//deploy?ref=v1"]
    """
    )
    commit(where, "first")
    assert classes(where) == [("https://github.com/acme/web//deploy?ref", "promote", "pin")]


def test_secrets_are_compared_and_never_shown(tree: Draw) -> None:
    where = tree(LAYOUT)
    for environment, value in (("staging", "czNjcjN0LXN0YWdpbmc="), ("production", "czNjcjN0LXA=")):
        draw(where, f"--- clusters/{environment}/web/kustomization.yaml\nresources: [s.yaml]\n"
                    f"--- clusters/{environment}/web/s.yaml = Secret/s\n"
                    f"data: {{password: {value}}}\n")  # fmt: skip
    commit(where, "first")
    assert classes(where) == [("Secret/s data.password", "keep", "secret")]
    for format in ("text", "json", "markdown"):
        text, _ = commands.report("promotion", Options(where), format, formats.text.Style())
        assert "czNjcjN0" not in text


def test_without_git_it_says_so(tree: Draw) -> None:
    where = tree(WEB)
    kustomization(where, "production", "resources: [../../../base/web]\n")
    found = report(where)
    assert found.limit == "this is no git repository"
    assert [g.rule.id for g in found.steps[0].lags[0].gaps] == ["pin"]


def test_a_shallow_clone_says_so(tree: Draw, tmp_path: Path) -> None:
    where = tree(SEVERAL)
    pins(where, "staging", "1", "1", day=1)
    pins(where, "production", "1", "1", day=2)
    pins(where, "staging", "2", "1", day=3)
    clone = tmp_path / "clone"
    subprocess.run(("git", "clone", "-q", "--depth", "1", f"file://{where}", clone), check=True)
    found = report(clone)
    assert found.limit == "this is a shallow clone"
    assert [(g.rule.id, g.story.days) for g in found.steps[0].lags[0].gaps] == [("pin", None)]


def test_what_is_not_committed_yet_is_the_last_moment(tree: Draw) -> None:
    where = tree(SEVERAL)
    pins(where, "staging", "1", "1", day=1)
    pins(where, "production", "1", "1", day=2)
    pinned = 'images: [{name: a, newTag: "2"}, {name: b, newTag: "1"}]'
    kustomization(where, "staging", f"resources: [../../../base/web]\n{pinned}\n")
    assert told(where) == [
        (IMAGE.format("a"), "pin",
         "a version; 1 change of the source since, last what is not committed yet"),
    ]  # fmt: skip


def test_an_order_that_nobody_knows_is_said(tree: Draw) -> None:
    where = tree("--- a/kustomization.yaml\nresources: []\n")
    text, _ = commands.report("promotion", Options(where), "text", formats.text.Style())
    assert "Fewer than two environments are in a known order" in text


@pytest.mark.parametrize("format", ["text", "markdown", "json"])
def test_every_format_has_the_difference(tree: Draw, format: str) -> None:
    where = tree(SEVERAL)
    pins(where, "production", "1", "1", day=1)
    pins(where, "staging", "2", "1", day=2)
    text, _ = commands.report("promotion", Options(where), format, formats.text.Style())
    assert "a:2" in text
    if format == "json":
        (step,) = json.loads(text)["steps"]
        (difference,) = step["components"][0]["differences"]
        assert (difference["class"], difference["rule"]) == ("promote", "pin")
        assert difference["to"]["commit"]["date"] == "2026-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("field", "rule"),
    [
        ("spec.template.spec.containers[name=app].envFrom[0].secretRef.name", "secret-path"),
        ("spec.values.vault.path", "secret-path"),
        ("spec.template.spec.containers[name=vault].command[0]", None),
        ("spec.values.aws.region", "cloud"),
        ("data.ROLE_ARN", "cloud"),
        ("spec.values.roleArn", "cloud"),
        ("data.warn", None),
        ("spec.values.timezones", None),
    ],
)
def test_fields_are_known_by_their_own_words(field: str, rule: str | None) -> None:
    subject = Subject("value", "Deployment", field, Story(), frozenset())
    found = [one.id for one in RULES if one.id in ("secret-path", "cloud") and one.fits(subject)]
    assert found == ([rule] if rule else [])

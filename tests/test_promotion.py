"""What is not in the next environment yet: versions, over drawn histories."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer import commands, formats
from analyzer.analyses import promotion
from analyzer.looking import Options
from tests.drawn import commit, draw
from tests.promoting import (
    IMAGE,
    LAYOUT,
    SEVERAL,
    WEB,
    classes,
    kustomization,
    lag,
    pins,
    report,
    told,
    what,
)

Draw = Callable[[str], Path]


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


@pytest.mark.parametrize(
    "version", ["'>=1.0.0-alpha'", "1.x", "'*'", "~1.2", "1.2.0 - 1.4.0", "^1"]
)
def test_a_range_of_versions_floats_and_is_to_be_decided(tmp_path: Path, version: str) -> None:
    files = CHART.replace(LAYOUT, "")
    draw(tmp_path, LAYOUT)
    draw(tmp_path, files.format("staging", version, "a"))
    draw(tmp_path, files.format("production", "'>=1.0.0'", "a"))
    assert classes(tmp_path) == [("HelmRelease/dns spec.chart.spec.version", "decide", "floating")]

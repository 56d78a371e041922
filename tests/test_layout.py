"""Patterns place paths; what the names of environments say of their order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.layout import Layout, PatternError, by_rank, compiled, rank
from analyzer.model import Placement
from tests.shapes import Row, expand, row


def configured(*patterns: str, base: tuple[str, ...] = (), environments: str = "") -> Layout:
    return Layout(patterns, base, tuple(environments.split()), "config", 1.0)


# patterns -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("{component}", "web", (None, "web", (), False)),
        ("apps/{component}", "apps/web", (None, "web", (), False)),
        ("{category}/{component}", "apps/web", ("apps", "web", (), False)),
        ("{environment}", "staging", (None, None, ("staging",), False)),
        ("{environment}/{cluster}", "staging/eu", (None, None, ("staging/eu",), False)),
        ("clusters/{environment}/{category}/{component}", "clusters/production/monitoring/loki",
         ("monitoring", "loki", ("production",), False)),
        ("{environment}-{cluster}", "prod-eu-west-1", (None, None, ("prod/eu-west-1",), False)),
        ("{cluster}-{environment}", "eu-prod", (None, None, ("prod/eu",), False)),
        ("k8s.{environment}.{cluster}", "k8s.prod.eu", (None, None, ("prod/eu",), False)),
        ("{component}-{environment}.yaml", "web-dev.yaml", (None, "web", ("dev",), False)),
        ("apps/{category}/{component}/{environment}.yaml", "apps/shop/web/prod.yaml",
         ("shop", "web", ("prod",), False)),
        ("{component}/**", "web", (None, "web", (), False)),
        ("{component}/**", "web/a/b", (None, "web", (), False)),
        ("**/overlays/{environment}", "overlays/dev", (None, None, ("dev",), False)),
        ("**/overlays/{environment}", "a/b/overlays/dev", (None, None, ("dev",), False)),
        ("a/**/{environment}/**", "a/b/c/dev", (None, None, ("dev",), False)),
        ("**", "a", (None, None, (), False)),
        ("**", "a/b/c", (None, None, (), False)),
        ("a.b+c/{component}", "a.b+c/web", (None, "web", (), False)),
    ],
)  # fmt: skip
def test_a_pattern_places_a_path(pattern: str, path: str, expected: Row) -> None:
    placement = configured(pattern).place(path)
    assert (row(placement), placement.pattern) == (expected, pattern)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("{component}", "a/b"),
        ("{component}", ""),
        ("apps/{component}", "apps"),
        ("apps/{component}", "my/apps/web"),
        ("{environment}-{cluster}", "prod"),
        ("a/**/b", "a/c"),
        ("**/overlays/{environment}", "myoverlays/dev"),
        ("a.b/{component}", "aXb/web"),
        ("**", ""),
    ],
)
def test_a_pattern_does_not_place_other_paths(pattern: str, path: str) -> None:
    assert configured(pattern).place(path) == Placement()


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("", "'': a pattern is a relative path such as apps/{component}"),
        ("/apps", "'/apps': a pattern is a relative path such as apps/{component}"),
        ("apps/", "'apps/': a pattern is a relative path such as apps/{component}"),
        ("./apps", "'./apps': a pattern is a relative path such as apps/{component}"),
        ("../{component}", "'../{component}': a pattern is a relative path such as "
         "apps/{component}"),
        ("{team}/{component}", "'{team}/{component}': {team} is not one of environment, cluster, "
         "category, component"),
        ("{component}/{component}", "'{component}/{component}': {component} appears twice"),
        ("clusters/{cluster}", "'clusters/{cluster}': {cluster} needs an {environment} it "
         "belongs to"),
        ("apps/*", "'apps/*': a segment is text with {fields}, or ** alone"),
        ("apps/a**", "'apps/a**': a segment is text with {fields}, or ** alone"),
        ("{component", "'{component': a segment is text with {fields}, or ** alone"),
        ("{a-b}", "'{a-b}': a segment is text with {fields}, or ** alone"),
        ("**/a/**/b/**", "'**/a/**/b/**': ** may stand there twice at most"),
    ],
)  # fmt: skip
def test_a_pattern_that_cannot_be_used_says_why(pattern: str, message: str) -> None:
    with pytest.raises(PatternError) as caught:
        compiled(pattern)
    assert str(caught.value) == message


def test_the_first_pattern_that_matches_wins_and_bases_go_before_all() -> None:
    layout = configured("apps/{component}", "{category}/{component}", base=("apps/base",))
    assert {path: row(layout.place(path)) for path in ("apps/web", "infra/dns", "apps/base")} == {
        "apps/web": (None, "web", (), False),
        "infra/dns": ("infra", "dns", (), False),
        "apps/base": (None, None, (), True),
    }


def test_only_environments_that_are_named_are_environments() -> None:
    layout = configured("{environment}-{cluster}/{component}", "{environment}/{component}",
                        "{component}/**", environments="prod pre-prod")  # fmt: skip
    paths = ("prod/web", "pre-prod-eu/web", "pre-prod/web", "dev/web", "prod-x-y/web")
    assert {path: row(layout.place(path)) for path in paths} == {
        "prod/web": (None, "web", ("prod",), False),
        "pre-prod-eu/web": (None, "web", ("pre-prod/eu",), False),
        "pre-prod/web": (None, "web", ("pre-prod",), False),
        "dev/web": (None, "dev", (), False),
        "prod-x-y/web": (None, "web", ("prod/x-y",), False),
    }


def test_patterns_see_paths_below_the_analysed_directory() -> None:
    layout = Layout(("{component}",), (), (), "config", 1.0, prefix="deploy/k8s")
    paths = ("deploy/k8s/web", "deploy/k8s", "deploy/k8s-other/web", "web")
    assert [layout.place(path).component for path in paths] == ["web", None, None, None]


def test_a_base_that_stands_for_the_whole_is_the_only_component() -> None:
    layout = Layout(("overlays/{environment}",), ("base",), (), "detected", 1.0, fallback="shop")
    assert row(layout.place("base")) == (None, "shop", (), True)


def test_a_base_that_collects_components_is_none() -> None:
    bases = ("clusters/base", "clusters/base/{category}", "clusters/base/{category}/{component}")
    layout = Layout((), bases, (), "detected", 1.0, fallback="shop")
    assert [row(layout.place(path)) for path in expand("clusters/base{,/infra,/infra/dns}")] == [
        (None, None, (), True), ("infra", None, (), True), ("infra", "dns", (), True)
    ]  # fmt: skip


_name = st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True)


@given(
    st.permutations(["environment", "cluster", "category", "component"]),
    _name,
    st.lists(_name, min_size=4, max_size=4),
    st.sampled_from(["/", "-", "/x/", "."]),
)
def test_what_a_pattern_writes_it_reads_again(
    order: list[str], literal: str, values: list[str], between: str
) -> None:
    pattern = literal + "/" + between.join(f"{{{name}}}" for name in order)
    path = literal + "/" + between.join(values)
    match = compiled(pattern).fullmatch(path)
    assert match is not None
    assert match.groupdict() == dict(zip(order, values, strict=True))


# environments ---------------------------------------------------------------------------------


def test_environments_are_in_promotion_order_and_unknown_ones_last_by_name() -> None:
    drawn = "zeta production uat test dev staging qa local preprod alpha prod kind Live"
    assert by_rank(drawn.split()) == (
        "kind", "local", "dev", "qa", "test", "staging", "uat", "preprod", "Live", "prod",
        "production", "alpha", "zeta",
    )  # fmt: skip


def test_the_rank_of_a_name_does_not_depend_on_its_case_and_not_all_names_have_one() -> None:
    assert (rank("PROD") == rank("production"), rank("eu-west")) == (True, None)

"""Without a configuration the patterns are found in the tree itself."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer import loader
from analyzer.detection import detect
from tests.shapes import SHAPES, row


@pytest.mark.parametrize("name", SHAPES)
def test_the_layout_of_a_tree_is_what_a_person_would_say(name: str) -> None:
    shape = SHAPES[name]
    found = detect(shape.roots, "tree")
    assert list(found.patterns) == shape.patterns
    assert list(found.base) == shape.base
    assert " ".join(found.environments) == shape.environments
    assert {path: row(found.place(path)) for path in shape.places} == shape.places
    assert found.confidence == (1.0 if [root for root in shape.roots if root] else 0.0)
    assert (found.source, found.prefix, found.fallback) == ("detected", "", "tree")


@pytest.mark.parametrize("name", SHAPES)
def test_the_order_of_roots_changes_nothing(name: str) -> None:
    roots = list(SHAPES[name].roots)
    expected = detect(roots, "tree")
    for seed in range(3):
        random.Random(seed).shuffle(roots)
        assert detect(roots, "tree") == expected


@pytest.mark.parametrize("name", SHAPES)
def test_a_tree_in_a_directory_has_the_layout_it_has_alone(name: str) -> None:
    alone = detect(SHAPES[name].roots, "tree")
    inside = [f"deploy/k8s/{root}".rstrip("/") for root in SHAPES[name].roots]
    found = detect([*inside, "elsewhere/staging/web", "deploy/k8s2/prod"], "tree", "deploy/k8s")
    assert (found.patterns, found.base, found.environments, found.confidence, found.prefix) == (
        alone.patterns, alone.base, alone.environments, alone.confidence, "deploy/k8s"
    )  # fmt: skip
    places = SHAPES[name].places
    assert {path: row(found.place(f"deploy/k8s/{path}")) for path in places if path} == {
        path: expected for path, expected in places.items() if path
    }


_roots = st.lists(
    st.lists(
        st.sampled_from(["apps", "base", "overlays", "clusters", "dev", "prod", "prod-eu", "test",
                         "web", "api", "gitops", "components", "flux-system", "eu", "a-b"]),
        min_size=1, max_size=5).map("/".join),
    max_size=12, unique=True,
)  # fmt: skip


@given(_roots)
def test_whatever_the_tree_every_root_is_placed_by_a_pattern_that_is_listed(
    roots: list[str],
) -> None:
    found = detect(roots, "tree")
    placed = [found.place(root).pattern for root in roots]
    assert set(placed) == {*found.patterns, *found.base}
    assert found.confidence == (1.0 if roots else 0.0)
    assert {s.environment for root in roots for s in found.place(root).seats} <= set(
        found.environments
    )


def test_real_trees_have_the_layout_their_readers_see(shared_trees: tuple[Path, ...]) -> None:
    found = {}
    for where in shared_trees:
        layout = detect(loader.load(where).repository.kustomizations, where.name)
        found[where.name] = (layout.patterns, layout.base, layout.environments)
    assert found == {
        "flux2-kustomize-helm-example": (
            ("clusters/{environment}/flux-system", "{category}/{environment}",
             "{category}/{component}/**"),
            ("{category}/base/{component}/**",),
            ("staging", "production"),
        ),
        "gitops-catalog": (("{component}/**",), (), ()),
        "gitops-environment-promotion": (
            ("envs/{environment}", "envs/{environment}-{cluster}", "{category}/{component}/**"),
            ("base",),
            ("integration", "qa", "staging", "prod", "load"),
        ),
        "home-ops": (
            ("kubernetes/apps/{category}", "kubernetes/apps/{category}/{component}/**",
             "kubernetes/components/{component}/**", "{component}/**"),
            (), (),
        ),
        "manifests": (("{category}/{component}/**", "{component}/**"), (), ()),
    }  # fmt: skip

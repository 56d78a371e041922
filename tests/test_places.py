"""What somebody types is a path, or ENVIRONMENT/COMPONENT."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer import places
from analyzer.errors import PlaceError
from tests.look import look

Tree = Callable[[str], Path]

PLATFORM = """
    --- .git/
    --- gitops/groundplan.yaml
    layout:
      patterns: ["clusters/{environment}/{cluster}/{category}/{component}",
                 "clusters/{environment}/{category}/{component}"]
    environments: [staging, production]
    --- gitops/clusters/staging/apps/web/kustomization.yaml
    resources: [deployment.yaml]
    --- gitops/clusters/staging/apps/web/deployment.yaml = Deployment/web
    --- gitops/clusters/staging/apps/api/kustomization.yaml
    resources: []
    --- gitops/clusters/staging/infra/api/kustomization.yaml
    resources: []
    --- gitops/clusters/production/eu/apps/web/kustomization.yaml
    resources: []
    --- gitops/clusters/production/us/apps/web/kustomization.yaml
    resources: []
    --- gitops/clusters/empty/
    --- gitops/kustomization.yaml
    resources: []
    --- shared/kustomization.yaml
    resources: [../gitops]
"""
WEB = "gitops/clusters/staging/apps/web"


def root(where: Path, name: str) -> str:
    return places.root(look(where / "gitops", render=False), name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("clusters/staging/apps/web", WEB),
        ("./clusters/staging/apps/web/", WEB),
        ("clusters/staging/../staging/apps/web", WEB),
        ("clusters/staging/apps/web/kustomization.yaml", WEB),
        ("clusters/staging/apps/web/deployment.yaml", WEB),
        (WEB, WEB),
        (".", "gitops"),
        ("", "gitops"),
        ("kustomization.yaml", "gitops"),
        ("staging/web", WEB),
        ("staging/apps/web", WEB),
        ("staging/apps/api", "gitops/clusters/staging/apps/api"),
        ("staging/infra/api", "gitops/clusters/staging/infra/api"),
        ("production/eu/web", "gitops/clusters/production/eu/apps/web"),
        ("production/us/apps/web", "gitops/clusters/production/us/apps/web"),
    ],
)
def test_a_place_is_a_root(tree: Tree, name: str, expected: str) -> None:
    assert root(tree(PLATFORM), name) == expected


def test_a_path_outside_the_analysed_directory_is_a_place_where_it_is_built_on(tree: Tree) -> None:
    where = tree("""
        --- .git/
        --- gitops/kustomization.yaml
        resources: [../shared]
        --- shared/kustomization.yaml
        resources: []
    """)
    assert root(where, "../shared") == "shared"
    assert root(where, "shared") == "shared"


LISTS = "`groundplan report structure` lists all"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "production/web",
            "production/web: is more than one place; name one of "
            "gitops/clusters/production/eu/apps/web, gitops/clusters/production/us/apps/web",
        ),
        (
            "staging/api",
            "staging/api: is more than one place; name one of "
            "gitops/clusters/staging/apps/api, gitops/clusters/staging/infra/api",
        ),
        (
            "staging/wep",
            "staging/wep: no kustomization and no ENVIRONMENT/COMPONENT of that name; "
            "did you mean staging/web or staging/api or staging/apps/web?",
        ),
        (
            "web",
            "web: no kustomization and no ENVIRONMENT/COMPONENT of that name; "
            "did you mean staging/web or production/web?",
        ),
        (
            "clusters/empty",
            "clusters/empty: no kustomization and no ENVIRONMENT/COMPONENT of that name; " + LISTS,
        ),
        (
            "zzz",
            "zzz: no kustomization and no ENVIRONMENT/COMPONENT of that name; " + LISTS,
        ),
        (
            "../../etc",
            "../../etc: no kustomization and no ENVIRONMENT/COMPONENT of that name; " + LISTS,
        ),
    ],
)
def test_what_is_no_place_is_said_with_what_is_near(tree: Tree, name: str, message: str) -> None:
    with pytest.raises(PlaceError) as caught:
        root(tree(PLATFORM), name)
    assert str(caught.value) == message

"""Where files and roots belong, and what a look at a tree knows of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer.layout import Layout
from analyzer.model import Placement, Seat
from analyzer.snapshot import Snapshot, inside, seats_of, short
from tests.look import look

Tree = Callable[[str], Path]

FLUX = """
    --- {file}
    apiVersion: kustomize.toolkit.fluxcd.io/v1
    kind: Kustomization
    metadata: {{name: {name}, namespace: flux-system}}
    spec: {{path: {path}, sourceRef: {{kind: GitRepository, name: flux-system}}}}
"""


def flux(file: str, path: str, name: str = "apps") -> str:
    return FLUX.format(file=file, path=path, name=name)


def written(where: Path) -> Snapshot:
    return look(where, render=False)


def seats(where: Path, path: str) -> list[str]:
    snapshot = written(where)
    return [str(seat) for seat in seats_of(path, snapshot.layout, snapshot.graph)]


# seats of a file --------------------------------------------------------------------------------

CLUSTERS = """
    --- groundplan.yaml
    layout:
      patterns:
      - "clusters/{environment}/{cluster}/flux"
      - "clusters/{environment}"
      - "apps/{component}/{environment}.yaml"
      base: ["apps/{component}"]
    environments: [staging, production]
    --- clusters/staging/kustomization.yaml
    resources: [apps.yaml, ../../shared]
    --- clusters/staging/apps.yaml = ConfigMap/a
    --- clusters/production/kustomization.yaml
    resources: [../../shared]
    --- clusters/production/eu/flux/apps.yaml = ConfigMap/b
    --- shared/kustomization.yaml
    resources: [deep]
    --- shared/deep/kustomization.yaml
    resources: [file.yaml]
    --- shared/deep/file.yaml = ConfigMap/c
    --- shared/deep/other.yaml = ConfigMap/d
    --- apps/web/staging.yaml = ConfigMap/e
    --- apps/web/kustomization.yaml
    resources: [base.yaml]
    --- apps/web/base.yaml = ConfigMap/f
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("clusters/staging/apps.yaml", ["staging"]),
        ("clusters/production/eu/flux/apps.yaml", ["production/eu"]),
        ("apps/web/staging.yaml", ["staging"]),
        ("shared/deep/file.yaml", ["production", "staging"]),
        ("shared/deep/other.yaml", []),
        ("apps/web/base.yaml", []),
        ("gone.yaml", []),
    ],
)
def test_a_file_is_where_its_path_says_or_where_it_is_included(
    tree: Tree, path: str, expected: list[str]
) -> None:
    assert seats(tree(CLUSTERS), path) == expected


# placements of roots ----------------------------------------------------------------------------

APPS = """
    --- groundplan.yaml
    layout:
      patterns:
      - "clusters/{environment}/{cluster}"
      - "clusters/{environment}"
      - "apps/{environment}/{component}"
      base: ["base/{component}"]
    environments: [staging, production]
    --- apps/production/web/kustomization.yaml
    resources: []
    --- base/web/kustomization.yaml
    resources: []
    --- other/web/kustomization.yaml
    resources: []
"""
WEB = Placement(None, "web", (Seat("production"),), False, "apps/{environment}/{component}")


def placement(where: Path, root: str) -> Placement:
    return written(where).placements[root]


def test_a_root_is_where_its_path_says(tree: Tree) -> None:
    where = tree(APPS)
    assert placement(where, "apps/production/web") == WEB
    assert placement(where, "base/web") == Placement(None, "web", (), True, "base/{component}")
    assert placement(where, "other/web") == Placement()


def test_a_reconciler_says_where_a_root_is_that_says_nothing(tree: Tree) -> None:
    tree(APPS)
    where = tree(flux("clusters/staging/apps.yaml", "./other/web"))
    assert placement(where, "other/web") == Placement(seats=(Seat("staging"),))


def test_several_reconcilers_say_all_environments_of_a_root(tree: Tree) -> None:
    tree(APPS)
    tree(flux("clusters/staging/apps.yaml", "./other/web"))
    where = tree(flux("clusters/production/apps.yaml", "./other/web"))
    assert placement(where, "other/web").seats == (Seat("production"), Seat("staging"))


def test_a_reconciler_of_another_environment_overrides_the_path(tree: Tree) -> None:
    tree(APPS)
    where = tree(flux("clusters/staging/apps.yaml", "./apps/production/web"))
    assert placement(where, "apps/production/web").seats == (Seat("staging"),)
    assert placement(where, "apps/production/web").component == "web"


def test_reconcilers_of_the_same_environment_say_which_clusters(tree: Tree) -> None:
    tree(APPS)
    tree(flux("clusters/production/eu/apps.yaml", "./apps/production/web"))
    where = tree(flux("clusters/production/us/apps.yaml", "./apps/production/web"))
    assert placement(where, "apps/production/web").seats == (
        Seat("production", "eu"),
        Seat("production", "us"),
    )


def test_a_reconciler_that_says_the_same_changes_nothing(tree: Tree) -> None:
    tree(APPS)
    where = tree(flux("clusters/production/apps.yaml", "./apps/production/web"))
    assert placement(where, "apps/production/web") == WEB


# environments and clusters ----------------------------------------------------------------------


def test_environments_are_in_promotion_order(tree: Tree) -> None:
    where = tree("""
        --- groundplan.yaml
        layout: {patterns: ["clusters/{environment}"]}
        environments: [edge, production]
        --- clusters/production/kustomization.yaml
        resources: []
        --- clusters/edge/kustomization.yaml
        resources: []
    """)
    assert written(where).environments() == ("edge", "production")


def test_environments_nobody_ordered_follow_their_names_ranks(tree: Tree) -> None:
    drawing = """
        --- groundplan.yaml
        layout: {patterns: ["clusters/{environment}/{cluster}"]}
    """
    for name in ("production", "dev", "zoo", "staging", "alpha"):
        drawing += f"    --- clusters/{name}/one/kustomization.yaml\n        resources: []\n    "
    snapshot = written(tree(drawing))
    assert snapshot.environments() == ("dev", "staging", "production", "alpha", "zoo")
    assert snapshot.clusters() == ("one",)


def test_a_tree_without_environments_has_none(tree: Tree) -> None:
    snapshot = written(tree("--- web/kustomization.yaml\nresources: []\n"))
    assert (snapshot.environments(), snapshot.clusters()) == ((), ())


# the analysed directory -------------------------------------------------------------------------

NESTED = """
    --- .git/
    --- gitops/web/kustomization.yaml
    resources: [../../shared]
    --- gitops/link -> web
    --- gitops/linked/kustomization.yaml -> ../web/kustomization.yaml
    --- shared/kustomization.yaml
    resources: []
    --- gitops2/kustomization.yaml
    resources: []
"""


def test_roots_are_those_of_the_analysed_directory(tree: Tree) -> None:
    where = tree(NESTED)
    snapshot = written(where / "gitops")
    assert snapshot.roots() == ("gitops/web",)
    assert "shared" in snapshot.repository.kustomizations
    assert written(where).roots() == ("gitops/web", "gitops2", "shared")


@pytest.mark.parametrize(
    ("path", "shown", "is_inside"),
    [
        ("gitops/web", "web", True),
        ("gitops", ".", True),
        ("gitops/web/a.yaml", "web/a.yaml", True),
        ("shared", "../shared", False),
        ("gitops2", "../gitops2", False),
        ("", "..", False),
    ],
)
def test_a_path_is_shown_from_the_analysed_directory(
    tree: Tree, path: str, shown: str, is_inside: bool
) -> None:
    repository = written(tree(NESTED) / "gitops").repository
    assert (short(repository, path), inside(repository, path)) == (shown, is_inside)


def test_a_path_is_shown_from_the_tree(tree: Tree) -> None:
    repository = written(tree(NESTED)).repository
    assert [short(repository, path) for path in ("gitops/web", "")] == ["gitops/web", "."]


# renderings -------------------------------------------------------------------------------------


def test_a_root_that_was_not_rendered_fails_by_what_its_files_say(tree: Tree) -> None:
    where = tree("""
        --- web/kustomization.yaml
        resources: [gone.yaml]
        --- over/kustomization.yaml
        resources: [../web]
        --- fine/kustomization.yaml
        resources: []
    """)
    snapshot = written(where)
    assert snapshot.rendering("over") is None
    assert [str(c) for c in snapshot.failed("over") or ()] == [
        "web/kustomization.yaml:1: gone.yaml does not exist"
    ]
    assert snapshot.failed("fine") is None
    assert snapshot.resources("over") == ()


def test_a_root_that_was_rendered_says_what_came_of_it(tree: Tree) -> None:
    where = tree("""
        --- web/kustomization.yaml
        resources: [service.yaml]
        --- web/service.yaml = Service/web
        --- bad/kustomization.yaml
        resorces: []
    """)
    snapshot = look(where)
    assert [str(r.id) for r in snapshot.resources("web")] == ["Service/web"]
    assert snapshot.failed("web") is None
    assert [str(c) for c in snapshot.failed("bad") or ()] == [
        'bad/kustomization.yaml:1: unknown field "resorces"'
    ]
    assert snapshot.resources("bad") == ()


def test_who_deploys_a_root_is_known(tree: Tree) -> None:
    tree(APPS)
    tree(flux("clusters/staging/apps.yaml", "./other/web", "b"))
    where = tree(flux("clusters/production/apps.yaml", "./other/web", "a"))
    snapshot = written(where)
    assert [d.object.name for d in snapshot.deployed_by("other/web")] == ["a", "b"]
    assert snapshot.deployed_by("base/web") == ()


def test_layouts_place_nothing_outside_their_prefix() -> None:
    layout = Layout(("{environment}",), (), (), "config", 1.0, "gitops")
    assert layout.place("gitops/dev").seats == (Seat("dev"),)
    assert layout.place("dev") == Placement()

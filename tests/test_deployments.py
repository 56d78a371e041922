"""Which directories Flux and Argo CD objects apply, as far as the files say it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer.deployments import same_repository
from analyzer.model import Deployment, Seat
from analyzer.snapshot import Snapshot
from tests.deployed import HERE, argo, flux
from tests.look import look

Tree = Callable[[str], Path]

APPS = """
    --- apps/web/kustomization.yaml
    resources: [deployment.yaml]
    --- apps/web/deployment.yaml = Deployment/web
"""
SYSTEM = """
    --- clusters/prod/flux-system/source.yaml
    apiVersion: source.toolkit.fluxcd.io/v1
    kind: GitRepository
    metadata: {name: flux-system, namespace: flux-system}
    spec: {url: "ssh://git@github.com/org/fleet"}
"""


def git(name: str, url: str, kind: str = "GitRepository", namespace: str = "flux-system") -> str:
    return f"""
    --- sources/{name}-{namespace}.yaml
    apiVersion: source.toolkit.fluxcd.io/v1
    kind: {kind}
    metadata: {{name: {name}, namespace: {namespace}}}
    spec: {{url: "{url}"}}
"""


def written(where: Path) -> Snapshot:
    return look(where, render=False)


def only(where: Path) -> Deployment:
    (deployment,) = written(where).deployments
    return deployment


# Flux: what an object says ----------------------------------------------------------------------


def test_a_flux_object_says_what_it_applies(tree: Tree) -> None:
    tree(APPS)
    tree("""
        --- groundplan.yaml
        layout: {patterns: ["clusters/{environment}"]}
    """)
    where = tree(
        flux(f"""
        path: ./apps/web
        {HERE}
        prune: true
        suspend: true
        dependsOn: [{{name: infra}}, {{name: db, namespace: data}}]
    """)
    )
    assert only(where) == Deployment(
        object=only(where).object,
        root="apps/web",
        written="./apps/web",
        seats=(Seat("prod"),),
        depends_on=(("flux-system", "infra"), ("data", "db")),
        source="GitRepository/flux-system",
        suspended=True,
        prune=True,
    )
    object = only(where).object
    assert (object.kind, object.namespace, object.name, str(object.declared)) == (
        "FluxKustomization", "flux-system", "apps", "clusters/prod/apps.yaml:1",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("path", "root"),
    [
        ("./apps/web", "apps/web"),
        ("apps/web", "apps/web"),
        ("/apps/web", "apps/web"),
        ("./apps/web/", "apps/web"),
        ("apps//web", "apps/web"),
        ("../../apps/web", "apps/web"),
        ("./apps/../apps/web", "apps/web"),
        ("./", ""),
        ("/", ""),
        (".", ""),
        ('""', ""),
        ("../..", ""),
        ("./gone", None),
        ("apps/web/kustomization.yaml", None),
    ],
)
def test_a_path_is_inside_its_source(tree: Tree, path: str, root: str | None) -> None:
    tree(APPS)
    where = tree(flux(f"path: {path}\n{HERE}"))
    assert (only(where).root, only(where).external) == (root, None)


def test_an_absent_path_is_the_whole_source(tree: Tree) -> None:
    tree(APPS)
    assert only(tree(flux(HERE))).root == ""


def test_a_path_with_a_variable_is_known_only_to_its_parent(tree: Tree) -> None:
    tree(APPS)
    where = tree(flux(f"path: ./apps/${{CLUSTER}}\n{HERE}"))
    assert only(where).root is None
    assert only(where).external == "its path is made by a substitution of its parent"


def test_a_patch_for_a_flux_object_is_no_object(tree: Tree) -> None:
    tree(APPS)
    tree(flux(f"path: ./apps/web\n{HERE}"))
    tree(flux(f"path: ./gone\n{HERE}", file="clusters/prod/patch.yaml"))
    tree(flux("suspend: true", file="clusters/prod/small.yaml"))
    where = tree("""
        --- clusters/prod/kustomization.yaml
        resources: [apps.yaml]
        patches: [{path: patch.yaml}, {patch: 'a: b', target: {kind: X}}]
    """)
    assert [d.root for d in written(where).deployments] == ["apps/web"]


def test_a_file_that_is_both_listed_and_a_patch_is_an_object(tree: Tree) -> None:
    tree(APPS)
    tree(flux(f"path: ./apps/web\n{HERE}"))
    where = tree("""
        --- clusters/prod/kustomization.yaml
        resources: [apps.yaml]
        --- clusters/dev/kustomization.yaml
        resources: [../prod]
        patches: [{path: ../prod/apps.yaml}]
    """)
    assert only(where).root == "apps/web"


def test_objects_are_in_the_order_of_their_names(tree: Tree) -> None:
    tree(APPS)
    for name in ("b", "a", "c"):
        where = tree(flux(f"path: ./apps/web\n{HERE}", name, f"clusters/prod/{name}.yaml"))
    assert [d.object.name for d in written(where).deployments] == ["a", "b", "c"]


# Flux: whose source -----------------------------------------------------------------------------

ANOTHER = "source other is another repository: https://github.com/org/other"
SEEMS = "source other seems to be another repository"


def of_source(path: str, kind: str = "GitRepository") -> str:
    return flux(f"path: {path}\nsourceRef: {{kind: {kind}, name: other}}")


@pytest.mark.parametrize(
    ("drawings", "path", "root", "external"),
    [
        ([], "./apps/web", "apps/web", None),
        ([SYSTEM, git("other", "https://github.com/org/other")], "./apps/web", None, ANOTHER),
        ([SYSTEM, git("other", "https://github.com/org/other")], "./deploy", None, ANOTHER),
        (
            [SYSTEM, git("other", "https://github.com/org/fleet.git")],
            "./apps/web",
            "apps/web",
            None,
        ),
        ([SYSTEM, git("other", "git@github.com:Org/fleet")], "./apps/web", "apps/web", None),
        ([git("other", "https://github.com/org/other")], "./apps/web", "apps/web", None),
        (
            [git("other", "https://github.com/org/other")],
            "./deploy",
            None,
            f"{SEEMS}: https://github.com/org/other",
        ),
        (
            [git("other", "https://github.com/org/other")],
            "./",
            None,
            f"{SEEMS}: https://github.com/org/other",
        ),
        (
            [SYSTEM, git("other", "https://github.com/org/other", namespace="team")],
            "./apps/web",
            None,
            ANOTHER,
        ),
    ],
)
def test_a_source_may_be_another_repository(
    tree: Tree, drawings: list[str], path: str, root: str | None, external: str | None
) -> None:
    for drawing in (APPS, *drawings, of_source(path)):
        where = tree(drawing)
    assert (only(where).root, only(where).external) == (root, external)


@pytest.mark.parametrize(
    ("kind", "path", "root", "external"),
    [
        ("OCIRepository", "./", None, SEEMS),
        ("OCIRepository", "./deploy", None, SEEMS),
        ("OCIRepository", "./apps/web", "apps/web", None),
        ("Bucket", "./apps/web", None, "source other is a bucket, filled from elsewhere"),
        (
            "ExternalArtifact",
            "./apps/web",
            None,
            "source other is an artifact put together in the cluster",
        ),
    ],
)
def test_other_kinds_of_sources_are_made_elsewhere(
    tree: Tree, kind: str, path: str, root: str | None, external: str | None
) -> None:
    tree(APPS)
    where = tree(of_source(path, kind))
    assert (only(where).root, only(where).external) == (root, external)


def test_the_configuration_says_where_sources_are(tree: Tree) -> None:
    tree(APPS)
    tree(of_source("./web"))
    tree(flux("path: ./\nsourceRef: {kind: GitRepository, name: x, namespace: team}", "x",
              "clusters/prod/x.yaml"))  # fmt: skip
    tree(flux("path: ./y\nsourceRef: {kind: GitRepository, name: y}", "y", "clusters/prod/y.yaml"))
    where = tree("""
        --- groundplan.yaml
        sources: {other: apps, team/x: apps/web, y: null}
    """)
    found = {d.object.name: (d.root, d.external) for d in written(where).deployments}
    assert found == {
        "apps": ("apps/web", None),
        "x": ("apps/web", None),
        "y": (None, "source y is another repository (groundplan.yaml)"),
    }


def test_sources_are_below_the_analysed_directory_that_holds_the_configuration(tree: Tree) -> None:
    where = tree("""
        --- .git/
        --- gitops/groundplan.yaml
        environments: [prod]
        --- gitops/clusters/prod/apps.yaml
        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata: {name: apps}
        spec: {path: ./apps, sourceRef: {kind: GitRepository, name: flux-system}}
        --- gitops/apps/kustomization.yaml
        resources: []
        --- apps/kustomization.yaml
        resources: []
    """)
    assert only(where / "gitops").root == "gitops/apps"


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("https://github.com/org/a", "ssh://git@github.com/org/a.git", True),
        ("git@github.com:org/a.git", "https://user:x@github.com/Org/a/", True),
        ("https://github.com/org/a", "https://gitlab.com/org/a", False),
        ("https://github.com/org/a", "https://github.com/org/ab", False),
    ],
)
def test_urls_of_one_repository_are_the_same(a: str, b: str, same: bool) -> None:
    assert same_repository(a, b) is same


# Argo CD ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "roots"),
    [
        ("source: {repoURL: 'https://a/b', path: apps/web}", ["apps/web"]),
        ("source: {repoURL: 'https://a/b', path: ./apps/web/}", ["apps/web"]),
        ("source: {repoURL: 'https://a/b', chart: web, targetRevision: 1.0.0}", []),
        (
            "sources:\n- {repoURL: 'https://a/b', path: apps/web}\n- {repoURL: c, chart: d}\n"
            "- {repoURL: 'https://a/b', ref: values}\n- {repoURL: 'https://a/b', path: apps}",
            ["apps", "apps/web"],
        ),
        ("project: default", []),
    ],
)
def test_an_application_applies_the_paths_of_its_sources(
    tree: Tree, spec: str, roots: list[str]
) -> None:
    tree(APPS)
    where = tree(argo(spec))
    assert [d.root for d in written(where).deployments] == roots
    assert all(d.object.kind == "Application" for d in written(where).deployments)


@pytest.mark.parametrize("path", ["gone", ".", "./", "/"])
def test_an_application_may_be_of_another_repository(tree: Tree, path: str) -> None:
    tree(APPS)
    where = tree(argo(f"source: {{repoURL: 'https://a/b', path: {path}}}"))
    assert only(where).root is None
    assert only(where).external == "https://a/b seems to be another repository"


def test_the_configuration_says_which_repository_this_is(tree: Tree) -> None:
    tree(APPS)
    tree(argo("source: {repoURL: 'https://a/b', path: web}"))
    where = tree("""
        --- groundplan.yaml
        sources: {"https://a/b": apps}
    """)
    assert (only(where).root, only(where).source) == ("apps/web", "https://a/b")

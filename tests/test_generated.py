"""The kustomization Flux generates for a path that has none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from analyzer.model import Status
from tests.deployed import HERE, argo, flux
from tests.look import look

Tree = Callable[[str], Path]


def generated(where: Path, root: str) -> list[tuple[str, Status]]:
    kustomization = look(where, render=False).repository.kustomizations[root]
    assert kustomization.generated
    return [(r.written, r.status) for r in kustomization.references]


def test_flux_generates_a_kustomization_where_there_is_none(tree: Tree) -> None:
    tree(flux(f"path: ./apps\n{HERE}"))
    where = tree("""
        --- apps/b.yaml = Service/b
        --- apps/a/z.yml = Service/z
        --- apps/a.yaml = Service/a
        --- apps/a-b/c.yaml = Service/c
        --- apps/.hidden/h.yaml = Service/h
        --- apps/web/kustomization.yml
        resources: [deployment.yaml, below]
        --- apps/web/deployment.yaml = Deployment/web
        --- apps/web/below/kustomization.yaml
        resources: []
        --- apps/deep/er/Kustomization
        resources: []
        --- apps/deep/file.yaml = Service/file
        --- apps/README.md
        text
        --- apps/data.json
        {}
        --- apps/.sops.yaml
        creation_rules: []
        --- apps/a/.sops.yaml
        creation_rules: []
        --- apps/.github/workflow.yaml
        on: push
        --- apps/secret.sops.yaml = Secret/s
        --- other/x.yaml = Service/x
    """)
    file, directory = Status.FILE, Status.DIRECTORY
    assert generated(where, "apps") == [
        (".hidden/h.yaml", file),
        ("a/z.yml", file),
        ("a-b/c.yaml", file),
        ("a.yaml", file),
        ("b.yaml", file),
        ("deep/er", directory),
        ("deep/file.yaml", file),
        ("secret.sops.yaml", file),
        ("web", directory),
    ]


def test_a_generated_kustomization_is_said_by_the_object_that_needs_it(tree: Tree) -> None:
    tree(flux(f"path: ./apps\n{HERE}"))
    where = tree("""
        --- apps/a.yaml = Service/a
    """)
    kustomization = look(where, render=False).repository.kustomizations["apps"]
    assert (kustomization.path, str(kustomization.span)) == ("", "clusters/prod/apps.yaml:1")
    assert [str(r.span) for r in kustomization.references] == ["clusters/prod/apps.yaml:1"]


def test_what_is_generated_above_takes_no_heed_of_what_is_generated_below(tree: Tree) -> None:
    tree(flux(f"path: ./apps\n{HERE}"))
    tree(flux(f"path: ./apps/web\n{HERE}", "web", "clusters/prod/web.yaml"))
    where = tree("""
        --- apps/a.yaml = Service/a
        --- apps/web/b.yaml = Service/b
    """)
    assert [name for name, _ in generated(where, "apps")] == ["a.yaml", "web/b.yaml"]
    assert [name for name, _ in generated(where, "apps/web")] == ["b.yaml"]


def test_a_directory_without_manifests_is_applied_and_empty(tree: Tree) -> None:
    tree(flux(f"path: ./apps\n{HERE}"))
    where = tree("""
        --- apps/README.md
        nothing yet
    """)
    assert generated(where, "apps") == []


def test_argo_cd_generates_nothing(tree: Tree) -> None:
    tree(argo("source: {repoURL: 'https://a/b', path: apps}"))
    where = tree("""
        --- apps/a.yaml = Service/a
    """)
    assert look(where, render=False).deployments[0].root == "apps"
    assert "apps" not in look(where, render=False).repository.kustomizations

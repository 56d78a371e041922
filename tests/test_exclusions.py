"""Repeated text nobody should extract: each class, and a twin that is a candidate."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.drawn import commit
from tests.test_duplication import (
    LAYOUT,
    deployment,
    left_out,
    put,
    report,
    root,
)

Draw = Callable[[str], Path]


def titles(where: Path, render: bool = False) -> list[str]:
    return [one.title for one in report(where, render).repeated.candidates]


def two(where: Path, first: str, second: str, text: str, file: str = "web.yaml") -> None:
    """The same text in two directories."""
    for path in (first, second):
        root(where, path, "", file)
        put(where, f"{path}/{file}", text)


def test_flux_own_manifests(tree: Draw) -> None:
    where = tree(LAYOUT)
    two(where, "clusters/local/web", "clusters/staging/web", deployment(), "gotk-web.yaml")
    assert titles(where) == []
    assert left_out(where) == [("Flux's own manifests (gotk-*)", 1, 28)]


def test_definitions(tree: Draw) -> None:
    where = tree(LAYOUT)
    text = deployment().replace("apps/v1", "apiextensions.k8s.io/v1")
    text = text.replace("kind: Deployment", "kind: CustomResourceDefinition")
    two(where, "clusters/local/web", "clusters/staging/web", text)
    assert titles(where) == []
    assert left_out(where) == [("CustomResourceDefinitions", 1, 28)]


@pytest.mark.parametrize("folder", ["vendor", "third_party", "upstream", "charts"])
def test_directories_of_other_peoples_manifests(tree: Draw, folder: str) -> None:
    where = tree(LAYOUT)
    two(where, f"apps/{folder}/a", f"apps/{folder}/b", deployment())
    assert titles(where) == []
    assert left_out(where) == [
        ("vendored: a directory or bundle of somebody else's manifests", 1, 28),
    ]


def test_a_file_with_definitions_and_many_documents_is_a_bundle(tree: Draw) -> None:
    where = tree(LAYOUT)
    definition = (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x}\n"
    )
    parts = [definition, *(deployment(f"web{n}") for n in range(7))]
    two(where, "apps/a", "apps/b", "---\n".join(parts))
    assert titles(where) == []
    assert [reason for reason, *_ in left_out(where)] == [
        "vendored: a directory or bundle of somebody else's manifests",
    ]
    two(where, "apps/a", "apps/b", "---\n".join(parts[:-1]))
    assert titles(where) == [
        "Deployment/web0, Deployment/web1, Deployment/web2 and 3 more in 2 directories",
    ]


@pytest.mark.parametrize("folder", ["test", "tests", "testdata", "fixtures", "e2e"])
def test_fixtures_of_tests(tree: Draw, folder: str) -> None:
    where = tree(LAYOUT)
    two(where, f"apps/{folder}/a", f"apps/{folder}/b", deployment())
    assert titles(where) == []
    assert left_out(where) == [("test fixtures", 1, 28)]


def test_an_environment_that_is_called_test_is_none(tree: Draw) -> None:
    where = tree("""
        --- groundplan.yaml
        layout: {patterns: ["clusters/{environment}/{component}"]}
        environments: [test, production]
        """)
    two(where, "clusters/test/web", "clusters/production/web", deployment())
    assert titles(where) == ["web: Deployment/web in 2 directories"]


def test_encrypted_bodies(tree: Draw) -> None:
    where = tree(LAYOUT)
    sealed = (
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: s}\n"
        "spec:\n  encryptedData:\n" + "".join(f"    k{n}: AgB{n}\n" for n in range(20))
    )
    two(where, "clusters/local/web", "clusters/staging/web", sealed)
    assert titles(where) == []
    assert left_out(where) == [("encrypted: no two ciphertexts are the same text", 1, 25)]


def test_secrets_and_generator_inputs_of_sops(tree: Draw) -> None:
    where = tree(LAYOUT)
    secret = deployment().replace("kind: Deployment", "kind: Secret") + "sops: {mac: x}\n"
    two(where, "clusters/local/web", "clusters/staging/web", secret)
    values = "".join(f"KEY{n}=ENC[AES256_GCM,data:x{n}]\n" for n in range(20))
    for path in ("clusters/local/db", "clusters/staging/db"):
        root(where, path, "secretGenerator: [{name: db, envs: [db.env]}]\n")
        put(where, f"{path}/db.env", values)
    assert titles(where) == []
    assert left_out(where) == [
        ("encrypted: no two ciphertexts are the same text", 2, 49),
        ("saves fewer than 8 lines", 1, 1),
    ]


def test_what_is_not_encrypted_is_a_candidate_and_is_not_quoted(tree: Draw) -> None:
    where = tree(LAYOUT)
    values = "".join(f"KEY{n}=hunter2-{n}\n" for n in range(20))
    for path in ("clusters/local/db", "clusters/staging/db"):
        root(where, path, "secretGenerator: [{name: db, envs: [db.env]}]\n")
        put(where, f"{path}/db.env", values)
    assert titles(where) == ["db: db.env, secretGenerator[db] in 2 directories"]
    from analyzer import commands, formats
    from analyzer.looking import Options

    for format in ("text", "json", "markdown"):
        text, _ = commands.report("duplication", Options(where), format, formats.text.Style())
        assert "hunter2" not in text


def test_what_no_kustomization_lists_is_never_pulled_in(tree: Draw) -> None:
    where = tree(LAYOUT)
    put(where, "clusters/local/web/web.yaml", deployment())
    root(where, "clusters/local/web", "", "other.yaml")
    put(where, "clusters/local/web/other.yaml", "apiVersion: v1\nkind: A\nmetadata: {name: a}\n")
    two(where, "clusters/staging/web", "clusters/production/web", deployment())
    assert report(where).repeated.candidates[0].roots == (
        "clusters/production/web", "clusters/staging/web",
    )  # fmt: skip
    assert left_out(where) == [("listed by no kustomization, so nothing may pull it in", 1, 28)]


def test_directories_without_anything_in_common(tree: Draw) -> None:
    where = tree("")
    two(where, "team-a/orders", "team-b/payments", deployment())
    assert titles(where) == []
    assert left_out(where) == [("no directory or component in common", 1, 28)]


@pytest.mark.parametrize("paths", [("team-a/web", "team-b/web"), ("apps/orders", "apps/payments")])
def test_a_component_or_a_directory_in_common(tree: Draw, paths: tuple[str, str]) -> None:
    where = tree("")
    two(where, *paths, deployment())
    assert len(titles(where)) == 1


def test_a_copy_that_is_far_from_the_others_does_not_take_them_along(tree: Draw) -> None:
    where = tree("")
    two(where, "apps/orders", "apps/payments", deployment())
    root(where, "bootstrap/first", "", "web.yaml")
    put(where, "bootstrap/first/web.yaml", deployment())
    assert [one.roots for one in report(where).repeated.candidates] == [
        ("apps/orders", "apps/payments"),
    ]


def test_snapshots_of_versions(tree: Draw) -> None:
    where = tree(LAYOUT)
    two(where, "releases/1.2.0/web", "releases/v1.3.0-rc.1/web", deployment())
    assert titles(where) == []
    assert left_out(where) == [("snapshots of a version", 1, 28)]
    two(where, "channels/stable-4.9/web", "channels/fast/web", deployment("other", image="b:1"))
    assert titles(where) == ["Deployment/other in 2 directories"]


def test_several_in_one_directory(tree: Draw) -> None:
    where = tree(LAYOUT)
    for environment in ("local", "staging"):
        names = [f"{environment}{n}.yaml" for n in range(3)]
        root(where, f"clusters/{environment}/web", "", *names)
        for n, name in enumerate(names):
            put(where, f"clusters/{environment}/web/{name}",
                deployment(f"{environment}-{n}", more=9))  # fmt: skip
    assert titles(where) == []
    assert left_out(where) == [
        ("several in one directory: a patch with a target, not a base", 1, 5 * 47),
    ]


def test_an_overlay_that_says_again_what_its_base_says_is_no_copy(tree: Draw) -> None:
    where = tree("")
    images = "images:\n" + "".join(
        f"  - name: {name}\n    newName: mirror/{name}\n    newTag: v1\n" for name in "abcdef"
    )
    for name, builds in (("base", ()), ("blue", ("../base",)), ("green", ("../base",))):
        root(where, f"apps/web/{name}", images, *builds, "web.yaml")
        put(where, f"apps/web/{name}/web.yaml", deployment(name, image=f"{name}:1"))
    assert titles(where) == []
    assert ("one directory builds on the other: said twice, and not copied", 1, 92) in (
        left_out(where)
    )
    for name in ("blue", "green"):
        root(where, f"apps/web/{name}", images, "web.yaml")
    root(where, "apps/web/base", "", "web.yaml")
    assert len(titles(where)) == 1


# committed build output --------------------------------------------------------------------------


def rendered(where: Path, patch: bool = True) -> None:
    """An overlay, and beside it a directory that lists what the overlay renders to."""
    root(where, "base/web", "", "web.yaml")
    put(where, "base/web/web.yaml", deployment())
    replicas = "replicas: [{name: web, count: 3}]\n" if patch else ""
    root(where, "clusters/staging/web", replicas, "../../../base/web")
    text = deployment(replicas=3 if patch else 2)
    for folder in ("rendered/staging/web", "rendered/production/web"):
        root(where, folder, "", "web.yaml")
        put(where, f"{folder}/web.yaml", text)


def test_what_another_directory_renders_to_is_output(tree: Draw) -> None:
    where = tree(LAYOUT)
    rendered(where)
    assert titles(where, render=True) == []
    assert ("committed build output of another directory", 1, 56) in left_out(where, render=True)


def test_without_a_render_nobody_knows_that_it_is_output(tree: Draw) -> None:
    where = tree(LAYOUT)
    rendered(where)
    assert titles(where) == ["Deployment/web in 3 directories"]


def test_output_in_several_files_is_told_by_its_directory(tree: Draw) -> None:
    where = tree(LAYOUT)
    service = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  namespace: apps\nspec:\n"
    service += "".join(f"  key{n}: value\n" for n in range(20))
    root(where, "base/web", "", "web.yaml", "service.yaml")
    put(where, "base/web/web.yaml", deployment())
    put(where, "base/web/service.yaml", service)
    root(where, "clusters/staging/web", "replicas: [{name: web, count: 3}]\n", "../../../base/web")
    for folder in ("rendered/staging/web", "rendered/production/web"):
        root(where, folder, "", "web.yaml", "service.yaml")
        put(where, f"{folder}/web.yaml", deployment(replicas=3))
        put(where, f"{folder}/service.yaml", service)
    assert titles(where, render=True) == []


def test_output_of_a_render_that_lacks_a_remote_may_hold_more(tree: Draw) -> None:
    where = tree(LAYOUT)
    put(where, "base/web/web.yaml", "---\n".join(deployment(name) for name in ("a", "b", "c")))
    root(where, "base/web", "", "web.yaml", "https://example.com/more.yaml")
    replicas = "replicas: [{name: a, count: 3}]\n"
    root(where, "clusters/staging/web", replicas, "../../../base/web")
    remote = deployment("d").replace("apps/v1", "example.com/v1")
    text = "---\n".join([deployment("a", replicas=3), *map(deployment, ("b", "c")), remote])
    for folder in ("rendered/staging/web", "rendered/production/web"):
        root(where, folder, "", "web.yaml")
        put(where, f"{folder}/web.yaml", text)
    assert titles(where, render=True) == []
    put(where, "rendered/staging/web/web.yaml", text.replace("replicas: 3", "replicas: 4"))
    put(where, "rendered/production/web/web.yaml", text.replace("replicas: 3", "replicas: 4"))
    assert titles(where, render=True) == [
        "Deployment/a, Deployment/b, Deployment/c in 3 directories",
        "Deployment/d in 2 directories",
    ]


def test_a_copy_of_what_a_root_only_lists_is_a_copy(tree: Draw) -> None:
    where = tree(LAYOUT)
    two(where, "clusters/local/web", "clusters/staging/web", deployment())
    commit(where, "web", "2026-01-01T00:00:00Z")
    assert titles(where, render=True) == ["web: Deployment/web in 2 directories"]

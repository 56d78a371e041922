"""Which resource of a base became which of an overlay, by the real engine's renders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.diff import Leaves
from analyzer.model import Origin, RenderedResource, ResourceId
from analyzer.pairing import counted, loose, paired
from tests.rendering import resources

Tree = Callable[[str], Path]


def names(tree: Path, base: str = "base", here: str = "overlay") -> tuple[list[str], ...]:
    """(`base → overlay` of the pairs, those only in overlay, those only in base), sorted."""
    pairs, added, removed = paired(resources(tree, base), resources(tree, here))
    return (
        sorted(f"{a.id} → {b.id}" for a, b in pairs),
        sorted(str(r.id) for r in added),
        sorted(str(r.id) for r in removed),
    )


BASE = """
    --- base/kustomization.yaml
    resources: [apps.yaml, cm.yaml]
    --- base/apps.yaml = Deployment/web
    spec: {replicas: 1}
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web-api}
    --- base/cm.yaml = ConfigMap/settings
    data: {a: b}
"""


def test_an_overlay_that_changes_nothing_pairs_everything(tree: Tree) -> None:
    tree(BASE)
    where = tree("""
        --- overlay/kustomization.yaml
        resources: [../base]
    """)
    assert names(where) == (
        [
            "ConfigMap/settings → ConfigMap/settings",
            "Deployment/web → Deployment/web",
            "Deployment/web-api → Deployment/web-api",
        ],
        [],
        [],
    )


def test_prefix_suffix_and_namespace_make_no_other_resource(tree: Tree) -> None:
    tree(BASE)
    where = tree("""
        --- overlay/kustomization.yaml
        resources: [../base]
        namePrefix: dev-
        nameSuffix: -v2
        namespace: dev
    """)
    assert names(where) == (
        [
            "ConfigMap/settings → dev/ConfigMap/dev-settings-v2",
            "Deployment/web → dev/Deployment/dev-web-v2",
            "Deployment/web-api → dev/Deployment/dev-web-api-v2",
        ],
        [],
        [],
    )


def test_what_a_patch_deletes_takes_no_other_ones_place(tree: Tree) -> None:
    tree(BASE)
    where = tree("""
        --- overlay/kustomization.yaml
        resources: [../base]
        namePrefix: dev-
        patches:
        - patch: '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, $patch: delete}'
    """)
    assert names(where) == (
        [
            "ConfigMap/settings → ConfigMap/dev-settings",
            "Deployment/web-api → Deployment/dev-web-api",
        ],
        [],
        ["Deployment/web"],
    )


def test_a_copy_in_another_file_is_paired_by_name(tree: Tree) -> None:
    tree(BASE)
    where = tree("""
        --- overlay/kustomization.yaml
        resources: [own.yaml]
        --- overlay/own.yaml = Deployment/staging/web
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: web}
    """)
    assert names(where) == (
        ["Deployment/web → staging/Deployment/web"],
        ["Service/web"],
        ["ConfigMap/settings", "Deployment/web-api"],
    )


def test_a_namespace_tells_equal_names_apart(tree: Tree) -> None:
    where = tree("""
        --- base/kustomization.yaml
        resources: [a.yaml, b.yaml]
        --- base/a.yaml = ConfigMap/a/settings
        --- base/b.yaml = ConfigMap/b/settings
        --- overlay/kustomization.yaml
        resources: [b.yaml, a.yaml]
        --- overlay/a.yaml = ConfigMap/a/settings
        --- overlay/b.yaml = ConfigMap/b/settings
    """)
    assert names(where)[0] == [
        "a/ConfigMap/settings → a/ConfigMap/settings",
        "b/ConfigMap/settings → b/ConfigMap/settings",
    ]


GENERATED = """
    --- base/kustomization.yaml
    resources: [pod.yaml]
    configMapGenerator: [{name: settings, literals: [a=1, b=2]}]
    --- base/pod.yaml
    apiVersion: v1
    kind: Pod
    metadata: {name: web}
    spec: {containers: [{name: app, image: web, envFrom: [{configMapRef: {name: settings}}]}]}
"""


def test_a_generators_hash_is_no_change(tree: Tree) -> None:
    tree(GENERATED)
    where = tree("""
        --- overlay/kustomization.yaml
        resources: [../base]
        configMapGenerator: [{name: settings, behavior: merge, literals: [b=3]}]
    """)
    base, here = resources(where, "base"), resources(where, "overlay")
    assert {loose(r) for r in base} == {("ConfigMap", "settings"), ("Pod", "web")}
    assert {r.id.name for r in base} != {r.id.name for r in here}
    # apiVersion, kind and name of both, the Pod's three fields, and what the ConfigMap holds
    assert counted(base, here) == (
        Leaves(inherited=1, overridden=1),
        Leaves(inherited=10, overridden=1),
    )


def test_resources_that_come_and_go_count_with_all_their_fields(tree: Tree) -> None:
    tree(BASE)
    where = tree("""
        --- overlay/kustomization.yaml
        resources: [../base, more.yaml]
        patches:
        - patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, $patch: delete}'
        - patch: '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web},
            spec: {replicas: 2, paused: true}}'
        --- overlay/more.yaml = Service/web
        spec: {type: ClusterIP}
    """)
    assert counted(resources(where, "base"), resources(where, "overlay")) == (
        Leaves(inherited=1, overridden=1, added=1, removed=1),
        Leaves(inherited=6, overridden=1, added=5, removed=4),
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("settings-g4hk9g2ff8", "settings"),
        ("settings-g4hk9g2ff", "settings-g4hk9g2ff"),
        ("settings-a4hk9g2ff8", "settings-a4hk9g2ff8"),
        ("a-g4hk9g2ff8-b", "a-g4hk9g2ff8-b"),
    ],
)
def test_a_hash_is_ten_of_the_characters_kustomize_takes(name: str, expected: str) -> None:
    assert loose(resource("ConfigMap", name)) == ("ConfigMap", expected)


# for all renders --------------------------------------------------------------------------------


def resource(
    kind: str, name: str, namespace: str = "", origin: Origin | None = None
) -> RenderedResource:
    return RenderedResource(
        ResourceId("", kind, namespace, name), "v1", {"kind": kind, "name": name}, origin
    )


ORIGINS = st.none() | st.builds(Origin, st.sampled_from([None, "a", "b"]), st.sampled_from("kl"))
RESOURCES = st.lists(
    st.builds(resource, st.sampled_from("AB"), st.sampled_from(["x", "dev-x", "y", "x-y"]),
              st.sampled_from(["", "n"]), ORIGINS),
    max_size=6,
)  # fmt: skip


@given(RESOURCES, RESOURCES)
def test_every_resource_is_paired_once_or_left_over(
    base: list[RenderedResource], here: list[RenderedResource]
) -> None:
    pairs, added, removed = paired(tuple(base), tuple(here))
    assert sorted(map(id, [*(a for a, _ in pairs), *removed])) == sorted(map(id, base))
    assert sorted(map(id, [*(b for _, b in pairs), *added])) == sorted(map(id, here))
    assert all(a.id.kind == b.id.kind for a, b in pairs)


@given(RESOURCES)
def test_a_render_is_all_inherited_from_itself(found: list[RenderedResource]) -> None:
    resources_, fields = counted(tuple(found), tuple(found))
    assert (resources_.inherited, resources_.added, resources_.removed) == (len(found), 0, 0)
    assert fields.changed == 0

"""Components: what a team names, which root or part of one holds it, and what it renders to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from analyzer import units
from analyzer.units import Component, Name, Unit
from tests.look import look

Tree = Callable[[str], Path]
Shown = tuple[tuple[str, ...], tuple[str, ...], list[tuple[str, str, str, tuple[str, ...]]]]


def shown(where: Path) -> dict[str, Shown]:
    """Component → (bases, others, [(seat, root, "directory" or "part", bases it is built on)])."""
    return {str(c.name): described(c) for c in units.components(look(where, render=False))}


def described(component: Component) -> Shown:
    held = [(str(u.seat), u.root, "part" if u.shared else "directory", u.bases)
            for u in component.units]  # fmt: skip
    return component.bases, component.others, held


def rendered(where: Path, component: str) -> dict[str, list[str]]:
    """Seat → what the component's unit there renders to."""
    snapshot = look(where)
    (found,) = (c for c in units.components(snapshot) if str(c.name) == component)
    return {str(u.seat): [str(r.id) for r in units.resources(snapshot, u)] for u in found.units}


LAYOUT = """
    --- groundplan.yaml
    layout:
      patterns:
      - "clusters/{environment}"
      - "clusters/{environment}/{category}"
      - "clusters/{environment}/{category}/{component}/**"
      base: ["base/{category}/{component}/**"]
    environments: [staging, production]
"""


def test_a_directory_in_an_environment_is_a_unit(tree: Tree) -> None:
    tree(LAYOUT)
    where = tree("""
        --- base/apps/web/kustomization.yaml
        resources: [web.yaml]
        --- base/apps/web/web.yaml = Service/web
        --- clusters/staging/apps/web/kustomization.yaml
        resources: [../../../../base/apps/web]
        --- clusters/production/apps/web/kustomization.yaml
        resources: [../../../../base/apps/web]
        --- clusters/production/apps/own/kustomization.yaml
        resources: [own.yaml]
        --- clusters/production/apps/own/own.yaml = Service/own
    """)
    assert shown(where) == {
        "apps/own": ((), (), [("production", "clusters/production/apps/own", "directory", ())]),
        "apps/web": (
            ("base/apps/web",),
            (),
            [
                ("staging", "clusters/staging/apps/web", "directory", ("base/apps/web",)),
                ("production", "clusters/production/apps/web", "directory", ("base/apps/web",)),
            ],
        ),
    }
    assert rendered(where, "apps/web") == {
        "staging": ["Service/web"],
        "production": ["Service/web"],
    }


def test_of_nested_roots_the_topmost_is_the_unit(tree: Tree) -> None:
    tree(LAYOUT)
    where = tree("""
        --- base/apps/web/kustomization.yaml
        resources: [below]
        --- base/apps/web/below/kustomization.yaml
        resources: []
        --- clusters/staging/apps/web/kustomization.yaml
        resources: [part, ../../../../base/apps/web]
        --- clusters/staging/apps/web/part/kustomization.yaml
        resources: []
        --- clusters/staging/apps/web/alone/kustomization.yaml
        resources: []
    """)
    assert shown(where) == {
        "apps/web": (
            ("base/apps/web", "base/apps/web/below"),
            (),
            [
                ("staging", "clusters/staging/apps/web", "directory", ("base/apps/web",)),
                ("staging", "clusters/staging/apps/web/alone", "directory", ()),
            ],
        )
    }


def test_roots_in_a_circle_are_units_all_the_same(tree: Tree) -> None:
    tree(LAYOUT)
    where = tree("""
        --- clusters/staging/apps/web/kustomization.yaml
        resources: [part]
        --- clusters/staging/apps/web/part/kustomization.yaml
        resources: [..]
    """)
    assert shown(where)["apps/web"][2] == [
        ("staging", "clusters/staging/apps/web", "directory", ()),
        ("staging", "clusters/staging/apps/web/part", "directory", ()),
    ]


SHARED = """
    --- base/apps/web/kustomization.yaml
    resources: [web.yaml, ../../../lib]
    configMapGenerator: [{name: settings, literals: [a=b]}]
    --- base/apps/web/web.yaml = Deployment/web
    --- base/apps/api/kustomization.yaml
    resources: [api.yaml]
    --- base/apps/api/api.yaml = Deployment/api
    --- lib/kustomization.yaml
    resources: [lib.yaml]
    --- lib/lib.yaml = Service/lib
    --- clusters/staging/kustomization.yaml
    resources: [apps]
    --- clusters/staging/apps/kustomization.yaml
    resources: [../../../base/apps/web, ../../../base/apps/api, extra.yaml]
    patches: [{path: web.yaml}]
    --- clusters/staging/apps/extra.yaml = Service/extra
    --- clusters/staging/apps/web.yaml = Deployment/web
    spec: {replicas: 2}
    --- clusters/production/kustomization.yaml
    resources: [../../base/apps/web]
    namePrefix: p-
"""


def test_an_environments_root_holds_parts_of_the_components_it_builds_on(tree: Tree) -> None:
    """As in flux2-kustomize-helm-example: one root an environment, bases, a patch file each."""
    tree(LAYOUT)
    where = tree(SHARED)
    assert shown(where) == {
        "apps/api": (
            ("base/apps/api",),
            (),
            [("staging", "clusters/staging/apps", "part", ("base/apps/api",))],
        ),
        "apps/web": (
            ("base/apps/web",),
            (),
            [
                ("staging", "clusters/staging/apps", "part", ("base/apps/web",)),
                ("production", "clusters/production", "part", ("base/apps/web",)),
            ],
        ),
    }


def test_a_part_renders_to_what_comes_from_its_base(tree: Tree) -> None:
    tree(LAYOUT)
    where = tree(SHARED)
    hashed = "ConfigMap/{}settings-4h2mbtbbt6"
    assert rendered(where, "apps/web") == {
        "staging": [hashed.format(""), "Service/lib", "Deployment/web"],
        "production": [hashed.format("p-"), "Service/p-lib", "Deployment/p-web"],
    }
    assert rendered(where, "apps/api") == {"staging": ["Deployment/api"]}


def test_a_directory_of_its_own_goes_before_a_part(tree: Tree) -> None:
    tree(LAYOUT)
    where = tree("""
        --- base/apps/web/kustomization.yaml
        resources: []
        --- clusters/staging/apps/kustomization.yaml
        resources: [web]
        --- clusters/staging/apps/web/kustomization.yaml
        resources: [../../../../base/apps/web]
    """)
    assert shown(where)["apps/web"][2] == [
        ("staging", "clusters/staging/apps/web", "directory", ("base/apps/web",))
    ]


def test_a_component_without_a_base_has_others(tree: Tree) -> None:
    where = tree("""
        --- groundplan.yaml
        layout: {patterns: ["clusters/{environment}", "apps/{component}"]}
        --- apps/web/kustomization.yaml
        resources: [web.yaml]
        --- apps/web/web.yaml = Service/web
        --- apps/idle/kustomization.yaml
        resources: []
        --- clusters/dev/kustomization.yaml
        resources: [../../apps/web]
    """)
    assert shown(where) == {
        "idle": ((), ("apps/idle",), []),
        "web": ((), ("apps/web",), [("dev", "clusters/dev", "part", ("apps/web",))]),
    }
    assert rendered(where, "web") == {"dev": ["Service/web"]}


def test_a_component_is_once_in_each_cluster(tree: Tree) -> None:
    where = tree("""
        --- groundplan.yaml
        layout:
          patterns:
          - clusters/{environment}/{cluster}
          - clusters/{environment}/{cluster}/{component}
          base: ["base/{component}"]
        environments: [staging, production]
        --- base/web/kustomization.yaml
        resources: []
        --- clusters/production/us/web/kustomization.yaml
        resources: [../../../../base/web]
        --- clusters/production/eu/web/kustomization.yaml
        resources: [../../../../base/web]
        --- clusters/staging/one/kustomization.yaml
        resources: [../../../base/web]
    """)
    assert shown(where)["web"][2] == [
        ("staging/one", "clusters/staging/one", "part", ("base/web",)),
        ("production/eu", "clusters/production/eu/web", "directory", ("base/web",)),
        ("production/us", "clusters/production/us/web", "directory", ("base/web",)),
    ]


def test_one_root_serves_every_cluster_that_deploys_it(tree: Tree) -> None:
    drawing = """
        --- groundplan.yaml
        layout: {patterns: ["clusters/{environment}/{cluster}", "apps/{component}"]}
        environments: [staging, production]
        --- apps/web/kustomization.yaml
        resources: []
    """
    for cluster in ("production/us", "production/eu", "staging/one"):
        drawing += f"""
        --- clusters/{cluster}/web.yaml
        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata: {{name: web, namespace: flux-system}}
        spec: {{path: ./apps/web, sourceRef: {{kind: GitRepository, name: flux-system}}}}
    """
    assert shown(tree(drawing))["web"] == (
        (),
        (),
        [
            ("staging/one", "apps/web", "directory", ()),
            ("production/eu", "apps/web", "directory", ()),
            ("production/us", "apps/web", "directory", ()),
        ],
    )


def test_kustomize_components_are_no_components(tree: Tree) -> None:
    tree(LAYOUT)
    where = tree("""
        --- base/apps/part/kustomization.yaml
        apiVersion: kustomize.config.k8s.io/v1alpha1
        kind: Component
        namePrefix: a-
        --- clusters/staging/apps/web/kustomization.yaml
        resources: []
        components: [../../../../base/apps/part]
    """)
    assert shown(where) == {
        "apps/web": ((), (), [("staging", "clusters/staging/apps/web", "directory", ())])
    }


def test_a_component_knows_its_roots_and_its_units_in_an_environment(tree: Tree) -> None:
    tree(LAYOUT)
    found = {str(c.name): c for c in units.components(look(tree(SHARED), render=False))}
    web = found["apps/web"]
    assert web.roots == ("base/apps/web", "clusters/staging/apps", "clusters/production")
    assert [unit.root for unit in web.at("production")] == ["clusters/production"]
    assert web.at("local") == ()
    assert (str(Name("", "web")), str(Name("apps", "web"))) == ("web", "apps/web")
    assert isinstance(web.units[0], Unit)


def test_a_tree_without_components_has_none(tree: Tree) -> None:
    assert shown(tree("--- kustomization.yaml\nresources: []\n")) == {}

"""Proof of planned changes: what is the same, what is not and why, without writing anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.changes import FileChange, digest
from analyzer.errors import StaleError
from analyzer.plans import Mutation
from analyzer.proving import prove
from tests.drawn import draw, snapshot
from tests.planning import bench_of, failed, planned, proof, units

COPIES = """
    --- staging/kustomization.yaml
    resources: [web.yaml]
    --- staging/web.yaml = Deployment/web
    spec:
      replicas: 1
      template: {spec: {containers: [{name: app, image: "web:1"}]}}
    --- production/kustomization.yaml
    resources: [web.yaml]
    --- production/web.yaml = Deployment/web
    spec:
      replicas: 3
      template: {spec: {containers: [{name: app, image: "web:1"}]}}
    """
BASE = """
    --- base/kustomization.yaml
    resources: [web.yaml]
    --- base/web.yaml = Deployment/web
    spec:
      replicas: 1
      template: {spec: {containers: [{name: app, image: "web:1"}]}}
    --- staging/kustomization.yaml
    resources: [../base]
    --- production/kustomization.yaml
    resources: [../base]
    replicas: [{name: web, count: 3}]
    """
GONE = ("staging/web.yaml", "production/web.yaml")


def test_copies_that_become_a_base_render_the_same(tmp_path: Path) -> None:
    draw(tmp_path, COPIES)
    before = snapshot(tmp_path)
    found = proof(tmp_path, BASE, GONE)
    assert (found.verdict, units(found), failed(found)) == (
        "identical",
        ["production: identical", "staging: identical"],
        [],
    )
    assert snapshot(tmp_path) == before


def test_a_lost_override_is_named_field_by_field_with_its_root(tmp_path: Path) -> None:
    draw(tmp_path, COPIES)
    found = proof(tmp_path, BASE.replace("count: 3", "count: 2"), GONE)
    assert found.verdict == "refused"
    assert units(found) == [
        "production: refused, renders otherwise",
        "  Deployment/web spec.replicas: 3 → 2",
        "staging: identical",
    ]
    assert found.reason == ("production renders otherwise: Deployment/web spec.replicas: 3 → 2")


VALUES = """
    --- one/kustomization.yaml
    resources: [a.yaml]
    --- one/a.yaml = ConfigMap/a
    data: {%s}
    """


@pytest.mark.parametrize(
    ("before", "after", "difference"),
    [
        ("x: null", "y: z", "ConfigMap/a data.x: - null"),
        ('x: "1"', "x: 1", 'ConfigMap/a data.x: "1" → 1'),
        ('x: "true"', "x: true", 'ConfigMap/a data.x: "true" → true'),
        ("x: [a, b]", "x: [b, a]", "ConfigMap/a data.x[0]: a → b"),
    ],
)
def test_null_types_and_the_order_of_lists_count(
    tmp_path: Path, before: str, after: str, difference: str
) -> None:
    draw(tmp_path, VALUES % before)
    found = proof(tmp_path, VALUES % after)
    assert found.verdict == "refused"
    assert difference in found.units[0].differences


ORDER = """
    --- one/kustomization.yaml
    resources: [%s]
    sortOptions: {order: fifo}
    --- one/a.yaml = ConfigMap/a
    --- one/b.yaml = ConfigMap/b
    """


def test_another_order_of_resources_is_equal_not_identical(tmp_path: Path) -> None:
    draw(tmp_path, ORDER % "a.yaml, b.yaml")
    found = proof(tmp_path, ORDER % "b.yaml, a.yaml")
    assert units(found) == ["one: equal, the same resources in another order, from ConfigMap/a on"]


def test_what_did_not_build_before_proves_nothing(tmp_path: Path) -> None:
    draw(tmp_path, "--- one/kustomization.yaml\nresources: [gone.yaml, a.yaml]\n"
                   "--- one/a.yaml = ConfigMap/a\n")  # fmt: skip
    found = proof(tmp_path, "--- one/a.yaml = ConfigMap/a\ndata: {x: y}\n")
    assert (found.verdict, units(found)) == (
        "unprovable",
        ["one: unprovable, does not build before: one/kustomization.yaml:1: "
         "gone.yaml does not exist"],
    )  # fmt: skip


def test_what_is_broken_on_top_of_it_is_left_as_broken_as_it_was(tmp_path: Path) -> None:
    draw(tmp_path, COPIES)
    draw(tmp_path, "--- top/kustomization.yaml\nresources: [../staging, gone.yaml]\n")
    found = proof(tmp_path, "--- staging/kustomization.yaml\nresources: [./web.yaml]\n")
    assert (found.verdict, units(found)) == (
        "relative",
        [
            "staging: identical",
            "top: relative, does not build, neither before nor after: top/kustomization.yaml:1: "
            "gone.yaml does not exist",
        ],
    )


def test_what_does_not_build_any_more_is_refused(tmp_path: Path) -> None:
    draw(tmp_path, COPIES)
    found = proof(tmp_path, "--- staging/kustomization.yaml\nresources: [wbe.yaml]\n")
    assert units(found) == [
        "staging: refused, does not build any more: staging/kustomization.yaml:1: "
        "wbe.yaml does not exist"
    ]
    assert [said for _, said in failed(found)] == [
        "staging/web.yaml: is orphaned",
        "staging/kustomization.yaml:1: wbe.yaml leads nowhere now",
        "staging/kustomization.yaml:1: wbe.yaml does not exist",
    ]


REMOTE = """
    --- one/kustomization.yaml
    resources: ["https://example.com/a.yaml", b.yaml]
    --- one/b.yaml = ConfigMap/b
    """


def test_remote_entries_on_both_sides_make_a_proof_relative(tmp_path: Path) -> None:
    draw(tmp_path, REMOTE)
    found = proof(tmp_path, REMOTE + "    # the same\n")
    assert units(found) == [
        "one: relative, the same but for https://example.com/a.yaml, which is left out "
        "on both sides"
    ]


def test_a_remote_entry_on_one_side_proves_nothing(tmp_path: Path) -> None:
    draw(tmp_path, REMOTE)
    found = proof(tmp_path, REMOTE.replace('"https://example.com/a.yaml", ', ""))
    assert units(found) == [
        "one: unprovable, https://example.com/a.yaml is left out on one side only"
    ]


CHART = """
    --- one/kustomization.yaml
    helmCharts: [{name: a, repo: https://example.com}]
    resources: [b.yaml]
    --- one/b.yaml = ConfigMap/b
    """


def test_a_chart_left_as_it_is_makes_a_proof_relative(tmp_path: Path) -> None:
    draw(tmp_path, CHART)
    found = proof(tmp_path, CHART + "# the same\n")
    assert units(found) == [
        "one: relative, the same but for a, which is left out on both sides"
    ]  # fmt: skip


def test_a_chart_written_otherwise_proves_nothing(tmp_path: Path) -> None:
    draw(tmp_path, CHART)
    found = proof(tmp_path, CHART.replace("name: a,", "name: a, releaseName: b,"))
    assert units(found) == ["one: unprovable, what is left out is written otherwise: a"]


GENERATOR = """
    --- one/kustomization.yaml
    generators: [secrets.yaml]
    resources: [b.yaml]
    --- one/b.yaml = ConfigMap/b
    --- one/secrets.yaml
    apiVersion: viaduct.ai/v1
    kind: ksops
    metadata:
      name: secrets
      annotations:
        config.kubernetes.io/function: "exec: {path: ksops}"
    files: [secret.enc.yaml]
    """


def test_a_plugin_left_as_it_is_makes_a_proof_relative(tmp_path: Path) -> None:
    draw(tmp_path, GENERATOR)
    found = proof(tmp_path, GENERATOR.replace("resources: [b.yaml]", "resources: [./b.yaml]"))
    assert units(found) == [
        "one: relative, the same but for ksops, which is left out on both sides"
    ]


def test_a_plugin_that_makes_something_else_proves_nothing(tmp_path: Path) -> None:
    draw(tmp_path, GENERATOR)
    found = proof(tmp_path, GENERATOR.replace("secret.enc.yaml", "others.enc.yaml"))
    assert units(found) == [
        "one: unprovable, one/secrets.yaml differs, and what comes of it is not here"
    ]


def test_what_sweeps_over_all_there_is_has_to_be_as_it_was_where_not_all_is_seen(
    tmp_path: Path,
) -> None:
    draw(tmp_path, REMOTE)
    found = proof(
        tmp_path, REMOTE.replace("resources:", "images: [{name: a, newTag: b}]\n    resources:")
    )
    assert units(found) == [
        "one: unprovable, its images differ, which may reach https://example.com/a.yaml, "
        "left out here"
    ]


AIMED = (
    REMOTE
    + """
    --- top/kustomization.yaml
    resources: [../one]
    patches:
      - target: {kind: Deployment, name: unseen}
        patch: |-
          [{"op": "remove", "path": "/spec/replicas"}]
    """
)


def test_a_patch_of_what_nobody_sees_reaches_it_in_every_root_as_it_did(tmp_path: Path) -> None:
    draw(tmp_path, AIMED)
    patch = AIMED.partition("../one]\n")[2]
    found = proof(tmp_path, AIMED.replace(patch, "").replace("b.yaml]", "b.yaml]\n" + patch, 1))
    assert units(found) == [
        "one: unprovable, its patches differ, which may reach https://example.com/a.yaml, left "
        "out here",
        "top: relative, the same but for https://example.com/a.yaml, which is left out on both "
        "sides",
    ]


def test_a_patch_of_what_is_here_may_move(tmp_path: Path) -> None:
    here = AIMED.replace("kind: Deployment, name: unseen", "kind: ConfigMap, name: b")
    here = here.replace("ConfigMap/b", "ConfigMap/b\n    spec: {replicas: 1}")
    draw(tmp_path, here)
    patch = here.partition("../one]\n")[2]
    found = proof(tmp_path, here.replace(patch, "").replace("b.yaml]", "b.yaml]\n" + patch, 1))
    assert units(found)[-1] == (
        "top: relative, the same but for https://example.com/a.yaml, which is left out on both "
        "sides"
    )


AROUND = """
    --- one/kustomization.yaml
    resources: [b.yaml, "https://example.com/a.yaml"]
    {0}
    --- one/b.yaml = Deployment/b
    spec: {{replicas: 1, paused: true}}
    --- one/all.yaml = Deployment/any
    spec: {{paused: true}}
    """
BELOW = """
    --- one/kustomization.yaml
    resources: [base, "https://example.com/a.yaml"]
    --- one/base/kustomization.yaml
    resources: [b.yaml]
    {0}
    --- one/base/b.yaml = Deployment/b
    spec: {{replicas: 1, paused: true}}
    """
ALL = "patches: [{path: all.yaml, target: {kind: Deployment}}]"


def test_an_entry_that_moves_to_a_base_no_longer_reaches_what_is_left_out(tmp_path: Path) -> None:
    images = "images: [{name: a, newTag: b}]"
    draw(tmp_path, AROUND.format(images))
    found = proof(tmp_path, BELOW.format(images), ("one/b.yaml",))
    assert units(found)[0] == (
        "one: unprovable, its images differ, which may reach https://example.com/a.yaml, "
        "left out here"
    )


def test_a_patch_of_all_that_moves_to_a_base_no_longer_reaches_what_is_left_out(
    tmp_path: Path,
) -> None:
    draw(tmp_path, AROUND.format(ALL))
    found = proof(tmp_path, BELOW.format(ALL.replace("all.yaml", "every.yaml"))
                  + "--- one/base/every.yaml = Deployment/any\n    spec: {paused: true}\n",
                  ("one/b.yaml", "one/all.yaml"))  # fmt: skip
    assert units(found)[0].startswith("one: unprovable, ")


def test_a_patch_of_all_in_a_component_reaches_what_it_did(tmp_path: Path) -> None:
    draw(tmp_path, AROUND.format(ALL))
    kept = AROUND.format("components: [shared]").partition("--- one/all.yaml")[0]
    found = proof(tmp_path, kept + f"""--- one/shared/kustomization.yaml
    apiVersion: kustomize.config.k8s.io/v1alpha1
    kind: Component
    {ALL}
    --- one/shared/all.yaml = Deployment/any
    spec: {{paused: true}}
    """, ("one/all.yaml",))  # fmt: skip
    assert found.verdict == "relative"


def test_a_json_patch_without_namespace_may_find_another_where_not_all_is_seen(
    tmp_path: Path,
) -> None:
    draw(tmp_path, AROUND.format(""))
    found = proof(tmp_path, AROUND.format(
        "patches: [{path: p.yaml, target: {version: v1, kind: Deployment, name: b}}]"
    ).replace("paused: true", "paused: false") + """
    --- one/p.yaml
    - {op: replace, path: /spec/paused, value: true}
    """)  # fmt: skip
    assert found.verdict == "unprovable"


@pytest.mark.parametrize(("namespace", "verdict"), [("x", "relative"), ("y", "refused")])
def test_a_patch_of_exactly_what_is_here_reaches_nothing_else(
    tmp_path: Path, namespace: str, verdict: str
) -> None:
    there = AROUND.replace("Deployment/b", "Deployment/x/b")
    draw(tmp_path, there.format(""))
    target = f"{{version: v1, kind: Deployment, name: b, namespace: {namespace}}}"
    found = proof(tmp_path, there.format(f"patches: [{{path: p.yaml, target: {target}}}]")
                  .replace("paused: true", "paused: false") + """
    --- one/p.yaml
    - {op: replace, path: /spec/paused, value: true}
    """)  # fmt: skip
    assert found.verdict == verdict


def test_a_patch_after_a_component_that_is_left_out_wins_over_it(tmp_path: Path) -> None:
    remote = 'components: ["https://example.com/c//d?ref=v1"]'
    draw(tmp_path, AROUND.replace(', "https://example.com/a.yaml"', "").format(remote))
    found = proof(tmp_path, AROUND.replace(', "https://example.com/a.yaml"', "").format(
        remote + "\n    patches: [{path: p.yaml}]").replace("replicas: 1", "replicas: 2") + """
    --- one/p.yaml = Deployment/b
    spec: {replicas: 1}
    """)  # fmt: skip
    assert units(found)[0].startswith("one: unprovable, ")


# per reconciliation unit --------------------------------------------------------------------------

FLUX = """
    --- clusters/production/flux-system/gotk-sync.yaml
    apiVersion: source.toolkit.fluxcd.io/v1
    kind: GitRepository
    metadata: {name: flux-system, namespace: flux-system}
    spec: {url: "ssh://git@example.com/platform"}
    ---
    apiVersion: kustomize.toolkit.fluxcd.io/v1
    kind: Kustomization
    metadata: {name: flux-system, namespace: flux-system}
    spec:
      path: ./clusters/production
      prune: true
      sourceRef: {kind: GitRepository, name: flux-system}
    --- clusters/production/apps.yaml
    apiVersion: kustomize.toolkit.fluxcd.io/v1
    kind: Kustomization
    metadata: {name: apps, namespace: flux-system}
    spec:
      path: ./apps
      prune: true
      postBuild: {substitute: {greeting: hello}}
      sourceRef: {kind: GitRepository, name: flux-system}
    --- clusters/production/more.yaml
    apiVersion: kustomize.toolkit.fluxcd.io/v1
    kind: Kustomization
    metadata: {name: more, namespace: flux-system}
    spec:
      path: ./more
      prune: true
      sourceRef: {kind: GitRepository, name: flux-system}
    --- apps/kustomization.yaml
    resources: [a.yaml, b.yaml]
    --- apps/a.yaml = ConfigMap/apps/a
    data: {x: "${greeting}"}
    --- apps/b.yaml = ConfigMap/apps/b
    --- more/kustomization.yaml
    resources: [c.yaml]
    --- more/c.yaml = ConfigMap/apps/c
    """


def test_a_resource_that_moves_to_another_reconciler_is_refused(tmp_path: Path) -> None:
    draw(tmp_path, FLUX)
    found = proof(tmp_path, """
        --- apps/kustomization.yaml
        resources: [a.yaml]
        --- more/kustomization.yaml
        resources: [c.yaml, b.yaml]
        --- more/b.yaml = ConfigMap/apps/b
        """, ("apps/b.yaml",))  # fmt: skip
    assert units(found) == [
        "flux-system/apps in production: refused, renders otherwise",
        "  apps/ConfigMap/b is gone",
        "flux-system/more in production: refused, renders otherwise",
        "  apps/ConfigMap/b has come",
        "apps: refused, renders otherwise",
        "  apps/ConfigMap/b is gone",
        "more: refused, renders otherwise",
        "  apps/ConfigMap/b has come",
    ]


def test_what_a_reconciler_substitutes_is_compared_too(tmp_path: Path) -> None:
    draw(tmp_path, FLUX)
    found = proof(tmp_path, """
        --- clusters/production/apps.yaml
        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata: {name: apps, namespace: flux-system}
        spec:
          path: ./apps
          prune: true
          postBuild: {substitute: {greeting: goodbye}}
          sourceRef: {kind: GitRepository, name: flux-system}
        """)  # fmt: skip
    assert units(found) == [
        "flux-system/apps in production: refused, renders otherwise",
        "  apps/ConfigMap/a data.x: hello → goodbye",
        "flux-system/flux-system in production: refused, renders otherwise",
        "  flux-system/Kustomization/apps spec.postBuild.substitute.greeting: hello → goodbye",
    ]


# what must not have happened besides --------------------------------------------------------------


def test_a_file_nobody_referenced_is_not_pulled_in(tmp_path: Path) -> None:
    draw(tmp_path, """
        --- one/kustomization.yaml
        resources: [a.yaml]
        --- one/a.yaml = ConfigMap/a
        --- one/patch.yaml = ConfigMap/a
        """)  # fmt: skip
    found = proof(tmp_path, "--- one/kustomization.yaml\nresources: [a.yaml]\n"
                            "patches: [{path: patch.yaml}]\n")  # fmt: skip
    assert (found.verdict, failed(found)) == (
        "refused",
        [("nothing is referenced that was not, and nothing lost that was",
          "one/patch.yaml: is referenced now, and was not")],
    )  # fmt: skip


def test_a_file_of_the_plan_that_nobody_references_is_refused(tmp_path: Path) -> None:
    draw(tmp_path, COPIES)
    found = proof(tmp_path, "--- staging/more.yaml = ConfigMap/more\n")
    assert [said for _, said in failed(found)] == ["staging/more.yaml: nobody references it"]


PATCHED = """
    --- one/kustomization.yaml
    resources: [a.yaml]
    --- one/a.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: a, namespace: first}
    data: {x: "1"}
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: a, namespace: second}
    data: {x: "1"}
    """


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("kind: ConfigMap, name: a", "matches 2 objects in one"),
        ("kind: ConfigMap, name: a, namespace: third", "matches 0 objects in one"),
    ],
)
def test_a_patch_matches_exactly_once(tmp_path: Path, target: str, said: str) -> None:
    draw(tmp_path, PATCHED)
    found = proof(tmp_path, f"""
        --- one/kustomization.yaml
        resources: [a.yaml]
        patches: [{{path: p.yaml, target: {{{target}}}}}]
        --- one/p.yaml
        - {{op: replace, path: /data/x, value: "1"}}
        """)  # fmt: skip
    assert [u.verdict for u in found.units] == ["identical"]
    assert (found.verdict, failed(found)) == (
        "refused",
        [("every patch of the plan matches exactly once",
          f"one/kustomization.yaml: p.yaml {said}")],
    )  # fmt: skip


def test_a_patch_of_one_namespace_matches_once(tmp_path: Path) -> None:
    draw(tmp_path, PATCHED)
    found = proof(tmp_path, """
        --- one/kustomization.yaml
        resources: [a.yaml]
        patches: [{path: p.yaml, target: {kind: ConfigMap, name: a, namespace: first}}]
        --- one/p.yaml
        - {op: replace, path: /data/x, value: "1"}
        """)  # fmt: skip
    assert (found.verdict, failed(found)) == ("identical", [])


def test_a_build_that_needs_files_outside_its_root_is_refused(tmp_path: Path) -> None:
    draw(tmp_path, COPIES)
    found = proof(tmp_path, """
        --- staging/kustomization.yaml
        resources: [../shared/web.yaml]
        --- shared/web.yaml = Deployment/web
        spec:
          replicas: 1
          template: {spec: {containers: [{name: app, image: "web:1"}]}}
        """, ("staging/web.yaml",))  # fmt: skip
    assert units(found) == ["staging: refused, builds only without the load restrictor now"]


def test_exactly_the_intended_roots_follow_a_change_of_the_base(tmp_path: Path) -> None:
    draw(tmp_path, COPIES)
    changes = planned(tmp_path, BASE, GONE)
    image = "/spec/template/spec/containers/0/image"

    def said(pointer: str, *roots: str) -> list[str]:
        wanted = Mutation("base/web.yaml", 0, pointer, roots)
        return [s for _, s in failed(prove(bench_of(tmp_path), changes, (wanted,)))]

    assert said(image, "production", "staging") == []
    assert said(image, "staging") == ["production follows, and should not"]
    assert said("/spec/replicas", "production", "staging") == ["production does not follow"]
    assert said("/spec/paused", "staging") == ["base/web.yaml: has no /spec/paused to change"]


# a plan that does not fit -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (FileChange("staging/web.yaml", "0" * 64, None),
         "staging/web.yaml: is not what it was when the change was planned; plan again"),
        (FileChange("staging/old.yaml", "0" * 64, None),
         "staging/old.yaml: is no longer there; plan again"),
        (FileChange("staging/web.yaml", None, b""),
         "staging/web.yaml: is there already; plan again"),
        (FileChange("linked/web.yaml", None, b""),
         "linked/web.yaml: lies behind a symbolic link; name the file itself"),
    ],
)  # fmt: skip
def test_a_stale_plan_says_which_file(tmp_path: Path, change: FileChange, said: str) -> None:
    draw(tmp_path, COPIES + "--- linked -> staging\n")
    with pytest.raises(StaleError) as error:
        prove(bench_of(tmp_path), (change,))
    assert str(error.value) == said


def test_a_moved_file_is_where_it_went(tmp_path: Path) -> None:
    draw(tmp_path, COPIES)
    data = (tmp_path / "staging/web.yaml").read_bytes()
    changes = (
        FileChange("staging/app/web.yaml", digest(data), None, None, "staging/web.yaml"),
        *planned(tmp_path, "--- staging/kustomization.yaml\nresources: [app/web.yaml]\n"),
    )
    found = prove(bench_of(tmp_path), changes)
    assert (found.verdict, units(found)) == ("identical", ["staging: identical"])

"""Proof of changes next to what is left out here: remote entries, charts and plugins."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.drawn import draw
from tests.planning import proof, units

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

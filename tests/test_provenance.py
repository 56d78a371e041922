"""Who set a field by a manifest or a patch: the exact line, how it came in and what it overrode."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.explaining import WEB, Over, Root

Draw = Callable[[str], Path]


def test_a_manifest_sets_what_nothing_overrides(tree: Draw) -> None:
    root = Root(tree(WEB), "base")
    assert root.who("deploy/web", "spec.replicas") == ["manifest base/web.yaml:5"]
    assert root.via("deploy/web", "spec.replicas") == ["base/kustomization.yaml:1"]
    assert root.unexplained() == []


def test_a_patch_overrides_the_manifest_two_levels_down(over_web: Over) -> None:
    root = over_web("""
    --- middle/kustomization.yaml
    resources:
    - ../base
    --- top/kustomization.yaml
    resources:
    - ../middle
    patches:
    - path: more.yaml
    --- top/more.yaml = Deployment/web
    spec:
      replicas: 3
    """)
    assert root.who("deploy/web", "spec.replicas") == [
        "strategic-merge patch top/more.yaml:5",
        "manifest base/web.yaml:5",
    ]
    assert root.via("deploy/web", "spec.replicas") == ["top/kustomization.yaml:4"]
    assert root.via("deploy/web", "image") == [
        "top/kustomization.yaml:2",
        "middle/kustomization.yaml:2",
        "base/kustomization.yaml:1",
    ]


def test_of_several_patches_the_last_one_counts_and_the_others_are_overridden(
    over_web: Over,
) -> None:
    root = over_web("""
    --- top/kustomization.yaml
    resources: [../base]
    patches:
    - patch: |
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          replicas: 2
    - target: {kind: Deployment}
      patch: |-
        - op: replace
          path: /spec/replicas
          value: 3
    """)
    assert root.who("deploy/web", "spec.replicas") == [
        "JSON patch top/kustomization.yaml:13",
        "strategic-merge patch top/kustomization.yaml:8",
        "manifest base/web.yaml:5",
    ]


def test_a_kustomize_component_is_named_and_how_it_comes_in(over_web: Over) -> None:
    root = over_web("""
    --- more/kustomization.yaml
    apiVersion: kustomize.config.k8s.io/v1alpha1
    kind: Component
    patches:
    - path: more.yaml
    --- more/more.yaml = Deployment/web
    spec: {replicas: 3}
    --- top/kustomization.yaml
    resources: [../base]
    components:
    - ../more
    """)
    assert root.who("deploy/web", "spec.replicas") == [
        "strategic-merge patch more/more.yaml:4",
        "manifest base/web.yaml:5",
    ]
    assert root.via("deploy/web", "spec.replicas") == [
        "top/kustomization.yaml:3",
        "more/kustomization.yaml:4",
    ]


def test_one_patch_file_of_two_entries_is_told_by_its_entry(tree: Draw) -> None:
    root = Root(
        tree(
            """
    --- base/kustomization.yaml
    resources: [a.yaml, b.yaml]
    patches:
    - path: more.yaml
      target: {name: a}
    - path: more.yaml
      target: {name: b}
    --- base/a.yaml = ConfigMap/a
    --- base/b.yaml = ConfigMap/b
    --- base/more.yaml
    - {op: add, path: /data, value: {k: v}}
    """
        ),
        "base",
    )
    for name, line in (("a", 3), ("b", 5)):
        assert root.who(f"cm/{name}", "data.k") == ["JSON patch base/more.yaml:1"]
        assert root.via(f"cm/{name}", "data.k") == [f"base/kustomization.yaml:{line}"]


def test_elements_of_lists_have_lines_of_their_own(tree: Draw) -> None:
    root = Root(
        tree(
            """
    --- base/kustomization.yaml
    resources: [web.yaml]
    patches:
    - target: {kind: Deployment}
      patch: |-
        - op: add
          path: /spec/template/spec/containers/0/args/-
          value: --debug
    --- base/web.yaml = Deployment/web
    spec:
      template:
        spec:
          containers:
          - name: app
            args:
            - --one
            - --two
    """
        ),
        "base",
    )
    lines = [root.who("deploy/web", f"spec.template.spec.containers[app].args[{i}]")[0]
             for i in range(3)]  # fmt: skip
    assert lines == [
        "manifest base/web.yaml:10",
        "manifest base/web.yaml:11",
        "JSON patch base/kustomization.yaml:7",
    ]


def test_who_took_a_field_away_and_what_it_was(tree: Draw) -> None:
    root = Root(
        tree(
            """
    --- base/kustomization.yaml
    resources: [web.yaml]
    --- base/web.yaml = ConfigMap/web
    data:
      a: "1"
      b: "2"
      c: "3"
    --- top/kustomization.yaml
    resources: [../base]
    patches:
    - path: less.yaml
    - target: {kind: ConfigMap}
      patch: |-
        - op: remove
          path: /data/c
    --- top/less.yaml = ConfigMap/web
    data:
      b: null
    """
        ),
        "top",
    )
    assert root.gone("cm/web") == {
        "data/b": ["strategic-merge patch top/less.yaml:5", "manifest base/web.yaml:6"],
        "data/c": ["JSON patch top/kustomization.yaml:7", "manifest base/web.yaml:7"],
    }


def test_a_map_that_a_deletion_emptied_is_said_to_be(tree: Draw) -> None:
    root = Root(
        tree(
            """
    --- base/kustomization.yaml
    resources: [web.yaml]
    patches:
    - patch: |
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec: {template: {spec: {containers: [{name: app, env: [{$patch: replace}]}]}}}
    --- base/web.yaml = Deployment/web
    spec: {template: {spec: {containers: [{name: app, env: [{name: A, value: b}]}]}}}
    """
        ),
        "base",
    )
    found = root.field("deploy/web", "spec.template.spec.containers[app].env")
    assert (found.value, found.status) == ([], "static")
    assert [str(step.at) for step in found.steps] == ["base/kustomization.yaml:7"]


@pytest.mark.parametrize(
    "text",
    [
        "data: {a: &x one, b: *x}\n",
        "data: &d\n  a: one\n  b: one\n",
        '"data": {"a": "one", "b": "one"}\n',
        "data:\n  ? a\n  : one\n  b: one # said\n",
        "data:\n  a: >-\n    one\n  b: |-\n    one\n",
        "'data':\n  \"a\": 'one'\n  b: \"one\"\n",
    ],
)
def test_yaml_of_every_form_is_explained(tree: Draw, text: str) -> None:
    drawing = (
        "--- base/kustomization.yaml\nresources: [web.yaml]\n--- base/web.yaml = ConfigMap/web\n"
    )
    root = Root(tree(drawing + text), "base")
    assert root.plain.resources[0].content["data"] == {"a": "one", "b": "one"}
    assert root.unexplained() == []


def test_an_anchor_that_is_defined_twice_is_read_as_the_engine_reads_it(tree: Draw) -> None:
    root = Root(
        tree(
            """
    --- base/kustomization.yaml
    resources: [web.yaml]
    --- base/web.yaml = ConfigMap/web
    data:
      a: &x one
      b: *x
      c: &x two
      d: *x
    """
        ),
        "base",
    )
    assert root.who("cm/web", "data.b") == ["manifest base/web.yaml:5"]
    assert root.who("cm/web", "data.d") == ["manifest base/web.yaml:7"]


def test_a_test_operation_does_not_fail_on_marks(over_web: Over) -> None:
    root = over_web("""
    --- top/kustomization.yaml
    resources: [../base]
    patches:
    - target: {kind: Deployment}
      patch: |-
        - op: test
          path: /spec/template/spec/containers/0
          value: {name: app, image: web:1, args: [--level, info]}
        - op: replace
          path: /spec/replicas
          value: 2
    """)
    assert root.who("deploy/web", "spec.replicas") == [
        "JSON patch top/kustomization.yaml:10",
        "manifest base/web.yaml:5",
    ]

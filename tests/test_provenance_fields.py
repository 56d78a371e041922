"""Who set a field by a kustomization's own: images, names, labels, generators, replacements."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.explaining import Over, Root

Draw = Callable[[str], Path]


def test_images_count_also_where_they_say_what_is_there_already(over_web: Over) -> None:
    top = """
    --- top/kustomization.yaml
    resources: [../base]
    images:
    - name: web
      newTag: "TAG"
    """
    for tag in ("1", "2"):
        root = over_web(top.replace("TAG", tag))
        assert root.who("deploy/web", "image") == [
            "images top/kustomization.yaml:4",
            "manifest base/web.yaml:10",
        ]


def test_an_images_entry_that_names_nothing_new_sets_nothing(over_web: Over) -> None:
    root = over_web("""
    --- top/kustomization.yaml
    resources: [../base]
    images:
    - name: web
    """)
    assert root.who("deploy/web", "image") == ["manifest base/web.yaml:10"]


def test_an_image_that_another_entry_renamed_is_followed(over_web: Over) -> None:
    root = over_web("""
    --- middle/kustomization.yaml
    resources: [../base]
    images:
    - {name: web, newName: mirror/web}
    --- top/kustomization.yaml
    resources: [../middle]
    images:
    - name: mirror/web
      newTag: "7"
    """)
    assert root.field("deploy/web", "image").value == "mirror/web:7"
    assert root.who("deploy/web", "image") == [
        "images top/kustomization.yaml:4",
        "images middle/kustomization.yaml:3",
        "manifest base/web.yaml:10",
    ]


def test_replicas_count_also_where_they_say_what_is_there_already(over_web: Over) -> None:
    root = over_web("""
    --- top/kustomization.yaml
    resources: [../base]
    replicas:
    - name: web
      count: 1
    """)
    assert root.who("deploy/web", "spec.replicas") == [
        "replicas top/kustomization.yaml:4",
        "manifest base/web.yaml:5",
    ]


def test_of_namespaces_the_outermost_one_counts_whatever_is_written(tree: Draw) -> None:
    root = Root(
        tree(
            """
    --- base/kustomization.yaml
    resources: [web.yaml]
    namespace: shop
    --- base/web.yaml = ConfigMap/shop/web
    data: {a: b}
    --- top/kustomization.yaml
    resources: [../base]
    namespace: shop
    """
        ),
        "top",
    )
    assert root.who("cm/web", "metadata.namespace") == [
        "namespace top/kustomization.yaml:2",
        "manifest base/web.yaml:3",
    ]


def test_prefixes_and_suffixes_rename_from_the_inside_out(over_web: Over) -> None:
    root = over_web("""
    --- middle/kustomization.yaml
    resources: [../base]
    namePrefix: a-
    --- top/kustomization.yaml
    resources: [../middle]
    nameSuffix: -z
    """)
    assert root.who("deploy/a-web-z", "metadata.name") == [
        "name suffix top/kustomization.yaml:2",
        "name prefix middle/kustomization.yaml:2",
        "manifest base/web.yaml:3",
    ]


def test_labels_and_annotations_are_told_apart_from_those_that_are_written(tree: Draw) -> None:
    root = Root(
        tree(
            """
    --- base/kustomization.yaml
    resources: [web.yaml]
    commonAnnotations:
      team: shop
    labels:
    - pairs:
        tier: front
    - pairs: {tier: back}
    --- base/web.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: web
      labels: {own: "1", tier: none}
    """
        ),
        "base",
    )
    assert root.who("cm/web", "metadata.labels.tier") == [
        "labels base/kustomization.yaml:7",
        "labels base/kustomization.yaml:6",
        "manifest base/web.yaml:5",
    ]
    assert root.who("cm/web", "metadata.labels.own") == ["manifest base/web.yaml:5"]
    assert root.who("cm/web", "metadata.annotations.team") == [
        "annotations base/kustomization.yaml:3"
    ]


GENERATED = """
    --- base/kustomization.yaml
    namespace: shop
    configMapGenerator:
    - name: settings
      literals:
      - LEVEL=info
      - HOST=a
      files:
      - app.conf
      envs:
      - more.env
      options:
        labels:
          app: web
    --- base/app.conf
    listen = 80
    --- base/more.env
    # comment
    PORT=80
    --- top/kustomization.yaml
    resources: [../base, web.yaml]
    configMapGenerator:
    - name: settings
      namespace: shop
      behavior: merge
      literals:
      - LEVEL=debug
    --- top/web.yaml = Deployment/shop/web
    spec:
      template:
        spec:
          containers:
          - name: app
            envFrom:
            - configMapRef:
                name: settings
"""


def test_generators_set_data_by_literal_file_and_env_file_and_merge(tree: Draw) -> None:
    root = Root(tree(GENERATED), "top")
    assert root.who("cm/settings", "data.LEVEL") == [
        "generator literal top/kustomization.yaml:7",
        "generator literal base/kustomization.yaml:5",
    ]
    assert root.who("cm/settings", "data.HOST") == ["generator literal base/kustomization.yaml:6"]
    assert root.who("cm/settings", "data.app.conf") == ["generator file base/app.conf:1"]
    assert root.who("cm/settings", "data.PORT") == ["generator env file base/more.env:2"]
    assert root.who("cm/settings", "metadata.labels.app") == [
        "generator options base/kustomization.yaml:13"
    ]
    assert root.who("cm/settings", "metadata.namespace") == ["namespace base/kustomization.yaml:1"]
    assert root.who("cm/settings", "metadata.name") == ["generator base/kustomization.yaml:3"]


def test_a_name_that_follows_a_generated_one_names_both_lines(tree: Draw) -> None:
    root = Root(tree(GENERATED), "top")
    field = "spec.template.spec.containers[app].envFrom[0].configMapRef.name"
    assert root.who("deploy/web", field) == [
        "name reference top/web.yaml:11",
        "manifest top/web.yaml:11",
    ]
    assert root.uses("deploy/web", field) == ["base/kustomization.yaml:3"]


def test_a_replacement_names_its_entry_and_where_the_value_comes_from(over_web: Over) -> None:
    root = over_web("""
    --- top/kustomization.yaml
    resources: [../base, settings.yaml]
    replacements:
    - source: {kind: ConfigMap, name: settings, fieldPath: data.level}
      targets:
      - select: {kind: Deployment}
        fieldPaths:
        - spec.template.spec.containers.[name=app].args.1
        - spec.template.metadata.annotations.[example.com/level]
        options: {create: true}
    --- top/settings.yaml = ConfigMap/settings
    data:
      level: debug
    """)
    for field in ("args[1]", "spec.template.metadata.annotations[example.com/level]"):
        field = f"spec.template.spec.containers[app].{field}" if field[0] == "a" else field
        assert root.field("deploy/web", field).value == "debug"
        assert root.who("deploy/web", field)[0] == "replacement top/kustomization.yaml:3"
        assert root.uses("deploy/web", field) == ["top/settings.yaml:5"]


def test_a_replacement_whose_source_is_deleted_later_is_still_told(over_web: Over) -> None:
    root = over_web("""
    --- middle/kustomization.yaml
    resources: [../base, settings.yaml]
    replacements:
    - source: {kind: ConfigMap, name: settings, fieldPath: data.image}
      targets:
      - select: {kind: Deployment}
        fieldPaths:
        - spec.template.spec.containers.[name=app].image
    --- middle/settings.yaml = ConfigMap/settings
    data: {image: "web:9"}
    --- top/kustomization.yaml
    resources: [../middle]
    patches:
    - patch: |
        $patch: delete
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings}
    """)
    assert root.who("deploy/web", "image") == [
        "replacement middle/kustomization.yaml:3",
        "manifest base/web.yaml:10",
    ]


def test_built_in_transformers_are_read_as_directives(over_web: Over) -> None:
    root = over_web("""
    --- top/kustomization.yaml
    resources: [../base]
    transformers:
    - labels.yaml
    --- top/labels.yaml
    apiVersion: builtin
    kind: PrefixSuffixTransformer
    metadata: {name: any}
    prefix: x-
    fieldSpecs:
    - path: spec/template/spec/containers/image
    """)
    assert root.field("deploy/web", "image").value == "x-web:1"
    assert root.who("deploy/web", "image")[0] == "transformer top/labels.yaml:4"

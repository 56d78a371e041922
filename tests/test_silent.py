"""What kustomize does without a word: each on the smallest tree that has it, and a twin without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer.analyses import configuration
from tests.drawn import build
from tests.look import look, pairs

Draw = Callable[[str], Path]

WEB = """
    --- web/web.yaml = Deployment/web
    spec: {replicas: 1, template: {spec: {containers: [{name: app, image: "web:v1"}]}}}
    --- web/kustomization.yaml
    resources: [web.yaml]
"""
TWO = """
    --- web/a.yaml = ConfigMap/one/web
    --- web/b.yaml = ConfigMap/two/web
    --- web/kustomization.yaml
    resources: [a.yaml, b.yaml]
"""
PATCH = """
    patches:
    - target: {kind: ConfigMap, %s}
      patch: '[{"op": "add", "path": "/data", "value": {"a": "b"}}]'
"""
WIDGET = """
    --- web/widget.yaml
    apiVersion: example.com/v1
    kind: Widget
    metadata: {name: web}
    spec: {parts: [{name: a}, {name: b}]}
    --- web/kustomization.yaml
    resources: [widget.yaml]
    patches:
    - path: patch.yaml
    --- web/patch.yaml
    apiVersion: example.com/v1
    kind: Widget
    metadata: {name: web}
    spec:
      parts:
"""
POD = """
    --- web/web.yaml = Deployment/web
    spec:
      %s
      template:
        spec:
          volumes: [{name: data, emptyDir: {}}]
          containers:
          - name: app
            image: "web:v1"
            env: [{name: TOKEN, value: x}]
            livenessProbe: {exec: {command: [a]}}
    --- web/kustomization.yaml
    resources: [web.yaml]
    patches:
    - path: patch.yaml
    --- web/patch.yaml = Deployment/web
    spec:
      %s
"""
ISSUER = """
    --- web/issuer.yaml
    apiVersion: cert-manager.io/v1
    kind: %s
    metadata: {name: le}
    --- web/kustomization.yaml
    resources: [issuer.yaml]
    namespace: web
"""

# name: (a tree, what is found, a tree that is like it and in order)
CASES: dict[str, tuple[str, list[tuple[str, str]], str]] = {
    "a duplicate key": (
        WEB + "    namePrefix: a-\n    namePrefix: b-\n",
        [("duplicate-key", "web/kustomization.yaml:2")],
        WEB + "    namePrefix: b-\n    nameSuffix: -b\n",
    ),
    "a second document": (
        WEB + "    ---\n    namePrefix: a-\n",
        [("second-document-ignored", "web/kustomization.yaml:3")],
        WEB + "    ---\n    # nothing\n",
    ),
    "a second JSON patch in a file": (
        WEB + """
    patches:
    - path: patch.yaml
      target: {kind: Deployment}
    --- web/patch.yaml
    - {op: replace, path: /spec/replicas, value: 2}
    ---
    - {op: add, path: /spec/paused, value: true}
        """,
        [("second-json-patch-ignored", "web/patch.yaml:3")],
        WEB + """
    patches:
    - path: patch.yaml
      target: {kind: Deployment}
    --- web/patch.yaml
    ---
    - {op: replace, path: /spec/replicas, value: 2}
    - {op: add, path: /spec/paused, value: true}
        """,
    ),
    "a second JSON patch inline": (
        WEB + """
    patches:
    - target: {kind: Deployment}
      patch: |-
        - {op: replace, path: /spec/replicas, value: 2}
        ---
        - {op: add, path: /spec/paused, value: true}
        """,
        [("second-json-patch-ignored", "web/kustomization.yaml:8")],
        WEB + """
    patches:
    - patch: |-
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec: {replicas: 2}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec: {paused: true}
        """,
    ),
    "replace that adds": (
        WEB + """
    patches:
    - target: {kind: Deployment}
      patch: |-
        - {op: replace, path: /spec/replicas, value: 2}
        - {op: replace, path: /spec/pause, value: true}
        """,
        [("replace-adds", "web/kustomization.yaml:7")],
        WEB + """
    patches:
    - target: {kind: Deployment}
      patch: |-
        - {op: replace, path: /spec/replicas, value: 2}
        - {op: add, path: /spec/pause, value: true}
        """,
    ),
    "replace that adds, from an overlay and in a file": (
        WEB + """
    --- over/kustomization.yaml
    resources: [../web]
    patches:
    - path: patch.yaml
      target: {kind: Deployment, name: web}
    --- over/patch.yaml
    - op: replace
      path: /spec/template/spec/containers/0/imagePullPolicy
      value: Always
        """,
        [("replace-adds", "over/patch.yaml:1")],
        WEB + """
    patches:
    - target: {kind: Deployment}
      patch: '[{"op": "add", "path": "/spec/paused", "value": true}]'
    --- over/kustomization.yaml
    resources: [../web]
    patches:
    - path: patch.yaml
      target: {kind: Deployment, name: web}
    --- over/patch.yaml
    - op: replace
      path: /spec/paused
      value: false
        """,
    ),
    "a target in two namespaces": (
        TWO + PATCH % "name: web",
        [("ambiguous-target", "web/kustomization.yaml:4")],
        TWO + PATCH % "name: web, namespace: one",
    ),
    "a target in two namespaces, behind a prefix": (
        TWO + "    namePrefix: x-" + PATCH % "name: web",
        [("ambiguous-target", "web/kustomization.yaml:4")],
        TWO + "    namePrefix: x-" + PATCH % "name: w.*",
    ),
    "a target that is a pattern": (
        """
    --- web/a.yaml = ConfigMap/a.b
    --- web/b.yaml = ConfigMap/a-b
    --- web/kustomization.yaml
    resources: [a.yaml, b.yaml]
        """ + PATCH % "name: a.b",
        [("ambiguous-target", "web/kustomization.yaml:4")],
        """
    --- web/a.yaml = ConfigMap/a.b
    --- web/b.yaml = ConfigMap/a-b
    --- web/kustomization.yaml
    resources: [a.yaml, b.yaml]
        """ + PATCH % r"name: 'a\.b'",
    ),
    "a directive in a list of another kind": (
        WIDGET + "      - name: c\n      - $patch: replace\n",
        [("patch-directive-left", "web/patch.yaml:7")],
        WIDGET + "      - name: c\n",
    ),
    "an element that is to go, in a list of another kind": (
        WIDGET + "      - {name: a, $patch: delete}\n",
        [("patch-directive-left", "web/patch.yaml:6")],
        POD % ("replicas: 1",
               "template: {spec: {volumes: [{name: data, $patch: delete}]}}"),
    ),
    "a volume with two sources": (
        POD % ("replicas: 1",
               "template: {spec: {volumes: [{name: data, configMap: {name: a}}]}}"),
        [("exclusive-fields", "web/patch.yaml:5")],
        POD % ("replicas: 1", "template: {spec: {volumes: [{name: data, emptyDir: null, "
                              "configMap: {name: a}}]}}"),
    ),
    "a variable with two values": (
        POD % ("replicas: 1", "template: {spec: {containers: [{name: app, env: [{name: TOKEN, "
               "valueFrom: {secretKeyRef: {name: a, key: b}}}]}]}}"),
        [("exclusive-fields", "web/patch.yaml:5")],
        POD % ("replicas: 1", "template: {spec: {containers: [{name: app, env: [{name: TOKEN, "
               "value: null, valueFrom: {secretKeyRef: {name: a, key: b}}}]}]}}"),
    ),
    "a probe that asks twice": (
        POD % ("replicas: 1", "template: {spec: {containers: [{name: app, livenessProbe: "
               "{httpGet: {port: 80}}}]}}"),
        [("exclusive-fields", "web/patch.yaml:5")],
        POD % ("replicas: 1", "template: {spec: {containers: [{name: app, livenessProbe: "
               "{exec: null, httpGet: {port: 80}}}]}}"),
    ),
    "a strategy with parameters of another": (
        POD % ("strategy: {rollingUpdate: {maxSurge: 1}}", "strategy: {type: Recreate}"),
        [("exclusive-fields", "web/patch.yaml:5")],
        POD % ("strategy: {rollingUpdate: {maxSurge: 1}}",
               "strategy: {type: Recreate, rollingUpdate: null}"),
    ),
    "a namespace on what has none": (
        ISSUER % "ClusterIssuer",
        [("namespace-on-cluster-scoped", "web/kustomization.yaml:2")],
        ISSUER % "Issuer",
    ),
    "a namespace on what a CRD of the tree gives none": (
        (ISSUER % "Thing").replace("[issuer", "[crd.yaml, issuer") + """
    --- web/crd.yaml
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata: {name: things.cert-manager.io}
    spec: {group: cert-manager.io, scope: Cluster, names: {kind: Thing, plural: things}}
        """,
        [("namespace-on-cluster-scoped", "web/kustomization.yaml:2")],
        (ISSUER % "Thing").replace("[issuer", "[crd.yaml, issuer") + """
    --- web/crd.yaml
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata: {name: things.cert-manager.io}
    spec: {group: cert-manager.io, scope: Namespaced, names: {kind: Thing, plural: things}}
        """,
    ),
    "a file that nobody lists": (
        WEB + "    --- web/other.yaml = ConfigMap/other\n",
        [("orphan-file", "web/other.yaml:1")],
        WEB.replace("[web.yaml]", "[web.yaml, other.yaml]")
        + "    --- web/other.yaml = ConfigMap/other\n",
    ),
    "an image without a version": (
        WEB.replace("web:v1", "web"),
        [("floating-image", "web/web.yaml:4")],
        WEB.replace("web:v1", "web") + "    images: [{name: web, newTag: v1}]\n",
    ),
    "a reference without a version": (
        WEB + "    components: ['https://github.com/org/repo//c']\n",
        [("floating-ref", "web/kustomization.yaml:2"), ("needs-input", "web/kustomization.yaml:2")],
        WEB + "    --- part/kustomization.yaml\n    kind: Component\n    namePrefix: a-\n"
        "    --- over/kustomization.yaml\n    resources: [../web]\n    components: [../part]\n",
    ),
    "an old field": (
        WEB + "    commonLabels: {a: b}\n",
        [("deprecated-field", "web/kustomization.yaml:2")],
        WEB + "    labels: [{pairs: {a: b}}]\n",
    ),
    "a circle": (
        WEB + "    components: [../web]\n",
        [("reference-cycle", "web/kustomization.yaml:2")],
        WEB + "    --- over/kustomization.yaml\n    resources: [../web]\n",
    ),
    "an object defined twice": (
        WEB.replace("[web.yaml]", "[web.yaml, again.yaml]")
        + "    --- web/again.yaml = Deployment/web\n",
        [("does-not-build", "web/kustomization.yaml:1")],
        WEB.replace("[web.yaml]", "[web.yaml, again.yaml]")
        + "    --- web/again.yaml = Deployment/again\n",
    ),
    "a base that is reached twice": (
        WEB + "    --- mid/kustomization.yaml\n    resources: [../web]\n"
        "    --- over/kustomization.yaml\n    resources:\n    - ../web\n    - ../mid\n",
        [("does-not-build", "over/kustomization.yaml:3")],
        WEB + "    --- mid/kustomization.yaml\n    resources: [../web]\n    namePrefix: mid-\n"
        "    --- over/kustomization.yaml\n    resources:\n    - ../web\n    - ../mid\n",
    ),
    "replicas of nothing": (
        WEB + "    replicas: [{name: wep, count: 2}]\n",
        [("does-not-build", "web/kustomization.yaml:2")],
        WEB + "    replicas: [{name: web, count: 2}]\n",
    ),
    "a kustomize Component as a resource": (
        WEB + "    --- part/kustomization.yaml\n    kind: Component\n    namePrefix: a-\n"
        "    --- over/kustomization.yaml\n    resources: [../web, ../part]\n",
        [("does-not-build", "over/kustomization.yaml:1")],
        WEB + "    --- part/kustomization.yaml\n    kind: Component\n    namePrefix: a-\n"
        "    --- over/kustomization.yaml\n    resources: [../web]\n    components: [../part]\n",
    ),
}  # fmt: skip


def found(where: Path) -> list[tuple[str, str]]:
    return sorted(pairs(configuration.analyze(look(where, all_roots=True)).findings))


@pytest.mark.parametrize("name", CASES)
def test_what_is_silent_is_found(name: str, tree: Draw) -> None:
    drawing, expected, _ = CASES[name]
    assert found(tree(drawing)) == expected


@pytest.mark.parametrize("name", CASES)
def test_what_is_in_order_stays_silent(name: str, tree: Draw) -> None:
    assert found(tree(CASES[name][2])) == []


NOT_SILENT = ("a reference without a version", "an old field", "a circle",
              "an object defined twice", "replicas of nothing")  # fmt: skip


@pytest.mark.parametrize("name", [name for name in CASES if name not in NOT_SILENT])
def test_the_engine_says_nothing(name: str, tree: Draw) -> None:
    done = build(tree(CASES[name][0]) / "web")
    assert (done.returncode, done.stderr) == (0, "")


def test_messages_say_what_to_do(tree: Draw) -> None:
    drawing = "".join(
        CASES[name][0].replace("web/", f"{number}/")
        for number, name in enumerate(
            ("a second JSON patch in a file", "replace that adds", "a target in two namespaces",
             "a target that is a pattern", "a directive in a list of another kind",
             "a volume with two sources", "a variable with two values", "a probe that asks twice",
             "a strategy with parameters of another", "a namespace on what has none",
             "replicas of nothing")
        )
    )  # fmt: skip
    known = configuration.analyze(look(tree(drawing))).findings
    assert [f.message for f in sorted(known, key=lambda f: int(f.location.path.split("/")[0]))] == [
        "only the first YAML document of a JSON patch is used; move these operations into it",
        "replace /spec/pause adds it: Deployment/web has none; write add if that is meant",
        "the target ConfigMap/web is in the namespaces one, two, and all are patched; name one",
        r"the target ConfigMap/a.b is a pattern, and a-b is patched too; write each . as \.",
        "Widget/web: $patch is left in what is deployed; write a JSON patch instead",
        "Deployment/web: volume data has configMap and emptyDir; set the one that goes to null",
        "Deployment/web: container app: env TOKEN has value and valueFrom; set the one that goes "
        "to null",
        "Deployment/web: container app: livenessProbe has exec and httpGet; set the one that goes "
        "to null",
        "Deployment/web: strategy has type Recreate and rollingUpdate; set the one that goes to "
        "null",
        "namespace web is put on ClusterIssuer/le, which has none in a cluster",
        "replicas: no Deployment, StatefulSet or ReplicaSet is named wep; correct the name, or "
        "remove it",
    ]

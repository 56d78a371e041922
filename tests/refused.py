"""A drawn tree whose root `web` kustomize refuses, and what is said of it from near and far."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from analyzer.model import RenderFailure
from tests.rendering import renders

Tree = Callable[[str], Path]

FILES = """
    --- web/d.yaml = Deployment/web
    spec: {replicas: 1, template: {spec: {containers: [{name: a, image: "a:1"}]}}}
    --- web/again.yaml = Deployment/web
    --- web/two.yaml = Deployment/two
    --- web/cm.yaml = ConfigMap/a
    --- web/twice.yaml = Service/a
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: a}
    --- web/nameless.yaml = Service/x
    ---
    apiVersion: v1
    kind: Service
    metadata: {labels: {a: hunter2}}
    --- web/odd.yaml

    a: b
    --- web/odd.txt
    hello
    --- web/broken.txt
    a: b
    c: [
    --- web/keys.yaml = ConfigMap/x
    data: {a: b}
    data: {a: c}
    --- web/wrong.yaml = Deployment/wrong
    spec: {replicas: 2}
    --- web/bad.yaml
    no patch
    --- web/ops.yaml
    - op: add
      path: /spec/paused
      value: true
    - op: remove
      path: /spec/nope
    --- web/tests.yaml
    - op: test
      path: /spec/replicas
      value: 5
    --- web/op.yaml
    - {op: repalce, path: /spec/replicas, value: 5}
    --- web/both.yaml = Deployment/web
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    --- web/r.yaml
    - source: {kind: Deployment, name: web}
      targets: [{select: {kind: Deployment}, fieldPaths: [spec.a.b]}]
    --- web/source.yaml
    # one
    source:
      kind: ConfigMap
      name: wrong
    targets: [{select: {kind: Deployment}, fieldPaths: [metadata.name]}]
    --- web/text.yaml
    - hello
    --- web/names.yaml
    nameReferences: []
    --- web/reference.yaml
    nameReference: hello
    --- web/crd.json
    hello
    --- web/t.yaml
    apiVersion: builtin
    kind: NamespaceTransformer
    metadata: {name: x}
    unsetOnly: hello
    --- part/kustomization.yaml
    apiVersion: kustomize.config.k8s.io/v1alpha1
    kind: Component
    namePrefix: x-
    --- broken-part/kustomization.yaml
    apiVersion: kustomize.config.k8s.io/v1alpha1
    kind: Component
    namPrefix: x-
    --- wanting-part/kustomization.yaml
    apiVersion: kustomize.config.k8s.io/v1alpha1
    kind: Component
    components: [../wanting]
    --- wanting/kustomization.yaml
    apiVersion: kustomize.config.k8s.io/v1alpha1
    kind: Component
    patches:
    - path: wrong.yaml
    --- wanting/wrong.yaml = Deployment/wrong
    --- adding-part/kustomization.yaml
    apiVersion: kustomize.config.k8s.io/v1alpha1
    kind: Component
    resources:
    - again.yaml
    --- adding-part/again.yaml = Deployment/web
    --- plain/kustomization.yaml
    namePrefix: x-
    --- one/kustomization.yaml
    resources: [../wholly]
    --- other/kustomization.yaml
    resources: [../wholly]
    --- wholly/kustomization.yaml
    resources: [s.yaml]
    --- wholly/s.yaml = Service/s
    --- shared.yaml = ConfigMap/shared
    --- over/kustomization.yaml
    resources: [../web]
    --- far/over/kustomization.yaml
    resources: [../../over, ../../shared.yaml]
"""

WEB = "web/kustomization.yaml"
ONLY_ONCE = "is there already (already registered id); one build may hold it only once"
NO_SUCH = "finds no such resource; correct it, or remove it"


def assert_refused(tree: Tree, settings: str, cause: str) -> None:
    """By the root itself, and from above where load restrictions are off: the same cause, once."""
    where = tree(FILES)
    (where / WEB).write_text(f"resources: [d.yaml]\n{settings}\n")
    for result in renders(where, "web", "far/over"):
        assert isinstance(result, RenderFailure)
        assert [str(c) for c in result.causes] == [cause]
        assert "hunter2" not in repr(result)

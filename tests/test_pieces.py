"""Patches, operations, replicas, replacements and variables that kustomize refuses."""

from __future__ import annotations

import pytest

from tests.refused import NO_SUCH, WEB, Tree, assert_refused

OP = '[{"op": "replace", "path": "/spec/x/y", "value": 1}]'

# (what is below `resources: [d.yaml]` on line 1, the cause)
REFUSED: list[tuple[str, str]] = [
    # patches
    (
        "patches:\n- patch: |\n    apiVersion: apps/v1\n    kind: Deployment\n"
        "    metadata: {name: wrong}",
        f"{WEB}:3: the patch for Deployment/wrong {NO_SUCH}",
    ),
    (
        "patches:\n- patch: '{apiVersion: v1, kind: A, metadata: {name: web, namespace: b}}'",
        f"{WEB}:3: the patch for b/A/web {NO_SUCH}",
    ),
    ("patches:\n- path: wrong.yaml", f"{WEB}:3: the patch for Deployment/wrong {NO_SUCH}"),
    ("patchesStrategicMerge: [wrong.yaml]", f"{WEB}:2: the patch for Deployment/wrong {NO_SUCH}"),
    ("patches:\n- patch: hello", f"{WEB}:3: not a patch kustomize can read"),
    ('patches:\n- patch: "a: [b"', f"{WEB}:3: not a patch kustomize can read"),
    ("patches: [{path: bad.yaml}]", "web/bad.yaml:1: not a patch kustomize can read"),
    (
        "patchesStrategicMerge: [bad.yaml]",
        "web/bad.yaml:1: not a Kubernetes manifest: missing Resource metadata",
    ),
    (
        "patchesJson6902: [{target: {kind: Deployment, name: web, version: v1}, path: bad.yaml}]",
        "web/bad.yaml:1: not a patch kustomize can read",
    ),
    ("patches:\n- target: {kind: X}", f"{WEB}:3: a patch has neither patch nor path"),
    (
        "patchesJson6902:\n- target: {kind: X, name: x, version: v1}",
        f"{WEB}:3: a patch has neither patch nor path",
    ),
    ("patches:\n- {path: bad.yaml, patch: '{}'}", f"{WEB}:3: a patch has both patch and path"),
    (f"patches:\n- patch: '{OP}'", f"{WEB}:3: a JSON patch needs a target"),
    (
        "patches:\n- target: {kind: Deployment}\n  path: both.yaml",
        "web/both.yaml:5: a patch with a target may hold only one document",
    ),
    # JSON operations
    (
        f"patches:\n- target: {{kind: Deployment}}\n  patch: '{OP}'",
        f"{WEB}:4: the patch cannot replace /spec/x/y: nothing is there",
    ),
    (
        "patches:\n- target: {kind: Deployment}\n  patch: |-\n    - op: add\n"
        "      path: /spec/a\n      value: 1\n    - op: remove\n      path: /spec/nope",
        f"{WEB}:8: the patch cannot remove /spec/nope: nothing is there",
    ),
    (
        "patches: [{target: {kind: Deployment}, path: ops.yaml}]",
        "web/ops.yaml:4: the patch cannot remove /spec/nope: nothing is there",
    ),
    (
        "patches: [{target: {kind: Deployment}, path: tests.yaml}]",
        "web/tests.yaml:1: the patch cannot test /spec/replicas: the value there is another one",
    ),
    (
        "patches: [{target: {kind: Deployment}, path: op.yaml}]",
        "web/op.yaml:1: a patch has the unknown op repalce",
    ),
    # replicas, replacements, variables
    (
        "replicas:\n- {name: web, count: 1}\n- {name: wrong, count: 3}",
        f"{WEB}:4: replicas: no Deployment, StatefulSet or ReplicaSet is named wrong; "
        "correct the name, or remove it",
    ),
    (
        "replacements:\n- source: {kind: ConfigMap, name: wrong}\n"
        "  targets: [{select: {kind: Deployment}, fieldPaths: [metadata.name]}]",
        f"{WEB}:3: the replacement's source ConfigMap/wrong is not there; correct it, or remove it",
    ),
    (
        "replacements: [{path: source.yaml}]",
        "web/source.yaml:3: the replacement's source ConfigMap/wrong is not there; "
        "correct it, or remove it",
    ),
    (
        "bases: [two.yaml]\nreplacements:\n- source: {kind: Deployment}\n"
        "  targets: [{select: {kind: Deployment}, fieldPaths: [metadata.name]}]",
        f"{WEB}:4: the replacement's source Deployment is more than one resource",
    ),
    (
        "replacements:\n- source: {kind: Deployment, name: web}\n  targets:\n"
        "  - {select: {kind: Deployment}, fieldPaths: [metadata.name]}\n"
        "- source: {kind: Deployment, name: web, fieldPath: spec.nope}\n"
        "  targets: [{select: {kind: Deployment}, fieldPaths: [metadata.name]}]",
        f"{WEB}:6: the replacement's source Deployment/web has no field spec.nope",
    ),
    (
        "replacements: [{path: r.yaml}]",
        "web/r.yaml:2: the replacement's target has no field spec.a.b",
    ),
    (
        "replacements:\n- targets: []",
        f"{WEB}:3: a replacement needs a source, and targets that select something",
    ),
    (
        "replacements: [{path: odd.yaml}]",
        "web/odd.yaml:2: a replacement needs a source, and targets that select something",
    ),
    (
        "replacements: [{path: text.yaml}]",
        "web/text.yaml:1: a replacement needs a source, and targets that select something",
    ),
    (
        "replacements:\n- source: {kind: Deployment, name: web}\n  targets: [{fieldPaths: [a]}]",
        f"{WEB}:3: a replacement needs a source, and targets that select something",
    ),
    (
        "vars:\n- {name: X, objref: {kind: ConfigMap, name: wrong, apiVersion: v1}}",
        f"{WEB}:3: the resource that var X names is not there",
    ),
    (
        "vars:\n- name: X\n  objref: {kind: Deployment, name: web, apiVersion: apps/v1}\n"
        "  fieldref: {fieldpath: data.a}",
        f"{WEB}:3: the resource that var X names has no such field",
    ),
]


@pytest.mark.parametrize(("settings", "cause"), REFUSED, ids=[cause for _, cause in REFUSED])
def test_what_a_patch_cannot_do_has_its_line(tree: Tree, settings: str, cause: str) -> None:
    assert_refused(tree, settings, cause)

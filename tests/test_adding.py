"""JSON patches that replace what is not there: the render without the patch decides."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from analyzer import commands
from analyzer.checks.patches import replaces_nothing
from analyzer.looking import Options
from tests.fluxed import SYNC
from tests.look import pairs

Draw = Callable[[str], Path]

WEB = """
    --- web/kustomization.yaml
    resources: [web.yaml]
    --- web/web.yaml = Deployment/apps/web
    spec:
      replicas: 1
      template: {spec: {containers: [{name: app, image: "web:1"}]}}
"""
OVER = """
    --- over/kustomization.yaml
    resources: [../web]
    patches:
    MORE
    - target: {kind: Deployment, name: web}
      patch: |-
        - {op: replace, path: /spec/paused, value: true}
"""


def adds(tree: Path, *, prove: bool = True) -> list[tuple[str, str]]:
    seen = commands.look(Options(directory=tree), prove=prove).snapshot
    return pairs(replaces_nothing(seen))


def over(more: str = "") -> str:
    return WEB + OVER.replace("    MORE\n", more)


def test_a_key_that_the_render_without_the_patch_lacks_is_added(tree: Draw) -> None:
    assert adds(tree(over())) == [("replace-adds", "over/kustomization.yaml:5")]
    assert adds(tree(over().replace("paused", "replicas").replace("true", "3"))) == []


def test_an_earlier_patch_that_makes_the_key_is_silence(tree: Draw) -> None:
    """By its own file the object has none; the files alone do not tell that this is for it."""
    more = """
    - target: {kind: Deploy.*}
      patch: |-
        - {op: add, path: /spec/paused, value: false}
    """
    where = tree(over(more.lstrip("\n").rstrip(" ")))
    assert adds(where) == []
    assert adds(where, prove=False) == []


def test_an_earlier_patch_for_another_object_is_none(tree: Draw) -> None:
    more = """
    - target: {kind: StatefulSet}
      patch: |-
        - {op: add, path: /spec/paused, value: false}
    """
    where = tree(over(more.lstrip("\n").rstrip(" ")))
    assert adds(where) == [("replace-adds", "over/kustomization.yaml:8")]
    assert adds(where, prove=False) == []  # only a render tells


def test_an_operation_before_it_in_the_same_patch_makes_the_key(tree: Draw) -> None:
    both = """      patch: |-
        - {op: add, path: /spec/paused, value: false}
"""
    assert adds(tree(over().replace("      patch: |-\n", both))) == []


def test_what_the_object_that_applies_it_sets_too_is_silence(tree: Draw) -> None:
    flux = """
    --- clusters/staging/kustomization.yaml
    resources: [flux-system/gotk-sync.yaml, web.yaml]
    --- clusters/staging/web.yaml = FluxKustomization/flux-system/web
    spec:
      path: ./over
      sourceRef: {kind: GitRepository, name: flux-system}
      patches:
      - target: {kind: Deployment, name: NAME}
        patch: |
          - {op: add, path: /spec/paused, value: true}
    """
    where = tree(SYNC + over() + flux.replace("NAME", "web"))
    assert adds(where) == []
    other = tree(SYNC + over() + flux.replace("NAME", "wed"))
    assert adds(other) == [("replace-adds", "over/kustomization.yaml:5")]

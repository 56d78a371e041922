"""What an overlay sets otherwise than its base: every field, with both lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner

from analyzer import commands
from analyzer.analyses import coverage
from analyzer.cli import main
from analyzer.looking import Options
from analyzer.overlaying import Overlaid
from tests.fluxed import SYNC

Draw = Callable[[str], Path]

TREE = """
    --- groundplan.yaml
    layout:
      patterns: ["clusters/{environment}/{component}"]
      base: ["base/{component}"]
    environments: [staging, production]
    --- base/web/kustomization.yaml
    resources: [web.yaml, old.yaml]
    configMapGenerator:
    - name: settings
      literals: [level=info]
    --- base/web/web.yaml = Deployment/web
    spec:
      replicas: 1
      paused: true
      template: {spec: {containers: [{name: app, image: "web:1"}]}}
    --- base/web/old.yaml = ConfigMap/old
    --- clusters/staging/web/kustomization.yaml
    resources: [../../../base/web, new.yaml]
    configMapGenerator:
    - name: settings
      behavior: merge
      literals: [level=debug]
    images:
    - name: web
      newTag: "2"
    patches:
    - path: less.yaml
    - patch: |
        $patch: delete
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: old}
    --- clusters/staging/web/less.yaml = Deployment/web
    spec:
      paused: null
    --- clusters/staging/web/new.yaml = ConfigMap/new
    --- clusters/production/web/kustomization.yaml
    resources: [../../../base/web]
    images:
    - name: web
      newTag: "3"
    secretGenerator:
    - name: made
      literals: [password=hunter2]
    """


def report(tree: Path) -> coverage.Coverage:
    return coverage.analyze(commands.look(Options(directory=tree), places=True).snapshot)


def told(one: Overlaid) -> tuple[object, ...]:
    name = f"{one.resource} {one.field}".strip()
    return (one.kind, name, one.before, one.after, str(one.base_at or "-"), str(one.here_at or "-"))


def test_fields_that_are_overridden_added_and_removed_with_both_lines(tree: Draw) -> None:
    (web,) = report(tree(TREE)).components
    staging, production = web.rows
    image = "Deployment/web spec.template.spec.containers[name=app].image"
    assert [told(one) for one in staging.changes] == [
        ("added", "ConfigMap/new", None, None, "-", "clusters/staging/web/new.yaml:2"),
        ("removed", "ConfigMap/old", None, None, "base/web/old.yaml:2", "-"),
        ("overridden", "ConfigMap/settings data.level", "info", "debug",
         "base/web/kustomization.yaml:4", "clusters/staging/web/kustomization.yaml:5"),
        ("removed", "Deployment/web spec.paused", True, None, "base/web/web.yaml:6",
         "clusters/staging/web/less.yaml:5"),
        ("overridden", image, "web:1", "web:2", "base/web/web.yaml:7",
         "clusters/staging/web/kustomization.yaml:8"),
    ]  # fmt: skip
    assert [told(one) for one in production.changes] == [
        ("overridden", image, "web:1", "web:3", "base/web/web.yaml:7",
         "clusters/production/web/kustomization.yaml:4"),
        ("added", "Secret/made", None, None, "-", "clusters/production/web/kustomization.yaml:6"),
    ]  # fmt: skip


def test_a_base_value_that_every_environment_replaces_is_named(tree: Draw) -> None:
    (found,) = report(tree(TREE)).everywhere
    assert (found.component, found.field, found.before, found.values) == (
        "web", "spec.template.spec.containers[name=app].image", "web:1", ("web:2", "web:3"),
    )  # fmt: skip
    assert str(found.base_at) == "base/web/web.yaml:7"


def test_what_flux_sets_afterwards_is_compared_too(tree: Draw) -> None:
    where = tree(
        SYNC
        + """
    --- groundplan.yaml
    layout:
      patterns: ["clusters/{environment}/{component}"]
      base: ["base/{component}"]
    environments: [staging]
    --- clusters/staging/flux-system/kustomization.yaml
    resources: [gotk-sync.yaml]
    --- clusters/staging/kustomization.yaml
    resources: [flux-system, web.yaml]
    --- clusters/staging/web.yaml = FluxKustomization/flux-system/web
    spec:
      path: ./clusters/staging/web
      sourceRef: {kind: GitRepository, name: flux-system}
      postBuild:
        substitute:
          LEVEL: debug
    --- clusters/staging/web/kustomization.yaml
    resources: [../../../base/web]
    patches:
    - path: more.yaml
    --- clusters/staging/web/more.yaml = ConfigMap/web
    data:
      level: ${LEVEL}
    --- base/web/kustomization.yaml
    resources: [web.yaml]
    --- base/web/web.yaml = ConfigMap/web
    data:
      level: info
    """
    )
    rows = [row for c in report(where).components for row in c.rows if c.name.component == "web"]
    assert [told(one) for one in rows[0].changes] == [
        ("overridden", "ConfigMap/web data.level", "info", "debug", "base/web/web.yaml:5",
         "clusters/staging/web/more.yaml:5"),
    ]  # fmt: skip


def test_the_report_lists_fields_when_it_is_asked_to(tree: Draw) -> None:
    where = str(tree(TREE))
    plain = CliRunner().invoke(main, ["-C", where, "report", "coverage"])
    asked = CliRunner().invoke(main, ["-C", where, "report", "coverage", "--fields"])
    assert "spec.paused" not in plain.stdout
    lines = [" ".join(line.split()) for line in asked.stdout.splitlines()]
    assert "web in staging" in lines
    assert (
        "Deployment/web spec.paused true removed clusters/staging/web/less.yaml:5 "
        "strategic-merge patch"
    ) in lines
    assert "hunter2" not in asked.stdout
    wrong = CliRunner().invoke(main, ["-C", where, "report", "structure", "--fields"])
    assert (wrong.exit_code, wrong.stderr) == (
        2,
        "groundplan: structure: --fields is for coverage\n",
    )

"""Drawn histories of versions, and what the promotion report says of them in short."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from analyzer import commands
from analyzer.analyses import promotion
from analyzer.analyses.promotion import Promotion
from analyzer.gaps import Gap
from analyzer.lags import Lag
from analyzer.looking import Options
from tests.drawn import commit, draw, layout

Draw = Callable[[str], Path]


LAYOUT = layout("staging", "production")
WEB = (
    LAYOUT
    + """
    --- base/web/kustomization.yaml
    resources: [web.yaml]
    --- base/web/web.yaml = Deployment/web
    spec: {replicas: 1, template: {spec: {containers: [{name: a, image: "web:1.0"}]}}}
    --- clusters/staging/web/kustomization.yaml
    resources: [../../../base/web]
    images: [{name: web, newTag: "1.1"}]
    --- clusters/production/web/kustomization.yaml
    resources: [../../../base/web]
    images: [{name: web, newTag: "1.1"}]
    """
)


def kustomization(where: Path, environment: str, text: str, component: str = "web") -> None:
    draw(where, f"--- clusters/{environment}/{component}/kustomization.yaml\n{text}")


def pins(where: Path, environment: str, *versions: str, day: int) -> str:
    """An overlay that pins images a, b, … in a commit of its own."""
    listed = ", ".join(
        f'{{name: {name}, newTag: "{version}"}}'
        for name, version in zip("abc", versions, strict=False)
    )
    kustomization(where, environment, f"resources: [../../../base/web]\nimages: [{listed}]\n")
    return commit(where, f"{environment} {versions}", f"2026-01-{day:02}T00:00:00Z")[:10]


SEVERAL = (
    LAYOUT
    + """
    --- base/web/kustomization.yaml
    resources: [web.yaml]
    --- base/web/web.yaml = Deployment/web
    spec: {template: {spec: {containers: [{name: a, image: "a:1"}, {name: b, image: "b:1"}]}}}
    """
)


def report(where: Path) -> Promotion:
    view = commands.look(Options(where), lags=True, commits=True)
    return promotion.analyze(view.snapshot)


def lag(where: Path) -> Lag:
    (step,) = report(where).steps
    (one,) = step.lags
    return one


def told(where: Path) -> list[tuple[str, str, str]]:
    """(what, rule, reason) of everything that counts."""
    return [(what(gap), gap.rule.id, gap.reason) for gap in lag(where).gaps]


def classes(where: Path) -> list[tuple[str, str, str]]:
    return [(what(gap), gap.verdict, gap.rule.id) for gap in lag(where).gaps]


def what(gap: Gap) -> str:
    name = gap.resource.short if gap.resource is not None else ""
    return f"{name} {gap.field}".strip()


IMAGE = "Deployment/web spec.template.spec.containers[name={}].image"


CONFIG = """
    --- clusters/staging/web/kustomization.yaml
    configMapGenerator: [{name: c, literals: [%s]}]
    --- clusters/production/web/kustomization.yaml
    configMapGenerator: [{name: c, literals: [%s]}]
    """


def config(where: Path, source: str, target: str, day: int) -> str:
    draw(where, CONFIG % (source, target))
    return commit(where, f"{source} {target}", f"2026-01-{day:02}T00:00:00Z")[:10]

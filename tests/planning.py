"""Plans in tests: changes drawn as text, and what a proof says of them in one line each."""

from __future__ import annotations

import textwrap
from pathlib import Path

from analyzer import looking
from analyzer.bench import Bench, bench
from analyzer.changes import FileChange, digest
from analyzer.plans import Proof
from analyzer.proving import prove
from tests.drawn import _entries, manifest

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


def planned(where: Path, drawing: str, gone: tuple[str, ...] = ()) -> tuple[FileChange, ...]:
    """The changes that draw this over a tree, with some files removed."""
    made = []
    for path, sign, rest, content in _entries(textwrap.dedent(drawing)):
        after = ((manifest(rest) if sign else "") + content).encode()
        file = where / path
        before = digest(file.read_bytes()) if file.is_file() else None
        made.append(FileChange(path, before, after))
    made += [FileChange(path, digest((where / path).read_bytes()), None) for path in gone]
    return tuple(made)


def proof(where: Path, drawing: str, gone: tuple[str, ...] = ()) -> Proof:
    return prove(bench_of(where), planned(where, drawing, gone))


def bench_of(where: Path) -> Bench:
    return bench(looking.Options(where))


def units(found: Proof) -> list[str]:
    """`root: verdict, why`, and the differences below."""
    lines = []
    for unit in found.units:
        name = f"{unit.by} in {unit.seat}" if unit.by else unit.root or "."
        lines.append(f"{name}: {unit.verdict}" + (f", {unit.reason}" if unit.reason else ""))
        lines += [f"  {difference}" for difference in unit.differences]
    return lines


def failed(found: Proof) -> list[tuple[str, str]]:
    """The checks that say no, and what they say."""
    return [(check.name, check.said) for check in found.checks if not check.passed]

"""The structure report: every root once, placed, deployed, rendered; and what stands out."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from analyzer import disk, formats
from analyzer.analyses import structure
from analyzer.document import Text
from analyzer.kustomization import FILE_NAMES
from tests.look import example, look, pairs, said

Draw = Callable[[str], Path]

THREE = """
    --- clusters/base/apps/web/kustomization.yaml
    resources: [web.yaml]
    --- clusters/base/apps/web/web.yaml = Deployment/web
    spec: {replicas: 1}
    --- clusters/staging/apps/web/kustomization.yaml
    resources: [../../../base/apps/web]
    --- clusters/production/apps/web/kustomization.yaml
    resources: [../../../base/apps/web]
    patches: [{path: gone.yaml}]
"""


def as_json(tree: Path, **options: bool) -> dict[str, object]:
    seen = look(tree, **options)
    report = structure.analyze(seen)
    made = json.loads(formats.json.report(structure.to_json(report), report.findings))
    assert isinstance(made, dict)
    return made


def test_every_root_is_placed_rendered_and_explained(tree: Draw) -> None:
    assert as_json(tree(THREE)) == {
        "schema": "groundplan/structure/v1",
        "layout": {
            "patterns": [
                "clusters/{environment}/{category}/{component}/**",
                "clusters/base/{category}/{component}/**",
            ],
            "source": "detected",
            "confidence": 1.0,
            "environments": ["staging", "production"],
            "clusters": [],
            "unplaced": [],
        },
        "roots": [
            _root("clusters/base/apps/web", None, "full", None),
            _root(
                "clusters/production/apps/web",
                "production",
                "failed",
                {
                    "message": "gone.yaml does not exist",
                    "path": "clusters/production/apps/web/kustomization.yaml",
                    "line": 2,
                },
            ),
            _root("clusters/staging/apps/web", "staging", "full", None),
        ],
        "findings": [
            {
                "rule": "missing-reference",
                "severity": "error",
                "message": "gone.yaml does not exist",
                "path": "clusters/production/apps/web/kustomization.yaml",
                "line": 2,
                "related": [],
            }
        ],
    }


def _root(path: str, environment: str | None, renders: str, cause: object) -> dict[str, object]:
    return {
        "path": path,
        "kind": "Kustomization",
        "generated": False,
        "category": "apps",
        "component": "web",
        "seats": [{"environment": environment, "cluster": None}] if environment else [],
        "deployed_by": [],
        "renders": renders,
        "needs": [],
        "cause": cause,
    }


def test_without_rendering_the_files_alone_answer(tree: Draw) -> None:
    roots = as_json(tree(THREE), render=False)["roots"]
    assert isinstance(roots, list)
    assert [(r["path"], r["renders"], r["cause"] is not None) for r in roots] == [
        ("clusters/base/apps/web", None, False),
        ("clusters/production/apps/web", None, True),
        ("clusters/staging/apps/web", None, False),
    ]


def test_a_flux_kustomization_tells_what_deploys_a_root(tree: Draw) -> None:
    where = tree("""
        --- clusters/production/kustomization.yaml
        resources: [apps.yaml]
        --- clusters/production/apps.yaml
        # applies the shop
        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata: {name: apps, namespace: flux-system}
        spec:
          path: ./apps/production
          prune: true
          sourceRef: {kind: GitRepository, name: flux-system}
        --- apps/production/shop.yaml = ConfigMap/shop
    """)
    roots = as_json(where)["roots"]
    assert isinstance(roots, list)
    assert [(r["path"], r["generated"], r["deployed_by"]) for r in roots] == [
        (
            "apps/production",
            True,
            [
                {
                    "kind": "FluxKustomization",
                    "namespace": "flux-system",
                    "name": "apps",
                    "path": "clusters/production/apps.yaml",
                    "line": 2,
                    "environment": "production",
                    "cluster": None,
                }
            ],
        ),
        ("clusters/production", False, []),
    ]


def test_one_cause_is_one_finding_with_the_roots_it_blocks(tree: Draw) -> None:
    where = tree("""
        --- base/kustomization.yaml
        resources: [gone.yaml]
        --- overlays/staging/kustomization.yaml
        resources: [../../base]
        --- overlays/production/kustomization.yaml
        resources: [../../base]
    """)
    (finding,) = structure.analyze(look(where)).findings
    assert said([finding]) == [
        (
            "missing-reference",
            "base/kustomization.yaml:1",
            "gone.yaml does not exist; blocks 2 other roots",
        )
    ]
    assert [str(r.location) for r in finding.related] == [
        "overlays/production/kustomization.yaml:1",
        "overlays/staging/kustomization.yaml:1",
    ]


def test_an_orphan_is_a_manifest_beside_those_that_are_listed(tree: Draw) -> None:
    where = tree("""
        --- web/kustomization.yaml
        resources: [deploy/web.yaml]
        --- web/deploy/web.yaml = Deployment/web
        --- web/deploy/forgotten.yaml = Service/web
        --- web/values.yaml
        replicas: 2
        --- web/chart/Chart.yaml
        name: chart
        --- web/chart/templates/x.yaml = Service/chart
        --- elsewhere/y.yaml = Service/elsewhere
    """)
    assert said(structure.analyze(look(where)).findings) == [
        (
            "orphan-file",
            "web/deploy/forgotten.yaml:1",
            "forgotten.yaml (Service/web) is listed by no kustomization; list it or remove it",
        )
    ]


def test_a_readme_tree_that_is_out_of_date_is_told_line_by_line(tree: Draw) -> None:
    where = tree("""
        --- README.md
        # Shop

        ```
        clusters/
        ├── staging/        # the rehearsal
        │   └── web/
        ├── old/
        └── production/
            ├── web/
            └── db/
        ```
        --- clusters/staging/web/kustomization.yaml
        resources: []
        --- clusters/production/web/kustomization.yaml
        resources: []
        --- clusters/production/cache/kustomization.yaml
        resources: []
    """)
    assert said(structure.analyze(look(where, render=False)).findings) == [
        (
            "readme-tree-outdated",
            "README.md:7",
            "old is drawn and does not exist in clusters",
        ),
        (
            "readme-tree-outdated",
            "README.md:8",
            "cache/ is missing from the drawing of clusters/production",
        ),
        (
            "readme-tree-outdated",
            "README.md:10",
            "db is drawn and does not exist in clusters/production",
        ),
    ]


def test_a_kustomize_component_that_fails_alone_is_only_a_note(tree: Draw) -> None:
    where = tree("""
        --- components/ha/kustomization.yaml
        apiVersion: kustomize.config.k8s.io/v1alpha1
        kind: Component
        patches:
          - patch: |
              apiVersion: apps/v1
              kind: Deployment
              metadata: {name: web}
              spec: {replicas: 3}
        --- web/kustomization.yaml
        resources: [web.yaml]
        components: [../components/ha]
        --- web/web.yaml = Deployment/web
    """)
    found = structure.analyze(look(where, all_roots=True)).findings
    assert pairs(found) == [("component-not-alone", "components/ha/kustomization.yaml:4")]


def test_an_empty_directory_has_an_empty_structure(tree: Draw) -> None:
    made = as_json(tree("--- notes/\n"))
    assert (made["roots"], made["findings"]) == ([], [])


def test_the_example_prints_what_its_readme_promises(
    golden: Callable[[str, str], None], tmp_path: Path
) -> None:
    report = structure.analyze(look(example(tmp_path)))
    golden("structure.txt", formats.text.text(structure.blocks(report), formats.text.Style()))
    golden("structure.md", formats.markdown.text(structure.blocks(report)))


def test_real_trees_list_every_kustomization_directory_once(shared_trees: tuple[Path, ...]) -> None:
    for where in shared_trees:
        report = structure.analyze(look(where, render=False))
        disk = sorted(
            Path(folder).relative_to(where).as_posix()
            for folder, _, files in os.walk(where)
            if set(files) & set(FILE_NAMES)
        )
        assert [root.path or "." for root in report.roots if not root.generated] == disk


def test_the_summary_counts_what_is_there_and_makes_up_no_order(tree: Draw) -> None:
    where = tree("--- clusters/production/web/kustomization.yaml\nresources: [gone.yaml]\n")
    assert summary(where) == (
        "1 root; 1 component; environments: production; 1 rendered: 1 failed."
    )
    tree("""
        --- clusters/load/web/kustomization.yaml
        resources: [web.yaml]
        --- clusters/load/web/web.yaml = Service/web
        --- clusters/staging/web/kustomization.yaml
        resources: [web.yaml]
        --- clusters/staging/web/web.yaml = Service/web
    """)
    assert summary(where) == (
        "3 roots; 1 component; environments: staging → production, load; "
        "3 rendered: 2 whole, 1 failed."
    )


def summary(where: Path) -> str:
    _, said, *_ = structure.blocks(structure.analyze(look(where)))
    assert isinstance(said, Text)
    return said.text


def test_a_name_of_two_lines_is_one_line_of_a_drawing(tree: Draw) -> None:
    where = tree("--- README.md\n# Odd\n")
    folder = where / "web\n<img src=x>"
    folder.mkdir()
    (folder / "kustomization.yaml").write_text("resources: [web.yaml]\n")
    drawn = formats.markdown.text(structure.blocks(structure.analyze(look(where))))
    assert "\n└── web <img src=x>/" in drawn


def test_a_file_that_is_too_large_is_the_one_cause(tree: Draw) -> None:
    where = tree("""
        --- web/kustomization.yaml
        resources: [huge.yaml]
        --- web/huge.yaml
        --- production/kustomization.yaml
        resources: [../web]
        --- unused.yaml
    """)
    for name in ("web/huge.yaml", "unused.yaml"):
        os.truncate(where / name, disk.MAX_FILE + 1)
    assert said(structure.analyze(look(where, all_roots=True)).findings) == [
        ("limit-reached", "unused.yaml:1",
         "unused.yaml is larger than 32 MiB, not read; split it"),
        ("limit-reached", "web/huge.yaml:1",
         "web/huge.yaml is larger than 32 MiB, not read; split it; blocks 1 other root"),
    ]  # fmt: skip


def test_what_an_unreadable_kustomization_lists_is_not_known(tree: Draw) -> None:
    where = tree("""
        --- web/kustomization.yaml
        resources: [web.yaml
        --- web/web.yaml = ConfigMap/web
    """)
    assert pairs(structure.analyze(look(where)).findings) == [
        ("broken-yaml", "web/kustomization.yaml:2")
    ]

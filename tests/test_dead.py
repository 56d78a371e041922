"""Entries that do nothing: found and proved, each beside a twin that does something."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer import checks, commands, copies, engine, loader, looking, yamltext
from analyzer import dead as module
from analyzer.looking import Options
from analyzer.model import Link, Rendered, Scratch, Span
from analyzer.snapshot import Snapshot
from tests.look import pairs, said

Draw = Callable[[str], Path]

BASE = """
    --- base/kustomization.yaml
    resources: [web.yaml]
    --- base/web.yaml = Deployment/web
    spec:
      replicas: 1
      template: {spec: {containers: [{name: app, image: "web:1"}]}}
"""


def dead(tree: Path) -> list[tuple[str, str]]:
    return pairs(_found(tree))


def _found(tree: Path):  # type: ignore[no-untyped-def]
    seen = commands.look(Options(directory=tree), prove=True).snapshot
    return sorted(checks.dead_entries(seen), key=lambda finding: finding.location)


def test_a_json_patch_whose_target_is_nowhere_matches_nothing(tree: Draw) -> None:
    top = """
    --- top/kustomization.yaml
    resources: [../base]
    patches:
    - target: {kind: Deployment, name: NAME}
      patch: |-
        - {op: replace, path: /spec/replicas, value: 2}
    """
    assert dead(tree(BASE + top.replace("NAME", "wed"))) == [
        ("matches-nothing", "top/kustomization.yaml:3")
    ]
    assert dead(tree(BASE + top.replace("NAME", "web"))) == []


def test_a_merge_patch_with_a_target_that_is_nowhere_matches_nothing(tree: Draw) -> None:
    top = """
    --- top/kustomization.yaml
    resources: [../base]
    patches:
    - path: more.yaml
      target: {kind: KIND}
    --- top/more.yaml = Deployment/any
    spec: {replicas: 2}
    """
    assert dead(tree(BASE + top.replace("KIND", "StatefulSet"))) == [
        ("matches-nothing", "top/kustomization.yaml:3")
    ]
    assert dead(tree(BASE + top.replace("KIND", "Deployment"))) == []


def test_a_patch_that_says_what_is_there_changes_nothing(tree: Draw) -> None:
    top = """
    --- top/kustomization.yaml
    resources: [../base]
    patches:
    - path: more.yaml
    --- top/more.yaml = Deployment/web
    spec: {replicas: NUMBER}
    """
    assert dead(tree(BASE + top.replace("NUMBER", "1"))) == [
        ("changes-nothing", "top/kustomization.yaml:3")
    ]
    assert dead(tree(BASE + top.replace("NUMBER", "2"))) == []


def test_images_and_replacements_that_match_nothing(tree: Draw) -> None:
    top = """
    --- top/kustomization.yaml
    resources: [../base]
    images:
    - {name: IMAGE, newTag: "2"}
    replacements:
    - source: {kind: Deployment, name: web, fieldPath: metadata.name}
      targets:
      - select: {kind: KIND}
        fieldPaths: [metadata.labels.app]
        options: {create: true}
    """
    wrong = top.replace("IMAGE", "wed").replace("KIND", "Service")
    assert dead(tree(BASE + wrong)) == [
        ("matches-nothing", "top/kustomization.yaml:3"),
        ("matches-nothing", "top/kustomization.yaml:5"),
    ]
    assert dead(tree(BASE + top.replace("IMAGE", "web").replace("KIND", "Deployment"))) == []


def test_images_and_replicas_that_say_what_is_there(tree: Draw) -> None:
    top = """
    --- top/kustomization.yaml
    resources: [../base]
    images:
    - {name: web, newTag: "TAG"}
    replicas:
    - {name: web, count: TAG}
    """
    assert dead(tree(BASE + top.replace("TAG", "1"))) == [
        ("changes-nothing", "top/kustomization.yaml:3"),
        ("changes-nothing", "top/kustomization.yaml:5"),
    ]
    assert dead(tree(BASE + top.replace("TAG", "2"))) == []


def test_a_value_that_is_set_again_later_names_the_later_line(tree: Draw) -> None:
    top = """
    --- middle/kustomization.yaml
    resources: [../base]
    patches:
    - path: two.yaml
    --- middle/two.yaml = Deployment/web
    spec: {replicas: 2}
    --- top/kustomization.yaml
    resources: [../middle]
    patches:
    - path: three.yaml
    --- top/three.yaml = Deployment/web
    spec: {replicas: 3}
    """
    found = _found(tree(BASE + top))
    assert said(found) == [
        (
            "changes-nothing",
            "middle/kustomization.yaml:3",
            "patch two.yaml changes nothing in top: what it sets is set again later",
        )
    ]
    assert [str(one.location) for one in found[0].related] == ["top/three.yaml:4"]


def test_an_entry_that_one_of_two_roots_needs_is_alive(tree: Draw) -> None:
    top = """
    --- more/kustomization.yaml
    apiVersion: kustomize.config.k8s.io/v1alpha1
    kind: Component
    patches:
    - target: {kind: Deployment, name: web}
      patch: '[{"op": "replace", "path": "/spec/replicas", "value": 2}]'
    --- one/kustomization.yaml
    resources: [../base]
    components: [../more]
    --- two/kustomization.yaml
    components: [../more]
    resources: [other.yaml]
    --- two/other.yaml = ConfigMap/other
    """
    assert dead(tree(BASE + top)) == []


def test_two_patches_that_cover_for_each_other_are_not_both_dead(tree: Draw) -> None:
    top = """
    --- top/kustomization.yaml
    resources: [../base]
    patches:
    - path: one.yaml
    - path: two.yaml
    --- top/one.yaml = Deployment/web
    spec: {replicas: 2}
    --- top/two.yaml = Deployment/web
    spec: {replicas: 2}
    """
    assert dead(tree(BASE + top)) == [("changes-nothing", "top/kustomization.yaml:3")]


def test_a_deletion_that_deletes_something_is_alive(tree: Draw) -> None:
    top = """
    --- top/kustomization.yaml
    resources: [../base]
    patches:
    - patch: |
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec: {FIELD: null}
    """
    assert dead(tree(BASE + top.replace("FIELD", "replicas"))) == []
    assert dead(tree(BASE + top.replace("FIELD", "paused"))) == [
        ("changes-nothing", "top/kustomization.yaml:3")
    ]


def test_a_patch_for_what_had_to_be_left_out_is_not_judged(tree: Draw) -> None:
    top = """
    --- top/kustomization.yaml
    resources: ["https://example.com/v1.0.0/install.yaml", other.yaml]
    patches:
    - target: {kind: Deployment, name: remote}
      patch: '[{"op": "replace", "path": "/spec/replicas", "value": 2}]'
    --- top/other.yaml = ConfigMap/other
    """
    assert dead(tree(top)) == []


def test_a_root_that_does_not_build_leaves_its_entries_unjudged(tree: Draw) -> None:
    top = """
    --- more/kustomization.yaml
    resources: [../base]
    images: [{name: wed, newTag: "2"}]
    --- one/kustomization.yaml
    resources: [../more]
    --- two/kustomization.yaml
    resources: [../more, gone.yaml]
    """
    assert dead(tree(BASE + top)) == []


@pytest.mark.long
def test_on_real_trees_what_is_dead_changes_nothing_and_what_is_not_does(
    shared_trees: tuple[Path, ...],
) -> None:
    """The bare engine decides: every dead entry, and a sample of those that are said to live."""
    chance = random.Random(1)
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for where in shared_trees:
        checkout, written = looking.load(Options(directory=where))
        seen = commands.look(Options(directory=where), prove=True).snapshot
        dead_spans = {one.entry.span: one for one in seen.dead}
        renders = ((r, seen.rendering(r)) for r in written.graph.unreferenced())
        roots = [r for r, made in renders
                 if isinstance(made, Rendered) and made.completeness == "full"]  # fmt: skip
        chance.shuffle(roots)
        for root in roots[:ROOTS]:
            known = written.graph.kustomizations
            closure = [known[r] for r in written.graph.closure(root) if r in known]
            entries = [e for k in closure for e in module.entries(k, loader.text(checkout, k.path))]
            judged = [e for e in entries if root in dead_spans.get(e.span, NOWHERE).roots]
            alive = [e for e in entries if e.span not in dead_spans]
            for entry in (*judged, *chance.sample(alive, min(2, len(alive)))):
                same = _same_without(checkout, written, root, entry)
                counts[
                    f"{'dead' if entry in judged else 'alive'}, {'same' if same else 'other'}"
                ] += 1
                if entry in judged and not same:
                    wrong.append(f"{where.name}: {entry.span} is said to be dead")
    print(dict(counts))
    assert wrong == []
    assert counts["alive, other"] > 0.9 * (counts["alive, other"] + counts["alive, same"])


ROOTS = 40  # of each tree
NOWHERE = module.Dead(module.Suspect(Span(""), "", "", ""), False, ())


def _same_without(
    checkout: loader.Checkout, written: Snapshot, root: str, entry: module.Suspect
) -> bool:
    """Does the bare engine print the same for a root without one entry?"""
    known = written.graph.kustomizations
    files = dict(loader.scratch(checkout, written.graph.reads(root)).files)
    before = _bare(files, root)
    data = files[known[entry.root].path]
    assert isinstance(data, bytes)
    text = yamltext.compose(data, known[entry.root].path)
    settings = yamltext.value(text.first, settings=True)
    assert isinstance(settings, dict)
    for key, node in yamltext.fields(text.first).items():
        if key == entry.field:
            settings[key] = [yamltext.value(item, settings=True) for item in yamltext.items(node)
                             if text.span(item) != entry.span]  # fmt: skip
    files[known[entry.root].path] = json.dumps(settings).encode()
    return _bare(files, root) == before


def _bare(files: dict[str, bytes | Link], root: str) -> bytes:
    with copies.on_disk(Scratch(files)) as directory:
        output = engine.build(engine.program(), directory, root, False)
    return output.text if output.error is None else output.error.encode()

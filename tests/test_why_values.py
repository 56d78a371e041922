"""Who set the effective values of a HelmRelease: which layer, at which line, over what."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from analyzer.cli import main
from tests.fluxed import SYNC
from tests.test_schemas import closed, schema

Draw = Callable[[str], Path]

HEAD = """
    --- app/kustomization.yaml
    namespace: apps
    resources: [release.yaml, more.yaml]
    configMapGenerator:
    - name: generated
      files: [values.yaml=files/web.yaml]
    generatorOptions: {disableNameSuffixHash: true}
    --- app/files/web.yaml
    # what the chart gets
    image:
      repository: web
      tag: "1"
    replicas: 2
    hosts:
    - name: one
    - name: two
    --- app/more.yaml = ConfigMap/second
    data:
      other: x
      values.yaml: |
        # of this cluster

        image:
          tag: "2"
        hosts: [{name: three}]
    ---
    apiVersion: v1
    kind: Secret
    metadata: {name: db}
    stringData:
      password: hunter2
      values.yaml: |
        db: {password: hunter2}
    --- app/release.yaml = HelmRelease/web
    spec:
"""
FILE = "app/release.yaml"


def run(tree: Path, *words: str, place: str = "app") -> Result:
    return CliRunner().invoke(main, ["-C", str(tree), "why", place, "hr/web", *words])


def told(tree: Path, field: str, place: str = "app") -> list[tuple[object, ...]]:
    """(field, value, who, [what it was made from], [what it overrode]) of each."""
    done = run(tree, field, "-f", "json", place=place)
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    Draft202012Validator(closed(schema("why"))).validate(answer)  # type: ignore[arg-type]
    assert answer["fields"] == []
    return [
        (one["field"], one["value"], _short(one["set_by"]),
         [_short(step) for step in one["made_from"]],
         [(_short(step), step["value"]) for step in one["overrides"]])
        for one in answer["values"]["fields"]
    ]  # fmt: skip


def _short(step: dict[str, object] | None) -> str:
    if step is None:
        return "unexplained"
    return f"{step['path']}:{step['line']} {step['directive']} in {step['layer']}"


GENERATED = "ConfigMap apps/generated, key values.yaml"
SECOND = "ConfigMap apps/second, key values.yaml"


def test_inline_values_are_fields_of_the_release(tree: Draw) -> None:
    spec = """
      values:
        image: {tag: "3"}
    """
    assert told(tree(HEAD + spec), "values.image.tag") == [
        ("values.image.tag", "3", f"{FILE}:7 manifest in spec.values", [], [])
    ]


def test_a_file_that_a_generator_reads_and_what_is_inline_over_it(tree: Draw) -> None:
    spec = """
      valuesFrom:
      - kind: ConfigMap
        name: generated
      values:
        image: {tag: "3"}
    """
    where = tree(HEAD + spec)
    assert told(where, "values.image") == [
        ("values.image.repository", "web", f"app/files/web.yaml:3 Helm values in {GENERATED}",
         [], []),
        ("values.image.tag", "3", f"{FILE}:10 manifest in spec.values", [],
         [(f"app/files/web.yaml:4 Helm values in {GENERATED}", "1")]),
    ]  # fmt: skip
    assert told(where, "values.hosts[two].name") == [
        ("values.hosts[name=two].name", "two", f"app/files/web.yaml:8 Helm values in {GENERATED}",
         [], []),
    ]  # fmt: skip
    assert run(where, "values.replicas").stdout.splitlines() == [
        "HelmRelease/web in namespace apps, app",
        "",
        "values.replicas: 2",
        f"  set by      app/files/web.yaml:5  Helm values in {GENERATED}",
        f"  through     {FILE}:7",
        "  through     app/kustomization.yaml:4",
        "",
        "    3 |   repository: web",
        '    4 |   tag: "1"',
        "  > 5 | replicas: 2",
        "    6 | hosts:",
        "    7 | - name: one",
    ]


def test_the_later_of_two_wins_and_a_list_is_replaced_whole(tree: Draw) -> None:
    spec = """
      valuesFrom:
      - kind: ConfigMap
        name: generated
      - kind: ConfigMap
        name: second
    """
    where = tree(HEAD + spec)
    assert told(where, "values.image.tag") == [
        ("values.image.tag", "2", f"app/more.yaml:10 Helm values in {SECOND}", [],
         [(f"app/files/web.yaml:4 Helm values in {GENERATED}", "1")]),
    ]  # fmt: skip
    assert told(where, "values.hosts") == [
        ("values.hosts[name=three].name", "three", f"app/more.yaml:11 Helm values in {SECOND}", [],
         [(f"app/files/web.yaml:7 Helm values in {GENERATED}", "one")]),
    ]  # fmt: skip
    backwards = spec.replace("second", "x").replace("generated", "second").replace("x", "generated")
    assert told(tree(HEAD + backwards), "values.image.tag") == [
        ("values.image.tag", "1", f"app/files/web.yaml:4 Helm values in {GENERATED}", [],
         [(f"app/more.yaml:10 Helm values in {SECOND}", "2")]),
    ]  # fmt: skip


def test_a_value_at_a_path_is_the_key_itself(tree: Draw) -> None:
    spec = """
      valuesFrom:
      - kind: ConfigMap
        name: generated
      - kind: ConfigMap
        name: second
        valuesKey: other
        targetPath: image.tag
      values:
        replicas: 3
    """
    other = "ConfigMap apps/second, key other"
    assert told(tree(HEAD + spec), "values.image.tag") == [
        ("values.image.tag", "x", f"app/more.yaml:5 Helm values in {other}", [],
         [(f"app/files/web.yaml:4 Helm values in {GENERATED}", "1")]),
    ]  # fmt: skip


def test_a_path_inside_what_only_inline_values_have_wins_over_them(tree: Draw) -> None:
    spec = """
      valuesFrom:
      - kind: ConfigMap
        name: second
        valuesKey: other
        targetPath: only.inline
      values:
        only: {inline: y, more: z}
    """
    other = "ConfigMap apps/second, key other"
    assert told(tree(HEAD + spec), "values.only") == [
        ("values.only.inline", "x", f"app/more.yaml:5 Helm values in {other}", [],
         [(f"{FILE}:12 manifest in spec.values", "y")]),
        ("values.only.more", "z", f"{FILE}:12 manifest in spec.values", [], []),
    ]  # fmt: skip


def test_what_a_secret_holds_is_not_told_but_where(tree: Draw) -> None:
    spec = """
      valuesFrom:
      - kind: Secret
        name: db
        valuesKey: password
        targetPath: db.password
      - kind: Secret
        name: db
      values:
        db: {host: here}
    """
    where = tree(HEAD + spec)
    password = "Secret apps/db, key password"
    assert told(where, "values.db.password") == [
        ("values.db.password", f"<{password}>", f"app/more.yaml:17 Helm values in {password}",
         [], []),
    ]  # fmt: skip
    for words in (("values.db.password",), ("values",), ()):
        for format in ("text", "json"):
            done = run(where, *words, "-f", format)
            assert done.exit_code == 0, done.output
            assert "hunter2" not in done.output
    assert run(where, "values.db.password").stdout.splitlines() == [
        "HelmRelease/web in namespace apps, app",
        "",
        f"values.db.password: <{password}>",
        f"  set by      app/more.yaml:17  Helm values in {password}",
        f"  through     {FILE}:7",
        "  through     app/kustomization.yaml:2",
        "  not known   Secret apps/db, key values.yaml: a value that no file tells"
        "  app/more.yaml:18",
    ]
    gone = run(where, "values.db.user")
    assert gone.exit_code == 2
    assert "it may be in Secret apps/db, key values.yaml, which no file tells" in gone.output


def test_what_is_optional_and_in_no_file_gives_nothing(tree: Draw) -> None:
    spec = """
      valuesFrom:
      - kind: ConfigMap
        name: gone
        optional: true
      - kind: ConfigMap
        name: generated
    """
    where = tree(HEAD + spec)
    assert told(where, "values.replicas") == [
        ("values.replicas", 2, f"app/files/web.yaml:5 Helm values in {GENERATED}", [], [])
    ]
    answer = json.loads(run(where, "values.replicas", "-f", "json").stdout)
    assert answer["values"]["sources"][0] == {
        "kind": "ConfigMap",
        "namespace": "apps",
        "name": "gone",
        "key": "values.yaml",
        "target_path": None,
        "at": {"path": FILE, "line": 7},
        "holds": None,
        "unknown": "optional, and in no file",
    }


FLUX = """
    --- clusters/staging/kustomization.yaml
    resources: [flux-system/gotk-sync.yaml, apps.yaml, config.yaml]
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec:
      path: ./app
      sourceRef: {kind: GitRepository, name: flux-system}
      postBuild:
        substitute:
          TAG: "7"
    --- clusters/staging/config.yaml = FluxKustomization/flux-system/config
    spec:
      path: ./config
      sourceRef: {kind: GitRepository, name: flux-system}
      postBuild:
        substitute:
          HOST: example.com
    --- config/kustomization.yaml
    resources: [map.yaml]
    --- config/map.yaml = ConfigMap/apps/second
    data:
      values.yaml: |
        host: web.${HOST}
        port: 80
    --- app/kustomization.yaml
    namespace: apps
    resources: [release.yaml]
    --- app/release.yaml = HelmRelease/web
    spec:
      valuesFrom:
      - kind: ConfigMap
        name: second
      values:
        image: {tag: "v${TAG}"}
"""


def test_variables_of_flux_in_both_and_a_map_that_another_object_applies(tree: Draw) -> None:
    where = tree(SYNC + FLUX)
    assert told(where, "values") == [
        ("values.host", "web.example.com",
         f"config/map.yaml:6 Flux substitution in {SECOND}",
         [f"config/map.yaml:6 Helm values in {SECOND}"], []),
        ("values.port", 80, f"config/map.yaml:7 Helm values in {SECOND}", [], []),
        ("values.image.tag", "v7", f"{FILE}:9 Flux substitution in spec.values",
         [f"{FILE}:9 manifest in spec.values"], []),
    ]  # fmt: skip
    shown = run(where, "values.host").stdout
    assert "  uses        clusters/staging/config.yaml:9\n" in shown
    assert "  uses        clusters/staging/apps.yaml:9\n" in run(where, "values.image.tag").stdout


def test_a_patch_of_the_map_is_the_line_in_the_patch(tree: Draw) -> None:
    spec = """
      valuesFrom:
      - kind: ConfigMap
        name: second
    --- top/kustomization.yaml
    resources: [../app]
    patches:
    - path: map.yaml
    - patch: |-
        apiVersion: helm.toolkit.fluxcd.io/v2
        kind: HelmRelease
        metadata: {name: web}
        spec:
          values: {replicas: 9}
    --- top/map.yaml = ConfigMap/second
    data:
      values.yaml: |
        replicas: 8
        image: {tag: "8"}
    """
    where = tree(HEAD + spec)
    assert told(where, "values", "top") == [
        ("values.replicas", 9, "top/kustomization.yaml:9 strategic-merge patch in spec.values", [],
         [(f"top/map.yaml:6 Helm values in {SECOND}", 8)]),
        ("values.image.tag", "8", f"top/map.yaml:7 Helm values in {SECOND}", [], []),
    ]  # fmt: skip


def test_a_whole_release_tells_its_effective_values_too(tree: Draw) -> None:
    spec = """
      valuesFrom:
      - kind: ConfigMap
        name: second
      values: {replicas: 3}
    """
    where = tree(HEAD + spec)
    lines = run(where).stdout.splitlines()
    at = lines.index("Effective values, spec.values over valuesFrom:")
    assert lines[at + 1 :] == [
        "",
        f"values.image.tag: 2                   # app/more.yaml:10 Helm values in {SECOND}",
        f"values.hosts[name=three].name: three  # app/more.yaml:11 Helm values in {SECOND}",
        f"values.replicas: 3                    # {FILE}:9 manifest in spec.values",
    ]
    alone = HEAD + "      values: {replicas: 3}\n"
    assert "Effective values" not in run(tree(alone)).stdout


def test_a_component_s_page_names_the_line_of_each_value(tree: Draw) -> None:
    where = tree(SYNC + FLUX)
    done = CliRunner().invoke(main, ["-C", str(where), "docs", "-o", str(where / "out")])
    assert done.exit_code == 0, done.output
    (page,) = (text for file in (where / "out").rglob("components/**/*.md")
               if "values" in (text := file.read_text()) and "Helm release" in text)  # fmt: skip
    listed = re.findall(r"<li><code>(.*?)</code>: .* <small>(.*?)</small></li>", page)
    plain = {name: html.unescape(re.sub(r"<.*?>", "", at)) for name, at in listed}
    assert plain == {
        "host": "config/map.yaml:6",
        "port": "config/map.yaml:7",
        "image.tag": f"{FILE}:9",
    }

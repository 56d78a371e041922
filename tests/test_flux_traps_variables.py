"""Traps of substitution: when it happens, what it fails on, what it changes, what is not shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer import commands, looking
from analyzer.analyses import coverage
from analyzer.formats.text import Style
from tests.fluxed import STRICT, SYNC, follow

Draw = Callable[[str], Path]

SETTINGS = """
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec:
      path: ./apps
      sourceRef: {kind: GitRepository, name: flux-system}
      postBuild: POST_BUILD
    --- apps/a.yaml = ConfigMap/apps/a
    data: DATA
"""


def settings(post_build: str, data: str) -> str:
    return SYNC + SETTINGS.replace("POST_BUILD", post_build).replace("DATA", data)


def test_15_without_variables_defaults_stay_text(tree: Draw) -> None:
    seen = follow(tree(settings("{}", '{a: "${a:=1}", b: "$$b"}')))
    assert seen.gets("apps") == {"apps/ConfigMap/a": {"data": {"a": "${a:=1}", "b": "$$b"}}}
    assert seen.found() == []


def test_15_optional_sources_that_are_not_there_give_no_variable(tree: Draw) -> None:
    post_build = "{substituteFrom: [{kind: ConfigMap, name: none, optional: true}]}"
    seen = follow(tree(settings(post_build, '{a: "${a:=1}"}')))
    assert seen.gets("apps") == {"apps/ConfigMap/a": {"data": {"a": "${a:=1}"}}}
    assert seen.found() == []


def test_15_with_the_strategy_always_defaults_count(tree: Draw) -> None:
    seen = follow(tree(settings("{substituteStrategy: Always}", "{a: 'x${a:=1}'}")))
    assert seen.gets("apps") == {"apps/ConfigMap/a": {"data": {"a": "x1"}}}


def test_16_where_the_controller_is_strict_an_unset_variable_fails_all(tree: Draw) -> None:
    drawing = settings("{substitute: {a: x}}", '{a: "${a}", b: "${b}", c: "${c:-}"}')
    seen = follow(tree(drawing + STRICT))
    assert seen.said() == [
        (
            "substitution-fails",
            "apps/a.yaml:1",
            "ConfigMap/a: not set: b; fails apps (staging)",
        )
    ]


def test_16_where_it_is_not_strict_the_variable_is_empty(tree: Draw) -> None:
    drawing = settings("{substitute: {a: x}}", "{a: '${a}', b: '<${b}>', c: '${c:-}'}")
    seen = follow(tree(drawing + STRICT.replace("v1.9.4", "v1.8.5")))
    assert seen.gets("apps") == {"apps/ConfigMap/a": {"data": {"a": "x", "b": "<>", "c": None}}}
    assert seen.said() == [
        ("unset-variable", "clusters/staging/apps.yaml:1", "apps (staging): b is set by nobody")
    ]


def test_16_a_flag_decides_over_the_version(tree: Draw) -> None:
    controller = """
    --- clusters/staging/flux-system/controller.yaml = Deployment/flux-system/kustomize-controller
    spec: {template: {spec: {containers: [{image: "ghcr.io/fluxcd/kustomize-controller:v1.9.4",
      args: [--feature-gates=X=true,StrictPostBuildSubstitutions=false]}]}}}
    """
    drawing = settings("{substitute: {a: x}}", "{b: '${b}'}")
    assert follow(tree(drawing + controller)).found() == [
        ("unset-variable", "clusters/staging/apps.yaml:1")
    ]


@pytest.mark.parametrize(
    ("instance", "strict"),
    [
        ("distribution: {version: 2.8.x}", False),
        ("distribution: {version: 2.x}", True),
        (
            "distribution: {version: 2.x}\n      kustomize: {patches: [{target: {kind: Deployment},"
            " patch: '--feature-gates=StrictPostBuildSubstitutions=false'}]}",
            False,
        ),
    ],
)
def test_16_an_operator_says_which_controller_there_is(
    tree: Draw, instance: str, strict: bool
) -> None:
    seen = follow(
        tree(f"""
    --- bootstrap/staging.yaml = FluxInstance/flux-system/flux
    spec:
      sync: {{kind: GitRepository, url: "https://example.com/o/r", path: clusters/staging}}
      {instance}
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec:
      path: ./apps
      sourceRef: {{kind: GitRepository, name: flux-system}}
      postBuild: {{substitute: {{a: x}}}}
    --- apps/a.yaml = ConfigMap/apps/a
    data: {{b: "${{b}}"}}
    """)
    )
    rule = "substitution-fails" if strict else "unset-variable"
    assert [found for found, _ in seen.found()] == [rule]


def test_17_an_unset_variable_in_a_patch_for_a_child_deletes_the_key(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec:
      path: ./objects
      sourceRef: {kind: GitRepository, name: flux-system}
      postBuild: {substitute: {OTHER: x}}
    --- objects/web.yaml = FluxKustomization/flux-system/web
    spec:
      path: ./web
      sourceRef: {kind: GitRepository, name: flux-system}
      patches:
      - target: {kind: Deployment}
        patch: |
          apiVersion: apps/v1
          kind: Deployment
          metadata: {name: any}
          spec: {replicas: ${REPLICAS}}
    --- web/web.yaml = Deployment/shop/web
    spec: {replicas: 1, paused: true}
    """
        )
    )
    assert seen.gets("web") == {"shop/Deployment/web": {"spec": {"paused": True}}}
    assert seen.found() == [("unset-variable", "clusters/staging/apps.yaml:1")]


def test_18_types_change_and_quotes_of_a_value_show_inside_a_text(tree: Draw) -> None:
    drawing = settings(
        """{substitute: {n: "00", t: "true", q: "'00'"}}""",
        "{n: '${n}', t: '${t}', q: '${q}', long: 'a-${q}-b'}",
    )
    assert follow(tree(drawing)).gets("apps") == {
        "apps/ConfigMap/a": {"data": {"n": 0, "t": True, "q": "00", "long": "a-'00'-b"}}
    }


def test_19_every_level_takes_one_dollar_of_two(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec:
      path: ./objects
      sourceRef: {kind: GitRepository, name: flux-system}
      postBuild: {substitute: {NAME: parent}}
    --- objects/web.yaml = FluxKustomization/flux-system/web
    spec:
      path: ./web
      sourceRef: {kind: GitRepository, name: flux-system}
      postBuild: {substitute: {NAME: child}}
      commonMetadata: {annotations: {once: "$${NAME}", twice: "$$$${NAME}"}}
      patches:
      - target: {kind: ConfigMap}
        patch: |
          - {op: add, path: /data, value: {parent: "${NAME}", child: "$${NAME}",
             text: "$$$${NAME}", plain: $NAME}}
    --- web/a.yaml = ConfigMap/shop/a
    """
        )
    )
    assert seen.gets("web") == {
        "shop/ConfigMap/a": {
            "data": {"parent": "parent", "child": "child", "text": "${NAME}", "plain": "$NAME"},
            # set after substitution: nothing in it is expanded here, only where it was written
            "metadata": {"annotations": {"once": "${NAME}", "twice": "$${NAME}"}},
        }
    }


@pytest.mark.parametrize("text", ["${a-b}", "${a.b}", "${{ a }}", "${}", "${!a}", "${a[0]}"])
def test_20_what_looks_like_an_expression_and_is_none_fails(tree: Draw, text: str) -> None:
    seen = follow(tree(settings("{substitute: {a: x}}", f"{{a: '{text}'}}")))
    assert seen.found() == [("substitution-fails", "apps/a.yaml:1")]


def test_20_every_default_operator_means_if_empty(tree: Draw) -> None:
    drawing = settings(
        "{substitute: {set: v}}",
        "{a: '${set:+x}', b: '${set:?x}', c: '${no:+x}', d: '${no:?x}', e: '${no:-${set}}'}",
    )
    assert follow(tree(drawing)).gets("apps") == {
        "apps/ConfigMap/a": {"data": {"a": "v", "b": "v", "c": "x", "d": "x", "e": "v"}}
    }


def test_21_placeholders_are_those_of_the_render(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec:
      path: ./apps
      sourceRef: {kind: GitRepository, name: flux-system}
      postBuild: {substitute: {HOST: example.com}}
    --- apps/kustomization.yaml
    resources: [a.yaml, off.yaml]
    configMapGenerator:
    - name: script
      namespace: apps
      files: [run.sh]
      options:
        disableNameSuffixHash: true
        annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}
    --- apps/run.sh
    echo ${1-none} ${HOST}
    --- apps/a.yaml = ConfigMap/apps/a
    # ${IN_A_COMMENT}
    data:
      dashboard: |
        {"url": "https://${HOST}/"}
    --- apps/off.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: off
      namespace: apps
      labels: {kustomize.toolkit.fluxcd.io/substitute: disabled}
    data: {a: "${HOST}"}
    """
        )
    )
    off = {"kustomize.toolkit.fluxcd.io/substitute": "disabled"}
    assert seen.gets("apps") == {
        "apps/ConfigMap/a": {"data": {"dashboard": '{"url": "https://example.com/"}\n'}},
        "apps/ConfigMap/off": {"data": {"a": "${HOST}"}, "metadata": {"labels": off}},
        "apps/ConfigMap/script": {
            "data": {"run.sh": "echo ${1-none} ${HOST}\n"},
            "metadata": {"annotations": off},
        },
    }
    assert seen.found() == []


def test_22_identities_are_those_after_substitution(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec:
      path: ./apps/web/overlays/staging
      sourceRef: {kind: GitRepository, name: flux-system}
      postBuild: {substitute: {ENVIRONMENT: staging, KEY: colour}}
    --- apps/web/base/kustomization.yaml
    resources: [a.yaml]
    --- apps/web/base/a.yaml = ConfigMap/${ENVIRONMENT}-web
    data: {"${KEY}": blue, fixed: "1"}
    --- apps/web/overlays/staging/kustomization.yaml
    namespace: web
    resources: [../../base]
    --- apps/web/overlays/production/kustomization.yaml
    resources: [../../base]
    """
        )
    )
    assert seen.gets("apps") == {
        "web/ConfigMap/staging-web": {"data": {"colour": "blue", "fixed": "1"}}
    }
    (web,) = [c for c in coverage.analyze(seen.snapshot).components if c.name.component == "web"]
    (staging,) = web.at("staging")
    assert staging.fields is not None
    # only the namespace is the overlay's own; what both would be given is no difference
    assert (staging.fields.overridden, staging.fields.added, staging.fields.removed) == (0, 1, 0)


def test_22_resources_that_become_one_fail(tree: Draw) -> None:
    seen = follow(
        tree(
            SYNC
            + """
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec:
      path: ./apps
      sourceRef: {kind: GitRepository, name: flux-system}
      postBuild: {substitute: {A: same, B: same}}
    --- apps/a.yaml = ConfigMap/apps/${A}
    --- apps/b.yaml = ConfigMap/apps/${B}
    """
        )
    )
    assert seen.said() == [
        (
            "substitution-fails",
            "clusters/staging/apps.yaml:1",
            "2 resources become ConfigMap/same; fails apps (staging)",
        )
    ]


SECRETS = """
    --- clusters/staging/secret.yaml = Secret/flux-system/passwords
    stringData: {PASSWORD: hunter2}
    --- clusters/staging/sealed.yaml
    apiVersion: bitnami.com/v1alpha1
    kind: SealedSecret
    metadata: {name: sealed, namespace: flux-system}
    spec: {encryptedData: {TOKEN: AgBy8hCi}}
"""


def test_23_values_of_secrets_stay_symbols(tree: Draw) -> None:
    post_build = "{substituteFrom: [{kind: Secret, name: passwords}, {kind: Secret, name: sealed}]}"
    data = "{a: 'x-${PASSWORD}', b: '${TOKEN}', c: '${TOKEN:=none}'}"
    seen = follow(tree(settings(post_build, data) + SECRETS))
    assert seen.gets("apps") == {
        "apps/ConfigMap/a": {"data": {"a": "x-${PASSWORD}", "b": "${TOKEN}", "c": "${TOKEN:=none}"}}
    }
    assert seen.one("apps").unknown == ("PASSWORD", "TOKEN")
    assert seen.found() == []


def test_23_a_source_that_nothing_makes_is_said_and_hides_no_variable(tree: Draw) -> None:
    post_build = """
        substituteFrom: [{kind: Secret, name: by-hand}]
        substitute: {a: x}"""
    seen = follow(tree(settings(post_build, "{a: '${a}', b: '${b}'}")))
    assert seen.gets("apps") == {"apps/ConfigMap/a": {"data": {"a": "x", "b": "${b}"}}}
    assert seen.said() == [
        (
            "dangling-substitutes",
            "clusters/staging/apps.yaml:1",
            "apps (staging): takes variables from Secret flux-system/by-hand, "
            "which nothing in the tree makes",
        )
    ]


def test_24_no_value_of_a_secret_is_ever_printed(tree: Draw) -> None:
    post_build = "{substituteFrom: [{kind: Secret, name: passwords}]}"
    drawing = settings(post_build, "{a: '${PASSWORD}', b: '${PASSWORD-x}'}") + SECRETS
    drawn = tree(
        drawing
        + """
    --- clusters/staging/generated/kustomization.yaml
    secretGenerator: [{name: generated, namespace: flux-system, literals: [KEY=correcthorse]}]
    """
    )
    options = looking.Options(drawn, all_roots=True)
    for name in ("structure", "coverage", "configuration"):
        for form in ("text", "json"):
            text, _ = commands.report(name, options, form, Style())
            for value in ("hunter2", "AgBy8hCi", "correcthorse"):
                assert value not in text
    assert follow(drawn).found() == [("substitution-fails", "apps/a.yaml:1")]

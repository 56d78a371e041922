"""Where Flux takes variables from, and which of several counts."""

from __future__ import annotations

import pytest

from analyzer import effective
from analyzer.effective import Unknown, Variables
from tests.sourced import objects, source, thing

CLUSTER = objects("""
kind: ConfigMap
metadata: {namespace: flux-system, name: one}
data: {A: "1", B: "1", C: "x\\ny\\n", number: 5}
---
kind: ConfigMap
metadata: {namespace: flux-system, name: two}
data: {B: "2"}
---
kind: ConfigMap
metadata: {namespace: other, name: three}
data: {X: "3"}
---
kind: Secret
metadata: {namespace: flux-system, name: secret}
data: {P: aHVudGVyMg==}
stringData: {Q: hunter2}
---
kind: ConfigMap
metadata: {namespace: flux-system, name: encrypted}
data: {E: "ENC[AES256_GCM,data:x]"}
sops: {}
""")


def flux(post_build: object) -> dict[str, object]:
    return {
        "metadata": {"namespace": "flux-system", "name": "apps"},
        "spec": {"postBuild": post_build},
    }


def test_later_sources_win_and_inline_values_over_all() -> None:
    content = flux({
        "substituteFrom": [source("one"), source("two"), source("secret", "Secret")],
        "substitute": {"A": "in\nline", "D": ""},
    })  # fmt: skip
    secret = Unknown("Secret flux-system/secret")
    assert effective.variables(content, CLUSTER) == Variables(
        {"A": "inline", "B": "2", "C": "xy", "D": "", "P": secret, "Q": secret}
    )


def test_an_inline_value_wins_over_a_secret() -> None:
    content = flux({"substituteFrom": [source("secret", "Secret")], "substitute": {"P": "1"}})
    variables = effective.variables(content, CLUSTER)
    assert variables is not None
    assert (variables.value("P"), variables.is_unknown("Q")) == ("1", True)


def test_what_is_encrypted_is_unknown() -> None:
    variables = effective.variables(flux({"substituteFrom": [source("encrypted")]}), CLUSTER)
    assert variables == Variables({"E": Unknown("ConfigMap flux-system/encrypted")})


def test_sources_in_no_file_are_open_or_if_optional_absent() -> None:
    content = flux({"substituteFrom": [
        source("three"), source("gone", "Secret", optional=True), source("two", optional=True),
    ]})  # fmt: skip
    assert effective.variables(content, CLUSTER) == Variables(
        {"B": "2"},
        open=(Unknown("ConfigMap flux-system/three"),),
        absent=(Unknown("Secret flux-system/gone"),),
    )


@pytest.mark.parametrize("post_build", [None, "x"])
def test_without_post_build_there_are_no_variables(post_build: object) -> None:
    assert effective.variables(flux(post_build), CLUSTER) is None
    assert effective.variables({}, CLUSTER) is None


def test_one_wrong_name_fails_every_resource() -> None:
    variables = effective.variables(flux({"substitute": {"a-b": "1", "ok": "2", "é": ""}}), CLUSTER)
    assert variables is not None
    assert variables.problem == "no variable's name: a-b, é"
    content = thing("nothing to replace")
    assert effective.substituted(content, variables, strict=False).problem == variables.problem


def test_an_inline_value_that_is_no_text_is_refused() -> None:
    variables = effective.variables(flux({"substitute": {"n": 1, "a": "x"}}), CLUSTER)
    assert variables is not None
    assert variables.problem == "a value that is no text: n"

"""What Flux makes of a rendered resource, and which values a Helm chart gets.

How a resource is written before it is substituted is compared with the real engine, whose output
goes through the same library; what is read afterwards, and Helm's paths, with upstream's own code.
"""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from analyzer import effective, goyaml, setline
from analyzer.effective import Data, Sources, Substituted, Unknown, Variables
from analyzer.setline import SetError
from analyzer.yamltext import YamlError
from tests.drawn import build

SECRET = Unknown("Secret flux-system/settings")
VARIABLES = Variables({
    "N": "3", "ENV": "prod", "ON": "on", "DATE": "2024-01-02", "ZEROS": "00", "QUOTED": "'00'",
    "EMPTY": "", "LIST": "[a, 1]", "MAP": "{a: yes}", "COLON": "a: b", "BAD": "a: b: c",
    "BIG": "9007199254740993", "HASH": "a #b", "TRUE": "true", "NULL": "~", "STAR": "*x",
    "TOKEN": SECRET,
})  # fmt: skip


def thing(spec: object, **metadata: object) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Thing",
        "metadata": {"name": "t", **metadata},
        "spec": spec,
    }


def after(spec: object, *, strict: bool = False) -> object:
    """The spec after substitution."""
    done = effective.substituted(thing(spec), VARIABLES, strict=strict)
    assert done.problem is None
    return done.content["spec"]


# the text -----------------------------------------------------------------------------------------

TEXTS = [
    # plain, and so typed anew when only the expression stands there
    "${N}", "${N}:80", "a-${N}", "${A:={}}", "${A:=it's}", '${A:="q"}', "http://${A}:80/", "$${A}",
    # what must be quoted around an expression stays text, whatever comes in
    "a: ${N}", "${A} # x", "${A}: x", "- ${A}", "'${A}'", '"${A}"', "{${A}}", "[${A}]", "&${A}",
    # words and numbers that would be something else
    "yes", "Yes", "no", "on", "OFF", "y", "N", "true", "FALSE", "~", "", "null", "Null", "1", "1.0",
    "0x1", "0o7", "0b1", "1e3", "+1", "-1", "0755", "1_000", ".inf", ".NaN", "12:30", "190:20:30.5",
    "2024-01-02", "2024-1-2T3:4:5Z", "2024-01-02 03:04:05.6", "18446744073709551615",
    # and those that would not
    "nope", "oN", "nan", "=", "<<", "1.2.3", "1e400", "0b_", "a:b", "a#b", "?x", ":x", "--", "x\\n",
    "2024-01-02T03:04:05", "2024-01", "99:99", "\u00a0", "é",
    # indicators
    "* x", "!x", "&x", "%x", "@x", "`x`", "? x", ": x", "-", "---", "...", "|", ">", "a: b", "a #b",
    "a:", ",", "]", '"', "'", "{}", "[]",
    # spaces, lines and signs
    "  x", "x  ", "a\nb", "a\n", "\n", "a\n\n", " a\nb", "a \nb", "a\n  b\n", "a\n${B:=x\ny}\n",
    "tab\there", "\a", "\r", "😀", "a\r\nb",
    # long lines fold, in expressions too
    "x" * 100 + " " + "y" * 100, "a" * 79 + " ${B:=x y} z", "b: " + "c" * 80 + " ${B:=x y}",
    "\t" + "d" * 80 + " ${B:=x  y} z",
]  # fmt: skip


KEYS = ["${N}", "${N}: x", "a: ${N}", "yes", "n", "1", "~", "2024-01-02", "x y", "a\nb", "x" * 150]


def engine_prints(where: Path, content: Mapping[str, object]) -> str:
    (where / "thing.yaml").write_text(json.dumps(content, ensure_ascii=False))
    (where / "kustomization.yaml").write_text("resources: [thing.yaml]")
    done = build(where)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_resource_is_written_as_the_engine_writes_it(tmp_path: Path) -> None:
    values = {f"v{number:03}": text for number, text in enumerate(TEXTS)}
    other: list[object] = [
        None,
        True,
        False,
        0,
        -7,
        2**63 - 1,
        1.5,
        0.0001,
        {},
        [],
        [[1, [2]], {"a": [{}]}],
    ]
    for spec in (TEXTS, values, {"a": {"b": [values, other, TEXTS]}}, *({t: "x"} for t in KEYS)):
        content = {**thing(spec), "apiVersion": "example.com/v1"}
        assert goyaml.dump(content) == engine_prints(tmp_path, content)


LETTERS = st.characters(
    codec="utf-8", exclude_characters="\ufeff\x85\u2028\u2029", min_codepoint=32
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.sampled_from(TEXTS), st.text(LETTERS)
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner) | st.dictionaries(st.text("ab:$ {}yn01-#'\""), inner),
    max_leaves=20,
)


@given(TREES)
def test_what_is_written_is_read_back(spec: object) -> None:
    content = thing(spec)
    assert goyaml.load(goyaml.dump(content)) == content


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: [yes, No, on, OFF, y, N, true]", {"a": [True, False, True, False, True, False, True]}),
        ("a: [010, 0x1F, 0b11, 1_000, 1e3, 1.50, 2.0]", {"a": [8, 31, 3, 1000, 1000, 1.5, 2]}),
        ("a: [2024-01-02, 12:30, 1.2.3]", {"a": ["2024-01-02", "12:30", "1.2.3"]}),
        ("a: [~, null, '', ]", {"a": [None, None, ""]}),
        ("a: 9007199254740993", {"a": 9007199254740992}),
        ("a: 9223372036854775807", {"a": 9223372036854775807 + 193}),
        ("a: -9007199254740993", {"a": -9007199254740992}),
        # keys are text, of the value they stand for
        ("yes: 1", {"true": 1}),
        ("OFF: 1", {"false": 1}),
        ("0x10: 1", {"16": 1}),
        ("1.50: 1", {"1.5": 1}),
        ('"yes": 1', {"yes": 1}),
        ("a: 1\na: 2", {"a": 2}),
        ("a: &x {b: 1}\nc: *x", {"a": {"b": 1}, "c": {"b": 1}}),
        # only the first document
        ("a: 1\n---\nb: 2", {"a": 1}),
        ("", None),
    ],
)
def test_text_is_typed_as_go_yaml_v2_does(text: str, value: object) -> None:
    read = goyaml.load(text)
    assert (read, repr(read)) == (value, repr(value))


@pytest.mark.parametrize(
    "text", ["a: .inf", "a: .NaN", "~: 1", "{a: 1}: 2", "a: b: c", "\udcc3: 1"]
)
def test_what_has_no_json_is_refused(text: str) -> None:
    with pytest.raises(YamlError):
        goyaml.load(text)


# types after substitution -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("${N}", 3),
        ("${ZEROS}", 0),
        ("${QUOTED}", "00"),
        ("${TRUE}", True),
        ("${ON}", True),
        ("${EMPTY}", None),
        ("${NULL}", None),
        ("${DATE}", "2024-01-02"),
        ("${LIST}", ["a", 1]),
        ("${MAP}", {"a": True}),
        ("${COLON}", {"a": "b"}),
        ("${HASH}", "a"),
        ("${BIG}", 9007199254740992),
        ("${N}${N}", 33),
        ("${N}.${N}", 3.3),
        ("${ENV}", "prod"),
        ("${N} replicas", "3 replicas"),
        ("x-${ZEROS}", "x-00"),
        ("x-${QUOTED}", "x-'00'"),
        ("x-${EMPTY}", "x-"),
        ("${N:=1}${MISSING:=}", 3),
        # a text that is quoted for another reason stays a text
        ("- ${N}", "- 3"),
        ("'${N}'", "'3'"),
        ('"${N}"', '"3"'),
        ("[${N}]", "[3]"),
        ("{a: ${N}}", "{a: 3}"),
        ("${N}\n", "3\n"),
        ("a\n${COLON}", "a\na: b"),
        ("${N}: x", "3: x"),
        # where nothing is substituted, nothing changes
        ("1", "1"),
        ("yes", "yes"),
        ("$N", "$N"),
        # but the escape goes, at every level one
        ("$${N}", "${N}"),
        ("$$$${N}", "$${N}"),
        ("a$$b", "a$b"),
    ],
)
def test_a_text_becomes(before: str, expected: object) -> None:
    found = after([before, "${ENV}"])
    assert found == [expected, "prod"]
    assert isinstance(found, list)
    assert type(found[0]) is type(expected)


def test_an_expression_may_stand_behind_a_fold() -> None:
    before = "a" * 79 + " ${B:=x y} z"
    assert "a\n  ${B:=x y} z\n" in goyaml.dump(thing([before]))
    assert after([before]) == ["a" * 79 + " x y z"]


def test_an_expression_that_is_not_closed_runs_on_into_other_fields() -> None:
    assert after({"a": "${X:=1", "b": "2}"}) == {"a": 1, "b": 2}


def test_keys_names_and_namespaces_are_substituted() -> None:
    content = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "${ENV}-settings", "namespace": "${ENV}"},
        "data": {"${ENV}.yaml": "env: ${ENV}", "x": "$N ${N}"},
        "binaryData": {"x": "JHtOfQ=="},
    }
    assert effective.substituted(content, VARIABLES, strict=True) == Substituted({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "prod-settings", "namespace": "prod"},
        "data": {"prod.yaml": "env: prod", "x": "$N 3"},
        "binaryData": {"x": "JHtOfQ=="},
    })  # fmt: skip


def test_of_two_keys_that_become_one_the_last_stays() -> None:
    assert after({"${ENV}": 1, "prod": 2}) == {"prod": 2}
    assert after({"a": 1, "${EMPTY}a": 2}) == {"a": 2}


def test_integers_beyond_what_json_numbers_hold_are_rounded_in_every_resource_touched() -> None:
    assert after({"a": "${ENV}", "b": 2**53 + 1}) == {"a": "prod", "b": 2**53}
    assert after({"b": 2**53 + 1}) == {"b": 2**53 + 1}


# when it happens ----------------------------------------------------------------------------------


def test_without_a_variable_nothing_happens_unless_always() -> None:
    content = thing("${x:=d}")
    assert effective.substituted(content, Variables(), strict=True).content is content
    done = effective.substituted(content, Variables(), strict=True, always=True)
    assert done == Substituted(thing("d"))


@pytest.mark.parametrize("where", ["labels", "annotations"])
@pytest.mark.parametrize(("value", "expected"), [("disabled", "${N}"), ("enabled", 3), (True, 3)])
def test_a_resource_can_opt_out(where: str, value: object, expected: object) -> None:
    content = thing("${N}", **{where: {"kustomize.toolkit.fluxcd.io/substitute": value}})
    assert effective.substituted(content, VARIABLES, strict=True).content["spec"] == expected


def test_a_resource_without_expressions_is_the_same_object() -> None:
    content = thing({"a": ["$x", "yes", 2**60], "b$": "{c}"})
    assert effective.substituted(content, VARIABLES, strict=True).content is content


# unset and unknown --------------------------------------------------------------------------------


def test_what_is_not_set_is_empty_and_named() -> None:
    done = effective.substituted(
        thing(["${B}", "${A}-x", "${B}", "${C:=1}"]), VARIABLES, strict=False
    )
    assert done == Substituted(thing([None, "-x", None, 1]), unset=("B", "A"))


def test_what_is_not_set_fails_where_that_is_strict() -> None:
    content = thing(["${B}", "${A}-x", "${ENV}", "${C:=1}"])
    done = effective.substituted(content, VARIABLES, strict=True)
    assert done == Substituted(content, unset=("B", "A"), problem="not set: B, A")


def test_set_to_nothing_is_set() -> None:
    assert after(["${EMPTY}"], strict=True) == [None]


def test_an_unknown_value_stays_as_a_symbol_and_is_named() -> None:
    spec = {"a": "${TOKEN}", "b": "${TOKEN^^}-${ENV}", "c": "${TOKEN:=d}", "d": "${X:=${TOKEN}}"}
    done = effective.substituted(thing(spec), VARIABLES, strict=True)
    assert done == Substituted(
        thing({"a": "${TOKEN}", "b": "${TOKEN^^}-prod", "c": "${TOKEN:=d}", "d": "${TOKEN}"}),
        unknown=("TOKEN",),
    )


def test_a_name_nothing_gives_may_come_from_a_source_that_is_in_no_file() -> None:
    variables = Variables({"ENV": "prod"}, open=(SECRET,))
    done = effective.substituted(thing("${ENV} ${X} ${Y:=1}"), variables, strict=True)
    assert done == Substituted(thing("prod ${X} ${Y:=1}"), unknown=("X", "Y"))


# failures -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"a": "x ${ENV}", "b/c": ["", "${a-b}"]}, "missing closing brace at /spec/b~1c/1"),
        ({"${ }": 1}, "unable to parse variable name at /spec/${ }"),
        ("${BAD}", "no YAML after substitution"),
        ("${STAR}", "no YAML after substitution"),
        ("${ENV:1:${M:=${EMPTY}-9}}", "negative length in a substring"),
        ({"${EMPTY}": 1}, "no YAML after substitution"),
    ],
)
def test_a_resource_that_fails_is_as_before_and_no_value_is_told(
    spec: object, problem: str
) -> None:
    content = thing(spec)
    done = effective.substituted(content, VARIABLES, strict=False)
    assert (done.content, done.problem) == (content, problem)


# where variables come from ------------------------------------------------------------------------


def objects(text: str) -> Sources:
    """Objects of a cluster as sources, by kind, namespace and name."""
    found: dict[tuple[str, str, str], Data] = {}
    for content in yaml.safe_load_all(text):
        metadata = content["metadata"]
        key = content["kind"], metadata.get("namespace", ""), metadata["name"]
        found[key] = effective.data(content)
    return lambda kind, namespace, name: found.get((kind, namespace, name))


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


def source(name: str, kind: str = "ConfigMap", **more: object) -> dict[str, object]:
    return {"kind": kind, "name": name, **more}


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


# Helm values --------------------------------------------------------------------------------------

VALUES = objects("""
kind: ConfigMap
metadata: {namespace: apps, name: base}
data:
  values.yaml: |
    flat: base
    on: yes
    deep: {a: 1, b: {c: [1, 2]}, none: null}
  other.yaml: "deep: {b: {d: 4}, list: [1]}"
  empty: ""
  list: "[1]"
  broken: "a: b: hunter2"
  one: "7"
  words: "{a,b}"
  brokers: "a:1,b:2"
  quoted: "'7'"
---
kind: ConfigMap
metadata: {namespace: apps, name: over}
data: {values.yaml: "{flat: {now: map}, deep: {b: 5, none: 1}}"}
---
kind: Secret
metadata: {namespace: apps, name: db}
stringData: {password: hunter2, values.yaml: "a: hunter2"}
""")


def release(inline: object, *references: Mapping[str, object]) -> dict[str, object]:
    spec = {"values": inline, "valuesFrom": list(references)}
    return {"metadata": {"namespace": "apps", "name": "web"}, "spec": spec}


def helm(inline: object, *references: Mapping[str, object]) -> Mapping[str, object]:
    """The values of a release of which everything is known."""
    found = effective.values(release(inline, *references), VALUES)
    assert (found.problem, found.unknown) == (None, ())
    return found.values


BASE = {"flat": "base", "true": True, "deep": {"a": 1, "b": {"c": [1, 2]}, "none": None}}


def test_values_merge_in_order_and_inline_values_win() -> None:
    assert helm({}, source("base")) == BASE
    assert helm(None, source("base"), source("base", valuesKey="other.yaml")) == {
        **BASE,
        "deep": {"a": 1, "b": {"c": [1, 2], "d": 4}, "none": None, "list": [1]},
    }
    assert helm({"deep": {"a": [9], "none": None}, "x": {}}, source("base"), source("over")) == {
        "flat": {"now": "map"},
        "true": True,
        "deep": {"a": [9], "b": 5, "none": None},
        "x": {},
    }
    assert helm({"flat": "x"}, source("base", valuesKey="empty")) == {"flat": "x"}


def test_the_sources_merged_are_told() -> None:
    found = effective.values(release({}, source("base"), source("over")), VALUES)
    assert list(map(str, found.sources)) == [
        "ConfigMap apps/base, key values.yaml",
        "ConfigMap apps/over, key values.yaml",
    ]


def at(path: str, key: str = "one", literal: bool = False) -> dict[str, object]:
    return source("base", valuesKey=key, targetPath=path, literal=literal)


@pytest.mark.parametrize(
    ("path", "key", "expected"),
    [
        ("replicas", "one", {"replicas": 7}),
        ("a.b.c", "one", {"a": {"b": {"c": 7}}}),
        (r"a.b\.io/c", "one", {"a": {"b.io/c": 7}}),
        ("a[2]", "one", {"a": [None, None, 7]}),
        ("a[1].b[0][1]", "one", {"a": [None, {"b": [[None, 7]]}]}),
        ("a", "words", {"a": ["a", "b"]}),
        ("a", "quoted", {"a": "7"}),
        ("a.b", "empty", {"a": {"b": ""}}),
    ],
)
def test_a_target_path_takes_one_value(path: str, key: str, expected: object) -> None:
    assert helm({}, at(path, key)) == expected


def test_a_literal_value_is_taken_as_it_is() -> None:
    assert helm({}, at("a", "brokers", literal=True)) == {"a": "a:1,b:2"}
    assert helm({}, at("a", "one", literal=True)) == {"a": "7"}
    assert helm({}, source("base", valuesKey="other.yaml", literal=True)) == {
        "deep": {"b": {"d": 4}, "list": [1]}
    }


def test_a_target_path_wins_in_a_map_or_list_that_only_inline_values_have() -> None:
    inline = {"auth": {"password": "x", "user": "u"}, "list": ["a", "b"]}
    before = copy.deepcopy(inline)
    found = helm(inline, at("auth.password"), at("list[1]"), source("base"))
    assert found == {**BASE, "auth": {"password": 7, "user": "u"}, "list": ["a", 7]}
    assert inline == before


def test_inline_values_win_at_the_top_and_in_a_map_that_both_have() -> None:
    assert helm({"replicas": 1}, at("replicas")) == {"replicas": 1}
    assert helm({"deep": {"a": 2}}, source("base"), at("deep.a")) == {
        **BASE,
        "deep": {**BASE["deep"], "a": 2},  # type: ignore[dict-item]
    }
    assert helm({"list": ["a"]}, at("list[1]")) == {"list": ["a"]}


def test_a_source_that_is_not_known_is_named_with_the_reason() -> None:
    found = effective.values(
        release(
            {"auth": {"user": "u"}},
            source("db", "Secret"),
            source("db", "Secret", valuesKey="password", targetPath="auth.password"),
            source("gone", targetPath="x.y"),
            source("maybe", "Secret", optional=True, targetPath="auth.user"),
        ),
        VALUES,
    )
    assert found.values == {
        "auth": {"user": "u", "password": "<Secret apps/db, key password>"},
        "x": {"y": "<ConfigMap apps/gone, key values.yaml>"},
    }
    assert [(str(each), each.target_path, each.reason) for each in found.unknown] == [
        ("Secret apps/db, key values.yaml", "", "a value that no file tells"),
        ("Secret apps/db, key password", "auth.password", "a value that no file tells"),
        ("ConfigMap apps/gone, key values.yaml", "x.y", "in no file"),
        ("Secret apps/maybe, key values.yaml", "auth.user", "optional, and in no file"),
    ]
    assert found.sources == ()
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        (source("base", valuesKey="nope"), "ConfigMap apps/base, key nope: no such key"),
        (source("x", "Thing"),
         "Thing apps/x, key values.yaml: values come from a ConfigMap or a Secret only"),
        (source("base", valuesKey="broken"), "ConfigMap apps/base, key broken: no YAML, at line 1"),
        (source("base", valuesKey="list"), "ConfigMap apps/base, key list: not a map of values"),
        (at("a", "brokers"),
         "ConfigMap apps/base, key brokers, at a: "
         "a key without a value: a comma in the value begins another key"),
        (at("a.b.c[0"), "ConfigMap apps/base, key one, at a.b.c[0: an index that is no number"),
        (at("flat.x"), "ConfigMap apps/base, key one, at flat.x: a key of what is no map"),
    ],
)  # fmt: skip
def test_a_release_fails(reference: Mapping[str, object], problem: str) -> None:
    found = effective.values(release({"flat": "x"}, reference), VALUES)
    assert (found.values, found.problem) == ({"flat": "x"}, problem)


def test_an_optional_key_may_be_missing() -> None:
    assert helm({"a": 1}, source("base", valuesKey="nope", optional=True)) == {"a": 1}


def test_what_is_no_release_has_no_values() -> None:
    assert effective.values({}, VALUES) == effective.Effective({})
    assert effective.values(release([1]), VALUES) == effective.Effective({})


def test_a_key_of_a_values_file_is_a_boolean_where_yaml_1_1_says_so() -> None:
    """As everywhere in Helm: go-yaml v2 takes `n` for false, and a key must be text."""
    assert BASE["true"] is True
    assert goyaml.load("{n: 1, y: 2}") == {"false": 1, "true": 2}


# --set --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("a", "TRUE", {"a": True}), ("a", "False", {"a": False}), ("a", "Null", {"a": None}),
        ("a", "0", {"a": 0}), ("a", "007", {"a": "007"}), ("a", "-3", {"a": -3}),
        ("a", "1.5", {"a": "1.5"}), ("a", "9223372036854775808", {"a": "9223372036854775808"}),
        ("a", "yes", {"a": "yes"}), ("a", "x=y", {"a": "x=y"}), ("a", "[1]", {"a": "[1]"}),
        ("a", '"1"', {"a": "1"}), ("a", "'", {"a": ""}), ("a", r"x\,y", {"a": "x,y"}),
        ("a", "{1,true,x y}", {"a": [1, True, "x y"]}), ("a", "{}", {"a": [""]}),
        ("a", "1,b.c=2", {"a": 1, "b": {"c": 2}}), ("a", "{x},b=1", {"a": ["x"], "b": 1}),
        ("a", "x\\", {"a": "x"}), ("", "x", {}),
    ],
)  # fmt: skip
def test_a_value_put_at_a_path(path: str, value: str, expected: object) -> None:
    values: dict[str, object] = {}
    setline.put(values, path, value)
    assert values == expected


def test_maps_and_lists_on_the_way_are_changed_in_place() -> None:
    items: list[object] = ["a", {"b": 1}, [1]]
    values: dict[str, object] = {"l": items, "m": {"n": {}}}
    setline.put(values, "l[0]", "x")
    setline.put(values, "l[1].c", "2")
    setline.put(values, "l[2][0]", "3")
    setline.put(values, "m.n.o", "4")
    assert values == {"l": ["x", {"b": 1, "c": 2}, [3]], "m": {"n": {"o": 4}}}
    assert values["l"] is items


@pytest.mark.parametrize(
    ("path", "value"),
    [("t.x", "1"), ("t[0]", "1"), ("n.x", "1"), ("l[0][1]", "1"), ("l[-1]", "1"), ("l[x]", "1"),
     ("l[99999]", "1"), ("l[0]x", "1"), ("a", "1,b"), ("a", "{1,2"), (".".join("a" * 40), "1")],
)  # fmt: skip
def test_a_path_that_does_not_fit_is_refused(path: str, value: str) -> None:
    with pytest.raises(SetError):
        setline.put({"t": "text", "n": None, "l": ["x"]}, path, value)


@given(st.text(), st.text("ab.[]01\\\\,=é"))
def test_any_value_is_put_or_refused(value: str, path: str) -> None:
    with contextlib.suppress(SetError):
        setline.put({"a": [{"b": 1}], "b": "text"}, path, value)


@given(st.text())
def test_a_literal_value_is_kept(value: str) -> None:
    values: dict[str, object] = {}
    setline.put(values, "a.b", value, literal=True)
    assert values == {"a": {"b": value}}

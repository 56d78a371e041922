"""What Flux makes of a rendered resource by substitution.

How a resource is written before it is substituted is compared with the real engine, whose output
goes through the same library; what is read afterwards with upstream's own code.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer import effective, goyaml
from analyzer.effective import Substituted, Unknown, Variables
from analyzer.yamltext import YamlError
from tests.drawn import build
from tests.sourced import thing

SECRET = Unknown("Secret flux-system/settings")
VARIABLES = Variables({
    "N": "3", "ENV": "prod", "ON": "on", "DATE": "2024-01-02", "ZEROS": "00", "QUOTED": "'00'",
    "EMPTY": "", "LIST": "[a, 1]", "MAP": "{a: yes}", "COLON": "a: b", "BAD": "a: b: c",
    "BIG": "9007199254740993", "HASH": "a #b", "TRUE": "true", "NULL": "~", "STAR": "*x",
    "TOKEN": SECRET,
})  # fmt: skip


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

"""Which values a Helm chart gets: sources in order, and `--set` paths, as upstream has them."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer import effective, goyaml, setline
from analyzer.setline import SetError
from tests.sourced import objects, source

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

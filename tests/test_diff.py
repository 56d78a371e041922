"""Leaf fields of what is rendered, and what becomes of them between two renders."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer import yamltext
from analyzer.diff import (
    ABSENT,
    Leaves,
    Order,
    ValueChange,
    apply,
    changes,
    compare,
    element_names,
    equal,
    field_name,
    leaf_of,
    leaves,
)


def content(text: str) -> object:
    return yamltext.parse(text.encode())[0]


def fields(text: str) -> dict[str, object]:
    return {field_name(leaf): value for leaf, value in leaves(content(text)).items()}


def compared(before: str, after: str) -> Leaves:
    return compare(content(before), content(after))


# leaves -----------------------------------------------------------------------------------------


def test_every_scalar_and_everything_empty_is_a_leaf() -> None:
    assert fields("{a: {b: 1, c: null, d: {}}, e: [], f: [x, {g: true}], h: ''}") == {
        "a.b": 1,
        "a.c": None,
        "a.d": {},
        "e": [],
        "f[0]": "x",
        "f[1].g": True,
        "h": "",
    }


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("containers: [{name: a}, {name: b}]", ["[name=a]", "[name=b]"]),
        ("env: [{name: A, value: x}]", ["[name=A]"]),
        ("volumes: [{name: a}, {name: a}]", ["[0]", "[1]"]),
        ("volumeMounts: [{name: a, mountPath: /a}, {name: a, mountPath: /b}]",
         ["[mountPath=/a]", "[mountPath=/b]"]),
        ("ports: [{containerPort: 80}, {containerPort: 443}]",
         ["[containerPort=80]", "[containerPort=443]"]),
        ("ports: [{port: 80, name: http}]", ["[port=80]"]),
        ("ports: [{port: 53, protocol: TCP}, {port: 53, protocol: UDP}]",
         ["[port=53]", "[port=53,protocol=UDP]"]),
        ("ports: [{name: a}, {name: b}]", ["[name=a]", "[name=b]"]),
        ("conditions: [{type: Ready, name: x}]", ["[type=Ready]"]),
        ("tolerations: [{key: a}, {key: b}]", ["[key=a]", "[key=b]"]),
        ("tolerations: [{key: a}, {operator: Exists}]", ["[0]", "[1]"]),
        ("paths: [{path: /a}, {path: /b}]", ["[path=/a]", "[path=/b]"]),
        ("rules: [{host: a}, {host: b}]", ["[host=a]", "[host=b]"]),
        ("rules: [{verbs: [get]}, {verbs: [list]}]", ["[0]", "[1]"]),
        ("subjects: [{name: a, kind: User}]", ["[name=a]"]),
        ("args: [a, b]", ["[0]", "[1]"]),
        ("list: [{name: a}, b]", ["[0]", "[1]"]),
        ("list: [{name: {x: 1}}]", ["[0]"]),
        ("list: [{name: 1}, {name: '1'}]", ["[0]", "[1]"]),
    ],
)  # fmt: skip
def test_elements_are_named_by_what_kubernetes_takes_for_their_key(
    text: str, names: list[str]
) -> None:
    parsed = content(text)
    assert isinstance(parsed, Mapping)
    ((field, elements),) = parsed.items()
    assert element_names(elements, field) == names


def test_a_field_reads_as_a_person_writes_it() -> None:
    assert list(fields("spec: {template: {spec: {containers: [{name: app, image: web}]}}}")) == [
        "spec.template.spec.containers[name=app].name",
        "spec.template.spec.containers[name=app].image",
    ]
    assert field_name(()) == ""


def test_a_pointer_names_elements_as_people_do() -> None:
    pod = {"spec": {"containers": [{"name": "app", "args": ["a", "b"]}], "a/b": None}}
    assert leaf_of(pod, "/spec/containers/0/args/1") == (
        "spec", "containers", "[name=app]", "args", "[1]",
    )  # fmt: skip
    assert leaf_of(pod, "/spec/a~1b") == ("spec", "a/b")
    assert leaf_of(pod, "/spec/containers/1") is None
    assert leaf_of(pod, "/spec/containers/0/args/1/x") is None


# what became of them ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "counts"),
    [
        ("{a: 1, b: 2}", "{a: 1, b: 2}", Leaves(inherited=2)),
        ("{a: 1, b: 2}", "{b: 2, a: 1}", Leaves(inherited=2)),
        ("{a: 1, b: 2}", "{a: 1, b: 3}", Leaves(inherited=1, overridden=1)),
        ("{a: 1}", "{a: 1, b: {c: 2, d: 3}}", Leaves(inherited=1, added=2)),
        ("{a: 1, b: [1, 2]}", "{a: 1}", Leaves(inherited=1, removed=2)),
        ("{a: 1}", "{a: {b: 1}}", Leaves(added=1, removed=1)),
        ("{a: 1}", "{a: '1'}", Leaves(overridden=1)),
        ("{a: 1}", "{a: true}", Leaves(overridden=1)),
        ("{a: 1}", "{a: 1.0}", Leaves(inherited=1)),
        ("{a: null}", "{}", Leaves(added=1, removed=1)),
        ("{a: {}}", "{a: []}", Leaves(overridden=1)),
        ("{a: .nan}", "{a: .nan}", Leaves(inherited=1)),
        ("{c: [{name: a, image: x}]}", "{c: [{name: b, image: y}, {name: a, image: x}]}",
         Leaves(inherited=2, added=2)),
        ("{ports: [{port: 53}]}", "{ports: [{port: 53, protocol: UDP}, {port: 53}]}",
         Leaves(inherited=1, added=2)),
        ("{args: [a, b]}", "{args: [b]}", Leaves(overridden=1, removed=1)),
    ],
)  # fmt: skip
def test_leaves_stay_change_come_and_go(before: str, after: str, counts: Leaves) -> None:
    assert compared(before, after) == counts


def test_counts_add_up() -> None:
    total = Leaves(1, 2, 3, 4) + Leaves(10, 20, 30, 40)
    assert total == Leaves(11, 22, 33, 44)
    assert total.changed == 99


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [(1, 1, True), (1, 1.0, True), (1, True, False), (0, False, False), ("a", "a", True),
     (None, "", False), ([], [], True), (True, True, True)],
)  # fmt: skip
def test_values_are_equal_as_kubernetes_sees_it(a: object, b: object, same: bool) -> None:
    assert equal(a, b) is same


# what became of every value ----------------------------------------------------------------------


def changed(before: str, after: str) -> list[tuple[str, str, object, object]]:
    """(field, pointer, before, after) of every change; an order as the names in it."""

    def shown(value: object) -> object:
        return value.names if isinstance(value, Order) else value

    found = changes(content(before), content(after))
    return [(c.field, c.pointer, shown(c.before), shown(c.after)) for c in found]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("{b: 1, a: 2}", "{a: 2, b: 1}", []),
        ("{a: 1}", "{a: 2}", [("a", "/a", 1, 2)]),
        ("{a: 1}", "{a: '1'}", [("a", "/a", 1, "1")]),
        ("{a: 1}", "{a: true}", [("a", "/a", 1, True)]),
        ("{a: 1}", "{a: null}", [("a", "/a", 1, None)]),
        ("{a: null}", "{}", [("a", "/a", None, ABSENT)]),
        ("{}", "{a: {b: 1}}", [("a", "/a", ABSENT, {"b": 1})]),
        ("{a: {b: 1}}", "{a: [1]}", [("a", "/a", {"b": 1}, [1])]),
        ("{a: {}}", "{a: []}", [("a", "/a", {}, [])]),
        ("{x/y~z: 1}", "{x/y~z: 2}", [("x/y~z", "/x~1y~0z", 1, 2)]),
        ("{c: [{name: a, v: 1}, {name: b, v: 1}]}", "{c: [{name: z}, {name: a, v: 1}, "
         "{name: b, v: 2}]}", [("c[name=b].v", "/c/2/v", 1, 2),
                               ("c[name=z]", "/c/0", ABSENT, {"name": "z"})]),
        ("{c: [{name: a}, {name: b}]}", "{c: [{name: b}]}",
         [("c[name=a]", "/c/0", {"name": "a"}, ABSENT)]),
        ("{c: [{name: a}, {name: b}]}", "{c: [{name: b}, {name: a}]}",
         [("c", "/c", ("[name=a]", "[name=b]"), ("[name=b]", "[name=a]"))]),
        ("{ports: [{port: 53}]}", "{ports: [{port: 53, protocol: UDP}, {port: 53}]}",
         [("ports[port=53,protocol=UDP]", "/ports/0", ABSENT, {"port": 53, "protocol": "UDP"})]),
        ("{args: [a, b, c]}", "{args: [a, c]}", [("args[1]", "/args/1", "b", ABSENT)]),
        ("{args: [a, c]}", "{args: [a, b, c]}", [("args[1]", "/args/1", ABSENT, "b")]),
        ("{args: [a, b]}", "{args: [a, c]}", [("args[1]", "/args/1", "b", "c")]),
    ],
)  # fmt: skip
def test_a_change_says_field_place_and_both_values(
    before: str, after: str, expected: list[tuple[str, str, object, object]]
) -> None:
    assert changed(before, after) == expected


def test_what_is_applied_leaves_what_was_given_as_it_is() -> None:
    before = content("{a: [{name: x, b: {c: 1}}]}")
    kept = copy.deepcopy(before)
    found = changes(before, content("{a: [{name: y}, {name: x, b: {c: 2, d: 3}}]}"))
    assert apply(found, before) == content("{a: [{name: y}, {name: x, b: {c: 2, d: 3}}]}")
    assert before == kept


# for all content --------------------------------------------------------------------------------

KEYS = st.sampled_from(["name", "key", "port", "ports", "protocol", "containers", "a", "b"])
SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.sampled_from("abc")
CONTENT = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@given(CONTENT)
def test_nothing_changes_against_itself(value: object) -> None:
    assert compare(value, copy.deepcopy(value)).changed == 0


@given(CONTENT, CONTENT)
def test_what_is_added_one_way_is_removed_the_other(before: object, after: object) -> None:
    there, back = compare(before, after), compare(after, before)
    assert (there.added, there.removed) == (back.removed, back.added)
    assert (there.inherited, there.overridden) == (back.inherited, back.overridden)


@given(CONTENT, CONTENT)
def test_every_leaf_is_counted_once_on_each_side(before: object, after: object) -> None:
    counts = compare(before, after)
    assert counts.inherited + counts.overridden + counts.removed == len(leaves(before))
    assert counts.inherited + counts.overridden + counts.added == len(leaves(after))


@given(st.lists(st.dictionaries(KEYS, SCALARS, max_size=3), max_size=5), KEYS)
def test_names_tell_elements_apart(elements: list[object], field: str) -> None:
    names = element_names(elements, field)
    assert len(set(names)) == len(names) == len(elements)


def as_nothing_is_itself(value: object) -> object:
    """With one `.nan` for all: Python's differ from themselves."""
    if isinstance(value, Mapping):
        return {key: as_nothing_is_itself(child) for key, child in value.items()}
    if isinstance(value, list):
        return [as_nothing_is_itself(child) for child in value]
    return ".nan" if value != value else value


@given(CONTENT, CONTENT)
def test_what_changed_makes_one_of_the_other(before: object, after: object) -> None:
    made = apply(changes(before, after), before)
    assert as_nothing_is_itself(made) == as_nothing_is_itself(after)
    assert changes(made, after) == ()


ELEMENTS = st.lists(st.fixed_dictionaries({"name": st.sampled_from("abcdef")},
                                          optional={"v": SCALARS}), max_size=6)  # fmt: skip


@given(ELEMENTS, ELEMENTS)
def test_lists_with_keys_are_made_of_each_other_too(before: object, after: object) -> None:
    made = apply(changes({"c": before}, {"c": after}), {"c": before})
    assert as_nothing_is_itself(made) == as_nothing_is_itself({"c": after})


@given(CONTENT)
def test_no_change_is_found_against_a_copy(value: object) -> None:
    assert changes(value, copy.deepcopy(value)) == ()


@given(CONTENT, CONTENT)
def test_a_place_in_what_there_is_after_holds_the_value_after(
    before: object, after: object
) -> None:
    for change in changes(before, after):
        if change.after is not ABSENT and not change.is_order:
            assert at(after, change) is change.after


def at(value: object, change: ValueChange) -> object:
    for token in change.pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        assert isinstance(value, Mapping | list)
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value

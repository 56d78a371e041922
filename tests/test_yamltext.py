"""How YAML is read: values as the engine takes them, and every node's bytes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from analyzer import scalars, yamltext
from analyzer.model import Span
from analyzer.yamltext import MappingNode, Node, ScalarNode, SequenceNode, YamlError
from tests.drawn import build

SCALARS: list[tuple[str, object]] = [
    # null
    ("", None), ("~", None), ("null", None), ("Null", None), ("NULL", None), ("nUll", "nUll"),
    # booleans are only these; what YAML 1.1 has besides are strings
    ("true", True), ("True", True), ("TRUE", True), ("tRue", "tRue"),
    ("false", False), ("False", False), ("FALSE", False),
    ("yes", "yes"), ("no", "no"), ("on", "on"), ("off", "off"), ("y", "y"), ("N", "N"),
    # integers
    ("0", 0), ("-0", 0), ("+1", 1), ("-1", -1), ("1_000", 1000), ("1_", 1), ("-_1", -1),
    ("_1", "_1"), ("1-2", "1-2"), ("--1", "--1"), ("+-1", "+-1"), ("+", "+"), ("-+", "-+"),
    # a leading zero is octal, where the digits allow it
    ("0755", 493), ("-0755", -493), ("010", 8), ("00", 0), ("0_7", 7), ("0o17", 15), ("-0O17", -15),
    ("08", 8), ("0789", 789), ("0o8", "0o8"), ("0o-7", -7), ("0o", "0o"),
    ("0x1F", 31), ("-0X1f", -31), ("0x_1", 1), ("0xg", "0xg"), ("0x", "0x"), ("0x-1", "0x-1"),
    ("0b101", 5), ("+0B11", 3), ("0b2", "0b2"), ("0b-1", -1), ("-0b-1", "-0b-1"),
    # what does not fit into 64 bits is a float, or stays text
    ("9223372036854775807", 2**63 - 1), ("18446744073709551615", 2**64 - 1),
    ("-9223372036854775808", -(2**63)), ("99999999999999999999999", 1e23),
    ("02000000000000000000000", 2e21), ("0xffffffffffffffff", 2**64 - 1),
    ("0x10000000000000000", "0x10000000000000000"),
    # floats
    ("1.10", 1.1), ("1.", 1.0), (".5", 0.5), ("-.5", -0.5), ("1e3", 1000.0), ("1E+3", 1000.0),
    ("1e-3", 0.001), ("1e1_0", 1e10), ("0.1_5", 0.15), ("08.5", 8.5), ("1e-400", 0.0),
    ("1e400", "1e400"), ("-1e400", "-1e400"),
    ("._5", "._5"), (".5_0", 0.5), (".5_", ".5_"),
    ("1e", "1e"),    ("e3", "e3"), (".e3", ".e3"), (".", "."), ("..", ".."), ("0x1.8p3", "0x1.8p3"),
    (".iNf", ".iNf"), (".Nan", ".Nan"), ("inf", "inf"), ("nan", "nan"), ("Infinity", "Infinity"),
    # versions, sizes, addresses and times are text
    ("1.2.3", "1.2.3"), ("100m", "100m"), ("0.5Gi", "0.5Gi"), ("10.0.0.0/8", "10.0.0.0/8"),
    ("12:30", "12:30"), ("190:20:30", "190:20:30"), ("1,000", "1,000"),
    ("2001-01-01T00:00:00", "2001-01-01T00:00:00"), ("2001-02-30", "2001-02-30"),
    # so is everything else, also what YAML 1.1 gave a meaning
    ("=", "="), ("==", "=="), ("½", "½"), ("٣", "٣"), ("日本", "日本"), ("é", "é"),
]  # fmt: skip

TAGGED: list[tuple[str, object]] = [
    ("!!str 123", "123"), ("!!str true", "true"), ("!!str", ""), ("!!str ~", "~"),
    ('!!int "0755"', 493), ("!!int 12", 12), ('!<tag:yaml.org,2002:int> "7"', 7),
    ("!!float 1", 1), ('!!float "1.5"', 1.5), ('!!bool "true"', True), ('!!null ""', None),
    ("!!binary aGVsbG8=", "hello"), ('!!binary "aGVs\\nbG8="', "hello"),
    ("! 12", 12), ('! "12"', "12"), ("!custom 12", "12"), ("!custom {a: 1}", {"a": 1}),
    ("!!map {a: 1}", {"a": 1}), ("!!seq [1]", [1]), ('"1"', "1"), ("'null'", "null"),
]  # fmt: skip

COLLECTIONS: list[tuple[str, object]] = [
    ("{<<: {a: 1}, b: 2}", {"a": 1, "b": 2}),
    ("{a: 0, <<: {a: 1}}", {"a": 0}),
    ("{<<: {a: 1}, a: 0}", {"a": 0}),
    ("{<<: [{a: 1}, {a: 2, c: 3}]}", {"a": 1, "c": 3}),
    ("{!!merge <<: {a: 1}}", {"a": 1}),
    ("{!!merge x: {a: 1}}", {"a": 1, "x": {"a": 1}}),
    ("{<<: {<<: {a: 1, b: 1}, b: 2}, c: 3}", {"a": 1, "b": 2, "c": 3}),
    ("{x: &x {a: 1, n: {p: 1}}, z: {<<: *x, n: {q: 2}}}",
     {"x": {"a": 1, "n": {"p": 1}}, "z": {"a": 1, "n": {"q": 2}}}),
    ("[&a [1], *a]", [[1], [1]]),
    ("{a: &x 1, b: &x 2, c: *x}", {"a": 1, "b": 2, "c": 2}),
    ("{? a : b}", {"a": "b"}),
    ("{yes: a}", {"yes": "a"}),
]  # fmt: skip


def read(text: str) -> object:
    """The value of a text of one document."""
    (value,) = yamltext.parse(text.encode())
    return value


def engine_agrees(where: Path, pairs: list[tuple[str, object]]) -> str | None:
    """Let the engine compare values as written with values as expected; None where it agrees."""
    listed = "".join(f"  v{number}: {written}\n" for number, (written, _) in enumerate(pairs))
    where.mkdir(exist_ok=True)
    (where / "thing.yaml").write_text(
        f"apiVersion: example.com/v1\nkind: Thing\nmetadata: {{name: t}}\nspec:\n{listed}"
    )
    tests = [{"op": "test", "path": f"/spec/v{number}", "value": as_in_json(value)}
             for number, (_, value) in enumerate(pairs)]  # fmt: skip
    patch = {"target": {"kind": "Thing"}, "patch": json.dumps(tests, ensure_ascii=False)}
    kustomization = {"resources": ["thing.yaml"], "patches": [patch]}
    (where / "kustomization.yaml").write_text(json.dumps(kustomization, ensure_ascii=False))
    done = build(where)
    return None if done.returncode == 0 else done.stderr


def as_in_json(value: object) -> object:
    """Go writes a whole number without a point, below 10^21."""
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e21
    return int(value) if isinstance(value, float) and whole else value


@pytest.mark.parametrize(("written", "value"), [*SCALARS, *TAGGED, *COLLECTIONS])
def test_a_value_is_what_the_engine_takes_it_for(written: str, value: object) -> None:
    node = yamltext.get(yamltext.compose(f"v: {written}\n".encode(), "").first, "v")
    found = yamltext.value(node)
    assert (found, isinstance(found, bool)) == (value, isinstance(value, bool))


@pytest.mark.parametrize("pairs", [SCALARS, TAGGED, COLLECTIONS])
def test_the_engine_agrees_with_these_tables(
    tmp_path: Path, pairs: list[tuple[str, object]]
) -> None:
    assert engine_agrees(tmp_path, pairs) is None


def test_the_comparison_with_the_engine_would_see_another_type(tmp_path: Path) -> None:
    assert "test failed" in str(engine_agrees(tmp_path, [("08", "08")]))


@pytest.mark.parametrize("written", [".inf", ".Inf", "+.INF", "-.inf", ".nan", ".NaN", ".NAN"])
def test_infinities_and_nan_are_floats_which_the_engine_refuses(
    tmp_path: Path, written: str
) -> None:
    assert isinstance(scalars.resolve(written), float)
    assert "unsupported value" in str(engine_agrees(tmp_path, [(written, None)]))


@pytest.mark.parametrize(
    ("written", "value"),
    [("18446744073709551616", 1.8446744073709552e19),
     ("+9223372036854775808", 9.223372036854775808e18),
     ("-9223372036854775809", -9.223372036854776e18)],
)  # fmt: skip
def test_beyond_64_bits_an_integer_is_a_float(written: str, value: float) -> None:
    assert (scalars.resolve(written), type(scalars.resolve(written))) == (value, float)


def test_binary_that_is_no_text_is_shown_with_replacement_characters() -> None:
    assert read("v: !!binary /w==") == {"v": "\N{REPLACEMENT CHARACTER}"}


@pytest.mark.parametrize("written", ["2001-01-01", "2001-1-1", "2001-01-01T00:00:00Z"])
def test_a_date_stays_text_as_in_kustomization_files(written: str) -> None:
    assert read(f"v: {written}") == {"v": written}


def test_a_kustomization_file_knows_more_booleans_than_a_manifest(tmp_path: Path) -> None:
    text = "options: {disableNameSuffixHash: yes, immutable: off}\nname: 'yes'\nday: 2001-01-01\n"
    (node,) = yamltext.compose(text.encode(), "").documents
    assert yamltext.value(node, settings=True) == {
        "options": {"disableNameSuffixHash": True, "immutable": False},
        "name": "yes", "day": "2001-01-01",
    }  # fmt: skip
    (tmp_path / "kustomization.yaml").write_text(
        "configMapGenerator: [{name: c, options: {disableNameSuffixHash: yes, immutable: off}}]\n"
        "commonAnnotations: {day: 2001-01-01}\n"
    )
    assert build(tmp_path).stdout == (
        'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  annotations:\n    day: "2001-01-01"\n'
        "  name: c\n"
    )


# positions ------------------------------------------------------------------------------------


def spans(data: bytes) -> dict[str, tuple[Span, bytes]]:
    """By key of a mapping: the span of its value, and the bytes of the file there."""
    text = yamltext.compose(data, "f.yaml")
    found = {}
    for name, _, value in yamltext.pairs(text.documents[0]):
        span = text.span(value)
        found[name] = (span, text.data[span.start : span.end])
    return found


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a: b\nc: dd\n", {"a": (1, 4, 3, b"b"), "c": (2, 4, 8, b"dd")}),
        ("ä: ö\nc: dd\n".encode(), {"ä": (1, 4, 4, "ö".encode()), "c": (2, 4, 10, b"dd")}),
        ("a: 😀x # 日\nc: dd\n".encode(), {"a": (1, 4, 3, "😀x".encode()), "c": (2, 4, 18, b"dd")}),
        (b"\xef\xbb\xbfa: b\nc: d\n", {"a": (1, 4, 6, b"b"), "c": (2, 4, 11, b"d")}),
        ("\N{BOM}ä: ö\nc: d\n".encode(), {"ä": (1, 4, 7, "ö".encode()), "c": (2, 4, 13, b"d")}),
        (b"a: b\r\nc: [d,\r\n  e]\r\n", {"a": (1, 4, 3, b"b"), "c": (2, 4, 9, b"[d,\r\n  e]")}),
        (b'a: "b\\n"\nc: \'d\'\n', {"a": (1, 4, 3, b'"b\\n"'), "c": (2, 4, 12, b"'d'")}),
        (b"a: |\n  x\n  y\n\nc: >-\n  z\n",
         {"a": (1, 4, 3, b"|\n  x\n  y\n\n"), "c": (5, 4, 17, b">-\n  z\n")}),
        (b"a: &x !!str b\nc: *x\n", {"a": (1, 4, 3, b"&x !!str b"), "c": (1, 4, 3, b"&x !!str b")}),
        (b"a: &x 1\nc: &x 2\n", {"a": (1, 4, 3, b"&x 1"), "c": (2, 4, 11, b"&x 2")}),
        ("\N{BOM}a: &x ö\nc: &x d\n".encode(),
         {"a": (1, 4, 6, "&x ö".encode()), "c": (2, 4, 15, b"&x d")}),
    ],
)  # fmt: skip
def test_a_span_covers_exactly_the_bytes_of_its_node(
    data: bytes, expected: dict[str, tuple[int, int, int, bytes]]
) -> None:
    assert {
        name: (span.line, span.column, span.start, written)
        for name, (span, written) in spans(data).items()
    } == expected


def test_a_file_in_utf_16_is_read_as_the_same_text_in_utf_8() -> None:
    text = yamltext.compose("a: ö\nc: d\n".encode("utf-16"), "f.yaml")
    assert text.data == "a: ö\nc: d\n".encode()
    assert text.span(text.documents[0].value[1][1]) == Span("f.yaml", 2, 4, 9, 10)


_words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Zl", "Zp")))
_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False) | _words
    | st.lists(_words, max_size=3).map("\n".join),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_words, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(_values, st.booleans(), st.sampled_from(["", "\N{BOM}"]), st.sampled_from(["\n", "\r\n"]))
def test_the_bytes_of_every_span_parse_to_the_value_of_its_node(
    value: object, flow: bool, mark: str, newline: str
) -> None:
    written = yaml.safe_dump(value, allow_unicode=True, default_flow_style=flow, width=40)
    text = yamltext.compose((mark + written.replace("\n", newline)).encode(), "")
    for node in every(text.documents):
        span = text.span(node)
        alone = text.data[span.start : span.end]
        if alone[:1] in b"|>" and alone[1:2].isdigit():
            continue  # says its indentation relative to what it stands in
        again = yamltext.parse(b" " * (span.column - 1) + alone + newline.encode())
        assert again == (yamltext.value(node),) or (again, yamltext.value(node)) == ((), None)


@given(_values)
def test_what_is_dumped_as_json_is_read_back(value: object) -> None:
    assert yamltext.parse(json.dumps({"v": value}, ensure_ascii=False).encode()) == ({"v": value},)


def every(nodes: tuple[Node, ...]) -> list[Node]:
    """The nodes and all that is in them."""
    found: list[Node] = []
    for node in nodes:
        found.append(node)
        if isinstance(node, SequenceNode):
            found.extend(every(tuple(node.value)))
        elif isinstance(node, MappingNode):
            found.extend(every(tuple(child for pair in node.value for child in pair)))
    return found


# trouble --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (b"a: 1\nb: [1,\nc: 2\n", 4, "did not find expected ',' or ']'"),
        (b"a:\n\tb: 1\n", 2, "found character that cannot start any token"),
        (b"a: 1\n  b: 2\n", 2, "mapping values are not allowed in this context"),
        (b'a: "x\nb: 2\n', 3, "found unexpected end of stream"),
        (b"a: 1\nb: *x\n", 2, "found undefined alias"),
        (b"{% if x %}\n", 1, "found character that cannot start any token"),
        (b"a: 1\nb: 2\nc: \x01\n", 3,
         "not text that YAML allows: control characters are not allowed"),
        (b"a: 1\nb: \x00\n", 2, "not text that YAML allows: control characters are not allowed"),
        (b"a: 1\nb: \xff\n", 2, "not text that YAML allows: invalid leading UTF-8 octet"),
        (b"a: &x 1\nb: &x 2\nc: *y\n", 3, "found undefined alias 'y'"),
        (b"a: &x 1\nb: &x 2\nc: \xff\n", 3,
         "not text that YAML allows: invalid leading UTF-8 octet"),
        (b"a: &x 1\nb: &x [\n", 3, "did not find expected node content"),
        (b'a: "\\ud83d\\ude00"\n', 1, "found invalid Unicode character escape code"),
    ],
)  # fmt: skip
def test_what_is_not_yaml_is_refused_at_its_line(data: bytes, line: int, message: str) -> None:
    with pytest.raises(YamlError) as caught:
        yamltext.compose(data, "f.yaml")
    assert (caught.value.line, caught.value.message) == (line, message)


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 200_000 + b"]" * 200_000,
        b"{a: " * 200_000,
        b"- " * 200_000 + b"x\n",
        b"? " * 200_000 + b"x\n",
        b"a: &x 1\nb: &x " + b"[" * 300 + b"]" * 300,
        b"".join(b" " * level + b"a:\n" for level in range(300)),
        b"a: " + b"[" * 300 + b"]" * 300,
    ],
    ids=["flow", "flow mappings", "one line", "keys", "anchors", "block", "300"],
)
def test_deep_nesting_is_refused_and_does_not_overflow_the_stack(data: bytes) -> None:
    with pytest.raises(YamlError, match="nested deeper than 200 levels"):
        yamltext.parse(data)


def test_as_many_brackets_without_nesting_are_no_trouble() -> None:
    assert yamltext.parse(b"[" + b"[]," * 10_000 + b"]") == ([[]] * 10_000,)


def test_many_indicators_on_one_line_without_nesting_are_no_trouble() -> None:
    assert yamltext.parse(b"a: b # " + b"-" * 10_000) == ({"a": "b"},)


def bomb(levels: int) -> bytes:
    lines = [b"a0: &a0 [x, x, x, x, x, x, x, x, x]\n"]
    lines += [b"a%d: &a%d [%s]\n" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 9))
              for n in range(1, levels)]  # fmt: skip
    return b"".join(lines)


def test_aliases_that_expand_without_end_are_refused_at_once() -> None:
    assert len(yamltext.parse(bomb(4))) == 1
    with pytest.raises(YamlError, match="aliases expand to more than 2,000,000 values"):
        yamltext.parse(bomb(30))


def test_looking_for_a_key_through_a_bomb_of_merge_keys_takes_no_time() -> None:
    lines = [b"a0: &a0 {x: 1}\n"]
    lines += [b"a%d: &a%d {<<: [%s]}\n" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 9))
              for n in range(1, 40)]  # fmt: skip
    (node,) = yamltext.compose(b"".join(lines), "").documents
    assert yamltext.get(node, "a39", "missing") is None
    assert yamltext.text_of(yamltext.get(node, "a39", "x")) == "1"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: &a [*a]", {"a": [None]}),
        ("&a\nb: *a\n", {"b": None}),
        ("a: &a {<<: *a, b: 1}", {"a": {"b": 1}}),
    ],
)
def test_an_alias_to_what_it_stands_in_is_null(text: str, value: object) -> None:
    assert read(text) == value


def test_a_key_that_is_no_scalar_is_shown_as_its_value() -> None:
    assert read("[a, 1]: x\n") == {"['a', 1]": "x"}
    assert read("v: {{ name }}\n") == {"v": {"{'name': None}": None}}


# documents and look-ups -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "values", "first"),
    [
        ("", (), None),
        ("# only a comment\n", (), None),
        ("---\n", (), None),
        ("a: 1\n", ({"a": 1},), {"a": 1}),
        ("# comment\n---\na: 1\n", ({"a": 1},), {"a": 1}),
        ("---\n---\na: 1\n", ({"a": 1},), None),
        ("---\n# nothing\n---\na: 1\n", ({"a": 1},), None),
        ("a: 1\n---\n---\nb: 2\n---\n", ({"a": 1}, {"b": 2}), {"a": 1}),
        ("a: 1\n...\n# end\n", ({"a": 1},), {"a": 1}),
        ("--- ~\n--- ''\n", (None, ""), None),
    ],
)
def test_empty_documents_are_left_out_and_the_first_is_known(
    text: str, values: tuple[object, ...], first: object
) -> None:
    composed = yamltext.compose(text.encode(), "")
    assert tuple(yamltext.value(node) for node in composed.documents) == values
    assert yamltext.value(composed.first) == first


def test_of_a_repeated_key_the_last_counts_and_pairs_have_all() -> None:
    (node,) = yamltext.compose(b"a: 1\nb: 2\na: 3\n", "").documents
    assert yamltext.value(node) == {"a": 3, "b": 2}
    assert yamltext.text_of(yamltext.get(node, "a")) == "3"
    assert [name for name, _, _ in yamltext.pairs(node)] == ["a", "b", "a"]


def test_a_look_up_follows_merge_keys_and_own_keys_win() -> None:
    text = "x: &x {path: p, target: t}\nz: {<<: *x, target: own}\n"
    (node,) = yamltext.compose(text.encode(), "").documents
    assert yamltext.text_of(yamltext.get(node, "z", "path")) == "p"
    assert yamltext.text_of(yamltext.get(node, "z", "target")) == "own"
    assert yamltext.get(node, "z", "missing") is None
    assert yamltext.get(node, "z", "path", "deeper") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("plain", "plain"), ("'quoted'", "quoted"), ("12", "12"), ("~", ""), ("null", ""),
     ("'null'", "null"), ("[a]", ""), ("{a: b}", ""), ("!!binary YS55YW1s", "a.yaml"),
     ("!!binary '*'", "*")],
)  # fmt: skip
def test_the_text_of_a_scalar_is_what_is_written(text: str, expected: str) -> None:
    (node,) = yamltext.compose(text.encode(), "").documents
    assert yamltext.text_of(node) == expected


def test_items_and_pairs_of_what_is_no_collection_are_nothing() -> None:
    (node,) = yamltext.compose(b"x", "").documents
    assert isinstance(node, ScalarNode)
    assert (yamltext.items(node), list(yamltext.pairs(node)), yamltext.items(None)) == ((), [], ())


@pytest.mark.parametrize(
    ("parts", "expected"),
    [([], ""), (["a", 0, "b"], "/a/0/b"), (["a/b", "~c"], "/a~1b/~0c"), ([""], "/")],
)
def test_a_pointer_is_written_by_rfc_6901(parts: list[str | int], expected: str) -> None:
    assert yamltext.pointer(parts) == expected

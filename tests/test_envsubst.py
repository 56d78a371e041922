"""Expressions as fluxcd/pkg's envsubst expands them. Every expected value was compared with it.

The cases of its eval_test.go, parse_test.go and funcs_test.go are all here, in other words; where
its own README promises something else, what it does counts.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer import envsubst
from analyzer.envsubst import NotSet, expand
from analyzer.expressions import SubstitutionError

VALUES = {
    "word": "kleineGROSSE7",
    "path": "/srv/apps/web/index.en.html",
    "file": "web.tar.gz",
    "twice": "onetwoONEtwo-one",
    "host": "db.example.com/main",
    "digits": "0123456789",
    "star": "*",
    "three": "3",
    "minus": "-4",
    "empty": "",
    "uml": "grün ß",
    "raw": "${word}",
    "_under": "u",
    "a1": "one",
}


def lenient(name: str) -> str | None:
    return VALUES.get(name, "")


def strict(name: str) -> str | None:
    return VALUES.get(name)


EXPANSIONS = [
    # text
    ("", ""), ("nothing to do", "nothing to do"), ("}text", "}text"),
    ("https://example.com", "https://example.com"), (r"\\host\share", r"\\host\share"),
    ("$word", "$word"), ("a $ b", "a $ b"),
    ("$", "$"), ("{word}", "{word}"), ("$(word)", "$(word)"),
    # values; they are not expanded again
    ("${word}", "kleineGROSSE7"), ("<${three}${three}>", "<33>"), ("${raw}", "${word}"),
    ("${missing}", ""), ("${_under}${a1}", "uone"), ("${empty}", ""),
    # an escaped dollar
    ("$${word}", "${word}"), ("$$word", "$word"), ("$$$$", "$$"), ("$$$", "$$"),
    ("$$${three}", "$3"), ("a${three}$${x$${three}$y${three}", "a3${x${three}$y3"),
    ("$${a=${three}}", "${a=3}"),
    # length, in bytes
    ("${#word}", "13"), ("at ${#digits} to", "at 10 to"), ("${#missing}", "0"), ("${#uml}", "8"),
    (r"\\ ${#three} \\", r"\\ 1 \\"),
    # case
    ("${word^}", "KleineGROSSE7"), ("${word^^}", "KLEINEGROSSE7"), ("${file,}", "web.tar.gz"),
    ("${twice,,}", "onetwoonetwo-one"),
    ("${word,^}", "kleineGROSSE7"), ("${word^,}", "kleineGROSSE7"),
    ("${empty^}", ""), ("${empty,,}", ""), ("${uml^^}", "GRÜN ß"),
    # offset and length
    ("${path:10}", "web/index.en.html"), ("${path:10:3}", "web"), ("${digits:0:8}", "01234567"),
    ("${digits:4:99}", "456789"), ("${digits:99}", ""), ("${digits:99:1}", ""),
    ("${digits:${minus}:2}", "67"), ("${digits:${minus}}", "6789"), ("${three:${minus}:3}", "3"),
    ("${digits:2:${three}}", "234"), ("${digits:2::3}", "234"), ("${digits:0:0}", ""),
    ("${digits:${digits:1:1}:${three,,}}", "123"),
    # what is no number leaves the value whole: a space before the minus is no way round
    ("${digits: -3:2}", "0123456789"), ("${digits:x}", "0123456789"),
    ("${digits:1:x}", "0123456789"),
    ("${digits:1_0}", "0123456789"), ("${digits:99999999999999999999}", "0123456789"),
    # the default: five forms, all of them for what is empty
    ("${word=x}${word:=x}${word:-x}", "kleineGROSSE7" * 3),
    ("${missing=x}${missing:=x}${missing:-x}", "xxx"),
    ("${missing:?x}${missing:+x}", "xx"), ("${word:?x}${three:+x}", "kleineGROSSE73"),
    ("${empty=x}${empty:=x}", "xx"), ("${missing:=}", ""), ("${missing=}", ""),
    ("${missing:-3:2}", "3:2"), ("${missing:=a b: $c {d}", "a b: $c {d"),
    # defaults nest, also between words
    ("is ${missing=${three}}", "is 3"), ("${missing=${three}-end}", "3-end"),
    ("${missing=start${three}-end}", "start3-end"), ("${missing=${word^^}}", "KLEINEGROSSE7"),
    ("${missing:=${gone:=${three}}}", "3"), ("${missing=start ${three} end}", "start 3 end"),
    # no escapes inside a default
    ("${missing:=$$x}", "$$x"), ("${missing:=$${three}}", "$3"), (r"${missing:=\/}", r"\/"),
    # replacing: text, not patterns
    ("${twice/one/1}", "1twoONEtwo-one"), ("${twice//two/2}", "one2ONE2-one"),
    ("${twice/#one/1}", "1twoONEtwo-one"), ("${twice/#two/2}", "onetwoONEtwo-one"),
    ("${twice/%one/1}", "onetwoONEtwo-1"), ("${twice/%two/2}", "onetwoONEtwo-one"),
    ("${host/./}", "dbexample.com/main"), ("${host//./}", "dbexamplecom/main"),
    ("${twice/%one/}", "onetwoONEtwo-one"), ("${file/*/x}", "web.tar.gz"),
    (r"${host/\//-}", "db.example.com-main"), (r"${path//\//-}", "-srv-apps-web-index.en.html"),
    (r"${three/3/\/a\\b}", r"/a\b"), (r"${three/3/a\b}", r"a\b"), ("${three/3/$$}", "$"),
    ("${twice//${a1}/${three}}", "3twoONEtwo-3"),
    ("${digits//${empty}/-}", "-0-1-2-3-4-5-6-7-8-9-"),
    ("${digits/${empty}/-}", "-0123456789"), ("${three/3///x}", "x"),
    ("${three/3} and on/x}", "3"),  # the pattern runs on to the next slash
    # trimming by pattern
    ("${file#*.}", "tar.gz"), ("${file##*.}", "gz"), ("${file%.*}", "web.tar"),
    ("${file%%.*}", "web"),
    ("${path#*/}", "srv/apps/web/index.en.html"), ("${path##*/}", "index.en.html"),
    ("${path#/*/}", "apps/web/index.en.html"), ("${host#*/}", "main"), ("${host##*/}", "main"),
    ("${file#web}", ".tar.gz"), ("${file#x}", "web.tar.gz"), ("${file#we?}", ".tar.gz"),
    ("${file#[a-z]}", "eb.tar.gz"), ("${file#[^a-z]}", "web.tar.gz"), ("${file##[w]*[.]}", "gz"),
    ("${file#[z-a]}", "web.tar.gz"), ("${file#[^z-a]}", "eb.tar.gz"), (r"${file#\w}", "eb.tar.gz"),
    ("${file#[}", "web.tar.gz"), ("${file#[]a]}", "web.tar.gz"), ("${file#[a-]}", "web.tar.gz"),
    ("${star#[*]}", ""), (r"${star#\*}", ""), ("${file#$%:*{}", "web.tar.gz"),
    ("${file###}", "web.tar.gz"),
    ("${file##${star}}", ""), ("${empty#*}", ""), ("${file#${empty}}", "web.tar.gz"),
    # at least a character goes, where the shell takes none
    ("${file#*}", "eb.tar.gz"), ("${file%*}", "web.tar.g"), ("${file##*}", ""),
    # from the end the pattern is turned around too, and a class is none then
    ("${file%[a-z]}", "web.tar.gz"), ("${file%z]}", "web.tar.gz"), ("${file%.??}", "web.tar"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), EXPANSIONS)
def test_an_expression_is(text: str, expected: str) -> None:
    assert expand(text, lenient) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${word-d}", "missing closing brace"),
        ("${a-b}", "missing closing brace"),
        ("${a.b}", "missing closing brace"),
        ("${a[0]}", "missing closing brace"),
        ("${word+x}", "missing closing brace"),
        ("${word?x}", "missing closing brace"),
        ("${word", "missing closing brace"),
        ("${word }", "missing closing brace"),
        ("${{ word }}", "unable to parse variable name"),
        ("${ }", "unable to parse variable name"),
        ("${}", "unable to parse variable name"),
        ("${!word}", "unable to parse variable name"),
        ("${@}", "unable to parse variable name"),
        ("${", "unable to parse variable name"),
        ("${${word}}", "unable to parse variable name"),
        ("${#}", "bad substitution"),
        ("${##}", "bad substitution"),
        ("${#word:1}", "bad substitution"),
        ("${word:", "bad substitution"),
        ("${word:é}", "bad substitution"),
        ("${word:1", "bad substitution"),
        ("${word:${three}x}", "bad substitution"),
        ("${word:}", "unable to parse substitution within function"),
        ("${word:1:}", "unable to parse substitution within function"),
        ("${word:=x", "unable to parse substitution within function"),
        ("${word=", "unable to parse substitution within function"),
        ("${word#}", "unable to parse substitution within function"),
        ("${word//}", "bad substitution"),
        ("${word///x}", "unable to parse substitution within function"),
        ("${word/a}", "bad substitution"),
        ("${word/a/b", "bad substitution"),
        ("${word/${three}x/y}", "bad substitution"),
        ("${word#a${three}}", "bad substitution"),
        ("${word#${star}a}", "bad substitution"),
        ("${word^^^}", "bad substitution"),
        ("${word^x}", "bad substitution"),
        ("${digits:1:${minus}}", "negative length in a substring"),
        ("x ${word} ${a-b} y", "missing closing brace"),
        ("${word:=${a-b}}", "missing closing brace"),
    ],
)
def test_what_upstream_refuses_is_refused(text: str, message: str) -> None:
    with pytest.raises(SubstitutionError) as caught:
        expand(text, lenient)
    assert caught.value.message == message


# what is not set ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "form",
    ["${%}", "${#%}", "${%^}", "${%^^}", "${%,}", "${%,,}", "${%,^}", "${%:0}", "${%:0:9}",
     "${%/a/b}", "${%//a/b}", "${%/#a/b}", "${%/%a/b}", "${%#a}", "${%##a}", "${%%a}", "${%%%a}"],
)  # fmt: skip
def test_a_name_without_a_value_is_an_error_under_every_function(form: str) -> None:
    text = form.replace("%", "missing", 1)
    with pytest.raises(NotSet, match="variable missing is not set") as caught:
        expand(text, strict)
    assert caught.value.name == "missing"
    assert expand(text.replace("missing", "empty"), strict) in ("", "0")


@pytest.mark.parametrize("operator", ["=", ":=", ":-", ":?", ":+"])
def test_a_name_without_a_value_is_none_where_a_default_is_given(operator: str) -> None:
    assert expand(f"${{missing{operator}x}}", strict) == "x"


def test_a_default_that_is_not_needed_is_looked_up_all_the_same() -> None:
    assert expand("${word:=${missing}}", lenient) == "kleineGROSSE7"
    with pytest.raises(NotSet):
        expand("${word:=${missing}}", strict)


# what is kept -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${secret} ${three}", "${secret} 3"),
        ("${secret:=${three}}", "${secret:=${three}}"),
        ("${#secret}${secret^^}${secret:1:2}", "${#secret}${secret^^}${secret:1:2}"),
        (r"${secret/\//$$}", r"${secret/\//$$}"),
        ("${missing:=<${secret}>}", "<${secret}>"),
        ("${three:=${secret}}", "3"),
        ("${three#${secret}}", "${three#${secret}}"),
        ("${three:${secret:=1}}", "${three:${secret:=1}}"),
        ("${three:${missing:=${secret}}}", "${three:${missing:=${secret}}}"),
        ("${digits:${three:=${secret}}}", "3456789"),
        ("$${secret}", "${secret}"),
    ],
)
def test_an_expression_over_an_unknown_stays_as_it_is_written(text: str, expected: str) -> None:
    assert expand(text, strict, keep="secret".__eq__) == expected


# names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nothing $here $${x}", ()),
        ("${b} ${a:=1} ${b:-2} ${c^^}", (("b", False), ("a", True), ("c", False))),
        ("${a:=${b}${c:-x}} ${a=y}", (("a", True), ("b", False), ("c", True))),
        ("${#n}${s/${p}/${r:=}}", (("n", False), ("s", False), ("p", False), ("r", True))),
    ],
)
def test_names_in_order_and_whether_they_always_have_a_default(
    text: str, expected: tuple[tuple[str, bool], ...]
) -> None:
    assert envsubst.variables(text) == expected


def test_names_of_what_does_not_parse_are_an_error() -> None:
    with pytest.raises(SubstitutionError, match="missing closing brace"):
        envsubst.variables("${a} ${a-b}")


# anything -----------------------------------------------------------------------------------------

PIECES = st.lists(
    st.sampled_from(
        ["$", "$$", "${", "}", "word", "file", "missing", ":", "=", ":=", ":-", "/", "//", "#",
         "%%", "^^", ",", "*", "[a-c]", "[", "]", "\\", "\\/", "1", "-4", "é", "😀", " ", "\n"]
    )
).map("".join)  # fmt: skip


@given(st.text(st.characters(exclude_characters="$", codec="utf-8")))
def test_text_without_a_dollar_is_unchanged(text: str) -> None:
    assert expand(text, strict) == text
    assert envsubst.variables(text) == ()


@given(st.one_of(st.text(), PIECES))
def test_any_text_is_expanded_or_refused(text: str) -> None:
    try:
        names = envsubst.variables(text)
    except SubstitutionError:
        with pytest.raises(SubstitutionError):
            expand(text, lenient)
        return
    required = {name for name, has_default in names if not has_default}
    try:
        expand(text, strict)
        refused = ""
    except NotSet as error:
        refused = error.name
    except SubstitutionError as error:
        refused = error.message
    missing = required - VALUES.keys()
    assert refused in (*missing, "negative length in a substring") if refused else not missing


@given(PIECES, PIECES)
def test_doubled_dollars_protect_any_text(before: str, text: str) -> None:
    protected = "x" + text.replace("$", "$$")
    assert expand(protected, strict) == "x" + text


@given(PIECES)
def test_what_is_kept_expands_later_to_what_it_would_have_been(text: str) -> None:
    plain = re.sub(r"\$\$+", "$", text.replace("\\", ""))  # no escapes, which go at each level
    try:
        whole = expand(plain, lenient)
    except SubstitutionError:
        return
    kept = expand(plain, lenient, keep=lambda name: name == "missing")
    if "$$" not in kept:
        assert expand(kept, lenient) == whole


# limits -------------------------------------------------------------------------------------------


def test_nesting_has_an_end() -> None:
    def nested(levels: int) -> str:
        return "${a:=" * levels + "x" + "}" * levels

    assert expand(nested(100), lambda name: None) == "x"
    with pytest.raises(SubstitutionError, match="nested deeper than 100 levels"):
        expand(nested(10_000), lambda name: None)


def test_values_that_multiply_have_an_end() -> None:
    long = {"a": "x" * 100_000}
    for text in ("${a//x/${a}}", "${a}" * 1_000, "${b:=" + "${a}" * 1_000 + "}"):
        with pytest.raises(SubstitutionError, match="more than 67,108,864 characters"):
            expand(text, long.get)


def test_a_hostile_pattern_is_no_trap() -> None:
    value = {"a": "a" * 100_000}
    for pattern in ("*a" * 50 + "b", "*?*?*?*?b", "*[a-z]*[a-z]*b", "*a*a*a*a*a"):
        for operator in ("#", "##", "%", "%%"):
            made = expand(f"${{a{operator}{pattern}}}", value.get)  # hangs where it goes back
            assert set(made) <= {"a"}


def test_bytes_that_are_no_text_are_marked() -> None:
    assert expand("${uml:0:3}", strict) == "gr\udcc3"
    assert expand("${uml:0:3}${uml:3:1}", strict) == "grü"

"""Two values side by side: words and lines that differ are marked, and nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.diff import ABSENT
from analyzer.pages.diffview import Pair, Parts, Stretch, lines, neutral, pair, short, words


def drawn(parts: Parts) -> str:
    """`web:[-1-]` and `web:{+2+}`, as word diffs are written."""
    signs = {"": ("", ""), "del": ("[-", "-]"), "ins": ("{+", "+}")}
    return "".join(signs[mark][0] + text + signs[mark][1] for mark, text in parts)


@pytest.mark.parametrize(
    ("was", "now", "left", "right"),
    [
        ("web:1.0.1", "web:1.0.2", "web:1.0.[-1-]", "web:1.0.{+2+}"),
        (2, 3, "[-2-]", "{+3+}"),
        ("info", "debug", "[-info-]", "{+debug+}"),
        (True, "true", "true", '{+"+}true{+"+}'),
        ("a b c", "a c", "a [-b -]c", "a c"),
        (ABSENT, "new", "", "{+new+}"),
        ("old", ABSENT, "[-old-]", ""),
        (["a"], [], '[[-"a"-]]', "[]"),
    ],
)
def test_words_that_differ_are_marked(was: object, now: object, left: str, right: str) -> None:
    found = pair(was, now)
    assert (drawn(found.was), drawn(found.now), found.lines) == (left, right, ())


def test_what_is_the_same_far_away_is_cut_and_what_differs_never() -> None:
    found = pair("x" * 500 + " 1.0 " + "y" * 500, "x" * 500 + " 2.0 " + "y" * 500)
    assert drawn(found.now) == "…" + "x" * 59 + " {+2+}.0 " + "y" * 57 + "…"


def test_what_stays_is_marked_and_neither_goes_nor_comes() -> None:
    found = neutral(pair("a\nb", "a\nc"))
    assert [line for one in found.lines for line in (*one.was, *one.now)] == [
        (("", "a"),), (("mark", "b"),), (("mark", "c"),),
    ]  # fmt: skip
    assert neutral(pair(1, ABSENT)).was == (("mark", "1"),)


def test_secrets_are_said_to_differ_and_not_marked() -> None:
    found = pair("(redacted)", "(redacted)", hidden=True)
    assert drawn(found.was) == drawn(found.now) == "(redacted)"
    assert found.said == "they differ and are not shown"


def test_a_text_is_compared_line_by_line_and_what_is_the_same_is_folded() -> None:
    same = "".join(f"line {n}\n" for n in range(10))
    found = pair(f"first: 1\n{same}last: 1\n", f"first: 2\n{same}last: 1\nmore\n")
    shown = [
        (stretch.same, stretch.folded, [*map(drawn, stretch.was)], [*map(drawn, stretch.now)])
        for stretch in found.lines
    ]
    assert shown == [
        (False, 0, ["first: [-1-]"], ["first: {+2+}"]),
        (True, 0, [], ["line 0", "line 1"]),
        (True, 7, [], [f"line {n}" for n in range(2, 9)]),
        (True, 0, [], ["line 9", "last: 1"]),
        (False, 0, [], ["{+more+}"]),
    ]


def test_a_text_that_only_one_side_has_comes_line_by_line() -> None:
    (stretch,) = pair(ABSENT, "one\ntwo\n").lines
    assert (stretch.was, [*map(drawn, stretch.now)]) == ((), ["{+one+}", "{+two+}"])


def test_of_a_subtree_every_leaf_is_a_line() -> None:
    (stretch,) = pair(ABSENT, {"a": {"b": 1}, "c": [{"name": "x", "y": True}]}).lines
    assert [*map(drawn, stretch.now)] == ["{+a.b: 1+}", "{+c[name=x].name: x+}",
                                          "{+c[name=x].y: true+}"]  # fmt: skip


def test_the_end_of_a_text_is_no_line() -> None:
    assert pair("one\ntwo", "one\ntwo\n") == Pair(said="only the end of the last line differs")


def test_limits_are_said() -> None:
    long = "\n".join(map(str, range(2_000)))
    assert pair(long, f"{long}\nx").said == "2,000 and 2,001 lines, too many to be compared here"
    was, now = ("\n".join(f"{word} {n} {'x' * 100}" for n in range(200)) for word in ("a", "b"))
    assert pair(was, now).said == "more differs than is shown here"


@given(st.text(max_size=60), st.text(max_size=60))
def test_without_marks_both_texts_are_as_they_were(was: str, now: str) -> None:
    left, right = words(was, now)
    assert "".join(text for _, text in left) == was
    assert "".join(text for _, text in right) == now
    kept = ["".join(text for mark, text in side if not mark) for side in (left, right)]
    assert kept[0] == kept[1]
    assert "".join(text for _, text in short(left)) == was


SOME = st.lists(st.sampled_from("abcd"), max_size=25)


@given(SOME, SOME)
def test_every_line_stands_on_its_side(was: list[str], now: list[str]) -> None:
    def side(found: list[Stretch], after: bool) -> list[str]:
        return ["".join(text for _, text in line) for one in found
                for line in (one.now if after or one.same else one.was)]  # fmt: skip

    found = list(lines(was, now))
    assert (side(found, False), side(found, True)) == (was, now)

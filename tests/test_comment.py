"""A comment on a pull request: never too long, never cut in a fence, and nothing in it acts."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer import grouping, since
from analyzer.comparing import Compared, compare
from analyzer.deliveries import Delivery
from analyzer.formats import comment
from analyzer.grouping import Compares, Difference
from analyzer.model import Cause, RenderedResource, ResourceId, Seat
from tests.test_since import report

HOSTILE = (
    "", "a`b", "```", "`````\n# x", "<script>alert(1)</script>", "--><img src=x onerror=a()>",
    "| a | b |", "[click](javascript:x)", "![x](https://evil.example/x.png)", "@everyone", "#1",
    "https://evil.example/", "</details>", "*b* _i_ ~~s~~", "::error file=a::b", "##[error]x",
    "\n::add-mask::x", "\x1b[31mred\x1b[0m", "\x1b]8;;https://evil\x07", "\u202egnp.exe",
    "a\r\nb", "x" * 5000, "<!-- groundplan diff: part 1 of 9 -->", "---", "    indented", "$&%0A",
)  # fmt: skip
Resources = tuple[RenderedResource, ...]


def resource(name: str, content: object = None, kind: str = "ConfigMap") -> RenderedResource:
    body = {"kind": kind, "metadata": {"name": name}, "data": content}
    return RenderedResource(ResourceId("", kind, "shop", name), "v1", body)


def delivery(environment: str, resources: Resources | None, *causes: Cause) -> Delivery:
    return Delivery(Seat(environment), None, f"clusters/{environment}", None, resources, causes)


def of(compared: Compared, environments: tuple[str, ...] = ("staging", "production")) -> Difference:
    return Difference("t", Compares("main", commit="0" * 40), compared, environments,
                      frozenset({"production"}), len(environments),
                      (None,) * len(compared.changes))  # fmt: skip


def many(count: int, size: int = 40, environments: int = 2) -> Difference:
    """So many resources change in each environment, each otherwise than all others."""
    names = [f"env-{n}" for n in range(environments)]
    before, after = [], []
    for at, name in enumerate(names):
        old = [resource(f"r{n}", {"a": f"{at}-{n}", "b": "x" * size}) for n in range(count)]
        new = [resource(f"r{n}", {"a": f"{at}-{n}!", "b": f"{n}" + "y" * size})
               for n in range(count)]  # fmt: skip
        before.append(delivery(name, tuple(old)))
        after.append(delivery(name, tuple(new)))
    return of(compare(tuple(before), tuple(after)), tuple(names))


def parts(text: str) -> list[str]:
    return re.split(r"(?m)^(?=<!-- groundplan diff)", text)[1:]


def balanced(text: str) -> bool:
    """Is every fence closed, by a fence of its own length?"""
    opened: str | None = None
    for line in text.splitlines():
        match = re.match(r"(`{3,})(diff)?\s*$", line)
        if match and opened is None and match[2]:
            opened = match[1]
        elif match and match[1] == opened and not match[2]:
            opened = None
    return opened is None


@pytest.mark.parametrize("details", [False, True])
def test_a_change_of_300_resources_fits(details: bool) -> None:
    text = comment.text(many(300, 2000), details)
    for part in parts(text):
        assert len(part) <= comment.BUDGET
        assert balanced(part)
    assert len(parts(text)) == (4 if details else 1)
    assert "300 changed" not in text
    assert "600 changed" in text


@pytest.mark.parametrize("environments", [1, 5, 300, pytest.param(2000, marks=pytest.mark.long)])
def test_any_number_of_places_fits(environments: int) -> None:
    for details in (False, True):
        text = comment.text(many(3, 10, environments), details)
        assert all(len(part) <= comment.BUDGET for part in parts(text))
        assert balanced(text)


@given(st.integers(1, 30), st.integers(1, 6), st.integers(3000, 20_000))
def test_nothing_is_lost_but_in_a_sentence(count: int, environments: int, budget: int) -> None:
    made = many(count, 100, environments)
    text = comment.text(made, budget=budget)
    assert len(text) <= budget
    assert balanced(text)
    for group in grouping.groups(made):
        assert f"### {group.title}\n".replace("-", "&#45;") in text.replace("-", "&#45;") or (
            f"**{group.title}**: {count} changed; --details".replace("-", "&#45;")
            in text.replace("-", "&#45;")
        )


def test_with_details_every_field_is_in_one_of_the_parts() -> None:
    text = comment.text(many(300, 900), details=True)
    for at in range(2):
        for n in range(300):
            assert f"data.a: {at}-{n} → " in text


def test_protected_places_are_shown_before_others_are() -> None:
    before = [delivery(e, (resource("r", {"a": "1"}),)) for e in ("staging", "production")]
    after = [delivery(e, (resource("r", {"a": e * 400}),)) for e in ("staging", "production")]
    made = of(compare(tuple(before), tuple(after)))
    text = comment.text(made, budget=len(comment.text(made)) - 1)
    assert "### production (protected)" in text
    assert "**staging**: 1 changed; --details shows them" in text


@pytest.mark.parametrize("text", HOSTILE)
def test_names_values_and_causes_do_nothing(text: str) -> None:
    bad = Cause(text.replace("/", "_") or "x", 1, text)
    before = (delivery("staging", (resource("r", {"a": "1", text: "1"}),)),
              delivery(text or "x", (resource("s"),)))  # fmt: skip
    new = (resource("r", {"a": text, text: "2"}), resource(text, {text: text}))
    after = (delivery("staging", new), delivery(text or "x", None, bad))
    made = of(compare(before, after), ("staging", text))
    for details in (False, True):
        shown = comment.text(made, details)
        assert balanced(shown)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)
        outside = "".join(re.split(r"(?ms)^(`{3,})diff\n.*?^\1$", shown)[::2])
        bare = re.sub(r"(?m)^<!-- groundplan diff.*-->$", "", outside)
        assert "<" not in bare
        assert not re.search(r"https?://|(?<!\w)@\w|(?<!#)(?<!&)#\d", re.sub(r"&#\d+;", "", bare))
        assert not re.search(r"(?m)^\s*::", shown)
        assert not re.search(r"(?m)^\s*##\[", shown)


@pytest.mark.parametrize("text", HOSTILE)
def test_neither_does_a_terminal_nor_a_workflow(text: str) -> None:
    before = (delivery("staging", (resource("r", {"a": "1", text: "1"}),)),)
    after = (delivery("staging", (resource("r", {"a": text, text: "2"}), resource(text))),)
    made = of(compare(before, after))
    for details in (False, True):
        shown = since.printed(made, "text", since.PLAIN, details)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", shown)
        assert not re.search(r"(?m)^\s*(::|##\[)", shown)
        json.loads(since.printed(made, "json", since.PLAIN, details))


def test_a_rendered_name_in_backticks_ends_no_fence(tmp_path: Path) -> None:
    found = report(tmp_path, """
        --- clusters/staging/kustomization.yaml
        resources: [a.yaml]
        --- clusters/staging/a.yaml = ConfigMap/a
        data: {x: "1"}
        """, """
        --- clusters/staging/a.yaml = ConfigMap/a
        data: {x: "```\\n</details><script>\\n````"}
        """)  # fmt: skip
    text = comment.text(found, details=True)
    assert balanced(text)
    assert "`````diff" in text

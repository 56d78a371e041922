"""Hostile text from a tree lands in Markdown, HTML, SVG, a terminal and a workflow log as text."""

from __future__ import annotations

import html
import re
from xml.etree import ElementTree

import markdown as python_markdown
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analyzer import escape

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "![x](https://evil.example/pixel.png)",
    "`code` **bold** __bold__ _em_ ~~gone~~ ==marked== ^^in^^",
    "# heading",
    "+ item",
    "- item",
    "1. item",
    "2) item",
    "> quote",
    "a | b",
    "http://evil.example",
    "www.evil.example",
    "&lt;b&gt; &copy; &#60;",
    "line\n\n# heading\n\n    code",
    "| a |\n| - |\n| b |",
    "{{ config.site_url }} {% raw %}",
    "<!-- END GENERATED: environments -->",
    "[//]: # (BEGIN GENERATED: x)",
    "$x^2$ :smile: {: onclick=x } [^1] \\( \\)",
    "'quoted' \"twice\"",
    "a\\nb\\",
)
EXTENSIONS = ["tables", "attr_list", "def_list", "footnotes", "abbr", "md_in_html", "toc"]
CONTROL = "a\x1b[31mred\x07\x00\x7f\x9b\u202eevil\u2066\u200f\u061c\u200b\ufeff\udc80z"
SHOWN = r"a\x1b[31mred\x07\x00\x7f\x9b\u202eevil\u2066\u200f\u061c\u200b\ufeff\udc80z"  # all of it


def as_html(text: str) -> str:
    return python_markdown.markdown(text, extensions=EXTENSIONS)


def one_line(text: str) -> str:
    return " ".join(text.split())


# Markdown ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_shows_hostile_text_as_it_is_written(text: str) -> None:
    shown = as_html(f"before {escape.markdown(text)}")
    assert re.findall(r"<[^>]*>", shown) == ["<p>", "</p>"]
    assert html.unescape(shown) == f"<p>before {one_line(text)}</p>"


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_at_the_start_of_a_line_is_a_paragraph(text: str) -> None:
    shown = as_html(escape.markdown(text))
    assert html.unescape(shown) == f"<p>{one_line(text)}</p>"


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("escaped", [escape.markdown, escape.code])
def test_a_table_keeps_its_columns(text: str, escaped: object) -> None:
    assert callable(escaped)
    shown = as_html(f"| a | b |\n| - | - |\n| {escaped(text)} | {escaped(text)} |")
    assert shown.count("<td>") == 2
    assert "<script" not in shown
    assert "<a " not in shown


@pytest.mark.parametrize("text", HOSTILE)
def test_code_shows_hostile_text_as_it_is_written(text: str) -> None:
    shown = as_html(f"before {escape.code(text)} after")
    assert re.findall(r"<[^>]*>", shown) == ["<p>", "<code>", "</code>", "</p>"]
    assert html.unescape(shown) == f"<p>before <code>{one_line(text)}</code> after</p>"


def test_ordinary_words_stay_readable_in_the_source() -> None:
    text = "deployed by kube-system, v1.2.3 (base) snake_case"
    assert escape.markdown(text) == text
    assert escape.code("apps/web-1/kustomization.yaml") == (
        "<code>apps/web-1/kustomization.yaml</code>"
    )


def test_github_makes_no_link_of_a_bare_host() -> None:
    assert escape.markdown("www.evil.example") == "www&#46;evil.example"
    assert escape.markdown("WWW.evil.example") == "WWW&#46;evil.example"


def test_an_entity_stays_the_letters_it_was_written_with() -> None:
    assert escape.markdown("&lt;") == "&#38;lt;"
    assert escape.code("&lt;") == "<code>&amp;lt;</code>"


def test_several_lines_become_one() -> None:
    assert escape.markdown(" a\n\n\tb\r\nc ") == "a b c"
    assert escape.code(" a\n\n\tb ") == "<code>a b</code>"


@given(st.text())
@example("`" * 50)
def test_no_text_is_markup(text: str) -> None:
    assert re.findall(r"<[^>]*>", as_html("x " + escape.markdown(text))) == ["<p>", "</p>"]


# HTML and SVG -----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [*HOSTILE, CONTROL, "\ufffe\uffff\x0b\x0c"])
def test_html_is_text_in_an_element_and_in_an_attribute(text: str) -> None:
    parsed = ElementTree.fromstring(f'<text title="{escape.html(text)}">{escape.html(text)}</text>')
    assert parsed.text == escape.visible(text)
    assert len(parsed) == 0
    assert list(parsed.attrib) == ["title"]


# control characters -----------------------------------------------------------------------------


def test_control_and_direction_characters_show_and_do_nothing() -> None:
    assert escape.visible(CONTROL) == SHOWN


def test_characters_beyond_sixteen_bits_show_with_eight_digits() -> None:
    assert escape.visible("a\U000e0041b") == r"a\U000e0041b"


def test_letters_of_every_script_stay() -> None:
    assert escape.visible("Größe 値 ключ 🚀 né") == "Größe 値 ключ 🚀 né"


@given(st.text(st.characters(codec=None)))
def test_what_is_visible_can_be_printed(text: str) -> None:
    escape.visible(text).encode()


# terminal ---------------------------------------------------------------------------------------


def test_a_terminal_gets_one_line_without_escape_sequences() -> None:
    assert escape.terminal("a\tb\nc\x1b]0;title\x07\rd") == r"a b c\x1b]0;title\x07\x0dd"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::stop-commands::x", r"\x3a:stop-commands::x"),
        ("  ::error::x", r"  \x3a:error::x"),
        ("a ##[add-mask]x", r"a \x23#[add-mask]x"),
        ("a::b", "a::b"),
        ("## heading", "## heading"),
    ],
)
def test_a_name_in_the_tree_is_no_workflow_command(text: str, shown: str) -> None:
    assert escape.terminal(text) == shown


# GitHub annotations -----------------------------------------------------------------------------


def test_annotation_data_ends_where_it_is_meant_to() -> None:
    assert escape.annotation("50 %\r\n::error::x") == "50 %25%0D%0A::error::x"
    assert escape.annotation("\x1b[31m") == r"\x1b[31m"


def test_an_annotation_property_cannot_add_another() -> None:
    assert escape.annotation_property("a,line=1::error::b%\n") == (
        "a%2Cline=1%3A%3Aerror%3A%3Ab%25%0A"
    )


def test_an_image_or_a_url_may_go_on_in_the_next_line_after_each_part() -> None:
    assert escape.value("http://x.io:80/a: b/<i>@c") == (
        "<code>http&#58;//<wbr>x.io&#58;<wbr>80/<wbr>a&#58; b/&lt;i&gt;@<wbr>c</code>"
    )


def test_a_long_field_may_go_on_in_the_next_line_after_each_part() -> None:
    assert escape.field("a[0].b") == "<code>a<wbr>&#91;0&#93;<wbr>.b</code>"
    assert escape.field("spec.a[name=x].example.com/b<i>") == (
        "<code>spec<wbr>.a<wbr>&#91;name&#61;x&#93;<wbr>.example<wbr>.com<wbr>/b&lt;i&gt;</code>"
    )

"""Inline SVG: titles, links and classes are ours, and nothing that was not asked for survives."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer import dot
from analyzer.drawing import (
    EDGE_KINDS,
    NODE_KINDS,
    Diagram,
    Edge,
    Fact,
    Group,
    Node,
    facts,
    finish_svg,
    to_dot,
)
from tests.test_drawing import WEB

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}href"


def drawn(diagram: Diagram) -> ET.Element:
    """The finished SVG of a diagram, drawn by the real renderer, as an XML tree."""
    (raw,) = dot.render([to_dot(diagram)])
    assert raw is not None
    svg = finish_svg(raw, diagram)
    assert svg is not None
    return ET.fromstring(svg)


def texts(svg: ET.Element) -> list[str]:
    return [str(element.text) for element in svg.iter(f"{SVG}text")]


def by_id(svg: ET.Element) -> dict[str, ET.Element]:
    return {id: element for element in svg.iter() if (id := element.get("id")) is not None}


def test_the_svg_has_titles_links_and_classes() -> None:
    svg = drawn(WEB)
    parts = by_id(svg)
    assert svg.attrib.keys() == {"id", "class", "viewBox", "width", "role", "aria-labelledby",
                                 "font-family"}  # fmt: skip
    assert (svg.get("class"), svg.get("role")) == ("gp-diagram", "img")
    assert parts.keys() == {f"references-staging{end}"
                            for end in ("", "-title", "-desc", "-g0", "-n0", "-n1", "-n2",
                                        "-e0", "-e1")}  # fmt: skip
    assert parts["references-staging-title"].text == "What staging builds on"
    assert parts["references-staging-desc"].text == (
        "overlay: 1, base: 1, kustomize Component: 1. Connections: 2. "
        "The same facts follow as a list."
    )
    assert {id.removeprefix("references-staging-"): (part.get("class"), part[0].text)
            for id, part in parts.items() if part.tag == f"{SVG}g"} == {
        "g0": ("gp-group", "staging"),
        "n0": ("gp-node gp-node--overlay", "overlay: clusters/staging/web"),
        "n1": ("gp-node gp-node--base", "base: clusters/base/web"),
        "n2": ("gp-node gp-node--kustomize-component", "kustomize Component: debug"),
        "e0": ("gp-edge gp-edge--references", "web (staging) builds on web (base)"),
        "e1": ("gp-edge gp-edge--component",
               "web (staging) uses kustomize Component debug: components[0]"),
    }  # fmt: skip
    assert [(a.get(XLINK), a.get("tabindex")) for a in svg.iter(f"{SVG}a")] == [
        ("../staging/", "-1"), ("../web/", "-1"), ("../debug/#top", "-1")]  # fmt: skip
    assert texts(svg) == ["staging", "components[0]", "web", "staging", "web", "base", "debug"]
    assert parts["references-staging-n0"].get("data-gp-node") == "staging/web"
    assert parts["references-staging-e1"].get("data-gp-ends") == (
        "references-staging-n0 references-staging-n2"
    )


def test_colours_are_the_pages() -> None:
    svg = drawn(WEB)
    paints = {value for element in svg.iter() for name, value in element.attrib.items()
              if name in ("fill", "stroke")}  # fmt: skip
    assert paints == {"none", "currentColor"}
    assert not any("color" in name or name == "style" for e in svg.iter() for name in e.attrib)


def test_every_kind_can_be_drawn_and_told_apart_without_colour() -> None:
    nodes = tuple(Node(kind, "x", kind) for kind in NODE_KINDS)
    edges = tuple(Edge("overlay", "base", kind) for kind in EDGE_KINDS)
    parts = by_id(drawn(Diagram("d", "kinds", nodes, edges)))
    assert len([id for id in parts if re.fullmatch(r"d-[ne]\d+", id)]) == len(nodes + edges)
    looks = [tuple(sorted(look.dot.items())) for look in NODE_KINDS.values()]
    assert len(set(looks)) == len(looks)
    looks = [tuple(sorted(look.dot.items())) for look in EDGE_KINDS.values()]
    assert len(set(looks)) == len(looks)


HOSTILE = [
    '"><script>alert(1)</script>',
    "</title></svg><script>alert(1)</script>",
    "]]>\x00\x08\ufffe\udcff",
    "' onload='alert(1)",
    "<!DOCTYPE x [<!ENTITY e 'boom'>]>&e;",
    "\\N\\G\\E\\T\\H\\L",
    "{{ 7 * 7 }}\n\n<b>",
    "javascript:alert(1)",
    "‮" * 3,
    "x" * 5000,
    "",
]


def hostile(text: str) -> Diagram:
    return Diagram(
        text,
        text,
        (
            Node(text, text, "overlay", text, text, text),
            Node("b", "b", "base", f"javascript:{text}"),
        ),
        (Edge(text, "b", "patches", text, text),),
        (Group(text, text, (text,), text),),
    )


def harmless(svg: ET.Element) -> None:
    """Only elements and attributes of ours, and no address with a scheme of its own."""
    assert {element.tag.removeprefix(SVG) for element in svg.iter()} <= {
        "svg", "g", "a", "title", "desc", "text", "path", "polygon", "polyline", "ellipse",
    }  # fmt: skip
    names = {name for element in svg.iter() for name in element.attrib}
    assert not [n for n in names if n.startswith("on") or n in ("href", "style", "xml:base")]
    for element in svg.iter():
        assert not re.match(r"\s*(?!https?:)[a-z]+:", element.get(XLINK, ""), re.IGNORECASE)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    svg = drawn(hostile(text))
    harmless(svg)
    anchor = hostile(text).anchor
    assert re.fullmatch(r"[A-Za-z0-9_-]+", anchor)
    assert all(id.startswith(anchor) for id in by_id(svg))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=40))
def test_any_text_at_all_gives_well_formed_svg(text: str) -> None:
    diagram = hostile(text if text != "b" else "c")
    svg = drawn(diagram)
    harmless(svg)
    assert finish_svg("<svg/>", diagram) is None


def test_a_label_reads_as_it_was_written() -> None:
    label = r'&lt; <b> "q" \N \\ é 日本'
    assert texts(drawn(Diagram("d", "", (Node("n", label, "file"),)))) == [label]


def test_there_is_no_blank_line_that_would_end_a_block_of_html() -> None:
    (raw,) = dot.render([to_dot(hostile("a\n\n\nb"))])
    svg = finish_svg(raw or "", hostile("a\n\n\nb"))
    assert svg is not None
    assert svg.startswith("<svg ")
    assert all(line.strip() for line in svg.split("\n"))


SHELL = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><g><g id="n0">{}</g></g></svg>'
ONE = Diagram("d", "t", (Node("n", "label", "file"),))


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"/></foreignObject>',
        '<image href="http://example.org/x.png"/>',
        '<use href="#x"/><style>*{}</style><animate attributeName="href"/>',
        '<path d="M0,0" onclick="alert(1)" style="x"/><path d="url(x)"/>',
        '<text x="1" y="1" font-size="url(x)" text-anchor="&quot;x">a<tspan>b</tspan></text>',
    ],
)
def test_nothing_of_the_renderers_is_kept_but_geometry(inside: str) -> None:
    svg = finish_svg(SHELL.format(inside), ONE)
    assert svg is not None
    harmless(ET.fromstring(svg))
    for word in ("alert", "example.org", "url(", "foreign", "<use", "<style", "animate"):
        assert word not in svg


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "no markup",
        SHELL.format("<path>"),
        SHELL.format("\x00"),
        SHELL.format("\ud800"),
        '<!DOCTYPE svg [<!ENTITY a "aa">]>' + SHELL.format("&a;"),
        '<!DOCTYPE svg SYSTEM "file:///etc/passwd">' + SHELL.format(""),
        SHELL.format("<?php x ?>"),
        SHELL.format("<![CDATA[x]]>"),
        SHELL.format("").replace("svg xmlns", "html xmlns", 1).replace("</svg>", "</html>"),
        SHELL.format("").replace("0 0 9 9", "0 0 9"),
        SHELL.format("").replace("0 0 9 9", "0 0 9 9&quot; onload=&quot;x"),
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>',
    ],
)
def test_what_is_no_harmless_svg_is_refused(raw: str) -> None:
    assert finish_svg(raw, ONE) is None


@pytest.mark.parametrize(
    ("href", "followed"),
    [
        ("../web/", True),
        ("#part", True),
        ("https://example.org/a?b=1&c=2", True),
        ("javascript:alert(1)", False),
        (" JaVaScRiPt:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("data:text/html,x", False),
        ("vbscript:x", False),
        ("file:///etc/passwd", False),
    ],
)
def test_only_harmless_addresses_are_links(href: str, followed: bool) -> None:
    diagram = Diagram("d", "", (Node("n", "n", "file", href),))
    assert [a.get(XLINK) for a in drawn(diagram).iter(f"{SVG}a")] == [href] * followed
    assert facts(diagram) == (Fact("n", href if followed else None),)


def test_the_same_diagram_gives_the_same_bytes() -> None:
    (first,), (second,) = dot.render([to_dot(WEB)]), dot.render([to_dot(WEB)])
    assert first == second
    assert finish_svg(first or "", WEB) == finish_svg(second or "", WEB)

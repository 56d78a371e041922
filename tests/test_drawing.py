"""Diagrams as values: exact DOT, exact facts, and splitting that loses nothing."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer import dot
from analyzer.drawing import (
    EDGE_KINDS,
    LIMITS,
    Diagram,
    Edge,
    Fact,
    Group,
    Node,
    facts,
    legend,
    split,
    to_dot,
)

WEB = Diagram(
    "references/staging",
    "What staging builds on",
    (
        Node("staging/web", "web", "overlay", "../web/", "clusters/staging/web", "staging"),
        Node("base/web", "web", "base", None, "clusters/base/web", "base"),
        Node("debug", "debug", "kustomize-component", "../debug/#top"),
    ),
    (
        Edge("staging/web", "base/web", "references"),
        Edge("staging/web", "debug", "component", "components[0]"),
    ),
    (Group("staging", "staging", ("staging/web",), "../staging/"),),
)


# DOT --------------------------------------------------------------------------------------------


def test_dot_is_exactly_this() -> None:
    assert to_dot(WEB) == (
        "digraph groundplan {\n"
        "\tgraph [bgcolor=transparent fontname=Helvetica fontsize=11 labeljust=l nodesep=0.22 "
        "pad=0.1 rankdir=LR ranksep=0.75]\n"
        '\tnode [fontname=Helvetica fontsize=12 height=0.42 margin="0.16,0.08"]\n'
        "\tedge [arrowsize=0.7 fontname=Helvetica fontsize=10]\n"
        "\tsubgraph cluster_g0 {\n"
        "\t\tgraph [id=g0 label=staging margin=12]\n"
        '\t\tn0 [label="web\\nstaging" id=n0 shape=box style=rounded]\n'
        "\t}\n"
        '\tn1 [label="web\\nbase" id=n1 peripheries=2 shape=box]\n'
        "\tn2 [label=debug id=n2 shape=component]\n"
        "\tn0 -> n1 [id=e0]\n"
        '\tn0 -> n2 [label="components[0]" arrowhead=onormal id=e1 style=dashed]\n'
        "}\n"
    )


def test_the_direction_is_the_diagrams() -> None:
    assert "rankdir=TB ranksep=0.55]" in to_dot(Diagram("d", "", (), direction="TB"))


@pytest.mark.parametrize(
    ("label", "written"),
    [
        ("web", "web"),
        ("two words", '"two words"'),
        ('say "hi"', r'"say \"hi\""'),
        ("<b>bold</b>", '"<b>bold</b>"'),
        (r"C:\new", r'"C:\\new"'),
        (r"\N and \l", r'"\\N and \\l"'),
        ("ends with \\", r'"ends with \\"'),
        ("one\r\n\ttwo", '"one two"'),
        ("&lt;", '"&amp;lt;"'),
        ("subgraph", '"subgraph"'),
        ("a:b:c", '"a:b:c"'),
        ("\x1b[31mred", r'"\\x1b[31mred"'),
        ("\u202egnp.exe", r'"\\u202egnp.exe"'),
        ("bytes \udcff", r'"bytes \\udcff"'),
        ("", '""'),
    ],
)
def test_a_label_is_only_ever_a_label(label: str, written: str) -> None:
    text = to_dot(Diagram("d", "", (Node("n", label, "file"),)))
    assert f"\tn0 [label={written} id=n0 shape=note]\n" in text


def test_a_long_label_keeps_both_ends() -> None:
    name = "clusters/production/monitoring/kube-prometheus-stack"
    (line,) = re.findall(
        r"label=\S+", to_dot(Diagram("d", "", (Node("n", name, "file"),))).split("\tn0")[1]
    )
    assert line == 'label="clusters/producti…prometheus-stack"'
    assert len(line) == len('label=""') + 34


def test_ids_of_the_tree_are_not_in_the_dot() -> None:
    hostile = Diagram("d", "", (Node('"];evil', "a", "file"), Node("b:c", "b", "file")),
                      (Edge('"];evil', "b:c", "patches"),))  # fmt: skip
    assert "\tn0 -> n1 [arrowhead=dot id=e0]\n" in to_dot(hostile)
    assert "evil" not in to_dot(hostile)


def test_a_node_of_two_groups_is_drawn_in_the_first() -> None:
    node = Node("n", "n", "file")
    text = to_dot(Diagram("d", "", (node,), (), (Group("a", "a", ("n",)), Group("b", "b", ("n",)))))
    assert text.count("n0 [") == 1
    assert text.index("n0 [") < text.index("cluster_g1")


@pytest.mark.parametrize(
    ("nodes", "edges", "groups", "message"),
    [
        (("a", "a"), (), (), r"d: nodes named twice: \['a'\], not there: \[\]"),
        (("a",), (("a", "b"),), (), r"d: nodes named twice: \[\], not there: \['b'\]"),
        (("a",), (), ("c",), r"d: nodes named twice: \[\], not there: \['c'\]"),
    ],
)
def test_a_diagram_names_only_its_own_nodes(
    nodes: tuple[str, ...],
    edges: tuple[tuple[str, str], ...],
    groups: tuple[str, ...],
    message: str,
) -> None:
    with pytest.raises(ValueError, match=message):
        Diagram("d", "", tuple(Node(n, n, "file") for n in nodes),
                tuple(Edge(t, h, "patches") for t, h in edges),
                tuple(Group(g, g, (g,)) for g in groups))  # fmt: skip


# Facts and legend -------------------------------------------------------------------------------


def test_facts_are_the_edges_in_words() -> None:
    diagram = Diagram(
        "d",
        "",
        (
            Node("f", "apps", "flux", "flux/", "", "production"),
            Node("r", "clusters/production/apps", "overlay", "r/"),
            Node("g", "flux-system", "source"),
            Node("b", "postgres", "broken"),
            Node("lone", "node-exporter", "base", "lone/"),
            Node("m", "… 3 more", "more", "#next"),
        ),
        (
            Edge("f", "g", "source"),
            Edge("f", "b", "depends-on", "missing"),
            Edge("f", "r", "deploys"),
        ),
    )
    assert facts(diagram) == (
        Fact("apps (production)", "flux/", "deploys", "clusters/production/apps", "r/"),
        Fact("apps (production)", "flux/", "depends on", "postgres", None, "missing"),
        Fact("apps (production)", "flux/", "takes its source from", "flux-system"),
        Fact("node-exporter", "lone/"),
    )


def test_facts_do_not_depend_on_the_order_of_edges() -> None:
    turned = Diagram(WEB.id, WEB.title, WEB.nodes[::-1], WEB.edges[::-1], WEB.groups)
    assert facts(turned) == facts(WEB)


def test_facts_have_whole_names_and_no_control_characters() -> None:
    (fact,) = facts(Diagram("d", "", (Node("n", f"{'x' * 90}\x1b", "file"),)))
    assert fact.tail == f"{'x' * 90}\\x1b"


def test_the_legend_has_the_kinds_that_occur() -> None:
    assert [(key.kind, key.name) for key in legend(WEB)] == [
        ("overlay", "overlay"),
        ("base", "base"),
        ("kustomize-component", "kustomize Component"),
        ("references", "builds on"),
        ("component", "uses kustomize Component"),
    ]
    assert legend(Diagram("d", "", (Node("m", "…", "more"),))) == ()
    for key in legend(WEB):
        assert ET.fromstring(key.svg).get("aria-hidden") == "true"


# Splitting --------------------------------------------------------------------------------------


def star(leaves: int) -> Diagram:
    nodes = (
        Node("base", "base", "base"),
        *(Node(f"o{n}", f"o{n}", "overlay") for n in range(leaves)),
    )
    return Diagram("star", "Star", nodes,
                   tuple(Edge(f"o{n}", "base", "references") for n in range(leaves)))  # fmt: skip


def counts(parts: tuple[Diagram, ...]) -> list[tuple[int, int]]:
    return [(len(part.nodes), len(part.edges)) for part in parts]


def test_a_small_diagram_is_left_alone() -> None:
    assert split(WEB) == (WEB,)
    assert split(star(59)) == (star(59),)
    assert LIMITS == {"LR": 60, "TB": 20}


def test_a_star_is_cut_into_chunks_that_name_the_rest() -> None:
    parts = split(star(10), 5)
    assert counts(parts) == [(5, 3), (5, 3), (5, 3), (2, 1)]
    assert [(p.id, p.title) for p in parts[:2]] == [
        ("star-1", "Star (1 of 4)"),
        ("star-2", "Star (2 of 4)"),
    ]
    assert [(p.nodes[-1].label, p.nodes[-1].href) for p in parts[:-1]] == [
        ("… 7 more", "#star-2"),
        ("… 4 more", "#star-3"),
        ("… 1 more", "#star-4"),
    ]
    assert parts[-1].nodes[-1].kind == "overlay"


def test_groups_stay_together() -> None:
    nodes = tuple(
        Node(f"{env}/{n}", f"{n}", "overlay") for env in ("dev", "prod") for n in range(4)
    )
    edges = tuple(
        Edge(f"{env}/{n}", f"{env}/0", "references") for env in ("dev", "prod") for n in (1, 2)
    )
    groups = tuple(
        Group(env, env, tuple(f"{env}/{n}" for n in range(4))) for env in ("dev", "prod")
    )
    parts = split(
        Diagram("d", "All", nodes, (*edges, Edge("prod/1", "dev/1", "patches")), groups), 6
    )
    assert [(p.title, [n.id for n in p.nodes]) for p in parts] == [
        ("All · dev (1 of 2)", ["dev/0", "dev/1", "dev/2", "dev/3"]),
        ("All · dev, prod (2 of 2)", ["dev/1", "prod/0", "prod/1", "prod/2", "prod/3"]),
    ]
    assert parts[1].groups == (
        Group("dev", "dev", ("dev/1",)),
        Group("prod", "prod", tuple(f"prod/{n}" for n in range(4))),
    )


def test_small_groups_share_a_picture() -> None:
    nodes = tuple(Node(f"n{n}", f"n{n}", "file") for n in range(12))
    groups = tuple(Group(f"g{n}", f"g{n}", (f"n{n}",)) for n in range(12))
    assert [len(p.nodes) for p in split(Diagram("d", "", nodes, (), groups), 10)] == [5, 5, 2]


def test_connected_components_stay_together() -> None:
    nodes = tuple(Node(f"{n}{end}", "x", "file") for n in range(6) for end in "ab")
    edges = tuple(Edge(f"{n}a", f"{n}b", "references") for n in range(6))
    parts = split(Diagram("d", "", nodes, edges), 8)
    assert counts(parts) == [(8, 4), (4, 2)]
    assert not any(node.kind == "more" for part in parts for node in part.nodes)


def test_many_edges_between_few_nodes_are_too_many_for_a_renderer() -> None:
    nodes = tuple(Node(str(n), str(n), "file") for n in range(30))
    edges = tuple(Edge(str(t), str(h), "references") for t in range(30) for h in range(30))
    parts = split(Diagram("d", "", nodes, edges))
    assert max(len(part.edges) for part in parts) <= 240
    assert sum(len(part.edges) for part in parts) == 900
    assert all(svg is not None for svg in dot.render([to_dot(part) for part in parts]))


@st.composite
def diagrams(draw: st.DrawFn) -> Diagram:
    size = draw(st.integers(1, 40))
    ids = [f"n{n}" for n in range(size)]
    end = st.sampled_from(ids)
    edges = draw(
        st.lists(st.builds(Edge, end, end, st.sampled_from(list(EDGE_KINDS))), max_size=80)
    )
    home = draw(st.lists(st.integers(0, 3), min_size=size, max_size=size))
    members = [tuple(id for id, at in zip(ids, home, strict=True) if at == g) for g in range(3)]
    groups = tuple(Group(f"g{g}", f"g{g}", inside) for g, inside in enumerate(members) if inside)
    return Diagram("d", "t", tuple(Node(id, id, "file") for id in ids), tuple(edges), groups)


@settings(max_examples=150, deadline=None)
@given(diagrams(), st.integers(1, 25))
def test_splitting_keeps_every_fact_and_the_limit(diagram: Diagram, limit: int) -> None:
    parts = split(diagram, limit)
    assert Counter(e for part in parts for e in part.edges) == Counter(diagram.edges)
    assert {n for part in parts for n in part.nodes if n.kind != "more"} == set(diagram.nodes)
    assert all(len(part.nodes) <= max(limit, 3) for part in parts)
    assert Counter(f for part in parts for f in facts(part)) == Counter(facts(diagram))
    anchors = [part.anchor for part in parts]
    assert len(set(anchors)) == len(anchors)
    onward = {n.href for part in parts for n in part.nodes if n.kind == "more"}
    assert onward <= {f"#{anchor}" for anchor in anchors}
    assert split(diagram, limit) == parts

"""Who builds on whom, what a render depends on, and where references go in circles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from analyzer import graph, loader
from analyzer.graph import ReferenceGraph
from analyzer.model import Field, Kustomization, Reference, Span, Status

Tree = Callable[[str], Path]


def linked(roots: Mapping[str, str], components: str = "") -> ReferenceGraph:
    """A graph written as {root: "the roots it names"}, one letter or word a root."""
    found = {}
    for root, named in roots.items():
        path = f"{root}/kustomization.yaml"
        references = tuple(
            Reference(root, Field.RESOURCES, name, Status.DIRECTORY, Span(path, line), name)
            for line, name in enumerate(named.split(), 2)
        )
        kind = "Component" if root in components.split() else "Kustomization"
        found[root] = Kustomization(root, path, kind, Span(path), references)  # type: ignore[arg-type]
    return graph.build(found)


def of(where: Path) -> ReferenceGraph:
    return graph.build(loader.load(where).repository.kustomizations)


DIAMOND = {"top": "left right", "left": "base", "right": "base", "base": "", "other": "base"}

EVERYTHING = """
    --- overlay/kustomization.yaml
    resources: [../base, gone.yaml, 'https://example.com/a.yaml']
    components: [part]
    patches: [{path: link.yaml}]
    configMapGenerator: [{name: c, files: [key=app.conf, ../plain]}]
    --- overlay/link.yaml -> ../shared/patch.yaml
    --- overlay/part/kustomization.yaml
    kind: Component
    generators: [../../plugins]
    helmCharts: [{name: web, repo: 'https://charts.example.com'}]
    --- base/kustomization.yaml -> ../shared/base.yaml
    --- shared/base.yaml
    resources: [web.yaml]
    --- shared/patch.yaml = ConfigMap/p
    --- base/web.yaml = ConfigMap/web
    --- plugins/kustomization.yaml
    resources: [program.yaml]
    --- plugins/program.yaml
    apiVersion: example.com/v1
    kind: Maker
    metadata: {name: m}
    --- plain/kustomization.yaml
    resources: []
    --- unrelated/kustomization.yaml
    resources: [web.yaml]
    """


# edges ----------------------------------------------------------------------------------------


def test_a_closure_is_a_root_and_what_it_builds_on_in_the_order_written_each_once() -> None:
    found = linked(DIAMOND)
    assert {root: found.closure(root) for root in DIAMOND} == {
        "top": ("top", "left", "base", "right"),
        "left": ("left", "base"),
        "right": ("right", "base"),
        "base": ("base",),
        "other": ("other", "base"),
    }


def test_dependents_are_a_root_and_what_builds_on_it() -> None:
    found = linked(DIAMOND)
    assert {root: found.dependents(root) for root in DIAMOND} == {
        "top": ("top",),
        "left": ("left", "top"),
        "right": ("right", "top"),
        "base": ("base", "left", "top", "right", "other"),
        "other": ("other",),
    }


def test_upstream_and_downstream_are_the_references_themselves() -> None:
    found = linked(DIAMOND)
    assert [(e.target, str(e.span)) for e in found.upstream["top"]] == [
        ("left", "top/kustomization.yaml:2"), ("right", "top/kustomization.yaml:3")
    ]  # fmt: skip
    assert [e.source for e in found.downstream["base"]] == ["left", "right", "other"]
    assert "top" not in found.downstream


def test_roots_that_nobody_names_are_unreferenced_and_kustomize_components_never() -> None:
    assert linked(DIAMOND).unreferenced() == ("other", "top")
    assert linked({**DIAMOND, "part": ""}, components="part").unreferenced() == ("other", "top")


def test_who_names_only_itself_is_unreferenced_and_who_is_in_a_circle_is_not() -> None:
    assert linked({"a": "a", "b": "c", "c": "b"}).unreferenced() == ("a",)


def test_a_root_that_is_not_known_has_only_itself() -> None:
    found = linked(DIAMOND)
    assert (found.closure("gone"), found.dependents("gone")) == (("gone",), ("gone",))
    assert (found.references("gone"), found.naming("gone")) == ((), ())


def test_only_fields_that_are_built_make_edges(tree: Tree) -> None:
    found = of(tree(EVERYTHING))
    assert {root: [e.target for e in edges] for root, edges in found.upstream.items()} == {
        "base": [],
        "overlay": ["base", "overlay/part"],
        "overlay/part": ["plugins"],
        "plain": [],
        "plugins": [],
        "unrelated": [],
    }
    assert found.unreferenced() == ("overlay", "plain", "unrelated")
    assert found.naming("plain") == ("overlay",)


# what a render depends on ---------------------------------------------------------------------


def test_a_render_reads_all_its_roots_name_and_looks_for_what_is_not_there(tree: Tree) -> None:
    files = ("kustomization.yaml", "kustomization.yml", "Kustomization")
    roots = ("overlay", "overlay/part", "base", "plugins")
    assert of(tree(EVERYTHING)).reads("overlay") == {
        *(f"{root}/{file}" for root in roots for file in files),
        "shared/base.yaml",  # behind base/kustomization.yaml
        "overlay/gone.yaml", "overlay/link.yaml", "shared/patch.yaml", "overlay/app.conf", "plain",
        "base/web.yaml", "plugins/program.yaml",
    }  # fmt: skip


def test_a_directory_that_is_no_root_is_read_with_all_that_is_in_it(tree: Tree) -> None:
    found = of(
        tree("""
        --- a/kustomization.yaml
        resources: [../no-root, ../alias]
        helmCharts: [{name: web}]
        --- no-root/a.yaml = ConfigMap/a
        --- a/charts/web/Chart.yaml
        --- alias -> b
        --- b/kustomization.yaml
        """)
    )
    files = ("kustomization.yaml", "kustomization.yml", "Kustomization")
    assert found.reads("a") - {f"{root}/{file}" for root in "ab" for file in files} == {
        "no-root", "alias", "a/charts/web"
    }  # fmt: skip


def test_the_tree_itself_is_the_empty_path(tree: Tree) -> None:
    found = of(tree("--- a/kustomization.yaml\nresources: [..]\n--- kustomization.yaml\n"))
    assert found.reads("a") == {
        "a/Kustomization", "a/kustomization.yaml", "a/kustomization.yml", "Kustomization",
        "kustomization.yaml", "kustomization.yml",
    }  # fmt: skip


def test_omissions_are_what_the_repository_does_not_hold_for_a_root_or_below(tree: Tree) -> None:
    found = of(tree(EVERYTHING))
    omitted = found.omissions("overlay")
    assert [(r.source, r.written, r.status.value) for r in omitted] == [
        ("overlay", "https://example.com/a.yaml", "remote"),
        ("overlay/part", "Maker", "exec plugin"),
        ("overlay/part", "web", "helm chart"),
    ]
    assert graph.needs(omitted) == ("helm", "plugin", "remote")
    assert found.omissions("base") == ()


# circles --------------------------------------------------------------------------------------


def circles(roots: Mapping[str, str]) -> list[str]:
    return [
        " → ".join([circle[0].source, *(str(edge.target) for edge in circle)])
        for circle in graph.cycles(linked(roots))
    ]


def test_without_a_circle_there_is_none() -> None:
    assert circles(DIAMOND) == []


def test_a_root_that_names_itself_is_a_circle() -> None:
    assert circles({"a": "a", "b": "a"}) == ["a → a"]


def test_a_circle_of_several_roots_is_found_once() -> None:
    assert circles({"a": "b", "b": "c", "c": "a"}) == ["a → b → c → a"]


def test_two_circles_that_share_a_root_are_both_found() -> None:
    assert circles({"a": "b c", "b": "a", "c": "a"}) == ["a → b → a", "a → c → a"]


def test_a_circle_that_is_reached_from_outside_does_not_have_the_way_to_it() -> None:
    assert circles({"a": "x", "x": "y", "y": "x", "z": "x"}) == ["x → y → x"]


def test_two_circles_through_the_same_roots_the_other_way_round_are_both_found() -> None:
    found = circles({"a": "b c", "b": "c a", "c": "a b"})
    assert found == ["a → b → c → a", "b → c → b", "a → b → a"]


def test_a_reference_that_closes_a_circle_twice_is_named_at_both_lines() -> None:
    found = graph.cycles(linked({"a": "b", "b": "a a"}))
    assert [str(circle[-1].span) for circle in found] == [
        "b/kustomization.yaml:2", "b/kustomization.yaml:3"
    ]  # fmt: skip


def test_a_chain_of_thousands_of_roots_is_no_trouble() -> None:
    names = [f"r{number:04}" for number in range(3000)]
    chain = dict(zip(names, [*names[1:], ""], strict=True))
    found = linked(chain)
    assert graph.cycles(found) == ()
    assert found.closure("r0000") == tuple(names)
    assert found.dependents("r2999") == tuple(reversed(names))
    (circle,) = graph.cycles(linked({**chain, "r2999": "r0000"}))
    assert [edge.source for edge in circle] == names


def test_a_ladder_with_very_many_ways_takes_no_time() -> None:
    ladder = {f"a{n:02}": f"a{n + 1:02} b{n + 1:02}" for n in range(60)}
    ladder |= {f"b{n:02}": f"a{n + 1:02} b{n + 1:02}" for n in range(60)}
    found = linked({**ladder, "a60": "", "b60": ""})
    assert graph.cycles(found) == ()
    assert len(found.closure("a00")) == 121


_graphs = st.dictionaries(
    st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=4).map(" ".join)
)


@given(_graphs)
def test_circles_are_circles_and_without_the_references_that_close_them_there_are_none(
    roots: dict[str, str],
) -> None:
    found = linked(roots)
    circles = graph.cycles(found)
    for circle in circles:
        ways = [(edge.source, edge.target) for edge in circle]
        assert [source for source, _ in ways] == [ways[-1][1], *(to for _, to in ways[:-1])]
        assert len({source for source, _ in ways}) == len(ways)
    closing = {circle[-1] for circle in circles}
    assert len(closing) == len(circles)
    kept = {
        root: " ".join(str(edge.target) for edge in edges if edge not in closing)
        for root, edges in found.upstream.items()
    }
    assert graph.cycles(linked(kept)) == ()


@given(_graphs)
def test_dependents_are_closures_the_other_way_round(roots: dict[str, str]) -> None:
    found = linked(roots)
    for root in roots:
        assert set(found.dependents(root)) == {r for r in roots if root in found.closure(r)}
        assert found.closure(root)[0] == found.dependents(root)[0] == root

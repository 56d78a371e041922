"""What the engine prints → resources, with the origin annotation taken out of each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer.model import Origin, RenderedResource, ResourceId
from analyzer.rendered import Documents, identity
from analyzer.yamltext import YamlError
from tests.rendering import bare, resources

Tree = Callable[[str], Path]


def read(text: str, root: str = "web", *, asked: bool = False) -> tuple[RenderedResource, ...]:
    return Documents().resources(text.encode(), root, asked=asked)


def only(text: str, root: str = "web") -> tuple[object, Origin | None]:
    (resource,) = read(text, root)
    return resource.content, resource.origin


BARE = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
HEAD = "apiVersion: v1\nkind: ConfigMap\n"


def test_nothing_is_nothing() -> None:
    assert read("") == ()


def test_documents_are_resources_in_their_order() -> None:
    found = read(f"{HEAD}metadata:\n  name: a\n---\n{HEAD}metadata:\n  name: b\n  namespace: n\n")
    assert [(r.id, r.api_version, r.origin) for r in found] == [
        (ResourceId("", "ConfigMap", "", "a"), "v1", None),
        (ResourceId("", "ConfigMap", "n", "b"), "v1", None),
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"apiVersion": "apps/v1", "kind": "D", "metadata": {"name": "a"}}, ("apps", "D", "", "a")),
        (
            {"apiVersion": "v1", "kind": "D", "metadata": {"generateName": "a-", "namespace": "n"}},
            ("", "D", "n", "a-"),
        ),
        ({"kind": "D"}, ("", "D", "", "")),
        ({"kind": "D", "metadata": "odd"}, ("", "D", "", "")),
        ({"kind": "D", "metadata": {"name": None}}, ("", "D", "", "")),
        ({}, ("", "", "", "")),
    ],
)
def test_an_identity_has_no_version(
    content: dict[str, object], expected: tuple[str, str, str, str]
) -> None:
    assert identity(content) == ResourceId(*expected)


# the annotation ---------------------------------------------------------------------------------


def test_an_annotation_alone_leaves_no_annotations() -> None:
    text = (
        HEAD + "metadata:\n  annotations:\n    config.kubernetes.io/origin: |\n"
        "      path: ../base/a.yaml\n  name: a\n"
    )
    assert only(text) == (BARE, Origin("base/a.yaml"))


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        ("    a: x\n", "", {"a": "x"}),
        ("", "    z: x\n", {"z": "x"}),
        ("    a: |\n      several\n\n      lines\n", "    z: x\n",
         {"a": "several\n\nlines\n", "z": "x"}),
    ],
)  # fmt: skip
def test_other_annotations_stay(before: str, after: str, kept: dict[str, str]) -> None:
    text = (
        f"{HEAD}metadata:\n  annotations:\n{before}    config.kubernetes.io/origin: |\n"
        f"      path: a.yaml\n{after}  name: a\n"
    )
    expected = {**BARE, "metadata": {"annotations": kept, "name": "a"}}
    assert only(text) == (expected, Origin("web/a.yaml"))


@pytest.mark.parametrize(
    "value",
    [
        '"path: a.yaml\\n"',
        "'path: a.yaml'",
        "path",
        "|-\n      path: a.yaml",
        ">\n      path: a.yaml",
        "",
    ],
)
def test_an_annotation_in_another_form_is_taken_out_too(value: str) -> None:
    text = f"{HEAD}metadata:\n  annotations:\n    config.kubernetes.io/origin: {value}\n  name: a\n"
    content, origin = only(text)
    assert content == BARE
    assert origin in (Origin("web/a.yaml"), Origin(None), None)


def test_a_generator_says_who_configures_it_and_where() -> None:
    text = (
        HEAD + "metadata:\n  annotations:\n    config.kubernetes.io/origin: |\n"
        "      configuredIn: ../base/kustomization.yaml\n      configuredBy:\n"
        "        apiVersion: builtin\n        kind: ConfigMapGenerator\n  name: a\n"
    )
    origin = Origin(None, "base/kustomization.yaml", "ConfigMapGenerator")
    assert only(text) == (BARE, origin)


def test_an_origin_elsewhere_names_its_repository() -> None:
    text = (
        HEAD + "metadata:\n  annotations:\n    config.kubernetes.io/origin: |\n"
        "      path: a.yaml\n      repo: https://example.com/a\n      ref: v1\n  name: a\n"
    )
    assert only(text, "") == (BARE, Origin("a.yaml", repo="https://example.com/a"))


def test_an_embedded_manifest_keeps_its_annotation() -> None:
    inner = (
        "metadata:\n  annotations:\n    config.kubernetes.io/origin: |\n      path: inner.yaml\n"
        "  name: inner\n"
    )
    block = "".join(f"    {line}" for line in inner.splitlines(keepends=True))
    text = (
        f"apiVersion: v1\ndata:\n  a.yaml: |\n{block}kind: ConfigMap\nmetadata:\n  annotations:\n"
        "    config.kubernetes.io/origin: |\n      path: a.yaml\n  name: a\n"
    )
    assert only(text) == ({**BARE, "data": {"a.yaml": inner}}, Origin("web/a.yaml"))
    without = text.replace(
        "  annotations:\n    config.kubernetes.io/origin: |\n      path: a.yaml\n  name: a",
        "  name: a",
    )
    assert only(without) == ({**BARE, "data": {"a.yaml": inner}}, None)


def test_a_template_keeps_its_annotation() -> None:
    text = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: a
spec:
  template:
    metadata:
      annotations:
        config.kubernetes.io/origin: mine
"""
    content, origin = only(text)
    assert origin is None
    assert "mine" in str(content)


def test_a_root_that_asks_for_the_annotation_keeps_it() -> None:
    for value in ("|\n      path: a.yaml\n", '"path: a.yaml\\n"\n'):
        text = (
            f"{HEAD}metadata:\n  annotations:\n    config.kubernetes.io/origin: {value}  name: a\n"
        )
        (resource,) = read(text, asked=True)
        assert resource.origin == Origin("web/a.yaml")
        kept = {"config.kubernetes.io/origin": "path: a.yaml\n"}
        assert resource.content == {**BARE, "metadata": {"annotations": kept, "name": "a"}}


def test_equal_documents_of_several_roots_are_parsed_once() -> None:
    documents = Documents()
    text = (
        HEAD + "metadata:\n  annotations:\n    config.kubernetes.io/origin: |\n"
        "      path: {}\n  name: a\n"
    )
    (one,) = documents.resources(text.format("../base/a.yaml").encode(), "x")
    (other,) = documents.resources(text.format("../../base/a.yaml").encode(), "y/z")
    assert one == other
    assert one.content is other.content


def test_what_cannot_be_read_is_said() -> None:
    with pytest.raises(YamlError):
        read("a: [\n")


# by the engine ----------------------------------------------------------------------------------

ODD = {
    "plain": "a.yaml",
    "a space": "a b.yaml",
    "a colon": "a: b.yaml",
    "quotes": "a'b\"c.yaml",
    "a sharp": "a #b.yaml",
    "letters": "ä€😀.yaml",
    "like a number": "1.0",
    "like a date": "2001-01-01",
    "like nothing": "null",
    "a dash": "- a.yaml",
}


@pytest.mark.parametrize("name", ODD.values(), ids=ODD)
def test_files_of_any_name_are_origins(tree: Tree, name: str) -> None:
    where = tree("""
        --- over/kustomization.yaml
        resources: [../web]
    """)
    (where / "web").mkdir()
    (where / "web" / name).write_text(f"{HEAD}metadata: {{name: a}}\n")
    (where / "web/kustomization.yaml").write_text("resources:\n- " + repr(name) + "\n")
    if '"' in name:
        quoted = name.replace('"', '\\"')
        (where / "web/kustomization.yaml").write_text(f'resources:\n- "{quoted}"\n')
    (resource,) = resources(where, "over")
    assert resource.origin == Origin(f"web/{name}")
    assert [resource.content] == bare(where, "over")


def test_annotations_of_every_form_are_as_the_bare_engine_prints_them(tree: Tree) -> None:
    where = tree("""
        --- kustomization.yaml
        resources: [a.yaml]
        --- a.yaml
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: none}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: null-annotations, annotations: null}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: no-annotations, annotations: {}}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: written, annotations: {config.kubernetes.io/origin: mine}}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: around, annotations: {a: "x\\ny\\n", config.kubernetes.io/path: p, z: "1"}}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: embedded}
        data:
          a.yaml: |
            ---
            metadata:
              annotations:
                config.kubernetes.io/origin: |
                  path: inner.yaml
              name: inner
            ---
    """)
    found = resources(where, "")
    assert [r.content for r in found] == bare(where, "")
    assert {r.origin for r in found} == {Origin("a.yaml")}

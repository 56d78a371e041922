"""However a kustomization file is written, it renders as the bare engine renders it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rendering import assert_equal, bare, causes_of

Tree = Callable[[str], Path]

WEB = """
    --- web/deployment.yaml = Deployment/web
    spec: {replicas: 1, template: {spec: {containers: [{name: app, image: "web:v1"}]}}}
"""


def written(tree: Tree, kustomization: bytes, drawing: str = WEB) -> Path:
    """A tree whose root `web` has exactly these bytes as its kustomization.yaml."""
    where = tree(drawing)
    (where / "web/kustomization.yaml").write_bytes(kustomization)
    return where


FORMS: dict[str, bytes] = {
    "plain": b"resources: [deployment.yaml]\n",
    "typed": b"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
    b"resources:\n- deployment.yaml\n",
    "flow style": b"{resources: [deployment.yaml], namePrefix: x-}\n",
    "JSON": b'{"resources": ["deployment.yaml"], "labels": [{"pairs": {"a": "b"}}]}',
    "separator first": b"---\nresources: [deployment.yaml]\n",
    "separator with a comment": b"--- # web\nresources: [deployment.yaml]\n",
    "flow style behind a separator": b"--- {resources: [deployment.yaml]}\n",
    "end of document": b"resources: [deployment.yaml]\n...\n",
    "directive": b"%YAML 1.1\n---\nresources: [deployment.yaml]\n",
    "comments first": b"# web\n\n# apps\nresources: [deployment.yaml] # all\n",
    "indented": b"  resources:\n  - deployment.yaml\n  namePrefix: x-\n",
    "quoted keys": b'"resources": ["deployment.yaml"]\n',
    "complex keys": b"? resources\n: [deployment.yaml]\n",
    "keys in another case": b"Resources: [deployment.yaml]\nNAMEPREFIX: x-\n",
    "tag": b"!!map\nresources: [deployment.yaml]\n",
    "anchor": b"&top\nresources: [deployment.yaml]\n",
    "anchor in flow style": b"&top {resources: [deployment.yaml]}\n",
    "aliases": b"labels: [{pairs: &a {x: z}}]\ncommonAnnotations: *a\n"
    b"resources: [deployment.yaml]\n",
    "merge keys": b"<<: {resources: [deployment.yaml]}\nnamePrefix: x-\n",
    "binary": b"resources: [!!binary ZGVwbG95bWVudC55YW1s]\n",
    "tabs": b"resources:\t[deployment.yaml]\n",
    "no final newline": b"resources: [deployment.yaml]",
    "byte order mark": b"\xef\xbb\xbfresources: [deployment.yaml]\n",
    "byte order mark and comment": b"\xef\xbb\xbf# web\nresources: [deployment.yaml]\n",
    "byte order mark and flow style": b"\xef\xbb\xbf{resources: [deployment.yaml]}\n",
    "byte order mark and indentation": b"\xef\xbb\xbf  resources: [deployment.yaml]\n",
    "Windows newlines": b"# web\r\nresources:\r\n- deployment.yaml\r\nnamePrefix: x-\r\n",
    "old Macintosh newlines": b"resources:\r- deployment.yaml\rnamePrefix: x-\r",
    "UTF-16": "resources: [deployment.yaml] # ü\n".encode("utf-16"),
    "wide characters": 'commonAnnotations: {ü: "€😀"}\nresources: [deployment.yaml]\n'.encode(),
    "second document": b"resources: [deployment.yaml]\n---\nresources: [gone.yaml]\n",
    "the same key twice": b"resources: [gone.yaml]\nresources: [deployment.yaml]\n",
    "the same key twice, the first remote": b"resources: ['https://example.com/a.yaml']\n"
    b"resources: [deployment.yaml]\n",
    "nothing listed": b"resources: []\n",
    "settings alone": b"namespace: web\n",
    "build metadata": b"resources: [deployment.yaml]\nbuildMetadata: [managedByLabel]\n",
    "build metadata in another case": b"resources: [deployment.yaml]\n"
    b"BuildMetadata: [managedByLabel]\n",
    "no build metadata": b"buildMetadata:\nresources: [deployment.yaml]\n",
    "all build metadata": b"resources: [deployment.yaml]\nbuildMetadata:\n- originAnnotations\n"
    b"- transformerAnnotations\n- managedByLabel\n",
    "words that were booleans": b"generatorOptions: {disableNameSuffixHash: yes}\n"
    b"configMapGenerator: [{name: a, literals: [a=b]}]\nbuildMetadata: [managedByLabel]\n",
    "scalars": b"resources: [deployment.yaml]\nbuildMetadata: [managedByLabel]\n"
    b'commonAnnotations: {a: "yes", b: "0755", c: "1.10", d: 2001-01-01, e: ""}\n'
    b"replicas: [{name: web, count: 010}]\n",
    "texts of several lines": b"resources: [deployment.yaml]\nbuildMetadata: [managedByLabel]\n"
    b"patches:\n- target: {kind: Deployment}\n  patch: |-\n    # why\n    - op: replace\n"
    b"      path: /spec/replicas\n      value: 010\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_a_root_renders_as_the_bare_engine_renders_it(tree: Tree, form: str) -> None:
    assert_equal(written(tree, FORMS[form]), "web")


@pytest.mark.parametrize("form", FORMS)
def test_a_base_renders_in_its_overlay_as_in_the_bare_engine(tree: Tree, form: str) -> None:
    where = written(tree, FORMS[form])
    tree("""
        --- over/kustomization.yaml
        resources: [../web]
        namePrefix: over-
    """)
    assert_equal(where, "over")


@pytest.mark.parametrize(
    ("kustomization", "cause"),
    [
        (b"", "1: the file is empty; list resources, or remove it"),
        (b"# nothing yet\n", "1: the file is empty; list resources, or remove it"),
        (b"null\n", "1: the file is empty; list resources, or remove it"),
        (b"{}\n", "1: the kustomization lists nothing; kustomize refuses it"),
        (b"\nresources:\n", "2: the kustomization lists nothing; kustomize refuses it"),
        (b"kind: Kustomization\n", "1: the kustomization lists nothing; kustomize refuses it"),
    ],
)
def test_an_empty_kustomization_stays_refused(tree: Tree, kustomization: bytes, cause: str) -> None:
    where = written(tree, kustomization)
    assert bare(where, "web") is None
    assert causes_of(where, "web") == [f"web/kustomization.yaml:{cause}"]


@pytest.mark.parametrize("name", ["kustomization.yaml", "kustomization.yml", "Kustomization"])
def test_every_name_of_a_kustomization_file_counts(tree: Tree, name: str) -> None:
    where = tree(WEB)
    (where / "web" / name).write_text("resources: [deployment.yaml]\n")
    assert_equal(where, "web")


def test_the_tree_itself_may_be_a_root(tree: Tree) -> None:
    where = tree("""
        --- kustomization.yaml
        resources: [service.yaml, web]
        --- service.yaml = Service/web
        --- web/kustomization.yaml
        resources: [deployment.yaml]
    """)
    tree(WEB)
    result = assert_equal(where, "")
    assert {str(r.id): r.origin and r.origin.path for r in result.resources} == {
        "Service/web": "service.yaml",
        "Deployment/web": "web/deployment.yaml",
    }

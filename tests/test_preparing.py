"""What a private copy has in place of a kustomization file: as few bytes changed as can be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer import preparing
from analyzer.model import Link, Scratch
from tests.deployed import HERE, flux
from tests.look import look
from tests.rendering import prepared

Tree = Callable[[str], Path]


def copied(where: Path, path: str = "kustomization.yaml") -> bytes | Link:
    """The file as it is in the private copy."""
    known, scratch = prepared(where, *look(where, render=False).repository.kustomizations)
    return preparing.prepared(scratch, known.graph.kustomizations).files[path]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "# web\n\nresources: [] # none\n",
            "# web\n\nbuildMetadata: [originAnnotations]\nresources: [] # none\n",
        ),
        (
            "---\n  resources: []\n  namePrefix: a-\n",
            "---\n  buildMetadata: [originAnnotations]\n  resources: []\n  namePrefix: a-\n",
        ),
        ('{"resources": []}', '{buildMetadata: [originAnnotations], "resources": []}'),
        (
            "\ufeffresources: []\r\nnamePrefix: ü-\r\n",
            "\ufeffbuildMetadata: [originAnnotations]\nresources: []\r\nnamePrefix: ü-\r\n",
        ),
        ("a: [", "a: ["),
        ("{}", "{}"),
        ("kind: Kustomization\n", "kind: Kustomization\n"),
    ],
)
def test_one_key_is_added_and_every_other_byte_stays(tree: Tree, text: str, expected: str) -> None:
    where = tree("--- a/\n")
    (where / "kustomization.yaml").write_bytes(text.encode())
    assert copied(where) == expected.encode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("buildMetadata: [managedByLabel]\n",
         {"buildMetadata": ["managedByLabel", "originAnnotations"]}),
        ("buildMetadata: [originAnnotations]\n", {"buildMetadata": ["originAnnotations"]}),
        ("BuildMetadata: [a]\nresources: []\n",
         {"BuildMetadata": ["a", "originAnnotations"], "resources": []}),
        ("buildMetadata: a\nresources: []\n", {"buildMetadata": "a", "resources": []}),
        ("? resources\n: []\n", {"resources": [], "buildMetadata": ["originAnnotations"]}),
        ("resources: ['https://example.com/a']\n",
         {"resources": [], "buildMetadata": ["originAnnotations"]}),
        ("openapi: {path: 'https://example.com/a'}\nnamePrefix: a-\n",
         {"namePrefix": "a-", "buildMetadata": ["originAnnotations"]}),
    ],
)  # fmt: skip
def test_what_cannot_be_added_is_written_anew(
    tree: Tree, text: str, expected: dict[str, object]
) -> None:
    where = tree("--- a/\n")
    (where / "kustomization.yaml").write_text(text)
    data = copied(where)
    assert isinstance(data, bytes)
    assert json.loads(data) == expected


def test_what_flux_generates_is_a_file_of_the_copy(tree: Tree) -> None:
    tree(flux(f"path: ./apps\n{HERE}"))
    where = tree("""
        --- apps/b.yaml = Service/b
        --- apps/a/kustomization.yaml
        resources: []
    """)
    repository = look(where, render=False).repository
    files = preparing.prepared(Scratch({}), repository.kustomizations).files
    data = files["apps/kustomization.yaml"]
    assert isinstance(data, bytes)
    assert json.loads(data) == {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "buildMetadata": ["originAnnotations"],
        "resources": ["a", "b.yaml"],
    }


def test_a_linked_kustomization_file_stays_a_link(tree: Tree) -> None:
    where = tree("""
        --- a/kustomization.yaml -> ../shared.yaml
        --- shared.yaml
        resources: []
    """)
    assert copied(where, "a/kustomization.yaml") == Link("../shared.yaml")


@pytest.mark.parametrize(
    ("settings", "asked"),
    [
        ({"buildMetadata": ["originAnnotations"]}, True),
        ({"BuildMetadata": ["originAnnotations"]}, True),
        ({"buildMetadata": ["managedByLabel"]}, False),
        ({"buildMetadata": "originAnnotations"}, False),
        ({}, False),
    ],
)
def test_a_root_may_ask_for_origins_itself(settings: dict[str, object], asked: bool) -> None:
    assert preparing.asks_for_origins(settings) is asked

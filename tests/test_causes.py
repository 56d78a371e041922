"""What the files alone say of why a root does not build."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer import causes
from tests.drawn import commit
from tests.rendering import prepared

Tree = Callable[[str], Path]


def defects(where: Path) -> dict[str, list[tuple[str, str]]]:
    """Root → (rule, `path:line: message`) of each."""
    tree, _ = prepared(where)
    return {root: [(c.rule, str(c)) for c in found] for root, found in tree.defects.items()}


def test_a_tree_in_order_has_none(tree: Tree) -> None:
    where = tree("""
        --- kustomization.yaml
        resources: [a.yaml, web, https://example.com/a.yaml]
        generators: [plugin.yaml]
        --- a.yaml = Service/a
        --- plugin.yaml
        kind: Plugin
        --- web/kustomization.yaml
        namePrefix: a-
    """)
    assert defects(where) == {}


@pytest.mark.parametrize(
    ("field", "written"),
    [
        ("resources:\n- gone.yaml", "gone.yaml"),
        ("resources:\n- ../gone", "../gone"),
        ("bases:\n- gone", "gone"),
        ("components:\n- gone", "gone"),
        ("crds:\n- gone.json", "gone.json"),
        ("configurations:\n- gone.yaml", "gone.yaml"),
        ("patches:\n- path: gone.yaml", "gone.yaml"),
        ("patchesStrategicMerge:\n- gone.yaml", "gone.yaml"),
        ("patchesJson6902:\n- {path: gone.yaml}", "gone.yaml"),
        ("configMapGenerator:\n- {name: a, files: [k=gone]}", "gone"),
        ("secretGenerator:\n- {name: a, envs: [gone.env]}", "gone.env"),
        ("secretGenerator:\n- {name: a, env: gone.env}", "gone.env"),
        ("generators:\n- gone.yaml", "gone.yaml"),
        ("transformers:\n- gone.yaml", "gone.yaml"),
        ("validators:\n- gone.yaml", "gone.yaml"),
        ("replacements:\n- path: gone.yaml", "gone.yaml"),
        ("openapi:\n  path: gone.json", "gone.json"),
    ],
)
def test_what_is_named_and_not_there_is_a_cause(tree: Tree, field: str, written: str) -> None:
    where = tree("--- web/kustomization.yaml\n" + field)
    assert defects(where) == {
        "web": [("missing-reference", f"web/kustomization.yaml:2: {written} does not exist")]
    }


@pytest.mark.parametrize(
    ("field", "written"),
    [
        ("resources: [/etc/hostname]", "/etc/hostname"),
        ("resources: [../../etc]", "../../etc"),
        ("configMapGenerator: [{name: a, files: [../../etc/hostname]}]", "../../etc/hostname"),
        ("resources: [out]", "out"),
    ],
)
def test_what_leaves_the_tree_is_a_cause(tree: Tree, field: str, written: str) -> None:
    where = tree("--- web/kustomization.yaml\n" + field + "\n--- web/out -> /etc\n")
    assert defects(where) == {
        "web": [("outside-tree", f"web/kustomization.yaml:1: {written} is outside the repository")]
    }


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("resources: [folder]", "folder has no kustomization file"),
        ("components: [folder]", "folder has no kustomization file"),
        ("generators: [folder]", "folder has no kustomization file"),
        ("patches: [{path: folder}]", "folder is a directory, and no file"),
        ("configMapGenerator: [{name: a, files: [folder]}]", "folder is a directory, and no file"),
        ("replacements: [{path: folder}]", "folder is a directory, and no file"),
    ],
)
def test_a_directory_is_not_everything(tree: Tree, field: str, message: str) -> None:
    where = tree("--- kustomization.yaml\n" + field + "\n--- folder/a.yaml = Service/a\n")
    assert defects(where) == {"": [("missing-reference", f"kustomization.yaml:1: {message}")]}


def test_a_path_in_a_message_is_one_line_and_not_endless() -> None:
    assert causes.shown("a\n  b\tc") == "a b c"
    assert causes.shown("a" * 121) == "a" * 80 + "…" + "a" * 30
    assert causes.shown("a" * 120) == "a" * 120


def test_a_file_that_is_no_yaml_is_a_cause_where_it_is_wrong(tree: Tree) -> None:
    where = tree("""
        --- web/kustomization.yaml
        resources: [bad.yaml]
        patches: [{path: bad.yaml}]
        configMapGenerator: [{name: a, files: [bad.yaml]}]
        --- web/bad.yaml
        a: b
        c: [
        --- other/kustomization.yaml
        configMapGenerator: [{name: a, files: [../web/bad.yaml]}]
    """)
    cause = ("broken-yaml", "web/bad.yaml:3: not valid YAML: did not find expected node content")
    assert defects(where) == {"web": [cause, cause]}


@pytest.mark.parametrize(
    ("text", "rule", "cause"),
    [
        ("a: [", "broken-yaml", "2: did not find expected node content"),
        ("", "broken-kustomization", "1: the file is empty; list resources, or remove it"),
        ("{}", "broken-kustomization", "1: the kustomization lists nothing; kustomize refuses it"),
        (
            "\n- a",
            "broken-kustomization",
            "2: the file is not a mapping of kustomization fields",
        ),
        (
            "kind: List\nresources: []",
            "broken-kustomization",
            "1: kind is List; kustomize takes Kustomization or Component here",
        ),
    ],
)
def test_a_kustomization_that_is_none_is_a_cause(
    tree: Tree, text: str, rule: str, cause: str
) -> None:
    where = tree("--- web/kustomization.yaml\n" + text + "\n")
    assert defects(where) == {"web": [(rule, f"web/kustomization.yaml:{cause}")]}


def test_two_kustomization_files_are_a_cause(tree: Tree) -> None:
    where = tree("""
        --- web/kustomization.yaml
        resources: []
        --- web/kustomization.yml
        resources: []
    """)
    assert defects(where) == {
        "web": [
            (
                "two-kustomization-files",
                "web/kustomization.yaml:1: kustomization.yaml and kustomization.yml in one "
                "directory; keep one of them",
            )
        ]
    }


def test_a_circle_is_a_cause_once_where_it_closes(tree: Tree) -> None:
    where = tree("""
        --- a/kustomization.yaml
        resources: [../b]
        --- b/kustomization.yaml
        resources:
        - ../c
        --- c/kustomization.yaml
        components:
        - ../a
        --- self/kustomization.yaml
        resources: [.]
        --- over/kustomization.yaml
        resources: [../a]
    """)
    assert defects(where) == {
        "c": [
            (
                "reference-cycle",
                "c/kustomization.yaml:2: references go in a circle: a → b → c → a",
            )
        ],
        "self": [
            (
                "reference-cycle",
                "self/kustomization.yaml:1: references go in a circle: self → self",
            )
        ],
    }


def test_what_git_ignores_or_is_fetched_is_no_cause(tree: Tree) -> None:
    where = tree("""
        --- .gitignore
        *.env
        --- kustomization.yaml
        resources: [https://example.com/a.yaml, github.com/org/repo]
        secretGenerator: [{name: a, envs: [made.env]}]
    """)
    commit(where, "all")
    assert defects(where) == {}


def test_all_that_is_wrong_is_said(tree: Tree) -> None:
    where = tree("""
        --- kustomization.yaml
        resources:
        - one.yaml
        - two.yaml
        patches:
        - path: /three
    """)
    assert defects(where) == {
        "": [
            ("missing-reference", "kustomization.yaml:2: one.yaml does not exist"),
            ("missing-reference", "kustomization.yaml:3: two.yaml does not exist"),
            ("outside-tree", "kustomization.yaml:5: /three is outside the repository"),
        ]
    }


# the engine's words -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stderr", "said"),
    [
        ("error: x\n", "x"),
        ("# Warning: 'bases' is deprecated.\nerror: x\n", "x"),
        ("E1123 06:42:53.123456   12345 run.go:72] x\n", "x"),
        ("error: '/copy/web/a.yaml' and /copy\n", "'web/a.yaml' and ."),
        ("error: generator &{0x1c000 0x2c000}: y\n", "generator: y"),
    ],
)
def test_the_engines_words_lose_clock_process_and_place(stderr: str, said: str) -> None:
    assert causes.scrubbed(stderr, "/copy") == said

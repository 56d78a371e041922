"""Generator options that do nothing, each beside a twin that does something."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.look import said
from tests.test_dead import _found

Draw = Callable[[str], Path]
FILE = "top/kustomization.yaml"
OTHER = "--- top/other.yaml = ConfigMap/other\n"

# top/kustomization.yaml, the same where the options do something, what is said
CASES: dict[str, tuple[str, str, list[tuple[str, str, str]]]] = {
    "no generator": (
        "resources: [other.yaml]\ngeneratorOptions: {disableNameSuffixHash: true}\n",
        "resources: [other.yaml]\ngeneratorOptions: {disableNameSuffixHash: true}\n"
        "configMapGenerator: [{name: made, literals: [a=b]}]\n",
        [("matches-nothing", f"{FILE}:2",
          "generatorOptions matches nothing in top: no generator is in this kustomization; "
          "remove it")],
    ),
    "a label that every generator sets": (
        "generatorOptions:\n  labels:\n    app: web\nconfigMapGenerator:\n"
        "- {name: made, literals: [a=b], options: {labels: {app: other}}}\n",
        "generatorOptions:\n  labels:\n    app: web\nconfigMapGenerator:\n"
        "- {name: made, literals: [a=b], options: {labels: {app: other}}}\n"
        "- {name: more, literals: [a=b]}\n",
        [("changes-nothing", f"{FILE}:3",
          "generatorOptions.labels.app changes nothing in top: every generator here says it "
          "itself; remove it")],
    ),
    "a flag that is said twice": (
        "generatorOptions: {disableNameSuffixHash: true}\nconfigMapGenerator:\n"
        "- name: made\n  literals: [a=b]\n  options:\n    disableNameSuffixHash: true\n"
        "- {name: more, literals: [a=b]}\n",
        "generatorOptions: {disableNameSuffixHash: false}\nconfigMapGenerator:\n"
        "- name: made\n  literals: [a=b]\n  options:\n    disableNameSuffixHash: true\n"
        "- {name: more, literals: [a=b]}\n",
        [("changes-nothing", f"{FILE}:6",
          "options.disableNameSuffixHash of made changes nothing in top: generatorOptions says "
          "the same; remove it")],
    ),
    "a flag that cannot be switched off": (
        "generatorOptions: {immutable: true}\nsecretGenerator:\n"
        "- name: made\n  literals: [a=b]\n  options:\n    immutable: false\n",
        "generatorOptions: {immutable: false}\nsecretGenerator:\n"
        "- name: made\n  literals: [a=b]\n  options:\n    immutable: true\n",
        [("changes-nothing", f"{FILE}:6",
          "options.immutable of made changes nothing in top: generatorOptions says true, and that "
          "wins; remove it")],
    ),
    "a label that is said twice": (
        "generatorOptions: {labels: {app: web, tier: a}}\nconfigMapGenerator:\n"
        "- name: made\n  literals: [a=b]\n  options:\n    labels:\n      app: web\n"
        "- {name: more, literals: [a=b]}\n",
        "generatorOptions: {labels: {app: web, tier: a}}\nconfigMapGenerator:\n"
        "- name: made\n  literals: [a=b]\n  options:\n    labels:\n      app: other\n"
        "- {name: more, literals: [a=b]}\n",
        [("changes-nothing", f"{FILE}:7",
          "options.labels.app of made changes nothing in top: generatorOptions says the same; "
          "remove it")],
    ),
    "two that cover for each other": (
        "generatorOptions: {immutable: true}\nconfigMapGenerator:\n"
        "- {name: made, literals: [a=b], options: {immutable: true}}\n",
        "configMapGenerator:\n- {name: made, literals: [a=b], options: {immutable: true}}\n",
        [("changes-nothing", f"{FILE}:1",
          "generatorOptions.immutable changes nothing in top: every generator here says it itself; "
          "remove it")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_options_without_any_effect(tree: Draw, case: str) -> None:
    wrong, right, expected = CASES[case]
    assert said(_found(tree(f"--- {FILE}\n{wrong}{OTHER}"))) == expected
    assert said(_found(tree(f"--- {FILE}\n{right}{OTHER}"))) == []


def test_a_default_that_is_written_out_is_nobody_s_business(tree: Draw) -> None:
    drawing = """
    --- top/kustomization.yaml
    generatorOptions: {disableNameSuffixHash: false}
    configMapGenerator:
    - {name: made, behavior: create, literals: [a=b], options: {immutable: false}}
    """
    assert said(_found(tree(drawing))) == []

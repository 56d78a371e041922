"""README sections: what each says, word for word, and what its options do."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer import commands, looking, pages
from analyzer.findings import Finding
from analyzer.markers import Section
from analyzer.model import Span
from analyzer.pages import sections
from tests.look import look

Draw = Callable[[str], Path]

TREE = """
    --- groundplan.yaml
    layout:
      patterns: ["clusters/{environment}/{category}/{component}"]
      base: ["clusters/base/{category}/{component}"]
    environments: [staging, production]
    --- clusters/base/apps/web/kustomization.yaml
    resources: [web.yaml]
    --- clusters/base/apps/web/web.yaml = Deployment/web
    spec: {template: {spec: {containers: [{name: web, image: "example.com/web:1.0"}]}}}
    --- clusters/staging/apps/web/kustomization.yaml
    resources: [../../../base/apps/web]
    images: [{name: example.com/web, newTag: "1.2"}]
    --- clusters/staging/apps/api/kustomization.yaml
    resources: [api.yaml]
    --- clusters/staging/apps/api/api.yaml = ConfigMap/api
    --- clusters/production/apps/web/kustomization.yaml
    resources: [../../../base/apps/web, gone.yaml]
    """


def made(tree: Path, name: str, **options: str) -> sections.Made:
    """A section's Markdown, or the finding it is."""
    at = Span("README.md", 3)
    section = Section(name, tuple(sorted(options.items())), at, at)
    return sections.make(pages.make(look(tree)), section)


def test_the_directory_tree(tree: Draw) -> None:
    assert made(tree(TREE), "structure") == textwrap.dedent("""\
        ```text
        ./
        └── clusters/
            ├── base/
            │   └── apps/
            │       └── web/  # base, used by 2
            ├── production/
            │   └── apps/
            │       └── web/  # does not build: kustomization.yaml:1
            └── staging/
                └── apps/
                    ├── api/
                    └── web/
        ```""")


def test_the_directory_tree_of_one_environment(tree: Draw) -> None:
    assert made(tree(TREE), "structure", env="staging") == textwrap.dedent("""\
        ```text
        ./
        └── clusters/
            └── staging/
                └── apps/
                    ├── api/
                    └── web/
        ```""")


def test_the_directory_tree_down_to_a_depth(tree: Draw) -> None:
    assert made(tree(TREE), "structure", depth="2") == textwrap.dedent("""\
        ```text
        ./
        └── clusters/
            ├── base/
            ├── production/
            └── staging/
        ```""")
    assert made(tree(TREE), "structure", depth="0") == "```text\n./\n```"


def test_environments(tree: Draw) -> None:
    assert made(tree(TREE), "environments") == textwrap.dedent("""\
        | Environment | Clusters | Components | Do not build | Starts at |
        | --- | --- | --- | --- | --- |
        | staging | – | 2 | – | <code>clusters/staging/apps</code> |
        | production | – | 1 | 1 | <code>clusters/production/apps/web</code> |""")


def test_one_environment(tree: Draw) -> None:
    assert made(tree(TREE), "environments", env="production") == textwrap.dedent("""\
        | Environment | Clusters | Components | Do not build | Starts at |
        | --- | --- | --- | --- | --- |
        | production | – | 1 | 1 | <code>clusters/production/apps/web</code> |""")


def test_components_with_their_versions(tree: Draw) -> None:
    base = "<code>clusters/base/apps/web</code>"
    assert made(tree(TREE), "components") == textwrap.dedent(f"""\
        | Category | Component | Base | staging | production |
        | --- | --- | --- | --- | --- |
        | apps | api | – | yes | – |
        | apps | web | {base} | 1.2 | does not build |""")
    assert made(tree(TREE), "components", env="staging") == textwrap.dedent(f"""\
        | Category | Component | Base | staging |
        | --- | --- | --- | --- |
        | apps | api | – | yes |
        | apps | web | {base} | 1.2 |""")


def test_promotion(tree: Draw) -> None:
    assert made(tree(TREE), "promotion") == textwrap.dedent("""\
        Changes go staging → production.

        ```sh
        groundplan check                # before every merge: does everything build?
        groundplan render staging/COMPONENT
        groundplan render production/COMPONENT
        ```""")


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("structure", {"environment": "staging"},
         "structure: environment is not an option; known: env, depth"),
        ("components", {"env": "prod"},
         "components: env=prod is not an environment; known: staging, production"),
        ("structure", {"depth": "deep"}, "structure: depth must be a number"),
        ("structure", {"depth": "-1"}, "structure: depth must be a number"),
        ("structure", {"depth": "²"}, "structure: depth must be a number"),
    ],
)  # fmt: skip
def test_an_option_that_is_not_usable_is_a_finding(
    tree: Draw, name: str, options: dict[str, str], message: str
) -> None:
    found = made(tree(TREE), name, **options)
    assert isinstance(found, Finding)
    assert (found.rule.id, str(found.location), found.message) == (
        "section-marker", "README.md:3", message,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("structure", "```text\n./\n```"),
        ("environments", "No environments are known."),
        ("components", "The layout names no component."),
        ("promotion", "No environments are known."),
    ],
)
def test_an_empty_tree_says_so(tree: Draw, name: str, text: str) -> None:
    assert made(tree("--- README.md\n"), name) == text


def test_an_order_nobody_knows_is_not_made_up(tree: Draw) -> None:
    where = tree("""
        --- groundplan.yaml
        layout: {patterns: ["{environment}/{component}"]}
        --- dev/web/kustomization.yaml
        resources: []
        --- prod/web/kustomization.yaml
        resources: []
        --- emea/web/kustomization.yaml
        resources: []
        """)
    text = made(where, "promotion")
    assert isinstance(text, str)
    assert text.splitlines()[:2] == [
        "Changes go dev → prod.",
        "No order is known for emea; name it under `environments:` in `groundplan.yaml`.",
    ]


def test_one_environment_promotes_nothing(tree: Draw) -> None:
    where = tree("""
        --- groundplan.yaml
        layout: {patterns: ["{environment}/{component}"]}
        environments: [production]
        --- production/web/kustomization.yaml
        resources: []
        """)
    assert made(where, "promotion") == "There is only one environment, so nothing is promoted."


def test_names_of_a_tree_are_no_markup_in_a_section(tree: Draw) -> None:
    where = tree("""
        --- groundplan.yaml
        layout: {patterns: ["{environment}/{category}/{component}"]}
        environments: ["a|b", "```"]
        """)
    for environment in ("a|b", "```"):
        at = where / environment / "<b>" / "[x](y)"
        at.mkdir(parents=True)
        (at / "kustomization.yaml").write_text("configMapGenerator: [{name: a}]\n")
    table = made(where, "components")
    assert table == "\n".join((
        "| Category | Component | Base | a&#124;b | &#96;&#96;&#96; |",
        "| --- | --- | --- | --- | --- |",
        "| &#60;b&#62; | &#91;x&#93;(y) | – | yes | yes |",
    ))  # fmt: skip
    drawn = made(where, "structure")
    assert isinstance(drawn, str)
    assert drawn.count("```") == 2
    promoted = made(where, "promotion")
    assert isinstance(promoted, str)
    assert [line for line in promoted.splitlines() if line.startswith("```")] == ["```sh", "```"]


def test_every_section_has_a_test_here() -> None:
    assert list(sections.SECTIONS) == ["structure", "environments", "components", "promotion"]


def test_sections_are_the_same_in_a_clone_of_another_name(tree: Draw) -> None:
    where = tree("""
        --- README.md
        # Shop
        --- clusters/staging/web/kustomization.yaml
        resources: [web.yaml]
    """)
    commands.readme(looking.Options(where), add=True, write=True)
    clone = where.rename(where.with_name("another"))
    assert commands.readme(looking.Options(clone), add=False, write=False).changes == ()

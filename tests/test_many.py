"""Where components are many: categories instead of rows, long lists on pages of their own."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from analyzer import commands, looking, pages, publishing
from tests.look import look

Draw = Callable[[str], Path]

CONFIG = """
    --- groundplan.yaml
    layout:
      patterns: ["clusters/{environment}", "clusters/{environment}/{category}/{component}"]
      base: ["clusters/base/{category}/{component}"]
    environments: [staging, production]
    """
COMPONENT = """
    --- clusters/{0}/{1}/app-{2}/kustomization.yaml
    resources: [app.yaml]
    --- clusters/{0}/{1}/app-{2}/app.yaml = ConfigMap/app-{2}
    --- clusters/{0}/{1}/app-{2}.yaml = FluxKustomization/flux-system/app-{2}
    spec:
      path: ./clusters/{0}/{1}/app-{2}
      sourceRef: {{kind: GitRepository, name: flux-system}}
      dependsOn: [{{name: app-0}}]
    """


def many(count: int) -> str:
    """Components by turns in two categories, all in production and every third in staging too."""
    drawn = CONFIG
    for environment, step in (("staging", 3), ("production", 1)):
        names = [(f"team-{number % 2}", number) for number in range(0, count, step)]
        listed = ", ".join(f"{team}/app-{number}.yaml" for team, number in names)
        drawn += f"--- clusters/{environment}/kustomization.yaml\n    resources: [{listed}]\n    "
        drawn += "".join(COMPONENT.format(environment, *name).lstrip() for name in names)
    return drawn


def book(tree: Path) -> dict[str, pages.Page]:
    made = pages.book(pages.make(look(tree, render=False)), lambda dots: {})
    return {page.path: page for page in made.pages}


def rows(text: str) -> list[str]:
    """The rows of a page's first table, as text."""
    table = text[text.index("<tbody>") : text.index("</tbody>")]
    found = re.findall("<tr>(.*?)</tr>", table)
    texts = (re.sub("<[^>]*>", "", re.sub("</t[hd]>|<br>", " ", row)) for row in found)
    return [" ".join(text.split()) for text in texts]


def test_a_list_of_very_many_components_has_a_row_for_each_category(tree: Draw) -> None:
    found = book(tree(many(160)))
    assert rows(found["index.md"].text) == [
        "team-0 80 27 own 53 missing 80 own",
        "team-1 80 27 own 53 missing 80 own",
    ]
    assert rows(found["components/index.md"].text) == ["team-0 80 – – –", "team-1 80 – – –"]
    assert rows(found["environments/staging.md"].text) == [
        "team-0 80 27 27 own",
        "team-1 80 27 27 own",
    ]
    category = found["categories/team-1.md"].text
    assert "\n80 components. [All categories](<../components/index.md>)\n" in category
    assert len(rows(category)) == 80
    assert rows(category)[:2] == ["app-1 missing own", "app-101 missing own"]
    assert '<a href="../../components/team-1/app-1/">app-1</a>' in category
    component = found["components/team-1/app-1.md"].text
    assert '<td><a href="../../../categories/team-1/">team-1</a></td>' in component


def test_the_navigation_of_very_many_components_is_short(tree: Draw) -> None:
    made = pages.book(pages.make(look(tree(many(160)), render=False)), lambda dots: {})
    listed = [(p.tab, p.section, p.title, p.path) for p in made.pages if p.listed]
    (components,) = [part for part in publishing.nav(listed) if "Components" in str(part)[:15]]
    assert components == {
        "Components": [
            "components/index.md",
            {"team-0": "categories/team-0.md"},
            {"team-1": "categories/team-1.md"},
        ]
    }


def test_of_fewer_components_each_is_in_every_list(tree: Draw) -> None:
    found = book(tree(many(150)))
    assert not [path for path in found if path.startswith("categories/")]
    assert len(rows(found["index.md"].text)) == 152
    assert found["components/team-1/app-1.md"].listed


def test_what_applies_an_environment_goes_on_on_a_page_of_its_own(tree: Draw) -> None:
    found = book(tree(many(108)))
    environment = found["environments/production.md"].text
    assert "78 more: [all of them](<production/applied.md>)" in environment
    first, second = (found[f"environments/production/applied{n}.md"].text for n in ("", "-2"))
    assert [row.split()[0] for row in rows(first)[:2]] == ["app-0", "app-1"]
    assert (len(rows(first)), len(rows(second))) == (100, 8)
    assert "Page **1** [2](<applied-2.md>)" in first
    assert "[production](<../production.md>)" in second
    assert "environments/staging/applied.md" in found
    assert "all of them" not in book(tree(many(30)))["environments/production.md"].text


def test_a_diagram_of_very_many_objects_shows_categories(tree: Draw) -> None:
    text = book(tree(many(160)))["diagrams/production.md"].text
    facts = re.findall("<li>(.*?)</li>", text[text.index("waits for what") :])
    assert [re.sub("<[^>]*>", "", fact) for fact in facts] == [
        "team-1 &#40;80 objects&#41; depends on team-0 &#40;80 objects&#41;"
    ]


ALIKE = """
    --- groundplan.yaml
    layout: {patterns: ["clusters/{environment}/{component}"], base: ["base/{component}"]}
    environments: [staging, production]
    --- base/web/kustomization.yaml
    resources: [a.yaml, b.yaml, c.yaml, d.yaml]
    --- base/web/a.yaml = ConfigMap/a
    data: {level: info}
    --- base/web/b.yaml = ConfigMap/b
    data: {level: info}
    --- base/web/c.yaml = ConfigMap/c
    data: {level: info}
    --- base/web/d.yaml = ConfigMap/d
    data: {level: info}
    --- clusters/production/web/kustomization.yaml
    resources: [../../../base/web]
    patches:
    - target: {kind: ConfigMap}
      patch: '[{"op": "replace", "path": "/data/level", "value": "warn"}]'
    - target: {kind: ConfigMap, name: c}
      patch: '[{"op": "replace", "path": "/data/level", "value": "error"}]'
    """


def test_resources_that_differ_alike_stand_together_and_keep_their_permalinks(tree: Draw) -> None:
    seen = commands.look(looking.Options(tree(ALIKE)), places=True).snapshot
    made = pages.book(pages.make(seen), lambda dots: {})
    (text,) = [page.text for page in made.pages if page.path == "components/all/web.md"]
    part = text[text.index("## What differs from base") : text.index("## Uses and used by")]
    heads = re.findall(r"<h3[^>]*>(.*?)(?: <a|</h3>)", part)
    assert heads == ["ConfigMap: 3 that differ alike", "ConfigMap/c"]
    assert "<summary>a, b, d</summary>" in part
    assert re.findall(r'<li id="([^"]*)">', part) == [
        "resource-configmap-a", "resource-configmap-b", "resource-configmap-d",
    ]  # fmt: skip
    assert part.count("<code>warn</code>") == 1
    assert part.count("<code>error</code>") == 1

"""What a place gets of a component, each line beside the line that set it; who changed it last."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path

from analyzer import commands, pages
from analyzer.looking import Options
from analyzer.pages import commits
from tests.drawn import commit

Draw = Callable[[str], Path]

TREE = """
    --- groundplan.yaml
    layout:
      patterns: ["clusters/{environment}/{component}"]
      base: ["base/{component}"]
    environments: [staging, production]
    --- base/web/kustomization.yaml
    resources: [web.yaml, secret.yaml]
    --- base/web/web.yaml = Deployment/web
    spec:
      replicas: 1
      template: {spec: {containers: [{name: app, image: "web:1"}]}}
    --- base/web/secret.yaml = Secret/key
    stringData: {password: hunter2}
    --- clusters/production/web/kustomization.yaml
    resources: [../../../base/web, notes.yaml]
    replicas: [{name: web, count: 3}]
    --- clusters/production/web/notes.yaml = ConfigMap/notes
    data:
      text: |
        one: 1

        two: 2
      z: last
"""


def views(tree: Path) -> dict[str, pages.Page]:
    """The pages of the view by path, of one full look."""
    book = pages.book(
        pages.make(commands.everything(Options(tree)).snapshot),
        lambda dots: dict.fromkeys(dots, None),
    )
    return {page.path: page for page in book.pages if page.path.startswith("rendered/")}


def rows(page: pages.Page) -> list[tuple[str, str, str]]:
    """(YAML, numbers of lines, set by) of each row, as a reader sees them."""
    found = re.findall(
        r"<tr[^>]*><td><pre[^>]*>\n(.*?)</pre></td> <td><pre>\n(.*?)</pre></td> <td>(.*?)</td>",
        page.text, re.S,
    )  # fmt: skip
    return [(html.unescape(a), b, html.unescape(re.sub(r"<wbr>|<[^>]+>", "", c)).strip())
            for a, b, c in found]  # fmt: skip


def test_each_line_stands_beside_the_line_that_set_it(tree: Draw) -> None:
    (page,) = views(tree(TREE)).values()
    assert page.path == "rendered/production/web.md"
    assert not page.listed
    assert rows(page) == [
        ("apiVersion: v1\ndata:\n  text: |\n    one: 1\n    \n    two: 2\n  z: last\n"
         "kind: ConfigMap\nmetadata:\n  name: notes", "1\n \n5\n \n \n \n9\n2\n \n3",
         "manifest clusters/production/web/notes.yaml"),
        ("apiVersion: v1\nkind: Secret\nmetadata:\n  name: key\nstringData:\n"
         "  password: (redacted)", "1\n2\n \n3\n \n4", "manifest base/web/secret.yaml"),
        ("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web", "1\n2\n \n3",
         "manifest base/web/web.yaml"),
        ("spec:\n  replicas: 3", " \n2",
         "replicas clusters/production/web/kustomization.yaml overrides base/web/web.yaml:5"),
        ("  template:\n    spec:\n      containers:\n      - image: web:1\n        name: app",
         " \n \n \n6\n6", "manifest base/web/web.yaml"),
    ]  # fmt: skip
    assert "hunter2" not in page.text


def test_a_long_value_may_take_several_lines_where_its_row_has_no_number_below(tree: Draw) -> None:
    (page,) = views(tree(TREE)).values()
    found = re.findall(r'<tr class="gp-one"><td><pre[^>]*>\n(.*?)</pre>', page.text, re.S)
    assert [html.unescape(text) for text in found] == ["spec:\n  replicas: 3"]


def test_the_commit_that_touched_a_line_last_stands_beside_it(tree: Draw) -> None:
    where = tree(TREE)
    commit(where, "Web <begins>")
    kustomization = where / "clusters/production/web/kustomization.yaml"
    kustomization.write_text(kustomization.read_text().replace("count: 3", "count: 4"))
    commit(where, "Four of them")
    (page,) = views(where).values()
    said = [by.rpartition("2026-01-01 ")[2][9:] for _, _, by in rows(page)]
    assert said == ["Web <begins>", "Web <begins>", "Web <begins>", "Four of them", "Web <begins>"]


def test_a_component_names_the_commits_that_touched_it_last(tree: Draw) -> None:
    where = tree(TREE)
    commit(where, "Web begins", "2026-01-01T00:00:00Z")
    (where / "base/web/web.yaml").write_text(
        (where / "base/web/web.yaml").read_text().replace("web:1", "web:2")
    )
    commit(where, "Web <2>", "2026-02-01T00:00:00Z")
    (where / "README.md").write_text("Not about web\n")
    commit(where, "A README", "2026-03-01T00:00:00Z")
    site = pages.make(commands.everything(Options(where)).snapshot)
    (component,) = site.structure.components
    told = commits.last(site, component, commits.touched(site))
    assert [(row[0], row[2], row[4]) for row in told.rows] == [
        ("2026-02-01", "Web <2>", ["base"]),
        ("2026-01-01", "Web begins", ["base", "production"]),
    ]
    assert (told.more, told.limit) == (0, "")

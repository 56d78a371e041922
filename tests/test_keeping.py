"""Copies a team keeps, and what is said of the others: intents, verdicts, pages and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from analyzer import commands, pages
from analyzer.analyses import duplication
from analyzer.candidates import Verdict
from analyzer.formats.text import Style
from analyzer.looking import Options
from tests.drawn import commit
from tests.test_duplication import LAYOUT, ROOTS, deployment, environments, put, report, root

Draw = Callable[[str], Path]


def intent(*lines: str) -> str:
    """A layout with one more entry: that copies stay."""
    listed = "".join(f"\n        {line}" for line in lines)
    return f"{LAYOUT}\n    intent:\n      - kind: keep-separate\n        reason: audited{listed}\n"


def kept(where: Path) -> list[tuple[str, tuple[str, ...], str, str]]:
    return [(one.candidate.title, one.candidate.roots, one.reason, str(one.by))
            for one in report(where).repeated.meant]  # fmt: skip


def roots(where: Path) -> list[tuple[str, ...]]:
    return [one.roots for one in report(where).repeated.candidates]


def test_a_component_that_is_kept_separate_is_no_candidate(tree: Draw) -> None:
    where = tree(intent("component: web"))
    environments(where, deployment(), deployment(), deployment())
    assert roots(where) == []
    assert kept(where) == [
        ("web: Deployment/web in 3 directories", ROOTS, "audited", "groundplan.yaml:5"),
    ]
    where = tree(intent("component: other"))
    assert roots(where) == [ROOTS]
    assert kept(where) == []


def test_an_environment_that_is_kept_separate_leaves_the_others(tree: Draw) -> None:
    where = tree(intent("component: web", "environment: production"))
    environments(where, deployment(), deployment(), deployment())
    assert roots(where) == [("clusters/local/web", "clusters/staging/web")]
    assert [found for _, found, *_ in kept(where)] == [ROOTS]


def test_a_resource_or_a_path_that_is_kept_separate(tree: Draw) -> None:
    where = tree(intent("resource: StatefulSet"))
    environments(where, deployment(), deployment())
    for environment in ("local", "staging"):
        root(where, f"clusters/{environment}/web", "", "web.yaml", "db.yaml")
        put(where, f"clusters/{environment}/web/db.yaml",
            deployment("db").replace("Deployment", "StatefulSet"))  # fmt: skip
    assert [one.title for one in report(where).repeated.candidates] == [
        "web: Deployment/web in 2 directories",
    ]
    assert [title for title, *_ in kept(where)] == ["web: StatefulSet/db in 2 directories"]
    where = tree(intent("path: clusters/staging/**"))
    assert roots(where) == []


def test_an_entry_about_nothing_is_a_finding_and_one_about_copies_is_none(tree: Draw) -> None:
    where = tree(intent("component: gone"))
    environments(where, deployment(), deployment())

    def findings() -> list[tuple[str, str]]:
        _, found = commands.report("configuration", Options(where), "json", Style())
        return [(one.rule.id, str(one.location)) for one in found]

    assert findings() == [("unused-intent", "groundplan.yaml:5")]
    tree(intent("component: web"))
    assert findings() == []


def test_an_entry_that_has_expired_keeps_nothing(tree: Draw) -> None:
    where = tree(intent("component: web", "expires: 2026-01-31"))
    environments(where, deployment(), deployment())
    commit(where, "web", "2026-01-15T00:00:00Z")

    def said() -> tuple[int, int]:
        text, _ = commands.report("duplication", Options(where), "json", Style())
        answer = json.loads(text)
        return len(answer["candidates"]), len(answer["meant"])

    assert said() == (0, 1)
    commit(where, "later", "2026-02-15T00:00:00Z")
    assert said() == (1, 0)


# what is printed ---------------------------------------------------------------------------------


def test_the_text_names_directories_lines_and_the_terms_of_the_score(tree: Draw) -> None:
    where = tree(LAYOUT)
    environments(where, deployment(), deployment(), deployment(replicas=5))
    text, _ = commands.report("duplication", Options(where, render=False), "text", Style())
    id = report(where).repeated.candidates[0].id
    assert (
        text
        == f"""\
Duplication in tree

1 candidate would save about 50 lines.

History is not complete: this is no git repository. What it does not reach is not judged by it.

Candidate     Section                       Directories  Lines a copy  Saves  Score
{id}  Repeated, of unknown history  3            28            50     5.0

Repeated, of unknown history

Git does not say how these copies came to be, so look before you extract.

web: Deployment/web in 3 directories
    {id}
    3 × 28 lines, saves about 50; score 5.0 = 3.9 lines + unknown commits + 1.1 copies
    clusters/local/web
    clusters/production/web
    clusters/staging/web
        Deployment/web  28 lines, 15 fields equal, not /spec/replicas
"""
    )


def test_the_same_tree_has_the_same_ids_in_the_same_order(tree: Draw) -> None:
    where = tree(LAYOUT)
    environments(where, deployment(), deployment(), deployment())
    for environment in ("local", "staging"):
        root(where, f"clusters/{environment}/api", "", "api.yaml")
        put(where, f"clusters/{environment}/api/api.yaml", deployment("api", image="a:2"))
    first = [one.id for one in report(where).repeated.candidates]
    assert first == [one.id for one in report(where).repeated.candidates]
    environments(where, *(deployment(image="web:9") for _ in range(3)))
    assert [one.id for one in report(where).repeated.candidates] == first
    assert [id.rpartition("-")[0] for id in first] == ["web", "api"]


def test_a_verdict_takes_the_place_of_the_estimate(tree: Draw) -> None:
    where = tree(LAYOUT)
    environments(where, deployment(), deployment(), deployment())
    found = report(where)
    (one,) = found.repeated.candidates
    proved = Verdict("base", "identical", 41, "every root builds the same")
    answer = duplication.to_json(replace(found, verdicts={one.id: proved}))
    (candidate,) = answer["candidates"]  # type: ignore[misc]  # JSON
    assert {key: candidate[key] for key in ("form", "verdict", "net_lines", "reason")} == {
        "form": "base", "verdict": "identical", "net_lines": 41,
        "reason": "every root builds the same",
    }  # fmt: skip


def test_what_a_tree_calls_things_is_escaped_where_it_lands(tree: Draw) -> None:
    where = tree(LAYOUT)
    evil = '"<img src=x onerror=alert(1)> \\e[31m [x](y)"'
    text = deployment().replace("  name: web\n", f"  name: {evil}\n")
    environments(where, text, text)
    printed, _ = commands.report("duplication", Options(where), "text", Style())
    assert "\x1b" not in printed
    view = commands.look(Options(where, render=False), copies=True, commits=True)
    site = pages.make(view.snapshot)
    page = pages.book(site, lambda dots: dict.fromkeys(dots)).files()["reports/duplication.md"]
    assert b"<img" not in page
    assert b"[x](y)" not in page


def test_the_page_lists_every_candidate_with_its_places(tree: Draw) -> None:
    where = tree(LAYOUT)
    environments(where, deployment(), deployment(), deployment(replicas=5))
    view = commands.look(Options(where, render=False), copies=True, commits=True)
    site = pages.make(view.snapshot)
    book = pages.book(site, lambda dots: dict.fromkeys(dots)).files()
    page = book["reports/duplication.md"].decode().replace("<wbr>", "").replace("&#58;", ":")
    (one,) = report(where).repeated.candidates
    assert f'<a href="#{one.id}">web: Deployment/web in 3 directories</a>' in page
    assert f"{{: #{one.id} }}" in page
    for path in ROOTS:
        assert f"<li><code>{path}</code></li>" in page
        assert f"<code>{path}/web.yaml:1</code>" in page
    assert "<code>/spec/replicas</code>" in page

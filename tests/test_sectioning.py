"""What history makes of copies: exact sections and reasons over drawn repositories."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from analyzer.analyses import duplication
from tests.drawn import commit
from tests.test_duplication import LAYOUT, deployment, environments, put, report, root

Draw = Callable[[str], Path]


MADE = "by their own text or labels a program writes them"


def on(where: Path, day: int, message: str) -> str:
    """A commit of a day of January, as reasons name it."""
    made = commit(where, message, f"2026-01-{day:02}T00:00:00Z")
    return f"{made[:10]} “{message}” of 2026-01-{day:02}"


def web(where: Path, environment: str, text: str) -> None:
    root(where, f"clusters/{environment}/web", "", "web.yaml")
    put(where, f"clusters/{environment}/web/web.yaml", text)


def told(where: Path) -> list[tuple[str, str, int | None]]:
    """(Section, reason, commits that changed several copies) of every candidate."""
    return [(one.section, one.reason, one.terms.commits)
            for one in report(where).repeated.candidates]  # fmt: skip


def test_what_is_changed_together_is_worth_extracting(tree: Draw) -> None:
    where = tree(LAYOUT)
    environments(where, deployment(), deployment(), deployment(replicas=5))
    on(where, 1, "web")
    for day, version in ((2, "web:2"), (5, "web:3")):
        texts = (deployment(image=version, replicas=n) for n in (2, 2, 5))
        environments(where, *texts)
        last = on(where, day, version)
    assert told(where) == [
        ("extract", f"2 commits changed several of them alike, the last {last}", 2),
    ]
    (one,) = report(where).repeated.candidates
    assert one.recommended


def test_a_change_of_what_differs_anyway_says_nothing(tree: Draw) -> None:
    where = tree(LAYOUT)
    environments(where, deployment(replicas=1), deployment(replicas=2), deployment(replicas=3))
    first = on(where, 1, "web")
    environments(where, deployment(replicas=4), deployment(replicas=5), deployment(replicas=6))
    on(where, 2, "more")
    assert told(where) == [
        ("untouched", f"nothing of what they share has changed since {first}", 0),
    ]
    (one,) = report(where).repeated.candidates
    assert not one.recommended
    assert duplication.verdict(report(where)) == (
        "Nothing is recommended. 1 group was never touched: extract plan --all takes it too."
    )


def test_changes_that_come_to_one_environment_after_another_are_lag(tree: Draw) -> None:
    where = tree(LAYOUT)
    environments(where, deployment(), deployment(), deployment())
    on(where, 1, "web")
    day = 2
    for version in ("web:2", "web:3"):
        for environment in ("local", "staging", "production"):
            web(where, environment, deployment(image=version))
            last = on(where, day, f"{environment} {version}")
            day += 3
    assert told(where) == [
        ("lag", f"4 changes came to one environment after another, the last by {last}, 3 days "
                "later", 0),
    ]  # fmt: skip
    (one,) = report(where).repeated.candidates
    assert [str(at) for at in one.related] == ["clusters/production/web/web.yaml:1"]


def test_a_change_made_again_in_the_same_environment_is_worth_extracting(tree: Draw) -> None:
    where = tree(LAYOUT)
    for name in ("orders", "payments"):
        root(where, f"clusters/local/{name}", "", "web.yaml")
        put(where, f"clusters/local/{name}/web.yaml", deployment(name, more=9))
    on(where, 1, "both")
    for day, name in ((2, "orders"), (4, "payments")):
        put(where, f"clusters/local/{name}/web.yaml", deployment(name, more=9, image="web:2"))
        last = on(where, day, name)
    assert told(where) == [
        ("extract", f"1 change had to be made again in another copy, the last by {last}", 0),
    ]


def test_a_base_that_became_copies_was_split(tree: Draw) -> None:
    where = tree(LAYOUT)
    root(where, "base/web", "", "web.yaml")
    put(where, "base/web/web.yaml", deployment())
    for environment in ("staging", "production"):
        root(where, f"clusters/{environment}/web", "", "../../../base/web")
    on(where, 1, "base")
    (where / "base/web/web.yaml").unlink()
    (where / "base/web/kustomization.yaml").unlink()
    for environment in ("staging", "production"):
        web(where, environment, deployment())
    apart = on(where, 4, "Every environment its own")
    assert told(where) == [
        ("split", f"{apart} took them apart: clusters/staging/web/kustomization.yaml built on "
                  "base/web", 0),
    ]  # fmt: skip
    for environment in ("staging", "production"):
        web(where, environment, deployment(image="web:2"))
    on(where, 6, "web:2")
    assert told(where) == [
        ("split", f"{apart} took them apart: clusters/staging/web/kustomization.yaml built on "
                  "base/web; 1 commit changed several alike since", 1),
    ]  # fmt: skip


def test_a_directory_that_took_the_place_of_a_base_was_split(tree: Draw) -> None:
    where = tree(LAYOUT)
    root(where, "base/web", "", "web.yaml")
    put(where, "base/web/web.yaml", deployment())
    for environment in ("staging", "production"):
        root(where, f"clusters/{environment}", "", "../../base/web")
    on(where, 1, "base")
    for environment in ("staging", "production"):
        root(where, f"clusters/{environment}", "", "web")
        web(where, environment, deployment())
    apart = on(where, 4, "Own")
    found = {one.roots: (one.section, one.reason) for one in report(where).repeated.candidates}
    assert found == {
        ("base/web", "clusters/production/web", "clusters/staging/web"): (
            "split",
            f"{apart} took them apart: clusters/production/kustomization.yaml built on base/web",
        )
    }


def test_a_remote_base_that_was_copied_here_is_no_split(tree: Draw) -> None:
    where = tree(LAYOUT)
    for environment in ("staging", "production"):
        root(where, f"clusters/{environment}/web", "", "github.com/org/repo//web?ref=v1")
    on(where, 1, "remote")
    for environment in ("staging", "production"):
        web(where, environment, deployment())
    here = on(where, 2, "local")
    assert told(where) == [
        ("untouched", f"nothing of what they share has changed since {here}", 0),
    ]


def test_equal_copies_of_which_one_was_changed_alone_were_split(tree: Draw) -> None:
    where = tree(LAYOUT)
    environments(where, deployment(), deployment(), deployment())
    on(where, 1, "web")
    web(where, "production", deployment(replicas=5))
    alone = on(where, 2, "Production wants more")
    assert told(where) == [
        ("split", f"they were equal until {alone} changed clusters/production/web/web.yaml alone",
         0),
    ]  # fmt: skip


def test_a_version_of_which_one_is_ahead_was_not_split(tree: Draw) -> None:
    where = tree(LAYOUT)
    environments(where, deployment(), deployment(), deployment())
    first = on(where, 1, "web")
    web(where, "production", deployment(image="web:2"))
    on(where, 2, "web:2")
    assert told(where) == [
        ("untouched", f"nothing of what they share has changed since {first}", 0),
    ]


def test_the_first_environment_may_be_ahead_without_being_split(tree: Draw) -> None:
    where = tree(LAYOUT)
    environments(where, deployment(), deployment(), deployment())
    first = on(where, 1, "web")
    web(where, "local", deployment(replicas=5))
    on(where, 2, "Try more")
    assert told(where) == [
        ("untouched", f"nothing of what they share has changed since {first}", 0),
    ]


def test_what_a_program_writes_is_mended_there(tree: Draw) -> None:
    where = tree(LAYOUT)
    text = "# Code generated by hack/gen.sh. DO NOT EDIT.\n" + deployment()
    environments(where, text, text)
    on(where, 1, "web")
    environments(where, text.replace("web:1", "web:2"), text.replace("web:1", "web:2"))
    on(where, 2, "again")
    assert told(where) == [("generated", MADE, 1)]
    plain = deployment().replace("name: app", "name: app # do not edit lightly")
    environments(where, plain, plain)
    assert [section for section, *_ in told(where)] == ["extract"]


def test_patches_entries_and_files_of_generators_have_a_history_too(tree: Draw) -> None:
    where = tree(LAYOUT)

    def write(value: str) -> None:
        images = "images:\n" + "".join(
            f"  - name: {name}\n    newName: {value}/{name}\n    newTag: v1\n" for name in "abcd"
        )
        patch = "patches:\n  - target: {kind: Deployment}\n    patch: |\n" + "".join(
            f"      {line}\n"
            for line in ("- op: add", "  path: /metadata/annotations", f"  value: {value}")
        )
        generator = "configMapGenerator:\n  - name: web\n    files: [a.txt]\n"
        for environment in ("staging", "production"):
            root(where, f"clusters/{environment}/web", images + patch + generator)
            put(where, f"clusters/{environment}/web/a.txt", f"one\n{value}\nthree\n")

    write("first")
    on(where, 1, "web")
    write("second")
    last = on(where, 2, "second")
    (one,) = report(where).repeated.candidates
    assert sorted({clone.shape for clone in one.clones}) == ["entry", "generator", "patch"]
    assert told(where) == [
        ("extract", f"1 commit changed several of them alike, the last {last}", 1),
    ]


def test_without_git_it_says_so(tree: Draw) -> None:
    where = tree(LAYOUT)
    environments(where, deployment(), deployment())
    found = report(where)
    assert found.repeated.limit == "this is no git repository"
    assert told(where) == [("unknown", "", None)]
    assert found.repeated.candidates[0].recommended


def test_a_shallow_clone_does_not_say_that_nothing_changed(tree: Draw, tmp_path: Path) -> None:
    where = tree(LAYOUT)
    environments(where, deployment(), deployment())
    on(where, 1, "web")
    environments(where, deployment(image="web:2"), deployment(image="web:2"))
    on(where, 2, "web:2")
    clone = tmp_path / "clone"
    subprocess.run(("git", "clone", "-q", "--depth", "1", f"file://{where}", clone), check=True)
    assert report(clone).repeated.limit == "this is a shallow clone"
    assert told(clone) == [("unknown", "", None)]
    assert [section for section, *_ in told(where)] == ["extract"]


def test_what_is_not_committed_yet_has_no_history(tree: Draw) -> None:
    where = tree(LAYOUT)
    environments(where, deployment())
    on(where, 1, "web")
    web(where, "production", deployment())
    assert told(where) == [("unknown", "not all of them are committed yet", 0)]


def test_a_commit_that_is_quoted_does_not_show_a_secret(tree: Draw) -> None:
    where = tree(LAYOUT)
    environments(where, deployment(), deployment())
    on(where, 1, "web")
    environments(where, deployment(image="web:2"), deployment(image="web:2"))
    on(where, 2, "set password=hunter2-hunter2 \x1b[31m")
    from analyzer import commands, formats
    from analyzer.looking import Options

    for format in ("text", "json", "markdown"):
        text, _ = commands.report("duplication", Options(where), format, formats.text.Style())
        assert "hunter2" not in text
        assert "\x1b" not in text


def test_a_file_that_moved_into_a_base_is_no_split(tree: Draw) -> None:
    where = tree("")
    for name in ("orders", "payments"):
        root(where, f"apps/{name}/base", "", "sa.yaml")
        put(where, f"apps/{name}/base/sa.yaml", "apiVersion: v1\nkind: A\nmetadata: {name: a}\n")
        root(where, f"apps/{name}/overlay", "", "../base", "web.yaml")
        put(where, f"apps/{name}/overlay/web.yaml", deployment())
    written = on(where, 1, "overlays")
    for name in ("orders", "payments"):
        root(where, f"apps/{name}/overlay", "", "../base")
        (where / f"apps/{name}/overlay/web.yaml").unlink()
        root(where, f"apps/{name}/base", "", "sa.yaml", "web.yaml")
        put(where, f"apps/{name}/base/web.yaml", deployment())
    on(where, 2, "move")
    assert told(where) == [
        ("untouched", f"nothing of what they share has changed since {written}", 0),
    ]


def test_what_a_chart_rendered_to_is_no_text_of_ours_also_without_git(tree: Draw) -> None:
    where = tree(LAYOUT)
    text = deployment().replace("  labels:\n", "  labels:\n    helm.sh/chart: web-1.0\n", 1)
    environments(where, text, text)
    assert told(where) == [("generated", MADE, None)]
    environments(where, deployment(), deployment())
    assert told(where) == [("unknown", "", None)]

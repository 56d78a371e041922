"""The command line is a contract: words, exit codes, and a message where something cannot be."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from analyzer.cli import main
from tests.drawn import snapshot

Draw = Callable[[str], Path]

SHOP = """
    --- clusters/staging/web/kustomization.yaml
    resources: [web.yaml]
    secretGenerator: [{name: db, literals: [password=hunter2]}]
    --- clusters/staging/web/web.yaml = Service/web
    --- clusters/production/web/kustomization.yaml
    resources: [gone.yaml]
"""


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_help_needs_no_report_engine_or_yaml_library() -> None:
    code = (
        "import sys; from analyzer.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print([m for m in ('yaml', 'jinja2', 'analyzer.commands') if m in sys.modules])"
    )
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_version_names_the_engine_too() -> None:
    assert run("--version").output == "groundplan 0.1.0 (kubectl 1.37.1, kustomize 5.8.1)\n"


def test_reports_succeed_whatever_they_find(tree: Draw) -> None:
    where = tree(SHOP)
    for name in ("structure", "coverage", "configuration"):
        for format in ("text", "json", "markdown"):
            done = run("-C", where, "report", name, "-f", format)
            assert (done.exit_code, done.stderr) == (0, ""), (name, format, done.output)


def test_fail_on_makes_findings_of_that_level_fail(tree: Draw) -> None:
    where = tree(SHOP)
    assert run("-C", where, "report", "structure", "--fail-on", "error").exit_code == 1
    assert run("-C", where, "report", "coverage", "--fail-on", "note").exit_code == 0
    assert run("-C", where, "check").exit_code == 1
    assert run("-C", where / "clusters" / "staging", "check").exit_code == 0


def test_the_directory_may_stand_before_or_after_the_command(tree: Draw) -> None:
    where = tree(SHOP)
    before = run("-C", where, "report", "structure", "-f", "json").output
    assert run("report", "structure", "-f", "json", "-C", where).output == before
    assert json.loads(before)["schema"] == "groundplan/structure/v1"


def test_o_json_is_understood_by_kubectl_habit(tree: Draw, tmp_path: Path) -> None:
    where = tree(SHOP)
    shown = run("-C", where, "report", "structure", "-o", "json").output
    file = tmp_path / "out.json"
    assert run("-C", where, "report", "structure", "-f", "json", "-o", file).output == ""
    assert file.read_text() == shown


def test_check_prints_github_annotations(tree: Draw) -> None:
    done = run("-C", tree(SHOP), "check", "-f", "github")
    assert done.output == (
        "::error file=clusters/production/web/kustomization.yaml,line=1,"
        "title=missing-reference::gone.yaml does not exist\n"
    )


def test_render_prints_what_is_deployed_with_secrets_hidden(tree: Draw) -> None:
    where = tree(SHOP)
    done = run("-C", where, "render", "staging/web")
    assert done.exit_code == 0
    assert done.stdout == (
        "apiVersion: v1\n"
        "data:\n"
        "  password: (redacted)\n"
        "kind: Secret\n"
        "metadata:\n"
        "  name: db-cf85kd65mm\n"
        "type: Opaque\n"
        "---\n"
        "apiVersion: v1\n"
        "kind: Service\n"
        "metadata:\n"
        "  name: web\n"
    )
    assert run("-C", where, "render", "clusters/staging/web").stdout == done.stdout


def test_render_prints_json_as_kubectl_lists_it(tree: Draw) -> None:
    where = tree(SHOP)
    made = json.loads(run("-C", where, "render", "staging/web", "-o", "json").stdout)
    assert (made["kind"], [item["kind"] for item in made["items"]]) == (
        "List",
        ["Secret", "Service"],
    )
    assert made["items"][0]["data"] == {"password": "(redacted)"}


def test_render_of_a_root_that_does_not_build_says_why(tree: Draw) -> None:
    done = run("-C", tree(SHOP), "render", "production/web")
    assert (done.exit_code, done.stdout, done.stderr) == (
        1,
        "",
        "groundplan: clusters/production/web: does not build: "
        "clusters/production/web/kustomization.yaml:1: gone.yaml does not exist\n",
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("render", "stagging/web"),
            "groundplan: stagging/web: no kustomization and no ENVIRONMENT/COMPONENT of that name; "
            "did you mean staging/web or clusters/staging/web?\n",
        ),
        (
            ("--config", "nowhere.yaml", "report", "structure"),
            "groundplan: nowhere.yaml: No such file or directory; name a file with --config\n",
        ),
        (
            ("report", "structure", "-o", "yaml"),
            "groundplan: -o yaml: this command prints text, json, markdown\n",
        ),
        (
            ("readme",),
            "groundplan: README.md: not there; create it, or name files under readme: in "
            "groundplan.yaml\n",
        ),
    ],
)
def test_trouble_in_the_call_says_what_to_do(
    tree: Draw, words: tuple[str, ...], message: str
) -> None:
    done = run("-C", tree(SHOP), *words)
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", message)


def test_a_directory_that_is_none_is_told_apart(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    nothing = run("-C", tmp_path / "nothing", "report", "structure")
    assert (nothing.exit_code, nothing.stderr) == (
        2,
        f"groundplan: {tmp_path}/nothing: no such directory; name one with -C DIR\n",
    )
    wrong = run("-C", file, "report", "structure")
    assert (wrong.exit_code, wrong.stderr) == (
        2,
        f"groundplan: {file}: is a file; name the directory that holds it with -C DIR\n",
    )


def test_an_empty_directory_is_reported_as_empty(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = run("-C", tmp_path / "empty", "report", "structure")
    assert done.exit_code == 0
    assert done.output == (
        "Structure of empty\n\n"
        "There is no kustomization here. Name another directory with `-C DIR`.\n\n"
        "No findings.\n"
    )


def test_problems_of_the_configuration_are_told_together(tree: Draw) -> None:
    where = tree(SHOP + "    --- groundplan.yaml\n    layouts: {}\n    environments: web\n")
    done = run("-C", where, "report", "structure")
    assert (done.exit_code, done.stderr) == (
        2,
        "groundplan: groundplan.yaml:1: layouts is not a key; did you mean layout?\n"
        "groundplan.yaml:2: environments must be a list\n",
    )


def test_analysis_leaves_the_tree_untouched(tree: Draw, tmp_path: Path) -> None:
    where = tree(SHOP)
    before = snapshot(where)
    for words in (
        ("report", "structure"),
        ("report", "coverage", "--all-roots"),
        ("check",),
        ("render", "staging/web"),
        ("init", "--print"),
        ("docs", "-o", str(tmp_path / "docs")),
        ("site", "-o", str(tmp_path / "site")),
    ):
        assert run("-C", where, *words).exit_code in (0, 1), words
    assert snapshot(where) == before


def test_init_pins_the_layout_and_never_overwrites(tree: Draw) -> None:
    where = tree(SHOP)
    shown = run("-C", where, "init", "--print")
    assert shown.output == (
        "# How this repository is laid out; see `groundplan init --help`.\n"
        "layout:\n"
        "  patterns:\n"
        '    - "clusters/{environment}/{component}/**"\n'
        "  base: []\n"
        "# in promotion order\n"
        "environments:\n"
        '  - "staging"\n'
        '  - "production"\n'
        "protected:\n"
        '  - "production"\n'
    )
    assert run("-C", where, "init").exit_code == 0
    assert (where / "groundplan.yaml").read_text() == shown.output
    (where / "groundplan.yaml").write_text("title: mine\n")
    again = run("-C", where, "init")
    assert again.exit_code == 2
    assert (where / "groundplan.yaml").read_text() == "title: mine\n"


def test_a_pinned_layout_gives_the_same_placements_as_the_detected_one(tree: Draw) -> None:
    where = tree(SHOP)
    before = json.loads(run("-C", where, "report", "structure", "-o", "json").output)
    assert run("-C", where, "init").exit_code == 0
    after = json.loads(run("-C", where, "report", "structure", "-o", "json").output)
    assert after["roots"] == before["roots"]
    assert (before["layout"]["source"], after["layout"]["source"]) == ("detected", "config")


def test_generated_files_never_go_where_the_tree_is(tree: Draw) -> None:
    where = tree(SHOP)
    for command in ("docs", "site"):
        for out in (where, where.parent):
            done = run("-C", where, command, "-o", out)
            assert (done.exit_code, done.stderr) == (
                2,
                f"groundplan: {out}: holds the analysed tree; "
                "name a directory of its own with -o\n",
            )


def test_a_reader_that_stops_reading_is_no_error(tree: Draw) -> None:
    where = tree(SHOP)
    command = f'"{sys.executable}" -m analyzer -C "{where}" report structure | head -1'
    done = subprocess.run(
        command,
        shell=True,
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    assert (done.stdout, done.stderr) == ("Structure of tree\n", "")


def test_who_is_stopped_says_so_and_is_no_failed_check(
    tree: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr("analyzer.commands.check", stop)
    done = run("-C", tree(SHOP), "check")
    assert (done.exit_code, done.output) == (130, "groundplan: stopped\n")


@pytest.mark.parametrize(
    ("redirected", "code", "said"),
    [
        (">&-", 0, ""),
        (">&- 2>&-", 0, ""),
        (
            ">/dev/full",
            2,
            "groundplan: standard output: cannot be written: No space left on device\n",
        ),
    ],
)
def test_output_that_goes_nowhere_is_no_traceback(
    tree: Draw, redirected: str, code: int, said: str
) -> None:
    where = tree("--- notes.txt\nNothing.\n")
    command = f'"{sys.executable}" -m analyzer -C "{where}" report structure {redirected}'
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (code, said)

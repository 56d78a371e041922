"""Groundplan's own documentation: made from the code, complete, and up to date."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from analyzer import publishing, reference
from analyzer.analyses import REPORTS
from analyzer.analyses.coverage import STATES
from analyzer.cli import main
from analyzer.config import KEYS
from analyzer.findings import RULES
from analyzer.pages.sections import SECTIONS
from analyzer.reference.modules import layers, modules

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"


def text(path: str) -> str:
    return (ROOT / path).read_text()


def test_the_documentation_is_what_the_code_says() -> None:
    old = [path for path, data in reference.files(DOCS).items()
           if not (ROOT / path).is_file() or (ROOT / path).read_bytes() != data]  # fmt: skip
    assert old == [], "run `make reference` and read what changed"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_has_an_anchor(rule: object) -> None:
    assert f"\n### {getattr(rule, 'id', '')}\n" in (DOCS / "reference/rules.md").read_text()


def test_every_rule_explains_itself() -> None:
    assert [r.id for r in RULES if not (r.title and r.why and r.mend)] == []
    assert [r.id for r in RULES if r.title.endswith(".") or not r.mend.endswith(".")] == []


def test_every_module_has_a_header_and_a_layer() -> None:
    known = {name for layer in layers() for name in layer} | {"", "__main__"}
    assert [m.name for m in modules() if not m.header] == []
    assert [m.name for m in modules() if m.top not in known] == []


def test_every_report_command_and_key_has_a_place() -> None:
    assert [
        r.name for r in REPORTS if f"\n## {r.name}\n" not in text("docs/reference/reports.md")
    ] == []
    assert [
        c for c in main.commands if f"\n## groundplan {c}\n" not in text("docs/reference/cli.md")
    ] == []
    keys = text("docs/reference/configuration.md")
    assert [key.name for key in KEYS if f"`{key.name}`" not in keys] == []


def test_every_coverage_state_is_a_word_of_the_concepts() -> None:
    words = re.findall(r"gp-state--(\w+)", (DOCS / "concepts.md").read_text())
    assert tuple(words) == STATES


def test_every_section_of_a_readme_is_explained() -> None:
    page = (DOCS / "how-to/readme.md").read_text()
    assert [name for name in SECTIONS if f"| `{name}` |" not in page] == []


def test_help_does_not_depend_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    from analyzer.reference import texts

    wide = list(texts.cli())
    monkeypatch.setenv("COLUMNS", "40")
    assert list(texts.cli()) == wide


def test_the_site_looks_as_the_sites_groundplan_builds() -> None:
    ours = yaml.safe_load((ROOT / "mkdocs.yml").read_text())
    theirs = json.loads(publishing.configuration("", []))
    assert ours["theme"] == theirs["theme"]
    assert ours["markdown_extensions"] == theirs["markdown_extensions"]
    assert ours["plugins"] == theirs["plugins"]


def test_pages_load_nothing_from_other_hosts() -> None:
    loads = re.compile(r"""(?:<(?:script|link|img|iframe)[^>]*|!\[[^]]*\]\()(?:https?:)?//""")
    pages = [*DOCS.rglob("*.md"), ROOT / "README.md"]
    assert [str(p) for p in pages if loads.search(p.read_text())] == []


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run((sys.executable, "-m", "analyzer.reference", *words), cwd=ROOT, text=True,
                          capture_output=True, check=False)  # fmt: skip


def test_check_names_what_is_out_of_date_and_writes_nothing(tmp_path: Path) -> None:
    shutil.copytree(DOCS, tmp_path / "docs", ignore=shutil.ignore_patterns("*.md", "example"))
    (tmp_path / "docs/schema/finding.v1.json").write_text("{}\n")
    (tmp_path / "docs/page.md").write_text("# A page without a section\n")
    done = run("--check", str(tmp_path / "docs"))
    assert done.returncode == 1
    assert "docs/schema/finding.v1.json: out of date\n" in done.stdout
    assert "docs/reference/rules.md: out of date\n" in done.stdout
    assert "docs/schema/check.v1.json" not in done.stdout
    assert "docs/page.md" not in done.stdout
    assert (tmp_path / "docs/schema/finding.v1.json").read_text() == "{}\n"


def test_a_page_that_asks_for_an_unknown_output_is_named_with_its_line(tmp_path: Path) -> None:
    page = tmp_path / "docs/page.md"
    page.parent.mkdir()
    page.write_text(
        "# A\n\n<!-- BEGIN GENERATED: output of=nothing -->\n<!-- END GENERATED: output -->\n"
    )
    done = run(str(page.parent))
    assert done.returncode == 2
    assert done.stderr.startswith("reference: docs/page.md:3: of=nothing is none of")
    assert sorted(path.name for path in page.parent.iterdir()) == ["page.md"]

"""The built site: strict, every link leads somewhere, written only where something changed."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer import commands, writer
from analyzer.errors import WriteError
from analyzer.looking import Options
from analyzer.writer import Synced
from tests import drawn, site_links
from tests.hostile_names import hostile_tree
from tests.test_pages import TINY

Draw = Callable[[str], Path]

EMPTY = "--- README.md\nNothing yet.\n"
ONE_ENVIRONMENT = """
    --- clusters/production/kustomization.yaml
    resources: [web]
    --- clusters/production/web/kustomization.yaml
    resources: [web.yaml]
    --- clusters/production/web/web.yaml = Deployment/web
    spec: {template: {spec: {containers: [{name: web, image: "web:1.0"}]}}}
    --- clusters/production/flux.yaml
    apiVersion: kustomize.toolkit.fluxcd.io/v1
    kind: Kustomization
    metadata: {name: web, namespace: flux-system}
    spec:
      path: ./clusters/production/web
      prune: true
      sourceRef: {kind: GitRepository, name: flux-system}
      dependsOn: [{name: gone}]
    """
NO_ENVIRONMENT = """
    --- web/kustomization.yaml
    resources: [../common, web.yaml]
    --- web/web.yaml = Deployment/web
    spec: {template: {spec: {containers: [{name: web, image: web}]}}}
    --- common/kustomization.yaml
    resources: [settings.yaml]
    --- common/settings.yaml = ConfigMap/settings
    """
BROKEN = """
    --- clusters/staging/web/kustomization.yaml
    resources: [gone.yaml, ../../production/web]
    --- clusters/production/web/kustomization.yaml
    resources: [../../staging/web]
    --- clusters/production/api/kustomization.yaml
    resources: [
    --- clusters/production/worker/kustomization.yaml
    resource: []
    """


def built(tree: Path, out: Path) -> Synced | None:
    return commands.site(Options(tree), out)


@pytest.mark.parametrize(
    "drawing",
    [EMPTY, TINY, ONE_ENVIRONMENT, NO_ENVIRONMENT, BROKEN],
    ids=["empty", "tiny", "one environment", "no environment", "broken"],
)
def test_a_site_of_any_tree_builds_and_its_links_lead_somewhere(
    tree: Draw, tmp_path: Path, drawing: str
) -> None:
    where = tree(drawing)
    before = drawn.snapshot(where)
    built(where, tmp_path / "site")
    checked = site_links.check(tmp_path / "site")
    assert checked.problems == ()
    assert checked.pages > 8
    assert drawn.snapshot(where) == before


def test_the_site_of_the_example(example_site: Path) -> None:
    checked = site_links.check(example_site)
    assert checked.problems == ()
    assert checked.links > 2000
    assert max(path.stat().st_size for path in example_site.rglob("*.html")) < 150_000


def test_the_site_of_a_tree_of_hostile_names(tmp_path: Path) -> None:
    built(hostile_tree(tmp_path / "tree"), tmp_path / "site")
    assert site_links.check(tmp_path / "site").problems == ()
    for page in (tmp_path / "site").rglob("*.html"):
        # what stands in the title of a page is text to a browser
        text = re.sub(r"<title>.*?</title>", "", page.read_text(), count=1, flags=re.S)
        assert "<script>evil" not in text
        assert "<img-src" not in text


def test_the_same_site_comes_from_the_same_tree(tree: Draw, tmp_path: Path) -> None:
    where = tree(TINY)
    built(where, tmp_path / "one")
    built(where, tmp_path / "other")
    one, other = contents(tmp_path / "one"), contents(tmp_path / "other")
    assert one == other


def test_a_site_is_not_built_again_until_something_changes(tree: Draw, tmp_path: Path) -> None:
    where, out = tree(TINY), tmp_path / "site"
    first = built(where, out)
    assert first is not None
    times = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    assert built(where, out) is None
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == times

    tree("--- clusters/staging/web/kustomization.yaml\nresources: [../../base/web]\n")
    again = built(where, out)
    assert again is not None
    assert 0 < again.written < first.written
    assert built(where, out) is None

    (out / "index.html").unlink()
    restored = built(where, out)
    assert restored is not None
    assert restored.written == 1


def test_stale_pages_go_and_foreign_files_stay(tree: Draw, tmp_path: Path) -> None:
    where, out = tree(TINY), tmp_path / "site"
    drawn.draw(where, "--- clusters/staging/api/kustomization.yaml\nresources: []\n")
    built(where, out)
    assert (out / "components/all/api/index.html").is_file()
    (out / "CNAME").write_text("platform.example\n")
    (where / "clusters/staging/api/kustomization.yaml").unlink()
    again = built(where, out)
    assert again is not None
    assert again.removed == 1
    assert not (out / "components/all/api").exists()
    assert (out / "CNAME").read_text() == "platform.example\n"


def test_a_file_of_somebody_else_is_never_overwritten(tree: Draw, tmp_path: Path) -> None:
    out = tmp_path / "site"
    out.mkdir()
    (out / "index.html").write_text("mine")
    with pytest.raises(WriteError, match=r"index\.html: is there and Groundplan did not write it"):
        built(tree(TINY), out)
    assert contents(out) == {"index.html": b"mine"}


# Pages for a MkDocs of one's own ----------------------------------------------------------------


def docs(tree: Path, out: Path, urls: bool = True) -> Synced:
    made = commands.docs(Options(tree), out, check=False, directory_urls=urls)
    assert isinstance(made, Synced)
    return made


def test_docs_are_up_to_date_once_written(tree: Draw, tmp_path: Path) -> None:
    where, out = tree(TINY), tmp_path / "docs"
    assert docs(where, out).written > 10
    assert commands.docs(Options(where), out, check=True, directory_urls=True) == ()
    assert docs(where, out).written == 0


def test_docs_check_names_what_is_old_and_writes_nothing(tree: Draw, tmp_path: Path) -> None:
    where, out = tree(TINY), tmp_path / "docs"
    docs(where, out)
    before = contents(out)
    drawn.draw(where, "--- clusters/staging/api/kustomization.yaml\nresources: []\n")
    found = commands.docs(Options(where), out, check=True, directory_urls=True)
    assert not isinstance(found, Synced)
    assert "components/all/api.md" in {change.path for change in found}
    assert contents(out) == before


@pytest.mark.parametrize("urls", [True, False])
def test_docs_build_in_a_mkdocs_that_knows_nothing_of_us(
    tree: Draw, tmp_path: Path, urls: bool
) -> None:
    (tmp_path / "mkdocs.yml").write_text(
        f"site_name: Mine\ntheme: mkdocs\nplugins: []\nuse_directory_urls: {str(urls).lower()}\n"
        "validation: {links: {anchors: warn}}\n"
    )
    drawn.draw(tmp_path / "docs", "--- index.md\n# Mine\n")
    where = tree(TINY)
    drawn.draw(where, ONE_ENVIRONMENT.replace("production", "staging"))
    docs(where, tmp_path / "docs" / "platform", urls)
    subprocess.run(
        (sys.executable, "-m", "mkdocs", "build", "--strict", "-f", "mkdocs.yml"),
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    ours = [
        problem
        for problem in site_links.check(tmp_path / "site").problems
        if ": fetches " not in problem  # what MkDocs's own theme does
    ]
    assert ours == []


@pytest.mark.long
def test_docs_build_with_zensical_and_every_link_leads_somewhere(
    tree: Draw, tmp_path: Path
) -> None:
    program = shutil.which("zensical")
    if program is None:
        pytest.skip("needs zensical")
    (tmp_path / "mkdocs.yml").write_text("site_name: Mine\nmarkdown_extensions: [def_list]\n")
    drawn.draw(tmp_path / "docs", "--- index.md\n# Mine\n")
    where = tree(TINY)
    drawn.draw(where, ONE_ENVIRONMENT.replace("production", "staging"))
    commands.docs(Options(where), tmp_path / "docs/platform", False, True, zensical=True)
    subprocess.run((program, "build", "-f", "mkdocs.yml"), cwd=tmp_path, check=True,
                   capture_output=True)  # fmt: skip
    found = site_links.check(tmp_path / "site")
    ours = [problem for problem in found.problems
            if problem.startswith("platform/") and ": fetches " not in problem]  # fmt: skip
    assert ours == []
    assert found.links > 100


def contents(directory: Path) -> dict[str, bytes]:
    """Every file by its path."""
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


# Real trees -------------------------------------------------------------------------------------


@pytest.mark.long
def test_the_sites_of_real_trees(shared_trees: tuple[Path, ...], tmp_path: Path) -> None:
    for where in shared_trees:
        out = tmp_path / where.name
        assert built(where, out) is not None
        assert site_links.check(out).problems == (), where.name
        large = {
            path.relative_to(out).as_posix(): size
            for path in out.rglob("*.html")
            if (size := path.stat().st_size) > 160_000
        }
        assert large == {}, where.name
        assert (out / writer.MANIFEST).is_file()


class EnoughError(Exception):
    """Ends a live server that would serve for ever."""


def test_a_mistake_in_the_configuration_does_not_end_the_live_server(tree: Draw) -> None:
    where = tree("--- web/kustomization.yaml\nresources: [web.yaml]\n")
    settings = where / "groundplan.yaml"
    heard: list[str] = []

    def say(text: str) -> None:
        heard.append(re.sub(r"\d+ pages at \S+", "pages", text))
        match len(heard):
            case 1:
                settings.write_text("title: [\n")
            case 2:
                settings.write_text("title: A shop\n")
            case _:
                raise EnoughError

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(EnoughError):
        commands.serve(Options(where), address, say)
    assert heard == [
        "pages (Ctrl-C ends)",
        "groundplan: groundplan.yaml:2: not valid YAML: did not find expected node content\n"
        "The pages stay as they were",
        "pages (Ctrl-C ends)",
    ]

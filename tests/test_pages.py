"""Pages: what they say of small trees, word for word, and what no tree can make them do."""

from __future__ import annotations

import base64
import html
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import markdown
import pytest

from analyzer import commands, dot, looking, pages, publishing
from analyzer.findings import FLOATING_IMAGE, ORPHAN_FILE, Finding
from analyzer.model import Span
from analyzer.pages import cards, promotion, site
from tests.drawn import commit, draw
from tests.hostile_names import HOSTILE, hostile_tree
from tests.look import EXAMPLE, look

Draw = Callable[[str], Path]

TINY = """
    --- groundplan.yaml
    title: Tiny
    layout:
      patterns: ["clusters/{environment}/{component}"]
      base: ["clusters/base/{component}"]
    environments: [staging, production]
    protected: [production]
    --- clusters/base/web/kustomization.yaml
    resources: [web.yaml]
    --- clusters/base/web/web.yaml = Deployment/web
    spec: {template: {spec: {containers: [{name: web, image: "example.com/web:1.0"}]}}}
    --- clusters/staging/web/kustomization.yaml
    resources: [../../base/web]
    images: [{name: example.com/web, newTag: "1.2"}]
    --- clusters/production/web/kustomization.yaml
    resources: [../../base/web]
    --- clusters/production/web/left.yaml = ConfigMap/left
    """


def written(tree: Path, pictures: bool = False, directory_urls: bool = True) -> dict[str, str]:
    """Every page of a tree by its path; without pictures, as where nothing draws them."""
    renderer: pages.Renderer = lambda dots: (  # noqa: E731
        dict(zip(dots, dot.render(dots), strict=True)) if pictures else {}
    )
    book = pages.book(pages.make(look(tree), directory_urls), renderer)
    return {page.path: page.text for page in book.pages}


def test_the_pages_of_a_tiny_tree(tree: Draw, golden: Callable[[str, str], None]) -> None:
    found = written(tree(TINY))
    golden("pages.txt", "\n".join(f"--- {path}\n{text}" for path, text in found.items()))


def test_the_registry_gives_the_tabs_and_their_order(tree: Draw) -> None:
    book = pages.book(pages.make(look(tree(TINY))), lambda dots: {})
    tabs = list(dict.fromkeys(page.tab for page in book.pages))
    assert tabs == [name for name, _ in pages.PAGES]
    firsts = [next(page.path for page in book.pages if page.tab == tab) for tab in tabs]
    assert firsts == [
        "index.md",
        "environments/index.md",
        "components/index.md",
        "diagrams/index.md",
        "reports/index.md",
    ]
    assert len({page.path for page in book.pages}) == len(book.pages)


def test_a_picture_stands_above_its_list_and_without_a_renderer_the_list_is_open(
    tree: Draw,
) -> None:
    where = tree(TINY)
    drawn = written(where, pictures=True)["components/all/web.md"]
    listed = written(where)["components/all/web.md"]
    assert "<svg" in drawn
    assert '<details class="gp-facts" data-search-exclude><summary>As a list (2)' in drawn
    assert "<svg" not in listed
    assert '<details class="gp-facts" data-search-exclude open><summary>As a list (2)' in listed


# The same for everybody -------------------------------------------------------------------------


CLOCK = r"\b20\d\d-\d\d-\d\d|\b\d\d:\d\d:\d\d\b"


def test_no_page_names_an_absolute_path_a_clock_or_a_version_of_ours(tmp_path: Path) -> None:
    where = draw(tmp_path / "tree", TINY)
    files = (path.read_bytes() for path in EXAMPLE.rglob("*") if path.is_file())
    own = {time for data in files for time in re.findall(CLOCK, data.decode("utf-8", "replace"))}
    for text in (*written(where).values(), *written(EXAMPLE).values()):
        assert str(tmp_path) not in text
        assert str(EXAMPLE.parent.parent) not in text
        assert set(re.findall(CLOCK, text)) <= own  # what the tree says itself
        assert not re.search(r"(?i)groundplan[ /]v?\d", text)


@pytest.mark.anew
def test_the_same_tree_gives_the_same_bytes_wherever_and_in_whatever_order_it_was_written(
    tmp_path: Path,
) -> None:
    head, *files = TINY.split("    --- ")
    backwards = head + "".join(f"    --- {file.rstrip()}\n" for file in reversed(files))
    broken = """
        --- clusters/staging/api/kustomization.yaml
        configMapGenerator: [{name: settings, behavior: merge, literals: [a=b]}]
        """
    one = draw(draw(tmp_path / "one" / "tree", TINY), broken)
    other = draw(draw(tmp_path / "other" / "tree", broken), backwards)
    assert written(one, pictures=True) == written(other, pictures=True)
    assert written(one) == written(one)


def test_people_read_paths_from_the_analysed_directory_and_links_have_the_whole(
    tmp_path: Path,
) -> None:
    drawn = TINY.replace("title: Tiny", "sourceUrl: https://forge.example/{path}#L{line}")
    draw(tmp_path / "repository" / "platform", drawn)
    commit(tmp_path / "repository", "all")
    found = written(tmp_path / "repository" / "platform")
    text = found["components/all/web.md"]
    assert "clusters/<wbr>production/<wbr>web/<wbr>left.yaml" in text
    assert (
        'href="https&#58;//forge.example/platform/clusters/production/web/left.yaml&#35;L1"' in text
    )
    for page in found.values():
        assert "platform/clusters" not in page.replace("forge.example/platform", "")


def test_links_fit_a_site_without_directory_urls(tree: Draw) -> None:
    text = written(tree(TINY), directory_urls=False)["environments/production.md"]
    assert '<a href="../components/all/web.html">web</a>' in text


# Trees of other kinds ---------------------------------------------------------------------------


def test_an_empty_tree_says_so_on_every_page(tmp_path: Path) -> None:
    draw(tmp_path / "tree", "--- README.md\nNothing yet.\n")
    found = written(tmp_path / "tree")
    assert list(found) == [
        "index.md",
        "environments/index.md",
        "components/index.md",
        "diagrams/index.md",
        "reports/index.md",
        "reports/structure.md",
        "reports/coverage.md",
        "reports/configuration.md",
        "reports/promotion.md",
        "reports/duplication.md",
    ]
    assert "No components are known" in found["index.md"]
    assert "No environments are known" in found["environments/index.md"]
    assert "No components are known" in found["components/index.md"]
    assert "nothing to draw" in found["diagrams/index.md"]


def test_without_environments_a_component_stands_once_with_its_version_and_state(
    tree: Draw,
) -> None:
    found = written(
        tree("""
            --- apps/web/kustomization.yaml
            resources: [web.yaml]
            --- apps/web/web.yaml = Deployment/web
            spec: {template: {spec: {containers: [{name: web, image: "web:1.0"}]}}}
            --- apps/api/kustomization.yaml
            resources: [gone.yaml]
            """)
    )
    rows = re.findall(r"<tr>(<th scope=\"row\">.*)</tr>", found["index.md"])
    assert [re.sub("<[^>]*>", " ", row).split() for row in rows] == [
        ["api", "–", "broken", "–", "–"],
        ["web", "1.0", "builds", "1", "–"],
    ]


def test_clusters_that_say_the_same_share_a_line(tree: Draw) -> None:
    overlays = "".join(
        f"""
        --- apps/web/production/{cluster}/kustomization.yaml
        resources: [../../base]
        images: [{{name: web, newTag: "{tag}"}}]
        """
        for cluster, tag in (("east", "1.0"), ("north", "1.0"), ("west", "2.0"))
    )
    where = tree("""
        --- groundplan.yaml
        layout:
          patterns: ["apps/{component}/{environment}/{cluster}"]
          base: ["apps/{component}/base"]
        environments: [production]
        --- apps/web/base/kustomization.yaml
        resources: [web.yaml]
        --- apps/web/base/web.yaml = Deployment/web
        spec: {template: {spec: {containers: [{name: web, image: web}]}}}
        """)
    draw(where, overlays)
    found = written(where)
    cell = re.search(r"<td>(.*gp-version.*)</td>", found["index.md"])
    assert cell is not None
    assert re.sub("<[^>]*>", " ", cell[1].replace("<br>", "/")).split() == [
        "1.0", "2", "clusters", "/", "2.0", "west",
    ]  # fmt: skip
    assert "<td>1.0 ×2, 2.0</td>" in found["components/all/web.md"]


def test_components_whose_names_differ_in_case_have_pages_of_their_own(tree: Draw) -> None:
    where = tree("""
        --- apps/Web/kustomization.yaml
        resources: []
        --- apps/web/kustomization.yaml
        resources: []
        --- apps/index/kustomization.yaml
        resources: []
        """)
    found = [path for path in written(where) if path.startswith("components/")]
    assert len(found) == 4
    assert len({path.lower() for path in found}) == 4


# Findings on pages ------------------------------------------------------------------------------


def test_a_rule_is_explained_once_then_come_its_places(tree: Draw) -> None:
    orphans = "".join(
        f"--- clusters/production/web/orphan-{n:03}.yaml = ConfigMap/o{n}\n" for n in range(200)
    )
    where = tree(TINY)
    draw(where, orphans)
    text = written(where)["reports/configuration.md"]
    assert text.count(ORPHAN_FILE.why) == 1
    assert "201 places" in text
    assert text.count('<li id="orphan-file-') == cards.PAGE
    assert "51 more are left out here: <code>groundplan check --format json</code>" in text
    overview = written(where)["environments/production.md"]
    assert '<a href="../../reports/configuration/&#35;rule-orphan-file">all 201</a>' in overview


def test_a_page_shows_every_rule_and_of_each_at_most_its_share() -> None:
    assert cards.shares({"a": 3, "b": 500, "c": 2}, 20) == {"a": 3, "b": 15, "c": 2}
    assert cards.shares({"a": 30, "b": 30}, 1) == {"a": 1, "b": 1}
    assert cards.shares({}, 5) == {}


def test_a_permalink_stays_when_lines_move_and_is_unique_on_a_page(tree: Draw) -> None:
    at = [Finding(FLOATING_IMAGE, "image a", Span("a.yaml", line)) for line in (3, 7)]
    assert cards.anchor(at[0]) == cards.anchor(at[1])
    made = site.make(look(tree(TINY)))
    with_both = replace(made, reports={"configuration": type("R", (), {"findings": at})})
    ids = re.findall(r'id="([^"]*)"', cards.cards(with_both, at, "index.md"))
    assert len(ids) == len(set(ids)) == 3


def test_what_is_meant_is_listed_with_its_reason_on_the_pages_it_belongs_to(tree: Draw) -> None:
    where = tree(
        TINY
        + """
    --- clusters/production/web/kept.yaml = ConfigMap/kept
    """
    )
    with (where / "groundplan.yaml").open("a") as file:
        file.write("intent: [{kind: accept-finding, rule: orphan-file, path: '**/kept.yaml', "
                   "reason: 'kept <b>as a sample</b>'}]\n")  # fmt: skip
    found = written(where)
    for path in ("reports/configuration.md", "components/all/web.md"):
        text = found[path]
        assert "1 finding is meant to be so" in text, path
        assert "kept &lt;b&gt;as a sample&lt;/b&gt;" in text
        assert len(re.findall(r'<li id="meant-orphan-file-[0-9a-f]{8}">', text)) == 1
        assert len(re.findall(r'<li id="orphan-file-[0-9a-f]{8}">', text)) == 1
    assert "meant to be so" not in found["index.md"]


def test_a_finding_has_one_permalink_on_every_page(tree: Draw) -> None:
    found = written(tree(TINY))
    pages_ = ("reports/configuration.md", "components/all/web.md", "environments/production.md")
    links = [re.findall(r'<li id="(orphan-file-[0-9a-f]{8})">', found[path]) for path in pages_]
    assert links[0] == links[1] == links[2] != []


# What a tree may try ----------------------------------------------------------------------------

ALLOWED = frozenset((
    "a", "br", "code", "details", "div", "em", "figure", "figcaption", "h1", "h2", "h3", "li", "ol",
    "p", "small", "span", "strong", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul",
    "wbr", "svg", "title", "desc", "g", "path", "polygon", "text", "polyline", "ellipse",
))  # fmt: skip


class Elements(HTMLParser):
    """Every element, attribute and the text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def as_html(text: str) -> Elements:
    """A page as the site's own MkDocs makes it."""
    text = text.removeprefix("---\n").partition("\n---\n")[2] if text.startswith("---\n") else text
    names = [e if isinstance(e, str) else next(iter(e)) for e in publishing.EXTENSIONS]
    found = Elements()
    found.feed(markdown.markdown(text, extensions=names))
    return found


@pytest.mark.parametrize("pictures", [False, True])
def test_nothing_in_a_tree_becomes_markup_a_link_or_a_template(
    tmp_path: Path, pictures: bool
) -> None:
    seen = ""
    for text in written(hostile_tree(tmp_path / "tree"), pictures).values():
        assert not re.search(r"\{\{|\$\{|\{%", text)
        found = as_html(text)
        assert found.tags <= ALLOWED
        for name, value in found.attributes:
            assert not name.startswith("on")
            if name in ("href", "src", "xlink:href"):
                assert re.fullmatch(r"[\w./#-]*", value or "")
        seen += found.text
    assert [name for name in HOSTILE if name not in seen] == []


def test_no_secret_value_is_on_any_page(tree: Draw) -> None:
    encoded = base64.b64encode(b"hunter2").decode()
    where = tree(f"""
        --- clusters/staging/web/kustomization.yaml
        resources:
        - secret.yaml
        - https://user:hunter2@forge.example/repository//path?ref=v1
        secretGenerator:
        - name: made
          literals: [password=hunter2]
        - name: read
          envs: [some.env]
        - name: gone
          envs: ["https://user:hunter2@forge.example/x"]
        --- clusters/staging/web/some.env
        PASSWORD=hunter2
        --- clusters/staging/web/secret.yaml = Secret/web
        data: {{password: {encoded}}}
        stringData: {{other: hunter2}}
        --- clusters/production/web/kustomization.yaml
        resources: [secret.yaml, web.yaml]
        --- clusters/production/web/web.yaml = Deployment/web
        spec: {{template: {{spec: {{containers: [
          {{name: web, image: "web:1", env: [{{name: DB_PASSWORD, value: hunter2}}]}}]}}}}}}
        --- clusters/production/web/secret.yaml = Secret/web
        stringData: {{password: hunter2}}
        """)
    for path, text in written(where, pictures=True).items():
        assert "hunter2" not in text, path
        assert encoded not in text, path


def test_more_than_five_hundred_pages_leave_those_of_components_out_of_the_search(
    tmp_path: Path,
) -> None:
    draw(tmp_path / "tree", "".join(f"--- apps/a{n}/kustomization.yaml\n" for n in range(500)))
    seen = commands.look(looking.Options(tmp_path / "tree", render=False)).snapshot
    book = pages.book(pages.make(seen), lambda dots: {})
    out = {page.path for page in book.pages if "search: {exclude: true}" in page.text}
    assert len(out) == 500
    assert all(path.startswith("components/apps/a") for path in out)
    wide = [page.path for page in book.pages if page.path in out and max(page.text) > "\xff"]
    assert wide == []  # Python takes a byte for each of their characters
    assert "<td>&ndash;</td>" in next(page.text for page in book.pages if page.path in out)


# Side by side -----------------------------------------------------------------------------------

STEPS = """
    --- groundplan.yaml
    layout: {patterns: ["clusters/{environment}/{component}"]}
    environments: [local, staging, production]
    sourceUrl: https://forge.example/{path}#L{line}
    --- clusters/local/web/kustomization.yaml
    resources: [all.yaml]
    --- clusters/local/web/all.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: settings}
    data: {LEVEL: debug, SAME: same}
    --- clusters/staging/web/kustomization.yaml
    resources: [all.yaml]
    --- clusters/staging/web/all.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: settings}
    data:
      LEVEL: "<b>info</b>"
      SAME: same
      text: |
        one: 1
        two: 2
    --- clusters/production/web/kustomization.yaml
    resources: [all.yaml, more.yaml]
    --- clusters/production/web/all.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: settings}
    data:
      LEVEL: "<b>warn</b>"
      SAME: same
      text: |
        one: 1
        two: 3
    --- clusters/production/web/more.yaml = Secret/key
    stringData: {password: hunter2}
    """


def full(tree: Path) -> dict[str, str]:
    """Every page of one full look, where each field is set too."""
    seen = commands.everything(looking.Options(tree)).snapshot
    book = pages.book(pages.make(seen), lambda dots: {})
    return {page.path: page.text for page in book.pages}


def cells(text: str) -> list[list[str]]:
    """The rows of a page's tables: text with its marks, without other markup."""
    rows = re.findall(r"<tr>(.*?)</tr>", text, re.S)
    kept = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in rows]
    return [[html.unescape(re.sub(r"<(?!/?(?:del|ins|mark)\b)[^>]*>", " ", cell)).strip()
             for cell in row] for row in kept]  # fmt: skip


def test_a_step_shows_values_side_by_side_with_what_differs_marked(tree: Draw) -> None:
    where = tree(STEPS)
    commit(where, "all")
    text = full(where)["promotion/staging-production/web.md"]
    assert "<b>" not in text
    marked = re.findall(r"<(del|ins|mark)>(.*?)</\1>", text)
    assert [(mark, html.unescape(word)) for mark, word in marked] == [
        ("mark", "warn"), ("mark", "info"), ("mark", "3"), ("mark", "2"),
    ]  # fmt: skip
    assert '<h3 id="keep-configmap-settings">' in text
    assert 'href="#keep-configmap-settings"' in text
    assert "hunter2" not in text


def test_environments_are_compared_field_by_field_and_what_is_the_same_is_left_out(
    tree: Draw,
) -> None:
    found = full(tree(STEPS))
    text = found["compare/web.md"]
    shown = [[re.sub(r"\s+", " ", cell.replace(" .", ".").replace("/ ", "/")) for cell in row]
             for row in cells(text)]  # fmt: skip
    place = "clusters/{}/web/all.yaml:{}"
    assert shown == [
        ["Field", "local", "staging", "production"],
        ["data.LEVEL", f"debug {place.format('local', 4)}",
         f"<b>info</b> {place.format('staging', 5)}",
         f"<b>warn</b> {place.format('production', 5)}"],
        ["data.text", "–", f"one: 1 … (2 lines) {place.format('staging', 7)}",
         f"one: 1 … (2 lines) {place.format('production', 7)}"],
        ["Field", "local", "staging", "production"],
        ["the whole resource", "–", "–", "there clusters/production/web/more.yaml:2"],
    ]  # fmt: skip
    groups = [re.findall(r'data-v="(\d*)"', row) for row in re.findall(r"<tr>.*?</tr>", text)]
    assert groups == [[], ["0", "1", "2"], ["0", "1", "2"], [], ["0", "0", "1"]]
    assert "hunter2" not in text
    assert "](<../../compare/web.md>)" in found["components/all/web.md"]


def test_an_environment_says_what_it_has_otherwise_than_the_one_before(tree: Draw) -> None:
    found = full(tree(STEPS))
    text = found["environments/production.md"]
    assert "1 component (" in text
    assert ", 2 resources" in text
    assert "## What differs from staging" in text
    assert 'href="../../promotion/staging-production/web/"' in text
    assert "## What differs from" not in found["environments/local.md"]


def test_of_very_many_steps_those_in_sync_have_no_page(
    tree: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = tree(STEPS)
    commit(where, "all")
    made = pages.make(commands.everything(looking.Options(where)).snapshot)

    def steps() -> list[str]:
        return [page.path for page in pages.book(made, lambda dots: {}).pages
                if page.path.startswith("promotion/")]  # fmt: skip

    assert steps() == ["promotion/local-staging/web.md", "promotion/staging-production/web.md"]
    monkeypatch.setattr(promotion, "_MANY", 0)
    assert steps() == []


def test_a_large_comparison_goes_on_on_further_pages(tree: Draw) -> None:
    where = tree(STEPS)
    for environment in ("staging", "production"):
        data = "\n".join(f"  key{n}: {environment}-{n}" for n in range(400))
        (where / f"clusters/{environment}/web/all.yaml").write_text(
            f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings}}\ndata:\n{data}\n"
        )
    found = full(where)
    parts = {path: text for path, text in found.items() if path.startswith("compare/")}
    assert len(parts) > 1
    assert max(len(text) for text in parts.values()) < 110_000
    assert all(sum(f"key{n}</code>" in text for text in parts.values()) == 1 for n in range(400))


def test_diagrams_are_files_that_stand_alone(tree: Draw) -> None:
    seen = look(tree(TINY))
    book = pages.book(pages.make(seen), lambda dots: dict(zip(dots, dot.render(dots), strict=True)))
    files = {name: data for name, data in book.assets.items() if name.startswith("diagrams/")}
    text = "\n".join(page.text for page in book.pages if page.path.startswith("diagrams/"))
    linked = re.findall(r'<a href="[./]*assets/(diagrams/[^"]+)" download>', text)
    assert sorted(linked) == sorted(files)
    assert len(files) > 2
    for name, data in files.items():
        if name.endswith(".svg"):
            assert ElementTree.fromstring(data).tag == "{http://www.w3.org/2000/svg}svg"
            assert b"xlink:href=" not in data
        else:
            assert data.startswith(b"digraph groundplan {")


def test_links_in_raw_html_may_be_rewritten_as_those_of_markdown_are(tree: Draw) -> None:
    book = pages.book(pages.make(look(tree(TINY))), lambda dots: {})
    served, source = book.files(), book.files(rewritten=True)
    link = '<a href="{}components/all/web/">web</a>'
    path = "environments/production.md"
    assert link.format("../../") in served[path].decode()
    assert link.format("../") in source[path].decode()
    assert served["environments/index.md"] == source["environments/index.md"]

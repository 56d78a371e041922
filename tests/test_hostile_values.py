"""Values and names of a hostile tree on built pages: each is shown as it is and does nothing."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from analyzer import commands, reviewing
from analyzer.looking import Options
from tests import site_links
from tests.hostile_values import FOLDER, LONG, MARK, TEXT, VALUES, environments, hostile_values

SHOWN = {  # what may not stand in a page as it is
    "escape": r"\x1b[31mred\x07",
    "turned": r"\u202egpj.exe\u2066",
    "nothing": r"a\x00b",
}
QUOTED = {  # values as JSON has them
    "escape": r"\u001b[31mred\u0007",
    "turned": SHOWN["turned"],
    "nothing": r"a\u0000b",
    "snippet": r"--8<-- \"mkdocs.yml\"",
    "tab": r"=== \"x\"",
    "math": r"$x$ \\(y\\) ~z~ ^w^ ==v==",
}
CALLED = r"<i>{{d}}`|\u202e\x1b[1m"
FIRST, SECOND = f"a{CALLED}", f"b{CALLED}"
_BLOCKS = ("td", "th", "pre", "h1", "h2", "h3", "li", "summary", "text", "title", "p")
_ALLOWED = {  # what our own pages are made of
    "a", "article", "br", "button", "code", "dd", "del", "desc", "details", "div", "dl", "dt", "em",
    "figcaption", "figure", "g", "h1", "h2", "h3", "hr", "ins", "label", "li", "mark", "nav", "p",
    "path", "polygon", "polyline", "ellipse", "pre", "section", "small", "span", "strong",
    "summary", "svg", "table", "tbody", "td", "text", "th", "thead", "title", "tr", "ul", "wbr",
}  # fmt: skip


class Article(HTMLParser):
    """The texts of a page's article by element, in their order, and whatever is not ours."""

    def __init__(self, page: Path) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[tuple[str, str]] = []
        self.foreign: list[str] = []
        self._inside = False
        self._open: list[int] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = self._inside or tag == "article"
        if not self._inside:
            return
        if tag not in _ALLOWED:
            self.foreign.append(tag)
        for name, value in attrs:
            scheme = re.match(r"\s*([a-z]+):", value or "", re.I)
            if name.startswith("on") or (name in ("href", "src", "xlink:href") and scheme):
                self.foreign.append(f"{tag} {name}={value}")
        if tag == "br" and self._open:  # what stands before it ends there
            block, text = self.texts[self._open[-1]]
            self.texts[self._open[-1]] = (block, text.rstrip(" "))
        if tag in _BLOCKS:
            self._open.append(len(self.texts))
            self.texts.append((tag, ""))

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "article"
        if tag in _BLOCKS and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._inside and self._open:
            tag, text = self.texts[self._open[-1]]
            self.texts[self._open[-1]] = tag, text + data

    def of(self, tag: str) -> list[str]:
        return [text for one, text in self.texts if one == tag]

    def rows(self) -> dict[str, list[str]]:
        """What stands in the cells beside the head of a row."""
        rows: dict[str, list[str]] = {}
        head = ""
        for tag, text in self.texts:
            if tag == "th":
                head = text
            elif tag == "td":
                rows.setdefault(head, []).append(text)
        return rows


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site of the hostile tree; MkDocs is strict."""
    where = tmp_path_factory.mktemp("hostile")
    out = where / "site"
    commands.site(Options(hostile_values(where / "tree")), out, reviewing.reviews)
    return out


def article(site: Path, pattern: str) -> Article:
    (page,) = site.glob(f"{pattern}/index.html")
    return Article(page)


def shown(key: str, last: str = "") -> str:
    return SHOWN.get(key, VALUES[key]) + last


def quoted(key: str, last: str = "") -> str:
    return f'"{QUOTED.get(key, VALUES[key])}{last}"'


def test_no_page_has_an_element_a_handler_or_an_address_of_the_tree(site: Path) -> None:
    pages = sorted(site.rglob("index.html"))
    assert len(pages) > 15
    assert {str(p.relative_to(site)): Article(p).foreign for p in pages} == {
        str(p.relative_to(site)): [] for p in pages
    }
    checked = site_links.check(site)
    assert checked.problems == ()


def test_no_page_is_larger_than_a_reader_waits_for(site: Path) -> None:
    assert max(page.stat().st_size for page in site.rglob("*.html")) < 60_000


def test_no_control_character_is_in_any_file(site: Path) -> None:
    control = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
    for file in (*site.rglob("*.html"), *site.glob("assets/diagrams/*"), site / "sitemap.xml"):
        assert not control.search(file.read_text(encoding="utf-8")), file


def test_environments_compared_show_each_value_as_it_is(site: Path) -> None:
    page = article(site, "compare/*")
    assert page.of("h1")[0].startswith(f"{CALLED}: environments compared")
    rows = page.rows()
    for key in VALUES:
        one, two = (
            f"{shown(key)} {last}clusters/{environment}/{CALLED}/patch.yaml"
            for last, environment in (("one", FIRST), ("two", SECOND))
        )
        assert [cell.rpartition(":")[0] for cell in rows[f"data.{key}"]] == [one, two], key
    heads = [head.removesuffix(" ¶") for head in page.of("h2")]
    assert heads == [f"ConfigMap/{MARK}", "ConfigMap/large", f"Deployment/{MARK}copy"]
    assert list(rows)[-1] == f"spec.template.spec.containers[name={MARK}].image"


def test_long_values_are_shown_where_they_differ(site: Path) -> None:
    begin = "…" + LONG[:40]
    cells = [
        cell.partition("clusters")[0] for cell in article(site, "compare/*").rows()["data.long"]
    ]
    assert cells == [f"{begin}one", f"{begin}two"]
    promoted = article(site, "promotion/*/*").rows()["data.long"]
    assert [cell.partition("clusters")[0][-5:] for cell in promoted[:2]] == ["yytwo", "yyone"]
    assert max(map(len, promoted)) < 200


def test_a_promotion_shows_each_value_as_it_is(site: Path) -> None:
    page = article(site, "promotion/*/*")
    rows = page.rows()
    for key in VALUES:
        target, source, why = rows[f"data.{key}"]
        assert target.partition("clusters/b")[0] == quoted(key, " two"), key
        assert source.partition("clusters/a")[0] == quoted(key, " one"), key
        assert why == "no rule says what this is other"
    texts = page.of("pre")
    *same, _ = TEXT.replace("\x1b", r"\x1b").splitlines(keepends=True), ""
    assert texts[:2] == [
        "\n" + "".join(f"  {line}" for line in same[0][:4]).rstrip("\n"),
        "\n" + "".join(f"  {line}" for line in same[0][4:]).rstrip("\n"),
    ]
    assert texts[2:4] == ["\n- two", "\n+ one"]


@pytest.mark.parametrize(("environment", "last"), [("a", "one"), ("b", "two")])
def test_the_rendered_view_shows_each_value_as_it_is(
    site: Path, environment: str, last: str
) -> None:
    page = article(site, f"rendered/{environment}-*/*")
    lines = [line for text in page.of("pre") for line in text.splitlines()]
    for key in VALUES:
        wanted = {f"  {key}: {shown(key)} {last}", f"  {key}: '{shown(key)} {last}'"}
        assert len(wanted.intersection(lines)) == 1, key
        wanted = {f"    {key}: {shown(key)}", f"    {key}: '{shown(key)}'"}
        assert len(wanted.intersection(lines)) == 1, key
    start = lines.index("  text: |")
    body = (TEXT + last).replace("\x1b", r"\x1b").splitlines()
    assert lines[start + 1 : start + 1 + len(body)] == [f"    {line}" for line in body]
    assert f"  name: {MARK}" in lines
    assert "6 lines, not shown here. groundplan why annotates it line by line." in page.of("p")


def test_the_page_of_a_component_shows_each_value_as_it_is(site: Path) -> None:
    page = article(site, "components/all/*")
    rows = page.rows()
    for key in VALUES:
        base, one, two = rows[f"data.{key}"]
        assert base == "–"
        assert one.partition("clusters/")[0] == f"{shown(key)} one"
        assert two.partition("clusters/")[0].startswith(f"{shown(key)} two"), key


def test_a_review_shows_each_line_of_its_patch_as_it_is(site: Path) -> None:
    page = article(site, "extraction/*")
    assert page.of("h1")[0] == f"{CALLED}: Deployment/{MARK}copy in 2 directories¶"
    lines = [line for text in page.of("pre") for line in text.splitlines()]
    for key in VALUES:
        line = f'    "{key}": {quoted(key)}'
        assert [each[:1] for each in lines if each[1:] == line] == ["-", "-", "+"], key
    titles = page.of("summary")
    assert f"clusters/{FIRST}/{CALLED}/copy.yaml goes: +0 −31" in titles
    assert page.rows()["spec.template.spec.containers[name=<b>|`c`].image"] == [
        "example.com/<s>:one", "as in base", "example.com/<s>:two",
    ]  # fmt: skip


def test_diagrams_show_names_as_they_are(site: Path) -> None:
    page = article(site, "diagrams/a-*")
    assert page.of("text") == [FIRST, "base", CALLED, FIRST, CALLED, "base"]
    (dot,) = site.glob("assets/diagrams/a-*.dot")
    escaped = CALLED.replace("\\", "\\\\")
    labels = [line.strip() for line in dot.read_text().splitlines() if "label=" in line]
    assert labels == [
        f'graph [id=g0 label="a{escaped}" margin=12]',
        f'n0 [label="{escaped}\\na{escaped}" id=n0 shape=box style=rounded]',
        "graph [id=g1 label=base margin=12]",
        f'n1 [label="{escaped}\\nbase" id=n1 peripheries=2 shape=box]',
    ]


def test_the_tree_has_what_is_tested() -> None:
    assert all(name.endswith(FOLDER) for name in environments())
    assert len(LONG) == 100_000

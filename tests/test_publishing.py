"""MkDocs in a process of its own: its configuration, its navigation, what it says when it fails."""

from __future__ import annotations

import json
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from analyzer import publishing
from analyzer.errors import AnalyzerError
from tests.drawn import draw


def laid_out(folder: Path, page: str) -> Path:
    """A folder with a mkdocs.yml and one page."""
    names = ("groundplan.css", "groundplan-site.css", "groundplan.js")
    assets = "".join(f"--- docs/assets/{name}\n" for name in names)
    draw(folder, f"{assets}--- docs/index.md\n{page}")
    nav: list[object] = [{"Overview": "index.md"}]
    (folder / "mkdocs.yml").write_text(publishing.configuration("A title", nav))
    return folder


def test_the_configuration_asks_nobody_for_anything() -> None:
    text = publishing.configuration("A: title", [])
    assert "http" not in text
    settings = json.loads(text)
    assert settings["site_name"] == "A&#58; title"
    assert settings["theme"]["font"] is False
    assert settings["plugins"] == ["search"]
    assert "navigation.prune" in settings["theme"]["features"]
    assert settings["validation"]["links"]["anchors"] == "warn"


def test_a_tab_starts_with_its_index_and_a_section_gathers_its_pages() -> None:
    assert publishing.nav((
        ("Overview", "", "Overview", "index.md"),
        ("Components", "", "Components", "components/index.md"),
        ("Components", "", "kube", "components/all/kube.md"),
        ("Components", "apps", "web", "components/apps/web.md"),
        ("Components", "apps", "api", "components/apps/api.md"),
    )) == [
        {"Overview": "index.md"},
        {"Components": [
            "components/index.md",
            {"kube": "components/all/kube.md"},
            {"apps": [{"web": "components/apps/web.md"}, {"api": "components/apps/api.md"}]},
        ]},
    ]  # fmt: skip


def test_a_section_may_be_called_what_yaml_takes_for_something_else() -> None:
    nav = publishing.nav((
        ("Components", "", "Components", "components/index.md"),
        ("Components", "on", "null", "components/on/null.md"),
        ("Components", "1.0", "~", "components/1.0/a.md"),
    ))  # fmt: skip
    assert json.loads(publishing.configuration("t", nav))["nav"] == nav


def test_titles_of_a_tree_are_text_for_a_theme_that_escapes_nothing(tmp_path: Path) -> None:
    evil = "</title><script>evil</script>"
    folder = laid_out(tmp_path, "# Here\n")
    nav = publishing.nav((("A", "", "A", "index.md"), ("B", evil, evil, "b.md")))
    draw(folder, "--- docs/b.md\n# There\n")
    (folder / "mkdocs.yml").write_text(publishing.configuration(evil, nav))
    publishing.build(folder)
    for page in folder.glob("site/**/*.html"):
        assert "<script>evil" not in page.read_text().replace("< /title><script>evil< /script>", "")
    shown = (folder / "site/index.html").read_text()
    assert "&lt; /title&gt;&lt;script&gt;evil" in shown


def test_a_page_is_built(tmp_path: Path) -> None:
    out = publishing.build(laid_out(tmp_path, "# Here\n"))
    files = publishing.read(out)
    assert b"Here</h1>" in files["index.html"].replace(b'<a class="headerlink"', b"</h1>")
    assert "sitemap.xml.gz" not in files
    assert "assets/groundplan.css" in files


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("[gone](gone.md)\n", "'index.md' contains a link 'gone.md'"),
        ("[gone](#gone)\n", "'index.md' contains a link '#gone'"),
    ],
)
def test_what_is_wrong_is_said_in_the_words_of_mkdocs(tmp_path: Path, page: str, said: str) -> None:
    with pytest.raises(AnalyzerError, match="mkdocs: the site does not build") as caught:
        publishing.build(laid_out(tmp_path, page))
    assert said in str(caught.value)


def test_the_digest_changes_with_everything_a_site_is_made_of() -> None:
    files = {"a.md": b"1", "b.md": b"2"}
    made = publishing.digest(files, "config")
    assert made == publishing.digest(dict(reversed(files.items())), "config")
    assert made != publishing.digest({**files, "a.md": b"2"}, "config")
    assert made != publishing.digest({"a.md": b"1", "c.md": b"2"}, "config")
    assert made != publishing.digest({"a.md": b"1"}, "config")
    assert made != publishing.digest(files, "other")


def test_the_live_server_serves_until_it_is_ended(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    server = publishing.serve(laid_out(tmp_path, "# Here\n"), address)
    try:
        assert "Here" in answer(f"http://{address}/", seconds=30)
    finally:
        server.terminate()
        server.wait(10)
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"http://{address}/", timeout=5)


def answer(url: str, seconds: float) -> str:
    """What a server says as soon as it is there."""
    for _ in range(int(seconds * 10)):
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                return str(response.read().decode())
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url}: no answer in {seconds} s")


@pytest.mark.parametrize("address", ["foo", ":8000", "127.0.0.1:", "127.0.0.1:99999", "x:y"])
def test_what_is_no_address_is_said_before_anything_is_made(address: str) -> None:
    with pytest.raises(AnalyzerError, match=rf"^{address}: is no HOST:PORT"):
        publishing.usable(address)


def test_a_taken_port_is_said_before_anything_is_made() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(AnalyzerError, match=rf"^{address}: cannot be listened on: Address"):
            publishing.usable(address)
    publishing.usable(address)

"""A built site → every link that leads nowhere, and everything a browser would fetch from outside.

Read as a browser reads it: raw HTML and SVG too, which MkDocs does not check.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

_FETCHED = {  # what a browser asks for on its own, by element
    "link": ("href",), "script": ("src",), "img": ("src", "srcset"), "iframe": ("src", "srcdoc"),
    "source": ("src", "srcset"), "video": ("src", "poster"), "audio": ("src",), "track": ("src",),
    "embed": ("src",), "object": ("data",), "input": ("src",), "body": ("background",),
    "use": ("href", "xlink:href"), "image": ("href", "xlink:href"),
    "feimage": ("href", "xlink:href"),
}  # fmt: skip
_FOLLOWED = ("href", "xlink:href", "src", "data", "action", "poster", "cite")
_CSS = re.compile(r"@import\s+(?:url\()?\s*[\"']?([^\"')\s;]+)|url\(\s*[\"']?([^\"')]*)")


@dataclass
class Page(HTMLParser):
    """One HTML file: its ids, what it links to, and what it makes a browser fetch."""

    path: str
    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    _in_style: bool = False

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.ids += [values[name] for name in ("id",) if name in values]
        self.ids += [values["name"]] if tag == "a" and "name" in values else []
        self.links += [values[name] for name in _FOLLOWED if name in values]
        self.fetched += [values[name] for name in _FETCHED.get(tag, ()) if name in values]
        self.fetched += _in_css(values.get("style", ""))
        if tag == "meta" and values.get("http-equiv", "").lower() == "refresh":
            self.fetched.append(values.get("content", "").partition("=")[2])
        if tag == "base":
            self.fetched.append(values.get("href", ""))
        self._in_style = tag == "style"

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.fetched += _in_css(data)

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False


@dataclass(frozen=True)
class Checked:
    """How many links were followed, and what is wrong with which."""

    pages: int
    links: int
    problems: tuple[str, ...]


def check(site: Path) -> Checked:
    """Every link of every page of a built site."""
    pages = {path: _read(site, path) for path in _files(site, ".html")}
    problems: list[str] = []
    count = 0
    for page in pages.values():
        problems += [f"{page.path}: id {id} twice" for id in _repeated(page.ids)]
        problems += [f"{page.path}: fetches {url}" for url in page.fetched if _outside(url)]
        for link in (*page.links, *page.fetched):
            count += 1
            problem = _problem(site, pages, page.path, link)
            problems += [f"{page.path}: {link}: {problem}"] if problem else []
    for path in _files(site, ".css"):
        for url in _in_css((site / path).read_text("utf-8")):
            count += 1
            problem = "fetched from outside" if _outside(url) else _problem(site, {}, path, url)
            problems += [f"{path}: {url}: {problem}"] if problem else []
    return Checked(len(pages), count, tuple(dict.fromkeys(problems)))


def _files(site: Path, suffix: str) -> Iterator[str]:
    for path in sorted(site.rglob(f"*{suffix}")):
        yield path.relative_to(site).as_posix()


def _read(site: Path, path: str) -> Page:
    page = Page(path)
    page.feed((site / path).read_text("utf-8"))
    page.close()
    return page


def _repeated(ids: list[str]) -> list[str]:
    return sorted({id for id in ids if ids.count(id) > 1})


def _in_css(text: str) -> list[str]:
    return [first or second for first, second in _CSS.findall(text)]


def _outside(url: str) -> bool:
    parts = urlsplit(url.strip())
    return parts.scheme not in ("", "data") or bool(parts.netloc)


def _problem(site: Path, pages: dict[str, Page], at: str, link: str) -> str | None:
    parts = urlsplit(link.strip())
    if parts.scheme in ("http", "https", "mailto", "data"):
        return None
    if parts.scheme or parts.netloc:
        return f"a link of the scheme {parts.scheme or '//'}"
    target = _resolved(at, unquote(parts.path))
    if target is None:
        return "leaves the site"
    if (site / target).is_dir():
        target = f"{target}/index.html".removeprefix("./").removeprefix("/")
    if not (site / target).is_file():
        return "no such file"
    fragment = unquote(parts.fragment)
    if fragment and target in pages and fragment not in pages[target].ids:
        return "no such id"
    return None


def _resolved(at: str, path: str) -> str | None:
    """A link's path below the site; one that starts with / is below it too (404.html)."""
    if not path:
        return at
    parts: list[str] = [] if path.startswith("/") else list(PurePosixPath(at).parent.parts)
    for part in path.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts) or "."


if __name__ == "__main__":
    for name in sys.argv[1:]:
        found = check(Path(name))
        print(f"{name}: {found.pages} pages, {found.links} links, {len(found.problems)} problems")
        print("".join(f"  {problem}\n" for problem in found.problems[:40]), end="")

"""Pages → a built site, by MkDocs in a process of its own. The only module that runs it."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from analyzer import escape
from analyzer.errors import AnalyzerError

STAMP = "groundplan-inputs.txt"  # what a built site was made of
_SECONDS = 3600
_WARNING = re.compile(r"^(?:WARNING|ERROR)\s+-\s+(.*)$", re.M)

_THEME: Mapping[str, object] = {
    "name": "material",
    "font": False,
    "palette": [
        {"media": "(prefers-color-scheme: light)", "scheme": "default", "primary": "indigo",
         "toggle": {"icon": "material/weather-night", "name": "Dark mode"}},
        {"media": "(prefers-color-scheme: dark)", "scheme": "slate", "primary": "indigo",
         "toggle": {"icon": "material/weather-sunny", "name": "Light mode"}},
    ],
    "icon": {"logo": "material/layers-triple-outline"},
    "features": ["navigation.tabs", "navigation.prune", "navigation.indexes", "navigation.top",
                 "search.suggest", "search.highlight", "content.code.copy", "toc.follow"],
}  # fmt: skip
EXTENSIONS: tuple[object, ...] = (
    "admonition", "attr_list", "def_list", "md_in_html", "tables", {"toc": {"permalink": True}},
    "pymdownx.details", "pymdownx.highlight", "pymdownx.superfences",
)  # fmt: skip


def configuration(title: str, nav: list[object], extra: Mapping[str, object] | None = None) -> str:
    """A mkdocs.yml as JSON, which is YAML. `docs/` and `site/` stand beside it."""
    return json.dumps({
        "site_name": _shown(title), "docs_dir": "docs", "site_dir": "site",
        "use_directory_urls": True, "nav": nav, "theme": _THEME, "plugins": ["search"],
        "markdown_extensions": list(EXTENSIONS),
        "extra_css": ["assets/groundplan.css", "assets/groundplan-site.css"],
        "extra_javascript": ["assets/groundplan.js"],
        "extra": {"generator": False}, "validation": {
            "nav": {"omitted_files": "info"}, "links": {"anchors": "warn"}},
        **(extra or {}),
    }, indent=1, ensure_ascii=False)  # fmt: skip


def _shown(title: str) -> str:
    """A title as the theme may print it: its templates escape nothing, and unescape some."""
    return escape.html(title.replace("</", "< /"))


def digest(files: Mapping[str, bytes], config: str) -> str:
    """Of everything a site is made of, the programs included."""
    made = hashlib.sha256(config.encode())
    for name in ("mkdocs", "mkdocs-material"):
        made.update(f"{name} {importlib.metadata.version(name)}\0".encode())
    for path, data in sorted(files.items()):
        made.update(path.encode() + b"\0" + hashlib.sha256(data).digest())
    return made.hexdigest()


def build(folder: Path) -> Path:
    """Build the mkdocs.yml in a folder, strictly; returns the built directory.

    Raises AnalyzerError with MkDocs's own words where it fails.
    """
    command = (sys.executable, "-m", "mkdocs", "build", "--strict", "-f", "mkdocs.yml")
    try:
        done = subprocess.run(command, cwd=folder, env=_environment(), capture_output=True,
                              text=True, timeout=_SECONDS, check=False)  # fmt: skip
    except subprocess.TimeoutExpired:
        raise AnalyzerError(f"mkdocs: not done after {_SECONDS} s") from None
    if done.returncode != 0:
        said = _WARNING.findall(done.stderr) or done.stderr.strip().splitlines()[-5:]
        raise AnalyzerError("mkdocs: the site does not build:\n  " + "\n  ".join(said[:20]))
    return folder / "site"


def usable(address: str) -> None:
    """Raises AnalyzerError where no server can listen on HOST:PORT."""
    host, colon, port = address.rpartition(":")
    if not (host and colon and port.isdecimal() and 0 < int(port) < 65536):
        raise AnalyzerError(f"{address}: is no HOST:PORT, such as 127.0.0.1:8000")
    try:
        found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)[0]
        with socket.socket(found[0]) as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
            one.bind(found[4])
            one.listen()
    except OSError as error:
        raise AnalyzerError(
            f"{address}: cannot be listened on: {error.strerror}; name another with -a HOST:PORT"
        ) from None


def serve(folder: Path, address: str) -> subprocess.Popen[bytes]:
    """MkDocs's own live server on a folder; the caller ends it."""
    command = (sys.executable, "-m", "mkdocs", "serve", "--livereload", "--dirty", "--quiet",
               "-f", "mkdocs.yml", "-a", address)  # fmt: skip
    return subprocess.Popen(command, cwd=folder, env=_environment())


def _environment() -> dict[str, str]:
    return {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONHASHSEED": "0"}


def read(folder: Path) -> dict[str, bytes]:
    """Every file below a built directory, but what carries the time of the build."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in ("sitemap.xml.gz",):
            found[name] = path.read_bytes()
    return found


def nav(pages: Iterable[tuple[str, str, str, str]]) -> list[object]:
    """MkDocs navigation of (tab, section, title, path), in the order given.

    A tab's first page is its index; a section gathers the pages that name it.
    """
    tabs: dict[str, list[object]] = {}
    sections: dict[tuple[str, str], list[object]] = {}
    for tab, section, title, path in pages:
        inside = tabs.setdefault(tab, [])
        if not inside:
            inside.append(path)
            continue
        if section:
            if (tab, section) not in sections:
                sections[tab, section] = []
                inside.append({_shown(section): sections[tab, section]})
            inside = sections[tab, section]
        inside.append({_shown(title): path})
    return [{tab: inside[0] if len(inside) == 1 else inside} for tab, inside in tabs.items()]

"""All generated files of the documentation by their path, and what is to change on disk."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

from analyzer import commands, looking, markers, pages, publishing
from analyzer.changes import FileChange, digest
from analyzer.errors import AnalyzerError
from analyzer.reference import modules, outputs, pictures, texts
from analyzer.remembering import remembered

_MADE = "<!-- Made by `python -m analyzer.reference` from the code: change that. -->"
_NAV = re.compile(rb"(?m)^( *)# BEGIN GENERATED: example\n(?:.*\n)*?\1# END GENERATED: example\n")
_OWN = ("example", "reference")  # folders of docs without a page written by hand


def changes(docs: Path) -> tuple[FileChange, ...]:
    """What `docs` and the files beside it should become; paths relative to its parent."""
    project = docs.parent
    found = []
    for path, after in sorted(files(docs).items()):
        file = project / path
        before = digest(file.read_bytes()) if file.is_file() else None
        found.append(FileChange(path, before, after))
    return tuple(found)


def files(docs: Path) -> Mapping[str, bytes]:
    """Every generated file: whole pages and schemas, and hand-written pages with sections."""
    with tempfile.TemporaryDirectory(prefix="groundplan-") as folder:
        with_sections = _with_sections(docs, Path(folder))
        with outputs.example() as here, remembered(Path(folder)):
            site = pages.make(commands.look(looking.Options(here)).snapshot)
    whole = {
        "reference/rules.md": _page(texts.rules()),
        "reference/classes.md": _page(texts.classes()),
        "reference/reports.md": _page(texts.reports()),
        "reference/cli.md": _page(texts.cli()),
        "reference/configuration.md": _page(texts.configuration()),
        "reference/architecture.md": _page(modules.page(modules.modules())),
        **{f"schema/{name}": text for name, text in texts.schemas()},
        **{f"assets/example-{name}.svg": svg for name, svg in pictures.pictures(site)},
    }
    return {
        **{f"{docs.name}/{path}": text.encode() for path, text in whole.items()},
        **with_sections,
        **_with_navigation(docs.parent, site),
    }


def _page(pieces: Iterable[str]) -> str:
    return "\n\n".join((_MADE, *pieces)) + "\n"


def _with_sections(docs: Path, memory: Path) -> dict[str, bytes]:
    """Pages written by hand, with what the commands they show print now."""
    written = {path: (docs.parent / path).read_bytes() for path in _by_hand(docs)}
    sections = [s for path, data in written.items() for s in markers.find(path, data)[0]]
    wanted = {s.option("of") for s in sections} & outputs.COMMANDS.keys()
    content = partial(outputs.shown, said=outputs.printed(wanted, memory))
    made = {}
    for path, data in written.items():
        made[path], wrong = markers.inject(path, data, content, ("output",))
        if wrong:
            raise AnalyzerError(f"{wrong[0].location}: {wrong[0].message}")
    return made


def _by_hand(docs: Path) -> Iterator[str]:
    for path in (docs.parent / "README.md", *sorted(docs.rglob("*.md"))):
        inside = path.relative_to(docs).parts[0] if path.is_relative_to(docs) else ""
        if path.is_file() and inside not in _OWN:
            yield path.relative_to(docs.parent).as_posix()


def _with_navigation(project: Path, site: pages.Site) -> dict[str, bytes]:
    """mkdocs.yml, with the pages of the example between its two comments."""
    path = project / "mkdocs.yml"
    if not path.is_file():
        return {}
    book = pages.book(site, lambda dots: dict.fromkeys(dots))
    nav = publishing.nav((p.tab, p.section, p.title, f"example/{p.path}") for p in book.pages
                         if p.listed)  # fmt: skip

    def block(match: re.Match[bytes]) -> bytes:
        indent = match[1].decode()
        lines = ("# BEGIN GENERATED: example", *_yaml(nav, ""), "# END GENERATED: example")
        return "".join(f"{indent}{line}\n" for line in lines).encode()

    return {path.name: _NAV.sub(block, path.read_bytes())}


def _yaml(items: list[object], indent: str) -> Iterator[str]:
    for item in items:
        if not isinstance(item, dict):
            yield f"{indent}- {item}"
            continue
        for title, value in item.items():
            if isinstance(value, list):
                yield f"{indent}- {title}:"
                yield from _yaml(value, f"{indent}    ")
            else:
                yield f"{indent}- {title}: {value}"

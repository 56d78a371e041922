"""Directory trees drawn in Markdown files against the directories that are there."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator

from analyzer import findings as rules
from analyzer import readmetree
from analyzer.causes import label, shown
from analyzer.findings import Finding
from analyzer.model import Span
from analyzer.snapshot import Snapshot


def readme_trees(snapshot: Snapshot) -> Iterator[Finding]:
    """Directory trees drawn in Markdown files that are not what is on disk."""
    for path, data in snapshot.texts.items():
        for drawing in readmetree.drawings(data.decode("utf-8", "replace")):
            yield from _drawing(snapshot, path, drawing)


def _drawing(snapshot: Snapshot, path: str, drawing: readmetree.Drawing) -> Iterator[Finding]:
    repository = snapshot.repository
    base = _base(snapshot, posixpath.dirname(path), drawing)
    if base is None:
        return
    drawn: dict[str, set[str]] = defaultdict(set)
    open_ended: set[str] = set()
    lines = {base: drawing.line}
    for entry in drawing.entries:
        parent = posixpath.join(base, *entry.parents) if entry.parents else base
        if not entry.known:
            open_ended.add(parent)
            continue
        full = posixpath.join(parent, entry.name)
        drawn[parent].add(entry.name.split("/")[0])
        lines[full] = entry.line
        there = full in repository.files or full in repository.directories
        if not there and parent in repository.directories:
            yield Finding(
                rules.README_TREE,
                f"{shown(entry.name)} is drawn and does not exist in {label(parent)}",
                Span(path, entry.line),
            )
    below = _below(snapshot.roots())
    for parent, names in sorted(drawn.items()):
        if parent in open_ended or parent not in repository.directories or len(names) < 2:
            continue
        real = below[parent]
        if not names & real:
            continue  # a tree of files, or of something else
        for name in sorted(real - names):
            yield Finding(
                rules.README_TREE,
                f"{name}/ is missing from the drawing of {label(parent)}",
                Span(path, lines.get(parent, drawing.line)),
            )


def _below(roots: Iterable[str]) -> dict[str, set[str]]:
    """Directory → the names in it that are roots, or hold some."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in roots:
        while path:
            parent, name = posixpath.split(path)
            found[parent].add(name)
            path = parent
    return found


def _base(snapshot: Snapshot, folder: str, drawing: readmetree.Drawing) -> str | None:
    """The directory that is drawn: its first line's, else the README's, else None."""
    directories, files = snapshot.repository.directories, snapshot.repository.files
    tops = [e.name for e in drawing.entries if not e.parents and e.known]
    top = drawing.top.removeprefix("./")
    for base in dict.fromkeys((posixpath.normpath(posixpath.join(folder, top)), folder)):
        base = "" if base == "." else base
        there = [
            t
            for t in tops
            if posixpath.join(base, t) in directories or posixpath.join(base, t) in files
        ]
        if base in directories and tops and len(there) * 2 >= len(tops):
            return base
    return None

"""Generated sections between markers in a Markdown file: where they are, and new content for them.

    <!-- BEGIN GENERATED: structure level=3 -->      or      [//]: # (BEGIN GENERATED: structure)
    <!-- END GENERATED: structure -->                        [//]: # (END GENERATED: structure)

Every byte outside the sections stays. With any problem in a file all of it stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from analyzer.changes import Edit, apply_edits
from analyzer.findings import SECTION_MARKER, Finding, Related, ordered
from analyzer.model import Span

_BOM = b"\xef\xbb\xbf"
_HEAD = re.compile(r" {0,3}(?:(<!--)|\[//\]:[ \t]*#[ \t]*\()[ \t]*(BEGIN|END) GENERATED:")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_OPTION = re.compile(r"([A-Za-z][A-Za-z0-9_-]*)=(\S+)")
_FENCE = re.compile(r"(`{3,})[^`]*$|(~{3,})")
_RULE = re.compile(r"([-*]) *(?:\1 *){2,}$")  # a thematic break, which begins as an item does
_ITEM = re.compile(r"((?:[-+*]|[0-9]{1,9}[.)]))( +|$)")


@dataclass(frozen=True, slots=True)
class Section:
    """A generated section. `span` is its BEGIN line, `body` the lines between the markers."""

    name: str
    options: tuple[tuple[str, str], ...]  # sorted by key
    span: Span
    body: Span

    def option(self, key: str, default: str = "") -> str:
        return dict(self.options).get(key, default)


@dataclass(frozen=True, slots=True)
class _Marker:
    """A marker line; `problem` says why it is not one, `after` is where the next line starts."""

    begins: bool
    name: str
    options: tuple[tuple[str, str], ...]
    span: Span
    after: int
    problem: str = ""


class _Fences:
    """Which lines are in fenced code, asked line after line: CommonMark 4.5, in list items too.

    An item is followed because its fence may begin beside the bullet (`1. ```sh`) or be indented
    deeper than three columns; a fence ends with the item that holds it. Fences in block quotes
    need no care: they end with the quote, and no marker begins with `>`.
    """

    def __init__(self) -> None:
        self.items: list[int] = []  # content columns of the open list items, outermost first
        self.fence = ""  # what opened the fence the next line is in
        self.column = 0  # content column of the item that holds this fence

    def covers(self, line: str) -> bool:
        """Whether this line, the next of the text, is code or opens or closes it."""
        text = line.expandtabs(4).rstrip(" ")
        if not text:
            return bool(self.fence)
        indent = len(text) - len(text.lstrip(" "))
        if self.fence and indent >= self.column:
            end = text[indent:]
            if indent - self.column <= 3 and end == self.fence[0] * max(len(end), len(self.fence)):
                self.fence = ""
            return True
        self.fence = ""
        while self.items and self.items[-1] > indent:
            self.items.pop()
        return self._opens(text, indent, self.items[-1] if self.items else 0)

    def _opens(self, text: str, indent: int, column: int) -> bool:
        while indent - column <= 3:
            if fence := _FENCE.match(text, indent):
                self.fence, self.column = fence[1] or fence[2], column
                return True
            item = _ITEM.match(text, indent)
            if item is None or _RULE.match(text, indent):
                return False
            column = item.end() if 1 <= len(item[2]) <= 4 else item.end(1) + 1
            indent = item.end()
            self.items.append(column)
        return False

    def closing(self) -> str:
        """The line that ends the open fence; "" where none is open."""
        return " " * self.column + self.fence if self.fence else ""


def find(path: str, data: bytes) -> tuple[tuple[Section, ...], tuple[Finding, ...]]:
    """The well-formed sections in order, and what is wrong with markers in this file.

    Markers in fenced code are text, and so are those indented by four columns or more, those in
    the middle of a line and those in a block quote.
    """
    markers = tuple(_markers(path, data, _Fences()))
    findings = [_finding(marker.span, marker.problem) for marker in markers if marker.problem]
    sections: list[Section] = []
    begun: list[_Marker] = []
    for marker in markers:
        if marker.begins:
            begun.append(marker)
            continue
        unclosed = []
        while begun and begun[-1].name != marker.name:
            unclosed.append(begun.pop())
        if begun:
            sections.append(_section(begun.pop(), marker))
            findings += map(_lone, unclosed)
        else:
            begun = unclosed[::-1]
            findings.append(_lone(marker))
    findings += map(_lone, begun)
    sections.sort(key=lambda section: section.span)
    findings += _nested(sections)
    findings += _repeated(sections)
    return tuple(sections), ordered(findings)


def inject(
    path: str,
    data: bytes,
    content: Callable[[Section], str | Finding],
    known: Collection[str],
) -> tuple[bytes, tuple[Finding, ...]]:
    """The file with every section's content made anew; or the data as it is, and what is wrong.

    `content` returns Markdown, or a finding where it can do nothing with the section's options.
    One blank line stands inside each marker; lines end as the BEGIN marker's line does. See
    `harmless` for content that looks like a marker.
    """
    sections, found = find(path, data)
    findings = [*found, *_unknown(sections, known)]
    edits = []
    for section in sections if not findings else ():
        made = content(section)
        if isinstance(made, Finding):
            findings.append(made)
        else:
            newline = b"\r\n" if data[: section.body.start].endswith(b"\r\n") else b"\n"
            edits.append(Edit(section.body.start, section.body.end, _body(made, newline)))
    return (data, ordered(findings)) if findings else (apply_edits(data, edits), ())


def init(path: str, data: bytes, names: Iterable[str]) -> bytes:
    """The file with an empty section appended for every name that no marker in it has.

    Each stands under a heading of its own. A broken marker counts: `inject` reports it, and a
    second section would not mend it. A fence left open at the end is closed first, because in it
    the markers would be text.
    """
    fences = _Fences()
    there = {marker.name for marker in _markers(path, data, fences)}
    missing = [name for name in dict.fromkeys(names) if name not in there]
    if not missing:
        return data
    text = data.removeprefix(_BOM)
    lines = []
    if text:
        lines += [""] if not text.endswith(b"\n") else []
        lines += [fences.closing()] if fences.fence else []
        lines += [""] if fences.fence or not text.endswith((b"\n\n", b"\n\r\n")) else []
    for number, name in enumerate(missing):
        title = name.replace("-", " ").replace("_", " ")
        lines += [""] if number else []
        lines += (f"## {title[:1].upper()}{title[1:]}", "", f"<!-- BEGIN GENERATED: {name} -->",
                  "", f"<!-- END GENERATED: {name} -->")  # fmt: skip
    if not text or text.endswith(b"\n"):
        lines.append("")
    return data + _newline(data).join(line.encode() for line in lines)


def harmless(content: str) -> str:
    """Content that neither ends its section nor begins another.

    A line outside fenced code that reads as a marker gets its first character escaped (`&lt;!--`,
    `\\[//]`), which Markdown shows as the line was. A fence left open is closed, because in it
    the END marker would be text. Newlines become `\\n`; blank lines at both ends go.
    """
    text = content.replace("\r\n", "\n").replace("\r", "\n")
    fences = _Fences()
    lines = []
    for line in text.split("\n"):
        if not fences.covers(line) and (head := _HEAD.match(line)):
            line = line.replace("<", "&lt;", 1) if head[1] else line.replace("[", "\\[", 1)
        lines.append(line)
    if fences.fence:
        lines.append(fences.closing())
    blank = [not line.strip(" \t") for line in lines]
    while lines and blank[len(lines) - 1]:
        lines.pop()
    first = next((number for number in range(len(lines)) if not blank[number]), 0)
    return "\n".join(lines[first:])


def _body(content: str, newline: bytes) -> bytes:
    text = harmless(content).encode("utf-8", "replace")
    return (b"\n%b\n\n" % text if text else b"\n").replace(b"\n", newline)


def _newline(data: bytes) -> bytes:
    return b"\r\n" if data[: data.find(b"\n") + 1].endswith(b"\r\n") else b"\n"


def _markers(path: str, data: bytes, fences: _Fences) -> Iterator[_Marker]:
    """Every marker outside code. One ends all list items, so that a section's content is read
    the same whatever stands before it."""
    at = 0
    for number, raw in enumerate(data.split(b"\n"), start=1):
        start = at + len(_BOM) if number == 1 and raw.startswith(_BOM) else at
        at += len(raw) + 1
        line = data[start : at - 1].decode("utf-8", "replace").removesuffix("\r")
        if not fences.covers(line) and (head := _HEAD.match(line)):
            fences.items.clear()
            indent = len(line) - len(line.lstrip(" "))
            span = Span(path, number, indent + 1, start + indent, min(at - 1, len(data)))
            yield _marker(head, line[head.end() :], span, at)


def _marker(head: re.Match[str], rest: str, span: Span, after: int) -> _Marker:
    begins = head[2] == "BEGIN"
    inner, closed, beyond = rest.partition("-->" if head[1] else ")")
    name, *words = inner.split() or [""]
    options = [(match[1], match[2]) for word in words if (match := _OPTION.fullmatch(word))]
    problem = ""
    if not closed or beyond.strip(" \t"):
        problem = f"{head[2]} GENERATED is not alone on its line; give the marker its own line"
    elif not _NAME.fullmatch(name):
        problem = f"{head[2]} GENERATED names no section; write `{head[2]} GENERATED: structure`"
    elif words and not begins:
        problem = f"the END of {name} has options; write them in its BEGIN marker only"
    elif len(options) < len(words):
        problem = f"{name} has an option that is not key=value; write it as `level=3`"
    elif len(dict(options)) < len(options):
        problem = f"{name} has an option twice; keep one of them"
    return _Marker(begins, name, tuple(sorted(options)), span, after, problem)


def _section(begin: _Marker, end: _Marker) -> Section:
    start = end.span.start - (end.span.column - 1)
    body = Span(begin.span.path, begin.span.line + 1, 1, begin.after, start)
    return Section(begin.name, begin.options, begin.span, body)


def _finding(at: Span, message: str, first: Span | None = None) -> Finding:
    related = (Related(first, "the other one"),) if first is not None else ()
    return Finding(SECTION_MARKER, message, at, related)


def _lone(marker: _Marker) -> Finding:
    need = "END" if marker.begins else "BEGIN"
    message = (f"{marker.name} has no {need} marker; "
               f"add `<!-- {need} GENERATED: {marker.name} -->` or remove it")  # fmt: skip
    return _finding(marker.span, marker.problem or message)


def _nested(sections: Iterable[Section]) -> Iterator[Finding]:
    outer: Section | None = None
    for section in sections:
        if outer is not None and section.span.start < outer.body.end:
            message = f"{section.name} stands inside {outer.name}, which replaces it; move it out"
            yield _finding(section.span, message, outer.span)
        else:
            outer = section


def _repeated(sections: Iterable[Section]) -> Iterator[Finding]:
    first: dict[tuple[str, tuple[tuple[str, str], ...]], Section] = {}
    for section in sections:
        one = first.setdefault((section.name, section.options), section)
        if one is not section:
            yield _finding(section.span, f"{section.name} stands twice with the same options; "
                           "remove one, or give it other options", one.span)  # fmt: skip


def _unknown(sections: Iterable[Section], known: Collection[str]) -> Iterator[Finding]:
    for section in sections:
        if section.name not in known:
            names = ", ".join(sorted(known))
            yield _finding(section.span, f"{section.name} is no section; there are: {names}")

"""`# groundplan: ignore[rule] reason` in YAML files → Silences, and what is wrong with them.

A comment silences at its own line; where it stands alone, at the next line with content. As
`ignore-file`, before the first content, it silences in the whole file.
"""

from __future__ import annotations

import difflib
import posixpath
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from analyzer import yamltext
from analyzer.findings import BY_ID, INVALID_SILENCE, Finding
from analyzer.kustomization import FILE_NAMES
from analyzer.model import Span
from analyzer.yamltext import Node, ScalarNode, YamlError

_MARK = b"groundplan:"
_COMMENT = re.compile(r"(?:^|(?<=\s))#\s*groundplan:[ \t]*([^\n]*)", re.M)
_FORM = re.compile(r"(ignore(?:-file)?)\s*(?:\[([^\]]*)\])?[\s:—–-]*(.*)")
_NO_CONTENT = re.compile(r"\s*(?:#.*|---\s*(?:#.*)?|%.*)?")


@dataclass(frozen=True, slots=True)
class Silence:
    """One rule at one line (None: in the whole file), why, and where that is written."""

    rule: str
    line: int | None
    reason: str
    span: Span

    def covers(self, finding: Finding) -> bool:
        here = self.line in (None, finding.location.line)
        return here and (self.rule, self.span.path) == (finding.rule.id, finding.location.path)


def read(path: str, data: bytes) -> tuple[tuple[Silence, ...], tuple[Finding, ...]]:
    """(The silences in a YAML file, findings about those that are not understood)."""
    if _MARK not in data:
        return (), ()
    text = data.decode("utf-8-sig", "replace")  # marks do not count a byte order mark
    lines = text.split("\n")
    first = next((i for i, line in enumerate(lines, 1) if not _NO_CONTENT.fullmatch(line)), None)
    found: list[Silence] = []
    wrong: list[Finding] = []
    for match, number in _comments(path, data, text):
        span = Span(path, number)
        form = _FORM.fullmatch(match[1].strip())
        problem = _problem(form, number, first)
        rules = [r for rule in (form[2] or "").split(",") if (r := rule.strip())] if form else []
        if problem is None and form is not None:
            line = None if form[1] == "ignore-file" else _covered(lines, number)
            found += [Silence(r, line, form[3], span) for r in rules if _unknown(r) is None]
            problem = next(filter(None, map(_unknown, rules)), None)
        if problem is not None:
            wrong.append(Finding(INVALID_SILENCE, problem, span))
    return tuple(found), tuple(wrong)


def _comments(path: str, data: bytes, text: str) -> Iterator[tuple[re.Match[str], int]]:
    """(Match, line) of what really is a comment."""
    strings = _strings(path, data)
    starts = [match.end() for match in re.finditer(r"\n", text)]
    for match in _COMMENT.finditer(text):
        line = bisect_right(starts, match.start()) + 1
        if not any(first <= match.start() < last for first, last in strings):
            yield match, line


def _strings(path: str, data: bytes) -> tuple[tuple[int, int], ...]:
    """From which character to which texts go. A block in a kustomization file is an inline patch,
    which has comments of its own."""
    try:
        documents = yamltext.compose(data, path).documents
    except YamlError:
        return ()
    blocks_too = posixpath.basename(path) not in FILE_NAMES
    return tuple(
        (node.start_mark.index, node.end_mark.index)
        for node in _scalars(documents)
        if node.style in ("'", '"') or (node.style in ("|", ">") and blocks_too)
    )


def _scalars(documents: Iterable[Node]) -> Iterator[ScalarNode]:
    pending: list[Node] = list(documents)
    seen: set[int] = set()
    while pending:
        node = pending.pop()
        if isinstance(node, ScalarNode):
            yield node
        elif id(node) not in seen:
            seen.add(id(node))
            pending += yamltext.items(node)
            pending += [child for _, key, value in yamltext.pairs(node) for child in (key, value)]


def _problem(form: re.Match[str] | None, number: int, first: int | None) -> str | None:
    if form is None:
        return "not understood; write ignore[rule] reason, or ignore-file[rule] reason"
    if not (form[2] or "").strip(" ,"):
        return f"{form[1]} names no rule; write {form[1]}[rule] reason"
    if not form[3]:
        return f"{form[1]}[{form[2]}] gives no reason; say after the brackets why it is right"
    if form[1] == "ignore-file" and first is not None and number > first:
        return "ignore-file stands below the first content; move it to the top of the file"
    return None


def _unknown(rule: str) -> str | None:
    known = BY_ID.get(rule)
    if known is not None and known.silenced:
        return None
    if known is not None:
        return f"{rule} cannot be silenced; mend what it finds"
    near = difflib.get_close_matches(rule, BY_ID, 1)
    return f"{rule} is no rule" + (f"; did you mean {near[0]}?" if near else "")


def _covered(lines: list[str], number: int) -> int:
    """The line of the comment, or the next one with content where it stands alone."""
    if not lines[number - 1].lstrip().startswith("#"):
        return number
    below = (i for i in range(number, len(lines)) if not _NO_CONTENT.fullmatch(lines[i]))
    return next(below, number - 1) + 1

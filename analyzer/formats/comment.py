"""A difference → Markdown for a comment on a pull request, never longer than a forge takes.

What does not fit is summarised, the least important first; with details it becomes several comments
instead. Nothing is cut inside a fence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analyzer import grouping
from analyzer.analyses import difference
from analyzer.document import Branch
from analyzer.escape import markdown, terminal
from analyzer.grouping import Difference, Group
from analyzer.model import Seat

BUDGET = 65_536  # characters of a comment on GitHub
MARK = "<!-- groundplan diff -->"
_PART = "<!-- groundplan diff: part {} of {} -->"
_ROWS = 60  # places of which the table says how much changes
_LINE = 600  # characters of a line in a fence; the rest of it is counted


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and lines below it. `short` says in a sentence what the lines say."""

    title: str
    lines: tuple[str, ...]
    short: str
    rank: int  # 0 for what must be seen first


def text(report: Difference, details: bool = False, budget: int = BUDGET) -> str:
    """One comment; with `details` as many as it takes, each beginning with its own mark."""
    if not details:
        return _one(report, budget)
    parts = _several(report, budget - len(_PART) - 10)
    if len(parts) == 1:
        return f"{MARK}\n{parts[0]}"
    marks = (_PART.format(number, len(parts)) for number in range(1, len(parts) + 1))
    return "".join(f"{mark}\n{part}" for mark, part in zip(marks, parts, strict=True))


def _one(report: Difference, budget: int) -> str:
    """All of it in short; of sections that do not fit, protected places last, the sentence."""
    head, foot = f"{MARK}\n{_head(report)}", f"{markdown(difference.footnote(report))}\n"
    sections = tuple(_sections(report, False))
    whole = [_fenced(s.title, s.lines) for s in sections]
    brief = [_brief(s) for s in sections]
    room = budget - len(head) - 1 - len(foot) - sum(len(text) + 1 for text in brief)
    chosen = list(brief)
    for at in sorted(range(len(sections)), key=lambda at: sections[at].rank):
        more = len(whole[at]) - len(brief[at])
        if more <= room:
            chosen[at] = whole[at]
            room -= more
    while room < 0 and chosen:  # more places than sentences about them have room for
        room += len(chosen.pop()) + 1
    return "\n".join((head, *chosen, foot))


def _several(report: Difference, budget: int) -> list[str]:
    """Parts of at most so many characters; a section goes on in the next one, in a new fence."""
    parts = [_head(report)]
    for section in _sections(report, True):
        title, lines = section.title, section.lines
        while lines:
            count = _fitting(title, lines, budget - len(parts[-1]) - 1)
            if count:
                parts[-1] += "\n" + _fenced(title, lines[:count])
                title, lines = f"{section.title}, continued", lines[count:]
            else:
                parts.append("")
    return parts


def _fitting(title: str, lines: Sequence[str], room: int) -> int:
    """How many of the lines fit with their heading and fence."""
    low, high = 0, len(lines)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if len(_fenced(title, lines[:middle])) <= room else (
            low, middle - 1)  # fmt: skip
    return low


def _head(report: Difference) -> str:
    parts = (f"## {markdown(difference.heading(report))}", markdown(difference.summary(report)))
    return "\n\n".join((*parts, *_table(report))) + "\n"


def _table(report: Difference) -> Iterator[str]:
    """How much changes where, in promotion order."""
    counts = Counter[tuple[Seat, str]]((change.seat, change.kind) for change in report.changes)
    seats = grouping.in_order(report, {seat for seat, _ in counts})
    if not seats:
        return
    kinds = difference.MARKS
    yield "\n".join((
        "| | " + " | ".join(kinds) + " |",
        "| --- |" + " --- |" * len(kinds),
        *(_row(report, seat, [counts[seat, kind] for kind in kinds]) for seat in seats[:_ROWS]),
        *(("| " + f"… and {len(seats) - _ROWS} more |" + " |" * len(kinds),)
          if len(seats) > _ROWS else ()),
    ))  # fmt: skip


def _row(report: Difference, seat: Seat, counts: Sequence[int]) -> str:
    name = markdown(grouping.label(report, (seat,))[:200])
    return f"| {name} | " + " | ".join(str(count or "") for count in counts) + " |"


def _sections(report: Difference, details: bool) -> Iterator[Section]:
    shown, kept = difference.parted(report, details)
    for group in shown:
        lines = _lines(difference.branches(group, details))
        yield Section(group.title, lines, _counted(group), _rank(report, group))
    if kept:
        number = sum(sum(group.rules.values()) for group in kept)
        lines = _lines(difference.counted(kept))
        yield Section("Kept on purpose", lines, f"{number} differences", 4)
    if report.only:
        lines = _lines(difference.only(report))
        yield Section("In one of them only", lines, f"{len(report.only)} components", 3)
    if report.compared.remotes:
        lines = _lines(difference.remotes(report, report.compared.remotes))
        short = f"{len(report.compared.remotes)} render(s) name another"
        yield Section("Named otherwise, and never fetched", lines, short, 3)
    for rank, (title, listed) in enumerate(difference.held(report)):
        lines = _lines(difference.withheld(report, listed, details))
        yield Section(title, lines, f"{len(listed)} not compared", 2 * rank)
    noisy = [c for c in report.compared.changes if c.normalised] if details else []
    if noisy:
        yield Section("Normalised away", _lines(difference.noisy(report, noisy)), "", 9)


def _rank(report: Difference, group: Group) -> int:
    return 1 if any(seat.environment in report.protected for seat in group.seats) else 2


def _counted(group: Group) -> str:
    kinds = Counter[str](change.kind for change in group.changes)
    return ", ".join(f"{kinds[kind]} {kind}" for kind in difference.MARKS if kinds[kind])


def _lines(branches: Iterator[Branch]) -> tuple[str, ...]:
    found = []
    for branch in branches:
        text = f"{branch.lines}{branch.name}" + (f"  {branch.note}" if branch.note else "")
        line = terminal(text)
        more = len(line) - _LINE
        found.append(line if more <= 0 else f"{line[:_LINE]}… ({more} more characters)")
    return tuple(found)


def _brief(section: Section) -> str:
    return f"**{markdown(section.title[:200])}**: {markdown(section.short)}; --details shows them\n"


def _fenced(title: str, lines: Sequence[str]) -> str:
    """A heading and a fence that none of its lines can end."""
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    body = "\n".join(lines)
    return f"### {markdown(title[:400])}\n\n{fence}diff\n{body}\n{fence}\n"

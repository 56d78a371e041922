"""Two values → what a page shows of them side by side: words marked, texts line by line, folded.

Values are redacted before they come here; escaping is the template's. The first of two is what is
there now, the second what would be there instead.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Literal

from analyzer import shown
from analyzer.diff import ABSENT, field_name, leaves

_AROUND = 60  # characters kept of what is the same beside what differs
_LONGEST = 240  # characters of one stretch that differs
_WHOLE = 4_000  # characters of a value that are compared word by word
_ANY = 2**31  # characters of a value: all of them
_TOKENS = 600  # words of a value up to which they are compared one by one
_ALIKE = 0.3  # of the characters the same, below which two values are marked whole
_CONTEXT = 2  # lines kept beside lines that differ
_FOLDED = 120  # lines that may be folded; of more only the number is shown
_LINES = 1_500  # lines of a text up to which it is compared
_ROOM = 16_000  # characters of one text's comparison

Mark = Literal["", "del", "ins", "mark"]  # an element of HTML; "" is the same on both sides
Part = tuple[Mark, str]  # how a stretch of text is marked
Parts = tuple[Part, ...]
_WORD = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines one after the other: the same on both sides, or other ones side by side.

    Of a stretch that is the same `was` is empty; `folded` is how many lines it stands for, so that
    one without any `now` is too long to be shown at all.
    """

    was: tuple[Parts, ...]
    now: tuple[Parts, ...]
    same: bool = False
    folded: int = 0

    @property
    def size(self) -> int:
        """Characters of text."""
        return sum(len(text) + 12 for line in (*self.was, *self.now) for _, text in line)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two values: their words, or of texts and of whole subtrees their lines; `said` says more."""

    was: Parts = ()
    now: Parts = ()
    lines: tuple[Stretch, ...] = ()
    said: str = ""

    @property
    def size(self) -> int:
        """Characters of text, about."""
        words = sum(len(text) + 12 for _, text in (*self.was, *self.now))
        return words + sum(stretch.size for stretch in self.lines)


def pair(was: object, now: object, hidden: bool = False) -> Pair:
    """Two values, one of which may be ABSENT; `hidden`: they differ where it is not seen."""
    if hidden:
        return Pair(_unseen(was), _unseen(now), said="they differ and are not shown")
    if _is_long(was) or _is_long(now):
        return _by_line(_text(was), _text(now))
    if was is ABSENT or now is ABSENT:
        return Pair(_whole(was, "del"), _whole(now, "ins"))
    left, right = words(*(shown.value(shown.plain(value), _ANY) for value in (was, now)))
    return Pair(short(left), short(right))


def _unseen(value: object) -> Parts:
    return (("", value),) if isinstance(value, str) else _whole(value, "")


def neutral(found: Pair) -> Pair:
    """The same of what stays as it is: what differs is marked, and neither goes nor comes."""
    return replace(
        found,
        was=_neutral(found.was),
        now=_neutral(found.now),
        lines=tuple(
            replace(one, was=tuple(map(_neutral, one.was)), now=tuple(map(_neutral, one.now)))
            for one in found.lines
        ),
    )


def _neutral(parts: Parts) -> Parts:
    return tuple(("mark" if mark else "", text) for mark, text in parts)


def _whole(value: object, mark: Mark) -> Parts:
    return () if value is ABSENT else ((mark, shown.value(shown.plain(value), _LONGEST)),)


def _is_long(value: object) -> bool:
    """Is it better read line by line?"""
    if isinstance(value, str):
        return "\n" in value.strip("\n")
    return isinstance(value, Mapping | list) and len(leaves(value)) > 1


def _text(value: object) -> str:
    """A text as it is; of a subtree a line for each leaf."""
    if isinstance(value, Mapping | list):
        return "".join(f"{field_name(leaf)}: {shown.value(child, _LONGEST)}\n"
                       for leaf, child in leaves(value).items())  # fmt: skip
    if value is ABSENT:
        return ""
    return value if isinstance(value, str) else shown.value(shown.plain(value), _WHOLE)


# words -------------------------------------------------------------------------------------------


def words(was: str, now: str) -> tuple[Parts, Parts]:
    """Two texts with the words marked that only one of them has; whole where little is the same.

    Without its marks each is as it was.
    """
    if was == now:
        return _marked("", was), _marked("", now)
    if max(len(was), len(now)) > _WHOLE:
        return _between(was, now)
    a, b = _WORD.findall(was), _WORD.findall(now)
    if max(len(a), len(b)) > _TOKENS:
        return _between(was, now)
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    common = sum(len(t) for at, _, n in matcher.get_matching_blocks() for t in a[at : at + n])
    if 2 * common < _ALIKE * (len(was) + len(now)):
        return _marked("del", was), _marked("ins", now)
    left: list[Part] = []
    right: list[Part] = []
    for operation, i, j, k, m in matcher.get_opcodes():
        same = operation == "equal"
        left += _marked("" if same else "del", "".join(a[i:j]))
        right += _marked("" if same else "ins", "".join(b[k:m]))
    return tuple(left), tuple(right)


def _between(was: str, now: str) -> tuple[Parts, Parts]:
    """All from where they begin to differ to where they are the same again."""
    first = len(posixpath.commonprefix((was, now)))
    last = len(posixpath.commonprefix((was[first:][::-1], now[first:][::-1])))

    def parts(mark: Mark, text: str) -> Parts:
        end = len(text) - last
        return (
            *_marked("", text[:first]),
            *_marked(mark, text[first:end]),
            *_marked("", text[end:]),
        )

    return parts("del", was), parts("ins", now)


def _marked(mark: Mark, text: str) -> Parts:
    return ((mark, text),) if text else ()


def short(parts: Parts) -> Parts:
    """Without what is the same far from what differs."""
    if len(parts) == 1 and not parts[0][0]:
        return (("", shown.cut(parts[0][1], _LONGEST)),)
    last = len(parts) - 1
    return tuple((mark, shown.cut(text, _LONGEST) if mark else _near(text, n == 0, n == last))
                 for n, (mark, text) in enumerate(parts))  # fmt: skip


def _near(text: str, first: bool, last: bool) -> str:
    """Of what is the same the end, the beginning, or both: what is beside a difference."""
    keep = _AROUND if first or last else 2 * _AROUND
    if len(text) <= keep + 1:
        return text
    if first:
        return f"…{text[-_AROUND:]}"
    return f"{text[:_AROUND]}…" if last else f"{text[:_AROUND]}…{text[-_AROUND:]}"


# lines -------------------------------------------------------------------------------------------


def _by_line(was: str, now: str) -> Pair:
    a, b = ([*text.removesuffix("\n").split("\n")] if text else [] for text in (was, now))
    if a == b:
        return Pair(said="only the end of the last line differs")
    if max(len(a), len(b)) > _LINES:
        return Pair(said=f"{len(a):,} and {len(b):,} lines, too many to be compared here")
    found: list[Stretch] = []
    room = _ROOM
    for stretch in lines(a, b):
        room -= stretch.size
        if room < 0:
            return Pair(lines=tuple(found), said="more differs than is shown here")
        found.append(stretch)
    return Pair(lines=tuple(found))


def lines(a: Sequence[str], b: Sequence[str]) -> Iterator[Stretch]:
    """Two texts line by line, in their order; long stretches that are the same are folded."""
    codes = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    for number, (operation, i, j, k, m) in enumerate(codes):
        if operation == "equal":
            yield from _same(a[i:j], number == 0, number == len(codes) - 1)
        else:
            yield _other(a[i:j], b[k:m])


def _same(kept: Sequence[str], first: bool, last: bool) -> Iterator[Stretch]:
    """What is beside a difference stays to be seen; the rest is folded where it is worth it."""
    before, after = 0 if first else _CONTEXT, 0 if last else _CONTEXT
    middle = kept[before : len(kept) - after]
    if len(middle) < _CONTEXT + 2:
        yield Stretch((), _plain(kept), same=True)
        return
    if before:
        yield Stretch((), _plain(kept[:before]), same=True)
    told = _plain(middle) if len(middle) <= _FOLDED else ()
    yield Stretch((), told, same=True, folded=len(middle))
    if after:
        yield Stretch((), _plain(kept[-after:]), same=True)


def _plain(kept: Iterable[str]) -> tuple[Parts, ...]:
    return tuple((("", shown.cut(line, _LONGEST)),) for line in kept)


def _other(a: Sequence[str], b: Sequence[str]) -> Stretch:
    """Lines that differ; those that stand beside each other word by word."""
    both = [words(*two) for two in zip(a, b, strict=False)]
    was = [left for left, _ in both] + [_marked("del", line) for line in a[len(both) :]]
    now = [right for _, right in both] + [_marked("ins", line) for line in b[len(both) :]]
    return Stretch(tuple(map(short, was)), tuple(map(short, now)))

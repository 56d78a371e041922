"""A field's change → lines for people: short values in one line, long texts line by line.

Values are redacted before they come here; escaping is the format's.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping

from analyzer import redact, yamltext
from analyzer.comparing import FieldChange
from analyzer.diff import ABSENT, Order, ValueChange, field_name, leaves
from analyzer.model import RenderedResource

_WIDTH = 72  # characters of one value before it is cut short
_WHOLE = 400  # the same with details
_PLAIN = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./:@%+=, \-]*")


def operation(change: ValueChange) -> str:
    """added, removed, changed, or reordered."""
    if change.is_order:
        return "reordered"
    if change.before is ABSENT:
        return "added"
    return "removed" if change.after is ABSENT else "changed"


def plain(value: object) -> object:
    """A value for JSON: of an order the names, of nothing null."""
    if isinstance(value, Order):
        return list(value.names)
    return None if value is ABSENT else value


def line(found: FieldChange, width: int = _WIDTH) -> str:
    """`spec.replicas: 2 → 3` on one line; a longer value is cut short."""
    change = found.change
    if isinstance(change.before, Order) and isinstance(change.after, Order):
        names = (", ".join(order.names) for order in (change.before, change.after))
        return f"{change.field}: order {' → '.join(names)}"
    if found.hidden:
        return f"{change.field}: differs where it is redacted"
    if is_long(found):
        return f"{change.field}: {_lines_changed(str(change.before), str(change.after))}"
    if change.before is ABSENT:
        return f"{change.field}: + {value(change.after, width)}"
    if change.after is ABSENT:
        return f"{change.field}: - {value(change.before, width)}"
    return f"{change.field}: {value(change.before, width)} → {value(change.after, width)}"


def is_long(found: FieldChange) -> bool:
    """Are these two texts that are better compared by line?"""
    change = found.change
    texts = isinstance(change.before, str) and isinstance(change.after, str)
    return texts and not found.hidden and "\n" in f"{change.before}{change.after}".strip("\n")


def lines(found: FieldChange, details: bool) -> Iterator[str]:
    """One line; with `details` every line of a long text, and every leaf of what came or went."""
    change = found.change
    if details and is_long(found):
        yield f"{change.field}:"
        yield from _by_line(str(change.before), str(change.after))
        return
    came = change.after if change.before is ABSENT else change.before
    if details and ABSENT in (change.before, change.after) and isinstance(came, Mapping | list):
        sign = "+" if change.before is ABSENT else "-"
        for leaf, child in leaves(came).items():
            yield f"{field_name((*change.leaf, *leaf))}: {sign} {value(child, _WHOLE)}"
        return
    yield line(found, _WHOLE if details else _WIDTH)


def _by_line(before: str, after: str) -> Iterator[str]:
    for number, text in enumerate(
        difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1)
    ):
        if number > 1 and not text.startswith("@@"):
            yield f"  {text}"


def _lines_changed(before: str, after: str) -> str:
    found = list(_by_line(before, after))
    gone = sum(text.startswith("  -") for text in found)
    come = sum(text.startswith("  +") for text in found)
    if not gone and not come:
        return "only its last line's end differs"
    return f"{come} line{'' if come == 1 else 's'} added, {gone} removed"


def value(content: object, width: int = _WIDTH) -> str:
    """A value on one line: a text as it is where nobody takes it for anything else."""
    if isinstance(content, str) and _PLAIN.fullmatch(content) and _is_text(content):
        text = content
    elif content is ABSENT:
        text = "nothing"
    else:
        text = json.dumps(content, ensure_ascii=False, default=str)
    return cut(text, width)


def cut(text: str, width: int) -> str:
    """A text that is no longer than so many characters."""
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _is_text(content: str) -> bool:
    """Would YAML read it back as a text?"""
    try:
        return yamltext.parse(content.encode()) == (content,)
    except yamltext.YamlError:
        return False


def whole(resource: RenderedResource) -> Iterator[str]:
    """Every leaf of a resource, redacted."""
    for leaf, child in leaves(redact.redacted(resource.content)).items():
        yield f"{field_name(leaf)}: {value(child, _WHOLE)}"

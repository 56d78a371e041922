"""One value put at a path of Helm values, as `helm --set path=value` would. Pure.

After Helm's pkg/strvals/parser.go, and fluxcd/pkg's chartutil/values.go for what a HelmRelease's
`targetPath` makes of it. Maps and lists on the way are changed in place, as there.
"""

from __future__ import annotations

import re

MAX_INDEX = 65536
MAX_LEVEL = 30

_VERBATIM = {ord(character): f"\\{character}" for character in "\\,[]{}"}
_QUOTES = "'\""


class SetError(Exception):
    """A path or value that Helm refuses. The message has neither."""


def put(values: dict[str, object], path: str, value: str, *, literal: bool = False) -> None:
    """Set the value at a path such as `a.b\\.c[0].d`. Raises SetError.

    A value has Helm's types and lists (`true`, `{a,b}`), and its commas begin another path; in
    quotes it is text; `literal` takes it as it is.
    """
    if literal:
        line, as_text = f"{path}={value.translate(_VERBATIM)}", True
    elif any(value.startswith(quote) and value.endswith(quote) for quote in _QUOTES):
        line, as_text = f"{path}={value.strip(_QUOTES)}", True
    else:
        line, as_text = f"{path}={value}", False
    reader = _Line(line, as_text)
    while reader.assign(values, 0):
        pass


class _Line:
    """A line of assignments, read from left to right. `at` is where it stands."""

    def __init__(self, line: str, as_text: bool) -> None:
        self.line = line
        self.as_text = as_text
        self.at = 0

    def until(self, stops: str) -> tuple[str, str]:
        """The text up to one of the stops, backslashes resolved, and the stop; "" at the end."""
        found: list[str] = []
        while self.at < len(self.line):
            character = self.line[self.at]
            self.at += 1
            if character in stops:
                return "".join(found), character
            if character == "\\":
                character = self.line[self.at : self.at + 1]
                self.at += 1
            found.append(character)
        return "".join(found), ""

    def assign(self, values: dict[str, object], level: int) -> bool:
        """Read one path and value below a map; False when the line is at its end."""
        name, stop = self.until("=[,.")
        if not stop and not name:
            return False
        if stop == "[":
            items = values.get(name, [])
            if not isinstance(items, list):
                raise SetError("an index into what is no list")
            items, goes_on = self.item(items, self.index(), level)
        elif stop == "=":
            goes_on = self.at < len(self.line)
            _set(values, name, self.value())
            return goes_on
        elif stop == ".":
            return self.inner(values, name, level + 1)
        else:
            raise SetError("a key without a value: a comma in the value begins another key")
        _set(values, name, items)
        return goes_on

    def inner(self, values: dict[str, object], name: str, level: int) -> bool:
        if level > MAX_LEVEL:
            raise SetError(f"deeper than {MAX_LEVEL} levels")
        inner = values.get(name, {})
        if not isinstance(inner, dict):
            raise SetError("a key of what is no map")
        goes_on = self.assign(inner, level)
        if inner:
            _set(values, name, inner)
        elif goes_on:
            raise SetError("a map without a value")
        return goes_on

    def item(self, items: list[object], index: int, level: int) -> tuple[list[object], bool]:
        """Read what follows `[index]`; the list, a new one where it had to grow."""
        name, stop = self.until("[.=")
        if name or index < 0:
            raise SetError("an index that is none")
        there = items[index] if index < len(items) else None
        value: object
        if stop == "=":
            return _set_index(items, index, self.value()), True
        if stop == "[":
            nested = [] if there is None else there
            if not isinstance(nested, list):
                raise SetError("an index into what is no list")
            value, goes_on = self.item(nested, self.index(), level)
        elif stop == ".":
            value = there if isinstance(there, dict) else {}
            if index < len(items):
                items[index] = value
            goes_on = self.assign(value, level)
        else:
            return items, False
        return (_set_index(items, index, value) if goes_on else items), goes_on

    def index(self) -> int:
        text, stop = self.until("]")
        if not stop or not re.fullmatch(r"[-+]?[0-9]{1,18}", text):
            raise SetError("an index that is no number")
        return int(text)

    def value(self) -> object:
        """Up to a comma or the end: one value, or a list in braces."""
        if self.line[self.at : self.at + 1] != "{":
            return self.typed(self.until(",")[0])
        self.at += 1
        items = []
        while True:
            text, stop = self.until(",}")
            if not stop:
                raise SetError("a list without its closing brace")
            items.append(self.typed(text))
            if stop == "}":
                self.at += self.line.startswith(",", self.at)
                return items

    def typed(self, text: str) -> object:
        if self.as_text:
            return text
        match text.lower():
            case "true" | "false" as word:
                return word == "true"
            case "null":
                return None
            case "0":
                return 0
        if re.fullmatch(r"[-+]?[0-9]{1,19}", text) and text[0] != "0":
            return number if -(2**63) <= (number := int(text)) < 2**63 else text
        return text


def _set(values: dict[str, object], name: str, value: object) -> None:
    if name:
        values[name] = value


def _set_index(items: list[object], index: int, value: object) -> list[object]:
    if index > MAX_INDEX:
        raise SetError(f"an index above {MAX_INDEX}")
    if index >= len(items):
        items = items + [None] * (index + 1 - len(items))
    items[index] = value
    return items

"""Text → the `${…}` expressions in it, as fluxcd/pkg's envsubst parses them, oddities included.

After envsubst/parse/{parse,scan}.go.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

MAX_DEPTH = 100  # expressions inside expressions; each takes a few frames of Python's stack


class SubstitutionError(Exception):
    """Text that upstream refuses. The message speaks of the form only, never of a value."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


_DEFAULTS = frozenset(("=", ":=", ":-", ":?", ":+"))


@dataclass(frozen=True, slots=True)
class Expression:
    """`${…}` as parsed. `operator` is "" for a bare name; `raw` is what is written, escapes too."""

    name: str
    operator: str
    arguments: tuple[Node, ...]
    raw: str

    @property
    def has_default(self) -> bool:
        return self.operator in _DEFAULTS


Node = str | Expression

_TOP = re.compile(r"\$[${]")
_BAD = "bad substitution"
_PARAMETER = "unable to parse substitution within function"


def parsed(text: str) -> tuple[Node, ...]:
    """Text and expressions in turn, `$$` as `$`. Raises SubstitutionError."""
    scanner = _Scanner(text)
    nodes: list[Node] = []
    while found := _TOP.search(text, scanner.at):
        nodes.append(text[scanner.at : found.start()])
        scanner.at = found.end()
        nodes.append("$" if found.group() == "$$" else scanner.expression(0))
    return (*nodes, text[scanner.at :])


class _Scanner:
    """Reads one expression after the other. `at` is where it stands; "" is the end of the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def word(self, accepts: Callable[[str], bool], escapes: bool = False) -> str:
        """As many characters as are accepted, up to a `${`; of `$$`, `\\/`, `\\\\` the second."""
        found = []
        while (character := self.peek()) and not self.text.startswith("${", self.at):
            escaped = escapes and self.text[self.at : self.at + 2] in ("$$", "\\/", "\\\\")
            if escaped:
                self.at += 1
            elif not accepts(character):
                break
            found.append(self.peek())
            self.at += 1
        return "".join(found)

    def one_of(self, *operators: str) -> str:
        """The first of the operators that stands here, read; "" for none."""
        for operator in operators:
            if self.text.startswith(operator, self.at):
                self.at += len(operator)
                return operator
        return ""

    def close(self, message: str = _BAD) -> None:
        if not self.one_of("}"):
            raise SubstitutionError(message)

    def expression(self, depth: int) -> Expression:
        """What follows `${`, with its closing brace."""
        if depth > MAX_DEPTH:
            raise SubstitutionError(f"expressions nested deeper than {MAX_DEPTH} levels")
        start = self.at - 2
        if self.one_of("#"):
            name, operator = self.word(_is_name), "#"
            if not name:
                raise SubstitutionError(_BAD)
            arguments: list[Node] = []
            self.close()
        else:
            name = self.word(_is_name)
            if not name:
                raise SubstitutionError("unable to parse variable name")
            operator, arguments = self._operation(depth)
        return Expression(name, operator, tuple(arguments), self.text[start : self.at])

    def _operation(self, depth: int) -> tuple[str, list[Node]]:
        """What follows a name: an operator and its arguments, and the closing brace."""
        if default := self.one_of(*_DEFAULTS):
            return default, self._default(depth)
        if casing := self.one_of(*(a + b for a in ",^" for b in ",^"), ",", "^"):
            self.close()
            return casing, []
        if trim := self.one_of("##", "#", "%%", "%"):
            argument = self._parameter(_is_inside, depth)
            self.close()
            return trim, [argument]
        if replace := self.one_of("//", "/#", "/%", "/"):
            return replace, self._replacement(depth)
        if self.one_of(":"):
            return ":", self._substring(depth)
        self.close("missing closing brace")
        return "", []

    def _parameter(self, accepts: Callable[[str], bool], depth: int, escapes: bool = False
                   ) -> Node:  # fmt: skip
        """One nested expression, or one word of at least a character."""
        if self.one_of("${"):
            return self.expression(depth + 1)
        word = self.word(accepts, escapes)
        if not word:
            raise SubstitutionError(_PARAMETER)
        return word

    def _default(self, depth: int) -> list[Node]:
        """Any number of words and expressions: the only place that takes more than one."""
        arguments = []
        while not self.one_of("}"):
            arguments.append(self._parameter(_is_inside, depth))
        return arguments

    def _replacement(self, depth: int) -> list[Node]:
        """A pattern, which runs on to the next slash wherever that is, and a replacement."""
        arguments = [self._parameter(lambda c: c != "/", depth, escapes=True)]
        if not self.word(lambda c: c == "/"):
            raise SubstitutionError(_BAD)
        if self.peek() != "}":
            arguments.append(self._parameter(_is_inside, depth, escapes=True))
        self.close()
        return arguments

    def _substring(self, depth: int) -> list[Node]:
        """An offset, and a length behind any number of colons."""
        if not self.peek().isascii() or not self.peek():
            raise SubstitutionError(_BAD)  # upstream steps back by the width of this character
        arguments = [self._parameter(lambda c: c not in ":}", depth)]
        if self.word(lambda c: c == ":"):
            arguments.append(self._parameter(_is_inside, depth))
        self.close()
        return arguments


def _is_name(character: str) -> bool:
    return character.isalpha() or character.isdecimal() or character == "_"


def _is_inside(character: str) -> bool:
    return character != "}"

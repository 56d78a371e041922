"""`${name}` in text → its value, exactly as fluxcd/pkg's envsubst does it, oddities included.

After envsubst/parse/{parse,scan}.go, envsubst/{template,funcs}.go and envsubst/path/match.go.
Not the shell's rules: every default operator (`=`, `:=`, `:-`, `:?`, `:+`) means "if empty", all
arguments are evaluated also where they are not needed, `$name` is text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

MAX_DEPTH = 100  # expressions inside expressions; each takes a few frames of Python's stack
MAX_LENGTH = 2**26  # characters that all values and results of a text may have together

Lookup = Callable[[str], str | None]


class SubstitutionError(Exception):
    """Text that upstream refuses. The message speaks of the form only, never of a value."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotSet(SubstitutionError):
    """A name without a value, used where nothing stands in for it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"variable {name} is not set")
        self.name = name


def expand(text: str, lookup: Lookup, *, keep: Callable[[str], bool] | None = None) -> str:
    """The text with every expression replaced by its value, and each `$$` by `$`.

    `lookup` says None of a name that is not set: an error, except where a default operator gives
    a value. An expression over a name that `keep` accepts stays as it is written, and so does
    every expression that would need such a value to be computed. Bytes that are no UTF-8, which
    offsets can produce, come as surrogate escapes.
    """
    if "$" not in text:
        return text
    evaluation = _Evaluation(lookup, keep or (lambda name: False))
    joined = "".join(evaluation.value(node) for node in _parsed(text))
    return joined if joined.isascii() else _text(_bytes(joined))


def variables(text: str) -> tuple[tuple[str, bool], ...]:
    """The names that occur, in order, and whether every use of a name has a default operator.

    Raises SubstitutionError where the text does not parse.
    """
    found: dict[str, bool] = {}
    pending = list(reversed(_parsed(text))) if "$" in text else []
    while pending:
        node = pending.pop()
        if isinstance(node, _Expression):
            found[node.name] = found.get(node.name, True) and node.has_default
            pending.extend(reversed(node.arguments))
    return tuple(found.items())


_DEFAULTS = frozenset(("=", ":=", ":-", ":?", ":+"))


@dataclass(frozen=True, slots=True)
class _Expression:
    """`${…}` as parsed. `operator` is "" for a bare name; `raw` is what is written, escapes too."""

    name: str
    operator: str
    arguments: tuple[_Node, ...]
    raw: str

    @property
    def has_default(self) -> bool:
        return self.operator in _DEFAULTS


_Node = str | _Expression

# parsing: envsubst/parse --------------------------------------------------------------------------

_TOP = re.compile(r"\$[${]")
_BAD = "bad substitution"
_PARAMETER = "unable to parse substitution within function"


def _parsed(text: str) -> tuple[_Node, ...]:
    scanner = _Scanner(text)
    nodes: list[_Node] = []
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

    def expression(self, depth: int) -> _Expression:
        """What follows `${`, with its closing brace."""
        if depth > MAX_DEPTH:
            raise SubstitutionError(f"expressions nested deeper than {MAX_DEPTH} levels")
        start = self.at - 2
        if self.one_of("#"):
            name, operator = self.word(_is_name), "#"
            if not name:
                raise SubstitutionError(_BAD)
            arguments: list[_Node] = []
            self.close()
        else:
            name = self.word(_is_name)
            if not name:
                raise SubstitutionError("unable to parse variable name")
            operator, arguments = self._operation(depth)
        return _Expression(name, operator, tuple(arguments), self.text[start : self.at])

    def _operation(self, depth: int) -> tuple[str, list[_Node]]:
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
                   ) -> _Node:  # fmt: skip
        """One nested expression, or one word of at least a character."""
        if self.one_of("${"):
            return self.expression(depth + 1)
        word = self.word(accepts, escapes)
        if not word:
            raise SubstitutionError(_PARAMETER)
        return word

    def _default(self, depth: int) -> list[_Node]:
        """Any number of words and expressions: the only place that takes more than one."""
        arguments = []
        while not self.one_of("}"):
            arguments.append(self._parameter(_is_inside, depth))
        return arguments

    def _replacement(self, depth: int) -> list[_Node]:
        """A pattern, which runs on to the next slash wherever that is, and a replacement."""
        arguments = [self._parameter(lambda c: c != "/", depth, escapes=True)]
        if not self.word(lambda c: c == "/"):
            raise SubstitutionError(_BAD)
        if self.peek() != "}":
            arguments.append(self._parameter(_is_inside, depth, escapes=True))
        self.close()
        return arguments

    def _substring(self, depth: int) -> list[_Node]:
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


# evaluation: envsubst/template.go -----------------------------------------------------------------


class _Evaluation:
    """One text's. `left` is how many characters it may still make."""

    def __init__(self, lookup: Lookup, keep: Callable[[str], bool]) -> None:
        self.lookup = lookup
        self.keep = keep
        self.left = MAX_LENGTH

    def value(self, node: _Node) -> str:
        if isinstance(node, str):
            return node
        if self.keep(node.name) or (not node.has_default and self.is_unknown(node)):
            return node.raw
        arguments = [self.value(argument) for argument in node.arguments]
        value = self.lookup(node.name)
        if value is None and not node.has_default:
            raise NotSet(node.name)
        value = value or ""
        if node.operator == "//":
            self.spend(value.count(arguments[0]) * len("".join(arguments[1:])))
        result = _apply(node.operator, value, arguments)
        self.spend(len(result))
        return result

    def spend(self, characters: int) -> None:
        self.left -= characters
        if self.left < 0:
            raise SubstitutionError(f"more than {MAX_LENGTH:,} characters of values")

    def is_unknown(self, node: _Node) -> bool:
        """Is what this makes a symbol, or does it hold one?"""
        if isinstance(node, str):
            return False
        if self.keep(node.name):
            return True
        if node.has_default and self.lookup(node.name):
            return False
        return any(self.is_unknown(argument) for argument in node.arguments)


def _apply(operator: str, value: str, arguments: list[str]) -> str:
    """The function of an operator: envsubst/funcs.go."""
    if operator in _FUNCTIONS and (arguments or operator not in ("#", ":")):
        return _FUNCTIONS[operator](value, *arguments)
    if operator == "#":
        return str(len(_bytes(value)))
    return value or "".join(arguments)  # `,^` and `^,` too, which are no functions


def _upper(value: str) -> str:
    """By character, as Go does it: where Python makes several characters of one, no change."""
    return "".join(
        next((form for form in (c.upper(), c.title()) if len(form) == 1), c) for c in value
    )


def _lower(value: str) -> str:
    return "".join(c.lower()[0] for c in value)


def _substring(value: str, offset: str, length: str | None = None) -> str:
    """Bytes. What is no number leaves the value whole; a negative offset counts from the end."""
    start, whole = _number(offset), _bytes(value)
    if start is None:
        return value
    if start < 0:
        start = max(0, len(whole) + start)
    if length is None:
        return _text(whole[start:])
    size = _number(length)
    if size is None:
        return value
    if size < 0 and start + size < len(whole):
        raise SubstitutionError("negative length in a substring")  # upstream panics
    return _text(whole[start : start + size]) if size >= 0 else _text(whole[start:])


def _number(text: str) -> int | None:
    """Go's strconv.Atoi: no spaces, no underscores, 64 bits."""
    if not re.fullmatch(r"[-+]?[0-9]{1,30}", text):
        return None
    return number if -(2**63) <= (number := int(text)) < 2**63 else None


def _replace_prefix(value: str, old: str, new: str | None = None) -> str:
    return new + value[len(old) :] if new is not None and value.startswith(old) else value


def _replace_suffix(value: str, old: str, new: str | None = None) -> str:
    matches = new is not None and value.endswith(old)
    return value[: len(value) - len(old)] + (new or "") if matches else value


def _trim(value: str, pattern: str, longest: bool) -> str:
    """Without the shortest or longest start, of at least a character, that matches."""
    regex = _regex(pattern, longest)
    found = regex.match(value) if regex and value else None
    return value[max(found.end(), 1) :] if found else value


def _trim_end(value: str, pattern: str, longest: bool) -> str:
    """Upstream turns value and pattern around: a class such as [a-z] is then none, and no match."""
    return _trim(value[::-1], pattern[::-1], longest)[::-1]


_FUNCTIONS: dict[str, Callable[..., str]] = {
    ",": lambda value: _lower(value[:1]) + value[1:],
    ",,": _lower,
    "^": lambda value: _upper(value[:1]) + value[1:],
    "^^": _upper,
    ":": _substring,
    "/": lambda value, old, new="": value.replace(old, new, 1),
    "//": lambda value, old, new="": value.replace(old, new),
    "/#": _replace_prefix,
    "/%": _replace_suffix,
    "#": lambda value, pattern: _trim(value, pattern, longest=False),
    "##": lambda value, pattern: _trim(value, pattern, longest=True),
    "%": lambda value, pattern: _trim_end(value, pattern, longest=False),
    "%%": lambda value, pattern: _trim_end(value, pattern, longest=True),
}

# patterns: envsubst/path/match.go -----------------------------------------------------------------

_BOUND = r"(?:\\.|[^\\\]-])"
_RANGE = re.compile(rf"({_BOUND})(?:-({_BOUND}))?", re.S)
_TOKEN = re.compile(rf"\*+|\[\^?+(?:{_BOUND}(?:-{_BOUND})?)++\]|\\.|[^\[\\]", re.S)
_PATTERN = re.compile(rf"(?:{_TOKEN.pattern})++", re.S)


def _regex(pattern: str, longest: bool) -> re.Pattern[str] | None:
    """`*`, `?`, `[a-z]`, `[^a]`, `\\c`, and characters, that match the start of a value.

    None where a class is malformed: upstream then finds nothing to trim. Upstream goes by bytes
    and can cut a character of several in two, which go-yaml then refuses; this cuts none.
    """
    if not _PATTERN.fullmatch(pattern):
        return None
    parts = [""]  # what stands between stars
    for token in _TOKEN.findall(pattern):
        if token[0] == "*":
            parts.append("")
        else:
            parts[-1] += _one(token)
    first, *behind = parts
    last = f".*{behind.pop()}" if longest and behind else ""
    # A part is matched where it first occurs, for good: so a hostile pattern takes no time.
    return re.compile(first + "".join(f"(?>.*?{part})" for part in behind) + last, re.S)


def _one(token: str) -> str:
    if token == "?":
        return "."
    if token[0] != "[":
        return re.escape(token[-1])
    negated = token[1] == "^"
    ranges = [(low[-1], (high or low)[-1]) for low, high in _RANGE.findall(token[1 + negated : -1])]
    inside = "".join(f"{re.escape(a)}-{re.escape(b)}" for a, b in ranges if a <= b)
    if not inside:
        return "." if negated else "(?!)"
    return f"[{'^' * negated}{inside}]"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")

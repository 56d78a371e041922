"""An operator of an expression, a value and arguments → the result, as fluxcd/pkg computes it.

After envsubst/funcs.go and envsubst/path/match.go.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from analyzer.expressions import SubstitutionError


def apply(operator: str, value: str, arguments: list[str]) -> str:
    """The function of an operator: envsubst/funcs.go."""
    if operator in _FUNCTIONS and (arguments or operator not in ("#", ":")):
        return _FUNCTIONS[operator](value, *arguments)
    if operator == "#":
        return str(len(as_bytes(value)))
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
    start, whole = _number(offset), as_bytes(value)
    if start is None:
        return value
    if start < 0:
        start = max(0, len(whole) + start)
    if length is None:
        return as_text(whole[start:])
    size = _number(length)
    if size is None:
        return value
    if size < 0 and start + size < len(whole):
        raise SubstitutionError("negative length in a substring")  # upstream panics
    return as_text(whole[start : start + size]) if size >= 0 else as_text(whole[start:])


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


def as_bytes(text: str) -> bytes:
    """Bytes that are no UTF-8 stand in text as surrogate escapes."""
    return text.encode("utf-8", "surrogateescape")


def as_text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")

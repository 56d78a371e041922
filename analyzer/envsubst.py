"""`${name}` in text → its value, exactly as fluxcd/pkg's envsubst does it, oddities included.

After envsubst/template.go. Not the shell's rules: every default operator (`=`, `:=`, `:-`, `:?`,
`:+`) means "if empty", all arguments are evaluated also where they are not needed, `$name` is text.
"""

from __future__ import annotations

from collections.abc import Callable

from analyzer.expressions import Expression, Node, SubstitutionError, parsed
from analyzer.operators import apply, as_bytes, as_text

MAX_LENGTH = 2**26  # characters that all values and results of a text may have together

Lookup = Callable[[str], str | None]


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
    joined = "".join(evaluation.value(node) for node in parsed(text))
    return joined if joined.isascii() else as_text(as_bytes(joined))


def variables(text: str) -> tuple[tuple[str, bool], ...]:
    """The names that occur, in order, and whether every use of a name has a default operator.

    Raises SubstitutionError where the text does not parse.
    """
    found: dict[str, bool] = {}
    pending = list(reversed(parsed(text))) if "$" in text else []
    while pending:
        node = pending.pop()
        if isinstance(node, Expression):
            found[node.name] = found.get(node.name, True) and node.has_default
            pending.extend(reversed(node.arguments))
    return tuple(found.items())


class _Evaluation:
    """One text's. `left` is how many characters it may still make."""

    def __init__(self, lookup: Lookup, keep: Callable[[str], bool]) -> None:
        self.lookup = lookup
        self.keep = keep
        self.left = MAX_LENGTH

    def value(self, node: Node) -> str:
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
        result = apply(node.operator, value, arguments)
        self.spend(len(result))
        return result

    def spend(self, characters: int) -> None:
        self.left -= characters
        if self.left < 0:
            raise SubstitutionError(f"more than {MAX_LENGTH:,} characters of values")

    def is_unknown(self, node: Node) -> bool:
        """Is what this makes a symbol, or does it hold one?"""
        if isinstance(node, str):
            return False
        if self.keep(node.name):
            return True
        if node.has_default and self.lookup(node.name):
            return False
        return any(self.is_unknown(argument) for argument in node.arguments)

"""A plain scalar's text → its value by the rules of go-yaml v3, which kustomize reads with.

After resolve.go; not as PyYAML does it: `yes` and `on` are strings, `0755` is 493.
"""

from __future__ import annotations

import re

NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
# YAML 1.1's, which go-yaml takes where a Go bool is wanted.
OLD_BOOLS = {form: truth for words, truth in (("y yes on", True), ("n no off", False))
             for word in words.split() for form in (word, word.title(), word.upper())}  # fmt: skip
_SPECIAL = {form: number for word, number in ((".inf", float("inf")), ("+.inf", float("inf")),
                                              ("-.inf", float("-inf")), (".nan", float("nan")))
            for form in (word, word.replace("i", "I"), word.upper())} | {
    ".NaN": float("nan")}  # fmt: skip
_INTEGER = re.compile(
    r"[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|0[0-7]*|[1-9][0-9]*)"
    r"|0b[-+][01]+|0o[-+][0-7]+"
)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


def resolve(value: str) -> object:
    """A plain scalar's value by go-yaml v3's rules (resolve.go), timestamps kept as text."""
    if value in NULLS:
        return None
    if value in _BOOLS:
        return _BOOLS[value]
    if value in _SPECIAL:
        return _SPECIAL[value]
    if value[0] not in "+-.0123456789":
        return value
    digits = re.sub(r"(?<=\d)_(?=\d)" if value[0] == "." else "_", "", value)
    if _INTEGER.fullmatch(digits) and (integer := _integer(digits)) is not None:
        return integer
    if _FLOAT.fullmatch(digits) and abs(number := float(digits)) != float("inf"):
        return number
    return value


def _integer(digits: str) -> int | None:
    """An integer that Go can hold in 64 bits: only without a sign do 64 of them count."""
    bare = digits.lstrip("+-")
    if bare[1:3] in ("b-", "b+", "o-", "o+"):
        number = int(bare[2:], 2 if bare[1] == "b" else 8)
    elif bare.isdigit() and bare[0] == "0":
        number = int(bare, 8)
    else:
        number = int(bare, 0)
    number = -number if digits[0] == "-" else number
    return number if -(2**63) <= number < 2 ** (64 if digits == bare else 63) else None

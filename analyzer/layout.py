"""Path patterns ↔ placements: which environment, category, component and cluster a path is.

A pattern is a path with `{environment}`, `{cluster}`, `{category}`, `{component}` for one segment
or a part of one, and `**` for any number of segments: `clusters/{environment}/{category}/{component}`.
Patterns are relative to the analysed directory; the first that matches wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from analyzer.model import Placement, Seat

NAMES = ("environment", "cluster", "category", "component")
_FIELD = re.compile(r"\{(\w+)\}")

# Names that say how far a change has come, by rank; detected environments are ordered by it.
RANKS: tuple[frozenset[str], ...] = (
    frozenset(("local", "minikube", "kind", "k3d", "laptop")),
    frozenset(("dev", "develop", "development", "sandbox")),
    frozenset(("test", "testing", "tst", "qa", "ci", "int", "integration", "e2e")),
    frozenset(("staging", "stage", "stg", "uat", "preprod", "pre-prod", "preproduction",
               "pre-production", "acceptance", "acc")),
    frozenset(("prod", "production", "prd", "live")),
)  # fmt: skip


def rank(environment: str) -> int | None:
    """Promotion rank of a known environment name; None for any other."""
    lowered = environment.lower()
    return next((i for i, names in enumerate(RANKS) if lowered in names), None)


def by_rank(environments: Iterable[str]) -> tuple[str, ...]:
    """Known names in promotion order, then the others by name."""
    return tuple(sorted(set(environments), key=lambda name: (
        len(RANKS) if rank(name) is None else rank(name), name)))  # fmt: skip


class PatternError(ValueError):
    """A pattern that cannot be used; the message says why."""


@lru_cache(maxsize=512)
def compiled(pattern: str, environments: tuple[str, ...] = ()) -> re.Pattern[str]:
    """A pattern as a regular expression over a whole path.

    With `environments`, `{environment}` matches only those. Raises PatternError.
    """
    if not pattern or pattern.startswith("/") or ".." in pattern.split("/"):
        raise PatternError(f"{pattern!r}: a pattern is a relative path such as apps/{{component}}")
    known = "|".join(re.escape(name) for name in sorted(environments, key=len, reverse=True))
    seen: set[str] = set()

    def segment(text: str) -> str:
        out, at = "", 0
        fields = list(_FIELD.finditer(text))
        for number, match in enumerate(fields):
            name = match.group(1)
            if name not in NAMES:
                raise PatternError(f"{pattern!r}: {{{name}}} is not one of {', '.join(NAMES)}")
            if name in seen:
                raise PatternError(f"{pattern!r}: {{{name}}} appears twice")
            seen.add(name)
            body = known if name == "environment" and known else "[^/]+"
            if body == "[^/]+" and number + 1 < len(fields):
                body = "[^/]+?"
            out += re.escape(text[at : match.start()]) + f"(?P<{name}>{body})"
            at = match.end()
        return out + re.escape(text[at:])

    regex = ""
    for text in pattern.split("/"):
        if text == "**":
            regex += "(?:/[^/]+)*" if regex else "(?:[^/]+/)*"
        else:
            regex += ("/" if regex and not regex.endswith("/)*") else "") + segment(text)
    return re.compile(regex)


@dataclass(frozen=True, slots=True)
class Layout:
    """How a tree places its directories and files.

    `environments` in promotion order; the first `ordered` of them have one, the rest are by name.
    `confidence` is the share of roots that patterns place, 0 to 1; 1.0 for configured layouts.
    `prefix` is the analysed directory: patterns see paths without it.
    """

    patterns: tuple[str, ...]
    base: tuple[str, ...]
    environments: tuple[str, ...]
    source: Literal["detected", "config"]
    confidence: float
    prefix: str = ""
    fallback: str | None = None  # what a base without a component is called

    def place(self, path: str) -> Placement:
        """The placement of a root's directory or of a file; an empty one where nothing matches."""
        if self.prefix:
            if path != self.prefix and not path.startswith(self.prefix + "/"):
                return Placement()
            path = path[len(self.prefix) + 1 :]
        for pattern in self.base:
            match = compiled(pattern).fullmatch(path)
            if match:
                found = match.groupdict()
                return Placement(found.get("category"), found.get("component") or self.fallback,
                                 (), True, pattern)  # fmt: skip
        for pattern in self.patterns:
            match = compiled(pattern, self.environments).fullmatch(path)
            if match:
                return _placement(pattern, match.groupdict())
        return Placement()


def _placement(pattern: str, found: Mapping[str, str | None]) -> Placement:
    environment = found.get("environment")
    seats = (Seat(environment, found.get("cluster")),) if environment else ()
    return Placement(found.get("category"), found.get("component"), seats, False, pattern)

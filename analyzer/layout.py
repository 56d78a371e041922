"""Path patterns ↔ placements: which environment, category, component and cluster a path is.

A pattern is a path such as `clusters/{environment}/{category}/{component}`. `{environment}`,
`{cluster}`, `{category}` and `{component}` stand for one segment or a part of one, `**` for any
number of segments. Patterns are relative to the analysed directory; the first that matches wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
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
    frozenset(("staging", "stage", "stg", "uat", "acceptance", "acc")),
    frozenset(("preprod", "pre-prod", "preproduction", "pre-production")),
    frozenset(("prod", "production", "prd", "live")),
)


def rank(environment: str) -> int | None:
    """Promotion rank of a known environment name; None for any other."""
    lowered = environment.lower()
    return next((i for i, names in enumerate(RANKS) if lowered in names), None)


def words(environment: str) -> frozenset[str]:
    """What an environment is called in names, in lower case: also prod, where it is production."""
    known = rank(environment)
    return frozenset((environment.lower(),)) | (RANKS[known] if known is not None else frozenset())


def by_rank(environments: Iterable[str]) -> tuple[str, ...]:
    """Known names in promotion order, then the others by name."""

    def key(name: str) -> tuple[int, str]:
        known = rank(name)
        return (len(RANKS) if known is None else known, name)

    return tuple(sorted(set(environments), key=key))


class PatternError(ValueError):
    """A pattern that cannot be used; the message says why."""


@lru_cache(maxsize=4096)
def compiled(pattern: str, environments: tuple[str, ...] = ()) -> re.Pattern[str]:
    """A pattern as a regular expression over a whole path.

    With `environments`, `{environment}` matches only those. Raises PatternError.
    """
    segments = pattern.split("/")
    if any(segment in ("", ".", "..") for segment in segments):
        raise PatternError(f"{pattern!r}: a pattern is a relative path such as apps/{{component}}")
    names = _FIELD.findall(pattern)
    for name in names:
        if name not in NAMES:
            raise PatternError(f"{pattern!r}: {{{name}}} is not one of {', '.join(NAMES)}")
        if names.count(name) > 1:
            raise PatternError(f"{pattern!r}: {{{name}}} appears twice")
    if "cluster" in names and "environment" not in names:
        raise PatternError(f"{pattern!r}: {{cluster}} needs an {{environment}} it belongs to")
    if any(re.search(r"[*{}]", _FIELD.sub("", s)) for s in segments if s != "**"):
        raise PatternError(f"{pattern!r}: a segment is text with {{fields}}, or ** alone")
    if segments.count("**") > 2:
        raise PatternError(f"{pattern!r}: ** may stand there twice at most")
    return re.compile(_regex(segments, environments))


def _regex(segments: list[str], environments: tuple[str, ...]) -> str:
    if segments == ["**"]:
        return "[^/]+(?:/[^/]+)*"
    regex = "".join("(?:/[^/]+)*" if s == "**" else "/" + _segment(s, environments)
                    for s in segments)  # fmt: skip
    if segments[0] == "**":
        return regex.replace("(?:/[^/]+)*/", "(?:[^/]+/)*", 1)
    return regex[1:]


def _segment(text: str, environments: tuple[str, ...]) -> str:
    """One segment: `{environment}-{cluster}` takes as little as it can for the first field."""
    known = "|".join(re.escape(name) for name in sorted(environments, key=len, reverse=True))
    fields = list(_FIELD.finditer(text))
    regex, at = "", 0
    for field in fields:
        name = field.group(1)
        body = known if name == "environment" and known else "[^/]+?"
        regex += re.escape(text[at : field.start()]) + f"(?P<{name}>{body})"
        at = field.end()
    return regex + re.escape(text[at:])


@dataclass(frozen=True, slots=True)
class Layout:
    """How a tree places its directories and files.

    `base` are patterns of what environments build on; they are tried before `patterns`.
    `environments` are in promotion order; detected ones of unknown names come last, by name.
    `confidence` is the share of roots that patterns place, 0 to 1; 1.0 for configured layouts.
    `prefix` is the analysed directory: patterns see paths without it.
    """

    patterns: tuple[str, ...]
    base: tuple[str, ...]
    environments: tuple[str, ...]
    source: Literal["detected", "config"]
    confidence: float
    prefix: str = ""
    fallback: str | None = None  # the only component, where no base pattern names one

    def place(self, path: str) -> Placement:
        """The placement of a root's directory or of a file; an empty one where nothing matches."""
        if self.prefix:
            if not path.startswith(self.prefix + "/"):
                return Placement()
            path = path[len(self.prefix) + 1 :]
        for pattern in self.base:
            match = compiled(pattern).fullmatch(path)
            if match is not None:
                named = any("{component}" in base for base in self.base)
                fallback = None if named else self.fallback
                found = match.groupdict()
                component = found.get("component") or fallback
                return Placement(found.get("category"), component, (), True, pattern)
        for pattern in self.patterns:
            match = compiled(pattern, self.environments).fullmatch(path)
            if match is not None:
                found = match.groupdict()
                environment = found.get("environment")
                seats = (Seat(environment, found.get("cluster")),) if environment else ()
                component = found.get("component")
                return Placement(found.get("category"), component, seats, False, pattern)
        return Placement()

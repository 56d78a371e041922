"""The intent list of groundplan.yaml: what a team keeps as it is on purpose, and what that covers.

One shape for all that reads it: coverage and promotion (a difference that stays), extraction (a
copy that stays), findings (a rule that does not count here). Who asks builds a `Subject` and takes
`covering`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any

from analyzer.model import ResourceId, Seat, Span

KINDS = MappingProxyType({
    "keep-different": "the values differ on purpose: promotion keeps them, coverage says why",
    "keep-separate": "the copies stay copies: extraction leaves them alone",
    "known-lag": "the environment is behind, and that is known: promotion says so",
    "accept-finding": "what `rule` finds here is right as it is",
})  # fmt: skip
SELECTORS = ("component", "environment", "resource", "field", "path", "rule")
SILENCES = MappingProxyType({"keep-separate": ("copied-configuration",)})  # rules, besides `rule`

Globs = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked about. What the asker does not know stays empty, and no selector matches it.

    `component` is `category/name`, or the name alone. `field` is written as
    `spec.template.spec.containers[name=app].image`, `path` as
    seen from the analysed directory.
    """

    component: str = ""
    seats: tuple[Seat, ...] = ()
    resource: ResourceId | None = None
    field: str = ""
    path: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Intent:
    """One entry. A selector without globs takes anything; of several globs one must match.

    `expires` is the last day on which it counts; None: for ever.
    """

    kind: str
    reason: str
    span: Span = field(compare=False)
    component: Globs = ()
    environment: Globs = ()
    resource: Globs = ()
    field: Globs = ()
    path: Globs = ()
    rule: Globs = ()
    expires: date | None = None

    def covers(self, subject: Subject) -> bool:
        """Does every selector that is given match?"""
        return all(
            not globs or any(_matches(glob, known) for glob in globs for known in names)
            for globs, names in (
                (self.component, _components(subject.component)),
                (self.environment, _seats(subject.seats)),
                (self.resource, _resources(subject.resource)),
                (self.path, (subject.path,)),
                (self.rule, (subject.rule,)),
            )
        ) and (not self.field or any(_field(glob).fullmatch(subject.field) for glob in self.field))

    def only(self, *selectors: str) -> Intent:
        """The entry with these of its selectors alone."""
        kept: dict[str, Any] = {n: getattr(self, n) if n in selectors else () for n in SELECTORS}
        return replace(self, **kept)

    def silences(self, rule: str) -> bool:
        """May it silence findings of this rule?"""
        named = any(_matches(glob, rule) for glob in self.rule)
        return named or (not self.rule and rule in SILENCES.get(self.kind, ()))

    def expired(self, today: date | None) -> bool:
        """None: nobody knows the day, and it counts."""
        return self.expires is not None and today is not None and today > self.expires


def covering(
    intents: Iterable[Intent], kind: str, subject: Subject, today: date | None = None
) -> Intent | None:
    """The first entry of a kind that covers the subject and has not expired."""
    return next((i for i in intents if i.kind == kind and not i.expired(today)
                 and i.covers(subject)), None)  # fmt: skip


def _components(name: str) -> Globs:
    """`category/name`, and the name alone."""
    return tuple(dict.fromkeys((name, name.rpartition("/")[2])))


def _seats(seats: tuple[Seat, ...]) -> Globs:
    """`production`, and `production/eu` where it has clusters."""
    return tuple(dict.fromkeys(name for s in seats for name in (s.environment, str(s))))


def _resources(resource: ResourceId | None) -> Globs:
    """`Kind`, `Kind/name` and `namespace/Kind/name`."""
    return () if resource is None else (resource.kind, resource.short, str(resource))


def _matches(glob: str, text: str) -> bool:
    return bool(text) and _glob(glob).fullmatch(text) is not None


@cache
def _glob(glob: str) -> re.Pattern[str]:
    """`*` and `?` stay between slashes, `**` does not; `a/**` is also `a` itself. Any case."""
    tokens = {"/**": "(?:/.*)?", "**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile(_translated(glob, r"/\*\*$|\*\*/|\*\*|[*?]", tokens), re.I | re.S)


@cache
def _field(glob: str) -> re.Pattern[str]:
    """`*` stays between dots; what is below a field belongs to it; `[app]` is `[name=app]` too."""
    glob = re.sub(r"\[([^\]=*]+)\]", r"[*\1]", glob)
    tokens = {"**": ".*", "*": r"[^.\[\]]*", "[*]": r"\[[^\]]*\]", "[*": r"\[(?:[^\]=]*=)?"}
    text = _translated(glob, r"\[\*\]|\[\*|\*\*|\*", tokens)
    return re.compile(text + r"(?:[.\[].*)?", re.S)


def _translated(glob: str, token: str, regex: dict[str, str]) -> str:
    parts = re.split(f"({token})", glob)
    return "".join(regex[p] if i % 2 else re.escape(p) for i, p in enumerate(parts))

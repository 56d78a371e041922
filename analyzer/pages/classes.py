"""Classes of promotion where a component is shown: beside the value of the later environment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analyzer.analyses import promotion as report
from analyzer.analyses.promotion import Promotion
from analyzer.lags import Lag, Step
from analyzer.model import Seat
from analyzer.pages import promotion
from analyzer.pages.site import Site
from analyzer.promotionlist import Class
from analyzer.units import Name

SHORT = {"promote": "promote", "decide": "decide", "keep": "kept"}


@dataclass(frozen=True, slots=True)
class Mark:
    """What promotion does with a value: its class, the rule, and why with what history knows."""

    verdict: Class
    rule: str
    sentence: str
    reason: str

    @property
    def short(self) -> str:
        return SHORT[self.verdict]


@dataclass(frozen=True, slots=True)
class Classes:
    """What promotion says of one component: step by step, and value by value in the target."""

    steps: tuple[Mapping[str, object], ...] = ()
    marks: Mapping[tuple[Seat, str, str], Mark] | None = None

    def of(self, environment: str, cluster: str | None, resource: str, field: str) -> Mark | None:
        """Of a value in the environment that is promoted to; None where it does not differ."""
        known = self.marks or {}
        found = known.get((Seat(environment, cluster), resource, field))
        return found or known.get((Seat(environment), resource, field))


def of_components(site: Site) -> Mapping[Name, list[tuple[Step, Lag, str]]]:
    """Component → each step with what it has of it, and the page of that; "" without one."""
    found: dict[Name, list[tuple[Step, Lag, str]]] = {}
    said: Promotion = site.reports["promotion"]
    paths = promotion.paths(said)
    for step in said.steps:
        for lag in step.lags:
            at = paths.get(promotion.key(step, lag), "")
            found.setdefault(lag.name, []).append((step, lag, at))
    return found


def classes(site: Site, at: str, found: Iterable[tuple[Step, Lag, str]]) -> Classes:
    """For the page of one component."""
    steps: list[Mapping[str, object]] = []
    marks: dict[tuple[Seat, str, str], Mark] = {}
    for _, lag, path in found:
        steps.append({
            "places": report.places(lag),
            "state": promotion.said(lag),
            "mark": promotion.MARKS[lag.state],
            "verdict": promotion.verdict(lag),
            "url": site.url(at, path) if path else "",
        })  # fmt: skip
        for gap in lag.gaps:
            if gap.resource is not None and gap.rule.id not in report.COUNTED:
                mark = Mark(gap.verdict, gap.rule.id, gap.rule.sentence, site.said(gap.reason))
                marks[lag.target, gap.resource.short, gap.field] = mark
    return Classes(tuple(steps), marks)

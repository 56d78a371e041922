"""Promotion: a matrix of components and steps, and a page for each component and step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from analyzer import shown, templating
from analyzer.analyses import promotion
from analyzer.analyses.promotion import Promotion, version_rows
from analyzer.gaps import Gap, Side, version
from analyzer.lags import Lag, Step
from analyzer.pages import diffview
from analyzer.pages.diffview import Pair
from analyzer.pages.site import Page, Site, slug, unique
from analyzer.promotionlist import CLASSES, Class
from analyzer.units import Name

AT = "reports/promotion.md"
_LONGEST = 160  # characters of a version
_ROWS = 200  # resources of one side only that a page lists
_NAMES = 250  # components the matrix lists
_LISTED = 300  # pages that the navigation lists; it is in every page
_MANY = 2_000  # pages, above which what is in sync has none
_FULL = 60_000  # characters of differences on a page
_EACH = 700  # characters a difference takes besides its values
MARKS = {
    "in-sync": "referenced", "behind": "copied", "ahead": "own", "diverged": "broken",
    "not-comparable": "broken", "only-in-from": "missing", "only-in-to": "missing",
}  # fmt: skip


def page(site: Site) -> Iterator[Page]:
    """A page for each component of a step that differs, or cannot be compared."""
    report = _report(site)
    known = paths(report)
    few = len(known) <= _LISTED
    for step in report.steps:
        for lag in step.lags:
            at = known.get(key(step, lag))
            if at is not None:
                title = f"{lag.name.component}{f' {lag.target.cluster}' * bool(lag.target.cluster)}"
                section = f"{step.source} to {step.target}"
                text = _component(site, report, step, lag, at)
                yield Page(at, title, "Reports", text, section, leaf=True,
                           hide=("toc",) if few else ("navigation", "toc"), listed=few)  # fmt: skip


def overview(site: Site) -> str:
    """The body of the report's own page: the matrix, versions, and words that recur."""
    report = _report(site)
    known = paths(report)
    names = _by_need(report)
    return templating.render(
        "promotion.md.j2",
        title=f"Promotion of {report.title}",
        limit=report.limit,
        rendered=report.rendered,
        steps=[
            {
                "source": step.source,
                "target": step.target,
                "verdict": promotion.verdict(step),
                "learned": step.learned,
            }
            for step in report.steps
        ],
        rows=[
            {
                "name": name,
                "url": site.url(AT, site.component_page(name)) if name in site.paths else "",
                "cells": [_cells(site, step, name, known) for step in report.steps],
            }
            for name in names[:_NAMES]
        ],
        more=max(0, len(names) - _NAMES),
    )


def _by_need(report: Promotion) -> list[Name]:
    """Components by name; where they are many, those that are not the same everywhere first."""
    lags = [lag for step in report.steps for lag in step.lags]
    names = sorted({lag.name for lag in lags})
    if len(names) <= _NAMES:
        return names
    differing = {lag.name for lag in lags if lag.state != "in-sync"}
    return sorted(names, key=lambda name: (name not in differing, name))


def _report(site: Site) -> Promotion:
    found: Promotion = site.reports["promotion"]
    return found


Key = tuple[str, str, Name, str]


def key(step: Step, lag: Lag) -> Key:
    """What a page is about."""
    return step.source, step.target, lag.name, f"{lag.source} {lag.target}"


def paths(report: Promotion) -> dict[Key, str]:
    """A path for each component and step that has something to show.

    Where there are many, what is in sync has none: there is nothing to do about it.
    """
    found: dict[Key, str] = {}
    many = sum(bool(lag.gaps) for step in report.steps for lag in step.lags) > _MANY
    taken: set[str] = set()
    for step in report.steps:
        for lag in step.lags:
            if not lag.gaps and lag.state != "not-comparable":
                continue
            if many and lag.state == "in-sync":
                continue
            parts = filter(None, (lag.name.category, lag.name.component, lag.target.cluster))
            wanted = f"promotion/{slug(f'{step.source}-{step.target}')}/{slug('-'.join(parts))}"
            made, number = wanted, 1
            while made in taken:
                number += 1
                made = f"{wanted}-{number}"
            taken.add(made)
            found[key(step, lag)] = f"{made}.md"
    return found


def _cells(site: Site, step: Step, name: Name, known: Mapping[Key, str]
           ) -> list[dict[str, object]]:  # fmt: skip
    """What one step has of a component: its state, lag and counts; by cluster where several."""
    found: list[dict[str, object]] = []
    for lag in (lag for lag in step.lags if lag.name == name):
        at = known.get(key(step, lag))
        found.append({
            "state": said(lag),
            "mark": MARKS[lag.state],
            "cluster": lag.target.cluster or "",
            "days": promotion.days(lag.days) if lag.days is not None else "",
            "counts": [(verdict, n) for verdict in CLASSES if (n := lag.count(verdict))],
            "url": site.url(AT, at) if at is not None else "",
        })  # fmt: skip
    return found


def _component(site: Site, report: Promotion, step: Step, lag: Lag, at: str) -> str:
    own = [gap for gap in lag.gaps if gap.shape in ("new", "own")]
    several = [gap for gap in lag.gaps if gap.shape not in ("new", "own")]
    room = Room(_FULL)
    return templating.render(
        "promotion-component.md.j2",
        title=str(lag.name),
        source=str(lag.source),
        target=str(lag.target),
        state=said(lag),
        mark=MARKS[lag.state],
        why=site.said(lag.why),
        verdict=verdict(lag),
        matrix=site.link(at, AT),
        component=site.link(at, site.component_page(lag.name)) if lag.name in site.paths else "",
        versions=[
            {
                "name": row.name,
                "source": _version(row.gap.source),
                "target": _version(row.gap.target),
                "days": promotion.days(row.gap.story.days),
                "commits": [(m.commit.id[:10] or "not committed", m.commit.date[:10],
                             site.said(m.commit.subject)) for m in reversed(row.gap.story.missed)],
            }
            for row in version_rows((lag,))
        ],
        decisions=room.blocks(site, several, "decide"),
        promoted=room.blocks(site, several, "promote"),
        kept=room.blocks(site, several, "keep"),
        left=room.left,
        command=_command(lag),
        compare=site.link(at, site.compares[lag.name]) if lag.name in site.compares else "",
        views=[
            (str(seat), site.link(at, view))
            for seat in (lag.target, lag.source)
            if (view := site.views.get((lag.name, seat))) is not None
        ],
        counted=[(promotion.said(rule), number) for rule in promotion.COUNTED
                 if (number := sum(gap.rule.id == rule for gap in lag.gaps))],
        own=_rows(site, own),
        renamed=[(str(a), str(b)) for a, b in lag.renamed],
        most=_ROWS,
        checks=list(_checks(report, lag)),
    )  # fmt: skip


def said(lag: Lag) -> str:
    return promotion.said(lag.state, lag.source.environment, lag.target.environment)


def verdict(lag: Lag) -> str:
    """What one component comes to in one step."""
    counts = ", ".join(f"{lag.count(verdict)} to {verdict}" for verdict in ("promote", "decide"))
    kept = lag.count("keep")
    if lag.state == "in-sync":
        return f"No drift: nothing is to promote or to decide; {kept} kept on purpose."
    if lag.state == "not-comparable":
        return "Not compared."
    lasting = f", {promotion.days(lag.days)} behind" if lag.days else ""
    return f"{counts}, {kept} kept on purpose{lasting}."


def _version(side: Side) -> str:
    return shown.cut(str(version(side.value)), _LONGEST)


def _command(lag: Lag) -> str:
    """What shows all of it, as text."""
    return f"groundplan diff {lag.source} {lag.target} {lag.name.component} --details"


@dataclass(slots=True)
class Room:
    """What is left of a page for differences, and how many found no room there."""

    size: int
    left: int = 0
    _taken: set[str] = field(default_factory=set)

    def blocks(self, site: Site, found: Iterable[Gap], verdict: Class) -> list[dict[str, object]]:
        """Differences of a class by resource, each block with the name of its permalink."""
        blocks: dict[str, list[dict[str, object]]] = {}
        for gap in found:
            if gap.verdict != verdict or gap.rule.id in promotion.COUNTED:
                continue
            pair = diffview.pair(gap.target.value, gap.source.value, gap.hidden)
            pair = diffview.neutral(pair) if verdict == "keep" else pair
            if pair.size + _EACH > self.size:
                self.left += 1
                continue
            self.size -= pair.size + _EACH
            name = "Remote bases" if gap.resource is None else str(gap.resource)
            blocks.setdefault(name, []).append(_difference(site, gap, pair))
        return [
            {"name": name, "anchor": unique(f"{verdict}-{slug(name)}", self._taken),
             "fields": fields}
            for name, fields in blocks.items()
        ]  # fmt: skip


def _difference(site: Site, gap: Gap, pair: Pair) -> dict[str, object]:
    return {
        "field": gap.field,
        "pair": pair,
        "rule": gap.rule.id,
        "reason": site.said(gap.reason),
        "at": [site.source(side.at.path, side.at.line) if side.at else ""
               for side in (gap.target, gap.source)],
    }  # fmt: skip


def _rows(site: Site, found: Iterable[Gap]) -> list[dict[str, object]]:
    """Resources that one side has, as the target has them, then as the source has them."""
    return [
        {
            "resource": "" if gap.resource is None else str(gap.resource),
            "verdict": gap.verdict,
            "rule": gap.rule.id,
            "reason": site.said(gap.reason),
            "sides": [_cell(site, side) for side in (gap.target, gap.source)],
        }
        for gap in found
    ]


def _cell(site: Site, side: Side) -> dict[str, str]:
    plain = shown.plain(side.value)
    value = "–" if plain is None else shown.value(plain, _LONGEST)
    return {"value": value, "at": site.source(side.at.path, side.at.line) if side.at else ""}


def _checks(report: Promotion, lag: Lag) -> Iterator[tuple[bool, str]]:
    """What was made sure of, and what could not be."""
    if lag.state == "not-comparable":
        yield False, f"Both sides build: {lag.why}"
        return
    yield True, "Both sides build."
    unplaced = sum(gap.source.at is None and gap.target.at is None and
                   gap.rule.id not in promotion.COUNTED for gap in lag.gaps)  # fmt: skip
    yield not unplaced, (
        f"No line is known of {unplaced} difference{'' if unplaced == 1 else 's'}." if unplaced
        else "Every difference has a line that sets it."
    )  # fmt: skip
    yield not report.limit, (
        f"History is not complete: {report.limit}." if report.limit
        else "History is known back to the first commit."
    )  # fmt: skip
    groups = {gap.group for gap in lag.gaps if gap.group}
    split = any(gap.rule.id in ("split-lockstep", "held-back") for gap in lag.gaps)
    if groups:
        yield not split, "Versions that move together: " + ", ".join(sorted(groups)) + "."
    if hidden := sum(gap.hidden for gap in lag.gaps):
        yield True, f"{hidden} secret values differ; they are compared and not shown."

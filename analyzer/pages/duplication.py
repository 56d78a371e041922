"""Duplication: a table of candidates, and what repeats in each of them."""

from __future__ import annotations

from collections.abc import Iterable

from analyzer import redact, repeating, templating, weighing
from analyzer.analyses import duplication
from analyzer.analyses.duplication import Duplication
from analyzer.candidates import Candidate, Clone
from analyzer.document import counted
from analyzer.pages import reviews
from analyzer.pages.site import Site

AT = "reports/duplication.md"
_MARKS = {
    "extract": "referenced", "unknown": "partial", "lag": "copied", "split": "own",
    "generated": "missing", "untouched": "missing",
}  # fmt: skip
_SHOWN = 60  # candidates a page shows whole
_ROWS = 150  # candidates the table lists
_FULL = 60_000  # characters of candidates shown whole, on one page
_CLONES = 12
_PLACES = 24
_FIELDS = 8


def overview(site: Site) -> str:
    """The body of the report's own page."""
    report = _report(site)
    found = report.repeated
    sections, shown = _sections(site, report)
    return templating.render(
        "duplication.md.j2",
        title=f"Duplication in {report.title}",
        verdict=duplication.verdict(report),
        limit=duplication.limit(report) if found.limit and found.candidates else "",
        rows=[_row(site, report, one, one.id in shown) for one in found.candidates[:_ROWS]],
        more_rows=max(0, len(found.candidates) - _ROWS),
        sections=sections,
        more_meant=max(0, len(found.meant) - _SHOWN),
        meant=[
            {
                "title": one.candidate.title,
                "reason": site.said(one.reason),
                "by": site.source(one.by.path, one.by.line),
                "roots": [site.shown(root) for root in one.candidate.roots],
            }
            for one in found.meant[:_SHOWN]
        ],
        excluded=found.excluded,
    )


def _sections(site: Site, report: Duplication) -> tuple[list[dict[str, object]], set[str]]:
    """Candidates by section while there is room for them, and the ids of those that are shown."""
    sections, shown, room = [], set[str](), _FULL
    for section in repeating.SECTIONS:
        listed = report.of(section)
        texts: list[str] = []
        for one in listed[:_SHOWN]:
            text = block(site, report, one)
            if len(text) > room and texts:
                break
            room -= len(text)
            shown.add(one.id)
            texts.append(text)
        if listed:
            sections.append({
                "heading": duplication.HEADINGS[section],
                "meaning": duplication.MEANINGS[section],
                "candidates": texts,
                "more": len(listed) - len(texts),
            })  # fmt: skip
    return sections, shown


def _report(site: Site) -> Duplication:
    found: Duplication = site.reports["duplication"]
    return found


def _row(site: Site, report: Duplication, one: Candidate, shown: bool) -> dict[str, object]:
    return {
        "id": one.id if shown else "",
        "page": site.url(AT, reviews.path(one.id)) if one.id in site.reviews else "",
        "verdict": site.reviews[one.id].verdict if one.id in site.reviews else "",
        "title": one.title,
        "section": duplication.HEADINGS[one.section],
        "mark": _MARKS[one.section],
        "roots": len(one.roots),
        "lines": duplication.copied(one),
        "net": report.net(one),
        "score": f"{weighing.score(one.terms):.1f}",
    }


def block(site: Site, report: Duplication, one: Candidate) -> str:
    """One candidate, whole: why it is here, its directories, what repeats and where."""
    verdict = report.verdicts.get(one.id)
    return templating.render(
        "candidate.md.j2",
        id=one.id,
        title=one.title,
        reason=site.said(redact.text(one.reason)),
        verdict=verdict,
        page=site.link(AT, reviews.path(one.id)) if one.id in site.reviews else "",
        lines=duplication.copied(one),
        net=report.net(one),
        score=duplication.sum_of(one),
        summary=f"{len(one.roots)} directories, {counted(len(one.clones), 'text')}",
        roots=[site.shown(root) for root in one.roots[:_PLACES]],
        more_roots=max(0, len(one.roots) - _PLACES),
        clones=[_clone(site, clone) for clone in _ordered(one.clones)[:_CLONES]],
        more=max(0, len(one.clones) - _CLONES),
    )


def _ordered(clones: Iterable[Clone]) -> list[Clone]:
    return sorted(clones, key=lambda clone: (-clone.copies[0].lines, clone.name))


def _clone(site: Site, clone: Clone) -> dict[str, object]:
    return {
        "name": duplication.clone_name(clone),
        "lines": clone.copies[0].lines,
        "common": clone.common,
        "differing": clone.differing[:_FIELDS],
        "more": max(0, len(clone.differing) - _FIELDS),
        "places": [site.source(c.span.path, c.span.line) for c in clone.copies[:_PLACES]],
    }

"""A page for each report; its body is what the report says anywhere, with links."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from analyzer import templating
from analyzer.analyses import REPORTS, coverage
from analyzer.document import Text
from analyzer.drawing import Diagram
from analyzer.findings import Severity
from analyzer.pages import blocks, duplication, promotion, reviews
from analyzer.pages.site import Page, Site

INDEX = "reports/index.md"
_OWN: Mapping[str, Callable[[Site], str]] = {  # pages that say it in a way of their own
    "promotion": promotion.overview,
    "duplication": duplication.overview,
}

_ELSEWHERE = {coverage.FIELDS: "What each environment sets otherwise than base, and the lines "
              "that say so: on the page of each component."}  # fmt: skip


def page(site: Site, drawn: Mapping[str, tuple[Diagram, ...]]) -> Iterator[Page]:
    """The list of reports, then each of them."""
    rows = [
        {
            "name": row.name,
            "url": site.url(INDEX, f"reports/{row.name}.md"),
            "question": row.question,
            "counts": _counts(site, row.name),
        }
        for row in REPORTS
    ]
    yield Page(INDEX, "Reports", "Reports", templating.render("reports.md.j2", reports=rows))
    for row in REPORTS:
        at = f"reports/{row.name}.md"
        command = f"groundplan report {row.name}"
        if row.name in _OWN:
            body = _OWN[row.name](site)
        else:
            title, *rest = row.blocks(site.reports[row.name])
            body = blocks.text(site, at, (title, Text(row.question), *rest), command, _ELSEWHERE)
        yield Page(
            at,
            row.name.capitalize(),
            "Reports",
            templating.render("report.md.j2", body=body, command=command),
            boost=12,
        )
    yield from promotion.page(site)
    yield from reviews.page(site, duplication.AT)


def _counts(site: Site, name: str) -> list[tuple[str, int]]:
    found = site.reports[name].findings
    counts = [(s.value, sum(f.severity is s for f in found)) for s in Severity]
    return [(severity, count) for severity, count in counts if count]

"""A page for each report; its body is the report's own Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analyzer import formats, templating
from analyzer.analyses import REPORTS
from analyzer.document import Findings
from analyzer.drawing import Diagram
from analyzer.pages.figures import finding_cards
from analyzer.pages.site import Page, Site
from analyzer.units import Name

INDEX = "reports/index.md"


def page(site: Site, drawn: Mapping[str, tuple[Diagram, ...]]) -> Iterator[Page]:
    """The list of reports, then each of them."""
    yield Page(
        INDEX,
        "Reports",
        "Reports",
        templating.render("reports.md.j2", reports=[(row.name, row.question) for row in REPORTS]),
    )
    for row in REPORTS:
        at = f"reports/{row.name}.md"
        value = row.analyze(site.snapshot)
        blocks = tuple(row.blocks(value))
        body = formats.markdown.text(
            (b for b in blocks if not isinstance(b, Findings)),
            lambda name, at=at: _link(site, at, name),
        )
        found = [f for b in blocks if isinstance(b, Findings) for f in b.findings]
        empty = next((b.empty for b in blocks if isinstance(b, Findings)), "")
        yield Page(
            at,
            row.name.capitalize(),
            "Reports",
            templating.render(
                "report.md.j2",
                body=body,
                cards=finding_cards(site, found),
                empty=empty,
                question=row.question,
                command=f"groundplan report {row.name}",
            ),
        )


def _link(site: Site, at: str, name: tuple[str, str]) -> str | None:
    page = site.paths.get(Name(*name))
    return site.link(at, page) if page is not None else None

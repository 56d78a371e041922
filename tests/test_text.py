"""Reports on a terminal: aligned, never torn, whatever stands in the cells."""

from __future__ import annotations

from analyzer.document import Branch, Cell, Findings, Table, Tree
from analyzer.findings import ORPHAN_FILE, Finding
from analyzer.formats.text import Style, columns, text
from analyzer.model import Span

NARROW = Style(width=40, columns=40)


def table(*rows: tuple[str, ...]) -> Table:
    headers, *others = rows
    return Table(headers, tuple(tuple(map(Cell, row)) for row in others))


def test_a_row_that_does_not_fit_goes_on_in_the_next_line() -> None:
    deployed = table(
        ("Where", "Object", "Root", "Declared"),
        ("staging", "apps", "clusters/staging/apps", "clusters/apps.yaml:1"),
        ("production", "web", "clusters/production", "clusters/web.yaml:1"),
    )
    assert text((deployed,), NARROW).splitlines() == [
        "Where       Object",
        "        Root",
        "        Declared",
        "staging     apps",
        "        clusters/staging/apps",
        "        clusters/apps.yaml:1",
        "production  web",
        "        clusters/production",
        "        clusters/web.yaml:1",
    ]
    whole = text((deployed,), Style()).splitlines()
    assert whole[1] == "staging     apps    clusters/staging/apps  clusters/apps.yaml:1"
    assert text((deployed,), Style(columns=65)).splitlines() == whole


def test_a_line_that_would_hold_nothing_is_left_out() -> None:
    value = table(("A" * 30, "B" * 30), ("a", "b"), ("c", ""))
    assert text((value,), NARROW).splitlines() == [
        "A" * 30, " " * 8 + "B" * 30, "a", "        b", "c"
    ]  # fmt: skip


def test_columns_are_even_whatever_is_written_in_them() -> None:
    value = table(("Name", "State"), ("日本語", "own"), ("e\u0301te\u0301", "own"), ("web", "own"))
    assert text((value,), NARROW).splitlines() == [
        "Name    State", "日本語  own", "e\u0301te\u0301     own", "web     own"
    ]  # fmt: skip
    assert [columns(t) for t in ("日本語", "e\u0301te\u0301", "web")] == [6, 3, 3]
    drawn = Tree((Branch("", "日本/", "a base"), Branch("", "web/", "another")))
    assert text((drawn,), NARROW) == "日本/  a base\nweb/   another\n"


def test_a_finding_wider_than_the_terminal_is_not_torn() -> None:
    found = Findings((
        Finding(ORPHAN_FILE, "a.yaml is listed by no kustomization", Span("web/a.yaml", 1)),
        Finding(ORPHAN_FILE, "short", Span("b.yaml", 1)),
    ))  # fmt: skip
    assert text((found,), NARROW).splitlines() == [
        "warning web/a.yaml:1",
        "        a.yaml is listed by no",
        "        kustomization [orphan-file]",
        "warning b.yaml:1  short [orphan-file]",
        "",
        "2 warnings",
    ]
    assert text((found,), Style()).splitlines()[0] == (
        "warning web/a.yaml:1  a.yaml is listed by no kustomization [orphan-file]"
    )

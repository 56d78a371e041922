"""HelmReleases side by side → what a component's page says of their charts and values."""

from __future__ import annotations

from collections.abc import Iterable

from analyzer import releases
from analyzer.pages.cells import where
from analyzer.pages.classes import Classes, Mark
from analyzer.pages.site import Site
from analyzer.releases import Column, Release, Table, Value

_COLUMNS = 12  # environments, or clusters that differ, that a table has
_ROWS = 100  # values a table lists
_NOTHING = "–"


def tables(site: Site, found: Iterable[Release], known: Classes) -> list[dict[str, object]]:
    """What the template shows of each release: a table of differences, and the rest folded.

    Each value with the line that sets it, as HTML; "" where that is not known.
    """
    return [_table(site, table, known) for table in releases.tables(found)]


def _table(site: Site, table: Table, known: Classes) -> dict[str, object]:
    columns = table.columns[:_COLUMNS]
    several = len(table.columns) > 1
    differing = table.differing if several else ()
    same = table.same if several else tuple(_only(table))
    return {
        "name": table.name,
        "columns": [_heading(column) for column in columns],
        "more_columns": len(table.columns) - len(columns),
        "charts": [column.release.chart or _NOTHING for column in columns],
        "versions": [
            (
                column.release.version or _NOTHING,
                _mark(known, column, table.name, "spec.chart.spec.version"),
            )
            for column in columns
        ],
        "differing": [
            (
                name,
                [
                    (
                        None if v is None else (v.shown, _place(site, v)),
                        _mark(known, column, table.name, f"spec.values.{name}"),
                    )
                    for column, v in zip(columns, values, strict=False)
                ],
            )
            for name, values in differing[:_ROWS]
        ],
        "more_differing": max(0, len(differing) - _ROWS),
        "same": [(name, value.shown, _place(site, value)) for name, value in same[:_ROWS]],
        "same_count": len(same),
        "everywhere": several,
        "notes": list(dict.fromkeys(note for c in columns for note in _notes(c, several))),
    }


def _mark(known: Classes, column: Column, release: str, field: str) -> Mark | None:
    """Of a value that the object itself sets; of the clusters of a column the first that has one.

    What comes from a ConfigMap has its class there.
    """
    clusters = (None, *column.clusters)
    found = (known.of(column.environment, c, f"HelmRelease/{release}", field) for c in clusters)
    return next((mark for mark in found if mark is not None), None)


def _place(site: Site, value: Value) -> str:
    return site.source(value.at.path, value.at.line) if value.at is not None else ""


def _only(table: Table) -> Iterable[tuple[str, Value]]:
    return table.columns[0].release.values.items()


def _heading(column: Column) -> tuple[str, str]:
    """(environment, the clusters of it that are so)."""
    return column.environment or "Value", where(column.clusters, 3)


def _notes(column: Column, several: bool) -> Iterable[str]:
    """Where values come from, and which are not known, of one column."""
    release = column.release
    place = "/".join(filter(None, (column.environment, where(column.clusters, 1))))
    at = f" ({place})" if several and place else ""
    for source in release.effective.sources:
        yield f"from {source}{_below(source.target_path)}{at}"
    for source in release.effective.unknown:
        yield f"not known: {source}{_below(source.target_path)}, {source.reason}{at}"
    if release.effective.problem:
        yield f"fails: {release.effective.problem}{at}"


def _below(path: str) -> str:
    return f", at {path}" if path else ""

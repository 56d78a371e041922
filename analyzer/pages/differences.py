"""What each environment sets otherwise than base, side by side, with the line that sets it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from analyzer.analyses.coverage import Row
from analyzer.model import Span
from analyzer.overlaying import Overlaid
from analyzer.pages.classes import Classes, Mark
from analyzer.pages.site import Site, slug, unique
from analyzer.why import value_text

_FIELDS = 80  # fields a component's page lists
_COLUMNS = 6  # environments and clusters side by side
_LONGEST = 120  # characters of a value


@dataclass(frozen=True, slots=True)
class Value:
    """A cell: the value, or what became of it, and where that is set, as HTML."""

    text: str
    at: str = ""
    code: bool = True
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Differences:
    """A table: columns are environments, or their clusters; rows are fields by resource.

    Each resource with the name of its permalink.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[tuple[str, Value, tuple[Value, ...]], ...]], ...]
    more: int
    more_columns: int

    @property
    def marks(self) -> tuple[tuple[str, str, str], ...]:
        """(Class, rule, sentence) of each rule that marks a value, those that ask most first."""
        found = {(m.short, m.rule, m.sentence) for *_, fields in self.rows for _, _, cells in fields
                 for cell in cells if (m := cell.mark) is not None}  # fmt: skip
        return tuple(sorted(found))


def differences(site: Site, rows: Iterable[Row], known: Classes) -> Differences | None:
    """The fields that differ from base in at least one of the rows; None where nothing is known.

    What differs from the environment before is marked with what promotion does with it.
    """
    compared = [row for row in rows if row.changes]
    if not compared:
        return None
    shown = compared[:_COLUMNS]
    fields: dict[tuple[str, str], dict[int, Overlaid]] = {}
    for number, row in enumerate(shown):
        for one in row.changes:
            fields.setdefault((one.resource, one.field), {})[number] = one
    listed = sorted(fields)[:_FIELDS]
    by_resource: dict[str, list[tuple[str, Value, tuple[Value, ...]]]] = {}
    for resource, field in listed:
        found = fields[resource, field]
        base = _base(site, next(iter(found.values())))
        same = "–" if base.text == "–" else "as in base"
        cells = tuple(
            replace(_here(site, found.get(number), same),
                    mark=known.of(row.environment, row.cluster, resource, field))
            for number, row in enumerate(shown)
        )  # fmt: skip
        by_resource.setdefault(resource, []).append((field, base, cells))
    taken: set[str] = set()
    return Differences(
        tuple(f"{r.environment}/{r.cluster}" if r.cluster else r.environment for r in shown),
        tuple(
            (resource, unique(f"resource-{slug(resource)}", taken), tuple(found))
            for resource, found in by_resource.items()
        ),
        len(fields) - len(listed),
        len(compared) - len(shown),
    )


def _base(site: Site, one: Overlaid) -> Value:
    if one.kind == "added":
        return Value("–", code=False)
    if not one.field:
        return Value("there", _place(site, one.base_at), code=False)
    return Value(_text(one.before), _place(site, one.base_at))


def _here(site: Site, one: Overlaid | None, same: str) -> Value:
    if one is None:
        return Value(same, code=False)
    at = _place(site, one.here_at)
    if one.kind == "removed":
        return Value("removed", at, code=False)
    return Value(_text(one.after), at) if one.field else Value("there", at, code=False)


def _text(value: object) -> str:
    text = value_text(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _place(site: Site, at: Span | None) -> str:
    return site.source(at.path, at.line) if at is not None else ""

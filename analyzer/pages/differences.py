"""What each environment sets otherwise than base, side by side, with the line that sets it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from analyzer.analyses.coverage import Row
from analyzer.model import Span
from analyzer.overlaying import Overlaid
from analyzer.pages.classes import Classes, Mark
from analyzer.pages.site import Site, slug, unique
from analyzer.why import value_text

_FIELDS = 80  # fields a component's page lists
_LOOKED = 2_000  # fields it looks at, before it joins resources that differ alike
_ALIKE = 3  # resources from which on they stand together
_COLUMNS = 6  # environments and clusters side by side
_LONGEST = 120  # characters of a value


@dataclass(frozen=True, slots=True)
class Value:
    """A cell: the value, or what became of it, and where that is set, as HTML."""

    text: str
    at: str = ""
    code: bool = True
    mark: Mark | None = None


Field = tuple[str, Value, tuple[Value, ...]]  # its name, what base has, what each column has


@dataclass(frozen=True, slots=True)
class Block:
    """Resources that differ alike, each with the name of its permalink, and the fields."""

    resources: tuple[tuple[str, str], ...]
    fields: tuple[Field, ...]

    @property
    def kind(self) -> str:
        """What they all are."""
        return self.resources[0][0].partition("/")[0]


@dataclass(frozen=True, slots=True)
class Differences:
    """A table: columns are environments, or their clusters; rows are fields by resource."""

    columns: tuple[str, ...]
    blocks: tuple[Block, ...]
    more: int
    more_columns: int

    @property
    def marks(self) -> tuple[tuple[str, str, str], ...]:
        """(Class, rule, sentence) of each rule that marks a value, those that ask most first."""
        cells = (c for block in self.blocks for _, _, found in block.fields for c in found)
        found = {(m.short, m.rule, m.sentence) for c in cells if (m := c.mark) is not None}
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
    by_resource: dict[str, list[Field]] = {}
    for resource, field in sorted(fields)[:_LOOKED]:
        found = fields[resource, field]
        base = _base(site, next(iter(found.values())))
        same = "–" if base.text == "–" else "as in base"
        cells = tuple(
            replace(_here(site, found.get(number), same),
                    mark=known.of(row.environment, row.cluster, resource, field))
            for number, row in enumerate(shown)
        )  # fmt: skip
        by_resource.setdefault(resource, []).append((field, base, cells))
    blocks, listed = _listed(_joined(by_resource))
    return Differences(
        tuple(f"{r.environment}/{r.cluster}" if r.cluster else r.environment for r in shown),
        blocks,
        len(fields) - listed,
        len(compared) - len(shown),
    )


def _joined(by_resource: Mapping[str, list[Field]]) -> Iterator[Block]:
    """Resources by name; those of a kind that differ in just the same stand with the first."""
    alike: dict[tuple[object, ...], list[str]] = {}
    for resource, found in by_resource.items():
        said = tuple((field, replace(base, at=""), cells) for field, base, cells in found)
        alike.setdefault((resource.partition("/")[0], said), []).append(resource)
    together: list[tuple[tuple[str, ...], tuple[Field, ...]]] = []
    for names in alike.values():
        if len(names) >= _ALIKE:
            together.append((tuple(names), _common([by_resource[name] for name in names])))
        else:
            together += [((name,), tuple(by_resource[name])) for name in names]
    taken: set[str] = set()
    for several, fields in sorted(together, key=lambda one: one[0]):
        named = tuple((name, unique(f"resource-{slug(name)}", taken)) for name in several)
        yield Block(named, fields)


def _common(found: list[list[Field]]) -> tuple[Field, ...]:
    """The fields of resources that differ alike; where base sets one only if it is one place."""
    return tuple(
        (field, base if all(one[n][1] == base for one in found) else replace(base, at=""), cells)
        for n, (field, base, cells) in enumerate(found[0])
    )


def _listed(blocks: Iterable[Block]) -> tuple[tuple[Block, ...], int]:
    """As many as a page has room for, the last of them in part; how many fields these are."""
    shown, listed, rows = list[Block](), 0, 0
    for block in blocks:
        fields = block.fields[: _FIELDS - rows]
        if not fields:
            break
        shown.append(replace(block, fields=fields))
        rows += len(fields)
        listed += len(fields) * len(block.resources)
    return tuple(shown), listed


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

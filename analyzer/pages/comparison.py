"""A component in all its environments → every field that is not the same in all, side by side."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from analyzer import between, redact, templating
from analyzer.diff import ABSENT, Leaf, element_names, equal, field_name, leaves
from analyzer.model import RenderedResource, Seat, Span
from analyzer.pages.rendered import resources
from analyzer.pages.site import Page, Site, slug, unique
from analyzer.pairing import hashed, loose, paired, without_hashes
from analyzer.shadows import Path
from analyzer.units import Component
from analyzer.why import value_text

_COLUMNS = 8  # places side by side
_LONGEST = 120  # characters of a value
_BEFORE = 40  # of them before the first that is not the same
_FULL = 60_000  # characters of a page, above which the next begins
_CELL = 150  # characters a cell takes besides its value and its place
_ROW = 260  # the same of a row's first cell

Column = tuple[Seat, tuple[str, ...]]  # a place, and the component's roots there
Entry = Mapping[int, RenderedResource]  # one resource by the number of its column


@dataclass(frozen=True, slots=True)
class Cell:
    """A value, as the page shows it. `group` is the same in one row where values are the same.

    "" where there is no such resource at all. `at` is HTML.
    """

    text: str
    group: str
    at: str = ""
    code: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """A field, "" for the whole resource, and what each column has there."""

    field: str
    cells: tuple[Cell, ...]

    @property
    def size(self) -> int:
        """About how many characters of HTML it takes."""
        cells = sum(_CELL + 2 * len(cell.text) + 2 * len(cell.at) for cell in self.cells)
        return _ROW + 3 * len(self.field) + cells


@dataclass(frozen=True, slots=True)
class Compared:
    """One resource, and each of its fields that is not the same everywhere."""

    name: str
    rows: tuple[Row, ...]


def page(site: Site) -> Iterator[Page]:
    """A page for each component of two environments and more; of much, several."""
    by_name = {component.name: component for component in site.structure.components}
    for name, at in site.compares.items():
        seats = _seats(by_name[name])
        shown = seats[:_COLUMNS]
        found = tuple(compared(site, by_name[name], shown))
        parts = list(_parts(found)) or [()]
        paths = [at, *(f"{at.removesuffix('.md')}-{n}.md" for n in range(2, len(parts) + 1))]
        for number, (path, part) in enumerate(zip(paths, parts, strict=True), 1):
            text = templating.render(
                "compare.md.j2",
                name=name.component,
                columns=[str(seat) for seat in shown],
                more=[str(seat) for seat in seats[_COLUMNS:]],
                resources=list(_anchored(part)),
                count=len(found),
                component=site.link(path, site.component_page(name)),
                views=[(str(seat), site.link(path, site.views[name, seat])) for seat in shown
                       if (name, seat) in site.views],
                pages=[(str(n), site.link(path, p)) for n, p in enumerate(paths, 1)],
                number=number,
            )  # fmt: skip
            yield Page(path, f"{name.component} compared", "Components", text, leaf=True,
                       hide=("navigation", "toc"), listed=False, boost=0.4)  # fmt: skip


def _anchored(part: Iterable[Compared]) -> Iterator[tuple[str, str, tuple[Row, ...]]]:
    """(name, permalink, rows); names that are the same in a link are numbered."""
    taken: set[str] = set()
    for one in part:
        yield one.name, unique(f"resource-{slug(one.name)}", taken), one.rows


def _seats(component: Component) -> tuple[Seat, ...]:
    """Its places: the first of each environment, then the other clusters."""
    seats = dict.fromkeys(unit.seat for unit in component.units)
    first = {seat.environment: seat for seat in reversed(seats)}
    return tuple(dict.fromkeys((*(s for s in seats if first[s.environment] == s), *seats)))


def compared(site: Site, component: Component, seats: Iterable[Seat]) -> Iterator[Compared]:
    """Every resource that some place has otherwise or not at all, by name."""
    held = [(seat, resources(site, component, seat)) for seat in seats]
    names = hashed(resource for _, found in held for resource in found)
    roots = [tuple(u.root for u in component.units if u.seat == seat) for seat, _ in held]
    at = tuple((seat, roots[n]) for n, (seat, _) in enumerate(held))
    for entry in sorted(_entries(held), key=lambda entry: (_called(entry), sorted(entry))):
        rows = tuple(_rows(site, entry, at, names))
        if rows:
            yield Compared(_called(entry), rows)


def _called(entry: Entry) -> str:
    first = entry[min(entry)]
    kind, name = loose(first)
    return f"{first.id.namespace}/{kind}/{name}" if first.id.namespace else f"{kind}/{name}"


def _entries(held: Iterable[tuple[Seat, tuple[RenderedResource, ...]]]) -> list[Entry]:
    """The same resource of all places together, each paired with the one before that has it."""
    entries: list[dict[int, RenderedResource]] = []
    before: list[Seat] = []
    for number, (seat, found) in enumerate(held):
        last = {id(entry[max(entry)]): entry for entry in entries}
        pairs, come, gone = paired(tuple(e[max(e)] for e in entries), found)
        for place, other in enumerate(before):
            left = [one for one in gone if max(last[id(one)]) == place]
            more = between.called_alike(left, come, other, seat)
            come = [one for one in come if all(one is not new for _, new in more)]
            pairs = [*pairs, *more]
        for old, new in pairs:
            last[id(old)][number] = new
        entries += [{number: one} for one in come]
        before.append(seat)
    return list(entries)


def _rows(
    site: Site, entry: Entry, columns: tuple[Column, ...], names: Mapping[str, str]
) -> Iterator[Row]:
    if len(entry) < len(columns):
        yield Row("", tuple(_there(site, c, entry.get(n)) for n, c in enumerate(columns)))
    raw = {n: leaves(without_hashes(names, r.content)) for n, r in entry.items()}
    differing = [leaf for leaf in dict.fromkeys(leaf for one in raw.values() for leaf in one)
                 if not _same([one.get(leaf, ABSENT) for one in raw.values()])]  # fmt: skip
    if not differing:
        return
    clean = {n: leaves(without_hashes(names, redact.redacted(r.content)))
             for n, r in entry.items()}  # fmt: skip
    places = {n: _places(site, columns[n], resource) for n, resource in entry.items()}
    for leaf in sorted(differing):
        groups = _groups({n: one.get(leaf, ABSENT) for n, one in raw.items()})
        texts = _texts({n: clean[n].get(leaf, redact.HIDDEN) for n, one in raw.items()
                        if leaf in one})  # fmt: skip
        yield Row(
            field_name(leaf),
            tuple(
                Cell("–", "", code=False) if n not in entry
                else Cell("–", groups[n], code=False) if leaf not in raw[n]
                else Cell(texts[n], groups[n],
                          _source(site, places[n].get(leaf)))
                for n in range(len(columns))
            ),
        )  # fmt: skip


def _there(site: Site, column: Column, resource: RenderedResource | None) -> Cell:
    if resource is None:
        return Cell("–", "0", code=False)
    at = site.whereabouts.at(resource, "/kind") or _seen(site, column, resource, "")
    return Cell("there", "1", _source(site, at), code=False)


def _same(values: list[object]) -> bool:
    return all(equal(values[0], value) for value in values[1:])


def _groups(values: Mapping[int, object]) -> dict[int, str]:
    """Column → a number that columns of the same value share."""
    known: list[object] = []
    found: dict[int, str] = {}
    for column, value in values.items():
        at = next((n for n, other in enumerate(known) if equal(other, value)), len(known))
        if at == len(known):
            known.append(value)
        found[column] = str(at)
    return found


def _places(site: Site, column: Column, resource: RenderedResource) -> dict[Leaf, Span]:
    """Where each leaf is set, as far as that is known."""
    names = {path: leaf for leaf, path in _paths(resource.content, (), (), "")}
    traced = {one.path: one.set_by.at for one in site.whereabouts.leaves(resource)
              if one.set_by is not None}  # fmt: skip
    found = {}
    for path, leaf in names.items():
        at = traced.get(path) or _seen(site, column, resource, _pointer(path))
        if at is not None:
            found[leaf] = at
    return found


def _seen(site: Site, column: Column, resource: RenderedResource, pointer: str) -> Span | None:
    """What promotion found out about a field, where its render was not traced as a whole."""
    known = site.snapshot.evidence
    seat, roots = column
    places = (known.places.get((seat, root, resource.id, pointer)) for root in roots if known)
    return next((place.at for place in places if place is not None), None)


def _pointer(path: Path) -> str:
    return "".join(f"/{str(key).replace('~', '~0').replace('/', '~1')}" for key in path)


def _paths(value: object, leaf: Leaf, path: Path, field: str) -> Iterator[tuple[Leaf, Path]]:
    """Every leaf as `leaves` names it, and by its keys and positions."""
    if isinstance(value, Mapping) and value:
        for key, child in value.items():
            yield from _paths(child, (*leaf, str(key)), (*path, key), str(key))
    elif isinstance(value, list) and value:
        for n, (name, child) in enumerate(zip(element_names(value, field), value, strict=True)):
            yield from _paths(child, (*leaf, name), (*path, n), name)
    else:
        yield leaf, path


def _source(site: Site, at: Span | None) -> str:
    return site.source(at.path, at.line) if at is not None else ""


def _texts(values: Mapping[int, object]) -> dict[int, str]:
    """Each value on one line; of long ones what begins a little before they differ."""
    texts = {column: value_text(value) for column, value in values.items()}
    different = set(texts.values())
    start = 0
    if len(different) > 1 and any(len(text) > _LONGEST for text in different):
        start = max(0, len(posixpath.commonprefix(tuple(different))) - _BEFORE)
    return {column: _cut(text, start) for column, text in texts.items()}


def _cut(text: str, start: int) -> str:
    end = start + _LONGEST
    return f"{'…' if start else ''}{text[start:end]}{'…' if len(text) > end else ''}"


def _parts(found: Iterable[Compared]) -> Iterator[tuple[Compared, ...]]:
    """Resources in their order, a page full each; one that is larger than that in pieces."""
    part: list[Compared] = []
    size = 0
    for one in found:
        rows: list[Row] = []
        for row in one.rows:
            if size + row.size > _FULL and (part or rows):
                yield (*part, *((Compared(one.name, tuple(rows)),) if rows else ()))
                part, rows, size = [], [], 0
            rows.append(row)
            size += row.size
        part.append(Compared(one.name, tuple(rows)))
    if part:
        yield tuple(part)

"""What a cluster gets of a component, as YAML, each line beside the line that set it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from analyzer import templating, units
from analyzer.model import Commit, RenderedResource, Seat, Span
from analyzer.pages.site import Page, Site
from analyzer.units import Component
from analyzer.why import Field, annotated, answer, described

_BIG = 60_000  # characters of a resource that is named and not shown
_FULL = 80_000  # characters of a page, above which the next begins
_CRD = "CustomResourceDefinition"


@dataclass(frozen=True, slots=True)
class Run:
    """Lines one after the other that one directive of one file set; `by` says which.

    Each line is (text, where it is set, the last place before that it overrode); the heads of maps,
    and what follows the first line of a text, are set nowhere.
    """

    by: str
    path: str
    lines: tuple[tuple[str, Span | None, Span | None], ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A resource as its runs of lines; without any, `left` says why."""

    resource: RenderedResource
    runs: tuple[Run, ...]
    left: str = ""

    @property
    def size(self) -> int:
        """About how many characters of HTML it takes."""
        return sum(400 + sum(len(text) + 60 for text, _, _ in run.lines) for run in self.runs)


def page(site: Site) -> Iterator[Page]:
    """A page for each component and place it is in; of much, several pages."""
    by_name = {component.name: component for component in site.structure.components}
    for (name, seat), at in site.views.items():
        parts = _parts(_shown(site, one) for one in resources(site, by_name[name], seat))
        paths = [at, *(f"{at.removesuffix('.md')}-{n}.md" for n in range(2, len(parts) + 1))]
        for number, (path, part) in enumerate(zip(paths, parts, strict=True), 1):
            text = templating.render(
                "rendered.md.j2",
                name=name.component,
                seat=str(seat),
                resources=[_resource(site, one) for one in part],
                component=site.link(path, site.component_page(name)),
                environment=site.link(path, site.environment_page(seat.environment)),
                others=[
                    (str(other), site.link(path, there))
                    for (same, other), there in site.views.items()
                    if same == name and other != seat
                ],
                pages=[(str(n), site.link(path, p)) for n, p in enumerate(paths, 1)],
                number=number,
            )
            yield Page(path, f"{name.component} in {seat}", "Components", text, leaf=True,
                       hide=("navigation",), listed=False, boost=0.4)  # fmt: skip


def resources(site: Site, component: Component, seat: Seat) -> tuple[RenderedResource, ...]:
    """What a place gets of a component, each object once, in the order they are made."""
    found = (resource for unit in component.units if unit.seat == seat
             for resource in units.resources(site.snapshot, unit))  # fmt: skip
    return tuple({id(resource): resource for resource in found}.values())


def _parts(found: Iterable[Shown]) -> list[list[Shown]]:
    """Resources in their order, a page full each."""
    parts: list[list[Shown]] = [[]]
    size = 0
    for one in found:
        if parts[-1] and size + one.size > _FULL:
            parts.append([])
            size = 0
        parts[-1].append(one)
        size += one.size
    return parts


def _shown(site: Site, resource: RenderedResource) -> Shown:
    known = site.whereabouts.leaves(resource)
    lines = list(annotated(answer("", "", resource, known, lambda at: None)))
    size = sum(len(line) + 1 for line, _ in lines)
    if resource.id.kind == _CRD or size > _BIG:
        return Shown(resource, (), f"{len(lines):,} lines, not shown here")
    return Shown(resource, tuple(_runs(lines)))


def _runs(lines: Iterable[tuple[str, Field | None]]) -> Iterator[Run]:
    """Lines of one origin together; the heads of maps go with what is first in them."""
    made: list[tuple[str, Span | None, Span | None]] = []
    heads: list[tuple[str, Span | None, Span | None]] = []
    origin = "", ""
    block = -1  # the indentation of the key whose text is being read
    for text, one in lines:
        indent = len(text) - len(text.lstrip(" "))
        if one is None:
            inside = block >= 0 and (indent > block or not text.strip())
            (made if inside else heads).append((text, None, None))
            block = block if inside else -1
            continue
        block = indent if text.endswith(" |") else -1
        step, over = one.provenance.set_by, one.provenance.overrides
        mine = ("unexplained", "") if step is None else (described(step), step.at.path)
        if mine != origin and made:
            yield Run(*origin, tuple(made))
            made = []
        made += (*heads, (text, step.at if step else None, over[0].at if over else None))
        heads, origin = [], mine
    if made or heads:
        yield Run(*origin, (*made, *heads))


def _resource(site: Site, one: Shown) -> dict[str, object]:
    return {
        "name": one.resource.id.short,
        "namespace": one.resource.id.namespace,
        "left": one.left,
        "runs": [_run(site, run) for run in one.runs],
    }


def _run(site: Site, run: Run) -> dict[str, object]:
    places = [at for _, at, _ in run.lines if at is not None]
    touched = {commit for at in places if (commit := _touched(site, at)) is not None}
    newest = max(touched, key=lambda commit: commit.date, default=None)
    return {
        "text": "\n".join(text for text, _, _ in run.lines),
        "numbers": [(at.line, site.source_url(at.path, at.line)) if at else None
                    for _, at, _ in run.lines],
        "one": sum(at is not None for _, at, _ in run.lines) == 1 and run.lines[-1][1] is not None,
        "by": run.by,
        "path": site.shown(run.path) if run.path else "",
        "over": [site.source(o.path, o.line)
                 for o in dict.fromkeys(Span(o.path, o.line) for _, _, o in run.lines if o)],
        "since": newest and (newest.date[:10], newest.id[:8], site.said(newest.subject)),
        "more": max(0, len(touched) - 1),
    }  # fmt: skip


def _touched(site: Site, at: Span) -> Commit | None:
    """Who touched a line last, where git is."""
    return site.snapshot.touched.get(at.path, {}).get(at.line)

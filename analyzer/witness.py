"""Questions about differences → evidence: who set each side, and what git says of those places.

One marked render more for each root that differs, one `git log` for all files.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from analyzer import gaps, gitio, history, lags, loader, reconciled
from analyzer.applying import Applied
from analyzer.diff import ABSENT
from analyzer.history import Asked, Evidence, Locator, Moment, Past, Place, Timeline
from analyzer.lags import Question, Sides
from analyzer.loader import Checkout
from analyzer.model import Commit, Rendered, RenderedResource, RenderKey, Span
from analyzer.origins import Origins
from analyzer.shadows import Path, leaves
from analyzer.snapshot import Snapshot

LIMIT = 2000  # commits that are looked at
_PENDING = Commit("", "", "", "not committed yet")

Trace = Callable[[Iterable[RenderKey]], Mapping[RenderKey, Origins]]


def gather(checkout: Checkout, snapshot: Snapshot, sides: Sequence[Sides], trace: Trace, *,
           commits: bool) -> Evidence:  # fmt: skip
    """All that these differences are judged by; without `commits` what files say alone."""
    asked = tuple(lags.questions(sides))
    places = _places(checkout, snapshot, asked, trace)
    if not commits:
        return Evidence(places, limit="it is left out of these pages")
    whole = {
        places[q.asked].at: document
        for q in asked
        if not q.pointer and q.asked in places
        and (document := _document(snapshot, q.resource)) is not None
    }  # fmt: skip
    fields = (places[q.asked].at for q in asked if q.pointer and q.asked in places)
    spans = {*fields, *whole, *lags.refs(snapshot, sides)}
    alone = {
        (places[q.asked].at, path): None
        for q in asked
        if q.alone and q.asked in places
        and places[q.asked].at in spans
        and (path := gaps.mirrored(places[q.asked].at.path, q.unit, q.other)) is not None
    }  # fmt: skip
    roots = {unit.root for q in asked if q.alone for unit in (q.unit, q.other)}
    below = {root: _below(checkout, root) for root in roots}
    paths = {span.path for span in spans} | {path for _, path in alone}
    paths |= {path for listed in below.values() for path in listed}
    past = gitio.past(checkout.tree, paths, LIMIT) if paths else Past()
    ids = {id for touch in past.touches for id in touch.blobs.values() if id is not None}
    blobs = gitio.read_blobs(checkout.tree, ids)
    reader = _Reader(checkout, past, blobs, whole)
    ordered = sorted(spans)
    return Evidence(
        places,
        {span: reader.timeline(span, span.path) for span in ordered},
        {(span, path): reader.timeline(span, path) for span, path in sorted(alone)},
        {path: history.pins(past, blobs, path) for path in sorted({s.path for s in ordered})},
        {root: _promoted(past, blobs, listed) for root, listed in sorted(below.items())},
        {root: _touched(past, listed) for root, listed in sorted(below.items())},
        past.limit
        or ("" if len(blobs) == len(ids) else "some file contents are not in this clone"),
    )


def _below(checkout: Checkout, root: str) -> tuple[str, ...]:
    """The YAML files of a root's directory and below."""
    files = checkout.repository.files
    return tuple(p for p, f in files.items() if p.startswith(f"{root}/") and f.data is not None)


def _promoted(past: Past, blobs: dict[str, bytes], paths: Iterable[str]) -> tuple[int, ...]:
    """When versions in any of these files moved."""
    return tuple(sorted({order for path in paths for order in history.pins(past, blobs, path)}))


def _touched(past: Past, paths: Collection[str]) -> tuple[int, ...]:
    """When any of these files was changed."""
    there = frozenset(paths)
    return tuple(n for n, t in enumerate(past.touches) if not there.isdisjoint(t.blobs))


class _Reader:
    """What places held over time; each file is located in once for each place."""

    def __init__(self, checkout: Checkout, past: Past, blobs: dict[str, bytes],
                 whole: dict[Span, Locator]) -> None:  # fmt: skip
        self.checkout, self.past, self.blobs, self.whole = checkout, past, blobs, whole

    def timeline(self, at: Span, path: str) -> Timeline:
        data = loader.text(self.checkout, at.path)
        if data is None:
            return ()
        locator = self.whole.get(at) or history.locate(data, at.path, at)
        if locator is None:
            return ()
        found = history.timeline(self.past, self.blobs, path, locator)
        there = loader.text(self.checkout, path)
        now = history.read(there, locator) if there is not None else ABSENT
        if found and found[-1].value != now:
            return (*found, Moment(len(self.past.touches), _PENDING, now))
        return found


# who set it --------------------------------------------------------------------------------------


def _places(
    checkout: Checkout, snapshot: Snapshot, asked: Iterable[Question], trace: Trace
) -> dict[Asked, Place]:
    """The lines of both sides of differences, as far as renders tell."""
    found: dict[Asked, Place] = {}
    fields: dict[RenderKey, list[Question]] = defaultdict(list)
    renders: dict[RenderKey, Rendered] = {}
    by: dict[RenderKey, Applied | None] = {}
    for one in asked:
        if not one.pointer:
            span = _written(snapshot, one.resource)
            if span is not None:
                found[one.asked] = Place(span, "manifest")
            continue
        applied = next(
            (a for a in snapshot.applied_at(one.unit.root, one.unit.seat)
             if isinstance(a.rendering, Rendered)), None)  # fmt: skip
        rendering = applied.rendering if applied else snapshot.rendering(one.unit.root)
        if isinstance(rendering, Rendered):
            renders[rendering.key], by[rendering.key] = rendering, applied
            fields[rendering.key].append(one)
    for key, origins in trace(renders).items():
        applied = by[key]
        layers = reconciled.Layers(
            origins, applied, snapshot.applied, snapshot.repository,
            lambda path: loader.text(checkout, path),
        )  # fmt: skip
        resources = applied.resources if applied is not None else renders[key].resources
        index = {id(one): at for at, one in enumerate(resources)}
        for one in fields[key]:
            at = index.get(id(one.resource))
            place = _place(layers, one, at) if at is not None else None
            if place is not None:
                found[one.asked] = place
    return found


def _place(layers: reconciled.Layers, one: Question, index: int) -> Place | None:
    """Where a field is set; of what came or went as a whole, its first leaf."""
    path, value = _walk(one.resource.content, one.pointer)
    for below, leaf in leaves(value, path):
        step = layers.field(index, below, leaf).set_by
        if step is not None:
            return Place(step.at, step.directive.value)
    return None


def _walk(content: object, pointer: str) -> tuple[Path, object]:
    path: list[str | int] = []
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(content, list):
            path.append(int(name))
            content = content[int(name)]
        elif isinstance(content, dict):
            path.append(name)
            content = content.get(name)
    return tuple(path), content


def _written(snapshot: Snapshot, resource: RenderedResource) -> Span | None:
    """The document a resource comes from, or the file that generates it."""
    origin = resource.origin
    if origin is None:
        return None
    if origin.path is None:
        return Span(origin.configured_in) if origin.configured_in is not None else None
    found = [m for m in snapshot.repository.manifests.get(origin.path, ())
             if m.id.kind == resource.id.kind]  # fmt: skip
    named = [m for m in found if m.id.name in resource.id.name]
    return next((m.span for m in (*named, *found)), None)


def _document(snapshot: Snapshot, resource: RenderedResource) -> Locator | None:
    span = _written(snapshot, resource)
    if span is None:
        return None
    known = snapshot.repository.manifests.get(span.path, ())
    return next((history.document(m.id) for m in known if m.span == span), None)

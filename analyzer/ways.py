"""A place → the ways in which clusters get it: who applies it where, and what that comes to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analyzer import places, units
from analyzer.applying import Applied
from analyzer.causes import label
from analyzer.errors import PlaceError
from analyzer.model import Rendered, RenderedResource, RenderFailure
from analyzer.snapshot import Snapshot
from analyzer.units import Unit

_CHOICES = 12  # ways that a message lists


@dataclass(frozen=True, slots=True)
class Way:
    """What reconcilers that come to the same give their clusters of a place.

    `causes` say why nothing is applied; `resources` are then empty.
    """

    by: tuple[Applied, ...]
    resources: tuple[RenderedResource, ...]
    needs: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """`flux-system/web in production/eu, production/us`."""
        names = dict.fromkeys(name(one) for one in self.by)
        seats = sorted(dict.fromkeys(str(one.seat) for one in self.by if str(one.seat)))
        more = f" and {len(seats) - 4} more" if len(seats) > 4 else ""
        return f"{', '.join(names)}{' in ' if seats else ''}{', '.join(seats[:4])}{more}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What somebody who reads the resources has to know, a line each."""
        unset = sorted({n for one in self.by for n in one.unset})
        unknown = sorted({n for one in self.by for n in one.unknown})
        said = []
        if unset:
            said.append(f"{', '.join(unset)}: set by nobody, empty")
        if unknown:
            said.append(f"{', '.join(unknown)}: only the cluster knows the value; left as written")
        if any(one.object.suspended for one in self.by):
            said.append("suspended: the cluster keeps what it was given before")
        return tuple(said)


def name(one: Applied) -> str:
    """namespace/name of a reconciler, as `--reconciler` takes it."""
    return "/".join(filter(None, (one.object.ref.namespace, one.object.ref.name)))


def ways(snapshot: Snapshot, place: str) -> tuple[str, tuple[Way, ...]]:
    """(The root a place names, each different way in which clusters get it).

    Of a component in an environment it is its part of whatever applies it there; of a path what
    applies that very directory. Nothing where no reconciler does. Raises PlaceError.
    """
    found = places.named(snapshot, place)
    if found:
        root = places.one_root(snapshot, place, found)
        return root, _joined(_of_unit(snapshot, unit) for unit in found)
    root = places.root(snapshot, place)
    direct = (one for one in snapshot.applied if one.place.root == root)
    return root, _joined(((one, one.resources),) for one in direct)


_Part = tuple[Applied, tuple[RenderedResource, ...]]


def _of_unit(snapshot: Snapshot, unit: Unit) -> Sequence[_Part]:
    """Those that apply its root; where none does, the first that applies it as a part."""
    applied = snapshot.applied_at(unit.root, unit.seat)
    direct = [one for one in applied if one.place.root == unit.root]
    if direct and not unit.shared:
        return [(one, one.resources) for one in direct]
    built = [one for one in applied if isinstance(one.rendering, Rendered)] or list(applied)
    return [(one, units.resources(snapshot, unit)) for one in built[:1]]


def _joined(parts: Iterable[Sequence[_Part]]) -> tuple[Way, ...]:
    """Parts of equal content are one way."""
    found: list[Way] = []
    for one, resources in (part for listed in parts for part in listed):
        way = _way(one, resources)
        at = next((i for i, other in enumerate(found) if _same(other, way)), None)
        if at is None:
            found.append(way)
        elif one not in found[at].by:
            found[at] = Way((*found[at].by, one), way.resources, way.needs, way.causes)
    return tuple(found)


def _way(one: Applied, resources: tuple[RenderedResource, ...]) -> Way:
    rendering = one.rendering
    if rendering is None:
        return Way((one,), (), (), (one.place.external or "it was not rendered",))
    if isinstance(rendering, RenderFailure):
        return Way((one,), (), rendering.needs, tuple(map(str, rendering.causes)))
    if one.problems:
        return Way((one,), (), rendering.needs, tuple(p.message for p in one.problems))
    return Way((one,), resources, rendering.needs)


def _same(one: Way, other: Way) -> bool:
    if (one.causes, one.needs, len(one.resources)) != (
        other.causes, other.needs, len(other.resources)
    ):  # fmt: skip
        return False
    pairs = zip(one.resources, other.resources, strict=True)
    return all(a.content is b.content or a.content == b.content for a, b in pairs)


def chosen(
    root: str, found: tuple[Way, ...], cluster: str | None, reconciler: str | None
) -> Way | None:
    """The one way that is meant; None where no reconciler applies it and none was asked for.

    Raises PlaceError with the choices where several differ, or none is as asked.
    """
    asked = cluster is not None or reconciler is not None
    kept = [
        Way(by, way.resources, way.needs, way.causes)
        for way in found
        if (by := tuple(one for one in way.by if _is(one, cluster, reconciler)))
    ]
    if len(kept) == 1:
        return kept[0]
    if not kept and not asked:
        return None
    listed = "".join(f"\n  {_words(way)}" for way in (kept or found)[:_CHOICES])
    more = f"\n  and {len(kept or found) - _CHOICES} more" if len(kept or found) > _CHOICES else ""
    if kept:
        many = f"applied in {len(kept)} ways that differ"
        raise PlaceError(f"{label(root)}: {many}; choose one with:{listed}{more}")
    words = " ".join(
        f"--{option} {value}"
        for option, value in (("cluster", cluster), ("reconciler", reconciler))
        if value is not None
    )
    there = f"; there are:{listed}{more}" if found else "; no reconciler applies it"
    raise PlaceError(f"{label(root)}: nothing for {words}{there}")


def _is(one: Applied, cluster: str | None, reconciler: str | None) -> bool:
    seats = {str(one.seat), one.seat.environment, one.seat.cluster}
    names = {name(one), one.object.ref.name}
    return cluster in {None, *seats} and reconciler in {None, *names}


def _words(way: Way) -> str:
    """The options that choose a way, as they are typed."""
    one, *others = way.by
    also = f"   (also {', '.join(sorted(str(o.seat) for o in others)[:3])})" if others else ""
    cluster = f"--cluster {one.seat} " if str(one.seat) else ""
    return f"{cluster}--reconciler {name(one)}{also}"


def shown(root: str, way: Way) -> tuple[str, ...]:
    """What is said beside a way, a line each: who applies it, and what there is to know."""
    where = label(root)
    if way.causes:
        return tuple(f"{where}: {way} applies nothing: {cause}" for cause in way.causes)
    left_out = (f"left out, it needs {', '.join(way.needs)}",) if way.needs else ()
    return tuple(f"{where}: {said}" for said in (f"as {way} applies it", *way.notes, *left_out))


def alone(snapshot: Snapshot, root: str) -> str:
    """What to say of a root that no reconciler applies; nothing where there are none at all."""
    if not snapshot.applied:
        return ""
    dependents = set(snapshot.graph.dependents(root))
    found = {one.place.root for one in snapshot.applied if one.place.root in dependents}
    above = sorted(label(r) for r in found if r is not None)
    if not above:
        return f"{label(root)}: applied by no reconciler; this is what kustomize builds"
    more = f" and {len(above) - 2} more" if len(above) > 2 else ""
    return (
        f"{label(root)}: applied as a part of {', '.join(above[:2])}{more}, which may change it; "
        "this is what kustomize builds of it alone"
    )

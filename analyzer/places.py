"""What somebody typed → the root they mean: a path, or ENVIRONMENT/COMPONENT."""

from __future__ import annotations

import difflib
import posixpath
from collections.abc import Iterable

from analyzer import units
from analyzer.errors import PlaceError
from analyzer.snapshot import Snapshot, short
from analyzer.units import Unit

_NEAR = 6  # places of a component that is named alone


def root(snapshot: Snapshot, name: str) -> str:
    """The root a place names. Raises PlaceError with what is near, or with the choices."""
    found = _path(snapshot, name)
    return found if found is not None else one_root(snapshot, name, named(snapshot, name))


def find(snapshot: Snapshot, name: str) -> str | None:
    """The root a place names, where it names just one."""
    try:
        return root(snapshot, name)
    except PlaceError:
        return None


def named(snapshot: Snapshot, name: str) -> tuple[Unit, ...]:
    """The units that ENVIRONMENT/COMPONENT names, one a cluster; none where it is a path."""
    if _path(snapshot, name) is not None:
        return ()
    return tuple(_labels(snapshot).get(_cleaned(name), ()))


def one_root(snapshot: Snapshot, name: str, found: Iterable[Unit]) -> str:
    """The root that all these units have. Raises PlaceError where there are more, or none."""
    listed = tuple(found)
    roots = sorted({unit.root for unit in listed})
    if len(roots) == 1:
        return roots[0]
    if roots:
        raise PlaceError(f"{name}: is more than one place; name one of {', '.join(roots)}")
    labels = _labels(snapshot)
    choices = [*labels, *(short(snapshot.repository, r) for r in snapshot.roots())]
    near = [label for label in labels if label.partition("/")[2] == _cleaned(name)][:_NEAR]
    near = near or difflib.get_close_matches(_cleaned(name), choices, 3, 0.6)
    hint = (
        f"; did you mean {' or '.join(near)}?"
        if near
        else "; `groundplan report structure` lists all"
    )
    shown = name or "."
    raise PlaceError(f"{shown}: no kustomization and no ENVIRONMENT/COMPONENT of that name{hint}")


def _cleaned(name: str) -> str:
    cleaned = posixpath.normpath(name).strip("/")
    return "" if cleaned == "." else cleaned


def _path(snapshot: Snapshot, name: str) -> str | None:
    kustomizations = snapshot.repository.kustomizations
    cleaned = _cleaned(name)
    for path in (posixpath.normpath(posixpath.join(snapshot.repository.subdir, cleaned)), cleaned):
        path = "" if path == "." else path
        folder = posixpath.dirname(path)
        for candidate in (path, folder if path in snapshot.repository.files else path):
            if candidate in kustomizations:
                return candidate
    return None


def _labels(snapshot: Snapshot) -> dict[str, list[Unit]]:
    """Everything somebody may call a unit: with its cluster and category or without."""
    found: dict[str, list[Unit]] = {}
    for component in units.components(snapshot):
        for unit in component.units:
            for seat in {unit.seat.environment, str(unit.seat)}:
                for label in {component.name.component, str(component.name)}:
                    found.setdefault(f"{seat}/{label}", []).append(unit)
    return found

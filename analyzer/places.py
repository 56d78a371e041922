"""What somebody typed → the root they mean: a path, or ENVIRONMENT/COMPONENT."""

from __future__ import annotations

import difflib
import posixpath

from analyzer import units
from analyzer.errors import PlaceError
from analyzer.snapshot import Snapshot, short


def root(snapshot: Snapshot, name: str) -> str:
    """The root a place names. Raises PlaceError with what is near, or with the choices."""
    kustomizations = snapshot.repository.kustomizations
    cleaned = posixpath.normpath(name).strip("/")
    cleaned = "" if cleaned == "." else cleaned
    for path in (posixpath.normpath(posixpath.join(snapshot.repository.subdir, cleaned)), cleaned):
        path = "" if path == "." else path
        folder = posixpath.dirname(path)
        for candidate in (path, folder if path in snapshot.repository.files else path):
            if candidate in kustomizations:
                return candidate
    return _component(snapshot, cleaned)


def _component(snapshot: Snapshot, name: str) -> str:
    named: dict[str, list[str]] = {}
    for component in units.components(snapshot):
        for unit in component.units:
            seats = {unit.seat.environment, str(unit.seat)}
            for seat in seats:
                for label in {component.name.component, str(component.name)}:
                    named.setdefault(f"{seat}/{label}", []).append(unit.root)
    found = sorted(set(named.get(name, ())))
    if len(found) == 1:
        return found[0]
    if found:
        raise PlaceError(f"{name}: is more than one place; name one of {', '.join(found)}")
    choices = [*named, *(short(snapshot.repository, r) for r in snapshot.roots())]
    near = difflib.get_close_matches(name, choices, 3, 0.6)
    hint = (
        f"; did you mean {' or '.join(near)}?"
        if near
        else "; `groundplan report structure` lists all"
    )
    raise PlaceError(f"{name}: no kustomization and no ENVIRONMENT/COMPONENT of that name{hint}")

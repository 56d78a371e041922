"""Roots that hold copies → the directory their base goes to, as the tree's own shape has it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator, Sequence
from itertools import chain

from analyzer.model import Placement
from analyzer.snapshot import Snapshot


def base(
    snapshot: Snapshot,
    roots: Sequence[str],
    title: str,
    taken: Collection[str],
    environment: str | None = None,
) -> str:
    """A directory that is not there: by the layout's base pattern, else beside what is common.

    `title` names what has no component's name; `taken` are directories of this plan. Of one
    `environment` it stands where the environment's name stands.
    """
    wished = tuple(_wished(snapshot, roots, title, environment))
    others = (f"{wished[0]}-{suffix}" for suffix in _suffixes(snapshot, roots))
    return next(path for path in chain(wished, others) if _is_free(snapshot, path, taken))


def component(snapshot: Snapshot, roots: Sequence[str], name: str, taken: Collection[str]) -> str:
    """A directory for a kustomize Component: where others are, else beside what is common."""
    kustomizations = snapshot.repository.kustomizations
    homes = sorted({posixpath.dirname(r) for r, k in kustomizations.items()
                    if k.kind == "Component"})  # fmt: skip
    common = posixpath.commonpath(roots) if all(roots) else ""
    while common and (_is_generated(snapshot, common) or common in roots):
        common = posixpath.dirname(common)
    home = homes[0] if len(homes) == 1 and homes[0] else posixpath.join(common, "components")
    path = posixpath.join(home, slug(name))
    others = (f"{path}-{suffix}" for suffix in _suffixes(snapshot, roots))
    return next(p for p in chain((path,), others) if _is_free(snapshot, p, taken))


def slug(text: str) -> str:
    """A text as a name of a directory."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "base"


def _wished(
    snapshot: Snapshot, roots: Sequence[str], title: str, environment: str | None
) -> Iterator[str]:
    placements = [snapshot.placements.get(root, Placement()) for root in roots]
    names = {(p.category, p.component) for p in placements}
    if len(names) == 1:
        category, component = names.pop()
        for pattern in snapshot.layout.base:
            path = _formatted(pattern, category, component)
            if path is not None:
                yield posixpath.join(snapshot.layout.prefix, path)
                return
    if environment is not None:
        parts = roots[0].split("/")
        if environment in parts:
            at = len(parts) - 1 - parts[::-1].index(environment)
            yield "/".join((*parts[:at], "base", *parts[at + 1 :]))
        yield posixpath.join(posixpath.dirname(roots[0]), "base", posixpath.basename(roots[0]))
        return
    common = posixpath.commonpath(roots) if all(roots) else ""
    while _is_generated(snapshot, common):
        common = posixpath.dirname(common)
    same = [name for name in _same(roots, common) if name not in ("base", "overlays")]
    if posixpath.basename(common) == "overlays":
        common = posixpath.dirname(common)
    if same:
        yield posixpath.join(common, "base", *same)  # clusters/base/vault of clusters/*/vault
    yield posixpath.join(common, "base")
    yield posixpath.join(common, "base", slug(title))
    yield posixpath.join(common, f"base-{slug(title)}")


def _same(roots: Sequence[str], common: str) -> tuple[str, ...]:
    """The names that all roots have at the same place below what they have in common."""
    below = [posixpath.relpath(root or ".", common or ".").split("/") for root in roots]
    if len({len(parts) for parts in below}) != 1:
        return ()
    return tuple(names[0] for names in zip(*below, strict=True) if len(set(names)) == 1)


def _formatted(pattern: str, category: str | None, component: str | None) -> str | None:
    values = {"category": category, "component": component}
    if "**" in pattern or any(
        values.get(name) is None for name in re.findall(r"\{(\w+)\}", pattern)
    ):
        return None
    return re.sub(r"\{(\w+)\}", lambda match: str(values[match[1]]), pattern)


def _is_generated(snapshot: Snapshot, path: str) -> bool:
    """Would a generated kustomization take up a directory that comes to be here?"""
    for root, kustomization in snapshot.repository.kustomizations.items():
        inside = not root or path == root or path.startswith(f"{root}/")
        if kustomization.generated and inside and path:
            return True
    return False


def _suffixes(snapshot: Snapshot, roots: Sequence[str]) -> Iterator[str]:
    placements = (snapshot.placements.get(root, Placement()) for root in roots)
    seats = {seat.environment for p in placements for seat in p.seats}
    order = [e for e in snapshot.environments() if e in seats]
    if order:
        yield "-".join(map(slug, order))
    number = 2
    while True:
        yield str(number)
        number += 1


def _is_free(snapshot: Snapshot, path: str, taken: Collection[str]) -> bool:
    repository = snapshot.repository
    return (
        bool(path)
        and path not in taken
        and path not in repository.directories
        and not any(path == f or path.startswith(f"{f}/") for f in repository.files)
        and not any(path.startswith(f"{link}/") or path == link for link in repository.links)
    )

"""One look at a tree, as written, placed, deployed and rendered: what analyses think about."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from analyzer.applying import Applied, Key, Work
from analyzer.candidates import Repeated
from analyzer.config import Config
from analyzer.dead import Dead
from analyzer.graph import ReferenceGraph
from analyzer.history import Evidence, Past
from analyzer.layout import Layout, by_rank, rank
from analyzer.model import (
    Cause,
    Commit,
    Deployment,
    Placement,
    Rendered,
    RenderedResource,
    RenderFailure,
    Rendering,
    RenderKey,
    Repository,
    ResourceId,
    Seat,
    Span,
)
from analyzer.origins import Origins

# a HelmRelease where it is applied: by which object, or in which root that nobody applies
Released = tuple[Key | str, ResourceId]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything a report may know. `renderings` is empty with --no-render.

    `today` is the day by which intents expire; None: they do not.
    `placements` has every root; seats that Flux and Argo CD objects say are in it already.
    """

    repository: Repository
    graph: ReferenceGraph
    layout: Layout
    config: Config
    deployments: tuple[Deployment, ...]
    placements: Mapping[str, Placement]
    defects: Mapping[str, tuple[Cause, ...]]
    renderings: Mapping[RenderKey, Rendering]
    texts: Mapping[str, bytes]  # the Markdown files that are looked at, by path
    applied: tuple[Applied, ...] = ()  # what reconcilers apply, where they were followed
    origins: Mapping[RenderKey, Origins] = field(
        default_factory=dict
    )  # of renders that were traced
    dead: tuple[Dead, ...] = ()  # entries that do nothing, where a run has proved it
    adds: frozenset[Span] = frozenset()  # operations that add what they replace, proved as well
    proved: bool = False  # has this run looked for them?
    work: Mapping[RenderKey, Work] = field(default_factory=dict)  # what they merge into a root
    value_places: Mapping[Released, Mapping[tuple[str, ...], Span]] = field(
        default_factory=dict
    )  # where effective values are set, by their leaf, where a run has looked
    evidence: Evidence | None = None  # of differences between environments, where it was asked for
    touched: Mapping[str, Mapping[int, Commit]] = field(
        default_factory=dict
    )  # who touched which line of a file last, where it was asked for
    past: Past = field(
        default_factory=Past
    )  # the last commits of the analysed directory, where they were asked for
    repeated: Repeated | None = None  # what is written more than once, where it was asked for
    today: date | None = None
    _deployed_by: Mapping[str, tuple[Deployment, ...]] = field(init=False, repr=False)
    _applied_at: Mapping[tuple[Seat, str], tuple[Applied, ...]] = field(init=False, repr=False)
    _built: Mapping[str, Rendering] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_deployed_by", _by_root(self.deployments))
        object.__setattr__(self, "_applied_at", _by_seat(self))
        object.__setattr__(self, "_built", _by_reconcilers(self.applied))

    def rendering(self, root: str) -> Rendering | None:
        """How the root renders: on its own, else as a reconciler builds it; None: not rendered.

        What a reconciler makes of it counts more, where only one of the two builds.
        """
        alone, built = self.renderings.get(RenderKey(root)), self._built.get(root)
        if isinstance(alone, Rendered) and not isinstance(built, RenderFailure):
            return alone
        return built if built is not None else alone

    def resources(self, root: str) -> tuple[RenderedResource, ...]:
        """What the root renders to; nothing where it does not, or was not rendered."""
        rendering = self.rendering(root)
        return rendering.resources if isinstance(rendering, Rendered) else ()

    def failed(self, root: str) -> tuple[Cause, ...] | None:
        """Why the root does not build; None where it does, or where nobody tried."""
        rendering = self.rendering(root)
        if isinstance(rendering, RenderFailure):
            return rendering.causes
        if rendering is None:
            static = tuple(
                dict.fromkeys(c for r in self.graph.closure(root) for c in self.defects.get(r, ()))
            )
            return static or None
        return None

    def hides(self, key: RenderKey, root: str) -> bool:
        """May what a root of this render is about be in what was left out of it?

        A kustomize Component is about whatever it is added to.
        """
        rendering = self.renderings.get(key)
        if not isinstance(rendering, Rendered) or rendering.completeness == "full":
            return False
        below = set(self.graph.closure(root))
        component = self.repository.kustomizations[root].kind == "Component"
        return component or any(r.source in below for r in rendering.omitted)

    def roots(self) -> tuple[str, ...]:
        """Roots of the analysed directory, sorted; a kustomization file behind a link is none."""
        return tuple(
            root
            for root, k in sorted(self.repository.kustomizations.items())
            if inside(self.repository, root) and k.path not in self.repository.links
        )

    def deployed_by(self, root: str) -> tuple[Deployment, ...]:
        return self._deployed_by.get(root, ())

    def applied_at(self, root: str, seat: Seat) -> tuple[Applied, ...]:
        """Who applies a root in an environment, itself or as a part of another; itself first."""
        return self._applied_at.get((seat, root), ())

    def environments(self) -> tuple[str, ...]:
        """In promotion order; environments the layout has no order for come last."""
        seen = {s.environment for p in self.placements.values() for s in p.seats}
        return (*self.layout.environments, *by_rank(seen - set(self.layout.environments)))

    def promoted(self) -> tuple[str, ...]:
        """The environments whose order is known: pinned, or by names everybody uses."""
        if self.config.environments:
            return self.config.environments
        return tuple(e for e in self.environments() if rank(e) is not None)

    def clusters(self) -> tuple[str, ...]:
        return tuple(
            sorted(
                {
                    s.cluster
                    for p in self.placements.values()
                    for s in p.seats
                    if s.cluster is not None
                }
            )
        )


def _by_seat(snapshot: Snapshot) -> dict[tuple[Seat, str], tuple[Applied, ...]]:
    """Who applies a root in a seat; a cluster of no known environment does in those of its path."""
    found: dict[tuple[Seat, str], list[Applied]] = {}
    for one in snapshot.applied:
        if one.place.root is None:
            continue
        known = one.seat.environment in snapshot.layout.environments
        for root in snapshot.graph.closure(one.place.root):
            placement = snapshot.placements.get(root, Placement())
            seats = {one.seat} | {
                seat for seat in placement.seats if not known or seat == Seat(one.seat.environment)
            }
            for seat in seats:
                listed = found.setdefault((seat, root), [])
                listed.insert(0 if root == one.place.root else len(listed), one)
    return {key: tuple(listed) for key, listed in found.items()}


def _by_reconcilers(applied: tuple[Applied, ...]) -> dict[str, Rendering]:
    """Root → what a reconciler builds of it; of several that differ one that fails."""
    found: dict[str, Rendering] = {}
    for one in applied:
        root = one.place.root
        if root is None or one.rendering is None:
            continue
        if root not in found or isinstance(one.rendering, RenderFailure):
            found[root] = one.rendering
    return found


def inside(repository: Repository, path: str) -> bool:
    """Is the path in the analysed directory?"""
    return (
        not repository.subdir
        or path == repository.subdir
        or path.startswith(repository.subdir + "/")
    )


def short(repository: Repository, path: str) -> str:
    """The path as seen from the analysed directory; `.` for that directory itself."""
    if not inside(repository, path):
        return posixpath.relpath(path or ".", repository.subdir)
    return (
        path[len(repository.subdir) + 1 :]
        if repository.subdir and path != repository.subdir
        else (path if path != repository.subdir else ".")
    )


def seats_of(path: str, layout: Layout, graph: ReferenceGraph) -> tuple[Seat, ...]:
    """The environments of a file: by its own path, else of the roots that come to include it."""
    placement = layout.place(path)
    if not (placement.pattern or "").endswith((".yaml", ".yml")):  # it is for directories
        placement = layout.place(posixpath.dirname(path))
    if placement.seats:
        return placement.seats
    found = {
        seat
        for root in graph.naming(path)
        for dependent in graph.dependents(root)
        for seat in layout.place(dependent).seats
    }
    return tuple(sorted(found))


def _by_root(deployments: tuple[Deployment, ...]) -> dict[str, tuple[Deployment, ...]]:
    found: dict[str, list[Deployment]] = {}
    for deployment in deployments:
        if deployment.root is not None:
            found.setdefault(deployment.root, []).append(deployment)
    return {root: tuple(applied) for root, applied in found.items()}


def placements(
    layout: Layout, graph: ReferenceGraph, deployments: tuple[Deployment, ...]
) -> dict[str, Placement]:
    """Where each root belongs: by its path, and by what its reconcilers say of the environment.

    Where an environment has several clusters, those of them that come to apply the root.
    """
    found: dict[str, Placement] = {}
    deployed_by = _by_root(deployments)
    reached: dict[str, set[Seat]] = {}
    for deployment in deployments:
        for root in graph.closure(deployment.root) if deployment.root is not None else ():
            reached.setdefault(root, set()).update(deployment.seats)
    for root in graph.kustomizations:
        placement = layout.place(root)
        said = {seat for d in deployed_by.get(root, ()) for seat in d.seats}
        if placement.seats:  # a cluster of no known environment says nothing better
            said = {seat for seat in said if seat.environment in layout.environments}
        if not {s.environment for s in said} <= set(placement.environments):
            placement = replace(placement, seats=tuple(sorted(said)))
        clusters = {seat for seat in reached.get(root, ()) if seat.cluster is not None}
        found[root] = replace(placement, seats=_apart(placement.seats, clusters))
    return found


def _apart(seats: tuple[Seat, ...], clusters: set[Seat]) -> tuple[Seat, ...]:
    """Seats, with an environment as a whole replaced by its clusters."""
    return tuple(
        one
        for seat in seats
        for one in sorted(
            {c for c in clusters if seat.cluster is None and c.environment == seat.environment}
            or {seat}
        )
    )

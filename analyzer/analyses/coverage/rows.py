"""Components in environments and clusters → the state of each, its counts, and findings."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from analyzer import findings as rules
from analyzer import units, versions
from analyzer.causes import label
from analyzer.diff import Leaves
from analyzer.findings import Finding, Related, most_severe_first
from analyzer.model import Rendered, RenderedResource, RenderKey, Status
from analyzer.overlaying import Everywhere, Overlaid, everywhere, overlaid
from analyzer.pairing import counted, loose
from analyzer.snapshot import Snapshot
from analyzer.units import Component, Name, Unit
from analyzer.whereabouts import Whereabouts

STATES = ("referenced", "partial", "copied", "own", "missing", "broken")
_COPIED = 0.5  # share of base's resources an environment must have of its own to have copied it


@dataclass(frozen=True, slots=True)
class Row:
    """One component in one environment and cluster. Counts are against its base; None if unknown.

    `root` is None where the component is missing there.
    """

    environment: str
    cluster: str | None
    state: str
    root: str | None
    files: int
    resources: Leaves | None
    fields: Leaves | None
    versions: tuple[versions.Version, ...] = ()
    bases: tuple[str, ...] = ()  # what it is compared with
    changes: tuple[Overlaid, ...] = ()  # field by field, where renders were traced


@dataclass(frozen=True, slots=True)
class Covered:
    """A component and its rows, environments in promotion order."""

    name: Name
    bases: tuple[str, ...]
    rows: tuple[Row, ...]

    def at(self, environment: str) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.environment == environment)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Base and overlay coverage of a tree."""

    title: str
    environments: tuple[str, ...]
    components: tuple[Covered, ...]
    unused_bases: tuple[str, ...]
    roots: int
    rendered: bool
    findings: tuple[Finding, ...]
    traced: bool = False
    everywhere: tuple[Everywhere, ...] = ()  # base fields that every environment overrides

    def total(self, state: str, environment: str | None = None) -> int:
        """Rows in this state, everywhere or in one environment."""
        return sum(
            row.state == state and environment in (None, row.environment)
            for covered in self.components
            for row in covered.rows
        )


def bases_to_render(snapshot: Snapshot) -> tuple[RenderKey, ...]:
    """The bases that rows are compared with, the overlays on them, and units nobody has built."""
    found: set[str] = set()
    for component in units.components(snapshot):
        for unit in component.units:
            found.update(unit.bases or component.bases)
            if unit.bases or snapshot.rendering(unit.root) is None:
                found.add(unit.root)
    return tuple(RenderKey(root) for root in sorted(found))


def to_trace(snapshot: Snapshot, everything: bool = False) -> tuple[RenderKey, ...]:
    """The renders that are compared field by field: of overlays, and of the bases below them.

    With `everything` those of components without a base too.
    """
    found: dict[RenderKey, None] = {}
    for component in units.components(snapshot):
        for unit in component.units:
            if not unit.bases and not everything:
                continue
            applied = snapshot.applied_at(unit.root, unit.seat)
            made = applied[0].rendering if applied else snapshot.rendering(unit.root)
            below = (snapshot.rendering(base) for base in unit.bases)
            for rendering in (made, *below):
                if isinstance(rendering, Rendered):
                    found[rendering.key] = None
    return tuple(found)


def analyze(snapshot: Snapshot) -> Coverage:
    """Every component's state in every environment."""
    environments = snapshot.environments()
    files = _files_below(snapshot)
    places = Whereabouts(snapshot) if snapshot.origins else None
    covered = []
    for component in units.components(snapshot):
        if not environments:
            rows: tuple[Row, ...] = ()
        else:
            rows = tuple(
                row for e in environments for row in _rows(snapshot, component, e, files, places)
            )
        covered.append(Covered(component.name, component.bases, rows))
    unused = _unused_bases(snapshot)
    found = [*_findings(snapshot, tuple(covered)), *(_unused(snapshot, base) for base in unused)]
    return Coverage(
        snapshot.config.title or snapshot.repository.name,
        environments,
        tuple(covered),
        unused,
        len(snapshot.roots()),
        bool(snapshot.renderings),
        most_severe_first(found),
        places is not None,
        tuple(one for c in covered for one in _everywhere(c)),
    )


def _everywhere(covered: Covered) -> Iterator[Everywhere]:
    rows = [row for row in covered.rows if row.state == "referenced"]
    yield from everywhere(str(covered.name), ((row.environment, row.changes) for row in rows))


def _files_below(snapshot: Snapshot) -> Counter[str]:
    """Directory → how many files are in it and below."""
    found: Counter[str] = Counter()
    for path in snapshot.repository.files:
        while path:
            path = posixpath.dirname(path)
            found[path] += 1
    return found


def _rows(
    snapshot: Snapshot,
    component: Component,
    environment: str,
    files: Counter[str],
    places: Whereabouts | None,
) -> Iterator[Row]:
    found = component.at(environment)
    if not found:
        yield Row(environment, None, "missing", None, 0, None, None)
    for unit in found:
        yield _row(snapshot, component, unit, 0 if unit.shared else files[unit.root], places)


def _row(
    snapshot: Snapshot, component: Component, unit: Unit, files: int, places: Whereabouts | None
) -> Row:
    seat = unit.seat
    if units.failed(snapshot, unit):
        return Row(seat.environment, seat.cluster, "broken", unit.root, files, None, None)
    here = units.resources(snapshot, unit)
    base = _base(snapshot, component, unit)
    pins = versions.versions(here)
    state = _state(snapshot, component, unit, base, here)
    resources, fields = None, None
    if snapshot.rendering(unit.root) is not None:
        resources, fields = counted(() if state == "own" else base, here)
    used = unit.bases or component.bases
    found: tuple[Overlaid, ...] = ()
    if places is not None and unit.bases and resources is not None:
        plain = tuple(r for b in used for r in snapshot.resources(b))
        original = {id(r): o for r, o in zip(base, plain, strict=True)}
        found = overlaid(base, here, places, original)
    return Row(
        seat.environment, seat.cluster, state, unit.root, files, resources, fields, pins, used,
        found,
    )  # fmt: skip


def _base(snapshot: Snapshot, component: Component, unit: Unit) -> tuple[RenderedResource, ...]:
    return units.base(snapshot, unit, unit.bases or component.bases)


def _state(
    snapshot: Snapshot,
    component: Component,
    unit: Unit,
    base: tuple[RenderedResource, ...],
    here: tuple[RenderedResource, ...],
) -> str:
    if unit.bases:
        return "referenced"
    if not component.bases:
        return "own"
    if _uses_files_of(snapshot, unit.root, component.bases):
        return "partial"
    wanted = {loose(r) for r in base} or _written(snapshot, component.bases)
    having = {loose(r) for r in here} or _written(snapshot, (unit.root,))
    if wanted and len(wanted & having) >= _COPIED * len(wanted):
        return "copied"
    return "own"


def _uses_files_of(snapshot: Snapshot, root: str, bases: tuple[str, ...]) -> bool:
    """Does the root take single files out of a base's directory (or what lies below it)?"""
    inside = tuple(f"{base}/" for base in bases)
    return any(
        (r.target or "").startswith(inside)
        for r in snapshot.graph.references(root)
        if r.status in (Status.FILE, Status.DIRECTORY)
    )


def _written(snapshot: Snapshot, roots: tuple[str, ...]) -> set[tuple[str, str]]:
    return {
        (m.id.kind, m.id.name)
        for root in roots
        for r in snapshot.graph.references(root)
        for m in snapshot.repository.manifests.get(r.target or "", ())
    }


def _unused_bases(snapshot: Snapshot) -> tuple[str, ...]:
    """Bases no other root references or takes files of, and no reconciler applies."""
    lending = _lending(snapshot)
    return tuple(
        root
        for root in snapshot.roots()
        if snapshot.placements[root].base
        and not snapshot.graph.downstream.get(root)
        and root not in lending
        and not snapshot.deployed_by(root)
        and snapshot.repository.kustomizations[root].kind != "Component"
    )


def _lending(snapshot: Snapshot) -> set[str]:
    """Directories of which a root elsewhere takes single files."""
    found: set[str] = set()
    for path, roots in snapshot.graph.named_by.items():
        folder = posixpath.dirname(path)
        while folder and path in snapshot.repository.files:
            if any(root != folder and not root.startswith(f"{folder}/") for root in roots):
                found.add(folder)
            folder = posixpath.dirname(folder)
    return found


def _unused(snapshot: Snapshot, base: str) -> Finding:
    span = snapshot.repository.kustomizations[base].span
    return Finding(
        rules.UNUSED_BASE,
        f"{label(base)} is referenced by nothing; reference it from the environments, or remove it",
        span,
    )


def _findings(snapshot: Snapshot, covered: tuple[Covered, ...]) -> Iterator[Finding]:
    kustomizations = snapshot.repository.kustomizations
    for component in covered:
        for row in component.rows:
            if row.root is None:
                continue
            span = kustomizations[row.root].span
            bases = tuple(Related(kustomizations[b].span, "the base") for b in row.bases)
            if row.state == "copied":
                yield Finding(
                    rules.COPIED,
                    f"{label(row.root)} is a copy of {label(component.bases[0])}; reference "
                    "the base and keep the differences as patches",
                    span,
                    bases,
                )
            elif row.state == "referenced" and row.files and _same(snapshot, row):
                yield Finding(
                    rules.EMPTY_OVERLAY,
                    f"{label(row.root)} changes nothing of {label(row.bases[0])}",
                    span,
                    bases,
                )


def _same(snapshot: Snapshot, row: Row) -> bool:
    """Does the overlay on its own render to what its bases do?

    What only joins directories below itself is a list, and changes nothing on purpose.
    """
    if all(base.startswith(f"{row.root}/") for base in row.bases):
        return False
    here = snapshot.resources(row.root or "")
    base = tuple(resource for b in row.bases for resource in snapshot.resources(b))
    return bool(here) and all(counts.changed == 0 for counts in counted(base, here))

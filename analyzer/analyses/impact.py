"""What a change reaches: roots, reconcilers, components, environments and clusters, with labels.

Every root whose render may change, bases included: sound first. What a parent's patch or another
object's variables change of a root whose files stay is in it too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from analyzer import units
from analyzer.applying import Applied
from analyzer.document import Block, Cell, Findings, Heading, Table, Text
from analyzer.findings import Finding
from analyzer.flux import KUSTOMIZATION
from analyzer.model import Deployment, Field, ObjectRef, Placement, Rendered, RenderedResource, Seat
from analyzer.snapshot import Snapshot

SCHEMA = "groundplan/impact/v1"
_EVERYTHING = ("groundplan.yaml",)  # says where sources are: any object may apply something else
_MANIFESTS = (Field.RESOURCES, Field.BASES)
# kinds that may concern any object of their cluster: what controllers run, and what sources hold
_FOR_ALL = ("ArtifactGenerator", "ResourceSetInputProvider", "FluxInstance", "HelmRelease")
_SHOWN = 30  # files and roots that are listed before the rest is counted


@dataclass(frozen=True, slots=True)
class Reached:
    """A root whose render may change, and the files that reach it; none: only what applies it."""

    root: str
    placement: Placement
    base: bool
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reconciler:
    """An object that may apply something else than before."""

    object: ObjectRef
    root: str | None
    seats: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class Impact:
    """What a change reaches. `unparsed` are roots that any file may reach: nobody can read them.

    `since` is None where the files were given.
    """

    title: str
    since: str | None
    commit: str | None
    files: tuple[str, ...]
    roots: tuple[Reached, ...]
    reconcilers: tuple[Reconciler, ...]
    seats: tuple[Seat, ...]
    environments: tuple[str, ...]
    of: int
    protected: tuple[str, ...]
    components: tuple[units.Name, ...]
    unparsed: tuple[str, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """For automation: `environment/production`, `cluster/…`, `component/vault`, `protected`."""
        clusters = {s.cluster for s in self.seats if s.cluster}
        found = [f"environment/{name}" for name in self.environments]
        found += [f"cluster/{name}" for name in sorted(clusters)]
        found += [f"component/{name}" for name in sorted({n.component for n in self.components})]
        return (*found, *(("protected",) if self.protected else ()))


def analyze(
    snapshots: tuple[Snapshot, ...],
    files: Iterable[str],
    affected: Mapping[str, tuple[str, ...]],
    changed: Iterable[tuple[Snapshot, Applied]],
    since: str | None = None,
    commit: str | None = None,
) -> Impact:
    """What is reached on any of the sides (the last one is the tree as it is).

    `affected` are roots by reference and the files that reach each; `changed` the applied objects
    that may make something else of theirs.
    """
    now = snapshots[-1]
    found = tuple(changed)
    roots = {root: tuple(by) for root, by in affected.items()}
    for _, one in found:
        if one.place.root is not None:
            roots.setdefault(one.place.root, ())
    reached = tuple(_reached(snapshots, root, by) for root, by in sorted(roots.items()))
    reconcilers = _reconcilers(snapshots, set(affected), [one for _, one in found])
    seats = {seat for r in reconcilers for seat in r.seats}
    seats |= {seat for r in reached for seat in r.placement.seats if not r.base}
    environments = {seat.environment for seat in seats}
    known = dict.fromkeys(e for side in reversed(snapshots) for e in side.environments())
    unparsed = {
        root
        for side in snapshots
        for root, k in side.repository.kustomizations.items()
        if k.problem and not k.settings
    }
    return Impact(
        title=now.config.title or now.repository.name,
        since=since,
        commit=commit,
        files=tuple(sorted(set(files))),
        roots=reached,
        reconcilers=reconcilers,
        seats=tuple(sorted(seats)),
        environments=tuple(e for e in known if e in environments),
        of=len(known),
        protected=tuple(e for e in known if e in environments & set(now.config.protected)),
        components=_components(snapshots, set(roots)),
        unparsed=tuple(sorted(unparsed)),
    )


def _reached(snapshots: tuple[Snapshot, ...], root: str, by: tuple[str, ...]) -> Reached:
    side = next(
        (s for s in reversed(snapshots) if root in s.placements), snapshots[-1]
    )  # what is no more is where it was
    placement = side.placements.get(root, Placement())
    kustomization = side.repository.kustomizations.get(root)
    part = kustomization is not None and kustomization.kind == "Component"
    return Reached(root, placement, placement.base or part, by)


def _reconcilers(
    snapshots: tuple[Snapshot, ...], affected: set[str], changed: Iterable[Applied]
) -> tuple[Reconciler, ...]:
    """Objects, each once with all the places it is in."""
    found: dict[tuple[str, str, str, str | None], Reconciler] = {}

    def take(object: ObjectRef, root: str | None, seats: tuple[Seat, ...]) -> None:
        key = (object.kind, object.namespace, object.name, root)
        known = found.get(key)
        more = tuple(sorted({*seats, *(known.seats if known else ())}))
        found[key] = Reconciler(known.object if known else object, root, more)

    for one in changed:
        if not one.object.implicit:
            take(one.object.ref, one.place.root, (one.target,))
    for side in reversed(snapshots):
        for d in side.deployments:
            if d.root in affected and (not side.applied or d.object.kind != KUSTOMIZATION):
                take(d.object, d.root, d.seats or _seats(side, d))
    return tuple(found[key] for key in sorted(found, key=lambda k: (*k[:3], k[3] or "")))


def _seats(snapshot: Snapshot, deployment: Deployment) -> tuple[Seat, ...]:
    return snapshot.placements.get(deployment.root or "", Placement()).seats


def _components(snapshots: tuple[Snapshot, ...], roots: set[str]) -> tuple[units.Name, ...]:
    """Components that have one of the roots; of a root that joins several those it is about."""
    found: set[units.Name] = set()
    for side in snapshots:
        for component in units.components(side):
            if roots & {*component.bases, *component.others}:
                found.add(component.name)
            if any(u.root in roots and not u.shared for u in component.units):
                found.add(component.name)
    return tuple(sorted(found))


# one side: which objects may apply something else when these files change -----------------------


def changed_by(snapshot: Snapshot, files: Iterable[str], affected: Mapping[str, object]
               ) -> tuple[Applied, ...]:  # fmt: skip
    """Applied objects that may make something else of theirs, as far as one side can tell.

    Those whose files change; those that a changed file declares, or that are in what a changed
    kustomization, patch or generator makes; and those that take variables or a source from it.
    """
    changed = set(files)
    if any(path.rpartition("/")[2] in _EVERYTHING for path in changed):
        return snapshot.applied
    found: dict[object, Applied] = {}
    pending = [one for one in snapshot.applied if one.place.root in affected]
    pending += [one for one in snapshot.applied if one.object.ref.declared.path in changed]
    while pending:
        one = pending.pop()
        if one.key in found:
            continue
        found[one.key] = one
        told = _tells(snapshot, one, changed)
        whole = not isinstance(one.rendering, Rendered)
        for other in snapshot.applied:
            if other.seat == one.target and other.key not in found and (
                (whole and other.object.parent == one.object.ref) or _hears(other, one, told)
            ):  # fmt: skip
                pending.append(other)
    return tuple(one for one in snapshot.applied if one.key in found)


Told = frozenset[tuple[str, str, str]]  # kind, namespace, name of what may say something else


def _tells(snapshot: Snapshot, one: Applied, changed: set[str]) -> Told:
    """What of an object's output may be otherwise, of what others depend on.

    A manifest changes what is in it; anything else all that comes through the root that reads it.
    """
    graph, root = snapshot.graph, one.place.root
    closure = [r for r in graph.closure(root) if r in graph.kustomizations] if root else []
    mixed = any("replacements" in graph.kustomizations[r].settings
                or "vars" in graph.kustomizations[r].settings for r in closure)  # fmt: skip
    manifests: set[str] = set()
    through: set[str] = set()
    for file in changed:
        readers = graph.reading(file, snapshot.repository.links) & set(closure)
        if readers and all(_lists(snapshot, reader, file) for reader in readers):
            manifests.add(file)
        else:
            through |= readers
    if mixed or root in through or not (manifests or through):
        return frozenset(map(_told, one.telling))
    files = manifests | {path for r in _whose(snapshot, through, closure) for path in
                         graph.reads(r)}  # fmt: skip
    return frozenset(
        _told(r)
        for r in one.telling
        if r.origin is None or (r.origin.path or r.origin.configured_in) in files
    )


def _told(resource: RenderedResource) -> tuple[str, str, str]:
    return resource.id.kind, resource.id.namespace, resource.id.name


def _lists(snapshot: Snapshot, root: str, file: str) -> bool:
    """Does a root read a file as a manifest, and as nothing else?"""
    fields = {r.field for r in snapshot.graph.kustomizations[root].references if r.target == file}
    return bool(fields) and fields <= set(_MANIFESTS)


def _whose(snapshot: Snapshot, roots: set[str], closure: Collection[str]) -> set[str]:
    """With those that kustomize Components among them are added to, within a closure."""
    found: set[str] = set()
    pending = list(roots)
    while pending:
        root = pending.pop()
        if root in found:
            continue
        found.add(root)
        if snapshot.graph.kustomizations[root].kind == "Component":
            edges = snapshot.graph.downstream.get(root, ())
            pending += [edge.source for edge in edges if edge.source in closure]
    return found


def _hears(other: Applied, one: Applied, told: Told) -> bool:
    ref = other.object.ref
    if other.object.parent == one.object.ref and any(
        (namespace, name) == (ref.namespace, ref.name) for _, namespace, name in told
    ):
        return True
    source = other.object.source
    named = {(kind, name) for kind, _, name in told}
    if (source[0], source[2]) in named:
        return True
    if any(kind in _FOR_ALL or name == "kustomize-controller" for kind, _, name in told):
        return True
    post_build = other.object.post_build or {}
    listed = post_build.get("substituteFrom")
    return any(
        isinstance(r, Mapping) and (str(r.get("kind")), str(r.get("name"))) in named
        for r in (listed if isinstance(listed, list) else ())
    )


# what people read ---------------------------------------------------------------------------------


def blocks(report: Impact) -> Iterator[Block]:
    """Where it goes, what applies it, and which roots and files."""
    since = f" since {report.since}" if report.since is not None else ""
    yield Heading(f"Impact of {_count(report.files, 'file')}{since}", 1)
    yield Text(_summary(report))
    if report.reconcilers:
        yield Heading("Reconcilers")
        rows = (
            (Cell(", ".join(map(str, r.seats)) or "–"), Cell(_name(r.object)), Cell(r.root or "–"))
            for r in report.reconcilers
        )
        yield Table(("Where", "Object", "Root"), tuple(rows))
    yield Heading("Roots")
    shown = report.roots[:_SHOWN]
    yield Table(("Root", "Where", "Reached by"), tuple(map(_row, shown)), "None.")
    if len(report.roots) > len(shown):
        yield Text(f"… and {len(report.roots) - len(shown)} more; -f json lists all.")
    if report.unparsed:
        yield Text(f"Any file may reach what cannot be parsed: {', '.join(report.unparsed)}.")
    if report.labels:
        yield Heading("Labels")
        yield Text(", ".join(report.labels))
    if report.findings:
        yield Findings(report.findings)


def _summary(report: Impact) -> str:
    if not report.roots:
        return "Nothing is reached: no render changes."
    parts = [_count(report.roots, "root")]
    if report.environments:
        names = ", ".join(
            f"{e} (protected)" if e in report.protected else e for e in report.environments
        )
        parts.append(f"{len(report.environments)} of {report.of} environments: {names}")
    if report.components:
        names = ", ".join(name.component for name in report.components[:_SHOWN])
        parts.append(f"{_count(report.components, 'component')}: {names}")
    return ". ".join(parts) + "."


def _count(listed: tuple[object, ...], noun: str) -> str:
    return f"{len(listed)} {noun}{'' if len(listed) == 1 else 's'}"


def _row(reached: Reached) -> tuple[Cell, ...]:
    files = ", ".join(reached.files[:2]) or "what applies it"
    more = f" and {len(reached.files) - 2} more" if len(reached.files) > 2 else ""
    where = "base" if reached.base else ", ".join(map(str, reached.placement.seats))
    return Cell(reached.root or "."), Cell(where or "–"), Cell(files + more)


def _name(object: ObjectRef) -> str:
    return f"{object.namespace}/{object.name}" if object.namespace else object.name


# what tools read ----------------------------------------------------------------------------------


def to_json(report: Impact) -> dict[str, object]:
    """docs/schema/impact.v1.json; the findings are added by the format."""
    return {
        "schema": SCHEMA,
        "since": report.since,
        "commit": report.commit,
        "files": list(report.files),
        "roots": [r.root or "." for r in report.roots],
        "reached": [
            {
                "path": r.root or ".",
                "base": r.base,
                "category": r.placement.category,
                "component": r.placement.component,
                "seats": [_seat(seat) for seat in r.placement.seats],
                "files": list(r.files),
            }
            for r in report.roots
        ],
        "environments": list(report.environments),
        "clusters": [_seat(seat) for seat in report.seats],
        "protected": list(report.protected),
        "components": [
            {"category": n.category or None, "component": n.component} for n in report.components
        ],
        "reconcilers": [
            {
                "kind": r.object.kind,
                "namespace": r.object.namespace,
                "name": r.object.name,
                "path": r.object.declared.path,
                "line": r.object.declared.line,
                "root": r.root,
                "seats": [_seat(seat) for seat in r.seats],
            }
            for r in report.reconcilers
        ],
        "unparsed": [root or "." for root in report.unparsed],
        "labels": list(report.labels),
    }


def _seat(seat: Seat) -> dict[str, object]:
    return {"environment": seat.environment, "cluster": seat.cluster}

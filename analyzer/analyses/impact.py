"""What a change reaches: roots, reconcilers, components, environments and clusters, with labels.

Every root whose render may change, bases included: sound first. What a parent's patch or another
object's variables change of a root whose files stay is in it too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from analyzer import units
from analyzer.applying import Applied
from analyzer.document import Block, Cell, Findings, Heading, Table, Text
from analyzer.findings import Finding
from analyzer.flux import KUSTOMIZATION
from analyzer.model import Deployment, ObjectRef, Placement, Seat
from analyzer.snapshot import Snapshot

SCHEMA = "groundplan/impact/v1"
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

    `since` is None where the files were given; `absent` are those of them that are not there.
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
    absent: tuple[str, ...] = ()
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
    now, files = snapshots[-1], tuple(sorted(set(files)))
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
        files=files,
        roots=reached,
        reconcilers=reconcilers,
        seats=tuple(sorted(seats)),
        environments=tuple(e for e in known if e in environments),
        of=len(known),
        protected=tuple(e for e in known if e in environments & set(now.config.protected)),
        components=_components(snapshots, set(roots)),
        unparsed=tuple(sorted(unparsed)),
        absent=_absent(now, files) if since is None else (),
    )


def _absent(now: Snapshot, files: Iterable[str]) -> tuple[str, ...]:
    there = now.repository
    return tuple(f for f in files if f not in there.files and f not in there.links)


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


# what people read ---------------------------------------------------------------------------------


def blocks(report: Impact) -> Iterator[Block]:
    """Where it goes, what applies it, and which roots and files."""
    since = f" since {report.since}" if report.since is not None else ""
    yield Heading(f"Impact of {_count(report.files, 'file')}{since}", 1)
    yield Text(_summary(report))
    if report.absent:
        one = (
            "It is taken for one that is"
            if len(report.absent) == 1
            else "They are taken for ones that are"
        )
        yield Text(f"Not in the tree: {', '.join(report.absent)}. {one} gone or new.")
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
        "absent": list(report.absent),
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

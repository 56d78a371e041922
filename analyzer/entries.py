"""Written Flux objects → where clusters begin: what bootstrap, or a Flux Operator, made of them.

Everything else a cluster runs is found in what these apply.
"""

from __future__ import annotations

import posixpath
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from analyzer import flux, fluxpaths
from analyzer.deployments import FLUX, Sources, patch_files
from analyzer.flux import KUSTOMIZATION, Controller, FluxKustomization
from analyzer.fluxpaths import ARTIFACT
from analyzer.graph import ReferenceGraph
from analyzer.layout import rank
from analyzer.model import Content, Deployment, Manifest, ObjectRef, Repository, Seat, Span

Seats = Callable[[str], tuple[Seat, ...]]

_SYNC = "gotk-sync.yaml"  # where `flux bootstrap` writes the object a cluster begins with


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a cluster begins: an object in a file, or one its operator makes.

    `placed` is what the layout says of it (`""`: no environment), `seat` the cluster it is among
    the other entries. `root` is the directory it applies as it is written. `url` and `revision`
    are this repository's, where the entry says them.
    """

    placed: Seat
    object: FluxKustomization
    root: str
    url: str | None = None
    revision: str | None = None
    controller: Controller | None = None
    seat: Seat = field(default_factory=lambda: Seat(""))


@dataclass(frozen=True, slots=True)
class _Tree:
    """What entries are looked for in."""

    repository: Repository
    graph: ReferenceGraph
    sources: Sources
    seats: Seats

    def root(self, path: str) -> str:
        """The directory a path of this repository's own source names."""
        bases = dict.fromkeys((self.sources.default, self.repository.subdir))
        roots = [posixpath.normpath(posixpath.join(base or ".", path or ".")) for base in bases]
        known = [root for root in roots if root in self.repository.directories or root == "."]
        root = (known or roots)[0]
        return "" if root == "." else root


def entries(
    repository: Repository,
    graph: ReferenceGraph,
    written: Sequence[Deployment],
    sources: Sources,
    seats: Seats,
) -> tuple[Entry, ...]:
    """Objects that lie in what they apply, and those an operator makes; each cluster named.

    Of an object that several clusters share, the patch counts that gives it its directory.

    Where a tree has neither, a directory of objects that no other object applies is what a
    cluster was bootstrapped with.
    """
    tree = _Tree(repository, graph, sources, seats)
    patches = patch_files(repository)
    found = [
        entry
        for path, manifests in repository.manifests.items()
        for manifest in manifests
        if (entry := _entry(tree, path, manifest, path in patches)) is not None
    ]
    return named(found or _implicit(tree, written))


def _entry(tree: _Tree, path: str, manifest: Manifest, is_patch: bool) -> Entry | None:
    content, identity = manifest.content, manifest.id
    if content is None:
        return None
    instance = flux.instance(content, identity.group, identity.kind)
    if instance is not None:
        return _operated(tree, manifest, instance)
    if identity.group != FLUX or identity.kind != "Kustomization":
        return None
    spec = content.get("spec")
    ref = ObjectRef(KUSTOMIZATION, identity.namespace, identity.name, manifest.span)
    object = FluxKustomization(ref, spec if isinstance(spec, Mapping) else {})
    if is_patch:
        return _patched(tree, path, object)
    if not object.source[2] or object.source[0] == ARTIFACT or "${" in object.path:
        return None
    root = tree.root(object.path)
    if not _begins(tree, path, root, object):
        return None
    return Entry(_seat(tree, path, root), object, root)


def _patched(tree: _Tree, path: str, object: FluxKustomization) -> Entry | None:
    """A patch that gives an object, which clusters share, the directory that lists the patch.

    The first round needs the object's source too; what else it says its own output tells.
    """
    root = tree.root(object.path)
    kustomization = tree.repository.kustomizations.get(root)
    if not object.spec.get("path") or "${" in object.path or kustomization is None:
        return None
    if all(reference.target != path for reference in kustomization.references):
        return None
    name = object.ref.name
    written = (
        spec
        for file in sorted(tree.graph.reads(root))
        for manifest in tree.repository.manifests.get(file, ())
        if (manifest.id.group, manifest.id.kind, manifest.id.name) == (FLUX, "Kustomization", name)
        and isinstance(spec := (manifest.content or {}).get("spec"), Mapping)
        and "sourceRef" in spec
    )
    shared = next(written, None)
    if shared is None:
        return None
    begun = FluxKustomization(object.ref, {**shared, **object.spec})
    return Entry(_seat(tree, posixpath.join(root, "x"), root), begun, root)


def _begins(tree: _Tree, path: str, root: str, object: FluxKustomization) -> bool:
    """Does it lie in what it applies: as bootstrap lays it, or listed there?"""
    if root and not path.startswith(root + "/"):
        return False
    folder = posixpath.basename(posixpath.dirname(path))
    if posixpath.basename(path) == _SYNC or (folder and folder == object.ref.namespace):
        return True
    return bool(root) and path in tree.graph.reads(root)


def _operated(tree: _Tree, manifest: Manifest, instance: Content) -> Entry | None:
    ref = ObjectRef("FluxInstance", manifest.id.namespace, manifest.id.name, manifest.span)
    object = flux.synced(instance, ref, None)
    if "${" in object.path:
        return None  # a cluster's own variable: only its render says which directory
    root = tree.root(object.path)
    sync = instance.get("sync")
    sync = sync if isinstance(sync, Mapping) else {}
    return Entry(
        _seat(tree, posixpath.join(root, "x"), root),
        object,
        root,
        str(sync.get("url") or "") or None,
        fluxpaths.revision(sync.get("ref")),
        flux.operated(instance),
    )


def _seat(tree: _Tree, path: str, root: str) -> Seat:
    """The environment of an entry: of what it applies, else of where it is declared, by the
    layout; else by a well-known name in its path.
    """
    for place in (posixpath.join(root, "x"), path) if root else (path,):
        found = tree.seats(place)
        if len(found) == 1:
            return found[0]
    return Seat(next((part for part in root.split("/") if rank(part) is not None), ""))


def _implicit(tree: _Tree, written: Sequence[Deployment]) -> Iterator[Entry]:
    objects = [d for d in written if d.object.kind == KUSTOMIZATION]
    applied = {path for root in {d.root for d in objects if d.root} for path in
               tree.graph.reads(root)}  # fmt: skip
    folders: dict[str, Span] = {}
    for d in objects:
        path = d.object.declared.path
        if path not in applied:
            folders.setdefault(posixpath.dirname(path), d.object.declared)
    for folder, span in sorted(folders.items()):
        above = {posixpath.join(*folder.split("/")[:i]) for i in range(1, folder.count("/") + 1)}
        if above & folders.keys():
            continue  # the directory above takes this one with it, or leaves it out
        path = posixpath.relpath(folder or ".", tree.sources.default or ".")
        spec = {"path": path, "sourceRef": {"kind": "GitRepository", "name": "flux-system"}}
        ref = ObjectRef(KUSTOMIZATION, "flux-system", "flux-system", span)
        object = FluxKustomization(ref, spec, implicit=True)
        yield Entry(_seat(tree, span.path, folder), object, folder)


def named(found: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries, each cluster in a seat of its own.

    Entries that begin with one directory are one cluster. Several clusters of an environment are
    told apart by what is different in their paths; those of no known environment by what is
    different from all others.
    """
    entries = tuple(found)
    seats = {e.root: e.placed for e in entries}
    seats.update({e.root: e.placed for e in entries if e.placed.environment})
    sharing: dict[Seat, list[str]] = defaultdict(list)
    for root, seat in sorted(seats.items()):
        if seat.environment:
            sharing[seat].append(root)
    unknown = sorted(root for root, seat in seats.items() if not seat.environment)
    apart = _different(sorted(seats)) if len(seats) > 1 else {}
    names = {root: apart.get(root) or posixpath.basename(root) or "cluster" for root in unknown}
    taken = Counter([*names.values(), *(seat.environment for seat in sharing)])
    if any(taken[name] > 1 for name in names.values()):
        names = _different(unknown)
    made = {root: Seat(name) for root, name in names.items()}
    for seat, roots in sharing.items():
        within = _different(roots) if len(roots) > 1 else {}
        made |= {
            root: Seat(
                seat.environment,
                "-".join(filter(None, (seat.cluster, within.get(root)))) or None,
            )
            for root in roots
        }
    return tuple(_seated(e, made[e.root]) for e in entries)


def _seated(entry: Entry, seat: Seat) -> Entry:
    ref = replace(entry.object.ref, cluster=str(seat))
    return replace(entry, seat=seat, object=replace(entry.object, ref=ref))


def _different(roots: Sequence[str]) -> dict[str, str]:
    """A short name for each: the parts of its path that not all of them have."""
    parts = {root: root.split("/") for root in roots}
    common = set.intersection(*map(set, parts.values())) if len(roots) > 1 else set()
    names = {
        root: "-".join(part for part in own if part not in common) or own[-1] or "cluster"
        for root, own in parts.items()
    }
    if len(set(names.values())) < len(names):
        return {root: root.replace("/", "-") or "cluster" for root in roots}
    return names

"""Files of one side → the applied objects that may make something else of theirs when they change.

Sound as far as one side can tell: through what an object builds, its parent's output, variables and
sources. With both sides at hand `sides` compares what comes out instead.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from analyzer.applying import Applied
from analyzer.model import Field, Rendered, RenderedResource
from analyzer.snapshot import Snapshot

_EVERYTHING = ("groundplan.yaml",)  # says where sources are: any object may apply something else
_MANIFESTS = (Field.RESOURCES, Field.BASES)
# kinds that may concern any object of their cluster: what controllers run, and what sources hold
_FOR_ALL = ("ArtifactGenerator", "ResourceSetInputProvider", "FluxInstance", "HelmRelease")


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

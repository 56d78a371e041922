"""What is rendered → what is written behind it: the file of an object, the patches on the way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analyzer.locating import Files, Place
from analyzer.model import Manifest, Rendered, RenderedResource, RenderKey, Span
from analyzer.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Written:
    """A render, and who applies it: `declared` is None where it is rendered for itself.

    `adds`: the reconciler adds kustomize Components or patches to what is written.
    """

    rendered: Rendered
    declared: Span | None = None
    namespace: str = ""
    adds: bool = False


def renders(snapshot: Snapshot) -> dict[RenderKey, Written]:
    """Every render, each once."""
    found = {
        key: Written(rendering)
        for key, rendering in snapshot.renderings.items()
        if isinstance(rendering, Rendered)
    }
    for one in snapshot.applied:
        if isinstance(one.rendering, Rendered):
            spec = one.object.spec
            adds = any(spec.get(key) for key in ("components", "patches"))
            namespace = str(spec.get("targetNamespace") or "")
            found[one.rendering.key] = Written(
                one.rendering, one.object.ref.declared, namespace, adds
            )
    return found


def applied(snapshot: Snapshot) -> Mapping[str, tuple[Written, ...]]:
    """Root → the renders it is part of: its own, else of what builds on it."""
    own: dict[str, list[Written]] = defaultdict(list)
    above: dict[str, list[Written]] = defaultdict(list)
    for key, one in renders(snapshot).items():
        own[key.root].append(one)
        for root in snapshot.graph.closure(key.root):
            above[root].append(one)
    return {root: tuple(own.get(root) or found) for root, found in above.items()}


def under(snapshot: Snapshot, one: Written, root: str) -> Iterator[RenderedResource]:
    """The resources of a render that a root has in hand; a kustomize Component has all of them."""
    kustomization = snapshot.repository.kustomizations[root]
    whole = one.rendered.key.root == root or kustomization.kind == "Component"
    reads = frozenset() if whole else snapshot.graph.reads(root)
    for resource in one.rendered.resources:
        origin = resource.origin
        path = origin and (origin.path or origin.configured_in)
        if whole or path in reads:
            yield resource


def written(snapshot: Snapshot, resource: RenderedResource) -> Manifest | None:
    """The document a resource comes from; None for what is generated, remote or not certain."""
    path = resource.origin.path if resource.origin is not None else None
    named = [
        m
        for m in snapshot.repository.manifests.get(path or "", ())
        if m.id.kind == resource.id.kind and m.id.name and m.id.name in resource.id.name
    ]
    exact = [m for m in named if m.id.name == resource.id.name] or named
    near = [m for m in exact if m.id.namespace == resource.id.namespace] or exact
    return near[0] if len(near) == 1 else None


def place(snapshot: Snapshot, root: str) -> Place:
    """Where the entries of a root's kustomization file stand."""
    return Place(files(snapshot), root, None)


def files(snapshot: Snapshot) -> Files:
    known = snapshot.repository.files

    def data(path: str) -> bytes | None:
        return known[path].data if path in known else None

    return Files(snapshot.graph, data, snapshot.repository.manifests)

"""What kustomize renders without a word and a cluster does not take, or not as it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain

from analyzer import findings as rules
from analyzer import yamltext
from analyzer.causes import shown
from analyzer.checks.written import Written, place, renders, written
from analyzer.findings import Finding
from analyzer.locating import text_at
from analyzer.model import Content, RenderedResource, Span
from analyzer.pieces import FIELDS, Piece, patches
from analyzer.snapshot import Snapshot
from analyzer.versions import containers, pod_specs
from analyzer.yamltext import Node

Wanted = Callable[[Node], Node | None]  # a document of a patch → the node that does it

# where it is written ------------------------------------------------------------------------------


def _at(snapshot: Snapshot, one: Written, resource: RenderedResource, wanted: Wanted) -> Span:
    """The patch on the way that does it, the last one first; else the object itself."""
    for root in snapshot.graph.closure(one.rendered.key.root):
        for piece, node in _speaking(snapshot, root, resource, wanted):
            return piece.span(node)
    manifest = written(snapshot, resource)
    if manifest is not None:
        return manifest.span
    origin = resource.origin
    path = origin and (origin.path or origin.configured_in)
    whole = snapshot.repository.kustomizations[one.rendered.key.root].span
    return Span(path) if path else one.declared or whole


def _speaking(snapshot: Snapshot, root: str, resource: RenderedResource, wanted: Wanted
              ) -> Iterator[tuple[Piece, Node]]:  # fmt: skip
    kustomization = snapshot.repository.kustomizations.get(root)
    if kustomization is None or not any(field in kustomization.settings for field in FIELDS):
        return
    for piece in patches(place(snapshot, root)):
        kind = text_at(piece.node, "kind") or text_at(piece.entry, "target", "kind")
        name = text_at(piece.node, "metadata", "name")
        if kind in ("", resource.id.kind) and piece.node is not None and name in resource.id.name:
            node = wanted(piece.node)
            if node is not None:
                yield piece, node


def _nodes(document: Node) -> Iterator[tuple[Node, Node]]:
    """(key, value) of every mapping inside, each once."""
    pending, seen = [document], set[int]()
    while pending:
        node = pending.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        pending += yamltext.items(node)
        for _, key, value in yamltext.pairs(node):
            yield key, value
            pending.append(value)


# patch directives ---------------------------------------------------------------------------------

_DIRECTIVES = ("$patch", "$retainKeys", "$deleteFromPrimitiveList", "$setElementOrder")
_PATCHES = ("patches", "patchesStrategicMerge", "patchesJson6902")  # fields of objects that patch


def directives(snapshot: Snapshot) -> Iterator[Finding]:
    """Patch directives that a render still has: kustomize took them for data."""
    known: dict[int, str | None] = {}
    for one in renders(snapshot).values():
        for resource in one.rendered.resources:
            if resource.id.kind == "CustomResourceDefinition":
                continue
            if id(resource.content) not in known:
                known[id(resource.content)] = _directive(resource.content)
            directive = known[id(resource.content)]
            if directive is not None:
                message = (
                    f"{resource.id.short}: {shown(directive)} is left in what is deployed; "
                    "write a JSON patch instead"
                )
                at = _at(snapshot, one, resource, _key(directive))
                yield Finding(rules.PATCH_DIRECTIVE, message, at)


def _directive(content: object) -> str | None:
    pending = [content]
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending += value
        elif isinstance(value, Mapping):
            for key, child in value.items():
                if str(key).startswith(_DIRECTIVES):
                    return str(key)
                if key not in _PATCHES:
                    pending.append(child)
    return None


def _key(name: str) -> Wanted:
    def wanted(document: Node) -> Node | None:
        return next((key for key, _ in _nodes(document) if key.value == name), None)

    return wanted


# fields that exclude each other -------------------------------------------------------------------

_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def exclusive(snapshot: Snapshot) -> Iterator[Finding]:
    """Volumes with two sources, variables with two values, probes that ask twice, …"""
    known: dict[int, tuple[tuple[str, tuple[str, ...]], ...]] = {}
    for one in renders(snapshot).values():
        for resource in one.rendered.resources:
            if id(resource.content) not in known:
                known[id(resource.content)] = tuple(_exclusive(resource))
            for what, fields in known[id(resource.content)]:
                message = (
                    f"{resource.id.short}: {shown(what)} has {' and '.join(map(shown, fields))}; "
                    "set the one that goes to null"
                )
                at = _at(snapshot, one, resource, _field_of(what.rpartition(" ")[2], fields))
                yield Finding(rules.EXCLUSIVE_FIELDS, message, at)


def _exclusive(resource: RenderedResource) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(what, the fields of which it may have only one)."""
    for pod in pod_specs(resource):
        for volume in _mappings(pod.get("volumes")):
            sources = set(volume) - {"name"}
            yield from _more_than_one(f"volume {volume.get('name')}", volume, sources)
        for container in containers(pod):
            name = container.get("name")
            for variable in _mappings(container.get("env")):
                if variable.get("value") != "":
                    named = f"container {name}: env {variable.get('name')}"
                    yield from _more_than_one(named, variable, {"value", "valueFrom"})
            for field in _PROBES:
                probe = container.get(field)
                if isinstance(probe, Mapping):
                    yield from _more_than_one(f"container {name}: {field}", probe, set(_HANDLERS))
    yield from _strategy(resource)


def _strategy(resource: RenderedResource) -> Iterator[tuple[str, tuple[str, ...]]]:
    spec = resource.content.get("spec") if resource.id.kind == "Deployment" else None
    strategy = spec.get("strategy") if isinstance(spec, Mapping) else None
    recreated = isinstance(strategy, Mapping) and strategy.get("type") == "Recreate"
    if isinstance(strategy, Mapping) and recreated and strategy.get("rollingUpdate") is not None:
        yield "strategy", ("type Recreate", "rollingUpdate")


def _more_than_one(what: str, value: Content, fields: set[str]
                   ) -> Iterator[tuple[str, tuple[str, ...]]]:  # fmt: skip
    given = tuple(sorted(field for field in fields if value.get(field) is not None))
    if len(given) > 1:
        yield what, given


def _mappings(value: object) -> Iterator[Content]:
    yield from (v for v in value if isinstance(v, Mapping)) if isinstance(value, list) else ()


def _field_of(name: str, fields: tuple[str, ...]) -> Wanted:
    """Where a patch sets one of these fields, in an element or under a key of this name."""
    keys = {field.rpartition(" ")[0] or field for field in fields}

    def wanted(document: Node) -> Node | None:
        for key, value in chain(((document, document),), _nodes(document)):
            inner = [k for written, k, _ in yamltext.pairs(value) if written in keys]
            inner += [n for n in (yamltext.get(value, "path"),) if n is not None
                      and yamltext.text_of(n).rpartition("/")[2] in keys]  # fmt: skip
            named = text_at(value, "name") == name or getattr(key, "value", None) == name
            if inner and (named or text_at(value, "op")):
                return inner[0]
            for item in yamltext.items(value):
                inner = [k for written, k, _ in yamltext.pairs(item) if written in keys]
                if inner and text_at(item, "name") == name:
                    return inner[0]
        return None

    return wanted

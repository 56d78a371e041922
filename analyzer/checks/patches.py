"""Patches that kustomize applies without a word, and not as they read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from analyzer import findings as rules
from analyzer import yamltext
from analyzer.causes import shown
from analyzer.checks.written import Written, applied, place, under, written
from analyzer.findings import Finding, Related
from analyzer.locating import Place, text_at
from analyzer.model import Content, Rendered, RenderedResource, ResourceId, Span
from analyzer.pieces import FIELDS, Piece, patches
from analyzer.snapshot import Snapshot
from analyzer.yamltext import Node, SequenceNode

_LITERAL = re.compile(r"[\w.:-]+")
_SELECTORS = ("labelSelector", "annotationSelector")
_ELSEWHERE = ("replacements", "transformers", "vars", "configurations", "helmCharts", "generators")
_LABELS = ("labels", "annotations", "namespace", "name", "matchLabels")


def second_documents(snapshot: Snapshot) -> Iterator[Finding]:
    """JSON patches of several YAML documents: only the first is used."""
    for root in _patching(snapshot):
        for found in _entries(place(snapshot, root)):
            if len(found) > 1 and isinstance(found[0].node, SequenceNode):
                yield Finding(
                    rules.SECOND_JSON_PATCH,
                    "only the first YAML document of a JSON patch is used; "
                    "move these operations into it",
                    found[1].span(found[1].node),
                )


def _patching(snapshot: Snapshot) -> Iterator[str]:
    """Roots that have patches, without a look into their files."""
    for root in snapshot.roots():
        if any(field in snapshot.repository.kustomizations[root].settings for field in FIELDS):
            yield root


def _entries(here: Place) -> Iterator[tuple[Piece, ...]]:
    """The documents of each entry."""
    for _, found in groupby(patches(here), key=lambda piece: id(piece.entry)):
        yield tuple(found)


# targets ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Target:
    """What a patch selects: every part a pattern that has to match the whole."""

    group: str
    version: str
    kind: str
    name: str
    namespace: str
    others: bool  # selects by labels or annotations too

    def matches(self, names: set[str], resource: RenderedResource) -> bool:
        """`names`: all that the resource is, or was, called."""
        of = resource.id
        pairs = ((self.group, of.group), (self.kind, of.kind), (self.namespace, of.namespace),
                 (self.version, resource.api_version.rpartition("/")[2]))  # fmt: skip
        return all(not pattern or _whole(pattern, text) for pattern, text in pairs) and (
            not self.name or any(_whole(self.name, name) for name in names)
        )


def _whole(pattern: str, text: str) -> bool:
    try:
        return re.fullmatch(pattern, text) is not None
    except re.error:  # Go takes forms Python does not
        return pattern == text


def _target(entry: Node) -> _Target | None:
    node = yamltext.get(entry, "target")
    if node is None:
        return None
    return _Target(
        group=text_at(node, "group"),
        version=text_at(node, "version"),
        kind=text_at(node, "kind"),
        name=text_at(node, "name"),
        namespace=text_at(node, "namespace"),
        others=any(text_at(node, key) for key in _SELECTORS),
    )


def ambiguous(snapshot: Snapshot) -> Iterator[Finding]:
    """Targets that read as one object, and are several: the name is a pattern, of any namespace."""
    every = applied(snapshot)
    for root in _patching(snapshot):
        renders = every.get(root, ())
        here = place(snapshot, root)
        for found in _entries(here) if renders else ():
            target = _target(found[0].entry)
            if target is None or target.others or target.namespace or not target.kind:
                continue
            if not _LITERAL.fullmatch(target.name):
                continue
            hit: dict[ResourceId, str] = {}
            for one in renders:
                now = {r.id: w for r, w in _hit(snapshot, one, root, target)}
                hit = now if len(now) > len(hit) else hit
            if len(hit) > 1 and (message := _ambiguous(target, hit)):
                yield Finding(rules.AMBIGUOUS_TARGET, message, here.span(found[0].entry))


def _hit(
    snapshot: Snapshot, one: Written, root: str, target: _Target
) -> Iterator[tuple[RenderedResource, str]]:
    """(resource, the name the target knew it by)."""
    for resource in under(snapshot, one, root):
        names = _names(snapshot, resource)
        if target.matches(names, resource):
            known = target.name if target.name in names else min(names, key=len)
            yield resource, known


def _names(snapshot: Snapshot, resource: RenderedResource) -> set[str]:
    """Its name, and what its file calls it: a prefix comes after patches."""
    manifest = written(snapshot, resource)
    return {resource.id.name} | ({manifest.id.name} if manifest is not None else set())


def _ambiguous(target: _Target, hit: Mapping[ResourceId, str]) -> str | None:
    named = f"the target {target.kind}/{shown(target.name)}"
    spaces = sorted({i.namespace for i, name in hit.items() if name == target.name})
    if len(spaces) > 1:
        listed = ", ".join(space or "(none)" for space in spaces)
        return f"{named} is in the namespaces {shown(listed)}, and all are patched; name one"
    others = sorted({name for name in hit.values() if name != target.name})
    if spaces and others:
        return (
            f"{named} is a pattern, and {shown(', '.join(others))} is patched too; "
            r"write each . as \."
        )
    return None


# replace that adds --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Adding:
    """An operation that replaces a key which the object's own file lacks.

    `render` has it, `entry` is what brings it in. `alone`: nothing else in files speaks of the key.
    """

    at: Span
    entry: Span
    path: str
    resource: RenderedResource
    render: Rendered
    alone: bool

    def is_absent(self, resources: Iterable[RenderedResource]) -> bool:
        """Is the object among these, without the key?"""
        found = [one for one in resources if one.id == self.resource.id]
        return bool(found) and not any(at_pointer(one.content, self.path) for one in found)


def replaces_nothing(snapshot: Snapshot) -> Iterator[Finding]:
    """JSON patches that `replace` a key which nothing but themselves sets: it is added.

    Where a run proves, the render without the patch has decided; else it is only said where the
    files alone leave no doubt: nothing on the way to the render could have set the key.
    """
    for one in adding(snapshot):
        if one.at in snapshot.adds if snapshot.proved else one.alone:
            message = (
                f"replace {shown(one.path)} adds it: {one.resource.id.short} has none; "
                "write add if that is meant"
            )
            related = _manifest(snapshot, one.resource)
            yield Finding(rules.REPLACE_ADDS, message, one.at, related)


def adding(snapshot: Snapshot) -> Iterator[Adding]:
    """Operations that may add what they are to replace, each once, with a render that has it."""
    every = applied(snapshot)
    for root in _patching(snapshot):
        here = place(snapshot, root)
        for found in _entries(here) if root in every else ():
            target = _target(found[0].entry)
            for operation in yamltext.items(found[0].node) if target is not None else ():
                path = text_at(operation, "path")
                if text_at(operation, "op") != "replace" or path.count("/") < 2:
                    continue
                key = path.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
                if _mentions(found[0].node, key) > 1:
                    continue  # another operation of this patch may make it
                made = ((one, _added(snapshot, one, root, target, operation, path))
                        for one in every[root] if target is not None)  # fmt: skip
                by = next(((one, resource) for one, resource in made if resource), None)
                if by is not None:
                    alone = _alone(snapshot, by[0], path)
                    yield Adding(found[0].span(operation), here.span(found[0].entry), path, by[1],
                                 by[0].rendered, alone)  # fmt: skip


def _manifest(snapshot: Snapshot, resource: RenderedResource) -> tuple[Related, ...]:
    manifest = written(snapshot, resource)
    return (Related(manifest.span, "has no such key"),) if manifest is not None else ()


def _added(
    snapshot: Snapshot, one: Written, root: str, target: _Target, operation: Node, path: str
) -> RenderedResource | None:
    """A resource to which the operation adds the key, by its own file."""
    value = yamltext.value(yamltext.get(operation, "value"))
    for resource, _ in _hit(snapshot, one, root, target):
        manifest = written(snapshot, resource)
        before = manifest and content(snapshot, manifest.span.path, manifest.span.start)
        if before and adds(before, path) and at_pointer(resource.content, path) == (value,):
            return resource
    return None


def adds(before: Content, path: str) -> bool:
    """Would `replace` at a JSON pointer add its last key to this? A missing parent is an error."""
    parent = at_pointer(before, path.rpartition("/")[0])
    return bool(parent) and isinstance(parent[0], Mapping) and not at_pointer(before, path)


def at_pointer(value: object, path: str) -> tuple[object, ...]:
    """(What stands at a JSON pointer,); () where nothing does."""
    for token in path.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return ()
    return (value,)


def _alone(snapshot: Snapshot, one: Written, path: str) -> bool:
    """Does this operation alone speak of its key, and nothing else that could set it?"""
    key = path.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
    said = 0
    if one.adds or set(path.split("/")) & set(_LABELS):
        return False
    for name in snapshot.graph.closure(one.rendered.key.root):
        kustomization = snapshot.repository.kustomizations.get(name)
        if kustomization is None:
            continue
        settings = kustomization.settings
        if any(field in settings for field in (*_ELSEWHERE, key)):
            return False
        if any(field in settings for field in FIELDS):
            said += sum(_mentions(piece.node, key) for piece in patches(place(snapshot, name)))
    return said == 1


def _mentions(document: Node | None, key: str) -> int:
    """How often a patch speaks of a key, in a pointer or as a key."""
    pending, seen, count = [document], set[int](), 0
    while pending:
        node = pending.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        count += sum(name == key for name, _, _ in yamltext.pairs(node))
        if text_at(node, "op"):
            count += key in text_at(node, "path").replace("~1", "/").split("/")
        pending += yamltext.items(node)
        pending += [value for _, _, value in yamltext.pairs(node)]
    return count


def content(snapshot: Snapshot, path: str, start: int) -> Content | None:
    """The document of a file that begins at a byte."""
    entry = snapshot.repository.files.get(path)
    if entry is None or entry.data is None:
        return None
    text = yamltext.compose(entry.data, path)
    node = next((d for d in text.documents if text.span(d).start == start), None)
    found = yamltext.value(node)
    return found if isinstance(found, dict) else None

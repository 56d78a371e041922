"""What the engine complains about → where it is written: the entry, the field, the document.

Looks only into the files of the root that complains, and only once something is wrong.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from analyzer import yamltext
from analyzer.graph import ReferenceGraph
from analyzer.kustomization import PLUGIN_FIELDS
from analyzer.model import Field, Manifest, Reference, Span, Status
from analyzer.yamltext import MappingNode, Node, ScalarNode, SequenceNode, Text, YamlError

_GENERATORS = {"ConfigMap": "configMapGenerator", "Secret": "secretGenerator"}
_FREE_FORM = ("pairs", "commonLabels", "commonAnnotations", "labels", "annotations", "options")


@dataclass(frozen=True, slots=True)
class Files:
    """What was read for a render: references, the bytes of files, and the manifests in them."""

    graph: ReferenceGraph
    data: Callable[[str], bytes | None]
    manifests: Mapping[str, tuple[Manifest, ...]]
    handled: Collection[Span] = ()  # entries that are no more what they were

    def text(self, path: str | None) -> Text | None:
        """None where there is no such file, or it is no YAML."""
        data = self.data(path) if path is not None else None
        try:
            return None if data is None or path is None else yamltext.compose(data, path)
        except YamlError:
            return None


class Place:
    """The root that complains, and the entry it was at (`named`, as written or as a path)."""

    def __init__(self, files: Files, owner: str, named: str | None) -> None:
        self.files = files
        self._named = named
        self._kustomization = files.graph.kustomizations[owner]
        self.text = files.text(self._kustomization.path)
        self._top = self.text.first if self.text is not None else None

    # the file, and what it names ------------------------------------------------------------------

    def whole(self) -> Span:
        span = self._kustomization.span
        return Span(self._kustomization.path or span.path, span.line)

    def named(self) -> Span | None:
        return self.reference(self._named)

    def reference(self, name: str | None) -> Span | None:
        """The entry that names this path: as written, or as what it resolves to."""
        found = self._reference(name)
        return found.span if found is not None else None

    def file(self, name: str | None) -> Span | None:
        """The file an entry names."""
        found = self._reference(name)
        return None if found is None or found.target is None else Span(found.target)

    def _reference(self, name: str | None) -> Reference | None:
        references = self._kustomization.references
        written = next((r for r in references if r.written == name), None)
        return written or next((r for r in references if name and r.target == name), None)

    def _targets(self, *fields: Field) -> tuple[str, ...]:
        """The files that these fields name; without fields all of them."""
        references = self._kustomization.references
        named = (r for r in references if not fields or r.field in fields)
        return tuple(r.target for r in named if r.status is Status.FILE and r.target is not None)

    # entries --------------------------------------------------------------------------------------

    def span(self, node: Node) -> Span:
        return self.whole() if self.text is None else self.text.span(node)

    def items(self, field: str) -> tuple[Node, ...]:
        listed = yamltext.items(yamltext.get(self._top, field))
        return tuple(item for item in listed if self.span(item) not in self.files.handled)

    def entry(self, field: str, name: str | None = None) -> Span | None:
        """The first entry of a list; with `name` the one that has it."""
        for item in self.items(field):
            if name is None or text_at(item, "name") == name:
                return self.span(item)
        return None

    def variable(self, name: str) -> Span | None:
        """The entry of `vars`, which are resolved only at the end: here or in what it builds on."""
        graph = self.files.graph
        places = (Place(self.files, root, None) for root in graph.closure(self._kustomization.root)
                  if root in graph.kustomizations)  # fmt: skip
        return next((span for place in places if (span := place.entry("vars", name))), None)

    def generator(self, kind: str, name: str) -> Span | None:
        """The last generator of this kind (`""`: any) and name."""
        fields = [field for k, field in _GENERATORS.items() if kind in ("", k)]
        items = [item for field in fields for item in self.items(field)]
        named = [item for item in items if text_at(item, "name") == name]
        return self.span(named[-1]) if named else self.entry("generators")

    def odd_literal(self) -> Span | None:
        """The literal of a generator that is not key=value."""
        for field in _GENERATORS.values():
            for item in self.items(field):
                for literal in yamltext.items(yamltext.get(item, "literals")):
                    if "=" not in yamltext.text_of(literal):
                        return self.span(literal)
        return self.entry("generators")

    # files ----------------------------------------------------------------------------------------

    def defined_twice(self, kind: str, name: str) -> Span | None:
        """The second document of a file that holds it twice, else the entry that repeats it."""
        found = self._reference(self._named)
        manifests = self.files.manifests.get(found.target or "", ()) if found else ()
        same = [m for m in manifests if (m.id.kind, m.id.name) == (kind, name)]
        return same[1].span if len(same) > 1 else self.named()

    def broken(self, file: Span | None = None) -> Span | None:
        """The line at which a file, else the one that was named, is no YAML."""
        file = file or self.file(self._named)
        try:
            yamltext.compose((self.files.data(file.path) if file else None) or b"", "")
        except YamlError as error:
            return Span(file.path if file else "", error.line, error.column)
        return file

    def without(self, *keys: str) -> Span | None:
        """The first object without this in the named file, else in those that are patches."""
        file = self.file(self._named)
        patches = self._targets(Field.PATCHES, Field.PATCHES_STRATEGIC_MERGE)
        for path in (file.path,) if file is not None else patches:
            text = self.files.text(path)
            for document in text.documents if text is not None else ():
                if text is not None and yamltext.get(document, *keys) is None:
                    return text.span(document)
        return file

    def twice(self, name: str) -> Span | None:
        """A key that stands twice in one mapping of a file: of this root, or what it builds on."""
        references = self.files.graph.references(self._kustomization.root)
        for path in dict.fromkeys(r.target for r in references if r.status is Status.FILE):
            text = self.files.text(path)
            for document in text.documents if text is not None else ():
                for mapping in _mappings(document):
                    keys = [key for written, key, _ in yamltext.pairs(mapping) if written == name]
                    if len(keys) > 1 and text is not None:
                        return text.span(keys[1])
        return None

    # fields ---------------------------------------------------------------------------------------

    def _settings(self) -> Iterator[Text]:
        """The kustomization file, and the configurations of it and of plugins that it names."""
        paths = (self._kustomization.path, *self._targets(Field.CONFIGURATIONS, *PLUGIN_FIELDS))
        return (text for path in paths if (text := self.files.text(path)) is not None)

    def key(self, name: str) -> Span | None:
        """The key of this name, the outermost; what has names of its own is not looked into."""
        for text in self._settings():
            for node in _mappings(text.first):
                for written, key, _ in yamltext.pairs(node):
                    if written == name:
                        return text.span(key)
        return None

    def field(self, path: list[str], got: str) -> Span | None:
        """The value at a path that is of a JSON kind (`""`: any); of a list its elements first."""
        for text in self._settings():
            found = [(key, value) for key, value in _at(text.first, path)]
            for key, value in [f for f in found if not got or _kind(f[1]) == got] or found:
                return text.span(value if isinstance(value, ScalarNode) else key)
        return None


def text_at(node: Node | None, *keys: str) -> str:
    return yamltext.text_of(yamltext.get(node, *keys))


def _mappings(node: Node | None) -> Iterator[MappingNode]:
    """The mapping and those inside, the outermost first, each once."""
    pending, seen = deque([node]), set[int]()
    while pending:
        node = pending.popleft()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        pending.extend(yamltext.items(node))
        if isinstance(node, MappingNode):
            yield node
            pending.extend(v for name, _, v in yamltext.pairs(node) if name not in _FREE_FORM)


def _at(node: Node | None, path: list[str]) -> Iterator[tuple[Node, Node]]:
    """(key, value) at a path, whatever the keys' case, with what is in it; innermost last."""
    for written, key, value in yamltext.pairs(node) if node is not None else ():
        if written.casefold() != path[0].casefold():
            continue
        if len(path) > 1:
            yield from _at(value, path[1:])
        else:
            yield key, value
            yield from ((k, v) for _, k, v in yamltext.pairs(value))
            yield from ((child, child) for child in yamltext.items(value))
    if isinstance(node, SequenceNode):
        for child in node.value:
            if isinstance(child, MappingNode):
                yield from _at(child, path)


def _kind(node: Node) -> str:
    """What JSON calls it."""
    if isinstance(node, MappingNode):
        return "object"
    if isinstance(node, SequenceNode):
        return "array"
    match yamltext.value(node, settings=True):
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case None:
            return "null"
    return "string"

"""A root → the kustomizations a resource passes through on its way up to it, and what each sets.

Order of application, inside one kustomization (kustomize api/internal/target/kusttarget.go):
resources, generators, components, patchesStrategicMerge, patches, namespace, prefix, suffix,
labels, annotations, patchesJson6902, replicas, images, replacements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from analyzer import yamltext
from analyzer.kustomization import BUILTIN_PLUGINS, PLUGIN_FIELDS
from analyzer.marked import Extra
from analyzer.marks import Entry
from analyzer.model import Content, Field, Kustomization, Reference, Span, Status
from analyzer.yamltext import Node, Text, YamlError

PHASES = (
    "resources", "configmapgenerator", "secretgenerator", "generators", "generatoroptions",
    "components", "patchesstrategicmerge", "patches", "namespace", "nameprefix", "namesuffix",
    "labels", "commonlabels", "commonannotations", "patchesjson6902", "replicas", "images",
    "transformers", "replacements",
)  # fmt: skip
_PHASE = {name: at for at, name in enumerate(PHASES)}
_MOST_WAYS = 32  # ways from a root to one of its bases that are told apart

Rank = tuple[int, int, int]  # level, phase, position: what is applied later is larger
FIRST: Rank = (-1, 0, 0)


def phase(field: str) -> int:
    return _PHASE.get(field.casefold(), 0)


@dataclass(frozen=True, slots=True)
class Set:
    """A value that a kustomization sets by a rule, and where it is written."""

    value: str
    at: Span


@dataclass(frozen=True, slots=True)
class Count:
    """How many `replicas` an entry sets, where the number stands, and the entry."""

    value: str
    at: Span
    entry: Span


@dataclass(frozen=True, slots=True)
class Image:
    """An entry of `images`; `at` has the place of each of its fields."""

    fields: Mapping[str, str]
    at: Mapping[str, Span]
    entry: Span


@dataclass(frozen=True, slots=True)
class Variable:
    """An entry of `vars`: which object's field, as kustomize's objref and fieldref say."""

    at: Span
    source: Content
    path: str


@dataclass(frozen=True, slots=True)
class Plugin:
    """The configuration of a built-in transformer or generator, in a file or inline.

    `places` has where its scalars stand, by their keys.
    """

    kind: str
    content: Content
    at: Span
    places: Mapping[tuple[str, ...], Span] = field(default_factory=dict)

    def place(self, *keys: str) -> Span:
        return self.places.get(keys, self.at)


@dataclass(frozen=True, slots=True)
class Level:
    """What one kustomization sets by rules: not by values that stand in a document."""

    root: str
    namespace: Set | None = None
    prefix: Set | None = None
    suffix: Set | None = None
    images: tuple[Image, ...] = ()
    replicas: tuple[tuple[Set, Count], ...] = ()  # name, count
    variables: Mapping[str, Variable] = field(default_factory=dict)
    generators: tuple[tuple[Set, Content, Entry], ...] = ()  # name, the entry, where
    plugins: tuple[Plugin, ...] = ()
    configured: bool = False  # has `configurations`: prefixes and names may go anywhere
    restated: tuple[tuple[Span, Span], ...] = ()  # images that a Flux object names too: by whom


Data = Callable[[str], bytes | None]


def level(kustomization: Kustomization, data: Data, extra: Extra | None = None) -> Level:
    """What a kustomization sets by rules, with what a Flux object puts in their place."""
    found = data(kustomization.path) if kustomization.path else None
    text: Text | None = None
    if found is not None:
        try:
            text = yamltext.compose(found, kustomization.path)
        except YamlError:
            text = None
    own = Level(kustomization.root) if text is None else _Reader(kustomization, text, data).level()
    return own if extra is None else _with_flux(own, extra)


@dataclass(frozen=True, slots=True)
class _Reader:
    kustomization: Kustomization
    text: Text
    data: Data

    def level(self) -> Level:
        fields = {k.casefold(): v for k, v in yamltext.fields(self.text.first).items()}
        get = fields.get
        return Level(
            self.kustomization.root,
            self._set(get("namespace")),
            self._set(get("nameprefix")),
            self._set(get("namesuffix")),
            tuple(self._image(item) for item in yamltext.items(get("images"))),
            tuple(self._replicas(yamltext.items(get("replicas")))),
            dict(self._variables(yamltext.items(get("vars")))),
            tuple(self._generators(fields)),
            tuple(self._plugins(fields)),
            "configurations" in fields or "crds" in fields,
        )

    def _set(self, node: Node | None) -> Set | None:
        value = yamltext.text_of(node)
        return Set(value, self.text.span(node)) if node is not None and value else None

    def _image(self, item: Node) -> Image:
        fields = yamltext.fields(item)
        return Image(
            {key: yamltext.text_of(node) for key, node in fields.items()},
            {key: self.text.span(node) for key, node in fields.items()},
            self.text.span(item),
        )

    def _replicas(self, items: tuple[Node, ...]) -> Iterator[tuple[Set, Count]]:
        for item in items:
            name = self._set(yamltext.get(item, "name"))
            count = self._set(yamltext.get(item, "count"))
            if name is not None and count is not None:
                yield name, Count(count.value, count.at, self.text.span(item))

    def _variables(self, items: tuple[Node, ...]) -> Iterator[tuple[str, Variable]]:
        for item in items:
            source = yamltext.value(yamltext.get(item, "objref"))
            path = yamltext.text_of(yamltext.get(item, "fieldref", "fieldpath")) or (
                yamltext.text_of(yamltext.get(item, "fieldref", "fieldPath"))
            )
            if name := yamltext.text_of(yamltext.get(item, "name")):
                content = source if isinstance(source, dict) else {}
                yield name, Variable(self.text.span(item), content, path or "metadata.name")

    def _generators(self, fields: Mapping[str, Node]) -> Iterator[tuple[Set, Content, Entry]]:
        for key in ("configmapgenerator", "secretgenerator"):
            for index, item in enumerate(yamltext.items(fields.get(key))):
                name = self._set(yamltext.get(item, "name"))
                content = yamltext.value(item, settings=True)
                entry = Entry(self.kustomization.root, key, index, self.text.span(item))
                if name is not None and isinstance(content, dict):
                    yield name, content, entry

    def _plugins(self, fields: Mapping[str, Node]) -> Iterator[Plugin]:
        for key in (f.value for f in PLUGIN_FIELDS):
            for item in yamltext.items(fields.get(key)):
                written = yamltext.text_of(item)
                if "\n" in written or "kind:" in written:
                    yield from _configs(written.encode(), self.text.path, self.text.span(item))
        for reference in self.kustomization.references:
            if reference.field in PLUGIN_FIELDS and reference.target is not None:
                data = self.data(reference.target)
                if reference.status is Status.FILE and data is not None:
                    yield from _configs(data, reference.target, None)


def _configs(data: bytes, path: str, at: Span | None) -> Iterator[Plugin]:
    try:
        text = yamltext.compose(data, path)
        for document in text.documents:
            content = yamltext.value(document)
            if isinstance(content, dict) and content.get("kind") in BUILTIN_PLUGINS:
                places = {} if at is not None else dict(_scalars(text, document, ()))
                yield Plugin(str(content["kind"]), content, at or text.span(document), places)
    except YamlError:
        return


def _scalars(text: Text, node: Node, at: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Span]]:
    for key, child in yamltext.fields(node).items():
        if isinstance(child, yamltext.ScalarNode):
            yield (*at, key), text.span(child)
        elif len(at) < _DEPTH:
            yield from _scalars(text, child, (*at, key))


_DEPTH = 4  # what plugin configurations say stands higher up


def _with_flux(own: Level, extra: Extra) -> Level:
    """Prefix, suffix and namespace replace; images that the object names are its own."""
    spec = extra.spec

    def of(key: str, there: Set | None) -> Set | None:
        value = spec.get(key)
        return Set(value, extra.at(f"/spec/{key}")) if isinstance(value, str) and value else there

    images, restated = list(own.images), list[tuple[Span, Span]]()
    listed = spec.get("images")
    for index, image in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(image, Mapping):
            at = extra.at(f"/spec/images/{index}")
            fields = {str(k): str(v) for k, v in image.items()}
            spans = {key: extra.at(f"/spec/images/{index}/{key}") for key in fields}
            restated += [(one.entry, at) for one in images
                         if one.fields.get("name") == fields.get("name")]  # fmt: skip
            images = [one for one in images if one.fields.get("name") != fields.get("name")]
            images.append(Image(fields, spans, at))
    return Level(
        own.root,
        of("targetNamespace", own.namespace),
        of("namePrefix", own.prefix),
        of("nameSuffix", own.suffix),
        tuple(images),
        own.replicas,
        own.variables,
        own.generators,
        own.plugins,
        own.configured,
        tuple(restated),
    )


# ways ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Way:
    """How what one kustomization holds comes up to the root.

    `roots` are the kustomizations that are applied to it, first one first, kustomize Components
    included; `via` the references from the root down to it.
    """

    roots: tuple[str, ...]
    via: tuple[Reference, ...]


_STEPS = (Field.RESOURCES, Field.BASES, Field.COMPONENTS)


@dataclass(frozen=True, slots=True)
class Ways:
    """Every way from one root down. `added` are Components a Flux object adds to it."""

    root: str
    kustomizations: Mapping[str, Kustomization]
    added: tuple[str, ...] = ()
    _found: dict[str, tuple[Way, ...]] = field(default_factory=dict)

    def to(self, holder: str) -> tuple[Way, ...]:
        """The ways to a kustomization; the first written comes first, and no more than a few."""
        if not self._found:
            self._found.update(self._all())
        return self._found.get(holder, ())

    def _all(self) -> dict[str, tuple[Way, ...]]:
        found: dict[str, list[Way]] = {}
        pending: list[tuple[str, tuple[Reference, ...], tuple[str, ...]]] = [(self.root, (), ())]
        while pending:
            at, via, above = pending.pop()
            listed = found.setdefault(at, [])
            if len(listed) >= _MOST_WAYS or at in above:
                continue
            listed.append(Way(self._applied(at, above), via))
            for reference in reversed(self._below(at)):
                pending.append((str(reference.target), (*via, reference), (*above, at)))
        for component in self.added:
            found.setdefault(component, []).append(Way((component, self.root), ()))
        return {root: tuple(ways) for root, ways in found.items()}

    def _below(self, root: str) -> list[Reference]:
        kustomization = self.kustomizations.get(root)
        if kustomization is None:
            return []
        return [r for r in kustomization.references
                if r.field in _STEPS and r.status is Status.DIRECTORY]  # fmt: skip

    def _applied(self, holder: str, above: tuple[str, ...]) -> tuple[str, ...]:
        """The holder, then upwards: of each kustomization first its Components, then itself."""
        applied: list[str] = []
        for root in (holder, *reversed(above)):
            applied += [c for c in self._components(root) if c not in applied]
            if root not in applied:
                applied.append(root)
        return tuple(applied)

    def _components(self, root: str, seen: tuple[str, ...] = ()) -> list[str]:
        found: list[str] = []
        if root in seen:
            return found
        for reference in self._below(root):
            if reference.field is Field.COMPONENTS:
                found += [*self._components(str(reference.target), (*seen, root)),
                          str(reference.target)]  # fmt: skip
        if root == self.root:
            found += self.added
        return found


def holders(kustomizations: Mapping[str, Kustomization]) -> dict[str, tuple[str, ...]]:
    """File → the kustomizations that list it under `resources`."""
    found: dict[str, list[str]] = {}
    for root, kustomization in kustomizations.items():
        for reference in kustomization.references:
            if reference.field in (Field.RESOURCES, Field.BASES) and reference.target is not None:
                found.setdefault(reference.target, []).append(root)
    return {path: tuple(roots) for path, roots in found.items()}

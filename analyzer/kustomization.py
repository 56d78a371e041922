"""A kustomization file's nodes → Kustomization with every reference it makes, and where.

The only place that knows which field names what; `Names` says what is on disk (or at a revision).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from analyzer import yamltext
from analyzer.model import Field, Kind, Kustomization, Reference, Span, Status
from analyzer.yamltext import Node, ScalarNode, SequenceNode, Text, YamlError

FILE_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")

BUILTIN_PLUGINS = frozenset(
    "AnnotationsTransformer ConfigMapGenerator HashTransformer HelmChartInflationGenerator "
    "IAMPolicyGenerator ImageTagTransformer LabelTransformer LegacyOrderTransformer "
    "NamespaceTransformer PatchJson6902Transformer PatchStrategicMergeTransformer "
    "PatchTransformer PrefixSuffixTransformer PrefixTransformer ReplacementTransformer "
    "ReplicaCountTransformer SecretGenerator SortOrderTransformer SuffixTransformer "
    "ValueAddTransformer".split()
)  # kustomize api/internal/plugins/builtinhelpers/builtins.go

_PATH_KEYS = frozenset(
    ("path", "paths", "files", "env", "envs", "valuesFile", "additionalValuesFiles", "values",
     "chartHome", "configHome", "patches", "replacements", "configMaps", "secrets")
)  # fmt: skip


class Names(Protocol):
    """What a tree has under a path, symbolic links followed."""

    def real(self, path: str) -> str | None:
        """The path with links resolved; None where that leaves the tree."""

    def kind(self, path: str) -> Status | None:
        """FILE, DIRECTORY, IGNORED (absent, and git ignores it) or None (absent)."""

    def data(self, path: str) -> bytes | None:
        """A file's bytes; None where it is absent or larger than is read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One mention of a path in a kustomization file, not yet looked up."""

    field: Field
    written: str
    span: Span
    entry: Span
    inline: bool = False
    node: Node | None = None  # an inline plugin configuration's node


_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://")
_SCP = re.compile(r"^([\w.-]+@)?[\w-]+(\.[\w-]+)+:(?!\d+/)\S+")
_HOST_PATH = re.compile(r"^([\w-]+\.)+[A-Za-z]{2,}/\S+")


def is_remote(written: str) -> bool:
    """Does kustomize take this for a URL or repository? Asked only where nothing local has the name.

    Forms of kustomize's api/internal/git/repospec.go: a scheme, `git::`, `gh:`, scp-like
    `git@host:org/repo`, schemeless `github.com/org/repo//path?ref=v1`.
    """
    if _SCHEME.match(written) or written.startswith(("git::", "gh:", "git@")):
        return True
    if written.startswith((".", "/")):
        return False
    if _SCP.match(written) or written.startswith(("github.com/", "github.com:")):
        return True
    hosted = bool(_HOST_PATH.match(written))
    return hosted and ("//" in written or "?" in written or ".git" in written or "_git/" in written)


def is_floating(written: str) -> bool:
    """A remote reference that names no version (or a branch that usually moves)."""
    if re.search(r"/releases/download/[^/]+/|/raw/[^/]*\d|/v?\d+\.\d+", written):
        return False
    match = re.search(r"[?&](?:ref|version)=([^&]+)", written)
    if match is None:
        return "/latest/" in written or not re.search(r"/[0-9a-f]{7,40}/", written)
    return match.group(1) in ("main", "master", "HEAD", "latest", "develop")


def read(text: Text, root: str, names: Names) -> Kustomization:
    """The kustomization of a root. What is wrong with it as a whole is its `problem`."""
    whole = Span(text.path)
    if not text.documents:
        return Kustomization(root, text.path, "Kustomization", whole,
                             problem="the file is empty; list resources, or remove it")  # fmt: skip
    node = text.documents[0]
    if not isinstance(node, yamltext.MappingNode):
        return Kustomization(root, text.path, "Kustomization", text.span(node),
                             problem="the file is not a mapping of kustomization fields")  # fmt: skip
    try:
        content = yamltext.value(node)
    except YamlError as error:
        return Kustomization(root, text.path, "Kustomization", whole, problem=error.message)
    settings = content if isinstance(content, dict) else {}
    kind: Kind = "Component" if settings.get("kind") == "Component" else "Kustomization"
    found: list[Reference] = []
    for entry in entries(text, node):
        found.extend(_resolve(entry, root, names, text))
    problem = None if not is_empty(settings) else "the kustomization lists nothing; kustomize refuses it"
    return Kustomization(root, text.path, kind, text.span(node), tuple(found), settings,
                         problem=problem)  # fmt: skip


def is_empty(settings: object) -> bool:
    """What kustomize calls empty (types.Kustomization.CheckEmpty): no field but its type is set."""
    return isinstance(settings, dict) and not any(
        value not in (None, "") for key, value in settings.items() if key not in ("apiVersion", "kind")
    )


def entries(text: Text, node: Node) -> Iterator[Entry]:
    """Every mention of a path, in the order written. A repeated key: only the last counts."""
    last = {name: value for name, _, value in yamltext.pairs(node)}
    for name, value in last.items():
        reader = _READERS.get(name)
        if reader is not None:
            yield from reader(text, Field(name), value)


def _scalar(text: Text, field: Field, node: Node | None, entry: Node | None = None) -> Iterator[Entry]:
    written = yamltext.text_of(node)
    if node is not None and written:
        yield Entry(field, written, text.span(node), text.span(entry or node))


def _list(text: Text, field: Field, node: Node) -> Iterator[Entry]:
    for item in yamltext.items(node):
        yield from _scalar(text, field, item)


def _list_or_inline(text: Text, field: Field, node: Node) -> Iterator[Entry]:
    for item in yamltext.items(node):
        written = yamltext.text_of(item)
        inline = "\n" in written.strip() or ": " in written or written.lstrip().startswith("{")
        if isinstance(item, yamltext.MappingNode):
            yield Entry(field, "", text.span(item), text.span(item), True, item)
        elif inline:
            yield Entry(field, written, text.span(item), text.span(item), True)
        else:
            yield from _scalar(text, field, item)


def _paths(text: Text, field: Field, node: Node) -> Iterator[Entry]:
    for item in yamltext.items(node):
        yield from _scalar(text, field, yamltext.get(item, "path"), item)


def _generator(text: Text, field: Field, node: Node) -> Iterator[Entry]:
    for item in yamltext.items(node):
        for file in yamltext.items(yamltext.get(item, "files")):
            for entry in _scalar(text, field, file, item):
                yield replace(entry, written=entry.written.partition("=")[2] or entry.written)
        for env in yamltext.items(yamltext.get(item, "envs")):
            yield from _scalar(text, field, env, item)
        yield from _scalar(text, field, yamltext.get(item, "env"), item)


def _one_path(text: Text, field: Field, node: Node) -> Iterator[Entry]:
    yield from _scalar(text, field, yamltext.get(node, "path"), node)


def _charts(text: Text, field: Field, node: Node) -> Iterator[Entry]:
    for item in yamltext.items(node):
        name = yamltext.get(item, "name") or yamltext.get(item, "chartName")
        span = text.span(name or item)
        yield Entry(field, yamltext.text_of(name) or "(unnamed chart)", span, text.span(item), True)
        for key in ("valuesFile", "values"):
            yield from _scalar(text, field, yamltext.get(item, key), item)
        for file in yamltext.items(yamltext.get(item, "additionalValuesFiles")):
            yield from _scalar(text, field, file, item)


_READERS: dict[str, Callable[[Text, Field, Node], Iterator[Entry]]] = {
    Field.RESOURCES.value: _list,
    Field.BASES.value: _list,
    Field.COMPONENTS.value: _list,
    Field.CRDS.value: _list,
    Field.CONFIGURATIONS.value: _list,
    Field.PATCHES.value: _paths,
    Field.PATCHES_STRATEGIC_MERGE.value: _list_or_inline,
    Field.PATCHES_JSON6902.value: _paths,
    Field.CONFIG_MAP_GENERATOR.value: _generator,
    Field.SECRET_GENERATOR.value: _generator,
    Field.GENERATORS.value: _list_or_inline,
    Field.TRANSFORMERS.value: _list_or_inline,
    Field.VALIDATORS.value: _list_or_inline,
    Field.REPLACEMENTS.value: _paths,
    Field.OPENAPI.value: _one_path,
    Field.HELM_CHARTS.value: _charts,
    Field.HELM_CHART_INFLATION.value: _charts,
}

PLUGIN_FIELDS = (Field.GENERATORS, Field.TRANSFORMERS, Field.VALIDATORS)
CHART_FIELDS = (Field.HELM_CHARTS, Field.HELM_CHART_INFLATION)
ROOT_FIELDS = (Field.RESOURCES, Field.BASES, Field.COMPONENTS, *PLUGIN_FIELDS)


def locate(root: str, written: str, names: Names) -> tuple[Status, str | None]:
    """What a path written in a root names: its status, and the tree path it resolves to."""
    if "\0" in written:
        return Status.MISSING, None
    path = posixpath.normpath(posixpath.join("/", root, written)).lstrip("/")
    escapes = posixpath.normpath(posixpath.join(root or ".", written))
    if posixpath.isabs(written) or escapes == ".." or escapes.startswith("../"):
        return Status.OUTSIDE, None
    path = "" if path == "." else path
    real = names.real(path)
    if real is None:
        return Status.OUTSIDE, None
    kind = names.kind(real)
    if kind in (Status.FILE, Status.DIRECTORY):
        return kind, real
    if is_remote(written):
        return Status.REMOTE, None
    return kind or Status.MISSING, real


def _resolve(entry: Entry, root: str, names: Names, text: Text) -> Iterator[Reference]:
    if entry.field in CHART_FIELDS and entry.inline:
        yield _reference(entry, root, Status.CHART)
        return
    if entry.inline:
        if entry.field in PLUGIN_FIELDS:
            yield from _inline_plugin(entry, root, names)
        return
    if is_remote(entry.written) and _SCHEME.match(entry.written):
        yield _reference(entry, root, Status.REMOTE)
        return
    status, target = locate(root, entry.written, names)
    if entry.field in PLUGIN_FIELDS and status is Status.FILE and target is not None:
        yield from _plugin_file(entry, root, target, names)
        return
    yield _reference(entry, root, status, target)


def _reference(entry: Entry, root: str, status: Status, target: str | None = None) -> Reference:
    return Reference(root, entry.field, entry.written, status, entry.span, target, entry.entry)


def _inline_plugin(entry: Entry, root: str, names: Names) -> Iterator[Reference]:
    if entry.node is not None:
        documents: tuple[Node, ...] = (entry.node,)
    else:
        try:
            documents = yamltext.compose(entry.written.encode(), entry.span.path).documents
        except YamlError:
            return
    yield from _plugin(documents, entry, root, names, entry.span)


def _plugin_file(entry: Entry, root: str, target: str, names: Names) -> Iterator[Reference]:
    yield _reference(entry, root, Status.FILE, target)
    data = names.data(target)
    if data is None:
        return
    try:
        text = yamltext.compose(data, target)
    except YamlError:
        return  # the loader reports the file
    yield from _plugin(text.documents, entry, root, names, None, text)


def _plugin(documents: tuple[Node, ...], entry: Entry, root: str, names: Names,
            at: Span | None, text: Text | None = None) -> Iterator[Reference]:  # fmt: skip
    """What a plugin configuration needs: nothing more (built in), files, a chart, or a program."""
    for document in documents:
        kind = yamltext.text_of(yamltext.get(document, "kind"))
        builtin = yamltext.text_of(yamltext.get(document, "apiVersion")) == "builtin"
        if kind == "HelmChartInflationGenerator":
            yield _reference(entry, root, Status.CHART)
        elif not builtin or kind not in BUILTIN_PLUGINS:
            yield replace(_reference(entry, root, Status.PLUGIN), written=kind or entry.written)
            continue
        for node in _path_nodes(document, ""):
            written = yamltext.text_of(node).partition("=")[2] or yamltext.text_of(node)
            if "\n" in written or not written:
                continue
            status, target = locate(root, written, names)
            span = at or (text.span(node) if text is not None else entry.span)
            yield Reference(root, Field.PLUGIN_CONFIG, written, status, span, target, entry.entry)


def _path_nodes(node: Node, key: str) -> Iterator[ScalarNode]:
    """Scalars of a built-in plugin's configuration that are read as file names."""
    if isinstance(node, ScalarNode):
        if key in ("path", "paths", "files", "env", "envs", "valuesFile", "additionalValuesFiles"):
            yield node
    elif isinstance(node, SequenceNode):
        for item in node.value:
            yield from _path_nodes(item, key)
    else:
        for name, _, value in yamltext.pairs(node):
            if name in _PATH_KEYS:
                yield from _path_nodes(value, name)

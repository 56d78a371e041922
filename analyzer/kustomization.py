"""A kustomization file's nodes → Kustomization with every reference it makes, and where.

The only place that knows what a path that is written names; `Names` says what is on disk (or at a
revision).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from analyzer import yamltext
from analyzer.mentions import CHART_FIELDS, Entry, entries, items, plugin_files
from analyzer.model import Content, Field, Kind, Kustomization, Reference, Span, Status
from analyzer.yamltext import MappingNode, Node, Text, YamlError

FILE_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
PLUGIN_FIELDS = (Field.GENERATORS, Field.TRANSFORMERS, Field.VALIDATORS)
ROOT_FIELDS = (Field.RESOURCES, Field.BASES, Field.COMPONENTS, *PLUGIN_FIELDS)

BUILTIN_PLUGINS = frozenset(
    ("AnnotationsTransformer", "ConfigMapGenerator", "HashTransformer",
     "HelmChartInflationGenerator", "IAMPolicyGenerator", "ImageTagTransformer",
     "LabelTransformer", "LegacyOrderTransformer", "NamespaceTransformer",
     "PatchJson6902Transformer", "PatchStrategicMergeTransformer", "PatchTransformer",
     "PrefixSuffixTransformer", "PrefixTransformer", "ReplacementTransformer",
     "ReplicaCountTransformer", "SecretGenerator", "SortOrderTransformer", "SuffixTransformer",
     "ValueAddTransformer")
)  # fmt: skip  # kustomize api/internal/plugins/builtinhelpers/builtins.go


class Names(Protocol):
    """What a tree has under a path, symbolic links followed."""

    def real(self, path: str) -> str | None:
        """The path with links resolved; None where that leaves the tree."""

    def kind(self, path: str) -> Status | None:
        """FILE, DIRECTORY, IGNORED (absent, and git ignores it) or None (absent)."""

    def data(self, path: str) -> bytes | None:
        """A file's bytes; None where it is absent or larger than is read."""


# the file as a whole --------------------------------------------------------------------------


def read(text: Text, root: str, names: Names) -> Kustomization:
    """The kustomization of a root. What is wrong with it as a whole is its `problem`."""
    node = text.first
    span = Span(text.path) if node is None else text.span(node)
    try:
        content = yamltext.value(node, settings=True)
    except YamlError as error:
        span = Span(text.path, error.line)
        return Kustomization(root, text.path, "Kustomization", span, problem=error.message)
    if content is None or node is None:
        problem = _EMPTY
        return Kustomization(root, text.path, "Kustomization", span, problem=problem)
    if not isinstance(content, dict):
        problem = "the file is not a mapping of kustomization fields"
        return Kustomization(root, text.path, "Kustomization", span, problem=problem)
    kind: Kind = "Component" if content.get("kind") == "Component" else "Kustomization"
    found = tuple(reference for entry in entries(text, node)
                  for reference in _resolve(entry, root, names))  # fmt: skip
    return Kustomization(root, text.path, kind, span, found, content, problem=_problem(content))


_EMPTY = "the file is empty; list resources, or remove it"
_LISTS_NOTHING = "the kustomization lists nothing; kustomize refuses it"
_VERSIONS = {"Kustomization": "v1beta1", "Component": "v1alpha1"}


def _problem(settings: Content) -> str | None:
    """What kustomize refuses of the whole file (types.Kustomization.EnforceFields, CheckEmpty)."""
    kind = str(settings.get("kind") or "Kustomization")
    version = str(settings.get("apiVersion") or "")
    if version.startswith("kustomize.toolkit.fluxcd.io/"):
        return "the file holds a Flux Kustomization, and kustomize takes it for its own; rename it"
    if kind not in _VERSIONS:
        return f"kind is {kind}; kustomize takes Kustomization or Component here"
    expected = f"kustomize.config.k8s.io/{_VERSIONS[kind]}"
    if version not in ("", expected):
        return f"apiVersion is {version}; kustomize takes {expected} for a {kind}"
    return _LISTS_NOTHING if is_empty(settings) else None


def is_nothing(kustomization: Kustomization) -> bool:
    """Is all that is wrong that it says nothing? Flux builds nothing of it, and is content."""
    return kustomization.problem in (_EMPTY, _LISTS_NOTHING)


def is_empty(settings: object) -> bool:
    """What kustomize calls empty (types.Kustomization.CheckEmpty): no field but its type is set."""
    return isinstance(settings, dict) and not any(
        value not in (None, "")
        for key, value in settings.items()
        if key not in ("apiVersion", "kind")
    )


# remote ---------------------------------------------------------------------------------------

_HTTP = re.compile(r"https?://", re.I)
_FORCED = re.compile(r"git::", re.I)
_REPOSITORY = re.compile(r"(https?|ssh|file)://", re.I)
_USER = re.compile(r"[A-Za-z][A-Za-z0-9-]*@")
_GITHUB = re.compile(r"github\.com[:/]", re.I)
_RAW = re.compile(  # a file of a branch or tag, as GitHub serves it
    r"(?:raw\.githubusercontent\.com/[^/]+/[^/]+|github\.com/[^/]+/[^/]+/raw)"
    r"/(?:refs/heads/)?([^/]+)/"
)
_MOVING = ("HEAD", "dev", "develop", "latest", "main", "master", "trunk")


def is_remote(written: str) -> bool:
    """Does kustomize take this for a URL or repository? Only a file of that name goes first.

    What kustomize 5 takes (api/internal/git/repospec.go): http, https, ssh and file URLs, also
    behind `git::`; `user@host:org/repo`; without scheme and user only `github.com/org/repo`.
    """
    path = _FORCED.sub("", written.partition("?")[0], count=1)
    if _REPOSITORY.match(path):
        return True
    user = _USER.match(path)
    path = path[user.end() :] if user else path
    if not user and not _GITHUB.match(path):
        return False
    colon, slash = path.find(":"), path.find("/")
    rest = path.partition(":" if 0 < colon < slash or slash < 0 else "/")[2]
    return "/" in rest or ".git" in rest


def is_http(written: str) -> bool:
    """Does kustomize get this from a web server? It does so for any file it reads."""
    return _HTTP.match(written) is not None


def is_floating(written: str) -> bool:
    """A remote reference that names no version (or a branch that usually moves)."""
    raw = _RAW.search(written)
    if raw is not None and raw.group(1) in _MOVING:
        return True
    if re.search(r"/releases/download/[^/]+/|/raw/[^/]*\d|[^/]/v?\d+\.\d+", written):
        return False
    match = re.search(r"[?&](?:ref|version)=([^&]+)", written)
    if match is None:
        return "/latest/" in written or not re.search(r"/[0-9a-f]{7,40}/", written)
    return match.group(1).removeprefix("refs/heads/") in _MOVING


# what the paths name --------------------------------------------------------------------------


def locate(root: str, written: str, names: Names, remote: Callable[[str], bool] = is_remote
           ) -> tuple[Status, str | None]:  # fmt: skip
    """What a path written in a root names: its status, and the tree path it resolves to."""
    if "\0" in written:
        return Status.MISSING, None
    path = posixpath.normpath(posixpath.join(root or ".", written))
    leaves = posixpath.isabs(written) or path == ".." or path.startswith("../")
    real = None if leaves else names.real("" if path == "." else path)
    kind = None if real is None else names.kind(real)
    if kind is not Status.FILE and remote(written):
        return Status.REMOTE, None
    return (Status.OUTSIDE, None) if real is None else (kind or Status.MISSING, real)


def _resolve(entry: Entry, root: str, names: Names) -> Iterator[Reference]:
    if entry.inline:
        if entry.field in CHART_FIELDS:
            yield _reference(entry, root, Status.CHART)
        elif entry.field in PLUGIN_FIELDS:
            text = yamltext.compose(entry.written.encode(), entry.span.path)
            yield from _Plugins(entry, root, names).in_text(text, entry.span)
        return
    remote = is_remote if entry.field in ROOT_FIELDS else is_http
    status, target = locate(root, entry.written, names, remote)
    if entry.optional and status is Status.MISSING:
        return
    yield _reference(entry, root, status, target)
    if entry.field in PLUGIN_FIELDS and target is not None:
        yield from _Plugins(entry, root, names).at(status, target)


def _reference(entry: Entry, root: str, status: Status, target: str | None = None) -> Reference:
    return Reference(root, entry.field, entry.written, status, entry.span, target, entry.entry)


@dataclass(frozen=True, slots=True)
class _Plugins:
    """What the plugin configurations behind an entry need: files, a chart, or a program.

    The paths in them are relative to the root that lists them, wherever they stand themselves.
    """

    entry: Entry
    root: str
    names: Names

    def at(self, status: Status, path: str) -> Iterator[Reference]:
        """In a file, or in the files a directory's kustomization lists as resources."""
        pending, seen = [(status, path)], set()
        while pending:
            status, path = pending.pop()
            if path in seen:
                continue
            seen.add(path)
            if status is Status.DIRECTORY:
                pending.extend(reversed(self._listed(path)))
            elif (text := self._text(path)) is not None:
                yield from self.in_text(text, None)

    def _listed(self, directory: str) -> list[tuple[Status, str]]:
        found = []
        for name in FILE_NAMES:
            real = self.names.real(posixpath.join(directory, name))
            text = None if real is None or self.names.kind(real) is None else self._text(real)
            for item in items(text.first if text else None, "resources", "bases"):
                status, target = locate(directory, yamltext.text_of(item), self.names)
                if target is not None:
                    found.append((status, target))
        return found

    def _text(self, path: str) -> Text | None:
        try:
            return yamltext.compose(self.names.data(path) or b"", path)
        except YamlError:
            return None  # the loader reports the file

    def in_text(self, text: Text, at: Span | None) -> Iterator[Reference]:
        """`at` is where an inline configuration stands; None in a file, which has lines."""
        for document in text.documents:
            try:
                yamltext.value(document)
            except YamlError:
                yield _reference(self.entry, self.root, Status.PLUGIN)
                continue
            for node in _objects(document):
                yield from self._in_object(node, text, at)

    def _in_object(self, node: Node, text: Text, at: Span | None) -> Iterator[Reference]:
        kind = yamltext.text_of(yamltext.get(node, "kind"))
        version = yamltext.text_of(yamltext.get(node, "apiVersion"))
        if version != "builtin" or kind not in BUILTIN_PLUGINS:
            entry = replace(self.entry, written=kind or self.entry.written)
            yield _reference(entry, self.root, Status.PLUGIN)
            return
        if kind == "HelmChartInflationGenerator":
            yield _reference(self.entry, self.root, Status.CHART)
        for mention in plugin_files(text, node):
            status, target = locate(self.root, mention.written, self.names, is_http)
            if not (mention.optional and status is Status.MISSING):
                yield Reference(self.root, mention.field, mention.written, status,
                                at or mention.span, target, self.entry.entry)  # fmt: skip


def _objects(document: Node) -> Iterator[Node]:
    """The objects in a document: the items of a list of them (`kind: List`)."""
    pending, seen = [document], set()
    while pending:
        node = pending.pop()
        if id(node) in seen or not isinstance(node, MappingNode):
            continue
        seen.add(id(node))
        listed = yamltext.get(node, "items")
        if listed is not None and yamltext.text_of(yamltext.get(node, "kind")).endswith("List"):
            pending.extend(reversed(yamltext.items(listed)))
        else:
            yield node

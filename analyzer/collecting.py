"""Snapshot → Fragments: every document, patch, entry and generator input that roots take.

Each file counts once, for the nearest root that names it: what two roots name is shared already.
"""

from __future__ import annotations

import posixpath
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from analyzer import exclusions, yamltext
from analyzer.candidates import Copy
from analyzer.fragments import Fragment
from analyzer.model import Field, Kustomization, Reference, ResourceId, Span, Status
from analyzer.snapshot import Snapshot, inside
from analyzer.yamltext import Node, ScalarNode, Text, YamlError

_RESOURCES = (Field.RESOURCES, Field.BASES)
_PATCHES = (Field.PATCHES, Field.PATCHES_STRATEGIC_MERGE, Field.PATCHES_JSON6902)
_GENERATORS = (Field.CONFIG_MAP_GENERATOR, Field.SECRET_GENERATOR)
_ENTRIES = ("images", "replicas", "labels", "commonLabels", "commonAnnotations",
            "configMapGenerator", "secretGenerator", "generatorOptions", "replacements",
            "helmCharts", "vars")  # fmt: skip
NEAR = ("configMapGenerator", "secretGenerator", "replacements", "helmCharts")  # worth a patch


@dataclass(frozen=True, slots=True)
class Collected:
    """Fragments by where they stand, and the text of the files they stand in."""

    fragments: tuple[Fragment, ...]
    texts: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class _Use:
    """A file that a root takes, how, and by which reference."""

    root: str
    reference: Reference


def collect(snapshot: Snapshot, others: Mapping[str, bytes]) -> Collected:
    """All that is written and that some root takes, and manifests that none does.

    `others` has the bytes of files that are not read on loading (`inputs`).
    """
    return _Collector(snapshot, others).collected()


def inputs(snapshot: Snapshot) -> tuple[str, ...]:
    """Files that generators take and that are not read on loading, sorted."""
    files = snapshot.repository.files
    named = {r.target or "" for root in snapshot.roots()
             for r in snapshot.repository.kustomizations[root].references
             if r.field in _GENERATORS and r.status is Status.FILE}  # fmt: skip
    return tuple(sorted(p for p in named if p in files and files[p].data is None))


class _Collector:
    """What is looked up while files are gone through once."""

    def __init__(self, snapshot: Snapshot, others: Mapping[str, bytes]) -> None:
        self.snapshot, self.others = snapshot, others
        self.texts: dict[str, Text] = {}
        self.uses: dict[str, list[_Use]] = defaultdict(list)
        self.environments = frozenset(name.lower() for name in snapshot.environments())

    def collected(self) -> Collected:
        known = self.snapshot.repository.kustomizations
        for root in self.snapshot.roots():
            for reference in known[root].references:
                if reference.status is Status.FILE and reference.target is not None:
                    self.uses[reference.target].append(_Use(root, reference))
        found: list[Fragment] = []
        for path in sorted(self.uses.keys() | self.snapshot.repository.manifests.keys()):
            if inside(self.snapshot.repository, path):
                found += self._file(path)
        for root in self.snapshot.roots():
            found += self._kustomization(known[root])
        return Collected(self._without_output(found), self.texts)

    def _file(self, path: str) -> Iterator[Fragment]:
        uses = self.uses.get(path, [])
        use = min(uses, key=lambda u: (_distance(u.root, path), u.root)) if uses else None
        field = use.reference.field if use is not None else Field.RESOURCES
        root = use.root if use is not None else posixpath.dirname(path)
        excluded = exclusions.of_path(path, self.environments)
        if use is None:
            excluded = excluded or exclusions.UNREFERENCED
        if field in _RESOURCES:
            yield from self._documents(path, root, excluded)
        elif field in _PATCHES and use is not None:
            yield from self._patches(path, use, excluded)
        elif field in _GENERATORS:
            yield from self._input(path, root, excluded)

    def _text(self, path: str) -> Text | None:
        entry = self.snapshot.repository.files.get(path)
        if path not in self.texts and entry is not None and entry.data is not None:
            try:
                self.texts[path] = yamltext.compose(entry.data, path)
            except YamlError:
                return None
        return self.texts.get(path)

    # files ---------------------------------------------------------------------------------------

    def _documents(self, path: str, root: str, excluded: str) -> Iterator[Fragment]:
        entry = self.snapshot.repository.files.get(path)
        manifests = self.snapshot.repository.manifests.get(path, ())
        if entry is None or entry.data is None or not manifests:
            return
        excluded = excluded or exclusions.of_file([m.id.kind for m in manifests])
        made = exclusions.is_made(entry.data)
        text = None
        kinds: Counter[str] = Counter()
        nodes: dict[int, Node] = {}
        for manifest in manifests:
            kinds[manifest.id.kind] += 1
            why = excluded
            if manifest.id.kind == "CustomResourceDefinition":
                why = why or exclusions.CRDS
            content: object = None
            if why not in exclusions.WHOLE:
                if text is None:
                    text = self._text(path)
                    nodes = {n.start_mark.line + 1: n for n in text.documents} if text else {}
                content = _value(nodes.get(manifest.span.line))
                if content is None:
                    continue
                why = why or exclusions.of_document(content)
            copy = _copy(entry.data, root, manifest.span)
            yield Fragment(
                "document", manifest.id, manifest.id.short, "",
                (manifest.id.group, manifest.id.kind, manifest.id.namespace, manifest.id.name),
                copy, content, kinds[manifest.id.kind], f"{manifest.id.group}/{manifest.id.kind}",
                why, made or exclusions.is_chart(content),
                _fingerprint(entry.data, copy) if why in exclusions.WHOLE else "",
            )  # fmt: skip

    def _patches(self, path: str, use: _Use, excluded: str) -> Iterator[Fragment]:
        text = self._text(path)
        if text is None:
            return
        target = self._target(use)
        for order, node in enumerate(text.documents):
            content = _value(node)
            yield from _patch(text, use.root, node, content, target, order,
                              excluded or exclusions.of_document(content),
                              exclusions.is_made(text.data))  # fmt: skip

    def _target(self, use: _Use) -> object:
        """The target that an entry gives its patch; None without one."""
        kustomization = self.snapshot.repository.kustomizations[use.root]
        for name in ("patches", "patchesJson6902"):
            listed = kustomization.settings.get(name)
            for entry in listed if isinstance(listed, list) else ():
                if isinstance(entry, Mapping) and entry.get("path") == use.reference.written:
                    return entry.get("target")
        return None

    def _input(self, path: str, root: str, excluded: str) -> Iterator[Fragment]:
        entry = self.snapshot.repository.files.get(path)
        data = self.others.get(path) if entry is None or entry.data is None else entry.data
        if data is None or b"\0" in data:
            return
        text = data.decode("utf-8", "replace")
        content: object = text
        documents = self._text(path)
        if documents is not None and len(documents.documents) == 1:
            value = _value(documents.documents[0])
            content = value if isinstance(value, dict) else text
        why = excluded or exclusions.of_document(content) or exclusions.of_text(text)
        copy = _copy(data, root, Span(path, 1, 1, 0, len(data)))
        name = posixpath.basename(path)
        variant = "yaml" if isinstance(content, dict) else "text"
        yield Fragment("generator", None, name, "", (name,), copy, content, 0, variant, why,
                       exclusions.is_made(data))  # fmt: skip

    # kustomization files -------------------------------------------------------------------------

    def _kustomization(self, kustomization: Kustomization) -> Iterator[Fragment]:
        path = kustomization.path
        text = self._text(path) if path and not kustomization.generated else None
        if text is None or text.first is None:
            return
        excluded = exclusions.of_path(path, self.environments)
        fields = yamltext.fields(text.first)
        for name in _ENTRIES:
            node = fields.get(name)
            for item in yamltext.items(node) or ((node,) if node is not None else ()):
                yield from _entry(text, kustomization.root, name, item, excluded)
        yield from self._inline(text, kustomization.root, fields, excluded)

    def _inline(self, text: Text, root: str, fields: Mapping[str, Node], excluded: str
                ) -> Iterator[Fragment]:  # fmt: skip
        for field in ("patches", "patchesStrategicMerge", "patchesJson6902"):
            for item in yamltext.items(fields.get(field)):
                scalar = item if isinstance(item, ScalarNode) else yamltext.get(item, "patch")
                written = yamltext.text_of(scalar)
                if scalar is None or "\n" not in written:
                    continue
                try:
                    documents = yamltext.compose(written.encode(), text.path).documents
                except YamlError:
                    continue
                target = _value(yamltext.get(item, "target"))
                for order, node in enumerate(documents):
                    yield from _patch(text, root, scalar, _value(node), target, order, excluded)

    # as a whole ----------------------------------------------------------------------------------

    def _without_output(self, found: list[Fragment]) -> tuple[Fragment, ...]:
        """With files excluded that hold what another directory renders to."""
        contents: dict[str, list[str]] = defaultdict(list)
        for one in found:
            if one.shape == "document" and one.content is not None:
                contents[one.copy.span.path].append(exclusions.of_content(one.content))
        made = exclusions.outputs(self.snapshot, {p: tuple(d) for p, d in contents.items()})
        return tuple(
            replace(one, excluded=exclusions.OUTPUT)
            if one.copy.span.path in made and one.excluded in ("", exclusions.UNREFERENCED)
            else one
            for one in found
        )


def _distance(root: str, path: str) -> int:
    """How many steps lie between a directory and a file."""
    folder = posixpath.dirname(path)
    return len([p for p in posixpath.relpath(f"/{folder}", f"/{root}").split("/") if p != "."])


def _value(node: Node | None) -> object:
    try:
        return yamltext.value(node)
    except YamlError:
        return None


def _copy(data: bytes, root: str, span: Span) -> Copy:
    """With the blank lines behind it left out."""
    text = data[span.start : span.end]
    kept = text.rstrip()
    end = span.start + len(kept) + (text[len(kept) :].startswith(b"\n"))
    trimmed = Span(span.path, span.line, span.column, span.start, end)
    return Copy(root, trimmed, kept.count(b"\n") + 1 if kept else 0)


def _fingerprint(data: bytes, copy: Copy) -> str:
    return f"={data[copy.span.start : copy.span.end].decode('utf-8', 'replace')}"


def _entry(text: Text, root: str, field: str, node: Node, excluded: str) -> Iterator[Fragment]:
    content = _value(node)
    if content is None or content in ([], {}):
        return
    named = entry_name(content)
    name = f"{field}[{named}]" if named else field
    copy = _copy(text.data, root, text.span(node))
    yield Fragment("entry", None, name, "", (field, named), copy, content, 0, field,
                   excluded)  # fmt: skip


def _patch(text: Text, root: str, node: Node, content: object, target: object, order: int,
           excluded: str, made: bool = False) -> Iterator[Fragment]:  # fmt: skip
    """A document of a patch; what it patches is what its target or itself says."""
    if content is None:
        return
    id = _patched(target) if isinstance(target, Mapping) else _patched(content)
    if id is None:
        return
    key = patch_key(content, target)
    name = f"patch of {id.short}" if id.name else f"patch of every {id.kind or 'resource'}"
    copy = _copy(text.data, root, text.span(node))
    yield Fragment("patch", id, name, "", key, copy, content, order, f"{key[0]} {id.kind}",
                   excluded, made)  # fmt: skip


def entry_name(content: object) -> str:
    """What an entry of a list is called; "" where it has no name."""
    return str(content.get("name") or "") if isinstance(content, Mapping) else ""


def patch_key(content: object, target: object) -> tuple[str, ...]:
    """How a patch changes what; () where it does not say what."""
    id = _patched(target) if isinstance(target, Mapping) else _patched(content)
    by = "json6902" if isinstance(content, list) else "merge"
    return () if id is None else (by, id.group, id.kind, id.namespace, id.name)


def _patched(target: object) -> ResourceId | None:
    """What a target selects, or a patch without one names."""
    if not isinstance(target, Mapping):
        return None
    version = str(target.get("apiVersion") or "")
    group = str(target.get("group") or "") or version.rpartition("/")[0]
    metadata = target.get("metadata")
    inner = metadata if isinstance(metadata, Mapping) else target
    return ResourceId(group, str(target.get("kind") or ""), str(inner.get("namespace") or ""),
                      str(inner.get("name") or ""))  # fmt: skip

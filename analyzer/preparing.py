"""Kustomization files → what a private copy has in their place: annotated, and without omissions.

kustomize heeds `buildMetadata` only in the root that is built, so appending `originAnnotations` to
every file lets one copy serve every root (measured, kustomize Components included).
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from analyzer import yamltext
from analyzer.graph import OMITTED
from analyzer.kustomization import is_empty
from analyzer.model import Content, Field, Kustomization, Link, Reference, Scratch, Span
from analyzer.yamltext import MappingNode, Node, ScalarNode, SequenceNode, Text, YamlError

METADATA = "buildMetadata"
ORIGINS = "originAnnotations"
ANNOTATION = f"{METADATA}: [{ORIGINS}]"
PATCH_FIELD = Field.PATCHES
_PATCHES = "patches"
_MERGES = "patchesStrategicMerge"


def prepared(
    scratch: Scratch, kustomizations: Mapping[str, Kustomization], dropped: Collection[Span] = ()
) -> Scratch:
    """The scratch with every kustomization annotated, generated ones written, omissions left out.

    `dropped` are the spans of further list entries to leave out; of a patch without target only
    where nothing is there for it.
    """
    files: dict[str, bytes | Link] = dict(scratch.files)
    for kustomization in kustomizations.values():
        if kustomization.generated:
            files[f"{kustomization.root}/kustomization.yaml".lstrip("/")] = _generated(
                kustomization
            )
            continue
        data = scratch.files.get(kustomization.path)
        if isinstance(data, bytes):
            less = Less.of(kustomization, dropped, scratch)
            files[kustomization.path] = _prepared(data, kustomization, less)
    return Scratch(files)


@dataclass(frozen=True, slots=True)
class Less:
    """The list entries to leave out of one kustomization file.

    `patches` are those of them that stay where they find something: the documents of each.
    """

    out: frozenset[Span]
    patches: Mapping[Span, tuple[Content, ...]]

    @classmethod
    def of(cls, kustomization: Kustomization, dropped: Collection[Span], scratch: Scratch) -> Less:
        omitted = {r.entry for r in kustomization.references if r.status in OMITTED and r.entry}
        spans = {span for span in dropped if span.path == kustomization.path} - omitted
        data = scratch.files.get(kustomization.path)
        patches: dict[Span, tuple[Content, ...]] = {}
        if spans and isinstance(data, bytes):
            text = yamltext.compose(data, kustomization.path)
            for field in (_PATCHES, _MERGES):
                for item in yamltext.items(yamltext.get(text.first, field)):
                    if text.span(item) in spans and yamltext.get(item, "target") is None:
                        patches[text.span(item)] = _documents(item, kustomization, scratch)
        return cls(frozenset(omitted | spans), patches)


def _documents(item: Node, kustomization: Kustomization, scratch: Scratch) -> tuple[Content, ...]:
    """The objects of a patch entry, which is inline or names a file."""
    scalar = item if isinstance(item, ScalarNode) else yamltext.get(item, "patch")
    written = yamltext.text_of(scalar or yamltext.get(item, "path"))
    target = next((r.target for r in kustomization.references if r.written == written), None)
    data = scratch.files.get(target) if target is not None else None
    try:
        documents = yamltext.parse(data if isinstance(data, bytes) else written.encode())
    except YamlError:
        return ()
    return tuple(d for d in documents if isinstance(d, dict))


def _prepared(data: bytes, kustomization: Kustomization, less: Less) -> bytes:
    try:
        text = yamltext.compose(data, kustomization.path)
    except YamlError:
        return data
    node = text.first
    if not isinstance(node, MappingNode) or is_empty(kustomization.settings):
        return data  # annotated it would build to nothing, where kustomize refuses it
    at = None if less.out or any(_metadata(node)) else _in_front(text, node)
    if at is None:
        return rewritten(text, node, less)
    first = node.value[0][0].start_mark
    after = ", " if node.flow_style else "\n" + " " * first.column
    return text.data[:at] + (ANNOTATION + after).encode() + text.data[at:]


def asks_for_origins(settings: Content) -> bool:
    """Does a kustomization ask for origin annotations itself?"""
    listed = (v for k, v in settings.items() if k.casefold() == METADATA.casefold())
    return any(isinstance(metadata, list) and ORIGINS in metadata for metadata in listed)


def _metadata(node: Node) -> Iterator[str]:
    """The key under which build metadata stands, in whatever case kustomize takes."""
    return (name for name in yamltext.fields(node) if name.casefold() == METADATA.casefold())


def _in_front(text: Text, node: MappingNode) -> int | None:
    """Where one key more can stand, so that every other byte stays; None before a `? key`."""
    if not node.value:
        return None
    at = text.byte(node.value[0][0].start_mark.index)
    line = text.data[:at].rpartition(b"\n")[2].removeprefix(b"\xef\xbb\xbf")
    opened = line.rstrip().endswith(b"{") if node.flow_style else not line.strip()
    return at if opened else None


def rewritten(text: Text, node: Node, less: Less) -> bytes:
    """The same settings as JSON (which is YAML), without what is left out."""
    settings = without(text, node, less)
    for name in tuple(_metadata(node)) or (METADATA,):
        listed = settings.get(name)
        if listed is None:
            settings[name] = [ORIGINS]
        elif isinstance(listed, list):  # what else it is, kustomize refuses
            settings[name] = [*(m for m in listed if m != ORIGINS), ORIGINS]
    return json.dumps(settings, ensure_ascii=False).encode()


def without(text: Text, node: Node, less: Less) -> dict[str, object]:
    """A kustomization's settings without the entries to leave out.

    Of patches that stay where they find something, `patchesStrategicMerge` moves to the front of
    `patches`.
    """
    content = yamltext.value(node, settings=True)
    settings = dict(content) if isinstance(content, dict) else {}
    merges: list[object] = []
    for key, child in yamltext.fields(node).items():
        if isinstance(child, SequenceNode):
            kept: list[object] = []
            for item in child.value:
                span = text.span(item)
                if span not in less.out:
                    kept.append(yamltext.value(item, settings=True))
                elif key == _MERGES:
                    merges.extend(map(targeted, less.patches.get(span, ())))
                else:
                    kept.extend(map(targeted, less.patches.get(span, ())))
            settings[key] = kept
        elif text.span(child) in less.out:
            settings.pop(key, None)
    if merges:
        patches = settings.get(_PATCHES)
        settings[_PATCHES] = [*merges, *(patches if isinstance(patches, list) else [])]
    return settings


def targeted(patch: Content) -> dict[str, object]:
    """A patch with its own object as target: kustomize minds no more that there is none."""
    metadata = patch.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    group, _, version = str(patch.get("apiVersion", "")).rpartition("/")
    target = {
        "group": group,
        "version": version,
        "kind": patch.get("kind"),
        "name": re.escape(str(metadata.get("name", ""))),
        "namespace": metadata.get("namespace"),
    }
    return {"patch": json.dumps(patch), "target": {k: v for k, v in target.items() if v}}


def _generated(kustomization: Kustomization) -> bytes:
    """What Flux writes where a directory has no kustomization file: its YAML, in lexical order."""
    return json.dumps(
        {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            METADATA: [ORIGINS],
            **kustomization.settings,
        }
    ).encode()


def omitted_by(references: Collection[Reference]) -> tuple[Reference, ...]:
    """Those references that a prepared copy leaves out."""
    return tuple(r for r in references if r.status in OMITTED)


def settings(
    scratch: Scratch, kustomization: Kustomization, dropped: Collection[Span] = ()
) -> Content:
    """What a root's kustomization says, without what is left out."""
    data = scratch.files.get(kustomization.path)
    if not isinstance(data, bytes) or kustomization.generated:
        return kustomization.settings
    text = yamltext.compose(data, kustomization.path)
    less = Less.of(kustomization, dropped, scratch)
    return without(text, text.first, less) if text.first is not None else {}


def loosened(spec: Content) -> Content:
    """A Flux Kustomization's spec whose patches may find nothing."""
    listed = spec.get(_PATCHES)
    patches: list[object] = []
    for patch in listed if isinstance(listed, list) else ():
        inline = patch.get("patch") if isinstance(patch, dict) else None
        if not isinstance(inline, str) or patch.get("target") is not None:
            patches.append(patch)
            continue
        try:
            documents = yamltext.parse(inline.encode())
        except YamlError:
            documents = ()
        patches += [targeted(d) for d in documents if isinstance(d, dict)] or [patch]
    return {**spec, _PATCHES: patches} if patches else spec

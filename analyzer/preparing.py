"""Kustomization files → what a private copy has in their place: annotated, and without omissions.

kustomize heeds `buildMetadata` only in the root that is built, so appending `originAnnotations` to
every file lets one copy serve every root (FACTS: measured, Components included).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence

from analyzer import merging, yamltext
from analyzer.graph import OMITTED
from analyzer.kustomization import is_empty
from analyzer.model import Content, Field, Kustomization, Link, Reference, Scratch, Span
from analyzer.yamltext import MappingNode, Node, SequenceNode, Text, YamlError

METADATA = "buildMetadata"
ORIGINS = "originAnnotations"
ANNOTATION = f"{METADATA}: [{ORIGINS}]"
PATCH_FIELD = Field.PATCHES


def prepared(
    scratch: Scratch, kustomizations: Mapping[str, Kustomization], dropped: Collection[Span] = ()
) -> Scratch:
    """The scratch with every kustomization annotated, generated ones written, omissions left out.

    `dropped` are the spans of further list entries to leave out.
    """
    files: dict[str, bytes | Link] = dict(scratch.files)
    for kustomization in kustomizations.values():
        if kustomization.generated:
            files[f"{kustomization.root}/kustomization.yaml".lstrip("/")] = _generated(
                kustomization
            )
            continue
        data = files.get(kustomization.path)
        if isinstance(data, Link):
            continue
        if data is not None:
            files[kustomization.path] = _prepared(data, kustomization, dropped)
    return Scratch(files)


def _prepared(data: bytes, kustomization: Kustomization, dropped: Collection[Span]) -> bytes:
    out = {r.entry for r in kustomization.references if r.status in OMITTED and r.entry}
    out |= {span for span in dropped if span.path == kustomization.path}
    try:
        text = yamltext.compose(data, kustomization.path)
    except YamlError:
        return data
    node = text.first
    if not isinstance(node, MappingNode) or is_empty(kustomization.settings):
        return data  # annotated it would build to nothing, where kustomize refuses it
    at = None if out or any(_metadata(node)) else _in_front(text, node)
    if at is None:
        return rewritten(text, node, out)
    first = node.value[0][0].start_mark
    after = ", " if node.flow_style else "\n" + " " * first.column
    return text.data[:at] + (ANNOTATION + after).encode() + text.data[at:]


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


def rewritten(text: Text, node: Node, out: Collection[Span]) -> bytes:
    """The same settings as JSON (which is YAML), without the list entries at these spans."""
    settings = _without(text, node, out)
    for name in tuple(_metadata(node)) or (METADATA,):
        listed = settings.get(name)
        if listed is None:
            settings[name] = [ORIGINS]
        elif isinstance(listed, list):  # what else it is, kustomize refuses
            settings[name] = [*(m for m in listed if m != ORIGINS), ORIGINS]
    return json.dumps(settings, ensure_ascii=False).encode()


def _without(text: Text, node: Node, out: Collection[Span]) -> dict[str, object]:
    content = yamltext.value(node, settings=True)
    settings = dict(content) if isinstance(content, dict) else {}
    for key, child in yamltext.fields(node).items():
        if isinstance(child, SequenceNode):
            kept = [item for item in child.value if text.span(item) not in out]
            if len(kept) != len(child.value):
                settings[key] = [yamltext.value(item, settings=True) for item in kept]
        elif text.span(child) in out:
            settings.pop(key, None)
    return settings


def _generated(kustomization: Kustomization) -> bytes:
    """What Flux writes where a directory has no kustomization file: its YAML, in lexical order."""
    listed = [reference.written for reference in kustomization.references]
    return json.dumps(
        {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            METADATA: [ORIGINS],
            "resources": listed,
        }
    ).encode()


def unmatched_patch(
    text: Text, kind: str, name: str, ids: Mapping[str, Collection[tuple[str, str]]]
) -> Span | None:
    """The entry of a patch without target that is for this kind and name.

    `ids` maps the paths written in the file to the (kind, name) of the documents there.
    """
    if not text.documents:
        return None
    for field in ("patches", "patchesStrategicMerge"):
        for item in yamltext.items(yamltext.get(text.documents[0], field)):
            if yamltext.get(item, "target") is not None:
                continue
            written = yamltext.text_of(item if field != "patches" else yamltext.get(item, "path"))
            inline = yamltext.text_of(yamltext.get(item, "patch")) or written
            if (kind, name) in ids.get(written, ()) or (kind, name) in _ids(inline):
                return text.span(item)
    return None


def entry_named(text: Text, field: str, name: str) -> Span | None:
    """The entry of a list of mappings that has this `name`."""
    if not text.documents:
        return None
    for item in yamltext.items(yamltext.get(text.documents[0], field)):
        if yamltext.text_of(yamltext.get(item, "name")) == name:
            return text.span(item)
    return None


def _ids(patch: str) -> set[tuple[str, str]]:
    try:
        documents = yamltext.compose(patch.encode(), "").documents
    except YamlError:
        return set()
    return {
        (
            yamltext.text_of(yamltext.get(d, "kind")),
            yamltext.text_of(yamltext.get(d, "metadata", "name")),
        )
        for d in documents
    }


def omitted_by(references: Collection[Reference]) -> tuple[Reference, ...]:
    """Those references that a prepared copy leaves out."""
    return tuple(r for r in references if r.status in OMITTED)


def merged(
    data: bytes | None,
    kustomization: Kustomization,
    spec: Content,
    missing: Sequence[str],
    dropped: Collection[Span] = (),
) -> bytes:
    """The root's kustomization as Flux builds it for a spec, without what is left out.

    `data` is the file; None where there is none and Flux generates it.
    """
    settings: Content = kustomization.settings
    if data is not None:
        out = {r.entry for r in kustomization.references if r.status in OMITTED and r.entry}
        out |= {span for span in dropped if span.path == kustomization.path}
        text = yamltext.compose(data, kustomization.path)
        settings = _without(text, text.first, out) if text.first is not None else {}
    return merging.as_file(merging.merged(settings, spec, missing))

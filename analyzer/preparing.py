"""Kustomization files → what a private copy has in their place: annotated, and without omissions.

kustomize heeds `buildMetadata` only in the root that is built, so appending `originAnnotations` to
every file lets one copy serve every root (FACTS: measured, Components included).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

from analyzer import yamltext
from analyzer.graph import OMITTED
from analyzer.kustomization import is_empty
from analyzer.model import Field, Kustomization, Link, Reference, Scratch, Span
from analyzer.yamltext import MappingNode, Node, SequenceNode, Text, YamlError

ANNOTATION = "buildMetadata: [originAnnotations]"
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
    if not text.documents or not isinstance(text.documents[0], MappingNode):
        return data
    node = text.documents[0]
    if is_empty(kustomization.settings):
        return data  # annotated it would build to nothing, where kustomize refuses it
    if out or yamltext.get(node, "buildMetadata") is not None:
        return rewritten(text, node, out)
    return _annotated(text, node)


def _annotated(text: Text, node: MappingNode) -> bytes:
    """One key more, in front of the first: every other byte stays."""
    if not node.value:
        return text.data
    first = node.value[0][0].start_mark
    at = text.byte(first.index)
    if node.flow_style:
        insertion = ANNOTATION + ", "
    else:
        insertion = ANNOTATION + "\n" + " " * first.column
    return text.data[:at] + insertion.encode() + text.data[at:]


def rewritten(text: Text, node: Node, out: Collection[Span]) -> bytes:
    """The same settings as JSON (which is YAML), without the list entries at these spans."""
    content = _without(text, node, out)
    settings = dict(content) if isinstance(content, dict) else {}
    metadata = settings.get("buildMetadata")
    kept = [m for m in metadata if m != "originAnnotations"] if isinstance(metadata, list) else []
    settings["buildMetadata"] = [*kept, "originAnnotations"]
    return json.dumps(settings, ensure_ascii=False).encode()


def _without(text: Text, node: Node, out: Collection[Span]) -> object:
    value = yamltext.value(node)
    if not isinstance(value, dict):
        return value
    for key, _, child in yamltext.pairs(node):
        if isinstance(child, SequenceNode):
            kept = [item for item in child.value if text.span(item) not in out]
            if len(kept) != len(child.value):
                value[key] = [yamltext.value(item) for item in kept]
        elif text.span(child) in out:
            value.pop(key, None)
    return value


def _generated(kustomization: Kustomization) -> bytes:
    """What Flux writes where a directory has no kustomization file: its YAML, in lexical order."""
    listed = [reference.written for reference in kustomization.references]
    return json.dumps(
        {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "buildMetadata": ["originAnnotations"],
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

"""The engine's output → RenderedResources. Equal documents of several roots are parsed once."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Mapping

from analyzer import yamltext
from analyzer.model import Content, Origin, RenderedResource, ResourceId

ORIGIN = "config.kubernetes.io/origin"
_SEPARATOR = re.compile(rb"^---\n", re.M)
_METADATA = b"metadata:\n  annotations:\n"
_ORIGIN_LINE = b"    config.kubernetes.io/origin: |\n"


class Documents:
    """Parsed documents by their bytes: bases appear in many roots, CRDs above all."""

    def __init__(self) -> None:
        self._parsed: dict[bytes, tuple[ResourceId, str, Content, str]] = {}

    def resources(
        self, output: bytes, root: str, *, asked: bool = False
    ) -> tuple[RenderedResource, ...]:
        """In the engine's order, without the origin annotation. Raises YamlError.

        `asked`: the root asks for that annotation itself, so the cluster gets it.
        """
        found = []
        for document in _SEPARATOR.split(output):
            if not document.strip():
                continue
            bare, origin = _without_origin(document)
            kept = document if asked else bare
            if kept not in self._parsed:
                self._parsed[kept] = _parse(kept)
            identity, version, content, digest = self._parsed[kept]
            if origin is None:
                popped, origin = _popped(content)
                content, digest = (content, digest) if asked else (popped, "")
            at = _origin(origin, root)
            found.append(RenderedResource(identity, version, content, at, digest))
        return tuple(found)


def _without_origin(document: bytes) -> tuple[bytes, Mapping[str, object] | None]:
    """Cut the annotation out of the text, so that equal resources have equal bytes.

    Only in the document's own `metadata.annotations`, which the engine prints first in metadata.
    """
    at = 0 if document.startswith(_METADATA) else document.find(b"\n" + _METADATA) + 1
    if at == 0 and not document.startswith(_METADATA):
        return document, None
    first = at + len(_METADATA)
    position, begin, end = first, -1, -1
    others = False
    while position < len(document):
        stop = document.find(b"\n", position) + 1 or len(document)
        line = document[position:stop]
        if not line.startswith(b"    ") and line.strip():
            break
        if line == _ORIGIN_LINE:
            begin = position
        elif begin >= 0 and end < 0 and not line.startswith(b"      "):
            end = position
            others = True
        elif begin < 0 or end >= 0:
            others = True
        position = stop
    if begin < 0:
        return document, None
    end = end if end >= 0 else position
    text = yamltext.parse(document[begin + len(_ORIGIN_LINE) : end])
    origin = text[0] if text and isinstance(text[0], dict) else {}
    cut = begin if others else at + len(b"metadata:\n")
    return document[:cut] + document[end:], origin


def _parse(document: bytes) -> tuple[ResourceId, str, Content, str]:
    values = yamltext.parse(document)
    content = values[0] if values and isinstance(values[0], dict) else {}
    digest = hashlib.sha256(document).hexdigest()
    return identity(content), str(content.get("apiVersion", "")), content, digest


def identity(content: Content) -> ResourceId:
    """The ResourceId a rendered mapping has for a cluster."""
    metadata = content.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    group, _, _ = str(content.get("apiVersion", "")).rpartition("/")
    return ResourceId(
        group,
        str(content.get("kind", "")),
        str(metadata.get("namespace") or ""),
        str(metadata.get("name") or metadata.get("generateName") or ""),
    )


def _popped(content: Content) -> tuple[Content, Mapping[str, object] | None]:
    """The annotation where it is not written as a plain block (odd file names are quoted)."""
    metadata = content.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if (
        not isinstance(metadata, dict)
        or not isinstance(annotations, dict)
        or ORIGIN not in annotations
    ):
        return content, None
    values = yamltext.parse(str(annotations[ORIGIN]).encode())
    kept = {key: value for key, value in annotations.items() if key != ORIGIN}
    rest = {key: value for key, value in metadata.items() if key != "annotations"}
    bare = {**content, "metadata": {**({"annotations": kept} if kept else {}), **rest}}
    return bare, values[0] if values and isinstance(values[0], dict) else None


def _origin(found: Mapping[str, object] | None, root: str) -> Origin | None:
    if found is None:
        return None
    by = found.get("configuredBy")
    kind = str(by.get("kind", "")) if isinstance(by, dict) else None
    return Origin(
        _tree_path(found.get("path"), root),
        _tree_path(found.get("configuredIn"), root),
        kind,
        str(found["repo"]) if "repo" in found else None,
    )


def _tree_path(path: object, root: str) -> str | None:
    return posixpath.normpath(posixpath.join(root, str(path))) if path else None

"""Kustomizations and their files → a private copy in which every writer of a field has its mark.

What is set by a rule and not by a value (namespace, prefixes, images, replicas) has no marks:
`inferring` repeats the rule and compares.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from analyzer import merging, yamltext
from analyzer.markedfile import File, Marking
from analyzer.markedpatches import patch_text, target_of
from analyzer.marking import Marker
from analyzer.marks import Entry, Marks
from analyzer.model import Content, Field, Kustomization, Link, Scratch, Span, Status
from analyzer.yamltext import MappingNode, YamlError

_AS_RESOURCE = (Field.RESOURCES, Field.BASES)
_AS_PATCH = (Field.PATCHES, Field.PATCHES_STRATEGIC_MERGE, Field.PATCHES_JSON6902)


@dataclass(frozen=True, slots=True)
class Extra:
    """What a Flux object adds to the root it applies: its spec, and where parts of it stand."""

    name: str
    spec: Content
    at: Callable[[str], Span]  # by pointer
    missing: tuple[str, ...] = ()
    whole_images: bool = False


def marked(
    scratch: Scratch,
    kustomizations: Mapping[str, Kustomization],
    *,
    dropped: Sequence[Span] = (),
    extra: Mapping[str, Extra] | None = None,
    cache: Cache | None = None,
) -> tuple[Scratch, Marks]:
    """The scratch with marks, ready to be built, and the marks.

    `kustomizations` are those whose files are marked, by root. `dropped` are entries to leave out
    besides the omissions; `extra` is what a Flux object adds to a root; `cache` keeps marked
    manifests for the next copy. A file that cannot be read stays as it is.
    """
    work = Marking(scratch, kustomizations, tuple(dropped))
    files: dict[str, bytes | Link] = dict(scratch.files)
    shallow = not extra and _shallow(work)
    for path in sorted(_resources(kustomizations)):
        data = scratch.files.get(path)
        if isinstance(data, bytes):
            files[path], own = _manifest(cache, data, path, shallow)
            work.marks.take(own)
    for root, kustomization in kustomizations.items():
        made = _kustomization(work, kustomization, (extra or {}).get(root))
        path = kustomization.path or posixpath.join(root, "kustomization.yaml")
        if made is not None:
            files[path] = merging.as_file(made)
    return Scratch(files), work.marks


def _resources(kustomizations: Mapping[str, Kustomization]) -> set[str]:
    """Files that are nothing but manifests: what a generator or a schema reads stays as it is."""
    manifests, others = set[str](), set[str]()
    for kustomization in kustomizations.values():
        for reference in kustomization.references:
            if reference.target is None or reference.status is not Status.FILE:
                continue
            here = manifests if reference.field in _AS_RESOURCE else others
            if reference.field not in _AS_PATCH:
                here.add(reference.target)
    return manifests - others


Cache = dict[tuple[str, bool], tuple[bytes, Marks]]


def _manifest(cache: Cache | None, data: bytes, path: str, shallow: bool) -> tuple[bytes, Marks]:
    """A file of manifests with marks; as it is where it cannot be read."""
    key = path, shallow
    if cache is not None and key in cache:
        return cache[key]
    marks = Marks()
    try:
        made = Marker(yamltext.compose(data, path), marks, shallow=shallow).marked()
    except YamlError:
        made = data
    if cache is not None:
        cache[key] = made, marks
    return made, marks


def _shallow(work: Marking) -> bool:
    """May the schemas of CustomResourceDefinitions go without marks? No patch goes there."""
    return not any(
        _reaches_schemas(work, reference.target, reference.written)
        for kustomization in work.kustomizations.values()
        for reference in kustomization.references
        if reference.field in _AS_PATCH
    ) and not any(map(_inline_reaches, work.kustomizations.values()))


_SCHEMA = re.compile(r"\b(versions|validation)\b")


def _reaches_schemas(work: Marking, path: str | None, written: str) -> bool:
    """Might a patch change the schema in a definition? Rather once too often."""
    data = work.data(path)
    text = data.decode("utf-8", "replace") if data is not None else written
    return _SCHEMA.search(text) is not None


def _inline_reaches(kustomization: Kustomization) -> bool:
    settings = {k.casefold(): v for k, v in kustomization.settings.items()}
    for key in ("patches", "patchesjson6902", "replacements"):
        for entry in _list(settings.get(key)):
            if isinstance(entry, Mapping) and _SCHEMA.search(str(entry)):
                return True
    return False


def _kustomization(
    work: Marking, kustomization: Kustomization, extra: Extra | None
) -> dict[str, object] | None:
    """Its settings with marks, and annotations of origin; None where it stays as it is."""
    data = work.data(kustomization.path) if kustomization.path else None
    settings: dict[str, object]
    if kustomization.generated or data is None:
        settings = dict(kustomization.settings)
    else:
        try:
            text = yamltext.compose(data, kustomization.path)
        except YamlError:
            return None
        if not isinstance(text.first, MappingNode):
            if extra is None:
                return None
            settings = {}
        else:
            settings = File(work, kustomization, text).settings()
    if extra is None:
        return settings
    spec = _spec(work, kustomization.root, extra)
    return merging.merged(settings, spec, extra.missing, whole_images=extra.whole_images)


def _spec(work: Marking, root: str, extra: Extra) -> Content:
    """The spec with marks in its patches."""
    made = dict(extra.spec)
    for name in ("patches", "patchesStrategicMerge", "patchesJson6902"):
        listed = _list(extra.spec.get(name))
        if listed:
            made[name] = [_spec_patch(work, root, extra, name, index, one)
                          for index, one in enumerate(listed)]  # fmt: skip
    return made


def _spec_patch(
    work: Marking, root: str, extra: Extra, name: str, index: int, one: object
) -> object:
    at = extra.at(f"/spec/{name}/{index}")
    entry = Entry(root, name, index, at, extra.name)
    if not isinstance(one, Mapping):
        return one
    if name == "patchesStrategicMerge":
        made = patch_text(json.dumps(one).encode(), work.marks, entry, {}, at)
        return yamltext.parse(made.encode())[0] if made is not None else one
    written = one.get("patch")
    target = one.get("target")
    of = target_of(target) if isinstance(target, Mapping) else {}
    entry = replace(entry, by_namespace="namespace" in of)
    data = written if isinstance(written, str) else json.dumps(written)
    shift = extra.at(f"/spec/{name}/{index}/patch")
    made = patch_text(data.encode(), work.marks, entry, of, shift)
    return one if made is None else {**one, "patch": made}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []

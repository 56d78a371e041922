"""A kustomization's settings + a Flux Kustomization's spec → the kustomization Flux builds.

Flux edits the kustomization.yaml at its path, it does not wrap it: prefix, suffix and namespace
replace, images merge, patches and components are appended. Rules and order: fluxcd/pkg
kustomize/kustomize_generator.go (GenerateManifest).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from analyzer.model import Content

KNOWN = frozenset(
    {
        "apiVersion",
        "kind",
        "metadata",
        "openapi",
        "namePrefix",
        "nameSuffix",
        "namespace",
        "commonLabels",
        "labels",
        "commonAnnotations",
        "patchesStrategicMerge",
        "patchesJson6902",
        "patches",
        "images",
        "imageTags",
        "replacements",
        "replicas",
        "vars",
        "sortOptions",
        "resources",
        "components",
        "crds",
        "bases",
        "configMapGenerator",
        "secretGenerator",
        "helmGlobals",
        "helmCharts",
        "helmChartInflationGenerator",
        "generatorOptions",
        "configurations",
        "generators",
        "transformers",
        "validators",
        "buildMetadata",
    }
)  # kustomize api/types/kustomization.go

_APPENDED = ("patches", "patchesStrategicMerge", "patchesJson6902")


def changes_nothing(spec: Content) -> bool:
    """Does Flux build the directory just as kustomize would?"""
    fields = ("targetNamespace", "namePrefix", "nameSuffix", "images", "components", *_APPENDED)
    return not any(spec.get(name) for name in (*fields, "buildMetadata"))


def merged(settings: Content, spec: Content, missing: Sequence[str] = ()) -> dict[str, object]:
    """The settings Flux builds. Unknown keys go, as they do when Flux reads the file.

    `missing` are components of the spec that are not there and may be: they are left out.
    """
    result = {key: value for key, value in settings.items() if key in KNOWN}
    for name, key in (
        ("namespace", "targetNamespace"),
        ("namePrefix", "namePrefix"),
        ("nameSuffix", "nameSuffix"),
    ):
        if spec.get(key):
            result[name] = spec[key]
    result = _appended(result, "patches", _patches(spec.get("patches")))
    components = [c for c in _list(spec.get("components")) if c not in missing]
    result = _appended(result, "components", components)
    merges = [_text(p) for p in _list(spec.get("patchesStrategicMerge")) if isinstance(p, Mapping)]
    result = _appended(result, "patchesStrategicMerge", merges)
    result = _appended(result, "patchesJson6902", _json_patches(spec.get("patchesJson6902")))
    images = _list(spec.get("images"))
    if images:
        result["images"] = _images(_list(settings.get("images")), images)
    metadata = [*_list(spec.get("buildMetadata") or settings.get("buildMetadata"))]
    result["buildMetadata"] = [
        *(m for m in metadata if m != "originAnnotations"),
        "originAnnotations",
    ]
    return result


def as_file(settings: Mapping[str, object]) -> bytes:
    """Settings as a kustomization file: JSON, which is YAML."""
    return json.dumps(settings, ensure_ascii=False).encode()


def _appended(settings: dict[str, object], key: str, more: Sequence[object]) -> dict[str, object]:
    return {**settings, key: [*_list(settings.get(key)), *more]} if more else settings


def _patches(value: object) -> list[object]:
    """Inline patches only: a path in an object would be read from wherever it leads."""
    kept = ("patch", "target")
    return [{k: v for k, v in patch.items() if k in kept}
            for patch in _list(value) if isinstance(patch, Mapping)]  # fmt: skip


def _json_patches(value: object) -> list[object]:
    return [{"target": patch.get("target"), "patch": _text(patch.get("patch"))}
            for patch in _list(value) if isinstance(patch, Mapping)]  # fmt: skip


def _images(own: list[object], more: list[object]) -> list[object]:
    """By name, field by field; tag and digest go together: one replaces the other."""
    result = [dict(image) for image in own if isinstance(image, Mapping)]
    for image in more:
        if not isinstance(image, Mapping):
            continue
        there = next((i for i in result if i.get("name") == image.get("name")), None)
        if there is None:
            result.append(dict(image))
            continue
        if image.get("newTag") or image.get("digest"):
            there.pop("newTag", None)
            there.pop("digest", None)
        there.update({key: value for key, value in image.items() if value})
    return list(result)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

"""A kustomization's settings + a Flux Kustomization's spec → the kustomization Flux builds.

Flux edits the kustomization.yaml at its path, it does not wrap it: prefix, suffix and namespace
replace, images merge, patches and components are appended. Rules and order: fluxcd/pkg
kustomize/kustomize_generator.go (GenerateManifest).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from analyzer.kustomization import is_empty, is_remote
from analyzer.model import Content

Shape = Mapping[str, "Shape | None"]  # None: whatever stands there


def _plain(names: str) -> dict[str, Shape | None]:
    return dict.fromkeys(names.split())


# kustomize api/types/*.go: what its own strict reading knows
_OPTIONS = _plain("labels annotations disableNameSuffixHash immutable")
_FIELD = _plain("delimiter index encoding create")
_SELECTOR = _plain("group version kind name namespace annotationSelector labelSelector")
_PATCH = {**_plain("path patch options"), "target": _SELECTOR}
_IMAGE = _plain("name newName tagSuffix newTag digest")
_GENERATOR = {
    **_plain("namespace name behavior literals files envs env"),
    "options": _OPTIONS,
}
_KUSTOMIZATION: Shape = {
    **_plain(
        "apiVersion kind metadata openapi namePrefix nameSuffix namespace commonLabels "
        "commonAnnotations patchesStrategicMerge resources components crds bases configurations "
        "generators transformers validators buildMetadata sortOptions helmGlobals helmCharts "
        "helmChartInflationGenerator"
    ),
    "labels": {
        **_plain("pairs includeSelectors includeTemplates includeVolumeClaimTemplates"),
        "fields": _plain("group version kind path create"),
    },
    "patches": _PATCH,
    "patchesJson6902": _PATCH,
    "images": _IMAGE,
    "imageTags": _IMAGE,
    "replacements": {
        **_plain("path sourceValue"),
        "source": {**_SELECTOR, "fieldPath": None, "options": _FIELD},
        "targets": {"select": _SELECTOR, "reject": _SELECTOR, "fieldPaths": None,
                    "options": _FIELD},
    },
    "replicas": _plain("name count"),
    "vars": {
        "name": None,
        "objref": _plain("apiVersion group version kind name namespace"),
        "fieldref": _plain("fieldPath fieldpath"),
    },
    "configMapGenerator": _GENERATOR,
    "secretGenerator": {**_GENERATOR, "type": None},
    "generatorOptions": _OPTIONS,
}  # fmt: skip

_APPENDED = ("patches", "patchesStrategicMerge", "patchesJson6902")
_REPLACED = (("namespace", "targetNamespace"), ("namePrefix",) * 2, ("nameSuffix",) * 2)


def changes_nothing(spec: Content, settings: Content) -> bool:
    """Does Flux build the directory just as kustomize would?

    It does not where the file has keys that kustomize refuses, or is empty to it: Flux reads it
    and writes it back before it builds.
    """
    fields = (
        "targetNamespace",
        "namePrefix",
        "nameSuffix",
        "images",
        "components",
        "edits",
        *_APPENDED,
    )
    if any(spec.get(name) for name in (*fields, "buildMetadata")) or is_empty(settings):
        return False
    return _known(settings, _KUSTOMIZATION) == settings


def merged(
    settings: Content, spec: Content, missing: Sequence[str] = (), *, whole_images: bool = False
) -> dict[str, object]:
    """The settings Flux builds. Unknown keys go, as they do when Flux reads the file.

    `missing` are components of the spec that are not there and may be: they are left out.
    `whole_images`: as controllers before 1.9.4 merge images.
    """
    known = _known(settings, _KUSTOMIZATION)
    result = dict(known) if isinstance(known, dict) else {}
    own_metadata = result.get("buildMetadata") if result.get("resources") else None
    result.update({name: spec[key] for name, key in _REPLACED if spec.get(key)})
    result = _appended(result, "patches", _patches(spec.get("patches")))
    components = [c for c in _list(spec.get("components")) if c not in missing]
    result = _appended(result, "components", components)
    merges = [_text(p) for p in _list(spec.get("patchesStrategicMerge")) if isinstance(p, Mapping)]
    result = _appended(result, "patchesStrategicMerge", merges)
    result = _appended(result, "patchesJson6902", _json_patches(spec.get("patchesJson6902")))
    images = _list(spec.get("images"))
    if images:
        result["images"] = _images(_list(result.get("images")), images, whole_images)
    result = _edited(result, spec.get("edits"))
    metadata = _list(spec.get("buildMetadata") or own_metadata)
    result["buildMetadata"] = [
        *(m for m in metadata if m != "originAnnotations"),
        "originAnnotations",
    ]
    return result


def _edited(settings: dict[str, object], edits: object) -> dict[str, object]:
    """With what Argo CD sets besides: replicas by name, labels and annotations on top."""
    if not isinstance(edits, Mapping):
        return settings
    result = dict(settings)
    for key in ("commonLabels", "commonAnnotations"):
        own, more = result.get(key), edits.get(key)
        if isinstance(more, Mapping):
            result[key] = {**(own if isinstance(own, Mapping) else {}), **more}
    result = _appended(result, "labels", _list(edits.get("labels")))
    replicas = _list(edits.get("replicas"))
    named = {r.get("name") for r in replicas if isinstance(r, Mapping)}
    own_replicas = [
        r for r in _list(result.get("replicas"))
        if not (isinstance(r, Mapping) and r.get("name") in named)
    ]  # fmt: skip
    return {**result, "replicas": [*own_replicas, *replicas]} if replicas else result


def as_file(settings: Mapping[str, object]) -> bytes:
    """Settings as a kustomization file: JSON, which is YAML."""
    return json.dumps(settings, ensure_ascii=False).encode()


def tolerated(settings: Content) -> tuple[str, ...]:
    """The keys that kustomize refuses and Flux ignores, as in `images.newtag`."""
    return tuple(dict.fromkeys(_unknown(settings, _KUSTOMIZATION, "")))


def _unknown(value: object, shape: Shape | None, at: str) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _unknown(item, shape, at)
    elif isinstance(value, Mapping) and shape is not None:
        names = {name.casefold(): name for name in shape}
        for key, child in value.items():
            name = names.get(str(key).casefold())
            if name is None:
                yield f"{at}{key}"
            else:
                yield from _unknown(child, shape[name], f"{at}{name}.")


def is_local(component: str) -> bool:
    """Does Flux take this for a component of its own source (IsLocalRelativePath)?"""
    return not (component.startswith("/") or is_remote(component))


def _known(value: object, shape: Shape | None) -> object:
    """The value without keys that its shape lacks; keys in whatever case JSON takes them."""
    if shape is None:
        return value
    if isinstance(value, list):
        return [_known(item, shape) for item in value]
    if not isinstance(value, Mapping):
        return value
    names = {name.casefold(): name for name in shape}
    found: dict[str, object] = {}
    for key, child in value.items():
        name = key if key in shape else names.get(str(key).casefold())
        if name is not None:
            found[name] = _known(child, shape[name])
    return found


def _appended(settings: dict[str, object], key: str, more: Sequence[object]) -> dict[str, object]:
    return {**settings, key: [*_list(settings.get(key)), *more]} if more else settings


def _patches(value: object) -> list[object]:
    """Inline patches only: the object has no field for a path."""
    return [_patch(patch.get("patch"), patch.get("target"))
            for patch in _list(value) if isinstance(patch, Mapping)]  # fmt: skip


def _json_patches(value: object) -> list[object]:
    return [_patch(_text(patch.get("patch")), patch.get("target"))
            for patch in _list(value) if isinstance(patch, Mapping)]  # fmt: skip


def _patch(patch: object, target: object) -> dict[str, object]:
    made = {"patch": patch, "target": _known(target, _SELECTOR)}
    return {key: value for key, value in made.items() if value is not None}


_OF_SPEC = ("name", "newName", "newTag", "digest")


def _images(own: list[object], more: list[object], whole: bool) -> list[object]:
    """By name, field by field; tag and digest go together: one replaces the other."""
    result = [dict(image) for image in own if isinstance(image, Mapping)]
    for image in more:
        if not isinstance(image, Mapping):
            continue
        given = {key: image[key] for key in _OF_SPEC if image.get(key)}
        at = next((i for i, one in enumerate(result) if one.get("name") == given.get("name")), None)
        if at is None:
            result.append(given)
            continue
        there = {} if whole else result[at]
        if given.get("newTag") or given.get("digest"):
            there = {k: v for k, v in there.items() if k not in ("newTag", "digest")}
        result[at] = {**there, **given}
    return list(result)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

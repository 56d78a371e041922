"""Argo CD objects as values: the sources of an Application, and the Applications of a set.

After argo-cd's applicationset/{generators,utils} and util/kustomize. Generators that ask a cluster
or a forge are not understood, and neither are templates that do more than insert parameters.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from analyzer import ignoring
from analyzer.model import Content

_PARAMETER = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.S)
_NAME = re.compile(r"[\w.-]+(?:\[\d+\])?")
_FIELD = re.compile(r"(?:\.\w+)+")
_SEGMENT = re.compile(r"index \.path\.segments (\d+)")
_IMAGE = re.compile(
    r"(?:(?P<name>[^=]+)=)?(?P<new>[^@]+?)(?::(?P<tag>[\w.-]+))?(?:@(?P<digest>.+))?"
)


class NotUnderstood(Exception):
    """Why the Applications of a set are not known."""


@dataclass(frozen=True, slots=True)
class Source:
    """One source of an Application that has a path. `options` are its `kustomize:` settings."""

    url: str
    path: str
    options: Content = field(default_factory=dict)


def sources(spec: Content) -> tuple[Source, ...]:
    """The sources of an Application's spec that are a path; charts and `ref` sources have none."""
    listed = spec.get("sources")
    return tuple(
        Source(str(s.get("repoURL", "")), str(s["path"]), _mapping(s.get("kustomize")))
        for s in map(_mapping, listed if isinstance(listed, list) else [spec.get("source")])
        if s.get("path") is not None
    )


# ApplicationSets ----------------------------------------------------------------------------------


def applications(spec: Content, directories: Collection[str]) -> tuple[Content, ...]:
    """The Applications that a set makes; `directories` are those of the tree.

    Raises NotUnderstood.
    """
    if spec.get("templatePatch"):
        raise NotUnderstood("it has a templatePatch")
    go = spec.get("goTemplate") is True
    template = _mapping(spec.get("template"))
    found: list[Content] = []
    for generator in _list(spec.get("generators")):
        for parameters in _generated(_mapping(generator), directories, go):
            made = _filled(template, parameters, go)
            if isinstance(made, Mapping):
                found.append(made)
    return tuple(found)


Parameters = Mapping[str, str]


def _generated(generator: Content, directories: Collection[str], go: bool) -> Iterator[Parameters]:
    kinds = [name for name in generator if name not in ("selector", "template")]
    if generator.get("selector") or generator.get("template"):
        raise NotUnderstood("its generator has a selector or a template of its own")
    if kinds == ["list"]:
        yield from _of_list(_mapping(generator["list"]), go)
    elif kinds == ["git"]:
        yield from _of_directories(_mapping(generator["git"]), directories, go)
    else:
        raise NotUnderstood(f"its {' and '.join(map(str, kinds)) or 'empty'} generator is not read")


def _of_list(settings: Content, go: bool) -> Iterator[Parameters]:
    if settings.get("elementsYaml"):
        raise NotUnderstood("its list is itself a template")
    for element in _list(settings.get("elements")):
        yield dict(_flat(_mapping(element), go))


def _flat(value: Content, go: bool, at: str = "") -> Iterator[tuple[str, str]]:
    """Parameters by the name a template has for them."""
    for key, child in value.items():
        name = f"{at}.{key}" if at else str(key)
        if isinstance(child, Mapping):
            yield from _flat(child, go, name)
        elif isinstance(child, str | int | float):
            text = str(child).lower() if isinstance(child, bool) else str(child)
            yield f".{name}" if go else name, text


def _of_directories(
    settings: Content, directories: Collection[str], go: bool
) -> Iterator[Parameters]:
    """A directory for each that a pattern takes and none excludes; hidden ones never."""
    listed = [_mapping(d) for d in _list(settings.get("directories"))]
    if not listed or settings.get("files"):
        raise NotUnderstood("its git generator reads files")
    taken = [str(d.get("path", "")) for d in listed if d.get("exclude") is not True]
    left_out = [str(d.get("path", "")) for d in listed if d.get("exclude") is True]
    prefix = str(settings.get("pathParamPrefix") or "")
    extra = {f"values.{k}": str(v) for k, v in _mapping(settings.get("values")).items()}
    for path in sorted(directories):
        hidden = any(part.startswith(".") for part in path.split("/"))
        if not path or hidden or not any(_fits(p, path) for p in taken):
            continue
        if any(_fits(p, path) for p in left_out):
            continue
        found = _of_path(path, f"{prefix}." if prefix else "", go)
        more = {f".{k}" if go else k: str(_filled(v, found, go)) for k, v in extra.items()}
        yield {**found, **more}


def _of_path(path: str, prefix: str, go: bool) -> Parameters:
    name = path.rpartition("/")[2]
    normal = re.sub(r"[^a-z0-9.-]+", "-", name.lower())
    segments = path.split("/")
    if not go:
        return {
            f"{prefix}path": path,
            f"{prefix}path.basename": name,
            f"{prefix}path.basenameNormalized": normal,
            **{f"{prefix}path[{i}]": segment for i, segment in enumerate(segments)},
        }
    return {
        f".{prefix}path.path": path,
        f".{prefix}path.basename": name,
        f".{prefix}path.basenameNormalized": normal,
        **{f"index .{prefix}path.segments {i}": s for i, s in enumerate(segments)},
    }


def _fits(pattern: str, path: str) -> bool:
    """Go's path.Match: a star stops at a slash."""
    wanted, there = pattern.strip("/").split("/"), path.split("/")
    return len(wanted) == len(there) and all(map(ignoring.fits, wanted, there))


def _filled(value: object, parameters: Parameters, go: bool) -> object:
    """A template with its parameters in it, keys too. Raises NotUnderstood for more than that."""
    if isinstance(value, str):
        return _PARAMETER.sub(lambda m: _inserted(m[0], m[1], parameters, go), value)
    if isinstance(value, Mapping):
        return {str(_filled(k, parameters, go)): _filled(v, parameters, go)
                for k, v in value.items()}  # fmt: skip
    if isinstance(value, list):
        return [_filled(child, parameters, go) for child in value]
    return value


def _inserted(whole: str, inside: str, parameters: Parameters, go: bool) -> str:
    if inside in parameters:
        return parameters[inside]
    if not go and _NAME.fullmatch(inside):
        return whole  # fasttemplate leaves what it does not know
    plain = go and (_FIELD.fullmatch(inside) or _SEGMENT.fullmatch(inside))
    raise NotUnderstood(f"nothing gives {inside}" if plain else "its template is a program")


# options of a source ------------------------------------------------------------------------------

_IN_OBJECT = ("namePrefix", "nameSuffix", "namespace", "images", "replicas", "patches",
              "components", "commonLabels", "commonAnnotations")  # fmt: skip


def names_a_patch_file(options: Content) -> bool:
    return any(_mapping(patch).get("path") for patch in _list(options.get("patches")))


def as_spec(options: Content) -> Content | None:
    """`kustomize:` settings as what a Flux Kustomization would say; None where they say nothing.

    Argo CD runs `kustomize edit` in the directory: prefix, suffix and namespace replace, images
    and replicas are set by name, the rest is added. `edits` is what Flux has no field for.
    """
    if not any(options.get(name) for name in _IN_OBJECT):
        return None
    labels = _mapping(options.get("commonLabels"))
    loose = options.get("labelWithoutSelector") is True
    pairs = [{"pairs": labels, "includeSelectors": False}]
    edits = {
        "replicas": [_replica(_mapping(r)) for r in _list(options.get("replicas"))],
        "commonLabels": {} if loose else labels,
        "labels": pairs if labels and loose else [],
        "commonAnnotations": _mapping(options.get("commonAnnotations")),
    }
    spec = {
        "namePrefix": options.get("namePrefix"),
        "nameSuffix": options.get("nameSuffix"),
        "targetNamespace": options.get("namespace"),
        "images": [_image(str(image)) for image in _list(options.get("images"))],
        "patches": options.get("patches"),
        "components": options.get("components"),
        "ignoreMissingComponents": options.get("ignoreMissingComponents"),
        "edits": {key: value for key, value in edits.items() if value},
    }
    return {key: value for key, value in spec.items() if value}


def _image(text: str) -> dict[str, str]:
    """`name=new:tag`, as `kustomize edit set image` reads it."""
    found = _IMAGE.fullmatch(text)
    if found is None:
        return {"name": text}
    name, new = found["name"] or found["new"], found["new"]
    parts = {"name": name, "newName": new if found["name"] else None,
             "newTag": found["tag"], "digest": found["digest"]}  # fmt: skip
    return {key: value for key, value in parts.items() if value}


def _replica(replica: Content) -> dict[str, object]:
    count = str(replica.get("count", ""))
    return {"name": replica.get("name"), "count": int(count) if count.isdigit() else count}


def _mapping(value: object) -> Content:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []

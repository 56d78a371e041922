"""A ResourceSet with inputs that stand in files → the objects a Flux Operator makes of it.

After controlplaneio-fluxcd/flux-operator, docs/api/v1/resourceset.md and
internal/builder/resourceset.go. Of its templates only values of inputs are understood
(`<< inputs.tenant >>`, also with `quote`, `int` or `toString` behind); a template with more than
that, or inputs that come from a forge or registry, is a reason, not a guess.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from analyzer import goyaml, rendered, yamltext
from analyzer.model import Content, ResourceId

GROUP = "fluxcd.controlplane.io"

_EXPRESSION = re.compile(
    r"<<-?\s*inputs((?:\.[A-Za-z_]\w*)+)\s*(?:\|\s*(quote|int|toString)\s*)?-?>>"
)
_DISABLED = (f"{GROUP}/reconcile", "disabled")

Providers = Mapping[tuple[str, str], Content]  # ResourceSetInputProviders by (namespace, name)


class NotUnderstood(Exception):
    """Why a ResourceSet's objects are not known."""


def is_set(identity: ResourceId) -> bool:
    return (identity.group, identity.kind) == (GROUP, "ResourceSet")


def is_provider(identity: ResourceId) -> bool:
    return (identity.group, identity.kind) == (GROUP, "ResourceSetInputProvider")


def objects(content: Content, namespace: str, providers: Providers) -> tuple[Content, ...]:
    """What a ResourceSet makes, each identity once. Raises NotUnderstood."""
    spec = _mapping(content.get("spec"))
    inputs = tuple(_inputs(spec, namespace, providers))
    found: dict[ResourceId, Content] = {}
    for part in (spec, *map(_mapping, _list(spec.get("steps")))):
        for template in _templates(part):
            for given in inputs or ({},):
                for made in _filled(template, given):
                    metadata = _mapping(made.get("metadata"))
                    annotations = _mapping(metadata.get("annotations"))
                    if annotations.get(_DISABLED[0]) != _DISABLED[1]:
                        found.setdefault(rendered.identity(made), _common(made, spec))
    return tuple(found.values())


def _inputs(spec: Content, namespace: str, providers: Providers) -> Iterator[Content]:
    if _mapping(spec.get("inputStrategy")).get("name") not in (None, "Flatten"):
        raise NotUnderstood("its inputs are combined")
    yield from map(_mapping, _list(spec.get("inputs")))
    for reference in map(_mapping, _list(spec.get("inputsFrom"))):
        name = str(reference.get("name") or "")
        provider = _mapping(providers.get((namespace, name), {}).get("spec"))
        if not name or provider.get("type") != "Static":
            raise NotUnderstood("its inputs come from a provider in the cluster")
        yield _mapping(provider.get("defaultValues"))


def _templates(part: Content) -> Iterator[str]:
    for resource in _list(part.get("resources")):
        if isinstance(resource, dict):
            yield goyaml.dump(resource)
    written = part.get("resourcesTemplate")
    if isinstance(written, str) and written:
        yield written


def _filled(template: str, inputs: Content) -> tuple[dict[str, object], ...]:
    text = _EXPRESSION.sub(lambda match: _value(match, inputs), template)
    if "<<" in text.replace("<<:", ""):
        raise NotUnderstood("its templates hold more than values of inputs")
    try:
        documents = yamltext.parse(text.encode())
    except yamltext.YamlError:
        raise NotUnderstood("its templates make no YAML") from None
    return tuple(document for document in documents if isinstance(document, dict))


def _value(match: re.Match[str], inputs: Content) -> str:
    value: object = inputs
    for name in match[1].split(".")[1:]:
        if not isinstance(value, Mapping) or name not in value:
            raise NotUnderstood(f"no input {match[1][1:]}")
        value = value[name]
    if isinstance(value, Mapping | list) or value is None:
        raise NotUnderstood(f"input {match[1][1:]} is no plain value")
    text = json.dumps(value) if isinstance(value, bool | int | float) else str(value)
    if match[2] == "int":
        return text if re.fullmatch(r"-?\d+", text) else "0"
    return json.dumps(text, ensure_ascii=False) if match[2] == "quote" else text


def _common(made: dict[str, object], spec: Content) -> Content:
    """`commonMetadata` of the set on one of its objects."""
    common = _mapping(spec.get("commonMetadata"))
    metadata = dict(_mapping(made.get("metadata")))
    for key in ("labels", "annotations"):
        if more := _mapping(common.get(key)):
            metadata[key] = {**_mapping(metadata.get(key)), **more}
    return {**made, "metadata": metadata}


def _mapping(value: object) -> Content:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []

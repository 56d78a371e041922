"""Flux objects as values: what a Flux Kustomization says, who makes one, which controller runs it.

Read from a rendered or written object. Where the paths in them lead is said in `fluxpaths`.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analyzer.deployments import FLUX
from analyzer.model import Content, ObjectRef, RenderedResource

OPERATOR = "fluxcd.controlplane.io"
HELM = "helm.toolkit.fluxcd.io"
KUSTOMIZATION = "FluxKustomization"  # how reports call it, and `ObjectRef.kind`
RESOURCE_SET = "ResourceSet"

Source = tuple[str, str, str]  # kind, namespace, name


@dataclass(frozen=True, slots=True)
class FluxKustomization:
    """One `kustomize.toolkit.fluxcd.io` object of one cluster. `parent` is who applies it."""

    ref: ObjectRef
    spec: Content
    parent: ObjectRef | None = None
    implicit: bool = False  # in no file: what a cluster must have been bootstrapped with

    @property
    def path(self) -> str:
        """`spec.path` as Flux clamps it: inside its source, without a leading `./`."""
        return posixpath.normpath(posixpath.join("/", str(self.spec.get("path") or ""))).lstrip("/")

    @property
    def source(self) -> Source:
        """The namespace is the object's own where none is given."""
        source = _mapping(self.spec.get("sourceRef"))
        namespace = str(source.get("namespace") or self.ref.namespace)
        return str(source.get("kind", "")), namespace, str(source.get("name", ""))

    @property
    def suspended(self) -> bool:
        return self.spec.get("suspend") is True

    @property
    def depends_on(self) -> tuple[tuple[str, str], ...]:
        """(namespace, name) of what it waits for."""
        return tuple(
            (str(d.get("namespace") or self.ref.namespace), str(d.get("name", "")))
            for d in _list(self.spec.get("dependsOn"))
            if isinstance(d, Mapping)
        )

    @property
    def always(self) -> bool:
        """Is `substituteStrategy` Always: substitute even where no variable came out?"""
        return (self.post_build or {}).get("substituteStrategy") == "Always"

    @property
    def post_build(self) -> Content | None:
        value = self.spec.get("postBuild")
        return value if isinstance(value, Mapping) else None

    @property
    def remote(self) -> str | None:
        """The kubeconfig of the other cluster it applies to; None: its own."""
        config = self.spec.get("kubeConfig")
        if not isinstance(config, Mapping):
            return None
        named = _mapping(config.get("secretRef") or config.get("configMapRef"))
        return f"{self.ref.namespace}/{named.get('name', '')}"


def read(
    resource: RenderedResource, ref: ObjectRef, parent: ObjectRef | None
) -> FluxKustomization | None:
    """The value of a rendered object; None where it is no Flux Kustomization."""
    if resource.id.group != FLUX or resource.id.kind != "Kustomization":
        return None
    return FluxKustomization(ref, _mapping(resource.content.get("spec")), parent)


# who makes an object that is in no file -----------------------------------------------------------


def instance(content: Content, group: str, kind: str) -> Content | None:
    """The spec of a FluxInstance, or what the flux-instance chart makes one of; else None."""
    spec = _mapping(content.get("spec"))
    if group == OPERATOR and kind == "FluxInstance":
        found = spec
    elif group == HELM and kind == "HelmRelease":
        found = _mapping(_mapping(spec.get("values")).get("instance"))
    else:
        return None
    return found if _mapping(found.get("sync")).get("path") is not None else None


def synced(spec: Content, ref: ObjectRef, parent: ObjectRef | None) -> FluxKustomization:
    """The object a Flux Operator makes of an instance (its internal/builder/templates.go).

    `ref` is the instance; its namespace names the object, unless the instance does.
    """
    sync = _mapping(spec.get("sync"))
    namespace = ref.namespace or "flux-system"
    name = str(sync.get("name") or namespace)
    made = {
        "path": sync.get("path"),
        "prune": True,
        "sourceRef": {"kind": sync.get("kind", "GitRepository"), "name": name},
    }
    own = ObjectRef(KUSTOMIZATION, namespace, name, ref.declared, ref.cluster)
    return FluxKustomization(own, made, parent)


def makes_secrets(resource: RenderedResource) -> Iterator[tuple[str, str]]:
    """(namespace, name) of the Secrets that a controller makes of this; nothing of most."""
    spec, own = _mapping(resource.content.get("spec")), resource.id
    match own.kind:
        case "SealedSecret":
            metadata = _mapping(_mapping(spec.get("template")).get("metadata"))
            namespace = str(metadata.get("namespace") or own.namespace)
            yield namespace, str(metadata.get("name") or own.name)
        case "ExternalSecret":
            yield own.namespace, str(_mapping(spec.get("target")).get("name") or own.name)
        case "OnePasswordItem":
            yield own.namespace, own.name
        case "SopsSecret":
            for template in _list(spec.get("secretTemplates")):
                yield own.namespace, str(_mapping(template).get("name", ""))
        case "VaultStaticSecret" | "VaultDynamicSecret" | "VaultPKISecret":
            yield own.namespace, str(_mapping(spec.get("destination")).get("name", ""))
        case "InfisicalSecret":
            managed = _mapping(spec.get("managedSecretReference"))
            namespace = str(managed.get("secretNamespace") or own.namespace)
            yield namespace, str(managed.get("secretName", ""))
        case "Certificate" | "BitwardenSecret":
            yield own.namespace, str(spec.get("secretName", ""))


_REFLECTED = "reflector.v1.k8s.emberstack.com/reflection-auto-enabled"


def is_reflected(resource: RenderedResource) -> bool:
    """Does a reflector copy this ConfigMap or Secret into every namespace?"""
    metadata = _mapping(resource.content.get("metadata"))
    return str(_mapping(metadata.get("annotations")).get(_REFLECTED)).lower() == "true"


# which controller ---------------------------------------------------------------------------------

_STRICT_SINCE = (1, 9)
_FIELDWISE_SINCE = (1, 9, 4)
_GATE = re.compile(r"StrictPostBuildSubstitutions=(true|false)")


@dataclass(frozen=True, slots=True)
class Controller:
    """What depends on the kustomize-controller's version and flags.

    `strict`: a variable without value or default fails. `whole_images`: an image of the spec
    replaces the file's entry of that name as a whole. Unknown: neither.
    """

    strict: bool = False
    whole_images: bool = False


def controller(resource: RenderedResource) -> Controller | None:
    """What a rendered object says of the controller; None where it says nothing."""
    if (resource.id.kind, resource.id.name) == ("Deployment", "kustomize-controller"):
        return _deployed(_mapping(resource.content.get("spec")))
    spec = instance(resource.content, resource.id.group, resource.id.kind)
    return None if spec is None else operated(spec)


def _deployed(spec: Content) -> Controller:
    version, gate = None, None
    for container in _list(_mapping(_mapping(spec.get("template")).get("spec")).get("containers")):
        found = _mapping(container)
        named = re.search(r":v(\d+)\.(\d+)\.(\d+)", str(found.get("image", "")))
        version = tuple(int(part) for part in named.groups()) if named else version
        for argument in _list(found.get("args")):
            gate = _GATE.search(str(argument)) or gate
    return _controller(version or (0,), gate[1] if gate else None)


def operated(spec: Content) -> Controller:
    """The controller that a FluxInstance installs: Flux 2.N brings kustomize-controller 1.N."""
    version = newest(str(_mapping(spec.get("distribution")).get("version") or "2.x"))
    gates = [
        gate
        for patch in _list(_mapping(spec.get("kustomize")).get("patches"))
        for gate in _GATE.findall(str(_mapping(patch).get("patch", "")))
    ]
    own = (1, *version[1:]) if version else _FIELDWISE_SINCE
    own = (*own, 99) if len(own) == 2 else own  # 2.8.x: the last of them
    return _controller(own, gates[-1] if gates else None)


def _controller(version: tuple[int, ...], gate: str | None) -> Controller:
    strict = version >= _STRICT_SINCE if gate is None else gate == "true"
    return Controller(strict, (0,) < version < _FIELDWISE_SINCE)


_BOUND = re.compile(r"(<=|<|>=|>|=|~|\^)?\s*v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?![\w.*])")


def newest(versions: str) -> tuple[int, ...] | None:
    """The highest (major, minor[, patch]) in a range such as `2.8.x`; None: the newest there is."""
    highest: list[tuple[int, ...] | None] = []
    for alternative in versions.split("||"):
        text = re.sub(r"(?<=\d)(?:\.[xX*])+(?![\w.])", "", alternative)
        bounds = [b for m in _BOUND.finditer(text) if (b := _upper(m)) is not None]
        highest.append(min(bounds) if bounds else None)
    known = [bound for bound in highest if bound is not None]
    return max(known) if len(known) == len(highest) else None


def _upper(bound: re.Match[str]) -> tuple[int, ...] | None:
    """What a bound allows at most; None for one that has no upper end within its major."""
    operator, (major, minor, patch) = bound[1] or "", (bound[2], bound[3], bound[4])
    if minor is None or operator in (">", ">=", "^"):
        return None
    if operator == "<" and not int(patch or 0):
        return int(major), int(minor) - 1
    if patch is None or operator == "~":
        return int(major), int(minor)
    return int(major), int(minor), int(patch) - (operator == "<")


def _mapping(value: object) -> Content:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []

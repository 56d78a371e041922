"""Flux objects as values: what one applies, from which source, with which variables.

Read from a rendered or written object; where a source's root is in the tree is told by `Sources`,
and an ArtifactGenerator's copies make a virtual source of their own.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from analyzer.deployments import FLUX, SOURCES, Sources, same_repository
from analyzer.model import Content, ObjectRef, RenderedResource

ARTIFACTS = "source.extensions.fluxcd.io"
OPERATOR = "fluxcd.controlplane.io"
HELM = "helm.toolkit.fluxcd.io"


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
    def source(self) -> tuple[str, str, str]:
        """(kind, namespace, name); the namespace is the object's own where none is given."""
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


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path of a source is in the tree, or why it is not in it."""

    root: str | None
    external: str | None = None
    undeclared: bool = False  # its source is declared nowhere


@dataclass(frozen=True, slots=True)
class ClusterSources:
    """What the sources of one cluster stand for, by (namespace, name)."""

    given: Sources
    urls: Mapping[tuple[str, str], str]
    artifacts: Mapping[
        tuple[str, str], tuple[tuple[str, str, str], ...]
    ]  # (alias source, from, to)
    home: str | None = None  # the URL of this repository, where the cluster's entry says it
    entry: tuple[str, str] = ("", "")  # (namespace, name) of the source the cluster begins with


def read(
    resource: RenderedResource, ref: ObjectRef, parent: ObjectRef | None
) -> FluxKustomization | None:
    """The value of a rendered object; None where it is no Flux Kustomization."""
    if resource.id.group != FLUX or resource.id.kind != "Kustomization":
        return None
    return FluxKustomization(ref, _mapping(resource.content.get("spec")), parent)


def locate(object: FluxKustomization, sources: ClusterSources, directories: Iterable[str]) -> Place:
    """The directory an object applies.

    `directories` is what the tree has. A `${…}` that is left in the path is nobody's directory.
    """
    known = directories if isinstance(directories, frozenset | set) else frozenset(directories)
    if "${" in str(object.spec.get("path", "")):
        return Place(None, "its path holds a variable that nothing sets")
    kind, namespace, name = object.source
    if kind == "ExternalArtifact":
        return _artifact(object.path, sources, (namespace, name), known)
    directory, said = sources.given.of(namespace, name)
    if directory is None:
        return Place(None, f"{kind} {name} is another repository (groundplan.yaml)")
    url = sources.urls.get((namespace, name))
    if not said and (foreign := _foreign(kind, namespace, name, url, sources)):
        return Place(None, foreign)
    root = _join(directory, object.path)
    if root in known and (said or url or root or (namespace, name) == sources.entry):
        return Place(root)
    if not said and url is None and (namespace, name) != sources.entry:
        return Place(None, f"{kind} {name} is declared nowhere in this cluster", True)
    return Place(None)


def _foreign(
    kind: str, namespace: str, name: str, url: str | None, sources: ClusterSources
) -> str | None:
    """Why a source is not this repository; None where it is, or may be."""
    if (namespace, name) == sources.entry:
        return None
    if kind == "Bucket":
        return f"Bucket {name} is filled from elsewhere; map it under sources:"
    if url is None:
        return None
    if sources.home is not None:
        same = same_repository(url, sources.home)
        return None if same else f"{kind} {name} is another repository: {url}"
    if name == "flux-system":
        return None
    return f"{kind} {name} seems to be another repository: {url}"


def _artifact(
    path: str, sources: ClusterSources, key: tuple[str, str], known: Iterable[str]
) -> Place:
    """Follow the copies that make an artifact back to the tree: the first that has the path."""
    copies = sources.artifacts.get(key)
    if copies is None:
        reason = f"ExternalArtifact {key[1]} is made by no ArtifactGenerator of this tree"
        return Place(None, reason, True)
    for directory, origin, target in copies:
        if directory == EXTERNAL:
            continue
        inside = _relative(path, target)
        if inside is None:
            continue
        root = _join(_join(directory, origin), inside)
        if root in known:
            return Place(root)
    return Place(None)


EXTERNAL = "\0external"


def _relative(path: str, target: str) -> str | None:
    """The path below a copy's target; None where the copy does not make it."""
    if not target:
        return path
    if path == target:
        return ""
    return path[len(target) + 1 :] if path.startswith(target + "/") else None


def artifacts(
    content: Content, namespace: str, sources: Sources, urls: Mapping[tuple[str, str], str],
    home: str | None,
) -> Iterator[tuple[tuple[str, str], tuple[tuple[str, str, str], ...]]]:  # fmt: skip
    """What an ArtifactGenerator makes: ((namespace, name), copies) of each artifact.

    A copy is (directory of its source, path there, path in the artifact). Read from
    fluxcd/source-watcher docs/spec/v1beta1/artifactgenerators.md.
    """
    spec = _mapping(content.get("spec"))
    aliases: dict[str, str] = {}
    for source in _list(spec.get("sources")):
        source = _mapping(source)
        place = str(source.get("namespace") or namespace), str(source.get("name", ""))
        directory, said = sources.of(*place)
        url = urls.get(place)
        foreign = not said and url and home and not same_repository(url, home)
        aliases[str(source.get("alias", ""))] = (
            EXTERNAL if directory is None or foreign else directory
        )
    for artifact in _list(spec.get("artifacts")):
        artifact = _mapping(artifact)
        copies = tuple(c for copy in _list(artifact.get("copy")) if (c := _copy(copy, aliases)))
        yield (namespace, str(artifact.get("name", ""))), copies


def _copy(copy: object, aliases: Mapping[str, str]) -> tuple[str, str, str] | None:
    found = _mapping(copy)
    alias, _, origin = str(found.get("from", "")).removeprefix("@").partition("/")
    _, _, target = str(found.get("to", "")).partition("/")
    if alias not in aliases:
        return None
    everything = origin.endswith("**")
    origin = origin.removesuffix("**").strip("/")
    target = target.strip("/")
    if not everything and not str(found.get("to", "")).endswith("/"):
        return aliases[alias], posixpath.dirname(origin), posixpath.dirname(target)
    if not everything:
        return aliases[alias], origin, _join(target, posixpath.basename(origin))
    return aliases[alias], origin, target


def instance(content: Content, group: str, kind: str) -> Content | None:
    """`sync` of a FluxInstance, or of a HelmRelease of the flux-instance chart; else None."""
    spec = _mapping(content.get("spec"))
    if group == OPERATOR and kind == "FluxInstance":
        sync = spec.get("sync")
    elif group == HELM and kind == "HelmRelease":
        sync = _mapping(_mapping(spec.get("values")).get("instance")).get("sync")
    else:
        return None
    return sync if isinstance(sync, Mapping) and sync.get("path") is not None else None


def source_urls(resources: Iterable[RenderedResource]) -> dict[tuple[str, str], str]:
    """(namespace, name) → URL of Git and OCI sources."""
    return {
        (r.id.namespace, r.id.name): str(_mapping(r.content.get("spec")).get("url") or "")
        for r in resources
        if r.id.group == SOURCES and r.id.kind in ("GitRepository", "OCIRepository")
    }


def makes_secret(resource: RenderedResource) -> tuple[str, str] | None:
    """(namespace, name) of the Secret a controller makes of this; None for anything else."""
    if resource.id.kind == "SealedSecret":
        return resource.id.namespace, resource.id.name
    if resource.id.kind == "ExternalSecret":
        target = _mapping(_mapping(resource.content.get("spec")).get("target"))
        return resource.id.namespace, str(target.get("name") or resource.id.name)
    return None


_STRICT_SINCE = (1, 9)  # kustomize-controller; Flux 2.9


def is_strict(resource: RenderedResource) -> bool:
    """Is this the controller that fails on a variable without value?"""
    if (resource.id.kind, resource.id.name) != ("Deployment", "kustomize-controller"):
        return False
    template = _mapping(_mapping(resource.content.get("spec")).get("template"))
    strict = False
    for container in _list(_mapping(template.get("spec")).get("containers")):
        found = _mapping(container)
        version = re.search(r":v(\d+)\.(\d+)", str(found.get("image", "")))
        if version is not None:
            strict = (int(version[1]), int(version[2])) >= _STRICT_SINCE
        for argument in _list(found.get("args")):
            gate = re.search(r"StrictPostBuildSubstitutions=(true|false)", str(argument))
            strict = gate[1] == "true" if gate is not None else strict
    return strict


def _join(directory: str, path: str) -> str:
    joined = posixpath.normpath(posixpath.join(directory, path)) if directory or path else ""
    return "" if joined == "." else joined


def _mapping(value: object) -> Content:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []

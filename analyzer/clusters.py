"""What is applied to one cluster → what its Flux objects find there: data, sources, controller."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from analyzer import artifacts, effective, flux, fluxpaths, resourcesets
from analyzer.deployments import FLUX, SOURCES, Sources
from analyzer.effective import Data, Variables
from analyzer.flux import Controller, FluxKustomization
from analyzer.fluxpaths import ClusterSources
from analyzer.model import Content, Manifest, RenderedResource, Repository

_CORE = ("ConfigMap", "Secret")
_OF_OCI = re.compile(rb"sourceRef[\"']?:[^/]{0,120}?OCIRepository|kind: *ArtifactGenerator")
_SPEAKING = (FLUX, SOURCES, artifacts.GROUP, flux.OPERATOR)


@dataclass(frozen=True, slots=True)
class Cluster:
    """What one cluster holds after a round.

    `secrets` are those that something in the cluster makes; `reflected` is data a reflector copies
    into every namespace; `providers` are inputs of ResourceSets.
    """

    sources: ClusterSources
    data: Mapping[tuple[str, str, str], Data] = field(default_factory=dict)
    reflected: Mapping[tuple[str, str], Data] = field(default_factory=dict)
    secrets: frozenset[tuple[str, str]] = frozenset()
    controller: Controller = field(default_factory=Controller)
    providers: Mapping[tuple[str, str], Content] = field(default_factory=dict)

    def holds(self, kind: str, namespace: str, name: str) -> Data | None:
        """What a ConfigMap or Secret says; None where no file tells."""
        known = self.data.get((kind, namespace, name))
        return known if known is not None else self.reflected.get((kind, name))


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known of a cluster before anything is applied: where it begins, and what is said."""

    given: Sources
    repository: Repository
    ignores: Mapping[str, str] = field(default_factory=dict)
    entry: FluxKustomization | None = None
    url: str | None = None  # of this repository, where the entry says it
    revision: str | None = None
    controller: Controller | None = None


def speaks(resource: RenderedResource) -> bool:
    """Does it say anything that other objects of its cluster depend on? Most do not."""
    group, kind = resource.id.group, resource.id.kind
    if group in _SPEAKING:
        return True
    if kind in _CORE or kind == "Deployment":
        return kind in _CORE or resource.id.name == "kustomize-controller"
    if group == flux.HELM:
        return flux.instance(resource.content, group, kind) is not None
    return any(True for _ in flux.makes_secrets(resource))


def kinds_that_speak(texts: Iterable[bytes]) -> frozenset[str]:
    """Of ConfigMap, Secret and OCIRepository those that objects of these files may depend on.

    Who takes variables says `substituteFrom`; most OCIRepositories are of charts.
    """
    found: set[str] = set()
    for text in texts:
        if b"substituteFrom" in text:
            found.update(_CORE)
        if _OF_OCI.search(text):
            found.add("OCIRepository")
    return frozenset(found)


def may_speak(manifest: Manifest, kinds: frozenset[str]) -> bool:
    """May what a file says, rendered and patched, decide which objects there are and their values?

    `kinds` as `kinds_that_speak` tells. What only makes Secrets does not: nobody knows their
    values anyway.
    """
    group, kind = manifest.id.group, manifest.id.kind
    if group == flux.HELM:  # the chart that makes a FluxInstance, whatever it is called
        content = manifest.content or {}
        return "flux" in manifest.id.name or flux.instance(content, group, kind) is not None
    if group == SOURCES:
        return kind in kinds or (kind in fluxpaths.KINDS and kind != "OCIRepository")
    return group in _SPEAKING or kind in kinds or manifest.id.name == "kustomize-controller"


def cluster(resources: Iterable[RenderedResource], origin: Origin) -> Cluster:
    """A cluster that holds these; `resources` are those that speak."""
    held = tuple(resources)
    core = [(r, effective.data(r.content)) for r in held if not r.id.group and r.id.kind in _CORE]
    said = [known for r in held if (known := flux.controller(r)) is not None]
    return Cluster(
        _sources(held, origin),
        {(r.id.kind, r.id.namespace, r.id.name): data for r, data in core},
        {(r.id.kind, r.id.name): data for r, data in core if flux.is_reflected(r)},
        frozenset(made for r in held for made in flux.makes_secrets(r)),
        said[-1] if said else origin.controller or Controller(),
        {(r.id.namespace, r.id.name): r.content for r in held if resourcesets.is_provider(r.id)},
    )


def _sources(held: tuple[RenderedResource, ...], origin: Origin) -> ClusterSources:
    declared = dict(fluxpaths.declared(held))
    entry = origin.entry.source if origin.entry is not None else ("", "", "")
    home = declared.get(entry, fluxpaths.Declared(None))
    if origin.url is not None:
        home = fluxpaths.Declared(origin.url, origin.revision)
    made = ClusterSources(
        origin.given,
        declared,
        entry=entry,
        home=home,
        bases=tuple(dict.fromkeys((origin.given.default, origin.repository.subdir))),
        ignores=origin.ignores,
    )
    generators = [r for r in held if r.id.group == artifacts.GROUP]
    if not generators:
        return made
    found = dict(
        artifact
        for r in generators
        for artifact in artifacts.artifacts(
            r.content, r.id.namespace, made.directory, origin.repository.directories
        )
    )
    return ClusterSources(made.given, declared, found, entry, home, made.bases, made.ignores)


def variables(object: FluxKustomization, held: Cluster) -> tuple[Variables, tuple[str, ...]]:
    """The variables of an object, and what they come from that nobody in its cluster makes."""
    content = {"metadata": {"namespace": object.ref.namespace}, "spec": object.spec}
    found = effective.variables(content, held.holds)
    if found is None:
        return Variables(), ()
    made = {f"Secret {namespace}/{name}" for namespace, name in held.secrets}
    return found, tuple(one.source for one in found.open if one.source not in made)

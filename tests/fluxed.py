"""A drawn tree as Flux applies it: who applies what, what each cluster gets, what is said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from analyzer import checks
from analyzer.applying import Applied
from analyzer.findings import most_severe_first
from analyzer.model import RenderedResource, RenderFailure
from analyzer.snapshot import Snapshot
from tests.look import look, pairs, said

SYNC = """
    --- clusters/staging/flux-system/gotk-sync.yaml = FluxKustomization/flux-system/flux-system
    spec: {path: ./clusters/staging, sourceRef: {kind: GitRepository, name: flux-system}}
"""
STRICT = """
    --- clusters/staging/flux-system/gotk-components.yaml = Deployment/flux-system/kustomize-controller
    spec: {template: {spec: {containers: [
      {name: manager, image: "ghcr.io/fluxcd/kustomize-controller:v1.9.4"}]}}}
"""  # fmt: skip


@dataclass(frozen=True)
class Followed:
    """What reconcilers apply of a tree."""

    snapshot: Snapshot

    def objects(self) -> dict[str, str]:
        """`cluster: namespace/name` → the directory it applies, or why none."""
        return {
            f"{one.seat}: {_name(one)}": one.place.root
            if one.place.root is not None
            else one.place.external or one.place.excluded or "not there"
            for one in self.snapshot.applied
        }

    def one(self, name: str, cluster: str | None = None) -> Applied:
        found = [
            one
            for one in self.snapshot.applied
            if name in (one.object.ref.name, _name(one)) and cluster in (None, str(one.seat))
        ]
        assert len(found) == 1, self.objects()
        return found[0]

    def gets(self, name: str, cluster: str | None = None) -> dict[str, object]:
        """What a cluster gets of an object: identity → content without version, kind and name."""
        one = self.one(name, cluster)
        assert not isinstance(one.rendering, RenderFailure), one.rendering.causes
        return {str(resource.id): bare(resource) for resource in one.resources}

    def broken(self, name: str, cluster: str | None = None) -> list[str]:
        """Why an object cannot be built, as `path:line: message`."""
        rendering = self.one(name, cluster).rendering
        assert isinstance(rendering, RenderFailure), rendering
        return [str(cause) for cause in rendering.causes]

    def found(self) -> list[tuple[str, str]]:
        """(rule, "path:line") of all that is said of the structure."""
        return pairs(self._findings())

    def said(self) -> list[tuple[str, str, str]]:
        return said(self._findings())

    def _findings(self):  # type: ignore[no-untyped-def]
        return most_severe_first(f for check in checks.STRUCTURE for f in check(self.snapshot))


def follow(tree: Path, *, all_roots: bool = False) -> Followed:
    return Followed(look(tree, all_roots=all_roots))


def _name(one: Applied) -> str:
    return f"{one.object.ref.namespace}/{one.object.ref.name}"


def bare(resource: RenderedResource) -> object:
    content = dict(resource.content)
    metadata = content.pop("metadata", {})
    rest = {
        key: value
        for key, value in (metadata if isinstance(metadata, Mapping) else {}).items()
        if key not in ("name", "namespace")
    }
    content.pop("apiVersion", None), content.pop("kind", None)
    return {**content, "metadata": rest} if rest else content


TWO_CLUSTERS = """
    --- clusters/production/eu/flux-system/gotk-sync.yaml = FluxKustomization/flux-system/flux-system
    spec: {path: ./clusters/production/eu, sourceRef: {kind: GitRepository, name: flux-system}}
    --- clusters/production/us/flux-system/gotk-sync.yaml = FluxKustomization/flux-system/flux-system
    spec: {path: ./clusters/production/us, sourceRef: {kind: GitRepository, name: flux-system}}
    --- clusters/production/eu/kustomization.yaml
    resources: [flux-system/gotk-sync.yaml, ../../../apps]
    patches:
    - target: {kind: Kustomization, name: web}
      patch: |
        - {op: add, path: /spec/postBuild, value: {substitute: {REGION: eu, SIZE: "2"}}}
    --- clusters/production/us/kustomization.yaml
    resources: [flux-system/gotk-sync.yaml, ../../../apps]
    patches:
    - target: {kind: Kustomization, name: web}
      patch: |
        - {op: add, path: /spec/postBuild, value: {substitute: {REGION: us, SIZE: "5"}}}
    --- apps/kustomization.yaml
    resources: [web.yaml]
    --- apps/web.yaml = FluxKustomization/flux-system/web
    spec: {path: ./web, sourceRef: {kind: GitRepository, name: flux-system}}
    --- web/web.yaml = Deployment/shop/web-${REGION}
    spec: {replicas: "${SIZE}"}
"""

"""The rounds in which reconcilers are followed: how many there are, and when they end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer import reconciling
from analyzer.reconciling import Reconciling
from tests.fluxed import follow

Draw = Callable[[str], Path]


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> list[Reconciling]:
    """Where following ends, one state for each tree that is looked at."""
    ends: list[Reconciling] = []
    real = reconciling.follow

    def spied(*given: object) -> object:
        done = real(*given)  # type: ignore[arg-type]
        ends.append(done[0])
        return done

    monkeypatch.setattr(reconciling, "follow", spied)
    return ends


def test_an_operator_that_installs_itself_ends_the_rounds_like_any_other(
    tree: Draw, rounds: list[Reconciling]
) -> None:
    seen = follow(
        tree(
            """
    --- flux/cluster/apps.yaml = FluxKustomization/flux-system/apps
    spec: {path: ./apps, sourceRef: {kind: GitRepository, name: flux-system}}
    --- apps/kustomization.yaml
    resources: [a.yaml, z.yaml]
    --- apps/a.yaml = FluxKustomization/flux-system/a
    spec: {path: ./instance, sourceRef: {kind: GitRepository, name: flux-system}}
    --- apps/z.yaml = FluxKustomization/flux-system/z
    spec: {path: ./web, sourceRef: {kind: GitRepository, name: flux-system}}
    --- instance/instance.yaml = FluxInstance/flux-system/flux
    spec: {sync: {kind: GitRepository, path: flux/cluster}}
    --- web/web.yaml = ConfigMap/web/web
    """
        )
    )
    assert len(seen.objects()) == 4
    (end,) = rounds
    assert end.rounds == 5  # entry, apps, their children, and one in which nothing is new
    assert not any(one.unsettled for one in end.applied)

"""Where a base goes: as the tree's own shape has it, and never onto what is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.actions import placing
from tests.drawn import draw
from tests.look import look


def drawn(where: Path, *roots: str, more: str = "") -> None:
    for root in roots:
        draw(where, f"--- {root}/kustomization.yaml\nresources: [it.yaml]\n"
                    f"--- {root}/it.yaml = ConfigMap/it\n")  # fmt: skip
    draw(where, more)


@pytest.mark.parametrize(
    ("roots", "more", "base"),
    [
        (("clusters/staging/apps/web", "clusters/production/apps/web"), "",
         "clusters/base/apps/web"),
        (("apps/web/overlays/staging", "apps/web/overlays/production"), "", "apps/web/base"),
        (("apps/web/overlays/staging", "apps/web/overlays/production"),
         "--- apps/web/base/kustomization.yaml\nresources: [a.yaml]\n"
         "--- apps/web/base/a.yaml = ConfigMap/a\n", "apps/web/base-staging-production"),
        (("staging", "production"), "", "base"),
        (("staging", "production"), "--- base\nis a file\n", "base-it"),
    ],
)  # fmt: skip
def test_a_base_stands_where_bases_stand(
    tmp_path: Path, roots: tuple[str, ...], more: str, base: str
) -> None:
    drawn(tmp_path, *roots, more=more)
    assert placing.base(look(tmp_path, render=False), roots, "it", ()) == base


def test_what_is_taken_is_not_taken_again(tmp_path: Path) -> None:
    drawn(tmp_path, "staging", "production")
    seen = look(tmp_path, render=False)
    roots = ("production", "staging")
    taken: list[str] = []
    for _ in range(5):
        taken.append(placing.base(seen, roots, "it", taken))
    assert taken == ["base", "base/it", "base-it", "base-staging-production", "base-2"]


def test_the_base_of_one_environment_stands_beside_it(tmp_path: Path) -> None:
    drawn(tmp_path, "clusters/local/apps/web")
    seen = look(tmp_path, render=False)
    at = placing.base(seen, ("clusters/local/apps/web",), "it", (), "local")
    assert at == "clusters/base/apps/web"


def test_a_component_stands_beside_others(tmp_path: Path) -> None:
    version = "kustomize.config.k8s.io/v1alpha1"
    more = f"--- parts/x/kustomization.yaml\nkind: Component\napiVersion: {version}\n"
    drawn(tmp_path, "clusters/a", "clusters/b", more=more + "namespace: x\n")
    seen = look(tmp_path, render=False)
    assert placing.component(seen, ("clusters/a", "clusters/b"), "Deployment/web", ()) == (
        "parts/deployment-web"
    )

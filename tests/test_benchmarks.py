"""Generated trees: the same bytes every time, and exactly the tree that was asked for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from analyzer.analyses import structure
from benchmarks.generate import FLAWS, Component, components, generate, write
from tests.drawn import snapshot
from tests.look import look, pairs

GENERATE = Path(__file__).resolve().parents[1] / "benchmarks" / "generate.py"

HUNDRED = """
    infrastructure/cert-manager      base dev staging production
    monitoring/prometheus            base dev staging production
    infrastructure/ingress-nginx     base dev staging production
    monitoring/grafana               base dev staging production
    infrastructure/vault             base dev staging production
    monitoring/loki                  base dev staging production
    infrastructure/external-dns      base staging production
    accounts/account-api             base dev staging production
    accounts/account-worker          base dev staging production
    accounts/account-web             base dev staging production
    accounts/account-importer        base dev staging production
    accounts/account-scheduler       base dev staging production
    accounts/basket-api              base dev staging production
    accounts/basket-worker           base staging production
    accounts/basket-web              base dev staging production
    accounts/basket-importer         base dev staging production
    accounts/basket-scheduler        dev staging production
    accounts/customer-api            base dev staging production
    accounts/customer-worker         base dev staging production
    accounts/customer-web            base dev staging production
    accounts/customer-importer       base staging production
    accounts/customer-scheduler      base dev staging production
    accounts/document-api            base
"""


def roots_of(table: str) -> list[str]:
    found = [f"clusters/components/{name}" for name in ("debug", "high-availability", "monitored")]
    for environment in ("dev", "staging", "production"):
        for below in ("", "/flux-system", "/infrastructure", "/monitoring"):
            found.append(f"clusters/{environment}{below}")
    for line in filter(None, map(str.strip, table.splitlines())):
        where, *folders = line.split()
        found.extend(f"clusters/{folder}/{where}" for folder in folders)
    return sorted(found)


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    made = []
    for seed in ("1", "2"):
        directory = tmp_path / seed
        subprocess.run(
            (sys.executable, GENERATE, "60", directory, "--seed", "7"),
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        )
        made.append({path: found[-1] for path, found in snapshot(directory).items()})
    assert made[0] == made[1]


def test_another_seed_gives_other_values_in_the_same_files() -> None:
    one, other = generate(100), generate(100, seed=2)
    assert one.keys() == other.keys()
    assert one != other


@pytest.mark.parametrize("number", [40, 41, 42, 43, 100, 1000, 5000])
def test_a_tree_has_as_many_kustomizations_as_asked_for(number: int) -> None:
    assert sum(path.endswith("/kustomization.yaml") for path in generate(number)) == number


def test_what_is_too_small_or_in_the_way_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="needs 40 kustomizations"):
        generate(39)
    (tmp_path / "mine").touch()
    with pytest.raises(ValueError, match="is not empty"):
        write({}, tmp_path)


def test_the_structure_of_a_hundred_is_known(tmp_path: Path) -> None:
    write(generate(100), tmp_path / "tree")
    report = structure.analyze(look(tmp_path / "tree", render=False))
    assert [root.path for root in report.roots] == roots_of(HUNDRED)
    assert report.environments == ("dev", "staging", "production")
    assert report.unplaced == ()
    assert len(report.components) == 23
    assert Counter(root.kind for root in report.roots) == {"Kustomization": 97, "Component": 3}
    assert sum(root.placement.base for root in report.roots) == 22
    seats = Counter("".join(map(str, root.placement.seats)) for root in report.roots)
    assert seats == {"": 25, "dev": 23, "staging": 26, "production": 26}
    assert pairs(report.findings) == [
        ("missing-reference", "clusters/production/accounts/basket-api/kustomization.yaml:9"),
        ("missing-flux-path", "clusters/staging/accounts.yaml:241"),
        ("orphan-file", "clusters/production/accounts/customer-worker/budget.yaml:1"),
    ]


def test_flux_applies_platform_categories_whole_and_applications_one_by_one(
    tmp_path: Path,
) -> None:
    write(generate(100), tmp_path / "tree")
    report = structure.analyze(look(tmp_path / "tree", render=False))
    inside = re.compile("clusters/(dev|staging|production)/(flux-system|(infra|moni)[a-z]+/.+)")
    for root in report.roots:
        alone = bool(root.placement.seats) and not inside.fullmatch(root.path)
        assert len(root.deployed_by) == alone, root.path


def test_every_kind_of_flaw_is_in_a_thousand() -> None:
    flawed = Counter(component.flaw for component in components(1000))
    assert set(flawed) == {"", *FLAWS}


def test_a_component_is_cut_short_only_at_the_end() -> None:
    *whole, last = components(85)
    assert all(set(c.environments) >= {"staging", "production"} for c in whole)
    assert last == Component("accounts", "document-api", ())

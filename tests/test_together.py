"""Several candidates in one plan: those that go together, and why the others do not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from analyzer import extracting
from tests.drawn import draw
from tests.extracted import candidate
from tests.planning import bench_of

MAPS = "".join(
    f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n"
    + "".join(f"  key-{n}: value-{n}\n" for n in range(12))
    + "---\n"
    for name in ("a", "b")
)
TREE = "".join(
    f"--- {root}/kustomization.yaml\nresources:\n  - it.yaml\n--- {root}/it.yaml\n{MAPS}"
    for root in ("staging", "production")
)


def test_two_candidates_share_a_file_and_a_kustomization(tmp_path: Path) -> None:
    draw(tmp_path, TREE)
    now = bench_of(tmp_path)
    whole = candidate(now, "staging", "production")
    parts = [replace(whole, id=c.name, title=c.name, clones=(c,)) for c in whole.clones]
    result = extracting.together(now, parts)
    assert (len(result.made), result.refusals) == (2, ())
    assert result.proof is not None
    assert result.proof.verdict == "identical"
    made = {c.path: None if c.after is None else c.after.decode() for c in result.changes}
    assert made["staging/it.yaml"] is None
    assert made["staging/kustomization.yaml"] == "resources:\n  - ../base\n  - ../base/b\n"


def test_a_candidate_that_takes_the_same_twice_is_refused_with_the_reason(tmp_path: Path) -> None:
    draw(tmp_path, TREE)
    now = bench_of(tmp_path)
    whole = candidate(now, "staging", "production")
    result = extracting.together(now, [whole, replace(whole, id="again")])
    assert [one.candidate.id for one in result.made] == ["it"]
    assert [(r.id, r.verdict, r.reason) for r in result.refusals] == [
        ("again", "refused", "production/it.yaml: is taken by another candidate of this plan")
    ]

"""What else a proof asks: nothing besides has happened, and the plan fits what is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.changes import FileChange, digest
from analyzer.errors import StaleError
from analyzer.plans import Mutation
from analyzer.proving import prove
from tests.drawn import draw
from tests.planning import BASE, COPIES, GONE, bench_of, failed, planned, proof, units


def test_a_file_nobody_referenced_is_not_pulled_in(tmp_path: Path) -> None:
    draw(tmp_path, """
        --- one/kustomization.yaml
        resources: [a.yaml]
        --- one/a.yaml = ConfigMap/a
        --- one/patch.yaml = ConfigMap/a
        """)  # fmt: skip
    found = proof(tmp_path, "--- one/kustomization.yaml\nresources: [a.yaml]\n"
                            "patches: [{path: patch.yaml}]\n")  # fmt: skip
    assert (found.verdict, failed(found)) == (
        "refused",
        [("nothing is referenced that was not, and nothing lost that was",
          "one/patch.yaml: is referenced now, and was not")],
    )  # fmt: skip


def test_a_file_of_the_plan_that_nobody_references_is_refused(tmp_path: Path) -> None:
    draw(tmp_path, COPIES)
    found = proof(tmp_path, "--- staging/more.yaml = ConfigMap/more\n")
    assert [said for _, said in failed(found)] == ["staging/more.yaml: nobody references it"]


PATCHED = """
    --- one/kustomization.yaml
    resources: [a.yaml]
    --- one/a.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: a, namespace: first}
    data: {x: "1"}
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: a, namespace: second}
    data: {x: "1"}
    """


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("kind: ConfigMap, name: a", "matches 2 objects in one"),
        ("kind: ConfigMap, name: a, namespace: third", "matches 0 objects in one"),
    ],
)
def test_a_patch_matches_exactly_once(tmp_path: Path, target: str, said: str) -> None:
    draw(tmp_path, PATCHED)
    found = proof(tmp_path, f"""
        --- one/kustomization.yaml
        resources: [a.yaml]
        patches: [{{path: p.yaml, target: {{{target}}}}}]
        --- one/p.yaml
        - {{op: replace, path: /data/x, value: "1"}}
        """)  # fmt: skip
    assert [u.verdict for u in found.units] == ["identical"]
    assert (found.verdict, failed(found)) == (
        "refused",
        [("every patch of the plan matches exactly once",
          f"one/kustomization.yaml: p.yaml {said}")],
    )  # fmt: skip


def test_a_patch_of_one_namespace_matches_once(tmp_path: Path) -> None:
    draw(tmp_path, PATCHED)
    found = proof(tmp_path, """
        --- one/kustomization.yaml
        resources: [a.yaml]
        patches: [{path: p.yaml, target: {kind: ConfigMap, name: a, namespace: first}}]
        --- one/p.yaml
        - {op: replace, path: /data/x, value: "1"}
        """)  # fmt: skip
    assert (found.verdict, failed(found)) == ("identical", [])


def test_a_build_that_needs_files_outside_its_root_is_refused(tmp_path: Path) -> None:
    draw(tmp_path, COPIES)
    found = proof(tmp_path, """
        --- staging/kustomization.yaml
        resources: [../shared/web.yaml]
        --- shared/web.yaml = Deployment/web
        spec:
          replicas: 1
          template: {spec: {containers: [{name: app, image: "web:1"}]}}
        """, ("staging/web.yaml",))  # fmt: skip
    assert units(found) == ["staging: refused, builds only without the load restrictor now"]


def test_exactly_the_intended_roots_follow_a_change_of_the_base(tmp_path: Path) -> None:
    draw(tmp_path, COPIES)
    changes = planned(tmp_path, BASE, GONE)
    image = "/spec/template/spec/containers/0/image"

    def said(pointer: str, *roots: str) -> list[str]:
        wanted = Mutation("base/web.yaml", 0, pointer, roots)
        return [s for _, s in failed(prove(bench_of(tmp_path), changes, (wanted,)))]

    assert said(image, "production", "staging") == []
    assert said(image, "staging") == ["production follows, and should not"]
    assert said("/spec/replicas", "production", "staging") == ["production does not follow"]
    assert said("/spec/paused", "staging") == ["base/web.yaml: has no /spec/paused to change"]


# a plan that does not fit -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (FileChange("staging/web.yaml", "0" * 64, None),
         "staging/web.yaml: is not what it was when the change was planned; plan again"),
        (FileChange("staging/old.yaml", "0" * 64, None),
         "staging/old.yaml: is no longer there; plan again"),
        (FileChange("staging/web.yaml", None, b""),
         "staging/web.yaml: is there already; plan again"),
        (FileChange("linked/web.yaml", None, b""),
         "linked/web.yaml: lies behind a symbolic link; name the file itself"),
    ],
)  # fmt: skip
def test_a_stale_plan_says_which_file(tmp_path: Path, change: FileChange, said: str) -> None:
    draw(tmp_path, COPIES + "--- linked -> staging\n")
    with pytest.raises(StaleError) as error:
        prove(bench_of(tmp_path), (change,))
    assert str(error.value) == said


def test_a_moved_file_is_where_it_went(tmp_path: Path) -> None:
    draw(tmp_path, COPIES)
    data = (tmp_path / "staging/web.yaml").read_bytes()
    changes = (
        FileChange("staging/app/web.yaml", digest(data), None, None, "staging/web.yaml"),
        *planned(tmp_path, "--- staging/kustomization.yaml\nresources: [app/web.yaml]\n"),
    )
    found = prove(bench_of(tmp_path), changes)
    assert (found.verdict, units(found)) == ("identical", ["staging: identical"])

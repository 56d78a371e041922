"""Patches, entries and generator inputs that are the same in several kustomizations."""

from __future__ import annotations

from pathlib import Path

from analyzer import extracting, repeats
from analyzer.plans import Refusal
from tests.drawn import draw
from tests.extracted import Outcome
from tests.planning import bench_of, failed

BASE = """\
--- clusters/base/kustomization.yaml
resources: [web.yaml]
--- clusters/base/web.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: app
          image: web:1
"""
PATCH = """\
# Where it may run.
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  template:
    spec:
      priorityClassName: high
      terminationGracePeriodSeconds: {0}
      dnsPolicy: ClusterFirst
      hostNetwork: false
      hostPID: false
      hostIPC: false
      restartPolicy: Always
      schedulerName: other
"""
ROOTS = ("local", "staging", "production")


def only(where: Path, drawing: str) -> Outcome:
    """What comes of the only candidate of a drawn tree."""
    draw(where, drawing)
    now = bench_of(where)
    (candidate,) = repeats.gather(now.checkout, now.seen, commits=False).candidates
    made = extracting.alone(now, candidate, least=-1000)
    if isinstance(made, Refusal):
        return Outcome(made.verdict, "", made.reason, {}, [])
    one, proof = made
    files = {p: None if d is None else d.decode() for p, d in one.files.items()}
    return Outcome(proof.verdict, one.item.form, one.item.reason, files, failed(proof))


def patched(seconds: str = "30", more: str = "", body: str = PATCH) -> str:
    drawing = BASE
    for root in ROOTS:
        drawing += (
            f"--- clusters/{root}/kustomization.yaml\nresources: [../base]\npatches:\n"
            f"  - path: where.yaml\n  - path: own.yaml\n{more}"
            f"--- clusters/{root}/where.yaml\n{body.format(seconds)}"
            f"--- clusters/{root}/own.yaml\napiVersion: apps/v1\nkind: Deployment\n"
            f"metadata: {{name: web}}\nspec: {{paused: {str(root == 'local').lower()}}}\n"
        )
    return drawing


def test_a_patch_that_all_have_is_a_kustomize_component(tmp_path: Path) -> None:
    found = only(tmp_path, patched())
    assert (found.verdict, found.form, found.said) == ("identical", "component", [])
    home = "clusters/components/deployment-web"
    assert found.files[f"{home}/where.yaml"] == PATCH.format(30)
    assert found.files[f"{home}/kustomization.yaml"] == (
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
        "patches:\n  - path: where.yaml\n"
    )
    for root in ROOTS:
        assert found.files[f"clusters/{root}/where.yaml"] is None
        assert found.files[f"clusters/{root}/kustomization.yaml"] == (
            "resources: [../base]\npatches:\n  - path: own.yaml\n"
            "components:\n  - ../components/deployment-web\n"
        )


def test_patches_that_fight_over_a_field_keep_their_order(tmp_path: Path) -> None:
    drawing = patched().replace(
        "  - path: where.yaml\n  - path: own.yaml\n", "  - path: own.yaml\n  - path: where.yaml\n"
    )
    for word in ("true", "false"):
        mine = "template: {spec: {schedulerName: mine}}"
        drawing = drawing.replace(f"{{paused: {word}}}", f"{{paused: {word}, {mine}}}")
    found = only(tmp_path, drawing)
    assert (found.verdict, found.files) == ("refused", {})
    assert found.reason == (
        "clusters/local: Deployment/web spec.template.spec.schedulerName: other → mine"
    )


def test_a_patch_in_the_kustomization_is_not_taken_apart(tmp_path: Path) -> None:
    drawing = BASE
    for root in ROOTS:
        body = "".join(f"      {line}\n" for line in PATCH.format(30).splitlines()[1:])
        drawing += (f"--- clusters/{root}/kustomization.yaml\nresources: [../base]\npatches:\n"
                    f"  - patch: |\n{body}")  # fmt: skip
    found = only(tmp_path, drawing)
    assert found.verdict == "refused"
    assert found.reason.endswith("is written in the kustomization itself; move it to a file first")


GENERATOR = """\
configMapGenerator:
  - name: settings
    files:
      - settings.conf
    literals:
      - A=1
      - B=2
      - C=3
      - D=4
      - E=5
"""


def test_a_generator_moves_with_what_it_takes(tmp_path: Path) -> None:
    drawing = BASE
    text = "".join(f"line {n} = something\n" for n in range(9))
    for root in ROOTS:
        drawing += (f"--- clusters/{root}/kustomization.yaml\nresources: [../base]\n{GENERATOR}"
                    f"--- clusters/{root}/settings.conf\n{text}")  # fmt: skip
    found = only(tmp_path, drawing)
    assert (found.verdict, found.form) == ("identical", "component")
    homes = [p for p in found.files if p.endswith("settings.conf") and found.files[p] == text]
    assert len(homes) == 1
    assert found.files["clusters/local/settings.conf"] is None
    assert "configMapGenerator" not in str(found.files["clusters/local/kustomization.yaml"])

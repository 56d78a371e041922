"""Patches, entries and generator inputs that are the same in several kustomizations."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.drawn import draw
from tests.extracted import only

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


def inline(*seconds: int) -> str:
    drawing = BASE
    for root, number in zip(ROOTS, seconds, strict=True):
        text = PATCH.format(number)
        body = "".join(f"      {line}\n" for line in text.splitlines())
        drawing += (f"--- clusters/{root}/kustomization.yaml\nresources: [../base]\npatches:\n"
                    f"  - patch: |\n{body}    options: {{allowNameChange: true}}\n")  # fmt: skip
    return drawing


def test_a_patch_in_the_kustomizations_becomes_a_file_of_the_component(tmp_path: Path) -> None:
    found = only(tmp_path, inline(30, 30, 30))
    assert (found.verdict, found.form, found.said) == ("identical", "component", [])
    home = "clusters/components/deployment-web"
    assert found.files == {
        f"{home}/deployment-web.patch.yaml": PATCH.format(30).replace("{{", "{"),
        f"{home}/kustomization.yaml": (
            "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n"
            "  - path: deployment-web.patch.yaml\n    options:\n      allowNameChange: true\n"
        ),
        **{
            f"clusters/{root}/kustomization.yaml": "resources: [../base]\n"
            "components:\n  - ../components/deployment-web\n"
            for root in ROOTS
        },
    }


def test_a_patch_in_the_kustomization_that_differs_stays(tmp_path: Path) -> None:
    found = only(tmp_path, inline(30, 30, 60))
    assert (found.verdict, found.files) == ("refused", {})
    assert found.reason == (
        "clusters/local/kustomization.yaml:3: is written in the kustomization itself, and "
        "differs; move it to a file first"
    )


LONG = PATCH + "      nodeSelector:\n" + "".join(f"        key-{n}: value\n" for n in range(12))


def alike(*seconds: str) -> str:
    """Patch files that differ in one leaf."""
    drawing = BASE
    for root, number in zip(ROOTS, seconds, strict=True):
        drawing += (f"--- clusters/{root}/kustomization.yaml\nresources: [../base]\npatches:\n"
                    f"  - path: where.yaml\n    target:\n      kind: Deployment\n      name: web\n"
                    f"--- clusters/{root}/where.yaml\n{LONG.format(number)}")  # fmt: skip
    return drawing


def test_of_patches_that_differ_each_keeps_what_is_its_own(tmp_path: Path) -> None:
    found = only(tmp_path, alike("30", "60", "90"))
    assert (found.verdict, found.form, found.said) == ("identical", "component", [])
    home = "clusters/components/deployment-web"
    shared = LONG.format(0).replace("      terminationGracePeriodSeconds: 0\n", "")
    own = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n"
        "spec:\n  template:\n    spec:\n      terminationGracePeriodSeconds: {}\n"
    )
    assert found.files == {
        f"{home}/where.yaml": shared,
        f"{home}/kustomization.yaml": (
            "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n"
            "  - path: where.yaml\n    target:\n      kind: Deployment\n      name: web\n"
        ),
        **{
            f"clusters/{root}/kustomization.yaml": "resources: [../base]\npatches:\n"
            "  - path: where.yaml\n    target:\n      kind: Deployment\n      name: web\n"
            "components:\n  - ../components/deployment-web\n"
            for root in ROOTS
        },
        "clusters/local/where.yaml": own.format(30),
        "clusters/staging/where.yaml": own.format(60),
        "clusters/production/where.yaml": own.format(90),
    }


def test_a_comment_on_what_differs_stays_with_it(tmp_path: Path) -> None:
    found = only(tmp_path, alike("30", "60", "90 # the queue takes its time"))
    assert found.verdict == "identical"
    assert str(found.files["clusters/production/where.yaml"]).splitlines()[:2] == [
        "# terminationGracePeriodSeconds: 90 # the queue takes its time",
        "apiVersion: apps/v1",
    ]
    assert "#" not in str(found.files["clusters/production/kustomization.yaml"])


@pytest.mark.parametrize(
    ("mark", "end", "said"),
    [
        (b"", b"\r\n", "has line ends with carriage returns"),
        (b"\xef\xbb\xbf", b"\n", "begins with a byte order mark"),
    ],
)
def test_a_patch_that_differs_and_is_not_written_plain_stays(
    tmp_path: Path, mark: bytes, end: bytes, said: str
) -> None:
    draw(tmp_path, alike("30", "60", "90"))
    path = tmp_path / "clusters/local/where.yaml"
    path.write_bytes(mark + path.read_bytes().replace(b"\n", end))
    found = only(tmp_path, "")
    assert (found.verdict, found.files) == ("refused", {})
    assert found.reason == f"clusters/local/where.yaml:1: {said}; write it plain first"


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


def test_a_patch_of_what_nobody_sees_is_shared_on_its_level(tmp_path: Path) -> None:
    drawing = patched().replace("clusters/base/web.yaml", "clusters/base/other.yaml")
    drawing = drawing.replace(
        "resources: [web.yaml]", 'resources: ["https://example.com/web.yaml"]'
    )
    drawing = drawing.replace("  - path: own.yaml\n", "")
    found = only(tmp_path, drawing)
    assert (found.verdict, found.form, found.said) == ("relative", "component", [])
    assert found.files["clusters/components/deployment-web/where.yaml"] == PATCH.format(30)


SECRET = """\
--- clusters/base/kustomization.yaml
resources: [web.yaml]
--- clusters/base/web.yaml
apiVersion: v1
kind: Secret
metadata: {name: web}
stringData: {b: c}
"""


@pytest.mark.parametrize(
    ("patch", "shown"),
    [
        ("- op: add\n  path: /data\n  value: {a: aHVudGVy}\n", False),
        ("- op: add\n  path: /stringData/a\n  value: hunter\n", False),
        ("apiVersion: v1\nkind: Any\nmetadata: {name: any}\nstringData:\n  a: hunter\n", False),
        ("- op: add\n  path: /metadata/labels\n  value: {a: b}\n", True),
    ],
)
@pytest.mark.parametrize("inline", [False, True])
def test_a_patch_whose_target_is_a_secret_is_not_quoted(
    tmp_path: Path, patch: str, shown: bool, inline: bool
) -> None:
    drawing = SECRET
    for root in ROOTS:
        drawing += f"--- clusters/{root}/kustomization.yaml\nresources: [../base]\npatches:\n"
        body = "".join(f"      {line}\n" for line in (patch + "# one\n" * 12).splitlines())
        drawing += f"  - patch: |\n{body}" if inline else "  - path: p.yaml\n"
        drawing += "    target: {kind: Secret, name: web}\n"
        drawing += "" if inline else f"--- clusters/{root}/p.yaml\n{patch}" + "# one\n" * 12
    found = only(tmp_path, drawing)
    assert (found.verdict == "identical") is shown, found
    if not shown:
        path = "kustomization.yaml" if inline else "p.yaml"
        assert found.reason == (
            f"clusters/local/{path}: bears a secret; a plan would have to quote it, so it stays "
            "where it is"
        )


def test_an_input_that_is_no_text_stays_where_it_is(tmp_path: Path) -> None:
    drawing = BASE
    more = "".join(f"      - key-{n}=value\n" for n in range(20))
    for root in ROOTS:
        drawing += (f"--- clusters/{root}/kustomization.yaml\nresources: [../base]\n"
                    f"configMapGenerator:\n  - name: logo\n    files: [logo.bin]\n"
                    f"    literals:\n{more}")  # fmt: skip
    draw(tmp_path, drawing)
    for root in ROOTS:
        (tmp_path / f"clusters/{root}/logo.bin").write_bytes(b"\x89PNG\0\xff\n")
    found = only(tmp_path, "")
    assert (found.verdict, found.files) == ("refused", {})
    assert found.reason == (
        "configMapGenerator[logo]: logo.bin is no text, which a patch cannot move"
    )

"""Extraction of documents: the right form of patch, every byte in its place."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from tests.extracted import ROOTS, outcome, overlays, web


def test_equal_copies_become_a_base_without_a_patch(tmp_path: Path) -> None:
    found = outcome(tmp_path, overlays(web(), web()), *ROOTS)
    assert (found.verdict, found.form, found.reason) == (
        "identical", "nothing", "all copies are equal"
    )  # fmt: skip
    assert found.files == {
        "base/it.yaml": web(),
        "base/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1beta1\n"
        "kind: Kustomization\nresources:\n  - it.yaml\n",
        "staging/it.yaml": None,
        "production/it.yaml": None,
        "staging/kustomization.yaml": "resources:\n  - ../base\n",
        "production/kustomization.yaml": "resources:\n  - ../base\n",
    }


def test_images_and_replicas_are_fields_of_the_kustomization(tmp_path: Path) -> None:
    found = outcome(tmp_path, overlays(web(1, "1"), web(3, "2")), *ROOTS)
    assert (found.verdict, found.form) == ("identical", "fields")
    assert found.files["production/kustomization.yaml"] == "resources:\n  - ../base\n"
    assert found.files["base/it.yaml"] == web(3, "2")
    assert found.files["staging/kustomization.yaml"] == (
        'resources:\n  - ../base\nimages:\n  - name: web\n    newTag: "1"\nreplicas:\n'
        "  - name: web\n    count: 1\n"
    )


def test_another_value_is_a_strategic_merge_without_a_target(tmp_path: Path) -> None:
    found = outcome(tmp_path, overlays(web(mode="fast"), web(mode="safe")), *ROOTS)
    assert (found.verdict, found.form) == ("identical", "merge")
    assert found.files["staging/kustomization.yaml"] == (
        "resources:\n  - ../base\npatches:\n  - path: deployment-web.patch.yaml\n"
    )
    assert (
        found.files["staging/deployment-web.patch.yaml"]
        == """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
      - name: app
        env:
        - name: MODE
          value: fast
"""
    )


def test_a_merge_that_would_turn_a_list_is_a_json_patch_with_tests(tmp_path: Path) -> None:
    gone = web().replace("        - name: log\n          image: log:1\n", "")
    more = "        - name: aaa\n          image: a:1\n        - name: app   # first"
    turned = web().replace("        - name: app   # first", more)
    found = outcome(tmp_path, overlays(gone, turned), *ROOTS)
    assert found.verdict == "identical"
    assert found.form in ("merge", "json6902")


CRD = """\
apiVersion: example.com/v1
kind: Pool
metadata: {{name: pool}}
spec:
  servers:
  - name: a
    weight: {weight}
  - name: b
    weight: 2
"""


def test_a_list_of_a_custom_resource_is_written_whole(tmp_path: Path) -> None:
    found = outcome(tmp_path, overlays(CRD.format(weight=1), CRD.format(weight=9)), *ROOTS)
    assert (found.verdict, found.form) == ("identical", "merge")
    patch = found.files["staging/pool-pool.patch.yaml"]
    assert patch is not None
    assert patch.endswith("  servers:\n  - name: a\n    weight: 1\n  - name: b\n    weight: 2\n")


def test_an_explicit_null_needs_a_json_patch(tmp_path: Path) -> None:
    pool = (
        "apiVersion: example.com/v1\nkind: Pool\nmetadata: {name: pool}\nspec:\n  a: 1\n  b: %s\n"
    )
    found = outcome(tmp_path, overlays(pool % "null", pool % "x"), *ROOTS)
    assert (found.verdict, found.form) == ("identical", "json6902")
    assert [text for path, text in found.files.items() if path.endswith("json6902.yaml")] == [
        "- op: test\n  path: /spec/b\n  value: x\n- op: replace\n  path: /spec/b\n  value: null\n"
    ]


@pytest.mark.parametrize("value", ['"1"', '"0755"', '"yes"', "1", '"1e3"', '"2026-01-01"', "''"])
def test_a_text_that_looks_like_a_number_stays_a_text(tmp_path: Path, value: str) -> None:
    settings = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata:\n  a: b\n  x: %s\n"
    )
    pool = settings.replace("v1\nkind: ConfigMap", "example.com/v1\nkind: Pool")
    found = outcome(tmp_path, overlays(pool % value, pool % "other"), *ROOTS)
    assert (found.verdict, found.form) == ("identical", "merge")


BLOCK = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: script
data:
  other: %s
  run: |%s
    echo one
    echo two"""


@pytest.mark.parametrize("keep", ["", "-", "+"])
def test_a_block_scalar_at_the_end_keeps_the_end_it_has(tmp_path: Path, keep: str) -> None:
    found = outcome(tmp_path, overlays(BLOCK % ("a", keep) + "\n", BLOCK % ("a", keep) + "\n"),
                    *ROOTS)  # fmt: skip
    assert (found.verdict, found.form) == ("identical", "nothing")
    assert found.files["base/it.yaml"] == BLOCK % ("a", keep) + "\n"


def test_copies_with_and_without_a_final_newline_are_not_the_same(tmp_path: Path) -> None:
    found = outcome(
        tmp_path, overlays(BLOCK % ("a", "") + "\n", BLOCK % ("a", "+") + "\n\n"), *ROOTS
    )
    assert found.verdict == "identical"
    assert found.form == "merge"


TWO = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: first}
data: {x: "%s"}
---
# The second.
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: second}
data: {x: "%s"}
"""


def test_one_name_in_two_namespaces_is_patched_where_it_is_meant(tmp_path: Path) -> None:
    found = outcome(tmp_path, overlays(TWO % (1, 2), TWO % (1, 3)), *ROOTS)
    assert (found.verdict, found.said) == ("identical", [])
    assert found.form == "merge"


# what the overlays have of their own --------------------------------------------------------------


def test_an_existing_patch_of_the_same_field_stays_the_last(tmp_path: Path) -> None:
    drawing = overlays(
        web(mode="fast"), web(mode="safe"), "patches:\n  # kept\n  - path: own.yaml\n"
    )
    own = ("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: "
           "{containers: [{name: app, env: [{name: MODE, value: own}]}]}}}\n")  # fmt: skip
    drawing += f"--- staging/own.yaml\n{own}--- production/own.yaml\n{own}"
    found = outcome(tmp_path, drawing, *ROOTS)
    assert found.verdict == "identical"
    assert "  # kept\n  - path: own.yaml\n" in str(found.files["staging/kustomization.yaml"])


def test_an_entry_for_the_same_image_stays_as_it_is(tmp_path: Path) -> None:
    more = "images: [{name: web, newTag: '7'}]\n"
    found = outcome(tmp_path, overlays(web(tag="1"), web(tag="2"), more), *ROOTS)
    assert (found.verdict, found.form) == ("identical", "merge")
    assert str(found.files["staging/kustomization.yaml"]).count("newTag") == 1


@pytest.mark.parametrize(
    "more",
    [
        "namespace: shop\n",
        "namePrefix: my-\n",
        "commonLabels: {team: shop}\n",
        "labels: [{pairs: {team: shop}, includeSelectors: true}]\n",
        "commonAnnotations: {a: b}\n",
    ],
)
def test_what_the_overlay_does_to_all_it_has_it_does_to_the_base(tmp_path: Path, more: str) -> None:
    found = outcome(tmp_path, overlays(web(1), web(3), more), *ROOTS)
    assert (found.verdict, found.form) == ("identical", "fields")


GENERATED = """
    --- {0}/kustomization.yaml
    resources: [it.yaml, own.yaml]
    configMapGenerator:
      - name: settings
        literals: [a={0}]
      - name: own
        behavior: merge
        literals: [b={0}]
    --- {0}/own.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata: {{name: own}}
    data: {{a: "1", c: "2"}}
    --- {0}/it.yaml = Deployment/web
    spec: {{template: {{spec: {{containers: [{{name: a, image: b, envFrom: [{{configMapRef: {{name: settings}}}}]}}]}}}}}}
    """  # noqa: E501


def test_generators_still_find_what_they_merge_into_and_who_names_them(tmp_path: Path) -> None:
    drawing = "".join(textwrap.dedent(GENERATED.format(root)) for root in ROOTS)
    found = outcome(tmp_path, drawing, *ROOTS)
    assert (found.verdict, found.form) == ("identical", "nothing")
    assert found.files["staging/own.yaml"] is None


def test_one_root_of_both_overlays_takes_them_still(tmp_path: Path) -> None:
    drawing = overlays(web(), web(), "nameSuffix: -%s\n")
    drawing = drawing.replace("%s", "a", 1).replace("%s", "b", 1)
    drawing += "--- all/kustomization.yaml\nresources: [../staging, ../production]\n"
    found = outcome(tmp_path, drawing, *ROOTS)
    assert (found.verdict, found.form) == ("identical", "nothing")


DIAMOND = """
    --- staging/kustomization.yaml
    resources: [it.yaml]
    namespace: one
    --- staging/it.yaml = ConfigMap/it
    data: {a: b}
    --- production/kustomization.yaml
    resources: [it.yaml]
    namespace: two
    --- production/it.yaml = ConfigMap/it
    data: {a: b}
    --- all/kustomization.yaml
    resources: [../staging, ../production]
    """


def test_a_diamond_is_decided_by_the_engine(tmp_path: Path) -> None:
    found = outcome(tmp_path, DIAMOND, *ROOTS)
    assert (found.verdict, found.form) == ("identical", "nothing")


# files --------------------------------------------------------------------------------------------


def test_documents_that_stay_keep_their_bytes(tmp_path: Path) -> None:
    one = "# head\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\ndata: {a: b}  # tail\n"
    staging = (one % "shared") + "---\n" + (one % "only-staging")
    production = (one % "only-production") + "---\n" + (one % "shared")
    found = outcome(tmp_path, overlays(staging, production), *ROOTS)
    assert found.verdict == "identical"
    assert found.files["staging/it.yaml"] == one % "only-staging"
    assert found.files["production/it.yaml"] == one % "only-production"
    assert found.files["base/configmap-shared.yaml"] == one % "shared"
    assert found.files["staging/kustomization.yaml"] == "resources:\n  - ../base\n  - it.yaml\n"


def test_comments_of_a_kustomization_stay_where_they_are(tmp_path: Path) -> None:
    drawing = overlays(web(), web()).replace(
        "--- staging/kustomization.yaml\nresources:\n  - it.yaml\n",
        "--- staging/kustomization.yaml\n# top\nresources:\n# flush\n- more.yaml   # more\n"
        "- it.yaml   # it\nnamespace: x # end\n--- staging/more.yaml\napiVersion: v1\n"
        "kind: ConfigMap\nmetadata: {name: more}\n",
    )
    found = outcome(tmp_path, drawing, *ROOTS)
    assert found.files["staging/kustomization.yaml"] == (
        "# top\nresources:\n# flush\n- more.yaml   # more\n- ../base   # it\nnamespace: x # end\n"
    )


def test_a_flow_list_stays_one(tmp_path: Path) -> None:
    drawing = overlays(web(mode="fast"), web(mode="safe")).replace(
        "resources:\n  - it.yaml\n", "resources: [it.yaml]\npatches: []\n"
    )
    found = outcome(tmp_path, drawing, *ROOTS)
    assert found.verdict == "identical"
    assert found.files["staging/kustomization.yaml"] == (
        'resources: [../base]\npatches: [{"path": "deployment-web.patch.yaml"}]\n'
    )


def test_a_host_is_no_part_of_the_base(tmp_path: Path) -> None:
    ingress = """\
apiVersion: example.com/v1
kind: Site
metadata: {{name: shop}}
spec:
  host: {0}.example.com
  path: /
"""
    found = outcome(tmp_path, overlays(ingress.format("test"), ingress.format("www")), *ROOTS)
    assert (found.verdict, found.form) == ("identical", "merge")
    assert "host" not in str(found.files["base/it.yaml"])
    assert "host: www" in str(found.files["production/site-shop.patch.yaml"])


def test_a_strict_base_has_only_what_all_have(tmp_path: Path) -> None:
    found = outcome(tmp_path, overlays(web(1), web(3)), *ROOTS, common=True)
    assert (found.verdict, found.form) == ("identical", "fields")
    assert found.files["base/it.yaml"] == web(3).replace("  replicas: 3\n", "")


def test_a_patch_of_some_overlays_is_a_kustomize_component(tmp_path: Path) -> None:
    plain = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
        - name: app
          image: web:1
"""
    strict = (
        plain
        + """\
          securityContext:
            privileged: false
            readOnlyRootFilesystem: true
            runAsNonRoot: true
            runAsUser: 1000
            runAsGroup: 1000
            allowPrivilegeEscalation: false
"""
    )
    roots = ("clusters/a", "clusters/b", "clusters/c", "clusters/d", "clusters/e")
    drawing = "".join(
        f"--- {root}/kustomization.yaml\nresources:\n  - it.yaml\n--- {root}/it.yaml\n"
        f"{strict if root in roots[3:] else plain}"
        for root in roots
    )
    found = outcome(tmp_path, drawing, *roots)
    assert (found.verdict, found.said) == ("identical", [])
    home = "clusters/components/deployment-web"
    assert found.files[f"{home}/kustomization.yaml"] == (
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
        "patches:\n  - path: deployment-web.patch.yaml\n"
    )
    assert "runAsNonRoot: true" in str(found.files[f"{home}/deployment-web.patch.yaml"])
    for root in roots:
        added = "components:\n  - ../components/deployment-web\n" if root in roots[3:] else ""
        assert found.files[f"{root}/kustomization.yaml"] == f"resources:\n  - ../base\n{added}"
        assert f"{root}/deployment-web.patch.yaml" not in found.files


def test_a_base_that_is_there_is_built_on(tmp_path: Path) -> None:
    drawing = (
        f"--- clusters/base/apps/web/kustomization.yaml\nresources: [it.yaml]\n"
        f"--- clusters/base/apps/web/it.yaml\n{web(1)}"
        "--- clusters/local/apps/web/kustomization.yaml\nresources: [../../../base/apps/web]\n"
        "--- clusters/staging/apps/web/kustomization.yaml\nresources: [../../../base/apps/web]\n"
        "--- clusters/production/apps/web/kustomization.yaml\nresources: [it.yaml]\n"
        f"--- clusters/production/apps/web/it.yaml\n{web(3)}"
    )
    found = outcome(tmp_path, drawing, "clusters/base/apps/web", "clusters/production/apps/web")
    assert (found.verdict, found.form) == ("identical", "fields")
    assert found.files == {
        "clusters/production/apps/web/it.yaml": None,
        "clusters/production/apps/web/kustomization.yaml": "resources: [../../../base/apps/web]\n"
        "replicas:\n  - name: web\n    count: 3\n",
    }


def test_what_a_copy_says_in_comments_goes_where_it_names_the_base(tmp_path: Path) -> None:
    staging = web(1).replace("image: web:1", "image: web:1  # pinned until the import is done")
    staging = staging.replace("spec:\n  replicas", "# Ask the shop first.\nspec:\n  replicas")
    drawing = overlays(staging, web(3)).replace(
        "- it.yaml\n", "- it.yaml  # ours\n  - own.yaml\n", 1
    )
    found = outcome(tmp_path, drawing + "--- staging/own.yaml = ConfigMap/own\n", *ROOTS)
    assert found.verdict == "identical"
    assert found.files["staging/kustomization.yaml"] == (
        "resources:\n"
        "  # Ask the shop first.\n"
        "  # image: web:1  # pinned until the import is done\n"
        "  - ../base  # ours\n"
        "  - own.yaml\n"
        "replicas:\n  - name: web\n    count: 1\n"
    )


def test_comments_stand_above_a_list_in_one_line(tmp_path: Path) -> None:
    staging = web(1).replace("image: web:1", "image: web:1  # pinned")
    drawing = overlays(staging, web(3)).replace(
        "resources:\n  - it.yaml", "resources: [it.yaml]", 1
    )
    found = outcome(tmp_path, drawing, *ROOTS)
    assert found.verdict == "identical"
    assert found.files["staging/kustomization.yaml"] == (
        "# image: web:1  # pinned\nresources: [../base]\nreplicas:\n  - name: web\n    count: 1\n"
    )

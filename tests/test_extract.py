"""Extraction of documents: the right form of patch, every byte in its place, or a reason."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from analyzer import extracting, repeats
from analyzer.plans import Refusal
from tests.drawn import draw
from tests.extracted import only, outcome
from tests.planning import bench_of

ROOTS = ("staging", "production")


def overlays(staging: str, production: str, more: str = "") -> str:
    """Two environments with a file of their own each, and what else their kustomizations say."""
    return (
        f"--- staging/kustomization.yaml\nresources:\n  - it.yaml\n{more}"
        f"--- staging/it.yaml\n{staging}"
        f"--- production/kustomization.yaml\nresources:\n  - it.yaml\n{more}"
        f"--- production/it.yaml\n{production}"
    )


WEB = """\
# The shop.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: {replicas}
  template:
    spec:
      containers:
        - name: app   # first
          image: web:{tag}
          env:
            - name: MODE
              value: {mode}
        - name: log
          image: log:1
"""


def web(replicas: int = 1, tag: str = "1", mode: str = "fast") -> str:
    return WEB.format(replicas=replicas, tag=tag, mode=mode)


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


# refused ------------------------------------------------------------------------------------------


def refused(where: Path, drawing: str, *roots: str) -> str:
    found = outcome(where, drawing, *(roots or ROOTS))
    assert (found.verdict, found.files) == ("refused", {})
    return found.reason


def test_a_secret_is_not_quoted(tmp_path: Path) -> None:
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: hunter2}\n"
    said = refused(tmp_path, overlays(secret, secret))
    assert said == ("production/it.yaml: bears a secret; a plan would have to quote it, "
                    "so it stays where it is")  # fmt: skip


def test_a_secret_beside_it_in_the_file_is_not_quoted_either(tmp_path: Path) -> None:
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: hunter2}\n"
    drawing = overlays(web() + "---\n" + secret, web())
    assert refused(tmp_path, drawing).startswith("staging/it.yaml: bears a secret")


def test_a_secret_in_the_kustomization_is_not_quoted_either(tmp_path: Path) -> None:
    more = "secretGenerator: [{name: s, literals: [a=hunter2]}]\n"
    said = refused(tmp_path, overlays(web(), web(), more))
    assert said.startswith("production/kustomization.yaml: bears a secret")


def test_what_sops_has_encrypted_stays(tmp_path: Path) -> None:
    body = ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: s}\ndata: {a: \"ENC[x]\"}\n"
            "sops: {mac: y}\n")  # fmt: skip
    assert "bears a secret" in refused(tmp_path, overlays(body, body))


def test_a_file_that_others_name_too_stays(tmp_path: Path) -> None:
    drawing = (
        overlays(web(), web()) + "--- other/kustomization.yaml\nresources: [../staging/it.yaml]\n"
    )
    assert refused(tmp_path, drawing) == "staging/it.yaml: other names it too"


def test_a_linked_directory_is_shared_already(tmp_path: Path) -> None:
    drawing = ("--- staging/kustomization.yaml\nresources: [app/it.yaml]\n"
               f"--- staging/app/it.yaml\n{web()}"
               "--- production/kustomization.yaml\nresources: [app/it.yaml]\n"
               "--- production/app -> ../staging/app\n")  # fmt: skip
    assert refused(tmp_path, drawing) == "staging/app/it.yaml: staging names it too"


def test_aliases_keep_what_they_repeat(tmp_path: Path) -> None:
    pool = ("apiVersion: example.com/v1\nkind: Pool\nmetadata: {name: pool}\nspec:\n"
            "  host: &h %s.example.com\n  again: *h\n  n: 1\n")  # fmt: skip
    found = outcome(tmp_path, overlays(pool % "a", pool % "b"), *ROOTS)
    assert (found.verdict, found.form) == ("identical", "merge")
    assert "&h" in str(found.files["base/it.yaml"])


def test_a_file_nobody_names_is_not_pulled_in(tmp_path: Path) -> None:
    drawing = overlays(web(), web()) + "--- staging/lone.yaml = ConfigMap/lone\n"
    found = outcome(tmp_path, drawing, *ROOTS)
    assert found.verdict == "identical"
    assert "staging/lone.yaml" not in found.files


def test_what_does_not_build_is_not_judged(tmp_path: Path) -> None:
    drawing = overlays(web(), web()).replace("- it.yaml\n", "- it.yaml\n  - gone.yaml\n", 1)
    found = outcome(tmp_path, drawing, *ROOTS)
    assert (found.verdict, found.reason) == (
        "unprovable",
        "staging does not build before: staging/kustomization.yaml:3: gone.yaml does not exist",
    )


def test_a_copy_that_does_not_build_is_left_as_it_is(tmp_path: Path) -> None:
    drawing = overlays(web(), web()) + (
        f"--- broken/kustomization.yaml\nresources: [it.yaml, gone.yaml]\n"
        f"--- broken/it.yaml\n{web()}"
    )
    found = outcome(tmp_path, drawing, *ROOTS, "broken")
    assert (found.verdict, found.form) == ("identical", "nothing")
    assert found.reason == (
        "all copies are equal; left out: broken does not build before: "
        "broken/kustomization.yaml:1: gone.yaml does not exist"
    )
    assert "broken/it.yaml" not in found.files


SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: hunter2}\n"


def test_a_copy_beside_a_secret_is_left_as_it_is(tmp_path: Path) -> None:
    drawing = overlays(web(), web()) + (
        "--- local/kustomization.yaml\nresources: [it.yaml]\n"
        f"--- local/it.yaml\n{web()}---\n{SECRET}"
    )
    found = outcome(tmp_path, drawing, *ROOTS, "local")
    assert (found.verdict, found.reason) == (
        "identical",
        "all copies are equal; left out: local/it.yaml: bears a secret; a plan would have to quote "
        "it, so it stays where it is",
    )
    assert sorted(found.files) == [
        "base/it.yaml",
        "base/kustomization.yaml",
        "production/it.yaml",
        "production/kustomization.yaml",
        "staging/it.yaml",
        "staging/kustomization.yaml",
    ]


def test_namespaces_that_tell_resources_apart_stay_in_the_base(tmp_path: Path) -> None:
    role = (
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\n"
        "metadata:\n  name: r\n  namespace: {0}-{1}\nrules:\n"
        "  - verbs: [get, list, watch]\n    apiGroups: ['']\n    resources: [pods, services]\n"
        "  - verbs: [{0}]\n    apiGroups: [apps]\n    resources: [deployments]\n"
    )
    drawing, roles = "", ""
    for name in ("staging", "production"):
        roles = "---\n".join(role.format(part, name) for part in ("infra", "backend"))
        drawing += f"--- clusters/{name}/web/kustomization.yaml\nresources: [roles.yaml]\n"
        drawing += f"--- clusters/{name}/web/roles.yaml\n{roles}"
    draw(tmp_path, drawing)
    now = bench_of(tmp_path)
    (found,) = repeats.gather(now.checkout, now.seen, commits=False).candidates
    made = extracting.alone(now, found, least=-1000)
    assert not isinstance(made, Refusal)
    assert (made[1].verdict, made[0].item.form) == ("identical", "json6902")
    assert made[0].files["clusters/base/web/roles.yaml"] == roles.encode()
    assert made[0].files["clusters/production/web/roles.yaml"] is None
    assert made[0].files["clusters/staging/web/kustomization.yaml"] == b"".join((
        b"resources: [../../base/web]\npatches:\n",
        *(b"  - path: role-r%s.json6902.yaml\n    target:\n"
          b"      group: rbac.authorization.k8s.io\n"
          b"      version: v1\n      kind: Role\n      name: r\n"
          b"      namespace: %s-production\n" % it
          for it in ((b"", b"infra"), (b"-2", b"backend"))),
    ))  # fmt: skip


def spaced(own: str = "") -> str:
    """Two environments with a Deployment and a Service in a namespace of their own."""
    drawing = ""
    for name in ("staging", "production"):
        it = web().replace("  name: web\n", f"  name: web\n  namespace: shop-{name}\n", 1)
        service = (
            f"apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  namespace: shop-{name}\n"
            "spec:\n  selector: {app: web}\n  ports: [{port: 80}]\n"
        )
        drawing += (
            f"--- clusters/{name}/web/kustomization.yaml\n# Ours.\nresources:\n  - it.yaml\n{own}"
            f"--- clusters/{name}/web/it.yaml\n{it}---\n{service}"
        )
    return drawing


def test_a_namespace_of_each_environment_is_a_field_of_its_kustomization(tmp_path: Path) -> None:
    found = only(tmp_path, spaced())
    assert (found.verdict, found.form) == ("identical", "fields")
    assert "namespace" not in str(found.files["clusters/base/web/it.yaml"])
    assert found.files["clusters/staging/web/kustomization.yaml"] == (
        "# Ours.\nnamespace: shop-staging\nresources:\n  - ../../base/web\n"
    )
    assert found.files["clusters/production/web/kustomization.yaml"] == (
        "# Ours.\nnamespace: shop-production\nresources:\n  - ../../base/web\n"
    )


def test_a_namespace_that_would_reach_others_is_left_to_patches(tmp_path: Path) -> None:
    drawing = spaced("  - other.yaml\n")
    for name in ROOTS:
        drawing += f"--- clusters/{name}/web/other.yaml = ConfigMap/else/other\n"
    found = only(tmp_path, drawing)
    assert (found.verdict, found.form) == ("identical", "json6902")
    assert (
        "namespace: shop-"
        not in str(found.files["clusters/staging/web/kustomization.yaml"]).split("patches")[0]
    )


def test_what_somebody_on_top_tells_apart_by_its_name_stays(tmp_path: Path) -> None:
    """Both Services are called web before they are renamed; a patch on top means one of them."""
    drawing = ""
    for name in ("staging", "production"):
        service = (
            f"apiVersion: v1\nkind: Service\nmetadata:\n  name: web-{name}\nspec:\n"
            "  type: ClusterIP\n  selector: {app: web}\n  ports: [{port: 80}]\n"
        )
        drawing += (
            f"--- clusters/{name}/web/kustomization.yaml\nresources: [it.yaml, service.yaml]\n"
            f"--- clusters/{name}/web/it.yaml\n{web().replace('name: web', f'name: web-{name}', 1)}"
            f"--- clusters/{name}/web/service.yaml\n{service}"
        )
    drawing += (
        "--- clusters/all/kustomization.yaml\nresources: [../staging/web, ../production/web]\n"
        "patches:\n  - patch: |\n      apiVersion: v1\n      kind: Service\n"
        "      metadata: {name: web-production}\n      spec: {type: NodePort}\n"
    )
    found = only(tmp_path, drawing)
    assert (found.verdict, found.reason) == (
        "identical",
        "a merge would turn lists, or cannot say what differs; 1 clone left: clusters/all: does "
        "not build any more: clusters/all/kustomization.yaml:3: the patch for "
        "Service/web-production finds more than one resource",
    )
    assert "clusters/production/web/service.yaml" not in found.files

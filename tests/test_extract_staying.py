"""Extraction: what stays as it is, and why; namespaces, which tell resources apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer import extracting, repeats
from analyzer.plans import Refusal
from tests.drawn import draw
from tests.extracted import ROOTS, of, only, outcome, overlays, web
from tests.planning import bench_of


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


def test_a_secret_that_would_move_is_named_where_it_is(tmp_path: Path) -> None:
    drawing = "".join(
        f"--- clusters/{root}/kustomization.yaml\nresources: [it.yaml]\nconfigMapGenerator:\n"
        f"  - name: c\n    literals: [DB_PASSWORD=hunter2, A=b]\n"
        f"--- clusters/{root}/it.yaml\n{web(tag=root)}"
        for root in ("local", *ROOTS)
    )
    found = only(tmp_path, drawing)
    assert (found.verdict, found.files) == ("refused", {})
    assert found.reason.startswith("clusters/local/kustomization.yaml: bears a secret")


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


def test_a_file_that_ends_without_a_newline_still_does(tmp_path: Path) -> None:
    draw(tmp_path, overlays(web(tag="1"), web(tag="2"), "labels:\n  - pairs: {a: b}\n"))
    for root in ROOTS:
        path = tmp_path / root / "kustomization.yaml"
        path.write_bytes(path.read_bytes().rstrip(b"\n"))
    found = of(bench_of(tmp_path), *ROOTS)
    assert found.verdict == "identical"
    assert found.files["staging/kustomization.yaml"] == (
        "resources:\n  - ../base\nlabels:\n  - pairs: {a: b}\n"
        'images:\n  - name: web\n    newTag: "1"'
    )
    assert found.files["production/kustomization.yaml"] == (
        "resources:\n  - ../base\nlabels:\n  - pairs: {a: b}"
    )


@pytest.mark.parametrize(
    ("name", "mark", "end", "said"),
    [
        ("kustomization.yaml", b"", b"\r\n", "has line ends with carriage returns"),
        ("kustomization.yaml", b"\xef\xbb\xbf", b"\n", "begins with a byte order mark"),
        ("it.yaml", b"", b"\r\n", "has line ends with carriage returns"),
        ("it.yaml", b"\xef\xbb\xbf", b"\n", "begins with a byte order mark"),
    ],
)
def test_a_file_that_is_not_written_plain_stays(
    tmp_path: Path, name: str, mark: bytes, end: bytes, said: str
) -> None:
    draw(tmp_path, overlays(web(tag="1"), web(tag="2")))
    path = tmp_path / "production" / name
    path.write_bytes(mark + path.read_bytes().replace(b"\n", end))
    found = of(bench_of(tmp_path), *ROOTS)
    assert (found.verdict, found.files) == ("refused", {})
    assert found.reason == f"production/{name}:1: {said}; write it plain first"


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

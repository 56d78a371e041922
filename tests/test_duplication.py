"""What is written more than once: exact candidates over drawn trees."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from analyzer import commands
from analyzer.analyses import duplication
from analyzer.analyses.duplication import Duplication
from analyzer.candidates import Candidate, Clone
from analyzer.looking import Options
from tests.drawn import layout

Draw = Callable[[str], Path]

LAYOUT = layout("local", "staging", "production")


def report(where: Path, render: bool = False) -> Duplication:
    view = commands.look(Options(where, render=render), copies=True, commits=True)
    return duplication.analyze(view.snapshot)


def clones(one: Candidate) -> list[tuple[str, str, list[str], tuple[str, ...]]]:
    """(Shape, name and pointer, `path:line` of every copy, what differs)."""
    return [(c.shape, duplication.clone_name(c), [str(copy.span) for copy in c.copies],
             c.differing) for c in one.clones]  # fmt: skip


def found(where: Path, render: bool = False) -> list[tuple[str, list[object]]]:
    return [(one.title, [*clones(one)]) for one in report(where, render).repeated.candidates]


def left_out(where: Path, render: bool = False) -> list[tuple[str, int, int]]:
    return [(one.reason, one.count, one.lines)
            for one in report(where, render).repeated.excluded]  # fmt: skip


def only(where: Path) -> tuple[Candidate, Clone]:
    (one,) = report(where).repeated.candidates
    (clone,) = one.clones
    return one, clone


def deployment(name: str = "web", replicas: int = 2, image: str = "web:1", cpu: str = "100m",
               namespace: str = "apps", more: int = 0) -> str:  # fmt: skip
    """28 lines, and two for each of `more` variables."""
    variables = "".join(f"            - name: V{n}\n              value: v\n" for n in range(more))
    variables = f"          env:\n{variables}" if more else ""
    return f"""apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: {namespace}
  labels:
    app: {name}
spec:
  replicas: {replicas}
  selector:
    matchLabels:
      app: {name}
  template:
    metadata:
      labels:
        app: {name}
    spec:
      serviceAccountName: {name}
      containers:
        - name: app
          image: {image}
          args: [--serve, --port=8080]
          ports:
            - containerPort: 8080
          resources:
            requests:
              cpu: {cpu}
              memory: 64Mi
{variables}"""


def put(where: Path, path: str, text: str) -> None:
    file = where / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def root(where: Path, path: str, text: str, *files: str) -> None:
    """A kustomization that lists files, and says what else is given."""
    listed = f"resources: [{', '.join(files)}]\n" if files else ""
    put(where, f"{path}/kustomization.yaml", listed + text)


def environments(where: Path, *texts: str) -> None:
    """A web.yaml of its own in local, staging, production."""
    for environment, text in zip(("local", "staging", "production"), texts, strict=False):
        root(where, f"clusters/{environment}/web", "", "web.yaml")
        put(where, f"clusters/{environment}/web/web.yaml", text)


ROOTS = ("clusters/local/web", "clusters/production/web", "clusters/staging/web")


def test_a_document_copied_to_three_environments_is_one_candidate(tree: Draw) -> None:
    where = tree(LAYOUT)
    environments(where, deployment(), deployment(), deployment())
    one, clone = only(where)
    assert one.roots == ROOTS
    assert one.title == "web: Deployment/web in 3 directories"
    assert (clone.shape, clone.name, clone.differing, clone.common) == (
        "document", "Deployment/web", (), 16,
    )  # fmt: skip
    assert [(str(c.span), c.lines) for c in clone.copies] == [
        (f"{path}/web.yaml:1", 28) for path in ROOTS
    ]
    # two copies go, three files are listed once, a base and a line for it in three places come
    assert one.terms.lines == 2 * 28 + (3 - 1) - 3 - 3


def test_comments_quotes_and_the_order_of_keys_do_not_count(tree: Draw) -> None:
    where = tree(LAYOUT)
    written = deployment().replace("kind: Deployment\n", 'kind: "Deployment"\n# ours\n')
    head, _, rest = written.partition("metadata:\n")
    environments(where, deployment(), "---\nmetadata:\n" + rest + head)
    _, clone = only(where)
    assert clone.differing == ()


def test_a_number_and_a_text_that_looks_like_one_differ(tree: Draw) -> None:
    where = tree(LAYOUT)
    environments(where, deployment(), deployment().replace("replicas: 2", 'replicas: "2"'))
    assert only(where)[1].differing == ("/spec/replicas",)


def test_a_near_copy_says_which_leaf_differs(tree: Draw) -> None:
    where = tree(LAYOUT)
    environments(where, deployment(), deployment(), deployment(replicas=5))
    one, clone = only(where)
    assert (one.roots, clone.differing, clone.common) == (ROOTS, ("/spec/replicas",), 15)


def test_a_near_copy_with_three_leaves(tree: Draw) -> None:
    where = tree(LAYOUT)
    environments(where, deployment(), deployment(), deployment(replicas=5, image="b:1", cpu="1"))
    assert only(where)[1].differing == (
        "/spec/replicas",
        "/spec/template/spec/containers/0/image",
        "/spec/template/spec/containers/0/resources/requests/cpu",
    )


def test_copies_that_have_less_than_half_in_common_are_none(tree: Draw) -> None:
    where = tree(LAYOUT)
    other = "".join(f"  key{n}: other{n}\n" for n in range(20))
    same = "".join(f"  key{n}: value{n}\n" for n in range(20))
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata:\n"
    environments(where, head + same, head + other)
    assert found(where) == []


def test_another_name_in_each_environment_is_found_by_its_path(tree: Draw) -> None:
    where = tree(LAYOUT)
    environments(where, deployment("web-local", more=9), deployment("web-staging", more=9))
    _, clone = only(where)
    assert clone.name == "Deployment/web-local, Deployment/web-staging"
    assert clone.differing == (
        "/metadata/labels/app", "/metadata/name", "/spec/selector/matchLabels/app",
        "/spec/template/metadata/labels/app", "/spec/template/spec/serviceAccountName",
    )  # fmt: skip


def test_renamed_copies_across_components_are_found_by_likeness(tree: Draw) -> None:
    where = tree(LAYOUT)
    for name in ("orders", "payments"):
        root(where, f"clusters/local/{name}", "", f"{name}.yaml")
        put(where, f"clusters/local/{name}/{name}.yaml", deployment(name, more=9))
    one, clone = only(where)
    assert one.roots == ("clusters/local/orders", "clusters/local/payments")
    assert clone.name == "Deployment/orders, Deployment/payments"
    assert clone.common == 29


def test_other_components_with_little_in_common_are_none(tree: Draw) -> None:
    where = tree(LAYOUT)
    for name, image, cpu in (("orders", "a:1", "1"), ("payments", "b:2", "2")):
        root(where, f"clusters/local/{name}", "", f"{name}.yaml")
        text = deployment(name, image=image, cpu=cpu, namespace=name, replicas=len(name))
        put(where, f"clusters/local/{name}/{name}.yaml", text)
    assert found(where) == []


PATCH = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      securityContext:
        runAsNonRoot: true
        runAsUser: 65534
        fsGroup: 65534
        seccompProfile:
          type: RuntimeDefault
      nodeSelector:
        pool: apps
"""


def test_a_patch_file_and_an_inline_patch_are_copies_of_one_patch(tree: Draw) -> None:
    where = tree(LAYOUT)
    inline = "".join(f"      {line}\n" for line in PATCH.splitlines())
    root(where, "clusters/local/web", "patches: [{path: secure.yaml}]\n", "../../../base/web")
    put(where, "clusters/local/web/secure.yaml", PATCH)
    root(where, "clusters/staging/web", f"patches:\n  - patch: |\n{inline}", "../../../base/web")
    root(where, "base/web", "", "web.yaml")
    put(where, "base/web/web.yaml", deployment())
    assert found(where) == [
        ("web: patch of Deployment/web in 2 directories", [
            ("patch", "patch of Deployment/web",
             ["clusters/local/web/secure.yaml:1", "clusters/staging/web/kustomization.yaml:3"], ()),
        ]),
    ]  # fmt: skip


def test_images_of_two_overlays_are_entries_of_one_candidate(tree: Draw) -> None:
    where = tree(LAYOUT)
    images = "images:\n" + "".join(
        f"  - name: {name}\n    newName: mirror.example.com/{name}\n    newTag: v1\n"
        for name in ("a", "b", "c", "d", "e")
    )
    for environment in ("staging", "production"):
        root(where, f"clusters/{environment}/web", images, "../../../base/web")
    root(where, "base/web", "", "web.yaml")
    put(where, "base/web/web.yaml", deployment())
    (one,) = report(where).repeated.candidates
    assert clones(one) == [
        ("entry", f"images[{name}]",
         [f"clusters/{environment}/web/kustomization.yaml:{line}"
          for environment in ("production", "staging")], ())
        for name, line in zip("abcde", range(3, 18, 3), strict=True)
    ]  # fmt: skip
    assert one.terms.lines == 5 * 3 - 3 - 2 * 2


def test_a_pin_that_differs_is_no_copy(tree: Draw) -> None:
    where = tree(LAYOUT)
    for environment in ("staging", "production"):
        pins = "".join(f"  - {{name: n{n}, newTag: {environment}{n}}}\n" for n in range(20))
        root(where, f"clusters/{environment}/web", f"images:\n{pins}", "../../../base/web")
    root(where, "base/web", "", "web.yaml")
    put(where, "base/web/web.yaml", deployment())
    assert found(where) == []


def generators(where: Path, staging: str, production: str) -> None:
    for environment, text in (("staging", staging), ("production", production)):
        generator = "configMapGenerator: [{name: web, files: [web.properties]}]\n"
        root(where, f"clusters/{environment}/web", generator)
        put(where, f"clusters/{environment}/web/web.properties", text)


OPTIONS = "".join(f"option.{n} = {n}\n" for n in range(20))


def test_a_file_that_generators_take_is_a_copy_whatever_it_holds(tree: Draw) -> None:
    where = tree(LAYOUT)
    generators(where, OPTIONS, OPTIONS)
    (one,) = report(where).repeated.candidates
    assert clones(one) == [
        ("entry", "configMapGenerator[web]",
         ["clusters/production/web/kustomization.yaml:1",
          "clusters/staging/web/kustomization.yaml:1"], ()),
        ("generator", "web.properties",
         ["clusters/production/web/web.properties:1", "clusters/staging/web/web.properties:1"], ()),
    ]  # fmt: skip


def test_a_file_key_is_replaced_whole_so_one_other_line_saves_nothing(tree: Draw) -> None:
    where = tree(LAYOUT)
    generators(where, OPTIONS, OPTIONS.replace("option.7 = 7", "option.7 = 8"))
    assert found(where) == []


def test_of_three_files_two_are_equal_and_the_line_of_the_third_is_named(tree: Draw) -> None:
    where = tree(LAYOUT)
    generators(where, OPTIONS, OPTIONS)
    generator = "configMapGenerator: [{name: web, files: [web.properties]}]\n"
    root(where, "clusters/local/web", generator)
    own = OPTIONS.replace("option.7 = 7", "option.7 = 8")
    put(where, "clusters/local/web/web.properties", own)
    (one,) = report(where).repeated.candidates
    assert [(c.shape, c.differing, len(c.copies)) for c in one.clones] == [
        ("entry", (), 3), ("generator", ("/7",), 3),
    ]  # fmt: skip


def release(name: str, values: str, chart: str = "podinfo") -> str:
    body = "".join(f"    {line}\n" for line in values.splitlines())
    return f"""apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: {name}
spec:
  interval: 1h
  chart:
    spec:
      chart: {chart}
      version: 1.{len(chart)}.x
      sourceRef: {{kind: HelmRepository, name: {chart}}}
  values:
{body}"""


def labels(chart: str) -> str:
    listed = ", ".join(f"{chart}{n}: {chart}" for n in range(9))
    return f"commonMetadata: {{labels: {{{listed}}}}}"


VALUES = "".join(f"key{n}: value{n}\n" for n in range(20))


def test_values_of_helm_releases_that_are_no_copies(tree: Draw) -> None:
    where = tree(LAYOUT)
    for name, chart in (("orders", "orders-chart"), ("payments", "payments-engine")):
        root(where, f"clusters/local/{name}", "", "release.yaml")
        put(
            where,
            f"clusters/local/{name}/release.yaml",
            release(name, VALUES, chart).replace("interval: 1h", labels(chart)),
        )
    (one,) = report(where).repeated.candidates
    assert clones(one) == [
        ("values", "values of HelmRelease/orders, values of HelmRelease/payments /spec/values",
         ["clusters/local/orders/release.yaml:13", "clusters/local/payments/release.yaml:13"], ()),
    ]  # fmt: skip


def test_values_in_a_config_map_that_a_release_takes_them_from(tree: Draw) -> None:
    where = tree(LAYOUT)
    for name in ("orders", "payments"):
        root(where, f"clusters/local/{name}", "", "release.yaml", "values.yaml")
        taken = f"valuesFrom: [{{kind: ConfigMap, name: {name}-values}}]\n"
        put(
            where,
            f"clusters/local/{name}/release.yaml",
            f"apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n"
            f"metadata: {{name: {name}}}\nspec:\n  {taken}",
        )
        own = "".join(f"    {line}\n" for line in (VALUES + f"name: {name}\n").splitlines())
        put(
            where,
            f"clusters/local/{name}/values.yaml",
            f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}-values}}\n"
            f"data:\n  values.yaml: |\n{own}",
        )
    (one,) = report(where).repeated.candidates
    assert clones(one) == [
        ("values",
         "values of ConfigMap/orders-values, values of ConfigMap/payments-values "
         "/data/values.yaml",
         ["clusters/local/orders/values.yaml:5", "clusters/local/payments/values.yaml:5"],
         ("/name",)),
    ]  # fmt: skip


def test_a_part_that_documents_repeat_word_by_word(tree: Draw) -> None:
    where = tree(LAYOUT)
    for name, kind in (("orders", "Deployment"), ("payments", "StatefulSet")):
        root(where, f"clusters/local/{name}", "", "app.yaml")
        put(
            where,
            f"clusters/local/{name}/app.yaml",
            f"apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n"
            f"  replicas: {len(name)}\n"
            + "  affinity:\n"
            + "".join(f"    rule{n}: value\n" for n in range(20)),
        )
    (one,) = report(where).repeated.candidates
    assert clones(one) == [
        ("subtree", "affinity /spec/affinity",
         ["clusters/local/orders/app.yaml:7", "clusters/local/payments/app.yaml:7"], ()),
    ]  # fmt: skip


def test_what_saves_too_little_is_counted(tree: Draw) -> None:
    where = tree(LAYOUT)
    small = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: web\n"
    environments(where, small, small)
    assert found(where) == []
    assert left_out(where) == [("saves fewer than 8 lines", 1, 4)]


def test_clones_of_the_same_directories_are_one_candidate_and_others_are_not(tree: Draw) -> None:
    where = tree(LAYOUT)
    environments(where, deployment(), deployment(), deployment())
    for environment in ("staging", "production"):
        root(where, f"clusters/{environment}/web", "", "web.yaml", "more.yaml")
        put(where, f"clusters/{environment}/web/more.yaml",
            deployment("more").replace("Deployment", "StatefulSet"))  # fmt: skip
    assert [(one.roots, [c.name for c in one.clones])
            for one in report(where).repeated.candidates] == [
        (ROOTS, ["Deployment/web"]),
        (ROOTS[1:], ["StatefulSet/more"]),
    ]  # fmt: skip


def test_a_file_that_two_roots_name_is_shared_already(tree: Draw) -> None:
    where = tree(LAYOUT)
    put(where, "clusters/web.yaml", deployment())
    for environment in ("staging", "production"):
        root(where, f"clusters/{environment}/web", "", "../../web.yaml")
    assert found(where) == []


def test_nothing_repeated_is_said(tree: Draw) -> None:
    where = tree(LAYOUT)
    environments(where, deployment())
    assert duplication.verdict(report(where)) == (
        "Nothing is written more than once that would be worth a base."
    )


def test_namespaces_of_their_own_do_not_make_others_of_them(tree: Draw) -> None:
    where = tree(LAYOUT)
    for environment in ("staging", "production"):
        texts = [deployment(name, namespace=f"{environment}-apps") for name in ("api", "web")]
        listed = texts if environment == "staging" else texts[::-1]
        root(where, f"clusters/{environment}/web", "", "all.yaml")
        put(where, f"clusters/{environment}/web/all.yaml", "---\n".join(listed))
    (one,) = report(where).repeated.candidates
    assert clones(one) == [
        ("document", f"Deployment/{name}",
         [f"clusters/production/web/all.yaml:{there}", f"clusters/staging/web/all.yaml:{here}"],
         ("/metadata/namespace",))
        for name, there, here in (("web", 1, 30), ("api", 30, 1))
    ]  # fmt: skip


def test_one_name_in_two_namespaces_of_a_directory_is_told_by_its_place(tree: Draw) -> None:
    where = tree(LAYOUT)
    for environment in ("staging", "production"):
        texts = [deployment("web", namespace=f"{environment}-{n}", replicas=n) for n in (1, 2)]
        root(where, f"clusters/{environment}/web", "", "all.yaml")
        put(where, f"clusters/{environment}/web/all.yaml", "---\n".join(texts))
    (one,) = report(where).repeated.candidates
    assert [(copies, differing) for _, _, copies, differing in clones(one)] == [
        ([f"clusters/{environment}/web/all.yaml:{line}"
          for environment in ("production", "staging")], ("/metadata/namespace",))
        for line in (1, 30)
    ]  # fmt: skip


def test_other_names_at_the_same_place_are_no_copies(tree: Draw) -> None:
    where = tree(LAYOUT)
    environments(where, deployment("orders", cpu="1", image="a:1", replicas=3),
                 deployment("payments", namespace="b", image="b:1"))  # fmt: skip
    assert found(where) == []


def test_a_part_at_another_place_needs_another_patch(tree: Draw) -> None:
    where = tree(LAYOUT)
    for name, kind in (("orders", "Deployment"), ("payments", "StatefulSet")):
        root(where, f"clusters/local/{name}", "", "app.yaml")
        put(
            where,
            f"clusters/local/{name}/app.yaml",
            f"apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n"
            f"  {name}:\n" + "".join(f"    rule{n}: value\n" for n in range(20)),
        )
    assert found(where) == []

"""What kustomize refuses is said with the line to change, once, from however far above."""

from __future__ import annotations

import pytest

from analyzer import complaints
from analyzer.locating import Files
from tests.refused import FILES, NO_SUCH, ONLY_ONCE, WEB, Tree, assert_refused
from tests.rendering import built, causes_of, prepared

# (what is below `resources: [d.yaml]` on line 1, the cause)
REFUSED: list[tuple[str, str]] = [
    # fields and types
    ("\nresorces:\n- x", f'{WEB}:3: unknown field "resorces"'),
    ("patches:\n- pach: x", f'{WEB}:3: unknown field "pach"'),
    (
        "labels:\n- pairs: {tag: x}\nimages:\n- name: a\n  tag: b",
        f'{WEB}:6: unknown field "tag"',
    ),
    ("namespace: 5", f"{WEB}:2: namespace is a number where kustomize expects a text"),
    ("namespace: yes", f"{WEB}:2: namespace is a boolean where kustomize expects a text"),
    ("namePrefix: [x]", f"{WEB}:2: namePrefix is a list where kustomize expects a text"),
    ("components: x", f"{WEB}:2: components is a text where kustomize expects a list"),
    ("crds:\n- {a: b}", f"{WEB}:3: crds is a mapping where kustomize expects a text"),
    (
        "commonLabels: [a]",
        f"{WEB}:2: commonLabels is a list where kustomize expects a mapping of texts",
    ),
    (
        "labels:\n- pairs:\n    a: b\n    c: 5",
        f"{WEB}:5: labels.pairs is a number where kustomize expects a text",
    ),
    (
        "replicas:\n- {name: web, count: 2}\n- name: web\n  count: two",
        f"{WEB}:5: replicas.count is a text where kustomize expects a number",
    ),
    ("buildMetadata: x", f"{WEB}:2: buildMetadata is a text where kustomize expects a list"),
    (
        "images:\n- {name: a, newTag: 1.10}",
        f"{WEB}:3: images.newTag is a number where kustomize expects a text",
    ),
    ("configurations: [names.yaml]", 'web/names.yaml:1: unknown field "nameReferences"'),
    (
        "configurations: [reference.yaml]",
        "web/reference.yaml:1: nameReference is a text where kustomize expects a mapping",
    ),
    ("crds: [crd.json]", "web/crd.json:1: not an OpenAPI definition kustomize can read"),
    # what is built on
    (
        "components:\n- ../plain",
        f"{WEB}:3: plain is no kustomize Component; list it under resources",
    ),
    ("components:\n- two.yaml", f"{WEB}:3: web/two.yaml is a file, and no directory"),
    ("bases:\n- ../part", f"{WEB}:3: part is a kustomize Component; list it under components"),
    ("components: [../broken-part]", 'broken-part/kustomization.yaml:3: unknown field "namPrefix"'),
    (
        "components: [../wanting-part]",
        f"wanting/kustomization.yaml:4: the patch for Deployment/wrong {NO_SUCH}",
    ),
    (
        "components: [../adding-part]",
        f"adding-part/kustomization.yaml:4: Deployment/web {ONLY_ONCE}",
    ),
    ("bases:\n- ../one\n- ../other", f"{WEB}:4: Service/s {ONLY_ONCE}"),
    ("crds: []\nbases:\n- again.yaml", f"{WEB}:4: Deployment/web {ONLY_ONCE}"),
    ("bases: [twice.yaml]", f"web/twice.yaml:5: Service/a {ONLY_ONCE}"),
    # manifests
    ("bases: [odd.yaml]", "web/odd.yaml:2: not a Kubernetes manifest: missing Resource metadata"),
    ("bases: [odd.txt]", "web/odd.txt:1: not a Kubernetes manifest: missing Resource metadata"),
    ("bases: [nameless.yaml]", "web/nameless.yaml:5: Service has no metadata.name"),
    ("bases: [broken.txt]", "web/broken.txt:3: not valid YAML: did not find expected node content"),
    ("bases: [keys.yaml]", "web/keys.yaml:5: the key data stands twice"),
    # generators
    (
        "configMapGenerator:\n- {name: a, literals: [a=b]}\n- {name: a, literals: [a=b]}",
        f"{WEB}:4: ConfigMap/a is generated and there already; its behavior must be merge or "
        "replace",
    ),
    (
        "bases: [cm.yaml]\nconfigMapGenerator:\n- {name: a}",
        f"{WEB}:4: ConfigMap/a is generated and there already; its behavior must be merge or "
        "replace",
    ),
    (
        "secretGenerator:\n- {name: b}\n- {name: a, behavior: merge}",
        f"{WEB}:4: Secret/a is not there; it cannot be merged or replaced",
    ),
    (
        "secretGenerator:\n- name: a\n  literals: [a=hunter2, a=hunter2]",
        f"{WEB}:3: the generator a has the key a twice",
    ),
    (
        "secretGenerator:\n- name: a\n  literals:\n  - a=b\n  - hunter2",
        f"{WEB}:6: a literal of a generator is not key=value",
    ),
    ("configMapGenerator:\n- {literals: [a=b]}", f"{WEB}:3: a generator has no name"),
    # plugins
    (
        "transformers: [t.yaml]",
        "web/t.yaml:4: unsetOnly is a text where kustomize expects a boolean",
    ),
    (
        "validators:\n- |\n  apiVersion: builtin\n  kind: LabelTransformer\n"
        "  metadata: {name: x}\n  labels: {a: b}\n"
        "  fieldSpecs: [{path: metadata/labels, create: true}]",
        f"{WEB}:3: a validator changes resources",
    ),
    (
        "generators:\n- |\n  apiVersion: builtin\n  kind: SecretGenerator\n"
        "  metadata: {name: x}\n  literals: [hunter2]",
        f"{WEB}:3: a literal of a generator is not key=value",
    ),
]


@pytest.mark.parametrize(("settings", "cause"), REFUSED, ids=[cause for _, cause in REFUSED])
def test_a_refusal_is_said_with_its_line(tree: Tree, settings: str, cause: str) -> None:
    assert_refused(tree, settings, cause)


def test_a_root_that_renames_into_another_says_which(tree: Tree) -> None:
    """Kustomize panics, with a stack of its own."""
    where = tree(FILES)
    (where / WEB).write_text(
        "resources: [d.yaml, two.yaml]\npatches:\n- target: {name: two}\n"
        "  options: {allowNameChange: true}\n"
        '  patch: \'[{"op": "replace", "path": "/metadata/name", "value": "web"}]\'\n'
    )
    assert causes_of(where, "web") == [f"{WEB}:1: Deployment/web {ONLY_ONCE}"]


def test_what_only_the_built_root_heeds_is_said_of_it_alone(tree: Tree) -> None:
    where = tree(FILES)
    (where / WEB).write_text("resources: [d.yaml]\nsortOptions:\n  order: any\n")
    assert causes_of(where, "web") == [f"{WEB}:3: sortOptions.order must be one of [fifo, legacy]"]
    assert built(where, "over").completeness == "full"


# words no rule knows ----------------------------------------------------------------------------


def files(tree: Tree) -> Files:
    where = tree("""
        --- web/kustomization.yaml
        # the web
        resources: [d.yaml]
        --- web/d.yaml = Deployment/web
    """)
    known, scratch = prepared(where, "web")

    def data(path: str) -> bytes | None:
        found = scratch.files.get(path)
        return found if isinstance(found, bytes) else None

    return Files(known.graph, data, known.manifests)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ("something new", "something new"),
        ("something\n  new", "something new"),
        ("considering field 'a/b': node contents:\npassword: hunter2", "considering field 'a/b':"),
        ("wrong with config: `\nliterals:\n- a=hunter2\n`", "wrong"),
        ("nodes unequal: \n -- {hunter2}", ""),
        ("cannot use https://u:hunter2@example.com", "cannot use https://u:(redacted)@example.com"),
        ("x\n\ngoroutine 1 [running]:\nmain.main()", "x"),
        ("x &{0x1234 <nil>} y", "x … y"),
        ("a" * 1000, "a" * 80 + "…" + "a" * 30),
    ],
)
def test_words_that_are_not_known_are_shown_without_what_they_quote(
    tree: Tree, error: str, message: str
) -> None:
    found = complaints.read("web", error, files(tree))
    assert (found.message, str(found.at)) == (message, "web/kustomization.yaml:2")
    assert (found.owner, found.lacking, found.entry) == ("web", False, None)


@pytest.mark.parametrize(
    "error",
    [
        "accumulating resources: " * 5000 + "x",
        "accumulateDirectory: " + '"' * 5000,
        "recursed accumulation of path 'nowhere': x",
        "accumulation err='" * 2000,
        "",
    ],
)
def test_words_that_make_no_sense_are_a_complaint_all_the_same(tree: Tree, error: str) -> None:
    assert complaints.read("web", error, files(tree)).owner == "web"

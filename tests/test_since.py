"""What clusters get otherwise since a revision: drawn before and after, said in exact lines."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer import looking, sides, since
from analyzer.analyses import difference
from analyzer.document import Tree
from analyzer.escape import terminal
from analyzer.grouping import Difference
from tests.drawn import commit, draw
from tests.look import pairs

Draw = Callable[[str], Path]


def report(where: Path, before: str, after: str, gone: tuple[str, ...] = (), *, skip: bool = True
           ) -> Difference:  # fmt: skip
    """The difference that drawing `after` over `before` makes, `gone` removed."""
    draw(where, before)
    commit(where, "before")
    for path in gone:
        target = where / path
        shutil.rmtree(target) if target.is_dir() else target.unlink()
    draw(where, after)
    return since.difference_of(sides.since(looking.Options(where), "HEAD", skip=skip))


def lines(found: Difference, details: bool = False) -> list[str]:
    """What the report says below its summary."""
    trees = [block for block in difference.blocks(found, details) if isinstance(block, Tree)]
    return [
        f"{b.lines}{terminal(b.name)}" + (f"  {b.note}" if b.note else "")
        for tree in trees
        for b in tree.branches
    ]


BASE = """
    --- base/kustomization.yaml
    resources: [web.yaml]
    --- base/web.yaml = Deployment/web
    spec:
      replicas: 1
      template: {spec: {containers: [{name: app, image: "web:1"}, {name: log, image: "log:1"}]}}
    --- clusters/staging/kustomization.yaml
    resources: [../../base]
    --- clusters/production/kustomization.yaml
    resources: [../../base]
    replicas: [{name: web, count: 5}]
    """


def test_a_change_of_a_base_is_said_once_for_all_places(tmp_path: Path) -> None:
    found = report(tmp_path, BASE, """
        --- base/web.yaml = Deployment/web
        spec:
          replicas: 2
          template: {spec: {containers: [{name: app, image: "web:2"}, {name: log, image: "log:1"}]}}
        """)  # fmt: skip
    assert lines(found) == [
        "staging, production",
        "  ~ Deployment/web  spec.template.spec.containers[name=app].image: web:1 → web:2",
        "staging",
        "  ~ Deployment/web  spec.replicas: 1 → 2",
    ]
    assert found.compares.files == ("base/web.yaml",)


def test_nothing_is_said_of_what_reaches_no_cluster(tmp_path: Path) -> None:
    found = report(tmp_path, BASE, "--- README.md\nhello\n--- base/notes.txt\n")
    assert lines(found) == []
    assert difference.summary(found).endswith("No cluster gets anything else.")


def test_resources_come_and_go(tmp_path: Path) -> None:
    found = report(tmp_path, BASE, """
        --- base/kustomization.yaml
        resources: [web.yaml, new.yaml]
        --- base/new.yaml = ConfigMap/shop/new
        --- clusters/production/kustomization.yaml
        resources: [own.yaml]
        --- clusters/production/own.yaml = Service/own
        """)  # fmt: skip
    assert lines(found) == [
        "staging",
        "  + shop/ConfigMap/new",
        "production",
        "  - Deployment/web",
        "  + Service/own",
    ]


def test_one_side_that_fails_is_withheld_with_its_cause(tmp_path: Path) -> None:
    found = report(tmp_path, BASE, """
        --- clusters/production/kustomization.yaml
        resources: [../../base, gone.yaml]
        """)  # fmt: skip
    assert lines(found) == [
        "Broken now",
        "  ! production: clusters/production",
        "      clusters/production/kustomization.yaml:1: gone.yaml does not exist",
    ]


BROKEN = (
    BASE
    + """
    --- clusters/staging/kustomization.yaml
    resources: [../../base, gone.yaml]
    --- clusters/production/kustomization.yaml
    resources: [../../base, lost.yaml]
    """
)


def test_what_was_broken_before_is_no_regression_and_what_is_mended_no_addition(
    tmp_path: Path,
) -> None:
    found = report(tmp_path, BROKEN, """
        --- base/web.yaml = Deployment/web
        spec: {replicas: 9}
        --- clusters/production/lost.yaml = ConfigMap/lost
        """)  # fmt: skip
    assert lines(found) == [
        "Builds again, and was not compared",
        "  ! production: clusters/production",
        "      clusters/production/kustomization.yaml:1: lost.yaml does not exist",
        "Broken before too",
        "  ! staging: clusters/staging",
        "      clusters/staging/kustomization.yaml:1: gone.yaml does not exist",
    ]


GENERATED = """
    --- clusters/staging/kustomization.yaml
    resources: [web.yaml]
    configMapGenerator: [{name: settings, literals: [a=1]}]
    --- clusters/staging/web.yaml = Deployment/web
    spec:
      template:
        metadata: {annotations: {checksum/config: 0123456789abcdef}}
        spec: {containers: [{name: a, envFrom: [{configMapRef: {name: settings}}]}]}
    """


def test_hashes_and_checksums_are_counted_and_shown_with_details(tmp_path: Path) -> None:
    found = report(tmp_path, GENERATED, """
        --- clusters/staging/kustomization.yaml
        resources: [web.yaml]
        configMapGenerator: [{name: settings, literals: [a=2]}]
        --- clusters/staging/web.yaml = Deployment/web
        spec:
          template:
            metadata: {annotations: {checksum/config: ffffffffffffffff}}
            spec: {containers: [{name: a, envFrom: [{configMapRef: {name: settings}}]}]}
        """)  # fmt: skip
    assert lines(found) == ["staging", '  ~ ConfigMap/settings  data.a: "1" → "2"']
    assert found.normalised == {"checksum": 1, "generator hash": 2}
    assert lines(found, details=True)[-5:] == [
        "  ~ ConfigMap/settings  staging",
        "      1 name with another hash  generator hash",
        "  ~ Deployment/web  staging",
        "      spec.template.metadata.annotations.checksum/config: 0123456789abcdef → "
        "ffffffffffffffff  checksum",
        "      1 name with another hash  generator hash",
    ]


def test_a_checksum_that_is_none_is_no_noise(tmp_path: Path) -> None:
    found = report(tmp_path, GENERATED, """
        --- clusters/staging/web.yaml = Deployment/web
        spec:
          template:
            metadata: {annotations: {checksum/config: disabled}}
            spec: {containers: [{name: a, envFrom: [{configMapRef: {name: settings}}]}]}
        """)  # fmt: skip
    assert lines(found) == [
        "staging",
        "  ~ Deployment/web  spec.template.metadata.annotations.checksum/config: "
        "0123456789abcdef → disabled",
    ]


SECRETS = """
    --- clusters/staging/kustomization.yaml
    resources: [s.yaml, d.yaml]
    --- clusters/staging/s.yaml = Secret/s
    stringData: {password: PLAIN-ONE, user: ada}
    --- clusters/staging/d.yaml = Deployment/d
    spec: {template: {spec: {containers: [{name: a, env: [{name: DB_PASSWORD, value: PLAIN-ONE}],
      args: ["--url=postgres://u:PLAIN-ONE@db/x?a=1"]}]}}}
    """


def test_a_secret_differs_and_is_not_shown(tmp_path: Path) -> None:
    found = report(tmp_path, SECRETS, SECRETS.replace("PLAIN-ONE", "PLAIN-TWO"))
    assert lines(found) == [
        "staging",
        "  ~ Deployment/d",
        "      spec.template.spec.containers[name=a].args[0]: differs where it is redacted",
        "      spec.template.spec.containers[name=a].env[name=DB_PASSWORD].value: differs where it"
        " is redacted",
        "  ~ Secret/s  stringData.password: differs where it is redacted",
    ]
    for format in since.FORMATS:
        for details in (False, True):
            text = since.printed(found, format, since.PLAIN, details)
            assert "PLAIN" not in text


def test_a_secret_that_comes_or_goes_is_not_shown_either(tmp_path: Path) -> None:
    after = "--- clusters/staging/kustomization.yaml\nresources: [d.yaml, t.yaml]\n" + (
        "--- clusters/staging/t.yaml = Secret/t\nstringData: {password: PLAIN-TWO}\n"
    )
    found = report(tmp_path, SECRETS, after)
    assert lines(found) == ["staging", "  - Secret/s", "  + Secret/t"]
    for format in since.FORMATS:
        assert "PLAIN" not in since.printed(found, format, since.PLAIN, True)


def test_another_remote_is_named_since_nobody_here_knows_what_it_changes(tmp_path: Path) -> None:
    before = """
        --- clusters/staging/kustomization.yaml
        resources: [web.yaml, "https://example.com/o/r//p?ref=v1"]
        --- clusters/staging/web.yaml = ConfigMap/web
        """
    found = report(tmp_path, before, before.replace("v1", "v2"))
    assert lines(found) == [
        "Named otherwise, and never fetched",
        "  ~ staging",
        "      - https://example.com/o/r//p?ref=v1",
        "      + https://example.com/o/r//p?ref=v2",
    ]


# Flux -------------------------------------------------------------------------------------------

FLUX = """
    --- clusters/staging/flux-system/gotk-sync.yaml = FluxKustomization/flux-system/flux-system
    spec:
      path: ./clusters/staging
      prune: true
      sourceRef: {kind: GitRepository, name: flux-system}
    --- clusters/staging/settings.yaml = ConfigMap/flux-system/settings
    data: {replicas: "1"}
    --- clusters/staging/apps.yaml = FluxKustomization/flux-system/apps
    spec:
      path: ./apps
      prune: true
      sourceRef: {kind: GitRepository, name: flux-system}
      postBuild: {substituteFrom: [{kind: ConfigMap, name: settings}]}
    --- clusters/staging/mute.yaml = FluxKustomization/flux-system/mute
    spec: {path: ./mute, sourceRef: {kind: GitRepository, name: flux-system}}
    --- apps/web.yaml = Deployment/web
    spec: {replicas: "${replicas}"}
    --- apps/same.yaml = ConfigMap/same
    --- mute/mute.yaml = Service/mute
    """  # fmt: skip


@pytest.mark.parametrize("skip", [True, False])
@pytest.mark.parametrize(
    ("after", "gone", "expected"),
    [
        ("--- clusters/staging/settings.yaml = ConfigMap/flux-system/settings\n"
         "data: {replicas: '3'}\n", (),
         ["staging", "  ~ Deployment/web  spec.replicas: 1 → 3",
          "  ~ flux-system/ConfigMap/settings  data.replicas: \"1\" → \"3\""]),
        ("--- apps/new.yaml = ConfigMap/new\n", (), ["staging", "  + ConfigMap/new"]),
        ("--- mute/mute.yaml = Service/mute\nspec: {type: NodePort}\n", (),
         ["staging", "  ~ Service/mute  spec: + {\"type\": \"NodePort\"}"]),
        ("--- clusters/staging/mute.yaml = FluxKustomization/flux-system/mute\n"
         "spec: {path: ./mute, namePrefix: x-, sourceRef: {kind: GitRepository, "
         "name: flux-system}}\n", (),
         ["staging", "  - Service/mute  stays: flux-system/mute does not prune",
          "  + Service/x-mute", "  ~ flux-system/Kustomization/mute  spec.namePrefix: + x-"]),
        ("", ("clusters/staging/mute.yaml",),
         ["staging", "  - Service/mute  stays: flux-system/mute does not prune",
          "  - flux-system/Kustomization/mute"]),
        ("", ("clusters/staging/apps.yaml",),
         ["staging", "  - ConfigMap/same", "  - Deployment/web",
          "  - flux-system/Kustomization/apps"]),
        ("--- mute/same.yaml = ConfigMap/same\n", ("apps/same.yaml",),
         ["staging", "  > ConfigMap/same  flux-system/apps brought it, flux-system/mute does now"]),
        ("--- .sourceignore\nsame.yaml\n", (), ["staging", "  - ConfigMap/same"]),
        ("--- clusters/staging/broken.yaml = ConfigMap/x\n  bad: [\n", (),
         ["Broken now", "  ! staging: flux-system/flux-system",
          "      clusters/staging/broken.yaml:4: not valid YAML",
          "  ! staging: flux-system/apps, flux-system/mute  applied by flux-system/flux-system, "
          "which is not known on the other side"]),
    ],
    ids=["variable", "generated", "resource", "spec", "object gone", "pruned", "moved", "ignored",
         "parent fails"],
)  # fmt: skip
def test_what_reconcilers_apply_is_compared(
    tmp_path: Path, after: str, gone: tuple[str, ...], expected: list[str], skip: bool
) -> None:
    found = lines(report(tmp_path, FLUX, after, gone, skip=skip))
    assert [line.partition(": not valid YAML")[0] for line in found] == [
        line.partition(": not valid YAML")[0] for line in expected
    ]


ARGO = """
    --- apps/staging.yaml
    apiVersion: argoproj.io/v1alpha1
    kind: Application
    metadata: {name: web, namespace: argocd}
    spec:
      source: {repoURL: "https://example.com/o/r", path: clusters/staging/web}
    --- clusters/staging/web/kustomization.yaml
    resources: [web.yaml]
    --- clusters/staging/web/web.yaml = Deployment/web
    spec: {replicas: 1}
    --- clusters/staging/other/kustomization.yaml
    resources: [web.yaml]
    --- clusters/staging/other/web.yaml = Deployment/web
    spec: {replicas: 2}
    """


@pytest.mark.parametrize("skip", [True, False])
@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("--- clusters/staging/web/web.yaml = Deployment/web\nspec: {replicas: 3}\n",
         "  ~ Deployment/web  spec.replicas: 1 → 3"),
        (ARGO.replace("path: clusters/staging/web", "path: clusters/staging/other"),
         "  ~ Deployment/web  spec.replicas: 1 → 2"),
        (ARGO.replace("path: clusters", "kustomize: {namePrefix: x-}, path: clusters"),
         "  + Deployment/x-web"),
    ],
    ids=["resource", "path", "options"],
)  # fmt: skip
def test_what_argo_cd_applies_is_compared(
    tmp_path: Path, after: str, expected: str, skip: bool
) -> None:
    found = report(tmp_path, ARGO, after, skip=skip)
    assert expected in lines(found)
    assert {change.delivery.name for change in found.changes} == {"argocd/web"}


FLAWED = """
    --- clusters/staging/kustomization.yaml
    resources: [web.yaml, gone.yaml]
    --- clusters/staging/web.yaml = Deployment/web
    --- clusters/staging/orphan.yaml = ConfigMap/orphan
    """


def new_findings(where: Path, before: str, after: str) -> list[tuple[str, str]]:
    draw(where, before)
    commit(where, "before")
    draw(where, after)
    _, found = since.check("HEAD", looking.Options(where), "text", since.PLAIN)
    return pairs(found)


def test_only_new_findings_are_said(tmp_path: Path) -> None:
    found = new_findings(tmp_path, FLAWED, """
        --- clusters/staging/kustomization.yaml
        # one line more
        resources: [web.yaml, gone.yaml, lost.yaml]
        """)  # fmt: skip
    assert found == [("missing-reference", "clusters/staging/kustomization.yaml:2")]


def test_nothing_new_is_no_finding(tmp_path: Path) -> None:
    assert new_findings(tmp_path, FLAWED, "--- README.md\n") == []


def test_a_change_of_the_configuration_silences_nothing(tmp_path: Path) -> None:
    before = (
        FLUX
        + """
    --- groundplan.yaml
    sources: {flux-system: .}
    """
    )
    after = """
    --- groundplan.yaml
    sources: {flux-system: null}
    --- clusters/staging/mute.yaml = FluxKustomization/flux-system/mute
    spec: {path: ./not-there, sourceRef: {kind: GitRepository, name: flux-system}}
    """
    assert new_findings(tmp_path, before, after) == [
        ("missing-flux-path", "clusters/staging/mute.yaml:1")
    ]


MEANT = (
    FLAWED
    + """
    --- groundplan.yaml
    intent: [{kind: accept-finding, rule: orphan-file, path: clusters/production/**, reason: a}]
    --- clusters/production/kustomization.yaml
    resources: [web.yaml]
    --- clusters/production/web.yaml = Service/web
    --- clusters/production/kept.yaml = ConfigMap/kept
    """
)


def test_what_the_revision_calls_meant_is_no_finding(tmp_path: Path) -> None:
    after = "--- clusters/production/more.yaml = ConfigMap/more\n"
    assert new_findings(tmp_path, MEANT, after) == []


def test_a_change_cannot_silence_what_it_brings(tmp_path: Path) -> None:
    found = new_findings(tmp_path, FLAWED, """
        --- groundplan.yaml
        intent: [{kind: accept-finding, rule: orphan-file, reason: all of them}]
        --- clusters/staging/more.yaml
        # groundplan: ignore-file[orphan-file] nobody has to see it
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: more}
        """)  # fmt: skip
    assert found == [("orphan-file", "clusters/staging/more.yaml:2")]


def test_a_silence_that_a_change_leaves_behind_is_new(tmp_path: Path) -> None:
    before = """
        --- clusters/staging/kustomization.yaml
        resources: [web.yaml]
        --- clusters/staging/web.yaml = Deployment/web
        --- clusters/staging/kept.yaml
        # groundplan: ignore-file[orphan-file] kept as a sample
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: kept}
        """
    after = "--- clusters/staging/kustomization.yaml\nresources: [web.yaml, kept.yaml]\n"
    assert new_findings(tmp_path, before, after) == [
        ("unused-silence", "clusters/staging/kept.yaml:1")
    ]

"""Checks that more than one report shows, each on the smallest tree that has it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer.analyses import configuration
from analyzer.findings import RULES
from tests.look import look, said

Draw = Callable[[str], Path]

WEB = """
        --- web/web.yaml = Deployment/web
        spec: {template: {spec: {containers: [{name: web, image: web}]}}}
"""

CASES = {
    "duplicate-key": (
        """
        --- web/kustomization.yaml
        resources: [a.yaml]
        resources: [b.yaml]
        --- web/a.yaml = ConfigMap/a
        --- web/b.yaml = ConfigMap/b
        """,
        [
            ("orphan-file", "web/a.yaml:1",
             "a.yaml (ConfigMap/a) is listed by no kustomization; list it or remove it"),
            ("duplicate-key", "web/kustomization.yaml:1",
             "resources stands again at line 2; only that one counts; join the two"),
        ],
    ),
    "second-document-ignored": (
        """
        --- web/kustomization.yaml
        resources: [a.yaml]
        ---
        namePrefix: x-
        --- web/a.yaml = ConfigMap/a
        """,
        [
            ("second-document-ignored", "web/kustomization.yaml:3",
             "kustomize reads only the first YAML document of kustomization.yaml; "
             "move this one into it"),
        ],
    ),
    "deprecated-field": (
        """
        --- web/kustomization.yaml
        bases: [../base]
        commonLabels: {a: b}
        --- base/kustomization.yaml
        resources: [a.yaml]
        --- base/a.yaml = ConfigMap/a
        """,
        [
            ("deprecated-field", "web/kustomization.yaml:1", "bases is deprecated; use resources"),
            ("deprecated-field", "web/kustomization.yaml:2",
             "commonLabels is deprecated; use labels"),
        ],
    ),
    "floating-image in the manifest": (
        WEB
        + """
        --- web/kustomization.yaml
        resources: [web.yaml]
        """,
        [("floating-image", "web/web.yaml:4",
          "image web has no fixed version; name a tag or digest")],
    ),
    "floating-image in the values of a chart": (
        """
        --- web/kustomization.yaml
        resources: [release.yaml]
        --- web/release.yaml
        apiVersion: helm.toolkit.fluxcd.io/v2
        kind: HelmRelease
        metadata: {name: web}
        spec:
          chart: {spec: {chart: web, version: 1.0.0, sourceRef: {kind: HelmRepository, name: x}}}
          values:
            image:
              repository: ghcr.io/example/web
              tag: latest
        """,
        [("floating-image", "web/release.yaml:8",
          "image ghcr.io/example/web:latest has no fixed version; name a tag or digest")],
    ),
    "floating-image by an images entry": (
        WEB
        + """
        --- web/kustomization.yaml
        resources: [web.yaml]
        images:
          - name: web
            newTag: latest
        """,
        [("floating-image", "web/kustomization.yaml:3",
          "image web:latest has no fixed version; name a tag or digest")],
    ),
    "floating-ref and needs-input": (
        """
        --- web/kustomization.yaml
        resources:
          - https://github.com/org/repo//deploy
          - https://github.com/org/repo//deploy?ref=v1.0.0
          - https://raw.githubusercontent.com/org/repo/main/a.yaml
        """,
        [
            ("floating-ref", "web/kustomization.yaml:4",
             "https://raw.githubusercontent.com/org/repo/main/a.yaml names no fixed version; "
             "name a tag or commit"),
            ("needs-input", "web/kustomization.yaml:4",
             "https://raw.githubusercontent.com/org/repo/main/a.yaml is remote and was not fetched "
             "(needs: remote)"),
            ("floating-ref", "web/kustomization.yaml:2",
             "https://github.com/org/repo//deploy names no fixed version; "
             "add ?ref= with a tag or commit"),
            ("needs-input", "web/kustomization.yaml:2",
             "https://github.com/org/repo//deploy is remote and was not fetched (needs: remote)"),
            ("needs-input", "web/kustomization.yaml:3",
             "https://github.com/org/repo//deploy?ref=v1.0.0 is remote and was not fetched "
             "(needs: remote)"),
        ],
    ),
    "outside-tree": (
        """
        --- web/kustomization.yaml
        resources: [../../elsewhere/x.yaml]
        """,
        [("outside-tree", "web/kustomization.yaml:1",
          "../../elsewhere/x.yaml is outside the repository")],
    ),
    "broken-yaml": (
        """
        --- web/kustomization.yaml
        resources: [a.yaml]
        --- web/a.yaml
        a: b: c
        """,
        [("broken-yaml", "web/a.yaml:1",
          "not valid YAML: mapping values are not allowed in this context")],
    ),
    "reference-cycle": (
        """
        --- a/kustomization.yaml
        resources: [../b]
        --- b/kustomization.yaml
        resources: [../a]
        """,
        [("reference-cycle", "b/kustomization.yaml:1",
          "references go in a circle: a → b → a; blocks 1 other root")],
    ),
    "two-kustomization-files": (
        """
        --- web/kustomization.yaml
        namePrefix: x-
        --- web/Kustomization
        namePrefix: y-
        """,
        [("two-kustomization-files", "web/kustomization.yaml:1",
          "kustomization.yaml and Kustomization in one directory; keep one of them")],
    ),
    "broken-kustomization": (
        """
        --- web/kustomization.yaml
        kind: Kustomization
        resources:
        """,
        [("broken-kustomization", "web/kustomization.yaml:1",
          "the kustomization lists nothing; kustomize refuses it")],
    ),
    "missing-flux-path": (
        """
        --- apps.yaml
        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata: {name: apps, namespace: flux-system}
        spec: {path: ./gone, sourceRef: {kind: GitRepository, name: flux-system}}
        """,
        [("missing-flux-path", "apps.yaml:1",
          "FluxKustomization apps: path ./gone does not exist")],
    ),
    "needs-load-restrictions-none": (
        """
        --- web/kustomization.yaml
        resources: [../shared/a.yaml]
        --- over/kustomization.yaml
        resources:
        - ../web
        - ../shared/b.yaml
        - ../shared/c.yaml
        --- shared/a.yaml = ConfigMap/a
        --- shared/b.yaml = ConfigMap/b
        --- shared/c.yaml = ConfigMap/c
        """,
        [("needs-load-restrictions-none", "over/kustomization.yaml:3",
          "../shared/b.yaml and 1 other file are outside over; Flux reads them, kustomize and "
          "Argo CD refuse unless load restrictions are off"),
         ("needs-load-restrictions-none", "web/kustomization.yaml:1",
          "../shared/a.yaml is outside web; Flux reads it, kustomize and Argo CD refuse unless "
          "load restrictions are off")],
    ),
    "unreadable": (
        """
        --- web/kustomization.yaml
        resources: [a.yaml]
        --- web/a.yaml = ConfigMap/a
        --- web/b.yaml -> /etc/hostname
        """,
        [("unreadable", "web/b.yaml:1",
          "web/b.yaml is a link that leads nowhere in the repository; "
          "point it at a file in the repository")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_configuration_report_finds(name: str, tree: Draw) -> None:
    drawing, expected = CASES[name]
    found = configuration.analyze(look(tree(drawing), all_roots=True)).findings
    assert sorted(said(found), key=lambda f: (f[1], f[0], f[2])) == sorted(
        expected, key=lambda f: (f[1], f[0], f[2])
    )


def test_rules_explain_themselves() -> None:
    for rule in RULES:
        assert rule.title[0].isupper(), rule.id
        assert not rule.title.endswith("."), rule.id
        assert rule.why.endswith("."), rule.id
        assert rule.mend.endswith("."), rule.id
    assert [rule.id for rule in RULES] == sorted({rule.id for rule in RULES})

"""Names that are markup somewhere, and a tree that has them wherever a tree has names."""

from __future__ import annotations

from pathlib import Path

HOSTILE = (
    "a|b", "`c`", "<b>d", "{{config}}", "${HOME}", "[l](javascript:evil)", "_u_*s*", "&lt;e",
    "\"><img-src=x-onerror=evil>", "{%raw%}", "#h", "1.", "--8<--", "!!!", "</script>",
    "<script>evil</script>", "<!--", "]]>", "$(evil)", "https://evil.example/x", "www.evil.example",
    "@evil", ":evil:", "~~x~~", "^x^", "==x==", "[^1]", "*[x]:", "![x](y)", "\\", "++x++",
)  # fmt: skip

_CONFIG = """\
title: {title}
layout:
  patterns: ["clusters/{{environment}}/{{category}}/{{component}}"]
  base: ["clusters/base/{{category}}/{{component}}"]
"""
_MANIFESTS = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: {name}}}
spec: {{template: {{spec: {{containers: [{{name: a, image: {name}}}]}}}}}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: {name}, namespace: {name}}}
spec:
  path: {name}
  sourceRef: {{kind: GitRepository, name: {name}}}
  dependsOn: [{{name: {name}}}]
"""


def hostile_tree(where: Path) -> Path:
    """Each name is an environment, a category, a component, an object, an image and a path.

    Every other one builds; the others name a file that is not there.
    """
    where.mkdir()
    title = _CONFIG.format(title=quoted(" ".join(HOSTILE)))
    (where / "groundplan.yaml").write_text(title)
    for number, name in enumerate(HOSTILE):
        folder = name.replace("/", "∕")
        missing = [] if number % 2 else [f"gone-{folder}.yaml"]
        base = f"../../../base/{folder}/{folder}"
        _write(where / "clusters" / "base" / folder / folder, name, ["all.yaml"])
        _write(where / "clusters" / folder / folder / folder, name, [base, *missing])
    return where


def _write(at: Path, name: str, resources: list[str]) -> None:
    at.mkdir(parents=True)
    entries = ", ".join(map(quoted, resources))
    (at / "kustomization.yaml").write_text(f"resources: [{entries}]\n")
    (at / "all.yaml").write_text(_MANIFESTS.format(name=quoted(name)))


def quoted(text: str) -> str:
    """A YAML scalar that means exactly this text."""
    return "'" + text.replace("'", "''") + "'"

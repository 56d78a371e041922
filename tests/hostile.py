"""Trees that try to make the engine read, fetch or run what is not theirs."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from pathlib import Path

from analyzer.model import Rendering

Tree = Callable[[str], Path]

SECRET = "hunter2-of-the-host"


def said(rendering: Rendering) -> str:
    """Everything a rendering could show anybody."""
    return repr(rendering)


def drawn(tree: Tree, host: Path, kustomization: str, more: str = "") -> Path:
    """A tree with the hostile root `web`; a legitimate file outside it lifts the restrictions."""
    up = os.path.relpath(host, host.parent / "tree" / "web")
    coded = base64.b64encode(f"{up}/secret.yaml".encode()).decode()
    kustomization = kustomization + "\nlabels: [{pairs: {a: b}}]\n"
    text = (
        "--- web/kustomization.yaml\n" + kustomization + "\n--- web/service.yaml = Service/web\n"
        "--- web/inner -> ../deep/down\n--- deep/down/\n"
        "--- shared.yaml = ConfigMap/shared\n"
        "--- over/kustomization.yaml\nresources: [../web, ../shared.yaml]\n" + more
    )
    text = text.replace("UP", up).replace("OUT", str(host)).replace("BINARY", coded)
    where = tree(text)
    (where / "web/link.yaml").symlink_to(host / "secret.yaml")
    (where / "web/link").symlink_to(host)
    return where


def plugin(configuration: str, kind: str = "ConfigMapGenerator") -> str:
    return f"apiVersion: builtin\nkind: {kind}\nmetadata: {{name: a}}\n{configuration}\n"


def indented(text: str) -> str:
    return text.replace("\n", "\n    ")


WAYS = {
    "inline": lambda field, text: (f"{field}:\n- |\n    {indented(text)}", ""),
    "inline JSON": lambda field, text: (
        f"{field}:\n- '{{\"apiVersion\": \"builtin\", \"kind\": \"ConfigMapGenerator\", "
        '"metadata": {"name": "a"}, "files": ["OUT/secret.env"]}\'',
        "",
    ),
    "in a file": lambda field, text: (f"{field}: [p.yaml]", f"--- web/p.yaml\n{text}"),
    "in a second document": lambda field, text: (
        f"{field}: [p.yaml]",
        f"--- web/p.yaml\n{plugin('literals: [a=b]').replace('name: a', 'name: z')}---\n{text}",
    ),
    "in a list": lambda field, text: (
        f"{field}: [p.yaml]",
        f"--- web/p.yaml\napiVersion: v1\nkind: List\nitems:\n-\n    {indented(text)}\n",
    ),
    "in a directory": lambda field, text: (
        f"{field}: [../plugins]",
        f"--- plugins/kustomization.yaml\nresources: [p.yaml]\n--- plugins/p.yaml\n{text}",
    ),
    "in a directory's base": lambda field, text: (
        f"{field}: [../plugins]",
        "--- plugins/kustomization.yaml\nresources: [base]\n"
        "--- plugins/base/kustomization.yaml\nresources: [p.yaml]\n"
        f"--- plugins/base/p.yaml\n{text}",
    ),
    "in a file that a link names": lambda field, text: (
        f"{field}: [linked.yaml]",
        f"--- web/linked.yaml -> ../plugins/p.yaml\n--- plugins/p.yaml\n{text}",
    ),
}  # fmt: skip


PATCHED = """
    --- plugins/kustomization.yaml
    resources: [p.yaml]
    patches:
    - target: {kind: ConfigMapGenerator}
      patch: '[{"op": "add", "path": "/KEY", "value": ["WHERE"]}]'
    --- plugins/p.yaml
    apiVersion: builtin
    kind: ConfigMapGenerator
    metadata: {name: a}
    literals: [a=b]
    --- shared.yaml = ConfigMap/shared
    --- web/kustomization.yaml
    resources: [../shared.yaml]
    generators: [../plugins]
"""

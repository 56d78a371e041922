"""The example without its bases: each environment has full copies, as teams that copy have."""

from __future__ import annotations

import posixpath
import re
import shutil
from pathlib import Path

import yaml

from tests.drawn import build
from tests.look import example

_BASE = re.compile(r"^(?:\.\./)+base/(?P<category>[^/]+)/(?P<component>[^/]+)$")


def flattened(where: Path, environments: tuple[str, ...] = ("local", "staging", "production")
              ) -> Path:  # fmt: skip
    """A copy of the example in which each component's directory holds what it renders to."""
    tree = example(where)
    clusters = tree / "clusters"
    for environment in ("local", "staging", "production"):
        if environment not in environments:
            shutil.rmtree(clusters / environment)
            continue
        for category in sorted(clusters.glob(f"{environment}/*/kustomization.yaml")):
            _own(category)
    rendered = {}
    for path in sorted(clusters.glob("*/*/*/kustomization.yaml")):
        root = path.parent
        if root.relative_to(clusters).parts[0] in ("base", "components"):
            continue
        done = build(root, "--load-restrictor", "LoadRestrictionsNone")
        if done.returncode == 0:
            rendered[root] = done.stdout
    for root, text in rendered.items():
        _copied(root, text)
    shutil.rmtree(clusters / "base")
    return tree


def _own(path: Path) -> None:
    """A directory of its own for each base that a category takes as it is."""
    content = yaml.safe_load(path.read_text())
    for entry in list(content.get("resources", [])):
        found = _BASE.match(entry)
        if found is None:
            continue
        own = path.parent / found["component"]
        own.mkdir()
        target = posixpath.join("..", entry)
        (own / "kustomization.yaml").write_text(
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
            f"resources:\n  - {target}\n"
        )
        path.write_text(path.read_text().replace(entry, found["component"]))


def _copied(root: Path, text: str) -> None:
    """What a root renders to, a file a resource, instead of what it was made of."""
    shutil.rmtree(root)
    root.mkdir()
    names = []
    for document in re.split(r"(?m)^---\n", text):
        content = yaml.safe_load(document)
        name = f"{content['kind']}-{content['metadata']['name']}.yaml".lower()
        (root / name).write_text(document)
        names.append(name)
    listed = "".join(f"  - {name}\n" for name in names)
    (root / "kustomization.yaml").write_text(
        f"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n{listed}"
    )

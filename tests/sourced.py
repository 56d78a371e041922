"""Objects of a cluster as the sources that variables and values are read from."""

from __future__ import annotations

import yaml

from analyzer import effective
from analyzer.effective import Data, Sources


def objects(text: str) -> Sources:
    """Objects of a cluster as sources, by kind, namespace and name."""
    found: dict[tuple[str, str, str], Data] = {}
    for content in yaml.safe_load_all(text):
        metadata = content["metadata"]
        key = content["kind"], metadata.get("namespace", ""), metadata["name"]
        found[key] = effective.data(content)
    return lambda kind, namespace, name: found.get((kind, namespace, name))


def source(name: str, kind: str = "ConfigMap", **more: object) -> dict[str, object]:
    return {"kind": kind, "name": name, **more}


def thing(spec: object, **metadata: object) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Thing",
        "metadata": {"name": "t", **metadata},
        "spec": spec,
    }

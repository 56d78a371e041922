"""Values and names that are markup, a template or a command somewhere, and a tree that has them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

VALUES = {
    "html": "<img src=x onerror=evil()>",
    "script": "</script><script>evil()</script>",
    "template": "{{ config }}{% raw %}{# x #}",
    "table": "`a` | b || c",
    "link": "[x](javascript:evil())",
    "comment": "<!-- x -->",
    "emoji": ":smile: :material-evil:",
    "snippet": '--8<-- "mkdocs.yml"',
    "front": "+++",
    "tab": '=== "x"',
    "details": "??? note",
    "attributes": "x {: #evil onclick=evil() }",
    "footnote": "[^1] *[HTML]: x",
    "entity": "&lt;b&gt; &amp;",
    "address": "https://evil.example/?a=1&b=2",
    "math": "$x$ \\(y\\) ~z~ ^w^ ==v==",
    "command": "::error::evil",
    "escape": "\x1b[31mred\x07",
    "turned": "\u202egpj.exe\u2066",
    "nothing": "a\x00b",
    "rule": "---",
    "heading": "# evil",
}
MARK = "<b>|`c`"  # in names of objects
FOLDER = "<i>{{d}}`|\u202e\x1b[1m"  # in names of a component and of environments
LONG = "y" * 100_000
TEXT = "one\n</pre><script>evil()</script>\n{{ two }}\n\x1b[31mthree\n| four |\n--8<-- five\n"

_CONFIG = """\
layout:
  patterns: ["clusters/{environment}/{component}"]
  base: ["clusters/base/{component}"]
environments: [%s, %s]
"""


def hostile_values(where: Path) -> Path:
    """`one` in the first environment and `two` in the second, at the end of every value.

    And a Deployment that both have a copy of, with all values in its annotations.
    """
    first, second = environments()
    where.mkdir()
    (where / "groundplan.yaml").write_text(_CONFIG % (json.dumps(first), json.dumps(second)))
    base = where / "clusters" / "base" / FOLDER
    _write(base / "kustomization.yaml", {"resources": ["settings.yaml", "large.yaml"]})
    _write(base / "settings.yaml", _settings(MARK, {"plain": "base", "text": "base"}))
    _write(base / "large.yaml", _settings("large", {"long": "base"}))
    for environment, last in ((first, "one"), (second, "two")):
        folder = where / "clusters" / environment / FOLDER
        data = {key: f"{value} {last}" for key, value in VALUES.items()}
        _write(folder / "patch.yaml", _settings(MARK, {**data, "text": TEXT + last}))
        _write(folder / "large.yaml", _settings("large", {"long": LONG + last}))
        _write(folder / "copy.yaml", _deployment(last))
        _write(
            folder / "kustomization.yaml",
            {
                "resources": [f"../../base/{FOLDER}", "copy.yaml"],
                "patches": [{"path": "patch.yaml"}, {"path": "large.yaml"}],
            },
        )
    return where


def environments() -> tuple[str, str]:
    return f"a{FOLDER}", f"b{FOLDER}"


def _settings(name: str, data: dict[str, str]) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def _deployment(last: str) -> dict[str, object]:
    """Long enough to be worth extracting; only the image is not the same."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": f"{MARK}copy", "annotations": dict(VALUES)},
        "spec": {
            "template": {
                "spec": {"containers": [{"name": MARK, "image": f"example.com/<s>:{last}"}]}
            }
        },
    }


def _write(path: Path, content: dict[str, object]) -> None:
    """As YAML with a line for each key, so that there are lines to save."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(_lines(content, "")) + "\n", encoding="utf-8")


def _lines(value: object, indent: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, child in value.items():
            if isinstance(child, dict):
                yield f"{indent}{json.dumps(key)}:"
                yield from _lines(child, f"{indent}  ")
            else:
                yield f"{indent}{json.dumps(key)}: {json.dumps(child)}"

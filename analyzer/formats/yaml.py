"""Rendered resources → YAML documents, as kubectl prints them. Output only; `yamltext` reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import yaml


class _Dumper(yaml.SafeDumper):
    """Block style; texts of several lines as literal blocks; no aliases."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, data: str) -> yaml.ScalarNode:
    style = (
        "|" if "\n" in data and not any(line.endswith(" ") for line in data.split("\n")) else None
    )
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(str, _text)


def documents(contents: Iterable[Mapping[str, object]]) -> str:
    """Separated by `---`, keys in the order given; `""` for none."""
    return "---\n".join(
        yaml.dump(dict(content), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=4096)
        for content in contents
    )

"""groundplan.yaml → Config. All its problems are reported together, each with its line."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from analyzer import intentlist, keys, promotionlist, yamltext
from analyzer.deployments import Sources
from analyzer.errors import ConfigError
from analyzer.intent import Intent
from analyzer.keys import NAMES, Key, Reader, properties
from analyzer.layout import Layout, PatternError, compiled, rank
from analyzer.yamltext import Node

FILE_NAME = keys.FILE_NAME
_README = ("README.md",)


@dataclass(frozen=True, slots=True)
class Config:
    """What a team pinned. Every field is optional; empty means detected or default."""

    patterns: tuple[str, ...] = ()
    base: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()  # in promotion order
    protected: tuple[str, ...] = ()
    sources: Mapping[str, str | None] = field(default_factory=dict)
    readme: tuple[str, ...] = _README
    title: str | None = None
    source_url: str | None = None  # with {path} and {line}
    intent: tuple[Intent, ...] = ()
    promotion: tuple[Intent, ...] = ()  # rules of its own; their kind is a class
    present: bool = False

    def layout(self, detected: Layout) -> Layout:
        """The detected layout with what is pinned here put in its place."""
        base = self.base or detected.base
        if not self.patterns:
            rest = tuple(e for e in detected.environments if e not in self.environments)
            order = self.environments + rest if self.environments else detected.environments
            return replace(detected, base=base, environments=order)
        return replace(
            detected,
            patterns=self.patterns,
            base=self.base,
            environments=self.environments,
            source="config",
            confidence=1.0,
        )

    def deployed_from(self, subdir: str) -> Sources:
        """Where sources are rooted: the analysed directory when it holds the configuration."""
        base = subdir if self.present else ""
        rooted = {
            name: None if path is None else "/".join(p for p in (base, path) if p)
            for name, path in self.sources.items()
        }
        return Sources(rooted, base)


_LAYOUT = (
    Key(
        "patterns",
        NAMES,
        "Where environments, categories and components are, "
        "such as clusters/{environment}/{category}/{component}; first match wins.",
    ),
    Key("base", NAMES, "Where shared bases are, such as clusters/base/{category}/{component}."),
)


KEYS: tuple[Key, ...] = (
    Key(
        "layout",
        properties(_LAYOUT),
        "How paths place roots and files. Without it the layout is detected.",
    ),
    Key("environments", NAMES, "The environments in promotion order."),
    Key("protected", NAMES, "Environments whose changes deserve special attention."),
    Key(
        "sources",
        {"type": "object", "additionalProperties": {"type": ["string", "null"]}},
        "The directory a Flux or Argo CD source stands for (. is this one); "
        "null: another repository.",
    ),
    Key("readme", NAMES, "Markdown files with generated sections. Default: README.md."),
    Key("title", {"type": "string"}, "The name of the published site."),
    Key(
        "sourceUrl",
        {"type": "string"},
        "A link to a file and line on your forge, with {path} and {line}.",
    ),
    Key(
        "intent",
        intentlist.schema(),
        "What is as it is on purpose, and why. Promotion, coverage, extraction and findings heed "
        "it; an entry that is about nothing, or has expired, is a finding.",
    ),
    Key(
        "promotion",
        promotionlist.schema(),
        "Rules of your own for differences between environments; they count before the built-in "
        "ones, and after what is meant; the first that fits counts. A rule that is about nothing "
        "is a finding.",
    ),
)


def json_schema() -> dict[str, object]:
    """The JSON schema of groundplan.yaml, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "groundplan.schema.json",
        "title": FILE_NAME,
        **properties(KEYS),
    }


def read(data: bytes, path: str, at: str = "") -> Config:
    """The configuration in a file, which stands `at` this path in the tree (default: `path`).

    Raises ConfigError listing every problem as `path:line: …`.
    """
    try:
        text = yamltext.compose(data, path)
    except yamltext.YamlError as error:
        raise ConfigError(f"{path}:{error.line}: not valid YAML: {error.message}") from None
    if not text.documents:
        return Config(present=True)
    reader = _Reader(text)
    reader.at = at or path
    config = reader.config(*text.documents)
    if reader.problems:
        lines = sorted(reader.problems)
        raise ConfigError("\n".join(f"{path}:{line}: {message}" for line, message in lines))
    return config


class _Reader(Reader):
    at = ""  # the path of the file in the tree

    def config(self, node: Node, *others: Node) -> Config:
        for other in others:
            self.problem(other, "a second document; only one is read")
        values = self.mapping(node, KEYS, "")
        inner = self.mapping(values.get("layout"), _LAYOUT, "layout.")
        environments = self.texts(values.get("environments"), "environments")
        patterns = self.texts(inner.get("patterns"), "layout.patterns", self._pattern)
        base = self.texts(inner.get("base"), "layout.base", self._pattern)
        return Config(
            patterns=patterns,
            base=base,
            environments=environments,
            protected=self.texts(values.get("protected"), "protected", self._known(environments)),
            sources=self._sources(values.get("sources")),
            readme=self._readme(values.get("readme")),
            title=self.string(values.get("title"), "title"),
            source_url=self.string(values.get("sourceUrl"), "sourceUrl"),
            intent=intentlist.FORM.read(self, values.get("intent"), self.at),
            promotion=promotionlist.FORM.read(self, values.get("promotion"), self.at),
            present=True,
        )

    def _pattern(self, text: str) -> str | None:
        try:
            compiled(text)
        except PatternError as error:
            return str(error)
        return None

    def _inside(self, text: str) -> str | None:
        if text.startswith("/") or ".." in text.split("/"):
            return f"{text} must be a path below this directory"
        return None

    def _known(self, environments: tuple[str, ...]) -> Callable[[str], str | None]:
        def check(text: str) -> str | None:
            if environments and text not in environments:
                return f"{text} is not one of environments: {', '.join(environments)}"
            return None

        return check

    def _readme(self, node: Node | None) -> tuple[str, ...]:
        if node is None:
            return _README
        return tuple(map(posixpath.normpath, self.texts(node, "readme", self._inside)))

    def _sources(self, node: Node | None) -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        if node is not None and not isinstance(node, yamltext.MappingNode):
            self.problem(node, "sources must be a mapping of source names to directories")
        for name, key, value in yamltext.pairs(node) if node is not None else ():
            text = yamltext.text_of(value)
            if name in found:
                self.problem(key, f"sources.{name} appears twice")
            elif not text and yamltext.value(value) is not None:
                self.problem(value, f"sources.{name} must be a directory or null")
            elif problem := self._inside(text):
                self.problem(value, f"sources.{name}: {problem}")
            else:
                inside = posixpath.normpath(text) if text else None
                found[name] = "" if inside == "." else inside
        return found


def as_yaml(layout: Layout, protected: tuple[str, ...]) -> str:
    """A layout as a ready groundplan.yaml."""
    lines = ["# How this repository is laid out; see `groundplan init --help`.", "layout:"]
    if not (layout.patterns or layout.base):
        lines += ["  # no shape was recognised; say where things are, such as",
                  '  # - "clusters/{environment}/{category}/{component}"']  # fmt: skip
    lines += _listed("  patterns", layout.patterns) + _listed("  base", layout.base)
    lines += ["# in promotion order", *_listed("environments", layout.environments)]
    unknown = [e for e in layout.environments if rank(e) is None]
    if unknown and layout.source == "detected":
        lines[-len(unknown)] += "  # from here on no order is known: move them where they belong"
    if protected:
        lines += _listed("protected", protected)
    return "\n".join(lines) + "\n"


def _listed(key: str, values: tuple[str, ...]) -> list[str]:
    if not values:
        return [f"{key}: []"]
    indent = " " * (len(key) - len(key.lstrip()) + 2)
    return [f"{key}:", *(f"{indent}- {_quoted(value)}" for value in values)]


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)

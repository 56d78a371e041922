"""groundplan.yaml → Config. All its problems are reported together, each with its line."""

from __future__ import annotations

import difflib
import json
import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from analyzer import yamltext
from analyzer.deployments import Sources
from analyzer.errors import ConfigError
from analyzer.layout import Layout, PatternError, compiled, rank
from analyzer.yamltext import Node, Text

FILE_NAME = "groundplan.yaml"
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


@dataclass(frozen=True, slots=True)
class Key:
    """One key of groundplan.yaml: what it may hold, and what it is for."""

    name: str
    schema: Mapping[str, object]
    description: str


_NAMES: Mapping[str, object] = {"type": "array", "items": {"type": "string", "minLength": 1}}

_LAYOUT = (
    Key(
        "patterns",
        _NAMES,
        "Where environments, categories and components are, "
        "such as clusters/{environment}/{category}/{component}; first match wins.",
    ),
    Key("base", _NAMES, "Where shared bases are, such as clusters/base/{category}/{component}."),
)


def _properties(keys: tuple[Key, ...]) -> dict[str, object]:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {key.name: {**key.schema, "description": key.description} for key in keys},
    }


KEYS: tuple[Key, ...] = (
    Key(
        "layout",
        _properties(_LAYOUT),
        "How paths place roots and files. Without it the layout is detected.",
    ),
    Key("environments", _NAMES, "The environments in promotion order."),
    Key("protected", _NAMES, "Environments whose changes deserve special attention."),
    Key(
        "sources",
        {"type": "object", "additionalProperties": {"type": ["string", "null"]}},
        "The directory a Flux or Argo CD source stands for (. is this one); "
        "null: another repository.",
    ),
    Key("readme", _NAMES, "Markdown files with generated sections. Default: README.md."),
    Key("title", {"type": "string"}, "The name of the published site."),
    Key(
        "sourceUrl",
        {"type": "string"},
        "A link to a file and line on your forge, with {path} and {line}.",
    ),
)


def json_schema() -> dict[str, object]:
    """The JSON schema of groundplan.yaml, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "groundplan.schema.json",
        "title": FILE_NAME,
        **_properties(KEYS),
    }


def read(data: bytes, path: str) -> Config:
    """The configuration in a file. Raises ConfigError listing every problem as `path:line: …`."""
    try:
        text = yamltext.compose(data, path)
    except yamltext.YamlError as error:
        raise ConfigError(f"{path}:{error.line}: not valid YAML: {error.message}") from None
    if not text.documents:
        return Config(present=True)
    reader = _Reader(text)
    config = reader.config(*text.documents)
    if reader.problems:
        lines = sorted(reader.problems)
        raise ConfigError("\n".join(f"{path}:{line}: {message}" for line, message in lines))
    return config


class _Reader:
    def __init__(self, text: Text) -> None:
        self.text = text
        self.problems: list[tuple[int, str]] = []

    def config(self, node: Node, *others: Node) -> Config:
        for other in others:
            self._problem(other, "a second document; only one is read")
        values = self._keys(node, KEYS, "")
        inner = self._keys(values.get("layout"), _LAYOUT, "layout.")
        environments = self._list(values.get("environments"), "environments")
        patterns = self._list(inner.get("patterns"), "layout.patterns", self._pattern)
        base = self._list(inner.get("base"), "layout.base", self._pattern)
        return Config(
            patterns=patterns,
            base=base,
            environments=environments,
            protected=self._list(values.get("protected"), "protected", self._known(environments)),
            sources=self._sources(values.get("sources")),
            readme=self._readme(values.get("readme")),
            title=self._string(values.get("title"), "title"),
            source_url=self._string(values.get("sourceUrl"), "sourceUrl"),
            present=True,
        )

    def _problem(self, node: Node, message: str) -> None:
        self.problems.append((node.start_mark.line + 1, message))

    def _keys(self, node: Node | None, keys: tuple[Key, ...], where: str) -> dict[str, Node]:
        if node is None:
            return {}
        known = [key.name for key in keys]
        if not isinstance(node, yamltext.MappingNode):
            self._problem(node, f"{where.rstrip('.') or FILE_NAME} must be a mapping")
            return {}
        found: dict[str, Node] = {}
        for name, key, value in yamltext.pairs(node):
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                hint = f"; did you mean {near[0]}?" if near else f"; known: {', '.join(known)}"
                self._problem(key, f"{where}{name} is not a key{hint}")
            elif name in found:
                self._problem(key, f"{where}{name} appears twice")
            else:
                found[name] = value
        return found

    def _list(
        self, node: Node | None, name: str, check: Callable[[str], str | None] | None = None
    ) -> tuple[str, ...]:
        return tuple(self._items(node, name, check)) if node is not None else ()

    def _items(
        self, node: Node, name: str, check: Callable[[str], str | None] | None
    ) -> Iterator[str]:
        if not isinstance(node, yamltext.SequenceNode):
            self._problem(node, f"{name} must be a list")
            return
        seen: set[str] = set()
        for item in node.value:
            text = yamltext.text_of(item)
            if not text:
                self._problem(item, f"{name}: an entry must be a text that is not empty")
            elif text in seen:
                self._problem(item, f"{name}: {text} appears twice")
            elif check is not None and (problem := check(text)):
                self._problem(item, f"{name}: {problem}")
            else:
                seen.add(text)
                yield text

    def _string(self, node: Node | None, name: str) -> str | None:
        if node is None:
            return None
        text = yamltext.text_of(node)
        if not text:
            self._problem(node, f"{name} must be a text")
        return text or None

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
        return tuple(map(posixpath.normpath, self._list(node, "readme", self._inside)))

    def _sources(self, node: Node | None) -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        if node is not None and not isinstance(node, yamltext.MappingNode):
            self._problem(node, "sources must be a mapping of source names to directories")
        for name, key, value in yamltext.pairs(node) if node is not None else ():
            text = yamltext.text_of(value)
            if name in found:
                self._problem(key, f"sources.{name} appears twice")
            elif not text and yamltext.value(value) is not None:
                self._problem(value, f"sources.{name} must be a directory or null")
            elif problem := self._inside(text):
                self._problem(value, f"sources.{name}: {problem}")
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

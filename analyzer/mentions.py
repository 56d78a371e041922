"""A kustomization file's nodes → every path it mentions, field by field, not yet looked up.

Kustomize finds keys whatever their case, follows merge keys and decodes `!!binary`: whoever looks
less closely misses a file that is read.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from analyzer import yamltext
from analyzer.model import Field, Span
from analyzer.yamltext import Node, Text, YamlError


@dataclass(frozen=True, slots=True)
class Entry:
    """One mention of a path. `entry` covers the whole list entry it stands in.

    `inline`: it is no path, but a configuration, or the name of a chart. `optional`: what it names
    is read if it is there, and nothing is wrong if it is not.
    """

    field: Field
    written: str
    span: Span
    entry: Span
    inline: bool = False
    optional: bool = False


def entries(text: Text, node: Node) -> Iterator[Entry]:
    """Every mention of a path, in the order written. A repeated key: only the last counts."""
    for name, value in yamltext.fields(node).items():
        field = _FIELDS.get(name.casefold())
        if field in CHART_FIELDS:
            yield from _charts(text, field, value, node)
        elif field is not None:
            yield from _READERS[field](text, field, value)


def under(node: Node | None, *keys: str) -> Iterator[Node]:
    """The value nodes of these keys, whatever their case: Go's JSON decoder takes them all."""
    wanted = {key.casefold() for key in keys}
    for name, value in yamltext.fields(node).items():
        if name.casefold() in wanted:
            yield value


def items(node: Node | None, *keys: str) -> Iterator[Node]:
    """The elements of the sequences under these keys."""
    for value in under(node, *keys):
        yield from yamltext.items(value)


def plugin_files(text: Text, node: Node) -> Iterator[Entry]:
    """The paths in the configuration of a built-in plugin, whichever it is."""
    field = Field.PLUGIN_CONFIG
    yield from _sources(text, field, node)
    replacements = items(node, "replacements")
    paths = (path for item in (node, *replacements) for path in under(item, "path"))
    yield from _scalars(text, field, paths, node)
    yield from _scalars(text, field, under(node, "targetFilePath"), node)
    for entry in _scalars(text, field, items(node, "paths"), node):
        if not _is_inline(entry.written):
            yield entry
    if yamltext.text_of(yamltext.get(node, "kind")) == "HelmChartInflationGenerator":
        yield from _chart_files(text, field, node, ())


def _scalars(text: Text, field: Field, nodes: Iterable[Node], entry: Node | None = None
             ) -> Iterator[Entry]:  # fmt: skip
    for node in nodes:
        written = yamltext.text_of(node)
        if written:
            yield Entry(field, written, text.span(node), text.span(entry or node))


def _list(text: Text, field: Field, node: Node) -> Iterator[Entry]:
    yield from _scalars(text, field, yamltext.items(node))


def _list_or_inline(text: Text, field: Field, node: Node) -> Iterator[Entry]:
    for entry in _list(text, field, node):
        yield replace(entry, inline=_is_inline(entry.written))


def _is_inline(written: str) -> bool:
    """Is this an object instead of a path? Kustomize tries to read it as one first."""
    if ":" not in written:
        return False
    try:
        documents = yamltext.compose(written.encode(), "").documents
    except YamlError:
        return False
    return any(yamltext.get(document, "kind") is not None for document in documents)


def _paths(text: Text, field: Field, node: Node) -> Iterator[Entry]:
    for item in yamltext.items(node):
        yield from _scalars(text, field, under(item, "path"), item)


def _generators(text: Text, field: Field, node: Node) -> Iterator[Entry]:
    for item in yamltext.items(node):
        yield from _sources(text, field, item)


def _sources(text: Text, field: Field, item: Node) -> Iterator[Entry]:
    """What a generator takes its data from; only `files` are written `key=path`."""
    for entry in _scalars(text, field, items(item, "files"), item):
        yield replace(entry, written=entry.written.partition("=")[2] or entry.written)
    yield from _scalars(text, field, items(item, "envs"), item)
    yield from _scalars(text, field, under(item, "env"), item)


def _open_api(text: Text, field: Field, node: Node) -> Iterator[Entry]:
    path = yamltext.get(node, "path")
    yield from _scalars(text, field, () if path is None else (path,), node)


def _charts(text: Text, field: Field, node: Node, whole: Node) -> Iterator[Entry]:
    homes = [home for value in under(whole, "helmGlobals") for home in under(value, "chartHome")]
    for item in yamltext.items(node):
        name = next(under(item, "name", "chartName"), item)
        written = yamltext.text_of(name) or "(unnamed chart)"
        yield Entry(field, written, text.span(name), text.span(item), inline=True)
        yield from _chart_files(text, field, item, homes)


def _chart_files(text: Text, field: Field, item: Node, homes: Iterable[Node]) -> Iterator[Entry]:
    """Values, and the chart itself: kustomize pulls it only where chartHome does not have it."""
    files = (*under(item, "valuesFile", "values"), *items(item, "additionalValuesFiles"))
    yield from _scalars(text, field, files, item)
    name = next(under(item, "name", "chartName"), None)
    version = _first(item, "version", "chartVersion")
    pulled = _first(item, "repo", "chartRepoUrl") != ""
    folder = yamltext.text_of(name)
    folder = f"{folder}-{version}/{folder}" if pulled and version else folder
    written = [yamltext.text_of(home) for home in (*under(item, "chartHome"), *homes)]
    for home in written or ["charts"]:
        if name is not None and folder:
            path = posixpath.join(home, folder)
            yield Entry(field, path, text.span(name), text.span(item), optional=pulled)


def _first(item: Node, *keys: str) -> str:
    return next(map(yamltext.text_of, under(item, *keys)), "")


_READERS: dict[Field, Callable[[Text, Field, Node], Iterator[Entry]]] = {
    Field.RESOURCES: _list,
    Field.BASES: _list,
    Field.COMPONENTS: _list,
    Field.CRDS: _list,
    Field.CONFIGURATIONS: _list,
    Field.PATCHES: _paths,
    Field.PATCHES_STRATEGIC_MERGE: _list_or_inline,
    Field.PATCHES_JSON6902: _paths,
    Field.CONFIG_MAP_GENERATOR: _generators,
    Field.SECRET_GENERATOR: _generators,
    Field.GENERATORS: _list_or_inline,
    Field.TRANSFORMERS: _list_or_inline,
    Field.VALIDATORS: _list_or_inline,
    Field.REPLACEMENTS: _paths,
    Field.OPENAPI: _open_api,
}
CHART_FIELDS = (Field.HELM_CHARTS, Field.HELM_CHART_INFLATION)
_FIELDS = {field.value.casefold(): field for field in (*_READERS, *CHART_FIELDS)}

"""What Flux adds to a rendered resource: post-build variables, and a HelmRelease's values. Pure.

After fluxcd/pkg's kustomize/kustomize_varsub.go and chartutil/{values,merge}.go, and Helm's
pkg/strvals/parser.go. What comes from a Secret, or from where no file says, is Unknown: such a
value is named and shown as a symbol, never guessed and never blank.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from analyzer import envsubst, goyaml, setline, yamltext
from analyzer.expressions import SubstitutionError
from analyzer.model import Content
from analyzer.setline import SetError
from analyzer.yamltext import YamlError

SUBSTITUTE = "kustomize.toolkit.fluxcd.io/substitute"  # label or annotation; `disabled` counts
VALUES_KEY = "values.yaml"

_VARIABLE = re.compile(r"[_A-Za-z][_A-Za-z0-9]*")
_KINDS = ("ConfigMap", "Secret")


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that no file tells. `source` says whose it is: `Secret flux-system/settings`."""

    source: str = ""


UNKNOWN = Unknown()

Data = Mapping[str, str | Unknown]
Sources = Callable[[str, str, str], Data | None]  # by kind, namespace, name; None: in no file


def data(content: Content) -> Data:
    """What a ConfigMap or Secret holds by key. Of a Secret, and of what is encrypted, the keys."""
    kind, metadata = content.get("kind"), _mapping(content.get("metadata"))
    if kind == "ConfigMap" and "sops" not in content:
        return {k: v for k, v in _mapping(content.get("data")).items() if isinstance(v, str)}
    unknown = Unknown(f"{kind} {metadata.get('namespace', '')}/{metadata.get('name', '')}")
    keys = {**_mapping(content.get("data")), **_mapping(content.get("stringData"))}
    return dict.fromkeys(keys, unknown)


# variables ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Variables:
    """The variables of one Flux Kustomization.

    `open` are sources that must exist and are in no file: a name that nothing else gives may be
    theirs, so it is unknown. `absent` are optional ones in no file, taken not to exist.
    """

    values: Data = field(default_factory=dict)
    open: tuple[Unknown, ...] = ()
    absent: tuple[Unknown, ...] = ()
    problem: str | None = None

    def is_unknown(self, name: str) -> bool:
        value = self.values.get(name)
        return isinstance(value, Unknown) or (value is None and bool(self.open))

    def value(self, name: str) -> str | None:
        return value if isinstance(value := self.values.get(name), str) else None


def variables(content: Content, sources: Sources) -> Variables | None:
    """The variables of a Flux Kustomization; None without `postBuild`: nothing is substituted.

    Sources in list order, later ones win, and `substitute` over all. Values lose their newlines.
    A source that is unknown as a whole does not hide what others are known to give.
    """
    post_build = _mapping(content.get("spec")).get("postBuild")
    if not isinstance(post_build, Mapping):
        return None
    found: dict[str, str | Unknown] = {}
    opened: list[Unknown] = []
    absent: list[Unknown] = []
    for reference in _mappings(post_build.get("substituteFrom")):
        kind, namespace, name = _referent(content, reference)
        if kind not in _KINDS:
            continue
        known = sources(kind, namespace, name)
        if known is None:
            (absent if reference.get("optional") is True else opened).append(
                Unknown(f"{kind} {namespace}/{name}")
            )
        found |= known or {}
    inline = _mapping(post_build.get("substitute"))
    found |= {name: value for name, value in inline.items() if isinstance(value, str)}
    single = {k: v.replace("\n", "") if isinstance(v, str) else v for k, v in found.items()}
    return Variables(single, tuple(opened), tuple(absent), _refused(found, inline))


def _refused(found: Data, inline: Content) -> str | None:
    """Why nothing is substituted at all: one wrong name is enough."""
    names = sorted(name for name in found if not _VARIABLE.fullmatch(name))
    if names:
        return f"no variable's name: {', '.join(names)}"
    other = sorted(name for name, value in inline.items() if not isinstance(value, str))
    return f"a value that is no text: {', '.join(other)}" if other else None


@dataclass(frozen=True, slots=True)
class Substituted:
    """A resource after substitution. With a `problem` nothing is applied, and it is as before.

    `unset` have neither value nor default: empty text, or the problem where that is strict.
    `unknown` have a value that no file tells: `${NAME}` stays as it is written, functions and
    default included.
    """

    content: Content
    unset: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    problem: str | None = None


def substituted(
    content: Content, variables: Variables, *, strict: bool, always: bool = False
) -> Substituted:
    """A rendered resource with its variables replaced, and typed again as the cluster gets it.

    Nothing happens where no variable came out, unless `always` (`substituteStrategy`), and where
    the resource says so itself. `content` has its keys in the engine's order. A key that two
    become keeps the last value; ids that collide afterwards are for the caller to find.
    """
    if _opts_out(content) or not (variables.values or variables.open or always):
        return Substituted(content)
    if variables.problem:
        return Substituted(content, problem=variables.problem)
    if not _has_dollars(content):
        return Substituted(content)
    text = goyaml.dump(content)
    try:
        names = envsubst.variables(text)
    except SubstitutionError as error:
        return Substituted(content, problem=f"{error.message}{_place(content)}")
    unknown = tuple(name for name, _ in names if variables.is_unknown(name))
    unset = tuple(
        name
        for name, has_default in names
        if not has_default and name not in unknown and variables.value(name) is None
    )
    if strict and unset:
        return Substituted(content, unset, unknown, f"not set: {', '.join(unset)}")
    result, problem = _expanded(text, variables)
    return Substituted(content if result is None else result, unset, unknown, problem)


def _expanded(text: str, variables: Variables) -> tuple[dict[str, object] | None, str | None]:
    """The object that a text becomes, or why it becomes none."""
    try:
        expanded = envsubst.expand(
            text, lambda name: variables.value(name) or "", keep=variables.is_unknown
        )
        result = goyaml.load(expanded)
    except SubstitutionError as error:
        return None, error.message
    except YamlError:
        return None, "no YAML after substitution"  # where, and why, would quote a value
    return (result, None) if isinstance(result, dict) else (None, "no object after substitution")


def _opts_out(content: Content) -> bool:
    metadata = _mapping(content.get("metadata"))
    return any(
        _mapping(metadata.get(where)).get(SUBSTITUTE) == "disabled"
        for where in ("labels", "annotations")
    )


def _has_dollars(content: Content) -> bool:
    """Is there anything that substitution changes? Most resources have nothing."""
    pending: list[object] = [*content, *content.values()]
    while pending:
        value = pending.pop()
        if isinstance(value, str):
            if "${" in value or "$$" in value:
                return True
        elif isinstance(value, dict):
            pending += value
            pending += value.values()
        elif isinstance(value, list):
            pending += value
    return False


def _texts(value: object, at: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every text of a value, keys too, and where it is."""
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, Mapping):
        for key, child in value.items():
            yield (*at, key), key
            yield from _texts(child, (*at, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _texts(child, (*at, index))


def _place(content: Content) -> str:
    """` at /data/script`, where a text alone is enough to fail; the text itself is not shown."""
    for at, text in _texts(content, ()):
        try:
            envsubst.variables(text)
        except SubstitutionError:
            return f" at {yamltext.pointer(at)}"
    return ""


# Helm values --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """An entry of `valuesFrom`. `reason` says why its values are not known; "" where they are."""

    kind: str
    namespace: str
    name: str
    key: str
    target_path: str = ""
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}, key {self.key}"


@dataclass(frozen=True, slots=True)
class Effective:
    """A HelmRelease's own values, before the chart's. A null stays: it removes a chart's default.

    `sources` were merged, in order. `unknown` were not: one with a `target_path` shows there as
    `<Secret apps/db, key password>`; any other may hold values that `values` lacks, but none that
    `spec.values` sets. With a `problem` the release fails, and `values` lack what it speaks of.
    """

    values: Content
    sources: tuple[Source, ...] = ()
    unknown: tuple[Source, ...] = ()
    problem: str | None = None


Mark = Callable[[int | None, dict[str, object]], None]


def _unmarked(layer: int | None, tree: dict[str, object]) -> None:
    """Nobody wants to know where a value comes from."""


def values(content: Content, sources: Sources, mark: Mark = _unmarked) -> Effective:
    """`valuesFrom` in list order, later ones win, then `spec.values` over all.

    Maps merge, anything else is replaced as a whole. Upstream's documentation says that a
    `targetPath` wins over `spec.values`. By its code it does inside a map or list that only
    `spec.values` has (that very map is changed), but not at the top level, nor in a map that both
    have. This does as the code does.

    `mark` is given each tree that has new values, to replace its leaves in place, and the position
    in `valuesFrom` they come from (None: `spec.values`).
    """
    spec = _mapping(content.get("spec"))
    inline = copy.deepcopy(dict(_mapping(spec.get("values"))))
    mark(None, inline)
    result: dict[str, object] = {}
    merged: list[Source] = []
    unknown: list[Source] = []
    problems: list[str] = []
    listed = spec.get("valuesFrom")
    for index, reference in enumerate(listed if isinstance(listed, list) else ()):
        if not isinstance(reference, Mapping):
            continue
        try:
            source, text = _source(content, reference, sources)
            (unknown if source.reason else merged).append(source)
            if text is not None and source.target_path:
                result = _merged(result, inline)
                before = copy.deepcopy((result, inline))  # what they share, the copies share too
                literal = reference.get("literal") is True or bool(source.reason)
                setline.put(result, source.target_path, text, literal=literal)
                mark(index, result)
                mark(index, inline)
            elif text is not None and not source.reason:
                read = _read(source, text)
                mark(index, read)
                result = _merged(result, read)
        except _Failure as failure:
            problems.append(str(failure))
        except SetError as error:
            result, inline = before
            problems.append(f"{source}, at {source.target_path}: {error}")
    return Effective(
        _merged(result, inline), tuple(merged), tuple(unknown), "; ".join(problems) or None
    )


class _Failure(Exception):
    """Why a release fails: names only, no values."""


def named(content: Content, reference: Content) -> Source:
    """What an entry of `valuesFrom` names."""
    kind, namespace, name = _referent(content, reference)
    key = str(reference.get("valuesKey") or VALUES_KEY)
    return Source(kind, namespace, name, key, str(reference.get("targetPath") or ""))


def _source(content: Content, reference: Content, sources: Sources) -> tuple[Source, str | None]:
    """An entry, and the text it gives: a symbol for one that is not known, None for nothing."""
    source = named(content, reference)
    kind, namespace, name, key = source.kind, source.namespace, source.name, source.key
    optional = reference.get("optional") is True
    if kind not in _KINDS:
        raise _Failure(f"{source}: values come from a ConfigMap or a Secret only")
    known = sources(kind, namespace, name)
    if known is None and optional:
        return replace(source, reason="optional, and in no file"), None
    if known is None:
        return replace(source, reason="in no file"), f"<{source}>"
    value = known.get(key)
    if isinstance(value, Unknown):
        return replace(source, reason="a value that no file tells"), f"<{source}>"
    if value is None and not optional:
        raise _Failure(f"{source}: no such key")
    return source, value


def _read(source: Source, text: str) -> dict[str, object]:
    try:
        read = goyaml.load(text)
    except YamlError as error:
        raise _Failure(f"{source}: no YAML, at line {error.line}") from None
    if not isinstance(read, dict | None):
        raise _Failure(f"{source}: not a map of values")
    return read or {}


def _merged(under: dict[str, object], over: dict[str, object]) -> dict[str, object]:
    """A new map. Maps that only one side has are shared with it, which `values` relies on."""
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            value = _merged(below, value)
        result[key] = value
    return result


# reading objects ----------------------------------------------------------------------------------


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: object) -> list[Mapping[str, object]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _referent(content: Content, reference: Content) -> tuple[str, str, str]:
    """Kind, namespace (always the object's own) and name of a ConfigMap or Secret referred to."""
    namespace = str(_mapping(content.get("metadata")).get("namespace") or "")
    return str(reference.get("kind") or ""), namespace, str(reference.get("name") or "")

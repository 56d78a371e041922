"""Provenance of a resource's fields → the answer to "who set this, and what did it override"."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from analyzer import redact, scalars, yamltext
from analyzer.errors import PlaceError
from analyzer.helmvalues import VALUES, From, Values, asks
from analyzer.model import Commit, Content, RenderedResource, Span
from analyzer.provenance import Provenance, Step
from analyzer.selecting import absent, fields, leaf, named

SCHEMA = "groundplan/why/v1"
Since = Callable[[Span], Commit | None]  # the commit that last touched a line


@dataclass(frozen=True, slots=True)
class Field:
    """One leaf with who set it; values that are secret are hidden already."""

    name: str
    pointer: str
    provenance: Provenance
    hidden: bool
    since: Commit | None


@dataclass(frozen=True, slots=True)
class Why:
    """The answer for one resource of a root: all fields that were asked for, in their order."""

    root: str
    place: str
    resource: RenderedResource
    fields: tuple[Field, ...]
    problem: str | None = None  # why marks tell nothing here
    values: EffectiveValues | None = None  # of a HelmRelease, where they were asked for


@dataclass(frozen=True, slots=True)
class EffectiveValues:
    """The effective values of a HelmRelease, and what it takes them from."""

    fields: tuple[Field, ...]
    sources: tuple[From, ...]
    problem: str | None


def answer(
    root: str,
    place: str,
    resource: RenderedResource,
    found: Sequence[Provenance],
    since: Since,
    problem: str | None = None,
    values: Values | None = None,
) -> Why:
    """`found` are the leaves that were asked for; secrets in them are hidden here, once."""
    fields = tuple(_field(resource, one, since) for one in found)
    of_values = _effective(values, since) if values is not None else None
    return Why(root, place, resource, fields, problem, of_values)


def _effective(values: Values, since: Since) -> EffectiveValues:
    content = {VALUES: values.effective.values}
    symbols = frozenset(f"<{source}>" for source in values.effective.unknown)
    fields = tuple(_made(content, one, since, False, symbols) for one in values.leaves)
    return EffectiveValues(fields, values.sources, values.effective.problem)


def wanted_values(values: Values, field: str | None) -> Values | None:
    """The effective values that were asked for; of a whole release where it takes some from else.

    None: others were asked for. Raises PlaceError with what is near.
    """
    if field is None:
        return values if values.sources else None
    if not asks(field):
        return None
    content = {VALUES: values.effective.values}
    try:
        paths = set(fields(content, field))
    except PlaceError as error:
        unknown = [str(one.source) for one in values.sources
                   if one.reason and not one.source.target_path]  # fmt: skip
        more = f"; it may be in {', '.join(unknown)}, which no file tells" if unknown else ""
        raise PlaceError(f"{error}{more}") from None
    return replace(values, leaves=tuple(one for one in values.leaves if one.path in paths))


def wanted(
    content: Mapping[str, object],
    leaves: Sequence[Provenance],
    gone: Sequence[Provenance],
    taken: Callable[[str], Step | None],
    field: str,
) -> tuple[Provenance, ...]:
    """The leaves at or below a field; one that was taken away where it is written so.

    `taken` tells who took away what a JSON pointer names, a whole map too. Raises PlaceError with
    what is near.
    """
    missing = [one for one in gone
               if field in (named(content, one.path), yamltext.pointer(one.path))]  # fmt: skip
    if missing:
        return tuple(missing)
    try:
        paths = set(fields(content, field))
    except PlaceError:
        path = absent(content, field)
        step = taken(yamltext.pointer(path)) if path is not None else None
        if path is None or step is None:
            raise
        return (Provenance(path, None, (step,), "verified"),)
    return tuple(leaf for leaf in leaves if leaf.path in paths)


def _field(resource: RenderedResource, one: Provenance, since: Since) -> Field:
    return _made(resource.content, one, since, redact.is_secret(resource.content))


def _made(
    content: Content, one: Provenance, since: Since, secret: bool,
    symbols: frozenset[str] = frozenset(),
) -> Field:  # fmt: skip
    """`symbols` stand for values that nobody knows: there is nothing to hide in them."""
    path = leaf(content, one.path)

    def clean(value: object) -> object:
        known = isinstance(value, str) and value in symbols
        return value if known else redact.value(path, value, secret)

    shown = clean(one.value)
    hidden = shown != one.value
    steps = tuple(replace(step, value=shown if hidden else clean(step.value)) for step in one.steps)
    hidden |= isinstance(shown, str) and shown in symbols
    return Field(
        named(content, one.path),
        yamltext.pointer(one.path),
        replace(one, value=shown, steps=steps),
        hidden,
        since(one.steps[0].at) if one.steps else None,
    )


# JSON ---------------------------------------------------------------------------------------------


def to_json(why: Why) -> dict[str, object]:
    """docs/schema/why.v1.json."""
    identity = why.resource.id
    return {
        "schema": SCHEMA,
        "place": why.place,
        "resource": {
            "apiVersion": why.resource.api_version,
            "kind": identity.kind,
            "namespace": identity.namespace,
            "name": identity.name,
            "root": why.root or ".",
        },
        "fields": [_json_field(one) for one in why.fields],
        "values": _json_values(why.values) if why.values is not None else None,
    }


def _json_values(values: EffectiveValues) -> dict[str, object]:
    return {
        "fields": [_json_field(one) for one in values.fields],
        "sources": [
            {
                "kind": one.source.kind,
                "namespace": one.source.namespace,
                "name": one.source.name,
                "key": one.source.key,
                "target_path": one.source.target_path or None,
                "at": _place(one.at) if one.at is not None else None,
                "holds": _place(one.holds) if one.holds is not None else None,
                "unknown": one.reason or None,
            }
            for one in values.sources
        ],
        "problem": values.problem,
    }


def _json_field(one: Field) -> dict[str, object]:
    provenance = one.provenance
    set_by = provenance.set_by
    return {
        "pointer": one.pointer,
        "field": one.name,
        "value": provenance.value,
        "status": provenance.status,
        "set_by": None if set_by is None else {
            **_json_step(set_by),
            "via": [_place(span) for span in set_by.via],
            "inputs": [_place(span) for span in set_by.inputs],
            "since": _json_commit(one.since),
        },
        "made_from": [_json_step(step) for step in provenance.steps[1 : provenance.made_by]],
        "overrides": [_json_step(step) for step in provenance.overrides],
    }  # fmt: skip


def _json_step(step: Step) -> dict[str, object]:
    layer = {"layer": step.layer} if step.layer else {}
    return {**_place(step.at), "directive": step.directive.value, "value": step.value, **layer}


def _place(span: Span) -> dict[str, object]:
    return {"path": span.path, "line": span.line}


def _json_commit(commit: Commit | None) -> Mapping[str, str] | None:
    if commit is None:
        return None
    return {"commit": commit.id, "date": commit.date, "author": commit.author,
            "subject": commit.subject}  # fmt: skip


# text ---------------------------------------------------------------------------------------------


def described(step: Step) -> str:
    """A directive in words, as text and pages have it."""
    return "removed by " + step.directive.value if step.op == "remove" else step.directive.value


def value_text(value: object) -> str:
    """A value on one line."""
    if isinstance(value, str):
        lines = value.splitlines() or [""]
        shown = lines[0] if len(lines) == 1 else f"{lines[0]} … ({len(lines)} lines)"
        return shown if shown else '""'
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return _short("{", (f"{key}: {value_text(child)}" for key, child in value.items()), "}")
    if isinstance(value, list):
        return _short("[", map(value_text, value), "]")
    return str(value)


def _short(begin: str, parts: Iterable[str], end: str) -> str:
    """A map or list on one line; of a long one only that it is one."""
    text = f"{begin}{', '.join(parts)}{end}"
    return text if len(text) <= _SHORT else f"{begin}…{end}"


_SHORT = 60  # characters


def annotated(why: Why) -> Iterator[tuple[str, Field | None]]:
    """The whole resource as YAML, a line each, with the field that begins on it."""
    by_pointer = {one.pointer: one for one in why.fields}
    content = redact.redacted(why.resource.content)
    yield from _lines(content, (), 0, by_pointer)


def _lines(
    value: object, path: tuple[str | int, ...], indent: int, known: Mapping[str, Field]
) -> Iterator[tuple[str, Field | None]]:
    pad = "  " * indent
    if isinstance(value, Mapping):
        for key, child in value.items():
            yield from _pair(f"{pad}{_scalar(key)}:", child, (*path, key), indent, known)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            here = (*path, index)
            if isinstance(child, Mapping | list) and child:
                inner = list(_lines(child, here, indent + 1, known))
                first, one = inner[0]
                yield f"{pad}- {first[len(pad) + 2 :]}", one
                yield from inner[1:]
            else:
                yield f"{pad}- {_scalar(child)}", known.get(yamltext.pointer(here))


def _pair(
    head: str, child: object, path: tuple[str | int, ...], indent: int, known: Mapping[str, Field]
) -> Iterator[tuple[str, Field | None]]:
    if isinstance(child, Mapping) and child:
        yield head, None
        yield from _lines(child, path, indent + 1, known)
    elif isinstance(child, list) and child:
        yield head, None
        yield from _lines(child, path, indent, known)
    elif isinstance(child, str) and "\n" in child:
        yield f"{head} |", known.get(yamltext.pointer(path))
        pad = "  " * (indent + 1)
        yield from ((f"{pad}{line}", None) for line in child.splitlines())
    else:
        yield f"{head} {_scalar(child)}", known.get(yamltext.pointer(path))


def _scalar(value: object) -> str:
    """As YAML has it, quoted where it would be read as something else."""
    if not isinstance(value, str):
        return value_text(value)
    plain = value != "" and scalars.resolve(value) == value and _is_plain(value)
    if plain:
        return value
    return "'" + value.replace("'", "''").replace("\n", "\\n") + "'"


def _is_plain(text: str) -> bool:
    return not (
        text[0] in "-?:,[]{}#&*!|>'\"%@` " or ": " in text or " #" in text
        or text[-1] in ": " or text in ("yes", "no", "on", "off", "y", "n")
    )  # fmt: skip

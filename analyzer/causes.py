"""Why a root does not build, as far as the files say it: static defects → Cause at a line."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from analyzer.graph import ReferenceGraph, cycles
from analyzer.kustomization import ROOT_FIELDS
from analyzer.model import (
    Cause,
    Field,
    Kustomization,
    Reference,
    Repository,
    Status,
)

_FILES = (
    Field.PATCHES,
    Field.PATCHES_STRATEGIC_MERGE,
    Field.PATCHES_JSON6902,
    Field.CONFIG_MAP_GENERATOR,
    Field.SECRET_GENERATOR,
    Field.CRDS,
    Field.CONFIGURATIONS,
    Field.REPLACEMENTS,
    Field.OPENAPI,
)
_READ_AS_YAML = (
    Field.RESOURCES,
    Field.BASES,
    Field.PATCHES,
    Field.PATCHES_STRATEGIC_MERGE,
    Field.CRDS,
    Field.CONFIGURATIONS,
)


def defects(repository: Repository, graph: ReferenceGraph) -> Mapping[str, tuple[Cause, ...]]:
    """For each root what is wrong with its own kustomization file and the files it names."""
    found: dict[str, tuple[Cause, ...]] = {}
    circles: dict[str, list[Cause]] = {}
    for circle in cycles(graph):
        way = " → ".join((circle[0].source or ".", *(str(edge.target) or "." for edge in circle)))
        edge = circle[-1]
        circles.setdefault(edge.source, []).append(
            Cause(
                edge.span.path,
                edge.span.line,
                f"references go in a circle: {way}",
                "reference-cycle",
            )
        )
    unread = {
        span.path: (f"{label(span.path)} {why}", unread_rule(why))
        for why, span in repository.problems
    }
    for root, kustomization in graph.kustomizations.items():
        causes = (
            *_own(repository, kustomization),
            *_named(repository, kustomization, unread),
            *circles.get(root, ()),
        )
        if causes:
            found[root] = causes
    return found


def _own(repository: Repository, kustomization: Kustomization) -> Iterator[Cause]:
    if kustomization.problem is not None:
        span = kustomization.span
        unread = (kustomization.problem, span) == repository.unreadable.get(span.path)
        rule = "broken-yaml" if unread else "broken-kustomization"
        rule = "two-kustomization-files" if "in one directory" in kustomization.problem else rule
        yield Cause(span.path, span.line, kustomization.problem, rule)


def _named(
    repository: Repository, kustomization: Kustomization, unread: Mapping[str, tuple[str, str]]
) -> Iterator[Cause]:
    for reference in kustomization.references:
        message = _problem(repository, reference)
        if message is not None:
            outside = reference.status is Status.OUTSIDE
            yield Cause(
                reference.span.path,
                reference.span.line,
                message,
                "outside-tree" if outside else "missing-reference",
            )
        elif reference.field in _READ_AS_YAML and reference.target in repository.unreadable:
            why, span = repository.unreadable[reference.target or ""]
            yield Cause(span.path, span.line, f"not valid YAML: {why}", "broken-yaml")
        elif reference.target in unread:
            yield Cause(reference.target or "", 1, *unread[reference.target or ""])


def unread_rule(why: str) -> str:
    """The rule of what the walk could not read."""
    return "limit-reached" if "larger than" in why else "unreadable"


def _problem(repository: Repository, reference: Reference) -> str | None:
    written = shown(reference.written)
    match reference.status:
        case Status.MISSING:
            return f"{written} does not exist"
        case Status.OUTSIDE:
            return f"{written} is outside the repository"
        case Status.DIRECTORY if reference.field in ROOT_FIELDS:
            if reference.target not in repository.kustomizations:
                return f"{written} has no kustomization file"
        case Status.DIRECTORY if reference.field in _FILES:
            return f"{written} is a directory, and no file"
    return None


def shown(written: str) -> str:
    """A path as it may stand in a message: one line, not endless."""
    text = " ".join(written.split())
    return text if len(text) <= 120 else f"{text[:80]}…{text[-30:]}"


_POINTERS = re.compile(r" &\{(?:0x[0-9a-f]+ ?)+\}")  # where Go kept a value: another on each run
_CLOCK = re.compile(r"^[EWIF]\d{4} [\d:.]+ +\d+ \S+\] ", re.M)


def scrubbed(stderr: str, directory: str) -> str:
    """The engine's error without clock, pid, pointers, warnings and the private copy's own path."""
    lines = [line for line in stderr.splitlines() if not line.startswith("# Warning")]
    text = _POINTERS.sub("", _CLOCK.sub("", "\n".join(lines))).strip()
    return text.removeprefix("error: ").replace(directory + "/", "").replace(directory, ".")


def label(path: str) -> str:
    """A root's path for a message; the tree itself is `.`."""
    return path or posixpath.curdir

"""Why a root does not build: static defects first, else the engine's words → Cause at a line."""

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
    Span,
    Status,
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
    for root, kustomization in graph.kustomizations.items():
        causes = (*_own(kustomization), *_named(repository, kustomization), *circles.get(root, ()))
        if causes:
            found[root] = causes
    return found


def _own(kustomization: Kustomization) -> Iterator[Cause]:
    if kustomization.problem is not None:
        span = kustomization.span
        rule = "broken-kustomization" if kustomization.settings else "broken-yaml"
        rule = "two-kustomization-files" if "in one directory" in kustomization.problem else rule
        yield Cause(span.path, span.line, kustomization.problem, rule)


def _named(repository: Repository, kustomization: Kustomization) -> Iterator[Cause]:
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
            if reference.target == reference.source:
                return f"{written} is the directory itself"
    return None


def shown(written: str) -> str:
    """A path as it may stand in a message: one line, not endless."""
    text = " ".join(written.split())
    return text if len(text) <= 120 else f"{text[:80]}…{text[-30:]}"


_RECURSED = re.compile(r"recursed accumulation of path '([^']*)'")
_FROM = re.compile(r"accumulat(?:ing|e) (?:resources|components|resource) from '([^']*)'")
_ID = re.compile(r"no matches for Id ([^.\s]+)\.[^/]*?/(.+?)\.(?:\[noNs\]|[^\s;.]+);")
_REPLICAS = re.compile(r"resource with name (\S+) does not match a config")
_PLUGIN_CONFIG = re.compile(r"with config: `\n(.*?)\n?`: ", re.S)
_POINTERS = re.compile(r" &\{(?:0x[0-9a-f]+ ?)+\}")  # where Go kept a value: another on each run
_CLOCK = re.compile(r"^[EWIF]\d{4} [\d:.]+ +\d+ \S+\] ", re.M)


def unmatched(message: str) -> tuple[str, str] | None:
    """(kind, name) of the patch target that the engine did not find."""
    match = _ID.search(message)
    return (match.group(1), match.group(2)) if match else None


def unmatched_replicas(message: str) -> str | None:
    """The name in `replicas:` that the engine did not find."""
    match = _REPLICAS.search(message)
    return match.group(1) if match else None


def scrubbed(stderr: str, directory: str) -> str:
    """The engine's error without clock, pid, pointers, warnings and the private copy's own path."""
    lines = [line for line in stderr.splitlines() if not line.startswith("# Warning")]
    text = _POINTERS.sub("", _CLOCK.sub("", "\n".join(lines))).strip()
    return text.removeprefix("error: ").replace(directory + "/", "").replace(directory, ".")


def owner(root: str, message: str) -> str:
    """The root that failed: the last one the engine went into."""
    found = _RECURSED.findall(message)
    return found[-1] if found else root


def from_engine(
    root: str,
    message: str,
    graph: ReferenceGraph,
    texts: Mapping[str, bytes],
    span: Span | None = None,
) -> Cause:
    """A scrubbed engine error as a cause at the line somebody has to change.

    `texts` has the bytes of kustomization files, to look for what the message names; `span` is the
    entry the message is about, where that is known.
    """
    failed = owner(root, message)
    kustomization = graph.kustomizations.get(failed) or graph.kustomizations[root]
    inner = message[message.rfind("recursed accumulation of path") :]
    inner = inner.partition(": ")[2] if inner.startswith("recursed") else message
    path = kustomization.path
    if span is not None:
        return Cause(span.path, span.line, _plain(inner))
    named = _FROM.findall(inner)
    if named:
        written = named[-1]
        for reference in kustomization.references:
            if reference.written == written:
                at = _inside(reference, inner)
                return Cause(at.path, at.line, _plain(inner))
    token = _token(inner)
    line = _line_of(texts.get(path, b""), token) if token else None
    return Cause(path or failed, line or kustomization.span.line, _plain(inner))


def _inside(reference: Reference, message: str) -> Span:
    """The file that was named, where it is the file that is wrong; else the line that names it."""
    wrong = ("MalformedYAMLError", "missing Resource metadata", "missing metadata.name")
    if reference.target and any(word in message for word in wrong):
        match = re.search(r"yaml: line (\d+)", message)
        return Span(reference.target, int(match.group(1)) if match else 1)
    return reference.span


def _token(message: str) -> str | None:
    for pattern in (
        r'unknown field "([^"]+)"',
        r"failed to find unique target for patch [^/]*/([^\s.]+)",
        r"resource with name (\S+) does not match",
        r"unable to find patch file '?([^'\s]+)",
        r"registered id: [^/]*/([^\s.]+)",
        r"(?:path|paths|files|patch):\s*\n?-?\s*([^\s'\"\[\]{}]+)",
        r"file '?([^'\s]+)'? is not",
        r"(nothing selected) by",
        r"(var) '\{",
    ):
        match = re.search(pattern, message)
        if match:
            return {"nothing selected": "replacements", "var": "vars"}.get(
                match.group(1), match.group(1)
            )
    return None


def _line_of(data: bytes, token: str) -> int | None:
    whole = re.compile(r"(?<![\w-])" + re.escape(token) + r"(?![\w-])")
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        if whole.search(line):
            return number
    return None


def _plain(message: str) -> str:
    """The engine's words without its nesting and without configuration that may hold secrets."""
    text = _PLUGIN_CONFIG.sub(": ", message)
    text = re.sub(
        r"unable to parse SM or JSON patch from \[.*",
        "not a patch kustomize can read",
        text,
        flags=re.S,
    )
    match = re.search(r"accumulation err='(.*?)'?: must build at directory", text, re.S)
    if match:
        text = match.group(1)
    for _ in range(6):
        text = re.sub(
            r"^(accumulating (resources|components)|accumulation err=')(?=[: ']):? ?'?", "", text
        )
        text = re.sub(r"^accumulat(ing|e) (resources|components) from '[^']*': ", "", text)
    text = text.replace("evalsymlink failure on ", "")
    if "cycle detected" in text:
        text = "references go in a circle"
    return shown(text) if len(text) > 300 else " ".join(text.split())


def label(path: str) -> str:
    """A root's path for a message; the tree itself is `.`."""
    return path or posixpath.curdir

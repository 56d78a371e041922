"""Where the path of a Flux object leads in the tree, or why it leads out of it.

A path is relative to its source. Whether a source is this repository is told by groundplan.yaml,
by its URL and revision compared with those the cluster begins with, and by what it leaves out.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from analyzer import ignoring
from analyzer.artifacts import Artifact, Laid
from analyzer.deployments import SOURCES, Sources, same_repository
from analyzer.flux import FluxKustomization, Source
from analyzer.ignoring import Rules
from analyzer.model import Content, RenderedResource

ARTIFACT = "ExternalArtifact"
KINDS = ("GitRepository", "OCIRepository", "Bucket", ARTIFACT)  # what a Flux Kustomization takes


@dataclass(frozen=True, slots=True)
class Declared:
    """A source object. `revision` is the branch, tag, … it follows; None where it says none."""

    url: str | None
    revision: str | None = None
    ignore: str | None = None
    only: tuple[str, ...] = ()
    included: tuple[tuple[str, str], ...] = ()  # (path, the GitRepository that stands there)


@dataclass(frozen=True, slots=True)
class ClusterSources:
    """What the sources of one cluster stand for.

    `entry` is the source the cluster begins with, `home` its URL and revision where that is said.
    `bases` are where its root may be in the tree; `ignores` are the `.sourceignore` files by path.
    """

    given: Sources
    declared: Mapping[Source, Declared] = field(default_factory=dict)
    artifacts: Mapping[tuple[str, str], Artifact] = field(default_factory=dict)
    entry: Source = ("", "", "")
    home: Declared = Declared(None)
    bases: tuple[str, ...] = ("",)
    ignores: Mapping[str, str] = field(default_factory=dict)

    def is_entry(self, source: Source) -> bool:
        """Objects of which nobody says a namespace take the cluster's own source."""
        kind, namespace, name = source
        return (kind, name) == (self.entry[0], self.entry[2]) and namespace in ("", self.entry[1])

    def directory(self, kind: str, namespace: str, name: str) -> str | None:
        """The root of a source in the tree; None where it is another repository."""
        directory, said = self.given.of(namespace, name)
        if not said and (
            kind == ARTIFACT or _foreign((kind, namespace, name), self, "") is not None
        ):
            return None
        return directory


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path of a source is in the tree, or why it is not in it.

    `excluded` says whose pattern leaves the directory out of the source.
    """

    root: str | None
    external: str | None = None
    undeclared: bool = False  # its source is declared nowhere
    excluded: str | None = None
    contents: Rules | Laid = field(default_factory=Rules)  # what of the tree the source has


def locate(object: FluxKustomization, sources: ClusterSources, known: Collection[str]) -> Place:
    """The directory an object applies; `known` is what the tree has."""
    if "${" in str(object.spec.get("path", "")):
        return Place(None, "its path holds a variable that nothing sets")
    kind, namespace, name = source = object.source
    directory, said = sources.given.of(namespace, name)
    if directory is None:
        return Place(None, f"{kind} {name} is another repository (groundplan.yaml)")
    if not said and kind == ARTIFACT:
        return _artifact(object.path, sources, (namespace, name), known)
    bases = dict.fromkeys((directory,) if said else (directory, *sources.bases))
    base = next((base for base in bases if _join(base, object.path) in known), None)
    root = _join(base, object.path) if base is not None else None
    if not said and (foreign := _foreign(source, sources, root)):
        return Place(None, foreign)
    declared = sources.declared.get(source)
    if declared is not None and (other := _included(object.path, declared)):
        return Place(None, f"its path is included from GitRepository {other}")
    undeclared = not said and declared is None and not sources.is_entry(source)
    if base is not None and root is not None:
        return _checked(root, undeclared, _rules(source, declared, base, sources))
    if undeclared:
        return Place(None, f"{kind} {name} is declared nowhere in this cluster", True)
    return Place(None)


def _checked(root: str, undeclared: bool, rules: Rules) -> Place:
    """A directory that a source leaves out as a whole is not in the artifact.

    What a pattern takes back in brings the directories above it with it.
    """
    excluded = rules.excludes(root, is_directory=True) if root != rules.directory else None
    if excluded is not None and not any(p.includes for p in rules.patterns):
        return Place(None, excluded=excluded)
    return Place(root, undeclared=undeclared, excluded=excluded, contents=rules)


def _rules(source: Source, declared: Declared | None, base: str, sources: ClusterSources) -> Rules:
    found = declared or Declared(None)
    where = f"spec.ignore of {source[0]} {source[2]}"
    return _read(base, tuple(sources.ignores.items()), found.ignore, found.only, where)


@lru_cache(maxsize=64)
def _read(
    base: str,
    files: tuple[tuple[str, str], ...],
    ignore: str | None,
    only: tuple[str, ...],
    where: str,
) -> Rules:
    """Every object of a source has the same rules: read once."""
    return ignoring.rules(base, dict(files), ignore, only, where)


def _included(path: str, declared: Declared) -> str | None:
    return next(
        (other for at, other in declared.included if path == at or path.startswith(at + "/")), None
    )


def _foreign(source: Source, sources: ClusterSources, root: str | None) -> str | None:
    """Why a source is not this repository as it is here; None where it is, or may be.

    Where nobody says which repository this is, a path that is there speaks for it.
    """
    kind, _, name = source
    if kind not in KINDS:
        return f"{kind or 'no kind'} {name} is no source Flux takes manifests from"
    if sources.is_entry(source):
        return None
    if kind == "Bucket":
        return f"Bucket {name} is filled from elsewhere; map it under sources:"
    declared = sources.declared.get(source)
    if declared is None or declared.url is None:
        return None
    home = sources.home
    if home.url is None:
        if name == "flux-system" or root:
            return None
        return f"{kind} {name} seems to be another repository: {shown(declared.url)}"
    if not same_repository(declared.url, home.url):
        return f"{kind} {name} is another repository: {shown(declared.url)}"
    if None not in (home.revision, declared.revision) and home.revision != declared.revision:
        return f"{kind} {name} is this repository at another revision: {declared.revision}"
    return None


def shown(url: str) -> str:
    """A URL without a user or password in it."""
    return re.sub(r"(?<=://)[^/@]*@", "", url)


def _artifact(
    path: str, sources: ClusterSources, key: tuple[str, str], known: Collection[str]
) -> Place:
    """Follow the copies that make an artifact back to the tree."""
    artifact = sources.artifacts.get(key)
    if artifact is None:
        reason = f"{ARTIFACT} {key[1]} is made by no ArtifactGenerator of this tree"
        return Place(None, reason, True)
    laid = artifact.at(path, known)
    if laid is not None:
        return Place(laid.root, contents=laid)
    if artifact.elsewhere:
        return Place(None, f"{ARTIFACT} {key[1]} is made of what is not in this repository too")
    return Place(None)


def declared(resources: Iterable[RenderedResource]) -> Iterator[tuple[Source, Declared]]:
    """The sources among rendered objects."""
    for resource in resources:
        if resource.id.group == SOURCES and resource.id.kind in KINDS:
            spec = _mapping(resource.content.get("spec"))
            key = (resource.id.kind, resource.id.namespace, resource.id.name)
            ignore = spec.get("ignore")
            yield (
                key,
                Declared(
                    str(spec.get("url") or "") or None,
                    revision(spec.get("ref")),
                    ignore if isinstance(ignore, str) else None,
                    tuple(str(one) for one in _list(spec.get("sparseCheckout"))),
                    tuple(map(_include, _list(spec.get("include")))),
                ),
            )


def _include(value: object) -> tuple[str, str]:
    found = _mapping(value)
    name = str(_mapping(found.get("repository")).get("name", ""))
    return posixpath.normpath(str(found.get("toPath") or name)).strip("/"), name


def revision(ref: object) -> str | None:
    """What a source follows, as one word: `refs/heads/main`, a tag, a commit, a range."""
    if isinstance(ref, str):
        return ref or None
    found = _mapping(ref)
    for key, prefix in (("name", ""), ("commit", ""), ("semver", ""), ("tag", "refs/tags/"),
                        ("digest", ""), ("branch", "refs/heads/")):  # fmt: skip
        if found.get(key):
            return f"{prefix}{found[key]}"
    return None


def _join(directory: str, path: str) -> str:
    joined = posixpath.normpath(posixpath.join(directory, path)) if directory or path else ""
    return "" if joined == "." else joined


def _mapping(value: object) -> Content:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []

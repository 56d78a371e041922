"""ArtifactGenerators → which file of the tree is where in the artifacts they make.

Copies go as fluxcd/source-watcher makes them (internal/builder/builder.go, and for `pathPattern`
internal/controller/artifactgenerator_pathpattern.go).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from analyzer.ignoring import Rules
from analyzer.model import Content

GROUP = "source.extensions.fluxcd.io"


@dataclass(frozen=True, slots=True)
class Copied:
    """One copy from the tree: what is below `origin` stands below `target` in the artifact.

    `origin` is a tree path, `target` one in the artifact. `pattern` is what the names in `origin`
    must match; None: all of it. `exclude` are patterns for what is not copied.
    """

    origin: str
    target: str
    pattern: str | None = None
    exclude: tuple[str, ...] = ()

    def to(self, path: str) -> str | None:
        """Where a tree path is in the artifact; None where this copy does not take it."""
        inside = _below(path, self.origin)
        if inside is None:
            return None
        if self.pattern is not None and not _fits(self.pattern, inside.partition("/")[0]):
            return None
        for pattern in self.exclude:
            if "/" not in pattern and _fits(pattern, posixpath.basename(path)):
                return None
            if _fits(pattern, inside) or _fits(pattern, path):
                return None
        return _join(self.target, inside)

    def of(self, path: str) -> str | None:
        """The tree path that a path in the artifact would be a copy of."""
        inside = _below(path, self.target)
        return None if inside is None else _join(self.origin, inside)


@dataclass(frozen=True, slots=True)
class Artifact:
    """What an ExternalArtifact is made of. `elsewhere`: also of what is not in this tree."""

    name: str
    copies: tuple[Copied, ...]
    elsewhere: bool = False

    def at(self, path: str, known: Collection[str]) -> Laid | None:
        """The directory of the tree that a path in the artifact is; None where none is."""
        for copied in reversed(self.copies):
            root = copied.of(path)
            if root is not None and root in known:
                return Laid(self, copied, root)
        return None


@dataclass(frozen=True, slots=True)
class Laid:
    """A directory of an artifact. Its files are where they are in the tree, or not at all."""

    artifact: Artifact
    by: Copied
    root: str

    def excludes(self, path: str) -> str | None:
        """Why a tree path cannot be read from this directory; None where it can."""
        wanted = _join(self.by.target, posixpath.relpath(path or ".", self.by.origin or "."))
        if any(copied.to(path) == wanted for copied in self.artifact.copies):
            default = Rules().excludes(path)
            return None if default is None else f"ExternalArtifact {self.artifact.name}"
        return f"ExternalArtifact {self.artifact.name}"


Locate = Callable[[str, str, str], str | None]  # kind, namespace, name of a source → its directory


def artifacts(
    content: Content, namespace: str, locate: Locate, directories: Collection[str]
) -> Iterator[tuple[tuple[str, str], Artifact]]:
    """What an ArtifactGenerator makes: ((namespace, name), artifact)."""
    spec = _mapping(content.get("spec"))
    aliases = {
        str(source.get("alias", "")): locate(
            str(source.get("kind", "")),
            str(source.get("namespace") or namespace),
            str(source.get("name", "")),
        )
        for source in map(_mapping, _list(spec.get("sources")))
    }
    for found in _captures(str(spec.get("pathPattern") or ""), aliases, directories):
        lowered = {name: value.lower() for name, value in found.items()}
        for artifact in map(_mapping, _list(spec.get("artifacts"))):
            name = _filled(str(artifact.get("name", "")), lowered)
            copies = [
                _copied(_mapping(copy), aliases, found, directories)
                for copy in _list(artifact.get("copy"))
            ]
            inside = tuple(copied for copied in copies if copied is not None)
            yield (namespace, name), Artifact(name, inside, len(inside) < len(copies))


def _captures(
    pattern: str, aliases: Mapping[str, str | None], directories: Collection[str]
) -> Iterator[dict[str, str]]:
    """What a pathPattern finds, directory by directory; without one, nothing, once."""
    if not pattern:
        yield {}
        return
    alias, _, path = pattern.removeprefix("@").partition("/")
    base = aliases.get(alias)
    if base is None:
        return
    regex = re.sub(r"\\\{([A-Za-z_]\w*)\\\}", r"(?P<\1>[^/]+)", re.escape(path))
    for directory in sorted(directories, key=lambda d: d.split("/")):
        inside = _below(directory, base)
        match = re.fullmatch(regex, inside) if inside else None
        if match is not None:
            yield match.groupdict()


def _filled(text: str, captures: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda m: captures.get(m[1], m[0]), text)


def _copied(
    copy: Content,
    aliases: Mapping[str, str | None],
    captures: Mapping[str, str],
    directories: Collection[str],
) -> Copied | None:
    """One copy; None for one that is not from this tree."""
    alias, _, path = _filled(str(copy.get("from", "")), captures).removeprefix("@").partition("/")
    base = aliases.get(alias)
    if base is None or copy.get("strategy") == "Extract":
        return None
    written = _filled(str(copy.get("to", "")), captures).removeprefix("@artifact/")
    target = posixpath.normpath(written).strip("/.") if written else ""
    exclude = tuple(str(pattern) for pattern in _list(copy.get("exclude")))
    literal = posixpath.normpath(path or ".")
    if not re.search(r"[*?\[\]]", path):
        if literal == ".":
            return Copied(base, target, None, exclude)
        origin = _join(base, literal)
        name = posixpath.basename(literal)
        is_directory = origin in directories
        put = is_directory or written.endswith("/") or not written
        return Copied(origin, _join(target, name) if put else target, None, exclude)
    folder, _, last = path.rpartition("/")
    if last == "**":
        return Copied(_join(base, folder), target, None, exclude)
    return Copied(_join(base, folder), _join(target, folder), last, exclude)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    """A glob: `**` is any number of directories, `*` and `?` stay within one."""
    regex = ""
    for token in re.findall(r"\*\*/|\*\*|\*|\?|[^*?]+", pattern):
        known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
        regex += known.get(token) or re.escape(token)
    return re.compile(regex, re.S)


def _fits(pattern: str, path: str) -> bool:
    return _compiled(pattern).fullmatch(path) is not None


def _below(path: str, directory: str) -> str | None:
    """The path inside a directory, `""` for that itself; None where it is not in it."""
    if path == directory:
        return ""
    if not directory:
        return path
    return path[len(directory) + 1 :] if path.startswith(directory + "/") else None


def _join(*parts: str) -> str:
    joined = posixpath.normpath(posixpath.join(".", *filter(None, parts)))
    return "" if joined == "." else joined


def _mapping(value: object) -> Content:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []

"""Ignore rules of a source → which files of the tree never reach the cluster.

As source-controller does it, which is not git's way: after fluxcd/pkg's
sourceignore/{sourceignore.go,gitignore/} and artifact/storage/archive.go. Every file is asked by
itself, the last pattern that matches decides, and with patterns of one's own the default ones for
pictures, archives and CI files are gone.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

FILE_NAME = ".sourceignore"

_VCS = ".git/,.gitignore,.gitmodules,.gitattributes"
_EXTENSIONS = "*.jpg,*.jpeg,*.gif,*.png,*.wmv,*.flv,*.tar.gz,*.zip"
_CI = (
    ".github/,.circleci/,.travis.yml,.gitlab-ci.yml,appveyor.yml,.drone.yml,cloudbuild.yaml,"
    "codeship-services.yml,codeship-steps.yml"
)
_EXTRA = "**/.goreleaser.yml,**/.sops.yaml,**/.flux.yaml"


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line. `where` says whose it is, for people; `domain` is the directory it speaks of."""

    segments: tuple[str, ...]
    domain: tuple[str, ...] = ()
    includes: bool = False
    directories: bool = False
    where: str = ""

    def matches(self, path: tuple[str, ...], is_directory: bool) -> bool:
        depth = len(self.domain)
        if len(path) <= depth or path[:depth] != self.domain:
            return False
        inside = path[depth:]
        if len(self.segments) == 1:
            return self._named(inside, is_directory)
        return self._globbed(inside, is_directory)

    def _named(self, path: tuple[str, ...], is_directory: bool) -> bool:
        """A pattern without a slash is about any part of the path: what is in a directory too."""
        at = next((i for i, name in enumerate(path) if fits(self.segments[0], name)), None)
        return at is not None and not (
            self.directories and not is_directory and at == len(path) - 1
        )

    def _globbed(self, path: tuple[str, ...], is_directory: bool) -> bool:
        matched = anywhere = False
        left = list(path)
        for position, segment in enumerate(self.segments):
            if segment == "":
                anywhere = False
                continue
            if segment == "**":
                if position == len(self.segments) - 1:
                    break
                anywhere = True
                continue
            if "**" in segment or not left:
                return False
            if anywhere:
                anywhere, matched = False, False
                while left and not matched:
                    matched = fits(segment, left.pop(0))
            elif fits(segment, left[0]):
                matched = True
                left.pop(0)
            else:
                return False
        return matched and not (self.directories and not is_directory and not left)


def parse(line: str, domain: tuple[str, ...] = (), where: str = "") -> Pattern:
    """One line of an ignore file, which is neither empty nor a comment."""
    includes = line.startswith("!")
    text = line[includes:]
    text = text if text.endswith("\\ ") else text.rstrip(" ")
    directories = text.endswith("/")
    text = text[:-1] if directories else text
    return Pattern(tuple(text.split("/")), domain, includes, directories, where)


def lines(text: str, domain: tuple[str, ...] = (), where: str = "") -> tuple[Pattern, ...]:
    """The patterns of an ignore file, or of `spec.ignore`."""
    return tuple(
        parse(line.removesuffix("\r"), domain, where)
        for line in text.split("\n")
        if not line.startswith("#") and line.strip()
    )


@lru_cache(maxsize=4096)
def _compiled(segment: str) -> re.Pattern[str] | None:
    """Go's path.Match for one name; None where that calls a pattern malformed."""
    regex, at = "", 0
    while at < len(segment):
        token = _TOKEN.match(segment, at)
        if token is None:
            return None
        at = token.end()
        text = token.group()
        if text == "*":
            regex += "[^/]*"
        elif text == "?":
            regex += "[^/]"
        elif text[0] == "[":
            regex += "[" + re.sub(r"([\[&~|])", r"\\\1", text[1:-1]) + "]"
        else:
            regex += re.escape(text[-1])
    try:
        return re.compile(regex, re.S)
    except re.error:
        return None


_TOKEN = re.compile(r"\*|\?|\[\^?(?:\\.|[^\]\\])+\]|\\.|[^\[\\]", re.S)


def fits(segment: str, name: str) -> bool:
    """Does one name fit one segment of a pattern, as Go's path.Match has it?"""
    found = _compiled(segment)
    return found is not None and found.fullmatch(name) is not None


def _defaults(text: str) -> tuple[Pattern, ...]:
    return tuple(parse(line, where="Flux by default") for line in text.split(","))


VCS = _defaults(_VCS)
DEFAULT = (*VCS, *_defaults(",".join((_EXTENSIONS, _CI, _EXTRA))))


@dataclass(frozen=True, slots=True)
class Rules:
    """What one source leaves out. `directory` is where its root is in the tree.

    `only` are the directories of a sparse checkout; empty: all of them.
    """

    directory: str = ""
    patterns: tuple[Pattern, ...] = DEFAULT
    only: tuple[str, ...] = ()
    _known: dict[tuple[str, bool], str | None] = field(
        default_factory=dict, repr=False, compare=False
    )

    def excludes(self, path: str, *, is_directory: bool = False) -> str | None:
        """Whose pattern leaves a tree path out of the artifact; None where it is in it.

        Every object of a source asks of the same files, so what was once found is kept.
        """
        key = (path, is_directory)
        if key not in self._known:
            self._known[key] = self._excludes(path, is_directory)
        return self._known[key]

    def _excludes(self, path: str, is_directory: bool) -> str | None:
        inside = _below(path, self.directory)
        if inside is None:
            return None
        if self.only and not is_directory and not self._checked_out(inside):
            return "sparseCheckout"
        parts = tuple(inside.split("/"))
        for pattern in reversed(self.patterns):
            if pattern.matches(parts, is_directory):
                return None if pattern.includes else pattern.where
        return None

    def _checked_out(self, inside: str) -> bool:
        """A sparse checkout has the files of the directories it goes through, as git's cone has."""
        folder = posixpath.dirname(inside)
        return any(
            inside.startswith(f"{one}/") or not folder or f"{one}/".startswith(f"{folder}/")
            for one in self.only
        )


def rules(
    directory: str,
    files: Mapping[str, str],
    spec: str | None = None,
    only: Iterable[str] = (),
    where: str = "",
) -> Rules:
    """The rules of a source rooted in a directory of the tree.

    `files` are the `.sourceignore` files of the tree by path; `spec` is `spec.ignore`, and `where`
    whose that is.
    """
    own: list[Pattern] = []
    for path in sorted(files, key=lambda path: path.split("/")):
        inside = _below(path, directory)
        if inside is not None:
            own += lines(files[path], tuple(inside.split("/")[:-1]), path)
    if spec is not None:
        own += lines(spec, (), where)
    sparse = tuple(posixpath.normpath(one).strip("/") for one in only)
    return Rules(directory, (*VCS, *own) if own else DEFAULT, sparse)


def _below(path: str, directory: str) -> str | None:
    if not directory:
        return path or None
    return path[len(directory) + 1 :] if path.startswith(directory + "/") else None

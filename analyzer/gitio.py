"""Git's answers about a tree, by plumbing only, with hooks, filters and fsmonitor off.

The only module that runs git. Every function works where git or a repository is absent.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

from analyzer import history
from analyzer.errors import AnalyzerError
from analyzer.history import Past, Touch
from analyzer.model import Commit
from analyzer.revision import Blob

_OPTIONS = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false",
            "-c", "core.excludesFile=/dev/null", "-c", "safe.directory=*",
            "-c", "protocol.allow=never")  # fmt: skip
_SECONDS = 60
_RENAMES = 5_000  # of files that are followed
_EMPTY = ("4b825dc642cb6eb9a060e54bf8d69288fbee4904",  # the tree without files; SHA-1, SHA-256
          "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321")  # fmt: skip
_ENDS = ("", "/")  # nobody knows whether what is absent is a directory, as `build/` wants it


def ignored(tree: Path, paths: Iterable[str]) -> frozenset[str]:
    """Which of these tree paths git would ignore; none where git or the repository is absent."""
    asked = [f"./{path}{end}" for path in sorted(set(paths)) if path for end in _ENDS]
    if not asked or not (tree / ".git").exists():
        return frozenset()
    stdin = os.fsencode("\0".join(asked))
    output = _run(tree, ("check-ignore", "--no-index", "-z", "--stdin"), stdin)
    found = (os.fsdecode(path) for path in output.split(b"\0"))
    return frozenset(path.removeprefix("./").removesuffix("/") for path in found if path)


def blame(tree: Path, path: str, line: int | None = None) -> Mapping[int, Commit]:
    """The commit that last touched each line of a file, or one line; lines not committed lack one.

    Empty where git, the repository or the file's history is absent.
    """
    if not (tree / ".git").exists():
        return {}
    only = ("-L", f"{line},{line}") if line is not None else ()
    words = ("blame", "--porcelain", "--no-textconv", *only, "--", path)
    return _blamed(_run(tree, words).decode("utf-8", "replace"))


def _blamed(output: str) -> dict[int, Commit]:
    """`git blame --porcelain`: a head for each line, the commit's facts once, the line itself."""
    facts: dict[str, dict[str, str]] = {}
    lines: dict[int, str] = {}
    current = ""
    for row in output.split("\n"):
        if row.startswith("\t"):
            continue
        head = row.split(" ")
        if len(head) >= 3 and _COMMIT.fullmatch(head[0]) and head[2].isdigit():
            current = head[0]
            lines[int(head[2])] = current
        elif current:
            key, _, value = row.partition(" ")
            facts.setdefault(current, {})[key] = value
    return {
        number: Commit(id, _iso(facts[id]), facts[id].get("author", ""),
                       facts[id].get("summary", ""))
        for number, id in lines.items()
        if set(id) != {"0"} and id in facts
    }  # fmt: skip


_COMMIT = re.compile(r"[0-9a-f]{40,64}")


def _iso(facts: Mapping[str, str]) -> str:
    """A commit's author time with its own offset."""
    offset = facts.get("author-tz", "+0000")
    minutes = int(offset[-4:-2]) * 60 + int(offset[-2:])
    zone = timezone(timedelta(minutes=-minutes if offset.startswith("-") else minutes))
    return datetime.fromtimestamp(int(facts.get("author-time", "0")), zone).isoformat()


@dataclass(frozen=True, slots=True)
class Since:
    """What a tree is compared with: a revision as it was asked for, and the commit that is.

    `merge_base`: the commit is where this branch left that revision, else the revision itself.
    """

    revision: str
    commit: str
    merge_base: bool


def since(tree: Path, revision: str) -> Since:
    """The commit where HEAD and a revision parted. Raises AnalyzerError that says what to do."""
    if not (tree / ".git").exists():
        raise AnalyzerError(f"{revision}: this is no git repository; name one with -C DIR")
    if not _line(tree, "version"):
        raise AnalyzerError(f"{revision}: git is not installed; install it")
    shallow = _line(tree, "rev-parse", "--is-shallow-repository") == "true"
    commit = _commit(tree, revision)
    if commit is None:
        remote = _commit(tree, f"origin/{revision}")
        hint = "fetch it: `git fetch origin " + _quoted(revision) + "`"
        if shallow:
            hint = "this is a shallow clone; fetch more: `git fetch --unshallow` (fetch-depth: 0)"
        elif remote is not None:
            hint = f"did you mean origin/{revision}?"
        raise AnalyzerError(f"{revision}: no such revision here; {hint}")
    head = _commit(tree, "HEAD")
    base = _line(tree, "merge-base", commit, head) if head is not None else ""
    if base:
        return Since(revision, base, base != commit)
    if shallow:
        raise AnalyzerError(
            f"{revision}: this is a shallow clone without the commit where HEAD left it; "
            "fetch more: `git fetch --unshallow` (fetch-depth: 0)"
        )
    return Since(revision, commit, False)  # no common history: compared as they are


def _commit(tree: Path, revision: str) -> str | None:
    """A revision's commit; what begins with `-` is no option to git."""
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    found = _line(tree, *words)
    return found if len(found) in (40, 64) else None


def _quoted(revision: str) -> str:
    return "'" + revision.replace("'", "'\\''") + "'"


def _line(tree: Path, *words: str) -> str:
    return _run(tree, words).decode("utf-8", "replace").strip()


def past(tree: Path, paths: Iterable[str], limit: int) -> Past:
    """The last `limit` commits up to HEAD that touched these files, oldest first.

    Merges count where they are no mere union of their parents' files. What a file held before it
    was renamed counts as its own (git's own measure of likeness; the last few renames).
    """
    if not (tree / ".git").exists():
        return Past(limit="this is no git repository")
    if not _line(tree, "version"):
        return Past(limit="git is not installed")
    wanted = frozenset(paths)
    renames: dict[tuple[str, str], str] = {}
    known: frozenset[str] = frozenset()
    touches: tuple[Touch, ...] = ()
    while len(known) < len(wanted | set(renames.values())) and len(renames) <= _RENAMES:
        known = wanted | frozenset(renames.values())
        touches = _log(tree, known, limit)
        born = sorted({commit for commit, path in history.births(touches) if path in known})
        renames = _renames(tree, born, known)
    cut = len(touches) > limit
    touches = history.followed(touches[1:] if cut else touches, wanted, renames)
    if cut:
        return Past(touches, f"only the last {limit} commits were read")
    shallow = _line(tree, "rev-parse", "--is-shallow-repository") == "true"
    return Past(touches, "this is a shallow clone" if shallow else "")


def _renames(
    tree: Path, commits: Sequence[str], known: Collection[str]
) -> dict[tuple[str, str], str]:
    """(Commit, path) → what the path was called before it, of these paths."""
    words = ("diff-tree", "--stdin", "-r", "-z", "--raw", "-M", "--diff-filter=R", "--no-abbrev",
             "--pretty=format:%x01%H", "--no-show-signature")  # fmt: skip
    output = _run(tree, words, "".join(f"{id}\n" for id in commits).encode()) if commits else b""
    found = {}
    for part in output.split(b"\x01")[1:]:
        head, _, body = part.partition(b"\n")
        id, rest = head.decode("ascii", "replace").strip("\0"), body.split(b"\0")
        for at in range(len(rest) - 2):
            row = rest[at].lstrip(b"\n")
            if row.startswith(b":") and os.fsdecode(rest[at + 2]) in known:
                found[id, os.fsdecode(rest[at + 2])] = os.fsdecode(rest[at + 1])
    return found


def _log(tree: Path, paths: Iterable[str], limit: int) -> tuple[Touch, ...]:
    """The last commits that touched these files, one more than `limit` where there are more."""
    stdin = os.fsencode("\n".join(("HEAD", "--", *sorted(paths), "")))
    words = ("--literal-pathspecs", "log", "--stdin", "--topo-order", "--reverse", "--no-renames",
             "--raw", "-z", "--no-abbrev", "--no-show-signature", "-n", str(limit + 1),
             "--format=%x01%H%x02%aI%x02%an%x02%s")  # fmt: skip
    return tuple(_touches(_run(tree, words, stdin)))


def _touches(output: bytes) -> Iterator[Touch]:
    """`git log --raw -z`: a head, then for each file its modes and blobs, and its path."""
    for part in output.split(b"\x01")[1:]:
        head, *rest = part.split(b"\0")
        facts = head.decode("utf-8", "replace").split("\x02", 3)
        if len(facts) < 4 or not _COMMIT.fullmatch(facts[0]):
            continue  # of a subject that holds the sign
        id, date, author, subject = facts
        found: dict[str, str | None] = {}
        for at in range(len(rest) - 1):
            if (row := rest[at].lstrip(b"\n")).startswith(b":"):
                blob = row.split(b" ")[3].decode()
                found[os.fsdecode(rest[at + 1])] = blob if blob.strip("0") else None
        yield Touch(Commit(id, date, author, subject), found)


def blobs(tree: Path, commit: str) -> dict[str, Blob]:
    """Every file, link and submodule of a commit, by path.

    Raises AnalyzerError where git does not tell: of a clone without blobs their sizes are missing.
    """
    output = _run(tree, ("ls-tree", "-r", "-z", "-l", "--full-tree", commit))
    if not output and _line(tree, "rev-parse", f"{commit}^{{tree}}") not in _EMPTY:
        raise AnalyzerError(
            f"{commit[:12]}: git does not list its files; is this a partial clone? "
            "Get all of it: `git fetch --refetch --no-filter`"
        )
    found: dict[str, Blob] = {}
    for entry in output.split(b"\0"):
        head, _, path = entry.partition(b"\t")
        if path:
            mode, _, id, size = head.decode().split()
            name = os.fsdecode(path)
            found[name] = Blob(id, int(size) if size != "-" else 0, mode)
    return found


def read_blobs(tree: Path, ids: Iterable[str]) -> dict[str, bytes]:
    """The bytes of these blobs; one that is not in this clone is not among them."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    output = _run(tree, ("cat-file", "--batch"), "".join(f"{id}\n" for id in wanted).encode())
    return dict(_batch(output))


def _batch(output: bytes) -> Iterator[tuple[str, bytes]]:
    at = 0
    while (end := output.find(b"\n", at)) >= 0:
        id, *rest = output[at:end].decode("ascii", "replace").split(" ")
        at = end + 1
        if len(rest) == 2:
            size = int(rest[1])
            yield id, output[at : at + size]
            at += size + 1


def newest(tree: Path) -> date | None:
    """The day (UTC) of the commit that is checked out; None without git, or before the first."""
    if not (tree / ".git").exists():
        return None
    seconds = _run(tree, ("log", "-1", "--format=%ct")).strip()
    return datetime.fromtimestamp(int(seconds), UTC).date() if seconds.isdigit() else None


def _run(tree: Path, words: tuple[str, ...], stdin: bytes = b"") -> bytes:
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": "/nonexistent", "LC_ALL": "C",
                   "GIT_OPTIONAL_LOCKS": "0", "GIT_CONFIG_NOSYSTEM": "1",
                   "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1",
                   "GIT_NO_REPLACE_OBJECTS": "1",
                   "GIT_CEILING_DIRECTORIES": str(tree.parent)}  # fmt: skip
    try:
        done = subprocess.run(("git", *_OPTIONS, *words), cwd=tree, env=environment, input=stdin,
                              capture_output=True, timeout=_SECONDS, check=False)  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return done.stdout if done.returncode in (0, 1) else b""

"""Git's answers about a tree, by plumbing only, with hooks, filters and fsmonitor off.

The only module that runs git. Every function works where git or a repository is absent.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path

from analyzer.model import Commit

_OPTIONS = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false",
            "-c", "core.excludesFile=/dev/null", "-c", "safe.directory=*")  # fmt: skip
_SECONDS = 60
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


def _run(tree: Path, words: tuple[str, ...], stdin: bytes = b"") -> bytes:
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": "/nonexistent", "LC_ALL": "C",
                   "GIT_OPTIONAL_LOCKS": "0", "GIT_CONFIG_NOSYSTEM": "1",
                   "GIT_TERMINAL_PROMPT": "0"}  # fmt: skip
    try:
        done = subprocess.run(("git", *_OPTIONS, *words), cwd=tree, env=environment, input=stdin,
                              capture_output=True, timeout=_SECONDS, check=False)  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return done.stdout if done.returncode in (0, 1) else b""

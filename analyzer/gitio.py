"""Git's answers about a tree, by plumbing only, with hooks, filters and fsmonitor off.

The only module that runs git. Every function works where git or a repository is absent.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

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

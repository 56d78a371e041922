"""Roots of a drawn tree as the real engine renders them."""

from __future__ import annotations

from pathlib import Path

from analyzer import causes, gitio, graph, kustomize, loader
from analyzer.model import Rendered, RenderedResource, RenderFailure, Rendering, RenderKey


def renders(tree: Path, *roots: str, jobs: int | None = None) -> tuple[Rendering, ...]:
    """These roots as they render, in this order."""
    checkout = loader.load(tree, gitio.ignored)
    references = graph.build(checkout.repository.kustomizations)
    defects = causes.defects(checkout.repository, references)
    paths = {path for root in roots for path in references.reads(root)}
    return kustomize.render(
        kustomize.Tree(references, checkout.repository.manifests, defects),
        loader.scratch(checkout, paths),
        tuple(RenderKey(root) for root in roots),
        jobs=jobs,
    )


def render(tree: Path, root: str) -> Rendering:
    return renders(tree, root)[0]


def resources(tree: Path, root: str) -> tuple[RenderedResource, ...]:
    """What a root renders to; it must build."""
    result = render(tree, root)
    assert isinstance(result, Rendered), result
    return result.resources


def causes_of(tree: Path, root: str) -> list[str]:
    """Why a root does not build, as `path:line: message`; it must not."""
    result = render(tree, root)
    assert isinstance(result, RenderFailure), result
    return [str(cause) for cause in result.causes]

"""Disk → Snapshot as written → as reconcilers apply it, rendered. `commands` puts it together."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType

from analyzer import (
    applying,
    causes,
    config,
    deployments,
    detection,
    entries,
    gitio,
    graph,
    ignoring,
    kustomize,
    loader,
    places,
    reconciling,
    snapshot,
)
from analyzer.analyses import coverage
from analyzer.applying import Work
from analyzer.config import Config
from analyzer.errors import ConfigError
from analyzer.graph import ReferenceGraph
from analyzer.layout import Layout
from analyzer.loader import Checkout
from analyzer.model import (
    Content,
    Deployment,
    RenderFailure,
    Rendering,
    RenderKey,
    Repository,
    Scratch,
)
from analyzer.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Options:
    """What every command may be told."""

    directory: Path = Path()
    config: Path | None = None
    render: bool = True
    all_roots: bool = False
    jobs: int | None = None
    engine: Path | None = None
    progress: Callable[[int, int], None] = lambda done, of: None
    dated: bool = False  # may intents expire? Not where only contents of files may count


@dataclass(frozen=True, slots=True)
class View:
    """A tree as loaded, and one look at it."""

    checkout: Checkout
    snapshot: Snapshot


Renderer = Callable[
    [Checkout, Snapshot, tuple[RenderKey, ...], Options, Mapping[RenderKey, kustomize.Flux]],
    tuple[Rendering, ...],
]


def load(options: Options) -> tuple[Checkout, Snapshot]:
    """Everything that is known without rendering."""
    checkout = loader.load(options.directory, gitio.ignored)
    settings = configured(options, checkout)
    day = today(checkout, settings) if options.dated else None
    return checkout, replace(as_written(checkout, settings), today=day)


def as_written(checkout: Checkout, settings: Config, layout: Layout | None = None) -> Snapshot:
    """A tree as its files say; without a layout that is given, the one they suggest."""
    repository = checkout.repository
    if layout is None:
        detected = detection.detect(repository.kustomizations, repository.name, repository.subdir)
        layout = settings.layout(detected)
    first = graph.build(repository.kustomizations)
    found = deployments.find(
        repository,
        settings.deployed_from(repository.subdir),
        partial(snapshot.seats_of, layout=layout, graph=first),
    )
    return _snapshot(checkout, repository, settings, layout, found)


def today(checkout: Checkout, settings: Config) -> date | None:
    """By the newest commit, so that a checkout says the same every day; else by the clock."""
    if not any(one.expires for one in settings.intent):
        return None
    return gitio.newest(checkout.tree) or datetime.now(UTC).date()


def _snapshot(
    checkout: Checkout,
    repository: Repository,
    settings: Config,
    layout: Layout,
    found: tuple[Deployment, ...],
) -> Snapshot:
    repository = deployments.with_generated(repository, deployments.applied_by_flux(found))
    references = graph.build(repository.kustomizations)
    return Snapshot(
        repository=repository,
        graph=references,
        layout=layout,
        config=settings,
        deployments=found,
        placements=snapshot.placements(layout, references, found),
        defects=causes.defects(repository, references),
        renderings={},
        texts=_texts(checkout, settings),
    )


def followed(
    checkout: Checkout,
    written: Snapshot,
    options: Options,
    make: Renderer | None = None,
    place: str | None = None,
) -> Snapshot:
    """The snapshot with what reconcilers really apply, from the entry points on.

    `make` renders (None: `render`). `place`: only that is wanted, and what decides how it is
    applied.
    """
    make = make or render
    sources = written.config.deployed_from(written.repository.subdir)
    begin = entries.entries(
        written.repository,
        written.graph,
        written.deployments,
        sources,
        lambda path: snapshot.seats_of(path, written.layout, written.graph),
    )
    if not begin:
        return written

    works: dict[RenderKey, Work] = {}

    def render_work(repository: Repository, references: ReferenceGraph, work: tuple[Work, ...]
                    ) -> dict[RenderKey, Rendering]:  # fmt: skip
        works.update((w.key, w) for w in work if w.spec is not None)
        now = replace(written, repository=repository, graph=references)
        now = replace(now, defects=causes.defects(repository, references))
        flux = {w.key: merged(w, w.spec) for w in work if w.spec is not None}
        return {r.key: r for r in make(checkout, now, tuple(w.key for w in work), options, flux)}

    state, renders = reconciling.follow(
        reconciling.start(written.repository, sources, begin, _ignores(checkout)),
        render_work,
        places.find(written, place) if place is not None else None,
    )
    argo = tuple(d for d in written.deployments if d.object.kind != "FluxKustomization")
    found = (*reconciling.deployments(state), *argo)
    made = _snapshot(checkout, state.repository, written.config, written.layout, found)
    made = replace(made, renderings=renders, applied=state.applied, work=works)
    return replace(made, today=written.today)


def by_argo(
    checkout: Checkout,
    written: Snapshot,
    options: Options,
    make: Renderer | None = None,
    about: str | None = None,
) -> Snapshot:
    """The snapshot with what Argo CD applies too; `about`: only of this root."""
    make = make or render
    tree = applying.Tree.of(written.repository, written.graph)
    found = tuple(
        (deployment, work)
        for deployment in written.deployments
        if about in (None, deployment.root)
        and (work := applying.argo_work(deployment, tree)) is not None
    )
    works = {work.key: work for _, work in found if work.key not in written.renderings}
    left = tuple(key for key, work in works.items() if not work.causes)
    flux = {key: merged(works[key], spec) for key in left if (spec := works[key].spec) is not None}
    made = {r.key: r for r in make(checkout, written, left, options, flux)}
    failed = {k: RenderFailure(k, work.causes) for k, work in works.items() if work.causes}
    renders = {**written.renderings, **made, **failed}
    applied = (one for d, w in found for one in applying.by_argo(d, w, renders[w.key]))
    known = {**written.work, **{key: works[key] for key in flux}}
    return replace(written, renderings=renders, applied=(*written.applied, *applied), work=known)


def merged(work: Work, spec: Content) -> kustomize.Flux:
    absent = dict(work.absent)
    return kustomize.Flux(
        spec, work.declared, work.components, work.missing, absent, work.whole_images
    )


def _ignores(checkout: Checkout) -> dict[str, str]:
    """What sources leave out: the `.sourceignore` files of the tree."""
    paths = (p for p in checkout.repository.files if posixpath.basename(p) == ignoring.FILE_NAME)
    read = ((path, loader.text(checkout, path)) for path in paths)
    return {path: data.decode("utf-8", "replace") for path, data in read if data is not None}


def configured(options: Options, checkout: Checkout) -> Config:
    """The configuration that is named, else that of the tree, else none."""
    name = config.FILE_NAME
    if options.config is not None:
        try:
            return config.read(options.config.read_bytes(), str(options.config))
        except OSError as error:
            raise ConfigError(
                f"{options.config}: {error.strerror}; name a file with --config"
            ) from None
    path = posixpath.join(checkout.repository.subdir, name)
    data = loader.text(checkout, path)
    return config.read(data, name, path) if data is not None else Config()


def _texts(checkout: Checkout, settings: Config) -> dict[str, bytes]:
    paths = [posixpath.join(checkout.repository.subdir, name) for name in settings.readme]
    return {path: data for path in paths if (data := loader.text(checkout, path)) is not None}


def to_render(written: Snapshot, all_roots: bool) -> tuple[str, ...]:
    """Deployment roots that no reconciler has built yet, and what coverage compares; or all."""
    wanted = {*deployed(written, all_roots), *(k.root for k in coverage.bases_to_render(written))}
    return tuple(root for root in written.roots() if root in wanted)


def deployed(written: Snapshot, all_roots: bool = False) -> tuple[str, ...]:
    """Deployment roots that no reconciler has built yet; or all roots."""
    if all_roots:
        return written.roots()
    wanted = {d.root for d in written.deployments if d.root is not None}
    wanted |= set(written.graph.unreferenced())
    return tuple(r for r in written.roots() if r in wanted and written.rendering(r) is None)


def render(
    checkout: Checkout,
    written: Snapshot,
    keys: tuple[RenderKey, ...],
    options: Options,
    flux: Mapping[RenderKey, kustomize.Flux] = MappingProxyType({}),
) -> tuple[Rendering, ...]:
    """Render roots in a private copy of all they read."""
    return kustomize.render(
        parts(written),
        scratch(checkout, written, keys, flux),
        keys,
        flux=flux,
        jobs=options.jobs,
        program=options.engine,
        progress=options.progress,
    )


def scratch(
    checkout: Checkout,
    written: Snapshot,
    keys: Iterable[RenderKey],
    flux: Mapping[RenderKey, kustomize.Flux],
) -> Scratch:
    roots = {key.root for key in keys} | {root for f in flux.values() for root in f.components}
    return loader.scratch(checkout, {path for r in roots for path in written.graph.reads(r)})


def parts(seen: Snapshot) -> kustomize.Tree:
    return kustomize.Tree(seen.graph, seen.repository.manifests, seen.defects)

"""The whole flow of each command on one screen. Read this first.

disk → Repository → ReferenceGraph → Renderings → Snapshot → Report → text
"""

from __future__ import annotations

import posixpath
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType

from analyzer import (
    applying,
    attribution,
    causes,
    config,
    dead,
    deployments,
    detection,
    dot,
    entries,
    findings,
    formats,
    gitio,
    graph,
    ignoring,
    kustomize,
    loader,
    markers,
    pages,
    places,
    proofs,
    publishing,
    reconciled,
    reconciling,
    redact,
    selecting,
    snapshot,
    tracing,
    ways,
    why,
    writer,
)
from analyzer.analyses import BY_NAME, coverage
from analyzer.analyses import run as run_reports
from analyzer.applying import Work
from analyzer.changes import FileChange, digest
from analyzer.config import Config
from analyzer.document import Findings, Heading, Meant
from analyzer.errors import AnalyzerError, ConfigError, PlaceError, WriteError
from analyzer.graph import ReferenceGraph
from analyzer.layout import Layout
from analyzer.loader import Checkout
from analyzer.model import (
    Commit,
    Content,
    Deployment,
    Rendered,
    RenderedResource,
    RenderFailure,
    Rendering,
    RenderKey,
    Repository,
    Scratch,
    Span,
)
from analyzer.pages import sections
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


def look(options: Options, *, prove: bool = False, places: bool = False) -> View:
    """Load, place and, unless told otherwise, render a tree.

    `prove`: also what entries do nothing, at one or two renders more for each root; `places`: also
    where overlays and bases set their fields, at one render more for each of them.
    """
    checkout, written = load(options)
    if not options.render:
        return View(checkout, written)
    seen = by_argo(checkout, followed(checkout, written, options), options)
    keys = tuple(RenderKey(root) for root in to_render(seen, options.all_roots))
    left = tuple(key for key in keys if key not in seen.renderings)
    made = {r.key: r for r in render(checkout, seen, left, options)}
    seen = replace(seen, renderings={**seen.renderings, **made})
    return View(checkout, explained(checkout, seen, options, prove=prove, places=places))


def explained(
    checkout: Checkout, seen: Snapshot, options: Options, *, prove: bool, places: bool = False
) -> Snapshot:
    """A rendered snapshot with what entries do nothing, and where fields are set; see `look`."""
    reached = _reached(checkout, seen) if prove else {}
    wanted = (*reached, *(coverage.to_trace(seen) if places else ()))
    found = traced(checkout, seen, wanted, options)
    seen = replace(seen, origins={key: one.origins for key, one in found.items()})
    return replace(seen, dead=_dead(checkout, seen, options, reached, found), proved=prove)


def _reached(checkout: Checkout, seen: Snapshot) -> dict[RenderKey, tuple[dead.Candidate, ...]]:
    """The entries that may be dead, by each render of what is deployed that reaches them."""
    known = seen.graph.kustomizations
    entries = {root: dead.entries(k, loader.text(checkout, k.path)) for root, k in known.items()}
    deployed = set(seen.graph.unreferenced())
    return {
        key: found
        for key in seen.renderings
        if key.reconciler is not None or key.root in deployed or seen.deployed_by(key.root)
        if (found := tuple(e for root in _closure(seen, key) for e in entries.get(root, ())
                           if not seen.hides(key, root)))
    }  # fmt: skip


def traced(
    checkout: Checkout, seen: Snapshot, keys: Iterable[RenderKey], options: Options
) -> dict[RenderKey, tracing.Traced]:
    """Where the fields of these renders come from, each once; what did not render has none."""
    renders = tuple(one for key in dict.fromkeys(keys)
                    if isinstance(one := seen.renderings[key], Rendered))  # fmt: skip
    found = trace(checkout, seen, renders, options)
    return {one.key: made for one, made in zip(renders, found, strict=True)
            if made.problem is None}  # fmt: skip


def _dead(
    checkout: Checkout,
    seen: Snapshot,
    options: Options,
    reached: Mapping[RenderKey, tuple[dead.Candidate, ...]],
    traced: Mapping[RenderKey, tracing.Traced],
) -> tuple[dead.Dead, ...]:
    """Entries that do nothing in what is deployed: predicted from marks, proved by the engine."""
    shown = {
        key: dead.evidence(one.origins)
        for key, one in traced.items()
        if key in reached and one.checked == len(one.origins.pairs)
    }
    suspects = dead.candidates(reached, shown)
    renders = [one for key in shown if isinstance(one := seen.renderings[key], Rendered)]
    flux = _flux(seen, shown)
    proved = proofs.prove(
        _parts(seen),
        _scratch(checkout, seen, shown, flux),
        renders,
        suspects,
        reached,
        jobs=options.jobs,
        program=options.engine,
        flux=flux,
    )
    return tuple(dead.verdicts(proved.entries, reached, shown))


def _closure(seen: Snapshot, key: RenderKey) -> tuple[str, ...]:
    """The roots that a render reads, what its reconciler adds included."""
    added = seen.work[key].components if key in seen.work else ()
    return tuple(dict.fromkeys(r for root in (key.root, *added) for r in seen.graph.closure(root)))


def _flux(seen: Snapshot, keys: Iterable[RenderKey]) -> dict[RenderKey, kustomize.Flux]:
    """What reconcilers merge into the roots of these renders."""
    works = {key: seen.work[key] for key in keys if key in seen.work}
    return {key: _merged(w, w.spec) for key, w in works.items() if w.spec is not None}


def _parts(seen: Snapshot) -> kustomize.Tree:
    return kustomize.Tree(seen.graph, seen.repository.manifests, seen.defects)


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

    merged: dict[RenderKey, Work] = {}

    def render_work(repository: Repository, references: ReferenceGraph, work: tuple[Work, ...]
                    ) -> dict[RenderKey, Rendering]:  # fmt: skip
        merged.update((w.key, w) for w in work if w.spec is not None)
        now = replace(written, repository=repository, graph=references)
        now = replace(now, defects=causes.defects(repository, references))
        flux = {w.key: _merged(w, w.spec) for w in work if w.spec is not None}
        return {r.key: r for r in make(checkout, now, tuple(w.key for w in work), options, flux)}

    state, renders = reconciling.follow(
        reconciling.start(written.repository, sources, begin, _ignores(checkout)),
        render_work,
        places.find(written, place) if place is not None else None,
    )
    argo = tuple(d for d in written.deployments if d.object.kind != "FluxKustomization")
    found = (*reconciling.deployments(state), *argo)
    made = _snapshot(checkout, state.repository, written.config, written.layout, found)
    made = replace(made, renderings=renders, applied=state.applied, work=merged)
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
    flux = {key: _merged(works[key], spec) for key in left if (spec := works[key].spec) is not None}
    made = {r.key: r for r in make(checkout, written, left, options, flux)}
    failed = {k: RenderFailure(k, work.causes) for k, work in works.items() if work.causes}
    renders = {**written.renderings, **made, **failed}
    applied = (one for d, w in found for one in applying.by_argo(d, w, renders[w.key]))
    merged = {**written.work, **{key: works[key] for key in flux}}
    return replace(written, renderings=renders, applied=(*written.applied, *applied), work=merged)


def _merged(work: Work, spec: Content) -> kustomize.Flux:
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
        _parts(written),
        _scratch(checkout, written, keys, flux),
        keys,
        flux=flux,
        jobs=options.jobs,
        program=options.engine,
        progress=options.progress,
    )


def _scratch(
    checkout: Checkout,
    written: Snapshot,
    keys: Iterable[RenderKey],
    flux: Mapping[RenderKey, kustomize.Flux],
) -> Scratch:
    roots = {key.root for key in keys} | {root for f in flux.values() for root in f.components}
    return loader.scratch(checkout, {path for r in roots for path in written.graph.reads(r)})


def report(
    name: str, options: Options, format: str, style: formats.text.Style, places: bool = False
) -> tuple[str, tuple[findings.Finding, ...]]:
    """One report in one format, and what it found; with `places` field by field."""
    row = BY_NAME[name]
    seen = look(replace(options, dated=True), prove=row.proves, places=places).snapshot
    value = run_reports(seen, names=(name,)).reports[name]
    if format == "json":
        silenced = value.silenced if row.silences else None
        return formats.json.report(row.to_json(value), value.findings, silenced), value.findings
    if format == "markdown":
        return formats.markdown.text(row.blocks(value)), value.findings
    return formats.text.text(row.blocks(value), style), value.findings


def check(
    options: Options, format: str, style: formats.text.Style, fail_on: str = "error"
) -> tuple[str, tuple[findings.Finding, ...]]:
    """What every report finds, each once, most severe first, in one format."""
    said = run_reports(look(replace(options, dated=True), prove=True).snapshot)
    return findings_as(said.findings, said.silenced, format, style, fail_on), said.findings


def findings_as(
    found: tuple[findings.Finding, ...],
    silenced: tuple[findings.Silenced, ...],
    format: str,
    style: formats.text.Style,
    fail_on: str,
) -> str:
    """Findings, and those that are meant, in one format."""
    blocks = (Findings(found), *((Heading("Meant to be so"), Meant(silenced)) if silenced else ()))
    match format:
        case "json":
            return formats.json.report({"schema": "groundplan/check/v1"}, found, silenced)
        case "github":
            return formats.github.text(found)
        case "sarif":
            return formats.sarif.text(found, silenced)
        case "junit":
            return formats.junit.text(found, silenced, fail_on)
        case "markdown":
            return formats.markdown.text(blocks)
        case _:
            return formats.text.text(blocks, style)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which of the ways a place is applied in is meant. `alone`: none, as kustomize builds it."""

    cluster: str | None = None
    reconciler: str | None = None
    alone: bool = False


def render_place(
    name: str, options: Options, format: str, chosen: Chosen
) -> tuple[str, tuple[str, ...], bool]:
    """(What a cluster gets of a place, redacted; notes for the reader; whether it builds)."""
    checkout, written = load(options)
    root, way = "", None
    if not chosen.alone:
        written = followed(checkout, written, options, place=name)
        written = by_argo(checkout, written, options, about=places.find(written, name))
        root, found = ways.ways(written, name)
        way = ways.chosen(root, found, chosen.cluster, chosen.reconciler)
    if way is not None:
        shown = ways.shown(root, way)
        return _printed(way.resources, format), shown, not way.causes
    root = places.root(written, name)
    result = render(checkout, written, (RenderKey(root),), options)[0]
    missing = f"{root or '.'}: left out, it needs {', '.join(result.needs)}" if result.needs else ""
    if isinstance(result, RenderFailure):
        reasons = [f"{root or '.'}: does not build: {cause}" for cause in result.causes]
        return "", tuple(filter(None, (*reasons, missing))), False
    part = "" if chosen.alone else ways.alone(written, root)
    return _printed(result.resources, format), tuple(filter(None, (part, missing))), True


def _printed(resources: Iterable[RenderedResource], format: str) -> str:
    contents = [redact.redacted(resource.content) for resource in resources]
    if format == "json":
        return formats.json.dumps({"apiVersion": "v1", "kind": "List", "items": contents})
    return formats.yaml.documents(contents)


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to know the origin of: a resource, and a field of it (None: all)."""

    resource: str
    field: str | None = None
    namespace: str | None = None


def explain(
    place: str, asked: Asked, options: Options, format: str, style: formats.text.Style,
    chosen: Chosen,
) -> tuple[str, tuple[str, ...]]:  # fmt: skip
    """(Who set a field of a resource, or each of them; notes for the reader)."""
    checkout, written = load(options)
    root, way = "", None
    if not chosen.alone:
        written = followed(checkout, written, options, place=place)
        written = by_argo(checkout, written, options, about=places.find(written, place))
        root, found = ways.ways(written, place)
        way = ways.chosen(root, found, chosen.cluster, chosen.reconciler)
    applied = way.by[0] if way is not None else None
    if applied is not None:
        rendering = applied.rendering
        notes = ways.shown(root, way)[1:] if way is not None else ()
    else:
        root = places.root(written, place)
        rendering = render(checkout, written, (RenderKey(root),), options)[0]
        notes = () if chosen.alone else tuple(filter(None, (ways.alone(written, root),)))
    if not isinstance(rendering, Rendered):
        causes = rendering.causes if isinstance(rendering, RenderFailure) else ()
        reasons = "; ".join(map(str, causes)) or "it is not rendered"
        raise PlaceError(f"{root or '.'}: does not build: {reasons}")
    resources = way.resources if way is not None else rendering.resources
    resource = resources[selecting.resource(resources, asked.resource, asked.namespace)]
    traced = trace(checkout, written, (rendering,), options)[0]
    layers = reconciled.Layers(
        traced.origins, applied, written.applied, written.repository,
        lambda path: loader.text(checkout, path),
    )  # fmt: skip
    all_resources = applied.resources if applied is not None else rendering.resources
    index = next(at for at, one in enumerate(all_resources) if one is resource)
    leaves = layers.explain(index)
    if asked.field is not None:
        gone = attribution.removed(traced.origins, index)
        taken = partial(attribution.taken, traced.origins, index)
        leaves = why.wanted(resource.content, leaves, gone, taken, asked.field)
    history = _History(checkout.tree)
    shown = str(way) if way is not None else (root or ".")
    value = why.answer(root, shown, resource, leaves, history.since, traced.problem)
    if format == "json":
        return formats.json.dumps(why.to_json(value)), notes
    frames = _Frames(checkout)
    return formats.why.text(value, frames.around, style, asked.field is None), notes


def trace(
    checkout: Checkout, written: Snapshot, renders: tuple[Rendered, ...], options: Options
) -> tuple[tracing.Traced, ...]:
    """Where every field of these renders comes from: one render more for each."""
    keys = tuple(one.key for one in renders)
    flux = _flux(written, keys)
    return tracing.trace(
        _parts(written),
        _scratch(checkout, written, keys, flux),
        renders,
        lambda path: loader.text(checkout, path),
        jobs=options.jobs,
        program=options.engine,
        flux=flux,
    )


class _History:
    """Who touched which line last; git is asked once for each file."""

    def __init__(self, tree: Path) -> None:
        self.tree = tree
        self.known: dict[str, Mapping[int, Commit]] = {}

    def since(self, at: Span) -> Commit | None:
        if at.path not in self.known:
            self.known[at.path] = gitio.blame(self.tree, at.path)
        return self.known[at.path].get(at.line)


class _Frames:
    """The lines around a place, without secrets; none where a file holds too many to tell."""

    def __init__(self, checkout: Checkout) -> None:
        self.checkout = checkout
        self.known: dict[str, tuple[str, ...]] = {}

    def around(self, at: Span) -> tuple[tuple[int, str], ...]:
        if at.path not in self.known:
            data = loader.text(self.checkout, at.path) or b""
            self.known[at.path] = redact.lines(data.decode("utf-8", "replace"), at.path)
        lines = self.known[at.path]
        first, last = max(1, at.line - 2), min(len(lines), at.line + 2)
        return tuple((number, lines[number - 1]) for number in range(first, last + 1))


def init(options: Options, write: bool) -> str:
    """The layout as a ready groundplan.yaml; with `write` it is put into the directory.

    Raises WriteError where the file exists.
    """
    checkout, written = load(options)
    protected = tuple(e for e in written.layout.environments if e.lower().startswith("prod"))
    text = config.as_yaml(written.layout, protected)
    if not write:
        return text
    target = posixpath.join(checkout.repository.subdir, config.FILE_NAME)
    if (checkout.tree / target).exists():
        raise WriteError(f"{target}: is there already; see `groundplan init --print` and edit it")
    writer.write(checkout.tree, (FileChange(target, None, text.encode()),))
    return f"{target} written; correct it where the layout was not understood\n"


@dataclass(frozen=True, slots=True)
class Readme:
    """What `readme` would change: the files it visited, the changes, and what is wrong."""

    visited: tuple[str, ...]
    changes: tuple[FileChange, ...]
    diff: str
    findings: tuple[findings.Finding, ...]


def readme(options: Options, add: bool, write: bool) -> Readme:
    """Regenerate the sections between markers; with `add`, append those that are missing.

    Nothing is written where a finding says that markers are not usable.
    """
    seen = look(options)
    site = pages.make(seen.snapshot)
    changes, found = [], list[findings.Finding]()
    for path, before in seen.snapshot.texts.items():
        data = markers.init(path, before, sections.SECTIONS) if add else before
        after, wrong = markers.inject(path, data, partial(sections.make, site), sections.SECTIONS)
        found.extend(wrong)
        if after != before and not wrong:
            changes.append(FileChange(path, digest(before), after))
    tree = seen.checkout.tree
    text = writer.diff(tree, changes)
    if write:
        writer.write(tree, changes)
    return Readme(tuple(seen.snapshot.texts), tuple(changes), text, tuple(found))


def _beside(options: Options, out: Path) -> Path:
    """The directory for generated files. Raises WriteError where it holds the tree itself."""
    target, tree = out.resolve(), options.directory.resolve()
    if target == tree or target in tree.parents:
        raise WriteError(f"{out}: holds the analysed tree; name a directory of its own with -o")
    return target


def docs(
    options: Options, out: Path, check: bool, directory_urls: bool
) -> tuple[FileChange, ...] | writer.Synced:
    """Markdown pages for a user's own MkDocs; with `check`, what is not up to date there."""
    out = _beside(options, out)
    seen = look(options, prove=True, places=True).snapshot
    files = _book(seen, directory_urls).files()
    return writer.outdated(out, files) if check else writer.sync(out, files)


def _book(seen: Snapshot, directory_urls: bool = True) -> pages.Book:
    site = pages.make(seen, directory_urls)
    return pages.book(site, lambda dots: dict(zip(dots, dot.render(dots), strict=True)))


def site(options: Options, out: Path) -> writer.Synced | None:
    """Pages and MkDocs in one step; None where nothing changed since the last time."""
    out = _beside(options, out)
    book = _book(look(replace(options, dated=True), prove=True, places=True).snapshot)
    config_text = _mkdocs(book)
    stamp = publishing.digest(book.files(), config_text).encode()
    target = out / publishing.STAMP
    if target.is_file() and target.read_bytes() == stamp and (out / "index.html").is_file():
        return None
    with tempfile.TemporaryDirectory(prefix="groundplan-") as folder:
        _lay_out(Path(folder), book, config_text)
        built = publishing.read(publishing.build(Path(folder)))
    return writer.sync(out, {**built, publishing.STAMP: stamp})


def _mkdocs(book: pages.Book) -> str:
    listed = ((p.tab, p.section, p.title, p.path) for p in book.pages)
    return publishing.configuration(book.title, publishing.nav(listed))


def _lay_out(folder: Path, book: pages.Book, config_text: str) -> None:
    writer.sync(
        folder,
        {
            "mkdocs.yml": config_text.encode(),
            **{f"docs/{path}": data for path, data in book.files().items()},
        },
    )


def serve(options: Options, address: str, say: Callable[[str], None]) -> None:
    """The site on a local address, made anew when the tree changes; until interrupted.

    While the tree cannot be analysed, the pages stay as they were. Raises AnalyzerError where it
    cannot be at the start, or nothing can listen on the address.
    """
    publishing.usable(address)
    with tempfile.TemporaryDirectory(prefix="groundplan-") as name:
        folder = Path(name)
        server = None
        state = None
        try:
            while server is None or server.poll() is None:
                now = loader.state(options.directory)
                if now != state:
                    state = now
                    try:
                        asked = replace(options, dated=True)
                        book = _book(look(asked, prove=True, places=True).snapshot)
                    except AnalyzerError as error:
                        if server is None:
                            raise
                        say(f"groundplan: {error}\nThe pages stay as they were")
                    else:
                        _lay_out(folder, book, _mkdocs(book))
                        say(f"{len(book.pages)} pages at http://{address}/ (Ctrl-C ends)")
                server = server or publishing.serve(folder, address)
                time.sleep(1)
        finally:
            if server is not None:
                server.terminate()
                server.wait()
    raise AnalyzerError(f"{address}: MkDocs ended; what it said stands above")

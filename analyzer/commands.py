"""The whole flow of each command on one screen. Read this first.

disk → Repository → ReferenceGraph → Renderings → Snapshot → Report → text
"""

from __future__ import annotations

import posixpath
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from analyzer import (
    config,
    dot,
    explaining,
    findings,
    formats,
    gitio,
    helmvalues,
    loader,
    looking,
    markers,
    pages,
    places,
    publishing,
    redact,
    releases,
    repeats,
    selecting,
    valuing,
    ways,
    why,
    witness,
    writer,
)
from analyzer.analyses import BY_NAME, FINDING
from analyzer.analyses import run as run_reports
from analyzer.applying import Applied
from analyzer.changes import FileChange, digest
from analyzer.document import Findings, Heading, Meant
from analyzer.errors import AnalyzerError, PlaceError, WriteError
from analyzer.lags import sides as promotion_steps
from analyzer.loader import Checkout
from analyzer.looking import Options, View
from analyzer.model import (
    Rendered,
    RenderedResource,
    RenderFailure,
    RenderKey,
)
from analyzer.pages import sections
from analyzer.reviews import Review
from analyzer.snapshot import Snapshot

_COMMITS = 2_000  # that a site's pages may tell of


def look(
    options: Options, *, prove: bool = False, places: bool = False, lags: bool = False,
    commits: bool = False, values: bool = False, copies: bool = False, lines: bool = False,
) -> View:  # fmt: skip
    """Load, place and, unless told otherwise, render a tree.

    `prove`: also what entries do nothing, at one or two renders more for each root; `places`: also
    where overlays and bases set their fields, at one render more for each of them, and with `lines`
    all that is in an environment; `lags`: where what differs between environments is set, and with
    `commits` since when; `values`: where the effective values of HelmReleases are set; `copies`:
    what is written more than once.
    """
    checkout, written = looking.load(options)
    if not options.render:
        return View(checkout, _repeated(checkout, written, copies, commits))
    seen = looking.by_argo(checkout, looking.followed(checkout, written, options), options)
    keys = tuple(RenderKey(root) for root in looking.to_render(seen, options.all_roots))
    left = tuple(key for key in keys if key not in seen.renderings)
    made = {r.key: r for r in looking.render(checkout, seen, left, options)}
    seen = replace(seen, renderings={**seen.renderings, **made})
    seen = explaining.explained(checkout, seen, options, prove=prove, places=places,
                                lines=lines)  # fmt: skip
    if values:
        seen = valuing.placed(checkout, seen, options)
    if lags:
        origins = partial(explaining.origins, checkout, seen, options)
        steps = tuple(promotion_steps(seen))
        evidence = witness.gather(checkout, seen, steps, origins, commits=commits)
        seen = replace(seen, evidence=evidence)
    return View(checkout, _repeated(checkout, seen, copies, commits))


def _repeated(checkout: Checkout, seen: Snapshot, copies: bool, commits: bool) -> Snapshot:
    if not copies:
        return seen
    return replace(seen, repeated=repeats.gather(checkout, seen, commits=commits))


def report(
    name: str, options: Options, format: str, style: formats.text.Style, places: bool = False
) -> tuple[str, tuple[findings.Finding, ...]]:
    """One report in one format, and what it found; with `places` field by field."""
    row = BY_NAME[name]
    dated = row.judges or row.repeats
    asked = replace(options, dated=True)
    seen = look(asked, prove=row.proves, places=places, lags=row.judges, commits=dated,
                copies=row.repeats).snapshot  # fmt: skip
    value = run_reports(seen, names=(name,)).reports[name]
    return printed(name, value, format, style), value.findings


def printed(name: str, value: Any, format: str, style: formats.text.Style) -> str:
    """The value of a report in one format."""
    row = BY_NAME[name]
    if format == "json":
        silenced = value.silenced if row.silences else None
        return formats.json.report(row.to_json(value), value.findings, silenced)
    if format == "markdown":
        return formats.markdown.text(row.blocks(value))
    return formats.text.text(row.blocks(value), style)


def check(
    options: Options, format: str, style: formats.text.Style, fail_on: str = "error"
) -> tuple[str, tuple[findings.Finding, ...]]:
    """What every report finds, each once, most severe first, in one format."""
    said = run_reports(look(replace(options, dated=True), prove=True).snapshot, names=FINDING)
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


@dataclass(frozen=True, slots=True)
class _Place:
    """A place as somebody applies it. `way` is None where nobody does, or nobody is to count."""

    checkout: Checkout
    written: Snapshot
    root: str
    way: ways.Way | None


def _place(name: str, options: Options, chosen: Chosen) -> _Place:
    """Look no further than it takes to know who applies a place."""
    checkout, written = looking.load(options)
    if not chosen.alone:
        written = looking.followed(checkout, written, options, place=name)
        written = looking.by_argo(checkout, written, options, about=places.find(written, name))
        root, found = ways.ways(written, name)
        way = ways.chosen(root, found, chosen.cluster, chosen.reconciler)
        if way is not None:
            return _Place(checkout, written, root, way)
    return _Place(checkout, written, places.root(written, name), None)


def render_place(
    name: str, options: Options, format: str, chosen: Chosen
) -> tuple[str, tuple[str, ...], bool]:
    """(What a cluster gets of a place, redacted; notes for the reader; whether it builds)."""
    place = _place(name, options, chosen)
    root, way = place.root, place.way
    if way is not None:
        return _printed(way.resources, format), ways.shown(root, way), not way.causes
    result = looking.render(place.checkout, place.written, (RenderKey(root),), options)[0]
    missing = f"{root or '.'}: left out, it needs {', '.join(result.needs)}" if result.needs else ""
    if isinstance(result, RenderFailure):
        reasons = [f"{root or '.'}: does not build: {cause}" for cause in result.causes]
        return "", tuple(filter(None, (*reasons, missing))), False
    part = "" if chosen.alone else ways.alone(place.written, root)
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
    at = _place(place, options, chosen)
    checkout, written, root, way = at.checkout, at.written, at.root, at.way
    if way is not None:
        applied, notes = way.by[0], ways.shown(root, way)[1:]
        rendering, resources = applied.rendering, way.resources
    else:
        applied, notes = None, tuple(filter(None, (ways.alone(written, root),)))
        rendering = looking.render(checkout, written, (RenderKey(root),), options)[0]
        resources = rendering.resources if isinstance(rendering, Rendered) else ()
    if not isinstance(rendering, Rendered):
        causes = rendering.causes if isinstance(rendering, RenderFailure) else ()
        reasons = "; ".join(map(str, causes)) or "it is not rendered"
        raise PlaceError(f"{root or '.'}: does not build: {reasons}")
    resource = resources[selecting.resource(resources, asked.resource, asked.namespace)]
    found = explaining.leaves(checkout, written, rendering, applied, resource, options)
    values = _values(checkout, written, found, applied, resource, options)
    of_values = values is not None and asked.field is not None and helmvalues.asks(asked.field)
    leaves = found.leaves if asked.field is None else () if of_values else why.wanted(
        resource.content, found.leaves, found.gone, found.taken, asked.field
    )  # fmt: skip
    if values is not None:
        values = why.wanted_values(values, asked.field)
    shown = str(way) if way is not None else (root or ".")
    since = explaining.History(checkout.tree).since
    value = why.answer(root, shown, resource, leaves, since, found.problem, values)
    if format == "json":
        return formats.json.dumps(why.to_json(value)), notes
    frames = explaining.Frames(checkout)
    return formats.why.text(value, frames.around, style, asked.field is None), notes


def _values(
    checkout: Checkout, written: Snapshot, found: explaining.Explained, applied: Applied | None,
    resource: RenderedResource, options: Options,
) -> helmvalues.Values | None:  # fmt: skip
    """The effective values of a HelmRelease; None of anything else."""
    if not releases.is_release(resource):
        return None

    def wider() -> valuing.Clusters:
        followed = looking.followed(checkout, looking.load(options)[1], options)
        return valuing.Clusters(checkout, followed, options)

    release = helmvalues.Held(resource, found.layers, found.index)
    return valuing.of_one(valuing.Clusters(checkout, written, options), wider, release, applied)


def init(options: Options, write: bool) -> str:
    """The layout as a ready groundplan.yaml; with `write` it is put into the directory.

    Raises WriteError where the file exists.
    """
    checkout, written = looking.load(options)
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
    options: Options, out: Path, check: bool, directory_urls: bool, zensical: bool = False
) -> tuple[FileChange, ...] | writer.Synced:
    """Markdown pages for a user's own MkDocs; with `check`, what is not up to date there.

    `zensical`: for that one, which rewrites what MkDocs leaves alone.
    """
    out = _beside(options, out)
    seen = look(options, prove=True, places=True, lags=True, values=True, copies=True).snapshot
    files = _book(seen, directory_urls).files(rewritten=zensical and directory_urls)
    return writer.outdated(out, files) if check else writer.sync(out, files)


Reviewed = Callable[[View, Options], Mapping[str, Review]]  # the proposals that pages show


def _book(
    seen: Snapshot, directory_urls: bool = True, reviews: Mapping[str, Review] | None = None
) -> pages.Book:
    site = pages.make(seen, directory_urls, reviews)
    return pages.book(site, lambda dots: dict(zip(dots, dot.render(dots), strict=True)))


def everything(options: Options) -> View:
    """All that a site says, history too."""
    seen = look(options, prove=True, places=True, lags=True, commits=True, values=True, copies=True,
                lines=True)  # fmt: skip
    past = gitio.past(seen.checkout.tree, (seen.checkout.repository.subdir or ".",), _COMMITS)
    touched = explaining.touched(seen.checkout, seen.snapshot)
    return replace(seen, snapshot=replace(seen.snapshot, touched=touched, past=past))


def _unreviewed(seen: View, options: Options) -> Mapping[str, Review]:
    return {}


def _whole(options: Options, review: Reviewed) -> pages.Book:
    """Every page that a site has; those of proposals by whoever makes them."""
    seen = everything(replace(options, dated=True))
    return _book(seen.snapshot, reviews=review(seen, options))


def site(options: Options, out: Path, review: Reviewed = _unreviewed) -> writer.Synced | None:
    """Pages and MkDocs in one step; None where nothing changed since the last time."""
    out = _beside(options, out)
    book = _whole(options, review)
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
    listed = ((p.tab, p.section, p.title, p.path) for p in book.pages if p.listed)
    return publishing.configuration(book.title, publishing.nav(listed))


def _lay_out(folder: Path, book: pages.Book, config_text: str) -> None:
    writer.sync(
        folder,
        {
            "mkdocs.yml": config_text.encode(),
            **{f"docs/{path}": data for path, data in book.files().items()},
        },
    )


def serve(
    options: Options, address: str, say: Callable[[str], None], review: Reviewed = _unreviewed
) -> None:
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
                        book = _whole(options, review)
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

"""Snapshot → findings that several reports show. One function a question; pure and independent."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterator

from analyzer import findings as rules
from analyzer import readmetree, yamltext
from analyzer.causes import label, shown
from analyzer.findings import BY_ID, Finding, Related
from analyzer.graph import NEEDS, OMITTED
from analyzer.kustomization import FILE_NAMES, is_floating
from analyzer.model import Cause, Rendered, RenderFailure, Span, Status
from analyzer.snapshot import Snapshot, inside

_DEPRECATED = {
    "bases": "resources",
    "commonLabels": "labels",
    "patchesStrategicMerge": "patches",
    "patchesJson6902": "patches",
    "vars": "replacements",
    "imageTags": "images",
    "helmChartInflationGenerator": "helmCharts",
}
_CHART = "Chart.yaml"


def causes(snapshot: Snapshot) -> Iterator[Finding]:
    """Why roots do not build: each cause once, with the roots it blocks."""
    blocked: dict[Cause, set[str]] = defaultdict(set)
    for root in snapshot.roots():
        for cause in snapshot.defects.get(root, ()):
            blocked[cause]
        for cause in snapshot.failed(root) or ():
            blocked[cause].add(root)
    for cause, roots in blocked.items():
        yield _cause(snapshot, cause, roots)


def _cause(snapshot: Snapshot, cause: Cause, roots: set[str]) -> Finding:
    rule = BY_ID[cause.rule]
    kustomizations = snapshot.repository.kustomizations
    if (
        roots
        and rule is rules.DOES_NOT_BUILD
        and all(
            root in kustomizations and kustomizations[root].kind == "Component" for root in roots
        )
    ):
        rule = rules.COMPONENT_ALONE
    others = sorted(roots - {posixpath.dirname(cause.path)})
    related = tuple(
        Related(
            kustomizations[root].span if root in kustomizations else Span(root),
            "does not build because of it",
        )
        for root in others
    )
    message = cause.message
    if others:
        message += f"; blocks {_count(len(others), 'other root')}"
    return Finding(rule, message, Span(cause.path, cause.line), related)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def unreadable(snapshot: Snapshot) -> Iterator[Finding]:
    """What the walk could not read, and YAML files that are not YAML though nothing lists them."""
    for message, span in snapshot.repository.problems:
        rule = rules.LIMIT if "larger than" in message else rules.UNREADABLE
        yield Finding(rule, f"{label(span.path)} {message}", span)
    for link, target in snapshot.repository.links.items():
        if target is None and inside(snapshot.repository, link):
            yield Finding(
                rules.UNREADABLE,
                f"{link} is a link that leads nowhere in the repository; "
                "point it at a file in the repository",
                Span(link),
            )


def needs(snapshot: Snapshot) -> Iterator[Finding]:
    """What roots need and the repository does not hold: one finding an entry."""
    for root in snapshot.roots():
        for reference in snapshot.repository.kustomizations[root].references:
            if reference.status not in OMITTED:
                continue
            what = {
                Status.REMOTE: "is remote and was not fetched",
                Status.CHART: "is a Helm chart and was not inflated",
                Status.PLUGIN: "is a program and was not run",
                Status.IGNORED: "is ignored by git and absent here",
            }[reference.status]
            roots = [r for r in snapshot.graph.dependents(root) if r != root]
            behind = f"; {_count(len(roots), 'other root')} above it" if roots else ""
            yield Finding(
                rules.NEEDS,
                f"{shown(reference.written)} {what} (needs: {NEEDS[reference.status]}){behind}",
                reference.span,
            )


def floating_references(snapshot: Snapshot) -> Iterator[Finding]:
    """Remote references that name no version."""
    for root in snapshot.roots():
        for reference in snapshot.repository.kustomizations[root].references:
            if reference.status is Status.REMOTE and is_floating(reference.written):
                yield Finding(
                    rules.FLOATING_REF,
                    f"{shown(reference.written)} names no fixed version; "
                    "add ?ref= with a tag or commit",
                    reference.span,
                )


def unrestricted(snapshot: Snapshot) -> Iterator[Finding]:
    """Roots that read a file outside their own directory, at the entry that does."""
    for rendering in snapshot.renderings.values():
        if not isinstance(rendering, Rendered) or not rendering.unrestricted:
            continue
        for reference in snapshot.graph.references(rendering.key.root):
            target = reference.target or ""
            below = target.startswith(reference.source + "/") or not reference.source
            if reference.status is Status.FILE and not below:
                yield Finding(
                    rules.UNRESTRICTED,
                    f"{shown(reference.written)} is outside "
                    f"{label(reference.source)}; Flux reads it, kustomize and Argo CD refuse "
                    "unless load restrictions are off",
                    reference.span,
                )


def missing_paths(snapshot: Snapshot) -> Iterator[Finding]:
    """Reconcilers whose path is not in the tree."""
    for deployment in snapshot.deployments:
        if deployment.root is None and deployment.external is None:
            yield Finding(
                rules.MISSING_PATH,
                f"{deployment.object.kind} {deployment.object.name}: path "
                f"{shown(deployment.written)} does not exist",
                deployment.object.declared,
            )


def orphans(snapshot: Snapshot) -> Iterator[Finding]:
    """Manifests in a directory that kustomizations use, listed by none."""
    repository = snapshot.repository
    listed = {r.target for k in repository.kustomizations.values() for r in k.references}
    used = {posixpath.dirname(path) for path in listed if path and path in repository.files}
    used |= {k.root for k in repository.kustomizations.values() if not k.generated}
    plain = {
        d.root
        for d in snapshot.deployments
        if d.root is not None and d.root not in repository.kustomizations
    }
    charts = {posixpath.dirname(p) for p in repository.files if posixpath.basename(p) == _CHART}
    for path, manifests in repository.manifests.items():
        folder = posixpath.dirname(path)
        if path in listed or folder not in used or not inside(repository, path):
            continue
        if _below(path, charts) or _below(path, plain) or posixpath.basename(path).startswith("."):
            continue
        if all(m.id.group == "kustomize.config.k8s.io" or not m.id.name for m in manifests):
            continue
        kinds = ", ".join(dict.fromkeys(m.id.short for m in manifests[:3]))
        yield Finding(
            rules.ORPHAN_FILE,
            f"{posixpath.basename(path)} ({shown(kinds)}) is listed by no "
            "kustomization; list it or remove it",
            manifests[0].span,
        )


def _below(path: str, folders: set[str]) -> bool:
    while path:
        path = posixpath.dirname(path)
        if path in folders:
            return True
    return False


def duplicate_keys(snapshot: Snapshot) -> Iterator[Finding]:
    """Kustomization files of which kustomize silently reads only a part."""
    for root in snapshot.roots():
        kustomization = snapshot.repository.kustomizations[root]
        entry = snapshot.repository.files.get(kustomization.path)
        if entry is None or entry.data is None:
            continue
        try:
            text = yamltext.compose(entry.data, kustomization.path)
        except yamltext.YamlError:
            continue
        last: dict[str, Span] = {}
        for document in text.documents[:1]:
            for name, key, _ in yamltext.pairs(document):
                span = text.span(key)
                if name in last:
                    yield Finding(
                        rules.DUPLICATE_KEY,
                        f"{shown(name)} stands again at line {span.line}; only that "
                        "one counts; join the two",
                        last[name],
                        (Related(span, f"this {shown(name)} counts"),),
                    )
                last[name] = span
        for document in text.documents[1:]:
            yield Finding(
                rules.SECOND_DOCUMENT,
                "kustomize reads only the first YAML document of "
                f"{posixpath.basename(kustomization.path)}; move this one into it",
                text.span(document),
            )
        for name, span in last.items():
            if name in _DEPRECATED and posixpath.basename(kustomization.path) in FILE_NAMES:
                yield Finding(
                    rules.DEPRECATED_FIELD, f"{name} is deprecated; use {_DEPRECATED[name]}", span
                )


def unplaced(snapshot: Snapshot) -> Iterator[Finding]:
    """Roots that no pattern of the layout places."""
    for root in unplaced_roots(snapshot):
        span = snapshot.repository.kustomizations[root].span
        yield Finding(
            rules.LAYOUT_DEVIATION, f"{label(root)} matches no pattern of the layout", span
        )


def unplaced_roots(snapshot: Snapshot) -> tuple[str, ...]:
    """Roots without a placement; kustomize Components and the analysed directory need none."""
    return tuple(
        root
        for root in snapshot.roots()
        if snapshot.placements[root].pattern is None
        and not snapshot.placements[root].seats
        and snapshot.repository.kustomizations[root].kind != "Component"
        and root != snapshot.repository.subdir
    )


def readme_trees(snapshot: Snapshot) -> Iterator[Finding]:
    """Directory trees drawn in Markdown files that are not what is on disk."""
    for path, data in snapshot.texts.items():
        for drawing in readmetree.drawings(data.decode("utf-8", "replace")):
            yield from _drawing(snapshot, path, drawing)


def _drawing(snapshot: Snapshot, path: str, drawing: readmetree.Drawing) -> Iterator[Finding]:
    repository = snapshot.repository
    base = _base(snapshot, posixpath.dirname(path), drawing)
    if base is None:
        return
    drawn: dict[str, set[str]] = defaultdict(set)
    open_ended: set[str] = set()
    lines = {base: drawing.line}
    for entry in drawing.entries:
        parent = posixpath.join(base, *entry.parents) if entry.parents else base
        if not entry.known:
            open_ended.add(parent)
            continue
        full = posixpath.join(parent, entry.name)
        drawn[parent].add(entry.name.split("/")[0])
        lines[full] = entry.line
        if full not in repository.files and full not in repository.directories:
            if parent in repository.directories:
                yield Finding(
                    rules.README_TREE,
                    f"{shown(entry.name)} is drawn and does not exist in {label(parent)}",
                    Span(path, entry.line),
                )
    roots = snapshot.roots()
    for parent, names in sorted(drawn.items()):
        if parent in open_ended or parent not in repository.directories or len(names) < 2:
            continue
        prefix = f"{parent}/" if parent else ""
        real = {
            root[len(prefix) :].split("/")[0]
            for root in roots
            if root.startswith(prefix) and root != parent
        }
        if not names & real:
            continue  # a tree of files, or of something else
        for name in sorted(real - names):
            yield Finding(
                rules.README_TREE,
                f"{name}/ is missing from the drawing of {label(parent)}",
                Span(path, lines.get(parent, drawing.line)),
            )


def _base(snapshot: Snapshot, folder: str, drawing: readmetree.Drawing) -> str | None:
    """The directory a drawing is of: its first line's, else the README's; None if it is of neither."""
    directories, files = snapshot.repository.directories, snapshot.repository.files
    tops = [e.name for e in drawing.entries if not e.parents and e.known]
    top = drawing.top.removeprefix("./")
    for base in dict.fromkeys((posixpath.normpath(posixpath.join(folder, top)), folder)):
        base = "" if base == "." else base
        there = [
            t
            for t in tops
            if posixpath.join(base, t) in directories or posixpath.join(base, t) in files
        ]
        if base in directories and tops and len(there) * 2 >= len(tops):
            return base
    return None


STRUCTURE = (
    causes,
    unreadable,
    needs,
    unrestricted,
    missing_paths,
    orphans,
    unplaced,
    readme_trees,
)
CONFIGURATION = (duplicate_keys, floating_references)


def failures(snapshot: Snapshot) -> tuple[RenderFailure, ...]:
    """Roots that were rendered and did not build, by path."""
    return tuple(
        r
        for _, r in sorted(snapshot.renderings.items(), key=lambda item: item[0].root)
        if isinstance(r, RenderFailure)
    )

"""Files as written: what nothing lists, what is read in part, what names no fixed version."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from analyzer import findings as rules
from analyzer import yamltext
from analyzer.causes import label, shown
from analyzer.findings import Finding, Related
from analyzer.kustomization import FILE_NAMES, is_floating
from analyzer.model import Rendered, RenderedResource, Span, Status
from analyzer.snapshot import Snapshot, inside
from analyzer.versions import versions

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
_RAW = re.compile(r"/raw/|//raw\.|\.(?:ya?ml|json)(?:$|\?)")  # one file; its version is in the path


def orphans(snapshot: Snapshot) -> Iterator[Finding]:
    """Manifests in a directory that kustomizations use, listed by none."""
    repository = snapshot.repository
    unread = {*repository.unreadable, *(span.path for _, span in repository.problems)}
    listed = {r.target for k in repository.kustomizations.values() for r in k.references}
    used = {posixpath.dirname(path) for path in listed if path and path in repository.files}
    used |= {k.root for k in repository.kustomizations.values() if not k.generated}
    used -= {k.root for k in repository.kustomizations.values() if k.span.path in unread}
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


def floating_references(snapshot: Snapshot) -> Iterator[Finding]:
    """Remote references that name no version."""
    for root in snapshot.roots():
        for reference in snapshot.repository.kustomizations[root].references:
            if reference.status is Status.REMOTE and is_floating(reference.written):
                raw = _RAW.search(reference.written) is not None
                mend = "name a tag or commit" if raw else "add ?ref= with a tag or commit"
                yield Finding(
                    rules.FLOATING_REF,
                    f"{shown(reference.written)} names no fixed version; {mend}",
                    reference.span,
                )


def floating_images(snapshot: Snapshot) -> Iterator[Finding]:
    """Images that roots run without a fixed version, once where they are written."""
    for rendering in snapshot.renderings.values():
        if not isinstance(rendering, Rendered):
            continue
        for resource in rendering.resources:
            for version in versions((resource,)):
                if version.floating:
                    yield Finding(
                        rules.FLOATING_IMAGE,
                        f"{version.kind} {shown(str(version))} has no fixed version; "
                        "name a tag or digest",
                        _written_at(snapshot, rendering.key.root, resource, version.name),
                    )


def _written_at(snapshot: Snapshot, root: str, resource: RenderedResource, name: str) -> Span:
    """The line that names an image: of an `images:` entry on the way, else of the manifest."""
    kustomizations = snapshot.repository.kustomizations
    places = [
        (kustomizations[r].path, b"name|newName")
        for r in snapshot.graph.closure(root)
        if r in kustomizations and "images" in kustomizations[r].settings
    ]
    if resource.origin is not None and resource.origin.path is not None:
        places.append((resource.origin.path, b"image|repository"))
    whole = re.escape(name.encode())
    for path, key in places:
        entry = snapshot.repository.files.get(path)
        data = entry.data if entry is not None else None
        named = rb"\b(?:" + key + rb"):[ \t]*[\"']?" + whole + rb"(?![\w./-])"
        match = re.search(named, data) if data is not None else None
        if match is not None:
            return Span(path, match.string.count(b"\n", 0, match.start()) + 1)
    return Span(places[-1][0]) if places else kustomizations[root].span


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

"""A planned tree, with one thing changed on purpose → does exactly what should follow, follow?

A patch is replaced by one that leaves a mark: it has to leave exactly one. A leaf of a base is
changed: exactly the intended roots have to render otherwise.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from analyzer import kustomize, looking, merging, preparing, unseen, verdicts, yamltext
from analyzer.bench import After
from analyzer.changes import Edit, FileChange, apply_edits
from analyzer.model import (
    Content,
    Kustomization,
    Link,
    Rendered,
    RenderedResource,
    Rendering,
    RenderKey,
    Scratch,
)
from analyzer.plans import Check, Mutation
from analyzer.yamltext import ScalarNode, YamlError

MARK = "groundplan.invalid/patch-"
_FIELDS = ("patches", "patchesStrategicMerge", "patchesJson6902")


# patches ------------------------------------------------------------------------------------------


def patches(after: After, changes: Sequence[FileChange]) -> Check:
    """Every patch that a plan brings, or edits, matches exactly one object wherever it is used."""
    wrong = next(_wrong(after, {c.path for c in changes}), None)
    return Check("every patch of the plan matches exactly once", wrong is None, wrong or "")


def _wrong(after: After, files: set[str]) -> Iterator[str]:
    old = after.bench.seen.repository.kustomizations
    for root, kustomization in sorted(after.seen.repository.kustomizations.items()):
        new = [e for e in _entries(kustomization, files) if e not in _written(old.get(root))]
        brought = [entry for entry in new if entry is not None]
        if not brought:
            continue
        counts = _marked(after, kustomization, brought)
        if counts is None:
            yield f"{kustomization.path}: does not build with its patches marked"
            continue
        for at, found in counts:
            for label, count in zip(_labels(brought), found, strict=True):
                if count != 1:
                    yield f"{kustomization.path}: {label} matches {count} objects in {at or '.'}"


Entry = Mapping[str, object]


def _entries(kustomization: Kustomization, files: set[str]) -> Iterator[Entry]:
    """Patch entries of a kustomization that is, or whose patch is, a file of the plan."""
    for name in _FIELDS:
        listed = kustomization.settings.get(name)
        for entry in listed if isinstance(listed, list) else ():
            written = {"path": entry} if isinstance(entry, str) else entry
            if not isinstance(written, dict):
                continue
            target = next((r.target for r in kustomization.references
                           if r.written == written.get("path")), None)  # fmt: skip
            if kustomization.path in files or target in files:
                yield {**written, **({"file": target} if target in files else {})}


def _written(kustomization: Kustomization | None) -> list[Entry]:
    return [] if kustomization is None else list(_entries(kustomization, {kustomization.path}))


def _labels(entries: Sequence[Entry]) -> list[str]:
    return [str(e.get("path") or f"inline patch {i + 1}") for i, e in enumerate(entries)]


def _marked(
    after: After, kustomization: Kustomization, entries: Sequence[Entry]
) -> list[tuple[str, list[int]]] | None:
    """How many objects each entry matches, in each root that is built with it; None: fails."""
    graph = after.seen.graph
    roots = [kustomization.root]
    if kustomization.kind == "Component":
        roots = [edge.source for edge in graph.downstream.get(kustomization.root, ())]
    hidden = {
        i for i, entry in enumerate(entries) if _is_unseen(after, kustomization, entry, roots)
    }
    markers = [m for i, entry in enumerate(entries) if i not in hidden
               for m in _markers(after, kustomization, entry, i)]  # fmt: skip
    whole = _without_what_is_left_out(after, kustomization, roots)
    settings = {k: v for k, v in whole.items() if k not in _FIELDS}
    kept = [e for e in _all(whole) if e not in [_bare(b) for b in entries]]
    settings["patches"] = [*kept, *markers]
    renders = _with(after, roots, {kustomization.path: merging.as_file(settings)})
    found = []
    for rendering in renders:
        if not isinstance(rendering, Rendered):
            return None
        found.append((rendering.key.root, [
            1 if i in hidden else sum(_has(r, f"{MARK}{i}") for r in rendering.resources)
            for i in range(len(entries))
        ]))  # fmt: skip
    return found


def _is_unseen(
    after: After, kustomization: Kustomization, entry: Entry, roots: Sequence[str]
) -> bool:
    """Is it for what is left out of these renders, so that nobody here can count it?

    Whether it reaches that as it did is what `unseen` looks at.
    """
    text = b"".join(_texts(after, kustomization, entry))
    wanted = set(unseen.patched(entry, text))
    renders = [r for r in after.alone(roots).values() if isinstance(r, Rendered)]
    here = {(r.id.kind, r.id.name) for rendering in renders for r in rendering.resources}
    partial = bool(renders) and all(rendering.omitted for rendering in renders)
    return partial and bool(wanted) and all(name and (kind, name) not in here
                                            for kind, name in wanted)  # fmt: skip


def _without_what_is_left_out(
    after: After, kustomization: Kustomization, roots: Sequence[str]
) -> Content:
    """What a kustomization says, but for what the renders of these roots leave out."""
    gone = [r.entry for rendering in after.alone(roots).values()
            if isinstance(rendering, Rendered) for r in rendering.omitted
            if r.entry is not None]  # fmt: skip
    files = after.checkout.listing.read((kustomization.path,))
    return preparing.settings(Scratch(dict(files)), kustomization, gone)


def _bare(entry: Entry) -> Entry:
    return {k: v for k, v in entry.items() if k != "file"}


def _all(settings: Content) -> Iterator[Entry]:
    for name in _FIELDS:
        listed = settings.get(name)
        for entry in listed if isinstance(listed, list) else ():
            yield {"path": entry} if isinstance(entry, str) else entry


def _markers(
    after: After, kustomization: Kustomization, entry: Entry, number: int
) -> Iterator[Entry]:
    """The entry with its effect replaced by an annotation."""
    metadata: dict[str, object] = {"annotations": {f"{MARK}{number}": "x"}}
    target = entry.get("target")
    if isinstance(target, dict):
        blank = {"apiVersion": "v1", "kind": "Any", "metadata": {**metadata, "name": "any"}}
        yield {"patch": json.dumps(blank), "target": target}
        return
    for document in _documents(after, kustomization, entry):
        named = document.get("metadata")
        own = {k: named[k] for k in ("name", "namespace") if isinstance(named, dict) and k in named}
        head = {k: document[k] for k in ("apiVersion", "kind") if k in document}
        yield {"patch": json.dumps({**head, "metadata": {**own, **metadata}})}


def _texts(after: After, kustomization: Kustomization, entry: Entry) -> Iterator[bytes]:
    """The text of a patch, inline or of its file."""
    if isinstance(entry.get("patch"), str):
        yield str(entry["patch"]).encode()
        return
    for reference in kustomization.references:
        if reference.written == entry.get("path") and reference.target:
            data = after.checkout.listing.data(reference.target)
            if data is not None:
                yield data
                return


def _documents(
    after: After, kustomization: Kustomization, entry: Entry
) -> Iterator[Mapping[str, object]]:
    try:
        found = yamltext.parse(b"".join(_texts(after, kustomization, entry)))
    except YamlError:
        return
    yield from (d for d in found if isinstance(d, dict))


def _has(resource: RenderedResource, name: str) -> bool:
    metadata = resource.content.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    return isinstance(annotations, dict) and name in annotations


def _with(after: After, roots: Sequence[str], files: Mapping[str, bytes]) -> tuple[Rendering, ...]:
    """Roots built with other bytes in some files."""
    keys = tuple(RenderKey(root) for root in roots)
    scratch = looking.scratch(after.checkout, after.seen, keys, {})
    made: dict[str, bytes | Link] = {**scratch.files, **files}
    options = after.bench.options
    after.renders += len(keys)
    return kustomize.render(looking.parts(after.seen), Scratch(made), keys,
                            jobs=options.jobs, program=options.engine)  # fmt: skip


# leaves of a base ---------------------------------------------------------------------------------


def followed(after: After, wanted: Sequence[Mutation]) -> Iterator[Check]:
    """A leaf of each file is changed, all at once: exactly the intended roots follow."""
    if not wanted:
        return
    files: dict[str, bytes] = {}
    for one in wanted:
        data = files.get(one.path) or after.checkout.listing.data(one.path)
        changed = None if data is None else mutated(data, one)
        if changed is None:
            yield Check("exactly the intended roots follow a change of a base", False,
                        f"{one.path}: has no {one.pointer} to change")  # fmt: skip
            return
        files[one.path] = changed
    graph = after.seen.graph
    reached = sorted(r for r in graph.affected(files, after.seen.repository.links)
                     if graph.kustomizations[r].kind != "Component"
                     and not graph.kustomizations[r].generated)  # fmt: skip
    plain = after.alone(reached)
    moved: dict[str, int] = {}
    for rendering in _with(after, reached, files):
        before, root = plain[rendering.key.root], rendering.key.root
        if root not in after.bench.seen.graph.kustomizations:
            continue  # the base itself is new
        if isinstance(rendering, Rendered) and isinstance(before, Rendered):
            known = {verdicts.key(resource) for resource in before.resources}
            moved[root] = sum(verdicts.key(r) not in known for r in rendering.resources)
    intended = Counter(root for one in wanted for root in set(one.roots))
    strays = [root for root, count in sorted(moved.items()) if count and not intended[root]]
    lost = [root for root in sorted(intended) if moved.get(root, 0) < intended[root]]
    said = f"{strays[0] or '.'} follows, and should not" if strays else ""
    said = said or (f"{lost[0] or '.'} does not follow" if lost else "")
    yield Check("exactly the intended roots follow a change of a base", not said, said)


def mutated(data: bytes, one: Mutation) -> bytes | None:
    """The file with the leaf changed, every other byte kept; None where there is none."""
    try:
        text = yamltext.compose(data, one.path)
    except YamlError:
        return None
    if one.document >= len(text.documents):
        return None
    node = yamltext.at(text.documents[one.document], one.pointer)
    if not isinstance(node, ScalarNode) or not is_simple(node):
        return None
    value = yamltext.value(node)
    other: object = f"{value}-otherwise"
    if isinstance(value, bool):
        other = not value
    elif isinstance(value, int | float):
        other = value + 1
    span = text.span(node)
    return apply_edits(text.data, (Edit(span.start, span.end, json.dumps(other).encode()),))


def is_simple(node: yamltext.Node) -> bool:
    """Is it a value on one line, that can be replaced where it stands?"""
    return (
        isinstance(node, ScalarNode)
        and node.style not in ("|", ">")
        and node.start_mark.line == node.end_mark.line
        and node.value != ""
    )

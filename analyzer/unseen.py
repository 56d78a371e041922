"""What a partial render lacks, and all that would reach it: the same on two sides, or not. Pure.

Nobody here sees what a remote base, a chart, a plugin or a file that git ignores brings. A plan
leaves it alone where the entry that brings it, the file it names and every transformer that reaches
all there is are what they were.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from analyzer import reaching, yamltext
from analyzer.changes import digest
from analyzer.graph import NEEDS
from analyzer.model import Content, Reference, Rendered, Rendering
from analyzer.snapshot import Snapshot
from analyzer.yamltext import YamlError


@dataclass(frozen=True, slots=True)
class Side:
    """A tree before or after. `data` gives the bytes of a file, `changed`: what a plan names."""

    seen: Snapshot
    data: Callable[[str], bytes | None]
    changed: Collection[str] = ()


def names(rendering: Rendering) -> tuple[str, ...]:
    """What a render had to leave out, as it is written, each once."""
    omitted = rendering.omitted if isinstance(rendering, Rendered) else ()
    return tuple(dict.fromkeys(r.written for r in omitted))


def differs(root: str, before: Side, old: Rendered, after: Side, new: Rendered) -> str:
    """Why what is left out may come out otherwise; "" where nothing that reaches it differs."""
    was_out, now_out = (
        [r for r in rendering.omitted if r.status in NEEDS] for rendering in (old, new)
    )  # a patch of what is left out is compared with the patches
    for one, other in ((was_out, now_out), (now_out, was_out)):
        if more := Counter(map(_named, one)) - Counter(map(_named, other)):
            return f"{next(iter(more))[-1]} is left out on one side only"
    entries = [
        sorted(_entry(side, reference) for reference in omitted)
        for side, omitted in ((before, was_out), (after, now_out))
    ]
    if entries[0] != entries[1]:
        return f"what is left out is written otherwise: {', '.join(names(new))}"
    for reference in now_out:
        for path in after.changed:
            if before.data(path) != after.data(path) and _reads(after, reference, path):
                return f"{path} differs, and what comes of it is not here"
    for first, second in _pairs(was_out, now_out):
        steps = reaching.steps(before.seen, before.data, old, first)
        later = reaching.steps(after.seen, after.data, new, second)
        if steps != later:
            more = (Counter(steps) - Counter(later)) + (Counter(later) - Counter(steps))
            fields = {name for name, _ in more or steps if name}
            return _reached(fields, [first.written])
    return ""


def _reached(fields: Collection[str], left_out: Collection[str]) -> str:
    field = min(fields, key=reaching.FIELDS.index)
    return f"its {field} differ, which may reach {', '.join(left_out)}, left out here"


def _pairs(
    old: Collection[Reference], new: Collection[Reference]
) -> Iterator[tuple[Reference, Reference]]:
    """Both sides leave out the same; in the same order, whatever the order of files."""

    def key(reference: Reference) -> tuple[str, ...]:
        return reference.source, *_named(reference)

    return zip(sorted(old, key=key), sorted(new, key=key), strict=True)


def _named(reference: Reference) -> tuple[str, str]:
    return NEEDS[reference.status], reference.written


def _entry(side: Side, reference: Reference) -> tuple[str, str, str, str]:
    span = reference.entry or reference.span
    data = side.data(span.path) or b""
    return reference.source, *_named(reference), digest(data[span.start : span.end])


def _reads(side: Side, reference: Reference, path: str) -> bool:
    """May what is left out be made of a file: its own, in its directory, or named by its own?"""
    kustomization = side.seen.repository.kustomizations.get(reference.source)
    for other in kustomization.references if kustomization is not None else ():
        where = other.target
        if where is None or (other.entry or other.span) != (reference.entry or reference.span):
            continue
        if path == where or path.startswith(f"{where}/"):
            return True
        if posixpath.basename(path).encode() in (side.data(where) or b""):
            return True
    return False


def patched(entry: Content, text: bytes) -> Iterator[tuple[str, str]]:
    """(Kind, name) of what a patch is for; no name: all that its target selects."""
    target = entry.get("target")
    if isinstance(target, dict):
        name = str(target.get("name") or "")
        plain = name if re.fullmatch(r"[\w-]*", name) else ""
        yield str(target.get("kind") or "resource"), plain
        return
    try:
        documents = yamltext.parse(text)
    except YamlError:
        documents = ()
    for document in documents:
        metadata = document.get("metadata") if isinstance(document, dict) else None
        if isinstance(document, dict) and isinstance(metadata, dict):
            yield str(document.get("kind") or "resource"), str(metadata.get("name") or "")

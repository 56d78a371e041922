"""What a partial render lacks, and all that would reach it: the same on two sides, or not. Pure.

Nobody here sees what a remote base, a chart, a plugin or a file that git ignores brings. A plan
leaves it alone where the entry that brings it, the file it names and every transformer that reaches
all there is are what they were.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from analyzer.changes import digest
from analyzer.diff import canonical
from analyzer.graph import NEEDS
from analyzer.model import Reference, Rendered, Rendering
from analyzer.snapshot import Snapshot

# fields of a kustomization that reach what they do not name, or by what others may be called too
_SWEEPING = (
    "namespace", "namePrefix", "nameSuffix", "commonLabels", "labels", "commonAnnotations",
    "images", "replicas", "replacements", "vars", "configurations", "transformers", "crds",
    "openapi", "sortOptions", "buildMetadata",
)  # fmt: skip


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
    for one, other in ((old, new), (new, old)):
        if more := Counter(map(_named, one.omitted)) - Counter(map(_named, other.omitted)):
            return f"{next(iter(more))[-1]} is left out on one side only"
    entries = [
        sorted(_entry(side, reference) for reference in rendering.omitted)
        for side, rendering in ((before, old), (after, new))
    ]
    if entries[0] != entries[1]:
        return f"what is left out is written otherwise: {', '.join(names(new))}"
    for reference in new.omitted:
        for path in after.changed:
            if before.data(path) != after.data(path) and _reads(after, reference, path):
                return f"{path} differs, and what comes of it is not here"
    was, now = (Counter(_sweeping(side.seen, root)) for side in (before, after))
    if was != now:
        field = min({name for name, _ in (was - now) + (now - was)}, key=_SWEEPING.index)
        return f"its {field} differ, which may reach {', '.join(names(new))}, left out here"
    return ""


def _named(reference: Reference) -> tuple[str, str]:
    return NEEDS.get(reference.status, "entry"), reference.written


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


def _sweeping(seen: Snapshot, root: str) -> Iterator[tuple[str, str]]:
    """(Field, entry) of all that a root and what it builds on say about everything there is."""
    for part in seen.graph.closure(root):
        kustomization = seen.graph.kustomizations.get(part)
        for field in _SWEEPING if kustomization is not None else ():
            value = kustomization.settings.get(field) if kustomization is not None else None
            for item in value if isinstance(value, list) else [value]:
                if item is not None:
                    yield field, canonical(item)

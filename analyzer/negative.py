"""A tree before and after a plan → what must not have happened besides. Pure.

A render can be the same by chance: these look at what names what.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.model import Status
from analyzer.plans import Check
from analyzer.snapshot import Snapshot

_LOST = (Status.MISSING, Status.OUTSIDE)


def checks(before: Snapshot, after: Snapshot, files: Sequence[str]) -> Iterator[Check]:
    """Each question with its answer, always all of them, in the same order."""
    yield _check("nothing is referenced that was not, and nothing lost that was",
                 _states(before, after, files))  # fmt: skip
    yield _check("no reference leads nowhere now", _dangling(before, after))
    yield _check("every reconciler finds its path", _paths(before, after))
    yield _check("nothing new is wrong with a kustomization", _defects(before, after))


def _check(name: str, wrong: Iterator[str]) -> Check:
    said = next(wrong, None)
    return Check(name, said is None, said or "")


def _states(before: Snapshot, after: Snapshot, files: Sequence[str]) -> Iterator[str]:
    """Files and roots that somebody names on one side only, and new ones that nobody does."""
    old, new = before.repository.files, after.repository.files
    for path in sorted(old.keys() & new.keys()):
        was, now = _is_named(before, path), _is_named(after, path)
        if was != now:
            yield f"{path}: {'is referenced now, and was not' if now else 'is orphaned'}"
    roots = before.graph.kustomizations.keys() & after.graph.kustomizations.keys()
    for root in sorted(roots):
        was, now = bool(before.graph.downstream.get(root)), bool(after.graph.downstream.get(root))
        if was != now:
            yield f"{root or '.'}: {'is built on now, and was not' if now else 'is orphaned'}"
    for root in sorted(after.graph.kustomizations.keys() - before.graph.kustomizations.keys()):
        if not after.graph.downstream.get(root):
            yield f"{root or '.'}: nobody builds on it"
    own = {k.path for k in after.graph.kustomizations.values()}
    for path in files:
        if path in new and path not in old and path not in own and not _is_named(after, path):
            yield f"{path}: nobody references it"


def _is_named(side: Snapshot, path: str) -> bool:
    return bool(side.graph.naming(path))


def _dangling(before: Snapshot, after: Snapshot) -> Iterator[str]:
    known = {
        (r.source, r.field, r.written)
        for k in before.repository.kustomizations.values()
        for r in k.references
        if r.status in _LOST
    }
    for root, kustomization in sorted(after.repository.kustomizations.items()):
        for r in kustomization.references:
            if r.status in _LOST and (root, r.field, r.written) not in known:
                yield f"{r.span}: {r.written} leads nowhere now"


def _paths(before: Snapshot, after: Snapshot) -> Iterator[str]:
    there = {(d.object.kind, d.object.namespace, d.object.name, d.written): d.root
             for d in after.deployments}  # fmt: skip
    for d in before.deployments:
        name = d.object.kind, d.object.namespace, d.object.name, d.written
        if d.root is not None and there.get(name) != d.root:
            yield f"{d.object.declared}: {d.object.name} no longer finds {d.written}"


def _defects(before: Snapshot, after: Snapshot) -> Iterator[str]:
    known = {(c.path, c.message) for found in before.defects.values() for c in found}
    for root in sorted(after.defects):
        for cause in after.defects[root]:
            if (cause.path, cause.message) not in known:
                yield str(cause)

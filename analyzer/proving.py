"""Planned files → a proof: both sides followed and rendered, compared unit by unit.

Nothing is written, and nothing is taken on trust: the real engine builds both sides.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence

from analyzer import gitio, looking, mutations, unseen, verdicts
from analyzer.applying import Applied
from analyzer.bench import After, Bench, planned
from analyzer.changes import FileChange, digest
from analyzer.deliveries import APPLICATION
from analyzer.model import RenderFailure
from analyzer.negative import checks
from analyzer.plans import PROVED, Check, Mutation, Proof, UnitProof, Verdict, worst
from analyzer.snapshot import Snapshot


def prove(now: Bench, changes: Sequence[FileChange], wanted: Iterable[Mutation] = ()) -> Proof:
    """Both sides, every root a changed file reaches, and every reconciler; then the checks.

    Raises StaleError where a file is not what the plan was made for.
    """
    after = planned(now, changes)
    before_count, options = now.renders, now.options
    flux = looking.followed(after.checkout, after.seen, options, after.render)
    after.seen = looking.by_argo(after.checkout, flux, options, after.render)
    more = (r for s in (now.seen, after.seen) for r in s.graph.affected(
        after.files, s.repository.links))  # fmt: skip
    after.affected |= frozenset(more)
    units = (*_applied(now, after), *_alone(now, after))
    found = [*checks(now.seen, after.seen, after.files), _kept(now, changes)]
    verdict = worst(unit.verdict for unit in units)
    todo = tuple(wanted)
    if verdict in PROVED and all(check.passed for check in found):
        found += [mutations.patches(after, changes), *mutations.followed(after, todo)]
    failed = next((check for check in found if not check.passed), None)
    if failed is not None:
        verdict = "refused" if verdict != "unprovable" else verdict
    renders = after.renders + now.renders - before_count
    reason = _reason(verdict, units, failed)
    return Proof(verdict, reason, tuple(units), tuple(found), todo, renders)


def _kept(now: Bench, changes: Sequence[FileChange]) -> Check:
    """A new file that git ignores would be there for who applies the plan, and for nobody else."""
    new = [c.path for c in changes if c.before is None or c.moved_from is not None]
    folders = {folder for path in new for folder in _above(path)}
    ignored = gitio.ignored(now.checkout.tree, {*new, *folders})
    hidden = sorted(path for path in new if ignored & {path, *_above(path)})
    said = f"{hidden[0]}: git ignores it, so that it would not be committed" if hidden else ""
    return Check("git ignores no file that comes", not hidden, said)


def _above(path: str) -> Iterator[str]:
    """The directories that a path is in."""
    while path := posixpath.dirname(path):
        yield path


def _reason(verdict: Verdict, units: Sequence[UnitProof], failed: Check | None) -> str:
    one = next((u for u in units if u.verdict == verdict and u.reason), None)
    if one is None:
        return failed.said if failed is not None else ""
    name = one.by or one.root or "."
    first = f": {one.differences[0]}" if one.differences else ""
    return f"{name} {one.reason}{first}"


def _applied(now: Bench, after: After) -> Iterator[UnitProof]:
    """Every reconciler that is reached, and every one that is on one side only."""
    before, later = _by_key(now.seen), _by_key(after.seen)
    both = sides(now, after)
    for key in {**before, **later}:
        one, other = before.get(key), later.get(key)
        if one is None or other is None:
            known = one or other
            assert known is not None
            said = "is not applied any more" if other is None else "is applied now, and was not"
            name = f"{known.object.ref.namespace}/{known.object.ref.name}"
            yield UnitProof(known.place.root or "", name, str(known.seat), "refused", said)
            continue
        untouched = one.rendering is other.rendering and one.place.root not in after.affected
        if untouched and _use(one) == _use(other):
            continue
        unit = verdicts.of_applied(one, other, both)
        if unit is not None:
            yield unit


def sides(now: Bench, after: After) -> verdicts.Sides:
    """Both trees, to see whether what is left out of a render is left as it was."""
    return (
        unseen.Side(now.seen, now.checkout.listing.data),
        unseen.Side(after.seen, after.checkout.listing.data, after.files),
    )


def _by_key(seen: Snapshot) -> dict[tuple[str | None, ...], Applied]:
    return {(*o.key, o.place.root if o.object.ref.kind == APPLICATION else None): o
            for o in seen.applied}  # fmt: skip


def _use(one: Applied) -> tuple[object, ...]:
    return one.object.spec, one.variables, one.strict, one.missing, one.place.root


def _alone(now: Bench, after: After) -> Iterator[UnitProof]:
    """Every root that is reached, as kustomize by itself builds it.

    One that does not build by itself, and does as a part of another, is proved there.
    """
    old, new = now.seen.graph.kustomizations, after.seen.graph.kustomizations
    wanted = sorted(after.affected)
    both = sides(now, after)
    before = now.alone(r for r in wanted if _is_built(now.seen, r))
    later = after.alone(r for r in wanted if _is_built(after.seen, r))
    for root in wanted:
        one, other = before.get(root), later.get(root)
        if one is None and other is None:
            if root in old and root not in new:
                yield UnitProof(root, "", "", "refused", "is no more")
            continue
        if other is None:
            yield UnitProof(root, "", "", "refused", "is no more")
        elif one is None:
            if isinstance(other, RenderFailure):
                causes = "; ".join(map(str, other.causes))
                yield UnitProof(root, "", "", "refused", f"does not build: {causes}")
        elif not isinstance(one, RenderFailure) or _is_top(now.seen, root):
            yield verdicts.of_root(root, one, other, both)


def _is_built(seen: Snapshot, root: str) -> bool:
    kustomization = seen.graph.kustomizations.get(root)
    return (
        kustomization is not None
        and not kustomization.generated
        and kustomization.kind != "Component"
    )


def _is_top(seen: Snapshot, root: str) -> bool:
    """Does nobody else build it?"""
    applied = any(one.place.root == root for one in seen.applied)
    return not applied and not seen.graph.downstream.get(root)


def inputs(now: Bench, changes: Sequence[FileChange]) -> tuple[tuple[str, str], ...]:
    """Digests of every file that the roots a plan reaches were built from, by path."""
    files = {p for c in changes for p in (c.path, c.moved_from) if p is not None}
    graph = now.seen.graph
    affected = graph.affected(files, now.seen.repository.links)
    paths = {path for root in affected for path in graph.reads(root)}
    wanted = sorted(paths & now.seen.repository.files.keys())
    read = now.checkout.listing.read(wanted)
    return tuple((path, digest(read[path])) for path in wanted if path in read)

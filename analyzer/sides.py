"""A tree as it is and as it was → two snapshots, with only those renders that may differ.

What cannot have changed is rendered once for both sides, or not at all: where nothing changed that
a root reads, and it says nothing that other objects depend on, both sides get the same of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from analyzer import explaining, gitio, kustomize, loader, looking
from analyzer.applying import Applied
from analyzer.deliveries import APPLICATION
from analyzer.gitio import Since
from analyzer.loader import Checkout
from analyzer.looking import Options, View
from analyzer.model import Rendered, Rendering, RenderKey
from analyzer.snapshot import Snapshot
from analyzer.telling import Wanted, speaks, wanted

_ROUNDS = 5  # of skipping less; then nothing is skipped any more


@dataclass(frozen=True, slots=True)
class Sides:
    """A change: what a tree was, and what it is.

    `files` are the files and links that differ. `affected` has the roots whose render may differ
    on either side, and which of the files reach each. `same` are renders that are the same on both
    sides and were left out: nothing of them is in the snapshots.
    """

    since: Since
    files: tuple[str, ...]
    affected: Mapping[str, tuple[str, ...]]
    before: View
    after: View
    same: frozenset[RenderKey] = frozenset()


def since(options: Options, revision: str, *, skip: bool = True) -> Sides:
    """The tree as it is beside what it was where its branch left a revision.

    Both are placed by today's layout and configuration. With `skip` what is the same on both sides
    and tells nobody anything is not rendered at all. Raises AnalyzerError for an unknown revision.
    """
    after, now = looking.load(options)
    begun = gitio.since(after.tree, revision)
    blobs = gitio.blobs(after.tree, begun.commit)
    before = loader.at_revision(after, blobs, partial(gitio.read_blobs, after.tree), gitio.ignored)
    then = looking.as_written(before, now.config, now.layout)
    files = loader.changed(before, after)
    if not options.render:
        affected = _affected(files, then, now)
        return Sides(begun, files, affected, View(before, then), View(after, now))
    heard = wanted(data for side in (before, after) for data in _yaml(side)) if skip else None
    made = _Shared(files, heard)
    for last in range(_ROUNDS, -1, -1):
        made.heard = heard if last else None
        old = _applied(before, then, options, made)
        new = _applied(after, now, options, made)
        more = frozenset(_differing(old, new, made.same)) - made.forced
        if not more:
            break
        made.forced |= more
        made.same -= more
    affected = _affected(files, old, new)
    old = _alone(before, old, set(affected), options, made)
    new = _alone(after, new, set(affected), options, made)
    same = frozenset(made.same) if last else frozenset()
    return Sides(begun, files, affected, View(before, old), View(after, new), same)


def in_full(options: Options, revision: str) -> tuple[Snapshot, Snapshot]:
    """Both sides as a standard run sees them, by the configuration of the revision."""
    after = loader.load(options.directory, gitio.ignored)
    blobs = gitio.blobs(after.tree, gitio.since(after.tree, revision).commit)
    before = loader.at_revision(after, blobs, partial(gitio.read_blobs, after.tree), gitio.ignored)
    settings = looking.configured(options, before)
    today = looking.today(after, settings)
    made = _Shared(loader.changed(before, after), None)
    old, new = (
        _whole(side, replace(looking.as_written(side, settings), today=today), options, made)
        for side in (before, after)
    )
    return old, new


def _whole(checkout: Checkout, seen: Snapshot, options: Options, made: _Shared) -> Snapshot:
    if not options.render:
        return seen
    seen = _applied(checkout, seen, options, made)
    roots = looking.to_render(seen, options.all_roots)
    keys = tuple(key for key in map(RenderKey, roots) if key not in seen.renderings)
    renders = made.render(checkout, seen, keys, options, {})
    seen = replace(seen, renderings={**seen.renderings, **{r.key: r for r in renders}})
    return explaining.explained(checkout, seen, options, prove=True)


def changed(change: Sides) -> Iterator[tuple[Snapshot, Applied]]:
    """Applied objects that make something else than before, or of which that is not known."""
    old, new = change.before.snapshot, change.after.snapshot
    before, after = _by_key(old), _by_key(new)
    for key in {**before, **after}:
        one, other = before.get(key), after.get(key)
        if one is None or other is None or not _is_same(one, other, change.affected.keys()):
            yield from ((side, a) for side, a in ((new, other), (old, one)) if a is not None)


def _by_key(seen: Snapshot) -> dict[tuple[str | None, ...], Applied]:
    """Applied objects; an Application has several sources, each for a directory of its own."""
    return {(*o.key, o.place.root if o.object.ref.kind == APPLICATION else None): o
            for o in seen.applied}  # fmt: skip


def _is_same(one: Applied, other: Applied, affected: Collection[str]) -> bool:
    full = one.is_seen and other.is_seen and not one.problems and not other.problems
    if full and one.place.root == other.place.root:
        return one.resources == other.resources and _use(one)[0] == _use(other)[0]
    return _use(one) == _use(other) and one.place.root not in affected


def _yaml(checkout: Checkout) -> Iterator[bytes]:
    return (f.data for f in checkout.repository.files.values() if f.data is not None)


def _affected(files: tuple[str, ...], old: Snapshot, new: Snapshot) -> dict[str, tuple[str, ...]]:
    """By references on both sides: what was removed reached something too."""
    found: dict[str, set[str]] = {}
    for side in (old, new):
        for root, by in side.graph.affected(files, side.repository.links).items():
            found.setdefault(root, set()).update(by)
    return {root: tuple(sorted(by)) for root, by in sorted(found.items())}


def _applied(checkout: Checkout, seen: Snapshot, options: Options, made: _Shared) -> Snapshot:
    """With what Flux and Argo CD apply."""
    flux = looking.followed(checkout, seen, options, made.render)
    return looking.by_argo(checkout, flux, options, made.render)


def _alone(
    checkout: Checkout, seen: Snapshot, affected: set[str], options: Options, made: _Shared
) -> Snapshot:
    """With the affected roots that no reconciler builds."""
    roots = (r for r in looking.deployed(seen, options.all_roots) if r in affected)
    keys = tuple(key for key in map(RenderKey, roots) if key not in seen.renderings)
    renders = made.render(checkout, seen, keys, options, {})
    return replace(seen, renderings={**seen.renderings, **{r.key: r for r in renders}})


def _differing(old: Snapshot, new: Snapshot, same: set[RenderKey]) -> Iterator[RenderKey]:
    """Renders that were left out, and of which one side makes something else than the other."""
    before, after = _by_key(old), _by_key(new)
    for key in before.keys() | after.keys():
        one, other = before.get(key), after.get(key)
        if one is None or other is None or _use(one) != _use(other):
            built = (a.rendering for a in (one, other) if a is not None)
            yield from (r.key for r in built if r is not None and r.key in same)


def _use(one: Applied) -> tuple[object, ...]:
    """What makes of a render what the cluster gets."""
    key = None if one.rendering is None else one.rendering.key
    return key, one.object.spec, one.variables, one.strict, one.missing, one.place.root


@dataclass(slots=True)
class _Shared:
    """Renders for both sides: what no changed file reaches is made once, or left out.

    `heard` is what anybody listens to (None: everything is rendered); `same` was left out.
    """

    files: tuple[str, ...]
    heard: Wanted | None
    made: dict[RenderKey, Rendering] = field(default_factory=dict)
    same: set[RenderKey] = field(default_factory=set)
    forced: frozenset[RenderKey] = frozenset()
    _told: dict[str, bool] = field(default_factory=dict)  # files that say something, by path

    def render(
        self,
        checkout: Checkout,
        written: Snapshot,
        keys: tuple[RenderKey, ...],
        options: Options,
        flux: Mapping[RenderKey, kustomize.Flux],
    ) -> tuple[Rendering, ...]:
        """What `looking.render` does, with what is known already."""
        graph = written.graph
        affected = graph.affected(self.files, written.repository.links) if keys else {}
        roots = {key: (key.root, *(flux[key].components if key in flux else ())) for key in keys}
        common = {key for key in keys if affected.keys().isdisjoint(roots[key])}
        known: dict[RenderKey, Rendering] = {}
        for key in common:
            if key in self.made:
                known[key] = self.made[key]
            elif key not in self.forced and not any(
                self._tells(checkout, written, root) for root in roots[key]
            ):
                self.same.add(key)
                known[key] = Rendered(key, ())
        left = tuple(key for key in keys if key not in known)
        for rendering in looking.render(checkout, written, left, options, flux):
            known[rendering.key] = rendering
            if rendering.key in common and isinstance(rendering, Rendered):
                self.made[rendering.key] = rendering
        return tuple(known[key] for key in keys)

    def _tells(self, checkout: Checkout, written: Snapshot, root: str) -> bool:
        """May something in the output of a root concern another object? If in doubt, it does."""
        if self.heard is None or self.heard.anything:
            return True
        for path in written.graph.reads(root):
            if path not in self._told:
                data = checkout.listing.data(path)
                self._told[path] = data is not None and speaks(data, self.heard)
            if self._told[path]:
                return True
        return False

"""A tree as it is, followed once, and the same with planned files: what proofs build on.

What is as it was is rendered once for every proof of a run. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from analyzer import gitio, kustomize, loader, looking
from analyzer.changes import FileChange
from analyzer.loader import Checkout
from analyzer.looking import Options
from analyzer.model import Rendering, RenderKey
from analyzer.snapshot import Snapshot

Flux = Mapping[RenderKey, kustomize.Flux]


@dataclass(slots=True)
class Bench:
    """A tree as it is, followed once; `made` are its renders, each made when first asked for."""

    options: Options
    checkout: Checkout
    seen: Snapshot
    made: dict[RenderKey, Rendering] = field(default_factory=dict)
    renders: int = 0

    def render(
        self,
        checkout: Checkout,
        written: Snapshot,
        keys: tuple[RenderKey, ...],
        options: Options,
        flux: Flux,
    ) -> tuple[Rendering, ...]:
        """Renders of the tree as it is."""
        left = tuple(key for key in keys if key not in self.made)
        self.renders += len(left)
        for rendering in looking.render(checkout, written, left, options, flux):
            self.made[rendering.key] = rendering
        return tuple(self.made[key] for key in keys)

    def alone(self, roots: Iterable[str]) -> dict[str, Rendering]:
        """Roots as kustomize by itself builds them, in the tree as it is."""
        keys = tuple(RenderKey(root) for root in roots)
        return {
            r.key.root: r for r in self.render(self.checkout, self.seen, keys, self.options, {})
        }


def bench(options: Options, *, rendered: bool = False) -> Bench:
    """Load a tree and follow who applies what; `rendered`: with a render of each deployed root."""
    checkout, written = looking.load(options)
    made = Bench(options, checkout, written)
    flux = looking.followed(checkout, written, options, made.render)
    made.seen = looking.by_argo(checkout, flux, options, made.render)
    if rendered and options.render:
        wanted = map(RenderKey, looking.to_render(made.seen, options.all_roots))
        keys = tuple(key for key in wanted if key not in made.seen.renderings)
        more = {r.key: r for r in made.render(checkout, made.seen, keys, options, {})}
        made.seen = replace(made.seen, renderings={**made.seen.renderings, **more})
    return made


@dataclass(slots=True)
class After:
    """The tree as a plan makes it. `affected` are roots a changed file reaches, on either side."""

    bench: Bench
    checkout: Checkout
    files: tuple[str, ...]
    seen: Snapshot
    affected: frozenset[str] = frozenset()
    made: dict[RenderKey, Rendering] = field(default_factory=dict)
    renders: int = 0

    def render(
        self,
        checkout: Checkout,
        written: Snapshot,
        keys: tuple[RenderKey, ...],
        options: Options,
        flux: Flux,
    ) -> tuple[Rendering, ...]:
        """Renders with the plan; what none of its files reaches is as it was."""
        affected = (
            self.affected | written.graph.affected(self.files, written.repository.links).keys()
        )
        known: dict[RenderKey, Rendering] = {}
        for key in keys:
            roots = (key.root, *(flux[key].components if key in flux else ()))
            if key in self.made:
                known[key] = self.made[key]
            elif key in self.bench.made and affected.isdisjoint(roots):
                known[key] = self.bench.made[key]
        left = tuple(key for key in keys if key not in known)
        self.renders += len(left)
        for rendering in looking.render(checkout, written, left, options, flux):
            self.made[rendering.key] = known[rendering.key] = rendering
        return tuple(known[key] for key in keys)

    def alone(self, roots: Iterable[str]) -> dict[str, Rendering]:
        """Roots as kustomize by itself builds them."""
        keys = tuple(RenderKey(root) for root in roots)
        options = self.bench.options
        return {r.key.root: r for r in self.render(self.checkout, self.seen, keys, options, {})}


def planned(now: Bench, changes: Sequence[FileChange]) -> After:
    """The tree with the plan, as its files say. Raises StaleError where the plan does not fit."""
    checkout = loader.planned(now.checkout, changes, gitio.ignored)
    written = looking.as_written(checkout, now.seen.config, now.seen.layout)
    files = tuple(sorted({p for c in changes for p in (c.path, c.moved_from) if p is not None}))
    affected = frozenset(
        root
        for side in (now.seen, written)
        for root in side.graph.affected(files, side.repository.links)
    )
    return After(now, checkout, files, written, affected)

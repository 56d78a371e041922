"""Directories of roots → the Layout they seem to follow. Says what it saw; never guesses silently.

What stands before and after an environment gives patterns; roots in no environment are placed by
component alone. Patterns that place nothing are dropped.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from analyzer.holders import BASES, HOLDERS, OVERLAYS, STRUCTURAL, Holder, Path, holders
from analyzer.layout import Layout, by_rank, compiled

_CONTAINERS = frozenset(  # directories that only hold others
    ("kubernetes", "k8s", "cluster", "clusters", "manifests", "deploy", "deployments", "gitops",
     "argocd", "flux", "kustomize", "environments", "envs", "overlays", "components")
)  # fmt: skip
_CATEGORIES = frozenset(
    ("apps", "applications", "application", "app", "infrastructure", "infra", "monitoring",
     "platform", "services", "core", "system", "tenants", "addons", "observability", "networking",
     "security", "storage", "databases", "common", "workloads", "operators", "teams")
)  # fmt: skip
_ENTRY = "flux-system"
_WORTH = 0.03  # share of the roots that must belong to environments for there to be any

Shape = tuple[str, bool]  # a pattern, and whether it is one for bases


def detect(roots: Iterable[str], name: str, prefix: str = "") -> Layout:
    """The layout of these root directories (tree paths; only those below `prefix` count).

    `name` is what the only component is called where a base stands for the whole.
    """
    paths = tuple(sorted(_inside(roots, prefix)))
    tree = _tree(paths)
    environments = by_rank(e for holder in tree.holders for e in holder.environments)
    shapes = Counter(shape for holder in tree.holders for shape in _shapes(holder, tree))
    placing = [compiled(pattern, environments) for pattern, _ in shapes]
    rest = [path for path in paths if not any(p.fullmatch("/".join(path)) for p in placing)]
    shapes.update(dict.fromkeys(_without_environment(rest, tree), 0))
    ordered = sorted(shapes, key=lambda shape: _specific_first(shape, shapes[shape]))
    used = Counter(shape for path in paths if (shape := _placing(path, ordered, environments)))
    return Layout(
        patterns=tuple(shape[0] for shape in ordered if used[shape] and not shape[1]),
        base=tuple(shape[0] for shape in ordered if used[shape] and shape[1]),
        environments=environments,
        source="detected",
        confidence=round(used.total() / len(paths), 2) if paths else 0.0,
        prefix=prefix,
        fallback=name,
    )


def _inside(roots: Iterable[str], prefix: str) -> Iterator[Path]:
    """The paths of roots as seen from the analysed directory; that itself is no place."""
    for root in roots:
        if root != prefix and (not prefix or root.startswith(prefix + "/")):
            yield tuple(root[len(prefix) + 1 if prefix else 0 :].split("/"))


def _specific_first(shape: Shape, shown: int) -> tuple[bool, bool, int, int, int, str]:
    """Bases go first: `base` is no cluster. Then what says more, then what more holders show."""
    pattern, base = shape
    parts = pattern.split("/")
    literal = sum("{" not in part and part != "**" for part in parts)
    return (not base, "**" in parts, -len(parts), -literal, -shown, pattern)


def _placing(path: Path, shapes: list[Shape], environments: tuple[str, ...]) -> Shape | None:
    """The first shape that places a path, as Layout.place looks for it."""
    text = "/".join(path)
    for pattern, base in shapes:
        if compiled(pattern, () if base else environments).fullmatch(text):
            return pattern, base
    return None


@dataclass(frozen=True, slots=True)
class _Tree:
    """The directories above roots: `tails` has the rest of each path that goes through one."""

    tails: Mapping[Path, tuple[Path, ...]]
    holders: tuple[Holder, ...]

    def names(self, path: Path) -> set[str]:
        """The sub-directories of a directory."""
        return {tail[0] for tail in self.tails.get(path, ()) if tail}

    def below(self, holder: Holder) -> list[tuple[str, Path]]:
        """(the name among the environments, what stands below it) of the roots of a holder."""
        return [(tail[0], tail[1:]) for tail in self.tails[holder.path]
                if tail and holder.holds((*holder.path, tail[0]))]  # fmt: skip

    def bases(self, holder: Holder) -> list[Path]:
        """The bases among the environments, and those beside `overlays` itself."""
        found = [(*holder.path, base) for base in holder.bases]
        if holder.path and holder.path[-1] in OVERLAYS:
            beside = self.names(holder.path[:-1])
            found += [(*holder.path[:-1], base) for base in BASES if base in beside]
        return found

    def holds_components(self, holder: Holder) -> bool:
        """Is the same below an environment as in a base? Then a category holds components."""
        based = {name for base in self.bases(holder) for name in self.names(base)}
        return bool(based & {tail[0] for _, tail in self.below(holder) if tail} - STRUCTURAL)


def _tree(paths: tuple[Path, ...]) -> _Tree:
    """With holders that are worth it: not those in vendored components, not too small a part."""
    tails: dict[Path, list[Path]] = defaultdict(list)
    for path in paths:
        for depth in range(len(path) + 1):
            tails[path[:depth]].append(path[depth:])
    tree = _Tree({path: tuple(rest) for path, rest in tails.items()}, ())
    found = holders({path: tree.names(path) for path in tails if tree.names(path)})
    known = HOLDERS | _CATEGORIES | _CONTAINERS
    kept = tuple(
        holder
        for holder in found
        if not holder.path or holder.path[-1] in known or holder.owner[-1] not in STRUCTURAL
    )
    held = sum(any(holder.holds(path) for holder in kept) for path in paths)
    return _Tree(tree.tails, kept if held >= _WORTH * len(paths) else ())


# patterns with an environment -----------------------------------------------------------------


def _shapes(holder: Holder, tree: _Tree) -> Iterator[Shape]:
    """Patterns of what stands at and below the environments of a holder, and in its bases."""
    before, names_component = _before(holder, tree)
    known = "/".join((*before, holder.form))
    bases = tree.bases(holder)
    if names_component:
        after = _below_component(tree.below(holder), known)
    else:
        based = [tail for base in bases for tail in tree.tails[base]]
        after = _below_environment(tree.below(holder), based, known)
    for tail in after:
        yield "/".join((known, *tail)), False
    for base in bases:
        stem = before if len(base) > len(holder.path) else before[:-1]
        for tail in after:
            if STRUCTURAL.isdisjoint(tail):
                inside = (part for part in tail if part != "{cluster}")
                yield "/".join((*stem, base[-1], *inside)), True


def _before(holder: Holder, tree: _Tree) -> tuple[Path, bool]:
    """The segments before the environment as a pattern, and whether one names the component."""
    if not holder.path:
        return (), False
    overlays = holder.path[len(holder.owner) :]
    *parents, last = holder.owner
    alike = [other for other in tree.holders if len(other.path) == len(holder.path)]
    if not overlays and (last in HOLDERS or (last in _CONTAINERS and _is_alone(holder, alike))):
        return (*parents, last), False
    if last in _CATEGORIES or _most(tree.holds_components(other) for other in alike):
        return (*parents, "{category}", *overlays), False
    several = len({other.path for other in alike}) > 1
    if parents and parents[-1] not in _CONTAINERS and (parents[-1] in _CATEGORIES or several):
        return (*parents[:-1], "{category}", "{component}", *overlays), True
    return (*parents, "{component}", *overlays), True


def _is_alone(holder: Holder, alike: list[Holder]) -> bool:
    """Beside `web/{dev,prod}`, `gitops/{dev,prod}` is a component too."""
    beside = {other.owner[-1] for other in alike if other.owner[:-1] == holder.owner[:-1]}
    return beside <= _CONTAINERS | _CATEGORIES


def _below_component(tails: list[tuple[str, Path]], known: str) -> list[Path]:
    """Below a component's environment: clusters, where there are directories that could be some."""
    named = any(len(tail) == 1 and tail[0] not in STRUCTURAL for _, tail in tails)
    if not named or "{cluster}" in known:
        return [(), ("**",)]
    bases = (tail for base in BASES for tail in ((base,), (base, "**")))
    return [(), *bases, ("{cluster}",), ("{cluster}", "**")]


def _below_environment(tails: list[tuple[str, Path]], based: list[Path], known: str) -> list[Path]:
    """Below an environment: clusters, categories with components, or components.

    `based` is what stands below bases, which have no clusters. `known` is the pattern so far: what
    it has does not come again.
    """
    inside = [(name, tail) for name, tail in tails if tail and tail[0] != _ENTRY]
    found: list[Path] = [(), (_ENTRY,)]
    if "{cluster}" not in known and _are_clusters(inside):
        deeper = [(f"{name}/{tail[0]}", tail[1:]) for name, tail in inside]
        below = _below_environment(deeper, based, known + "/{cluster}")
        return [*found, *(("{cluster}", *tail) for tail in below)]
    holding: dict[str, set[str]] = defaultdict(set)
    for tail in (*(tail for _, tail in inside), *filter(None, based)):
        holding[tail[0]].update(name for name in tail[1:2] if name not in STRUCTURAL)
    if not holding:
        return found
    categories = [name in _CATEGORIES or len(names) > 1 for name, names in holding.items()]
    if "{category}" not in known and sum(categories) * 2 >= len(holding):
        return [*found, ("{category}",), ("{category}", "{component}", "**")]
    return [*found, ("{component}", "**")]


def _are_clusters(inside: list[tuple[str, Path]]) -> bool:
    """Do most directories hold what their neighbours hold? A component has one category only."""
    holding: dict[tuple[str, str], set[str]] = defaultdict(set)
    for environment, tail in inside:
        if tail[0] in _CATEGORIES:
            return False
        for name in tail[1:2]:
            holding[environment, name].add(tail[0])
    return _most(len(neighbours) > 1 for neighbours in holding.values())


def _most(answers: Iterable[bool]) -> bool:
    listed = list(answers)
    return sum(listed) * 2 > len(listed)


# patterns without one -------------------------------------------------------------------------


def _without_environment(rest: list[Path], tree: _Tree) -> Iterator[Shape]:
    """Patterns of roots in no environment: which segment names the component?"""
    groups: dict[Path, list[Path]] = defaultdict(list)
    for path in rest:
        container = _container(path, tree)
        groups[container].append(path[len(container) :])
    for container, tails in sorted(groups.items()):
        yield from _contained(container, tails)


def _container(path: Path, tree: _Tree) -> Path:
    """The leading directories that only hold others: `k8s/apps` of `k8s/apps/web/app`."""
    for depth, name in enumerate(path):
        below = tree.names(path[: depth + 1])
        if name in _CATEGORIES and below:
            return path[: depth + 1]
        if name not in _CONTAINERS or not below - STRUCTURAL:
            return path[:depth]
    return path


def _contained(container: Path, tails: list[Path]) -> Iterator[Shape]:
    """What a container holds: components, or categories of them; and bases."""
    is_category = bool(container) and container[-1] in _CATEGORIES
    before = (*container[:-1], "{category}") if is_category else container
    if () in tails:
        yield "/".join(before), False
    firsts = {tail[0] for tail in tails if tail}
    seconds = {tail[:2] for tail in tails if len(tail) > 1 and tail[1] not in STRUCTURAL}
    distinct = {name for _, name in seconds}
    if len(seconds) >= 1.5 * len(firsts) and len(distinct) >= 0.7 * len(seconds):
        yield "/".join((*container, "{category}", "{component}", "**")), False
        holding = {first for first, _ in seconds}
        if _most(tail[0] in holding for tail in tails if len(tail) == 1):
            yield "/".join((*container, "{category}")), False
    for base in firsts.intersection(BASES[:3]):
        yield "/".join((*before, base)), True
        yield "/".join((*before, base, "{component}", "**")), True
    if firsts:
        yield "/".join((*before, "{component}", "**")), False

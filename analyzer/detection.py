"""Directories of roots → the Layout they seem to follow. Says what it saw; never guesses silently.

An *environment holder* is a directory whose sub-directories are mostly named after environments
(`clusters/`, `apps/web/overlays/`). Each holder gives a pattern by what stands before and after
the environment; patterns are kept in the order of how many roots they place.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analyzer.layout import Layout, by_rank, compiled, rank

_HOLDERS = frozenset(("clusters", "environments", "envs", "env", "overlays", "stages", "cluster"))
_OVERLAYS = frozenset(("overlays", "overlay", "environments", "envs", "env", "stages"))
_BASES = ("base", "bases", "common", "shared", "_base")
_WEAK = frozenset(("test", "ci", "int", "kind", "live", "acc", "e2e", "testing", "integration"))
_CONTAINERS = frozenset(
    ("kubernetes", "k8s", "cluster", "clusters", "manifests", "deploy", "deployments", "gitops",
     "argocd", "flux", "kustomize", "environments", "envs", "overlays", "components")
)  # fmt: skip
_CATEGORIES = frozenset(
    ("apps", "applications", "application", "app", "infrastructure", "infra", "monitoring",
     "platform", "services", "core", "system", "tenants", "addons", "observability", "networking",
     "security", "storage", "databases", "common", "workloads", "operators", "teams")
)  # fmt: skip
_WORTH = 0.03  # share of the roots that must belong to environments for there to be any
_STRUCTURAL = frozenset((*_BASES, *_OVERLAYS, "default", "operator", "instance", "app", "upstream",
                         "aggregate", "components", "config", "configs", "resources"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Holder:
    path: tuple[str, ...]
    environments: tuple[str, ...]
    form: str  # {environment}, {environment}-{cluster} or {cluster}-{environment}
    bases: tuple[str, ...]


def detect(roots: Iterable[str], name: str, prefix: str = "") -> Layout:
    """The layout of these root directories (tree paths; only those below `prefix` count)."""
    paths = [tuple(path.split("/")) if path else ()
             for path in sorted(_below(root, prefix) for root in roots
                                if root == prefix or root.startswith(prefix + "/" if prefix else ""))]  # fmt: skip
    children: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for path in paths:
        for depth in range(len(path)):
            children[path[:depth]].add(path[depth])
    holders = [holder for path in sorted(children) for holder in _holders(path, children[path])]
    # an environment inside an environment (clusters/production/apps/test) is a component's name
    holders = [h for h in holders if not any(
        o is not h and len(o.path) < len(h.path) and h.path[: len(o.path)] == o.path
        and _is_environment(h.path[len(o.path)], o) for o in holders)]  # fmt: skip
    holders = _worth(holders, paths)
    patterns: Counter[str] = Counter()
    bases: Counter[str] = Counter()
    for holder in holders:
        for pattern, base in _patterns(holder, holders, paths, children):
            (bases if base else patterns)[pattern] += 1
    environments = by_rank(e for holder in holders for e in holder.environments)
    rest = [p for p in paths if not _placed("/".join(p), [*bases, *patterns], environments)]
    for pattern, base in _fallbacks(rest, children):
        (bases if base else patterns)[pattern] += 0
    return _scored(paths, patterns, bases, environments, name, prefix)


def _worth(holders: list[_Holder], paths: list[tuple[str, ...]]) -> list[_Holder]:
    """Without holders inside a vendored component, or all of them where they hold next to nothing."""
    kept = [h for h in holders
            if not h.path or h.path[-1] in _CATEGORIES | _CONTAINERS or _owner(h) not in _STRUCTURAL]  # fmt: skip
    held = sum(any(len(p) > len(h.path) and p[: len(h.path)] == h.path
                   and _is_environment(p[len(h.path)], h) for h in kept) for p in paths)  # fmt: skip
    return kept if held >= _WORTH * len(paths) else []


def _owner(holder: _Holder) -> str:
    """The directory a holder belongs to: `web` of `apps/web/overlays`."""
    path = holder.path[:-1] if holder.path[-1] in _OVERLAYS and len(holder.path) > 1 else holder.path
    return path[-1]


def _below(path: str, prefix: str) -> str:
    return path[len(prefix) + 1 :] if prefix else path


def _scored(paths: list[tuple[str, ...]], patterns: Mapping[str, int], bases: Mapping[str, int],
            environments: tuple[str, ...], name: str, prefix: str) -> Layout:  # fmt: skip
    """Keep the patterns that place something: longer ones first, then what more holders show."""
    ordered = sorted(patterns, key=lambda p: _specific_first(p, patterns[p]))
    based = sorted(bases, key=lambda p: _specific_first(p, bases[p]))
    used: Counter[str] = Counter()
    for path in paths:
        text = "/".join(path)
        for pattern in based:
            if compiled(pattern).fullmatch(text):
                used[pattern] += 1
                break
        else:
            for pattern in ordered:
                if compiled(pattern, environments).fullmatch(text):
                    used[pattern] += 1
                    break
    placed = sum(used.values())
    return Layout(
        patterns=tuple(p for p in ordered if used[p]), base=tuple(p for p in based if used[p]),
        environments=environments, source="detected",
        confidence=round(placed / len(paths), 2) if paths else 0.0,
        prefix=prefix, fallback=name,
    )  # fmt: skip


def _specific_first(pattern: str, holders: int) -> tuple[int, int, int, int, str]:
    parts = pattern.split("/")
    literal = sum("{" not in part and part != "**" for part in parts)
    return ("**" in parts, -len(parts), -holders, -literal, pattern)


def _placed(path: str, patterns: Iterable[str], environments: tuple[str, ...]) -> bool:
    return any(compiled(pattern, environments).fullmatch(path) for pattern in patterns)


def _holders(path: tuple[str, ...], names: set[str]) -> list[_Holder]:
    """Is this directory a holder? Half of its children must look like environments."""
    plain = {n for n in names if rank(n) is not None}
    bases = tuple(n for n in _BASES if n in names)
    named = bool(path) and path[-1] in _HOLDERS
    split = {n: parts for n in sorted(names - plain - set(bases)) if (parts := _split(n))}
    found = []
    others = len(names) - len(plain) - len(bases)
    strong = plain - _WEAK
    if plain and (strong or len(plain) > 1 or bases or named) and (
        len(plain) + len(split) + len(bases) >= others - len(split) or named
    ):
        found.append(_Holder(path, tuple(sorted(plain)), "{environment}", bases))
    alike = len(split) + len(plain)
    if split and alike > (1 if plain or named else 2) and alike * 2 >= len(names) - len(bases):
        for form in ("{environment}-{cluster}", "{cluster}-{environment}"):
            these = {n: parts for n, parts in split.items() if parts[1] == form}
            if these:
                environments = {parts[0] for parts in these.values()}
                if form.startswith("{environment}"):
                    clusters = {n.partition("-")[2] for n in these}
                    environments |= {n.partition("-")[0] for n in names - plain - these.keys()
                                     if n.partition("-")[2] in clusters}  # fmt: skip
                found.append(_Holder(path, tuple(sorted(environments)), form, bases))
    if not found and named and path[-1] in ("clusters", "environments", "envs"):
        others_named = tuple(sorted(names - set(bases)))
        if others_named:
            found.append(_Holder(path, others_named, "{environment}", bases))
    return found


def _split(name: str) -> tuple[str, str] | None:
    """(environment, form) of `prod-eu` or `eu-prod`."""
    parts = name.split("-")
    for take in (2, 1):
        if len(parts) > take:
            if rank("-".join(parts[:take])) is not None:
                return "-".join(parts[:take]), "{environment}-{cluster}"
            if rank("-".join(parts[-take:])) is not None:
                return "-".join(parts[-take:]), "{cluster}-{environment}"
    return None


def _is_environment(name: str, holder: _Holder) -> bool:
    return name in holder.environments or name in holder.bases or _split(name) is not None


def _patterns(holder: _Holder, holders: list[_Holder], paths: list[tuple[str, ...]],
              children: Mapping[tuple[str, ...], set[str]]) -> list[tuple[str, bool]]:  # fmt: skip
    """(pattern, is base) for what stands at and below a holder."""
    before, takes_component = _before(holder, holders)
    inside = [p[len(holder.path) + 1 :] for p in paths if len(p) > len(holder.path)
              and p[: len(holder.path)] == holder.path
              and _is_environment(p[len(holder.path)], holder)]  # fmt: skip
    if takes_component:
        clustered = holder.form == "{environment}" and _clusters(inside)
        after = [(), ("{cluster}",) if clustered else ("**",)]
    else:
        after = _after([p for p in inside if p], "{category}" in before)
    found = []
    for tail in after:
        found.append(("/".join((*before, holder.form, *tail)), False))
        found.extend(("/".join((*before, base, *tail)).replace("{cluster}", "**"), True)
                     for base in holder.bases)  # fmt: skip
    if before and before[-1] in _OVERLAYS:
        beside = children.get(holder.path[:-1], set())
        for base in _BASES:
            if base in beside:
                found.extend(("/".join((*before[:-1], base, *tail)).replace("{cluster}", "**"), True)
                             for tail in after)  # fmt: skip
    return found


def _before(holder: _Holder, holders: list[_Holder]) -> tuple[tuple[str, ...], bool]:
    """The segments before the environment as a pattern, and whether one names the component."""
    path = holder.path
    if not path:
        return (), False
    tail: tuple[str, ...] = ()
    if path[-1] in _OVERLAYS and len(path) > 1:
        path, tail = path[:-1], (path[-1],)
    last = path[-1]
    parents = path[:-1]
    if last in _CONTAINERS and not tail:
        return (*parents, last), False
    if last in _CATEGORIES:
        return (*parents, "{category}", *tail), False
    siblings = {h.path for h in holders if len(h.path) == len(holder.path)}
    if parents and (parents[-1] in _CATEGORIES or len(siblings) > 1) and parents[-1] not in _CONTAINERS:
        return (*parents[:-1], "{category}", "{component}", *tail), True
    return (*parents, "{component}", *tail), True


def _clusters(inside: list[tuple[str, ...]]) -> bool:
    """Are there directories right below the environments that are no bases of their own?"""
    return any(len(p) == 1 and p[0] not in _STRUCTURAL for p in inside)


def _after(inside: list[tuple[str, ...]], has_category: bool) -> list[tuple[str, ...]]:
    """What stands below an environment: categories with components, or components."""
    if not inside:
        return [()]
    firsts = {p[0] for p in inside if p[0] != "flux-system"}
    deeper: dict[str, set[str]] = defaultdict(set)
    for p in inside:
        if len(p) > 1 and p[1] not in _STRUCTURAL:
            deeper[p[0]].add(p[1])
    categories = {f for f in firsts if f in _CATEGORIES or len(deeper[f]) > 1}
    found: list[tuple[str, ...]] = [()]
    if any(p[0] == "flux-system" for p in inside):
        found.append(("flux-system",))
    if not has_category and firsts and len(categories) * 2 >= len(firsts):
        found += [("{category}",), ("{category}", "{component}", "**")]
    elif firsts:
        found.append(("{component}", "**"))
    return found


def _fallbacks(rest: list[tuple[str, ...]], children: Mapping[tuple[str, ...], set[str]]
               ) -> list[tuple[str, bool]]:  # fmt: skip
    """Patterns without an environment: which segment names the component?"""
    found: list[tuple[str, bool]] = []
    groups: dict[tuple[str, ...], list[tuple[str, ...]]] = defaultdict(list)
    for path in rest:
        literal: tuple[str, ...] = ()
        while len(path) > len(literal) and path[len(literal)] in _CONTAINERS | _CATEGORIES:
            literal = path[: len(literal) + 1]
            if path[len(literal) - 1] in _CATEGORIES:
                break
        groups[literal].append(path[len(literal) :])
    for literal, tails in sorted(groups.items()):
        first = Counter(t[0] for t in tails if t)
        second = {(t[0], t[1]) for t in tails if len(t) > 1 and t[1] not in _STRUCTURAL}
        names = Counter(name for _, name in second)
        before = literal
        if not first:
            if literal and literal[-1] in _BASES:
                found.append(("/".join(literal), True))
            continue
        if literal and literal[-1] in _CATEGORIES:
            before = (*literal[:-1], "{category}")
        nested = len(second) >= 1.5 * len(first) and len(names) >= 0.7 * len(second)
        if nested and "{category}" not in before:
            found.append(("/".join((*before, "{category}", "{component}", "**")), False))
        elif nested:
            found.append(("/".join((*literal, "{category}", "{component}", "**")), False))
        found.append(("/".join((*before, "{component}", "**")), False))
        found.extend(("/".join((*literal, base)), True) for base in _BASES if base in first
                     and any(t == (base,) for t in tails))  # fmt: skip
    return found


def describe(layout: Layout) -> str:
    """One sentence: what was chosen and how sure."""
    if layout.source == "config":
        return "Layout from groundplan.yaml."
    shapes = ", ".join((*layout.patterns, *layout.base)) or "none"
    return (f"Layout detected, placing {layout.confidence:.0%} of the roots: {shapes}. "
            "Pin it with `groundplan init`.")  # fmt: skip


def clean(name: str) -> str:
    """A directory name as a component name: `_base` is not one."""
    return re.sub(r"^[._]+", "", posixpath.basename(name)) or name

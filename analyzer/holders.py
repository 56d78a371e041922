"""Names of directories → holders: directories whose sub-directories are environments.

`clusters/` is one, and so is `apps/web/overlays/`. Only names are looked at; what speaks for a name
being that of an environment, and what against, is all said here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analyzer.layout import compiled, rank

Path = tuple[str, ...]

BASES = ("base", "bases", "_base", "common", "shared")
_SURE_BASES = frozenset(BASES[:3])
OVERLAYS = frozenset(("overlays", "overlay", "environments", "envs", "env", "stages"))
HOLDERS = OVERLAYS | {"clusters", "cluster"}
_ONLY_ENVIRONMENTS = frozenset(("clusters", "environments", "envs"))  # whatever they are called
_NEVER_HOLDERS = frozenset(("charts", "config", "crds", "e2e", "examples", "hack", "tests"))
_WEAK = frozenset(  # environments whose names are as often names of something else
    ("test", "ci", "int", "kind", "live", "acc", "e2e", "testing", "integration")
)
STRUCTURAL = frozenset(  # parts of a component, never one
    (*BASES, *OVERLAYS, "default", "operator", "instance", "app", "upstream", "aggregate",
     "components", "config", "configs", "resources")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Holder:
    """A directory, the environments in it, and how its sub-directories are named after them."""

    path: Path
    environments: tuple[str, ...]
    form: str  # {environment}, {environment}-{cluster} or {cluster}-{environment}
    bases: tuple[str, ...]

    @property
    def owner(self) -> Path:
        """The directory it belongs to: `apps/web` of `apps/web/overlays`."""
        return self.path[:-1] if len(self.path) > 1 and self.path[-1] in OVERLAYS else self.path

    def name_in(self, path: Path) -> str | None:
        """The sub-directory a path goes through; None if it does not go through the holder."""
        depth = len(self.path)
        return path[depth] if len(path) > depth and path[:depth] == self.path else None

    def holds(self, path: Path) -> bool:
        """Does the path go through one of the environments?"""
        name = self.name_in(path)
        return name is not None and bool(compiled(self.form, self.environments).fullmatch(name))


def holders(below: Mapping[Path, Iterable[str]]) -> tuple[Holder, ...]:
    """The holders among directories, given the names of their sub-directories.

    One inside an environment of another is none: of clusters/production/apps, `test` is a
    component.
    """
    found = [
        Holder(path, tuple(sorted(environments)), form, tuple(b for b in BASES if b in set(names)))
        for path, names in sorted(below.items())
        if not path or path[-1] not in _NEVER_HOLDERS
        for form, environments in _forms(path[-1] if path else "", set(names)).items()
    ]
    return tuple(
        inner
        for inner in found
        if not any(
            outer.holds(inner.path) or outer.name_in(inner.path) in outer.bases for outer in found
        )
    )


def _forms(directory: str, names: set[str]) -> dict[str, set[str]]:
    """The environments that the names in a directory speak of, by how they are written."""
    plain = {name for name in names if rank(name) is not None}
    split = [parts for name in sorted(names - plain) if (parts := _split(name)) is not None]
    others = {name for name in names - plain - set(BASES) if _split(name) is None}
    found: dict[str, set[str]] = defaultdict(set)
    for environment, cluster, form in split:
        found[form].add(environment)
        if form.startswith("{environment}"):  # load-gpu, where there is staging-gpu
            like = {name for name in others if name.partition("-")[2] == cluster}
            found[form] |= {name.partition("-")[0] for name in like}
            others -= like
    if directory in _ONLY_ENVIRONMENTS:
        plain |= others - STRUCTURAL
    elif directory in HOLDERS:
        if len(plain) + len(split) < max(2, len(others)):
            found.clear()
    elif not _are_environments(plain, split, others, not _SURE_BASES.isdisjoint(names)):
        return {}
    return {"{environment}": plain, **found} if plain else found


def _are_environments(
    plain: set[str], split: list[tuple[str, str, str]], others: set[str], has_base: bool
) -> bool:
    """Do these names mean environments, though the directory is not called after them?

    `dev-tools` and `test-runner` do not; `prod-eu` beside `staging` or `staging-eu` does. `kind`
    does not on its own, nor does a single `dev` among other names.
    """
    if len(others) > len(plain) + len(split) + has_base:
        return False
    if plain - _WEAK or (plain and has_base):
        return len(plain) + len(split) > 1 or has_base or not others
    if not split:
        return len(plain) > 1
    clusters = Counter(cluster for _, cluster, _ in split)
    environments = Counter(environment for environment, _, _ in split)
    return max(clusters.values()) > 1 or (max(environments.values()) > 1 and not others)


def _split(name: str) -> tuple[str, str, str] | None:
    """(environment, cluster, form) of `prod-eu` or `eu-prod`."""
    parts = name.split("-")
    for take in (2, 1):  # pre-prod-eu
        first, last = "-".join(parts[:take]), "-".join(parts[-take:])
        if len(parts) > take and rank(first) is not None:
            return first, "-".join(parts[take:]), "{environment}-{cluster}"
        if len(parts) > take and rank(last) is not None:
            return last, "-".join(parts[:-take]), "{cluster}-{environment}"
    return None

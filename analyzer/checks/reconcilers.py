"""What Flux would say of the objects that are followed: per cluster, from the entry points on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analyzer import findings as rules
from analyzer.applying import Applied, written_at
from analyzer.causes import shown
from analyzer.deployments import FLUX, patch_files
from analyzer.findings import Finding, Related, Rule
from analyzer.flux import KUSTOMIZATION
from analyzer.model import Content, Rendered, Seat, Span
from analyzer.snapshot import Snapshot

Name = tuple[str, str]  # namespace, name


def _written(snapshot: Snapshot) -> tuple[Applied, ...]:
    return tuple(
        one
        for one in snapshot.applied
        if not one.object.implicit and one.object.ref.kind == KUSTOMIZATION
    )


def _who(ones: Sequence[Applied]) -> str:
    """`apps (staging)`; one object of several clusters is named once."""
    seats = sorted(dict.fromkeys(str(one.seat) for one in ones))
    return f"{ones[0].object.ref.name} ({few(seats, 4)})"


def few(names: Sequence[str], most: int) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


@dataclass(frozen=True, slots=True, order=True)
class _Said:
    """What is said of an object; the same of one object in several clusters is said once."""

    at: Span
    name: str
    rule: str
    message: str


class _Findings:
    """Findings about objects, joined over clusters. Messages begin with the object."""

    def __init__(self) -> None:
        self.said: dict[_Said, tuple[Rule, list[Applied]]] = {}

    def add(self, rule: Rule, one: Applied, message: str) -> None:
        ref = one.object.ref
        key = _Said(ref.declared, ref.name, rule.id, message)
        self.said.setdefault(key, (rule, []))[1].append(one)

    def __iter__(self) -> Iterator[Finding]:
        for said, (rule, ones) in self.said.items():
            between = " " if said.message.startswith("is ") else ": "
            yield Finding(rule, f"{_who(ones)}{between}{said.message}", said.at)


def substitution(snapshot: Snapshot) -> Iterator[Finding]:
    """Variables that fail, are set by nobody, or come from what nobody makes."""
    found = _Findings()
    failing: dict[tuple[str, Span], list[Applied]] = defaultdict(list)
    hidden = unseen(snapshot)
    for one in _written(snapshot):
        for problem in one.problems:
            at = problem.at or one.object.ref.declared
            failing[problem.message, at].append(one)
        if one.unset and not one.problems:
            names = ", ".join(one.unset)
            found.add(rules.UNSET_VARIABLE, one, f"{names} {_are(one.unset)} set by nobody")
        for source in one.missing:
            message = f"takes variables from {source}, which nothing in the tree makes"
            outside = not source.startswith("Secret ") and hidden[one.seat]
            rule = rules.MADE_ELSEWHERE if outside else rules.DANGLING_SUBSTITUTES
            found.add(rule, one, message)
    for (message, at), ones in failing.items():
        spans = dict.fromkeys(one.object.ref.declared for one in ones)
        related = tuple(Related(span, "applies nothing because of it") for span in spans)
        by_name: dict[str, list[Applied]] = defaultdict(list)
        for one in ones:
            by_name[one.object.ref.name].append(one)
        who = few([_who(same) for _, same in sorted(by_name.items())], 3)
        others = tuple(r for r in related if r.location != at)
        yield Finding(rules.SUBSTITUTION_FAILS, f"{shown(message)}; fails {who}", at, others)
    yield from found


def _are(names: Iterable[str]) -> str:
    return "are" if len(tuple(names)) > 1 else "is"


Objects = Mapping[Name, Applied]


def _by_seat(snapshot: Snapshot) -> dict[Seat, dict[Name, Applied]]:
    found: dict[Seat, dict[Name, Applied]] = defaultdict(dict)
    for one in _written(snapshot):
        found[one.seat][one.object.ref.namespace, one.object.ref.name] = one
    return found


def unseen(snapshot: Snapshot, *, parts: bool = False) -> Mapping[Seat, tuple[Applied, ...]]:
    """By cluster, who applies there what is not known here.

    With `parts` also those of which a part is remote: that may be a workload, but hardly an object
    of this cluster's own Flux.
    """
    found: dict[Seat, tuple[Applied, ...]] = defaultdict(tuple)
    for one in snapshot.applied:
        in_part = isinstance(one.rendering, Rendered) and not parts
        if not one.is_seen and not in_part:
            found[one.target] += (one,)
    return found


def elsewhere(hidden: Sequence[Applied]) -> str:
    """Who may make what is not known here."""
    return few(sorted({one.object.ref.name for one in hidden}), 2)


def waiting(snapshot: Snapshot) -> Iterator[Finding]:
    """Waiting for what is not there, or in a circle."""
    found = _Findings()
    hidden = unseen(snapshot)
    for seat, objects in _by_seat(snapshot).items():
        for one in objects.values():
            for wanted in one.object.depends_on:
                if wanted in objects:
                    continue
                message = f"waits for {'/'.join(filter(None, wanted))}, which is not there"
                if hidden[seat]:
                    message += f" unless {elsewhere(hidden[seat])} applies it"
                rule = rules.MADE_ELSEWHERE if hidden[seat] else rules.DANGLING_DEPENDENCY
                found.add(rule, one, message)
        for circle in _circles(objects):
            way = " → ".join(name for _, name in (*circle, circle[0]))
            found.add(rules.DEPENDENCY_CYCLE, objects[circle[0]], f"waits for itself: {way}")
    yield from found


def _circles(objects: Objects) -> Iterator[tuple[Name, ...]]:
    """Circles of `dependsOn`, each from its first name on; no object is in two of them."""
    done: set[Name] = set()
    for start in sorted(objects):
        way: dict[Name, None] = {}
        pending = [(start, iter(objects[start].object.depends_on))] if start not in done else []
        while pending:
            at, waits_for = pending[-1]
            way[at] = None
            done.add(at)
            wanted = next(waits_for, None)
            if wanted is None:
                pending.pop()
                del way[at]
            elif wanted in way:
                names = list(way)
                circle = names[names.index(wanted) :]
                first = circle.index(min(circle))
                yield (*circle[first:], *circle[:first])
            elif wanted in objects and wanted not in done:
                pending.append((wanted, iter(objects[wanted].object.depends_on)))


def sources(snapshot: Snapshot) -> Iterator[Finding]:
    """Sources that nobody declares or that leave the path out, and objects at rest or restless."""
    found = _Findings()
    hidden = unseen(snapshot)
    for one in _written(snapshot):
        kind, namespace, name = one.object.source
        if one.place.undeclared:
            others = [other for other in hidden[one.seat] if other is not one]
            rule = rules.MADE_ELSEWHERE if others else rules.DANGLING_SOURCE
            source = f"{kind} {'/'.join(filter(None, (namespace, name)))}"
            found.add(rule, one, f"{source} is declared nowhere in this cluster")
        if one.place.root is None and one.place.excluded is not None:
            written = shown(str(one.object.spec.get("path") or "./"))
            message = f"path {written} is left out of the source by {one.place.excluded}"
            found.add(rules.IGNORED_BY_SOURCE, one, message)
        if one.object.suspended:
            found.add(rules.SUSPENDED, one, "is suspended")
        if one.unsettled:
            found.add(rules.NEVER_SETTLES, one, "changes its own definition in every round")
    yield from found


def unreached(snapshot: Snapshot) -> Iterator[Finding]:
    """Flux Kustomizations in files that are no patches, which nobody applies."""
    if not any(one.object.ref.kind == KUSTOMIZATION for one in snapshot.applied):
        return
    patches = patch_files(snapshot.repository)
    reached = {one.object.ref.declared for one in snapshot.applied} | {
        written_at(snapshot.repository, resource)
        for one in snapshot.applied
        for resource in one.telling
        if resource.id.group == FLUX
    }
    for path, manifests in snapshot.repository.manifests.items():
        for manifest in manifests:
            if manifest.id.group != FLUX or manifest.id.kind != "Kustomization":
                continue
            if path in patches or "sourceRef" not in _spec(manifest.content):
                continue
            if manifest.span not in reached:
                yield Finding(
                    rules.UNREACHED_OBJECT,
                    f"Flux Kustomization {manifest.id.name} is applied by no cluster",
                    manifest.span,
                )


def _spec(content: Content | None) -> Content:
    spec = (content or {}).get("spec")
    return spec if isinstance(spec, Mapping) else {}


def health_checks(snapshot: Snapshot) -> Iterator[Finding]:
    """Health checks on what nobody applies; what charts make cannot be seen."""
    found = _Findings()
    applied: dict[Seat, set[tuple[str, str, str]]] = defaultdict(set)
    for one in snapshot.applied:
        for r in one.resources:
            applied[one.target] |= {(r.id.kind, r.id.name, r.id.namespace), (r.id.kind, "", "")}
    hidden = unseen(snapshot, parts=True)
    for one in _written(snapshot):
        listed = one.object.spec.get("healthChecks")
        if one.object.spec.get("wait") is True or not one.resources:
            continue  # with `wait` Flux checks everything applied, and not these
        there = applied[one.target]
        for check in listed if isinstance(listed, list) else ():
            if not isinstance(check, Mapping):
                continue
            kind, name = str(check.get("kind", "")), str(check.get("name", ""))
            namespace = str(check.get("namespace") or "")
            by_chart = ("HelmRelease", "", "") in there and kind not in _OF_FLUX
            if by_chart or {(kind, name, namespace), (kind, name, "")} & there:
                continue
            rule = rules.MADE_ELSEWHERE if hidden[one.target] else rules.DANGLING_HEALTH_CHECK
            wanted = "/".join(filter(None, (kind, namespace, name)))
            found.add(rule, one, f"checks {wanted}, which nobody applies")
    yield from found


_OF_FLUX = ("HelmRelease", "Kustomization")

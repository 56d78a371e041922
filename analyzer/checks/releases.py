"""What helm-controller would say: charts and values that are not there, and what is at rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analyzer import findings as rules
from analyzer import flux, releases
from analyzer.applying import Applied, written_at
from analyzer.checks.reconcilers import elsewhere, few, unseen
from analyzer.deployments import SOURCES
from analyzer.findings import Finding, Rule
from analyzer.flux import KUSTOMIZATION, RESOURCE_SET
from analyzer.model import Content, RenderedResource, Seat, Span
from analyzer.snapshot import Snapshot

_KINDS_OF_DATA = ("ConfigMap", "Secret")


@dataclass(frozen=True, slots=True)
class _Cluster:
    """Names of what a cluster holds: (kind, namespace, name). `secrets` are made there."""

    names: frozenset[tuple[str, str, str]]
    secrets: frozenset[tuple[str, str]]
    reflected: frozenset[tuple[str, str]]
    unseen: tuple[Applied, ...]

    def holds(self, kind: str, namespace: str, name: str) -> bool:
        made = kind == "Secret" and (namespace, name) in self.secrets
        return made or (kind, namespace, name) in self.names or (kind, name) in self.reflected


def _clusters(snapshot: Snapshot) -> dict[Seat, _Cluster]:
    held: dict[Seat, list[RenderedResource]] = defaultdict(list)
    for one in _followed(snapshot):
        held[one.target] += one.resources
    hidden = unseen(snapshot)
    return {
        seat: _Cluster(
            frozenset((r.id.kind, r.id.namespace, r.id.name) for r in resources),
            frozenset(made for r in resources for made in flux.makes_secrets(r)),
            frozenset((r.id.kind, r.id.name) for r in resources if flux.is_reflected(r)),
            hidden[seat],
        )
        for seat, resources in held.items()
    }


def _followed(snapshot: Snapshot) -> Iterator[Applied]:
    return (o for o in snapshot.applied if o.object.ref.kind in (KUSTOMIZATION, RESOURCE_SET))


@dataclass(frozen=True, slots=True, order=True)
class _Said:
    """What is said of an object; the same in several clusters is said once."""

    at: Span
    rule: str
    who: str
    message: str


def helm_releases(snapshot: Snapshot) -> Iterator[Finding]:
    """Charts, values and releases that a HelmRelease names and nobody makes; what is suspended."""
    clusters = _clusters(snapshot)
    said: dict[_Said, tuple[Rule, list[Seat]]] = {}
    for one in _followed(snapshot):
        for resource in one.resources:
            if not (releases.is_release(resource) or resource.id.group == SOURCES):
                continue
            at = written_at(snapshot.repository, resource) or one.object.ref.declared
            for rule, message in _of(resource, clusters[one.target]):
                key = _Said(at, rule.id, resource.id.short, message)
                said.setdefault(key, (rule, []))[1].append(one.target)
    for key, (rule, seats) in said.items():
        where = few(sorted(dict.fromkeys(map(str, seats))), 4)
        between = " " if key.message.startswith("is ") else ": "
        yield Finding(rule, f"{key.who} ({where}){between}{key.message}", key.at)


def _of(resource: RenderedResource, cluster: _Cluster) -> Iterator[tuple[Rule, str]]:
    spec = _mapping(resource.content.get("spec"))
    if spec.get("suspend") is True:
        yield rules.SUSPENDED, "is suspended"
    if not releases.is_release(resource):
        return
    own = resource.id.namespace
    chart = _mapping(_mapping(_mapping(spec.get("chart")).get("spec")).get("sourceRef"))
    for named in filter(None, (chart, _mapping(spec.get("chartRef")))):
        wanted = _wanted(named, own)
        if not cluster.holds(*wanted):
            yield _elsewhere(cluster, rules.DANGLING_CHART, f"takes its chart from {_name(wanted)}")
    for entry in map(_mapping, _list(spec.get("valuesFrom"))):
        wanted = (str(entry.get("kind", "")), own, str(entry.get("name", "")))
        if entry.get("optional") is True or wanted[0] not in _KINDS_OF_DATA:
            continue
        if not cluster.holds(*wanted):
            yield _elsewhere(cluster, rules.DANGLING_VALUES, f"takes values from {_name(wanted)}")
    for entry in map(_mapping, _list(spec.get("dependsOn"))):
        wanted = ("HelmRelease", str(entry.get("namespace") or own), str(entry.get("name", "")))
        if not cluster.holds(*wanted):
            yield _elsewhere(cluster, rules.DANGLING_DEPENDENCY, f"waits for {_name(wanted)}")


def _elsewhere(cluster: _Cluster, rule: Rule, message: str) -> tuple[Rule, str]:
    """Not there; or, where a part of the cluster is not known here, perhaps."""
    if not cluster.unseen:
        return rule, f"{message}, which nothing in the tree makes"
    return rules.MADE_ELSEWHERE, f"{message}, unless {elsewhere(cluster.unseen)} makes it"


def _wanted(named: Content, own: str) -> tuple[str, str, str]:
    namespace = str(named.get("namespace") or own)
    return str(named.get("kind", "")), namespace, str(named.get("name", ""))


def _name(wanted: tuple[str, str, str]) -> str:
    kind, namespace, name = wanted
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"


def _mapping(value: object) -> Content:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []

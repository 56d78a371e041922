"""Extractions in tests: a candidate of drawn roots, and what is proposed for it, proved."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from analyzer import extracting, repeats
from analyzer.bench import Bench
from analyzer.candidates import Candidate, Clone, Copy, Terms
from analyzer.model import Field, Manifest, ResourceId
from analyzer.plans import Refusal
from tests.drawn import draw
from tests.planning import bench_of, failed

ROOTS = ("staging", "production")


def overlays(staging: str, production: str, more: str = "") -> str:
    """Two environments with a file of their own each, and what else their kustomizations say."""
    return (
        f"--- staging/kustomization.yaml\nresources:\n  - it.yaml\n{more}"
        f"--- staging/it.yaml\n{staging}"
        f"--- production/kustomization.yaml\nresources:\n  - it.yaml\n{more}"
        f"--- production/it.yaml\n{production}"
    )


WEB = """\
# The shop.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: {replicas}
  template:
    spec:
      containers:
        - name: app   # first
          image: web:{tag}
          env:
            - name: MODE
              value: {mode}
        - name: log
          image: log:1
"""


def web(replicas: int = 1, tag: str = "1", mode: str = "fast") -> str:
    return WEB.format(replicas=replicas, tag=tag, mode=mode)


def candidate(now: Bench, *roots: str) -> Candidate:
    """All documents of the same identity that files named by these roots hold."""
    repository = now.seen.repository
    found: dict[ResourceId, list[tuple[str, Manifest]]] = defaultdict(list)
    for root in roots:
        for reference in repository.kustomizations[root].references:
            if reference.field is not Field.RESOURCES:
                continue
            for manifest in repository.manifests.get(reference.target or "", ()):
                found[manifest.id].append((root, manifest))
    clones = []
    for id, listed in sorted(found.items()):
        if {root for root, _ in listed} == set(roots) and len(listed) == len(roots):
            copies = tuple(Copy(root, m.span, m.span.end) for root, m in sorted(listed))
            clones.append(Clone("document", id, id.short, "", copies))
    return Candidate("it", "it", tuple(sorted(roots)), tuple(clones), Terms(0, None, len(roots)))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was proposed: its form, the files it writes or removes, and the verdict of the proof."""

    verdict: str
    form: str
    reason: str
    files: dict[str, str | None]
    said: list[tuple[str, str]]


def outcome(where: Path, drawing: str, *roots: str, common: bool = False) -> Outcome:
    """What comes of the documents that these roots of a drawn tree have in common."""
    draw(where, drawing)
    return of(bench_of(where), *roots, common=common)


def only(where: Path, drawing: str) -> Outcome:
    """What comes of the only candidate of a drawn tree."""
    draw(where, drawing)
    now = bench_of(where)
    (candidate,) = repeats.gather(now.checkout, now.seen, commits=False).candidates
    made = extracting.alone(now, candidate, least=-1000)
    if isinstance(made, Refusal):
        return Outcome(made.verdict, "", made.reason, {}, [])
    one, proof = made
    files = {p: None if d is None else d.decode() for p, d in one.files.items()}
    return Outcome(proof.verdict, one.item.form, one.item.reason, files, failed(proof))


def of(now: Bench, *roots: str, common: bool = False) -> Outcome:
    made = extracting.alone(now, candidate(now, *roots), common, least=-1000)
    if isinstance(made, Refusal):
        return Outcome(made.verdict, "", made.reason, {}, [])
    one, proof = made
    files = {p: None if d is None else d.decode() for p, d in one.files.items()}
    said = failed(proof)
    reason = one.item.reason if proof.is_proved else proof.reason
    return Outcome(proof.verdict, one.item.form, reason, files, said)

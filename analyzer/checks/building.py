"""Does it build, and if not, why: each cause once, with what it blocks."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterator

from analyzer import findings as rules
from analyzer import merging
from analyzer.causes import label, shown, unread_rule
from analyzer.document import counted
from analyzer.findings import BY_ID, Finding, Related
from analyzer.graph import NEEDS, OMITTED
from analyzer.kustomization import is_nothing
from analyzer.model import (
    Cause,
    Rendered,
    RenderFailure,
    Rendering,
    RenderKey,
    Span,
    Status,
)
from analyzer.snapshot import Snapshot, inside


def causes(snapshot: Snapshot) -> Iterator[Finding]:
    """Why roots do not build: each cause once, with the roots it blocks."""
    blocked: dict[Cause, set[str]] = defaultdict(set)
    built = _by_flux(snapshot)
    for root in snapshot.roots():
        made = built.get(root, ())
        if not made or any(isinstance(r, RenderFailure) for r in made):
            for cause in snapshot.defects.get(root, ()):
                blocked[cause]
            for cause in snapshot.failed(root) or ():
                blocked[cause].add(root)
        for failure in made:
            for cause in failure.causes if isinstance(failure, RenderFailure) else ():
                blocked[cause].add(root)
    for cause, roots in blocked.items():
        yield _cause(snapshot, cause, roots)


def _by_flux(snapshot: Snapshot) -> dict[str, tuple[Rendering, ...]]:
    """Root → the renders that reconcilers make of it, each once."""
    found: dict[str, dict[RenderKey, Rendering]] = defaultdict(dict)
    for one in snapshot.applied:
        if one.place.root is not None and one.rendering is not None:
            found[one.place.root][one.rendering.key] = one.rendering
    return {root: tuple(made.values()) for root, made in found.items()}


def only_as_applied(snapshot: Snapshot) -> Iterator[Finding]:
    """Roots that Flux builds and kustomize does not: what it builds, Flux reads less strictly."""
    for root, made in _by_flux(snapshot).items():
        kustomization = snapshot.repository.kustomizations.get(root)
        if kustomization is None or any(isinstance(r, RenderFailure) for r in made):
            continue
        alone = snapshot.renderings.get(RenderKey(root))
        keys = merging.tolerated(kustomization.settings)
        if keys:
            message = f"Flux ignores what kustomize refuses: {shown(', '.join(keys))}"
        elif is_nothing(kustomization):
            message = "Flux builds nothing of it, and kustomize refuses it"
        elif isinstance(alone, RenderFailure) and alone.causes:
            message = f"builds only with what Flux adds; alone: {alone.causes[0].message}"
        else:
            continue
        yield Finding(rules.ONLY_AS_APPLIED, f"{label(root)}: {message}", kustomization.span)


def _cause(snapshot: Snapshot, cause: Cause, roots: set[str]) -> Finding:
    rule = BY_ID[cause.rule]
    kustomizations = snapshot.repository.kustomizations
    if (
        roots
        and rule is rules.DOES_NOT_BUILD
        and all(
            root in kustomizations and kustomizations[root].kind == "Component" for root in roots
        )
    ):
        rule = rules.COMPONENT_ALONE
    others = sorted(roots - {posixpath.dirname(cause.path)})
    related = tuple(
        Related(
            kustomizations[root].span if root in kustomizations else Span(root),
            "does not build because of it",
        )
        for root in others
    )
    message = cause.message
    if others:
        message += f"; blocks {counted(len(others), 'other root')}"
    return Finding(rule, message, Span(cause.path, cause.line), related)


def unreadable(snapshot: Snapshot) -> Iterator[Finding]:
    """What the walk could not read, and YAML files that are not YAML though nothing lists them."""
    told = {
        (finding.rule.id, finding.location.path)
        for finding in (causes(snapshot) if snapshot.repository.problems else ())
    }
    for message, span in snapshot.repository.problems:
        rule = BY_ID[unread_rule(message)]
        if (rule.id, span.path) not in told:
            yield Finding(rule, f"{label(span.path)} {message}", span)
    for link, target in snapshot.repository.links.items():
        if target is None and inside(snapshot.repository, link):
            yield Finding(
                rules.UNREADABLE,
                f"{link} is a link that leads nowhere in the repository; "
                "point it at a file in the repository",
                Span(link),
            )


def needs(snapshot: Snapshot) -> Iterator[Finding]:
    """What roots need and the repository does not hold: one finding an entry."""
    for root in snapshot.roots():
        for reference in snapshot.repository.kustomizations[root].references:
            if reference.status not in OMITTED:
                continue
            what = {
                Status.REMOTE: "is remote and was not fetched",
                Status.CHART: "is a Helm chart and was not inflated",
                Status.PLUGIN: "is a program and was not run",
                Status.IGNORED: "is ignored by git and absent here",
            }[reference.status]
            roots = [r for r in snapshot.graph.dependents(root) if r != root]
            behind = f"; {counted(len(roots), 'other root')} above it" if roots else ""
            yield Finding(
                rules.NEEDS,
                f"{shown(reference.written)} {what} (needs: {NEEDS[reference.status]}){behind}",
                reference.span,
            )


def unrestricted(snapshot: Snapshot) -> Iterator[Finding]:
    """Kustomizations that name files outside their own directory: each once, at the first entry."""
    outside: dict[str, dict[Span, str]] = defaultdict(dict)
    for rendering in snapshot.renderings.values():
        if not isinstance(rendering, Rendered) or not rendering.unrestricted:
            continue
        for reference in snapshot.graph.references(rendering.key.root):
            target = reference.target or ""
            below = target.startswith(reference.source + "/") or not reference.source
            if reference.status is Status.FILE and not below:
                outside[reference.source][reference.span] = reference.written
    for root, entries in outside.items():
        first = min(entries)
        more = f" and {counted(len(entries) - 1, 'other file')}" if len(entries) > 1 else ""
        verb, them = ("are", "them") if more else ("is", "it")
        yield Finding(
            rules.UNRESTRICTED,
            f"{shown(entries[first])}{more} {verb} outside {label(root)}; "
            f"Flux reads {them}, kustomize and Argo CD refuse unless load restrictions are off",
            first,
        )


def missing_paths(snapshot: Snapshot) -> Iterator[Finding]:
    """Reconcilers whose path is not in the tree."""
    for deployment in snapshot.deployments:
        if deployment.root is None and deployment.external is None:
            yield Finding(
                rules.MISSING_PATH,
                f"{deployment.object.kind} {deployment.object.name}: path "
                f"{shown(deployment.written)} does not exist",
                deployment.object.declared,
            )

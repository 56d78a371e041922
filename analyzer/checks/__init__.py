"""Snapshot → findings that several reports show. One function a question; pure and independent."""

from __future__ import annotations

from analyzer.checks.building import (
    causes,
    missing_paths,
    needs,
    only_as_applied,
    unreadable,
    unrestricted,
)
from analyzer.checks.dead import dead_entries
from analyzer.checks.files import (
    duplicate_keys,
    floating_images,
    floating_references,
    orphans,
    unplaced,
    unplaced_roots,
)
from analyzer.checks.outcomes import directives, exclusive
from analyzer.checks.owning import not_deployed, owners
from analyzer.checks.patches import ambiguous, replaces_nothing, second_documents
from analyzer.checks.readme import readme_trees
from analyzer.checks.reconcilers import (
    health_checks,
    sources,
    substitution,
    unreached,
    waiting,
)
from analyzer.checks.releases import helm_releases
from analyzer.checks.scopes import cluster_scoped

STRUCTURE = (
    causes,
    unreadable,
    needs,
    unrestricted,
    only_as_applied,
    missing_paths,
    sources,
    waiting,
    substitution,
    owners,
    unreached,
    not_deployed,
    health_checks,
    helm_releases,
    orphans,
    unplaced,
    readme_trees,
)
CONFIGURATION = (
    duplicate_keys,
    floating_references,
    floating_images,
    dead_entries,
    second_documents,
    replaces_nothing,
    ambiguous,
    directives,
    exclusive,
    cluster_scoped,
)

__all__ = ["CONFIGURATION", "STRUCTURE", "dead_entries", "unplaced_roots"]

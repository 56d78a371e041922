"""Looks at drawn trees: a snapshot, and findings as the short pairs tests compare."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from analyzer import commands, looking
from analyzer.findings import Finding
from analyzer.snapshot import Snapshot

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "platform"


def example(where: Path) -> Path:
    """The example as a repository of its own, so that paths are the same in every checkout."""
    return Path(shutil.copytree(EXAMPLE, where / "platform"))


def look(tree: Path, *, render: bool = True, all_roots: bool = False) -> Snapshot:
    """What a command would see of a tree."""
    return commands.look(looking.Options(tree, render=render, all_roots=all_roots)).snapshot


def pairs(findings: Iterable[Finding]) -> list[tuple[str, str]]:
    """(rule, "path:line") of each, in the order given."""
    return [(finding.rule.id, str(finding.location)) for finding in findings]


def said(findings: Iterable[Finding]) -> list[tuple[str, str, str]]:
    """The same with the message."""
    return [(f.rule.id, str(f.location), f.message) for f in findings]

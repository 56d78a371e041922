"""A drawn tree as Groundplan sees it."""

from __future__ import annotations

from pathlib import Path

from analyzer.commands import Options, look
from analyzer.snapshot import Snapshot


def written(tree: Path) -> Snapshot:
    """What is known of a tree without rendering."""
    return look(Options(directory=tree, render=False)).snapshot


def rendered(tree: Path, *, all_roots: bool = True) -> Snapshot:
    """A tree with its roots rendered."""
    return look(Options(directory=tree, all_roots=all_roots)).snapshot

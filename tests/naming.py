"""What a kustomization names, in the short rows that tests compare."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from analyzer import loader
from analyzer.model import Kustomization

Tree = Callable[[str], Path]
Row = tuple[str, str, str, int]  # field, as written, status, line


def load(where: Path, root: str = "") -> Kustomization:
    return loader.load(where).repository.kustomizations[root]


def references(where: Path, root: str = "") -> list[Row]:
    return [
        (reference.field.value, reference.written, reference.status.value, reference.span.line)
        for reference in load(where, root).references
    ]


def targets(where: Path, root: str = "") -> list[tuple[str, str, str | None]]:
    """(as written, status, target) of every reference of a root."""
    return [(r.written, r.status.value, r.target) for r in load(where, root).references]

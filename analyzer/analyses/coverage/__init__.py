"""What each environment builds on base, and how much of it is its own."""

from analyzer.analyses.coverage.contract import SCHEMA, to_json
from analyzer.analyses.coverage.rows import (
    STATES,
    Coverage,
    Covered,
    Row,
    analyze,
    bases_to_render,
    to_trace,
)
from analyzer.analyses.coverage.text import FIELDS, blocks, matrix, totals

__all__ = [
    "FIELDS",
    "SCHEMA",
    "STATES",
    "Coverage",
    "Covered",
    "Row",
    "analyze",
    "bases_to_render",
    "blocks",
    "matrix",
    "to_json",
    "to_trace",
    "totals",
]

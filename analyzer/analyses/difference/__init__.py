"""What clusters get otherwise: two snapshots → what was added, removed and changed, by place.

The same change in several environments is said once. What is noise is counted, not shown.
"""

from analyzer.analyses.difference.comparison import analyze, of_environments
from analyzer.analyses.difference.contract import SCHEMA, to_json
from analyzer.analyses.difference.text import (
    MARKS,
    blocks,
    branches,
    counted,
    footnote,
    heading,
    held,
    noisy,
    only,
    parted,
    remotes,
    summary,
    withheld,
)

__all__ = [
    "MARKS",
    "SCHEMA",
    "analyze",
    "blocks",
    "branches",
    "counted",
    "footnote",
    "heading",
    "held",
    "noisy",
    "of_environments",
    "only",
    "parted",
    "remotes",
    "summary",
    "to_json",
    "withheld",
]

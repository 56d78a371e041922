"""Which changes say nothing by themselves: hashes of generators, checksums, chart labels, bundles.

For display only, and never unsaid: whoever hides them says how many there were.
"""

from __future__ import annotations

import re

from analyzer.diff import ValueChange

HASH = "generator hash"
CHECKSUM = "checksum"
CHART = "chart label"
BUNDLE = "CA bundle"

_CHECKSUM = re.compile(r"(?i)(?:^|[/._-])(?:checksum|sha256sum|config-?hash)(?:$|[/._-])")
_CHART_LABELS = ("helm.sh/chart", "chart")
_DIGEST = re.compile(r"[0-9a-fA-F]{8,128}")


def of(change: ValueChange) -> str | None:
    """Why a change is none by itself; None for one that counts."""
    leaf = change.leaf
    if not leaf or change.is_order:
        return None
    both = isinstance(change.before, str) and isinstance(change.after, str)
    owner = leaf[-2] if len(leaf) > 1 else ""
    if leaf[-1] == "caBundle" and both:
        return BUNDLE
    if both and owner == "annotations" and _CHECKSUM.search(leaf[-1]):
        values = (str(change.before), str(change.after))
        return CHECKSUM if all(map(_DIGEST.fullmatch, values)) else None
    if both and owner in ("labels", "matchLabels") and leaf[-1] in _CHART_LABELS:
        return CHART
    return None

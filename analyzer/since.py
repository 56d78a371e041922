"""Commands about a change: what clusters get otherwise, and what a change reaches.

two trees → two snapshots (`sides`) → deliveries → what became of every resource → text
"""

from __future__ import annotations

from analyzer import formats, sides
from analyzer.analyses import difference
from analyzer.analyses.difference import Compares, Difference
from analyzer.commands import Options
from analyzer.sides import Sides

FORMATS = formats.REPORT_FORMATS
PLAIN = formats.text.Style()


def diff(
    revision: str, options: Options, format: str, style: formats.text.Style, details: bool
) -> str:
    """What clusters get otherwise than at a revision, in one format."""
    return printed(difference_of(sides.since(options, revision)), format, style, details)


def diff_environments(
    places: tuple[str, ...], options: Options, format: str, style: formats.text.Style, details: bool
) -> str:
    """What one environment has otherwise than another, in one format."""
    raise NotImplementedError(str(places))


def difference_of(change: Sides) -> Difference:
    """What became of every resource between the two sides."""
    compares = Compares(
        change.since.revision,
        commit=change.since.commit,
        merge_base=change.since.merge_base,
        files=change.files,
    )
    before, after = change.before.snapshot, change.after.snapshot
    return difference.analyze(before, after, compares, change.affected)


def printed(report: Difference, format: str, style: formats.text.Style, details: bool) -> str:
    """A difference in one format."""
    if format == "json":
        return formats.json.dumps(difference.to_json(report))
    if format == "markdown":
        return formats.comment.text(report, details)
    return formats.text.text(difference.blocks(report, details), style)

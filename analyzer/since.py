"""Commands about a change: what clusters get otherwise, and what a change reaches.

two trees → two snapshots (`sides`) → deliveries → what became of every resource → text
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from analyzer import (
    commands,
    comparing,
    explaining,
    formats,
    hearing,
    judging,
    sides,
    silencing,
    witness,
)
from analyzer.analyses import OF_CHANGES, difference, impact, run
from analyzer.analyses.impact import Impact
from analyzer.errors import AnalyzerError
from analyzer.findings import Finding, most_severe_first
from analyzer.grouping import Compares, Difference
from analyzer.looking import Options, View
from analyzer.model import Rendered, RenderedResource
from analyzer.sides import Sides
from analyzer.snapshot import Snapshot
from analyzer.whereabouts import Whereabouts

FORMATS = formats.REPORT_FORMATS
PLAIN = formats.text.Style()


def diff(
    revision: str, options: Options, format: str, style: formats.text.Style, details: bool
) -> str:
    """What clusters get otherwise than at a revision, in one format.

    With `details`, and in JSON, every field says where it was and is set: at one render more for
    each root that differs, on either side.
    """
    change = sides.since(options, revision)
    report = difference_of(change)
    if details or format == "json":
        views = change.before, change.after
        sought = tuple(c.before for c in report.changes), tuple(c.after for c in report.changes)
        at = [_places(v, s, options) for v, s in zip(views, sought, strict=True)]
        report = replace(report, compared=comparing.located(report.compared, *at))
    return printed(report, format, style, details)


def _places(
    view: View, sought: Iterable[RenderedResource | None], options: Options
) -> comparing.At:
    """Where fields of these resources are set, on one side of a change."""
    wanted = {id(resource) for resource in sought}
    seen = view.snapshot
    applied = ((a.rendering.key, a.resources) for a in seen.applied if a.rendering is not None)
    alone = ((key, r.resources) for key, r in seen.renderings.items() if isinstance(r, Rendered))
    keys = [key for key, resources in (*applied, *alone) if any(id(r) in wanted for r in resources)]
    traced = explaining.traced(view.checkout, seen, keys, options)
    return Whereabouts(replace(seen, origins={k: one.origins for k, one in traced.items()})).at


def check(
    revision: str,
    options: Options,
    format: str,
    style: formats.text.Style,
    fail_on: str = "error",
) -> tuple[str, tuple[Finding, ...]]:
    """Findings that were not there at a revision, in one format.

    Rules, intent and whatever silences a finding are those of the revision: a change cannot
    silence what it brings. A finding that only moved to another line is none.
    """
    old, new = sides.in_full(options, revision)
    known = Counter(map(_same, _everything(old)))
    brought = []
    for finding in _everything(new):
        if known[_same(finding)]:
            known[_same(finding)] -= 1
        else:
            brought.append(finding)
    verdict = silencing.apply(new, brought, silencing.meant(old).everywhere())
    found = verdict.findings
    return commands.findings_as(found, verdict.silenced, format, style, fail_on), found


def _everything(seen: Snapshot) -> tuple[Finding, ...]:
    """All that is found, also what a side silences itself, and what is wrong with that."""
    said = run(seen)
    return most_severe_first((*said.findings, *(one.finding for one in said.silenced)))


def _same(finding: Finding) -> tuple[str, str, str]:
    return finding.rule.id, finding.location.path, finding.message


def report(
    name: str,
    options: Options,
    format: str,
    style: formats.text.Style,
    revision: str | None,
    files: tuple[str, ...],
) -> tuple[str, tuple[Finding, ...]]:
    """A report about a change, in one format, and what it found."""
    row = next(row for row in OF_CHANGES if row.name == name)
    value = impact_since(revision, options) if revision is not None else impact_of(files, options)
    if format == "json":
        return formats.json.report(row.to_json(value), value.findings), value.findings
    if format == "markdown":
        return formats.markdown.text(row.blocks(value)), value.findings
    return formats.text.text(row.blocks(value), style), value.findings


def impact_since(revision: str, options: Options) -> Impact:
    """What the change since a revision reaches, on both sides."""
    change = sides.since(options, revision)
    before, after = change.before.snapshot, change.after.snapshot
    return impact.analyze(
        (before, after),
        change.files,
        change.affected,
        sides.changed(change),
        change.since.revision,
        change.since.commit,
    )


def impact_of(files: tuple[str, ...], options: Options) -> Impact:
    """What these files reach in the tree as it is; they may be no more, or not yet, there."""
    seen = commands.look(options).snapshot
    named = [_paths(seen, name) for name in files]
    paths = tuple(dict.fromkeys(path for found in named for path in found))
    affected = seen.graph.affected(paths, seen.repository.links)
    changed = hearing.changed_by(seen, paths, affected)
    firsts = [found[0] for found in named]
    return impact.analyze((seen,), firsts, affected, ((seen, one) for one in changed))


def _paths(seen: Snapshot, name: str) -> tuple[str, ...]:
    """A file as git names it, from the tree's top, or from the analysed directory; there or not."""
    repository = seen.repository
    paths = (posixpath.normpath(path) for path in (posixpath.join(repository.subdir, name), name))
    found = tuple(path for path in dict.fromkeys(paths) if not path.startswith("../"))
    if not found:
        raise AnalyzerError(f"{name}: lies outside the tree; name files below {repository.name}")
    there = tuple(p for p in found if p in repository.files or p in repository.links)
    return there or found


def diff_environments(
    places: tuple[str, ...], options: Options, format: str, style: formats.text.Style, details: bool
) -> str:
    """What one environment has otherwise than another, each difference with its class."""
    if not 2 <= len(places) <= 3:
        raise AnalyzerError("diff: name two environments, and a component if you like")
    view = commands.look(replace(options, dated=True))
    asked = judging.asked(view.snapshot, *places)
    trace = partial(explaining.origins, view.checkout, view.snapshot, options)
    evidence = witness.gather(view.checkout, view.snapshot, asked, trace, commits=True)
    report = difference.of_environments(replace(view.snapshot, evidence=evidence), *places)
    if details or format == "json":
        sought = [r for change in report.changes for r in (change.before, change.after)]
        at = _places(view, sought, options)
        report = replace(report, compared=comparing.located(report.compared, at, at))
    return printed(report, format, style, details)


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

"""A page for each candidate that was proposed and proved: all that a maintainer asks of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator

from analyzer import changes, redact, templating
from analyzer.document import counted
from analyzer.pages import plans
from analyzer.pages.site import Page, Site, slug
from analyzer.plans import PROVED
from analyzer.reviews import Review

_UNITS = 60  # roots and reconcilers a page lists
_DIFF = 600  # lines of the diff
_OPEN = 40  # lines of a file's diff that stand open; what goes is folded
_LEAVES = 60
_COLUMNS = 6  # directories side by side
_MARKS = {"identical": "referenced", "equal": "referenced", "relative": "partial",
          "unprovable": "own", "refused": "broken"}  # fmt: skip


def path(id: str) -> str:
    """Where the page of a candidate is."""
    return f"extraction/{slug(id)}.md"


def page(site: Site, report: str) -> Iterator[Page]:
    """The reviews in the order of the report; `report` is its page."""
    for id, review in site.reviews.items():
        at = path(id)
        text = _text(site, review, at, report)
        yield Page(at, review.candidate.title, "Reports", text, "To extract", leaf=True, boost=0.4)


def _text(site: Site, review: Review, at: str, report: str) -> str:
    candidate, item, proof = review.candidate, review.item, review.proof
    units = proof.units if proof is not None else ()
    diff = review.diff.splitlines()
    columns = slice(0, _COLUMNS)
    owners = {site.owners[root]: root for root in candidate.roots if root in site.owners}
    names = sorted(owners)
    return templating.render(
        "review.md.j2",
        id=candidate.id,
        title=candidate.title,
        mark=_MARKS[review.verdict],
        verdict=review.verdict,
        said=_said(review),
        report=site.link(at, report),
        components=[(str(name), site.link(at, site.component_page(name))) for name in names],
        item=item if review.verdict in PROVED else None,
        reason=site.said(review.reason),
        history=site.said(redact.text(candidate.reason)),
        roots=[site.shown(root) for root in candidate.roots[columns]],
        leaves=[
            {"clone": leaf.clone, "field": leaf.field, "base": leaf.base,
             "values": leaf.values[columns]}
            for leaf in review.leaves[:_LEAVES]
        ],
        more_leaves=max(0, len(review.leaves) - _LEAVES),
        more_roots=max(0, len(candidate.roots) - _COLUMNS),
        overlays=[
            {"root": site.shown(one.root), "clone": one.clone,
             "form": plans.FORMS.get(one.form, one.form),
             "file": site.shown(one.file) if one.file else ""}
            for one in review.overlays
        ],
        base=[(site.shown(file), lines) for file, lines in review.base],
        cleared=review.cleared,
        proof=plans.proved(proof) if proof is not None else "",
        units=[
            {"root": site.shown(unit.root), "by": unit.by, "seat": unit.seat,
             "verdict": unit.verdict, "reason": site.said(unit.reason),
             "differences": [site.said(one) for one in unit.differences],
             "resources": unit.resources}
            for unit in units[:_UNITS]
        ],
        more_units=max(0, len(units) - _UNITS),
        checks=proof.checks if proof is not None else (),
        files=[_file(site, path, lines) for path, lines in _files(diff[:_DIFF])],
        more_diff=max(0, len(diff) - _DIFF),
        selector="\n".join(_selector(site, review)),
    )  # fmt: skip


def _files(diff: Iterable[str]) -> list[tuple[str, list[str]]]:
    """(path, its lines) of each file of a patch, in its order."""
    files: list[tuple[str, list[str]]] = []
    for line in diff:
        if line.startswith("diff --git "):
            files.append((changes.named(line), []))
        elif files:
            files[-1][1].append(line)
    return files


def _file(site: Site, path: str, lines: list[str]) -> dict[str, object]:
    """What stands above the first hunk says what becomes of the file, and is said in words."""
    start = next((n for n, line in enumerate(lines) if line.startswith("@@ ")), len(lines))
    head, body = lines[:start], lines[start:]
    signs = Counter(line[:1] for line in body)
    is_new = any(line.startswith("new file") for line in head)
    is_gone = any(line.startswith("deleted file") for line in head)
    what = "is new" if is_new else "goes" if is_gone else "changes"
    return {
        "path": site.shown(path),
        "what": f"{what}: +{signs['+']} −{signs['-']}",
        "open": not is_gone and len(body) <= _OPEN,
        "lines": [(line[:1], line) for line in body],
    }


def _said(review: Review) -> str:
    item = review.item
    if item is None or review.verdict not in PROVED:
        return f"Not offered: {review.reason}."
    return (
        f"{counted(len(item.roots), 'directory').replace('directorys', 'directories')} "
        f"would build on {item.base}: {item.removed_lines} lines go, {item.added_lines} come, "
        f"{item.net_lines} fewer."
    )


def _selector(site: Site, review: Review) -> Iterator[str]:
    """The selectors of an intent that silences just this, as YAML."""
    names = sorted({str(site.owners[r]) for r in review.candidate.roots if r in site.owners})
    if names:
        yield f"    component: {json.dumps(names[0] if len(names) == 1 else names)}"
    else:
        paths = [f"{site.shown(root)}/**" for root in review.candidate.roots]
        yield f"    path: {json.dumps(paths)}"

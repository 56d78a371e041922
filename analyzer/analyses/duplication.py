"""What is written more than once, what to do about it, and what history says against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from analyzer import redact, repeating, weighing
from analyzer.candidates import (
    Candidate,
    Clone,
    Copy,
    Repeated,
    Section,
    Separate,
    Verdict,
)
from analyzer.causes import label
from analyzer.document import Block, Branch, Cell, Heading, Table, Text, Tree, counted
from analyzer.findings import Finding
from analyzer.snapshot import Snapshot

SCHEMA = "groundplan/duplication/v1"
HEADINGS: Mapping[Section, str] = {
    "extract": "Worth extracting",
    "unknown": "Repeated, of unknown history",
    "lag": "Promoted one after the other",
    "split": "Split on purpose",
    "generated": "Written by a program",
    "untouched": "Never touched",
}
MEANINGS: Mapping[Section, str] = {
    "extract": "The same change was made in several places. With one text it is made once.",
    "unknown": "Git does not say how these copies came to be, so look before you extract.",
    "lag": "A change reaches one environment first and the next one later. A base would change "
    "all of them at once: extract only what is not promoted.",
    "split": "They were one text, and somebody took them apart.",
    "generated": "Mend the program that writes them, not what it wrote.",
    "untouched": "Nobody has changed what they have in common since they were written: nothing "
    "is lost by waiting.",
}
_CLONES = 8  # of a candidate that text lists before it counts them
_COPIES = 8
_FIELDS = 3
_STEPS = 3  # of a pointer


@dataclass(frozen=True, slots=True)
class Duplication:
    """Candidates, the best first. `verdicts` has what a proposal came to, by candidate's id."""

    title: str
    repeated: Repeated
    subdir: str = ""
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def of(self, section: Section) -> tuple[Candidate, ...]:
        return tuple(one for one in self.repeated.candidates if one.section == section)

    def net(self, one: Candidate) -> int:
        """Lines saved: by the proposal where there is one, else an estimate."""
        verdict = self.verdicts.get(one.id)
        return one.terms.lines if verdict is None else verdict.net_lines

    def shown(self, path: str) -> str:
        """A path as seen from the analysed directory."""
        inside = self.subdir and path.startswith(f"{self.subdir}/")
        return (path[len(self.subdir) + 1 :] if inside else path) or "."


def analyze(snapshot: Snapshot) -> Duplication:
    """By what is known of the past; where nobody looked, by what the files say."""
    found = snapshot.repeated
    if found is None:
        found = repeating.repeated(repeating.lifted(snapshot), {}, "nobody looked at it")
    title = snapshot.config.title or snapshot.repository.name
    return Duplication(title, found, snapshot.repository.subdir)


# what people read --------------------------------------------------------------------------------


def blocks(report: Duplication) -> Iterator[Block]:
    """The verdict, the ranking, each section with its candidates, and what was left out."""
    yield Heading(f"Duplication in {report.title}", 1)
    yield Text(verdict(report))
    if report.repeated.candidates:
        if report.repeated.limit:
            yield Text(limit(report))
        yield ranking(report)
    for section in repeating.SECTIONS:
        if found := report.of(section):
            yield Heading(HEADINGS[section])
            yield Text(MEANINGS[section])
            yield Tree(tuple(line for one in found for line in branches(report, one)))
    if report.repeated.meant:
        yield Heading("Meant to be so")
        yield Tree(tuple(line for one in report.repeated.meant for line in _meant(report, one)))
    if report.repeated.excluded:
        yield Heading("Left out")
        yield Text("Repeated too, and nothing to extract. Lines are those beside a first copy.")
        yield excluded(report)


def verdict(report: Duplication) -> str:
    """What it comes to, in a sentence or two; that nothing repeats is said too."""
    found = report.repeated.candidates
    good = [one for one in found if one.recommended]
    if not found:
        return "Nothing is written more than once that would be worth a base."
    untouched = sum(one.is_open and not one.recommended for one in found)
    reasoned = sum(not one.is_open for one in found)
    said = ["Nothing is recommended."]
    if good:
        lines = sum(report.net(one) for one in good)
        said = [f"{counted(len(good), 'candidate')} would save about {counted(lines, 'line')}."]
    if untouched:
        verb, them = ("was", "it") if untouched == 1 else ("were", "them")
        said += [f"{counted(untouched, 'group')} {verb} never touched: extract plan --all "
                 f"takes {them} too."]  # fmt: skip
    if reasoned:
        verb = "repeats" if reasoned == 1 else "repeat"
        said += [f"{counted(reasoned, 'group')} {verb} for a reason: see below."]
    return " ".join(said)


def limit(report: Duplication) -> str:
    return (f"History is not complete: {report.repeated.limit}. What it does not reach is not "
            "judged by it.")  # fmt: skip


def ranking(report: Duplication) -> Table:
    """A candidate a row."""
    rows = tuple(
        (
            Cell(one.id, code=True),
            Cell(HEADINGS[one.section], "good" if one.section == "extract" else "dim"),
            Cell(str(len(one.roots))),
            Cell(str(copied(one))),
            Cell(f"{report.net(one)}"),
            Cell(f"{weighing.score(one.terms):.1f}"),
        )
        for one in report.repeated.candidates
    )
    return Table(("Candidate", "Section", "Directories", "Lines a copy", "Saves", "Score"), rows)


def copied(one: Candidate) -> int:
    """Lines of one copy: in the directory that holds most."""
    return max(
        sum(copy.lines for clone in one.clones for copy in clone.copies if copy.root == root)
        for root in one.roots
    )


def branches(report: Duplication, one: Candidate) -> Iterator[Branch]:
    """One candidate: what it is, why it is here, where it is, and what repeats."""
    yield Branch("", one.title, tone="good" if one.section == "extract" else "")
    yield Branch("    ", one.id, tone="dim")
    yield Branch("    ", f"{len(one.roots)} × {counted(copied(one), 'line')}, saves about "
                         f"{report.net(one)}; {sum_of(one)}")  # fmt: skip
    if (found := report.verdicts.get(one.id)) is not None:
        yield Branch("    ", f"{found.verdict}: {redact.text(found.reason)} ({found.form})")
    if one.reason:
        yield Branch("    ", redact.text(one.reason))
    for root in one.roots[:_COPIES]:
        yield Branch("    ", report.shown(root))
    if len(one.roots) > _COPIES:
        yield Branch("    ", f"… and {len(one.roots) - _COPIES} more", tone="dim")
    ordered = sorted(one.clones, key=lambda clone: (-clone.copies[0].lines, clone.name))
    for clone in ordered[:_CLONES]:
        yield Branch("        ", clone_name(clone), difference(clone))
    if len(ordered) > _CLONES:
        yield Branch("        ", f"… and {len(ordered) - _CLONES} more", tone="dim")


def sum_of(one: Candidate) -> str:
    """`score 4.8 = 4.1 lines + 0.0 commits + 0.7 copies`"""
    lines, commits, copies = (f"{part:.1f}" for part in weighing.parts(one.terms))
    commits = commits if one.terms.commits is not None else "unknown"
    total = f"{weighing.score(one.terms):.1f}"
    return f"score {total} = {lines} lines + {commits} commits + {copies} copies"


def clone_name(clone: Clone) -> str:
    where = f" {clone.pointer}" if clone.pointer else ""
    return f"{clone.name}{where}"


def difference(clone: Clone) -> str:
    """How equal the copies are, and the first fields that are not; never their values."""
    lines = counted(clone.copies[0].lines, "line")
    if not clone.differing:
        return f"{lines}, equal"
    few = ", ".join(map(_tail, clone.differing[:_FIELDS]))
    more = len(clone.differing) - _FIELDS
    rest = f" and {more} more" if more > 0 else ""
    return f"{lines}, {clone.common} fields equal, not {few}{rest}"


def _tail(pointer: str) -> str:
    """The last steps of a long pointer."""
    steps = pointer.split("/")[1:]
    return pointer if len(steps) <= _STEPS else "…/" + "/".join(steps[-_STEPS:])


def _meant(report: Duplication, one: Separate) -> Iterator[Branch]:
    yield Branch("", one.candidate.title)
    yield Branch("    ", f"{redact.text(one.reason)} ({report.shown(one.by.path)}:{one.by.line})")
    for root in one.candidate.roots:
        yield Branch("    ", report.shown(root), tone="dim")


def excluded(report: Duplication) -> Table:
    return Table(
        ("Why", "Groups", "Lines"),
        tuple((Cell(one.reason), Cell(str(one.count)), Cell(str(one.lines)))
              for one in report.repeated.excluded),
    )  # fmt: skip


# what tools read ---------------------------------------------------------------------------------


def to_json(report: Duplication) -> dict[str, object]:
    """docs/schema/duplication.v1.json; it holds no values of the tree."""
    found = report.repeated
    return {
        "schema": SCHEMA,
        "limit": found.limit or None,
        "candidates": [_candidate_json(report, one) for one in found.candidates],
        "meant": [
            {**_candidate_json(report, one.candidate), "reason": redact.text(one.reason),
             "by": {"path": label(one.by.path), "line": one.by.line}}
            for one in found.meant
        ],
        "excluded": [
            {"reason": one.reason, "count": one.count, "lines": one.lines} for one in found.excluded
        ],
    }  # fmt: skip


def _candidate_json(report: Duplication, one: Candidate) -> dict[str, object]:
    lines, commits, copies = weighing.parts(one.terms)
    verdict = report.verdicts.get(one.id)
    ids = sorted({clone.id for clone in one.clones if clone.id is not None})
    return {
        "id": one.id,
        "section": one.section,
        "recommended": one.recommended,
        "title": one.title,
        "directories": [label(root) for root in one.roots],
        "identities": [
            {"group": i.group, "kind": i.kind, "namespace": i.namespace, "name": i.name}
            for i in ids
        ],
        "copies": len(one.roots),
        "net_lines": report.net(one),
        "score": round(weighing.score(one.terms), 3),
        "terms": {"lines": round(lines, 3), "commits": round(commits, 3),
                  "copies": round(copies, 3)},
        "commits": one.terms.commits,
        "form": verdict.form if verdict is not None else None,
        "verdict": verdict.verdict if verdict is not None else None,
        "reason": redact.text(verdict.reason if verdict is not None else one.reason),
        "history": redact.text(one.reason),
        "related": [{"path": label(at.path), "line": at.line} for at in one.related],
        "clones": [_clone_json(clone) for clone in one.clones],
    }  # fmt: skip


def _clone_json(clone: Clone) -> dict[str, object]:
    return {
        "shape": clone.shape,
        "name": clone.name,
        "pointer": clone.pointer,
        "common": clone.common,
        "differing": list(clone.differing),
        "copies": [_copy_json(copy) for copy in clone.copies],
    }


def _copy_json(copy: Copy) -> dict[str, object]:
    return {"directory": label(copy.root), "path": label(copy.span.path), "line": copy.span.line,
            "lines": copy.lines}  # fmt: skip

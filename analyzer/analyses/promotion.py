"""What one environment has and the next has not yet, and what is different on purpose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from analyzer import gaps, lags, shown
from analyzer.causes import label
from analyzer.document import Block, Branch, Cell, Heading, Table, Text, Tree
from analyzer.findings import Finding
from analyzer.gaps import Gap, Side
from analyzer.history import Evidence, Moment
from analyzer.lags import Lag, Step
from analyzer.model import ResourceId, Seat
from analyzer.promotionlist import CLASSES
from analyzer.snapshot import Snapshot
from analyzer.substitutions import Learned

SCHEMA = "groundplan/promotion/v1"
STATES = ("in-sync", "behind", "ahead", "diverged", "only-in-from", "only-in-to",
          "not-comparable")  # fmt: skip
TONES = {
    "in-sync": "good", "behind": "warn", "ahead": "warn", "diverged": "bad",
    "only-in-from": "dim", "only-in-to": "dim", "not-comparable": "bad",
}  # fmt: skip
COUNTED = ("environment-name", "noise", "order")  # rules whose differences text only counts
_KEPT = 2  # fields of a rule that text lists before it counts them
_WIDTH = 60


@dataclass(frozen=True, slots=True)
class Promotion:
    """Every step of promotion. `limit`: what could not be known of history, and why."""

    title: str
    environments: tuple[str, ...]
    steps: tuple[Step, ...]
    rendered: bool
    limit: str
    findings: tuple[Finding, ...] = ()


def analyze(snapshot: Snapshot) -> Promotion:
    """Step by step, by what is known of the past."""
    evidence = snapshot.evidence or Evidence(limit="nobody looked at it")
    rendered = bool(snapshot.renderings)
    return Promotion(
        snapshot.config.title or snapshot.repository.name,
        snapshot.promoted(),
        lags.steps(snapshot, evidence) if rendered else (),
        rendered,
        evidence.limit,
    )


# what people read --------------------------------------------------------------------------------


def blocks(report: Promotion) -> Iterator[Block]:
    """The verdict of each step, then versions, what to do, what stays, and words that recur."""
    yield Heading(f"Promotion of {report.title}", 1)
    if not report.rendered:
        yield Text("Nothing was rendered, so nothing is compared.")
        return
    if not report.steps:
        yield Text(
            "Fewer than two environments are in a known order, so there is no step to compare. "
            "Name them in promotion order: environments in groundplan.yaml."
        )
        return
    if report.limit:
        yield Text(f"History is not complete: {report.limit}. What it does not reach is judged by "
                   "fields alone.")  # fmt: skip
    for step in report.steps:
        yield from step_blocks(step)


def step_blocks(step: Step) -> Iterator[Block]:
    """One step."""
    yield Heading(f"From {step.source} to {step.target}")
    yield Text(verdict(step))
    yield matrix(step.lags)
    if rows := tuple(version_rows(step.lags)):
        yield Heading("Versions", 3)
        yield versions(rows)
    if todo := tuple(b for lag in step.lags for b in _component(lag, ("promote", "decide"))):
        yield Heading("To promote, and to decide", 3)
        yield Text(f"Each as {step.target} has it → as {step.source} has it.")
        yield Tree(todo)
    if kept := tuple(b for lag in step.lags for b in _kept_of(lag)):
        yield Heading("Kept on purpose", 3)
        yield Tree(kept)
    if same := tuple(b for lag in step.lags for b in _renamed(lag)):
        yield Heading("Taken for the same, by their names", 3)
        yield Tree(same)
    if step.learned:
        yield Heading("Words that recur", 3)
        yield substitutions(step)


def verdict(step: Step) -> str:
    """What a step comes to, in a sentence; no drift is said too."""
    listed = step.lags
    if not listed:
        return "No component is in either of them."
    counts = {state: sum(lag.state == state for lag in listed) for state in STATES}
    sums = {verdict: sum(lag.count(verdict) for lag in listed) for verdict in CLASSES}
    if counts["in-sync"] == len(listed):
        return f"No drift: {_count(len(listed), 'component')} in sync; {_kept(sums['keep'])}."
    states = ", ".join(f"{n} {said(state, step.source, step.target)}"
                       for state, n in counts.items() if n)  # fmt: skip
    return (f"{_count(len(listed), 'component')}: {states}. Differences: {sums['promote']} to "
            f"promote, {sums['decide']} to decide, {sums['keep']} kept.")  # fmt: skip


def said(state: str, source: str = "from", target: str = "to") -> str:
    """A state in words: `only in staging`."""
    places = {"only-in-from": f"only in {source}", "only-in-to": f"only in {target}"}
    return places.get(state, state.replace("-", " "))


def _kept(number: int) -> str:
    what = "is" if number == 1 else "are"
    return f"{_count(number, 'difference')} {what} kept on purpose"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def matrix(found: Iterable[Lag]) -> Table:
    """A component a row: its state, its lag, and how many differences of each class."""
    rows = tuple(
        (
            Cell(str(lag.name), component=(lag.name.category, lag.name.component)),
            Cell(places(lag), "dim"),
            Cell(said(lag.state, lag.source.environment, lag.target.environment), TONES[lag.state]),
            Cell(days(lag.days), "" if lag.days else "dim"),
            *(Cell(str(n) if (n := lag.count(verdict)) else "–", "" if n else "dim")
              for verdict in CLASSES),
        )
        for lag in found
    )  # fmt: skip
    return Table(("Component", "Where", "State", "Lag", "Promote", "Decide", "Keep"), rows,
                 "No component is in either of them.")  # fmt: skip


def places(lag: Lag) -> str:
    return f"{lag.source} → {lag.target}"


def days(number: int | None) -> str:
    return "–" if number is None else _count(number, "day")


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version that differs: whose, what it is of, and the difference it stands in."""

    lag: Lag
    name: str
    gap: Gap


def version_rows(found: Iterable[Lag]) -> Iterator[VersionRow]:
    """Every version that differs, once for each name and component."""
    for lag in found:
        seen = set()
        for gap in lag.gaps:
            key = gaps.called(gap), gap.source.value, gap.target.value
            if gap.pinned and gap.rule.id not in ("noise", "environment-name") and key not in seen:
                seen.add(key)
                yield VersionRow(lag, key[0], gap)


def versions(rows: Iterable[VersionRow]) -> Table:
    """Versions side by side, with what lies between."""
    return Table(
        ("Component", "Version of", "From", "To", "Lag", "Commits between", "Class"),
        tuple(
            (
                Cell(str(r.lag.name), component=(r.lag.name.category, r.lag.name.component)),
                Cell(r.name),
                Cell(_version(r.gap.source), code=True),
                Cell(_version(r.gap.target), code=True),
                Cell(days(r.gap.story.days)),
                Cell(between(r.gap)),
                Cell(r.gap.verdict),
            )
            for r in rows
        ),
    )


def _version(side: Side) -> str:
    return shown.cut(str(gaps.version(side.value)), _WIDTH)


def between(gap: Gap) -> str:
    """The commits that moved the source's version on, the last first."""
    listed = [moment.commit.id[:10] or "not committed" for moment in reversed(gap.story.missed)]
    more = f" and {len(listed) - 3} more" if len(listed) > 3 else ""
    return " ".join(listed[:3]) + more if listed else "–"


def _component(lag: Lag, verdicts: Iterable[str]) -> Iterator[Branch]:
    """What is to do in a component, each with its reason and its lines."""
    if lag.state == "not-comparable":
        yield Branch("", f"{lag.name}  {places(lag)}", f"not comparable: {lag.why}", "bad")
    found = [gap for verdict in verdicts for gap in lag.gaps if gap.verdict == verdict]
    if found:
        yield Branch("", f"{lag.name}  {places(lag)}")
    for gap in found:
        yield Branch("    ", f"{gap.verdict}  {line(gap)}")
        yield Branch("        ", f"{gap.rule.id}: {gap.reason}", tone="dim")
        if lines := list(_lines(gap)):
            yield Branch("        ", " → ".join(lines), tone="dim")


def _kept_of(lag: Lag) -> Iterator[Branch]:
    """What stays in a component, rule by rule."""
    kept: dict[str, list[Gap]] = {}
    for gap in lag.gaps:
        if gap.verdict == "keep":
            kept.setdefault(gap.rule.id, []).append(gap)
    if kept:
        yield Branch("", f"{lag.name}  {places(lag)}")
    for rule, found in kept.items():
        names = list(dict.fromkeys(_short(gap) for gap in found))
        few = ", ".join(names[:_KEPT]) + (f" and {len(names) - _KEPT} more"
                                          if len(names) > _KEPT else "")  # fmt: skip
        yield Branch("    ", f"{len(found)} × {rule}", "" if rule in COUNTED else few)


def _renamed(lag: Lag) -> Iterator[Branch]:
    """Which resource of the source is which of the target, where only their names say so."""
    if lag.renamed:
        yield Branch("", f"{lag.name}  {places(lag)}")
    for a, b in lag.renamed:
        yield Branch("    ", f"{a} is {b}")


def _short(gap: Gap) -> str:
    name = "" if gap.resource is None else gap.resource.short
    return f"{name} {gap.field}".strip()


def line(gap: Gap) -> str:
    """`Deployment/web spec.replicas: 1 → 2`: as the target has it → as the source has it."""
    name = "" if gap.resource is None else str(gap.resource)
    if gap.shape in ("new", "own"):
        return f"{name}: {'only in the source' if gap.shape == 'new' else 'only in the target'}"
    field = f"{name} {gap.field}".strip()
    if gap.hidden:
        return f"{field}: differs where it is redacted"
    return f"{field}: {_value(gap.target)} → {_value(gap.source)}"


def _value(side: Side) -> str:
    plain = shown.plain(side.value)
    return "–" if plain is None else shown.value(plain, _WIDTH)


def _lines(gap: Gap) -> Iterator[str]:
    for side in (gap.target, gap.source):
        if side.at is not None:
            yield str(side.at)


def substitutions(step: Step) -> Table:
    """Words that one environment has wherever the other has another, and what speaks against."""
    return Table(
        (step.source, step.target, "Fields", "Resources", "Exceptions"),
        tuple(
            (Cell(one.before, code=True), Cell(one.after, code=True), Cell(str(one.fields)),
             Cell(str(one.resources)), Cell("; ".join(one.exceptions) or "–"))
            for one in step.learned
        ),
    )  # fmt: skip


# what tools read ---------------------------------------------------------------------------------


def to_json(report: Promotion) -> dict[str, object]:
    """docs/schema/promotion.v1.json; values are redacted."""
    return {
        "schema": SCHEMA,
        "limit": report.limit or None,
        "steps": [
            {
                "from": step.source,
                "to": step.target,
                "components": [_lag_json(lag) for lag in step.lags],
                "substitutions": [_learned_json(one) for one in step.learned],
            }
            for step in report.steps
        ],
    }


def _lag_json(lag: Lag) -> dict[str, object]:
    return {
        "category": lag.name.category or None,
        "component": lag.name.component,
        "from": _seat(lag.source),
        "to": _seat(lag.target),
        "status": lag.state,
        "why": lag.why or None,
        "days": lag.days,
        "counts": {verdict: lag.count(verdict) for verdict in CLASSES},
        "versions": [
            {
                "name": row.name,
                "from": _version(row.gap.source),
                "to": _version(row.gap.target),
                "days": row.gap.story.days,
                "between": [_moment(moment) for moment in row.gap.story.missed],
            }
            for row in version_rows((lag,))
        ],
        "renamed": [{"from": _id_json(a), "to": _id_json(b)} for a, b in lag.renamed],
        "differences": [_gap_json(gap) for gap in lag.gaps],
    }


def _seat(seat: Seat) -> dict[str, object]:
    return {"environment": seat.environment, "cluster": seat.cluster}


def _gap_json(gap: Gap) -> dict[str, object]:
    id, story = gap.resource, gap.story
    return {
        "resource": None if id is None else _id_json(id),
        "pointer": gap.pointer,
        "field": gap.field,
        "shape": gap.shape,
        "hidden": gap.hidden,
        "from": _side_json(gap.source, story.source),
        "to": _side_json(gap.target, story.target),
        "class": gap.verdict,
        "rule": gap.rule.id,
        "reason": gap.reason,
        "history": story.told,
        "group": gap.group or None,
    }  # fmt: skip


def _id_json(id: ResourceId) -> dict[str, str]:
    return {"group": id.group, "kind": id.kind, "namespace": id.namespace, "name": id.name}


def _side_json(side: Side, last: Moment | None) -> dict[str, object]:
    return {
        "value": shown.plain(side.value),
        "path": None if side.at is None else label(side.at.path),
        "line": None if side.at is None else side.at.line,
        "directive": side.directive or None,
        "commit": None if last is None else _moment(last),
    }


def _moment(moment: Moment) -> dict[str, str]:
    commit = moment.commit
    return {"commit": commit.id, "date": commit.date, "author": commit.author,
            "subject": commit.subject}  # fmt: skip


def _learned_json(one: Learned) -> dict[str, object]:
    return {"from": one.before, "to": one.after, "fields": one.fields,
            "resources": one.resources, "exceptions": list(one.exceptions)}  # fmt: skip

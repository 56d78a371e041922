"""The answer to `why` → text: who set each field, through what, what it overrode, since when."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from analyzer.document import counted
from analyzer.escape import terminal
from analyzer.formats.text import Style
from analyzer.model import Commit, Span
from analyzer.provenance import Step
from analyzer.why import EffectiveValues, Field, Why, annotated, described, value_text

Frame = Callable[[Span], Sequence[tuple[int, str]]]  # lines around a place; none where not shown
_IN_FULL = 3  # fields that are told of in full; of more each gets a line
_WIDEST = 64  # columns that YAML may take before annotations stand further right
_AROUND = 36  # columns of YAML beside which annotations begin, at least


def text(why: Why, frame: Frame, style: Style, whole: bool) -> str:
    """`whole`: the resource as YAML with who set each line; else each field that was asked for."""
    identity = why.resource.id
    where = f" in namespace {identity.namespace}" if identity.namespace else ""
    lines = [style.paint(terminal(f"{identity.short}{where}, {why.place}"), "1"), ""]
    if why.problem is not None:
        lines += [terminal(f"marks tell nothing here: {why.problem}"), ""]
    if whole:
        lines += _annotated(why, style)
    else:
        lines += _fields(why.fields, frame, style)
    if why.values is not None:
        lines += _values(why.values, frame, style, whole)
    return "\n".join(lines).rstrip("\n") + "\n"


def _fields(fields: Sequence[Field], frame: Frame, style: Style) -> Iterator[str]:
    """Each in full; of many a line."""
    if len(fields) > _IN_FULL:
        yield from _listed(fields, style)
        return
    for number, one in enumerate(fields):
        if number:
            yield ""
        yield from _field(one, frame, style)


def _values(values: EffectiveValues, frame: Frame, style: Style, whole: bool) -> Iterator[str]:
    """The effective values of a HelmRelease, and what of them no file tells."""
    if whole:
        yield from ("", style.paint("Effective values, spec.values over valuesFrom:", "1"), "")
        yield from _listed(values.fields, style)
    else:
        yield from _fields(values.fields, frame, style)
    lacking = [one for one in values.sources
               if one.reason and (whole or not one.source.target_path)]  # fmt: skip
    if whole and lacking:
        yield ""
    for one in lacking:
        where = one.holds or one.at
        at = f"  {where}" if where is not None else ""
        below = f", at {one.source.target_path}" if one.source.target_path else ""
        text = terminal(f"{one.source}{below}: {one.reason}{at}")
        yield f"{'' if whole else '  '}{'not known':<10}  {text}"
    if values.problem is not None:
        yield style.paint(terminal(f"fails: {values.problem}"), "33")


def _listed(fields: Sequence[Field], style: Style) -> Iterator[str]:
    """A line for each of many fields."""
    texts = [f"{one.name}: {value_text(one.provenance.value)}" for one in fields]
    width = min(max(map(len, texts), default=0), _WIDEST)
    for text, one in zip(texts, fields, strict=True):
        yield f"{terminal(text).ljust(width)}  {style.paint('# ' + _note(one), '2')}"


def _field(one: Field, frame: Frame, style: Style) -> Iterator[str]:
    provenance = one.provenance
    step = provenance.set_by
    gone = step is not None and step.op == "remove" and provenance.value is None
    value = style.paint("not there", "33") if gone else terminal(value_text(provenance.value))
    yield f"{style.paint(terminal(one.name), '1')}: {value}"
    if step is None:
        yield style.paint("  unexplained: nothing in the tree gives this value", "33")
        return
    yield f"  {'removed by' if gone else 'set by':<10}  {_step(step, style)}"
    for span in step.via:
        yield f"  {'through':<10}  {terminal(str(span))}"
    for made in provenance.steps[1 : provenance.made_by]:
        yield f"  {'from':<10}  {_step(made, style)}  {_value(made)}"
    for span in step.inputs:
        yield f"  {'uses':<10}  {terminal(str(span))}"
    if provenance.status == "static":
        yield f"  {'note':<10}  as the file has it; the engine was not asked"
    for number, overridden in enumerate(provenance.overrides):
        yield f"  {'overrides' if not number else '':<10}  {_step(overridden, style)}  " \
              f"{_value(overridden)}"  # fmt: skip
    if one.since is not None:
        yield f"  {'since':<10}  {_commit(one.since)}"
    lines = () if one.hidden else frame(step.at)
    if lines:
        yield ""
        width = len(str(lines[-1][0]))
        for number, line in lines:
            mark = ">" if number == step.at.line else " "
            shown = f"  {mark} {number:>{width}} | {terminal(line)}".rstrip()
            yield shown if mark == ">" else style.paint(shown, "2")


def _step(step: Step, style: Style) -> str:
    layer = f" in {terminal(step.layer)}" if step.layer else ""
    return f"{terminal(str(step.at))}  {style.paint(step.directive.value, '36')}{layer}"


def _value(step: Step) -> str:
    return terminal(value_text(step.value)) if step.op != "remove" else ""


def _commit(commit: Commit) -> str:
    return terminal(f"{commit.date[:10]}  {commit.id[:10]}  {commit.subject} ({commit.author})")


def _annotated(why: Why, style: Style) -> list[str]:
    """YAML on the left; on the right who set it, said once for lines that follow each other."""
    listed = [(terminal(line), one) for line, one in annotated(why)]
    longest = max((len(line) for line, one in listed if one is not None), default=0)
    width = min(max(_AROUND, longest), _WIDEST)
    made, before = [], ""
    for line, one in listed:
        note = "" if one is None else _note(one)
        if not note or (note == before and len(line) > width):
            made.append(line)
        else:
            made.append(f"{line.ljust(width)}  {style.paint('# ' + note, '2')}")
        before = note or before
    return made


def _note(one: Field) -> str:
    step = one.provenance.set_by
    if step is None:
        return "unexplained"
    count = len(one.provenance.overrides)
    overrides = f", overrides {counted(count, 'line')}" if count else ""
    layer = f" in {step.layer}" if step.layer else ""
    return terminal(f"{step.at} {described(step)}{layer}{overrides}")

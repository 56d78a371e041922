"""Rules, reports, commands and configuration keys → the pages that list them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

from analyzer import classing
from analyzer.analyses import OF_CHANGES, REPORTS
from analyzer.cli import main
from analyzer.config import FILE_NAME, KEYS
from analyzer.escape import prose
from analyzer.findings import RULES, Rule, Severity
from analyzer.layout import NAMES
from analyzer.reference.outputs import EXAMPLE, ROOT
from analyzer.reference.schemas import contracts

_WIDTH = 90


def rules() -> Iterator[str]:
    """Every rule, most severe first; a rule's id is its anchor."""
    yield "# Rules"
    yield (
        "What Groundplan can say about a tree. Ids are a contract: they stay. An error stops a "
        "deployment, a warning probably is a mistake, a note is worth knowing."
    )
    ordered = sorted(RULES, key=lambda rule: (rule.severity.rank, rule.id))
    yield "\n".join(("| Severity | Rule | What it is |", "| --- | --- | --- |",
                     *(f"| {_severity(r)} | [{r.id}](#{r.id}) | {prose(r.title)} |"
                       for r in ordered)))  # fmt: skip
    for severity in Severity:
        yield f"## {severity.value.capitalize()}s"
        for rule in ordered:
            if rule.severity is severity:
                yield f"### {rule.id}"
                yield f"{_severity(rule)} {prose(rule.title)}."
                yield prose(rule.why)
                yield f"*To mend it:* {prose(rule.mend)}"
                if rule.rendered or rule.proved:
                    yield "Only a render shows it: `--no-render` leaves it out."


def _severity(rule: Rule) -> str:
    name = rule.severity.value
    return f'<span class="gp-severity gp-severity--{name}">{name}</span>'


def classes() -> Iterator[str]:
    """Every rule of promotion, in the order they are asked."""
    yield "# Classes of promotion"
    yield (
        "What is done with a difference between two environments. The first rule that fits counts; "
        "each report names it. Source and target are the environments a step comes from and goes "
        "to."
    )
    rows = (f"| {rule.id} | {rule.verdict} | {prose(rule.sentence)} |" for rule in classing.RULES)
    yield "\n".join(("| Rule | Class | Why |", "| --- | --- | --- |", *rows))


def reports() -> Iterator[str]:
    """Every report, and the contracts of their JSON."""
    yield "# Reports"
    yield (
        "A report answers one question about the tree. Each prints text for people, Markdown for "
        "a comment or a wiki, and JSON for tools, and each is a page of the site."
    )
    for report in REPORTS:
        yield f"## {report.name}"
        yield prose(report.question)
        command = f"groundplan report {report.name}"
        yield f"```sh\n{command}\n{command} -f json\n```"
        yield (
            f"On the example: [{report.name}](../example/reports/{report.name}.md). "
            f"JSON: [{report.name}.v1.json](../schema/{report.name}.v1.json)."
        )
    for change in OF_CHANGES:
        yield f"## {change.name}"
        yield prose(change.question)
        command = f"groundplan report {change.name}"
        yield f"```sh\n{command} --since main\n{command} --files FILE... -f json\n```"
        schema = f"{change.name}.v1.json"
        yield f"It is about a change, and no page. JSON: [{schema}](../schema/{schema})."
    yield "## JSON"
    yield (
        "JSON is a contract with a version. Paths are POSIX and relative to the tree (the git "
        "toplevel), lists are sorted. Within a version properties are added, never removed or "
        "changed: pass over those you do not know."
    )
    rows = (f"| [{c.file}](../schema/{c.file}) | {prose(f'`{c.printed_by}`')} |"
            for c in contracts() if c.printed_by.startswith("groundplan"))  # fmt: skip
    yield "\n".join(("| Schema | Printed by |", "| --- | --- |", *rows))
    yield "A finding has the same shape everywhere: [finding.v1.json](../schema/finding.v1.json)."


def cli() -> Iterator[str]:
    """The help of the command itself, then of each of its commands, as they print it."""
    yield "# Command line"
    yield (
        "Exit codes: **0** fine; **1** findings at or above `--fail-on`, or something out of date "
        "under `--check`, or a root that does not build under `render`; **2** it could not run."
    )
    top = _context(main, "groundplan")
    yield "## groundplan"
    yield f"```text\n{main.get_help(top)}\n```"
    for name, command in sorted(main.commands.items()):
        here = _context(command, name, top)
        yield f"## groundplan {name}"
        yield f"```text\n{command.get_help(here)}\n```"
        for below, inner in sorted(getattr(command, "commands", {}).items()):
            yield f"### groundplan {name} {below}"
            yield f"```text\n{inner.get_help(_context(inner, below, here))}\n```"


def _context(
    command: click.Command, name: str, parent: click.Context | None = None
) -> click.Context:
    """Where help is printed: as wide on every machine, and else as the command prints it."""
    widths = {"terminal_width": _WIDTH, "max_content_width": _WIDTH}
    return click.Context(command, parent, name, **{**command.context_settings, **widths})


def configuration() -> Iterator[str]:
    """Every key of groundplan.yaml, and the example's."""
    yield f"# {FILE_NAME}"
    yield (
        f"`{FILE_NAME}` stands in the analysed directory. Every key is optional: what is not there "
        "is detected or has a default. `groundplan init` writes a first one. A key or value that "
        "is not understood is an error at its line; all of them are reported together."
    )
    yield "\n".join(("| Key | What it is |", "| --- | --- |", *_keys()))
    yield "## Patterns"
    yield (
        "A pattern is a path relative to the analysed directory. "
        + ", ".join(f"`{{{name}}}`" for name in NAMES)
        + " stand for one path segment or a part of one, `**` for any number of segments. The "
        "first pattern that matches a path wins. Below an environment's directory only the names "
        "under `environments` are environments, where there are any."
    )
    yield "## An example"
    text = (ROOT / EXAMPLE / FILE_NAME).read_text(encoding="utf-8")
    yield f"`{EXAMPLE}/{FILE_NAME}`:\n\n```yaml\n{text}```"
    yield "## In an editor"
    yield (
        "The JSON schema is [groundplan.schema.json](../schema/groundplan.schema.json). With a "
        "copy of it beside the file, editors that use the YAML language server complete keys "
        "after this first line:"
    )
    yield "```yaml\n# yaml-language-server: $schema=groundplan.schema.json\n```"


def _keys() -> Iterator[str]:
    for key in KEYS:
        yield f'| <a id="{key.name}"></a>`{key.name}` | {prose(key.description)} |'
        inner = key.schema.get("properties")
        items = key.schema.get("items")
        inner = items.get("properties") if inner is None and isinstance(items, dict) else inner
        for name, schema in inner.items() if isinstance(inner, dict) else ():
            yield f"| `{name}` in `{key.name}` | {prose(schema['description'])} |"


def schemas() -> Iterator[tuple[str, str]]:
    """(file, text) of every published schema."""
    for contract in contracts():
        yield contract.file, json.dumps(contract.schema, indent=2, ensure_ascii=False) + "\n"

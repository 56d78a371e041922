"""Commands that ask: reports, findings, what differs, what a cluster gets, and why."""

from __future__ import annotations

from typing import Any

import click

from analyzer.cli.terminal import style, write
from analyzer.cli.words import FORMATS, LEVELS, chosen_of, fail, form_of, of_one, options_of, shared
from analyzer.errors import AnalyzerError

CHECK_FORMATS = (*FORMATS, "github", "sarif", "junit")
RENDERED = ("yaml", "json")


class _ReportName(click.ParamType[str]):
    """A name out of REPORTS, which is loaded only when it is needed: start-up stays quick."""

    name = "report"

    def _choice(self) -> click.Choice[str]:
        from analyzer.analyses import OF_CHANGES, REPORTS

        return click.Choice([*(r.name for r in REPORTS), *(r.name for r in OF_CHANGES)])

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return self._choice().convert(value, param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[Any]:
        return self._choice().shell_complete(ctx, param, incomplete)


class _ReportCommand(click.Command):
    """Help with a line for each report."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from analyzer.analyses import OF_CHANGES, REPORTS

        super().format_help_text(ctx, formatter)
        with formatter.section("Reports"):
            rows = [(row.name, row.question) for row in REPORTS]
            formatter.write_dl([*rows, *((row.name, row.question) for row in OF_CHANGES)])


@click.command(cls=_ReportCommand)
@click.argument("name", metavar="REPORT", type=_ReportName())
@click.argument("paths", nargs=-1, metavar="[FILE]...")
@click.option("--since", metavar="REV", help="impact: of what changed since this branch left REV.")
@click.option("--files", is_flag=True, help="impact: of these files, as they are named by git.")
@click.option("--fields", is_flag=True, help="coverage: field by field, with the lines.")
@click.option("--prove", is_flag=True, help="duplication: a proposal for each, proved by builds.")
@click.option("-f", "--format", "format", type=click.Choice(FORMATS), help="[default: text]")
@click.option("-o", "--output", metavar="PATH", help="Write to a file; also: -o json.")
@click.option(
    "--fail-on",
    type=click.Choice(LEVELS),
    help="Exit with 1 on findings of this severity or above.",
)
@shared
@click.pass_context
def report(
    ctx: click.Context,
    /,
    name: str,
    paths: tuple[str, ...],
    since: str | None,
    files: bool,
    fields: bool,
    prove: bool,
    format: str | None,
    output: str | None,
    fail_on: str | None,
    **words: Any,
) -> None:
    """Answer one question about the tree, or about a change of it.

    \b
    groundplan report structure
    groundplan -C examples/platform report coverage -f json
    groundplan report coverage --fields
    groundplan report configuration --fail-on error
    groundplan report impact --since main
    groundplan report impact --files clusters/base/vault/kustomization.yaml
    """
    from analyzer import commands
    from analyzer.analyses import OF_CHANGES

    form, target = form_of(format, output, FORMATS)
    options = options_of(ctx, words)
    if fields and name != "coverage":
        raise AnalyzerError(f"{name}: --fields is for coverage")
    if prove and name != "duplication":
        raise AnalyzerError(f"{name}: --prove is for duplication")
    if name in [row.name for row in OF_CHANGES]:
        from analyzer import since as changes

        if (since is None) == (not files) or bool(paths) != files:
            raise AnalyzerError(f"{name}: name a revision with --since REV, or --files FILE…")
        text, found = changes.report(name, options, form, style(), since, paths)
    elif since is not None or files or paths:
        raise AnalyzerError(f"{name}: is about the tree; --since and files are for impact")
    elif prove:
        from analyzer import planning

        text, found = planning.proved_report(options, form, style())
    else:
        text, found = commands.report(name, options, form, style(), fields)
    write(text, target)
    fail(found, fail_on)


@click.command()
@click.option("-f", "--format", "format", type=click.Choice(CHECK_FORMATS), help="[default: text]")
@click.option("-o", "--output", metavar="PATH", help="Write to a file; also: -o json.")
@click.option(
    "--fail-on",
    type=click.Choice(LEVELS),
    default="error",
    show_default=True,
    help="Exit with 1 on findings of this severity or above.",
)
@click.option("--since", metavar="REV", help="Only what was not there where this branch left REV.")
@shared
@click.pass_context
def check(
    ctx: click.Context,
    /,
    format: str | None,
    output: str | None,
    fail_on: str,
    since: str | None,
    **words: Any,
) -> None:
    """Every finding of every report; fails on errors. For CI.

    \b
    groundplan check
    groundplan check -f github --fail-on warning
    groundplan check -f sarif -o groundplan.sarif
    groundplan check --since origin/main     only what this branch brings
    """
    from analyzer import commands

    form, target = form_of(format, output, CHECK_FORMATS)
    if since is not None:
        from analyzer import since as changes

        text, found = changes.check(since, options_of(ctx, words), form, style(), fail_on)
    else:
        text, found = commands.check(options_of(ctx, words), form, style(), fail_on)
    write(text, target)
    fail(found, fail_on)


@click.command()
@click.argument("places", nargs=-1, metavar="[A B [COMPONENT]]")
@click.option("--since", metavar="REV", help="Compare with where this branch left REV.")
@click.option("-v", "--details", is_flag=True, help="Every field, and what is normalised away.")
@click.option("-f", "--format", "format", type=click.Choice(FORMATS), help="[default: text]")
@click.option("-o", "--output", metavar="PATH", help="Write to a file; also: -o json.")
@shared
@click.pass_context
def diff(
    ctx: click.Context,
    /,
    places: tuple[str, ...],
    since: str | None,
    details: bool,
    format: str | None,
    output: str | None,
    **words: Any,
) -> None:
    """What clusters get otherwise: since a revision, or from one environment to another.

    \b
    groundplan diff --since main               what this branch changes
    groundplan diff --since main --details     every field
    groundplan diff --since main -f markdown   for a comment, never too long
    groundplan diff staging production         environment against environment
    groundplan diff staging production vault   one component of them
    """
    from analyzer import since as comparison

    if (since is None) == (not places):
        only = "not both: " if places else "name "
        raise AnalyzerError(f"diff: {only}two environments, or a revision with --since REV")
    form, target = form_of(format, output, FORMATS)
    options = options_of(ctx, words)
    if since is not None:
        text = comparison.diff(since, options, form, style(), details)
    else:
        text = comparison.diff_environments(places, options, form, style(), details)
    write(text, target)


@click.command()
@click.argument("place")
@click.option("--cluster", metavar="NAME", help="As this environment or cluster gets it.")
@click.option("--reconciler", metavar="NAME", help="As this Flux Kustomization applies it.")
@click.option("--alone", is_flag=True, help="As kustomize builds it, whoever applies it.")
@click.option("-f", "--format", "format", type=click.Choice(RENDERED), help="[default: yaml]")
@click.option("-o", "--output", metavar="PATH", help="Write to a file; also: -o json.")
@of_one
@click.pass_context
def render(
    ctx: click.Context,
    /,
    place: str,
    cluster: str | None,
    reconciler: str | None,
    alone: bool,
    format: str | None,
    output: str | None,
    **words: Any,
) -> None:
    """What a cluster gets of a place, secrets hidden.

    PLACE is a path, or ENVIRONMENT/COMPONENT where no such path exists. Where a Flux
    Kustomization applies it, its patches, variables and metadata are in what is shown. Where
    several apply it and differ, they are listed: choose with --cluster or --reconciler, or name
    the cluster in the place.

    \b
    groundplan render clusters/production/infrastructure/vault
    groundplan render production/vault
    groundplan render production/us/vault
    groundplan render apps/vault --cluster production/us
    """
    from analyzer import commands

    chosen = chosen_of(cluster, reconciler, alone)
    form, target = form_of(format, output, RENDERED)
    text, notes, built = commands.render_place(place, options_of(ctx, words), form, chosen)
    for note in notes:
        click.echo(f"groundplan: {note}", err=True)
    if not built:
        raise click.exceptions.Exit(1)
    write(text, target)


@click.command(name="why")
@click.argument("place")
@click.argument("resource", metavar="KIND/NAME")
@click.argument("field", required=False)
@click.option("-n", "--namespace", metavar="NAME", help="Where several resources have that name.")
@click.option("--cluster", metavar="NAME", help="As this environment or cluster gets it.")
@click.option("--reconciler", metavar="NAME", help="As this Flux Kustomization applies it.")
@click.option("--alone", is_flag=True, help="As kustomize builds it, whoever applies it.")
@click.option(
    "-f", "--format", "format", type=click.Choice(("text", "json")), help="[default: text]"
)
@click.option("-o", "--output", metavar="PATH", help="Write to a file; also: -o json.")
@shared
@click.pass_context
def why(
    ctx: click.Context,
    /,
    place: str,
    resource: str,
    field: str | None,
    namespace: str | None,
    cluster: str | None,
    reconciler: str | None,
    alone: bool,
    format: str | None,
    output: str | None,
    **words: Any,
) -> None:
    """Who set this field, what it overrode, and since which commit.

    Without FIELD the whole resource is shown, with who set each line. PLACE, and which of several
    clusters is meant, is as for `render`. FIELD is as reports print it, or a JSON pointer; of a
    HelmRelease `values.image.tag` is a value as it is merged from all that gives it some.

    \b
    groundplan why production/storefront deploy/storefront spec.replicas
    groundplan why production/storefront deploy/storefront spec.template.spec.containers[app].image
    groundplan why clusters/production/applications ing/storefront /spec/rules/0/host
    groundplan why production/vault sts/vault
    """
    from analyzer import commands

    form, target = form_of(format, output, ("text", "json"))
    text, notes = commands.explain(
        place,
        commands.Asked(resource, field, namespace),
        options_of(ctx, words),
        form,
        style(),
        chosen_of(cluster, reconciler, alone),
    )
    for note in notes:
        click.echo(f"groundplan: {note}", err=True)
    write(text, target)

"""Commands about plans: propose one, and prove one again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from analyzer.cli.terminal import style, write
from analyzer.cli.words import of_one, options_of
from analyzer.errors import AnalyzerError


@click.group()
def extract() -> None:
    """Take what is written more than once to a base, proved; see `report duplication`."""


@extract.command(name="plan")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option(
    "--all", "all_", is_flag=True, help="Every candidate that history says nothing against."
)
@click.option("--environment", metavar="ENV", help="Split the only environment: base and overlay.")
@click.option(
    "--base",
    type=click.Choice(("medoid", "common")),
    default="medoid",
    show_default=True,
    help="medoid: one copy as it is; common: only what all copies have.",
)
@click.option("-o", "--output", metavar="PLAN.json", help="Write the plan, and PLAN.patch beside.")
@of_one
@click.pass_context
def extract_plan(
    ctx: click.Context,
    /,
    ids: tuple[str, ...],
    all_: bool,
    environment: str | None,
    base: str,
    output: str | None,
    **words: Any,
) -> None:
    """Propose bases for candidates, and prove that every root stays as it is.

    Nothing in the tree is written: a plan is a file to review. The patch is what `git apply` takes
    from the top of the repository. Exits with 1 where nothing can be planned.

    \b
    groundplan extract plan --all
    groundplan extract plan monitoring-grafana-54bce015 -o PLAN.json
    groundplan extract plan --environment local -o PLAN.json
    groundplan verify PLAN.json
    git apply PLAN.patch
    """
    from analyzer import planning

    given = [bool(ids), all_, environment is not None].count(True)
    if given != 1:
        only = "give one of these: " if given else "name "
        raise AnalyzerError(
            f"extract plan: {only}candidates, --all, or --environment ENV; see report duplication"
        )
    options = options_of(ctx, words)
    if environment is not None:
        made = planning.split(environment, options)
    else:
        made = planning.extract(ids, options, base == "common")
    if output is None or not made.plan.changes:
        click.echo(planning.text(made, style()), nl=False)
    else:
        target = Path(output)
        write(made.json, output)
        names = "the plan"
        if output != "-":
            write(made.patch, str(target.with_suffix(".patch")))
            names = f"{target} and {target.with_suffix('.patch').name}"
        click.echo(f"{names}: {planning.summary(made)}", err=True)
    if not made.plan.changes:
        raise click.exceptions.Exit(1)


@click.command()
@click.argument("plan", metavar="PLAN", type=click.Path(path_type=Path))
@of_one
@click.pass_context
def verify(ctx: click.Context, /, plan: Path, **words: Any) -> None:
    """Prove a plan again, here, and say so in one line; nothing is written.

    Exits with 1 where it is not proved: something renders otherwise, does not build, or the tree
    is no longer what the plan was made for.

    \b
    groundplan verify PLAN.json
    """
    from analyzer import escape, verifying

    line, proved = verifying.verify(plan, options_of(ctx, words))
    click.echo(escape.terminal(line))
    if not proved:
        raise click.exceptions.Exit(1)

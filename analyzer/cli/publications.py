"""Commands that write: configuration, sections of a README, pages, and the site."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from analyzer.cli.words import into, of_one, options_of, shared
from analyzer.errors import AnalyzerError


@click.command()
@click.option("--print", "show", is_flag=True, help="Print it; write nothing.")
@of_one
@click.pass_context
def init(ctx: click.Context, /, show: bool, **words: Any) -> None:
    """Pin the detected layout in groundplan.yaml.

    \b
    groundplan init --print        show it
    groundplan init                write it; an existing file is never overwritten
    """
    from analyzer import commands

    text = commands.init(options_of(ctx, words), write=not show)
    click.echo(text, nl=False)


@click.command()
@click.option(
    "--check",
    "check_",
    is_flag=True,
    help="Write nothing; exit with 1 and show a diff if a section is out of date.",
)
@click.option("--diff", "diff_", is_flag=True, help="Write nothing; show what would change.")
@click.option("--init", "add", is_flag=True, help="Append the sections that are missing.")
@shared
@click.pass_context
def readme(ctx: click.Context, /, check_: bool, diff_: bool, add: bool, **words: Any) -> None:
    """Regenerate the sections of README.md between their markers.

    \b
    <!-- BEGIN GENERATED: components env=staging -->
    <!-- END GENERATED: components -->

    \b
    Sections: structure, environments, components, promotion.
    Options: env=NAME (one environment), depth=N (of the structure).
    Files: `readme:` in groundplan.yaml; README.md without it.

    \b
    groundplan readme --init       append the sections that are missing
    groundplan readme              make them anew
    groundplan readme --check      for CI
    """
    from analyzer import commands

    made = commands.readme(options_of(ctx, words), add, write=not (check_ or diff_))
    if not made.visited:
        raise AnalyzerError(
            "README.md: not there; create it, or name files under readme: in groundplan.yaml"
        )
    for finding in made.findings:
        click.echo(f"groundplan: {finding.location}: {finding.message}", err=True)
    if check_ or diff_:
        click.echo(made.diff, nl=False)
    where = words["below"] or ctx.obj["directory"]
    here = "" if where == Path() else f"-C {where} "
    command = f"`groundplan {here}readme{' --init' if add else ''}`"
    click.echo(
        f"{', '.join(made.visited)}: {_readme_said(made, check_ or diff_, command)}",
        err=check_ or diff_,
    )
    if made.findings or (check_ and made.changes):
        raise click.exceptions.Exit(1)


def _readme_said(made: Any, dry: bool, command: str) -> str:
    if made.findings:
        return "markers are not usable, nothing was written to that file"
    if not made.changes:
        return "up to date"
    if dry:
        return f"out of date; run {command}"
    return "sections regenerated"


@click.command()
@into("Where the pages go, such as docs/platform.")
@click.option(
    "--check", "check_", is_flag=True, help="Write nothing; exit with 1 if a page is out of date."
)
@click.option(
    "--no-directory-urls", is_flag=True, help="For an mkdocs.yml with use_directory_urls: false."
)
@click.option("--zensical", is_flag=True, help="For Zensical, which rewrites links in raw HTML.")
@shared
@click.pass_context
def docs(
    ctx: click.Context, /, output: Path, check_: bool, no_directory_urls: bool, zensical: bool,
    **words: Any,
) -> None:  # fmt: skip
    """Write Markdown pages for your own MkDocs.

    Only what changed is written; pages that are no more are removed; files that were not made
    by this command are never touched.

    \b
    groundplan docs -o docs/platform
    groundplan docs -o docs/platform --check
    """
    from analyzer import commands

    done = commands.docs(options_of(ctx, words), output, check_, not no_directory_urls, zensical)
    if isinstance(done, tuple):
        for change in done:
            click.echo(f"{change.path}: out of date")
        if done:
            click.echo(f"groundplan: run `groundplan docs -o {output}`", err=True)
            raise click.exceptions.Exit(1)
        return
    click.echo(
        f"{output}: {done.written} written, {done.removed} removed, {done.unchanged} unchanged"
    )
    click.echo(
        "Pages are complete as they are; these lines of mkdocs.yml add style and zoom:\n"
        f"  extra_css: [{output.name}/assets/groundplan.css]\n"
        f"  extra_javascript: [{output.name}/assets/groundplan.js]",
        err=True,
    )


@click.command()
@into("Where the built site goes.")
@shared
@click.pass_context
def site(ctx: click.Context, /, output: Path, **words: Any) -> None:
    """Build a browsable site of the tree.

    \b
    groundplan site -o site
    groundplan -C examples/platform site -o site && python -m http.server -d site
    """
    from analyzer import commands, reviewing

    done = commands.site(options_of(ctx, words), output, reviewing.reviews)
    if done is None:
        click.echo(f"{output}: nothing changed since the last build")
    else:
        click.echo(
            f"{output}: {done.written} written, {done.removed} removed, {done.unchanged} unchanged"
        )
    click.echo(f"Look at it with: python -m http.server -d {output}")


@click.command()
@click.option("-a", "--address", default="127.0.0.1:8000", show_default=True, metavar="HOST:PORT")
@shared
@click.pass_context
def serve(ctx: click.Context, /, address: str, **words: Any) -> None:
    """Serve the site, and make it anew when the tree changes.

    \b
    groundplan serve
    groundplan -C examples/platform serve -a 127.0.0.1:9000
    """
    from analyzer import commands, reviewing

    try:
        commands.serve(options_of(ctx, words), address, lambda text: click.echo(text, err=True),
                       reviewing.reviews)  # fmt: skip
    except KeyboardInterrupt:
        click.echo("stopped", err=True)

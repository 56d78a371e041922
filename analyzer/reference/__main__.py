"""`python -m analyzer.reference [--check] [DIR=docs]`: write the reference, or say what is old."""

from __future__ import annotations

from pathlib import Path

import click

from analyzer import reference, writer
from analyzer.errors import AnalyzerError

_AGAIN = "run `python -m analyzer.reference` and read what changed"


@click.command()
@click.argument("directory", metavar="DIR", default="docs", type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file is out of date.")
def main(directory: Path, check: bool) -> None:
    """Make the reference in DIR anew from the code, and the sections in README.md beside it."""
    project = directory.resolve().parent
    try:
        changes = reference.changes(directory.resolve())
        pending = writer.check(project, changes) if check else writer.write(project, changes)
    except AnalyzerError as error:
        click.echo(f"reference: {error}", err=True)
        raise click.exceptions.Exit(2) from None
    for change in pending:
        click.echo(f"{change.path}: {'out of date' if check else 'written'}")
    if check and pending:
        click.echo(_AGAIN, err=True)
        raise click.exceptions.Exit(1)


if __name__ == "__main__":
    main()

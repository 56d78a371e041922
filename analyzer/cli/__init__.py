"""Words in, words out. The only package that prints or exits."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import click

from analyzer import __version__
from analyzer.cli.proposals import extract, verify
from analyzer.cli.publications import docs, init, readme, serve, site
from analyzer.cli.questions import check, diff, render, report, why
from analyzer.cli.terminal import no_more_output
from analyzer.errors import AnalyzerError

__all__ = ["main"]


class _Group(click.Group):
    """Shows an AnalyzerError as its message and exits with 2; ends cleanly when it is stopped."""

    def invoke(self, ctx: click.Context) -> Any:
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("groundplan: stopped", err=True)
            ctx.exit(130)
        except AnalyzerError as error:
            click.echo(f"groundplan: {error}", err=True)
            ctx.exit(2)
        except BrokenPipeError:
            no_more_output()
            ctx.exit(0)
        finally:
            signal.signal(signal.SIGTERM, before)


def _version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from analyzer import engine

        click.echo(
            f"groundplan {__version__} (kubectl {engine.KUBECTL}, kustomize {engine.KUSTOMIZE})"
        )
        ctx.exit()


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Every report, rule and page is described in docs/ of the source.",
)
@click.option(
    "-C",
    "directory",
    metavar="DIR",
    default=".",
    type=click.Path(path_type=Path),
    help="The directory to analyse.  [default: here]",
)
@click.option(
    "--config",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Configuration to use instead of DIR/groundplan.yaml.",
)
@click.option(
    "--version",
    is_flag=True,
    callback=_version,
    expose_value=False,
    is_eager=True,
    help="Show the versions of groundplan and of the engine.",
)
@click.pass_context
def main(ctx: click.Context, directory: Path, config: Path | None) -> None:
    """Show what a Kustomize, Flux or Argo CD repository really deploys.

    \b
    groundplan report structure            where everything is, and whether it builds
    groundplan report coverage -f json     what each environment builds on base
    groundplan render production/vault     what the cluster gets, secrets hidden
    groundplan site -o site                a browsable site of all of it
    """
    ctx.obj = {"directory": directory, "config": config}


for _command in (
    report,
    check,
    diff,
    render,
    why,
    extract,
    verify,
    init,
    readme,
    docs,
    site,
    serve,
):
    main.add_command(_command)
main.add_command(why, "explain")

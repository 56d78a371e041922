"""Words in: the options that several commands have, and what they come to."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analyzer.cli.terminal import is_terminal, progress, silent
from analyzer.errors import AnalyzerError

if TYPE_CHECKING:
    from analyzer.commands import Chosen
    from analyzer.looking import Options

FORMATS = ("text", "json", "markdown")
LEVELS = ("error", "warning", "note")


def shared(command: Callable[..., Any], whole: bool = True) -> Callable[..., Any]:
    """Options of every command; `whole`: of those that look at the whole tree."""
    for option in reversed(
        (
            click.option(
                "-C",
                "below",
                metavar="DIR",
                type=click.Path(path_type=Path),
                help="The directory to analyse.",
            ),
            click.option(
                "--config", "settings", metavar="FILE", type=click.Path(path_type=Path), hidden=True
            ),
            click.option(
                "--no-render",
                is_flag=True,
                hidden=not whole,
                help="Answer from the files alone; nothing is rendered.",
            ),
            click.option(
                "--all-roots",
                is_flag=True,
                hidden=not whole,
                help="Render every root, not only what is deployed.",
            ),
            click.option(
                "--no-cache", is_flag=True, hidden=True, help="Render again what did not change."
            ),
            click.option(
                "--jobs",
                metavar="N",
                type=click.IntRange(1),
                show_default="one a core",
                help="Engine processes at once.",
            ),
            click.option(
                "--engine",
                metavar="PATH",
                type=click.Path(exists=True, dir_okay=False, path_type=Path),
                help="A kubectl to use instead of the pinned one.",
            ),
            click.option("-q", "--quiet", is_flag=True, help="No progress."),
        )
    ):
        command = option(command)
    return command


def of_one(command: Callable[..., Any]) -> Callable[..., Any]:
    """The same for a command that renders one root, or none."""
    return shared(command, whole=False)


def into(help: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The directory a command writes into."""
    kind = click.Path(path_type=Path)
    return click.option("-o", "--output", metavar="DIR", required=True, type=kind, help=help)


def options_of(ctx: click.Context, words: dict[str, Any]) -> Options:
    from analyzer.looking import Options

    return Options(
        directory=words.get("below") or ctx.obj["directory"],
        config=words.get("settings") or ctx.obj["config"],
        render=not words.get("no_render"),
        all_roots=bool(words.get("all_roots")),
        jobs=words.get("jobs"),
        engine=words.get("engine"),
        progress=silent if words.get("quiet") or not is_terminal(sys.stderr) else progress,
    )


def form_of(
    chosen: str | None, output: str | None, known: tuple[str, ...]
) -> tuple[str, str | None]:
    """kubectl's habit: `-o json` means the format."""
    if output in ("json", "yaml") and chosen is None and not Path(output).exists():
        if output not in known:
            raise AnalyzerError(f"-o {output}: this command prints {', '.join(known)}")
        return output, None
    return chosen or known[0], output


def chosen_of(cluster: str | None, reconciler: str | None, alone: bool) -> Chosen:
    from analyzer.commands import Chosen

    if alone and (cluster is not None or reconciler is not None):
        raise AnalyzerError("--alone: is without any reconciler; leave out the others")
    return Chosen(cluster, reconciler, alone)


def fail(found: Any, level: str | None) -> None:
    if level is not None and any(f.severity.rank <= LEVELS.index(level) for f in found):
        raise click.exceptions.Exit(1)

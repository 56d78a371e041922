"""Words out: to a terminal, a pipe or a file, and how wide and coloured they may be."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from analyzer.errors import AnalyzerError

if TYPE_CHECKING:
    from analyzer.formats.text import Style


def is_terminal(stream: TextIO | None) -> bool:
    """Does somebody look at it? None: it was closed before the start."""
    return stream is not None and stream.isatty()


def silent(done: int, of: int) -> None:
    """No progress is wanted, or nobody would see it."""


def progress(done: int, of: int) -> None:
    """One line that is written over, and gone at the end."""
    text = "" if done == of else f"rendering {done}/{of}"
    click.echo(f"\r\x1b[K{text}", nl=False, err=True)


def style() -> Style:
    from analyzer.formats.text import Style

    colour = (
        is_terminal(sys.stdout)
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
    )
    if is_terminal(sys.stdout):
        columns = os.get_terminal_size().columns or 80  # some pseudo-terminals say 0
        return Style(colour, min(110, columns), columns, every_finding=False)
    return Style(False, 100)


def no_more_output() -> None:
    """What could not be written is not tried again at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write(text: str, output: str | None) -> None:
    if output == "-":
        output = None
    try:
        if output is None:
            click.echo(text, nl=False)
        else:
            Path(output).write_text(text, encoding="utf-8")
    except BrokenPipeError:
        raise
    except OSError as error:
        if output is None:
            no_more_output()
        output = output or "standard output"
        raise AnalyzerError(f"{output}: cannot be written: {error.strerror}") from None

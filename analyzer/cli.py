"""Words in, words out. The only module that prints or exits."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from analyzer import __version__
from analyzer.errors import AnalyzerError

if TYPE_CHECKING:
    from analyzer.commands import Chosen
    from analyzer.formats.text import Style
    from analyzer.looking import Options

_FORMATS = ("text", "json", "markdown")
_CHECK_FORMATS = (*_FORMATS, "github", "sarif", "junit")
_RENDERED = ("yaml", "json")
_LEVELS = ("error", "warning", "note")


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
            _no_more_output()
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


def _shared(command: Callable[..., Any], whole: bool = True) -> Callable[..., Any]:
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


def _of_one(command: Callable[..., Any]) -> Callable[..., Any]:
    """The same for a command that renders one root, or none."""
    return _shared(command, whole=False)


def _into(help: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The directory a command writes into."""
    kind = click.Path(path_type=Path)
    return click.option("-o", "--output", metavar="DIR", required=True, type=kind, help=help)


def _options(ctx: click.Context, words: dict[str, Any]) -> Options:
    from analyzer.looking import Options

    return Options(
        directory=words.get("below") or ctx.obj["directory"],
        config=words.get("settings") or ctx.obj["config"],
        render=not words.get("no_render"),
        all_roots=bool(words.get("all_roots")),
        jobs=words.get("jobs"),
        engine=words.get("engine"),
        progress=_silent if words.get("quiet") or not _terminal(sys.stderr) else _progress,
    )


def _terminal(stream: TextIO | None) -> bool:
    """Does somebody look at it? None: it was closed before the start."""
    return stream is not None and stream.isatty()


def _silent(done: int, of: int) -> None:
    """No progress is wanted, or nobody would see it."""


def _progress(done: int, of: int) -> None:
    """One line that is written over, and gone at the end."""
    text = "" if done == of else f"rendering {done}/{of}"
    click.echo(f"\r\x1b[K{text}", nl=False, err=True)


def _style() -> Style:
    from analyzer.formats.text import Style

    colour = (
        _terminal(sys.stdout)
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
    )
    if _terminal(sys.stdout):
        columns = os.get_terminal_size().columns or 80  # some pseudo-terminals say 0
        return Style(colour, min(110, columns), columns, every_finding=False)
    return Style(False, 100)


def _no_more_output() -> None:
    """What could not be written is not tried again at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _output(text: str, output: str | None) -> None:
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
            _no_more_output()
        output = output or "standard output"
        raise AnalyzerError(f"{output}: cannot be written: {error.strerror}") from None


def _format(
    chosen: str | None, output: str | None, known: tuple[str, ...]
) -> tuple[str, str | None]:
    """kubectl's habit: `-o json` means the format."""
    if output in ("json", "yaml") and chosen is None and not Path(output).exists():
        if output not in known:
            raise AnalyzerError(f"-o {output}: this command prints {', '.join(known)}")
        return output, None
    return chosen or known[0], output


def _fail(found: Any, level: str | None) -> None:
    if level is not None and any(f.severity.rank <= _LEVELS.index(level) for f in found):
        raise click.exceptions.Exit(1)


@main.command(cls=_ReportCommand)
@click.argument("name", metavar="REPORT", type=_ReportName())
@click.argument("paths", nargs=-1, metavar="[FILE]...")
@click.option("--since", metavar="REV", help="impact: of what changed since this branch left REV.")
@click.option("--files", is_flag=True, help="impact: of these files, as they are named by git.")
@click.option("--fields", is_flag=True, help="coverage: field by field, with the lines.")
@click.option("--prove", is_flag=True, help="duplication: a proposal for each, proved by builds.")
@click.option("-f", "--format", "format", type=click.Choice(_FORMATS), help="[default: text]")
@click.option("-o", "--output", metavar="PATH", help="Write to a file; also: -o json.")
@click.option(
    "--fail-on",
    type=click.Choice(_LEVELS),
    help="Exit with 1 on findings of this severity or above.",
)
@_shared
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

    form, target = _format(format, output, _FORMATS)
    options = _options(ctx, words)
    if fields and name != "coverage":
        raise AnalyzerError(f"{name}: --fields is for coverage")
    if prove and name != "duplication":
        raise AnalyzerError(f"{name}: --prove is for duplication")
    if name in [row.name for row in OF_CHANGES]:
        from analyzer import since as changes

        if (since is None) == (not files) or bool(paths) != files:
            raise AnalyzerError(f"{name}: name a revision with --since REV, or --files FILE…")
        text, found = changes.report(name, options, form, _style(), since, paths)
    elif since is not None or files or paths:
        raise AnalyzerError(f"{name}: is about the tree; --since and files are for impact")
    elif prove:
        from analyzer import planning

        text, found = planning.proved_report(options, form, _style())
    else:
        text, found = commands.report(name, options, form, _style(), fields)
    _output(text, target)
    _fail(found, fail_on)


@main.command()
@click.option("-f", "--format", "format", type=click.Choice(_CHECK_FORMATS), help="[default: text]")
@click.option("-o", "--output", metavar="PATH", help="Write to a file; also: -o json.")
@click.option(
    "--fail-on",
    type=click.Choice(_LEVELS),
    default="error",
    show_default=True,
    help="Exit with 1 on findings of this severity or above.",
)
@click.option("--since", metavar="REV", help="Only what was not there where this branch left REV.")
@_shared
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

    form, target = _format(format, output, _CHECK_FORMATS)
    if since is not None:
        from analyzer import since as changes

        text, found = changes.check(since, _options(ctx, words), form, _style(), fail_on)
    else:
        text, found = commands.check(_options(ctx, words), form, _style(), fail_on)
    _output(text, target)
    _fail(found, fail_on)


@main.command()
@click.argument("places", nargs=-1, metavar="[A B [COMPONENT]]")
@click.option("--since", metavar="REV", help="Compare with where this branch left REV.")
@click.option("-v", "--details", is_flag=True, help="Every field, and what is normalised away.")
@click.option("-f", "--format", "format", type=click.Choice(_FORMATS), help="[default: text]")
@click.option("-o", "--output", metavar="PATH", help="Write to a file; also: -o json.")
@_shared
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
    form, target = _format(format, output, _FORMATS)
    options = _options(ctx, words)
    if since is not None:
        text = comparison.diff(since, options, form, _style(), details)
    else:
        text = comparison.diff_environments(places, options, form, _style(), details)
    _output(text, target)


def _chosen(cluster: str | None, reconciler: str | None, alone: bool) -> Chosen:
    from analyzer.commands import Chosen

    if alone and (cluster is not None or reconciler is not None):
        raise AnalyzerError("--alone: is without any reconciler; leave out the others")
    return Chosen(cluster, reconciler, alone)


@main.command()
@click.argument("place")
@click.option("--cluster", metavar="NAME", help="As this environment or cluster gets it.")
@click.option("--reconciler", metavar="NAME", help="As this Flux Kustomization applies it.")
@click.option("--alone", is_flag=True, help="As kustomize builds it, whoever applies it.")
@click.option("-f", "--format", "format", type=click.Choice(_RENDERED), help="[default: yaml]")
@click.option("-o", "--output", metavar="PATH", help="Write to a file; also: -o json.")
@_of_one
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

    chosen = _chosen(cluster, reconciler, alone)
    form, target = _format(format, output, _RENDERED)
    text, notes, built = commands.render_place(place, _options(ctx, words), form, chosen)
    for note in notes:
        click.echo(f"groundplan: {note}", err=True)
    if not built:
        raise click.exceptions.Exit(1)
    _output(text, target)


@main.command(name="why")
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
@_shared
@click.pass_context
def why_(
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

    form, target = _format(format, output, ("text", "json"))
    text, notes = commands.explain(
        place,
        commands.Asked(resource, field, namespace),
        _options(ctx, words),
        form,
        _style(),
        _chosen(cluster, reconciler, alone),
    )
    for note in notes:
        click.echo(f"groundplan: {note}", err=True)
    _output(text, target)


main.add_command(why_, "explain")


@main.group()
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
@_of_one
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
    options = _options(ctx, words)
    if environment is not None:
        made = planning.split(environment, options)
    else:
        made = planning.extract(ids, options, base == "common")
    if output is None or not made.plan.changes:
        click.echo(planning.text(made, _style()), nl=False)
    else:
        target = Path(output)
        _output(made.json, output)
        _output(made.patch, str(target.with_suffix(".patch")))
        names = f"{target} and {target.with_suffix('.patch').name}"
        click.echo(f"{names}: {planning.summary(made)}", err=True)
    if not made.plan.changes:
        raise click.exceptions.Exit(1)


@main.command()
@click.argument("plan", metavar="PLAN", type=click.Path(path_type=Path))
@_of_one
@click.pass_context
def verify(ctx: click.Context, /, plan: Path, **words: Any) -> None:
    """Prove a plan again, here, and say so in one line; nothing is written.

    Exits with 1 where it is not proved: something renders otherwise, does not build, or the tree
    is no longer what the plan was made for.

    \b
    groundplan verify PLAN.json
    """
    from analyzer import escape, verifying

    line, proved = verifying.verify(plan, _options(ctx, words))
    click.echo(escape.terminal(line))
    if not proved:
        raise click.exceptions.Exit(1)


@main.command()
@click.option("--print", "show", is_flag=True, help="Print it; write nothing.")
@_of_one
@click.pass_context
def init(ctx: click.Context, /, show: bool, **words: Any) -> None:
    """Pin the detected layout in groundplan.yaml.

    \b
    groundplan init --print        show it
    groundplan init                write it; an existing file is never overwritten
    """
    from analyzer import commands

    text = commands.init(_options(ctx, words), write=not show)
    click.echo(text, nl=False)


@main.command()
@click.option(
    "--check",
    "check_",
    is_flag=True,
    help="Write nothing; exit with 1 and show a diff if a section is out of date.",
)
@click.option("--diff", "diff_", is_flag=True, help="Write nothing; show what would change.")
@click.option("--init", "add", is_flag=True, help="Append the sections that are missing.")
@_shared
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

    made = commands.readme(_options(ctx, words), add, write=not (check_ or diff_))
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


@main.command()
@_into("Where the pages go, such as docs/platform.")
@click.option(
    "--check", "check_", is_flag=True, help="Write nothing; exit with 1 if a page is out of date."
)
@click.option(
    "--no-directory-urls", is_flag=True, help="For an mkdocs.yml with use_directory_urls: false."
)
@click.option("--zensical", is_flag=True, help="For Zensical, which rewrites links in raw HTML.")
@_shared
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

    done = commands.docs(_options(ctx, words), output, check_, not no_directory_urls, zensical)
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


@main.command()
@_into("Where the built site goes.")
@_shared
@click.pass_context
def site(ctx: click.Context, /, output: Path, **words: Any) -> None:
    """Build a browsable site of the tree.

    \b
    groundplan site -o site
    groundplan -C examples/platform site -o site && python -m http.server -d site
    """
    from analyzer import commands, reviewing

    done = commands.site(_options(ctx, words), output, reviewing.reviews)
    if done is None:
        click.echo(f"{output}: nothing changed since the last build")
    else:
        click.echo(
            f"{output}: {done.written} written, {done.removed} removed, {done.unchanged} unchanged"
        )
    click.echo(f"Look at it with: python -m http.server -d {output}")


@main.command()
@click.option("-a", "--address", default="127.0.0.1:8000", show_default=True, metavar="HOST:PORT")
@_shared
@click.pass_context
def serve(ctx: click.Context, /, address: str, **words: Any) -> None:
    """Serve the site, and make it anew when the tree changes.

    \b
    groundplan serve
    groundplan -C examples/platform serve -a 127.0.0.1:9000
    """
    from analyzer import commands, reviewing

    try:
        commands.serve(_options(ctx, words), address, lambda text: click.echo(text, err=True),
                       reviewing.reviews)  # fmt: skip
    except KeyboardInterrupt:
        click.echo("stopped", err=True)

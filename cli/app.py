"""Typer's part of the `paperkb` command: global options, the list of commands, help and usage errors."""

from copy import copy
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import commands
from cli.quick import FLAGS
from cli.session import FILES, Session

_CTRL_C = 130
"""Typer's exit code for an interruption."""

app = typer.Typer(
    name="paperkb",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="A folder of paper notes as a graph of ideas that runs.\n\nOptions may come before or after the command.",
)


def _say_version(is_asked: bool) -> None:
    if is_asked:
        from importlib.metadata import version

        print(f"paperkb {version('paperkb')}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    vault: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="Folder of notes. Default: $PAPERKB_VAULT, else the vault you are in, else the curated one.",
        ),
    ] = None,
    index: Annotated[Path | None, typer.Option(metavar="FILE", help="Path of the index file.")] = None,
    own: Annotated[bool, typer.Option("--own", help="Leave out the curated vault.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Never use the network (only import does).")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="Print without color.")] = False,
    no_refresh: Annotated[bool, typer.Option("--no-refresh", help="Do not look for changed notes.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error comes from.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_say_version, is_eager=True)
    ] = False,
) -> None:
    """Options before the command."""
    session: Session = context.obj
    session.vault, session.index, session.own, session.json = vault, index, own, as_json
    session.color, session.refresh, session.debug = not no_color, not no_refresh, debug
    session.offline = offline


def _put_behind(group: Any) -> None:
    """Let every command take the global options too, except those it defines itself; help lists them once."""
    for command in group.commands.values():
        own = {name for parameter in command.params for name in parameter.opts}
        for option in group.params:
            if own.isdisjoint(option.opts):
                behind = copy(option)
                behind.expose_value, behind.callback = False, option.callback or _take
                behind.get_help_record = lambda _: None  # rather than `hidden`, which no shell would complete
                command.params.append(behind)


def _take(context: typer.Context, option: Any, value: str | bool | None) -> None:
    """Store an option given after the command in the session; one that is not given changes nothing."""
    name = option.opts[0]
    if isinstance(value, str):
        setattr(context.obj, FILES[name], Path(value))
    elif value:
        for setting, meant in FLAGS[name].items():
            setattr(context.obj, setting, meant)


class _FileEnded(Exception):
    """Wraps a command's `EOFError`, which Typer would take for a user leaving a prompt; no command has prompts."""

    def __init__(self, error: EOFError) -> None:
        super().__init__()
        self.error = error


def _invoke(group: Any, context: typer.Context) -> Any:
    try:
        return type(group).invoke(group, context)
    except EOFError as error:
        raise _FileEnded(error) from error


def call(words: list[str], session: Session) -> int:
    """Run a command line and return its exit code.

    Raises:
        KeyboardInterrupt: it was interrupted.
        BrokenPipeError: the reader closed the pipe.
        EOFError: the command raised it; its other errors are passed on unchanged, too.
        CommandError: an option or argument is wrong, or the command failed.
    """
    command = _command(words)
    commands.register(app, command)
    group: Any = typer.main.get_command(app)
    _put_behind(group)
    group.invoke = partial(_invoke, group)
    try:
        result = group.main(words, prog_name="paperkb", standalone_mode=False, obj=session)
    except typer.Exit as done:
        return done.exit_code
    except _FileEnded as end:
        raise end.error from None
    except typer.Abort:
        raise KeyboardInterrupt from None
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # which Typer calls a failure
            raise end.__context__ from None
        raise
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        from cli.mistakes import misused

        raise misused(error, command or "") from None
    if result == _CTRL_C:
        raise KeyboardInterrupt
    return result if isinstance(result, int) else 0


def _command(words: list[str]) -> str | None:
    """The first word that is neither an option nor an option's value."""
    line = iter(words)
    for word in line:
        if word in FILES:
            next(line, None)
        elif not word.startswith("-"):
            return word
    return None

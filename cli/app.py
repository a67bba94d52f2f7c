"""Typer's part of the `paperkb` command: global options, the list of commands, help and mistakes in their use."""

from pathlib import Path
from typing import Annotated

import typer

from cli import commands
from cli.quick import FILES
from cli.session import CommandError, Session

_CTRL_C = 130
"""What typer makes of an interruption."""

_QUERIES = ("paperkb query", "paperkb timeline", "paperkb export")
"""Commands whose argument may begin like an option."""

app = typer.Typer(
    name="paperkb",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="A folder of paper notes as a graph of ideas that runs.",
)


def _say_version(is_asked: bool) -> None:
    if is_asked:
        from importlib.metadata import version

        print(f"paperkb {version('paperkb')}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    vault: Annotated[Path | None, typer.Option(metavar="PATH", help="Folder of notes.")] = None,
    index: Annotated[Path | None, typer.Option(metavar="FILE", help="Where the index lies.")] = None,
    own: Annotated[bool, typer.Option("--own", help="Leave the curated vault out.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Never use the network.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="No color.")] = False,
    no_refresh: Annotated[bool, typer.Option("--no-refresh", help="Use the index as it stands.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error comes from.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", help="Show the version and end.", callback=_say_version, is_eager=True)
    ] = False,
) -> None:
    """Options that stand before the command."""
    session: Session = context.obj
    session.vault, session.index, session.own = vault, index, own
    session.json = session.json or as_json
    session.color, session.refresh, session.debug = not no_color, not no_refresh, debug


def call(words: list[str], session: Session) -> int:
    """Run a command line and return its exit code.

    Raises:
        KeyboardInterrupt: it was interrupted.
        BrokenPipeError: nobody reads any more.
        CommandError: an option or argument is wrong, or the command failed.
    """
    commands.register(app, _command(words))
    try:
        result = typer.main.get_command(app).main(words, prog_name="paperkb", standalone_mode=False, obj=session)
    except typer.Exit as done:
        return done.exit_code
    except typer.Abort:
        raise KeyboardInterrupt from None
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # which Typer calls a failure
            raise end.__context__ from None
        raise
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        where = getattr(getattr(error, "ctx", None), "command_path", "paperkb")  # a usage error, whoever ships click
        is_word = type(error).__name__ == "NoSuchOption" and getattr(error, "option_name", "")[1:2] != "-"
        hint = "; a query that begins with - goes behind --" if is_word and where in _QUERIES else ""
        raise CommandError(f"{error.format_message()} - see `{where} --help`{hint}") from None
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

"""The `paperkb` command: global options, the list of commands, and what becomes of errors."""

import io
import os
import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.session import CommandError, Session

_CTRL_C = 130
"""What typer makes of an interruption."""

_NEGATED = re.compile(r"-[A-Za-z][A-Za-z-]*:")
"""A query may begin with `-field:`; no option looks like that."""

app = typer.Typer(
    name="paperkb",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="A folder of paper notes as a graph of ideas that runs.",
)


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
) -> None:
    """Options that stand before the command."""
    session: Session = context.obj
    session.vault, session.index, session.own = vault, index, own
    session.json = session.json or as_json
    session.color, session.refresh, session.debug = not no_color, not no_refresh, debug


def run() -> None:
    """Entry point: every failure is one line and an exit code, never a traceback (but with `--debug`)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # signs that the terminal's encoding lacks
    sys.exit(main(sys.argv[1:]))


def main(arguments: list[str]) -> int:
    """Run one command line and return its exit code: 0 fine, 1 usage or failure, 2 findings."""
    session = Session(json="--json" in arguments)
    rest = [word for word in arguments if word != "--json"]  # understood before and after the command
    rest = [f" {word}" if _NEGATED.match(word) else word for word in rest] or ["--help"]
    try:
        from cli import commands

        commands.register(app, _command(arguments))
        result = typer.main.get_command(app).main(rest, prog_name="paperkb", standalone_mode=False, obj=session)
        sys.stdout.flush()
        if result == _CTRL_C:
            raise KeyboardInterrupt
        return result if isinstance(result, int) else 0
    except typer.Exit as done:
        return done.exit_code
    except (typer.Abort, KeyboardInterrupt):
        print("paperkb: interrupted", file=sys.stderr)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except CommandError as error:
        print(f"paperkb: {_visible(str(error))}", file=sys.stderr)
    except Exception as error:
        if hasattr(error, "format_message"):  # a usage error of click, whoever ships it
            where = getattr(getattr(error, "ctx", None), "command_path", "paperkb")
            print(f"paperkb: {_visible(error.format_message())} - see `{where} --help`", file=sys.stderr)
            return 1
        if session.debug:
            raise
        what = f"{type(error).__name__}: {' '.join(str(error).split())}"
        damaged = type(error).__name__ == "DatabaseError"  # by name: sqlite3 is not imported to say so
        hint = "`paperkb index --rebuild` makes the index anew" if damaged else "`paperkb --debug ...` shows where"
        print(f"paperkb: {_visible(what)} - {hint}", file=sys.stderr)
    return 1


def _visible(message: str) -> str:
    """Without what a terminal would obey: names in a message may come from a note."""
    return "".join(sign for sign in message if sign.isprintable() or sign in "\n\N{IDEOGRAPHIC SPACE}")


def _command(arguments: list[str]) -> str | None:
    """The first word that is neither an option nor an option's value."""
    words = iter(arguments)
    for word in words:
        if word in ("--vault", "--index"):
            next(words, None)
        elif not word.startswith("-"):
            return word
    return None


if __name__ == "__main__":
    run()

"""The `paperkb` command: one line in, an answer or one line of error out."""

import gc
import io
import os
import sys
from contextlib import suppress

_NEW_OBJECTS = 100_000
"""Number of new objects before Python looks for cycles; most objects of a command are in none."""


def run() -> None:
    """Entry point: every failure is one line and an exit code, never a traceback (except with `--debug`)."""
    gc.set_threshold(_NEW_OBJECTS)
    if sys.stdout is None or sys.stderr is None:  # closed, as in some hooks and services
        nowhere = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for as long as the process lives
        sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # characters that the terminal's encoding lacks
    code = main(sys.argv[1:])
    if "torch" in sys.modules:  # which has things to shut down
        sys.exit(code)
    with suppress(OSError):  # the reader may be gone
        print(end="", flush=True)
    os._exit(code)  # what remains is to free memory, which takes a while


def main(arguments: list[str]) -> int:
    """Run one command line and return its exit code: 0 fine, 1 usage or failure, 2 findings."""
    from cli.session import CommandError, Session

    session = Session()
    words = [f" {word}" if _is_negated(word) else word for word in arguments] or ["--help"]
    try:
        from cli import quick

        answer = quick.plain(words, session)
        if answer:
            code = answer()
        else:
            from cli.app import call  # loads Typer, which costs more than answering above

            code = call(words, session)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        print("paperkb: interrupted", file=sys.stderr)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if session.debug and not isinstance(error, CommandError):
            raise
        from cli.failure import told

        print(f"paperkb: {told(error)}", file=sys.stderr)
    return 1


def _is_negated(word: str) -> bool:
    """Whether the word begins a query with `-field:`, `-(` or `-"`; no option looks like that."""
    if word.startswith(("-(", '-"')):
        return True
    field, colon, _ = word.removeprefix("-").partition(":")
    is_name = field.isascii() and field[:1].isalpha() and field.replace("-", "").replace("_", "").isalpha()
    return word.startswith("-") and bool(colon) and is_name


if __name__ == "__main__":
    run()

"""The `paperkb` command: one line in, an answer or one line of error out."""

import gc
import io
import os
import sys
from contextlib import suppress

_NEW_OBJECTS = 100_000
"""So many before Python looks for cycles among them: most of what a command makes is in none."""


def run() -> None:
    """Entry point: every failure is one line and an exit code, never a traceback (but with `--debug`)."""
    gc.set_threshold(_NEW_OBJECTS)
    if sys.stdout is None or sys.stderr is None:  # closed, as some hooks and services have them
        nowhere = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for as long as the process lives
        sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # signs that the terminal's encoding lacks
    code = main(sys.argv[1:])
    if "torch" in sys.modules:  # which has something to end
        sys.exit(code)
    with suppress(OSError):  # nobody may be reading any more
        print(end="", flush=True)
    os._exit(code)  # all that is left to do is to free memory, which takes a while


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
            from cli.app import call  # and with it Typer, which costs more than all that answers above

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
    """A query may begin with `-field:`, `-(` or `-"`; no option looks like that."""
    if word.startswith(("-(", '-"')):
        return True
    field, colon, _ = word.removeprefix("-").partition(":")
    is_name = field.isascii() and field[:1].isalpha() and field.replace("-", "").isalpha()
    return word.startswith("-") and bool(colon) and is_name


if __name__ == "__main__":
    run()

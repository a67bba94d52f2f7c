"""Messages for usage errors: what is wrong, what would be right, where to read more."""

import difflib
from collections.abc import Iterable

from cli.session import FILES, CommandError
from kb.typed import Any

_QUERIES = ("paperkb query", "paperkb timeline", "paperkb export")
"""Commands that take a query, which may begin like an option."""
_NAMES = ("paperkb show", "paperkb lineage", "paperkb run", "paperkb verify")
"""Commands that take a name, which may begin like an option, too, or be a title of several words."""


def unknown(what: str, word: str, known: Iterable[str]) -> CommandError:
    """The error for a word that is not among the known ones: offers a close one, if there is any, and lists all."""
    words = list(known)
    near = difflib.get_close_matches(word, words, 1)
    meant = f"did you mean `{near[0]}`? " if near else ""
    return CommandError(f"unknown {what} `{word}` - {meant}choose from {', '.join(words)}")


def misused(error: Any, command: str) -> CommandError:
    """Typer's error, from whichever click it uses, in words for people who do not program.

    Args:
        command: the command of the line; not every error names it.
    """
    said = error.format_message().removesuffix(".")
    option, (wrong, is_value, _) = getattr(error, "param", None), error.message.partition(" is not ")
    if option and is_value:
        name, wrong, takes = option.opts[0], wrong.strip("'"), option.type
        if hasattr(takes, "choices"):
            return unknown(name, wrong, takes.choices)
        if takes.name.startswith("int"):
            ends = (("from", getattr(takes, "min", None)), ("to", getattr(takes, "max", None)))
            which = "".join(f" {word} {end}" for word, end in ends if end is not None)
            return CommandError(f"{name} takes a whole number{which}, not `{wrong}`")
    of_all = getattr(error, "option_name", "") in FILES
    context = getattr(error, "ctx", None)
    where = context.command_path if context else "paperkb" if of_all else f"paperkb {command}"
    hint = ""
    what = "query" if where in _QUERIES else "name" if where in _NAMES else ""
    if what and type(error).__name__ == "NoSuchOption" and error.option_name[1:2] != "-":
        hint = f"; a {what} that begins with - goes after --"
    elif what == "name" and "extra argument" in said:
        hint = "; a name of several words goes in quotes"
    return CommandError(f"{said} - see `{where} --help`{hint}")

"""Plain `query`, `show` and `index` lines, read without Typer, whose import takes longer than the answer.

Whatever is not plain, such as help, a mistake or another command, is left to Typer, which declares the same options.
"""

import os
from collections.abc import Callable
from functools import partial

from cli import answers
from cli.session import Session
from kb.typed import Any

FLAGS: dict[str, dict[str, bool]] = {
    "--own": {"own": True},
    "--offline": {},
    "--no-color": {"color": False},
    "--no-refresh": {"refresh": False},
    "--debug": {"debug": True},
}
FILES = {"--vault": "vault", "--index": "index"}
"""Options before the command, by what they mean for the session."""

OPTIONS: dict[str, dict[str, str]] = {
    "query": {"--sort": "sort", "--limit": "limit", "--fields": "fields", "--format": "form"},
    "show": {},
    "index": {},
}
"""Options of a command by what its answer calls them; each has a value."""

_LONG = 100
"""Digits of a number that nobody means, and that Python may refuse to read."""


def plain(words: list[str], session: Session) -> Callable[[], int] | None:
    """What answers a plain line, with its global options put into the session; None for any other line."""
    line = iter(words)
    settings: dict[str, Any] = {}
    command = ""
    for word in line:
        if word in FLAGS:
            settings |= FLAGS[word]
        elif word in FILES:
            settings[FILES[word]] = _as_path(next(line, ""))
        else:
            command = word
            break
    if command not in OPTIONS:
        return None
    options: dict[str, Any] = {}
    arguments: list[str] = []
    for word in line:
        if word in OPTIONS[command]:
            options[OPTIONS[command][word]] = next(line, None)
        elif word.startswith("-"):
            return None
        else:
            arguments.append(word)
    if "limit" in options:
        options["limit"] = _count(options["limit"])
    if None in options.values() or (command == "show" and len(arguments) != 1):
        return None
    for name, value in settings.items():
        setattr(session, name, value)
    match command:
        case "query":
            return partial(answers.query, session, arguments, **options)
        case "show":
            return partial(answers.show, session, *arguments)
        case _:
            return partial(answers.index, session, list(map(_as_path, arguments)))


def _as_path(word: str) -> str:
    """A path as `pathlib` writes it, whose import takes longer than the answer."""
    if os.sep != "/":
        return word or "."
    start = word[: len(word) - len(word.lstrip("/"))]
    start = start if start == "//" else start[:1]
    return start + "/".join(part for part in word.split("/") if part not in ("", ".")) or "."


def _count(word: str | None) -> int | None:
    return int(word) if word and word.isascii() and word.isdecimal() and len(word) < _LONG else None

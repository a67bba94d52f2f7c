"""Plain command lines, answered from the index and parsed without Typer, whose import takes longer than the answer.

Everything else, such as help, a mistake or a picture in a file, is left to Typer, which knows these options, too.
"""

import os
from collections.abc import Callable
from functools import partial

from cli.session import FILES, Session
from kb.typed import Any

FLAGS: dict[str, dict[str, bool]] = {
    "--own": {"own": True},
    "--json": {"json": True},
    "--offline": {"offline": True},
    "--no-color": {"color": False},
    "--no-refresh": {"refresh": False},
    "--debug": {"debug": True},
}
"""Options before or after the command, by what they mean for the session, besides `FILES`."""

Takes = type[str] | int | tuple[str, ...]
"""What an option takes: any text, a number of at least this value, or one of these words."""

OPTIONS: dict[str, dict[str, tuple[str, Takes]]] = {
    "query": {"--sort": ("sort", str), "--limit": ("limit", 0), "--fields": ("fields", str), "--format": ("form", str)},
    "show": {},
    "index": {},
    "timeline": {
        "--format": ("form", ("log", "lanes")),
        "--lanes": ("lanes", str),
        "--scale": ("scale", ("density", "linear")),
        "--edges": ("edges", ("builds-on", "cites", "links", "all", "none")),
    },
    "lineage": {"--to": ("to", str), "--depth": ("depth", 1)},
    "patterns": {},
    "check": {},
}
"""Options of each command, with the name of the answer's argument."""

_LONG = 100
"""Digits of a number that nobody means and that Python may refuse to parse."""


def plain(words: list[str], session: Session) -> Callable[[], int] | None:
    """The call that answers a plain line, with its global options stored in the session; None for any other line."""
    line = iter(words)
    command = ""
    settings: dict[str, Any] = {}
    options: dict[str, Any] = {}
    arguments: list[str] = []
    for word in line:
        if word in OPTIONS.get(command, {}):
            name, takes = OPTIONS[command][word]
            options[name] = _value(next(line, None), takes)
        elif word in FLAGS:
            settings |= FLAGS[word]
        elif word in FILES:
            place = next(line, None)
            settings[FILES[word]] = None if place is None else _as_path(place)
        elif word.startswith("-"):
            return None
        elif command:
            arguments.append(word)
        else:
            command = word
    is_whole = None not in (*settings.values(), *options.values())
    answer = _answer(session, command, arguments, options) if is_whole else None
    if answer:
        for name, value in settings.items():
            setattr(session, name, value)
    return answer


def _answer(session: Session, command: str, arguments: list[str], options: dict[str, Any]) -> Callable[[], int] | None:
    """The call that answers a command; only its module is loaded. None for other commands or a wrong argument count."""
    match command, arguments:
        case "query", _:
            from cli.answers import query

            return partial(query.answer, session, arguments, **options)
        case "show", [name]:
            from cli.answers import show

            return partial(show.answer, session, name)
        case "index", _:
            from cli.answers import index

            return partial(index.answer, session, list(map(_as_path, arguments)))
        case "timeline", _:
            from cli.answers import timeline

            return partial(timeline.answer, session, arguments, **options)
        case "lineage", [name]:
            from cli.answers import lineage

            return partial(lineage.answer, session, name, **options)
        case "patterns", [] | [_]:
            from cli.answers import patterns

            return partial(patterns.answer, session, *arguments)
        case "check", []:
            from cli.answers import check

            return partial(check.answer, session)
    return None


def _value(word: str | None, takes: Takes) -> str | int | None:
    """The value of the word after an option; None for a word that it does not take."""
    if word is None or (isinstance(takes, tuple) and word not in takes):
        return None
    if isinstance(takes, int):
        number = int(word) if word.isascii() and word.isdecimal() and len(word) < _LONG else -1
        return number if number >= takes else None
    return word


def _as_path(word: str) -> str:
    """A path as `pathlib` writes it, whose import takes longer than the answer."""
    if os.sep != "/":
        return word or "."
    start = word[: len(word) - len(word.lstrip("/"))]
    start = start if start == "//" else start[:1]
    return start + "/".join(part for part in word.split("/") if part not in ("", ".")) or "."

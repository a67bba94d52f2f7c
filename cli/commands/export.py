"""`paperkb export EXPR`: papers that match, for LaTeX and reference managers."""

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.commands import examples
from cli.export import Format
from cli.printable import printable
from cli.session import CommandError, Session, as_in_a_file, emit
from kb.citekeys import Preset

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cli.export.cited import Citekeys
    from cli.export.works import Work
    from kb.store import Store

_SIGNS = 8
"""Maximum number of characters listed."""
_LINES = 5
"""Maximum number of lines about papers whose key another paper has."""
_BY_ENDING: dict[str, Format] = {".json": "csl", ".csljson": "csl"}

EPILOG = examples(
    "paperkb export 'pattern:attention has:code' > attention.bib",
    "paperkb export 'year:2014..2017' --format csl -o papers.json",
)


def export(
    context: typer.Context,
    expression: Annotated[
        list[str] | None, typer.Argument(metavar="EXPR", help="A query. Default: all papers.")
    ] = None,
    form: Annotated[
        Format | None,
        typer.Option("--format", help="Default: csl if FILE ends in .json or .csljson, else bibtex."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Replace FILE; papers already in it keep their citation keys."
        ),
    ] = None,
    citekeys: Annotated[Preset, typer.Option(help="How to make keys that no note declares.")] = "scholar",
) -> None:
    """Export matching papers as a bibliography, oldest first.

    A paper's citation key is the one its note declares (`citekey:`), else the one it has in FILE, else one made from
    its first author, year and title; when papers get the same one, a letter tells them apart.
    """
    from cli.export import cited, works, write
    from cli.export.kept import known_from_alone
    from kb.query.answer import ask
    from kb.query.syntax import QueryError

    session: Session = context.obj
    form = form or _BY_ENDING.get(output.suffix.lower() if output else "", "bibtex")
    with session.open() as vault:
        before = _before(output, vault.store) if output else {}
        called = cited.citekeys(vault.store, citekeys, before)
        try:
            answer = ask(vault.store, " ".join(expression or []))
        except QueryError as error:
            raise CommandError(str(error)) from None
        path = os.path.relpath(os.path.realpath(output), vault.folder) if output else ""
        gone = known_from_alone(vault.store, path)
        keys = [paper.key for paper in answer.papers if paper.key not in gone]
        found = works.works(vault.store, keys, called.by_paper)
    text = write.text(found, form)
    if output:
        _write(output, text)
    if session.json:
        emit("export", {"written": str(output) if output else None, "papers": [_plain(work) for work in found]})
    elif output:
        print(printable(f"{output}: {len(found)} paper{'s' * (len(found) != 1)}"))
    else:
        as_in_a_file()
        sys.stdout.write(text)
    for line in _notes(found, called, before, text if form == "bibtex" else ""):
        print(printable(f"paperkb: {line}"), file=sys.stderr)


def _plain(work: "Work") -> dict[str, Any]:
    """A paper as JSON; missing values are null, as in every other answer."""
    return {name: None if value == "" else value for name, value in asdict(work).items()}


def _before(output: Path, store: "Store") -> dict[str, str]:
    """The keys in the file that is about to be replaced."""
    from cli.export.kept import NotOursError, kept

    if output.exists() and not output.is_file():
        raise CommandError(f"{output}: not a regular file - choose another name")
    try:
        return kept(output.read_text("utf-8"), store)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise CommandError(f"{output}: {error.strerror} - choose another place with -o") from None
    except (NotOursError, UnicodeDecodeError):
        raise CommandError(f"{output}: was not written by an export, so it stays - choose another name") from None


def _write(output: Path, text: str) -> None:
    """Write the whole file or nothing, as it is the only memory of its keys; follow a link rather than replace it."""
    from cli.replace_file import replace_file

    output = output.resolve()
    try:
        replace_file(output, text.encode())
    except OSError as error:
        raise CommandError(f"{output}: {error.strerror} - choose another place with -o") from None


def _notes(found: "Sequence[Work]", called: "Citekeys", before: dict[str, str], text: str) -> "Iterator[str]":
    """What the reader of the bibliography should know."""
    shown = {work.key for work in found}
    lettered = [(paper, first) for paper, first in called.lettered.items() if paper in shown]
    for paper, first in lettered[:_LINES]:
        taken = called.by_paper[first]
        yield f"`{paper}` is cited as {called.by_paper[paper]}: {taken} is `{first}` - `citekey:` in a note settles it"
    if len(lettered) > _LINES:
        yield f"{len(lettered) - _LINES} more papers have a letter after their keys"
    for paper, declared in called.unusable.items():
        if paper in shown:
            now = called.by_paper[paper]
            yield f"{paper} cannot be cited as {declared!r}, so it is {now} - that key is taken, or LaTeX cannot use it"
    for paper, was in before.items():
        if paper in shown and called.by_paper[paper] != was:
            yield f"{paper} was cited as {was} and is {called.by_paper[paper]} now, as its note says"
    signs = sorted({sign for sign in text if not sign.isascii()})
    if signs:
        some = " ".join(signs[:_SIGNS])
        yield f"{len(signs)} characters have no ASCII spelling and stay: {some} - `--format biblatex` is UTF-8"

"""`paperkb import SOURCE...`: a note for each given paper."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.commands import examples
from cli.printable import printable
from cli.session import CommandError, Session, emit, progress

if TYPE_CHECKING:
    from cli.imports.plan import Outcome
    from kb.model import Diagnostic

_LINES = 5
"""Maximum number of lines about problems in the sources."""

EPILOG = examples("paperkb import 1706.03762", "paperkb import refs.bib --to papers --write")


def import_papers(
    context: typer.Context,
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...", help="An arXiv id or URL; a .bib, .ris or CSL .json file; a digest or reading list."
        ),
    ],
    to: Annotated[
        str, typer.Option(metavar="FOLDER", help="Folder in the vault. Default: its top folder.", show_default=False)
    ] = ".",
    write: Annotated[bool, typer.Option("--write", help="Write the notes even if there are several.")] = False,
) -> int:
    """Write a note for each given paper that has none.

    The note of a single paper is written right away; several are only listed until you pass --write. No file is ever
    overwritten. arXiv is queried only for papers given by id alone; --offline turns that off.
    """
    from cli.imports.gained import gained_by, with_key
    from cli.imports.plan import plan
    from cli.imports.write import written

    session: Session = context.obj
    if not session.own_root():
        raise CommandError(_NO_VAULT)
    with session.open() as vault, progress("papers", every=50) as show:
        if vault.is_shipped:
            raise CommandError(_NO_VAULT)
        found, problems = plan(vault, sources, to, offline=session.offline, show=show)
    is_due = write or len(found) == 1
    found = written(vault.folder, found) if is_due else found
    done = [each.path for each in found if each.status == "written"]
    gained: dict[str, str] = {}
    if done:
        with session.open([f"{vault.folder}/{path}" for path in done]) as vault:
            found = [with_key(vault.store, each) if each.status == "written" else each for each in found]
            gained = {each.path: gained_by(vault.store, each) for each in found if each.key and each.is_curated}
    if session.json:
        emit("import", {"written": bool(done), "papers": [_plain(each) for each in found]})
    else:
        for line in _told(found, gained):
            print(line)
        counts = Counter(each.status for each in found)
        if counts["new"] and not is_due:
            print(f"nothing written yet: {counts['new']} new, {counts['known']} known - pass `--write` to write")
    for line in _notes(found, problems):
        print(printable(f"paperkb: {line}"), file=sys.stderr)
    return int(any(each.status == "failed" for each in found))


_NO_VAULT = "you have no vault here - name its folder with --vault FOLDER, or put an empty paperkb.toml into it"


def _plain(outcome: "Outcome") -> dict[str, Any]:
    names = ("status", "source", "path", "key", "title", "date", "why")
    return {name: getattr(outcome, name) or None for name in names}


def _told(found: "Sequence[Outcome]", gained: dict[str, str]) -> Iterator[str]:
    """A line for each paper, and what it gains from the curated vault."""
    for each in found:
        if each.status == "failed":
            continue
        date = f" ({each.date})" if each.date else ""
        status = "" if each.status == "written" else f"{each.status} "
        yield f"{status}{printable(each.path)}  {printable(each.title)}{date}"
        if each.path in gained:
            yield f"  {each.key}, as in the curated vault: {gained[each.path]}"


def _notes(found: "Sequence[Outcome]", problems: "Sequence[Diagnostic]") -> Iterator[str]:
    """What failed, what is doubtful in the sources, and which papers get another citation key than their source's."""
    yield from dict.fromkeys(each.why for each in found if each.why)
    said = [problem for problem in problems if problem.severity != "notice"]
    yield from map(str, said[:_LINES])
    if len(said) > _LINES:
        yield f"{len(said) - _LINES} more problems in the files are not shown"
    for each in found:
        if each.taken:
            yield f"{each.path} is not cited as {each.taken}: another paper or file has that name"

"""Where notes are written: in a folder that the vault reads, under a name that no other file or paper has."""

import os
import re
from collections.abc import Callable, Iterable, Sequence

from cli.imports.paper import Paper
from cli.session import CommandError
from kb import ids
from kb.citekeys import citekey, distinct
from kb.config import NOTES, Config
from kb.store import Store
from kb.typed import NamedTuple
from kb.walk import would_read

_LONGEST = 80
"""Characters of a generated name; systems allow 255 bytes, and paths cannot hold many names that long."""
_NAME = re.compile(rf"[A-Za-z](?:[\w.+-]{{0,{_LONGEST - 2}}}[\w+-])?", re.ASCII)
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
"""Names that are devices on Windows, whatever their ending."""


class Named(NamedTuple):
    """The name of a note and the citation key of its paper.

    Args:
        stem: of the file.
        citekey: the key that the note declares; empty if the generated one is the stem anyway.
        taken: the key in its source, if another paper or file has it already.
    """

    stem: str
    citekey: str
    taken: str


def folder_in(root: str, to: str, config: Config) -> str:
    """The folder as a prefix of paths in the vault: `` or `papers/`. It need not exist yet.

    Args:
        root: of the vault, without symbolic links.
        to: the folder as given, relative to the vault's.

    Raises:
        CommandError: it is outside the vault, is not a folder, or no note in it would be read.
    """
    whole = os.path.normpath(os.path.join(root, to))
    if whole != root and not whole.startswith(os.path.join(root, "")):
        raise CommandError(f"{to}: is outside {root} - name a folder in the vault")
    if os.path.realpath(whole) != whole:
        raise CommandError(f"{to}: is a symbolic link, which the vault does not follow - name another folder")
    if os.path.lexists(whole) and not os.path.isdir(whole):
        raise CommandError(f"{to}: not a folder - name another one")
    inside = "" if whole == root else os.path.relpath(whole, root).replace(os.sep, "/") + "/"
    if not would_read(config, f"{inside}note.md"):
        raise CommandError(f"{to}: notes there would not be read - name another folder, or see paperkb.toml")
    return inside


def named(
    papers: Sequence[tuple[Paper, str]], cited: Iterable[str], stems: Iterable[str], is_read: Callable[[str], bool]
) -> list[Named]:
    """A name for each paper: its source's citation key if it can name a file, else the one that an export makes.

    If a name is taken, a letter is appended and the result declared, so that the citation key is the note's name.

    Args:
        papers: each with the citation key that it has in the vault already, or an empty string.
        cited: citation keys of other papers in the vault.
        stems: of existing files.
        is_read: whether the vault reads a note of this stem.
    """
    taken = {f"cited {key}": key for key in cited} | {f"file {stem}": stem for stem in stems}
    wanted = [_wanted(paper, known, is_read) for paper, known in papers]
    dates = [paper.date for paper, _ in papers]
    order = sorted(range(len(papers)), key=lambda n: (not dates[n], dates[n], n))  # as export does
    found = distinct([(str(n), wanted[n]) for n in order], taken)
    return [_named(paper, wanted[n], found[str(n)]) for n, (paper, _) in enumerate(papers)]


def _wanted(paper: Paper, known: str, is_read: Callable[[str], bool]) -> str:
    given = paper.first("citekey") or ("" if "authors" in paper.facts else known)
    if _can_name(given, is_read):
        return given
    arxiv = next((each.value for each in paper.ids if each.scheme == "arxiv"), "")
    made = citekey(paper.facts.get("authors", ()), paper.year, paper.title, arxiv_id=arxiv)[:_LONGEST]
    return made if _can_name(made, is_read) else f"paper-{made}"


def _named(paper: Paper, wanted: str, found: str) -> Named:
    given = paper.first("citekey")
    if given and given != wanted:  # it cannot name a file, but is a citation key
        return Named(found, given, "")
    is_declared = given or found != wanted
    return Named(found, found if is_declared else "", given if found != wanted else "")


def _can_name(stem: str, is_read: Callable[[str], bool]) -> bool:
    """Whether this can name a file on every system, which is read, and not as the note of another paper."""
    is_name = bool(_NAME.fullmatch(stem)) and not _RESERVED.fullmatch(stem)
    return is_name and ids.parse_id(stem) is None and is_read(stem)


def stems(store: Store, folder: str) -> set[str]:
    """Stems of all notes of the vault, and of the notes that are in a folder already."""
    rows = store.rows("SELECT path FROM document WHERE layer = 'own' AND digest IS NOT NULL")
    names = [path.rpartition("/")[2] for (path,) in rows]
    there = os.listdir(folder) if os.path.isdir(folder) else []
    return {stem for stem, ending in map(os.path.splitext, [*names, *there]) if ending.lower() in NOTES}

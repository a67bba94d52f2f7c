"""Where notes are written: a folder of the vault that is read, and a name that no other file or paper has."""

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
"""Characters of a name that is made; systems take 255 bytes, and their paths not many of these."""
_NAME = re.compile(rf"[A-Za-z](?:[\w.+-]{{0,{_LONGEST - 2}}}[\w+-])?", re.ASCII)
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
"""Names that Windows takes for devices, whatever their ending."""


class Named(NamedTuple):
    """What a note is called and its paper cited by.

    Args:
        stem: of the file.
        citekey: that the note declares; empty where the one that is made is the stem anyway.
        taken: the key that its source gives, where another paper or file has it.
    """

    stem: str
    citekey: str
    taken: str


def folder_in(root: str, to: str, config: Config) -> str:
    """The folder as paths in the vault begin with it: `` or `papers/`. It need not be there yet.

    Args:
        root: of the vault, with no link in it.
        to: as it was named, from the vault's folder.

    Raises:
        CommandError: it lies outside, is no folder, or no note in it would be read.
    """
    whole = os.path.normpath(os.path.join(root, to))
    if whole != root and not whole.startswith(os.path.join(root, "")):
        raise CommandError(f"{to}: lies outside of {root} - name a folder in the vault")
    if os.path.realpath(whole) != whole:
        raise CommandError(f"{to}: is a symbolic link, which the vault does not follow - name another folder")
    if os.path.lexists(whole) and not os.path.isdir(whole):
        raise CommandError(f"{to}: a file, and no folder")
    inside = "" if whole == root else os.path.relpath(whole, root).replace(os.sep, "/") + "/"
    if not would_read(config, f"{inside}note.md"):
        raise CommandError(f"{to}: no note there would be read - name another folder, or see paperkb.toml")
    return inside


def named(
    papers: Sequence[tuple[Paper, str]], cited: Iterable[str], stems: Iterable[str], is_read: Callable[[str], bool]
) -> list[Named]:
    """A name for each paper: its source's citation key if it can name a file, else the one that an export makes.

    A letter goes behind a name that is taken; then it is declared, so that the paper is cited as its note is called.

    Args:
        papers: each with the key that the vault cites it by already, if it knows it.
        cited: keys that other papers of the vault are cited by.
        stems: of files that are there.
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
    if given and given != wanted:  # which names no file, but may be cited
        return Named(found, given, "")
    is_declared = given or found != wanted
    return Named(found, found if is_declared else "", given if found != wanted else "")


def _can_name(stem: str, is_read: Callable[[str], bool]) -> bool:
    """Can a file be called so on every system, and be read, and not for the note of another paper?"""
    is_name = bool(_NAME.fullmatch(stem)) and not _RESERVED.fullmatch(stem)
    return is_name and ids.parse_id(stem) is None and is_read(stem)


def stems(store: Store, folder: str) -> set[str]:
    """What notes of the vault are called, and whatever lies in a folder already."""
    rows = store.rows("SELECT path FROM document WHERE layer = 'own' AND digest IS NOT NULL")
    names = [path.rpartition("/")[2] for (path,) in rows]
    there = os.listdir(folder) if os.path.isdir(folder) else []
    return {stem for stem, ending in map(os.path.splitext, [*names, *there]) if ending.lower() in NOTES}

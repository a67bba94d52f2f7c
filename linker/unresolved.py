"""Links that are ambiguous, lead nowhere, or may not work in other tools."""

import json
import posixpath
from collections.abc import Collection, Iterator

from kb import conventions, ids
from kb.misspelled import near_each
from kb.model import Diagnostic, LinkKind, Severity
from kb.store import Store
from kb.targets import external, fold_heading, is_for_site
from kb.typed import NamedTuple
from linker.ghosts import is_file
from linker.meant import Missing, hints, joined
from linker.resolution import SHOWN

_LONGEST = 80
"""Maximum number of characters quoted from a link."""
_BY_NAME = ("name", "own-folder", "subtree", "shortest")
"""Ways of finding a file whose path is not the link's."""


class _Link(NamedTuple):
    path: str
    line: int
    column: int
    raw: str
    target: str
    fragment: str
    kind: LinkKind
    how: str
    status: str
    candidates: str | None
    has_ghost: bool
    doc: int | None
    leads_to: str | None

    def says(self, code: str, severity: Severity, message: str, hint: str) -> Diagnostic:
        return Diagnostic(self.path, self.line, self.column, code, severity, f"{self.shown} {message}", hint)

    @property
    def shown(self) -> str:
        return self.raw if len(self.raw) <= _LONGEST else self.raw[: _LONGEST - 1] + "…"

    @property
    def missing(self) -> Missing:
        return Missing(self.path, self.target, self.kind)

    @property
    def place(self) -> str:
        """The heading or block that it looks for in the note, in the form in which these are compared."""
        return self.fragment.lower() if self.fragment.startswith("^") else fold_heading(self.fragment)

    @property
    def is_file(self) -> bool:
        return not self.has_ghost and (self.kind in ("markdown", "embed") or is_file(self.target, self.kind))

    @property
    def leads_out(self) -> bool:
        """Whether its path leaves the vault."""
        is_relative = self.kind in ("markdown", "embed") or self.target.startswith("../")
        return is_relative and f"{joined(self.path, self.target)}/".startswith("../")

    def left_out(self, sites: Collection[str]) -> tuple[str, str]:
        """The outermost folder of its path that is a site or left out by convention, and why; or two empty strings."""
        target = self.target.strip("/")
        is_relative = self.kind in ("markdown", "embed") or target.startswith("../")
        *folders, _ = (joined(self.path, target) if is_relative else posixpath.normpath(target)).split("/")
        for n, folder in enumerate(folders, 1):
            path = "/".join(folders[:n])
            if reason := conventions.BUILT if path in sites else conventions.of_folder(folder):
                return path, reason
        return "", ""


def link_findings(store: Store) -> Iterator[Diagnostic]:
    """Links of the reader's own notes that are ambiguous, lead nowhere, or may not work in other tools."""
    links = [
        _Link(*row)
        for row in store.rows(
            "SELECT d.path, w.line, w.col, w.raw, m.target, m.fragment, m.kind, m.how, m.status, m.candidates, "
            "m.to_node IS NOT NULL, m.to_doc, t.path FROM doubtful_meaning m CROSS JOIN written_link w "
            "ON w.meaning = m.id CROSS JOIN document d ON d.id = w.doc LEFT JOIN document t ON t.id = m.to_doc "
            "WHERE d.layer = 'own' ORDER BY d.path, w.line, w.col"
        )
    ]
    missing = [
        link
        for link in links
        if link.status == "missing"
        and link.kind not in ("id", "citekey", "handle")
        and not (external(link.target) and ids.parse_id(link.target))
    ]
    near = _near_places(store, [link for link in links if link.status == "fragment-missing"])
    for link in links:
        if link.status == "ambiguous":
            paths = json.loads(link.candidates or "[]")
            several = f"write one of {', '.join(paths[:SHOWN])}{' or others' if len(paths) > SHOWN else ''}"
            yield link.says("link-ambiguous", "warning", "may mean several notes", several)
        elif link.status == "fragment-missing":
            message = f"leads to no heading or block `{link.fragment}` in that note"
            asked = " or ".join(f"`{name}`" for name in near.get((link.doc, link.place), [])[:2])
            hint = f"did you mean {asked}?" if asked else "check whether it was renamed"
            yield link.says("fragment-missing", "warning", message, hint)
        elif link.status == "ok" and link.how in _BY_NAME and link.kind == "markdown" and not is_for_site(link.raw):
            here = posixpath.relpath(link.leads_to or "", posixpath.dirname(link.path) or ".")
            message = "is not the path of a file; found by name, as in Obsidian"
            yield link.says("link-by-name", "notice", message, f"other tools need {here}")
    meant = hints(store, (link.missing for link in missing))
    sites = _sites(store)
    for link in missing:
        yield _nothing_there(store, link, link.left_out(sites), meant.get(link.missing, ""))


def _sites(store: Store) -> set[str]:
    """The folders of the vault that were left out as sites."""
    notices = json.loads(store.meta("left_out") or "[]")
    return {path.rstrip("/") for path, _, _, message, _ in notices if message == f"left out: {conventions.BUILT}"}


def _nothing_there(store: Store, link: _Link, left_out: tuple[str, str], hint: str) -> Diagnostic:
    folder, reason = left_out
    if link.leads_out:
        above = "put it into the vault, or open the folder above as the vault"
        return link.says("link-left-out", "notice", "leads out of the vault", hint or above)
    if folder and not _is_read(store, folder):
        include = f'to read it: include = ["{folder}"] in paperkb.toml'
        return link.says("link-left-out", "notice", f"leads into `{folder}/`, which is left out: {reason}", include)
    if link.is_file:
        return link.says("file-missing", "warning", "leads to no file", hint or "check the path")
    plain = "write that note" if ids.parse_id(link.target) else "write that note, or link its id"
    return link.says("link-missing", "notice", "has no note yet", hint or plain)


def _is_read(store: Store, folder: str) -> bool:
    """Whether anything in the folder is read, as `include` in `paperkb.toml` allows."""
    inside = "SELECT 1 FROM document WHERE layer = 'own' AND path > ? AND path < ?"
    return bool(store.one(inside, (f"{folder}/", f"{folder}0")))  # `0` comes after `/`


def _near_places(store: Store, links: list[_Link]) -> dict[tuple[int | None, str], list[str]]:
    """For each (note, heading or block) that links look for in vain, those of the note with similar names."""
    asked: dict[int, set[str]] = {}
    for link in links:
        if link.doc is not None:
            asked.setdefault(link.doc, set()).add(link.place)
    near: dict[tuple[int | None, str], list[str]] = {}
    for doc, places in asked.items():
        [(fragments,)] = store.rows("SELECT fragments FROM document WHERE id = ?", (doc,))
        known = [name for name in json.loads(fragments or "[]") if "#" not in name]  # no paths of headings
        for is_block in (True, False):
            wanted, names = ([name for name in each if name.startswith("^") is is_block] for each in (places, known))
            near |= {(doc, place): found for place, found in near_each(wanted, names).items()}
    return near

"""Which document a link means. One pure function over an index; the order of files never matters.

A file comes first (`linker.files`). Only if none matches, the paper stages begin: id, citekey, alias, title, the
title's head, the title's beginning, a citation key without its `@`; each counts only if exactly one thing has it.
"""

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable

from kb import ids
from kb.targets import (
    Work,
    anchor,
    anchors,
    cited_item,
    cited_work,
    external,
    fold_heading,
    hosted_note,
    may_be_citekey,
)
from kb.titles import title_key
from linker.files import REMEMBERED, Files
from linker.resolution import How, Place, Resolution

_STAGES: dict[How, str] = {"citekey": "key", "alias": "alias", "title": "title", "title-head": "head"}
"""The stage in which each kind of answer is found; all others are ids."""
_WHOLE: tuple[How, ...] = ("title", "alias")
"""The kinds of answers to a title in full."""


class Index:
    """The resolver's data: places by file name, by id, by citekey, by folded name.

    Args:
        fragments: the headings and blocks of the note at a path.
        can_be: whether a work cited in full can be the paper of a node that has its title.
    """

    def __init__(
        self,
        fragments: Callable[[str], Collection[str]] = lambda path: (),
        can_be: Callable[[Work, int | None], bool] = lambda work, node: True,
    ) -> None:
        self.files = Files()
        self.named: dict[str, dict[str, list[Place]]] = {}  # stage -> id, citekey or folded name -> places
        self.fragments, self.can_be = fragments, can_be
        self._anchors: dict[str, frozenset[str]] = {}
        self._titles: list[str] = []
        self._answers: dict[tuple[How, str, str], Resolution | None] = {}

    def add(self, stage: str, key: str, place: Place) -> None:
        """Make a place findable.

        Args:
            stage: `name` (of a file), `post` (its name without the date), `id`, `key` (to cite), `alias`, `title`,
                `head` (of a title) or `tag`.
        """
        if stage == "name":
            self.files.add(key, place)
            return
        if stage == "post":
            self.files.add_post(key, place)
            return
        self.named.setdefault(stage, {}).setdefault(key, []).append(place)
        self._answers = {}
        self._titles = []

    def answer(self, how: How, key: str, among: str) -> Resolution | None:
        """The one thing that has an id, citekey or name; cached, as many links may ask for what many places have."""
        asked = (how, key, among)
        if asked not in self._answers:
            if len(self._answers) >= REMEMBERED:
                self._answers = {}
            self._answers[asked] = _unique(how, self._places(how, key), among)
        return self._answers[asked]

    def work(self, work: Work) -> Resolution | None:
        """The one paper that a work cited in full can be, by its title or an alias; None also if there are several."""
        named = [place for how in _WHOLE for place in self._places(how, work.title) if place.kind == "paper"]
        found = _unique("title", (place for place in named if self.can_be(work, place.node)), "paper")
        return found if found and found.place else None

    def anchors(self, path: str) -> frozenset[str]:
        """The anchors of the headings of the note at a path, as sites make them (`#two-words`)."""
        if path not in self._anchors:
            self._anchors[path] = frozenset(anchor(name) for name in self.fragments(path) if name[0] != "^")
        return self._anchors[path]

    def _places(self, how: How, key: str) -> list[Place]:
        if how == "title-prefix":
            return self._beginning_with(key)
        return self.named.get(_STAGES.get(how, "id"), {}).get(key, [])

    def _beginning_with(self, fold: str) -> list[Place]:
        """Places whose title begins with these whole words."""
        titles = self.named.get("title", {})
        if not self._titles:
            self._titles = sorted(titles)
        begins = bisect_left(self._titles, f"{fold} ")
        ends = bisect_left(self._titles, f"{fold}!")  # the character after a space
        return [place for title in self._titles[begins:ends] for place in titles[title]]


def resolve(
    target: str,
    source: str,
    index: Index,
    *,
    fragment: str = "",
    written: str = "wiki",
    among: str = "",
    papers: bool = True,
) -> Resolution:
    """Find what `target`, written in the document `source`, means.

    Args:
        target: the link's target without fragment, percent-decoded if needed.
        source: path of the document that holds the link.
        fragment: heading path or `^block` that must exist there.
        written: how the link is written (`Link.kind`).
        among: only places of this kind count (`pattern`, `constraint`, `paper`).
        papers: go on to the paper stages if no file matches; off is Obsidian's own behavior.
    """
    found = _find(target.replace("\N{NO-BREAK SPACE}", " ").strip(), source, index, written, among, papers)
    if found.status != "ok" or not fragment or not found.place or found.place.kind == "attachment":
        return found  # `[[paper.pdf#page=3]]`: only the program that shows the file knows its places
    if _has_fragment(index, found.place.path, fragment, written):
        return found
    return Resolution("fragment-missing", found.how, found.place, found.candidates)


def _find(target: str, source: str, index: Index, written: str, among: str, papers: bool) -> Resolution:
    if written == "reference":
        return index.work(cited_work(target)) or Resolution("missing")
    if written in ("citekey", "handle"):
        return index.answer("citekey", target, among) or Resolution("missing")
    paper = (
        ids.parse_id(target)
        if papers and (external(target) or written in ("id", "wiki", "property", "field"))
        else None
    )
    if (own := hosted_note(target)) and (found := index.files.find(own, source, written, among)):
        return found
    if papers and (key := cited_item(target)) and (cited := index.answer("citekey", key, among)):
        return cited
    if external(target) or written == "id":
        return (
            (_by_id(paper, index, among) or Resolution("missing"))
            if paper
            else _external_or_title(target, index, written, among, papers)
        )
    if not target:
        return Resolution("ok", "self", Place(source))
    found = index.files.find(target, source, written, among)
    if found or not papers or target.startswith(("./", "../", "/")) or written in ("markdown", "embed"):
        return found or Resolution("missing")
    by_id = _by_id(paper, index, among) if paper else None
    if target.startswith("@"):
        by_id = by_id or index.answer("citekey", target[1:], among)
    return by_id or _by_name(target, index, among) or Resolution("missing")


def _external_or_title(target: str, index: Index, written: str, among: str, papers: bool) -> Resolution:
    """`Adam: A Method ...` looks like a scheme; in a wiki-link it is a title."""
    if written in ("markdown", "id", "embed") or (papers and "//" in target):
        return Resolution("external")
    return (papers and _by_name(target, index, among)) or Resolution("missing")


# -- papers --------------------------------------------------------------------------------------------------------


def _by_id(paper: ids.PaperId, index: Index, among: str) -> Resolution | None:
    how: How = "arxiv-id" if paper.scheme == "arxiv" else "doi" if paper.scheme == "doi" else "id"
    return index.answer(how, ids.known_as(str(paper)), among)


def _by_name(target: str, index: Index, among: str) -> Resolution | None:
    fold = title_key(target)
    if not fold:
        return None
    stages: tuple[How, ...] = ("alias", "title", "title-head", "title-prefix")
    known = stages if " " in fold else stages[:-1]  # one word is the name of something: GLU is not GLU Variants ...
    named = next((found for how in known if (found := index.answer(how, fold, among))), None)
    return named or (index.answer("citekey", target, among) if may_be_citekey(target) else None)


def _unique(how: How, places: Iterable[Place], among: str) -> Resolution | None:
    """The place of the one thing, its primary note if possible; ambiguous if there are several; None if none."""
    fitting = sorted({place for place in places if not among or place.kind == among})
    things: dict[str, Place] = {}
    for place in fitting:
        thing = place.thing or place.path
        if thing not in things or place.primary:
            things[thing] = place
    if not things:
        return None
    if len(things) > 1:
        return Resolution("ambiguous", candidates=tuple(sorted(place.path for place in things.values())))
    return Resolution("ok", how, next(iter(things.values())))


def _has_fragment(index: Index, path: str, fragment: str, written: str) -> bool:
    known = index.fragments(path)
    if fragment.startswith("^"):
        return fragment.lower() in known
    if "#".join(fold_heading(part) for part in fragment.split("#") if part.strip()) in known:
        return True
    return written == "markdown" and not index.anchors(path).isdisjoint(anchors(fragment))

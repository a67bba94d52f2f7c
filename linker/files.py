"""Which file a path or name means: Obsidian's rules, with three deliberate differences.

Names and folders end at `/`, an exact-case match beats a case-folded one, and a tie is ambiguous instead of a guess.
The order of files never matters. What many links look for is worked out once, so that N links to N files of one name
cost time in proportion to N.
"""

import posixpath
import unicodedata
from bisect import bisect_left

from kb.config import NOTES
from kb.conventions import PAGES_OF_FOLDERS, called, post
from linker.resolution import How, Place, Resolution

REMEMBERED = 1 << 14
"""Maximum number of answers kept for links that ask the same."""
_PAGES = ("html", "htm")
"""Endings of pages."""
_CONTENT = "content"
"""The folder in which Hugo and Zola keep notes, and from which their addresses start."""


def fold_name(name: str) -> str:
    """The form in which file names are compared: composed, without case, non-breaking spaces as spaces."""
    if name.isascii():  # like most names: then only case can differ
        return name.lower()
    return unicodedata.normalize("NFC", name.replace("\N{NO-BREAK SPACE}", " ")).casefold()


def last_name(target: str) -> str:
    """The folded last part of a target: a file's name, with or without its ending."""
    return fold_name(target.rpartition("/")[2])


def file_names(target: str) -> list[str]:
    """Folded file names that a target may mean, in the order in which they are tried."""
    last = last_name(target)
    return [*([last] if "." in last else []), *(last + ending for ending in NOTES)]


def shown_at(target: str) -> tuple[str, ...]:
    """The notes that a site may show at the target of a Markdown link: `2014/`, `2014/adam/`, `2014/adam.html`."""
    folder, slash, page = target.rpartition("/")
    stem, _, ending = page.rpartition(".")
    is_page = bool(stem) and ending.lower() in _PAGES
    if is_page and stem.lower() != "index":
        return (folder + slash + stem,)
    if stem and not is_page and page != "..":
        return ()  # some other file
    inside = folder + slash if is_page else f"{target}/"
    itself = (folder,) if not page and folder.rpartition("/")[2] not in ("", ".", "..") else ()
    return (*(inside + name for name in PAGES_OF_FOLDERS), *itself)


def post_at(target: str) -> str:
    """The folded name of the post that a site may show at the target of a Markdown link: `2014/12/22/adam/`."""
    name = last_name(target.rstrip("/"))
    stem, _, ending = name.rpartition(".")
    name = stem if ending in _PAGES else name
    return name if shown_at(target) and name not in PAGES_OF_FOLDERS else ""


class Files:
    """The files of one layer by their names."""

    def __init__(self) -> None:
        self._posts: dict[str, list[Place]] = {}  # folded name of a post without its date -> places
        self._named: dict[str, list[Place]] = {}  # folded file name -> places
        self._ends: dict[str, dict[str, list[Place]]] = {}  # file name -> what its paths end with -> places
        self._chosen: dict[tuple[str, str, str], Resolution | _Tie | None] = {}

    def add(self, name: str, place: Place) -> None:
        """Make a place findable by its folded file name."""
        self._named.setdefault(name, []).append(place)
        self._ends.pop(name, None)
        self._chosen = {}

    def add_post(self, name: str, place: Place) -> None:
        """Make a post findable by its folded name without the date."""
        self._posts.setdefault(name, []).append(place)

    def find(self, target: str, source: str, written: str, among: str) -> Resolution | None:
        """The file that `target` means in the document `source`, or None (see `resolve`)."""
        folder = source.rpartition("/")[0]
        if target.rpartition("/")[2] in ("", ".", ".."):
            return self._page_of(folder, target, written, among)
        if target.startswith(("./", "../")) or (written == "markdown" and not target.startswith("/")):
            found = self._at_path(posixpath.normpath(posixpath.join(folder, target)), among)
            if found or target.startswith(("./", "../")):
                return found or self._page_of(folder, target, written, among)
        for name in file_names(target):
            if name in self._named:
                asked = (target, name, among)
                if asked not in self._chosen:
                    if len(self._chosen) >= REMEMBERED:
                        self._chosen = {}
                    self._chosen[asked] = self._choose(*asked)
                chosen = self._chosen[asked]
                if chosen:
                    return chosen.seen_from(folder) if isinstance(chosen, _Tie) else chosen
        return self._page_of(folder, target, written, among)

    def _page_of(self, folder: str, target: str, written: str, among: str) -> Resolution | None:
        """The note that a site shows where a Markdown link leads (`[Adam](2014/adam/)`)."""
        if written != "markdown":
            return None
        roots = ["" if target.startswith("/") else folder]
        if not target.startswith(("./", "../")):
            roots += ("", _CONTENT)
        paths = (
            posixpath.normpath(posixpath.join(root, note.lstrip("/"))) for root in roots for note in shown_at(target)
        )
        return next(filter(None, (self._at_path(path, among) for path in paths)), None) or self._post(target, among)

    def _post(self, target: str, among: str) -> Resolution | None:
        """The post that a site shows at an address with its name and all, a part or nothing of its date."""
        said = [int(part) for part in target.split("/")[:-1] if part.isascii() and part.isdigit() and len(part) <= 4]
        posts = [
            place
            for place in self._posts.get(post_at(target), [])
            if (not among or place.kind == among) and _day(place.path)[: len(said)] == said
        ]
        return _only("relative", posts, tuple(sorted(place.path for place in posts))) if posts else None

    def _at_path(self, path: str, among: str) -> Resolution | None:
        for name in file_names(path):
            whole = fold_name(path.rpartition("/")[0]) + "/" + name if "/" in path else name
            equal = [place for place in self._ending(name, f"/{whole}") if not among or place.kind == among]
            if equal:
                return _only("relative", _prefer_exact(equal, path), tuple(sorted(place.path for place in equal)))
        return None

    def _ending(self, name: str, end: str) -> list[Place]:
        """Files of a name whose folded path ends with these whole segments; `/a/b.md` is a whole path."""
        named = self._named.get(name, [])
        if len(named) < 2:  # like nearly all names: not worth a table
            return [place for place in named if f"//{fold_name(place.path)}".endswith(f"/{end}")]
        if name not in self._ends:
            ends = self._ends[name] = {}
            for place in self._named[name]:
                path = fold_name(place.path)
                segments = path.split("/")
                for start in range(len(segments)):
                    ends.setdefault("/".join(segments[start:]), []).append(place)
                ends.setdefault(f"/{path}", []).append(place)
        return self._ends[name].get(end, [])

    def _choose(self, target: str, name: str, among: str) -> "Resolution | _Tie | None":
        """What a path or name means by Obsidian's preferences, before the folder of the link is considered."""
        is_from_root = target.startswith("/")
        prefix = fold_name(target.lstrip("/").rpartition("/")[0])
        wanted = f"{prefix}/{name}" if prefix else name
        end = f"/{wanted}" if is_from_root else wanted
        matching = [place for place in self._ending(name, end) if not among or place.kind == among]
        if not matching:
            return None
        paths = tuple(sorted(place.path for place in matching))
        exact = _prefer_exact(matching, target)
        whole = [place for place in exact if fold_name(place.path) == wanted]
        if whole and (prefix or len(matching) > 1 or is_from_root):
            return _only("exact-path", whole, paths)
        return _only("name", exact, paths) if len(exact) == 1 else _Tie(exact, paths)


class _Tie:
    """Files that a target fits equally well until the folder of the link is known."""

    def __init__(self, places: list[Place], candidates: tuple[str, ...]) -> None:
        self.places = sorted(places, key=lambda place: place.path)
        self.candidates = candidates
        self._paths = [place.path for place in self.places]
        self._anywhere = _shortest(self.places)
        self._best: dict[str, list[Place]] = {}  # folder -> the best files as seen from there

    def seen_from(self, folder: str) -> Resolution:
        """The best file as seen from a folder: one in it or below it first, then the shortest path."""
        if folder not in self._best:
            inside = self._inside(folder) if folder else []
            self._best[folder] = _shortest(inside) if inside else self._anywhere
        best = self._best[folder]
        is_own = best[0].path.rpartition("/")[0] == folder
        is_inside = best is not self._anywhere
        return _only("own-folder" if is_own else "subtree" if is_inside else "shortest", best, self.candidates)

    def _inside(self, folder: str) -> list[Place]:
        return self.places[bisect_left(self._paths, f"{folder}/") : bisect_left(self._paths, f"{folder}0")]


def _day(path: str) -> list[int]:
    """Year, month and day in the name of a post."""
    return [int(number) for number in post(called(path))[0].split("-")]


def _shortest(places: list[Place]) -> list[Place]:
    length = min(len(place.path) for place in places)
    return [place for place in places if len(place.path) == length]


def _only(how: How, best: list[Place], paths: tuple[str, ...]) -> Resolution:
    """The best place, if there is only one, with all that were considered; several are ambiguous."""
    candidates = paths if len(paths) > 1 else ()
    return Resolution("ok", how, best[0], candidates) if len(best) == 1 else Resolution("ambiguous", "", None, paths)


def _prefer_exact(places: list[Place], target: str) -> list[Place]:
    """Places whose spelling matches the target's case: the whole target, else its last part, else all places."""
    if len(places) == 1:
        return places
    for part in (target.lstrip("/"), target.rpartition("/")[2]):
        spelled = tuple(f"/{part}{ending}" for ending in ("", *NOTES))
        exact = [place for place in places if f"/{place.path}".endswith(spelled)]
        if exact:
            return exact
    return places

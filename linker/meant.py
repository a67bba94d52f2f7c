"""What a link that leads nowhere may have meant. Similar names are suggested, never linked."""

import posixpath
import re
from collections.abc import Iterable, Iterator

from kb import ids
from kb.config import NOTES
from kb.conventions import PAGES_OF_FOLDERS
from kb.misspelled import likely_each
from kb.model import LinkKind
from kb.store import Store
from kb.targets import external
from kb.titles import AHEAD, CONFIDENT, alike, title_key
from kb.typed import NamedTuple
from linker.files import file_names, fold_name

_NEAR = 0.75
"""Similarity of two names that may be one, and of the differing words in a misspelling."""
_LONGEST = 12
"""Maximum number of words in a link for looking up each run of them as a name."""
_SHARE = 0.4
"""Share of a link's letters that such a run must have to say something about the whole."""
_SHOWN = 3
_DIGITS = re.compile(r"\d+")


class Missing(NamedTuple):
    """A link that leads nowhere: the path of its note, its target, its kind."""

    path: str
    target: str
    kind: LinkKind


class _Called(NamedTuple):
    """A thing under one of its names: what it is, and how it is shown."""

    kind: str
    shown: str


class _Known:
    """Everything that a link may have meant, by the names it may have used."""

    def __init__(self) -> None:
        self.files: dict[str, list[str]] = {}  # folded file name -> paths
        self.stems: dict[str, list[str]] = {}  # folded name of an attachment without ending -> paths
        self.folders: dict[str, str] = {}  # folded folder -> its page, or empty
        self.named: dict[str, dict[str, _Called]] = {}  # folded name -> owner -> what it is


def hints(store: Store, missing: Iterable[Missing]) -> dict[Missing, str]:
    """What to do about each link, if more can be said than that nothing is there."""
    missing = list(dict.fromkeys(missing))
    if not missing:
        return {}
    known = _known(store)
    folds = {link.target: title_key(_name(link.target)) for link in missing}
    likely = likely_each(set(folds.values()) - {""}, known.named)
    found: dict[Missing, str] = {}
    for link in missing:
        fold = folds[link.target]
        hint = _as_written(link, known) or (_likeness(fold, likely[fold], known, link.kind) if fold else "")
        if hint:
            found[link] = hint
    return found


def joined(path: str, target: str) -> str:
    """The path that a target means as seen from the folder of a note; begins with `..` if it leaves the vault."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), target)) if target else ""


def _known(store: Store) -> _Known:
    known = _Known()
    own = store.rows("SELECT path, dialect IS NULL FROM document WHERE layer = 'own' ORDER BY path")
    for path, is_attachment in own:
        folder, _, name = path.rpartition("/")
        known.files.setdefault(fold_name(name), []).append(path)
        if is_attachment and "." in name:
            known.stems.setdefault(fold_name(name.rpartition(".")[0]), []).append(path)
        for above in _and_above(folder):
            known.folders.setdefault(fold_name(above), "")
        stem = fold_name(name.rpartition(".")[0])
        if folder and not is_attachment and (stem in PAGES_OF_FOLDERS or stem == fold_name(folder.rpartition("/")[2])):
            known.folders[fold_name(folder)] = path
    for key, stage, layer, path, owner, node_key, kind, title, is_mentioned in store.rows(
        "SELECT o.key, o.stage, d.layer, d.path, coalesce(e.node, d.node, 'file:' || d.id), n.key, n.kind, n.title, "
        "coalesce(e.mentioned, 0) "
        "FROM offer o JOIN document d ON d.id = o.doc LEFT JOIN entry e ON e.doc = o.doc AND e.n = o.n "
        "LEFT JOIN node n ON n.id = coalesce(e.node, d.node) WHERE o.stage IN ('name', 'alias', 'title', 'head') "
        "AND (d.layer = 'own' OR n.kind <> 'document') ORDER BY d.layer DESC, 9, d.path, o.key"
    ):
        name = key.partition(":")[2]
        fold = title_key(_name(name)) if stage == "name" else name
        if not fold:
            continue
        quoted = f'"{title if title_key(title or "") == fold else fold}"'
        if layer == "own" and not is_mentioned:
            shown = path if fold == title_key(_name(path)) else f"{path} ({quoted})"
        else:
            where = f"mentioned in {path}" if layer == "own" else "curated"
            shown = f"{kind} `{node_key}` ({where if fold == title_key(node_key) else f'{quoted}, {where}'})"
        known.named.setdefault(fold, {}).setdefault(str(owner), _Called(kind or "", shown))
    return known


def _and_above(folder: str) -> Iterator[str]:
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]


def _name(target: str) -> str:
    """The last part of a path without the ending of a note."""
    name = target.rstrip("/").rpartition("/")[2] if not external(target) else target
    stem, dot, ending = name.rpartition(".")
    return stem if stem and dot + ending.lower() in NOTES else name


# -- nearly the same name --------------------------------------------------------------------------------------------


def _as_written(link: Missing, known: _Known) -> str:
    """A hint if the target is nearly an id, or names a file elsewhere, a file without its ending, or a folder."""
    target = link.target
    almost = ids.arxiv_hint(target)
    if almost and link.kind not in ("markdown", "embed"):
        return f"did you mean {almost}?"
    elsewhere = [path for name in file_names(target) for path in known.files.get(name, [])]
    if elsewhere:
        return f"did you mean {_either(elsewhere)}?"
    with_ending = known.stems.get(fold_name(target.rpartition("/")[2]), [])
    if with_ending:
        names = [path if "/" in target else path.rpartition("/")[2] for path in with_ending]
        return f"add the ending: {_either(names)}"
    for folder in (fold_name(joined(link.path, target)), fold_name(target.strip("/"))):
        if folder in known.folders:
            page = known.folders[folder]
            return f"that is a folder: link {page}" if page else "that is a folder: link a note in it"
    return ""


def _either(names: Iterable[str]) -> str:
    return " or ".join(dict.fromkeys(list(names)[:_SHOWN]))


# -- similar names ---------------------------------------------------------------------------------------------------


def _likeness(fold: str, likely: list[str], known: _Known, kind: LinkKind) -> str:
    """A hint with the one clear misspelling, or with the closest names; names with other numbers are other names."""
    is_file = kind == "embed"  # its name is one word
    digits = _DIGITS.findall(fold)
    parts = [] if is_file else _runs(fold, known)
    names = [name for name in dict.fromkeys([*likely, *parts]) if _DIGITS.findall(name) == digits]
    scores = dict.fromkeys(names, 0.0) | {name: score for score, name in alike(fold, names)}
    best: dict[str, tuple[float, bool, str]] = {}  # owner -> (similarity, is a misspelling, shown) of its best name
    for name in sorted(names, key=lambda name: (-scores[name], name)):
        is_misspelt = scores[name] >= _NEAR if is_file else scores[name] > 0 and _is_misspelt(fold, name)
        is_near = scores[name] >= _NEAR and _shares_words(name, fold)
        is_whole = _has_words(name, fold) and (" " in fold or scores[name] > 0)
        for owner, called in known.named[name].items():
            is_part = name in parts and called.kind != "constraint"  # `data` says nothing about `data parallelism`
            if is_misspelt or is_near or is_part or is_whole:
                best.setdefault(owner, (scores[name], is_misspelt, called.shown))
    ranked = sorted(best.values(), key=lambda found: (-found[0], found[2]))
    if not ranked:
        return ""
    score, is_misspelt, shown = ranked[0]
    if is_misspelt and score >= CONFIDENT and (len(ranked) == 1 or score - ranked[1][0] >= AHEAD):
        return f"did you mean {shown}?"
    return f"closest: {', '.join(shown for *_, shown in ranked[:_SHOWN])}"


def _runs(fold: str, known: _Known) -> list[str]:
    """Names that are words of a longer one: `quantization` in `quantization aware training`."""
    words = fold.split()
    count = len(words) if len(words) <= _LONGEST else 0
    runs = (" ".join(words[start:end]) for start in range(count) for end in range(start + 1, count + 1))
    return [run for run in runs if _SHARE * len(fold) <= len(run) < len(fold) and run in known.named]


def _has_words(name: str, fold: str) -> bool:
    """Whether the name has all words of the link, in any order."""
    return set(fold.split()) <= set(name.split())


def _shares_words(name: str, fold: str) -> bool:
    """Whether the two share at least two thirds of the words of the longer one."""
    mine, its = set(fold.split()), set(name.split())
    return 3 * len(mine & its) >= 2 * max(len(mine), len(its))


def _is_misspelt(fold: str, name: str) -> bool:
    """Whether the words in which two names differ are spelled alike. `active learning` is no `contrastive learning`."""
    from difflib import SequenceMatcher  # slow to import: only if names are similar

    mine, its = fold.split(), name.split()
    left = "".join(word for word in mine if word not in its)
    right = "".join(word for word in its if word not in mine)
    return bool(left and right) and SequenceMatcher(None, left, right, autojunk=False).ratio() >= _NEAR

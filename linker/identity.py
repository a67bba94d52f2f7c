"""Which entries are the same paper: by id first, then by name, never against the evidence. Order never matters."""

import re
from collections.abc import Iterable, Iterator, Sequence

from kb import conventions, dates, names
from kb.ids import known_as
from kb.model import EntryKind, Layer
from kb.regex import rare
from kb.slugs import slug
from kb.titles import fold, title_key
from kb.typed import NamedTuple

PUBLICATION_LAG = 2
"""Years between a preprint and its publication, at most; without authors in common, a longer gap means two papers."""
NOTE = "note:"
_IF_ALIKE = ("cited:", NOTE)
"""Kinds of keys that join only what all lists call the same."""
_NAMESAKES = 20
"""Maximum number of a paper's authors with one family name that are compared; a list of thousands has many of some."""
_SPELLED = [("1", "i", "one"), ("2", "ii", "two"), ("3", "iii", "three"), ("4", "iv", "four"), ("5", "v", "five"),
            ("6", "vi", "six"), ("7", "vii", "seven"), ("8", "viii", "eight"), ("9", "ix", "nine")]  # fmt: skip
_WORDS = "|".join(sorted((word for spellings in _SPELLED for word in spellings[1:]), key=len, reverse=True))
_NUMBER = rare(rf"(?:\b(?:part|version|vol|volume) )?(?:v?\d+|\b(?:{_WORDS})\b)")


class Claimant(NamedTuple):
    """An entry as identity sees it: as light as possible, since nearly every entry is alone.

    Args:
        several: its document is not the note of this entry alone, so the file's name is not its name.
        mentioned: its document only mentions it, so it ranks after every note and gives no note a name.
        ids: `arxiv:...`, `doi:...` and so on, as text.
        authors: display names.
        weight: number of fields; the note with the most ranks first.
        dated: its dates, as written.
        citekeys: its citation keys.
        line: where its document begins to discuss it.
        noted_in: the reader's note on it, if a list mentions it and links one.
    """

    doc: int
    n: int
    several: bool
    mentioned: bool
    layer: Layer
    path: str
    kind: EntryKind
    key: str
    title: str
    aliases: tuple[str, ...]
    ids: tuple[str, ...]
    authors: tuple[str, ...]
    weight: int
    dated: tuple[str, ...] = ()
    line: int = 1
    citekeys: tuple[str, ...] = ()
    noted_in: str = ""

    @property
    def years(self) -> list[int]:
        """Years in which the paper may have come out: those written, unless to the day, and those of its arXiv ids.

        A date to the day is just as often the day of the note.
        """
        written = [date for date in map(dates.parse_date, self.dated) if date and date.precision != "day"]
        given = [dates.from_arxiv(i.removeprefix("arxiv:")) for i in self.ids if i.startswith("arxiv:")]
        return [date.year for date in (*written, *given)]

    @property
    def rank(self) -> tuple[bool, int, int, str, int]:
        """Sort key: notes before mentions, then the reader's own, then the most fields, then the smallest path."""
        return (self.mentioned, 0 if self.layer == "own" else 1, -self.weight, self.path, self.n)

    @property
    def filed_as(self) -> str:
        """The name of its file; the title of one of several entries, and of a page of Notion, which cuts it there."""
        called = conventions.called(self.path)
        return self.title if self.several or conventions.called_by_notion(called) else called

    @property
    def spare(self) -> str:
        """A key that no slug and no other entry can be: the path, without its ending unless that could be a slug."""
        path = self.path if self.layer == "own" else f"{self.layer}://{self.path}"
        if self.several:
            return f"{path}#{self.n}"
        bare = path.removesuffix(".md")
        return path if "." in bare.rpartition("/")[2] or bare == slug(bare) else bare


class Group(NamedTuple):
    """One paper, pattern or constraint: its entries, the primary note's first."""

    members: tuple[Claimant, ...]

    @property
    def primary(self) -> Claimant:
        return self.members[0]


def identity_keys(entry: Claimant) -> list[str]:
    """Keys that may show an entry to be the same thing as another."""
    if entry.kind != "paper":
        name = title_key(entry.key or entry.filed_as)
        return [f"{entry.kind}:{name}"] if name else []
    is_curated = entry.layer == "curated" and not entry.mentioned  # whose file has the name that people use
    folds = [title_key(name) for name in (entry.title, *entry.aliases, *([entry.filed_as] if is_curated else []))]
    return sorted(
        {
            *map(note_key, _places(entry)),
            *(f"id:{known_as(identifier)}" for identifier in entry.ids),
            *([f"key:{entry.key}"] if entry.key else []),
            *(f"cited:{citekey}" for citekey in entry.citekeys),
            *(f"name:{fold}" for fold in folds if fold),
        }
    )


def note_key(place: str) -> str:
    """The key of the note at a place of the reader's vault."""
    return f"{NOTE}{place}"


def _places(entry: Claimant) -> tuple[str, ...]:
    """Where the note on a paper is: the one that a list links, or the entry's own, if no id tells which paper it is."""
    if entry.layer != "own" or entry.mentioned:
        return (entry.noted_in,) if entry.layer == "own" and entry.noted_in else ()
    return () if entry.ids or entry.several else conventions.spots(entry.path)


def merge(entries: Iterable[Claimant]) -> list[Group]:
    """Group entries that are one thing.

    Equal ids join. So do equal front-matter keys, citation keys, titles, aliases and notes that lists link if all
    entries that share them can be the same paper: at most one arXiv id and one DOI among them, authors and years that
    do not contradict each other, no title that is the name with another number, and no lists or bibliographies that
    title the same note or citation key differently.
    """
    members = sorted(entries, key=lambda entry: entry.rank)
    sets = _Sets(len(members))
    by_key: dict[str, list[int]] = {}
    for position, entry in enumerate(members):
        for key in identity_keys(entry):
            by_key.setdefault(key, []).append(position)
    for key in sorted(by_key):
        if not key.startswith(("name:", *_IF_ALIKE, "key:")):
            sets.join_all(by_key[key])
    for kind in ("key:", *_IF_ALIKE, "name:"):
        for key in sorted(by_key):
            if key.startswith(kind) and len(by_key[key]) > 1:
                roots = sorted({sets.root(position) for position in by_key[key]})
                name = key.removeprefix("name:") if kind == "name:" else ""
                groups = [[members[p] for p in sets.members[root]] for root in roots]
                if len(roots) > 1 and _compatible(groups, name) and (kind not in _IF_ALIKE or _listed_alike(groups)):
                    sets.join_all(roots)
    return [Group(tuple(members[p] for p in positions)) for positions in sets.groups()]


def _compatible(groups: Sequence[Sequence[Claimant]], name: str) -> bool:
    """Whether these groups, which share a name, can be one paper."""
    together = [entry for group in groups for entry in group]
    for scheme in ("arxiv:", "doi:"):
        if len({i for entry in together for i in entry.ids if i.startswith(scheme)}) > 1:
            return False
    if not _same_numbers(groups, name):
        return False
    known = [entry.authors for entry in together if entry.authors]
    if not all(_may_be_one_list(known[0], other) for other in known[1:]):
        return False
    years = [[year for entry in group for year in entry.years] for group in groups]
    dated = [group for group, found in zip(groups, years) if found]
    return _same_time([found for found in years if found]) or all(
        any(entry.authors for entry in group) for group in dated
    )


def _listed_alike(groups: Sequence[Sequence[Claimant]]) -> bool:
    """Whether all lists that mention it give it one title. A key is unique within a bibliography, not across two."""
    titles = [{title_key(entry.title) for entry in group if entry.mentioned} for group in groups]
    listed = [found for found in titles if found]
    return len(listed) < 2 or bool(set.intersection(*listed))


def _same_time(years: Sequence[Sequence[int]]) -> bool:
    """Whether no two groups' years are further apart than a preprint and its publication."""
    return not years or max(map(min, years)) - min(map(max, years)) <= PUBLICATION_LAG


def _same_numbers(groups: Sequence[Sequence[Claimant]], name: str) -> bool:
    """Whether no titles differ like `GPT-2` and `GPT-3`, or like `VQ-VAE-2` and the shared name `VQ-VAE`."""
    titled = [{title_key(entry.title) for entry in group} for group in groups] + ([{name}] if name else [])
    numbers: dict[str, list[set[str]]] = {}
    for titles in titled:
        found: dict[str, set[str]] = {}
        for title in titles - {""}:
            words = _NUMBER.sub(" ", title)
            found.setdefault(words.replace(" ", ""), set()).add(" ".join(map(_digits, _NUMBER.findall(title))))
        for words, counted in found.items():
            numbers.setdefault(words, []).append(counted)
    return all(set.intersection(*counted) for counted in numbers.values())


def _digits(number: str) -> str:
    """`2` for `2`, `v2`, `ii`, `two` and `part ii`."""
    last = re.sub(r"^v(?=\d)", "", number.split()[-1])
    return str(next((n for n, spellings in enumerate(_SPELLED, 1) if last in spellings), last))


def share_author(some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether one of these authors can be one of the others."""
    return _begin_alike(some, others) or any(_shared(some, others))


def _may_be_one_list(some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether these can be the authors of one paper.

    If neither list has the first author of the other, who may be spelled otherwise, half of the shorter one must be
    shared: Bengio wrote "Deep learning" with LeCun and Hinton, and another one with Goodfellow and Courville.
    """
    if _begin_alike(some, others) or any(_shared(some[:1], others)) or any(_shared(others[:1], some)):
        return True
    shared = sum(_shared(some, others))
    return shared > 0 and 2 * shared >= min(len(some), len(others))


def _begin_alike(some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether the first author can be the same, as nearly always."""
    return names.same_person(names.parse_name(some[0]), names.parse_name(others[0]))


def _shared(some: Sequence[str], others: Sequence[str]) -> Iterator[bool]:
    """For each author, whether it can be one of the others. Only similar names are compared."""
    called: dict[str, list[names.Name]] = {}
    for other in map(names.parse_name, others):
        for key in _called(other):
            if len(alike := called.setdefault(key, [])) < _NAMESAKES:
                alike.append(other)
    for name in map(names.parse_name, some):
        yield any(names.same_person(name, other) for key in _called(name) for other in called.get(key, ()))


def _called(name: names.Name) -> tuple[str, str]:
    """What two names of one person share: the family name, or all words if one is a group's."""
    return names.person_key(name), " ".join(sorted(fold(names.display(name)).split()))


class _Sets:
    """Disjoint sets over positions; the smallest position is the root."""

    def __init__(self, size: int) -> None:
        self.parent = list(range(size))
        self.members = {position: [position] for position in range(size)}

    def root(self, position: int) -> int:
        while self.parent[position] != position:
            self.parent[position] = self.parent[self.parent[position]]
            position = self.parent[position]
        return position

    def join_all(self, positions: Sequence[int]) -> None:
        smallest = min(self.root(position) for position in positions)
        for root in sorted({self.root(position) for position in positions} - {smallest}):
            self.parent[root] = smallest
            self.members[smallest] += self.members.pop(root)

    def groups(self) -> Iterator[list[int]]:
        for root in sorted(self.members):
            yield sorted(self.members[root])


class Wish(NamedTuple):
    """The key that a thing asks for, how strong its right to it is (0 is strongest), and the key it takes otherwise."""

    key: str
    rank: int
    spare: str


def wish(group: Group) -> Wish:
    """The curated paper's key; else the front matter's `key`; else the slug of the primary note's stem.

    A paper without a note has its arXiv id or DOI, else its title, else its id on another site.
    """
    primary = group.primary
    curated = next((entry for entry in group.members if entry.layer == "curated"), None)
    if curated:
        return Wish(slug(curated.key or curated.filed_as), 0, primary.spare)
    declared = next((entry.key for entry in group.members if entry.key), "")
    if declared:
        return Wish(slug(declared), 1, primary.spare)
    if primary.mentioned:
        known = [i for scheme in ("arxiv:", "doi:") for i in primary.ids if i.startswith(scheme)]
        titled = [slug(primary.title)] if title_key(primary.title) or not primary.ids else []
        return Wish([*known, *titled, *primary.ids][0], 3, primary.spare)
    return Wish(slug(primary.filed_as), 2, primary.spare)

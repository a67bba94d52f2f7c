"""What a name refers to: a key, an id, a citation key, a title or its beginning, an alias, a path."""

from collections.abc import Iterator

from kb.error import Error
from kb.store import Store, as_utf8
from kb.typed import NamedTuple

_PREFERENCE = {"paper": 0, "pattern": 1, "constraint": 2, "implementation": 3, "ghost": 4, "document": 5}


_LISTS = {
    "pattern": "patterns` lists them",
    "constraint": "patterns` lists them",
    "implementation": "query has:code` lists papers that have one",
}
"""The command that lists everything of a kind, and what it lists."""


class Named(NamedTuple):
    """A node that a name may refer to."""

    kind: str
    key: str
    title: str
    node: int

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}  {self.title}"


class UnknownName(Error, LookupError):
    """Nothing of these kinds has that name; `near` are the closest names."""

    def __init__(self, name: str, near: list[str], kinds: tuple[str, ...]) -> None:
        super().__init__(name, near, kinds)  # so that it can be unpickled in another process
        self.name, self.near, self.kinds = name, near, kinds

    def __str__(self) -> str:
        near = " or ".join(f"`{name}`" for name in self.near)
        lists = _LISTS.get(self.kinds[0], "query` lists every paper")
        return f"nothing is named `{self.name}` - {f'did you mean {near}?' if near else f'`paperkb {lists}'}"


class AmbiguousName(Error, LookupError):
    """Several things have that name."""

    def __init__(self, name: str, candidates: list[Named]) -> None:
        super().__init__(name, candidates)
        self.name, self.candidates = name, candidates

    def __str__(self) -> str:
        return f"`{self.name}` may mean {len(self.candidates)} things - give the key of one"


def find(store: Store, name: str, *, kinds: tuple[str, ...] = tuple(_PREFERENCE)) -> Named:
    """The one node that `name` refers to; some kinds are preferred (papers first), and `kind:key` asks for one kind.

    Raises:
        UnknownName: nothing has that name.
        AmbiguousName: several things of the preferred kind have it.
    """
    kind, colon, rest = name.partition(":")
    kind = "implementation" if kind == "impl" else kind
    if colon and kind in kinds:
        kinds, name = (kind,), rest
    name = as_utf8(name)
    for found in _stages(store, name.strip(), kinds):
        if found:
            best = min(_PREFERENCE[named.kind] for named in found)
            choice = sorted({named for named in found if _PREFERENCE[named.kind] == best})
            if len(choice) > 1:
                raise AmbiguousName(name, choice)
            return choice[0]
    raise UnknownName(name, _near(store, name, kinds), kinds)


def namesakes(store: Store, name: str, found: Named) -> list[str]:
    """The paths of the reader's own notes, about nothing in particular, that have this name as well."""
    if found.kind == "document":
        return []
    from kb.titles import title_key

    rows = store.rows(
        f"SELECT n.path {_VALUES} v.field = 'name' AND v.value = ? AND n.kind = 'document' AND n.layer = 'own'",
        (title_key(name),),
    )
    return sorted(path for (path,) in rows)


def _stages(store: Store, name: str, kinds: tuple[str, ...]) -> Iterator[list[Named]]:
    """The matches for each way to read a name; a way is tried only if those before found nothing."""
    if _is_slug(name):
        yield _select(store, kinds, "FROM node n WHERE n.key = ?", name)
    # modules that read titles and ids are slow to import: only if no key matched
    from kb.ids import known_as, parse_id
    from kb.slugs import slug
    from kb.titles import title_key

    fold = title_key(name)
    yield _select(store, kinds, "FROM node n WHERE n.key IN (?, ?)", name, slug(name) if fold else name)
    paper = parse_id(name)
    if paper:
        yield _select(store, kinds, f"{_VALUES} v.field = 'id' AND v.value = ?", known_as(str(paper)))
    yield _select(store, kinds, f"{_OFFERS} o.key = ?", f"key:{name.removeprefix('@')}")
    yield _select(store, kinds, "FROM node n WHERE n.path = ?", name)
    if fold:
        yield _select(store, kinds, f"{_VALUES} v.field = 'name' AND v.value = ?", fold)
        yield _select(store, kinds, f"{_OFFERS} o.key = ?", f"title:{fold}")  # the title of a note about the paper
        begins = f"{_VALUES} v.field = 'name' AND v.value > ? AND v.value < ?"
        yield _select(store, kinds, begins, f"{fold} ", f"{fold}!")  # whole words only
        yield _select(store, kinds, begins, fold, f"{fold}\U0010ffff")


def _is_slug(name: str) -> bool:
    """Whether a name is clearly its own slug, as most keys are."""
    return name.isascii() and name == name.lower() and all(word.isalnum() for word in name.split("-"))


_VALUES = "FROM value v JOIN node n ON n.id = v.node WHERE"
_OFFERS = "FROM offer o JOIN entry e ON e.doc = o.doc AND e.n = o.n JOIN node n ON n.id = e.node WHERE"


def _select(store: Store, kinds: tuple[str, ...], source: str, *parameters: str) -> list[Named]:
    rows = store.rows(f"SELECT DISTINCT n.kind, n.key, n.title, n.id {source}", parameters)
    return [Named(*row) for row in rows if row[0] in kinds]


def _near(store: Store, name: str, kinds: tuple[str, ...]) -> list[str]:
    """The closest keys and titles; titles are compared by their fold."""
    from kb.misspelled import near_each

    keys: dict[str, str] = {}
    for kind, key, title in store.rows("SELECT kind, key, title FROM node ORDER BY kind, key"):
        if kind in kinds and kind != "document":
            keys.setdefault(key, key)
            keys.setdefault(title, key)
    return list(dict.fromkeys(keys[found] for found in near_each([name], keys)[name]))[:3]

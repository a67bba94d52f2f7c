"""What links ask for, wherever they are: most ask the same as others, and each question is answered once.

A link that depends on its folder (a relative path, a name that several files have) asks as seen from that folder.
"""

from kb.dates import parse_date
from kb.fields import LABELS, PEOPLE
from kb.model import Layer, Link
from kb.store import Store
from kb.targets import external

Asked = tuple[str, str, str, str, str, str, bool]
"""(layer, seen from, target, fragment, kind, among, is Obsidian's): all that an answer depends on.

`seen from` is a folder with `/`, the whole path for a link to its own document, and empty for the vault's folder or if
the folder makes no difference; `among` is the kind of thing that the link's role looks for.
"""

PERSON = "person"
"""What links in fields of people look for, and `@name` in running text."""
LABEL = "label"
"""What links look for that file something under a name or a day."""
WORK = "work"
"""What references look for."""
UNWAITED = (PERSON, LABEL, WORK)
"""These links lead to a note of that name if there is one; if not, nothing is missing."""
_AMONG = {
    **dict.fromkeys(PEOPLE, PERSON),
    **dict.fromkeys(LABELS, LABEL),
    "builds-on": "paper",
    "cites": "paper",
    "uses-pattern": "pattern",
    "raises-constraint": "constraint",
    "broader": "pattern",
}
_MOST = 100_000
"""Maximum number of questions remembered with their numbers; a forgotten one is looked up again."""
_LONGEST_DAY = 24
"""Characters of `September 30th, 2020`, and a few more."""


def ask(layer: Layer, path: str, link: Link) -> Asked:
    """What a link in this document asks for."""
    target, kind = link.target, link.kind
    is_external = kind in ("markdown", "embed") and external(target)
    bare = target.strip()
    if not bare:
        seen_from = path
    elif bare.startswith(("./", "../")) or (kind == "markdown" and not is_external and bare[0] != "/"):
        seen_from = path[: path.rfind("/") + 1]
    else:
        seen_from = ""
    is_obsidians = link.raw.startswith(("[[", "![[")) or (kind in ("markdown", "embed") and not is_external)
    among = WORK if kind == "reference" else _AMONG.get(link.role, "")
    if not among and kind == "handle":
        among = PERSON
    elif not among and link.raw.startswith("[[") and _is_day(bare):
        among = LABEL
    return layer, seen_from, target, link.fragment, kind, among, is_obsidians


def _is_day(target: str) -> bool:
    """Whether a link leads to the note of a day, as in diaries: `[[2020-10-05]]`, `[[Oct 5th, 2020]]`."""
    if not (target[-1:].isdigit() and len(target) <= _LONGEST_DAY):
        return False
    date = parse_date(target)
    return date is not None and date.precision == "day"


class Meanings:
    """Numbers the questions of an index; a new question gets a number and waits to be resolved."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.new: list[int] = []
        self.lost: set[int] = set()  # questions whose links were rewritten or removed
        self._known: dict[Asked, int] = {}
        self._unwritten: list[tuple[int, Asked]] = []
        self._last = int(store.rows("SELECT coalesce(max(id), 0) FROM meaning")[0][0])
        self._is_empty = self._last == 0

    def number(self, asked: Asked) -> int:
        """The row of `meaning` for a question."""
        known = self._known.get(asked)
        if known is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            known = self._known[asked] = self._stored(asked) or self._make(asked)
        return known

    def _stored(self, asked: Asked) -> int:
        if self._is_empty:  # then all questions were made here
            return 0
        row = self.store.one(
            "SELECT id FROM meaning WHERE target = ? AND seen_from = ? AND layer = ? AND fragment = ? AND kind = ? "
            "AND among = ? AND is_obsidians = ?",
            (asked[2], asked[1], asked[0], *asked[3:]),
        )
        return row[0] if row else 0

    def _make(self, asked: Asked) -> int:
        self._last += 1
        self.new.append(self._last)
        self._unwritten.append((self._last, asked))
        if len(self._unwritten) >= 1000:
            self.flush()
        return self._last

    def flush(self) -> None:
        """Write the new questions."""
        self.store.run_many(
            "INSERT INTO meaning (id, layer, seen_from, target, fragment, kind, among, is_obsidians) "
            "VALUES (?,?,?,?,?,?,?,?)",
            ((number, *asked) for number, asked in self._unwritten),
        )
        self._unwritten.clear()

    def clear(self) -> set[int]:
        """Remove questions that no link asks any more; return the nodes that they led to."""
        if not self.lost:
            return set()
        self.store.make_indexes("want_meaning")
        with self.store.listed("lost", self.lost) as table:
            rows = self.store.rows(
                f"SELECT m.id, m.to_node FROM {table} t JOIN meaning m ON m.id = t.value "
                "WHERE NOT EXISTS (SELECT 1 FROM written_link w WHERE w.meaning = m.id)"
            )
        self.store.run_many("DELETE FROM want WHERE meaning = ?", ((number,) for number, _ in rows))
        self.store.run_many("DELETE FROM meaning WHERE id = ?", ((number,) for number, _ in rows))
        return {node for _, node in rows if node}

"""From a query's tree to one SQL condition over `node n`; values are passed as parameters, never as SQL."""

from collections.abc import Callable
from functools import lru_cache

from kb.query.names import AmbiguousName, UnknownName, find
from kb.query.syntax import All, Not, Query, QueryError, Term, Value, Words
from kb.store import IN_OWN_NOTES, TEXT_OF_ENTRY, Store
from kb.typed import NamedTuple

# Modules that fold titles and parse dates are slow to import, so they are imported only for queries that need them.

_HAS = {
    "code": "n.id IN (SELECT c.id FROM node c WHERE c.implementation IS NOT NULL)",
    "claim": "EXISTS (SELECT 1 FROM implementation i WHERE i.id = n.implementation "
    "AND json_extract(i.data, '$.claim') <> '')",
    "benchmark": "EXISTS (SELECT 1 FROM implementation i, json_each(i.data, '$.records') r "
    "WHERE i.id = n.implementation "
    "AND json_extract(r.value, '$.kind') = 'bench')",
    "note": "EXISTS (SELECT 1 FROM entry e WHERE e.node = n.id AND NOT e.mentioned)",
    "doi": "n.doi IS NOT NULL",
    "arxiv": "n.arxiv_id IS NOT NULL",
}
_IS = {
    "ghost": "n.kind = 'ghost'",
    "paper": "n.kind = 'paper'",
    "own": f"({IN_OWN_NOTES} OR n.kind = 'ghost' AND EXISTS (SELECT 1 FROM meaning m "
    "CROSS JOIN written_link w ON w.meaning = m.id CROSS JOIN document d ON d.id = w.doc "
    "WHERE m.to_node = n.id AND d.layer = 'own'))",
    "survey": "(' ' || lower(n.title) || ' ' GLOB '*[^a-z]survey[^a-z]*' OR n.id IN (SELECT v.node "
    "FROM value v INDEXED BY value_tag WHERE v.field = 'tag' AND lower(v.value) IN ('survey', 'review')))",
    "orphan": "NOT EXISTS (SELECT 1 FROM edge g WHERE g.doc IS NOT NULL AND (g.source = n.id OR g.target = n.id))",
}
_NEIGHBORS = {
    # field: (edge type, column of the result, column of the given name)
    "builds-on": ("builds-on", "source", "target"),
    "led-to": ("builds-on", "target", "source"),
    "cites": ("cites", "source", "target"),
    "cited-by": ("cites", "target", "source"),
}


class Condition(NamedTuple):
    """SQL over `node n` and its parameters; `words`, if set, are the full-text terms (any of them) that rank papers."""

    sql: str
    parameters: list[object]
    words: str
    asks_ghosts: bool


def compile_query(query: Query, text: str, store: Store) -> Condition:
    """Translate a query; `text` is the query as typed, for the positions of errors.

    Raises:
        QueryError: a value is not valid for its field, or a name in it is unknown or ambiguous.
    """
    compiler = _Compiler(store, text)
    sql = compiler.condition(query)
    return Condition(sql, compiler.parameters, " OR ".join(compiler.words), compiler.asks_ghosts)


_MANY = 1000
"""Matches up to which papers are looked up one by one; beyond it, every paper is tested."""

_DEPTH = 12
"""Nesting levels of one query: each takes several entries on the stack of SQLite's parser, which has 100."""


class _Compiler:
    """Collects parameters in the order in which the SQL refers to them."""

    def __init__(self, store: Store, text: str) -> None:
        self.store, self.text = store, text
        self.parameters: list[object] = []
        self.words: list[str] = []
        self.asks_ghosts = False

    def condition(self, query: Query, depth: int = 0) -> str:
        if depth > _DEPTH:
            raise QueryError("nested too deeply - split the query", self.text, 0)
        if isinstance(query, Words):
            return self._words(query)
        if isinstance(query, Not) and isinstance(query.inner, Not):
            return self.condition(query.inner.inner, depth)
        if isinstance(query, Not):
            ranking = len(self.words)
            sql = f"NOT coalesce({self.condition(query.inner, depth + 1)}, 0)"  # NULL counts as false
            del self.words[ranking:]  # negated words do not affect relevance
            return sql
        if isinstance(query, Term):
            return "(" + " OR ".join(self._term(query.field, value) for value in query.values) + ")"
        if not query.parts:
            return "1"
        joint = " AND " if isinstance(query, All) else " OR "
        return "(" + joint.join(self.condition(part, depth + 1) for part in query.parts) + ")"

    def _with(self, sql: str, *parameters: object) -> str:
        self.parameters += parameters
        return sql

    def _words(self, words: Words) -> str:
        prefix = "*" if words.text.endswith("*") and not words.phrase else ""
        text = words.text.rstrip("*")
        if not (text.isascii() and text.isalnum()):
            from kb.searchable import searchable
            from kb.titles import title_key

            if not title_key(words.text):
                return "1"
            text = searchable(text).replace('"', '""')
        quoted = f'"{text}"{prefix}'
        self.words.append(quoted)
        node = "+n.id" if self._is_broad("SELECT 1 FROM text WHERE text MATCH ?", quoted) else "n.id"
        return self._with(
            f"{node} IN (SELECT e.node FROM text t JOIN entry e ON {TEXT_OF_ENTRY} WHERE text MATCH ?)", quoted
        )

    def _term(self, name: str, value: Value) -> str:
        method: Callable[[str, Value], str] = getattr(self, "_" + name.replace("-", "_"), self._column)
        return method(name, value)

    # -- plain facts -------------------------------------------------------------------------------------------------

    def _column(self, name: str, value: Value) -> str:
        """`venue`, `category`: a part of the text, in any case."""
        return self._with(f"instr(folded(n.{name}), nullif(?, '')) > 0", folded(value.text))

    def _word(self, name: str, value: Value) -> str:
        """`family`, `status`: the whole text, so that `read` does not match `unread`."""
        return self._with(f"folded(n.{name}) = nullif(?, '')", folded(value.text))

    _family = _status = _word

    def _title(self, _: str, value: Value) -> str:
        from kb.titles import title_key

        return self._with(
            "n.id IN (SELECT v.node FROM value v WHERE v.field = 'name' AND instr(v.value, nullif(?, '')) > 0)",
            title_key(value.text),
        )

    def _author(self, _: str, value: Value) -> str:
        """Part of a name, or several words that are beginnings of its words: `Ann Bo` and `Bo, A.` find `Ann C. Bo`."""
        last, comma, first = value.text.partition(",")
        words = folded(f"{first} {last}" if comma else value.text)
        named = "n.id IN (SELECT v.node FROM value v WHERE v.field = 'author' AND "
        if " " not in words:
            return self._with(f"{named}instr(folded(v.value), nullif(?, '')) > 0)", words)
        return self._with(f"{named}' ' || folded(v.value) GLOB ?)", f"* {'* '.join(words.split())}*")

    def _tag(self, _: str, value: Value) -> str:
        tag = value.text.lstrip("#").lower()
        if not tag.isascii():
            tag = fold_tag(tag)
            if any(not sign.isascii() and sign.lower() != sign.upper() for sign in tag):  # beyond SQLite's lower()
                return self._with(
                    "n.id IN (SELECT v.node FROM value v WHERE v.field = 'tag' "
                    "AND substr(folded_tag(v.value) || '/', 1, ?) = ?)",
                    len(tag) + 1,
                    f"{tag}/",
                )
        tagged = "FROM value v INDEXED BY value_tag WHERE v.field = 'tag' AND "
        nested = (f"{tag}/", f"{tag}0")  # up to the character after the slash
        if self._is_broad(f"SELECT 1 {tagged}lower(v.value) = ?", tag) and not self.store.one(
            f"SELECT 1 {tagged}lower(v.value) >= ? AND lower(v.value) < ?", nested
        ):
            return self._with(f"EXISTS (SELECT 1 {tagged}lower(v.value) = ? AND v.node = n.id)", tag)
        return self._with(
            f"n.id IN (SELECT v.node {tagged}lower(v.value) = ? "
            f"UNION ALL SELECT v.node {tagged}lower(v.value) >= ? AND lower(v.value) < ?)",
            tag,
            *nested,
        )

    def _is_broad(self, sql: str, *parameters: object) -> bool:
        """Whether there are so many such rows that testing every paper is faster than looking papers up."""
        return self.store.one(f"{sql} LIMIT 1 OFFSET {_MANY}", parameters) is not None

    def _year(self, name: str, value: Value) -> str:
        from kb.query.ranges import days, year_before

        first, last = days(value, self.text, only_years=name == "year")
        return self._with(
            "(n.first_day BETWEEN ? AND ? AND n.last_day >= ?)",
            year_before(first),  # no date covers more than a year, so an SQL index can find the first one
            last,
            first,
        )

    _date = _year

    def _path(self, _: str, value: Value) -> str:
        if any(sign in value.text for sign in "*?["):
            return self._with("n.path GLOB ?", value.text)
        import unicodedata

        composed = {value.text, *(unicodedata.normalize(form, value.text) for form in ("NFC", "NFD"))}
        starts = (self._with("substr(n.path, 1, ?) = ?", len(start), start) for start in sorted(composed))
        return f"({' OR '.join(starts)})"

    def _has(self, name: str, value: Value) -> str:
        return self._choice(name, value, _HAS)

    def _is(self, name: str, value: Value) -> str:
        self.asks_ghosts |= value.text.lower() == "ghost"
        return self._choice(name, value, _IS)

    def _choice(self, name: str, value: Value, choices: dict[str, str]) -> str:
        sql = choices.get(value.text.lower())
        if sql is None:
            raise QueryError(f"`{name}:` takes {', '.join(choices)}", self.text, value.position)
        return f"({sql})"

    # -- the graph ---------------------------------------------------------------------------------------------------

    def _pattern(self, name: str, value: Value) -> str:
        """A pattern or constraint, and everything narrower."""
        edge = "uses-pattern" if name == "pattern" else "raises-constraint"
        node = self._named(value, (name, "ghost"))
        return self._with(
            "n.id IN (WITH RECURSIVE narrow(id) AS (VALUES (?) UNION SELECT g.source FROM edge g JOIN narrow ON "
            "g.target = narrow.id WHERE g.type = 'broader') "
            "SELECT g.source FROM edge g JOIN narrow ON g.target = narrow.id WHERE g.type = ?)",
            node,
            edge,
        )

    _constraint = _pattern

    def _builds_on(self, name: str, value: Value) -> str:
        edge, answer, known = _NEIGHBORS[name]
        transitive = value.text.endswith("*")
        paper = value.text.rstrip("*")
        if not paper:
            raise QueryError(f"`{name}:` takes a paper, as in `{name}:resnet*`", self.text, value.position)
        node = self._named(Value(paper, value.position), ("paper", "ghost"))
        if transitive:
            from kb.query import reach

            sql, parameters = reach.condition(self.store, node, edge, up=known == "source")
            return self._with(sql, *parameters)
        return self._with(f"n.id IN (SELECT g.{answer} FROM edge g WHERE g.{known} = ? AND g.type = ?)", node, edge)

    _led_to = _cites = _cited_by = _builds_on

    def _in(self, _: str, value: Value) -> str:
        """Papers that a document mentions."""
        node = self._named(value, ("document", "paper", "pattern", "constraint"))
        return self._with("n.id IN (SELECT g.target FROM edge g WHERE g.source = ?)", node)

    def _mentions(self, _: str, value: Value) -> str:
        """Papers whose notes mention something."""
        node = self._named(value, ("paper", "pattern", "constraint", "ghost", "document"))
        return self._with("n.id IN (SELECT g.source FROM edge g WHERE g.target = ?)", node)

    def _named(self, value: Value, kinds: tuple[str, ...]) -> int:
        try:
            return find(self.store, value.text, kinds=kinds).node
        except UnknownName as error:
            message = str(error)
        except AmbiguousName as error:
            keys = [f"{found.kind}:{found.key}" for found in error.candidates]
            message = f"`{value.text}` may mean {', '.join(keys[:8])}{', ...' * (len(keys) > 8)} - give the key of one"
        raise QueryError(message, self.text, value.position)


def fold_tag(tag: str) -> str:
    """The form under which tags that differ only in case or Unicode composition are the same."""
    import unicodedata

    return unicodedata.normalize("NFC", tag).lower()


@lru_cache(4096)
def folded(text: str | None) -> str:
    """The fold of a venue, author or status, cached because many papers share one."""
    from kb.titles import fold

    return fold(text or "")

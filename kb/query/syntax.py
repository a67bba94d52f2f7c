"""The query language's grammar: `field:value` terms, words and phrases; juxtaposition, `OR`, `-`, `NOT`, parentheses.

or    := and ("OR" and)*
and   := not+
not   := ("-" | "NOT") not | "(" or ")" | field ":" value ("," value)* | word | "phrase"
"""

import re
from collections.abc import Callable, Iterator

from kb.error import Error
from kb.typed import NamedTuple

FIELDS = (
    "title",
    "author",
    "year",
    "date",
    "venue",
    "tag",
    "pattern",
    "constraint",
    "family",
    "category",
    "status",
    "has",
    "is",
    "cites",
    "cited-by",
    "builds-on",
    "led-to",
    "path",
    "in",
    "mentions",
)


class QueryError(Error, ValueError):
    """A query that cannot be understood: what is wrong, and at which character of the text (from 0)."""

    def __init__(self, message: str, text: str, position: int) -> None:
        super().__init__(message, text, position)  # so that it can be unpickled in another process
        self.message, self.text, self.position = message, text, position

    def __str__(self) -> str:
        if not self.text:
            return self.message
        shown = "".join(sign if sign.isprintable() else " " for sign in self.text)
        return f"{self.message}\n  {shown}\n  {''.join(map(_blank, shown[: self.position]))}^"


def _blank(sign: str) -> str:
    """Blank space as wide as this character."""
    import unicodedata

    wide = unicodedata.east_asian_width(sign) in "WF"
    return "" if unicodedata.combining(sign) else "\N{IDEOGRAPHIC SPACE}" if wide else " "


class Value(NamedTuple):
    """One value of a term, and its position."""

    text: str
    position: int


class Term(NamedTuple):
    """`field:a,b`: any of the values."""

    field: str
    values: tuple[Value, ...]


class Words(NamedTuple):
    """A free word or a quoted phrase, for full-text search."""

    text: str
    phrase: bool


class Not(NamedTuple):
    """The inner query must not match."""

    inner: "Query"


class All(NamedTuple):
    """All parts must match; without parts, everything matches."""

    parts: tuple["Query", ...]


class Any(NamedTuple):
    """At least one part must match."""

    parts: tuple["Query", ...]


Query = Term | Words | Not | All | Any


class _Token(NamedTuple):
    kind: str  # ( ) - OR NOT field , text phrase end
    text: str
    position: int


_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<open>\()|(?P<close>\))|(?P<comma>,)|(?P<minus>-(?=[^\s)]))"
    r'|"(?P<phrase>[^"]*)"|(?P<field>[A-Za-z][A-Za-z_-]*):(?!//)|(?P<text>[^\s(),"]+)|(?P<quote>")'
)


def _tokens(text: str) -> Iterator[_Token]:
    position = 0
    after_field = False
    while position < len(text):
        match = _TOKEN.match(text, position)
        assert match, "every character starts some token"
        kind = match.lastgroup or ""
        if after_field and kind in ("minus", "field"):  # a value may start with - or hold a colon
            match = re.compile(r'[^\s(),"]+').match(text, position) or match
            kind = "text"
        if kind == "quote":
            raise QueryError('this quote is not closed; expected another `"`', text, position)
        value = match[kind] if kind in ("phrase", "field") else match[0]
        if kind == "text" and value in ("OR", "NOT", "AND"):
            kind = value
        if kind != "space":
            yield _Token(kind, value, match.start() + (kind == "phrase"))
        after_field = kind in ("field", "comma")
        position = match.end()
    yield _Token("end", "", len(text))


def parse(text: str) -> Query:
    """Parse a query; an empty one matches everything.

    Raises:
        QueryError: it cannot be parsed; the error has the position, what was expected, and the nearest field name.
    """
    parser = _Parser(text.replace("\0", "\N{REPLACEMENT CHARACTER}"))  # as in notes; for SQLite, text ends at NUL
    query: Query = All(())
    if parser.ahead.kind != "end":
        query = parser.any()
    if parser.ahead.kind != "end":
        raise QueryError(f"expected the end or `OR`, found `{parser.ahead.text}`", text, parser.ahead.position)
    return query


_TERMS = 400
"""Maximum number of terms, values and words in a query: SQLite limits expressions to a depth of 1000, and looks up
every occurrence of each word in a phrase."""
_WORD = re.compile(r"\w+")
_LIKELY = 0.72
"""Similarity from which an unknown field is taken for a misspelled one; `yaer` and `year` have 0.75, `read` has 0.5."""


class _Parser:
    """Recursive descent with one token of lookahead."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokens(text)
        self.ahead = next(self.tokens)
        self.depth = self.terms = 0

    def take(self) -> _Token:
        taken, self.ahead = self.ahead, next(self.tokens, self.ahead)
        return taken

    def any(self) -> Query:
        parts = [self.all()]
        while self.ahead.kind == "OR":
            self.take()
            parts.append(self.all())
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def all(self) -> Query:
        parts: list[Query] = []
        while self.ahead.kind not in ("end", "close", "OR"):
            if self.ahead.kind == "AND" and parts:
                self.take()
            parts.append(self.one())
        if not parts:
            self.one()  # raises, naming the token found instead
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def one(self) -> Query:
        token = self.take()
        self._count(token, len(_WORD.findall(token.text)) or 1 if token.kind in ("phrase", "text") else 1)
        match token.kind:
            case "minus" | "NOT":
                return Not(self.nested(self.one, token))
            case "open":
                inner = self.nested(self.any, token)
                if self.ahead.kind != "close":
                    raise QueryError("this parenthesis is not closed; expected `)`", self.text, token.position)
                self.take()
                return inner
            case "field":
                return self.term(token)
            case "phrase":
                return Words(token.text, phrase=True)
            case "text":
                return Words(token.text, phrase=False)
        found = f"`{token.text}`" if token.text else "the end"
        raise QueryError(f"expected a term, found {found}", self.text, token.position)

    def _count(self, token: _Token, words: int = 1) -> None:
        self.terms += words
        if self.terms > _TERMS:
            raise QueryError(f"more than {_TERMS} terms - split the query", self.text, token.position)

    def nested(self, read: Callable[[], Query], token: _Token) -> Query:
        self.depth += 1
        if self.depth > 100:
            raise QueryError("nested too deeply", self.text, token.position)
        inner = read()
        self.depth -= 1
        return inner

    def term(self, field: _Token) -> Query:
        name = field.text.lower()
        if name not in FIELDS:
            import difflib

            near = difflib.get_close_matches(name, FIELDS, 1, _LIKELY)
            hint = f"did you mean `{near[0]}`?" if near else f"fields are {', '.join(FIELDS)}"
            raise QueryError(f"unknown field `{field.text}` - {hint}", self.text, field.position)
        values = [self.value(field)]
        while self.ahead.kind == "comma":
            self.take()
            values.append(self.value(field))
        return Term(name, tuple(values))

    def value(self, field: _Token) -> Value:
        if self.ahead.kind not in ("text", "phrase", "OR", "NOT", "AND") or not self.ahead.text.strip():
            raise QueryError(f"expected a value after `{field.text}:`", self.text, self.ahead.position)
        token = self.take()
        self._count(token)
        return Value(token.text, token.position)

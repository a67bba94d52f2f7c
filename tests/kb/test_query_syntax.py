"""The query language's grammar: what a text means, and exactly where a mistake is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.query.syntax import FIELDS, All, Any, Not, Query, QueryError, Term, Value, Words, parse


def term(field: str, *values: str) -> object:
    """A term without the places of its values, as `plain` gives it."""
    return (field, values)


def plain(query: Query) -> object:
    """The tree of a query without places."""
    match query:
        case Term(field, values):
            return (field, tuple(value.text for value in values))
        case Not(inner):
            return ["not", plain(inner)]
        case All(parts):
            return ["all", *map(plain, parts)]
        case Any(parts):
            return ["any", *map(plain, parts)]
        case Words(text, phrase):
            return f'"{text}"' if phrase else text


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("", ["all"]),
        ("  ", ["all"]),
        ("attention", "attention"),
        ('"attention is"', '"attention is"'),
        ("a b", ["all", "a", "b"]),
        ("a AND b", ["all", "a", "b"]),
        ("a OR b", ["any", "a", "b"]),
        ("a b OR c", ["any", ["all", "a", "b"], "c"]),
        ("a (b OR c)", ["all", "a", ["any", "b", "c"]]),
        ("-a", ["not", "a"]),
        ("NOT a", ["not", "a"]),
        ("NOT -a", ["not", ["not", "a"]]),
        ("-(a b)", ["not", ["all", "a", "b"]]),
        ("or not and", ["all", "or", "not", "and"]),
        ("year:2017", term("year", "2017")),
        ("YEAR:2017", term("year", "2017")),
        ("year: 2017", term("year", "2017")),
        ("-tag:ml", ["not", term("tag", "ml")]),
        ("tag:a,b", term("tag", "a", "b")),
        ('tag:"a b", c', term("tag", "a b", "c")),
        ("tag:a,-b", term("tag", "a", "-b")),
        ("date:2017-06..2018", term("date", "2017-06..2018")),
        ("year:>=2017", term("year", ">=2017")),
        ("builds-on:resnet*", term("builds-on", "resnet*")),
        ("cites:arxiv:1706.03762", term("cites", "arxiv:1706.03762")),
        ("cites:https://arxiv.org/abs/1706.03762", term("cites", "https://arxiv.org/abs/1706.03762")),
        ("https://arxiv.org/abs/1706.03762", "https://arxiv.org/abs/1706.03762"),
        ("title:OR", term("title", "OR")),
        ("multi-x", "multi-x"),
    ],
)
def test_meaning(text: str, meaning: object) -> None:
    assert plain(parse(text)) == meaning


def test_values_know_where_they_stand() -> None:
    assert parse('tag:a, "b c"') == Term("tag", (Value("a", 4), Value("b c", 8)))


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("patern:x", 0, "did you mean `pattern`?"),
        ("a buildson:x", 2, "did you mean `builds-on`?"),
        ("zzz:x", 0, "fields are title, author"),
        ("read:2024-05", 0, "fields are title, author"),
        ("a builds_on:x", 2, "unknown field `builds_on` - did you mean `builds-on`?"),
        ("code_status:claim-held", 0, "unknown field `code_status` - fields are title, author"),
        ("year:", 5, "expected a value after `year:`"),
        ("year: (2017)", 6, "expected a value after `year:`"),
        ('title:""', 7, "expected a value after `title:`"),
        ("tag:a,", 6, "expected a value after `tag:`"),
        ('a "b', 2, "not closed"),
        ("a (b", 2, "expected `)`"),
        ("a)", 1, "expected the end or `OR`, found `)`"),
        ("()", 1, "expected a term, found `)`"),
        ("a OR", 4, "expected a term, found the end"),
        ("OR a", 0, "expected a term, found `OR`"),
        ("NOT", 3, "expected a term, found the end"),
        ("a, b", 1, "found `,`"),
        ("(" * 200 + "a", 100, "nested too deeply"),
        ("a " * 401, 800, "more than 400 terms"),
        ("tag:" + "a," * 400 + "a", 802, "more than 400 terms"),
        ('x "' + "a " * 400 + '"', 3, "more than 400 terms"),
        ("a." * 401, 0, "more than 400 terms"),
    ],
)
def test_mistakes_are_shown_where_they_stand(text: str, position: int, says: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert caught.value.position == position
    assert says in caught.value.message


@pytest.mark.parametrize("field", FIELDS)
def test_each_field_is_suggested_for_its_misspelling(field: str) -> None:
    with pytest.raises(QueryError, match=f"did you mean `{field}`"):
        parse(f"{field}{field[-1]}:x")


def test_the_caret_stands_below_the_mistake_whatever_stands_before_it() -> None:
    with pytest.raises(QueryError) as caught:
        parse("漢字\te\u0301 yaer:1")
    _, shown, caret = str(caught.value).split("\n")
    assert shown == "  漢字 e\u0301 yaer:1"
    assert caret == "  \u3000\u3000" + " " * 3 + "^"  # wide characters take two columns, a combining accent none


@given(st.text(alphabet='ab:,-()" \tORNT*.>é漢\x1b\0', max_size=30) | st.text(max_size=20))
def test_any_text_is_read_or_refused_with_a_place_in_it(text: str) -> None:
    refused = None
    try:
        parse(text)
    except QueryError as error:
        refused = error
    if refused:
        assert 0 <= refused.position <= len(text)
        assert "\x1b" not in str(refused).partition("\n")[2]

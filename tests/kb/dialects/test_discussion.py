"""Discussions: topic, summary, and comments with quotes and links. A comment has a writer only if one is named."""

import pytest

from kb.model import Item
from kb.read import read
from tests.kb.growth import LINEAR, growth

LONG = "Whether ladders are worth their weight, and what else one may climb on, was asked by many who had never climbed"
DIGEST = f"""\
Ladder Weekly

Weight Of Ladders

{LONG}

← Back to Nobody Needs Stairs

{LONG}. Others disagree.

3 comments tagged with this topic

View on HN · Topics
> Ladders are heavy. And slow. I don&#39;t think so. See https://example.org/light (or http://example.org/b).
View on HN · Topics
> I read that ladders are heavy. And slow. Then carry two.
View on HN · Topics
Nothing to quote here.
"""


def comments(text: str) -> list[Item]:
    return [item for item in read("d.md", text.encode()).items if item.kind == "comment"]


def test_topic_summary_and_what_it_discusses() -> None:
    record = read("digest.md", DIGEST.encode())
    assert (record.dialect, record.dialect_by) == ("discussion", "line 13 and 2 more begin comments")
    assert (record.title, record.about) == ("Weight Of Ladders", None)
    topic, summary, *_ = record.items
    assert (topic.kind, topic.text, topic.parts) == ("topic", "Weight Of Ladders", (("description", LONG),))
    assert (summary.kind, summary.line) == ("summary", 9)
    assert [(link.target, link.role, link.line) for link in record.links if link.role] == [
        ("Nobody Needs Stairs", "discussion of", 7)
    ]


def test_a_quote_that_runs_on_ends_where_another_comment_ends_it() -> None:
    first, second, third = comments(DIGEST)
    assert first.text.endswith("I don't think so. See https://example.org/light (or http://example.org/b).")
    assert first.parts == (
        ("quote", "Ladders are heavy. And slow."),
        ("url", "https://example.org/light"),
        ("url", "http://example.org/b"),
    )
    assert second.parts == (("quote", "I read that ladders are heavy. And slow."),)
    assert (third.text, third.parts, third.line) == ("Nothing to quote here.", (), 18)


def test_a_quote_over_several_lines_is_one() -> None:
    text = "View on HN\n> one\n> goes on\n>\n> > and on\n\nNo.\n\n> two\nYes.\n\nView on HN\nx\n"
    first, _ = comments(text)
    assert (first.text, first.parts) == ("No. Yes.", (("quote", "one goes on and on"), ("quote", "two")))


def test_escaped_quotes_and_mojibake_are_read() -> None:
    first, _ = comments("View on HN\n&gt; itâ€™s heavy\nIsn&#39;t\n\nView on HN\nx\n")
    assert (first.text, first.parts) == ("Isn't", (("quote", "it’s heavy"),))


@pytest.mark.parametrize(
    ("first", "second", "by", "when"),
    [
        ("alice 3 hours ago | next [–]", "bob 2 days ago | parent | prev [–]", "alice", "3 hours ago"),
        ("alice | 3 hours ago", "bob | 1 day ago", "alice", "3 hours ago"),
        ("[–] alice 12 points 3 hours ago", "[–] bob -2 points 1 hour ago", "alice", "3 hours ago"),
        ("**u/alice** · 12 points · 3h ago", "**u/bob** · 1 point · an hour ago", "alice", "3h ago"),
        ("### @alice on 2024-03-01", "### @bob on 2024-03-02", "alice", "on 2024-03-01"),
        ("@alice AT Mar. 3, 2024", "@bob at March 13 2024 10:15", "alice", "AT Mar. 3, 2024"),
        ("/u/alice on 3 März 2024", "/u/bob on 13 März 2024", "alice", "on 3 März 2024"),
        ("by alice (3 hours ago)", "by bob (2 hours ago)", "alice", "3 hours ago"),
    ],
)
def test_who_wrote_a_comment_is_kept_where_it_is_said(first: str, second: str, by: str, when: str) -> None:
    text = f"# Ladders\n\n{first}\n\nToo heavy.\n\nreply\n\n{second}\n\nNo.\n"
    found = comments(text)
    assert [item.text for item in found] == ["Too heavy.", "No."]
    assert found[0].parts == (("by", by), ("when", when))
    assert dict(found[1].parts)["by"] == "bob"


@pytest.mark.parametrize("head", ["Comment {}", "## Comment #{}:", "**Comment {} of 2**"])
def test_numbered_comments_have_no_writer(head: str) -> None:
    found = comments(f"# T\n\n{head.format(1)}\n\none\n\n{head.format(2)}\n\ntwo\n")
    assert [(item.text, item.parts) for item in found] == [("one", ()), ("two", ())]
    [first, _] = comments("Comment 1 by alice\none\n\nComment 2 by bob\ntwo\n")
    assert first.parts == (("by", "alice"),)


def test_the_address_of_a_comment_is_kept() -> None:
    line = "[View on Hacker News](https://news.example.org/item?id={}) · Topics\n"
    first, second = comments(line.format(1) + "one\n" + line.format(2) + "two\n")
    assert (first.text, first.parts) == ("one", (("url", "https://news.example.org/item?id=1"),))
    assert second.line == 4


@pytest.mark.parametrize(
    "text",
    [
        "View on HN\nonly one\n",
        "# Log\n\nUpdated (3 days ago)\n\nx\n\nUpdated (2 days ago)\n",
        "Accessed on 2024-01-01\n\nAccessed on 2024-01-02\n",
        "It began two years ago.\n\nIt ended a year ago.\n",
        "| who | when |\n|---|---|\n| Adam was 9 years ago | x |\n| Lion was 1 year ago | y |\n",
        "Comment 1 is wrong about ladders\n\nComment 2 is not\n",
    ],
)
def test_other_notes_are_no_discussions(text: str) -> None:
    assert read("n.md", text.encode()).dialect != "discussion"


def test_a_comment_without_words_is_none() -> None:
    assert [item.text for item in comments("View on HN\n\nView on HN\nx\n")] == ["x"]


@pytest.mark.parametrize("piece", ["View on HN\n> a. b\n", "al | 1 h ago\n> q\nx\n", "> a. ", "- | ago ", "reply | "])
def test_time_is_linear(piece: str) -> None:
    assert growth(lambda text: read("d.md", f"View on HN\nx\nView on HN\n{text}".encode()), piece, 60_000) < LINEAR

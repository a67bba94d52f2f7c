"""Readwise exports: what the source is, what was highlighted in it, and the papers that threads list."""

import pytest

from kb.model import Item, Record
from kb.read import read
from tests.kb.growth import LINEAR, growth

ARTICLE = """\
# Batch Normalization

![rw-book-cover](https://readwise-assets.example/article0.png)

## Metadata
- Author: [[Sergey Ioffe]], [[Christian Szegedy]]
- Full Title: Batch Normalization: Accelerating Deep Network Training
- Category: #articles
- Document Tags: [[normalization]] #training
- URL: https://arxiv.org/abs/1502.03167v3

## Highlights
- We refer to this as internal covariate shift ([View Highlight](https://read.readwise.io/read/01gk))
    - Note: disputed since
      by later work
    - Tags: [[claims]] [[to check]]
- it allows us to use much higher learning rates ([Location 12](https://readwise.io/to_kindle?action=open&location=12))
## New highlights added June 1, 2023 at 9:14 AM
- and in some cases eliminates the need for Dropout ([Page 3](https://readwise.io/open/3))
"""


def of(text: str) -> Record:
    return read("r.md", text.encode())


def said(record: Record) -> list[tuple[str, dict[str, str]]]:
    return [(item.text, dict(item.parts)) for item in record.items]


# -- the source ------------------------------------------------------------------------------------------------------


def test_a_source_that_is_a_paper_makes_the_note_one_about_it() -> None:
    record = of(ARTICLE)
    [entry] = record.entries
    assert (record.dialect, record.dialect_by) == ("readwise", "image `rw-book-cover`")
    assert record.title == "Batch Normalization: Accelerating Deep Network Training"
    assert ([str(paper) for paper in entry.ids], entry.line) == (["arxiv:1502.03167"], 10)
    assert entry.decided_by == "address of the source on line 10"
    assert entry.values("authors") == ["Sergey Ioffe", "Christian Szegedy"]
    assert entry.values("tags") == ["normalization", "training"]


@pytest.mark.parametrize(
    ("address", "paper"),
    [
        ("https://openreview.net/forum?id=rJl-b3RcF7", "openreview:rJl-b3RcF7"),
        ("https://doi.org/10.1145/3065386", "doi:10.1145/3065386"),
        ("[arxiv.org](https://arxiv.org/pdf/1502.03167.pdf)", "arxiv:1502.03167"),
    ],
)
def test_addresses_of_papers(address: str, paper: str) -> None:
    [entry] = of(ARTICLE.replace("https://arxiv.org/abs/1502.03167v3", address)).entries
    assert str(entry.ids[0]) == paper


def test_the_sources_own_text_is_no_highlight() -> None:
    record = of(ARTICLE.partition("## Highlights")[0] + "## Full Document\nNets are deep.\n\n- Very.\n")
    assert (record.items, record.about is not None) == ((), True)


def test_an_arxiv_id_before_the_title_is_no_part_of_it() -> None:
    record = of(ARTICLE.replace("Full Title: ", "Full Title: [1502.03167] "))
    assert [entry.title for entry in record.entries] == ["Batch Normalization: Accelerating Deep Network Training"]


def test_hypothesis_ends_a_highlight_with_a_link_back_and_its_group() -> None:
    back = "https://hyp.is/x/arxiv.org/abs/1502.03167"
    metadata = "# A\n\n## Metadata\n- Title: A\n\n## Highlights\n"
    record = of(f"{metadata}- Said — [Updated on 2022-11-28]({back}) — Group: #Public\n")
    assert said(record) == [("Said", {"url": back})]


def test_any_other_source_is_no_paper_whatever_the_export_says_of_it() -> None:
    text = "---\ntype: article\ndate: 2023-06-01\nauthors: [A. Blogger]\ntitle: How it works\n---\n" + ARTICLE.replace(
        "https://arxiv.org/abs/1502.03167v3", "https://blog.example/post"
    )
    record = of(text)
    assert record.entries == ()
    assert record.title == "Batch Normalization: Accelerating Deep Network Training"


def test_the_day_of_the_export_is_not_the_papers_and_a_site_is_no_author() -> None:
    [entry] = of("---\ndate: 2023-06-01\nauthor: [[arxiv.org]]\n---\n" + ARTICLE.partition("\n")[2]).entries
    assert entry.values("date") == []
    assert entry.values("authors") == ["Sergey Ioffe", "Christian Szegedy"]
    [entry] = of(ARTICLE.replace("[[Sergey Ioffe]], [[Christian Szegedy]]", "[[arxiv.org]]")).entries
    assert entry.values("authors") == []


def test_a_labelled_link_over_the_metadata_tells_the_paper_too() -> None:
    text = ARTICLE.replace("https://arxiv.org/abs/1502.03167v3", "https://blog.example/post")
    [entry] = of(
        "---\ndate: 2023-06-01\n---\n" + text.replace("![rw", "[arXiv](https://arxiv.org/abs/1502.03167)\n![rw")
    ).entries
    assert (str(entry.ids[0]), entry.decided_by) == ("arxiv:1502.03167", "labeled id on line 6")
    assert (entry.values("date"), entry.values("authors")) == ([], ["Sergey Ioffe", "Christian Szegedy"])


def test_metadata_in_a_callout() -> None:
    text = "# X\n\n![rw-book-cover](c.png)\n\n> [!info] Metadata\n> - **Author:** [[Ada Lovelace]]\n"
    text += "> - **Full Title:** Notes on the Engine\n> - **Source:** https://doi.org/10.1000/notes\n\n"
    text += "## 🔖 Highlights\n- one\n"
    record = of(text)
    assert (record.title, record.entries[0].values("authors")) == ("Notes on the Engine", ["Ada Lovelace"])
    assert said(record) == [("one", {})]


def test_logseq() -> None:
    text = """\
title:: Dropout (highlights)
author:: [[Nitish Srivastava]]
full-title:: "Dropout: A Simple Way to Prevent Overfitting"
category:: #articles
url:: https://doi.org/10.5555/2627435.2670313

- Highlights first synced by [[Readwise]] [[Mar 3rd, 2023]]
\t- Dropout is a technique for addressing this problem ([View Highlight](https://read.readwise.io/read/1))
\t\t- **Note**: compare bagging
\t- The term refers to dropping out units
- New highlights added [[Mar 4th, 2023]] at 9:14 AM
\t- A motivation comes from a theory of sex
"""
    record = of(text)
    assert (record.dialect, record.dialect_by) == ("readwise", "line 7 says that Readwise wrote it")
    assert record.title == "Dropout: A Simple Way to Prevent Overfitting"
    [entry] = record.entries
    assert entry.values("authors") == ["Nitish Srivastava"]
    first, second, third = said(record)
    assert first[0] == "Dropout is a technique for addressing this problem"
    assert (first[1]["note"], first[1]["added"]) == ("compare bagging", "Mar 3rd, 2023")
    assert second[0] == "The term refers to dropping out units"
    assert [link.target for link in record.links if link.kind == "wiki"] == ["Mar 3rd, 2023", "Mar 4th, 2023"]
    assert third == ("A motivation comes from a theory of sex", {"added": "Mar 4th, 2023 at 9:14 AM"})


# -- highlights ------------------------------------------------------------------------------------------------------


def test_bullets_with_notes_tags_places_and_days() -> None:
    record = of(ARTICLE)
    assert [item.line for item in record.items] == [13, 17, 19]
    first, second, third = record.items
    assert first.text == "We refer to this as internal covariate shift"
    assert first.parts == (
        ("note", "disputed since by later work"),
        ("tag", "claims"),
        ("tag", "to check"),
        ("url", "https://read.readwise.io/read/01gk"),
    )
    assert dict(second.parts)["location"] == "12"
    assert third.text == "and in some cases eliminates the need for Dropout"
    assert dict(third.parts) == {
        "location": "3",
        "url": "https://readwise.io/open/3",
        "added": "June 1, 2023 at 9:14 AM",
    }


QUOTES = """\
## Metadata
- Author: [[Someone]]

## Highlights
### id301224
> The first thing
> goes on here. ([Location 7](https://readwise.io/open/7))

- **Tags:** #a, #b c
Note: my own word

### id301225
> [!quote] Highlight
> The second ^rw12

What I think of it.
***
> Third — still text
— [Page 9](https://example.org/9)

## Related
- not a highlight
"""


def test_quotes_under_their_ids() -> None:
    first, second, third = of(QUOTES).items
    assert first.text == "The first thing goes on here."
    assert first.parts == (
        ("tag", "a"),
        ("tag", "b"),
        ("tag", "c"),
        ("note", "my own word"),
        ("location", "7"),
        ("url", "https://readwise.io/open/7"),
        ("id", "301224"),
    )
    assert (second.text, second.parts) == ("The second", (("note", "What I think of it."), ("id", "301225")))
    assert (third.text, dict(third.parts)) == ("Third — still text", {"location": "9", "url": "https://example.org/9"})


def test_chapters_and_plain_paragraphs() -> None:
    text = "![rw-book-cover](c.png)\n\n## Highlights\n\n### 1. Beginnings\n\nA line\nof text.\n\nAnother.\nTags: x\n"
    assert said(of(text)) == [
        ("A line of text.", {"section": "1. Beginnings"}),
        ("Another.", {"tag": "x", "section": "1. Beginnings"}),
    ]


def test_a_link_inside_a_sentence_is_text() -> None:
    text = "![rw-book-cover](c.png)\n\n## Highlights\n- see ([the paper](https://example.org/p)) for more\n"
    assert said(of(text)) == [("see ([the paper](https://example.org/p)) for more", {})]


def test_broken_letters_are_set_right_and_others_left_alone() -> None:
    text = "![rw-book-cover](c.png)\n\n## Highlights\n- I&#39;ve said weâ€™re done ✅ AT&T &lt a&amp;b\n"
    text += "- Ã la carte, naïve Ångström\n"
    record = of(text)
    first, second = record.items
    assert "I've said we’re done" in record.text
    assert first.text == "I've said we’re done ✅ AT&T &lt a&b"
    assert "naïve Ångström" in second.text


# -- papers of a thread ----------------------------------------------------------------------------------------------

THREAD = """\
![rw-book-cover](c.jpg)

## Metadata
- Author: [[@someone on Twitter]]
- Full Title: My year with papers
- URL: https://twitter.com/someone/status/1

## Highlights
- What they did:
  Vision
  > CoolNet (& CoolNet-2, etc.) - The first that was cool
  > Transporter - Moves things
  > Unlisted - Never mind
- All the papers:
  Vision & More
  > CoolNet - https://t.co/aaaa
  > CoolNet 2 -https://t.co/bbbb
  Text
  > Transporter: https://arxiv.org/abs/1706.03762
  > [Third Thing](https://example.org/third) read this twice ([View Tweet](https://twitter.com/s/status/2))
- The tools I like:
  > Hammer - https://t.co/cccc
  > Saw - https://t.co/dddd
  > Drill - https://t.co/eeee
"""


def test_papers_have_their_category_address_and_role() -> None:
    record = of(THREAD)
    assert record.about is None
    assert [(e.title, e.line, e.values("category"), e.why) for e in record.entries] == [
        ("CoolNet", 16, ["Vision & More"], "The first that was cool"),
        ("CoolNet 2", 17, ["Vision & More"], "The first that was cool"),
        ("Transporter", 19, ["Text"], "Moves things"),
        ("Third Thing", 20, ["Text"], "read this twice"),
    ]
    cool, _, transporter, third = record.entries
    assert (cool.values("opaque_url"), cool.values("url"), cool.ids) == (["https://t.co/aaaa"], [], ())
    assert [str(paper) for paper in transporter.ids] == ["arxiv:1706.03762"]
    assert third.values("url") == ["https://example.org/third"]
    assert all(entry.mentioned for entry in record.entries)


def test_a_list_of_other_things_names_no_papers() -> None:
    text = "![rw-book-cover](c.jpg)\n\n## Highlights\n- Tools I like:\n"
    tools = "".join(f"  {n}. Tool{n} - https://t.co/{n}{n}{n}\n" for n in range(1, 6))
    assert of(text + tools).entries == ()
    assert len(of(text.replace("Tools", "Papers") + tools).entries) == 5
    ids = "".join(f"  • Name {n} https://arxiv.org/abs/1706.0376{n}\n" for n in range(1, 4))
    assert [str(entry.ids[0]) for entry in of(text + ids).entries] == [f"arxiv:1706.0376{n}" for n in range(1, 4)]


# -- which notes are exports -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "# My note\n\n## Highlights\n- one\n",
        "# Exports\n\nI read with [[Readwise]] and its highlights.\n",
        "See [this](https://read.readwise.io/read/1) and [that](https://read.readwise.io/read/2).\n",
    ],
)
def test_other_notes_are_not_exports(text: str) -> None:
    assert of(text).dialect != "readwise"


def test_links_to_highlights_or_a_heading_give_an_export_away() -> None:
    bullets = "".join(f"- text {n} ([View Highlight](https://read.readwise.io/read/{n}))\n" for n in range(3))
    assert of("# T\n\n" + bullets).dialect_by == "3 links to highlights in Readwise"
    assert of("# T\n\n## New highlights added May 2, 2022\n- x\n").dialect == "readwise"


def test_a_paper_note_with_such_headings_stays_the_note_of_its_paper() -> None:
    record = of("---\narxiv: 1706.03762\ntitle: Attention\n---\n## Metadata\n\n## Highlights\n\n- yes\n")
    assert [str(entry.ids[0]) for entry in record.entries] == ["arxiv:1706.03762"]


@pytest.mark.parametrize(
    "piece", ["- x ([View](", "> a - b - ", "  > N - https://t.co/a\n", "- Note: ", "> [!", "- [[", "(([", "&#", "Ã"]
)
def test_long_exports_are_read_in_linear_time(piece: str) -> None:
    def reading(body: str) -> list[Item]:
        return list(of("![rw-book-cover](c.jpg)\n\n## Highlights\n" + body).items)

    assert growth(reading, piece, 120_000) < LINEAR


def test_a_link_back_needs_no_brackets_around_it() -> None:
    text = "![rw-book-cover](c.png)\n\n## Highlights\n- one [View Highlight](https://example.org/h)\n"
    text += "- two, on [view synthesis](https://example.org/s)\n- three ([Time 0:12:30](https://example.org/t))\n"
    assert said(of(text)) == [
        ("one", {"url": "https://example.org/h"}),
        ("two, on [view synthesis](https://example.org/s)", {}),
        ("three", {"location": "0:12:30", "url": "https://example.org/t"}),
    ]

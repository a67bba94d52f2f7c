"""The text of an imported note: whatever strangers write reads back unchanged and means nothing else."""

from collections.abc import Sequence

import pytest
import yaml
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cli.imports.markdown_text import escaped
from cli.imports.note import UnwritableError, note
from cli.imports.paper import Told, joined
from cli.imports.yaml_text import listed, scalar
from kb.facts import from_fields
from kb.fields import Field, Scalar
from kb.model import Entry, Fact
from kb.names import is_truncation
from kb.read import read
from tests.hostile import PAYLOADS, disguised
from tests.kb.growth import LINEAR, growth

SIGNS = [
    "[[x]]", "[x](y)", "{", "}", "\\", "$x_1$", "~", "&amp;", "&", "<i>", "<b", "--", "``", "#tag", "::", "key:: v",
    "%%", "^b", "arXiv:1706.03762", "https://arxiv.org/abs/1706.03762", "https://example.org/a_b", "10.1145/3065386",
    "@lee2020", "[@lee2020]", "{{title}}", "<% tp %>", "(2017)", "[NeurIPS 2017]", "- ", "1. ", "2) ", '"', "'", "“",
    "Ann et al. - 2017 - ", "et al.", "and", ",", ";", "\u202e", "\x1b[31m", "\u2028", "\n", "\n\n", "_ ", "# ", "> ",
    "|", "```", "~~~", "`", "*", "_", "Highlights", "Authors: A B", "null", "no", "1e3", "2017-01-01", "é", "中文",
    "\u0301", "@article{x, title={Y}}", "---", "...", "- [ ] ", "![x](y)", "Word", "two words", "=", "+ ", "a/b",
    "[Paper Review] ",
]  # fmt: skip
"""Text that means something to YAML, Markdown, TeX, HTML, Obsidian, Logseq, a terminal or our own title parsing."""
TEXTS = st.one_of(
    st.lists(st.one_of(st.sampled_from(SIGNS), st.text(max_size=6)), max_size=8).map("".join),
    st.lists(st.sampled_from(SIGNS), min_size=1, max_size=8).map(" ".join),
    st.sampled_from(sorted(payload for payload in PAYLOADS.values() if len(payload) < 1000)),
).map(lambda text: text.encode("utf-8", "replace").decode())  # no file holds a lone surrogate


def told(**fields: Sequence[str]) -> Told:
    """What a bibliography says with these fields."""
    summary = "".join(fields.pop("abstract", ()))
    found = from_fields(
        [Field(name, tuple(Scalar(value, 1, 1, value) for value in values), 1, 1) for name, values in fields.items()]
    )
    found.facts += [Fact("summary", summary, 1, 1)] if summary else []
    return Told(found.entry("paper", 1, "a test", found.first("title")), "a test", is_cited=True)


def written(*sources: Told, path: str = "lee2020nets.md", citekey: str = "") -> str:
    return note(joined(sources), path, citekey)


def the_paper(text: str, path: str = "lee2020nets.md") -> Entry:
    """The one paper that our reader finds in a note, and nothing else."""
    record = read(path, text.encode())
    [entry] = record.entries
    assert (entry.mentioned, entry.kind, record.items) == (False, "paper", ())
    return entry


def test_a_note_looks_as_people_write_theirs() -> None:
    text = written(
        told(
            title=["Nets: a Survey"],
            authors=["Bo Lee", "van der Maaten, Laurens"],
            date=["2020-05-03"],
            arxiv=["2005.00001v2"],
            doi=["10.1000/nets"],
            venue=["Journal of Nets"],
            tags=["nlp", "deep/nets"],
            volume=["7"],
            pages=["1–9"],
            abstract=["We cast $x_i$ nets, *twice*.\nAnd more.\n\nSee [[nets]]."],
        ),
        citekey="lee2020",
    )
    assert text == (
        "---\n"
        'title: "Nets: a Survey"\n'
        "authors: [Bo Lee, Laurens van der Maaten]\n"
        "date: 2020-05-03\n"
        'arxiv: "2005.00001"\n'
        'doi: "10.1000/nets"\n'
        "venue: Journal of Nets\n"
        "tags: [nlp, deep/nets]\n"
        "arxiv_version: 2\n"
        "citekey: lee2020\n"
        'pages: "1–9"\n'
        "volume: 7\n"
        "---\n\n"
        "# Nets: a Survey\n\n"
        "## Abstract\n\n"
        "We cast $x_i$ nets, \\*twice\\*. And more.\n\n"
        "See \\[\\[nets\\]\\].\n"
    )


@settings(deadline=None, max_examples=150)
@given(title=TEXTS, authors=st.lists(TEXTS, max_size=3), abstract=TEXTS, tags=st.lists(TEXTS, max_size=3),
       arxiv=st.sampled_from([[], ["1706.03762"]]), date=st.sampled_from([[], ["2017"], ["2018-01-15"]]))  # fmt: skip
def test_what_is_imported_is_read_as_exactly_one_paper_with_exactly_these_facts(
    title: str, authors: list[str], abstract: str, tags: list[str], arxiv: list[str], date: list[str]
) -> None:
    source = told(title=[title], authors=authors, abstract=[abstract], tags=tags, arxiv=arxiv, date=date)
    if not source.entry.title:
        return
    try:
        text = written(source)
    except UnwritableError:
        reject()  # rather than misstated; Hypothesis fails if that is common
    found = the_paper(text)
    assert found.title == source.entry.title
    assert found.ids == source.entry.ids
    people = [name for name in source.entry.values("authors") if name and not is_truncation(name)]
    assert found.values("authors") == people
    for field in ("title", "date", "arxiv_id"):
        assert found.values(field) == source.entry.values(field), field
    assert not read("lee2020nets.md", text.encode()).links
    assert not [sign for sign in text if disguised(sign)], "nothing is hidden in the file"


def test_a_keyword_that_is_the_address_of_a_paper_is_a_tag_and_no_link() -> None:
    text = written(told(title=["Nets"], tags=["https://arxiv.org/abs/1706.03762"]))
    assert the_paper(text).values("tags") == ["https://arxiv.org/abs/1706.03762"]
    assert not read("lee2020nets.md", text.encode()).links


@settings(deadline=None)
@given(TEXTS)
def test_a_text_in_yaml_comes_back_equal(text: str) -> None:
    """The judge is PyYAML, which knows nothing of our code."""
    assert yaml.safe_load(f"a: {scalar(text)}\nb: {listed([text, text])}\n") == {"a": text, "b": [text, text]}


@settings(deadline=None)
@given(TEXTS.map(lambda text: " ".join(text.split())))
def test_a_line_of_markdown_shows_its_text_and_nothing_else(line: str) -> None:
    """The judge is a Markdown parser that knows nothing of our code."""
    if not line.isprintable():
        return
    [opening, inline, closing] = MarkdownIt("commonmark").parse(escaped(line, formulas=False)) or [None] * 3
    if inline is None:
        assert not line
        return
    assert (opening.type, closing.type) == ("paragraph_open", "paragraph_close")
    assert {token.type for token in inline.children} <= {"text", "text_special"}
    assert "".join(token.content for token in inline.children) == line


@pytest.mark.parametrize(
    "title",
    [
        "Nets (CVPR 2020)",
        "[Paper Review] Nets",
        "Ann et al. - 2020 - Nets",
        "“Why should I trust you?”",
        "arXiv:1706.03762 revisited",
        "2001: A Space Odyssey (2019)",
        "{{title}}",
        "A \\& B {C} $d$",
        "[[x]] and [y](z)",
    ],
)
def test_a_title_is_taken_at_its_word(title: str) -> None:
    """Each looks like a note's name, with more in it than the title of the paper."""
    source = told(title=[title], authors=["Bo Lee"], date=["2020"])
    assert the_paper(written(source)).title == source.entry.title


def test_a_day_of_publication_is_not_taken_for_that_of_the_note() -> None:
    text = written(told(title=["Nets"], arxiv=["1706.03762"], date=["2020-01-15"]))
    assert the_paper(text).values("date") == ["2020-01-15"]
    assert "\npublished: 2020-01-15\n" in text


@pytest.mark.parametrize("name", ["Barnes and Noble", "OpenAI.com", "van der Maaten, Jr, L.", "Lee, Ann, Bo, Cy"])
@pytest.mark.parametrize("others", [(), ("Cy Ode",)])
def test_an_author_stays_one(name: str, others: Sequence[str]) -> None:
    authors = [f"{{{name}}}", *others]
    assert the_paper(written(told(title=["Nets"], authors=authors))).values("authors") == [name, *others]


def test_that_there_are_more_authors_is_kept() -> None:
    text = written(told(title=["Nets"], authors=["Bo Lee", "others"], date=["2020"]))
    assert "\nauthors: [Bo Lee, et al.]\n" in text
    assert (the_paper(text).values("authors"), the_paper(text).values("authors_more")) == (["Bo Lee"], ["et al."])


def test_keywords_that_obsidian_would_not_take_for_tags_stay_keywords() -> None:
    text = written(told(title=["Nets"], tags=["nlp", "deep learning"], authors=["Bo Lee"], date=["2020"]))
    assert "\nkeywords: [nlp, deep learning]\n" in text
    assert the_paper(text).values("tags") == ["nlp", "deep learning"]


def test_a_paper_gets_each_fact_from_the_first_source_that_tells_it() -> None:
    first = told(title=["Nets"], authors=["Bo Lee"], arxiv=["2005.00001"])
    second = told(title=["Nests"], authors=["Bo Lee", "Cy Ode", "others"], date=["2020"], doi=["10.1000/x"])
    found = the_paper(written(first, second))
    assert (found.title, found.values("authors"), found.values("authors_more")) == ("Nets", ["Bo Lee"], [])
    assert found.values("date") == ["2020"]
    assert [str(each) for each in found.ids] == ["arxiv:2005.00001", "doi:10.1000/x"]


def mentioned(text: str, path: str = "") -> Told:
    title, ids = "Nets", told(arxiv=["2005.00001"]).entry.ids
    return Told(Entry("paper", 1, "a test", title=title, ids=ids, mentioned=True, text=text), "days/[1].md:7", path)


def test_what_a_digest_says_is_quoted_with_a_link_where_it_lies_in_the_vault() -> None:
    text = written(mentioned("Nets are [[good]].\n\n# Really", "days/[1].md"), path="papers/lee.md")
    assert text.partition("## Mentions\n\n")[2] == (
        "> Nets are \\[\\[good\\]\\].\n>\n> \\# Really\n>\n> [days/\\[1\\].md](../days/%5B1%5D.md)\n"
    )
    [link] = read("papers/lee.md", text.encode()).links
    assert (link.kind, link.target) == ("markdown", "../days/[1].md")
    outside = written(mentioned("Nets are good."))
    assert outside.endswith("> Nets are good.\n>\n> \\[1\\].md\n")
    assert not read("lee.md", outside.encode()).links
    assert "Mentions" not in written(mentioned("Nets"))


def test_what_a_digest_calls_a_paper_is_no_title_that_counts_before_others() -> None:
    entry = the_paper(written(mentioned("Nets are good.")))
    assert (entry.title, entry.values("title")) == ("Nets", [])


def test_a_remark_of_the_owner_stays() -> None:
    cited = told(title=["Nets"], citekey=["lee2020"])
    text = written(cited._replace(entry=cited.entry._replace(why="Read *again*.")), citekey="lee2020")
    assert text.endswith("## Notes\n\nRead \\*again\\*.\n")


def test_three_thousand_authors_fit_into_a_note_and_five_thousand_do_not() -> None:
    names = [f"A. {chr(65 + n % 26)}. Boson{n:04}" for n in range(5000)]
    assert the_paper(written(told(title=["Bosons"], authors=names[:3000]))).values("authors") == names[:3000]
    with pytest.raises(UnwritableError, match=r"has more than 64 KiB of front matter - "):
        written(told(title=["Bosons"], authors=names))


def test_formulas_stay_formulas_and_prices_prices() -> None:
    text = written(told(title=["Nets"], date=["2020"], abstract=["Costs $5 and $6, in $O(n_1)$."]))
    assert text.endswith("## Abstract\n\nCosts \\$5 and \\$6, in $O(n_1)$.\n")


@pytest.mark.parametrize("piece", ["arXiv:1706.03762 é ", "[[x]]", "$a$ ", "$ ", "\n \n", "http://a.b/c_d ", "\\"])
def test_a_long_text_costs_time_in_proportion(piece: str) -> None:
    def write(text: str) -> None:
        written(told(title=["Nets"], authors=["Bo Lee"], date=["2020"], abstract=[text]))

    assert growth(write, piece, 40_000) < LINEAR

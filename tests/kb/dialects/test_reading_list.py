"""Lists of papers: each bullet, numbered line or row is a mention with what it states, and nothing more."""

import re

import pytest

from kb.model import Entry
from kb.read import read
from tests.kb.growth import LINEAR, growth

LIST = """\
# Awesome Sums

Why we sum.

- [Vision](#vision)
- [Language](#language)

## Vision

- **[Deep Sums](https://arxiv.org/abs/1801.00001)** - A. Ann, B. Bo, *CVPR* 2019. [[code](https://github.com/ann/sums)]
- Shallow Sums [[arXiv](https://arxiv.org/abs/1801.00002v2)] [[article](https://example.org/sums)]
  - Worth it for the second figure. See also [[Deep Sums]].
- Just a tool: [summer](https://github.com/ann/summer)

### Detection

1. [2017.06] [Wide Sums](https://openreview.net/forum?id=abcdef1)
2. "Sums, and Other Ends", ICML, 2020. [[paper](https://example.org/proceedings/ends.html)]

**[7]** Ann, Anna, and Bob Bo. "**Sums of sums**." arXiv arXiv:1801.00004 (2018). [[pdf]](https://arxiv.org/pdf/1801.00004)
**(Where it began)**
"""


def entries(text: str) -> list[Entry]:
    return list(read("list.md", text.encode()).entries)


def test_each_line_with_a_paper_is_a_mention() -> None:
    record = read("list.md", LIST.encode())
    assert (record.dialect, record.dialect_by) == ("reading-list", "lines 10, 11, 17 list papers")
    assert record.about is None
    assert [(entry.line, entry.title, [str(paper) for paper in entry.ids]) for entry in record.entries] == [
        (10, "Deep Sums", ["arxiv:1801.00001"]),
        (11, "Shallow Sums", ["arxiv:1801.00002"]),
        (17, "Wide Sums", ["openreview:abcdef1"]),
        (18, "Sums, and Other Ends", []),
        (20, "Sums of sums", ["arxiv:1801.00004"]),
    ]


def dated(entry: Entry) -> list[str]:
    """The date of an entry, or the year that is only cited."""
    return entry.values("date") + entry.values("cited_year")


def test_authors_dates_and_categories_as_they_are_stated() -> None:
    deep, shallow, wide, ends, sums = entries(LIST)
    assert (deep.values("authors"), dated(deep), deep.values("category")) == (
        ["A. Ann", "B. Bo"],
        ["2019"],
        ["Vision"],
    )
    assert (shallow.values("authors"), dated(shallow)) == ([], [])
    assert (wide.values("date"), wide.values("category")) == (["2017-06"], ["Detection"])
    assert (ends.values("cited_year"), ends.values("url")) == (["2020"], ["https://example.org/proceedings/ends.html"])
    assert (sums.values("authors"), dated(sums), sums.why) == (
        ["Anna Ann", "Bob Bo"],
        ["2018"],
        "Where it began",
    )


def test_what_is_nested_belongs_to_the_line_and_what_stands_beside_it_does_not() -> None:
    record = read("list.md", LIST.encode())
    assert record.entries[1].why == "Worth it for the second figure."
    assert "summer" not in record.entries[1].text
    assert [(item.kind, item.text, item.entry) for item in record.items] == [
        ("code", "https://github.com/ann/sums", 0),
        ("highlight", "(Where it began)", 4),
    ]


ID = "https://arxiv.org/abs/1801.00009"
STATED: dict[str, tuple[str, list[str], list[str]]] = {
    f"**Sums** (2015), G. Hin et al. [[pdf]]({ID})": ("Sums", ["G. Hin"], ["2015"]),
    f"**Sums (2015)**, O. Vin et al. [[pdf]]({ID})": ("Sums", ["O. Vin"], ["2015"]),
    f"**Sums** (2012) J. Berg and Y. Ben [[pdf]]({ID})": ("Sums", ["J. Berg", "Y. Ben"], ["2012"]),
    f"Sums of things. A. Ann and B. Bo. 2018. [pdf]({ID})": ("Sums of things", ["A. Ann", "B. Bo"], ["2018"]),
    f"Ann, A., & Bo, B. (2014). Sums: a view. [pdf]({ID})": ("Sums: a view", ["A. Ann", "B. Bo"], ["2014"]),
    f"Show, sum and tell: how, K. Xu, J. Ba. 2015 [[pdf]({ID})]": (
        "Show, sum and tell: how",
        ["K. Xu", "J. Ba"],
        ["2015"],
    ),
    f"**[SUM]** Sums with Transformers (**ECCV**) [[paper]({ID})][[code](https://github.com/a/b)]": (
        "Sums with Transformers",
        [],
        [],
    ),
    f"`2023-05-17` [Sums]({ID})": ("Sums", [], ["2023-05-17"]),
    f"[CVPR'21] [Sums]({ID}) by Anna Ann and Bob Bo": ("Sums", ["Anna Ann", "Bob Bo"], ["2021"]),
    f"[Sums]({ID}), Szegedy, Christian, et al., 2015": ("Sums", ["Christian Szegedy"], ["2015"]),
    f"Sums – Towards Ends [[pdf]({ID})]": ("Sums – Towards Ends", [], []),
    f"[Sums]({ID}): a view. *Ann et al.* ICLR 2022.": ("Sums", ["Ann"], ["2022"]),
    f"<b>Sums</b>: a view <br> *Anna Ann, Bob Bo* <br> COLM 2024 [[Paper]({ID})]": (
        "Sums",
        ["Anna Ann", "Bob Bo"],
        ["2024"],
    ),
    f"⭐ [Sums]({ID}) (Ann et al., 2018)": ("Sums", ["Ann"], ["2018"]),
    f"Ann et al., [Sums]({ID}), 2019": ("Sums", ["Ann"], ["2019"]),
    f'"Why Sums?": A View, Ann et al. KDD 2016 [[pdf]({ID})]': ('"Why Sums?": A View', ["Ann"], ["2016"]),
    f"论文：[求和网络]({ID}) [代码](https://github.com/a/b)": ("求和网络", [], []),
    f"[x] **Original Paper: [Sums]({ID})**": ("Sums", [], []),
    # emphasized titles, and brackets with more than a date
    f"*Sums of things* [Big Sums] (Jan 2019, NeurIPS 2019) [[arXiv]({ID})]": ("Sums of things", [], ["2019-01"]),
    f"_Sums of things_ (2018, Google Brain) [[arXiv]({ID})]": ("Sums of things", [], ["2018"]),
    f"Sums of things (Mar 2018, NAACL 2018, Ann Institute) [[arXiv]({ID})]": ("Sums of things", [], ["2018-03"]),
    f"*Ann Ann, Bob Bo*. Sums of things. 2019. [pdf]({ID})": ("Sums of things", ["Ann Ann", "Bob Bo"], ["2019"]),
    f"*Sums* of things [pdf]({ID})": ("Sums* of things", [], []),
    f"**[Sums of things (2013)]({ID})** - Ann et al.": ("Sums of things", ["Ann"], ["2013"]),
    f"Super Sum Bros. with deep ends [[arXiv]({ID})]": ("Super Sum Bros. with deep ends", [], []),
    f"Sums of things ([ATC 2024](notes/atc.md)) [[paper]({ID})]": ("Sums of things", [], ["2024"]),
    f"Sums of things, `arXiv, 1801.00009`, [arxiv]({ID})": ("Sums of things", [], []),
    f"[1801.00009]({ID}) Sums of things": ("Sums of things", [], []),
    f"Ann Ann et al. Sums of things. 2021. [pdf]({ID})": ("Sums of things", ["Ann Ann"], ["2021"]),
    f"**Sums of things.** *Ann Ann, Bob Bo.* ICLR 2021. [[paper]]({ID})": (
        "Sums of things",
        ["Ann Ann", "Bob Bo"],
        ["2021"],
    ),
    # a year, a topic or a group in a sentence is neither a date nor an author
    f"Sums of things - Nature, accessed March 5, 2025, [{ID}]({ID})": ("Sums of things", [], []),
    f"Sums of things, ICML 2019. Retrieved on 2025-03-05. {ID}": ("Sums of things", [], ["2019"]),
    f"[Sums]({ID}) - a 2019 follow-up to the 2017 paper": ("Sums", [], []),
    f"[Sums]({ID}) - Deep Learning, Computer Vision": ("Sums", [], []),
    f"[Sums]({ID}) - Google Research, 2019": ("Sums", [], ["2019"]),
    f"[Sums]({ID}) (2018), extended (2020)": ("Sums", [], []),
    f"[A Survey of 2019]({ID})": ("A Survey of 2019", [], []),
}


@pytest.mark.parametrize(("line", "stated"), STATED.items(), ids=list(STATED))
def test_what_a_line_states(line: str, stated: tuple[str, list[str], list[str]]) -> None:
    text = f"# L\n\n- {line}\n" + "".join(f"- [P {n}](https://arxiv.org/abs/1901.0000{n})\n" for n in (1, 2, 3))
    first = entries(text)[0]
    assert (first.title, first.values("authors"), dated(first)) == stated
    assert first.values("authors_more") == ["et al."] * bool(stated[1] and re.search(r"\bet\.? al", line))
    assert [str(paper) for paper in first.ids] == ["arxiv:1801.00009"]


def test_a_line_break_parts_a_line_as_a_dash_does() -> None:
    item = "- **Sum {n}** \\\n*Ann Ann, Bob Bo* \\\nICML 2019. [[Paper](https://arxiv.org/abs/1901.0000{n})]\n\n"
    found = entries("".join(item.format(n=n) for n in (1, 2, 3)))
    assert [e.values("authors") + dated(e) + [e.why] for e in found] == [["Ann Ann", "Bob Bo", "2019", ""]] * 3


@pytest.mark.parametrize("line", ["Sum. (Ann University) [[paper]({})]", "[Sum]({}) - Ann, Bo & Cid"])
def test_an_institute_and_surnames_say_nothing_of_a_paper(line: str) -> None:
    text = "".join(f"- {line.format(f'https://arxiv.org/abs/1901.0000{n}')}\n" for n in (1, 2, 3))
    assert [(each.title, each.why) for each in entries(text)] == [("Sum", "")] * 3


def test_a_long_list_is_read_in_linear_time() -> None:
    piece = "- **[Sums](https://arxiv.org/abs/1801.00001)** - A. Ann, B. Bo, *CVPR* 2019. [[code](https://a.org)]\n"
    assert growth(lambda text: read("n.md", text.encode()), piece, 120_000) < LINEAR
    one_line = "- " + "[Sums](https://arxiv.org/abs/1801.00001), "
    assert growth(lambda text: read("n.md", text.encode()), one_line, 120_000) < LINEAR
    later = "  [pdf](https://arxiv.org/abs/1801.00001)\n"
    assert growth(lambda text: read("n.md", f"- **Sums**\n{text}".encode()), later, 120_000) < LINEAR


def test_a_line_of_several_papers_lists_them_all() -> None:
    text = (
        "- [One](https://arxiv.org/abs/1801.00001), [Two](https://arxiv.org/abs/1801.00002) and "
        "[Three](https://arxiv.org/abs/1801.00003)\n"
    )
    assert [entry.title for entry in entries(text)] == ["One", "Two", "Three"]


def test_an_id_and_a_doi_of_one_line_are_of_one_paper() -> None:
    text = "".join(
        f"- Sum {n} [[arXiv](https://arxiv.org/abs/1801.0000{n})] [[DOI](https://doi.org/10.1000/s{n})]\n"
        for n in (1, 2, 3)
    )
    assert [str(paper) for paper in entries(text)[0].ids] == ["arxiv:1801.00001", "doi:10.1000/s1"]


@pytest.mark.parametrize(
    "item",
    [
        "- **Sum {n}**, ICML 201{n}\n  [pdf](https://arxiv.org/abs/1801.0000{n})\n",
        "{n}. **Sum {n}** (ICML 201{n})<br>\n   *A. Ann, B. Bo*<br>\n   [[paper]](https://arxiv.org/abs/1801.0000{n})\n\n",
        "* Sum {n}, ICML 201{n}.\n  [paper](https://arxiv.org/abs/1801.0000{n}) | [code](https://github.com/a/b{n})\n",
    ],
)
def test_an_item_may_have_its_link_in_a_later_line(item: str) -> None:
    record = read("list.md", ("# Sums\n\n" + "".join(item.format(n=n) for n in (1, 2, 3, 4))).encode())
    assert record.dialect == "reading-list"
    assert [(entry.title, str(entry.ids[0]), dated(entry)) for entry in record.entries] == [
        (f"Sum {n}", f"arxiv:1801.0000{n}", [f"201{n}"]) for n in (1, 2, 3, 4)
    ]


NO_LIST = {
    "prose over two lines": "# Growth\n\n"
    + "".join(f"- Sums grow, as\n  [{n}](https://arxiv.org/abs/1801.0000{n}) shows\n" for n in (1, 2, 3)),
    "prose that cites": "# Growth\n\n"
    + "".join(f"- Sums grow, as [{n}](https://arxiv.org/abs/1801.0000{n}) shows\n" for n in (1, 2, 3)),
    "two papers": "- [A](https://arxiv.org/abs/1801.00001)\n- [B](https://arxiv.org/abs/1801.00002)\n",
    "a note about a paper": "---\narxiv: '1801.00009'\n---\n" + LIST,
    "a note whose first line is its paper": "# [Sums](https://arxiv.org/abs/1801.00009)\n\n## Related\n\n"
    + "".join(f"- [P {n}](https://arxiv.org/abs/1801.0000{n})\n" for n in (1, 2, 3)),
    "tools": "".join(f"- [tool {n}](https://github.com/a/b{n})\n" for n in range(9)),
    "code": "```\n" + LIST + "```\n",
}


@pytest.mark.parametrize("text", NO_LIST.values(), ids=list(NO_LIST))
def test_what_is_no_reading_list(text: str) -> None:
    record = read("n.md", text.encode())
    assert record.dialect != "reading-list"
    assert not any(entry.mentioned for entry in record.entries)


def test_a_line_with_a_heading_of_its_own_lists_every_paper() -> None:
    line = "- Model-based: [Sum](https://arxiv.org/abs/1801.00001) -> [Ends](https://arxiv.org/abs/1801.00002) / " + (
        "[Means](https://arxiv.org/abs/1801.00003)\n"
    )
    assert [entry.title for entry in entries(line)] == ["Sum", "Ends", "Means"]
    assert not entries(line.replace("Model-based:", "A sum may well be smaller than its ends, as in this example:"))


def test_what_follows_a_link_over_two_lines_is_not_cut_from_its_address() -> None:
    text = "- [Sums of\n  things](https://arxiv.org/abs/1801.00001) - they add up well\n" + "".join(
        f"- [Sum {n}](https://arxiv.org/abs/1801.0000{n})\n" for n in (2, 3)
    )
    first, *_ = entries(text)
    assert (first.title, first.why) == ("Sums of things", "they add up well")


def test_a_month_under_a_year_is_a_date_and_no_category_and_notes_are_no_code() -> None:
    notes = "[[notes](https://github.com/a/b/blob/main/n.md)] [[code](https://github.com/a/b)]"
    papers = "".join(f"- Sum {n} [[paper](https://arxiv.org/abs/1801.0000{n})] {notes}\n" for n in (1, 2, 3))
    record = read("l.md", f"# Log\n\n## 2022\n\n### June\n\n{papers}".encode())
    assert [(e.values("discussed_on"), e.values("category")) for e in record.entries] == [(["2022-06"], [])] * 3
    assert {item.text for item in record.items} == {"https://github.com/a/b"}


def test_a_badge_is_a_label() -> None:
    badge = "[![arXiv](https://img.example/badge/arXiv-{n})](https://arxiv.org/abs/1801.0000{n})"
    lines = [f"- {badge} **Sum {{n}}** *CVPR 2019*\n", f"- Sum {{n}} {badge} [![Star](https://a.b/s)](https://github.com/a/b)\n"]
    for line in lines:
        found = entries("".join(line.format(n=n) for n in (1, 2, 3)))
        assert [(e.title, str(e.ids[0])) for e in found] == [(f"Sum {n}", f"arxiv:1801.0000{n}") for n in (1, 2, 3)]


def test_a_title_with_a_badge_is_no_category() -> None:
    papers = "".join(f"- [Sum {n}](https://arxiv.org/abs/1801.0000{n})\n" for n in (1, 2, 3))
    found = entries(f"# Awesome Sums [![Awesome](https://b.example/b.svg)](https://b.example)\n\n{papers}")
    assert [entry.values("category") for entry in found] == [[], [], []]


@pytest.mark.parametrize("heading", ["Links", "Links:", "Papers"])
def test_a_heading_that_only_says_what_is_listed_is_no_category_and_leaves_the_one_above(heading: str) -> None:
    papers = "".join(f"- [Sum {n}](https://arxiv.org/abs/1801.0000{n})\n" for n in (1, 2, 3))
    found = entries(f"# Sums\n\n## Vision\n\n### {heading}\n\n{papers}")
    assert [entry.values("category") for entry in found] == [["Vision"]] * 3
    found = entries(f"# Sums\n\n## {heading}\n\n{papers}")
    assert [entry.values("category") for entry in found] == [[], [], []]


def test_half_a_bracket_is_no_remark() -> None:
    line = "- **Sum {n}** (Ann & Bo, arXiv:1801.0000{n}, Jul 2018) — It adds things up.\n"
    assert {entry.why for entry in entries("".join(line.format(n=n) for n in (1, 2, 3)))} == {"It adds things up"}


def test_a_journal_or_conference_is_a_label() -> None:
    lines = [
        "- Go without Human Knowledge [[Nature](https://www.nature.com/articles/nature24270.epdf?author_access_token=a)]",
        "- Visible Watermarks [[CVPR](http://openaccess.thecvf.com/content_cvpr_2017/papers/Dekel_On_2017_paper.pdf)]",
        "- Hidden Technical Debt [[NIPS](https://papers.nips.cc/paper/5656-hidden-technical-debt.pdf)]",
        "- Deep Nets [[arXiv](https://arxiv.org/abs/1801.00001)]",
        "- Wide Nets [[arXiv](https://arxiv.org/abs/1801.00002)]",
    ]
    found = read("list.md", "\n".join(lines).encode()).entries
    titles = ["Go without Human Knowledge", "Visible Watermarks", "Hidden Technical Debt", "Deep Nets", "Wide Nets"]
    assert [entry.title for entry in found] == titles
    assert [str(paper) for paper in found[0].ids] == ["doi:10.1038/nature24270"]


@pytest.mark.parametrize(
    ("line", "title", "authors", "date"),
    [
        (
            '[Ann, Ann, and Bob Bo. "Wide sums." Annals of Sums 3.1 (2019).](https://arxiv.org/abs/1801.00001)',
            "Wide sums",
            ["Ann Ann", "Bob Bo"],
            ["2019"],
        ),
        (
            '[A. Ann and B. van der Bo, "Wide sums", Annals of Sums, 2009.](https://arxiv.org/abs/1801.00001)',
            "Wide sums",
            ["A. Ann", "B. van der Bo"],
            ["2009"],
        ),
        (
            "Ann, A., Bo, B.B.: Wide sums: a survey. Sums Letters (2017) [[paper]](https://arxiv.org/abs/1801.00001)",
            "Wide sums: a survey",
            ["A. Ann", "B.B. Bo"],
            ["2017"],
        ),
        ("[[1801.00001] Wide sums](https://arxiv.org/abs/1801.00001)", "Wide sums", [], []),
        ("Wide sums: a survey [paper](https://arxiv.org/abs/1801.00001)", "Wide sums: a survey", [], []),
    ],
)
def test_a_link_may_show_a_citation(line: str, title: str, authors: list[str], date: list[str]) -> None:
    more = "- [Deep Sums](https://arxiv.org/abs/1801.00002)\n- [Tall Sums](https://arxiv.org/abs/1801.00003)\n"
    found = entries(f"# List\n\n- {line}\n{more}")[0]
    assert (found.title, found.values("authors"), dated(found)) == (title, authors, date)


def test_labels_under_headings_are_no_papers() -> None:
    text = "# New\n\n" + "".join(
        f"## arxiv-2605.2018{n}: Sums {name}\n\n- Categories: cs.LG\n- Authors: Ann Ann, Bob Bo\n- Matches: none\n"
        f"- Abstract URL: https://arxiv.org/abs/2605.2018{n}\n- PDF URL: https://arxiv.org/pdf/2605.2018{n}\n\n"
        for n, name in enumerate(("of Ends", "of Middles", "of Beginnings"))
    )
    found = entries(text)
    assert [(each.title, str(each.ids[0]), each.values("authors")) for each in found] == [
        ("Sums of Ends", "arxiv:2605.20180", ["Ann Ann", "Bob Bo"]),
        ("Sums of Middles", "arxiv:2605.20181", ["Ann Ann", "Bob Bo"]),
        ("Sums of Beginnings", "arxiv:2605.20182", ["Ann Ann", "Bob Bo"]),
    ]


UNDER = """\
# What to read

1. **Deep sums** (Ann et al., 2019)
   - Link: https://arxiv.org/abs/1801.00001
   - It sums.
2. Wide sums
   - **Paper**: [PDF](https://arxiv.org/pdf/1801.00002)
   - [code](https://github.com/ann/sums)
3. Tall sums
\t- arXiv: 1801.00003
\t- DOI: 10.1000/x1
4. Two of them
   - paper: https://arxiv.org/abs/1801.00004
   - paper: https://arxiv.org/abs/1801.00005
5. Topics
   - [Sums of ends](https://arxiv.org/abs/1801.00006)
"""


def test_labels_under_an_item_lead_to_its_paper() -> None:
    found = entries(UNDER)
    assert [(each.title, [str(paper) for paper in each.ids]) for each in found] == [
        ("Deep sums", ["arxiv:1801.00001"]),
        ("Wide sums", ["arxiv:1801.00002"]),
        ("Tall sums", ["arxiv:1801.00003", "doi:10.1000/x1"]),
        ("Sums of ends", ["arxiv:1801.00006"]),
    ]
    assert (found[0].values("authors"), dated(found[0]), found[0].why) == (["Ann"], ["2019"], "It sums.")


@pytest.mark.parametrize("address", ["https://arxiv.org/abs/1801.0000{n}", "https://nets.example/{n}.pdf"])
def test_the_authors_behind_the_link_under_a_title(address: str) -> None:
    item = "- {title}\n  - [[paper](" + address + ")] {who}\n  - [[summary](./nets{n}.md)] Cid Dee\n\n"
    told = [("Sums: Many", "D. Ann, ACM, 1991"), ("Wide Sums", "S. Ann and J. Bo, ICML, 1999"), ("X", "E. Fox, 2001")]
    found = entries("# Sums\n\n" + "".join(item.format(title=t, who=w, n=n) for n, (t, w) in enumerate(told, 1)))
    assert [(e.title, e.values("authors"), dated(e), e.values("noted_in"), e.why) for e in found] == [
        ("Sums: Many", ["D. Ann"], ["1991"], ["nets1.md"], ""),
        ("Wide Sums", ["S. Ann", "J. Bo"], ["1999"], ["nets2.md"], ""),
        ("X", ["E. Fox"], ["2001"], ["nets3.md"], ""),
    ]
    assert [str(e.ids[0]) if e.ids else e.values("url")[0] for e in found] == [
        address.format(n=n).replace("https://arxiv.org/abs/", "arxiv:") for n in range(1, 4)
    ]


@pytest.mark.parametrize(
    ("line", "title", "authors"),
    [
        ("`ICML 2019` [Wide sums](https://arxiv.org/abs/1801.00001)", "Wide sums", []),
        ('[ann2019wide](https://arxiv.org/abs/1801.00001) Ann & Bo, "Wide sums", 2019', "Wide sums", ["Ann", "Bo"]),
        (
            '[[ann2019_wide]](refs.md#ann) [pdf](https://arxiv.org/abs/1801.00001) A. Ann, "Wide sums" (2019)',
            "Wide sums",
            ["A. Ann"],
        ),
        ('Cid, Ann, et al. "Wide sums." 2019. [pdf](https://arxiv.org/abs/1801.00001)', "Wide sums", ["Ann Cid"]),
        ("Wide sums：[论文链接](https://arxiv.org/abs/1801.00001)，2019", "Wide sums", []),
    ],
)
def test_what_stands_beside_a_title(line: str, title: str, authors: list[str]) -> None:
    more = "- [Deep Sums](https://arxiv.org/abs/1801.00002)\n- [Tall Sums](https://arxiv.org/abs/1801.00003)\n"
    found = entries(f"# List\n\n- {line}\n{more}")[0]
    assert (found.title, found.values("authors"), str(found.ids[0])) == (title, authors, "arxiv:1801.00001")


def test_a_line_that_checks_a_cited_paper_is_no_second_title_of_it() -> None:
    item = """#### ann201{n}nets
- APA 7: Ann, A. B. (201{n}). Nets of {n} ends. *Annals, 126*(1), 10–13. https://doi.org/10.1000/x{n}
- Verification: Crossref title match YES | https://doi.org/10.1000/x{n} (abstract via PubMed)
- **left out (title against scope):** 30 of 31 (a study of knots, 10.1000/y{n})
"""
    record = read("b.md", ("## Bibliography\n\n" + "".join(item.format(n=n) for n in range(1, 5))).encode())
    assert [(e.title, e.values("authors"), e.values("cited_year")) for e in record.entries] == [
        (f"Nets of {n} ends", ["A. B. Ann"], [f"201{n}"]) for n in range(1, 5)
    ]


def test_the_page_of_a_note_at_a_code_host_is_not_the_address_of_the_paper() -> None:
    listed = "".join(
        f'- [Summary](https://github.com/ann/notes/blob/main/{name}.md): "**Nets of {name}**", A. Ann et al. (2013)\n'
        for name in ("Ends", "Odds", "Sods")
    )
    entries = read("README.md", listed.encode()).entries
    assert [(entry.title, entry.values("url"), entry.values("authors")) for entry in entries] == [
        (f"Nets of {name}", [], ["A. Ann"]) for name in ("Ends", "Odds", "Sods")
    ]


def test_a_heading_ends_an_item_without_an_empty_line() -> None:
    """As in notes of the same form on several papers, where the citation follows what is said."""
    notes = "".join(
        f"### Nets of {name}\n#### Notes\n- they end\n#### Citation\nA. Ann, \"Nets of {name},\" Ends, 2019, "
        f"doi: 10.1145/10000{n}.\n\n"
        for n, name in enumerate(("Ends", "Odds", "Sods"), 1)
    )
    entries = read("list.md", notes.encode()).entries
    assert [(each.title, *map(str, each.ids), each.values("authors")) for each in entries] == [
        (f"Nets of {name}", f"doi:10.1145/10000{n}", ["A. Ann"]) for n, name in enumerate(("Ends", "Odds", "Sods"), 1)
    ]


@pytest.mark.parametrize("section", ["", "## Papers\n\n"])
@pytest.mark.parametrize("line", ["- Sums {n} (Ann et al., 201{n})", "- [Sums {n}](https://arxiv.org/abs/1801.0000{n})"])
@pytest.mark.parametrize("authors", ["**Authors:** Ada Ann, Bob Bo", "**Author:** Ada Ann"])
def test_the_authors_of_a_list_do_not_make_its_title_a_paper(authors: str, line: str, section: str) -> None:
    lines = "\n".join(line.format(n=n) for n in (1, 2, 3))
    found = read("list.md", f"# Nets that we read\n\n{authors}\n\n{section}{lines}\n".encode()).entries
    assert [each.title for each in found if each.mentioned] == ["Sums 1", "Sums 2", "Sums 3"]


@pytest.mark.parametrize(("section", "is_own"), [("Related work", True), ("References", True), ("Key papers", False)])
def test_papers_under_a_note_s_address_are_its_related_work_or_a_topic_s(section: str, is_own: bool) -> None:
    lines = "\n".join(f"- [Sums {n}](https://arxiv.org/abs/1801.0000{n})" for n in (1, 2, 3))
    text = f"# Nets that we read\n\nhttps://arxiv.org/abs/1901.00001\n\n## {section}\n\n{lines}\n"
    assert (read("n.md", text.encode()).about is not None) == is_own


@pytest.mark.parametrize("name", ["Deep nets papernotes", "Vision Paper Notes", "深度学习论文笔记"])
def test_a_list_called_paper_notes_is_none_on_one_paper(name: str) -> None:
    item = "- [Nets of {n} Ends](notes/{n}.md) [[arXiv](https://arxiv.org/abs/1801.0000{n})]\n"
    items = "".join(item.format(n=n) for n in (1, 2, 3))
    assert [e.title for e in entries(f"# {name}\n\n#### 2018-01\n{items}")] == [f"Nets of {n} Ends" for n in (1, 2, 3)]
    [one] = entries(f"# Nets of Many Good Ends paper notes\n\nText.\n\n## Prior art\n\n{items}")
    assert (one.title, one.mentioned) == ("Nets of Many Good Ends", False)


def test_titles_linked_to_files_are_papers_next_to_others_or_under_such_a_heading() -> None:
    items = "".join(f"- [The Ends of {n} Trees](https://ends.example/{n}.pdf)\n" for n in (1, 2))
    third = "- [The Ends of 3 Trees](https://{}) [[slides](https://ends.example/s.pdf)]\n"
    for head, address in (("# Trees", "arxiv.org/abs/1801.00003"), ("# Papers", "ends.example/3.pdf")):
        found = entries(f"{head}\n\n{items}{third.format(address)}")
        assert [e.title for e in found] == [f"The Ends of {n} Trees" for n in (1, 2, 3)]
        assert found[0].values("url") == ["https://ends.example/1.pdf"]
    assert not entries(f"# Trees\n\n{items}{third.format('ends.example/3.pdf')}")


def test_names_of_methods_are_no_title_in_a_list_of_titles() -> None:
    items = "- Algorithms: TRPO, PPO, A3C\n- Nets of Many Ends\n- Learning to End from Feedback\n"
    found = [e.title for e in entries(f"# Later\n\n## Papers to read\n\n{items}- Past: a History of Nets\n")]
    assert found == ["Nets of Many Ends", "Learning to End from Feedback", "Past: a History of Nets"]


@pytest.mark.parametrize(
    ("link", "path"),
    [
        ("[[notes](notes/ends.md)]", "x/notes/ends.md"),
        ("[[Notes](./ends%20of%20nets.md)]", "x/ends of nets.md"),
        ("[[my notes](../ends.md#why)]", "ends.md"),
        ("[笔记](/notes/ends.md)", "notes/ends.md"),
        ("[[summary](ends/)]", "x/ends"),
        ("[[note](https://github.com/ann/notes/blob/main/nets/ends.md)]", "nets/ends.md"),
        ("[[notes](a.md)] [[review](b.md)]", ""),
        ("[[notes](https://ann.example/ends.md)]", ""),
        ("[[notes](ends.pdf)]", ""),
        ("[[notes](../../ends.md)]", ""),
        ("[[slides](ends.md)]", ""),
        ("[[notes]()]", ""),
    ],
)
def test_a_list_tells_where_the_note_on_a_paper_is(link: str, path: str) -> None:
    others = "".join(f"- [Nets {n}](https://arxiv.org/abs/1801.0000{n})\n" for n in (2, 3))
    text = f"# Nets\n\n- Nets of Ends [[arXiv](https://arxiv.org/abs/1801.00001)] {link}\n{others}"
    first, *_ = read("x/list.md", text.encode()).entries
    assert (first.title, first.values("noted_in")) == ("Nets of Ends", [path] if path else [])


def test_a_linked_title_leads_to_the_note_if_the_id_stands_behind_it() -> None:
    items = "".join(f"- [Nets {n}]({n}.md)[[arxiv](https://arxiv.org/abs/1801.0000{n})]\n" for n in (1, 2, 3))
    assert [e.values("noted_in") for e in entries(f"# Nets\n\n{items}")] == [["1.md"], ["2.md"], ["3.md"]]


def test_names_under_a_paper_are_its_authors() -> None:
    item = "- Nets of {n} Ends [[Paper](https://arxiv.org/abs/1801.0000{n})]\n    - {who}\n"
    under = ["Ann Ann, Bob Bo, arxiv, 2018", "Ann Ann, Bob Bo, Cid Cid, ICLR, 2018", "Ann Ann, Bob Bo, ECCV,2018"]
    found = entries("# Nets\n\n" + "".join(item.format(n=n, who=who) for n, who in enumerate(under, 1)))
    assert [(e.title, e.values("authors")[:2], dated(e)) for e in found] == [
        (f"Nets of {n} Ends", ["Ann Ann", "Bob Bo"], ["2018"]) for n in (1, 2, 3)
    ]


@pytest.mark.parametrize(("shown", "noted"), [
    ("Sums of Long Sums", ["b.md"]), ("Sums of long sums (Ann & Bo)", ["b.md"]), ("my notes", ["b.md"]),
    ("Sums of Long Sums 2: Longer Sums", []), ("Sums", []),
])  # fmt: skip
def test_only_a_link_with_the_title_or_a_label_leads_to_the_note(shown: str, noted: list[str]) -> None:
    more = "".join(f"- [Knots {n}](https://arxiv.org/abs/1801.0000{n})\n" for n in (2, 3))
    found = entries(f"# Sums\n\n- [Sums of Long Sums](https://arxiv.org/abs/1801.00001), see [{shown}](b.md)\n{more}")
    assert found[0].values("noted_in") == noted

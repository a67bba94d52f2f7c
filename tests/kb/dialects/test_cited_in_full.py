"""Papers that a note cites in full, without any link: what generated reviews and plain bibliographies consist of."""

import pytest

from kb.model import Entry, Record
from kb.read import read
from tests.kb.growth import LINEAR, growth

REVIEW = """\
# Literature Review: Short Sums

The sum [1] is everywhere. Long sums (Ann et al., 2020) are costly.

## Sums at Scale

- **Sums Are All You Need** (Vance et al., 2017) - adds every term.
- *Resum: The Efficient Sum*, Kid et al., 2020

### 1. Rethinking Sums (2021)
**Authors:** Ann Ann, Bob Bo, et al.
**Key contribution:** random terms
**Venue:** ICLR 2021

### 2. FlashSum
- **Authors**: Tri Da, Chris Ré
- **Year**: 2022

Tiles of terms.

## References

[1] A. Vance, N. Shaz. Sums are all you need. In NIPS, 2017.
[2] Kath, A., & Vyas, A. (2020). Sums are chains: Fast autoregressive sums. *ICML*.
[3] S. Wang and B. Li, "Linsum: Sums with linear cost," arXiv preprint arXiv:2006.04768, 2020.

Bo, B. (2019). What sums are for. Annals of Sums, 3.
"""


def noted(text: str) -> Record:
    return read("review.md", text.encode())


def told(entry: Entry) -> tuple[int, str, list[str], list[str]]:
    return entry.line, entry.title, entry.values("authors"), entry.values("cited_year") + entry.values("date")


def test_each_paper_of_a_review_is_a_mention() -> None:
    record = noted(REVIEW)
    assert (record.dialect, record.dialect_by, record.about) == ("reading-list", "lines 7, 8, 25 list papers", None)
    assert [told(entry) for entry in record.entries] == [
        (7, "Sums Are All You Need", ["Vance"], ["2017"]),
        (8, "Resum: The Efficient Sum", ["Kid"], ["2020"]),
        (10, "Rethinking Sums", ["Ann Ann", "Bob Bo"], ["2021"]),
        (15, "FlashSum", ["Tri Da", "Chris Ré"], ["2022"]),
        (23, "Sums are all you need", ["A. Vance", "N. Shaz"], ["2017"]),
        (24, "Sums are chains: Fast autoregressive sums", ["A. Kath", "A. Vyas"], ["2020"]),
        (25, "Linsum: Sums with linear cost", ["S. Wang", "B. Li"], ["2020"]),
        (27, "What sums are for", ["B. Bo"], ["2019"]),
    ]


def test_what_is_said_about_each_stays_with_it() -> None:
    why = {entry.title: (entry.why, entry.values("category")) for entry in noted(REVIEW).entries}
    assert why["Sums Are All You Need"] == ("adds every term", ["Sums at Scale"])
    assert why["Rethinking Sums"] == ("random terms", ["Sums at Scale"])
    assert why["FlashSum"] == ("Tiles of terms.", ["Sums at Scale"])
    assert why["What sums are for"] == ("", [])  # `References` is no category


def test_a_citation_may_go_on_in_the_next_lines() -> None:
    broken = """\
## References

[1] A. Vance and N. Shaz. Sums are
    all you need. In *NIPS*, 2017.
[2] Kath, A., & Vyas, A. (2020).
    Sums are chains. *ICML*.

Bo, B. (2019). What sums are for.
Annals of Sums, 3.
"""
    assert [told(entry) for entry in noted(broken).entries] == [
        (3, "Sums are all you need", ["A. Vance", "N. Shaz"], ["2017"]),
        (5, "Sums are chains", ["A. Kath", "A. Vyas"], ["2020"]),
        (8, "What sums are for", ["B. Bo"], ["2019"]),
    ]


ANSWER = """\
Here are the papers on sums:

## 1. Sums of Noise (SON)
- **Authors:** Ann Ann, Bo Bo
- **Published:** ICLR 2020
- **Link:** arXiv:2006.11239

## 2. Sums of Scores
- **Authors:** Cid Cid et al. (Annals Lab)
- **Year:** 2021
"""


@pytest.mark.parametrize("more", ["- Ends (Ann et al., 2019)\n", "- **Ends (2019)**\n  - Authors: Ann et al.\n"])
def test_labels_under_a_title_are_read_in_an_answer_too(more: str) -> None:
    record = noted(f"{ANSWER}\n{more}")
    assert [told(entry) for entry in record.entries] == [
        (3, "Sums of Noise (SON)", ["Ann Ann", "Bo Bo"], ["2020"]),
        (8, "Sums of Scores", ["Cid Cid"], ["2021"]),
        (12, "Ends", ["Ann"], ["2019"]),
    ]
    assert [[str(paper) for paper in entry.ids] for entry in record.entries] == [["arxiv:2006.11239"], [], []]
    assert [entry.values("authors_more") for entry in record.entries] == [[], ["et al."], ["et al."]]


@pytest.mark.parametrize(
    "text",
    [
        "# Days\n\n- 2019-05-01 met Ann\n- 2019-06-01 met Bo (2 hours)\n- Ann Lee and Bob Roe. Fix this by 2020.\n",
        "# Talk\n\n- Ann et al. (2019) show that sums end.\n- As in Bo et al. (2020), so here.\n- Cid (2021) agrees.\n",
        "# Sums\n\nSums are long (Vance & Kid, 2017)\nEnds are short (Kid et al., 2018)\nNets have both (Bo, 2019)\n",
        "# Days\n\nIn the spring of 2019\nI met Ann and Bob in 2020\nand Kingma and Ba, 2014\n",
        "# Days\n\nParis, France was fine in 2019.\n\nRome, Italy. \"Hot\" in 2021.\n\nBern, where I was in 2020.\n",
        "# Code\n\n```\n- Sums (Ann et al., 2019)\n- Ends (Bo et al., 2020)\n- Nets (Cid et al., 2021)\n```\n",
        "# Two\n\n- Sums (Ann et al., 2019)\n- Ends (Bo et al., 2020)\n",
    ],
)
def test_a_note_with_fewer_or_no_citations_is_no_list(text: str) -> None:
    assert not noted(text).entries


def test_a_note_about_a_paper_keeps_to_it() -> None:
    bibliography = REVIEW[REVIEW.index("## References") :]
    record = noted(f"---\narxiv: '1706.03762'\n---\n# Sums\n\n{bibliography}")
    assert [entry.title for entry in record.entries] == ["Sums"]


def test_a_heading_ends_the_item_above_it() -> None:
    sections = "".join(
        f"## Sum {n}\n- It adds\n### Citation\nAnn Ann and Bob Bo. Sum {n}. In Sums, 2019. https://doi.org/10.1000/{n}\n"
        for n in (1, 2, 3, 4)
    )
    record = noted(f"# Sums\n\n{sections}")
    assert (record.dialect, [entry.title for entry in record.entries]) == ("digest", [f"Sum {n}" for n in (1, 2, 3, 4)])


def test_a_bare_arxiv_number_after_a_title_in_a_list_is_its_id() -> None:
    text = """\
# Queue

- [ ] Sums without Ends (1912.02180)
- [x] **SumNet** [1912.02181v2] - adds every term
1. 和的综述（1912.02182）：adds some terms
- Wide Sums (of Sums) (1912.02183)

- extends the sums of (1912.02184)
- The loss fell to a third (0.12345)
"""
    found = noted(text).entries
    assert [(each.title, *map(str, each.ids), each.why) for each in found] == [
        ("Sums without Ends", "arxiv:1912.02180", ""),
        ("SumNet", "arxiv:1912.02181", "adds every term"),
        ("和的综述", "arxiv:1912.02182", "adds some terms"),
        ("Wide Sums (of Sums)", "arxiv:1912.02183", ""),
    ]
    assert not noted("# Steps\n\nWe sum (1912.02180), then (1912.02181) and (1912.02182).\n").entries


def test_time_grows_with_the_number_of_lines() -> None:
    line = "- **Sums** (Ann et al., 2019): ends\n  - Authors: Ann Ann, Bo Bo\n"
    assert growth(noted, line, 120_000) < LINEAR
    names = "Ann A. and Bo B. "
    assert growth(lambda text: noted(f"# References\n\n- {text} 2019.\n" * 3), names, 120_000) < LINEAR


def test_a_log_opens_each_paragraph_with_a_bold_title_and_its_authors() -> None:
    log = (
        "# Log\n\n## May\n\n**Nets of Many Ends** (Ann & Bo)\nThey end.\n\n"
        "**Wide Nets of Ends** (Cid et al.)\n\nThey are wide.\n\n## June\n"
        "__Deep Nets: of Ends__ (Dee, Eno and Fox, 2019): deep ones\n"
    )
    found = noted(log).entries
    assert [told(entry) for entry in found] == [
        (5, "Nets of Many Ends", ["Ann", "Bo"], []),
        (8, "Wide Nets of Ends", ["Cid"], []),
        (13, "Deep Nets: of Ends", ["Dee", "Eno", "Fox"], ["2019"]),
    ]
    assert [entry.why for entry in found] == ["They end.", "They are wide.", "deep ones"]


@pytest.mark.parametrize(
    "paragraphs",
    [
        ["**Depth** (Ann et al., 2019) helps.", "**Width** (Bo et al., 2018) too.", "**Ends** (Cid et al., 2017) end."],
        ["**A long bold claim** (see Figure 3)", "**Another bold claim** (really)", "**A third bold claim** (Part 2)"],
        ["By **Nets of Many Ends** (Ann & Bo)", "Or **Wide Nets of Ends** (Cid et al.)", "**Nets** (Bo et al.)"],
    ],
)
def test_bold_words_may_be_something_else(paragraphs: list[str]) -> None:
    assert not noted("# Ends\n\n" + "\n\n".join(paragraphs) + "\n").entries


STYLES = {
    "APA": "Ann, A. B., & {b} ({y}). {T}. *Annals of Ends*.",
    "MLA": 'Ann, Ada B., et al. "{T}." *Annals of Ends*, {y}.',
    "Chicago": 'Ann, Ada B., and Bob {b0}. "{T}." Annals of Ends ({y}).',
    "IEEE": 'A. B. Ann and B. {b0}, "{T}," in Annals of Ends, {y}.',
    "Vancouver": "Ann AB, {b0} B. {T}. Annals. {y}.",
    "Harvard": "Ann, A. B. and {b}, {y}. {T}. Annals.",
    "ACM": "Ada B. Ann and Bob {b0}. {y}. {T}. In Annals of Ends.",
    "ICML": "Ann, A. B. and {b}. {T}. In Annals of Ends, {y}.",
    "plain": "Ada B. Ann and Bob {b0}. {T}. Annals of Ends, {y}.",
}
WORKS = (("Bo", 2018, "Nets of Many Ends"), ("Cid", 2019, "Long Ends of Nets"), ("Dee", 2020, "Ends Are Not Knots"))
ADDRESSES = ("", " https://doi.org/10.48550/arXiv.1901.0000{n}", " arXiv:1901.0000{n}.")


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("head", ["", "# My bibliography\n\n", "# My bibliography\n", "Papers of mine:\n\n"])
@pytest.mark.parametrize("between", ["\n", "\n\n"])
@pytest.mark.parametrize("style", STYLES.values(), ids=list(STYLES))
def test_a_pasted_bibliography_needs_no_list_markers(style: str, between: str, head: str, address: str) -> None:
    """And it is not one paper's, wherever it stands."""
    lines = [
        style.format(b=f"{family}, B.", b0=family, y=year, T=title) + address.format(n=n)
        for n, (family, year, title) in enumerate(WORKS, 1)
    ]
    record = noted(head + between.join(lines) + "\n")
    assert record.about is None
    assert [entry.title for entry in record.entries] == [title for *_, title in WORKS]
    assert [[str(paper) for paper in entry.ids] for entry in record.entries] == [
        [f"arxiv:1901.0000{n}"] if address else [] for n in (1, 2, 3)
    ]
    assert [entry.values("authors")[0].split()[-1] for entry in record.entries] == ["Ann"] * 3


def test_lines_jotted_down_under_labels() -> None:
    jotted = "to do:\n\nSums (Ann & Bo 2014)\nEnds (Cid & Dee 2017)\n\nDone:\nKnots - Eno et al 2019\nNets (Ann 2020)\n"
    assert [(entry.title, entry.line) for entry in noted(jotted).entries] == [("Sums", 3), ("Ends", 4), ("Knots", 7)]


@pytest.mark.parametrize(
    "entry",
    [
        "**{T}** ({y})\nAnn et al., NeurIPS\n\nGood.\n",
        "### {T}\n\nAnn et al., {y}\n\nGood.\n",
        "### {n}. {T}\n*Ann and {b} ({y})*\n\n- Good.\n",
        "## **{T}** ({y})\nAda Ann, Bob {b} - CVPR {y}\n\nGood.\n",
        "### {T}\nby Ann & {b}, ICLR {y}\n\nGood.\n",
    ],
)
def test_a_line_of_names_below_makes_a_title(entry: str) -> None:
    text = "\n".join(entry.format(n=n, b=b, y=y, T=T) for n, (b, y, T) in enumerate(WORKS, 1))
    found = noted(f"# Read in May\n\n{text}").entries
    assert [(each.title, each.values("cited_year"), each.why) for each in found] == [
        (title, [str(year)], "Good.") for _, year, title in WORKS
    ]


@pytest.mark.parametrize(
    "below", ["Ann said so in 2019.", "It is fast, Bo says.", "See 2019, 2020 and 2021.", "- Ann et al., 2019"]
)
def test_a_heading_over_prose_is_no_title(below: str) -> None:
    assert not noted("# Days\n\n" + "".join(f"## The {n} ends of nets\n{below}\n\n" for n in (1, 2, 3))).entries


CHRONOLOGIES = {
    "year and names in brackets": "- {y}: {T} (Ann & {b})",
    "bold year": "- **{y}** – {T} (Ann et al.)",
    "no list": "**{y}** – {T}, Ann & {b}",
    "commas": "- {y}: {T}, Ann, {b} & Eno",
    "names first": "- {y} – Ann & {b}: {T}",
    "year in front of a heading": "### {y} - {T}\nAnn & {b}. What they found.\n",
    "year over items": "## {y}\n- {T} (Ann & {b})",
}


@pytest.mark.parametrize("form", CHRONOLOGIES.values(), ids=list(CHRONOLOGIES))
def test_a_chronology_is_a_list_of_papers(form: str) -> None:
    lines = [form.format(b=b, y=y, T=title) for b, y, title in WORKS]
    found = noted("# History of nets\n\n" + "\n".join(lines) + "\n").entries
    assert [(each.title, each.values("cited_year")) for each in found] == [(T, [str(y)]) for _, y, T in WORKS]
    assert all(each.values("authors")[0] == "Ann" for each in found)


@pytest.mark.parametrize(
    "text",
    [
        "- 2019-05-01: Dinner (Ann & Bo)\n- 2019-06-01: Lunch (Ann & Cid)\n- 2019-07-01: Tea (Ann & Dee)\n",
        "- 2018: BERT (Google)\n- 2020: GPT-3 (OpenAI)\n- 2022: PaLM (Google)\n",
        "## 2019\n- Dinner (Ann & Bo)\n- Lunch (Ann & Cid)\n## 2020\n- Tea (Ann & Dee)\n",
        "- 2019: moved to Rome\n- 2020: met Ann and Bo\n- 2021: wrote a book with Ann\n",
    ],
    ids=["diary", "companies", "years of meetings", "a life"],
)
def test_other_things_in_order_of_time(text: str) -> None:
    assert not noted(f"# Days\n\n{text}").entries


def test_bold_names_with_two_authors_among_those_of_several() -> None:
    head = "# Highlights of a meeting\n\n- **Nets** (Ann et al.): ends.\n- **Ends of Nets** (Bo et al.): knots.\n"
    found = noted(f"{head}- **Knots** (Ann & Bo): what they hold. And more.\n").entries
    assert [(each.title, each.why) for each in found][2:] == [("Knots", "what they hold.")]
    assert not noted("# People\n\n- **Chair** (Ann & Bo): on Mondays\n- **Clerk** (Cid & Dee): on Fridays\n").entries


@pytest.mark.parametrize("label", ["- Authors: {who}\n- Year: {year}", "- 作者：{who}\n- 年份：{year}；依据：Zotero"])
@pytest.mark.parametrize("summary", ["It sums: many terms.", "It sums many terms.\n", "求和。\n"])
def test_a_bold_title_over_a_summary_and_labels(summary: str, label: str) -> None:
    papers = [("Deep Sums of Ends", "Ann Ann; Bob Bo", "2019"), ("Are Wide Sums Hard?", "Cid Cid; Dee Dee", "2020"),
              ("Sums: A Study", "Eno Eno; Fox Fox", "2021")]  # fmt: skip
    text = "\n\n".join(f"## S{n}\n\n**{title}**\n\n{summary}\n" + label.format(who=who, year=year)
                       for n, (title, who, year) in enumerate(papers))  # fmt: skip
    found = noted(f"# Sums\n\n{text}\n").entries
    assert [(e.title, e.values("authors"), e.values("cited_year")) for e in found] == [
        (title, who.split("; "), [year]) for title, who, year in papers
    ]


def test_a_date_behind_a_comma_is_no_part_of_a_title_over_names() -> None:
    text = (
        "# Papers\n* [Sums: A Study of Sums, June 2024](#sums)\n* [Long Networks of Sums, March 2023](#long)\n"
        "* [Wide Networks of Sums](#wide)\n\n"
        "## Sums: A Study of Sums, June 2024\nAda Ann et al, 2024\n\n#### Gist\n* It sums.\n\n"
        "## Long Networks of Sums, March 2023\nBo et al, 2023\n\n## Wide Networks of Sums, 2022\nCid et al\n"
    )
    assert [(e.title, e.values("authors"), e.values("cited_year")) for e in noted(text).entries] == [
        ("Sums: A Study of Sums", ["Ada Ann"], ["2024"]),
        ("Long Networks of Sums", ["Bo"], ["2023"]),
        ("Wide Networks of Sums", ["Cid"], ["2022"]),
    ]
    own = noted("## Sums improve the Learning of Sums, 2023\nAnn et al\n\nIt sums.\n").entries[0]
    assert (own.title, own.values("cited_year")) == ("Sums improve the Learning of Sums", ["2023"])

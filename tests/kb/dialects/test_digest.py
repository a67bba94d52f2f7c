"""Digests: one entry per paper, with everything the writer says about it and nothing said about others."""

import pytest

from kb.model import Entry
from kb.read import read

DIGEST = """\
---
description: What we read
layout: editorial
---
# 2022-3

### 2022-2-20:

A word before the first paper.

[**Ensembles**](https://arxiv.org/abs/2202.06985)**.** They lift accuracy. But see [Block](https://arxiv.org/abs/2202.07184v2).

![](../.gitbook/assets/lift.png)

* [On \\[Block\\] Structure](https://arxiv.org/pdf/2202.07184.pdf) Why it is there. **Worth a try.** Code is [here](https://github.com/a/b).

### Surveys

[COMPRESSION](https://arxiv.org/abs/2202.07105)

Pretty generic, super relevant for us.
"""


def entries(text: str) -> list[Entry]:
    return list(read("d.md", text.encode()).entries)


def test_each_entry_has_its_id_title_and_place() -> None:
    record = read("digest.md", DIGEST.encode())
    assert (record.dialect, record.dialect_by, record.about) == ("digest", "3 papers at the start of a line", None)
    assert [(str(e.ids[0]), e.title, e.line, e.mentioned) for e in record.entries] == [
        ("arxiv:2202.06985", "Ensembles", 11, True),
        ("arxiv:2202.07184", "On [Block] Structure", 15, True),
        ("arxiv:2202.07105", "COMPRESSION", 19, True),
    ]


def test_commentary_stays_with_its_paper() -> None:
    first, second, third = entries(DIGEST)
    assert first.why == "They lift accuracy."
    assert "A word before" not in first.text
    assert "Worth a try" in second.text
    assert third.text == "COMPRESSION\n\nPretty generic, super relevant for us."


def test_a_dated_section_is_a_day_and_another_a_category() -> None:
    first, _, third = entries(DIGEST)
    assert first.values("discussed_on") == ["2022-02-20"]
    assert third.values("category") == ["Surveys"]


def test_highlights_figures_and_code_are_kept() -> None:
    found = {(item.kind, item.text, item.entry) for item in read("digest.md", DIGEST.encode()).items}
    assert found == {
        ("figure", "../.gitbook/assets/lift.png", 0),
        ("highlight", "Worth a try.", 1),
        ("code", "https://github.com/a/b", 1),
    }


def test_a_note_about_one_paper_is_no_digest() -> None:
    assert read("n.md", ("---\narxiv: '1706.03762'\n---\n" + DIGEST.partition("---\n# ")[2]).encode()).about == 0
    two = "[A](https://arxiv.org/abs/2202.06985) x\n\n[B](https://arxiv.org/abs/2202.07184) y\n"
    assert read("n.md", two.encode()).dialect == "markdown"


def test_an_empty_link_text_does_not_lose_the_paper() -> None:
    text = "".join(
        f"[]({address}) says\n\n"
        for address in (
            "https://arxiv.org/abs/2202.06985",
            "https://arxiv.org/abs/2202.07184",
            "https://doi.org/10.1145/3065386",
        )
    )
    assert [str(entry.ids[0]) for entry in entries(text)] == [
        "arxiv:2202.06985",
        "arxiv:2202.07184",
        "doi:10.1145/3065386",
    ]


NEWSLETTER = """\
# Weekly Sums

## Week of March 3, 2025

### Adding up ([arXiv](https://arxiv.org/abs/2202.06985))

All of it.

**Taking away** [paper](https://arxiv.org/abs/2202.07184): a loss.

## Issue 12 (2025-06)

[Broken text] (https://arxiv.org/abs/2202.07105) is still a title.

[One](https://arxiv.org/abs/2202.00001) and [Two](https://arxiv.org/abs/2202.00002): twins, unlike
[Three](https://arxiv.org/abs/2202.00003).
"""


def test_a_title_may_stand_before_its_link() -> None:
    found = [(e.title, [str(paper) for paper in e.ids], e.values("discussed_on"), e.why) for e in entries(NEWSLETTER)]
    assert found[:3] == [
        ("Adding up", ["arxiv:2202.06985"], ["2025-03-03"], "All of it."),
        ("Taking away", ["arxiv:2202.07184"], ["2025-03-03"], "a loss."),
        ("Broken text", ["arxiv:2202.07105"], ["2025-06"], "is still a title."),
    ]


def test_a_line_that_opens_with_several_papers_is_an_entry_for_each() -> None:
    one, two = entries(NEWSLETTER)[3:5]
    assert (one.title, two.title, one.text) == ("One", "Two", two.text)


def test_related_work_under_a_linked_title_makes_no_digest() -> None:
    others = "".join(f"[P {n}](https://arxiv.org/abs/2202.0000{n}) says\n\n" for n in (1, 2, 3))
    record = read("n.md", f"# [Sums](https://arxiv.org/abs/2202.06985)\n\n## Related\n\n{others}".encode())
    assert record.dialect == "markdown"
    assert [str(paper) for paper in record.entries[record.about or 0].ids] == ["arxiv:2202.06985"]


def test_a_label_is_no_title() -> None:
    text = "".join(f"- Sum {n}, ICML 2017\n  - [pdf](https://arxiv.org/abs/1801.0000{n})\n" for n in range(1, 6))
    assert not [entry.title for entry in entries(f"# Sums\n\n{text}") if entry.title == "pdf"]


AUTHORS = "Authors: Ann Ann, Bob Bo\n\n"
HEADED = {
    "a labeled link": "## {n}. Sum {n}\n\n**Link**: [PDF]({url})\n\n" + AUTHORS + "**Abstract**: It adds. Well.\n\n",
    "a bullet": "## Sum {n}\n\n- arXiv: {url}\n- **Authors**: Ann Ann; Bob Bo\n\nIt adds. Well.\n\n",
    "links": "## Sum {n} (ICML 2021)\n[Code](https://a.b) | [Paper]({url})\n\n" + AUTHORS + "It adds.\n\n",
    "labels": "## S{n}\n\n- **Title**: *Sum {n}*\n- **Paper**: <{url}>\n- " + AUTHORS + "It adds. Well.\n\n",
    "labels in Chinese": "## ({n}) S{n} （2021.01）\n\n_论文题目：Sum {n}_\n\n_论文地址：_[_{url}_]({url})\n\n"
    + AUTHORS + "It adds.\n\n",
    "labels in Korean": "### 1-{n}. Sum {n}\n\n- **링크**: [arXiv]({url})\n- **저자**: Ann Ann, Bob Bo\n\nIt adds.\n\n",
    "a number in brackets": "### [{n}] Sum {n}\n\n- **论文链接**：{url}\n- **作者**：Ann Ann, Bob Bo\n\nIt adds.\n\n",
    "an id": "## 2021-01-0{n} Sum {n}\n\n*arXiv:1801.0000{n}* (v2)\n\n" + AUTHORS + "It adds.\n\n",
}


@pytest.mark.parametrize("section", HEADED.values(), ids=list(HEADED))
def test_a_heading_is_the_title_of_the_paper_whose_label_stands_under_it(section: str) -> None:
    parts = [section.format(n=n, url=f"https://arxiv.org/abs/1801.0000{n}") for n in (1, 2, 3)]
    record = read("d.md", ("# Daily\n\n" + "".join(parts)).encode())
    assert record.dialect == "digest"
    assert [(e.title, str(e.ids[0]), e.values("authors"), e.why) for e in record.entries] == [
        (f"Sum {n}", f"arxiv:1801.0000{n}", ["Ann Ann", "Bob Bo"], "It adds.") for n in (1, 2, 3)
    ]
    assert not [item for item in record.items if item.kind == "highlight"], "labels are not highlights"


@pytest.mark.parametrize(
    "section",
    [
        "## Adding {n}\n\nIntroduced by this [paper]({url}), it adds.\n\n",
        "## Adding {n}\n\n[Paper]({url}) that first adds.\n\n",
        "## Links\n\n[Paper]({url})\n\n",
    ],
)
def test_a_section_that_cites_is_no_paper(section: str) -> None:
    parts = [section.format(n=n, url=f"https://arxiv.org/abs/1801.0000{n}") for n in (1, 2, 3)]
    assert not entries("# Sums\n\n" + "".join(parts))


def test_what_stands_under_headings_of_a_note_about_a_paper_is_its_related_work() -> None:
    related = "".join(f"## Sum {n}\n\n[Paper](https://arxiv.org/abs/1801.0000{n})\n\n" for n in (1, 2, 3))
    [entry] = entries("# Ends\n\n[Paper](https://arxiv.org/abs/1801.00009)\n\n" + related)
    assert (str(entry.ids[0]), entry.mentioned) == ("arxiv:1801.00009", False)


def test_a_label_before_a_linked_title_is_no_part_of_it() -> None:
    text = "".join(f"### Paper: [Sum {n}](https://arxiv.org/abs/1801.0000{n})\n\nIt adds.\n\n" for n in (1, 2, 3))
    assert [(e.title, e.why) for e in entries(f"# Sums\n\n{text}")] == [(f"Sum {n}", "It adds.") for n in (1, 2, 3)]


@pytest.mark.parametrize(
    "entry",
    [
        "**Nets of NAME**\nA. Ann, B. Bo\n[[Paper]](URL) [[Code]](https://github.com/ann/nets)\nWhy it matters.\n",
        "**Nets of NAME** \\\nAnn Ann, Bob Bo\n[PDF](URL)\nWhy it matters.\n",
        "__Nets of NAME__\n\nA. Ann and B. Bo\n\n[arXiv](URL)\n\nWhy it matters.\n",
        "### Nets of NAME (2019)\n*Ann Ann, Bob Bo*\n\n- [Link](URL)\n\nWhy it matters.\n",
        "⭐**Nets of NAME** \\\nAnn Ann, Bob Bo\n[[CVPR 2020 (Oral)](URL)]\n[[Code]](https://a.org)\nWhy it matters.\n",
        '**Ann & Bo (2019). "Nets of NAME." *Annals of Ends* 82, 23.**\n[Annals](URL)\nWhy it matters.\n',
    ],
)
def test_a_bold_line_is_a_heading_over_its_links(entry: str) -> None:
    named = ["Ends", "Middles", "Beginnings"]
    papers = [f"https://arxiv.org/abs/1706.0376{n}" for n in range(3)]
    text = "# Reviews\n\n" + "\n".join(entry.replace("NAME", n).replace("URL", url) for n, url in zip(named, papers))
    record = read("n.md", text.encode())
    assert [(each.title, each.ids[0].value) for each in record.entries] == [
        (f"Nets of {name}", f"1706.0376{n}") for n, name in enumerate(named)
    ]
    assert [[name.split()[-1] for name in each.values("authors")] for each in record.entries] == [["Ann", "Bo"]] * 3
    assert [each.values("cited_year") for each in record.entries] == [["2019"] if "2019" in entry else []] * 3
    if "_" not in entry:
        assert {each.why for each in record.entries} == {"Why it matters."}


@pytest.mark.parametrize(
    ("below", "date"),
    [
        ("*Ann Ann, Bob Bo<sup>2</sup>* \\\nICML 2019. [[Paper](URL)] [[Code](https://code.example)]\n", "2019"),
        ("*Ann Ann, Bob Bo* \\\narXiv 2019. [[Paper](URL)] \\\n7 Jul 2019\n", "2019-07-07"),
        ("*Ann Ann, Bob Bo* \\\nICML 2019. [[Paper](URL)] \\\n20 Apr 2022\n", "2019"),  # of the page
        ("Ann Ann & Bob Bo.  \n*Annals, March 2019.*  \n[[10.1000/NAME](https://doi.org/10.1000/NAME)]\n", "2019-03"),
    ],
)
def test_a_bold_line_is_a_heading_over_authors_and_venue(below: str, date: str) -> None:
    papers = {"Ends": "1906.03760", "Middles": "1906.03761", "Beginnings": "1906.03762"}
    text = "".join(
        f"**Nets of {name}.**  \n{below}\n".replace("NAME", name).replace("URL", f"https://arxiv.org/abs/{number}")
        for name, number in papers.items()
    )
    found = read("n.md", f"# Papers\n\n{text}".encode()).entries
    assert [each.title for each in found] == [f"Nets of {name}" for name in papers]
    told = {(*each.values("authors"), *each.values("date"), *each.values("cited_year"), each.why) for each in found}
    assert told == {("Ann Ann", "Bob Bo", date, "")}


def test_a_year_in_prose_over_a_link_is_not_the_papers() -> None:
    text = "".join(
        f"**Nets of {name}**\nSee also what Ann et al. (2009) say.\n[PDF](https://arxiv.org/abs/1906.0376{n})\n\n"
        for n, name in enumerate(("Ends", "Middles", "Beginnings"))
    )
    assert [each.values("cited_year") for each in read("n.md", f"# Papers\n\n{text}".encode()).entries] == [[]] * 3


def test_links_that_go_on_with_a_paragraph_open_nothing() -> None:
    text = "# Reading\n\n" + "".join(
        f"We read and read.\n[Nets {n}](https://arxiv.org/abs/1706.0376{n}) was good.\n\n" for n in range(3)
    )
    record = read("n.md", text.encode())
    assert (record.dialect, record.entries) == ("markdown", ())


@pytest.mark.parametrize("citation", [
    "Ada Ann et al. “Nets of NAME.” *Annals* (conference paper), 2019. (arXiv:ID; proceedings).",
    "Ann, A. (2019). Nets of NAME. *Annals, 12*(1), 4–5. https://doi.org/10.48550/arXiv.ID",
    'Ann, Ada. 2019. "Nets of NAME." Annals. https://arxiv.org/abs/ID',
])  # fmt: skip
def test_a_paragraph_that_opens_with_a_citation_is_about_it(citation: str) -> None:
    named = {"Ends": "1706.03760", "Middles": "1706.03761", "Beginnings": "1706.03762"}
    text = "".join(
        f"{citation}  \nAnnotation: it ends.\n\n".replace("NAME", name).replace("ID", number)
        for name, number in named.items()
    )
    record = read("n.md", f"# Annotated bibliography\n\n{text}".encode())
    assert [(each.title, each.ids[0].value, each.values("cited_year")) for each in record.entries] == [
        (f"Nets of {name}", number, ["2019"]) for name, number in named.items()
    ]
    assert {each.values("authors")[0].split()[-1] for each in record.entries} == {"Ann"}


def test_a_citation_within_a_paragraph_opens_none() -> None:
    text = "".join(
        f'Since then "Nets" was read, as Ann et al. say. See arXiv:1706.0376{n} for more.\n\n' for n in range(4)
    )
    assert not entries(f"# Nets\n\n{text}")


def test_a_block_of_labels_under_a_heading_tells_its_paper() -> None:
    block = """### B{n}. `ann201{n}nets`

- Citation Key: `ann201{n}nets`
- Priority: high
- Title: Nets of {n} Ends
- Authors: Ada Ann; Bo Cid
- Year: 201{n}
- Venue: Annals of Ends
- DOI: none
- Verified URL: [proceedings](https://proceedings.mlr.press/v32/ann1{n}.html)
- Boundary: says nothing of knots. ([elsewhere](https://arxiv.org/abs/1801.0000{n}))

"""
    record = read("n.md", ("# Registry\n\n" + "".join(block.format(n=n) for n in (1, 2, 3, 4))).encode())
    assert [
        (e.title, e.values("citekey"), e.values("authors"), e.values("date"), e.values("venue"), *map(str, e.ids))
        for e in record.entries
    ] == [
        (
            f"Nets of {n} Ends", [f"ann201{n}nets"], ["Ada Ann", "Bo Cid"], [f"201{n}"], ["Annals of Ends"],
            f"pmlr:v32/ann1{n}",
        )
        for n in (1, 2, 3, 4)
    ]  # fmt: skip


def test_a_citation_is_no_comment_on_its_paper() -> None:
    text = "".join(
        f"A. N. Ann, \"Nets {n},\" in Ends, 2019, doi: 10.1145/10000{n}. It is short.\n\nIt ends {n} nets.\n\n"
        for n in (1, 2)
    )
    text += 'A. N. Ann, "Nets 3," in Ends, 2019, doi: 10.1145/100003.\n\nIt ends 3 nets.\n'
    found = read("digest.md", text.encode()).entries
    assert [(each.title, each.why) for each in found] == [
        ("Nets 1", "It is short"), ("Nets 2", "It is short"), ("Nets 3", "It ends 3 nets.")
    ]  # fmt: skip


def test_a_dash_may_stand_between_a_label_and_its_address() -> None:
    text = "".join(
        f"## Nets {n}\n\n* Paper link - https://arxiv.org/abs/1801.0000{n}\n* Code – https://a.org/b\n\nIt ends.\n\n"
        for n in (1, 2, 3)
    )
    found = read("digest.md", text.encode()).entries
    assert [(each.title, str(each.ids[0]), each.why) for each in found] == [
        (f"Nets {n}", f"arxiv:1801.0000{n}", "It ends.") for n in (1, 2, 3)
    ]


def test_authors_below_a_title_are_no_comment() -> None:
    text = "# Papers\n\n" + "".join(
        f"## Nets {n}\nAnn et al, 2020 (training & ends)\n\nPaper: https://arxiv.org/abs/1801.0000{n}\n\nIt ends.\n\n"
        for n in (1, 2, 3)
    )
    entries = read("digest.md", text.encode()).entries
    told = (["Ann"], ["et al."], ["2020"], "It ends.")
    assert [
        (each.values("authors"), each.values("authors_more"), each.values("cited_year"), each.why) for each in entries
    ] == [told] * 3


@pytest.mark.parametrize(
    "section",
    [
        "### Sums {n}\n**Authors**: Ann Ann, Bob Bo\n**Link**: https://arxiv.org/abs/1801.0000{n}\n**Votes**: 1\n",
        "## {n}. [Sums {n}](https://arxiv.org/abs/1801.0000{n})\n**Authors:** Ann Ann, Bob Bo\n**Votes:** 1 | 2\n",
    ],
)
def test_each_line_of_a_paragraph_may_have_a_label(section: str) -> None:
    found = entries("# Daily\n\n" + "\n".join(section.format(n=n) + "\nIt sums.\n" for n in (1, 2, 3)))
    assert [entry.values("authors") for entry in found] == [["Ann Ann", "Bob Bo"]] * 3


@pytest.mark.parametrize("head", ["Mar {n}", "Tue, Mar {n}", "{n} March", "Week {n}", "Paper {n}", "3/{n}", "{n}"])
@pytest.mark.parametrize("section", ["Paper: [Sums of {n}]({u})\n", "**Title:** Sums of {n}\n**Link:** {u}\n"])
def test_a_heading_that_only_counts_is_no_title(section: str, head: str) -> None:
    text = f"## {head}\n{section}Presenter: Mia\n\nIt sums.\n\n"
    url = "https://arxiv.org/abs/1801.0000"
    found = entries("# Club\n\n" + "".join(text.format(n=n, u=f"{url}{n}") for n in (1, 2, 3)))
    assert [(entry.title, str(entry.ids[0])) for entry in found] == [
        (f"Sums of {n}", f"arxiv:1801.0000{n}") for n in (1, 2, 3)
    ]


def test_a_paper_over_sections_may_have_its_link_at_the_end() -> None:
    part = (
        "## Nets of {n} Ends, June 201{n}\n{who}\n\n#### Gist\n\n- They end.\n\n#### Approach\n\n- They go on.\n"
        "\nPaper link - [NETS](https://arxiv.org/pdf/1801.0000{n})\n\n"
    )
    text = "# Papers\n\n" + "".join(part.format(n=n, who="Ann et al, 2018" * (n > 1)) for n in (1, 2, 3))
    record = read("n.md", text.encode())
    assert [(e.title, str(e.ids[0]), e.values("authors"), e.why) for e in record.entries] == [
        (f"Nets of {n} Ends", f"arxiv:1801.0000{n}", ["Ann"] * (n > 1), "They end.") for n in (1, 2, 3)
    ]
    assert "They go on." in record.entries[0].text


@pytest.mark.parametrize("name", ["Papers on storage", "论文笔记"])
def test_headings_linked_to_files_are_papers_where_papers_are_listed(name: str) -> None:
    part = "#### **[The Ends of {n} Trees](https://ends.example/{n}.pdf)**\n\nThey end.\n\n"
    text = "".join(part.format(n=n) for n in (1, 2, 3))
    found = entries(f"# {name}\n\n## Trees\n\n{text}")
    assert [(e.title, e.values("url"), e.values("category"), e.why) for e in found] == [
        (f"The Ends of {n} Trees", [f"https://ends.example/{n}.pdf"], ["Trees"], "They end.") for n in (1, 2, 3)
    ]
    assert not entries(f"# My garden\n\n## Trees\n\n{text}")
    lectures = text.replace("The Ends of", "Lecture")
    assert not entries(f"# {name}\n\n## Trees\n\n{lectures}")


@pytest.mark.parametrize("full", ["[{}]", '"{}"', "*{}*", "[{}]."])
@pytest.mark.parametrize("head", ["**({n}) N{n}**", "### {n}. N{n}", "### N{n}"])
def test_a_heading_may_be_a_nickname_over_the_title(head: str, full: str) -> None:
    part = "{head}\n\n{full}\n\nAnn Ann, Bob Bo,201{n}\n\n[`REVIEW`](./n{n}.md) | [`PAPER`](https://arxiv.org/abs/1801.0000{n})\n\n"
    text = "".join(
        part.format(head=head.format(n=n), full=full.format(f"Nets of {n} Good Ends"), n=n) for n in (1, 2, 3)
    )
    found = entries(f"# Nets\n\n## All\n\n{text}")
    assert [(e.title, e.values("aliases"), e.values("authors"), e.values("noted_in"), e.why) for e in found] == [
        (f"Nets of {n} Good Ends", [f"N{n}"], ["Ann Ann", "Bob Bo"], [f"n{n}.md"], "") for n in (1, 2, 3)
    ]


@pytest.mark.parametrize(
    ("shown", "title", "year"),
    [
        ("Nets, 2012", "Nets", "2012"),
        ("Nets, 2012 ECCV", "Nets", "2012"),
        ("**Nets and Ends (2012)**", "Nets and Ends", "2012"),
        ("“Nets”, 2012", "Nets", "2012"),
        ("Nets 1", "Nets 1", ""),
    ],
)
def test_a_year_behind_a_linked_title_is_its_year(shown: str, title: str, year: str) -> None:
    others = "".join(f"### [Net {n}, 201{n}](https://arxiv.org/abs/1801.0001{n})\n\nIt nets.\n\n" for n in range(4))
    record = read("d.md", f"### [{shown}](https://arxiv.org/abs/1201.0001)\nIt has ends.\n\n{others}".encode())
    assert record.entries[0].title == title
    assert record.entries[0].values("cited_year") == [year] * bool(year)
    assert record.entries[0].why == "It has ends."


def test_a_heading_that_is_a_paper_is_no_category() -> None:
    entries = "".join(f"### [Net {n}](https://arxiv.org/abs/1801.0001{n})\n\nIt nets.\n\n" for n in range(3))
    record = read("d.md", f"# All\n\n## Nets\n\n{entries}- [Old Nets](https://arxiv.org/abs/1001.0001)\n".encode())
    assert [entry.values("category") for entry in record.entries] == [["Nets"]] * 4


def test_labels_without_a_colon_are_no_comment() -> None:
    entries = "".join(
        f"### Nets with {n} Ends\n* [查看PDF](papers/{n}.pdf)\n* [ICLR链接](https://arxiv.org/abs/1801.0001{n})\n"
        f"* [codes](https://github.com/a/{n})\n\nThey have {n} ends.\n\n"
        for n in range(3)
    )
    record = read("d.md", f"# All\n\n{entries}".encode())
    assert [entry.why for entry in record.entries] == [f"They have {n} ends." for n in range(3)]


@pytest.mark.parametrize(
    ("heading", "day"),
    [
        ("Top Papers of the Week (March 24 - March 30) - 2025", "2025-03-24"),
        ("Papers (Dec 30 - Jan 5, 2025)", "2024-12-30"),
        ("Week of Jan 1st to 7th, 2024", "2024-01-01"),
        ("2024.01.01 ~ 2024.01.07", "2024-01-01"),
        ("GPT 3 - 4, 2023", ""),
    ],
)
def test_a_heading_may_be_over_a_range_of_days(heading: str, day: str) -> None:
    entries = "".join(f"[Net {n}](https://arxiv.org/abs/1801.0001{n}) nets.\n\n" for n in range(3))
    record = read("d.md", f"# All\n\n## {heading}\n\n{entries}".encode())
    assert [entry.values("discussed_on") for entry in record.entries] == [[day] * bool(day)] * 3


def test_papers_in_details_with_a_summary() -> None:
    entries = "".join(
        f"<details>\n<summary><b>{n}. Nets with {n} Ends</b> | cs.LG | ⭐ 8.5</summary>\n\n"
        f"- **Authors**: Ann Ann, Bob Bo\n- **arXiv**: [1801.0001{n}](https://arxiv.org/abs/1801.0001{n})\n"
        f"- **Summary**: They have {n} ends.\n\n</details>\n\n"
        for n in range(3)
    )
    record = read("d.md", f"# Daily\n\n{entries}".encode())
    assert [(entry.title, entry.values("authors"), entry.why) for entry in record.entries] == [
        (f"Nets with {n} Ends", ["Ann Ann", "Bob Bo"], f"They have {n} ends.") for n in range(3)
    ]


def test_words_in_backticks_are_no_comment() -> None:
    entries = "".join(
        f"## Nets with {n} Ends\n`2018` `ICML`\n\n🔗 [arXiv](https://arxiv.org/abs/1801.0001{n})\n\n"
        f"> They have {n} ends.\n\n"
        for n in range(3)
    )
    record = read("d.md", f"# Papers\n\n{entries}".encode())
    assert [entry.why for entry in record.entries] == [f"They have {n} ends." for n in range(3)]


@pytest.mark.parametrize(
    "heading",
    [
        "### Nets {n} [[paper]](URL)[[code]](https://github.com/a/{n})",
        "## {n}. Nets {n} (ICML 2018) [[paper]](URL) [[code]](https://github.com/a/{n})",
        "#### [ENDS] Nets {n}, ICML 2018 | [paper](URL) | [code](https://github.com/a/{n})",
        "### [Nets {n}](URL) `must-read` ⭐⭐",
    ],
)
def test_a_heading_may_have_labels_behind_its_title(heading: str) -> None:
    headings = [heading.format(n=n).replace("URL", f"https://arxiv.org/abs/1801.0001{n}") for n in range(3)]
    sections = "".join(f"{each}\nIt has {n} ends.\n" for n, each in enumerate(headings))
    record = read("d.md", f"# All\n\n{sections}".encode())
    assert [(entry.title, str(entry.ids[0]), entry.why) for entry in record.entries] == [
        (f"Nets {n}", f"arxiv:1801.0001{n}", f"It has {n} ends.") for n in range(3)
    ]
    years = [entry.values("cited_year") for entry in record.entries]
    assert years == [["2018"] if "2018" in heading else []] * 3

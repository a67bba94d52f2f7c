"""Authors, year and venue in lines under the title."""

import pytest

from kb.model import Entry
from kb.read import read

PAPER = "# Nets of Ends\n\n[arXiv](https://arxiv.org/abs/1706.03762)\n"
BOTH = ["Ann Ann", "Bob van Bo"]


def entry(text: str) -> Entry | None:
    entries = read("n.md", text.encode()).entries
    return entries[0] if entries else None


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("**Authors:** Ann Ann, Bob van Bo", BOTH),
        ("**Authors**: Ann Ann and Bob van Bo", BOTH),
        ("- Authors: Ann Ann; Bob van Bo", BOTH),
        ("> - **Authors**: Ann Ann¹, Bob van Bo²* (Ann Institute)...", BOTH),
        ("**作者**：Ann Ann, Bob van Bo", BOTH),
        ("- 作者 / 机构：Ann Ann, Bob van Bo；Ends / Knots / Sums", BOTH),
        ("- 作者/单位：Ann Ann、Bob van Bo（安学院）", BOTH),
        ("**Authors / Org:** Ann Ann (Ends, intern), **Bob van Bo** (Knots)", BOTH),
        ("Authors / Affiliation: Ann Ann, Bob van Bo / Ends", BOTH),
        ("Authors / Affiliation: the lab; Ends", []),
        ("Authors: Ann Ann et al., 2019 edition", ["Ann Ann"]),
        ("**Authors**: Ann et al.", ["Ann"]),
        ("**Authors:** Kaiming Ann et al. (2015)", ["Kaiming Ann"]),
        ("Author: Ann et al.", ["Ann"]),  # nobody writes this about the author of a note
        ("- **作者**：Kaiming Ann（安）、Bob Bo 等（FAIR），2021", ["Kaiming Ann", "Bob Bo"]),
        ("**Authors**: Ann, Bo, Cid, et al.", ["Ann", "Bo", "Cid"]),
        ("**Authors:** Ann, Bo, Cid (Ann AI Language)", ["Ann", "Bo", "Cid"]),
        ("**Authors:** Ann, Bo, Cid, Dan, Eve, Flo, Gus, Hal", ["Ann, Bo, Cid, Dan, Eve, Flo, Gus, Hal"]),
        ("**Authors:** Ann, A. and Bo, B.", ["A. Ann", "B. Bo"]),
        ("**Authors:** Ann & Bo (2013/2014)", ["Ann", "Bo"]),
        ("**Authors:** Ann, Bo", ["Ann", "Bo"]),  # several, as the label says
        ("**Author:** Ann, Bo\nYear: 2019", ["Bo Ann"]),
        ("Authors: Ann, Bo et al.", ["Ann, Bo et al."]),
        ("Authors: Ann, A., Bo, B., et al.", ["A. Ann", "B. Bo"]),
        ("**Authors:** Ann & Bo, *ICLR, 2014*", []),  # not all are names
        ("Authors: Anonymous", []),
        ("저자 : 안나안, 김보보", ["안나안", "김보보"]),
        ("作者：安安、李波波", ["安安", "李波波"]),
        ("- **Autores:** Ann Ann y Bob van Bo", BOTH),
        ("- **Auteurs :** Ann Ann et Bob van Bo", BOTH),
        ("**Autoren:** Ann Ann und Bob van Bo", BOTH),
        ("**Авторы:** Ann Ann и Bob van Bo", BOTH),
        ("**Авторы:** Ann Ann, Bob van Bo и др.", BOTH),
        ("> - **저자:** Ann Ann, Bob van Bo 외 (Ends & Co)", BOTH),
        ("- 著者: Ann Ann、Bob van Bo。", BOTH),
        ("作者：安安和李波波", []),  # nothing tells where a name ends
        ("作者：[Ann Ann](https://arxiv.org/a/ann_1), [Bob van Bo](https://arxiv.org/a/bo_1)", BOTH),
        ("Authors: Ann Ann[1](https://ann.org), Bob van Bo[2](https://bo.org)", BOTH),
        ("> **Authors**: Ann Ann, Bob van Bo | **Date**: 2019", BOTH),
        ("> **저자**: Ann Ann, Bob van Bo | **날짜**: 2019-01-02 | **DOI**: -", BOTH),
        ("작성: 나 | 논문 저자: Ann Ann, Bob van Bo", BOTH),
        ("### 作者\n\nAnn Ann, Bob van Bo\n\nThe first is from Endia.\n\n### 收录情况\n\nEnds 2019", BOTH),
        ("## Authors\n\nthe people of the lab, Ann Ann\n\n## Year\n\n2019", []),
        ("作者：安安", []),  # perhaps the author of the note
        ("Authors: [[Ann Ann]], [[people/bo|Bob van Bo]]", BOTH),
        ("- Authors: [[Ann Ann]] [[Bob van Bo]] et al.", BOTH),
        ("Authors: [[Ann Ann]] of [[Bob van Bo]]", []),
        ("Authors: the people of the lab", []),
        ("Author: Ann Ann", []),  # perhaps the author of the note
        ("Author: Ann Ann\nYear: 2019", ["Ann Ann"]),
        ("## Details\n\nAuthors: Ann Ann, Bob van Bo", []),
        ("Authors: Ann Ann, Bob van Bo\n\nAuthors: Cid Cid, Dan Dan", []),  # of several papers
    ],
)
def test_authors_under_the_title_are_the_paper_s(line: str, authors: list[str]) -> None:
    found = entry(f"{PAPER}{line}\n\nText.\n")
    assert found is not None
    assert found.values("authors") == authors


def test_front_matter_counts_before_lines() -> None:
    found = entry("---\nauthors: [Cid Cid]\nyear: 2018\n---\n" + PAPER + "Authors: Ann Ann, Bob Bo\nYear: 2019\n")
    assert found is not None
    assert (found.values("authors"), found.values("date")) == (["Cid Cid"], ["2018"])


@pytest.mark.parametrize(
    ("lines", "date", "venue"),
    [
        ("**Year:** 2019\n\n**Venue:** N/A", ["2019"], []),
        ("Year: 2019\nConference / Journal: Ends 2019", ["2019"], ["Ends 2019"]),
        ("**Published:** 2019\n**Journal/Conference:** Annals of Ends", ["2019"], ["Annals of Ends"]),
        ("**Year / Venue**: 2019 / Ends [x]", ["2019"], ["Ends"]),
        ("**年 / venue**: 2019 / Ends", ["2019"], ["Ends"]),
        ("- **학회/출처:** Ends 2019", ["2019"], ["Ends 2019"]),
        ("**Venue:** Ends 2019", ["2019"], ["Ends 2019"]),
        ("**Venue:** Ends 2019\n**Year:** 2018", ["2018"], ["Ends 2019"]),
        ("**Venue:** Ends 2019\n**arXiv**: 1806.00001", [], ["Ends 2019"]),  # the id says when it was new
        ("**Year**: 2019 | **Venue**: Ends", ["2019"], ["Ends"]),
        ("**发表会议**：Ends 2019", ["2019"], ["Ends 2019"]),
        ("- **게재**: Ends (E), Vol. 41", [], ["Ends, Vol. 41"]),
        ("- **发表**：Ends（2019）", ["2019"], ["Ends 2019"]),
        ("- Year: [[2019]]\n- Publication Title: [[Annals of Ends]]", ["2019"], ["Annals of Ends"]),
        ("**Published:** Annals of Ends, 2019", ["2019"], ["Annals of Ends, 2019"]),
        ("**Published:** ENDS 2019", ["2019"], ["ENDS 2019"]),
        ("**Published:** March 2019", ["2019-03"], []),
        ("**Publication date:** 2019-03-14\n**Venue:** Ends", ["2019-03-14"], ["Ends"]),
        ("- **발표일**: 2019-03-14\n- **발행**: Annals of Ends", ["2019-03-14"], ["Annals of Ends"]),
    ],
)
def test_authors_with_a_year_or_venue_make_a_paper_s_note(lines: str, date: list[str], venue: list[str]) -> None:
    found = entry(f"# Nets of Ends\n\n**Authors:** Ann Ann, Bob Bo\n{lines}\n\n## Summary\n\nText.\n")
    assert found is not None
    dated = found.values("date") or found.values("cited_year")
    assert (found.title, dated, found.values("venue")) == ("Nets of Ends", date, venue)
    assert found.decided_by.startswith("field `")


@pytest.mark.parametrize(
    "lines",
    [
        "Authors: Ann Ann, Bob Bo\nDate: 2019-01-01",
        "Year: 2019\nVenue: Berlin",
        "Author: Ann Ann\nPublication date: 2019-01-01",  # a post
        "Tags: nets, ends",
        "",
    ],
)
def test_anything_else_is_no_paper(lines: str) -> None:
    assert entry(f"# Notes of a Meeting\n\n{lines}\n\nText.\n") is None


@pytest.mark.parametrize(
    "lines",
    [
        "**Author(s):** Ann Ann, Bob van Bo\nPublished: March 2019",
        "- Author(s): Ann Ann, Bob van Bo\n- Publication Date: 03-2019",
        "Creators: [[Ann Ann]], [[Bob van Bo]]\nPublished: March 2019",
        "- **著者**: Ann Ann, Bob van Bo\n- **発表年**: 2019-03",
        "**Autoren:** Ann Ann, Bob van Bo\n**Jahr:** 2019-03",
        "- **Autores:** Ann Ann, Bob van Bo\n- **Año:** 03/2019",
        "**Авторы:** Ann Ann, Bob van Bo\n**Год:** 2019-03",
        "| **Authors** | Ann Ann, Bob van Bo |\n|---|---|\n| **Year** | 2019-03 |",
        "Text.\n\n## Metadata\n\n- **Authors**: Ann Ann, Bob van Bo\n- **Year**: 2019-03",
        "Text.\n\n## 文献情報\n\n- タイトル：Nets of Ends\n- 著者：Ann Ann, Bob van Bo\n- 発行年：2019-03",
        "Text.\n\n## 1. 论文信息\n\n- 作者：Ann Ann, Bob van Bo\n- 年份：2019-03",
        "Text.\n\n## 一、论文基本信息\n\n- **作者**：Ann Ann, Bob van Bo\n- **发表年份**：2019-03",
        "### 论文阅读笔记\n\n**标题**: Nets of Ends\n**作者**: Ann Ann, Bob van Bo\n**年份**: 2019-03",
        "Authors: Ann Ann, Bob van Bo\nYear: 2019-03\n\nAuthors rarely say what they tried.",
        "### Author:\n\nAnn Ann, Bob van Bo\n\n### Year:\n\n2019-03",
        "## 元信息\n\n> 标题：《Nets of Ends》\n> 作者：Ann Ann, Bob van Bo\n> 发布时间：2019年3月",
        "## Metadados\n\n| Campo | Valor |\n|---|---|\n| **Autores** | *Ann Ann, Bob van Bo* |\n| **Ano** | 2019-03 |",
    ],
)
def test_in_other_words_and_places(lines: str) -> None:
    found = entry(f"# Nets of Ends\n\n{lines}\n\n## Summary\n\nText.\n")
    assert found is not None
    assert (found.title, found.values("authors"), found.values("date")) == ("Nets of Ends", BOTH, ["2019-03"])


@pytest.mark.parametrize(
    "lines",
    [
        "**arXiv**: 1706.03762\n- DOI: [10.1000/x1](https://doi.org/10.1000/x1)",
        "**DOI:** 10.1000/x1\n**arXiv ID:** 1706.03762v2",
        "- DOI: https://doi.org/10.1000/x1\n- arXiv: [1706.03762](https://arxiv.org/abs/1706.03762)",
        "| arXiv | [1706.03762](https://arxiv.org/abs/1706.03762) |\n|--|--|\n| DOI | https://doi.org/10.1000/x1 |",
        "Text.\n\n## 論文情報\n\n- DOI: [10.1000/x1](https://doi.org/10.1000/x1)\n- arXiv: 1706.03762",
    ],
)
def test_a_paper_may_have_an_id_of_each_kind(lines: str) -> None:
    found = entry(f"# Nets of Ends\n\n{lines}\n\n## Summary\n\narXiv: 1706.03763\n")
    assert found is not None
    assert {str(paper) for paper in found.ids} == {"arxiv:1706.03762", "doi:10.1000/x1"}


@pytest.mark.parametrize(
    "lines",
    [
        "论文题目：Nets of Ends\n论文地址：https://arxiv.org/abs/1706.03762",
        "> 原文标题：Nets of Ends\n> 原文作者：Ann Ann, Bob Bo 等\n",
        "- **論文タイトル**: Nets of Ends",
        "Title: Nets of Ends\nAuthors: Ann Ann, Bob Bo",
        "- **Paper Name**: Nets of Ends",
        "| Paper title | Nets of Ends |\n|---|---|\n| Authors | Ann Ann, Bob Bo |",
        "> **论文**：*Nets of Ends*\n> **论文链接**：https://arxiv.org/abs/1706.03762",
        "- **논문**: Nets of Ends\n- 저자: Ann Ann, Bob Bo",
        "* 论文名称：[Nets of Ends](https://arxiv.org/abs/1706.03762)",
        "> 论文：**Nets of Ends** · arXiv:1706.03762 (2017)\n> 作者：Ann Ann, Bob Bo",
        "> 论文：**Nets of Ends**，[arXiv 1706.03762](https://arxiv.org/abs/1706.03762)",
        "- 原论文：《Nets of Ends》\n- 论文：[PDF](https://arxiv.org/abs/1706.03762)",
    ],
)
def test_a_line_tells_the_title_and_the_heading_is_another_name(lines: str) -> None:
    record = read("n.md", f"# How I read it\n\n{lines}\n\n## Summary\n\nText.\n".encode())
    [found] = record.entries
    assert (found.title, record.title, record.aliases) == ("Nets of Ends", "Nets of Ends", ("How I read it",))


def test_a_comma_in_the_note_s_own_title_is_no_mistake() -> None:
    text = "---\ntitle: Ends, and how\n---\n# Ann, Bo, and their ends\n\n论文题目：Nets of Ends\n"
    record = read("n.md", text.encode())
    assert (record.aliases, record.diagnostics) == (("Ends, and how", "Ann, Bo, and their ends"), ())


def test_a_comment_above_the_title_changes_nothing() -> None:
    found = entry("<!-- generated: do not edit -->\n\n# Nets of Ends\n\nAuthors: Ann Ann, Bob van Bo\nYear: 2019\n")
    assert found is not None
    assert (found.title, found.values("authors"), found.values("date")) == ("Nets of Ends", BOTH, ["2019"])


def test_what_stands_with_the_title_of_a_paper_is_the_paper_s_without_authors() -> None:
    found = entry("# How I read it\n\n作者：张三\n\n论文名称：Nets of Ends\n\n会议：Ends 2019\n")
    assert found is not None
    assert (found.title, found.values("authors"), found.values("venue")) == ("Nets of Ends", [], ["Ends 2019"])


@pytest.mark.parametrize(
    "lines",
    [
        "论文题目：Nets of Ends\n\n论文题目：Nets of Beginnings",  # of several papers
        "Title: Nets of Ends",  # the title of anything
        "| Title | Authors |\n|---|---|\n| Nets | Ann Ann |",  # a list
        "**arXiv**: 1706.03762\n**arXiv**: 1706.03763",
        "| Paper title | Link |\n|---|---|\n| Nets | none |",
        "论文：见附件",
        "论文：[网络的末端与开端](#)（12 页）",
        "论文：Ann et al. 2019, the second",
        "论文：本文提出了一种新的方法。",
        "论文：Nets of Ends\n论文：Nets of Beginnings",
        "Paper: the one on knots of ends",
        "The paper 1706.03762 | is good",
        "- One\n  - **arXiv**: 1706.03762\n- Another",
        "[Paper](https://arxiv.org/abs/1706.03762)\n[Paper](https://doi.org/10.1000/x1)",
    ],
)
def test_lines_that_name_no_single_paper(lines: str) -> None:
    assert entry(f"# How I read it\n\n{lines}\n\n## Summary\n\nText.\n") is None


def test_nobody_is_called_anonymous() -> None:
    found = entry(f"{PAPER}**Authors:** Anonymous authors (Paper under double-blind review)\n")
    assert found is not None
    assert found.values("authors") == []


@pytest.mark.parametrize(
    ("line", "own"),
    [
        ("- arXiv: 1706.03762v5 [cs.CL]", ["arxiv:1706.03762"]),
        ("arXiv:1706.03762 (v5).", ["arxiv:1706.03762"]),
        ("**arXiv** | [`1706.03762`](https://arxiv.org/abs/1706.03762) |", ["arxiv:1706.03762"]),
        ("- arXiv:1706.03762 for its gates", []),
        ("- arXiv:1706.03762, which has none", []),
    ],
)
def test_an_id_with_words_behind_it_is_that_of_another_paper(line: str, own: list[str]) -> None:
    record = read("n.md", f"---\nkind: paper\ntitle: Nets of Ends\n---\n{line}\n".encode())
    assert [str(paper) for paper in record.entries[0].ids] == own


def test_a_line_with_the_paper_s_title_counts_before_the_title_of_the_page() -> None:
    text = "title: How I read it\n---\n\n## 論文情報\n\n- 論文名：Nets of Ends\n- 学会：Ends (2019)\n"
    record = read("n.md", f"---\n{text}".encode())
    assert ([found.title for found in record.entries], record.title, record.aliases) == (
        ["Nets of Ends"], "Nets of Ends", ("How I read it",)
    )  # fmt: skip
    surer = read("n.md", f"---\nkind: paper\n{text}".encode())
    assert [found.title for found in surer.entries] == ["How I read it"]


def test_the_title_under_a_heading_that_is_its_label() -> None:
    text = "### Paper:\n\nNets of Ends\n\n### Author:\n\nAnn Ann, Bob van Bo\n\n### Year:\n\n2019\n\n### Notes:\n"
    record = read("nets-2019.md", text.encode())
    [found] = record.entries
    assert (found.title, found.values("authors"), found.values("date")) == ("Nets of Ends", BOTH, ["2019"])
    assert (record.title, record.aliases) == ("Nets of Ends", ())


@pytest.mark.parametrize(
    "line",
    [
        "**Authors**: Ann Ann, Bob Bo | **arXiv**: 1706.03762",
        "**Authors**: Ann Ann, Bob Bo | **Date**: 2017-06-12 | **URL**: [here](https://arxiv.org/abs/1706.03762)",
        "**Authors:** Ann Ann, Bob Bo\n**Venue:** arXiv:1706.03762v2 (2017)",
        "- 作者：Ann Ann, Bob Bo\n- arXiv：1706.03762v1（2017-06-12）",
    ],
)
def test_an_id_among_other_fields(line: str) -> None:
    found = entry(f"# Nets of Ends\n\n{line}\n\n## Summary\n\nText.\n")
    assert found is not None
    assert ([str(paper) for paper in found.ids], found.values("venue")) == (["arxiv:1706.03762"], [])


BIBNOTES = """\
# Nets of Ends

## Metadata
- **CiteKey**: {{citekey}}
 - **Title**: Nets of Ends,
 - **Author**:: [[Ann, Ada]]; [[Bo, Bob]];
- **Editor**:: [[{{editor}}]];
- **Journal**: {{publicationTitle}},
- **Year**: 2019

## Files and Links
- **Url**: [Open online](http://arxiv.org/abs/1806.00001)

## Abstract
Text.
"""
"""As BibNotes writes it by default: it leaves the placeholders of missing fields."""


BOX = "\n```\n\n```ad-quote\ntitle: Abstract\nText.\n```\n\n"


@pytest.mark.parametrize(
    "text",
    [
        BIBNOTES,
        BIBNOTES.replace("**:: [[Ann, Ada]]; [[Bo, Bob]]", "**: Ann, Ada; Bo, Bob"),
        BIBNOTES.replace("## Metadata", "```ad-info\ntitle: Metadata").replace("\n\n## Files", f"{BOX}## Files"),
    ],
)
def test_placeholders_are_no_values_and_plain_lines_complete_fields(text: str) -> None:
    found = entry(text)
    assert found is not None
    assert (found.title, found.values("authors")) == ("Nets of Ends", ["Ada Ann", "Bob Bo"])
    assert [found.values(name) for name in ("date", "citekey", "venue", "aliases")] == [["2019"], [], [], []]
    assert [str(paper) for paper in found.ids] == ["arxiv:1806.00001"]


@pytest.mark.parametrize(
    ("line", "tags"),
    [
        ("**Tags**: deep nets, ends", ["deep nets", "ends"]),
        ("Keywords: Deep Nets; Ends.of-nets", ["Deep Nets", "Ends.of-nets"]),
        ("> **分类标签**：`nets` `ends`", []),  # without a sign between them
        ("- **关键词**：网、末端", ["网", "末端"]),
        ("- **키워드**: Nets, Ends", ["Nets", "Ends"]),
        ("Tags: #nets, #ends", ["nets", "ends"]),
        ("Tags: what is this, and why does it end so soon after it has begun with so much noise", []),
    ],
)
def test_tags_above_the_first_section_are_the_paper_s(line: str, tags: list[str]) -> None:
    linked = entry(f"# [Nets of Ends](https://arxiv.org/abs/1806.00001)\n\n{line}\n\n## Why\n\nTags: other\n")
    signed = entry(f"# Nets of Ends\n\n**Authors:** Ann Ann, Bob Bo\n**Year:** 2019\n{line}\n\n## Why\n")
    assert linked is not None
    assert signed is not None
    assert (linked.values("tags"), signed.values("tags")) == (tags, tags)


def test_a_section_called_citation_tells_the_paper() -> None:
    found = entry(
        "# Reading Note: Nets of Ends\n\n## Citation\n\n**Authors**: Ann Ann, Bob Bo\n**Title**: Nets of Ends\n"
        "**Published**: Annals of Ends, 2019\n**Link**: [DOI](https://doi.org/10.1000/ends)\n\n## Summary\n\nText.\n"
    )
    assert found is not None
    told = found.title, found.values("authors"), found.values("cited_year"), [str(paper) for paper in found.ids]
    assert told == ("Nets of Ends", ["Ann Ann", "Bob Bo"], ["2019"], ["doi:10.1000/ends"])

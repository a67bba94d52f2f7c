"""What an item of a list, and the lines under it, say about one paper: title, authors, year, remark."""

import pytest

from kb.read import read


def test_authors_and_venue_in_an_item_below_are_no_remark() -> None:
    listed = "".join(
        f"- Nets of {name}. [[Paper](https://arxiv.org/abs/1801.0000{n})]\n  - *Ann Ann, Bob Bo.* **ICLR 2019**\n"
        "  - It ends.\n"
        for n, name in enumerate(("Ends", "Odds", "Sods"), 1)
    )
    entries = read("list.md", listed.encode()).entries
    told = (["Ann Ann", "Bob Bo"], ["2019"], "It ends.")
    assert [(each.values("authors"), each.values("cited_year"), each.why) for each in entries] == [told] * 3


def test_entities_of_html_and_bold_words_in_a_link_are_read_as_they_are_shown() -> None:
    listed = "".join(
        f"* [**New:** Nets &amp; {name}](notes/{name}.md) &mdash; *Ann et al.* "
        f"[[arXiv](https://arxiv.org/abs/1801.0000{n})]\n"
        for n, name in enumerate(("Ends", "Odds", "Sods"), 1)
    )
    entries = read("list.md", listed.encode()).entries
    assert [(entry.title, entry.values("authors")) for entry in entries] == [
        (f"New: Nets & {name}", ["Ann"]) for name in ("Ends", "Odds", "Sods")
    ]


def test_links_by_reference_show_titles_and_citations_as_other_links_do() -> None:
    listed = (
        "# Ends\n\n"
        "- [Ann, A., & Bo, B. (2006). Nets of\n  Ends: by SLAM. Annals of Ends, 13(2),\n  99-110.][AnnBo2006]\n\n"
        "- [Cid, C., Ann, A., ... & Bo, B. (2016). Nets: Present,\n  and Future. arXiv preprint\n"
        "  arXiv:1606.05830.][CidEtAl2016]\n\n"
        "- [Nets of Odds][3]\n\n- [Nets of Sods][4] [[code]][5]\n\n"
        "[AnnBo2006]: https://ends.example/1.pdf\n[CidEtAl2016]: https://arxiv.org/abs/1606.05830\n"
        "[3]: https://arxiv.org/abs/1801.00003\n[4]: https://arxiv.org/abs/1801.00004\n[5]: https://github.com/a/b\n"
    )
    entries = read("list.md", listed.encode()).entries
    assert [(entry.title, *map(str, entry.ids), entry.values("cited_year")) for entry in entries] == [
        ("Nets of Ends: by SLAM", ["2006"]),
        ("Nets: Present, and Future", "arxiv:1606.05830", ["2016"]),
        ("Nets of Odds", "arxiv:1801.00003", []),
        ("Nets of Sods", "arxiv:1801.00004", []),
    ]
    assert entries[0].values("authors") == ["A. Ann", "B. Bo"]


@pytest.mark.parametrize(
    ("people", "authors"),
    [
        ("*Ann Ann, Bob de Bo, and Cid D.*", ["Ann Ann", "Bob de Bo", "Cid D."]),
        ("*Ann, Ann A and Bo, Bob and others.*", ["Ann A Ann", "Bob Bo", "et al."]),
        ("*Sums, and sums of sums.*", []),
        ("Ann Ann, Bob Bo wrote it.", []),
    ],
)
def test_an_emphasized_paragraph_of_an_item_names_the_authors(people: str, authors: list[str]) -> None:
    items = "".join(
        f"1. **Sum {n}.** ICML 2019. [[paper]](https://arxiv.org/abs/1901.0000{n}) [[code]](https://code.example)\n\n"
        f"    {people}\n    \n    It adds.\n\n"
        for n in (1, 2, 3)
    )
    found = read("n.md", f"# Sums\n\n{items}".encode()).entries
    told = [([*each.values("authors"), *each.values("authors_more")], each.why) for each in found]
    assert told == [(authors, "It adds." if authors else people.strip("*"))] * 3


@pytest.mark.parametrize(
    ("under", "authors", "year"),
    [
        ("- Ann Ann, Bob Bo\n  - Publisher: ICLR 2019\n  - Key: sums", ["Ann Ann", "Bob Bo"], ["2019"]),
        ("- Anonymous Authors\n  - Year: 2019", [], ["2019"]),
        ("- Weight Sums, Hidden Sums", [], []),  # perhaps topics
        ("- It adds.\n  - Read: 2019-03-04", [], []),
    ],
)
def test_items_under_a_paper_name_its_authors_and_venue(under: str, authors: list[str], year: list[str]) -> None:
    papers = [f"https://openreview.net/forum?id=sum12{n}" for n in (1, 2, 3)]
    text = "".join(f"- [Sum {n}]({url})\n  {under}\n\n" for n, url in enumerate(papers))
    found = read("n.md", f"# Sums\n\n{text}".encode()).entries
    assert [(each.values("authors"), each.values("cited_year")) for each in found] == [(authors, year)] * 3


@pytest.mark.parametrize(
    ("line", "title", "why", "year"),
    [
        ("[Net](URL): Adding Many Terms at Scale | SOSP' 19", "Net: Adding Many Terms at Scale", "", "2019"),
        ("[Net:](URL) Adding terms by the million | Ends", "Net: Adding terms by the million", "", ""),
        ("[Net](URL) : Sums of High-order Terms. [[code](https://a.org)]", "Net: Sums of High-order Terms", "", ""),
        ("[Net](URL): adds every term at scale", "Net", "adds every term at scale", ""),
        ("[Net](URL): Adds every term at scale", "Net", "Adds every term at scale", ""),
        ("[Net](URL): Sums Again", "Net", "", ""),
        ("[Sums of Many Terms](URL): The Best of All Sums", "Sums of Many Terms", "The Best of All Sums", ""),
    ],
)
def test_a_title_may_go_on_after_the_link(line: str, title: str, why: str, year: str) -> None:
    items = "".join(f"- {line}\n".replace("URL", f"https://arxiv.org/abs/1901.0000{n}") for n in (1, 2, 3))
    found = read("n.md", f"# Sums\n\n{items}".encode()).entries
    assert [(each.title, each.why, "".join(each.values("cited_year"))) for each in found] == [(title, why, year)] * 3


def test_the_year_behind_a_name_is_no_part_of_it_and_no_venue() -> None:
    text = (
        "# Map\n\n- Optimizers\n  - Adam 2014 https://arxiv.org/abs/1412.6980\n"
        "  - AdamW 2017 https://arxiv.org/abs/1711.05101\n- Attention\n"
        "  - FlashAttention 2022 https://arxiv.org/abs/2205.14135\n  - Findings of 2014 https://arxiv.org/abs/1501.00001\n"
    )
    found = read("map.md", text.encode()).entries
    assert [(each.title, each.values("cited_year")) for each in found] == [
        ("Adam", ["2014"]),
        ("AdamW", ["2017"]),
        ("FlashAttention", ["2022"]),
        ("Findings of 2014", []),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "[Sums](URL) | ICML 2019 | [Code](https://a.org)",
        "**[Sums](URL)** | 🏛️ ICML 2019",
        "[Sums](URL) · ICML 2019 · [Code](https://a.org)",
        "[Sums](URL) – ICML 2019",
        "[Sums](URL) `ICML 2019` `Oral`",
        "**`ICML 2019`** Sums, [[Paper](URL)]",
        "[Sums](URL), 2019 ICML",
        "**`arXiv 2019`** Sums, [[Paper](URL)]",
    ],
)
def test_a_venue_may_have_bars_or_backticks_around_it(line: str) -> None:
    items = "".join(f"- {line}\n".replace("URL", f"https://arxiv.org/abs/1901.0000{n}") for n in (1, 2, 3))
    found = read("n.md", f"# All\n\n{items}".encode()).entries
    assert [(each.title, each.why, each.values("cited_year")) for each in found] == [("Sums", "", ["2019"])] * 3

"""A list that is called a reading list is one, even if it has nothing but titles; other lists may be anything."""

import pytest

from kb.read import read
from tests.kb.growth import LINEAR, growth

TITLES = [
    "Attention is all you need",
    "BERT: Pre-training of Deep Bidirectional Transformers",
    "Scaling laws for neural language models",
]


def titles(text: str, path: str = "n.md") -> list[str]:
    record = read(path, text.encode())
    assert all(entry.mentioned and entry.kind == "paper" for entry in record.entries)
    return [entry.title for entry in record.entries]


ITEMS = ["- {}", "* {}", "1. {}", "- [ ] {}", "- [x] {}", '- "{}"', "- **{}**", "- *{}* #nlp", "+ {}"]
HEADINGS = ["# To read", "# Reading list", "## To-read list", "# Papers to read", "# 10 must-read papers", "# 必读论文"]


@pytest.mark.parametrize("item", ITEMS)
@pytest.mark.parametrize("heading", HEADINGS)
def test_the_items_under_such_a_heading_are_titles(heading: str, item: str) -> None:
    assert titles("\n".join([heading, "", *map(item.format, TITLES)])) == TITLES


@pytest.mark.parametrize("path", ["To read.md", "reading_list.md", "a/Key papers.md", "reading list/README.md"])
def test_so_are_all_items_of_a_note_with_such_a_name(path: str) -> None:
    text = "\n".join(["## Vision", "- Deep Residual Learning", "", "## Language", *(f"- {title}" for title in TITLES)])
    assert titles(text, path) == ["Deep Residual Learning", *TITLES]


def test_other_sections_and_what_is_under_an_item_are_not() -> None:
    text = (
        f"# Week 7\n\n## To read\n- {TITLES[0]}\n  - Ask Bo about the heads\n- {TITLES[1]}\n- {TITLES[2]}\n- Adam\n\n"
        "## To do\n- [ ] Clean the whole flat\n- [ ] Prepare slides for Monday\n- [ ] Deep clean of models\n"
    )
    assert titles(text) == TITLES


def test_titles_stand_beside_papers_that_are_cited_or_linked() -> None:
    more = ["Nets of Ends (Ann & Bo, 2019)", "[Wide Nets](https://arxiv.org/abs/1706.03763)"]
    assert titles("\n".join(["# Key papers", *(f"- {item}" for item in [*TITLES, *more])])) == [
        *TITLES, "Nets of Ends", "Wide Nets"
    ]  # fmt: skip


def test_a_nickname_behind_the_title_is_no_part_of_it() -> None:
    items = [*TITLES, "Language models are few-shot learners (GPT-3)"]
    entry = read("n.md", "\n".join(["# To read", *(f"- {item}" for item in items)]).encode()).entries[-1]
    assert (entry.title, entry.values("aliases")) == ("Language models are few-shot learners", ["GPT-3"])


@pytest.mark.parametrize("form", ["{}, Ann 2019", "{} - Ann, 2019", "{} — Ann (2019)"])
def test_one_name_and_a_year_behind_the_title_are_no_part_of_it(form: str) -> None:
    text = "\n".join(["# To read", *(f"- {form.format(title)}" for title in TITLES)])
    found = read("n.md", text.encode()).entries
    assert [(entry.title, entry.values("authors"), entry.values("cited_year")) for entry in found] == [
        (title, ["Ann"], ["2019"]) for title in TITLES
    ]


@pytest.mark.parametrize(
    "text",
    [
        "# To read\n- finish chapter 3 of Ann\n- Ask Bo for the PDF\n- Read the Adam paper again\n- that on scaling\n",
        "# To read\n- The Master and Margarita\n- War and Peace\n- The Book of Why\n",  # no research
        "# How to read a paper\n- Start with the abstract\n- Look at the neural figures\n- Models come last in them\n",
        "# Papers to write\n- Deep nets of ends\n- Deep nets of knots\n- Deep nets of ropes\n",
        "# Notes\n- Attention is all you need\n- Deep nets of knots\n- Language models are learners\n",
        "# To read\n- Deep nets.\n- All models are wrong.\n- Some models are useful.\n",
        "# To read\n- [[Deep nets of ends]]\n- [[Deep nets of knots]]\n- [[Deep nets of ropes]]\n",
        "# To read\n- Deep nets of ends\n- Deep nets of knots\n",  # two are no list
        "---\narxiv: 1706.03762\n---\n# To read\n- Deep nets of ends\n- Deep nets of knots\n- Deep nets of ropes\n",
    ],
)
def test_other_items_may_be_anything(text: str) -> None:
    record = read("n.md", text.encode())
    assert not [entry for entry in record.entries if entry.mentioned]


@pytest.mark.parametrize("heading", ["Papers", "Papers:", "📄 Papers we've read", "Papers discussed"])
def test_under_a_heading_over_papers_a_title_may_be_a_link_to_a_note_on_it(heading: str) -> None:
    items = (
        "1. [Deep Nets of Many Ends](<./DeepNets/Deep nets.md>)\n"
        "2. [Wide Networks of Ends (Ada Ann & Bob Bo)](https://github.com/a/b/blob/master/Wide%20Nets/wide.md#ann)\n"
        "3. [Learning Long Sums](sums.md)\n"
    )
    found = read("a/README.md", f"# Reading group\n\n## {heading}\n{items}".encode()).entries
    assert [(e.title, e.values("authors"), e.values("noted_in")) for e in found] == [
        ("Deep Nets of Many Ends", [], ["a/DeepNets/Deep nets.md"]),
        ("Wide Networks of Ends", ["Ada Ann", "Bob Bo"], ["Wide Nets/wide.md"]),
        ("Learning Long Sums", [], ["a/sums.md"]),
    ]
    for other in ("Reading list", "Papers and code", "Topics"):
        assert not read("a/README.md", f"# Reading group\n\n## {other}\n{items}".encode()).entries


def test_a_month_behind_a_title_is_no_author() -> None:
    items = "- Deep nets of ends, June 2019\n- Learning long sums, Ann 2020\n- Networks of many knots, May 2021\n"
    found = read("n.md", f"# Papers to read\n{items}".encode()).entries
    assert [(e.title, e.values("authors"), e.values("date") + e.values("cited_year")) for e in found] == [
        ("Deep nets of ends", [], ["2019-06"]),
        ("Learning long sums", ["Ann"], ["2020"]),
        ("Networks of many knots", [], ["2021-05"]),
    ]


def test_behind_a_title_in_brackets_is_the_note_of_a_reader() -> None:
    items = (
        "* Deep Nets of Ends ([진오](./summary/1.md))\n"
        "* Sums: Learning to Sum ([Ann](./summary/2.md))\n"
        "  - what others do ([Cid](./summary/1.md))\n"
        "* Knots in Long Networks ([Ann](./summary/3.md), [Bo](./summary/4.md))\n"
    )
    found = read("07/README.md", f"# July\n\n## Full list of papers\n\n{items}".encode()).entries
    assert [(e.title, e.values("noted_in")) for e in found] == [
        ("Deep Nets of Ends", ["07/summary/1.md"]),
        ("Sums: Learning to Sum", ["07/summary/2.md"]),
        ("Knots in Long Networks", []),  # of which neither is the paper's only one
    ]


@pytest.mark.parametrize("piece", [
    "- Nets of ends ([a](b.md), [c](d.md), ", "- [Deep nets of ends](<a> ", "- Deep nets of ends (Ada Ann, ",
    "- Deep nets of ends\n",
    "## To read\n- Deep nets\n", "- Ends (A1)\n", "- a #b\n",
])  # fmt: skip
def test_hostile_lists_are_read_in_linear_time(piece: str) -> None:
    assert growth(lambda text: read("n.md", f"# To read\n\n{text}".encode()), piece, 20_000) < LINEAR


def test_under_a_heading_over_papers_a_title_may_be_a_link_to_anything() -> None:
    items = (
        "* [Nets of Many Ends](https://ann.example/posts/nets)\n"
        "1. **[Knots in Long Rope](knots-in-long-rope)**\n"
        "- [ ] [Sums of Many Sums](<https://gist.example/1>)\n"
    )
    for head in ("List of papers", "List of NLP Papers", "Papers to read"):
        found = read("n.md", f"# Ann\n\n## {head}\n\n{items}".encode()).entries
        assert [e.title for e in found] == ["Nets of Many Ends", "Knots in Long Rope", "Sums of Many Sums"]
    assert not read("n.md", f"# Ann\n\n## Posts\n\n{items}".encode()).entries

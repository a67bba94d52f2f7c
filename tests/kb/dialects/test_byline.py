"""The line below a note's title that has nothing but authors and a year makes the note one about their paper."""

import pytest

from kb.model import Entry
from kb.read import read

FOUR = ["Ann", "Bo", "Cid", "Dee"]


def signed(line: str) -> Entry | None:
    record = read("n.md", f"# Improving Ends of Nets\n\n{line}\n\nText about it.\n".encode())
    return record.entries[0] if record.entries else None


@pytest.mark.parametrize(("line", "authors"), [
    ("Ann, Bo, Cid, Dee — OpenAI 2018", FOUR),
    ("Ann, Bo, Cid, Dee, 2018", FOUR),
    ("Ann, Bo, Cid & Dee (2018)", FOUR),
    ("*Ann, Bo, Cid, Dee* (2018)", FOUR),
    ("Ann, Bo, Cid, Dee. NeurIPS 2018", FOUR),
    ("Ann and Bo, 2018", ["Ann", "Bo"]),
    ("Ann & van der Bo (2018)", ["Ann", "van der Bo"]),
    ("Ann et al., 2018", ["Ann"]),
    ("Ann et al. (OpenAI, 2018)", ["Ann"]),
    ("Ada Ann, Bob Bo (2018)", ["Ada Ann", "Bob Bo"]),
    ("Ann, Ada; Bo, Bob (2018)", ["Ada Ann", "Bob Bo"]),
    ("A. Ann, B. Bo, ICML 2018", ["A. Ann", "B. Bo"]),
    ("Ann, Bo, Cid. 2018", FOUR[:3]),
    ("Ann, Bo, Cid (2018)", FOUR[:3]),
    ("Ann & Bo, ICML 2018", ["Ann", "Bo"]),
    ("by Ada Ann et al., 2018", ["Ada Ann"]),
    ("#papers/nets #read\n\nAnn, Bo, Cid. 2018", FOUR[:3]),
])  # fmt: skip
def test_names_and_a_year(line: str, authors: list[str]) -> None:
    found = signed(line)
    assert found is not None
    assert (found.title, found.values("authors"), found.values("cited_year")) == (
        "Improving Ends of Nets", authors, ["2018"]
    )  # fmt: skip


@pytest.mark.parametrize("line", [
    "Google Brain, 2018", "Ann, Ada (2018)", "Ann (2018)", "Deep, Wide, Tall, Long, 2018", "Weight Sums, Hidden Sums",
    "Ann and Bo wrote this in 2018", "In 2018, Ann and Bo", "- Ann and Bo, 2018", "> Ann and Bo, 2018",
    "* Ann and Bo, 2018",
    "Ann, A. and Bo, B., 2018. Nets Of Ends. Ends.\n\nCid, C. and Dee, D., 2019. Ends Of Nets. Ends.",
])  # fmt: skip
def test_what_may_be_something_else(line: str) -> None:
    assert signed(line) is None


THREE = ["Ada Ann", "Bob Bo", "Cid Cid"]
LINK = "https://arxiv.org/abs/2401.00001"


@pytest.mark.parametrize(
    "line",
    [
        f"Ada Ann, Bob Bo, Cid Cid\n*NeurIPS 2024* · [arXiv]({LINK}) · [Code](https://github.com/a/b)",
        f"Ada Ann · Bob Bo · Cid Cid\n\nNeurIPS 2024 | [Paper]({LINK})",
        f"**Ada Ann**¹, **Bob Bo**², **Cid Cid**¹\n\n[Paper]({LINK})",
        f"[Ada Ann](https://ann.org), [Bob Bo](https://bo.org), [Cid Cid](https://cid.org)\n\n[Paper]({LINK})",
        f"[**Project Page**](https://a.org) | [**Paper**]({LINK})\n\nAda Ann*<sup>1</sup>, Bob Bo<sup>2</sup>, Cid Cid",
        f"> Ada Ann, Bob Bo, Cid Cid. NeurIPS 2024.\n> {LINK}",
        f'<p>Ada Ann<sup>1</sup>, Bob Bo<sup>2</sup>, Cid Cid<sup>1</sup></p>\n<a href="{LINK}">Paper</a>',
    ],
)
def test_names_over_the_link_to_the_paper(line: str) -> None:
    found = signed(line)
    assert found is not None
    assert (found.values("authors"), [str(paper) for paper in found.ids]) == (THREE, ["arxiv:2401.00001"])


@pytest.mark.parametrize(
    "line",
    [
        f"> Nets end, as everybody knows.\n\n[Paper]({LINK})",
        f"Object Detection, Wide Nets\n\n[Paper]({LINK})",  # perhaps topics
        f"[Code](https://github.com/a/b), [Slides](https://a.org/x)\n\n[Paper]({LINK})",
        f"[Paper]({LINK})\nAnn Ann, Bob Bo, Cid Cid went home.",
    ],
)
def test_other_lines_over_the_link_name_nobody(line: str) -> None:
    found = signed(line)
    assert found is not None
    assert found.values("authors") == []

"""Lines, paragraphs and headings are items of a list, too, if nothing else is there; prose is not."""

import pytest

from kb.model import Record
from kb.read import read
from tests.kb.growth import LINEAR, growth

WORKS = (
    ("Ann", "Bo", 2018, "Nets of Many Ends"),
    ("Cid", "Dee", 2019, "Long Ends of Nets"),
    ("Eno", "Fay", 2020, "Ends Are Not Knots"),
)
FORMS = {
    "names and year behind": "{T} ({a} & {b}, {y})",
    "others behind": "{T} ({a} et al., {y})",
    "names and year in front": "{a} & {b} {y} - {T}",
    "year in front": "[{y}] {T} - {a} et al.",
    "commas": "{T}, {a} & {b}, NeurIPS {y}",
    "full names": '"{T}" by Ada {a} and Bob {b} ({y})',
    "emphasis": "*{T}*, {a} et al., {y}",
    "bars": "{T} | {a} et al. | {y}",
}
LAYOUTS = {"lines": ("", "\n"), "paragraphs": ("", "\n\n"), "headings": ("### ", "\n\nWhat I think.\n\n")}


def noted(text: str) -> Record:
    return read("collected.md", text.encode())


@pytest.mark.parametrize("head", ["", "# Collected\n\n", "---\ntags: [ml]\n---\n\n"])
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=list(LAYOUTS))
@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
def test_citations_without_list_markers(form: str, layout: tuple[str, str], head: str) -> None:
    mark, end = layout
    text = "".join(f"{mark}{form.format(a=a, b=b, y=y, T=title)}{end}" for a, b, y, title in WORKS)
    record = noted(head + text)
    assert record.about is None
    assert [(each.title, each.values("cited_year")) for each in record.entries] == [(T, [str(y)]) for *_, y, T in WORKS]
    assert [each.values("authors")[0].split()[-1] for each in record.entries] == ["Ann", "Cid", "Eno"]


LINKED = ("[{T}]({u})", "{T}: {u}", "{T} ({i})", "**{T}** [[paper]({u})]", "{T} ({y}) {u}")


@pytest.mark.parametrize("head", ["", "# Collected\n\n", "# Collected\n"])
@pytest.mark.parametrize("end", ["\n", "\n\n"])
@pytest.mark.parametrize("form", LINKED)
def test_titles_with_links_without_list_markers(form: str, end: str, head: str) -> None:
    lines = [
        form.format(T=title, y=year, u=f"https://arxiv.org/abs/1901.0000{n}", i=f"arXiv:1901.0000{n}")
        for n, (*_, year, title) in enumerate(WORKS, 1)
    ]
    record = noted(head + end.join(lines) + "\n")
    assert [(each.title, str(each.ids[0]), each.mentioned) for each in record.entries] == [
        (title, f"arxiv:1901.0000{n}", True) for n, (*_, title) in enumerate(WORKS, 1)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "I began in 2017.\nThen came Ann and Bo, 2018\nand at last\n",
        "Long sums are slow (Ann et al., 2018).\n\nShort ones are fast (Bo et al., 2019).\n\nNone ends (Cid, 2020).\n",
        "Adam https://arxiv.org/abs/1412.6980 is what\nwe use, and LoRA https://arxiv.org/abs/2106.09685\nwe do not.\n",
        "[Ann](https://arxiv.org/abs/1412.6980) and [Bo](https://arxiv.org/abs/2106.09685), unlike\n"
        "[Cid](https://arxiv.org/abs/1706.03762), are fast.\n",
        "Paris, 2018\n\nRome, 2019\n\nBern, 2020\n",
        "## Talks in 2018\n\na\n\n## Talks in 2019\n\nb\n\n## Talks in 2020\n\nc\n",
    ],
    ids=["broken lines", "sentences", "links in prose", "links begin lines", "places", "headings"],
)
def test_prose_is_no_list(text: str) -> None:
    assert not noted(f"# Days\n\n{text}").entries


@pytest.mark.parametrize(
    ("line", "nickname"),
    [
        ("- LSTM: [{T}]({u})", ["LSTM"]),
        ("- **GPT-2** - [{T}]({u}) (Ann et al., 2019)", ["GPT-2"]),
        ("- Vision: [{T}]({u})", []),
        ("1. see also: *[{T}]({u})*", []),
    ],
)
def test_a_linked_title_may_stand_behind_a_name(line: str, nickname: list[str]) -> None:
    lines = [line.format(T=T, u=f"https://arxiv.org/abs/1901.0000{n}") for n, (*_, T) in enumerate(WORKS, 1)]
    found = noted("# Collected\n\n" + "\n".join(lines) + "\n").entries
    assert [(each.title, str(each.ids[0])) for each in found] == [
        (T, f"arxiv:1901.0000{n}") for n, (*_, T) in enumerate(WORKS, 1)
    ]
    assert [each.values("aliases") for each in found] == [nickname] * 3


@pytest.mark.parametrize(
    "piece",
    [
        "Ann, A. (2019). Nets.\n", "Nets (Ann & Bo 2019)\n\n", "**1997** – Nets, Ann & Bo\n", "### Nets (Ann, 2019)\n",
        "[Nets](https://arxiv.org/abs/1412.6980)\n", "Nets: https://arxiv.org/abs/1412.6980\n\n", "Ann A, Bo B, ",
    ],
)  # fmt: skip
def test_hostile_lines_are_read_in_linear_time(piece: str) -> None:
    assert growth(lambda text: noted(f"# Collected\n\n{text}"), piece, 20_000) < LINEAR

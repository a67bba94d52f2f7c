"""Notes in other scripts through the real command: Chinese, Japanese, Korean, Russian, Arabic, Hebrew."""

import unicodedata

import pytest

from tests.cli.conftest import Run, make_vault, run_command

LONG = "一个名字非常长的笔记仍然可读" * 5 + "完"
"""211 bytes of UTF-8: a name may have 255."""
NOTES = {
    "论文/注意力.md": "---\ntitle: 注意力机制：一篇综述\nauthors: [张三, 李四]\ndate: 2017年6月12日\n"
    "arxiv: １７０６．０３７６２\n"
    "tags: [深度学习, 注意力]\naliases: [变压器]\npatterns: [门控]\n---\n# 注意力机制\n\n"
    "基于自注意力的模型。见 [[残差网络]] 与 [下一篇](%E6%AE%8B%E5%B7%AE%E7%BD%91%E7%BB%9C.md)。\n\n"
    "## Builds on\n\n- [[残差网络]]：更深\n",
    "论文/残差网络.md": "---\ntitle: 残差网络\nkind: paper\nyear: 2015\n---\n深度残差学习。\n",
    "论文/残差网路.md": "---\ntitle: 残差网路\nkind: paper\nyear: 2016\n---\n别的论文。\n",
    "模式/门控.md": "---\nkind: pattern\ntitle: 门控\n---\n",
    "日本/機構.md": "---\ntitle: ガウス過程のアテンション機構\nkind: paper\nyear: 2019\n---\nカーネルを学習する。\n",
    unicodedata.normalize("NFD", "한국/어텐션.md"): "---\ntitle: 어텐션은 필요한 전부다\nauthors: [김철수]\n"
    "year: 2018\nkind: paper\n---\n잔차 연결을 쓴다. [[Café]]\n",
    "Россия/Внимание.md": "---\ntitle: Механизм внимания\nauthors: 'Иванов, Иван'\nyear: 2020\nkind: paper\n---\n"
    "Ёлка и внимание. [[Café]] и [она](Caf%C3%A9.md)\n",
    unicodedata.normalize("NFD", "Россия/Café.md"): "---\ntitle: Café\nkind: paper\nyear: 2003\n---\n[[внимание]]\n",
    "عربي/انتباه.md": "---\ntitle: \"آلية الانتباه في الشبكات\"\nauthors: [محمد علي]\nyear: 2021\nkind: paper\n---\n"
    "\u200fانظر [[المحولات]] و [[注意力]].\n",
    "עברית.md": "---\ntitle: \"מנגנון \u202eתשומת\u202c לב\"\nkind: paper\nyear: 2022\n---\nטקסט\n",
    f"{LONG}.md": f"---\ntitle: {LONG}\nkind: paper\nyear: 1999\n---\n[[{LONG}]]\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def tongues(tmp_path_factory: pytest.TempPathFactory) -> Run:
    root = make_vault(tmp_path_factory.mktemp("tongues"), NOTES)
    return lambda *arguments, **more: run_command(("--own", *arguments), root, root.parent, **more)


def keys(run: Run, *question: str) -> set[str]:
    return set(run("query", "--format", "keys", *question).out.split())


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("自注意力", {"注意力"}),
        ("残差学习", {"残差网络"}),
        ("力意注", set()),
        ("カーネル", {"機構"}),
        ("필요한", {"어텐션"}),
        ("внимание", {"внимание", "cafe"}),
        ("елка", {"внимание"}),
        ("المحولات", {"انتباه"}),
        ("title:注意力机制", {"注意力"}),
        ("title:アテンション", {"機構"}),
        ("author:张三", {"注意力"}),
        ("author:김철수", {"어텐션"}),
        ("author:иванов", {"внимание"}),
        ("author:محمد", {"انتباه"}),
        ("tag:深度学习", {"注意力"}),
        ("pattern:门控", {"注意力"}),
        ("builds-on:残差网络", {"注意力"}),
        ("year:2017 has:arxiv", {"注意力"}),
        ("path:论文/", {"注意力", "残差网络", "残差网路"}),
        ("path:한국/", {"어텐션"}),
    ],
)
def test_papers_are_found_in_their_own_script(tongues: Run, question: str, found: set[str]) -> None:
    assert keys(tongues, question) == found


def test_each_title_has_a_key_of_its_own(tongues: Run) -> None:
    asked = tongues("query", "--json").json["papers"]
    found = [paper["key"] for paper in asked]
    assert len(found) == len(set(found)) == len(NOTES) - 1
    assert {"残差网络", "残差网路"} <= set(found)
    assert not [key for key in found if key.startswith("untitled")]
    [paper] = [paper for paper in asked if paper["key"] == "注意力"]
    assert (paper["arxiv_id"], paper["date"], paper["authors"]) == ("1706.03762", "2017-06-12", ["张三", "李四"])


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_are_the_same_however_their_letters_are_composed(tongues: Run, form: str) -> None:
    for name, key in (("Café", "cafe"), ("어텐션", "어텐션"), ("変", "")):
        shown = tongues("show", unicodedata.normalize(form, name), "--json")
        assert (shown.code == 0) == bool(key), shown.err
        if key:
            assert shown.json["key"] == key


def test_links_lead_there_composed_or_escaped(tongues: Run) -> None:
    said = tongues("check").out
    assert "Café" not in unicodedata.normalize("NFC", said)
    assert "残差网络" not in said
    assert "المحولات" in said  # a ghost


def test_a_name_of_more_than_two_hundred_bytes_is_shown(tongues: Run) -> None:
    assert len(f"{LONG}.md".encode()) > 200
    assert tongues("show", LONG).code == 0
    assert tongues("show", f"{LONG}.md", "--json").json["title"] == LONG
    assert tongues("timeline").code == 0


def test_nothing_turns_the_reading_round_and_letters_stay(tongues: Run) -> None:
    shown = tongues("query").out
    assert "\u202e" not in shown
    assert "\u200f" not in shown
    assert "תשומת" in shown
    assert "آلية الانتباه" in shown


def width(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
    return len(text) + wide - sum(unicodedata.category(sign) in ("Mn", "Me", "Cf") for sign in text)


def test_columns_stand_under_each_other(tongues: Run) -> None:
    shown = tongues("query", "--fields", "title,year", COLUMNS="80").out
    ends = {
        width(line[: line.rindex(year)])
        for line in shown.split("\n")
        for year in [next((str(year) for year in range(1999, 2023) if line.rstrip(" │|").endswith(str(year))), "")]
        if year
    }
    assert len(ends) == 1, shown

"""The name of a note: the title of its paper, and what the rest says about the paper."""

import pytest

from kb.dialects.note_titles import paper_of_name, told
from kb.read import read


@pytest.mark.parametrize(
    ("called", "title", "tells"),
    [
        ("[Paper Review] Nets of Ends", "Nets of Ends", "a review of a paper"),
        ("[paper review][systems] Nets of Ends", "Nets of Ends", "a review of a paper"),
        ("[Paper Review] Nets of Ends (arXiv, 2026)", "Nets of Ends", "a review of a paper 2026"),
        ("[Paper Review] Nets of Ends (CVPR ‘22)", "Nets of Ends", "a review of a paper 2022"),
        ("Nets of Ends 논문 리뷰", "Nets of Ends", "a review of a paper"),
        ("【论文笔记】Nets of Ends", "Nets of Ends", "a review of a paper"),
        ("論文メモ：Nets of Ends", "Nets of Ends", "a review of a paper"),
        ("论文阅读笔记: Nets of Ends", "Nets of Ends", "a review of a paper"),
        ("论文阅读笔记：Ann et al., PRB 98 (2018)", "Ann et al., PRB 98 (2018)", ""),  # it cites no title
        ("论文笔记：《Nets of Ends》", "Nets of Ends", "a review of a paper"),
        ("论文精读《Nets of Ends》：网的末端", "Nets of Ends", "a review of a paper"),
        ("《网的末端》论文解读", "网的末端", "a review of a paper"),
        ("《Nets of Ends》阅读笔记", "Nets of Ends", ""),
        ("《网》读书笔记", "《网》读书笔记", ""),  # a book
        ("Nets of Many Ends 阅读笔记", "Nets of Many Ends", "a review of a paper"),
        ("Nets of Many Ends精读笔记", "Nets of Many Ends", "a review of a paper"),
        ("Clean Nets 阅读笔记", "Clean Nets", ""),  # perhaps a book
        ("论文阅读 Nets of Ends", "Nets of Ends", "a review of a paper"),
        ("论文阅读方法", "论文阅读方法", ""),
        ("Paper: Nets of Ends", "Nets of Ends", "a review of a paper"),
        ("论文：网的末端", "网的末端", "a review of a paper"),
        ("Paper: ideas for the deadline", "ideas for the deadline", ""),
        ("Papers: Nets of Ends", "Papers: Nets of Ends", ""),
        ("读《网》和《末端》的论文", "读《网》和《末端》的论文", ""),
        ("【论文】Nets of Ends 网络的末端（NE）", "Nets of Ends", "a review of a paper"),
        ("[NLP 논문 리뷰] Nets of Ends", "Nets of Ends", "a review of a paper"),
        ("論文紹介: Nets of Ends", "Nets of Ends", "a review of a paper"),
        ("Nets of Ends — 论文解读报告", "Nets of Ends", "a review of a paper"),
        ("[论文]", "[论文]", ""),
        ('"Nets of Ends" - Summary', "Nets of Ends", ""),
        ("[Notes] Nets of Ends", "Nets of Ends", ""),  # it does not say of what
        ("Reading notes: Nets of Ends", "Nets of Ends", ""),
        ("My review - Nets of Ends", "Nets of Ends", ""),
        ("Paper notes — Nets of Ends", "Nets of Ends", "a review of a paper"),
        ("Review: Nets of Ends", "Review: Nets of Ends", ""),  # perhaps the paper's own title
        ('Summary of "Nets of Ends" (Ann et al., 2017)', "Nets of Ends", "authors and a year 2017 Ann"),
        ("Thoughts on “Nets of Ends”", "Nets of Ends", ""),
        ('Notes on the "Nets" paper', "Nets", "a review of a paper"),
        ('A study of "Nets of Ends" and others', 'A study of "Nets of Ends" and others', ""),
        ("Literature Note: Nets of Ends", "Nets of Ends", ""),
        ("[ECCV 2020] Nets of Ends", "Nets of Ends", "a venue 2020"),
        ("[2020 ECCV] NE_ Nets of Ends", "NE: Nets of Ends", "a venue 2020"),
        ("(NeurIPS'19) Nets of Ends", "Nets of Ends", "a venue 2019"),
        ("ECCV-2020 Nets of Ends", "Nets of Ends", "a venue 2020"),
        ("NeurIPS2020 - Nets of Ends", "Nets of Ends", "a venue 2020"),
        ("2020_ECCV_Nets of Ends", "Nets of Ends", "a venue 2020"),
        ("ECCV-2020 Day two", "ECCV-2020 Day two", ""),
        ("GPU-2020 Nets of Ends", "GPU-2020 Nets of Ends", ""),
        ("2020-Meeting-on nets of ends", "2020-Meeting-on nets of ends", ""),
        ("[NeurIPS 2019] Day two", "Day two", " 2019"),
        ("[1706.03762] Nets of Ends", "Nets of Ends", "an arXiv id arxiv:1706.03762"),
        ("1706.03762v2 - Nets of Ends", "Nets of Ends", "an arXiv id arxiv:1706.03762"),
        ("Nets of Ends (arXiv:1706.03762)", "Nets of Ends", "an arXiv id arxiv:1706.03762"),
        ("Nets of Ends. (arXiv:1706.03762v2 [cs.CL] UPDATED)", "Nets of Ends", "an arXiv id arxiv:1706.03762"),
        ("Nets of Ends (Ann et al., 2020)", "Nets of Ends", "authors and a year 2020 Ann"),
        ("Nets of Ends (2020, Ann et al.)", "Nets of Ends", "authors and a year 2020 Ann"),
        ("Nets of Ends (2004, Ann and Bo)", "Nets of Ends", "authors and a year 2004 Ann Bo"),
        ("Nets of Ends (Ann, Bo & Cid, 2004)", "Nets of Ends", "authors and a year 2004 Ann Bo Cid"),
        ("Nets of Ends, Ann et al., CVPR 2019", "Nets of Ends", "authors and a year 2019 Ann"),
        ("Nets of Ends, Ann and Bo, 2019", "Nets of Ends", "authors and a year 2019 Ann Bo"),
        ("Nets, Ends and Knots of 2019", "Nets, Ends and Knots of 2019", ""),
        ("Nets of Ends (Search and Rescue)", "Nets of Ends (Search and Rescue)", ""),
        ("Nets of Ends (see Ann et al., 2020)", "Nets of Ends (see Ann et al., 2020)", ""),
        ("Nets (Ann et al., 2020)", "Nets (Ann et al., 2020)", ""),  # may be about nets
        ("Ann et al. - 2020 - Nets of Ends", "Nets of Ends", "authors and a year 2020 Ann"),
        ("Ann and Bo - 2020 - Nets of Ends", "Nets of Ends", "authors and a year 2020 Ann Bo"),
        ("Ann 等 - 2020 - Nets of Ends", "Nets of Ends", "authors and a year 2020 Ann"),
        ("Ann 和 Bo - 2020 - Nets of Ends", "Nets of Ends", "authors and a year 2020 Ann Bo"),
        ("Diary - 2020 - In the mountains", "In the mountains", " 2020"),
        ("@Nets of Ends", "Nets of Ends", ""),
        ("@ann2020nets", "@ann2020nets", ""),
        ("Nets of Ends (part 2)", "Nets of Ends (part 2)", ""),
        ("Nets of Ends - Nature Machine Intelligence", "Nets of Ends", ""),
        ("Nets of Ends | IEEE Conference Publication | IEEE Xplore", "Nets of Ends", ""),
        ("Nets - of Ends | OpenReview", "Nets - of Ends", ""),
        ("Nets - Nature of Ends", "Nets - Nature of Ends", ""),
        ("Nature", "Nature", ""),
        ("Paper page - Nets of Ends", "Nets of Ends", ""),
        ("hypothesis__/Nets of Ends", "Nets of Ends", ""),
        ("Nets - of Ends", "Nets - of Ends", ""),
        ("[Nets] of Ends", "[Nets] of Ends", ""),
        ("A Review of Nets", "A Review of Nets", ""),
        ("Paper Review", "Paper Review", ""),
        ("[Paper Review]", "[Paper Review]", ""),
        ("3.14 Nets of Ends", "3.14 Nets of Ends", ""),
        ("1234.5678 Nets", "1234.5678 Nets", ""),  # there is no month 34
    ],
)
def test_what_a_name_tells(called: str, title: str, tells: str) -> None:
    found = told(called)
    said = [found.says, *(str(each) for each in (found.date, found.paper, *found.authors) if each)]
    assert (found.title, " ".join(said)) == (title, tells)


@pytest.mark.parametrize(
    ("called", "title"),
    [("[2020] Nets of Ends", "Nets of Ends"), ("[12] Nets of Ends (2020)", "Nets of Ends"), ("(2020)", "(2020)")],
)
def test_a_year_is_part_of_a_title_unless_an_id_tells_the_paper(called: str, title: str) -> None:
    assert (told(called).title, told(called, has_id=True).title) == (called, title)


@pytest.mark.parametrize(
    ("stem", "arxiv"),
    [
        ("1706.03762", "1706.03762"),
        ("1706.03762v5", "1706.03762"),
        ("cs_0112017", "cs/0112017"),
        ("1706.03762_nets_of_ends", "1706.03762"),
        ("1706.03762-nets-of-ends", "1706.03762"),
        ("1706.03762 Nets of Ends", "1706.03762"),
        ("1706.03762.notes", "1706.03762"),
        ("2020.12.31 Diary", None),
        ("version 1706.03762", None),
    ],
)
def test_a_file_named_by_an_arxiv_id(stem: str, arxiv: str | None) -> None:
    found = paper_of_name(stem)
    assert (found.value if found else None) == arxiv


@pytest.mark.parametrize(
    ("path", "text", "title", "decided_by"),
    [
        ("n.md", "# [Paper Review] Nets of Ends\n\nGood.\n", "Nets of Ends", "its title says so: a review of a paper"),
        ("n.md", "# Nets of Ends [arXiv:1706.03762]\n\nGood.\n", "Nets of Ends", "arXiv id in the title"),
        ("[ECCV 2020] Nets of Ends.md", "- 20201203\n\nGood.\n", "Nets of Ends", "its title says so: a venue"),
        ("Ann et al. - 2020 - Nets of Ends.md", "Good.\n", "Nets of Ends", "its title says so: authors and a year"),
        ("1706.03762_nets.md", "# Nets of Ends\n\nGood.\n", "Nets of Ends", "file name"),
        ("2020-02-03/1706.03762/index.md", "---\ntitle: Nets of Ends\n---\nGood.\n", "Nets of Ends", "file name"),
        (
            "_posts/2021-02-03-nets.md",
            '---\nlayout: post\ntitle: "[Paper Review] Nets of Ends"\nauthor: ann\n---\nGood.\n',
            "Nets of Ends",
            "its title says so: a review of a paper",
        ),
    ],
)
def test_a_note_with_such_a_name_is_about_a_paper(path: str, text: str, title: str, decided_by: str) -> None:
    [entry] = read(path, text.encode()).entries
    assert (entry.kind, entry.title, entry.decided_by) == ("paper", title, decided_by)
    assert entry.values("authors") == (["Ann"] if path.startswith("Ann") else [])


@pytest.mark.parametrize(
    "called",
    [
        "[Notes] Week 3",
        "Literature Note: Nets",
        "How to write a paper review",
        "Paper notes: how to take them",
        "[ICML 2019] My notes of the days",
        "[SumCon 2019] Nets for all ends",
        "ICML-2019 My notes of the days",
    ],
)
def test_notes_that_are_not_said_to_be_of_a_paper(called: str) -> None:
    assert read("n.md", f"# {called}\n\nGood.\n".encode()).entries == ()


@pytest.mark.parametrize("title", ["Nets of Ends (CVPR 2020)", "[Paper Review] Nets", "[1706.03762] Nets"])
def test_a_note_that_says_kind_paper_is_taken_at_its_word(title: str) -> None:
    matter = f"---\ntitle: '{title}'\n%s: paper\n---\n"
    [entry] = read("n.md", (matter % "kind").encode()).entries
    assert (entry.title, entry.ids) == (title, ())
    [entry] = read("n.md", (matter % "type").encode()).entries  # as many tools write it
    assert entry.title != title


@pytest.mark.parametrize(
    "heading",
    [
        "Nets with Ends [[paper]](URL)",
        "Nets with Ends [[paper]](URL)[[code]](https://github.com/a/b)",
        "Nets with Ends [paper](URL) | [code](https://github.com/a/b)",
        "Nets with Ends [📄 Paper](URL)",
        "Nets with Ends [[arXiv](URL)]",
        "Nets with Ends ([pdf](URL))",
        "[Nets with Ends](URL) [[code]](https://github.com/a/b)",
        "[Nets with Ends](URL)",
    ],
)
def test_links_with_labels_behind_a_title_are_none_of_it(heading: str) -> None:
    record = read("n.md", f"# {heading}\n\n## Problem\n\nText.\n".replace("URL", "https://arxiv.org/abs/2401.00001").encode())
    assert [(entry.title, str(entry.ids[0]), entry.mentioned) for entry in record.entries] == [
        ("Nets with Ends", "arxiv:2401.00001", False)
    ]

"""The works that a note about one paper cites in full, however their list is written."""

import pytest

from kb.model import Link
from kb.read import read
from kb.targets import Work, cited_work
from tests.kb.growth import LINEAR, growth

OWN = "---\ntitle: Ends\narxiv: '2001.00001'\n---\n"


def linked(body: str, front: str = OWN) -> list[Link]:
    return [link for link in read("a.md", (front + body).encode()).links if link.kind == "reference"]


def cited(body: str, front: str = OWN) -> list[Work]:
    return [cited_work(link.target) for link in linked(body, front)]


@pytest.mark.parametrize(
    "line",
    [
        '[1] A. Ann, B. Bo, and C. Cid, "Nets of ends," in *Advances in Ends*, 2019, pp. 1-9.',
        "[2] A. Ann *et al.*, “Nets of ends,” *Ann. Ends*, vol. 30, 2019, pp. 5998–6008.",
        "Ann, A., Bo, B. C., & Cid, C. (2019). Nets of ends. *Annals of Ends*, *30*, 1-9.",
        "Ann, A., Bo, B., ... & Cid, C. (2019, May). Nets of ends. In *ICML* (pp. 1-9).",
        '1. Ann, Ada, Bob Bo, and Cy Cid. "Nets of ends." *Annals of Ends* 30 (2019).',
        'Ann, Ada, et al. "Nets of Ends." Annals of Ends 30.2 (2019): 1-9.',
        "Ada Ann, Bob B. Bo, and Cy van der Cid. 2019. Nets of Ends. In Proc. of ICML. 1–9.",
        "[ABC19] Ada Ann, Bob Bo, and Cy Cid. Nets of ends. In ICML, pages 1–9, 2019.",
        "12. Ann, A., Bo, B. & Cid, C. Nets of ends. *Nat. Ends* **30**, 1–9 (2019).",
        "12. Ann, A. et al. Nets of ends. In *Proc. 31st Conference on Ends* 6000–6010 (2019).",
        "1. Ann A, Bo B, Cid CD. Nets of ends. Ann Ends. 2019;30(2):1-9.",
        "1. Ann, A., Bo, B.: Nets of ends. In: Annals of Ends, pp. 1–9 (2019)",
        "Ada Ann, Bob Bo: Nets of Ends. ICML 2019: 1-9",
        "Ann, A., Bo, B., 2019. Nets of ends, in: Annals of Ends, pp. 1–9.",
        "A. Ann, B. Bo, Nets of ends, in: Annals of Ends, 2019, pp. 1–9.",
        "A. Ann, B. Bo, Nets of ends, Ann. Ends. 30 (2019) 1–9.",
        "Ann, A. and Bo, B. (2019) ‘Nets of ends’, *Annals of Ends*, 30(1), pp. 1–9.",
        "Ann, A./Bo, B. (2019): Nets of Ends, in: Annals of Ends, S. 1-9.",
        "[1] ANN A, BO B, CID C, et al. Nets of ends[C]//Annals of Ends. 2019: 1-9.",
        "[1] Ann A, Bo B, 等. Nets of ends[J]. Annals of Ends, 2019, 30: 1-9.",
        "ANN, A. et al. Nets of ends [online]. In: Annals of Ends, 2019, vol. 30, pp. 1–9. [accessed 2025-04-17].",
        "Ann, Ada, Bo, Bob, and Cid, Cy. Nets of ends. In _ICML_, 2019a.",
        "Ann, Ada. Nets of ends. _Annals_, 2019.",
        "Ada B. Ann. Nets of ends. In ICML, pp. 586-594, 2019.",
        "Ann, A. van den, Bo, B. (2019). Nets of ends. *ICML*.",
        "Ann, A. and B{\\\"o}, B. {Nets} of ends. In {\\em ICML}, 2019.",
        '[1] Ann, A. et al. **"Nets of Ends."** ICML 2019.',
        '<a id="1">[1]</a> \nAnn, Ada, et al. "Nets of ends." Annals of ends 30 (2019).',
        "Ann et al. (2019), Nets of ends, ICML",
        "Ann & Bo, 2019, Nets of ends",
        "Ann et al. (2019) - *Nets of ends* (ICML)",
        "Ann (2019). Nets of ends.",
        'Ann et al., "Nets of ends", ICML 2019',
        "Net (Ann et al., 2019): Nets of ends",
        "**Nets of Ends** - Ann et al., 2019",
        "Nets of Ends (Ann et al., ICML 2019)",
        "\\[1\\] A. Ann, B. Bo. Nets of ends. ICML, 2019.",
        "[^1]: A. Ann, B. Bo. Nets of ends. ICML, 2019.",
        "A. Ann and B. Bo. [Nets of ends](https://example.org/nets.html). ICML, 2019.",
        "A. Ann and B. Bo. Nets of ends. ICML, 2019. <https://example.org/nets> [pdf](nets.pdf)",
    ],
)
def test_a_work_is_found_in_any_style(line: str) -> None:
    marked = line if line[0].isdigit() else f"- {line}"
    [work] = {*cited(f"# Ends\n\n## References\n\n{line}\n"), *cited(f"# Ends\n\n## References\n\n{marked}\n")}
    assert (work.title, work.year, "ann" in work.who.lower()) == ("nets of ends", "2019", True)


@pytest.mark.parametrize(
    ("line", "who"),
    [
        ("Nets of many ends", ""),
        ("*Nets of many ends.*", ""),
        ("Net: Nets of many ends", ""),
        ("Nets of many ends (Ann et al.)", "ann"),
        ("Nets of many ends. ICML 2019.", ""),
        ("Ann, Bo, Cid. Nets of many ends. 2019", "ann"),
        ("Ann and Bo. Nets of many ends.", "ann"),
        ("Ann & Bo, Nets of many ends", "ann"),
        ("Ann, Bo, Cid - Nets of many ends, Ends 2019", "ann"),
    ],
)
def test_a_title_is_looked_for_where_names_are_not_recognized(line: str, who: str) -> None:
    found = [work for work in cited(f"## References\n\n- {line}\n") if work.title == "nets of many ends"]
    assert [who in work.who.lower() for work in found] == [True]
    assert all(work.year == ("2019" if "2019" in line else "") for work in found)


def test_each_item_is_one_link_where_its_title_is_written() -> None:
    body = """\
## References

[1] A. Ann. Nets of ends. ICML, 2019.
[2] B. Bo, C. Cid. Ends of *nets*:
    a long study. ICML, 2020.

- Dee, D. (2021). Sums
  of ends. *Sums*.
    - my own remark
"""
    assert [(link.raw, link.line, link.column) for link in linked(body)] == [
        ("Nets of ends", 7, 13),
        ("Ends of *nets*: a long study", 8, 20),
        ("Sums of ends", 11, 19),
    ]


def test_lines_of_one_paragraph_are_works_if_each_one_is() -> None:
    body = "## References\n\nAnn, A. (2019). Nets of ends. ICML.\nBo, B. (2020). Ends of nets. ICML.\n"
    assert [work.title for work in cited(body)] == ["nets of ends", "ends of nets"]


@pytest.mark.parametrize(
    "over",
    [
        "## References", "### Bibliography:", "# 📚 References", "## 7. Related Work", "References\n----------",
        "## Literaturverzeichnis", "## Références", "## 参考文献", "## 参考文献 (References)",
        "## References\n\n### Books",
        "# Notes\n\n**References**", "References:", "__Bibliography:__", "参考文献：",
    ],
)  # fmt: skip
def test_headings_and_labels_of_lists(over: str) -> None:
    assert [work.title for work in cited(f"text\n\n{over}\n\n- Ann et al. (2019). Nets of ends.\n")] == ["nets of ends"]


@pytest.mark.parametrize(
    "body",
    [
        "## Results\n\n- Ann et al. (2019). Nets of ends.\n",
        "## References\n\nNone.\n\n## Results\n\n- Ann et al. (2019). Nets of ends.\n",
        "References:\n\nNone.\n\n## Results\n\n- Ann et al. (2019). Nets of ends.\n",
        "```\nReferences:\n\n- Ann et al. (2019). Nets of ends.\n```\n",
        "## References\n\n```\n- Ann et al. (2019). Nets of ends.\n```\n",
        "## References\n\n<!--\n- Ann et al. (2019). Nets of ends.\n-->\n",
        "## References\n\n- <!-- Ann et al. (2019). Nets of ends. --> none\n",
        "## References\n\n%%\n- Ann et al. (2019). Nets of ends.\n%%\n",
        "## References\n\n| Ann et al. (2019). Nets of ends. | x |\n| - | - |\n",
        "## References\n\n- [[ann2019]] Ann et al. (2019). Nets of ends.\n",
        "## References\n\n- [@ann2019]: Ann et al. (2019). Nets of ends.\n",
        "## References\n\n- Nets of ends\n- See Ann.\n- [Nets of many ends](https://example.org)\n",
    ],
)
def test_what_is_no_list_of_works_or_linked_already(body: str) -> None:
    assert not cited(body)


@pytest.mark.parametrize(("kind", "count"), [("", 1), ("paper", 1), ("pattern", 0)])
def test_notes_on_a_paper_or_a_topic_have_references(kind: str, count: int) -> None:
    front = f"---\nkind: {kind}\n---\n" if kind else ""
    assert len(linked("# Ends\n\n## References\n\n- Ann et al. (2019). Nets of ends.\n", front)) == count


def test_papers_that_a_list_tells_are_not_told_twice() -> None:
    body = "".join(f"- **Net {n} of Ends** (Ann et al., 2019) - good\n" for n in "ABC")
    record = read("list.md", f"# Nets\n\n## References\n\n{body}".encode())
    assert record.dialect == "reading-list"
    assert not any(link.kind == "reference" for link in record.links)


@pytest.mark.parametrize(
    "piece",
    [
        '[1] A. Ann, "Nets," 2019.\n', "A. Ann, ", "Ann, A., 2019, ", "Aa Bb Cc ", "- Ann (2019) x\n",
        "Ann et al. 2019 ", "Ann A. nets of ", "[", "[^a]: ", "“", "'a' 2019 ", "*a 2019 ", "(2019 ", ", in: 2019",
        "<!-- 2019", "\\[", "A.A.2019", "a|2019|b\n", "AA A ", "%%\n2019\n", "- %%a%% Ann (2019) b\n",
        "References:\n", "# References\n", "**References**\n\n", "a b c, ", "a b c d: ", "a b c d (\n- ",
    ],
)  # fmt: skip
def test_hostile_lists_take_linear_time(piece: str) -> None:
    assert growth(lambda text: linked(f"## References\n\n{text}"), piece, 40_000) < LINEAR

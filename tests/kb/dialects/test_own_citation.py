"""A note that cites a paper where people write down what they read is about that paper, whatever the note is called."""

import pytest

from kb.model import Entry
from kb.read import read
from tests.kb.growth import LINEAR, growth

TITLE = "NETS: Learning Ends of Trained Systems"
STYLES = {
    "MLA": f'Ann, Ada, et al. "{TITLE}." Annals of Ends 32 (2019).',
    "APA": f"Ann, A., Bo, B., & Cid, C. (2019). {TITLE}. *Annals of Ends*, 32, 1-12.",
    "IEEE": f'A. Ann, B. Bo, and C. Cid, "{TITLE}," in Proc. NeurIPS, 2019, pp. 1-12.',
    "Chicago": f'Ann, Ada, Bob Bo, and Cid Cid. "{TITLE}." In NeurIPS, 2019.',
    "ACL": f"Ada Ann, Bob Bo, and Cid Cid. 2019. {TITLE}. In NeurIPS.",
    "Springer": f"Ann, A., Bo, B., Cid, C.: {TITLE}. In: NeurIPS (2019)",
    "preprint": f'Ann, Ada, et al. "{TITLE}." arXiv preprint arXiv:1909.01234 (2019).',
    "address": f'Ann, Ada, et al. "{TITLE}." (2019). https://arxiv.org/abs/1909.01234',
    "link": f"[{TITLE}](https://arxiv.org/abs/1909.01234), Ann et al., NeurIPS 2019",
    "short": f"Ann et al. 2019, {TITLE}",
}
BODY = "The idea is to train the ends alone and to leave the middle as it is.\n\n- fast\n- small\n"
TOP = {
    "first": "{cited}\n\n" + BODY,
    "under the title": "# {name}\n\n{cited}\n\n" + BODY,
    "right under the title": "# {name}\n{cited}\n\n" + BODY,
    "label": "**Citation:** {cited}\n\n" + BODY,
    "reference": "# {name}\n\nReference: {cited}\n\n" + BODY,
    "tags": "#paper #nlp\n\n{cited}\n\n" + BODY,
    "front matter": "---\ntags: [nlp]\nstatus: read\n---\n{cited}\n\n" + BODY,
    "callout": "# {name}\n\n> [!info] Citation\n> {cited}\n\n" + BODY,
    "quotation": "# {name}\n\n> {cited}\n\n" + BODY,
    "section": "# {name}\n\n## Citation\n{cited}\n\n## Summary\n" + BODY,
    "metadata": "# {name}\n\n## Metadata\n- Status: read\n- Citation: {cited}\n\n## Summary\n" + BODY,
    "address above": "# {name}\n\nhttps://example.org/nets.pdf\n\n{cited}\n\n" + BODY,
}
INSIDE = {
    "item": "- {cited}\n\n" + BODY,
    "reference at the end": BODY + "\n## Reference\n\n{cited}\n",
    "references at the end": BODY + "\n## References\n\n- {cited}\n",
    "last line": BODY + "\n---\n{cited}\n",
    "label at the end": BODY + "\nSource: {cited}\n",
}
NAMES = (
    "NETS", "nets", "ann2019nets", "Ann 2019", "ann19", "Ann et al. 2019", "Ann et al. - NETS", "NETS paper",
    "NETS (2019)", "202301011200 NETS", "Learning ends of trained systems",
)  # fmt: skip


def about(name: str, text: str) -> Entry | None:
    record = read(f"{name}.md", text.encode())
    assert len(record.entries) < 2
    return record.entries[0] if record.about is not None else None


def wrong(name: str, shape: str) -> list[str]:
    """The styles in which the paper is not recognized with its title, first author, date and id."""
    bad = []
    for style, cited in STYLES.items():
        found = about(name, shape.format(name=name, cited=cited))
        authors = [author.split()[-1] for author in found.values("authors")] if found else []
        ids = ["arxiv:1909.01234"] if "1909.01234" in cited else []
        told = found and (found.title, authors[:1], found.values("cited_year"), [str(paper) for paper in found.ids])
        bad += [] if told == (TITLE, ["Ann"], ["2019"], ids) else [f"{style}: {told}"]
    return bad


@pytest.mark.parametrize("name", [*NAMES, "Training the ends"])
@pytest.mark.parametrize("place", TOP)
def test_a_citation_at_the_top_is_enough(name: str, place: str) -> None:
    assert wrong(name, TOP[place]) == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", INSIDE)
def test_elsewhere_the_note_is_called_like_the_paper(name: str, place: str) -> None:
    assert wrong(name, INSIDE[place]) == []


@pytest.mark.parametrize("place", INSIDE)
def test_elsewhere_a_note_called_otherwise_may_be_about_anything(place: str) -> None:
    for style, cited in STYLES.items():
        if (place, style) == ("label at the end", "link"):
            continue  # a labeled address is a sign of its own
        assert about("Training the ends", INSIDE[place].format(name="Training the ends", cited=cited)) is None


@pytest.mark.parametrize(("text", "title"), [
    ("# 网络的末端\n\n[1] 张三, 李四. 网络的末端研究[J]. 计算机学报, 2019, 43(5).\n\n内容。\n", "网络的末端研究"),
    ("# NN\n\n论文：Ann A, Bo B, et al. Nets of ends[C]//ICML. 2019: 7-8.\n\n核心思想。\n", "Nets of ends"),
    ("“Nets of Ends” — Ada Ann et al. (2019)\n\nText.\n", "Nets of Ends"),
    ("Ann et al. (2019) — Nets of Ends\n\nText.\n", "Nets of Ends"),
    ("Paper: *Nets of Ends*, Ann et al., NeurIPS 2019\n\nText.\n", "Nets of Ends"),
])  # fmt: skip
def test_other_orders_and_languages(text: str, title: str) -> None:
    found = about("n", text)
    assert found is not None
    assert (found.title, found.values("cited_year")) == (title, ["2019"])


@pytest.mark.parametrize("style", STYLES)
def test_the_title_may_be_the_citation(style: str) -> None:
    assert wrong("n", "# {cited}\n\n" + BODY) == [], style


def test_a_citation_may_go_on_for_several_lines() -> None:
    found = about("NETS", f"Ann, A., & Bo, B. (2019).\n{TITLE}.\n*Annals of Ends*, 32, 1-12.\n\n{BODY}")
    assert found is not None
    assert (found.title, found.values("authors")) == (TITLE, ["A. Ann", "B. Bo"])


@pytest.mark.parametrize(
    ("name", "front", "title", "authors"),
    [
        ("NETS", "arxiv: 1909.01234", TITLE, ["Ada Ann"]),
        ("n17", "arxiv: 1909.01234", TITLE, ["Ada Ann"]),
        ("n17", "arxiv: 1909.99999", "n17", []),  # cites another paper
        ("n17", "type: paper", TITLE, ["Ada Ann"]),
        ("@ann2019nets", "tags: [x]", TITLE, ["Ada Ann"]),
        ("NETS", "authors: [Ada Ann, Bob Bo]\nyear: 2019", TITLE, ["Ada Ann", "Bob Bo"]),
        ("n17", "title: Nets\narxiv: 1909.01234", "Nets", []),
    ],
)
def test_what_the_fields_of_a_paper_leave_out_is_in_its_citation(
    name: str, front: str, title: str, authors: list[str]
) -> None:
    found = about(name, f"---\n{front}\n---\n{STYLES['preprint']}\n\n{BODY}")
    assert found is not None
    assert (found.title, found.values("authors")) == (title, authors)


APA = STYLES["APA"]
OTHER = "Bo, B. (2020). Wide Ends of Nets. *Annals of Ends*, 33."


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Models", '"All models are wrong, but some are useful." George Box, 1976\n\nText.\n'),
        ("Models", "> All models are wrong, but some are useful. George Box (1976)\n\nText.\n"),
        ("Models", "> “All models are wrong, but some are useful.” George Box (1976)\n\nText.\n"),
        ("Topic", f"{APA}\n\nGood.\n\n{OTHER}\n\nBad.\n"),
        ("Topic", f"- Source: {APA}\n- Source: {OTHER}\n\nText.\n"),
        ("2024-05-02", f"{APA}\n\nRead on the train.\n"),
        ("Topic", "Ann et al. (2017) showed that recurrence is not needed. It was a surprise.\n"),
        ("Topic", "Ann et al. (2017), Figure 3. It was a surprise.\n"),
        ("Topic", "Ann, A. (2017), in a study of nets, found that recurrence is not needed.\n"),
        ("Topic", "Deep learning (Ann, Bo & Cid, 2015) is everywhere.\n\nText.\n"),
        ("Topic", "Attention is expensive (Ann et al., 2017).\n\nText.\n"),
        ("Topic", "John Smith (1984). He was born in London. He died in Paris.\n"),
        ("Meeting", "Ada Ann, Bob Bo, and Cid Cid. 2019. We talked about the ends.\n"),
        ("Talk", "Ada Ann, Bob Bo. May 3, 2019. Room 17.\n"),
        ("Nets", f"Text.\n\n## References\n\n- {APA}\n- {OTHER}\n"),
        ("Deep learning", "Text.\n\n## References\n- Ann, A., & Bo, B. (2016). Deep Learning. MIT Press.\n"),
        ("README", f"{APA}\n\nThis is the code.\n"),
        ("Related", f"## Related work\n\n- {APA}\n"),
    ],
)  # fmt: skip
def test_what_does_not_say_that_a_note_is_about_a_paper(name: str, text: str) -> None:
    assert about(name, text) is None


@pytest.mark.parametrize("section", ["## Related work", "## References", "## See also"])
@pytest.mark.parametrize("mark", ["- ", "", "1. "])
def test_what_else_a_note_cites_is_related_work(mark: str, section: str) -> None:
    works = "".join(f"{mark}{OTHER} https://arxiv.org/abs/1901.0000{n}\n\n" for n in (1, 2, 3))
    told = about("notes", f"{APA}\n\n## Problem\n\nEnds are short (Cid et al., 2015).\n\n{section}\n\n{works}")
    assert told is not None
    assert "opens with a citation" in told.decided_by
    assert not told.ids


@pytest.mark.parametrize("head", ["", "# Read\n", "# Read\n\n"])
@pytest.mark.parametrize("address", ["", " https://doi.org/10.5/{n}", " https://arxiv.org/abs/1901.0000{n}"])
def test_lines_that_each_cite_a_work_are_not_one_citation(address: str, head: str) -> None:
    lines = [f"{APA}{address.format(n=1)}", f"{OTHER}{address.format(n=2)}"]
    assert about("Read", head + "\n".join(lines) + "\n") is None


def test_the_heading_over_a_citation_is_no_title() -> None:
    assert read("n.md", f"## Citation\n{APA}\n\n{BODY}".encode()).title == "n"


@pytest.mark.parametrize("piece", ["Ann 2019. a\n\n", "Ann, A. (2019). a\n", "- Ann, A. (2019). a\n", "> 2019\n"])
def test_hostile_notes_are_read_in_linear_time(piece: str) -> None:
    """Every paragraph may be another citation, and every line may belong to it."""
    assert growth(lambda text: read("n.md", f"{APA}\n\n{text}".encode()), piece, 40_000) < LINEAR


@pytest.mark.parametrize("piece", ["https://", "https://a,", "[a](b)", "[a](b) ", "#a", " ", "> ", "- ", "a: ", "*_"])
def test_hostile_lines_above_a_citation_are_read_in_linear_time(piece: str) -> None:
    for size in (700, 40_000):
        assert growth(lambda text: read("n.md", f"# N\n\n{text} x\n\n{APA}\n".encode()), piece, size) < LINEAR

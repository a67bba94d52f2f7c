"""Pictures before labels, titles and parts of lines say nothing."""

import pytest

from cli.page.body import render_body
from cli.page.references import Anchors
from kb.model import Record
from kb.read import read
from kb.rewritten import rewritten
from tests.kb.growth import LINEAR, growth


def note(text: str) -> Record:
    return read("n.md", text.encode())


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("- **📄 Paper**: x", "- **Paper**: x"),
        ("📄 **Paper**: x", "**Paper**: x"),
        ("> 👨‍🔬 作者：x", "> 作者：x"),
        ("1. 🏛️ Venue: x", "1. Venue: x"),
        ("⏱️ **Date:** x", "**Date:** x"),
        ("[T](u) | 🏛️ ICML 2025 | 💻 [Code](v)", "[T](u) | ICML 2025 | [Code](v)"),
    ],
)
def test_pictures_before_labels_are_left_out(written: str, said: str) -> None:
    found = rewritten(written, 1)
    assert found is not None
    assert found.text == said


@pytest.mark.parametrize("text", ["🔥 It works", "## 💡 Idea", "a 📄 b: c", "**Idee für Ähnliches**: x", "📄"])
def test_other_pictures_stay(text: str) -> None:
    assert rewritten(text, 1) is None


DIGEST = "".join(
    f"### {n}. 🔥 Nets with {n} Ends\n- **📄 Paper**: [arXiv:2601.0000{n}](https://arxiv.org/abs/2601.0000{n})\n"
    f"- **👥 Authors**: Ann Ann, Bob Bo\n- **💡 Core idea**: They have {n} ends.\n\n"
    for n in range(1, 4)
)


def test_a_digest_with_pictures() -> None:
    record = note(f"# Daily\n\n{DIGEST}")
    assert [(entry.title, entry.values("authors"), entry.why) for entry in record.entries] == [
        (f"Nets with {n} Ends", ["Ann Ann", "Bob Bo"], f"They have {n} ends.") for n in range(1, 4)
    ]


@pytest.mark.parametrize(
    ("heading", "category", "day"),
    [("🤖 Agents", ["Agents"], []), ("📅 2026-01-05", [], ["2026-01-05"]), ("📚 Papers", [], [])],
)
def test_a_category_is_none_with_pictures(heading: str, category: list[str], day: list[str]) -> None:
    for entry in note(f"# Daily\n\n## {heading}\n\n{DIGEST}").entries:
        assert (entry.values("category"), entry.values("discussed_on")) == (category, day)


@pytest.mark.parametrize("label", ["Core idea", "Key contributions", "TLDR", "摘要", "核心思想", "요약"])
def test_a_label_that_sums_up_is_the_comment(label: str) -> None:
    text = "".join(
        f"## Nets with {n} Ends\n链接：https://arxiv.org/abs/2601.0000{n}\n{label}: They have {n} ends.\n\n"
        for n in range(1, 4)
    )
    assert [entry.why for entry in note(f"# Daily\n\n{text}").entries] == [f"They have {n} ends." for n in range(1, 4)]


def test_labels_of_a_note_with_pictures() -> None:
    [entry] = note(
        "# 📌 Nets with Ends\n\n📄 **Paper**: https://arxiv.org/abs/2401.00001\n👥 **Authors**: Ann Ann, Bob Bo\n"
        "🏛️ **Venue**: NeurIPS 2024\n"
    ).entries
    assert (entry.title, entry.values("authors"), entry.values("venue")) == (
        "Nets with Ends", ["Ann Ann", "Bob Bo"], ["NeurIPS 2024"],
    )  # fmt: skip


def test_pages_keep_them() -> None:
    text = "## 💡 Idea\n\n**📄 Paper**: x\n"
    assert "📄 Paper" in render_body(text, 0, {}, Anchors())


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("🔥 Nets with Ends 🔥", "Nets with Ends"),
        ("📄 [Paper Review] Nets with Ends", "Nets with Ends"),
        ("Nets with Ends (NeurIPS 2024) ⭐⭐", "Nets with Ends"),
        ("Nets with Ends™ and é", "Nets with Ends™ and é"),
        ("📄", "📄"),
    ],
)
def test_pictures_around_a_title_are_none_of_it(heading: str, title: str) -> None:
    [entry] = note(f"# {heading}\n\n**arXiv**: https://arxiv.org/abs/2401.00001\n").entries
    assert entry.title == title


def test_a_paper_over_its_authors_is_the_title() -> None:
    text = "**Paper:** Nets with Many Ends\n**Authors:** Ann Ann, Bob Bo\n**Link:** https://arxiv.org/abs/2401.00001\n"
    [entry] = note(text).entries
    assert (entry.title, entry.values("authors")) == ("Nets with Many Ends", ["Ann Ann", "Bob Bo"])


@pytest.mark.parametrize("piece", ["📄", "- 📄 a", "| 📄 ", "📄 a"])
def test_time_grows_as_the_text_does(piece: str) -> None:
    assert growth(lambda text: rewritten(text, 1), piece, 40_000) < LINEAR


@pytest.mark.parametrize(
    "line",
    [
        "{n}\ufe0f\u20e3 **Nets {n}** - They end. [Paper](URL) | [Tweet](https://x.com/{n})\n",
        "🔹 [Nets {n}](URL) – They end.",
        "▪️ Nets {n}\nURL\n",
    ],
)
def test_a_picture_with_which_several_lines_begin_is_the_sign_of_an_item(line: str) -> None:
    lines = (line.format(n=n).replace("URL", f"https://arxiv.org/abs/2401.0000{n}") for n in range(1, 4))
    record = note("# Weekly\n\n" + "\n".join(lines) + "\n")
    assert [entry.title for entry in record.entries] == ["Nets 1", "Nets 2", "Nets 3"]
    assert [str(entry.ids[0]) for entry in record.entries] == [f"arxiv:2401.0000{n}" for n in range(1, 4)]


def test_two_lines_that_begin_with_a_picture_are_paragraphs() -> None:
    assert rewritten("🔹 a\n🔹 b\n", 1) is None


@pytest.mark.parametrize(
    "line",
    [
        "- **Nets {n}** [📄](URL) [💻](https://github.com/a/{n})\n",
        "- Nets {n} [📄 Paper](URL) [🌐 Project](https://x.org/{n})\n",
        "### Nets {n}\n[📄 Paper](URL) | [💻 Code](https://github.com/a/{n})\n\n",
        "✅ **Nets {n}** [arXiv](URL)\n",
        "| {n} | **Nets {n}** [📄](URL) [💻](https://github.com/a/{n}) |\n",
    ],
)
def test_a_picture_alone_or_before_a_label_is_a_label(line: str) -> None:
    lines = (line.format(n=n).replace("URL", f"https://arxiv.org/abs/2401.0000{n}") for n in range(1, 4))
    head = "| # | Paper |\n|-|-|\n" if line.startswith("|") else ""
    record = note("# All\n\n" + head + "".join(lines))
    assert [(entry.title, str(entry.ids[0]), entry.why) for entry in record.entries] == [
        (f"Nets {n}", f"arxiv:2401.0000{n}", "") for n in range(1, 4)
    ]

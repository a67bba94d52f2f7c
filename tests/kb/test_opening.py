"""How a note opens: the paragraph that is shown where there is room for a few lines."""

import pytest

from kb.opening import opening

SAID = "A network with hidden units can represent more than one without."


@pytest.mark.parametrize(
    "body",
    [
        SAID,
        f"# Title\n\n{SAID}\n\nMore than that is not told here, though it would be long enough.",
        f"> Quoted by somebody, at a length that would do for a paragraph.\n\n{SAID}",
        f"- an item of a list that is long enough to be a paragraph\n\n{SAID}",
        f"| a table | of | cells |\n| --- | --- | --- |\n| that are long enough | to be | a paragraph |\n\n{SAID}",
        f"![a picture with a long description of what it shows](x.png)\n\n{SAID}",
        f"Tags: short\n\n{SAID}",
        f"Authors: Jonathan Ho, Ajay Jain, Pieter Abbeel, and others\n\n{SAID}",
        f"**Title**: Denoising Diffusion\n**URL**: https://arxiv.org/abs/2006.11239\n**Mood**: good\n\n{SAID}",
        f"作者：何恺明, 张祥雨, 任少卿, 孙剑\n论文题目：Deep Residual Learning for Image Recognition\n\n{SAID}",
        f"date:: 2019\nissn:: 1234-5678\nrights:: those of the Institute of Ends\n\n{SAID}",
        f"[Nets of Ends and What Their Hidden Units Are for](https://ends.example/nets.pdf)\n\n{SAID}",
        f"Giuseppe Ann, *Julian Bo*, Philippe Cid-Dee (NeurIPS 2019, on ends)\n\n{SAID}",
        f'A. B. Ann et al., "Nets of Ends: Knots in Streams," in Proc. of Ends, 2003, pp. 35-39.\n\n{SAID}',
        f"Ann, Ada, et al. “Nets of ends.” arXiv preprint arXiv:2001.08361 (2020).\n\n{SAID}",
        f"```\ncode of some length, which is no paragraph of a note at all\n```\n\n{SAID}",
        "A [[net|network]] with *hidden* **units** can\nrepresent `more` than [one](http://x.org) without.",
        "A [network]({% post_url 2020-01-01-net %}) with hidden units can represent more than one without.",
    ],
)
def test_the_first_paragraph_that_says_something(body: str) -> None:
    assert opening(body) == SAID


def test_formulas_stay_as_they_are_written_and_markup_of_strangers_is_left_out() -> None:
    assert opening("The rank $r \\ll d$ is small, <b onclick=x>so</b> few numbers are trained.") == (
        "The rank $r \\ll d$ is small, so few numbers are trained."
    )


@pytest.mark.parametrize(
    "said",
    [
        "Ann et al. (2017) show that “nets of ends” have more of them than others.",
        "Since 2017, nets have had ends, as Ann and Bo (2019) found.",
        "In 2017, Ann et al. introduced nets of ends. They have become the base of most nets.",
        "これは端のネットワークであり、その端には多くの結び目があるということを二〇一七年に示した論文である。",
        "TL;DR: the network predicts the noise, and that is all.",
        "Problem: deep networks do not train. Method: add the input to the output.",
        "Problem: deep networks do not train.\nMethod: add the input to the output.",
    ],
)
def test_a_label_may_open_what_a_note_says(said: str) -> None:
    assert opening(f"{said}\n\nMore than that is not told here, though it would be long enough.") == " ".join(
        said.split()
    )


@pytest.mark.parametrize("body", ["", "# Only a heading", "short", "[[" * 500, "> " * 3000 + "deep"])
def test_a_note_that_says_nothing_opens_with_nothing(body: str) -> None:
    assert opening(body) == "" or "[[" in opening(body)


def test_a_long_paragraph_ends_with_a_whole_word() -> None:
    found = opening("word, " * 200, limit=100)
    assert len(found) <= 100
    assert found.endswith("word…")
    assert len(opening("x" * 1000, limit=100)) == 100


def test_a_text_without_spaces_says_more_and_is_cut_anywhere() -> None:
    said = "本文提出一种新的网络结构，可以更快地训练更深的模型。"
    assert opening(f"太短了。\n\n{said}") == said
    assert opening(f"BERT 是{said * 20}", 60) == ("BERT 是" + said * 20)[:59] + "…"
    assert opening("none" * 30, 30) == ("none" * 30)[:29] + "…"


def test_fields_above_what_a_paragraph_says_are_left_out() -> None:
    body = "**Link**: https://ends.example\n**Key idea**: ends alone are trained\n**Why**: because they are few"
    assert opening(f"{body}\n\n{SAID}") == "Key idea: ends alone are trained Why: because they are few"

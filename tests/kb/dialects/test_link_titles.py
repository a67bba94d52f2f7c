"""The text of a link to a paper that has no note: the paper's title, or nothing that names it."""

import pytest

from kb.dialects.link_titles import best_title, title_shown
from tests.kb.growth import LINEAR, growth

TITLED = {
    "Attention Is All You Need": "Attention Is All You Need",
    "**Attention Is All You Need**": "Attention Is All You Need",
    "Attention Is\nAll You Need (2017)": "Attention Is All You Need",
    "Original paper: Attention Is All You Need": "Attention Is All You Need",
    "Attention Is All You Need [PDF]": "Attention Is All You Need",
    "Attention Is All You Need, Vaswani et al., 2017": "Attention Is All You Need",
    "Vaswani et al. (2017): Attention Is All You Need": "Attention Is All You Need",
    "Neural Graph Collaborative Filtering (NGCF)": "Neural Graph Collaborative Filtering (NGCF)",
    "How to Write a Good Paper: Advice": "How to Write a Good Paper: Advice",
    "GPT-4 Technical Report": "GPT-4 Technical Report",
    "Evaluating Large Language Models Trained on Code": "Evaluating Large Language Models Trained on Code",
    "ViT (Dosovitskiy et al., 2021)": "ViT",
    "word2vec": "word2vec",
    "Attention Is All You Need | OpenReview": "Attention Is All You Need",
    "[1706.03762] Attention Is All You Need": "Attention Is All You Need",
    "Nets Explained: Deriving\nAnn et al.'s Way, by Bo Cid and Dan\nEnd": "Nets Explained: Deriving Ann et al.'s Way",
    "注意力就是你所需要的": "注意力就是你所需要的",
}
NO_TITLES = """paper|arXiv|here|1|[1]|\\[1\\]|link|PDF|Vaswani et al., 2017|(Vaswani et al., 2017)|Kingma & Ba, 2014
Kingma and Ba (2014)|van den Oord 2016|Devlin 2018|Kingma & Ba|VSP+17|vaswani2017attention|the BERT paper|Alibaba paper
Original DCN Paper (2017)|Paper on arXiv|Read the full paper|Section 3.1|Figure 2|arXiv:1706.03762|1706.03762v5
arxiv.org/abs/1706.03762|10.1145/3065386|NeurIPS 2017|Nature|nature|copy detection pipeline|technical report
论文链接|论文原文|原论文链接|链接|リンク|論文リンク|링크|논문 링크|원문|Enlace|artigo|Quelle|ссылка на статью
Attention Is All…|arxiv.org|www.nature.com/|OpenReview submission
Attention Is All...|**Attention Is All ...**|Hinton's 2006 work
Supplementary material|![arXiv](https://img.shields.io/x)""".replace("\n", "|")


@pytest.mark.parametrize(("text", "title"), TITLED.items())
def test_a_link_shows_a_title(text: str, title: str) -> None:
    assert title_shown(f"[{text}](https://arxiv.org/abs/1706.03762)") == title


@pytest.mark.parametrize("text", NO_TITLES.split("|"))
def test_a_link_shows_no_title(text: str) -> None:
    assert title_shown(f"[{text}](https://arxiv.org/abs/1706.03762)") == ""


def test_links_are_written_in_many_ways() -> None:
    for raw in ("[[1706.03762|Adam]]", "[Adam][1]", "[Adam][]", "[Adam]", "[Adam](<u> 'x')", "[Adam](a(b))"):
        assert title_shown(raw) == "Adam"
    for raw in ("[[1706.03762]]", "https://arxiv.org/abs/1706.03762", "arXiv:1706.03762", ""):
        assert title_shown(raw) == ""


def test_of_several_titles_a_whole_one_counts_whatever_their_order() -> None:
    shown = {"[Adam](u)": 5, "[Adam: A Method](u)": 1, "[**Adam: A Method**](v)": 1, "[Adam for All](u)": 1}
    for links in (shown, dict(reversed(shown.items()))):
        assert best_title(links) == "Adam: A Method"
    assert best_title({"[x](u)": 9}) == ""


@pytest.mark.parametrize("piece", ["][", "](", "et al ", "- ", "(2017) ", "A and ", "paper: ", "\\["])
def test_a_long_text_takes_linear_time(piece: str) -> None:
    assert growth(lambda text: title_shown(f"[A {text}](u)"), piece, 2900) < LINEAR

"""Titles and slugs: which spellings are the same title, which are not, and what is suggested for a misspelled one."""
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.slugs import slug
from kb.titles import display_title, nearest, title_head, title_key, without_gloss
from tests.kb.growth import LINEAR, growth


@pytest.mark.parametrize(("one", "other"), [
    ("Are Sixteen Heads Really Better than One", "Are Sixteen Heads Really Better Than One?"),
    ("I&#39;ve Seen Things", "I've seen things"),
    ("I\u2019ve Seen Things", "I've seen things"),
    ("You Don't Need It", "You Dont Need It"),
    (r'{\"U}ber-{NN}', "\u00dcber-NN"),
    ("U\u0308ber-NN", "\u00dcber-NN"),
    ("Über-NN", "uber nn"),
    (r"Gr{\"o}{\ss}e der Stra\ss e", "Größe der Straße"),
    (r"$\beta$-VAE: Learning", "β-VAE: Learning"),
    ("β-VAE: Learning", "beta-VAE: learning"),
    ("βVAE", "beta VAE"),
    ("𝛽-VAE", "ϐ-VAE"),
    (r"An $\ell_1$ Norm", "An ℓ1 norm"),
    (r"$O(n \log n)$ Attention", "O(n log n) attention"),
    ("{BERT}: Pre-training", "BERT -- Pre-Training"),
    (r"\emph{Deep} {Learning}", "Deep Learning"),
    ("CO<sub>2</sub> and H₂O", "CO2 and H2O"),
    ("ﬁne-tuning", "Fine-tuning"),
    ("soft\u00adhyphen", "softhyphen"),
    ("Ø and ł", "O and l"),
    ("  Layer\n  Normalization ", "Layer Normalization"),
    ("１Ｂｉｔ", "1bit"),
])
def test_two_spellings_of_one_title(one: str, other: str) -> None:
    assert title_key(one) == title_key(other) != ""


@pytest.mark.parametrize(("one", "other"), [
    ("BERT", "ALBERT"), ("BERT", "DistilBERT"),
    ("Layer Normalization", "Root Mean Square Layer Normalization"),
    ("Denoising Diffusion", "Improved Denoising Diffusion"),
    ("か", "が"), ("深層学習", "机器学习"), ("कमल", "कमला"), ("GPT-2", "GPT-3"),
])
def test_different_titles_stay_different(one: str, other: str) -> None:
    assert title_key(one) != title_key(other)


def test_a_title_without_letter_or_digit_has_an_empty_key() -> None:
    assert title_key("?! -- $$") == ""


@pytest.mark.parametrize(("title", "head"), [
    ("NICE: Non-linear Independent Components Estimation", "nice"),
    ("Attention, Learn to Solve Routing Problems!", "attention"),
    ("What Makes Good In-Context Examples? A Study", "what makes good in context examples"),
    ("{BERT}: Pre-training of Deep Transformers", "bert"),
    ("注意力：综述", "注意力"),
    ("Training 1,000 Layers", None),
    ("Are Sixteen Heads Really Better than One?", None),
    ("Layer Normalization", None),
    (": no head", None),
])
def test_the_head_is_what_people_call_a_paper(title: str, head: str | None) -> None:
    assert title_head(title) == head


@pytest.mark.parametrize(("raw", "shown"), [
    (r"{\'E}tude of $\beta$-{VAE}s \& Friends", "Étude of β-VAEs & Friends"),
    (r"na{\"\i}ve {\v{s}}um, gar{\c c}on", "naïve šum, garçon"),
    (r"the $L_2$ norm in $O(n^{10})$", "the L₂ norm in O(n¹⁰)"),
    ("AT&T and R&amp;D", "AT&T and R&D"),
    ("Prizes of $1 million and $2", "Prizes of $1 million and $2"),
    ("A  title\n on two lines", "A title on two lines"),
    ("Norms over <i>everything</i>, List<T> too", "Norms over everything, List<T> too"),
    ("ends in \\", "ends in \\"),
    (r"High\-Resolution A \+ B \= C\! 1\. R\&D \~ 2", "High-Resolution A + B = C! 1. R&D ~ 2"),
    ("Attention~Is", "Attention Is"),
    ("Pre--training --- ``Small'' Nets", "Pre–training — “Small” Nets"),
    ("of 5 $\\times$ 5 pixels", "of 5 × 5 pixels"),
    ("16$\\times$16 words, $\\surd$2", "16×16 words, √2"),
])
def test_a_title_as_it_is_shown(raw: str, shown: str) -> None:
    assert display_title(raw) == shown


@given(st.text(max_size=40))
def test_the_fold_is_stable(text: str) -> None:
    key = title_key(text)
    assert title_key(key) == key
    assert title_key(text.upper()) == title_key(text.upper().lower())
    assert slug(slug(text)) == slug(text)


# -- slugs -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("text", "key"), [
    ("VQ-VAE", "vq-vae"), ("batch_norm", "batch-norm"), ("GPT-3.5 report", "gpt-3-5-report"),
    ("Bjørn Ångström", "bjorn-angstrom"), ("Łódź straße", "lodz-strasse"), ("β-VAE", "beta-vae"),
    ("深層 学習", "深層-学習"), ("Трансформер", "трансформер"), ("λόγος", "λογοσ"), ("한국어", "한국어"),
    ("100% Accuracy", "100-accuracy"), ("1706.03762", "1706-03762"), ("--", "untitled"), ("", "untitled"),
])
def test_slug(text: str, key: str) -> None:
    assert slug(text) == key


@given(st.text(alphabet=st.characters(max_codepoint=0x17F), max_size=40))
def test_the_slug_of_latin_text_is_plain_ascii(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug(text))


# -- did you mean ----------------------------------------------------------------------------------------------------

TITLES = ["Attention Is All You Need", "Layer Normalization", "Root Mean Square Layer Normalization", "ALBERT",
    "RoBERTa",
          "Long Short-Term Memory", "Long Short-Term Memories", "Adam: A Method for Stochastic Optimization"]


def test_one_clear_misspelling_gives_one_suggestion() -> None:
    assert nearest("Atention is all you need", TITLES) == ["Attention Is All You Need"]
    assert nearest("layer normalisation", TITLES) == ["Layer Normalization"]


def test_two_close_ones_are_both_given_and_what_is_far_is_not() -> None:
    assert set(nearest("Long Short Term Memorys", TITLES)) == {"Long Short-Term Memories", "Long Short-Term Memory"}
    assert nearest("BERT", TITLES) == ["ALBERT", "RoBERTa"]
    assert nearest("Diffusion", TITLES) == []


def test_names_of_any_length_are_compared_in_linear_time() -> None:
    assert growth(lambda text: nearest(f"{text}c", [f"{text}d"]), "ab", 8_000) < LINEAR


def test_suggestions_do_not_depend_on_the_order_of_the_candidates() -> None:
    assert nearest("Long Short Term", TITLES) == nearest("Long Short Term", reversed(TITLES))


@pytest.mark.parametrize("piece", ["{", "$", "\\", "<i", "&", "$ ", "{\\'", "α", "a:", "'"])
def test_a_hostile_title_takes_linear_time(piece: str) -> None:
    assert growth(title_head, piece, 40_000) < LINEAR


@pytest.mark.parametrize(
    ("title", "bare"),
    [
        ("Nets of Ends ，网络的末端", "Nets of Ends"),
        ("Nets of Ends: A Study 末端的网络研究（NE）", "Nets of Ends: A Study"),
        ("Nets of Ends の末端をまとめる", "Nets of Ends"),
        ("BERT 模型压缩方法综述", "BERT 模型压缩方法综述"),
        ("Nets of the Novel 红楼梦", "Nets of the Novel 红楼梦"),
        ("网络的末端 Nets of Ends", "网络的末端 Nets of Ends"),
        ("Réseaux de fins à Séoul", "Réseaux de fins à Séoul"),
    ],
)
def test_a_translation_after_a_title_is_no_part_of_it(title: str, bare: str) -> None:
    assert without_gloss(title) == bare

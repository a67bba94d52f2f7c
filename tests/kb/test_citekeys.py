"""Citation keys: how they are made, and that no two papers share one."""

import re
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.citekeys import Preset, citekey, distinct

ATTENTION = (["Ashish Vaswani", "Noam Shazeer"], 2017, "Attention Is All You Need")
Paper = tuple[list[str], int | None, str]


@pytest.mark.parametrize(("paper", "key"), {
    "K1": (ATTENTION, "vaswani2017attention"),
    "K2 an auxiliary": ((["Paul Michel"], 2019, "Are Sixteen Heads Really Better than One?"), "michel2019sixteen"),
    "K3 a preposition": ((["Ruibin Xiong"], 2020, "On Layer Normalization in Transformers"), "xiong2020layer"),
    "a question word": ((["R. Duan"], 2021, "What Does BERT Look At?"), "duan2021bert"),
    "nothing but such words": ((["A. Bo"], 2021, "What Is It?"), "bo2021it"),
    "only such words": ((["A. Bo"], 2021, "Where Is the?"), "bo2021where"),
    "K4 a particle": ((["Aaron van den Oord"], 2016, "WaveNet: Raw Audio"), "oord2016wavenet"),
    "K4 with the comma": ((["van den Oord, Aaron"], 2016, "WaveNet: Raw Audio"), "oord2016wavenet"),
    "K6 accents and a hyphen": ((["Alberto García-Durán"], 2018, "TransRev"), "garciaduran2018transrev"),
    "K7 letters that are not accents": ((["Łukasz Øłßen"], 2018, "Nets"), "olssen2018nets"),
    "K9 Greek": ((["Irina Higgins"], 2017, "β-VAE: Learning Concepts"), "higgins2017beta"),
    "K10 no author": (([], 2016, "The Layer Normalization Trick"), "layernormalization2016"),
    "K10 no year": ((["Jimmy Ba"], None, "Layer Normalization"), "bandlayer"),
    "K11 a group in braces": ((["{Google Brain Team}"], 2020, "Nets"), "google2020nets"),
    "K11 a group without braces": ((["Google Brain Team"], 2020, "Nets"), "google2020nets"),
    "a name in one word": ((["OpenAI"], 2023, "GPT-4 Technical Report"), "openai2023gpt"),
    "K13 Chinese": ((["张伟"], 2020, "深度学习"), "zhangwei2020shenduxuexi"),
    "Russian": ((["Иван Иванов"], 2019, "Нейронные сети"), "ivanov2019neironnye"),
    "Korean": ((["김철수"], 2020, "딥 러닝"), "gimcheolsu2020dib"),
    "K13 nothing at all": (([], None, "☃ ?!"), "arxiv170603762"),
    "an apostrophe": ((["Una-May O'Reilly"], 2020, "Don't Stop Pretraining"), "oreilly2020stop"),
    "a text that stays whole": ((["Vaswani, Shazeer et al."], 2017, "Attention"), "vaswani2017attention"),
    "Jr.": ((["Martin Luther King, Jr."], 1963, "Dream"), "king1963dream"),
    "TeX": ((["J{\\\"u}rgen Schmidhuber"], 1997, "{LSTM} can solve"), "schmidhuber1997lstm"),
    "a digit first": (([], 2020, "3D Nets"), "p3dnets2020"),
}.values(), ids=lambda value: value if isinstance(value, str) else "")  # fmt: skip
def test_the_key_of_one_paper(paper: Paper, key: str) -> None:
    assert citekey(*paper, arxiv_id="1706.03762") == key


@pytest.mark.parametrize(("preset", "key"), [
    ("scholar", "vaswani2017attention"),
    ("better-bibtex", "vaswaniAttentionAllYou2017"),
    ("jabref", "Vaswani2017"),
    ("papis", "Attention_Is_Al_Vaswan_2017"),
])  # fmt: skip
def test_presets(preset: Preset, key: str) -> None:
    assert citekey(*ATTENTION, preset) == key


@given(st.lists(st.text(max_size=20), max_size=2), st.none() | st.integers(1, 9999), st.text(max_size=40),
       st.sampled_from(get_args(Preset)))  # fmt: skip
def test_whatever_is_written_the_key_is_one_that_latex_can_read(
    authors: list[str], year: int | None, title: str, preset: Preset
) -> None:
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_:.+-]*", citekey(authors, year, title, preset))


# -- of several papers -----------------------------------------------------------------------------------------------


def test_the_first_keeps_the_bare_key_and_the_others_get_letters() -> None:
    assert distinct([("x", "lee2020deep"), ("y", "lee2020deep"), ("z", "lee2020deep")], {}) == {
        "x": "lee2020deep",
        "y": "lee2020deepa",
        "z": "lee2020deepb",
    }


def test_a_letter_makes_nobody_else_s_key() -> None:
    made = distinct([("x", "lee2020net"), ("y", "lee2020net"), ("z", "lee2020neta")], {})
    assert made == {"x": "lee2020net", "y": "lee2020netb", "z": "lee2020neta"}


def test_a_given_key_stays_and_is_nobody_else_s_even_in_other_case() -> None:
    made = distinct([("x", "lee2020deep"), ("y", "lee2020deep")], {"y": "Lee2020Deep"})
    assert made == {"y": "Lee2020Deep", "x": "lee2020deepa"}


def test_more_papers_than_letters() -> None:
    made = distinct([(str(n), "k") for n in range(30)], {})
    assert [made[str(n)] for n in (26, 27, 28, 29)] == ["kz", "kaa", "kab", "kac"]


@given(st.lists(st.sampled_from(["k", "ka", "kb", "K", "kaa"]), max_size=12), st.booleans())
def test_no_two_papers_share_a_key(keys: list[str], has_given: bool) -> None:
    papers = [(str(n), key) for n, key in enumerate(keys)]
    made = distinct(papers, {"0": "kA"} if has_given and papers else {})
    assert len({key.lower() for key in made.values()}) == len(papers)

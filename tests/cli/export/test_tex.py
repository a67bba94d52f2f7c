"""Text for TeX: what is escaped, which capitals are protected, how names are written; and that it all reads back."""

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from cli.export import tex
from cli.printable import printable
from kb.authors import author
from kb.names import parse_name, split_names
from kb.titles import display_title, title_key


@pytest.mark.parametrize(("title", "written"), {
    "B1 capitals inside": ("BERT and GPT-3 for ImageNet", "{BERT} and {GPT-3} for {ImageNet}"),
    "B1 one capital in a compound": ("U-Net, Q-Learning", "{U-Net}, {Q-Learning}"),
    "B1 a capital alone": ("What I Did in C++: A Study of O(n)", "What {I} Did in {C}++: A Study of {O}(n)"),
    "B1 letters and digits": ("T5 in 3D", "{T5} in {3D}"),
    "B1 a title's own capitals": ("Low-Rank Adaptation: A Survey", "Low-Rank Adaptation: A Survey"),
    "B1 an ampersand inside": ("AT&T Nets", r"{AT\&T} Nets"),
    "B2": (r"50% of x# & $a_b ~ ^ \x", r"50\% of x\# \& \$a\_b \textasciitilde{} \textasciicircum{} \textbackslash{}x"),
    "B2 braces": ("sets {a, b}", r"sets \{a, b\}"),
    "B2 braces without partner": ("a } b { c", r"a \textbraceright{} b \textbraceleft{} c"),
    "B10": (r"$O(n \log n)$ and $\mathcal{O}(n_i)$", r"$O(n \log n)$ and $\mathcal{O}(n_i)$"),
    "B10 money": ("from $5 to $10", r"from \$5 to \$10"),
    "B10 a formula that runs something": (r"$\input{x}$", r"\$\textbackslash{}input\{x\}\$"),
    "B10 a formula with an open brace": ("$a{b$", r"\$a\textbraceleft{}b\$"),
}.values(), ids=lambda value: "")  # fmt: skip
def test_titles(title: str, written: str) -> None:
    assert tex.title(title) == written


@pytest.mark.parametrize(("text", "written"), [
    ("Jürgen Łuczak, Øst, Straße, Çığır", r'J{\"u}rgen {\L}uczak, {\O}st, Stra{\ss}e, {\c C}{\i}{\u g}{\i}r'),
    ("β and α₂ → ∞", r"$\beta$ and $\alpha$$_2$ $\rightarrow$ $\infty$"),
    ("“a” – b…", r"``a'' -- b{\ldots}"),
    ("深度 ế", "深度 ế"),
    ("функций ά", "функций ά"),
    ("Õ(√T) ≤ t̄ ∈ S", r"{\~O}($\surd$T) $\leq$ {\=t} $\in$ S"),
])  # fmt: skip
def test_b9_ascii_as_far_as_it_reaches(text: str, written: str) -> None:
    assert tex.escape(text, plain=True) == written
    assert tex.escape(text) == text


@pytest.mark.parametrize("sign", [*tex.ASCII, *"áàâäãāȧçčăőųåạẖÅÉñŽ"])
def test_b9_every_spelling_reads_as_the_sign_again(sign: str) -> None:
    assert title_key(f"a {tex.escape(sign, plain=True)} b") == title_key(f"a {sign} b")
    assert tex.escape(sign, plain=True).isascii()


@pytest.mark.parametrize(("names", "written"), {
    "N1": (["Laurens van der Maaten"], "van der Maaten, Laurens"),
    "N2": (["Van der Maaten, L."], "Van der Maaten, L."),
    "N3 B8": (["Google Brain Team"], "{Google Brain Team}"),
    "N5": (["OpenAI"], "OpenAI"),
    "N7": (["Martin Luther King, Jr."], "King, Jr., Martin Luther"),
    "N7 without comma": (["Martin King Jr.", "Jan van der Bo III"], "King, Jr., Martin and van der Bo, III, Jan"),
    "a hyphen that BibTeX drops": (["Musa al-Bo", "Jean-Paul Sartre"], "{al-Bo}, Musa and Sartre, Jean-Paul"),
    "family first": (["福島 邦彦"], "福島, 邦彦"),
    "a text that stays whole": (["Vaswani, Shazeer et al."], "{Vaswani, Shazeer et al.}"),
    "three parts": (["Ford, Jr., Henry"], "Ford, Jr., Henry"),
    "a firm": (["Barnes and Noble, Inc."], "{Barnes and Noble, Inc.}"),
    "two people in one name": (["Smith and Jones"], "{Smith and Jones}"),
    "N15": (["a, b, c, d"], "{a, b, c, d}"),
    "nobody called others": (["others"], "{others}"),
    "N18": (["Zhang Wei", "张伟"], "Wei, Zhang and 张伟"),
    "accents": (["José Núñez"], r"N{\'u}{\~n}ez, Jos{\'e}"),
}.values(), ids=lambda value: "")  # fmt: skip
def test_names(names: list[str], written: str) -> None:
    assert tex.people(names, plain=True) == written


def test_an_accent_without_a_letter_of_its_own_in_a_title() -> None:
    assert tex.title("t\u0304 Nets", plain=True) == r"{\=t} Nets"


def test_b8_others_stay() -> None:
    assert tex.people(["Ada Lovelace"], more=True) == "Lovelace, Ada and others"


@settings(deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=30).map(printable).filter(bool), min_size=1, max_size=4))
@example(["and", "others", "A and B", "x,y,z,w", "{", "}", "\\", "~ a", "de la", "a,", ",a", "Jr.", "Ann, Jr."])
def test_as_many_people_come_back(names: list[str]) -> None:
    read = [parse_name(name) for name in split_names(tex.people(names))]
    assert len(read) == len(names)
    for name, shown in zip(read, names):
        known = author(shown)
        if not known.literal and not name.literal and not set("\\{}$~&<`'-") & set(shown):
            assert (name.last, name.von, name.first, name.jr) == (known.last, known.von, known.first, known.jr)


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=60) | st.text("aB1 {}$\\_^~%&#-'`\"é深", max_size=20))
def test_a_title_reads_as_it_was(text: str) -> None:
    title = printable(display_title(text))
    assume(display_title(title) == title and not tex._MATH.search(title))
    assert display_title(tex.title(title)) == title

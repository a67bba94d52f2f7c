"""Names: BibTeX's parts, lists of names, who is the same person, and the traps that are warned about."""
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.names import (
    Name,
    display,
    is_ordinary,
    is_truncation,
    name_warning,
    parse_name,
    person_key,
    same_person,
    split_names,
)
from tests.kb.growth import LINEAR, growth


@pytest.mark.parametrize(("text", "first", "von", "last", "jr"), [
    ("Laurens van der Maaten", "Laurens", "van der", "Maaten", ""),
    ("van der Maaten, Laurens", "Laurens", "van der", "Maaten", ""),
    ("Van Der Maaten, Laurens", "Laurens", "", "Van Der Maaten", ""),
    ("Aaron van den Oord", "Aaron", "van den", "Oord", ""),
    ("OpenAI", "", "", "OpenAI", ""),
    ("von Neumann", "", "von", "Neumann", ""),
    ("jean de la fontaine", "", "jean de la", "fontaine", ""),
    ("Martin Luther King, Jr.", "Jr.", "", "Martin Luther King", ""),
    ("King, Jr., Martin Luther", "Martin Luther", "", "King", "Jr."),
    ("D.~P. Kingma", "D. P.", "", "Kingma", ""),
    ("O'Reilly, Una-May", "Una-May", "", "O'Reilly", ""),
    ("Zhang Wei", "Zhang", "", "Wei", ""),
    ("王 小明", "小明", "", "王", ""),
    ("福島, 邦彦", "邦彦", "", "福島", ""),
    ("ヤン ルカン", "ヤン", "", "ルカン", ""),
    ("Charles de la Vall{\\'e}e Poussin", "Charles", "de la", "Vallée Poussin", ""),
    ("{\\'E}tienne Dupont", "Étienne", "", "Dupont", ""),
    ("A {\\'e}x B", "A", "éx", "B", ""),            # an accent's braces do not hide the letter,
    ("A {\\O}x B", "A Øx", "", "B", ""),
    ("Jean {de} La", "Jean de", "", "La", ""),      # braces around a word do
    ("{van Dyke}, Kim", "Kim", "", "van Dyke", ""),
    ("Smith,", "", "", "Smith", ""),
    ("", "", "", "", ""),
])
def test_parts_of_a_name(text: str, first: str, von: str, last: str, jr: str) -> None:
    assert parse_name(text) == Name(first, von, last, jr)


@pytest.mark.parametrize(("text", "whole"), [
    ("{Google Brain Team}", "Google Brain Team"), ("{{OpenAI}}", "OpenAI"), (" {Barnes and Noble, Inc.} ",
    "Barnes and Noble, Inc."),
    ("a, b, c, d", "a, b, c, d"),
])
def test_a_group_and_what_cannot_be_read_stay_whole(text: str, whole: str) -> None:
    assert parse_name(text) == Name(last=whole, literal=True)


@pytest.mark.parametrize(("text", "shown"), [
    ("van der Maaten, Laurens", "Laurens van der Maaten"), ("{Google Brain Team}", "Google Brain Team"),
    ("King, Jr., Martin Luther", "King, Jr., Martin Luther"), ("Martin Luther King, Jr.", "Martin Luther King, Jr."),
    ("Van der Maaten, L.", "Van der Maaten, L."), ("García Márquez, Gabriel", "García Márquez, Gabriel"),
    ("Oord, Aaron van den", "Oord, Aaron van den"), ("{van Dyke}, Kim", "Kim van Dyke"),
    ("福島, 邦彦", "福島 邦彦"), ("佐々木 あおい", "佐々木 あおい"), ("ルカン, ヤン", "ヤン ルカン"),
    (r"M{\"u}ller, J{\o}rn", "Jørn Müller"), ("OpenAI", "OpenAI"),
])
def test_a_name_as_it_is_shown(text: str, shown: str) -> None:
    assert display(parse_name(text)) == shown


@pytest.mark.parametrize("text", [
    "Laurens van der Maaten", "Van Der Maaten, Laurens", "Van der Maaten, L.", "García Márquez, Gabriel",
    "Le Cun, Yann", "Oord, Aaron van den", "Dupont, Jean de", "King, Jr., Martin Luther", "Martin Luther King, Jr.",
    "Sammy, Jr", "{van Dyke}, Kim", "{Google Brain Team}", "{Barnes and Noble, Inc.}", "jean de la fontaine",
    "von Neumann", "OpenAI", "王 小明", r"de la Vall{\'e}e Poussin, Charles", "Smith,",
])
def test_a_name_that_is_shown_reads_as_the_same_person(text: str) -> None:
    """The index keeps names as they are shown, and compares them to see if notes on a paper agree about its authors."""
    name = parse_name(text)
    assert same_person(parse_name(display(name)), name)
    assert display(parse_name(display(name))) == display(name)


# -- lists -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("text", "people"), [
    ("Kingma, Diederik P. and Ba, Jimmy", ["Kingma, Diederik P.", "Ba, Jimmy"]),
    ("Kingma, D. P. and Ba, J. and et al.", ["Kingma, D. P.", "Ba, J.", "et al."]),
    ("A. One\nAND\tB. Two and others", ["A. One", "B. Two", "others"]),
    ("{Barnes and Noble} and C. Three", ["{Barnes and Noble}", "C. Three"]),
    ("Brandon Andrews and Alexandra Sand", ["Brandon Andrews", "Alexandra Sand"]),
    ("Vaswani A, Shazeer N", ["Vaswani A, Shazeer N"]),
    ("Vaswani et al.", ["Vaswani", "et al."]), ("Ashish Vaswani et.al.", ["Ashish Vaswani", "et al."]),
    ("Anna Etal", ["Anna Etal"]),
    ("A. One and and B. Two", ["A. One", "B. Two"]),
    ("", []),
])
def test_bibtex_separates_by_and_alone(text: str, people: list[str]) -> None:
    assert split_names(text) == people


@pytest.mark.parametrize(("text", "people"), [
    ("Vaswani A, Shazeer NM", ["Vaswani, A.", "Shazeer, N. M."]),
    ("Se&aacute;n O&apos;Neil; Ann Bo &amp; Cy Du", ["Seán O'Neil", "Ann Bo & Cy Du"]),
    ("Se&aacute;n O&#39;Neil", ["Seán O'Neil"]),
    ("van der Maaten L, Hinton G, et al", ["van der Maaten, L.", "Hinton, G.", "et al."]),
    ("Kingma, Diederik; Ba, Jimmy", ["Kingma, Diederik", "Ba, Jimmy"]),
    ("Kingma DP; Ba J", ["Kingma, D. P.", "Ba, J."]),
    ("Kingma, D. P., & Ba, J.", ["Kingma, D. P.", "Ba, J."]),
    ("Ashish Vaswani, Noam Shazeer and Niki Parmar", ["Ashish Vaswani", "Noam Shazeer", "Niki Parmar"]),
    ("Vaswani, Ashish", ["Vaswani, Ashish"]),
    ("King, Jr., Martin Luther", ["King, Jr., Martin Luther"]),
    ("{Google, Inc.}; OpenAI", ["{Google, Inc.}", "OpenAI"]),
    ("Kaiming He、Xiangyu Zhang、Sun", ["Kaiming He", "Xiangyu Zhang", "Sun"]),
    ("何恺明, 张祥雨", ["何恺明", "张祥雨"]),
    ("Kingma, D. P., Ba, J., & Welling", ["Kingma, D. P.", "Ba, J.", "Welling"]),
    ("", []),
    # family names alone, and with given names after them
    ("He, Zhang, Ren & Sun", ["He", "Zhang", "Ren", "Sun"]),
    ("Li, Ren, Sun", ["Li", "Ren", "Sun"]),                                  # short, but not initials
    ("Kingma, Salimans, Welling (Google)", ["Kingma", "Salimans", "Welling"]),
    ("Goodfellow, Bengio, Courville", ["Goodfellow", "Bengio", "Courville"]),
    ("Hinton, Vinyals & Dean", ["Hinton", "Vinyals", "Dean"]),
    ("van den Oord, Vinyals and Kavukcuoglu", ["van den Oord", "Vinyals", "Kavukcuoglu"]),
    ("Bengio, Hinton & LeCun", ["Bengio", "Hinton", "LeCun"]),
    ("Kingma & Welling", ["Kingma", "Welling"]),
    ("Kingma, Diederik & Ba, Jimmy", ["Kingma, Diederik", "Ba, Jimmy"]),
    ("Gomez, Aidan N., Kaiser, Lukasz, Polosukhin, Illia", ["Gomez, Aidan N.", "Kaiser, Lukasz", "Polosukhin, Illia"]),
])
def test_lists_of_other_sources(text: str, people: list[str]) -> None:
    assert split_names(text, style="list") == people


@pytest.mark.parametrize(("text", "people"), [
    ("Vaswani et al.", ["Vaswani"]),
    ("Vaswani et al., 2017", ["Vaswani"]),
    ("Vaswani et al. (Google Brain, University of Toronto)", ["Vaswani"]),
    ("Kaiming He et al", ["Kaiming He"]),
    ("Kaiming He et.al.", ["Kaiming He"]),
    ("Vaswani, Shazeer, Parmar, et al. (2017)", ["Vaswani", "Shazeer", "Parmar"]),
    ("He, K., Zhang, X., et al.", ["He, K.", "Zhang, X."]),
    ("Brown, Tom B. et al.", ["Brown, Tom B."]),
    ("Vaswani, Shazeer, Parmar and others", ["Vaswani", "Shazeer", "Parmar"]),
    ("Ashish Vaswani, Noam Shazeer, and 6 others", ["Ashish Vaswani", "Noam Shazeer"]),
    ("Ian Goodfellow等", ["Ian Goodfellow"]),
    ("Vaswani 等 8 人", ["Vaswani"]),
    ("何恺明、张祥雨等人", ["何恺明", "张祥雨"]),
    ("Ian Goodfellow, Yoshua Bengio 외", ["Ian Goodfellow", "Yoshua Bengio"]),
    ("Ian Goodfellow 외 7명", ["Ian Goodfellow"]),
    ("Ian Goodfellow, Yoshua Bengio 외 다수 (Montréal)", ["Ian Goodfellow", "Yoshua Bengio"]),
    ("Ian Goodfellow, Yoshua Bengio 등", ["Ian Goodfellow", "Yoshua Bengio"]),
    ("Ian Goodfellow、Yoshua Bengio 他6名", ["Ian Goodfellow", "Yoshua Bengio"]),
    ("Ian Goodfellow ほか (2014)", ["Ian Goodfellow"]),
    ("А. Иванов, Б. Петров и др.", ["А. Иванов", "Б. Петров"]),
    ("Vaswani; Devlin; et al.", ["Vaswani", "Devlin"]),
])
def test_that_there_are_others_is_no_part_of_a_name(text: str, people: list[str]) -> None:
    *found, last = split_names(text, style="list")
    assert found == people
    assert is_truncation(last)


@pytest.mark.parametrize(("text", "kept"), [
    ("Vaswani, Shazeer et al.", "Vaswani, Shazeer et al."),
    ("Vaswani, Ashish, et al.", "Vaswani, Ashish et al."),
    ("Vaswani, Ashish and others", "Vaswani, Ashish et al."),
    ("Vaswani, Shazeer, Parmar, Kaiser", "Vaswani, Shazeer, Parmar, Kaiser"),
    ("Vaswani, Ashish, Shazeer, Noam (Google)", "Vaswani, Ashish, Shazeer, Noam"),
    ("Vaswani, Ashish, Shazeer, Noam, et al. (2017)", "Vaswani, Ashish, Shazeer, Noam et al."),
])
def test_given_names_or_other_families_is_for_the_writer_to_tell(text: str, kept: str) -> None:
    """Notes write both in the same way, so no author is invented and the text stays as it is."""
    assert split_names(text, style="list") == [kept]
    assert split_names(kept, style="list") == [kept]
    assert parse_name(kept) == Name(last=kept, literal=True)
    assert same_person(parse_name(kept), parse_name("Ashish Vaswani"))
    assert not same_person(parse_name(kept), parse_name("Jakob Uszkoreit"))


@pytest.mark.parametrize("text", ["Et Alia, Ann", "Ann Brothers", "Ann Bo, Smith, Others", "et al", "Alan et Alice Bo"])
def test_what_only_looks_as_if_there_were_others(text: str) -> None:
    assert "et al." not in split_names(text, style="list")


@pytest.mark.parametrize(("text", "truncated"), [
    ("others", True), ("and others", True), ("et al.", True), ("et. al", True), ("Et Al", True), ("...", True),
    ("…", True), ("等", True),
    ("Al Gore", False), ("", False),
])
def test_truncation_is_no_author(text: str, truncated: bool) -> None:
    assert is_truncation(text) == truncated


# -- the same person -------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("one", "other", "same"), [
    ("D.P. Kingma", "Kingma, Diederik P.", True),
    ("D. P. Kingma", "D.P. Kingma", True),
    ("Diederik Kingma", "D. P. Kingma", True),
    ("D. Q. Kingma", "D. P. Kingma", False),
    ("Dirk Kingma", "Diederik Kingma", False),
    ("Kingma, DP", "Kingma, Diederik P.", True),
    ("van der Maaten, Laurens", "Van Der Maaten, Laurens", True),
    ("Oord, Aaron van den", "Aäron van den Oord", True),
    ("Łukasz Kaiser", "Lukasz Kaiser", True),
    (r"Garc{\'i}a-Dur{\'a}n, A.", "Alberto Garcia Duran, ", False),
    ("García-Durán, A.", "Garcia-Duran, Alberto", True),
    ("Wei-Lin Chiang", "Weilin Chiang", True),
    ("Kaiming He", "Jimmy Ba", False),
    ("Hinton", "Geoffrey Hinton", True),
    ("{Google Brain Team}", "Google Brain Team", True),
    ("{Google Brain Team}", "Team, G.", False),
    ("King, Jr., Martin", "King, Sr., Martin", False),
    ("Zhang Wei", "Wei Zhang", False),
    ("", "", False),
])
def test_same_person(one: str, other: str, same: bool) -> None:
    assert same_person(parse_name(one), parse_name(other)) == same
    assert same_person(parse_name(other), parse_name(one)) == same


@pytest.mark.parametrize(("text", "key"), [
    ("O'Reilly, Una-May", "oreilly"), ("Van Der Maaten, Laurens", "vandermaaten"), ("Øyvind Łoś", "los"),
    ("OpenAI", "openai"),
])
def test_person_key(text: str, key: str) -> None:
    assert person_key(parse_name(text)) == key


# -- traps -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("text", "says"), [
    ("Martin Luther King, Jr.", "'King, Jr., Martin Luther'"),
    ("jean de la fontaine", "lower case"),
    ("a, b, c, d", "the third at column 8"),
    ("{Google Brain", "brace"),
])
def test_what_bibtex_would_misread_is_warned_about(text: str, says: str) -> None:
    assert says in (name_warning(text) or "")


@pytest.mark.parametrize("text", [
    "von Neumann", "King, Jr., Martin Luther", "Laurens van der Maaten", "{a, b, c, d}", "OpenAI", "王 小明", "",
])
def test_sound_names_are_not_warned_about(text: str) -> None:
    assert name_warning(text) is None


def test_the_form_that_the_warning_offers_is_read_as_meant() -> None:
    offered = (name_warning("Martin Luther King, Jr.") or "").split("'")[-2]
    assert parse_name(offered) == Name("Martin Luther", "", "King", "Jr.")


@pytest.mark.parametrize("piece", ["{", "}", ",", " and ", " ", "~", "\\", "{\\'", "a, ", "A B; "])
def test_a_hostile_name_takes_linear_time(piece: str) -> None:
    assert growth(lambda text: (parse_name(text), split_names(text, style="list"), name_warning(text)),
                  piece, 20_000) < LINEAR


@given(st.text(alphabet="aB ,{}\\'\"~;.é&\n", max_size=30))
def test_any_text_has_a_reading_and_loses_no_letter(text: str) -> None:
    name = parse_name(text)
    if "\\" not in text and "&" not in text:
        assert sorted(c for c in display(name) if c.isalpha()) == sorted(c for c in text if c.isalpha())
    assert same_person(name, name) or not person_key(name)
    if name.last and not set("{}\\&") & set(text):
        assert same_person(parse_name(display(name)), name) or not person_key(name)
    name_warning(text)
    split_names(text, style="list")


@pytest.mark.parametrize(("text", "ordinary"), [
    ("Diederik P. Kingma", True), ("J.-P. Serre", True), ("Conan O'Brien", True), ("Jürgen Müller", True),
    ("Kingma, Diederik", False), ("Laurens van der Maaten", False), ("OpenAI", False), ("Jr. Smith", False),
    ("Et Al.", False), ("And Others", False), ("{\\'E}mile Zola", False), ("", False),
])
def test_most_names_are_ordinary(text: str, ordinary: bool) -> None:
    assert is_ordinary(text) == ordinary


@given(st.lists(st.sampled_from([*"aBÉéß.-'~ 1", "Al", "Et", "And", "Others", "Jr", "II"]), max_size=12).map("".join))
def test_an_ordinary_name_is_shown_as_it_is_and_nothing_is_said_of_it(text: str) -> None:
    if is_ordinary(text):
        assert display(parse_name(text)) == text
        assert not is_truncation(text)
        assert name_warning(text) is None

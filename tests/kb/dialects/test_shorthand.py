"""Citations by family names and year: whatever the signs between the parts, they tell the same."""

import pytest

from kb.dialects import citation
from kb.dialects.marked import marked
from kb.dialects.note import open_note
from kb.model import Entry
from kb.read import read
from tests.kb.growth import LINEAR, growth

FORMS = [
    "{A} (2019). {T}", "{A} (2019) - {T}", "{A} (2019): {T}", "{A} 2019. {T}", "{A}, 2019. {T}", "{A}, 2019, {T}",
    "{A} 2019 - {T}", "{A} (2019) - {T}, ICML", "[{A}, 2019] {T}", "{T} ({A}, 2019)", "{T} ({A} 2019)",
    "{T} ({A}, ICML 2019)", "{T} [{A}, 2019]", "{T} by {A} (2019)", "{T}, by {A}, 2019", "*{T}*, {A}, 2019",
    "**{T}** {A} 2019", '"{T}", {A} (2019)', '"{T}" - {A} 2019', '{A}, "{T}", ICML 2019', '{A} "{T}" 2019',
]  # fmt: skip
"""A year right beside several names shows that they are names."""
LISTED = [
    "{A} - {T}, ICML 2019", "{A} - {T} (2019)", "{A}: {T} (ICML 2019)", "{A}: {T}, 2019", "{A}. {T}. ICML 2019",
    "{A}, {T} (2019)", "{A}, {T}, ICML 2019", "{A}, *{T}*, 2019", "{T}, {A}, 2019", "{T} - {A}, 2019",
    "{T} - {A} (2019)", "{T}. {A}. ICML 2019", "{T} | {A} | 2019", "2019 - {A} - {T}", "2019: {A}: {T}",
    "[2019] {A}: {T}", "{A} (2019) {T}",
]  # fmt: skip
"""The names may be a topic, unless the whole list is written that way."""
SHOWN = LISTED[:-1]
"""`et al.` shows it too; but `Ann et al. (2019) Nets end` may be a sentence."""
TITLES = ("Deep Nets of Many Ends", "Learning deep nets from ends", "Nets Are All You Need", "Knot: A Net of Ends")


def cited(line: str) -> citation.Citation:
    note = open_note("n.md", f"- {line}")
    return citation.parse(*marked(note.lines, 1, 1, note.scan.links))


def listed(lines: list[str]) -> list[Entry]:
    return list(read("n.md", "\n".join(["# Nets", "", *(f"- {line}" for line in lines)]).encode()).entries)


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("who", "names"),
    [
        ("Ann et al.", ("Ann",)),
        ("Ann and Bo", ("Ann", "Bo")),
        ("Ann & Bo", ("Ann", "Bo")),
        ("Ann, Bo, Cid", ("Ann", "Bo", "Cid")),
        ("Ann, van der Bo and Cid", ("Ann", "van der Bo", "Cid")),
        ("de Ann, Bo, Cid et al.", ("de Ann", "Bo", "Cid")),
        ("Ada Ann, Bo B. Bird", ("Ada Ann", "Bo B. Bird")),
    ],
)
def test_several_names_beside_a_year(form: str, who: str, names: tuple[str, ...], title: str) -> None:
    found = cited(form.format(A=who, T=title))
    assert (found.title, found.authors, str(found.date)) == (title, names, "2019")
    assert found.has_others is who.endswith("al.")


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("form", SHOWN)
def test_names_before_et_al(form: str, title: str) -> None:
    found = cited(form.format(A="Ann et al.", T=title))
    assert (found.title, found.authors, str(found.date), found.has_others) == (title, ("Ann",), "2019", True)


@pytest.mark.parametrize("link", ["", " [pdf](https://arxiv.org/abs/140{n}.6980)", " https://arxiv.org/abs/140{n}.6980"])
@pytest.mark.parametrize("form", FORMS + LISTED)
def test_a_list_is_written_in_one_way(form: str, link: str) -> None:
    """Then one name is enough, and `Bo, Cid` are two."""
    people = ("Ann et al.", "Bo and Cid", "Ann, Bo, Cid & Dee", "Cid & Dee", "Eno")
    titles = (*TITLES, "Ends of nets")
    lines = [form.format(A=who, T=title) for who, title in zip(people, titles, strict=True)]
    found = listed([line + link.format(n=n) for n, line in enumerate(lines, 1)])
    assert [entry.title for entry in found] == list(titles)
    assert [entry.values("authors") for entry in found] == [
        ["Ann"], ["Bo", "Cid"], ["Ann", "Bo", "Cid", "Dee"], ["Cid", "Dee"], ["Eno"],
    ]  # fmt: skip
    assert {year for entry in found for year in entry.values("cited_year")} == {"2019"}
    assert all(bool(entry.ids) is bool(link) for entry in found)


def test_in_a_list_of_family_names_two_are_two_people() -> None:
    found = listed(["Ann, Bo, Cid - Nets, 2019", "Dee, Eno - Ends, 2018", "Ann, Eno, Fox, Gil - Knots, ICML 2017"])
    assert [entry.values("authors") for entry in found][1] == ["Dee", "Eno"]


def test_elsewhere_they_are_the_family_and_given_name_of_one() -> None:
    found = listed([
        '"**Deep Nets**", Ann, Ada, Bob Bo, and Cid D. Eno. (2012)', '"**Wide Nets**", I. Ann et al. (2013)',
        '"**Tall Nets.**", Fox, Gil, et al. (2015)', '"**Long Nets**", Hal, Ida (2013)',
    ])  # fmt: skip
    assert [entry.values("authors") for entry in found] == [
        ["Ada Ann", "Bob Bo", "Cid D. Eno"], ["I. Ann"], ["Gil Fox"], ["Ida Hal"],
    ]  # fmt: skip


@pytest.mark.parametrize("line", [
    "Bias and Variance - A Study of Nets (2019)", "Faster, Higher, Stronger: A Study (2019)", "Ends, Ann, 2019. Nets",
    "Nets of Ends - Knots and Ropes, 2019", "Nets, Knots and Ropes, 2019", "The Drawn Net by Ada Ann (2019)",
    "Ann et al. (2019) Nets changed everything.", "Ann et al. - great on ends (2019)", "Ann (2019). Nets of ends",
    "Nets of ends (Ann, 2019)", "Compared to Ann et al. (2019), Nets end.", "Nets by Monday, 2019", "by Ann, 2019",
    "Nets of Ann et al. (2019) end.", "Deep Learning and Computer Vision (2019). Nets", "In Ann and Bo 2019, nets.",
])  # fmt: skip
def test_a_topic_or_sentence_names_nobody(line: str) -> None:
    found = cited(line)
    assert not (found.title and found.authors and found.date)
    assert listed([line, "Topics and Terms - Their Ends", "buy milk in 2019"]) == []


@pytest.mark.parametrize(("line", "names"), [
    ("Ann, Ada, et al. (2019). Nets of ends", ("Ada Ann",)),
    ("Ann, Ada & Cid, Bo. (2019). Nets of ends", ("Ada Ann", "Bo Cid")),
    ("Ann, Ada, and Bo Cid. (2019). Nets of ends", ("Ada Ann", "Bo Cid")),
    ("Ann, A., Bo, B. (2019). Nets of ends", ("A. Ann", "B. Bo")),
    ("Ann A B, Cid B, et al. Nets of ends. 2019", ("A. B. Ann", "B. Cid")),
])  # fmt: skip
def test_other_orders_of_names_are_not_family_names(line: str, names: tuple[str, ...]) -> None:
    assert (cited(line).title, cited(line).authors) == ("Nets of ends", names)


def test_topics_are_no_habit_of_a_long_list() -> None:
    """Three titles like `Bias and Variance: ...` among seven do not make authors of their topics."""
    topics = ["Bias and Variance: A Study, 2019", "Pruning and Freezing: Ways, 2015", "Knots and Ropes: A Survey, 2018"]
    titles = ["Nets of Ends", "Nets of Knots", "Nets of Ropes", "Nets of Twine"]
    found = listed([*topics, *(f"**{title}** (Ann et al., 2019)" for title in titles)])
    assert [entry.title for entry in found] == titles


@pytest.mark.parametrize(
    "lines",
    [
        ["Attention is expensive (Ann et al., 2019).", "Nets end (Bo & Cid, 2017).", "Depth helps (Dee et al., 2018)."],
        ["Wide nets can forget (Ann et al. 2019)", "Knots are ropes (Bo & Cid 2017)", "Nets tie (Dee et al. 2018)"],
        ["Old nets were small (Ann et al., 2019)", "BERT improves it (Bo & Cid, 2017)", "Knots tie (Dee et al. 2018)"],
    ],
)
def test_remarks_that_end_in_a_citation_are_no_titles(lines: list[str]) -> None:
    assert listed(lines) == []
    assert len(read("n.md", "\n".join(["## References", "", *(f"- {line}" for line in lines)]).encode()).entries) == 3


def test_a_title_may_be_a_sentence_in_a_list_of_titles() -> None:
    titles = ["All you need is a good start", "Learning to end nets", "Attention Is All You Need", "Is depth needed?"]
    found = listed([f"{title} (Ann et al., 2019)" for title in titles])
    assert [entry.title for entry in found] == titles


def test_names_upon_names_are_not_taken_off_one_by_one() -> None:
    assert growth(cited, "Ann, Bo, Cid 2019. ", 1900) < LINEAR


WITHOUT_YEAR = [
    "{T} ({A})", "{T} [{A}]", "{T}, {A}", "{T} - {A}", "{T} by {A}", '"{T}", {A}', "{A}: {T}", "{A} - {T}", "{A}, {T}",
    "{A}. {T}", "**{T}** ({A})", "{T} ({A}) - a classic",
]  # fmt: skip


@pytest.mark.parametrize("form", WITHOUT_YEAR)
def test_et_al_is_enough_without_a_year(form: str) -> None:
    people = ("Ann et al.", "Bo, Cid, Fox et al.", "van der Eno et al.", "Dee et al.")
    found = listed([form.format(A=who, T=title) for who, title in zip(people, TITLES, strict=True)])
    assert [entry.title for entry in found] == list(TITLES)
    authors = [["Ann"], ["Bo", "Cid", "Fox"], ["van der Eno"], ["Dee"]]
    assert [entry.values("authors") for entry in found] == authors
    assert all(entry.values("authors_more") and not entry.values("cited_year") for entry in found)


@pytest.mark.parametrize(
    "lines",
    [
        ["Attention is expensive (Ann et al.)", "Depth helps (Bo et al.)", "Normalization is needed (Cid et al.)"],
        ["Ann et al. say that nets end", "See Bo et al. for knots", "We follow Cid et al.", "In Dee et al. nets end"],
        ["Meeting with Ann et al.", "Lunch with Bo et al.", "Email Cid et al."],
    ],
)
def test_remarks_on_people_are_no_titles(lines: list[str]) -> None:
    assert listed(lines) == []


@pytest.mark.parametrize("tail", ["STOC 1997.", "STOC 1997. http://ends.example/nets.pdf", "STOC 1997 http://ends.example/"])
def test_a_title_after_names_may_look_like_names(tail: str) -> None:
    found = cited(f"Ann et al. Incremental Clustering and Dynamic Retrieval. {tail}")
    assert (found.title, found.authors) == ("Incremental Clustering and Dynamic Retrieval", ("Ann",))
    assert found.date is not None
    assert found.date.year == 1997


def test_names_behind_the_year_of_a_title() -> None:
    ends = ["Ann and Bo", "Ann, Bo & Cid", "Ann et al.", "by Ann Ann and Bob Bo"]
    found = listed([f"Nets of {n} Ends (201{n}) - {who}" for n, who in enumerate(ends)])
    assert [(e.title, e.values("cited_year"), e.values("authors")) for e in found] == [
        ("Nets of 0 Ends", ["2010"], ["Ann", "Bo"]),
        ("Nets of 1 Ends", ["2011"], ["Ann", "Bo", "Cid"]),
        ("Nets of 2 Ends", ["2012"], ["Ann"]),
        ("Nets of 3 Ends", ["2013"], ["Ann Ann", "Bob Bo"]),
    ]
    assert not listed([f"Nets of {n} Ends (201{n}) - a study, of {n} nets" for n in range(4)])


def test_the_whole_citation_may_be_the_text_of_a_link_to_a_note() -> None:
    found = listed([f"[Nets of {n} Ends (201{n}) - Ann, Bo, Cid]({n}.md)" for n in range(3)])
    assert [e.title for e in found] == [f"Nets of {n} Ends" for n in range(3)]
    assert [e.values("authors") for e in found] == [["Ann", "Bo", "Cid"]] * 3

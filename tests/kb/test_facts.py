"""Fields, as people name them, become facts: normal forms, places, and what could not be understood."""

import pytest

from kb.dialects.edge_fields import edge_links
from kb.facts import Facts, from_fields
from kb.frontmatter import parse_fields


def read(source: str) -> Facts:
    return from_fields(parse_fields(source)[0])


def problems(source: str) -> list[tuple[int, int, str]]:
    return [(problem.line, problem.column, problem.code) for problem in read(source).problems]


# -- authors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "authors"),
    [
        ("authors: [Yuxin Wu, Kaiming He]", ["Yuxin Wu", "Kaiming He"]),
        ("author: Diederik P. Kingma and Jimmy Ba", ["Diederik P. Kingma", "Jimmy Ba"]),
        ("author: 'Kingma, Diederik P. and Ba, Jimmy'", ["Diederik P. Kingma", "Jimmy Ba"]),
        ("authors: Alex Allamanis, Earl T. Barr, Al Sutton", ["Alex Allamanis", "Earl T. Barr", "Al Sutton"]),
        ("authors: A. Vaswani, N. Shazeer & N. Parmar", ["A. Vaswani", "N. Shazeer", "N. Parmar"]),
        ("authors: Vaswani A; Shazeer N", ["A. Vaswani", "N. Shazeer"]),
        ("authors: 'van der Maaten, Laurens'", ["Laurens van der Maaten"]),
        ("authors: Ashish Vaswani et al.", ["Ashish Vaswani"]),
        ("authors: [Ashish Vaswani, et al., others]", ["Ashish Vaswani"]),
        ("authors: '{Google Brain Team}'", ["Google Brain Team"]),
        ("creators: [{family: Ba, given: Jimmy}, {name: OpenAI}]", ["Jimmy Ba", "OpenAI"]),
        ("author: [[Yann LeCun]]", ["Yann LeCun"]),
        ("authors: ['[[people/Yann LeCun|Yann LeCun]]', '[[Léon Bottou]]']", ["Yann LeCun", "Léon Bottou"]),
        ("author: Ann Ann\nauthors: [Ann Ann, Bob Bo]", ["Ann Ann", "Bob Bo"]),  # the first of them twice
        ("author(s): Ann Ann, Bob Bo", ["Ann Ann", "Bob Bo"]),
        ("authors: []", []),
        ("author: arxiv.org", []),  # as web clippers write it
        ("author: '[arxiv.org]()'", []),
        ("authors: ['{Ann ![{}](file:///a)}']", ["Ann ![](file:///a)"]),  # as import writes what is no link
        ("author: me@example.org", []),  # whoever saved the page
        ("Authors: ['[[Authors/Ann Ann]]', '[[People/Bob Bo|Bo]]']", ["Ann Ann", "Bo"]),
        ("author: '[Yann LeCun](http://yann.lecun.com/), [Léon Bottou](https://leon.bottou.org/)'",
         ["Yann LeCun", "Léon Bottou"]),
        ("authors: [Vaswani et al., Devlin]", ["Vaswani", "Devlin"]),
        ("authors: Vaswani, Shazeer et al.", ["Vaswani, Shazeer et al."]),
        ("first author: 'He, Kaiming'\nauthors: ['Kaiming He', 'Zhang, Xiangyu']", ["Kaiming He", "Xiangyu Zhang"]),
        ("FirstAuthor: He, Kaiming\nAuthor: 'Zhang, Xiangyu'", ["Kaiming He", "Xiangyu Zhang"]),  # as Zotero exports it
    ],
)  # fmt: skip
def test_authors(source: str, authors: list[str]) -> None:
    assert read(source).all("authors") == authors


@pytest.mark.parametrize(("source", "more"), [
    ("authors: Ashish Vaswani et al.", "et al."), ("authors: [Ashish Vaswani, others]", "others"),
    ("author: Diederik P. Kingma and Jimmy Ba", ""), ("author: Vaswani et al. (Google Brain)", "et al."),
    ("authors: [Vaswani et al., Devlin]", "et al."), ("author: Vaswani, Shazeer et al.", ""),      # the text says so
])  # fmt: skip
def test_that_there_are_more_authors_is_a_fact(source: str, more: str) -> None:
    assert read(source).first("authors_more") == more


def test_a_category_of_notes_is_not_one_of_papers() -> None:
    told = {source: read(f"category: {source}").first("category") for source in ("literaturenote", "Literature Note")}
    assert told == {"literaturenote": "", "Literature Note": ""}
    assert read("category: literaturenote").first("type") == "literaturenote"
    assert read("category: Literature Mining").first("category") == "Literature Mining"


@pytest.mark.parametrize("source", ["doi: ''", "arxiv: ''", "date: ''", "doi: N/A", "arxiv_id: none", "arxiv: '-'"])
def test_a_form_that_is_not_filled_in_is_no_mistake(source: str) -> None:
    assert (read(source).problems, read(source).ids, read(source).first("date")) == ([], [], "")


@pytest.mark.parametrize("name", ["journal", "BookTitle", "venue", "citekey", "builds_on"])
def test_a_field_that_is_left_empty_tells_nothing(name: str) -> None:
    assert read(f"{name}: ''").marks == read(f"{name}: ''").facts == []


@pytest.mark.parametrize(
    ("source", "mark"),
    [
        ("Title: A\nAuthor: B C\nlink: zotero://select/library/items/XYZ", ["link"]),
        ("Title: A\nAuthor: B C\nlink: '[PDF](zotero://select/groups/12/items/XYZ)'", ["link"]),
        ("Title: A\nAuthor: B C\nlink: zotero://select/library/collections/XYZ", []),
        ("Title: A\nlink: zotero://select/library/items/XYZ", []),
    ],
)
def test_an_item_of_zotero_with_authors_is_a_paper(source: str, mark: list[str]) -> None:
    assert read(source).marks == mark


@pytest.mark.parametrize(
    ("source", "date", "updated"),
    [
        ("doi: 10.48550/arXiv.1706.03762\ndate: 2023-08-02", "", "2023-08-02"),
        ("url: http://arxiv.org/abs/1706.03762\nitemType: preprint\nyear: 2023", "", "2023"),
        ("url: http://arxiv.org/abs/1706.03762\nItem Type: '[[Preprint]]'\nvenue: arXiv\nyear: 2023", "", "2023"),
        ("doi: 10.48550/arXiv.1706.03762\nvenue: NeurIPS\nyear: 2018", "2018", ""),
        ("url: http://arxiv.org/abs/1706.03762\nyear: 2018", "2018", ""),  # nothing says that it is the preprint's
    ],
)
def test_the_last_version_of_a_preprint_does_not_date_it(source: str, date: str, updated: str) -> None:
    assert (read(source).first("date"), read(source).first("updated")) == (date, updated)


@pytest.mark.parametrize(
    "said", ["Abstract page for arXiv paper 1412.6980: Adam", "Join the discussion on this paper page"]
)
def test_what_a_web_page_says_of_itself_is_no_summary(said: str) -> None:
    found = read(f"description: '{said}'")
    assert (found.first("summary"), found.first("description_of_page")) == ("", said)
    assert read(f"description: Not an {said}").first("summary")


def test_a_placeholder_doi_is_kept_and_said_to_lead_nowhere() -> None:
    found = read("doi: https://doi.org/10.5555/3295222.3295349")
    assert (found.first("doi"), [str(paper) for paper in found.ids]) == (
        "10.5555/3295222.3295349",
        ["doi:10.5555/3295222.3295349"],
    )
    [problem] = found.problems
    assert (problem.code, problem.severity) == ("doi-placeholder", "notice")


def test_no_date_yet_is_a_status_and_no_problem() -> None:
    found = read("date: forthcoming")
    assert (found.first("date"), found.first("date_status"), found.problems) == ("", "forthcoming", [])


def test_a_doubtful_name_is_read_and_warned_about_in_its_place() -> None:
    found = read("title: x\nauthors:\n  - Ann Lee\n  - 'Martin Luther King, Jr.'\n")
    assert found.all("authors")[0] == "Ann Lee"
    [problem] = found.problems
    assert (problem.line, problem.column, problem.code) == (4, 5, "author")
    assert "King, Jr., Martin Luther" in f"{problem.message} {problem.hint}"


@pytest.mark.parametrize(("written", "clearer"), [
    ("Vaswani, Ashish, Shazeer, Noam", "Vaswani, Ashish; Shazeer, Noam"),
    ("Devlin, Chang, Lee, Toutanova", "Devlin; Chang; Lee; Toutanova"),
])  # fmt: skip
def test_an_ambiguous_list_of_names_is_reported_until_semicolons_separate_it(written: str, clearer: str) -> None:
    [problem] = read(f"authors: {written}").problems
    assert problem.message.endswith("may be 4 family names, or 2 with given names")
    assert problem.hint == "separate people with ';'"
    assert (len(read(f"authors: {clearer}").all("authors")), read(f"authors: {clearer}").problems) == (
        clearer.count(";") + 1,
        [],
    )


def test_a_text_that_may_be_one_person_or_two_is_reported_with_both_forms() -> None:
    [problem] = read("title: x\nauthors: Vaswani, Shazeer et al.\n").problems
    assert (problem.line, problem.column, problem.code) == (2, 10, "author")
    for offered, people in zip(problem.hint.split("'")[1::2], (["Shazeer Vaswani"], ["Vaswani", "Shazeer"])):
        assert (read(f"authors: {offered}").all("authors"), read(f"authors: {offered}").problems) == (people, [])


# -- ids, dates, tags, aliases ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("arxiv: 1412.6980", ["arxiv:1412.6980"]),
        ("arxiv_id: '0704.0001v2'", ["arxiv:0704.0001"]),
        ("eprint: hep-th/9901001", ["arxiv:hep-th/9901001"]),
        ("url: https://arxiv.org/abs/1412.6980", ["arxiv:1412.6980"]),
        ("doi: 10.48550/arXiv.1412.6980", ["arxiv:1412.6980"]),
        ("doi: arXiv:1412.6980v2", ["arxiv:1412.6980"]),
        ("doi: https://doi.org/10.1145/32925\narxiv: 1412.6980", ["arxiv:1412.6980", "doi:10.1145/32925"]),
        ("arxiv: [1412.6980, 1706.03762]", ["arxiv:1412.6980", "arxiv:1706.03762"]),
        ("additional_links: [{name: ArXiV, url: 'https://arxiv.org/abs/1412.6980'}]", ["arxiv:1412.6980"]),
        ("arXiv URL: https://arxiv.org/abs/1412.6980", ["arxiv:1412.6980"]),
        ("paper: \"[[Adam]]\"", []),
        ("arxiv: '[1412.6980](https://arxiv.org/abs/1412.6980)'", ["arxiv:1412.6980"]),
        ("url: '[Page](https://arxiv.org/abs/1412.6980)'", ["arxiv:1412.6980"]),
        ("uri: https://arxiv.org/abs/1412.6980", ["arxiv:1412.6980"]),
        ("bibliography: 'Ann, A. (2014). *Adam*. https://doi.org/10.1145/32925'", ["doi:10.1145/32925"]),
        ("bibliography: 'https://doi.org/10.1145/32925'\narxiv: 1412.6980", ["arxiv:1412.6980"]),
        ("bibliography: [a.bib, b.bib]", []),
    ],
)  # fmt: skip
def test_ids(source: str, found: list[str]) -> None:
    assert [str(paper) for paper in read(source).ids] == found


def test_the_version_is_a_fact_of_its_own() -> None:
    found = read("arxiv: arXiv:1706.03762v5")
    assert (found.first("arxiv_id"), found.first("arxiv_version")) == ("1706.03762", "5")


@pytest.mark.parametrize(
    ("source", "code", "hint"),
    [
        ("arxiv: 1501.0001", "arxiv-id", "did you mean 1501.00001?"),
        ("arxiv: soon", "arxiv-id", "write it as YYMM.NNNNN"),
        ("doi: '10.1234'", "doi", "a DOI looks like 10.1145/3065386"),
        ("date: 2017-13-40", "date", "write 2017, 2017-06 or 2017-06-12"),
        ("aliases: Adam, ADAM", "alias", "write several as a list"),
    ],
)
def test_what_is_not_understood_is_reported_with_a_fix(source: str, code: str, hint: str) -> None:
    [problem] = read(f"title: x\n{source}").problems
    assert (problem.line, problem.code, problem.hint) == (2, code, hint)


@pytest.mark.parametrize(
    ("source", "date"),
    [
        ("date: 2017-06-12", "2017-06-12"), ("date: June 2017", "2017-06"), ("year: 2017", "2017"),
        ("year: 2017\nmonth: jun", "2017-06"), ("year: 2018\ndate: 2017-06", "2017-06"),
        ("date: 2017-06\nyear: 2018", "2017-06"), ("published: 2023-08-02T00:41:18Z", "2023-08-02"), ("date: n.d.", ""),
        ("published: 2017-06-12\nupdated: 2023-08-02", "2017-06-12"),
        ("publish_date: 2017-06-12", "2017-06-12"), ("Pub date: 2017-06", "2017-06"), ("issued: 2017", "2017"),
        ("updated: 2023-08-02", ""),
        ("publication date: 2020-12-31", "2020-12-31"), ("publication_year: 2020", "2020"),
        ("Date Published: 2020-12", "2020-12"), ("publicationDate: '2020'", "2020"),
    ],
)  # fmt: skip
def test_dates(source: str, date: str) -> None:
    assert read(source).first("date") == date


@pytest.mark.parametrize(
    ("source", "tags"),
    [
        ("tags: [a, b/c, language model]", ["a", "b/c", "language model"]),
        ("tags: a, b", ["a", "b"]),
        ("tags: '#a #b/c, #d'", ["a", "b/c", "d"]),
        ("tags: reinforcement learning", ["reinforcement learning"]),
        ("keywords: ['[[GAN]]', '#x']", ["GAN", "x"]),
        ("tags: [no, 010, 12:30:00]", ["no", "010", "12:30:00"]),
    ],
)
def test_tags(source: str, tags: list[str]) -> None:
    assert read(source).all("tags") == tags


def test_a_lone_alias_is_one_alias_even_with_a_comma() -> None:
    assert read("aliases: Attention, Learn!").all("aliases") == ["Attention, Learn!"]
    assert read("aliases: [A, B]").all("aliases") == ["A", "B"]
    assert problems("aliases: Adam") == []


def test_titles_are_shown_as_people_write_them() -> None:
    assert read("title: '{\\\"U}ber $\\beta$-{VAE}s &amp; I&#39;m'").first("title") == "Über β-VAEs & I'm"
    assert read("title: '[[Adam|Adam: A Method]]'").first("title") == "Adam: A Method"


def test_unknown_fields_are_kept_with_their_place() -> None:
    [fact] = read("rating: 5 of 5").facts
    assert (fact.field, fact.value, fact.line, fact.column) == ("rating", "5 of 5", 1, 9)


# -- edges in front matter -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "edges"),
    [
        ("builds_on: [adam, 'Layer Norm']", [("adam", "builds-on", ""), ("Layer Norm", "builds-on", "")]),
        ("patterns: ['[[gating]]', multi-x]", [("gating", "uses-pattern", ""), ("multi-x", "uses-pattern", "")]),
        ("constraints: energy", [("energy", "raises-constraint", "")]),
        ("builds-on: ['[[adam|Adam]]: keeps the moments']", [("adam", "builds-on", "keeps the moments")]),
        ("cites: [arXiv:1412.6980]", [("arXiv:1412.6980", "cites", "")]),
        ("up: [[BatchNorm]]", [("BatchNorm", "up", "")]),
        ("up: '[[BatchNorm]] because'", [("BatchNorm", "up", "")]),
        ("source: '[a paper](<../A%20B.md>)'", [("../A B.md", "source", "")]),
        ("title: plain words", []),
        ("builds_on: ''", []),
    ],
)  # fmt: skip
def test_edges(source: str, edges: list[tuple[str, str, str]]) -> None:
    links = edge_links(parse_fields(source)[0])
    assert [(link.target, link.role, link.why) for link in links] == edges


@pytest.mark.parametrize(
    "source",
    [
        'up: "[[a]] é [[b]]"', "up: [[a]]", "é: 'x [[a]]'\nup:\n  - é\n  - [[b#c|d]]", "up: [ [[a]], '[[b]]' ]",
        "text: |\n  é\n    é [[a]]\n  [[b]] [[c]]", "text: >-\n  some\n  é [[a]] and [b](b.md)", "by: [[@x]] é [[b]]",
    ],
)  # fmt: skip
def test_links_stand_where_they_are_said_to_stand(source: str) -> None:
    lines = source.split("\n")
    links = edge_links(parse_fields(source)[0])
    assert len(links) == source.count("[[") + source.count("](")
    for link in links:
        assert lines[link.line - 1][link.column - 1 :].startswith(link.raw)

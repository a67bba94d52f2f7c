"""Front matter and YAML files: text stays text, places are exact, and a broken field costs only itself."""

import gc

import pytest

from kb.fields import Field, Problem
from kb.frontmatter import parse_fields, split
from kb.yaml_matter import parse_mappings
from tests.kb.growth import LINEAR, growth


def values(fields: list[Field]) -> dict[str, list[str]]:
    return {field.key: [value.text for value in field.values] for field in fields}


def read(source: str) -> dict[str, list[str]]:
    return values(parse_fields(source)[0])


def problems(source: str) -> list[tuple[int, int, str]]:
    return [(problem.line, problem.column, problem.code) for problem in parse_fields(source)[1]]


# -- where it ends ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("---\ntitle: A\n---\nbody", "body"),
        ("--- \ntitle: A\n... \nbody", "body"),
        ("---\n\ntitle: A\n\n---\nbody", "body"),
        ("---\n---\nbody", "body"),
        ("---\ntitle: A\n---", ""),
        ("---\n'title': A\n---\nbody", "body"),
        ("---\n{title: A}\n---\nbody", "body"),
        ("---\ntext: a --- b\n---\nbody", "body"),
    ],
)
def test_the_body_begins_after_the_second_fence(text: str, body: str) -> None:
    source, start, problem = split(text)
    assert source is not None
    assert problem is None
    assert text[start:] == body


@pytest.mark.parametrize(
    "text", ["body", "", " ---\na: 1\n---\n", "---\n\nText.\n\n---\nmore", "---\n\nText.\n", "----\n"]
)
def test_a_line_across_the_page_is_no_front_matter(text: str) -> None:
    assert split(text) == (None, 0, None)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("---\ntitle: A\n\nbody", "front-matter-open"),
        ("---\njust a string [[x]]\n---\nbody", "yaml-shape"),
        ("---\n- a\n- b\n---\nbody", "yaml-shape"),
    ],
)
def test_what_is_not_front_matter_stays_in_the_body_and_is_reported(text: str, code: str) -> None:
    source, start, problem = split(text)
    assert (source, start) == (None, 0)
    assert problem is not None
    assert problem.code == code


# -- values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("x: 1412.6980", "1412.6980"),
        ("x: 0704.0001", "0704.0001"),
        ("x: 1.10", "1.10"),
        ("x: 12:30", "12:30"),
        ("x: NO", "NO"),
        ("x: 1501_00001", "1501_00001"),
        ("x: 2017-13-40", "2017-13-40"),
        ("x: 'a: b'", "a: b"),
        ('x: "\\u00e9 # b"', "é # b"),
        ("x: [[Adam, a Method: part]]", "[[Adam, a Method: part]]"),
        ("x: !!python/object/apply:os.system [id]", "id"),
        ("x: >\n  a\n  b\n", "a b\n"),
    ],
)
def test_a_scalar_is_the_text_that_was_written(source: str, text: str) -> None:
    assert read(source) == {"x": [text]}
    assert problems(source) == []


def test_null_is_no_value_but_a_quoted_one_is() -> None:
    assert read("a:\nb: ~\nc: null\nd: 'null'\ne: ''") == {"a": [], "b": [], "c": [], "d": ["null"], "e": [""]}


def test_lists_are_flattened_and_maps_become_dotted_keys() -> None:
    assert read("a: [1, [2, 3]]\nb: {c: 4, d: {e: 5}}") == {"a": ["1", "2", "3"], "b.c": ["4"], "b.d.e": ["5"]}


def test_people_and_addresses_in_maps() -> None:
    source = """
authors:
- {family: Kingma, given: Diederik}
- {name: Jimmy Ba, url: 'https://ba.org'}
links:
- {name: "ArXiV", url: "https://arxiv.org/abs/1412.6980"}
"""
    assert read(source) == {
        "authors": ["Diederik Kingma", "Jimmy Ba"],
        "links": ["https://arxiv.org/abs/1412.6980"],
    }


def test_places_count_code_points_and_only_newlines() -> None:
    fields, _ = parse_fields("é: 😀x\nb: 'y\u2028\x85'\n\nc:\n  - [ä, z]", first_line=2)
    places = [(value.text, value.line, value.column) for field in fields for value in field.values]
    assert [place for place in places if place[0] != "y  "] == [("😀x", 2, 4), ("ä", 6, 6), ("z", 6, 9)]
    assert [(field.line, field.column) for field in fields] == [(2, 1), (3, 1), (5, 1)]


# -- traps and breakage ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "found", "problem"),
    [
        ("tags: #paper\nb: 1", {"tags": [], "b": ["1"]}, (1, 6, "yaml-comment")),
        ("tags:\n- #paper\n- b", {"tags": ["b"]}, (2, 2, "yaml-comment")),
        ("a: 1\na: 2", {"a": ["2"]}, (2, 1, "yaml-duplicate")),
        ("a: 1\nb: x: y\na: 2", {"a": ["2"], "b": ["x: y"]}, (2, 5, "yaml")),
        ("title: Attention: all\nb: 1", {"title": ["Attention: all"], "b": ["1"]}, (1, 17, "yaml")),
        ("author: [[@x on Twitter]]\nb: 2", {"author": ["[[@x on Twitter]]"], "b": ["2"]}, (1, 11, "yaml")),
        ("title: 'It's'", {"title": ["It's"]}, (1, 12, "yaml")),
        ("tags: [a, b\nc: 1", {"tags": ["[a, b"], "c": ["1"]}, (1, 12, "yaml")),
        ("authors:\n- @foo\n- 'b'\nc: 1", {"authors": ["@foo", "b"], "c": ["1"]}, (2, 3, "yaml")),
        ("a: \x07\nb: 2", {"a": ["\x07"], "b": ["2"]}, (1, 1, "yaml")),
        ("a: *nothing\nb: 2", {"a": ["*nothing"], "b": ["2"]}, (1, 4, "yaml")),
        ("aliases:\n- Fast:\n- b", {"aliases": ["b"]}, (2, 3, "yaml-shape")),
        ("aliases:\n- Fast tags:\n- b", {"aliases": ["Fast"], "tags": ["b"]}, (2, 3, "yaml-shape")),
        ("aliases:\n- Fast tags:\n- b\ntags:\n- c", {"aliases": ["Fast"], "tags": ["c"]}, (4, 1, "yaml-duplicate")),
    ],
)  # fmt: skip
def test_one_bad_field_costs_only_itself(
    source: str, found: dict[str, list[str]], problem: tuple[int, int, str]
) -> None:
    assert read(source) == found
    assert problem in problems(source)


def test_a_key_given_twice_is_reported_in_broken_yaml_too() -> None:
    assert {code for _, _, code in problems("a: 1\nb: x: y\na: 2")} == {"yaml", "yaml-duplicate"}


def test_the_place_of_a_repaired_value_is_where_it_stands() -> None:
    fields, _ = parse_fields("a: 1\nauthors:\n- @foo\n-   'é'\nt:   x: y", first_line=2)
    assert [(v.text, v.line, v.column) for f in fields for v in f.values] == [
        ("1", 2, 4), ("@foo", 4, 3), ("é", 5, 5), ("x: y", 6, 6),
    ]  # fmt: skip


@pytest.mark.parametrize(("written", "items"), [
    ("[vision, #nlp]", [("vision", 9), ("#nlp", 17)]),
    ("[#a, @b c ,d: e]", [("#a", 9), ("@b c", 13), ("d: e", 19)]),
    ("[@a]", [("@a", 9)]),
    ("[[[A]], @b]", [("[[[A]], @b]", 8)]), ("[a, @b", [("[a, @b", 8)]),
])
def test_a_list_that_is_no_yaml_because_of_its_items_is_a_list(written: str, items: list[tuple[str, int]]) -> None:
    [field], [problem] = parse_fields(f"alias: {written}")
    assert [(value.text, value.column) for value in field.values] == items
    assert problem.code == "yaml"


def test_what_has_no_key_at_all_is_one_problem() -> None:
    assert parse_fields("]") [0] == []
    assert [problem.code for problem in parse_fields("]")[1]] == ["yaml"]
    assert [problem.code for problem in parse_fields("a string")[1]] == ["yaml-shape"]


# -- YAML files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "titles"),
    [
        ("title: A\nyear: 2017\n", ["A"]),
        ("- title: A\n- title: B\n", ["A", "B"]),
        ("papers:\n- title: A\n- title: B\n", ["A", "B"]),
        ("# mine\n---\ntitle: A\n---\ntitle: B\n...\n", ["A", "B"]),
        ("%YAML 1.2\n---\ntitle: A\n", ["A"]),
        ("- title: A: b\n  year: 1\n- title: [x\n  year: 2\n- title: C\n", ["A: b", "[x", "C"]),
        ("papers:\n  - title: A\n  - title: x: y\n    tags: [b]\n", ["A", "x: y"]),
    ],
)
def test_every_paper_of_a_yaml_file_is_found(source: str, titles: list[str]) -> None:
    mappings, _ = parse_mappings(source)
    assert [values(fields)["title"][0] for fields in mappings if fields] == titles


def test_places_in_the_later_parts_of_a_yaml_file() -> None:
    mappings, found = parse_mappings("- title: A\n  year: 1\n- year: é\n  title: x: y\n")
    places = [(value.text, value.line, value.column) for fields in mappings for f in fields for value in f.values]
    assert places == [("A", 1, 10), ("1", 2, 9), ("é", 3, 9), ("x: y", 4, 10)]
    assert found == [Problem(4, 11, "yaml", "the value of `title` is not YAML; read as plain text", "put it in quotes")]
    [[first], [second]] = parse_mappings("---\na: 1\n\n---\n\nb: 2\n")[0]
    assert (first.line, second.line) == (2, 6)


# -- hostile ---------------------------------------------------------------------------------------------------------


def bomb(leaf: str, level: str) -> str:
    """Twelve levels, each with nine aliases of the one below: 9^11 leaves."""
    return f"a0: &a0 {leaf}\n" + "".join(f"a{i}: &a{i} {level}\n".replace("*", f"*a{i - 1}") for i in range(1, 12))


BOMBS = {
    "aliases in lists": bomb("[x, x]", f"[{', '.join('*' * 9)}]"),
    "aliases in maps": bomb("{x: 1}", f"{{{', '.join(f'k{i}: *' for i in range(9))}}}"),
    "a map in itself": "a: &a {b: *a, c: *a, d: *a}",
    "a list in itself": "a: &a [*a, *a, *a]",
}


@pytest.mark.parametrize("source", BOMBS.values(), ids=BOMBS.keys())
def test_alias_bombs_stay_small(source: str) -> None:
    fields, found = parse_fields(source)
    assert sum(len(field.values) for field in fields) < 50_000
    assert [problem.code for problem in found] == ["yaml-size"]


@pytest.mark.parametrize(
    "nested",
    [
        "[" * 20_000,
        "{a: " * 15_000,
        "[']', " * 10_000,
        "\n  " + "- " * 20_000 + "x",
        "\n  " + "? " * 20_000 + "x",
        f"'{']' * 20_000}'\nc: " + "[" * 20_000,
    ],
    ids=["brackets", "braces", "closing in quotes", "dashes", "question marks", "closing before"],
)
def test_deep_nesting_neither_crashes_nor_hides_the_other_fields(nested: str) -> None:
    source = f"title: A\nb: {nested}\nlast: Z\n"
    assert read(source).items() >= {"title": ["A"], "last": ["Z"]}.items()
    assert any("nested too deeply" in problem.message for problem in parse_fields(source)[1])


def test_too_much_front_matter_is_not_read() -> None:
    assert parse_fields("a: 1\n" + "# x\n" * 20_000) == (
        [],
        [Problem(1, 1, "yaml-size", "front matter over 64 KiB is not read", "move the text below it")],
    )


@pytest.mark.parametrize(
    "piece",
    ["- a: 1\n  b:\n", "- a: [\n", "a: b: c\n", "---\na: 1\n", "a:\n", "a", "a:", "- ", "[", "'", "!a &b ", " ", "\n"],
)
def test_yaml_files_take_linear_time(piece: str) -> None:
    gc.disable()  # the more objects are alive, whoever made them, the more collecting garbage costs
    try:
        assert growth(parse_mappings, piece, 40_000) < LINEAR
    finally:
        gc.enable()


@pytest.mark.parametrize("piece", ["---\n", "a", "a:a", "\"", "a: b\n", " \n", "-"])
def test_looking_for_the_fences_takes_linear_time(piece: str) -> None:
    assert growth(lambda text: split("---\n" + text), piece, 400_000) < LINEAR

"""Labeled statements: what belongs to what, and what a single line contains."""

import pytest

from kb.labelled import Statement, enumerated, fold_label, listed, sentences, statements
from tests.kb.growth import LINEAR, growth


def tree(text: str) -> list[tuple[str, str, list]]:  # type: ignore[type-arg]
    def shape(found: list[Statement]) -> list[tuple[str, str, list]]:  # type: ignore[type-arg]
        return [(each.label, each.text, shape(each.under)) for each in found]

    return shape(statements(text, text.split("\n")))


def test_lists_belong_to_the_paragraph_above_and_that_to_its_heading() -> None:
    assert tree("# A\n\nOf this: much\n\n- one\n  - two\n\n## B\n\ntext\n") == [
        ("a", "", [("of this", "much", [("", "one", [("", "two", [])])]), ("b", "", [("", "text", [])])]),
    ]


def test_a_bold_line_heads_what_follows_it() -> None:
    assert tree("**One**\n\ntext: here\n\n- item\n\n**Two**: said\n\nplain\n") == [
        ("one", "", [("text", "here", [("", "item", [])])]),
        ("two", "said", []),
        ("", "plain", []),
    ]


def test_lines_in_bold_letters_stand_for_themselves() -> None:
    text = "intro\n\n**One** - said\nand more\n**Two**: other\n"
    found = statements(text, text.split("\n"))
    assert [(each.label, each.text, each.line) for each in found] == [
        ("", "intro", 1),
        ("one", "said and more", 3),
        ("two", "other", 5),
    ]


@pytest.mark.parametrize(
    ("written", "label", "text"),
    [
        ("Claim: x", "claim", "x"),
        ("**Claim:** x", "claim", "x"),
        ("**Claim**: x", "claim", "x"),
        ("**Claim.** x", "claim", "x"),
        ("**Claim** - x", "claim", "x"),
        ("**Claim: x**", "claim", "x"),
        ("Claim — x", "claim", "x"),
        ("断言：x", "断言", "x"),
        ("Утверждение : x", "утверждение", "x"),
        ("**Claim (main)**: x", "claim", "x"),
        ("a ratio of 3:1 is fine", "", "a ratio of 3:1 is fine"),
        ("see (also: there)", "", "see (also: there)"),
        ("**bold** words begin", "", "bold words begin"),
    ],
)
def test_labels(written: str, label: str, text: str) -> None:
    [found] = statements(f"- {written}\n", [f"- {written}"])
    assert (found.label, found.text) == (label, text)


@pytest.mark.parametrize("written", ["2. Open Questions:", "**Open questions**", "(iv) Open  questions (2)"])
def test_labels_compare_without_numbers_brackets_and_case(written: str) -> None:
    assert fold_label(written) == "open questions"


def test_sentences_end_where_a_sentence_ends() -> None:
    assert sentences("It holds, e.g. In rain, cf. Fig. 2 of Ba et al. There! Does it? “Yes.” v2.1 too.") == [
        "It holds, e.g. In rain, cf. Fig. 2 of Ba et al. There!",
        "Does it?",
        "“Yes.” v2.1 too.",
    ]
    assert sentences("它有效。为什么？不知道") == ["它有效。", "为什么？", "不知道"]


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("1) a 2) b", ["a", "b"]),
        ("First: (1) a, and (2) b (really)", ["a", "b (really)"]),
        ("1. a; 2. b", ["a", "b"]),
        ("（1）甲；（2）乙", ["甲", "乙"]),
        ("1、甲；2、乙", ["甲", "乙"]),
        ("2) a 3) b", []),
        ("(1) alone", []),
        ("up to version 1. Then version 2. End", []),
        ("f(1) and g(2)", []),
    ],
)
def test_what_a_line_counts(line: str, parts: list[str]) -> None:
    assert enumerated(line) == parts


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("a; b (c; d); and e", ["a", "b (c; d)", "e"]),
        ("Loss goes up, Norms blow up, Nothing helps it", ["Loss goes up", "Norms blow up", "Nothing helps it"]),
        ("a; b", []),
        ("Adam, SGD, Lion", []),
    ],
)
def test_what_a_line_lists(line: str, parts: list[str]) -> None:
    assert listed(line) == parts


def test_a_deep_list_is_walked_in_order() -> None:
    text = "".join("  " * depth + f"- {depth}\n" for depth in range(1500))
    [top] = statements(text, text.split("\n"))
    assert [int(each.text) for each in top.walk()] == list(range(1, 1500))


@pytest.mark.parametrize("piece", ["**a**: b\n", "a:\n\n", "1) (2) ① ", "a. B? ", "(a; [b, ", "Ab cd ef, "])
def test_time_is_linear(piece: str) -> None:
    def read(text: str) -> None:
        for each in statements(text, text.split("\n")):
            enumerated(each.whole), listed(each.whole), sentences(each.whole)

    assert growth(read, piece, 60_000) < LINEAR

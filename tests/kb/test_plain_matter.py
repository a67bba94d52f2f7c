"""Front matter read without a YAML parser has the same text, places and quotes; what might differ is left to YAML."""

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from kb import plain_matter
from kb.fields import Field, Problem
from kb.yaml_fields import Reader, compose

COMMON = """title: "Adam: A Method for Stochastic Optimization"
authors: [Diederik P. Kingma, 'Jimmy Ba', "J. 'Y. Ba"]
date: 2014-12-22
arxiv: "1412.6980"
url: https://arxiv.org/abs/1412.6980
venue: ICLR 2015, San Diego
tags: [optimizers, deep-learning/training]
category: Optimization & Regularization
read: null
date created: 2024-05-01
summary:
note: ''
aliases:
  - Adam
  - "[[Adam optimizer]]"
links:
- https://arxiv.org/abs/1412.6980
"""


def by_yaml(source: str) -> list[Field]:
    """The fields as a YAML parser finds them; asserts that it finds no problem.

    Raises:
        yaml.YAMLError: The source is not YAML.
    """
    problems: list[Problem] = []
    node = compose(source)
    fields = Reader(source, 2, problems).fields(node) if isinstance(node, yaml.MappingNode) else []
    assert isinstance(node, yaml.MappingNode) or node is None
    assert not problems
    return fields


def test_what_most_notes_have_is_read_without_yaml() -> None:
    assert plain_matter.read(COMMON, 2) == by_yaml(COMMON)
    assert [len(field.values) for field in by_yaml(COMMON)] == [1, 3, 1, 1, 1, 1, 2, 1, 0, 1, 0, 1, 2, 1]


SIGNS = [
    *"a0é ,:'\"[]{}#&*!|>%@?-.~\\/", ": ", " #", "- ", "null", "2017-06-12", "\t", "\u2028", "\x85", "\ufeff", "\0",
]  # fmt: skip
KEYS = ["title", "tags", "a-b", "é", "null", "a b", "a  b", "a ", "a -b", "a #b", "-a", "1", "'q'", ""]
some = st.sampled_from
words = st.lists(some(SIGNS), max_size=5).map("".join)
safe = st.text("ab 0.-", min_size=1, max_size=4)
quoted = st.builds("{0}{1}{0}".format, some("'\""), words)
items = st.lists(st.one_of(safe, safe, quoted, words), max_size=3)
bracketed = st.builds(lambda parts, comma: f"[{comma.join(parts)}]", items, some([",", ", ", " ,"]))
values = st.one_of(safe, words, quoted, bracketed, st.builds("{}{}".format, safe, words))
plain_lines = st.builds("{}:{}{}{}\n".format, some(KEYS), some([" ", " ", "  ", ""]), values, some(["", "", " "]))
list_lines = st.builds("{}-{}{}\n".format, some(["", "  ", "  ", "    "]), some([" ", " ", "  ", ""]), values)
other_lines = some(["\n", "list:\n", "list: \n", "  b\n", "# c\n", "---\n"])
lists = st.builds("".join, st.lists(list_lines, max_size=3)).map("list:\n{}".format)


@given(st.lists(st.one_of(plain_lines, plain_lines, list_lines, lists, other_lines), max_size=4))
@example(["a: b: c\n"])
@example(["a: [b: c]\n"])
@example(["a: [b, ]\n"])
@example(["a: ['b', c']\n"])
@example(['a: ["b, c", d]\n'])
@example(['a: "b\\n"\n'])
@example(["a: ''''\n"])
@example(["a: b\n", "  c\n"])
@example(["a: b\n", "a: c\n"])
@example(["a: [null, b]\n"])
@example(["a: b\n", "  - c\n"])
@example(["a:\n", "  - c\n", "- d\n"])
@example(["a:\n", "  - c: d\n"])
@example(["a:\n", "  - c:\n"])
@example(["a:\n", "  - [c]\n"])
@example(["a: null\n", "- c\n"])
@example(["a: b\0c\n"])
@example(["a: b\u2028c\n"])
def test_what_is_read_without_yaml_means_the_same_in_yaml(lines: list[str]) -> None:
    source = "".join(lines)
    plain = plain_matter.read(source, 2)
    if plain is not None:
        assert plain == by_yaml(source)


@pytest.mark.parametrize("source", [
    "a: [[Note]]\n", "a: [b, [c]]\n", "a: {b: c}\n", "a: b # c\n", "a: # c\n", "a:\n- - b\n", "a:\n  b: c\n", "a: b:\n",
    "a: |\n  b\n", "a: @b\n", "a: 'it''s'\n", "a:b\n", "a\n", "- a: b\n", "...\n", "a: [b #c]\n", "a: [b\n", "a: \tb\n",
])  # fmt: skip
def test_what_means_more_is_left_to_yaml(source: str) -> None:
    assert plain_matter.read(source, 2) is None

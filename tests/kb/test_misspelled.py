"""A mistyped name finds what was meant, and typos stay cheap in a large vault."""

import time

import pytest

from kb.misspelled import near_each
from tests.kb.growth import LINEAR

NAMES = [
    "adam",
    "adamw",
    "batchnorm",
    "Attention Is All You Need",
    "Deep Residual Learning for Image Recognition",
    "multi-x",
    "vit",
    *(f"paper on learning number {number}" for number in range(500)),
]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("adm", "adam"),
        ("bathcnorm", "batchnorm"),
        ("atention is all you ned", "Attention Is All You Need"),
        ("deep residul learning for image recogniton", "Deep Residual Learning for Image Recognition"),
        ("multi x", "multi-x"),
        ("vitt", "vit"),
    ],
)
def test_what_was_meant_comes_first(typed: str, meant: str) -> None:
    assert near_each([typed], NAMES)[typed][0] == meant


@pytest.mark.parametrize("typed", ["zzzzzz", "", "-", "\U0001f642"])
def test_nothing_is_near_nonsense(typed: str) -> None:
    assert near_each([typed], NAMES) == {typed: []}


def test_order_of_names_does_not_matter() -> None:
    assert near_each(["paper on lerning number 7"], NAMES) == near_each(["paper on lerning number 7"], NAMES[::-1])


def test_twice_the_vault_takes_twice_the_time() -> None:
    def seconds(size: int) -> float:
        names = [f"on learning {number * 7919 % 10007} from {number}" for number in range(size)]
        begin = time.process_time()
        near_each([f"of lerning {number}" for number in range(0, size, 10)], names)
        return time.process_time() - begin

    assert seconds(2000) / max(seconds(1000), 0.005) < LINEAR

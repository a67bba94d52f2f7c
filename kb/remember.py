"""Functions of a text that remember their answers, because names, headings and keys recur over the notes of a vault."""

from collections.abc import Callable
from functools import lru_cache, wraps

from kb.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TypeVar

    _Answer = TypeVar("_Answer")

_LONGEST = 200
"""Characters. What is longer, like an image as an address, hardly recurs, and would be kept at the cost of memory."""


def remembered(answers: int) -> "Callable[[Callable[[str], _Answer]], Callable[[str], _Answer]]":
    """Keep so many answers of a pure function, the latest."""

    def decorate(function: "Callable[[str], _Answer]") -> "Callable[[str], _Answer]":
        kept = lru_cache(answers)(function)

        @wraps(function)
        def answer(text: str) -> "_Answer":
            return kept(text) if len(text) <= _LONGEST else function(text)

        return answer

    return decorate

"""Caching for functions of a text: names, headings and keys recur across the notes of a vault."""

from collections.abc import Callable
from functools import lru_cache, wraps

from kb.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TypeVar

    _Answer = TypeVar("_Answer")

_LONGEST = 200
"""Characters. Longer texts, such as an image in a data URL, hardly recur and would waste memory."""


def remembered(answers: int) -> "Callable[[Callable[[str], _Answer]], Callable[[str], _Answer]]":
    """Cache the `answers` most recently used results of a pure function."""

    def decorate(function: "Callable[[str], _Answer]") -> "Callable[[str], _Answer]":
        kept = lru_cache(answers)(function)

        @wraps(function)
        def answer(text: str) -> "_Answer":
            return kept(text) if len(text) <= _LONGEST else function(text)

        return answer

    return decorate

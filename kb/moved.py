"""Text that was rewritten piece by piece, and where each place in it was before."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

_NEAR = 500
Piece = tuple[str, int]
"""A piece of the new text, and the offset in the old one where it begins."""


class Moved:
    """A text and the passes that made it. No pass adds or removes a line end, so that lines keep their numbers.

    Args:
        text: as it is before the first pass.
        first_line: the number of its first line.
    """

    def __init__(self, text: str, first_line: int = 1) -> None:
        self.text, self.first_line = text, first_line
        self.passes: list[tuple[list[int], list[int]]] = []
        self.before = text

    def sub(
        self,
        pattern: re.Pattern[str],
        pieces: Callable[[re.Match[str]], Iterable[Piece]],
        stays: Callable[[int], bool] = lambda at: False,
    ) -> None:
        """Put pieces in the place of each match, unless what begins there stays as it is."""
        found = [(match.span(), pieces(match)) for match in pattern.finditer(self.text) if not stays(match.start())]
        self.rebuild(self._with(found))

    def rebuild(self, pieces: Iterable[Piece]) -> None:
        """One pass: the new text is these pieces, in the order of their offsets."""
        new: list[int] = []
        old: list[int] = []
        texts: list[str] = []
        length = 0
        for text, offset in pieces:
            if text:
                new.append(length)
                old.append(offset)
                texts.append(text)
                length += len(text)
        self.text = "".join(texts)
        self.passes.append((new, old))

    def _with(self, found: Iterable[tuple[tuple[int, int], Iterable[Piece]]]) -> Iterator[Piece]:
        done = 0
        for (start, end), pieces in found:
            yield self.text[done:start], done
            yield from pieces
            done = end
        yield self.text[done:], done

    @cached_property
    def _lines(self) -> tuple[list[int], list[int]]:
        """Where the lines begin, before the first pass and after the last one."""
        return _line_starts(self.before), _line_starts(self.text)

    def place_before(self, line: int, column: int) -> tuple[int, int]:
        """Line and column (both from 1) before the first pass; a place in another part of the note stays.

        No pass may follow.
        """
        before, after = self._lines
        if not 0 <= line - self.first_line < len(after):
            return line, column
        offset = after[line - self.first_line] + column - 1
        for new, old in reversed(self.passes):
            at = bisect_right(new, offset) - 1
            offset = old[at] + offset - new[at] if at >= 0 else 0
        row = bisect_right(before, offset) - 1
        return row + self.first_line, offset - before[row] + 1


def before_on_line(text: str, at: int) -> str:
    """The text of a line before a place, or the last 500 characters of it."""
    return text[max(at - _NEAR, 0) : at].rpartition("\n")[2]


def _line_starts(text: str) -> list[int]:
    starts, at = [0], text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return starts

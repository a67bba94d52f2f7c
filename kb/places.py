"""From bytes to text, and from byte offsets to lines and columns."""

import codecs
import re
from bisect import bisect_right
from itertools import accumulate

from kb.fields import Problem
from kb.regex import rare

LIMIT = 8 * 1024 * 1024
"""Bytes of one note that are read; if more are left out, a finding says so."""
_OF_CONFLICT = rare(r"^(?:(?:<{7}|\|{7}|>{7}) .*|={7})$", re.MULTILINE)


def decode(raw: bytes, limit: int = LIMIT) -> tuple[str, list[Problem]]:
    """Return the text with `\\n` line ends, and problems with the bytes.

    Args:
        limit: number of bytes to read.
    """
    problems = []
    is_cut = len(raw) > limit
    if is_cut:
        raw = raw[:limit]
        problems.append(Problem(1, 1, "too-large", f"only the first {limit >> 20} MiB are read", "split the file"))
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = raw.decode("utf-16", "replace")
        problems.append(Problem(1, 1, "encoding", "the note is UTF-16", "save it as UTF-8"))
    else:
        raw = raw.removeprefix(codecs.BOM_UTF8)
        try:
            text, _ = codecs.utf_8_decode(raw, "strict", not is_cut)
        except UnicodeDecodeError as error:
            text = raw.decode(errors="replace")
            place = _last_place(raw[: error.start].decode())
            problems.append(Problem(*place, "encoding", "contains bytes that are not UTF-8", "save it as UTF-8"))
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        place = _last_place(text[: text.index("\0")])
        problems.append(
            Problem(*place, "binary", "contains NUL bytes", "if it is not a note, exclude it in paperkb.toml")
        )
        text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    signs = _signs_of_conflicts(text) if "\n>>>>>>> " in text else []
    if signs:
        place = _last_place(text[: signs[0].start()])
        problems.append(Problem(*place, "merge-conflict", "both sides of a merge are read", "resolve the conflict"))
        ends = [0, *(sign.end() for sign in signs)]
        blanked = [text[end : sign.start()] + " " * len(sign[0]) for end, sign in zip(ends, signs)]
        text = "".join([*blanked, text[ends[-1] :]])
    return text, problems


def _signs_of_conflicts(text: str) -> list[re.Match[str]]:
    """The lines that a merge wrote around both sides; elsewhere `=======` underlines a heading."""
    found: list[re.Match[str]] = []
    open_one: list[re.Match[str]] = []
    for sign in _OF_CONFLICT.finditer(text):
        if sign[0].startswith("<"):
            open_one = [sign]
        elif open_one:
            open_one.append(sign)
            if sign[0].startswith(">"):
                found += open_one
                open_one = []
    return found


def _last_place(before: str) -> tuple[int, int]:
    """Line and column of the place after this text."""
    before = before.replace("\r\n", "\n").replace("\r", "\n")
    return before.count("\n") + 1, len(before) - before.rfind("\n")


class Places:
    """Line and column (both from 1, columns in code points) of byte offsets into an encoded text.

    `first_line` is the number of the text's first line. For offsets in increasing order, the time is linear in the
    text, even if it is one long line.
    """

    def __init__(self, raw: bytes, first_line: int = 1) -> None:
        self.raw, self.first_line = raw, first_line
        self._starts = list(accumulate([len(line) + 1 for line in raw.split(b"\n")], initial=0))
        self._starts.pop()  # after the last line
        self._ascii = raw.isascii()
        self._seen = (0, 0, 1)  # line index, offset, column

    def at(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset) - 1
        start = self._starts[line]
        if self._ascii:
            return self.first_line + line, offset - start + 1
        seen_line, seen_offset, column = self._seen
        if seen_line != line or seen_offset > offset:
            seen_offset, column = start, 1
        column += len(self.raw[seen_offset:offset].decode(errors="ignore"))
        self._seen = (line, offset, column)
        return self.first_line + line, column

    def line(self, offset: int) -> int:
        return self.first_line - 1 + bisect_right(self._starts, offset)

    def line_start(self, offset: int) -> int:
        return self._starts[bisect_right(self._starts, offset) - 1]

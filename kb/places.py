"""From bytes to text, and from byte offsets to lines and columns."""

import codecs
from bisect import bisect_right

LIMIT = 8 * 1024 * 1024
"""Bytes of one note that are read; what follows is left out and said so."""


def decode(raw: bytes) -> tuple[str, list[tuple[str, str, str]]]:
    """Return the text with `\\n` line ends, and what was wrong with the bytes as (code, message, hint)."""
    problems: list[tuple[str, str, str]] = []
    if len(raw) > LIMIT:
        raw = raw[:LIMIT]
        problems.append(("too-large", f"only the first {LIMIT // 1024 // 1024} MiB are read", "split the note"))
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = raw.decode("utf-16", "replace")
        problems.append(("encoding", "the note is UTF-16", "save it as UTF-8"))
    else:
        raw = raw.removeprefix(codecs.BOM_UTF8)
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            text = raw.decode(errors="replace")
            line = raw.count(b"\n", 0, error.start) + 1
            problems.append(("encoding", f"bytes that are not UTF-8, first in line {line}", "save it as UTF-8"))
        if "\0" in text:
            text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
            problems.append(("binary", "the file holds NUL bytes", "is this a note? exclude it in paperkb.toml"))
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text, problems


class Places:
    """Line and column (both from 1, columns in code points) of byte offsets into an encoded text.

    Offsets that come in rising order cost time linear in the text, even when it is one long line.
    """

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._starts = [0]
        position = raw.find(b"\n")
        while position >= 0:
            self._starts.append(position + 1)
            position = raw.find(b"\n", position + 1)
        self._ascii = raw.isascii()
        self._seen = (0, 0, 1)  # line index, offset, column

    def at(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset) - 1
        start = self._starts[line]
        if self._ascii:
            return line + 1, offset - start + 1
        seen_line, seen_offset, column = self._seen
        if seen_line != line or seen_offset > offset:
            seen_offset, column = start, 1
        column += len(self.raw[seen_offset:offset].decode(errors="ignore"))
        self._seen = (line, offset, column)
        return line + 1, column

    def line_start(self, offset: int) -> int:
        return self._starts[bisect_right(self._starts, offset) - 1]

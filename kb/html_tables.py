"""Tables in HTML as tables in Markdown, each row on the line where it begins.

Rows in between, which are empty, keep the lines that a row goes on for. A table that only arranges pictures and text,
or has several rows in a line, is left out of what it holds.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from kb.moved import Piece, before_on_line
from kb.regex import rare
from kb.typed import NamedTuple

_TAG = rare(
    r"<(?P<end>/?)(?P<name>table|thead|tbody|tfoot|caption|colgroup|col|tr|td|th)(?P<attributes>\s[^<>]{0,2000})?/?>",
    re.IGNORECASE,
)
_SPAN = rare(r"\b(?P<way>row|col)span\s*=\s*[\"']?(?P<count>\d{1,4})", re.IGNORECASE)
_WIDEST, _LONGEST_SHARED, _LONGEST_NAME = 20, 100, 40
"""Columns that one cell may have; characters of a cell that several rows share, and of a column's name."""


class _Cell(NamedTuple):
    """Its text is from `start` to `end`."""

    start: int
    end: int
    is_name: bool
    rows: int
    columns: int


class _Row(NamedTuple):
    start: int
    cells: list[_Cell]


def as_markdown(text: str) -> Iterator[Piece]:
    """The text with Markdown for its innermost tables, and without the tags of the others."""
    tags = list(_TAG.finditer(text))
    done, n = 0, 0
    while n < len(tags):
        last = _end_of_table(tags, n)
        pieces = _table(text, tags[n : last + 1]) if last else []
        end = last if pieces else n
        yield text[done : tags[n].start()], done
        yield from pieces or _left_out(text, tags[n])
        done, n = tags[end].end(), end + 1
    yield text[done:], done


def _end_of_table(tags: Sequence[re.Match[str]], first: int) -> int:
    """Index of the tag that ends the table which begins here; 0 if none does, or another table is in it."""
    if tags[first]["name"].lower() != "table" or tags[first]["end"]:
        return 0
    for n in range(first + 1, len(tags)):
        if tags[n]["name"].lower() == "table":
            return n if tags[n]["end"] else 0
    return 0


def _left_out(text: str, tag: re.Match[str]) -> Iterator[Piece]:
    if tag.start() and not text[tag.start() - 1].isspace() and not text[tag.end() : tag.end() + 1].isspace():
        yield " ", tag.start()


def _table(text: str, tags: Sequence[re.Match[str]]) -> list[Piece]:
    """The Markdown for a table; empty if it has no rows of data, or several in a line."""
    rows = _rows(tags)
    starts = [tags[0].start(), *(row.start for row in rows), tags[-1].start()]
    gaps = [text.count("\n", *between) for between in pairwise(starts)]
    is_inside = before_on_line(text, starts[0]).strip()
    if is_inside or len(rows) < 2 or not all(gaps[1:-1]) or not _has_names(text, rows[0]):
        return []
    head = min(max(cell.rows for cell in rows[0].cells), len(rows) - 1)  # names may take several rows
    above = sum(gaps[: head + 1])
    if above < 2:
        return []
    names, *grid = _grid(text, rows)[head - 1 :]
    ruled = f"\n|{'-|' * len(names)}\n"
    pieces = [("\n" * (above - 2), starts[0]), *_line(names, rows[head - 1].start), (ruled, rows[head].start - 1)]
    for row, cells, gap in zip(rows[head:-1], grid, gaps[head + 1 :]):
        pieces += [*_line(cells, row.start), ("\n| |" * (gap - 1) + "\n", row.start)]
    return [*pieces, *_line(grid[-1], rows[-1].start), ("\n" * gaps[-1], starts[-1])]


def _rows(tags: Sequence[re.Match[str]]) -> list[_Row]:
    """The rows that have cells; a cell ends where the next tag begins."""
    rows: list[_Row] = []
    row = _Row(tags[0].start(), [])
    is_head = False
    for tag, after in pairwise(tags):
        name = tag["name"].lower()
        if name == "thead":
            is_head = not tag["end"]
        elif name == "tr" and not tag["end"]:
            row = _Row(tag.start(), [])
        elif name in ("td", "th") and not tag["end"]:
            if not row.cells:
                rows.append(row)
            spans = {way.lower(): int(count) for way, count in _SPAN.findall(tag["attributes"] or "")}
            columns = min(max(spans.get("col", 1), 1), _WIDEST)
            is_name = is_head or name == "th"
            row.cells.append(_Cell(tag.end(), after.start(), is_name, max(spans.get("row", 1), 1), columns))
    return rows


def _has_names(text: str, row: _Row) -> bool:
    """Whether the cells of a row are names of columns, by their tags or as short words without links."""
    said = [text[cell.start : cell.end].strip() for cell in row.cells]
    are_names = all(cell.is_name for cell in row.cells)
    are_short = all(len(each) <= _LONGEST_NAME and "](" not in each and "<" not in each for each in said)
    return len(row.cells) > 1 and any(said) and (are_names or are_short)


def _grid(text: str, rows: Sequence[_Row]) -> list[list[list[Piece]]]:
    """The cells of each row by column; one that several rows share is in each, except for its links."""
    shared: dict[int, tuple[int, str]] = {}
    grid: list[list[list[Piece]]] = []
    for row in rows:
        found: list[list[Piece]] = []
        cells = iter(row.cells)
        while True:
            while (column := len(found)) in shared:
                left, said = shared.pop(column)
                found.append([(said, row.start)])
                if left > 1:
                    shared[column] = left - 1, said
            cell = next(cells, None)
            if cell is None:
                break
            said = text[cell.start : cell.end].strip()
            is_short = len(said) <= _LONGEST_SHARED and "](" not in said and "\n" not in said
            for n in range(column, column + cell.columns):
                if cell.rows > 1:
                    shared[n] = cell.rows - 1, said if is_short and n == column else ""
                found.append(list(_inline(text, cell)) if n == column else [])
        grid.append(found)
    return grid


def _inline(text: str, cell: _Cell) -> Iterator[Piece]:
    """The text of a cell on one line."""
    at = cell.start
    for line in text[cell.start : cell.end].split("\n"):
        if words := line.strip():
            yield words.replace("|", "\\|"), at + len(line) - len(line.lstrip())
            yield " ", at + len(line)
        at += len(line) + 1


def _line(cells: Sequence[list[Piece]], start: int) -> Iterator[Piece]:
    yield "|", start
    for cell in cells:
        yield " ", start
        yield from cell
        yield "|", start

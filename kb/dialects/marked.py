"""Lines prepared for finding citations: a mark replaces each link."""

from collections.abc import Sequence

from kb.dialects.cited_dates import MARK
from kb.model import Link
from kb.regex import rare

_HARD_BREAK = rare(r"(?:\\|(?<! )[ ]{2,})$")


def marked(lines: Sequence[str], first: int, last: int, links: Sequence[Link]) -> tuple[str, list[Link]]:
    """The text of lines `first` to `last` (from 1) without images, and the links that have marks."""
    kept: list[Link] = []
    pieces: list[str] = []
    line, column = first, 0
    for link in [*links, None]:
        upto = (link.line, link.column - 1) if link else (last, len(lines[last - 1]))
        if upto < (line, column):
            continue  # inside the link before it
        while line < upto[0]:
            pieces += [_HARD_BREAK.sub("<br>", lines[line - 1][column:].replace(MARK, " ")), " "]
            line, column = line + 1, 0
        pieces.append(lines[line - 1][column : upto[1]].replace(MARK, " "))
        if link:
            before, ended, last_line = link.raw.rpartition("\n")
            line, column = line + before.count("\n") + bool(ended), len(last_line) + (0 if ended else upto[1])
            if link.kind != "embed":
                pieces.append(MARK)
                kept.append(link)
    return "".join(pieces), kept

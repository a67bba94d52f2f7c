"""Papers that answer a query, as a table, CSV, Markdown or keys."""

import sys

from cli.printable import printable
from cli.render.parts import aligned
from cli.session import Session, as_in_a_file
from kb.query.answer import Answer, Paper
from kb.typed import Any

FORMATS = ("table", "json", "csv", "md", "keys")
_CUT = {"title", "authors", "tags", "patterns", "constraints"}
"""Fields that are cut on a narrow terminal, so that a paper stays on one line."""

_ACTIVE = "\\`*_[]<>|&~"
"""Characters with a meaning in Markdown: a title must not become a link, a picture or HTML."""

_KEPT = 24
"""Any other field of up to this many characters is never wrapped."""


def tells_total(form: str) -> bool:
    """Whether output in this format tells how many papers match beyond those shown."""
    return form == "json" or (form == "table" and sys.stdout.isatty())


def print_papers(session: Session, answer: Answer, form: str, fields: tuple[str, ...]) -> None:
    """Print an answer in any of the `FORMATS` except JSON."""
    if form == "keys":
        for paper in answer.papers:
            print(_cell(paper.key))
    elif form == "csv":
        as_in_a_file()
        _csv(answer.papers, fields)
    elif form == "md":
        as_in_a_file()
        _markdown(answer.papers, fields)
    else:
        _table(session, answer, fields)


def _cells(paper: Paper, fields: tuple[str, ...]) -> list[str]:
    return [_cell(getattr(paper, name)) for name in fields]


def _cell(value: Any) -> str:
    return printable(", ".join(value) if isinstance(value, list) else "" if value is None else str(value))


def _csv(papers: list[Paper], fields: tuple[str, ...]) -> None:
    import csv

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(fields)
    for paper in papers:  # no formula injection
        writer.writerow(["'" + cell if cell[:1] in "=+-@" and cell else cell for cell in _cells(paper, fields)])


def _markdown(papers: list[Paper], fields: tuple[str, ...]) -> None:
    escaped = str.maketrans({sign: f"\\{sign}" for sign in _ACTIVE})
    print("| " + " | ".join(fields) + " |")
    print("|" + " --- |" * len(fields))
    for paper in papers:
        print("| " + " | ".join(cell.translate(escaped) for cell in _cells(paper, fields)) + " |")


def _table(session: Session, answer: Answer, fields: tuple[str, ...]) -> None:
    papers, total = answer
    shown = "" if len(papers) == total else f", {len(papers)} shown"
    count = f"{total} paper{'s' * (total != 1)}{shown}" if total else "no paper matches"
    if not papers:
        print(count)
    elif sys.stdout.isatty():
        _drawn(session, papers, fields, count)
    else:
        _plain(papers, fields)


def _plain(papers: list[Paper], fields: tuple[str, ...]) -> None:
    """One paper per line, nothing cut or wrapped, for `grep` and `awk`."""
    rows = [[name.replace("_", " ") for name in fields], *(_cells(paper, fields) for paper in papers)]
    for line in aligned(rows):
        print(line)


def _drawn(session: Session, papers: list[Paper], fields: tuple[str, ...], count: str) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    rows = [[Text(cell, overflow="fold") for cell in _cells(paper, fields)] for paper in papers]
    for place, name in enumerate(fields):
        cells = [row[place] for row in rows]
        if name in _CUT:
            table.add_column(name)
            for cell in cells:
                cell.no_wrap, cell.overflow = True, "ellipsis"
        else:
            table.add_column(name.replace("_", " "), no_wrap=max(map(len, cells)) <= _KEPT)
    for row in rows:
        table.add_row(*row)
    session.show([table, Text(count, style="dim")])

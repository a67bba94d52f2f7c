"""`paperkb query EXPR`: papers that match."""

from textwrap import fill, indent
from typing import Annotated

import typer

from cli.answers.query import answer
from cli.commands import examples
from kb.query.answer import Paper
from kb.query.reference import REFERENCE

EPILOG = (
    f"\b\nTerms:\n{indent(REFERENCE, '  ')}\n\n"
    f"\b\nFields:\n{fill(', '.join(Paper._fields), 100, initial_indent='  ', subsequent_indent='  ')}\n\n"
    + examples(
        "paperkb query 'pattern:attention has:code'",
        "paperkb query 'builds-on:resnet* year:2017..2020' --sort title --format md",
    )
)


def query(
    context: typer.Context,
    expression: Annotated[
        list[str] | None, typer.Argument(metavar="EXPR", help="A query. Default: all papers.")
    ] = None,
    sort: Annotated[
        str,
        typer.Option(metavar="ORDER", help="relevance, date, title, key or influence; a leading - reverses it."),
    ] = "",
    limit: Annotated[int | None, typer.Option(metavar="N", min=0, help="List at most N papers.")] = None,
    fields: Annotated[
        str,
        typer.Option(metavar="NAMES", help="Comma-separated columns, or keys of each paper in JSON; see below."),
    ] = "",
    form: Annotated[str, typer.Option("--format", metavar="FORM", help="table, json, csv, md or keys.")] = "table",
) -> int:
    """List the papers that match a query. Oldest first, or by relevance if the query has free words."""
    return answer(context.obj, expression or (), sort=sort, limit=limit, fields=fields, form=form)

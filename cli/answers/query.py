"""Papers that match, in a format."""

from collections.abc import Sequence

from cli.session import CommandError, Session

DEFAULT_FIELDS = ("date", "key", "title", "patterns", "code_status")


def answer(
    session: Session,
    expression: Sequence[str] = (),
    *,
    sort: str = "",
    limit: int | None = None,
    fields: str = "",
    form: str = "table",
) -> int:
    """Print the papers that match; return the exit code.

    Raises:
        CommandError: a format or field is unknown, or the query cannot be understood.
    """
    from cli.render.papers import FORMATS, print_papers, tells_total
    from kb.query.answer import Paper, ask
    from kb.query.syntax import QueryError

    form = "json" if session.json else form
    if form not in FORMATS:
        raise CommandError(f"unknown format `{form}` - formats are {', '.join(FORMATS)}")
    columns = tuple(name.strip() for name in fields.split(",")) if fields else DEFAULT_FIELDS
    unknown = [name for name in columns if name not in Paper._fields]
    if unknown:
        raise CommandError(f"unknown field `{unknown[0]}` - fields are {', '.join(Paper._fields)}")
    with session.open() as vault:
        try:
            count = not limit or tells_total(form)
            found = ask(vault.store, " ".join(expression), sort=sort, limit=limit, count=count)
        except QueryError as error:
            raise CommandError(str(error)) from None
    print_papers(session, found, form, columns)
    return 0

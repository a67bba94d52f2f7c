"""The papers that match a query, in one of several formats."""

from collections.abc import Iterable, Sequence

from cli.session import CommandError, Session, emit
from kb.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kb.query.answer import Answer
    from kb.store import Store

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
    from kb.query.answer import Paper

    form = "json" if session.json else form
    if form not in FORMATS:
        from cli.mistakes import unknown

        raise unknown("format", form, FORMATS)
    without = Paper._fields if form == "json" else DEFAULT_FIELDS
    columns = known(name.strip() for name in fields.split(",")) if fields else without
    with session.open() as vault:
        count = not limit or tells_total(form)
        found = asked(vault.store, " ".join(expression), sort=sort, limit=limit, count=count)
    if form == "json":
        emit("query", plain(found, columns))
    else:
        print_papers(session, found, form, columns)
    return 0


def known(fields: Iterable[str]) -> tuple[str, ...]:
    """The same names, checked to be fields of a paper.

    Raises:
        CommandError: one is not.
    """
    from kb.query.answer import Paper

    names = tuple(fields)
    wrong = [name for name in names if name not in Paper._fields]
    if wrong:
        from cli.mistakes import unknown

        raise unknown("field", wrong[0], Paper._fields)
    return names


def asked(store: "Store", expression: str, *, sort: str = "", limit: int | None = None, count: bool = True) -> "Answer":
    """The papers that match.

    Raises:
        CommandError: the query cannot be understood.
    """
    from kb.query.answer import ask
    from kb.query.syntax import QueryError

    try:
        return ask(store, expression, sort=sort, limit=limit, count=count)
    except QueryError as error:
        raise CommandError(str(error)) from None


def plain(found: "Answer", fields: tuple[str, ...]) -> dict[str, Any]:
    """The answer as JSON, with these fields of each paper."""
    papers = [{name: getattr(paper, name) for name in fields} for paper in found.papers]
    return {"papers": papers, "total": found.total}

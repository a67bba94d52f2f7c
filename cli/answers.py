"""What is asked most, `query`, `show` and `index`, answered; whoever read the options, nothing here needs Typer."""

from collections.abc import Sequence

from cli.session import CommandError, Session, emit
from kb.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import StrPath

DEFAULT_FIELDS = ("date", "key", "title", "patterns", "code_status")


def query(
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
            answer = ask(vault.store, " ".join(expression), sort=sort, limit=limit, count=count)
        except QueryError as error:
            raise CommandError(str(error)) from None
    print_papers(session, answer, form, columns)
    return 0


def show(session: Session, name: str) -> int:
    """Print the card of one thing; return the exit code.

    Raises:
        CommandError: nothing is called so, or several things are.
    """
    from cli.named import named
    from linker.card import card

    with session.open() as vault:
        found = card(vault.store, named(vault.store, name))
    if session.json:
        emit("show", found)
    else:
        from cli.render.card import render_card

        session.show_parts(render_card(found))
    return 0


def index(session: Session, notes: "Sequence[StrPath]" = ()) -> int:
    """Refresh the index and print what is in it; or only read these notes again; return the exit code.

    Raises:
        CommandError: a note is none of the vault.
    """
    from linker.counts import counts

    with session.open(notes) as vault:
        changes, seconds, root = vault.changes, vault.seconds, vault.folder
        found = {} if notes else counts(vault.store)
    changed = {"added": len(changes.added), "changed": len(changes.changed), "removed": len(changes.removed)}
    if session.json:
        emit("index", {**found, "changed": changed, "seconds": round(seconds, 3)})
        return 0
    if found:
        print("\n".join(_told(found, root)))
    print(f"{changed['added']} added, {changed['changed']} changed, {changed['removed']} removed in {seconds:.2f} s")
    return 0


def _counted(count: int, name: str) -> str:
    return f"{count} {name}{'s' * (count != 1)}"


def _told(found: dict[str, Any], root: str) -> list[str]:
    """Counts for people."""
    diagnostics, left_out = found["diagnostics"], found["left_out"]
    return [
        f"{root}: " + ", ".join(_counted(found[f"{name}s"], name) for name in ("document", "paper", "ghost")),
        ("links: " if found["links_as"] == "papers" else "links as Obsidian follows them: ")
        + ", ".join(f"{count} {name}" for name, count in found["links"].items()),
        "  by reason: " + (", ".join(f"{count} {name}" for name, count in found["by_reason"].items()) or "none"),
        _counted(diagnostics, "diagnostic")
        + (f", {_counted(left_out, 'notice')} of what is left out" if left_out else "")
        + (" - `paperkb check` shows them" if diagnostics or left_out else ""),
    ]

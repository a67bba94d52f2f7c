"""The contents of the index, once it is up to date."""

from collections.abc import Sequence

from cli.session import Session, emit
from kb.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import StrPath


def answer(session: Session, notes: "Sequence[StrPath]" = ()) -> int:
    """Refresh the index and summarize it, or only read these notes again; return the exit code.

    Raises:
        CommandError: a note is not in the vault.
    """
    from linker.counts import counts

    with session.open(notes) as vault:
        changes, seconds, root = vault.changes, vault.seconds, vault.folder
        found = {} if notes else counts(vault.store)
    notes_by_change = {"added": changes.added, "changed": changes.changed, "removed": changes.removed}
    changed = {what: len(paths) for what, paths in notes_by_change.items()}
    if session.json:
        emit("index", {**found, "changed": changed, "notes": notes_by_change, "seconds": round(seconds, 3)})
        return 0
    if found:
        print("\n".join(_told(found, root)))
    print(f"{changed['added']} added, {changed['changed']} changed, {changed['removed']} removed in {seconds:.2f} s")
    return 0


def _counted(count: int, name: str) -> str:
    return f"{count} {name}{'s' * (count != 1)}"


def _told(found: dict[str, Any], root: str) -> list[str]:
    """The counts as lines for people."""
    diagnostics, left_out = found["diagnostics"], found["left_out"]
    if not root.isprintable():
        from cli.printable import visible  # slow to import: only for names that need it

        root = visible(root)
    return [
        f"{root}: " + ", ".join(_counted(found[f"{name}s"], name) for name in ("document", "paper", "ghost")),
        ("links: " if found["links_as"] == "papers" else "links as Obsidian follows them: ")
        + ", ".join(f"{count} {name}" for name, count in found["links"].items()),
        "  by reason: " + (", ".join(f"{count} {name}" for name, count in found["by_reason"].items()) or "none"),
        _counted(diagnostics, "diagnostic")
        + (f", {_counted(left_out, 'notice')} about what is left out" if left_out else "")
        + (" - `paperkb check` shows them" if diagnostics or left_out else ""),
    ]

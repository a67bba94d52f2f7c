"""Shell completion of NAME arguments."""

import io
import os
from collections.abc import Callable
from contextlib import redirect_stderr, suppress

import typer

from cli.session import Session
from kb.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import StrPath

_OFFERED = 500
"""Maximum number of names offered; nobody looks through more."""

Completer = Callable[[typer.Context, str], list[str]]


def keys(*kinds: str) -> Completer:
    """Complete keys of things of these kinds from the vault's index; offer nothing if there is no index yet."""

    def offered(context: typer.Context, incomplete: str) -> list[str]:
        from linker.vault import where_index

        session: Session = context.obj
        before = context.find_root().params  # of the options before the command, which has not run
        session.vault = _expanded(before["vault"]) or session.vault
        session.index = _expanded(before["index"]) or session.index
        session.own, session.refresh = before["own"] or session.own, False
        with suppress(Exception), redirect_stderr(io.StringIO()):  # a shell waits for names and for nothing else
            if os.path.isfile(where_index(session.root(), base=not session.own, index=session.index)):
                with session.open() as vault:
                    rows = vault.store.rows(
                        f"SELECT DISTINCT key FROM node WHERE kind IN ({', '.join('?' * len(kinds))}) "
                        "AND substr(key, 1, ?) = ? ORDER BY key LIMIT ?",
                        (*kinds, len(incomplete), incomplete, _OFFERED),
                    )
                return [key for (key,) in rows if _is_word(key)]
        return []

    return offered


def runnable(context: typer.Context, incomplete: str) -> list[str]:
    """Names of everything that can run; nothing after the first word, where `bench report` takes files."""
    from reference_impls.harness import registry

    if context.params.get("words"):
        return []
    known = registry.scan()
    return [name for name in sorted({*known.implementations, *known.trainings}) if name.startswith(incomplete)]


def _expanded(path: "StrPath | None") -> str | None:
    """The path as the shell will pass it: in the words to complete, `~` and `$NAME` still stand as they were typed."""
    return os.path.expandvars(os.path.expanduser(path)) if path else None


def _is_word(key: str) -> bool:
    """Whether a shell takes the key as it is. Some split words at a colon."""
    return all(sign.isalnum() or sign in "-_." for sign in key)

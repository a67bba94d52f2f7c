"""The text of a note, read from its file."""

from typing import Any

from cli.named import named
from cli.session import CommandError
from kb.inside import read_inside
from kb.places import LIMIT, decode
from kb.store import Store
from linker.card import notes
from linker.vault import CURATED, Vault

MOST = 20_000
"""Maximum number of characters in an answer."""


def passage(vault: Vault, name: str, line: int, layers: tuple[str, ...]) -> dict[str, Any]:
    """The lines of a note from `line` on, as many as fit; `left_out` counts the rest.

    Args:
        name: its path, or what it is about.
        layers: the vaults to look in, in this order.

    Raises:
        CommandError: the note or line does not exist, or its file cannot be read.
    """
    path, layer = _where(vault.store, name, layers)
    try:
        raw = read_inside(vault.folder if layer == "own" else CURATED, path, LIMIT + 1)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from None
    lines = decode(raw)[0].removesuffix("\n").split("\n")
    if line > len(lines):
        raise CommandError(f"{path}:{line}: the note has {len(lines)} lines")
    shown = _that_fit(lines[line - 1 :])
    text = "\n".join(shown)
    left = {"lines": len(lines) - line + 1 - len(shown), "characters of the line": len(text) - MOST}
    left_out = {what: count for what, count in left.items() if count > 0}
    return {
        "path": path,
        "source": layer,
        "line": line,
        "lines": len(lines),
        "text": text[:MOST],
        **({"left_out": left_out} if left_out else {}),
    }


def _where(store: Store, name: str, layers: tuple[str, ...]) -> tuple[str, str]:
    """Path and layer of the note with that path or name, or of the first note about what has that name."""
    for layer in layers:
        if store.one("SELECT 1 FROM document WHERE path = ? AND layer = ? AND digest IS NOT NULL", (name, layer)):
            return name, layer
    found = named(store, name)
    about = [(note["path"], note["source"]) for note in notes(store, found.node)]
    if found.kind == "document":  # a journal, for example, which is about nothing
        about = store.rows("SELECT path, layer FROM node WHERE id = ?", [found.node])
    for path, layer in about:
        if layer in layers:
            return path, layer
    raise CommandError(f"there is no {' or '.join(layers)} note about `{found.kind}:{found.key}`")


def _that_fit(lines: list[str]) -> list[str]:
    """As many of the first lines as fit, but at least one."""
    room = MOST
    for count, line in enumerate(lines):
        room -= len(line) + (count > 0)
        if room < 0:
            return lines[: max(count, 1)]
    return lines

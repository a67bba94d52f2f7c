"""What all commands share: the global options, the choice of the vault, and how an answer leaves the process."""

import io
import os
import sys
import time
from collections.abc import Iterable
from contextlib import contextmanager

from kb.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from _typeshed import StrPath
    from rich.console import Console, RenderableType

    from cli.render.parts import Part
    from kb.config import Links
    from linker.vault import Vault

FILES = {"--vault": "vault", "--index": "index"}
"""Global options that take a file or folder, by the attribute of the session that each sets."""

_UNWRAPPED = 100_000
_NOTES = (".md", ".markdown", ".mdx")


class CommandError(Exception):
    """A user's mistake or an outside failure: one line and exit code 1."""


class Session:
    """The global options of one run of the command."""

    vault: "StrPath | None" = None
    index: "StrPath | None" = None
    own: bool = False
    json: bool = False
    color: bool = True
    debug: bool = False
    refresh: bool = True
    offline: bool = False
    links: "Links | None" = None

    def root(self) -> "StrPath":
        """The vault to use: `--vault`, `PAPERKB_VAULT`, the nearest folder upward that is one, else the curated one.

        In a folder of notes that is no vault, a line says that the answer is not about them.

        Raises:
            CommandError: none is named, and the current folder is gone.
        """
        from linker.vault import CURATED

        found = self.own_root()
        if found:
            return found
        folders = list(_upwards(os.getcwd()))
        if CURATED not in folders and _has_notes(folders[0]):
            print(
                "paperkb: this is about the curated vault, not the notes here - "
                "use `paperkb --vault . ...`, or put an empty paperkb.toml here",
                file=sys.stderr,
            )
        self.vault = CURATED  # to say it only once
        return CURATED

    def own_root(self) -> "StrPath | None":
        """The vault that is named or holds the current folder; None if only the curated one is left.

        Raises:
            CommandError: none is named, and the current folder is gone.
        """
        named = self.vault or os.environ.get("PAPERKB_VAULT")
        if named:
            return named
        try:
            folders = _upwards(os.getcwd())
        except FileNotFoundError:
            raise CommandError("the current folder no longer exists - go to another one, or use --vault") from None
        return next(filter(is_vault, folders), None)

    def open(self, only: "Collection[StrPath]" = ()) -> "Vault":
        """The vault with its index up to date.

        Args:
            only: notes that changed; no others are looked at.

        Raises:
            CommandError: there is no such folder or note, or its index cannot be used.
        """
        from cli.implementations import Installed
        from kb.error import Error
        from linker.vault import open_vault

        try:
            with progress("notes read") as show:
                return open_vault(
                    self.root(),
                    Installed(),
                    base=not self.own,
                    index=self.index,
                    update=self.refresh or self.links is not None or bool(only),
                    on_document=show,
                    links=self.links,
                    only=only,
                )
        except (NotADirectoryError, Error) as error:
            raise CommandError(str(error)) from None

    def forget(self, *, base: bool) -> str | None:
        """Remove the index, with or without the curated vault in it; return its path if there was one.

        Raises:
            CommandError: `--index` names another kind of file, or there is no place for an index.
        """
        from kb.store import StoreError, forget
        from linker.vault import where_index

        try:
            place = where_index(self.root(), base=base, index=self.index)
            return place if forget(place) else None
        except StoreError as error:
            raise CommandError(str(error)) from None

    def console(self) -> "Console":
        """The terminal; markup in notes is not interpreted."""
        from rich.console import Console

        plain = not self.color or None  # None: as the environment says
        return Console(markup=False, highlight=False, emoji=False, no_color=plain, legacy_windows=False)

    def show(self, parts: "Iterable[RenderableType]") -> None:
        """Draw on the terminal."""
        console = self.console()
        for part in parts:
            console.print(part)

    def show_parts(self, parts: "Iterable[Part]") -> None:
        """Draw on a terminal; print plain, unwrapped lines into a pipe, for `grep`, which needs no drawing modules."""
        if sys.stdout.isatty():
            from cli.render.terminal import on_terminal

            self.show(on_terminal(parts))
        else:
            from cli.render.parts import plain

            print("\n".join(plain(parts, is_ascii=not _knows_unicode())))

    def width(self) -> int:
        """Columns available for a line."""
        return self.console().width if sys.stdout.isatty() else _UNWRAPPED


def is_vault(folder: str) -> bool:
    """Whether a folder declares itself a vault."""
    return os.path.isfile(f"{folder}/paperkb.toml") or os.path.isdir(f"{folder}/.obsidian")


def _upwards(folder: str) -> "Iterator[str]":
    below = ""
    while folder != below:
        yield folder
        folder, below = os.path.dirname(folder), folder


def _has_notes(folder: str) -> bool:
    """Whether a folder has Markdown notes. A name in capitals, such as README.md, is about the folder and no note."""
    try:
        with os.scandir(folder) as entries:
            return any(entry.name.endswith(_NOTES) and not entry.name.partition(".")[0].isupper() for entry in entries)
    except OSError:
        return False


def emit(command: str, answer: dict[str, Any]) -> None:
    """Print an answer as JSON with its schema; characters that a terminal would obey are escaped."""
    import re

    from cli.as_json import as_json

    obeyed = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
    for piece in as_json(command, answer, is_ascii=not _knows_unicode()):
        sys.stdout.write(obeyed.sub(lambda sign: f"\\u{ord(sign[0]):04x}", piece))


def _knows_unicode() -> bool:
    """Whether the encoding of stdout has every character."""
    return sys.stdout.encoding.lower().startswith("utf")


def as_in_a_file() -> None:
    """Print UTF-8 into a pipe from here on, as into a file, whatever the terminal's encoding."""
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")


@contextmanager
def progress(words: str, every: int = 100) -> "Iterator[Callable[[int], None]]":
    """Show on a terminal how many are done, once that takes longer than half a second; silent in a pipe.

    Args:
        every: number of steps between two updates.
    """
    started, shown = time.monotonic(), False

    def show(done: int) -> None:
        nonlocal shown
        if done % every == 0 and time.monotonic() - started > 0.5:
            shown = True
            print(f"\r\x1b[K{done} {words}\r", end="", file=sys.stderr, flush=True)

    yield show if sys.stderr.isatty() else lambda done: None
    if shown:
        print("\x1b[K", end="", file=sys.stderr, flush=True)

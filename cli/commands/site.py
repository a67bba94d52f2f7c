"""`paperkb site DIR`: the vault as a static site."""

import os
import re
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands import examples
from cli.session import CommandError, Session, emit, is_vault, progress
from kb.conventions import SITE_MANIFEST
from kb.store import as_utf8

if TYPE_CHECKING:
    from cli.site.write import Difference
    from linker.vault import Vault

_SHOWN = 20
"""Maximum number of stale files listed; `--json` has all of them."""

EPILOG = examples(
    "paperkb site public",
    "paperkb site public --check",
    "paperkb site public --url https://me.example/papers",
)


def site(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for the site and nothing else.")],
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit code 2 when the site is stale.")] = False,
    url: Annotated[
        str, typer.Option(metavar="BASE", help="URL of the published site, for feed, sitemap and canonical links.")
    ] = "",
    name: Annotated[str, typer.Option(metavar="TEXT", help="Name of the site. Default: the vault's folder.")] = "",
) -> None:
    """Write the vault as a static site.

    A page for each paper, pattern, constraint and note. Works without JavaScript, from disk or from any server.
    """
    from cli.site.build import build
    from cli.site.site import Site, called
    from cli.site.write import SiteError, compare, write

    session: Session = context.obj
    if url and not re.fullmatch(r"https?://[^\s\"<>?#]+", url):
        raise CommandError(f"`{url}` is not the URL of a site - write it like https://me.example/papers")
    with session.open() as vault:
        is_around = vault.root.is_relative_to(os.path.realpath(folder))
        if is_around or is_vault(str(folder)) or _holds_notes(vault, folder):
            raise CommandError(f"{folder}: contains notes - choose a separate folder")
        made = Site(vault.store, vault.root, name or called(vault.root), url.rstrip("/"))
        with progress("pages made") as show, closing(build(made, show)) as files:
            try:
                found, kept = (compare(folder, files), list[str]()) if check else write(folder, files)
            except SiteError as error:
                raise CommandError(str(error)) from None
    if session.json:
        emit("site", {"folder": str(folder), "files": found.files, "kept": kept, "checked": check, **asdict(found)})
    else:
        for line in _lines(folder, found, kept, check=check):
            print(line)
    raise typer.Exit(2 if check and found else 0)


def _holds_notes(vault: "Vault", folder: Path) -> bool:
    """Whether a folder that is not yet a site holds notes of the vault, which would be left out from then on."""
    place = Path(os.path.realpath(folder))
    if not place.is_relative_to(vault.root) or (place / SITE_MANIFEST).exists():
        return False
    path = as_utf8(place.relative_to(vault.root).as_posix())
    notes = "SELECT 1 FROM document WHERE layer = 'own' AND digest IS NOT NULL AND path > ? AND path < ?"
    return bool(vault.store.one(notes, (f"{path}/", f"{path}0")))  # `0` comes after `/`


def _lines(folder: Path, found: "Difference", kept: list[str], *, check: bool) -> list[str]:
    counts = f"{len(found.missing)} new, {len(found.changed)} changed, {len(found.stale)} gone"
    if not check:
        left = [f"{folder / address}: no longer part of the site, but changed by hand: left alone" for address in kept]
        return [*left, f"{folder}: {found.files} files, {counts}"]
    named = [
        f"{folder / address}: {what}"
        for what, addresses in (("missing", found.missing), ("changed", found.changed), ("stale", found.stale))
        for address in addresses
    ]
    more = [f"and {len(named) - _SHOWN} more"] if len(named) > _SHOWN else []
    state = f"stale: {counts} - the same command without --check writes it" if found else "up to date"
    return [*named[:_SHOWN], *more, f"{folder}: {state}"]

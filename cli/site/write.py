"""Writing a site into a folder: only what changed, only its own files, never outside.

`.paperkb-site.json` in the folder holds the hash of every file that was written there.
"""

import json
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import SpooledTemporaryFile

from cli.replace_file import replace_file
from kb.conventions import SITE_MANIFEST

SCHEMA = "paperkb.site-files/1"

_ADDRESS = re.compile(r"(?:[a-z0-9-]+/)?[a-z0-9-]+\.[a-z0-9]{2,4}")
"""The form of a site's file names; anything else in a manifest is ignored."""
_NAMED = 5
_IN_MEMORY = 1 << 24
"""Bytes of files that wait there; more wait on the disk that they will be written to."""


class SiteError(Exception):
    """The folder cannot hold the site; the message says why and what to do."""


Files = Iterable[tuple[str, bytes]]
"""Addresses with what belongs there, each made when its turn comes."""


@dataclass(frozen=True)
class Difference:
    """How a folder differs from the site: addresses to write, and those that are no longer part of it."""

    files: int
    missing: tuple[str, ...]
    changed: tuple[str, ...]
    stale: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.missing or self.changed or self.stale)


def compare(folder: Path, files: Files) -> Difference:
    """What writing would do; nothing is written."""
    return _compared(folder, files, lambda address, content: None)[0]


def write(folder: Path, files: Files) -> tuple[Difference, list[str]]:
    """Make the folder hold the site. Nothing is touched there before all files are made: until then, they wait.

    Returns:
        What was done, and stale files that were changed by someone else and therefore left alone.

    Raises:
        SiteError: a file that is not the site's own is in the way, or the system refuses.
    """
    pending: list[tuple[str, int]] = []
    near = next((str(place) for place in (folder, *folder.parents) if place.is_dir()), None)
    try:
        with SpooledTemporaryFile(_IN_MEMORY, dir=near) as waiting:  # without a name, so nothing of it is ever left
            difference, hashes = _compared(
                folder, files, lambda address, content: pending.append((address, waiting.write(content)))
            )
            known = _manifest(folder)
            came = [address for address in difference.missing if os.path.lexists(folder / address)]  # meanwhile
            _refuse_others(folder, hashes, [*difference.changed, *came], known)
            folder.mkdir(parents=True, exist_ok=True)
            waiting.seek(0)
            made = ((address, waiting.read(size)) for address, size in pending)
            kept = _carry_out(folder, made, difference, hashes, known)
    except OSError as error:
        place = error.filename or folder
        raise SiteError(f"{place}: {error.strerror or error} - choose another folder") from None
    return difference, kept


def _compared(
    folder: Path, files: Files, on_difference: Callable[[str, bytes], None]
) -> tuple[Difference, dict[str, str]]:
    """What writing would do, and the hash of every file of the site; `on_difference` gets those to be written."""
    hashes: dict[str, str] = {}
    missing, changed = list[str](), list[str]()
    for address, content in files:
        hashes[address] = _hash(content)
        before = _read(folder, address)
        if before != content:
            (missing if before is None else changed).append(address)
            on_difference(address, content)
    gone = sorted(_manifest(folder).keys() - hashes.keys())
    stale = tuple(address for address in gone if _read(folder, address) is not None)
    return Difference(len(hashes), tuple(missing), tuple(changed), stale), hashes


def _carry_out(
    folder: Path, pending: Files, difference: Difference, hashes: dict[str, str], known: dict[str, str]
) -> list[str]:
    """Write and remove; the manifest has every file that was written, even if that is interrupted."""
    as_they_were = hashes.keys() - {*difference.missing, *difference.changed}
    written = known | {address: hashes[address] for address in as_they_were}
    try:
        for address, content in pending:
            (folder / address).parent.mkdir(exist_ok=True)
            replace_file(folder / address, content)
            written[address] = hashes[address]
        kept = [address for address in difference.stale if not _is_own(folder, address, known)]
        for address in difference.stale:
            if address not in kept:
                (folder / address).unlink()
                _remove_empty(folder, (folder / address).parent)
        written = hashes
    finally:
        manifest = json.dumps({"schema": SCHEMA, "files": dict(sorted(written.items()))}, indent=1) + "\n"
        if _read(folder, SITE_MANIFEST) != manifest.encode():
            replace_file(folder / SITE_MANIFEST, manifest.encode())
    return kept


def _refuse_others(folder: Path, files: Iterable[str], there: list[str], known: dict[str, str]) -> None:
    """Refuse to overwrite anything but what an earlier run wrote and nobody has changed since."""
    if folder.exists() and not folder.is_dir():
        raise SiteError(f"{folder}: not a folder - choose another place")
    outside = [name for name in {Path(address).parent for address in files} if not _is_inside(folder, folder / name)]
    if outside:
        raise SiteError(f"{folder / min(outside)}: leads out of the folder - remove the link")
    others = [address for address in there if not _is_own(folder, address, known)]
    if others:
        named = ", ".join(others[:_NAMED]) + (f" and {len(others) - _NAMED} more" if len(others) > _NAMED else "")
        message = f"{folder}: not written by paperkb, or changed since: {named}"
        raise SiteError(f"{message} - move them away, or choose another folder")


def _is_inside(folder: Path, place: Path) -> bool:
    return Path(os.path.realpath(place)).is_relative_to(os.path.realpath(folder))


def _is_plain(folder: Path, address: str) -> bool:
    """Whether a file is there, itself not a link, in a place inside the folder."""
    place = folder / address
    return not place.is_symlink() and place.is_file() and _is_inside(folder, place.parent)


def _is_own(folder: Path, address: str, known: dict[str, str]) -> bool:
    """Whether the file is as an earlier run wrote it."""
    return _is_plain(folder, address) and _hash((folder / address).read_bytes()) == known.get(address)


def _read(folder: Path, address: str) -> bytes | None:
    """The file's content; None if nothing is there, empty if it is not a plain file."""
    place = folder / address
    if not _is_plain(folder, address):
        return b"" if os.path.lexists(place) else None
    return place.read_bytes()


def _manifest(folder: Path) -> dict[str, str]:
    try:
        files = json.loads(_read(folder, SITE_MANIFEST) or b"{}").get("files", {})
        return {str(address): str(digest) for address, digest in files.items() if _ADDRESS.fullmatch(str(address))}
    except (ValueError, AttributeError, RecursionError):
        return {}


def _remove_empty(folder: Path, place: Path) -> None:
    if place != folder and not any(place.iterdir()):
        place.rmdir()


def _hash(content: bytes) -> str:
    return sha256(content).hexdigest()

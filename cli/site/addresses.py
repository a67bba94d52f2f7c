"""File names of pages: stable, ASCII, valid on every file system; with a hash only where needed."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from urllib.parse import quote

FOLDERS = {"paper": "papers", "pattern": "patterns", "constraint": "constraints", "document": "notes"}
"""The folder with the pages of each kind; that of stories is `stories`."""
WANTED = "wanted.html"
"""The one page for everything that is linked and has no note."""

_LONGEST = 80
_DEVICES = (f"{port}{n}" for port in ("com", "lpt") for n in range(10))
_RESERVED = frozenset(("index", "con", "prn", "aux", "nul", *_DEVICES))
"""Names that Windows reserves for devices, and the one of a folder's list."""


def file_names(keys: Mapping[str, str]) -> dict[str, str]:
    """A stem for each key.

    Args:
        keys: what should be readable in the name, by key; often the key itself.
    """
    wished = {key: _stem(readable) for key, readable in keys.items()}
    holders: dict[str, list[str]] = {}
    for key, stem in sorted(wished.items()):
        holders.setdefault(stem, []).append(key)
    return {key: _settled(key, stem, holders[stem]) for key, stem in wished.items()}


def _stem(readable: str) -> str:
    plain = unicodedata.normalize("NFKD", readable).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _settled(key: str, stem: str, holders: list[str]) -> str:
    is_alone = len(holders) == 1 or key == stem
    if is_alone and stem and stem not in _RESERVED and len(stem) <= _LONGEST:
        return stem
    digest = hashlib.sha256(key.encode(errors="surrogateescape")).hexdigest()[:8]
    return f"{stem[:_LONGEST].rstrip('-')}-{digest}" if stem else digest


def relative(source: str, target: str) -> str:
    """The address `target` as written in the page `source`, both relative to the site's folder."""
    path, sign, fragment = target.partition("#")
    if path == source and fragment:
        return f"#{quote(fragment)}"
    folder = source[: source.rfind("/") + 1]
    written = path[len(folder) :] if path.startswith(folder) else "../" * folder.count("/") + path
    return quote(written) + (sign and f"#{quote(fragment)}")

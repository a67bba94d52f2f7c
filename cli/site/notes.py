"""The text of a note as it is in its file now."""

import os
from dataclasses import dataclass
from pathlib import Path

from kb import frontmatter, places, toml_matter
from kb.inside import read_inside

PICTURES = {
    ".png": (b"\x89PNG\r\n\x1a\n",), ".jpg": (b"\xff\xd8\xff",), ".jpeg": (b"\xff\xd8\xff",),
    ".gif": (b"GIF87a", b"GIF89a"), ".webp": (b"RIFF",),
}  # fmt: skip
"""Pictures that a page may show, by ending, and how such a file begins. Not SVG: opened by itself, it runs scripts."""
PICTURE_LIMIT = 2 * 1024 * 1024
"""Bytes of a picture; a larger one is not copied."""

_HEAD = 16


@dataclass(frozen=True)
class Note:
    """A note's whole text, and the character at which its body begins."""

    text: str
    begins: int


def read_note(root: Path, path: str) -> Note | None:
    """The note, without a body if it is YAML or BibTeX; None if the file is gone or no longer a file."""
    raw = _read(root, path, places.LIMIT + 1)
    if raw is None:
        return None
    text, _ = places.decode(raw)
    if path.lower().endswith((".yaml", ".yml", ".bib")):
        return Note(text, len(text))
    _, begins, _ = (toml_matter if text.startswith("+++") else frontmatter).split(text)
    return Note(text, begins)


def is_picture(root: Path, path: str) -> bool:
    """Whether the file is what its ending says, and not too large."""
    starts = PICTURES.get(os.path.splitext(path)[1].lower())
    head = _read(root, path, _HEAD) if starts else None
    try:
        return bool(starts and head and head.startswith(starts) and os.stat(root / path).st_size <= PICTURE_LIMIT)
    except OSError:
        return False


def read_picture(root: Path, path: str) -> bytes:
    """The picture; empty if it is gone or no longer a picture."""
    return (_read(root, path, PICTURE_LIMIT) or b"") if is_picture(root, path) else b""


def _read(root: Path, path: str, limit: int) -> bytes | None:
    try:
        return read_inside(root, path, limit)
    except OSError:
        return None

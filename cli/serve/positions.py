"""The places of papers in the picture, kept next to the index: a cache like the index itself."""

import contextlib
import json
import os
from pathlib import Path

from cli.render.timeline.model import Kept
from cli.render.timeline.remembered import NO_PLACES, as_json, from_json

SUFFIX = "-positions.json"


def load_positions(index: Path) -> Kept | None:
    """The places as they were saved; None if there are none, or none that make sense."""
    try:
        return from_json(json.loads(_place(index).read_text("utf-8")))
    except (OSError, *NO_PLACES):
        return None


def save_positions(index: Path, kept: Kept) -> None:
    """Save the places; if the disk is full, nothing else is lost."""
    written = json.dumps(as_json(kept), ensure_ascii=False)
    part = _place(index).with_suffix(".part")
    with contextlib.suppress(OSError):
        part.write_text(written, "utf-8", errors="replace")
        os.replace(part, _place(index))


def _place(index: Path) -> Path:
    return index.with_name(index.name + SUFFIX)

"""Where papers stand in the picture, kept beside the index: a cache like the index itself."""

import contextlib
import json
import os
from pathlib import Path

from cli.render.timeline.model import Kept
from cli.render.timeline.remembered import NO_PLACES, as_json, from_json

SUFFIX = "-positions.json"


def load_positions(index: Path) -> Kept | None:
    """As they were kept; None where there are none, or nothing that makes sense."""
    try:
        return from_json(json.loads(_place(index).read_text("utf-8")))
    except (OSError, *NO_PLACES):
        return None


def save_positions(index: Path, kept: Kept) -> None:
    """Keep them; a disk that is full costs no more than that."""
    written = json.dumps(as_json(kept), ensure_ascii=False)
    part = _place(index).with_suffix(".part")
    with contextlib.suppress(OSError):
        part.write_text(written, "utf-8", errors="replace")
        os.replace(part, _place(index))


def _place(index: Path) -> Path:
    return index.with_name(index.name + SUFFIX)

"""Where implementations and their records lie. Nothing heavy is imported here: every command asks."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""The folder of the implementations, one family a folder."""


def own_records() -> Path:
    """Where new records go: into the checkout if this is one, else into the user's data folder."""
    if (ROOT.parent / "pyproject.toml").is_file():
        return shipped_records()
    data = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return Path(data) / "paperkb" / "records"


def shipped_records() -> Path:
    """Records that travel with the product."""
    return ROOT.parent / "benchmarks" / "records"


def record_folders() -> list[Path]:
    """Where records are read: the user's own first, then the shipped ones; in a checkout they are the same."""
    return list(dict.fromkeys((own_records(), shipped_records())))

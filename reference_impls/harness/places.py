"""Where implementations and their records lie. Nothing heavy is imported here: every command asks."""

import os

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
"""The folder of the implementations, one family a folder."""


def own_records() -> str:
    """Where new records go: into the checkout if this is one, else into the user's data folder.

    Raises:
        FileNotFoundError: this user has none.
    """
    if os.path.isfile(os.path.join(os.path.dirname(ROOT), "pyproject.toml")):
        return shipped_records()
    data = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    if data.startswith("~"):        # what stands for a home that nobody knows, and would be made here
        raise FileNotFoundError("no home folder is known for the records - set XDG_DATA_HOME")
    return os.path.join(data, "paperkb", "records")


def shipped_records() -> str:
    """Records that travel with the product."""
    return os.path.join(os.path.dirname(ROOT), "benchmarks", "records")


def record_folders() -> list[str]:
    """Where records are read: the user's own first, then the shipped ones; in a checkout they are the same."""
    try:
        return list(dict.fromkeys((own_records(), shipped_records())))
    except FileNotFoundError:
        return [shipped_records()]

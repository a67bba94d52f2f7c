"""Where implementations and their records are. Nothing heavy is imported here, because every command uses it."""

import os

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
"""The folder of the implementations, with a subfolder for each family."""


def own_records() -> str:
    """Where new records go: into the checkout if this is one, else into the user's data folder.

    Raises:
        FileNotFoundError: this user has no data folder.
    """
    if os.path.isfile(os.path.join(os.path.dirname(ROOT), "pyproject.toml")):
        return shipped_records()
    data = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    if data.startswith("~"):        # the home folder is unknown; a folder named `~` would be created right here
        raise FileNotFoundError("no home folder is known for the records - set XDG_DATA_HOME")
    return os.path.join(data, "paperkb", "records")


def shipped_records() -> str:
    """The folder of records that ship with the product."""
    return os.path.join(os.path.dirname(ROOT), "benchmarks", "records")


def record_folders() -> list[str]:
    """Where records are read from: the user's own first, then the shipped ones; in a checkout these are the same."""
    try:
        return list(dict.fromkeys((own_records(), shipped_records())))
    except FileNotFoundError:
        return [shipped_records()]


def growth_folder(records: str) -> str:
    """Where measurements of growth are kept, beside a folder of records."""
    return os.path.join(os.path.dirname(records), "scaling")


def growth_folders() -> list[str]:
    """Where measurements of growth are read from, in the order of `record_folders`."""
    return [growth_folder(records) for records in record_folders()]

"""Write the files that runs leave behind, each one whole or not at all."""
import os
import re
from collections.abc import Mapping
from pathlib import Path


def replace(path: Path, content: bytes) -> None:
    """Write a file atomically: a reader sees the old content or the new, never a part.

    Raises:
        OSError: the folder cannot be written.
    """
    import tempfile  # slow to import, and not needed for reading records

    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
        os.chmod(name, 0o644)       # a temporary file is private, a result is not
        os.replace(name, path)
    except BaseException as error:      # also Ctrl-C
        os.unlink(name)
        if isinstance(error, OSError) and not error.filename:
            error.filename = str(path)      # the error for a full disk names no file
        raise


def save_all(folder: Path, contents: Mapping[str, str | bytes]) -> list[Path]:
    """Write files by name into one folder and return their paths.

    Raises:
        OSError: the folder cannot be written.
    """
    for name, content in contents.items():
        replace(folder / name, content.encode() if isinstance(content, str) else content)
    return [folder / name for name in contents]


def slug(*words: object) -> str:
    """A file name made from words."""
    return re.sub(r"[^a-z0-9]+", "-", " ".join(map(str, words)).lower()).strip("-") or "unnamed"

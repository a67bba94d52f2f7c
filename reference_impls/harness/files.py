"""Files that runs leave: each one whole or not at all."""
import os
import re
from collections.abc import Mapping
from pathlib import Path


def replace(path: Path, content: bytes) -> None:
    """Write a file such that whoever reads it finds the old content or the new one, never a part.

    Raises:
        OSError: the folder cannot be written.
    """
    import tempfile  # costs time to import: not for who only reads records

    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as file:
        try:
            file.write(content)
            file.close()
            os.chmod(file.name, 0o644)      # a temporary file is private, a result is not
            os.replace(file.name, path)
        except BaseException:       # also Ctrl-C
            os.unlink(file.name)
            raise


def save_all(folder: Path, contents: Mapping[str, str | bytes]) -> list[Path]:
    """Write files by name into one folder; their paths.

    Raises:
        OSError: the folder cannot be written.
    """
    for name, content in contents.items():
        replace(folder / name, content.encode() if isinstance(content, str) else content)
    return [folder / name for name in contents]


def slug(*words: object) -> str:
    """A file's name of what a thing is called."""
    return re.sub(r"[^a-z0-9]+", "-", " ".join(map(str, words)).lower()).strip("-") or "unnamed"

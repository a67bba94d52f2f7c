"""A file written whole or not at all."""

import os
import tempfile
from pathlib import Path


def replace_file(place: Path, content: bytes) -> None:
    """The whole file or the one before it, whatever happens."""
    handle, name = tempfile.mkstemp(prefix=".paperkb-", dir=place.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, 0o644)
        os.replace(name, place)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise

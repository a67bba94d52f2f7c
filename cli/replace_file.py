"""Write a file whole or not at all."""

import os
import tempfile
from pathlib import Path


def replace_file(place: Path, content: bytes) -> None:
    """Write a file; whatever happens, the new one is whole or the old one is kept."""
    handle, name = tempfile.mkstemp(prefix=".paperkb-", dir=place.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, 0o644)
        os.replace(name, place)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise

"""Write notes whole or not at all, and never over another file."""

import os
from collections.abc import Sequence
from errno import ENOSPC

from cli.failure import reason
from cli.imports.plan import Outcome


def written(root: str, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Write every new note and return the outcomes; if the system refuses one, no others are tried.

    Args:
        root: the folder of the vault.
    """
    found: list[Outcome] = []
    is_refused = False
    for each in outcomes:
        if each.status == "new" and not is_refused:
            try:
                _write_new(os.path.join(root, *each.path.split("/")), each.text)
            except FileExistsError:
                each = each._replace(status="failed", why=f"{each.path}: was created meanwhile and stays - try again")
            except OSError as error:
                is_refused = True
                hint = "make room and try again" if error.errno == ENOSPC else "name another folder"
                each = each._replace(status="failed", why=f"{reason(error)} - {hint}")
            else:
                each = each._replace(status="written")
        found.append(each)
    return found


def _write_new(place: str, text: str) -> None:
    """Create the file and its folders; if that fails, no partial file is left."""
    os.makedirs(os.path.dirname(place), exist_ok=True)
    made = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(made, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(made)
    except BaseException:
        os.unlink(place)
        raise

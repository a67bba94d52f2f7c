"""Files that commands draw: the endings they may have, and one line for every way to fail."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from cli.session import CommandError

Theme = Literal["light", "dark"]


def known_ending(output: Path, endings: tuple[str, ...]) -> None:
    """Check the name of a file before any work is done for it.

    Raises:
        CommandError: it has none of these endings.
    """
    if output.suffix.lower() not in endings:
        named = " or ".join(filter(None, (", ".join(endings[:-1]), endings[-1])))
        raise CommandError(f"cannot write `{output.suffix or output}` - name a file that ends in {named}")


def save(output: Path, write: Callable[[], list[str]]) -> None:
    """Write a file and print the notes of its writer.

    Raises:
        CommandError: it cannot be written.
    """
    from cli.render.timeline.png import PngError

    try:
        notes = write()
    except PngError as error:
        raise CommandError(f"{output}: {error}") from None
    except OSError as error:
        raise CommandError(f"{output}: {error.strerror} - choose another place with -o") from None
    for note in notes:
        print(f"paperkb: {note}", file=sys.stderr)

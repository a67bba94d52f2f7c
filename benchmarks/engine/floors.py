"""The least that the work must cost: `python -I -S floors.py stat|read FOLDER...`. Imports nothing of ours."""

import os
import sys
from collections.abc import Iterator


def files(folder: str) -> Iterator[tuple[str, int]]:
    """Every file under a folder with its size: scandir and one stat each."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from files(entry.path)
            else:
                yield entry.path, entry.stat(follow_symlinks=False).st_size


def main(what: str, *folders: str) -> None:
    """Print how many files and bytes there were."""
    count = total = 0
    for folder in folders:
        for path, size in files(folder):
            count += 1
            if what == "read":
                descriptor = os.open(path, os.O_RDONLY)
                total += len(os.read(descriptor, size))
                os.close(descriptor)
            else:
                total += size
    print(count, total)


main(*sys.argv[1:])

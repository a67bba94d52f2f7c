"""Reading a file of a vault, never one outside, even if something becomes a symbolic link in the meantime."""

import errno
import os
import stat

from kb.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import StrPath

_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_FOLDER = getattr(os, "O_DIRECTORY", 0) | _NO_LINK
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)
"""Opening a pipe that has no writer must not block; it is then refused."""


def read_inside(root: "StrPath", path: str, limit: int) -> bytes:
    """The first `limit` bytes of the file at `path`, relative to the folder `root`, which itself may be a link.

    Raises:
        OSError: it is not a file, cannot be read, or its path contains a symbolic link.
    """
    try:
        opened = _open(root, path)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise OSError(error.errno, "its path contains a symbolic link") from None
        raise
    try:
        status = os.fstat(opened)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a file")
        return _read(opened, status.st_size, limit)
    finally:
        os.close(opened)


def _read(opened: int, expected: int, limit: int) -> bytes:
    """The first bytes of an open file; nearly always one read is enough, so a buffer does not pay."""
    pieces = [os.read(opened, min(expected + 1, limit))]
    while pieces[-1] and (left := limit - sum(map(len, pieces))) > 0:
        pieces.append(os.read(opened, min(left, 1 << 16)))
    return b"".join(pieces)


def _open(root: "StrPath", path: str) -> int:
    """Open each folder relative to its parent, so that what was a folder when it was listed must still be one."""
    if os.open not in os.supports_dir_fd:  # Windows: check before opening, which leaves a short gap
        whole = os.path.join(root, path)
        if os.path.realpath(whole) != os.path.normpath(os.path.join(os.path.realpath(root), path)):
            raise OSError(errno.ELOOP, "its path contains a symbolic link")
        return os.open(whole, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    *folders, name = path.split("/")
    if ".." in folders:
        raise OSError(errno.EINVAL, "leads out of the folder")
    at = os.open(root, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        for folder in folders:
            below = os.open(folder, os.O_RDONLY | _FOLDER, dir_fd=at)
            os.close(at)
            at = below
        return os.open(name, os.O_RDONLY | _NO_LINK | _NO_WAIT, dir_fd=at)
    finally:
        os.close(at)

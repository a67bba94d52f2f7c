"""Writing one file of a vault: completely or not at all, and only if it has not changed since it was read."""

import os
import shutil
import stat
import tempfile
from pathlib import Path


class RewriteError(OSError):
    """The file was left as it is; the message says why."""


def rewrite(root: Path, path: str, before: bytes, after: bytes) -> None:
    """Replace the content of `root/path`, keeping its permissions and attributes.

    Raises:
        RewriteError: it is outside the vault, is not a regular file, has another name, or its content is no longer
            `before`; or the system refused.
    """
    file = root / path
    try:
        if not file.parent.resolve().is_relative_to(root.resolve()):
            raise RewriteError(f"{path}: is outside the vault - left as it is")
        found = os.lstat(file)
        if not stat.S_ISREG(found.st_mode):
            raise RewriteError(f"{path}: is not a regular file - left as it is")
        if found.st_nlink > 1:
            raise RewriteError(f"{path}: has another name (a hard link) - left as it is")
        _replace(path, file, before, after)
    except RewriteError:
        raise
    except OSError as error:
        raise RewriteError(f"{path}: {error.strerror} - left as it is") from None


def _replace(path: str, file: Path, before: bytes, after: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=".paperkb-", dir=file.parent)  # a name that readers of notes ignore
    try:
        with os.fdopen(handle, "wb") as new:
            new.write(after)
            new.flush()
            os.fsync(new.fileno())
        shutil.copystat(file, name, follow_symlinks=False)
        owner = os.lstat(file)
        if (owner.st_uid, owner.st_gid) != (os.lstat(name).st_uid, os.lstat(name).st_gid):
            os.chown(name, owner.st_uid, owner.st_gid)
        os.utime(name)  # its content changed now
        if file.read_bytes() != before:
            raise RewriteError(f"{path}: changed in the meantime - left as it is, try again")
        os.replace(name, file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise

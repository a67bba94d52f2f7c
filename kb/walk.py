"""The files of a vault: one walk that uses stat, reads nothing and follows nothing outside the vault."""

import marshal
import os
import stat
from collections.abc import Iterable, Mapping

from kb import conventions
from kb.digest import blake2b
from kb.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Protocol

    from _typeshed import StrPath

    from kb.config import Config
    from kb.model import Diagnostic

    class _Entry(Protocol):
        """The part of `os.DirEntry` that is needed here."""

        @property
        def name(self) -> str: ...
        def is_dir(self, *, follow_symlinks: bool) -> bool: ...
        def stat(self, *, follow_symlinks: bool) -> os.stat_result: ...


_NOTHING: dict[str, str] = {}
_NAMED = 5
"""Folders of one name that a left-out notice lists."""


Stamp = tuple[str, int, int]
"""A document as the file system shows it: path, time of the last change in ns, size.

The time is the later of mtime and ctime. mtime alone is not enough: unpacking or copying can set it to a time that
other content had, and a change of permissions does not touch it.
"""

ATTACHED = -1
"""The size recorded for a file that is not a document; its time is 0, since only its name matters."""

_BY_NUMBER = os.scandir in os.supports_fd and os.stat in os.supports_dir_fd
"""Whether a folder can be listed by file descriptor, so that its path is not resolved again for each file."""


class Walk:
    """The vault's files, and notices about what was left out."""

    def __init__(self) -> None:
        self.digests: dict[str, str] = {}
        """For each folder, by path prefix, a digest that changes when a file in it is added, changed or removed."""
        self.stamps: list[Stamp] = []
        """The files in folders whose digest is not the known one; all files if none is known."""
        self.notices: list[tuple[str, str, str, str]] = []
        """Path, code, message and hint of what was left out, sorted."""

    @property
    def diagnostics(self) -> "list[Diagnostic]":
        """The notices as findings."""
        from kb.model import Diagnostic

        return [Diagnostic(path, 1, 1, code, "notice", *said) for path, code, *said in self.notices]

    def digest_of_notices(self) -> str:
        """A digest that changes when other files are left out."""
        return _digest(self.notices)


def _digest(found: "list[Stamp] | list[tuple[str, str, str, str]]") -> str:
    return blake2b(marshal.dumps(found, 2), digest_size=8).hexdigest()


def walk(root: "StrPath", config: "Config", known: Mapping[str, str] = _NOTHING) -> Walk:
    """List the vault.

    Args:
        known: digests of an earlier walk. Files in unchanged folders are dropped along the way: in a large vault,
            keeping them takes as long as a good part of the walk.

    Raises:
        NotADirectoryError: the folder does not exist or cannot be listed.
    """
    if not os.path.isdir(root):
        raise NotADirectoryError(f"{root}: no such folder")
    return _Walker(os.fspath(root), config).run(known)


def look(root: "StrPath", config: "Config", paths: Iterable[str]) -> Walk:
    """What a walk would find for these files alone, each given by its path in the vault; folders are ignored."""
    walker = _Walker(os.fspath(root), config)
    for path in paths:
        *folders, name = path.split("/")
        prefix, is_left_out = "", False
        for folder in folders:
            walker.look_at(_Named(folder, f"{root}/{prefix}{folder}"), prefix, is_left_out)
            if not walker.pending:
                break
            prefix, is_left_out = walker.pending.pop()
            sign = conventions.SITE_MANIFEST
            is_left_out |= walker.is_site(prefix, sign if os.path.lexists(f"{root}/{prefix}{sign}") else "")
        else:
            walker.listed = walker.found.stamps
            walker.look_at(_Named(name, f"{root}/{path}"), prefix, is_left_out)
            walker.pending.clear()
        walker.listed = []
    return walker.found


def would_read(config: "Config", path: str) -> bool:
    """Whether a walk would take a file at this path for a document if it existed."""
    walker = _Walker("", config)
    *folders, name = path.split("/")
    prefix, is_left_out = "", False
    for folder in folders:
        walker.look_at(_ToCome(folder, stat.S_IFDIR), prefix, is_left_out)
        if not walker.pending:
            return False
        prefix, is_left_out = walker.pending.pop()
    walker.look_at(_ToCome(name, stat.S_IFREG), prefix, is_left_out)
    return any(size != ATTACHED for _, _, size in walker.listed)


class _ToCome:
    """What `os.scandir` would yield for a file or folder that does not exist yet."""

    def __init__(self, name: str, kind: int) -> None:
        self.name, self.kind = name, kind

    def is_dir(self, *, follow_symlinks: bool) -> bool:
        return stat.S_ISDIR(self.kind)

    def stat(self, *, follow_symlinks: bool) -> os.stat_result:
        return os.stat_result((self.kind, *[0] * 9), {"st_mtime_ns": 0, "st_ctime_ns": 0})


class _Named:
    """What `os.scandir` would yield for a file given by its path."""

    def __init__(self, name: str, path: str) -> None:
        self.name, self.path = name, path

    def is_dir(self, *, follow_symlinks: bool) -> bool:
        try:
            return stat.S_ISDIR(self.stat(follow_symlinks=follow_symlinks).st_mode)
        except OSError:
            return False

    def stat(self, *, follow_symlinks: bool) -> os.stat_result:
        return os.stat(self.path, follow_symlinks=follow_symlinks)


class _Walker:
    """One walk, folder by folder; folders that are excluded or hold no notes by convention are not entered."""

    def __init__(self, root: str, config: "Config") -> None:
        self.root = root
        self.exclude, self.include = _globs(config.exclude), _globs(config.include)
        self.endings = tuple(ending.lower() for ending in config.endings)
        self.found = Walk()
        self.listed: list[Stamp] = []
        """The files found in the current folder."""
        self.left_out: dict[tuple[str, str], list[str]] = {}
        """Paths by reason and folder name."""
        self.pending: list[tuple[str, bool]] = []
        """Folders to list: their path prefix, and whether a convention leaves them out."""

    def run(self, known: Mapping[str, str]) -> Walk:
        self.pending.append(("", False))
        while self.pending:
            prefix, is_left_out = self.pending.pop()
            self.listed = []
            try:
                self.enter(prefix, is_left_out)
            except OSError as error:
                if not prefix:  # else the vault would look empty
                    raise NotADirectoryError(f"{self.root}: {error.strerror or 'cannot be read'}") from None
                self.unreadable(prefix, error)
            if self.listed:
                digest = self.found.digests[prefix] = _digest(self.listed)
                if known.get(prefix) != digest:
                    self.found.stamps += self.listed
        for (reason, _), paths in self.left_out.items():
            self.by_convention(reason, sorted(paths))
        self.found.notices.sort()
        return self.found

    def enter(self, prefix: str, is_left_out: bool) -> None:
        """List a folder and sort its entries into documents, attachments and notices.

        Raises:
            OSError: it cannot be read.
        """
        where = f"{self.root}/{prefix}"
        folder = os.open(where, os.O_RDONLY) if _BY_NUMBER else where
        try:
            with os.scandir(folder) as entries:
                listed = [*entries]
            self.file_all(listed, prefix, is_left_out)
        finally:
            if isinstance(folder, int):
                os.close(folder)

    def file_all(self, entries: list[os.DirEntry[str]], prefix: str, is_left_out: bool) -> None:
        """Sort the entries of a folder. A plain note, like most files, costs little more than its stat."""
        names = "\n".join([entry.name for entry in entries])
        if not is_left_out and self.is_site(prefix, names):
            is_left_out = True
            self.left_out[conventions.BUILT, prefix] = [prefix]
        is_plain = not (is_left_out or self.exclude or self.include) and is_text(names)
        is_plain = is_plain and not conventions.may_leave_out(names)
        stamps, endings = self.listed, self.endings
        for entry in entries:
            name = entry.name
            if is_plain and name.endswith(endings) and name[0] != "." and entry.is_file(follow_symlinks=False):
                try:
                    status = entry.stat(follow_symlinks=False)
                except OSError as error:
                    self.unreadable(prefix + name, error)
                else:
                    written, changed = status.st_mtime_ns, status.st_ctime_ns
                    stamps.append((prefix + name, written if written > changed else changed, status.st_size))
            else:
                self.look_at(entry, prefix, is_left_out)

    def is_site(self, prefix: str, files: str) -> bool:
        """Whether a folder with these files (one per line) was written by `paperkb site` and is not included."""
        has_sign = conventions.SITE_MANIFEST in files and conventions.SITE_MANIFEST in files.split("\n")
        return has_sign and bool(prefix) and not _matches(prefix[:-1], self.include)

    def look_at(self, entry: "_Entry", prefix: str, is_left_out: bool) -> None:
        """Sort one entry. In a folder that a convention leaves out, only included entries count."""
        name, path = entry.name, prefix + entry.name
        if _matches(path, self.exclude):
            return
        if not is_text(name):
            shown = prefix + name.encode("utf-8", "replace").decode()
            self.notice(shown, "name", "the file name is not valid text", "rename it")
            return
        is_included = _matches(path, self.include)
        if not entry.is_dir(follow_symlinks=False):
            if is_included or (not is_left_out and not self.is_no_note(path, name)):
                self.take(entry, path)
            return
        reason = conventions.of_folder(name)
        stays_out = not is_included and (is_left_out or bool(reason))
        if stays_out and not is_left_out and reason not in conventions.NEVER_NOTES:
            self.left_out.setdefault((reason, name), []).append(f"{path}/")
        if not stays_out or any(pattern.startswith(f"{path}/") for pattern in self.include):
            self.pending.append((f"{path}/", stays_out))

    def is_no_note(self, path: str, name: str) -> bool:
        """Whether a convention leaves the file out; for documents, that is noted."""
        reason = conventions.of_file(name)
        if reason and path.lower().endswith(self.endings):
            self.left_out.setdefault((reason, ""), []).append(path)
        return bool(reason)

    def take(self, entry: "_Entry", path: str) -> None:
        """Record a file as a document, an attachment or a notice."""
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError as error:
            self.unreadable(path, error)
            return
        if stat.S_ISLNK(status.st_mode):
            self.notice(path, "symlink", "a symbolic link is not followed", "put the file itself into the vault")
        elif not path.lower().endswith(self.endings):
            self.listed.append((path, 0, ATTACHED))
        elif stat.S_ISREG(status.st_mode):
            self.listed.append((path, max(status.st_mtime_ns, status.st_ctime_ns), status.st_size))
        else:
            self.notice(path, "not-a-file", "neither a file nor a folder", "remove it, or exclude it in paperkb.toml")

    def unreadable(self, path: str, error: OSError) -> None:
        self.notice(path, "unreadable", error.strerror or "cannot be read", "check its permissions")

    def by_convention(self, reason: str, paths: list[str]) -> None:
        """One notice for all folders with the same name, or all files of a kind."""
        others = ", ".join(paths[1:_NAMED]) + (f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else "")
        message = f"{reason}, also {others}" if others else reason
        hint = f'to read it: include = ["{paths[0].rstrip("/")}"] in paperkb.toml'
        self.notice(paths[0], "left-out", message, hint)

    def notice(self, path: str, code: str, message: str, hint: str) -> None:
        self.found.notices.append((path, code, f"left out: {message}", hint))


def _globs(patterns: tuple[str, ...]) -> list[str]:
    bare = [pattern.rstrip("/") for pattern in patterns]
    return bare + [pattern[3:] for pattern in bare if pattern.startswith("**/")]


def _matches(path: str, patterns: list[str]) -> bool:
    if not patterns:
        return False
    from fnmatch import fnmatch

    return any(fnmatch(path, pattern) for pattern in patterns)


def is_text(name: str) -> bool:
    """Whether a name is text: Python represents undecodable bytes as lone surrogates, which do not occur otherwise."""
    if name.isascii():
        return True
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True

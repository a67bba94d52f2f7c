"""Which files a vault has: one walk with stat, nothing read, nothing outside the vault followed."""

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
        """What `os.scandir` yields, as far as it is needed."""

        @property
        def name(self) -> str: ...
        def is_dir(self, *, follow_symlinks: bool) -> bool: ...
        def stat(self, *, follow_symlinks: bool) -> os.stat_result: ...


_NOTHING: dict[str, str] = {}
_NAMED = 5
"""Folders of one name, left out, that a notice names."""


Stamp = tuple[str, int, int]
"""A document as the file system shows it: its path, the time of its last change in ns, its size.

The time is of what was changed last, the content or what the system keeps beside it: an archive or a copy sets the time
of the content to one that another content may have had, and who may read a file is no content.
"""

ATTACHED = -1
"""The size of what is no document; its time is 0, as it is known by name only."""

_BY_NUMBER = os.scandir in os.supports_fd and os.stat in os.supports_dir_fd
"""Whether a folder can be listed once it is open: its path is then not followed again for each file."""


class Walk:
    """The vault's files, and what was not followed."""

    def __init__(self) -> None:
        self.digests: dict[str, str] = {}
        """For each folder what differs when a file in it came, changed or went, by what paths in it begin with."""
        self.stamps: list[Stamp] = []
        """The files in folders that differ from what was known of them; without that, all."""
        self.notices: list[tuple[str, str, str, str]] = []
        """Path, code, message and hint of what was left out, sorted."""

    @property
    def diagnostics(self) -> "list[Diagnostic]":
        """The notices as findings."""
        from kb.model import Diagnostic

        return [Diagnostic(path, 1, 1, code, "notice", *said) for path, code, *said in self.notices]

    def digest_of_notices(self) -> str:
        """What differs when something else is left out."""
        return _digest(self.notices)


def _digest(found: "list[Stamp] | list[tuple[str, str, str, str]]") -> str:
    return blake2b(marshal.dumps(found, 2), digest_size=8).hexdigest()


def walk(root: "StrPath", config: "Config", known: Mapping[str, str] = _NOTHING) -> Walk:
    """List the vault.

    Args:
        known: digests of an earlier walk. Files in folders that are still the same are forgotten as it goes: to keep
            those of a large vault takes as long as a good part of the walk.

    Raises:
        NotADirectoryError: there is no such folder, or it cannot be listed.
    """
    if not os.path.isdir(root):
        raise NotADirectoryError(f"{root}: no such folder")
    return _Walker(os.fspath(root), config).run(known)


def look(root: "StrPath", config: "Config", paths: Iterable[str]) -> Walk:
    """What a walk would find of these files alone, each by its path in the vault; folders among them say nothing."""
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
    """Would a walk take a file at this path for a document, once it is there?"""
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
    """What `os.scandir` would yield of a file or folder that is not there yet."""

    def __init__(self, name: str, kind: int) -> None:
        self.name, self.kind = name, kind

    def is_dir(self, *, follow_symlinks: bool) -> bool:
        return stat.S_ISDIR(self.kind)

    def stat(self, *, follow_symlinks: bool) -> os.stat_result:
        return os.stat_result((self.kind, *[0] * 9), {"st_mtime_ns": 0, "st_ctime_ns": 0})


class _Named:
    """What `os.scandir` would yield of a file that was named."""

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
    """One walk: folder by folder; what is excluded or no place for notes is not entered."""

    def __init__(self, root: str, config: "Config") -> None:
        self.root = root
        self.exclude, self.include = _globs(config.exclude), _globs(config.include)
        self.endings = tuple(ending.lower() for ending in config.endings)
        self.found = Walk()
        self.listed: list[Stamp] = []
        """What was found in the folder that is looked at."""
        self.left_out: dict[tuple[str, str], list[str]] = {}
        """Paths by reason and folder name."""
        self.pending: list[tuple[str, bool]] = []
        """Folders to list: how paths in them begin, and whether a convention leaves them out."""

    def run(self, known: Mapping[str, str]) -> Walk:
        self.pending.append(("", False))
        while self.pending:
            prefix, is_left_out = self.pending.pop()
            self.listed = []
            try:
                self.enter(prefix, is_left_out)
            except OSError as error:
                if not prefix:  # as if there were no file at all
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
        """List a folder and file what is in it.

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
        """File what is in a folder. What is plainly a note, as most files are, costs little more than its stat."""
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
        """Was all in a folder, with these files, a line each, made by `paperkb site`, and does nobody include it?"""
        has_sign = conventions.SITE_MANIFEST in files and conventions.SITE_MANIFEST in files.split("\n")
        return has_sign and bool(prefix) and not _matches(prefix[:-1], self.include)

    def look_at(self, entry: "_Entry", prefix: str, is_left_out: bool) -> None:
        """File one entry. In a folder that a convention leaves out only what is included is looked at."""
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
        """Does a convention leave the file out? Of documents that is said."""
        reason = conventions.of_file(name)
        if reason and path.lower().endswith(self.endings):
            self.left_out.setdefault((reason, ""), []).append(path)
        return bool(reason)

    def take(self, entry: "_Entry", path: str) -> None:
        """File an entry as document, attachment or notice."""
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
        """One notice for all folders of a name, or files of a kind."""
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
    """Whether a name is text; Python says of bytes in it that are none in signs that stand alone nowhere else."""
    if name.isascii():
        return True
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True

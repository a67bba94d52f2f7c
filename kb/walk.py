"""Which files a vault has: one walk with stat, nothing read, nothing outside the vault followed."""

import fnmatch
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kb.model import Diagnostic

ENDINGS = (".md", ".markdown", ".mdx", ".yaml", ".yml")
"""Files that are documents unless `paperkb.toml` says otherwise."""

SKIPPED_FOLDERS = {"node_modules", "__pycache__", "venv", "site-packages"}
"""Left out everywhere, as is every folder whose name starts with a dot (`.git`, `.obsidian`, `.trash`)."""


class ConfigError(ValueError):
    """`paperkb.toml` cannot be used; the message says where and why."""


@dataclass(frozen=True)
class Config:
    """What `paperkb.toml` may say: `exclude` (globs of files and folders) and `endings` (of documents, in any case)."""

    exclude: tuple[str, ...] = ()
    endings: tuple[str, ...] = ENDINGS


@dataclass(frozen=True)
class Found:
    """A document as the file system shows it."""

    path: str
    mtime_ns: int
    size: int


@dataclass
class Walk:
    """The vault's files: documents with their stamps, other files by name only, and what was not followed."""

    documents: list[Found] = field(default_factory=list)
    attachments: list[str] = field(default_factory=list)
    diagnostics: "list[Diagnostic]" = field(default_factory=list)


def load_config(root: Path) -> Config:
    """Read `paperkb.toml` in the vault's folder, if there is one.

    Raises:
        ConfigError: it is not TOML, or a value has another type than it should.
    """
    file = root / "paperkb.toml"
    if not file.exists():
        return Config()
    import tomllib  # costs time to import: only for those who have settings

    try:
        data = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{file}: {error}") from None
    values: dict[str, tuple[str, ...]] = {}
    for key, value in data.items():
        if key not in ("exclude", "endings"):
            raise ConfigError(f"{file}: unknown setting `{key}` - known are `exclude` and `endings`")
        if not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
            raise ConfigError(f"{file}: `{key}` must be a list of strings")
        values[key] = tuple(value)
    if not all(ending.startswith(".") for ending in values.get("endings", ())):
        raise ConfigError(f'{file}: `endings` must start with a dot, like ".md"')
    return Config(**values)


def walk(root: Path, config: Config) -> Walk:
    """List the vault in path order.

    Raises:
        NotADirectoryError: there is no such folder.
    """
    if not root.is_dir():
        raise NotADirectoryError(f"{root}: no such folder")
    result = Walk()
    endings = tuple(ending.lower() for ending in config.endings)
    for entry, path in _entries(str(root), config, result.diagnostics):
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError as error:
            result.diagnostics.append(_notice(path, "unreadable", error.strerror or "cannot be read"))
            continue
        if stat.S_ISLNK(status.st_mode):
            result.diagnostics.append(_notice(path, "symlink", "a symbolic link is not followed"))
        elif not path.lower().endswith(endings):
            result.attachments.append(path)
        elif stat.S_ISREG(status.st_mode):
            result.documents.append(Found(path, status.st_mtime_ns, status.st_size))
        else:
            result.diagnostics.append(_notice(path, "not-a-file", "neither a file nor a folder"))
    result.documents.sort(key=lambda found: found.path)
    result.attachments.sort()
    result.diagnostics.sort()
    return result


def _entries(root: str, config: Config, diagnostics: "list[Diagnostic]") -> Iterator[tuple[os.DirEntry[str], str]]:
    """Every file with its path, folder by folder; excluded ones are not entered."""
    exclude = [pattern.rstrip("/") for pattern in config.exclude]
    exclude += [pattern[3:] for pattern in exclude if pattern.startswith("**/")]
    pending = [(root, "")]
    while pending:
        folder, prefix = pending.pop()
        try:
            with os.scandir(folder) as entries:
                listed = list(entries)
        except OSError as error:
            diagnostics.append(_notice(prefix or ".", "unreadable", error.strerror or "cannot be read"))
            continue
        for entry in listed:
            name = entry.name
            if any(fnmatch.fnmatch(prefix + name, pattern) for pattern in exclude):
                continue
            if not _is_text(name):
                diagnostics.append(
                    _notice(prefix + name.encode("utf-8", "replace").decode(), "name", "the file name is not text")
                )
            elif entry.is_dir(follow_symlinks=False):
                if not name.startswith(".") and name not in SKIPPED_FOLDERS:
                    pending.append((entry.path, f"{prefix}{name}/"))
            elif not name.startswith("."):
                yield entry, prefix + name


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _notice(path: str, code: str, message: str) -> "Diagnostic":
    from kb.model import Diagnostic

    return Diagnostic(path, 1, 1, code, "notice", f"left out: {message}", "put the file itself into the vault")

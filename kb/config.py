"""The settings in a vault's `paperkb.toml`."""

import os

from kb.error import Error
from kb.typed import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from _typeshed import StrPath

NOTES = (".md", ".markdown", ".mdx", ".yaml", ".yml")
"""Endings that a link to a file may omit."""

ENDINGS = (*NOTES, ".bib")
"""Endings of documents, unless `paperkb.toml` says otherwise."""

_SETTINGS = ("exclude", "include", "endings", "links")
Links = Literal["papers", "obsidian"]
LINKS: tuple[Links, ...] = ("papers", "obsidian")
"""How links between notes are resolved: also to papers by id, alias and title, or only to files."""


class ConfigError(Error, ValueError):
    """`paperkb.toml` cannot be used; the message says where and why."""


class Config:
    """The settings of a vault.

    Args:
        exclude: globs of files and folders to leave out; takes precedence over `include`.
        include: globs of files and folders to read although a convention leaves them out.
        endings: endings of documents, in any case.
        links: `papers`, or `obsidian` if links between notes lead only where they lead in Obsidian.
    """

    def __init__(
        self,
        exclude: tuple[str, ...] = (),
        include: tuple[str, ...] = (),
        endings: tuple[str, ...] = ENDINGS,
        links: Links = "papers",
    ) -> None:
        self.exclude, self.include, self.endings, self.links = exclude, include, endings, links


def load_config(root: "StrPath") -> Config:
    """Read `paperkb.toml` in the vault's folder, if there is one.

    Raises:
        ConfigError: it cannot be read, it is not TOML, a setting is unknown, or a value is invalid.
    """
    file = os.path.join(root, "paperkb.toml")
    if not os.path.exists(file):
        return Config()
    import tomllib  # slow to import: only if there are settings

    try:
        with open(file, "rb") as settings:
            data = tomllib.loads(settings.read().decode("utf-8-sig"))  # some editors write a byte order mark
    except (OSError, ValueError) as error:
        raise ConfigError(f"{file}: {error}") from None
    values: dict[str, tuple[str, ...]] = {}
    for key, value in data.items():
        if key not in _SETTINGS:
            known = ", ".join(f"`{name}`" for name in _SETTINGS)
            raise ConfigError(f"{file}: unknown setting `{key}` - known settings: {known}")
        if key == "links":
            continue
        if not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
            raise ConfigError(f"{file}: `{key}` must be a list of strings")
        values[key] = tuple(value)
    if not all(ending.startswith(".") for ending in values.get("endings", ())):
        raise ConfigError(f'{file}: `endings` must start with a dot, like ".md"')
    links = data.get("links", "papers")
    if links not in LINKS:
        raise ConfigError(f'{file}: `links` must be "papers" or "obsidian"')
    return Config(**values, links=links)

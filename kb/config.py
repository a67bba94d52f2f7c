"""What a vault's `paperkb.toml` may say."""

import os

from kb.error import Error
from kb.typed import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from _typeshed import StrPath

NOTES = (".md", ".markdown", ".mdx", ".yaml", ".yml")
"""Files that a link may name without their ending."""

ENDINGS = (*NOTES, ".bib")
"""Files that are documents unless `paperkb.toml` says otherwise."""

_SETTINGS = ("exclude", "include", "endings", "links")
Links = Literal["papers", "obsidian"]
LINKS: tuple[Links, ...] = ("papers", "obsidian")
"""How far a link between notes is followed: on to ids, aliases and titles of papers, or to files only."""


class ConfigError(Error, ValueError):
    """`paperkb.toml` cannot be used; the message says where and why."""


class Config:
    """What `paperkb.toml` may say.

    Args:
        exclude: globs of files and folders to leave out; stronger than `include`.
        include: globs of files and folders to read although a convention leaves them out.
        endings: of documents, in any case.
        links: `papers`, or `obsidian` where links between notes lead where Obsidian's own do and nowhere else.
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
        ConfigError: it is not TOML, or a value has another type than it should.
    """
    file = os.path.join(root, "paperkb.toml")
    if not os.path.exists(file):
        return Config()
    import tomllib  # costs time to import: only for those who have settings

    try:
        with open(file, "rb") as settings:
            data = tomllib.loads(settings.read().decode("utf-8-sig"))  # with the mark that some editors write first
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

"""What stands in a vault by convention without being a note: trash, backups, templates, what tools and agents keep."""

import re

from kb.regex import rare

BUILT = "a built site"
SITE_MANIFEST = ".paperkb-site.json"
"""What `paperkb site` leaves in a folder; all in it was made of notes, and is none."""

_FOLDERS = {
    "trash": (*(f"{sign}trash" for sign in ("", ".", "_")), "$recycle.bin", "#recycle", ".recycle"),
    "backup": (
        *(f"{sign}{name}" for sign in ("", ".", "_") for name in ("bak", "backup", "backups")),
        ".stversions",
        "version-files",
    ),
    "instructions for an agent": (
        ".claude", ".cursor", ".codex", ".gemini", ".windsurf", ".aider", ".roo", ".continue", ".agent", ".agents"
    ),
    "settings of Obsidian": (".obsidian",),
    "version control": (".git", ".hg", ".svn", ".jj"),
    BUILT: ("_site",),
    "installed software": ("node_modules", "__pycache__", "venv", "site-packages"),
}
NEVER_NOTES = ("settings of Obsidian", "version control")
"""Reasons for which what is left out is nobody's notes, so that there is nothing to tell."""
_REASONS = {name: reason for reason, names in _FOLDERS.items() for name in names}
"""What a folder's name, in lower case, gives away."""
_TRASH = rare(r"[._]?trash-\d+")
_TEMPLATES = ("template", "templates", "vorlagen", "plantillas", "modèles", "шаблоны", "模板", "テンプレート", "템플릿")
_NO_LETTERS = rare(r"[\W\d_]*")
"""What may stand before a name of templates."""
_SHOWN = (".gitbook", ".attachment", ".attachments", ".assets", ".image", ".images", ".media", ".resources")
"""Hidden folders of what notes show."""

PAGES_OF_FOLDERS = ("index", "readme", "_index")
"""What a note is called, in lower case, that stands for the folder it is in."""

_FILES = (
    ("instructions for an agent", rare(r"(?:agents|claude|gemini)(?:\.local)?\.md")),
    ("a copy that a synchronization made", rare(r".*(?:\.sync-conflict-|\((?:.* )?conflicted copy\b).*", re.DOTALL)),
    ("backup", rare(r".*\.(?:bak|backup|orig)\.\w+", re.DOTALL)),
    ("hidden", rare(r"\..*", re.DOTALL)),
)
"""What a file's name, in lower case, gives away; the first that fits."""
_SIGNS = ("\nagents.", "\nclaude.", "\ngemini.", ".sync-conflict-", "conflicted copy", ".bak.", ".backup.", ".orig.")
"""Text without one of these, each name on a line, holds no name of `_FILES` but hidden ones."""


def of_folder(name: str) -> str:
    """Why a folder of this name is no place for notes, or nothing."""
    folded = name.casefold()
    if folded in _REASONS:
        return _REASONS[folded]
    if "trash-" in folded and _TRASH.fullmatch(folded):
        return "trash"
    if folded.endswith(_TEMPLATES):
        before = (folded.removesuffix(ending) for ending in _TEMPLATES if folded.endswith(ending))
        if any(map(_NO_LETTERS.fullmatch, before)):
            return "templates"
    return "hidden" if folded.startswith(".") and folded not in _SHOWN else ""


def called(path: str) -> str:
    """What a note goes by: its file's name without ending, or that of the folder for which it stands."""
    folder, _, name = path.rpartition("/")
    stem = name.rpartition(".")[0]
    return folder.rpartition("/")[2] if folder and stem.lower() in PAGES_OF_FOLDERS else stem


def of_file(name: str) -> str:
    """Why a document of this name is no note, or nothing."""
    if not (name.startswith(".") or may_leave_out(name)):
        return ""
    folded = name.casefold()
    return next((reason for reason, pattern in _FILES if pattern.fullmatch(folded)), "")


def may_leave_out(names: str) -> bool:
    """Whether one of a folder's files, a line each, may be left out by another rule than for hidden ones."""
    folded = "\n" + names.casefold()
    return any(sign in folded for sign in _SIGNS)

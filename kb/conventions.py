"""Files in a vault that by convention are not notes: trash, backups, templates, files of tools and agents."""

import re

from kb.regex import rare

BUILT = "a built site"
SITE_MANIFEST = ".paperkb-site.json"
"""The file that `paperkb site` leaves in a folder; everything there was generated from notes and is not a note."""

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
"""Reasons that need no notice, since nobody keeps notes there."""
_REASONS = {name: reason for reason, names in _FOLDERS.items() for name in names}
"""Lower-case folder name -> the reason to leave it out."""
_TRASH = rare(r"[._]?trash-\d+")
_TEMPLATES = ("template", "templates", "vorlagen", "plantillas", "modèles", "шаблоны", "模板", "テンプレート", "템플릿")
_NO_LETTERS = rare(r"[\W\d_]*")
"""What may come before a name of templates."""
_SHOWN = (".gitbook", ".attachment", ".attachments", ".assets", ".image", ".images", ".media", ".resources")
"""Hidden folders with files that notes show."""

PAGES_OF_FOLDERS = ("index", "readme", "_index")
"""Lower-case names of notes that stand for their folder."""
_POST = rare(r"(\d{4}-\d{1,2}-\d{1,2})-(.+)")

_FILES = (
    ("instructions for an agent", rare(r"(?:agents|claude|gemini)(?:\.local)?\.md")),
    ("a copy made by a sync tool", rare(r".*(?:\.sync-conflict-|\((?:.* )?conflicted copy\b).*", re.DOTALL)),
    ("backup", rare(r".*\.(?:bak|backup|orig)\.\w+", re.DOTALL)),
    ("hidden", rare(r"\..*", re.DOTALL)),
)
"""Reasons to leave out a file, with patterns for its lower-case name; the first match counts."""
_SIGNS = ("\nagents.", "\nclaude.", "\ngemini.", ".sync-conflict-", "conflicted copy", ".bak.", ".backup.", ".orig.")
"""A list of names, one per line, with none of these has no name that matches `_FILES`, except hidden ones."""


def of_folder(name: str) -> str:
    """Why a folder with this name holds no notes; empty if it may."""
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


def post(name: str) -> tuple[str, str]:
    """The date and the name of a post, from its file name without ending (`2014-12-22-adam`); empty if it is none."""
    found = _POST.fullmatch(name) if name[4:5] == "-" else None
    return (found[1], found[2]) if found else ("", "")


def stem(path: str) -> str:
    """The name of a file without its ending."""
    return path.rpartition("/")[2].rpartition(".")[0]


def called(path: str) -> str:
    """The name of a note: its file's, or that of the folder that it stands for."""
    folder, name = path.rpartition("/")[0], stem(path)
    return folder.rpartition("/")[2] if folder and name.lower() in PAGES_OF_FOLDERS else name


def spots(path: str) -> tuple[str, ...]:
    """What a link may call the note at a path: with and without its ending, or the folder whose page it is."""
    bare, dot, _ = path.rpartition(".")
    folder, _, name = bare.rpartition("/")
    is_page = folder and name.lower() in PAGES_OF_FOLDERS
    return (path, *([bare] if dot and name else []), *([folder] if is_page else []))


def called_by_notion(name: str) -> str:
    """The name that a page or folder has in Notion, whose exports add an id of 32 digits and cut it if it is long.

    Empty if the name has no such id.
    """
    called, _, last = name.rpartition(" ")
    return called if len(last) == 32 and not last.strip("0123456789abcdef") else ""


def of_file(name: str) -> str:
    """Why a document with this name is not a note; empty if it may be."""
    if not (name.startswith(".") or may_leave_out(name)):
        return ""
    folded = name.casefold()
    return next((reason for reason, pattern in _FILES if pattern.fullmatch(folded)), "")


def may_leave_out(names: str) -> bool:
    """Whether any of a folder's files (one name per line) may be left out for a reason other than being hidden."""
    folded = "\n" + names.casefold()
    return any(sign in folded for sign in _SIGNS)

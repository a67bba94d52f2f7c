"""What stands in a vault by convention without being a note: trash, backups, templates, what tools and agents keep."""

import re

_FOLDERS = (
    ("trash", re.compile(r"[._]?trash(?:-\d+)?|\$recycle\.bin|#recycle|\.recycle")),
    ("backup", re.compile(r"[._]?(?:bak|backups?)|\.stversions|version-files")),
    ("templates", re.compile(r"[\W\d_]*(?:templates?|vorlagen|plantillas|modèles|шаблоны|模板|テンプレート|템플릿)")),
    ("instructions for an agent", re.compile(r"\.(?:claude|cursor|codex|gemini|windsurf|aider|roo|continue|agents?)")),
    ("settings of Obsidian", re.compile(r"\.obsidian")),
    ("version control", re.compile(r"\.(?:git|hg|svn|jj)")),
    ("a built site", re.compile(r"_site")),
    ("installed software", re.compile(r"node_modules|__pycache__|venv|site-packages")),
    ("hidden", re.compile(r"\.(?!(?:gitbook|attachments?|assets|images?|media|resources)$).*", re.DOTALL)),
)
_FILES = (
    ("instructions for an agent", re.compile(r"(?:agents|claude|gemini)(?:\.local)?\.md")),
    (
        "a copy that a synchronization made",
        re.compile(r".*(?:\.sync-conflict-|\((?:.* )?conflicted copy\b).*", re.DOTALL),
    ),
    ("backup", re.compile(r".*\.(?:bak|backup|orig)\.\w+", re.DOTALL)),
    ("hidden", re.compile(r"\..*", re.DOTALL)),
)
"""What a name, in lower case, gives away; the first that fits."""
_SIGNS = ("\nagents.", "\nclaude.", "\ngemini.", ".sync-conflict-", "conflicted copy", ".bak.", ".backup.", ".orig.")
"""Text without one of these, each name on a line, holds no name of `_FILES` but hidden ones."""


def of_folder(name: str) -> str:
    """Why a folder of this name is no place for notes, or nothing."""
    return _first(_FOLDERS, name)


def of_file(name: str) -> str:
    """Why a document of this name is no note, or nothing."""
    return _first(_FILES, name)


def may_leave_out(names: str) -> bool:
    """Whether one of a folder's files, a line each, may be left out by another rule than for hidden ones."""
    folded = "\n" + names.casefold()
    return any(sign in folded for sign in _SIGNS)


def _first(known: tuple[tuple[str, re.Pattern[str]], ...], name: str) -> str:
    folded = name.casefold()
    return next((reason for reason, pattern in known if pattern.fullmatch(folded)), "")

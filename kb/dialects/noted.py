"""The reader's own note on a paper, linked by the list that has the paper.

    - [Nets of Ends](notes/ends.md) [[arXiv](https://arxiv.org/abs/1234.56789)]
    | **Nets of Ends** | CVPR'19 | [Paper](https://arxiv.org/abs/1234.56789) / [Note](notes/ends.md) |

Either way, `notes/ends.md` is about the paper, even if it does not say so.
"""

import posixpath
from collections.abc import Iterable

from kb.percent import unquote
from kb.regex import rare
from kb.targets import external, hosted_note
from kb.titles import title_key

_LABEL = rare(
    r"\W*(?:(?:my|own|our|paper|reading|detailed|full|short) )*"
    r"(?:notes?|summary|review|write-?up|comments|md|markdown|(?:阅读|論文|论文|学习)?(?:笔记|筆記)|解读|精读|总结"
    r"|メモ|まとめ|ノート|解説|정리|리뷰|노트|요약)\W*",
    2,
)
_PAGE = rare(r"(?:[^/.]*|.*\.(?:md|markdown|qmd))", 2)
"""The last part of the address of a note, or of a folder that has one."""
_SIGNED = rare(r"\s\([^()]*\)$")
"""`Nets of Ends (Ann & Bo)`"""


def noted_in(path: str, title: str, links: Iterable[tuple[str, str]]) -> str:
    """Where the note is, relative to the vault; empty if there is none, or several.

    Args:
        path: of the document with the list.
        title: of the paper.
        links: the text and target of each link that belongs to it.
    """
    name = title_key(title)
    found = {
        where
        for shown, target in links
        if (_LABEL.fullmatch(shown) or (name and name in (title_key(shown), title_key(_SIGNED.sub("", shown)))))
        and (where := _inside(path, target))
    }
    return found.pop() if len(found) == 1 else ""


def _inside(path: str, target: str) -> str:
    """The path of a note that a Markdown link leads to; empty if it leads elsewhere."""
    own = hosted_note(target)
    if not own and (not target or external(target) or target.startswith("#")):
        return ""
    folder = "" if own or target.startswith("/") else posixpath.dirname(path)
    where = posixpath.normpath(posixpath.join(folder, unquote(own or target).lstrip("/"))).rstrip("/")
    is_page = _PAGE.fullmatch(where.rpartition("/")[2]) is not None
    return where if is_page and not where.startswith("..") and where not in (".", path) else ""

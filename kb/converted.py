"""Signs that programs leave when they convert documents and pages to Markdown, and that say nothing.

Pandoc, Google Docs and web clippers write a backslash before what only might be markup (`Pre\\-training`, `1\\. `,
`\\"Nets\\"`), and pandoc writes a text with its class: `[Nets]{.underline}`.
"""

import re
from collections.abc import Iterator

from kb.flavor import is_shown
from kb.moved import Moved, Piece
from kb.regex import rare

_SIGNS = rare(
    r"(?<!\\)\\(?=-|[&%+=]|\.\.\.|'(?:\W|[stmd]\b|re\b|ve\b|ll\b))"
    r"|(?<=[^\W_])\\(?=_[^\W_]|\*(?:[,;.)\s]|$))"
    r"|(?<=\d)\\(?=\.\s)"
    r"|(?<![\\\w])\\\"(?=\S)(?P<quoted>[^\"\\\n]{2,300})\\\"(?!\w)"
    r"|(?<![\\!\]])\[(?P<span>[^\[\]]{0,500})\]\{(?:[.#][\w-]{1,50} ?){1,4}\}",
    re.MULTILINE,
)


def as_written(text: Moved) -> None:
    """Leave these signs out of a text, but not of its code and formulas."""
    if not _SIGNS.search(text.text):
        return
    hidden = is_shown(text.text)
    text.sub(_SIGNS, lambda sign: [(sign[0], sign.start())] if hidden(sign.start()) else _without(sign))


def _without(sign: re.Match[str]) -> Iterator[Piece]:
    if sign["quoted"] is not None:
        yield f'"{sign["quoted"]}"', sign.start() + 1
    elif sign["span"] is not None:
        yield sign["span"], sign.start("span")

"""Signs that say nothing, most of them left by programs that convert documents and pages to Markdown.

Pandoc, Google Docs and web clippers write a backslash before what only might be markup (`Pre\\-training`, `1\\. `,
`\\"Nets\\"`), and pandoc writes a text with its class: `[Nets]{.underline}`.
"""

import re

from kb.flavor import is_shown
from kb.moved import Moved, Piece
from kb.regex import rare

_ESCAPED = rare(
    r"\\(?:(?<!\\\\)(?:(?=-|[&%+=]|\.\.\.|'(?:\W|[stmd]\b|re\b|ve\b|ll\b))"
    r"|(?<=[^\W_]\\)(?=_[^\W_]|\*(?:[,;.)\s]|$))"
    r"|(?<=\d\\)(?=\.\s)"
    r"|(?<!\w\\)\"(?=\S)(?P<quoted>[^\"\\\n]{2,300})\\\"(?!\w)))",
    re.MULTILINE,
)
"""A backslash that is needless, perhaps with the words in quotes after it."""
_BRACKETED = rare(r"\[(?<!!\[)\[(?P<words>[^\[\]|]{1,300})\]\](?=\(\s?<?https?://)")
"""`[[paper]](https://...)`, which is no wiki-link"""
_CLASSED = rare(r"\[(?<![\\!\]]\[)(?P<words>[^\[\]]{0,500})\]\{(?:[.#][\w-]{1,50} ?){1,4}\}")


def as_written(text: Moved) -> None:
    """Leave these signs out of a text, but not of its code and formulas."""
    for signs, said in ((_ESCAPED, _unescaped), (_CLASSED, _words), (_BRACKETED, _in_brackets)):
        if signs.search(text.text):
            text.sub(signs, said, is_shown(text.text))


def _unescaped(sign: re.Match[str]) -> list[Piece]:
    return [] if sign["quoted"] is None else [(f'"{sign["quoted"]}"', sign.start() + 1)]


def _words(sign: re.Match[str]) -> list[Piece]:
    return [(sign["words"], sign.start("words"))]


def _in_brackets(link: re.Match[str]) -> list[Piece]:
    return [("[", link.start()), (f"{link['words']}]", link.start("words"))]

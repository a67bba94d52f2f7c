r"""Untrusted text as Markdown that shows it and means nothing else: no link, tag, heading, field or HTML.

Formulas may stay formulas. Each paragraph is one line.
"""

import re
from collections.abc import Iterator

from cli.printable import printable
from kb.ids import find_tokens

_SIGN = re.compile(
    r"[\\`*\[\]<$~@^#_]"  # `\`, code, emphasis, links, HTML, formulas, citations, blocks, tags
    r"|&(?=[#A-Za-z])|:(?=:|//)|(?<=:):|\{(?=[{%])|(?<=\{)\{|(?<=[{%<])%|%(?=[%>}])|(?<=\()\("
)
_OPENS = re.compile(r"\d{1,9}(?=[.)])|(?=[-+=:>|~])")
"""What would open a list, quotation, table or underline at the start of a line."""
_ENTITIES = {"@": "&#64;", "^": "&#94;"}
"""Characters that some readers interpret even after a backslash."""
_FORMULA = re.compile(r"(?<![\\$])\$(?=[^\s$])[^$`%]{0,300}?(?<=[^\s\\])\$(?![\d$])")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
"""What opens a tag for readers without formulas; inside a formula, a space after it changes nothing."""
_PARAGRAPHS = re.compile(r"\n\s*\n")


def paragraphs(text: str, *, formulas: bool = True) -> Iterator[str]:
    """The paragraphs of a text, each as one line of Markdown."""
    for paragraph in _PARAGRAPHS.split(text):
        if line := printable(paragraph):
            yield escaped(line, formulas=formulas)


def escaped(line: str, *, formulas: bool = True) -> str:
    """Markdown that shows the line unchanged.

    Args:
        formulas: keep text between `$` and `$` as a formula.
    """
    opened = _OPENS.match(line)
    start = opened.end() if opened else 0
    head = f"{line[:start]}\\{line[start]}" if opened else ""
    rest = line[start + 1 :] if opened else line
    pieces, done = [head], 0
    for formula in _FORMULA.finditer(rest) if formulas else ():
        pieces += [_plain(rest[done : formula.start()]), _TAG.sub("< ", formula[0])]
        done = formula.end()
    return "".join([*pieces, _plain(rest[done:])])


def _plain(text: str) -> str:
    """The text escaped, with anything that looks like a paper's id or URL broken so that it is not read as one."""
    marked = {sign.start() for sign in _SIGN.finditer(text)}
    for start, end, _ in find_tokens(text):
        marked |= {at for at in range(start, end) if text[at].isascii() and not text[at].isalnum()}
    return "".join(_ENTITIES.get(sign, f"\\{sign}") if at in marked else sign for at, sign in enumerate(text))

"""HTML in a note as the Markdown that says the same, on the same lines.

    <h3 align="center"><a href="https://arxiv.org/abs/1706.03762"><b> Attention </b></a></h3>

is `### [**Attention**](https://arxiv.org/abs/1706.03762)`. So are pictures, items, tables, bold and italic words; tags
that only arrange them are left out. Everything else stays, as do code, formulas and comments. What an element holds
beyond the end of its first line moves up to that line.
"""

import re
from collections.abc import Iterator

from kb.flavor import shown
from kb.moved import Moved, Piece, before_on_line
from kb.regex import rare
from kb.titles import ENTITY

_SHOWN = "\0"
"""Stands for `<` where it is no tag; no text of a note has this character."""
_LATER = "\r"
"""Stands for a line end inside an element, which comes after the line that the element is on; no note has it either."""
_NEAR = 500
"""Characters of a line that are looked at for what is beside an element."""
_DEEPEST = 5
"""Elements in one another that are read; each level is one more pass."""
_SIGNS = rare(r"<a\s[^<>]{0,500}\bhref\s*=|<img\s|</(?:h[1-6]|li|t[dh]|summary)\s*>", re.IGNORECASE)
"""Without any of them, HTML says nothing that Markdown could."""
_ENDS = {"<!--": "-->", "<pre": "</pre>", "<script": "</script>", "<style": "</style>"}
"""What begins a part that is not read, and what ends it."""
_BLOCKS = (
    "article|aside|blockquote|button|center|details|div|figcaption|figure|footer|header|main|nav|p|picture|section"
)
_LINES = "abbr|big|font|nobr|small|span|time|u"
_ARRANGING = rare(rf"</?(?:(?P<block>{_BLOCKS})|{_LINES})(?:\s[^<>]{{0,2000}})?/?>", re.IGNORECASE)
_ELEMENT = rare(
    r"<(?P<name>a|b|strong|i|em|summary|h(?P<level>[1-6]))(?P<attributes>\s[^<>]{0,2000})?>"
    r"(?P<inner>(?:[^<>]|<br ?/?>){0,2000}?)</(?P=name)\s*>",
    re.IGNORECASE,
)
_PICTURE = rare(r"<img(?P<attributes>\s[^<>]{0,2000})>", re.IGNORECASE)
_VALUE = r"\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))"
_ADDRESS, _SOURCE, _INSTEAD = (rare(rf"\s{name}{_VALUE}", re.IGNORECASE) for name in ("href", "src", "alt"))
_BADGE = rare(r"^https://img\.shields\.io/badge/(\w{2,20})-")
_ITEM = rare(r"(?P<list></?[uo]l\b[^<>]{0,500}>)|</li\s*>|<li\b[^<>]{0,500}>(?P<space>\s*)", re.IGNORECASE)
_DELAYED = rare(r"\r[^\n]*")
_NAME = rare(r"<[A-Za-z][^<>]{0,2000}?\b(?:id|name)\s?=\s?[\"']?([^\s\"'<>]{1,100})")
_TAG = rare(r"<[^<>]*>")
_SPACE = rare(r"\s+")
_MARKS = {"b": "**", "strong": "**", "summary": "**", "i": "*", "em": "*"}


def as_markdown(text: Moved) -> list[str]:
    """Put Markdown in the place of the HTML that it has signs for.

    Returns:
        The ids and names of all elements, which `#...` in a link may mean.
    """
    body = text.text
    if not (("</" in body or "<img" in body) and _SIGNS.search(body)):
        return []
    spans = list(shown(body, or_html=True))
    read = _without_hidden(_masked(body, [(start, end) for is_html, start, end in spans if not is_html]))
    if not _SIGNS.search(read):
        return []
    text.text = read
    text.rebuild(_without_indents(read, [(start, end) for is_html, start, end in spans if is_html]))
    text.sub(_ARRANGING, lambda tag: _left_out(text.text, tag))
    text.sub(_PICTURE, _picture)
    before = "" if "</" in read else text.text
    for _ in range(_DEEPEST):
        if text.text == before:
            break
        before = text.text
        text.sub(_ELEMENT, lambda element: _element(text.text, element))
    if _LATER in text.text:
        text.sub(_DELAYED, _at_the_end)
    lower = text.text.lower()
    if "<li" in lower or "<ul" in lower or "<ol" in lower:
        text.sub(_ITEM, _Items(text.text))
    if "<t" in lower or "</t" in lower:
        from kb import html_tables

        text.rebuild(html_tables.as_markdown(text.text))
    text.text = text.text.replace(_SHOWN, "<")
    return _NAME.findall(body)


def _masked(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with another sign for each `<` in these spans."""
    pieces, done = [], 0
    for start, end in spans:
        pieces += [text[done:start], text[start:end].replace("<", _SHOWN)]
        done = end
    return "".join([*pieces, text[done:]])


def _without_hidden(text: str) -> str:
    """The text with another sign for each `<` in comments and the like, and for `\\<`."""
    text = text.replace("\\<", f"\\{_SHOWN}")
    for begins, ends in _ENDS.items():
        lower = text.lower() if text.isascii() else text
        spans, start = [], lower.find(begins)
        while start >= 0 and (end := lower.find(ends, start)) >= 0:
            spans.append((start, end + len(ends)))
            start = lower.find(begins, spans[-1][1])
        text = _masked(text, spans)
    return text


def _without_indents(text: str, blocks: list[tuple[int, int]]) -> Iterator[Piece]:
    """The text without spaces at the start of lines in blocks of HTML, which would make them code."""
    done = 0
    for start, end in blocks:
        while start < end:
            yield text[done:start], done
            line = text[start : (text.find("\n", start) + 1) or end]
            done = start + len(line) - len(line.lstrip(" \t"))
            start += len(line)
    yield text[done:], done


def _left_out(text: str, tag: re.Match[str]) -> list[Piece]:
    """A space instead of a tag that ends a paragraph between two words."""
    before, after = text[max(tag.start() - 1, 0) : tag.start()], text[tag.end() : tag.end() + 1]
    is_between = tag["block"] and before.strip() and after.strip()
    return [(" ", tag.start())] if is_between else []


def _element(text: str, element: re.Match[str]) -> list[Piece]:
    """The Markdown for an element whose inner ones are already Markdown."""
    inner, start = element["inner"], element.start("inner")
    words = inner.strip()
    said = (words, start + len(inner) - len(inner.lstrip()))
    name = element["name"].lower()
    if name == "a":
        return [*_link(element, words, said[1]), *_line_ends(element)]
    if name in _MARKS:
        if not words or "\n" in words or (name == "summary" and "**" in words):
            return [(inner, start)]
        before, after = inner[: len(inner) - len(inner.lstrip())], inner[len(inner.rstrip()) :]
        return [(before + _MARKS[name], element.start()), said, (_MARKS[name] + after, element.end() - 1)]
    after = text[element.end() : element.end() + _NEAR].partition("\n")[0]
    if not words or before_on_line(text, element.start()).strip() or after.strip():
        return [(inner, start)]
    sign = "#" * int(element["level"])
    return [(f"{sign} ", element.start()), (_SPACE.sub(" ", words), said[1]), *_line_ends(element)]


def _line_ends(element: re.Match[str]) -> list[Piece]:
    """The line ends of an element that is now on one line."""
    return [(_LATER * (element[0].count("\n") + element[0].count(_LATER)), element.end() - 1)]


def _at_the_end(line: re.Match[str]) -> Iterator[Piece]:
    """The rest of a line without the line ends that it delays, which come now."""
    at = line.start()
    for words in line[0].split(_LATER):
        yield words, at
        at += len(words) + 1
    yield "\n" * line[0].count(_LATER), line.end() - 1


def _link(element: re.Match[str], words: str, at: int) -> Iterator[Piece]:
    target = "".join(_value(_ADDRESS, element).split("\n"))
    words = _SPACE.sub(" ", words)
    if words.startswith("[") and words.endswith("]") and "[" not in words[1:]:
        words = words[1:-1].strip()  # `[paper]`
    if words.count("[") != words.count("]"):
        words = words.replace("[", "").replace("]", "")
    if not target:
        yield words, at
        return
    yield "[", element.start()
    yield words, at
    yield f"]({_in_brackets(target)})", element.end() - 1


def _picture(picture: re.Match[str]) -> list[Piece]:
    source = _value(_SOURCE, picture)
    badge = _BADGE.search(source)
    words = _SPACE.sub(" ", _value(_INSTEAD, picture)) or (badge[1].replace("_", " ") if badge else "")
    shown = f"![{words.replace('[', '').replace(']', '')}]({_in_brackets(source)})"
    return [(shown + _LATER * picture[0].count("\n"), picture.start())]


def _value(attribute: re.Pattern[str], element: re.Match[str]) -> str:
    found = attribute.search(element["attributes"] or "")
    value = "".join(found.groups("")) if found else ""
    if ENTITY.search(value):
        import html  # few values have entities

        value = html.unescape(value)
    return value.strip()


def _in_brackets(address: str) -> str:
    """The address as it may be in a link of Markdown; one in the language of a template keeps its spaces."""
    if "{{" in address or "{%" in address:
        return address
    if address.count("(") != address.count(")"):
        address = address.replace("(", "%28").replace(")", "%29")
    return _SPACE.sub("%20", address)


class _Items:
    """The Markdown for items; lists in lists are indented."""

    def __init__(self, text: str) -> None:
        self.text, self.depth = text, 0

    def __call__(self, tag: re.Match[str]) -> list[Piece]:
        if tag["list"]:
            self.depth = max(self.depth + (-1 if tag["list"].startswith("</") else 1), 0)
        if tag["space"] is None:
            return []
        ends = tag["space"].count("\n")
        sign = "  " * min(self.depth - 1, _DEEPEST) + "- "
        is_first = ends or not _TAG.sub("", before_on_line(self.text, tag.start())).strip()
        return [("\n" * ends, tag.start()), (sign if is_first else " ", tag.end() - 1)]

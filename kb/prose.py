"""What running text contains besides links: ids, citekeys, tags, block ids and comment markers."""

from bisect import bisect_right
from collections.abc import Iterator

from kb import ids
from kb.model import LinkKind
from kb.regex import rare
from kb.typed import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import re

_CITED = rare(
    r"(?P<group>\[[^\[\]@\n]{0,80}@[\w:.+-]{1,100}[^\[\]\n]{0,200}\])"
    r"|(?<![\w.@/\[-])@(?P<handle>[A-Za-z](?=[\w:.+-]{0,100}\d\d)(?:[\w:.+-]{0,100}\w)?)"
)
"""Pandoc's citations. Keys outside brackets must have two digits in a row, as those with a year have."""
_CITEKEY = rare(r"(?<![\w.])@([A-Za-z](?:[\w:.+/-]{0,100}\w)?)")
_TEX = rare(r"\\[A-Za-z]{0,12}cite[A-Za-z]{0,12}\*?(?:\[[^\[\]\n]{0,100}\]){0,2}\{([^{}\n]{1,1000})\}")
_ROLE = rare(r"\{cite(?::[a-z]{1,20})?\}`([^`\n]{1,1000})`")
"""MyST's citations: {cite}`key`, {cite:p}`key, other`."""
_TEX_KEY = rare(r"[A-Za-z][\w:.+/-]{0,100}")
_TAG = rare(r"(?<![\w/#&])#([^\s!-,.:-@\[-^`{-~\u2000-\u206F\u2E00-\u2E7F]+)")
_SIGN = rare(rb"::")
_BLOCK = rare(r"(?:^|\s)\^([A-Za-z0-9-]+)\s*$")


class ByteOffsets:
    """Byte offsets of character offsets in a text; for increasing offsets, the time is linear in the text."""

    def __init__(self, text: str) -> None:
        self.text, self.ascii = text, text.isascii()
        self.seen, self.offset = 0, 0

    def at(self, index: int) -> int:
        if self.ascii:
            return index
        if index < self.seen:
            self.seen, self.offset = 0, 0
        self.offset += len(self.text[self.seen : index].encode())
        self.seen = index
        return self.offset


class Mention(NamedTuple):
    """A possible id, or a citekey, in running text, with the bytes where it begins and ends."""

    start: int
    end: int
    raw: str
    kind: LinkKind
    token: str

    def target(self) -> str:
        """The citekey, or the id if it is one. Read only on demand: most ids are in addresses of links."""
        return self.token if self.kind != "id" else str(ids.read_token(self.token) or "")


def mentions(text: str) -> list[Mention]:
    """Everything that may be an id or a citation key (`[@key, p. 3]`, `@key`, `\\cite{key}`, MyST's role), in order."""
    found = [Mention(start, end, text[start:end], "id", token) for start, end, token in ids.find_tokens(text)]
    for cited in _CITED.finditer(text) if "@" in text else ():
        if name := cited["handle"]:
            found.append(Mention(*cited.span(), cited[0], "handle", name))
        else:
            found += _keys(_CITEKEY, cited[0], cited.start())
    for cited in _TEX.finditer(text) if "\\" in text and "cite" in text else ():
        found += _keys(_TEX_KEY, cited[1], cited.start(1))
    for cited in _ROLE.finditer(text) if "{cite" in text else ():
        found += _keys(_TEX_KEY, cited[1], cited.start(1))
    found.sort(key=lambda each: each[:2])
    if text.isascii():
        return found
    offsets = ByteOffsets(text)
    return [each._replace(start=offsets.at(each.start), end=offsets.at(each.end)) for each in found]


def _keys(pattern: "re.Pattern[str]", text: str, offset: int) -> Iterator[Mention]:
    """The citation keys in a part of a text that begins at an offset."""
    for match in pattern.finditer(text):
        yield Mention(offset + match.start(), offset + match.end(), match[0], "citekey", match[match.re.groups])


class Marks:
    """Tags, `^block` ids, the `::` of fields and `%%` comments of a body; `add` takes its pieces of text in order."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.has_signs = bool(_SIGN.search(body))  # for two bytes, a pattern is twice as fast as `in`
        self.has_percents = b"%" in body and b"%%" in body  # looking for one byte is ten times faster
        self.only_tags = not (self.has_signs or self.has_percents or b"^" in body)  # a piece without `#` has no mark
        self.tags: list[tuple[int, str]] = []
        self.blocks: list[tuple[int, str]] = []
        self.percents: list[int] = []
        self.signs: list[int] = []

    def add(self, value: str, start: int, end: int) -> None:
        if "#" in value:
            offsets = ByteOffsets(value)
            for match in _TAG.finditer(value):
                offset = start + offsets.at(match.start())
                before = self.body[max(offset - 2, 0) : offset]
                is_number = match[1].replace("/", "").replace("-", "").isdigit()
                if not (is_number or before.endswith(b"\\") or before == b"]("):
                    self.tags.append((offset, match[1].strip("/")))
        if "^" in value and self.body[end : end + 20].lstrip(b" \t")[:1] in (b"\n", b""):
            block = _BLOCK.search(value)
            self.blocks += [(start, block[1])] if block else []
        if self.has_percents:
            self.percents += self.places(b"%%", start, end)
        if self.has_signs:
            self.signs += self.places(b"::", start, end)

    def places(self, sign: bytes, start: int, end: int) -> Iterator[int]:
        position = self.body.find(sign, start, end)
        while position >= 0:
            yield position
            position = self.body.find(sign, position + 2, end)

    def is_comment(self, offset: int) -> bool:
        """Whether the offset is between a `%%` and the next one. Call it after everything has been added."""
        signs = bisect_right(self.percents, offset)
        return signs % 2 == 1 and signs < len(self.percents)


def without_block_id(text: str) -> str:
    return _BLOCK.sub("", text) if "^" in text else text

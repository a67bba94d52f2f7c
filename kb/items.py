"""The role that a list item or field gives its first link, and the words after that link, which are its why.

    - builds on [[a]] (as it decays the learning rate)
    - [[b]]: the same under a heading `## Builds on`
    builds-on:: [[c]] because

Each of the three is a typed edge with its reason, as is a line `Builds on: [[c]] because` outside lists. A plain item
that opens with a link also keeps the remark after it:

    - [[d]] - why it matters
"""

from kb import roles
from kb.model import Link
from kb.regex import rare

_KEY = rb"(?:\*\*|__)?([A-Za-z][\w -]{0,40}?(?:\(s\))?)(?:\*\*|__)?\s*::(?:\s+|(?=[\[!])|$)"
_FIELD = rare(rb"(?:[\s>+*-]|\d{1,9}[.)]\s|\[[ xX]\]\s)*[\[(]?" + _KEY)
_BRACKET_FIELD = rare(rb"[\[(]\s*" + _KEY + rb"$")
_LABEL = rare(rb"[\s>]{0,20}(?:\*\*|__)?([A-Za-z][A-Za-z -]{3,20})(?:\*\*|__)?:(?:\*\*|__)?\s")
_LONGEST_KEY = 100
"""Bytes at the start of a line that are searched for a field's `::`."""
_SIGNS = " \n:;,.-–—()[]"
_REMARK = rare(r"\s*(?::(?!:)|[–—]|-\s)")
"""What separates a remark from the link before it; otherwise the sentence continues."""


def why(text: str) -> str:
    """The words after a link, on one line and without the punctuation before them."""
    line = " ".join(text.split()).lstrip(":;,.-–—]) ").strip()
    return line[1:-1].strip() if line.startswith("(") and line.endswith(")") else line


class _Item:
    """An item or field being read: its role, its first link, and the words before and after that link."""

    __slots__ = ("first", "has_why", "has_words", "is_detail", "is_field", "lead", "role", "why")

    def __init__(self, role: str = "", is_detail: bool = False, is_field: bool = False, has_why: bool = True) -> None:
        self.role = role
        self.is_detail = is_detail  # nested in an item that already has its link
        self.is_field = is_field  # `key:: [[link]] why`, which ends at the line end
        self.has_why = has_why
        self.has_words = False  # after its link, not counting the text of other links
        self.lead: list[str] = []
        self.first: int | None = None
        self.why: list[str] = []


class Items:
    """The items that are open at a place in the text, the innermost last.

    Args:
        links: all links so far; the first link of an item gets its role and why when the item ends.
    """

    def __init__(self, links: list[Link]) -> None:
        self.links = links
        self.open: list[_Item] = []

    @property
    def is_outside(self) -> bool:
        """Whether this place is in no item of a list."""
        return not self.open or self.open[0].is_field

    def begin(self, section_role: str) -> None:
        """Begin an item in a section whose heading asks for this role."""
        is_detail = bool(self.open) and (self.open[-1].is_detail or self.open[-1].first is not None)
        self.open.append(_Item("" if is_detail else section_role, is_detail))

    def begin_field(self, is_line: bool) -> None:
        """Announce a link that is the value of a field, which has its own line or is in brackets."""
        if self.open and self.open[-1].is_field:
            self.open[-1].has_why = False  # text between two links of a field is not a reason
        else:
            self.open.append(_Item(is_field=True, has_why=is_line))

    def hold_next(self) -> None:
        """Announce a link; it becomes the first one of an item that has none."""
        if self.open and self.open[-1].first is None:
            self.open[-1].first = len(self.links)

    def say(self, value: str, *, is_link: bool = False) -> None:
        """Add words of an item: before its first link they may give the role, after it they are the why."""
        if self.open:
            item = self.open[-1]
            if item.first is not None:
                item.why.append(value)
                if not (item.has_words or is_link) and value.strip(_SIGNS):
                    item.has_words = True
            elif not is_link:
                item.lead.append(value)

    def say_after(self, value: str) -> None:
        """Add text that counts only after the first link, like code."""
        if self.open and self.open[-1].first is not None:
            self.open[-1].why.append(value)

    def end_line(self) -> None:
        """End a field, which ends with its line."""
        if self.open and self.open[-1].is_field:
            self.end()
        self.say("\n")

    def end(self) -> None:
        """End the innermost item."""
        item = self.open.pop()
        if item.first is None:
            return
        link = self.links[item.first]
        role = link.role or item.role or (roles.of_item("".join(item.lead)) if item.lead else "")
        if role:
            reason = why("".join(item.why)) if item.has_why else ""
            self.links[item.first] = link._replace(role=role, why=reason)
        elif item.has_words and not (item.lead and "".join(item.lead).strip(_SIGNS)):
            after = "".join(item.why)
            if _REMARK.match(after):
                self.links[item.first] = link._replace(why=why(after))


def field_role(body: bytes, line: int, start: int) -> tuple[str, bool]:
    """The role that a field gives the link at `start`, and whether the field has the line to itself.

    `key:: [[a]], [[b]]` at the start of a line applies to both links; `[key:: [[a]]]` can be anywhere.

    Args:
        line: offset at which the link's line begins.
    """
    if body.find(b"::", line, min(start, line + _LONGEST_KEY)) >= 0:
        match = _FIELD.match(body, line, line + _LONGEST_KEY)
        if match and match.end() <= start:
            return roles.of_field(match[1].decode()), True
    match = _BRACKET_FIELD.search(body, max(line, start - 60), start)
    return (roles.of_field(match[1].decode()), False) if match else ("", False)


def label_role(body: bytes, line: int, start: int) -> str:
    """The role that a label and a colon at the beginning of a line give the links after it: `Builds on: [[a]], [[b]]`.

    Args:
        line: offset at which the line begins.
        start: offset of a link on it.
    """
    label = _LABEL.match(body, line, start)
    return roles.of_item(label[1].decode()) if label else ""

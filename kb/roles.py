"""Where people write typed edges: a fixed set of headings, list items and fields."""

from kb.remember import remembered

TYPED = ("builds-on", "cites", "uses-pattern", "raises-constraint")
"""Edge types that a writer can choose; any other role is kept as text on a plain link."""

_SPELLINGS = {
    "builds on": "builds-on",
    "build on": "builds-on",
    "based on": "builds-on",
    "cites": "cites",
    "cite": "cites",
    "uses": "uses-pattern",
    "uses pattern": "uses-pattern",
    "uses patterns": "uses-pattern",
    "patterns": "uses-pattern",
    "pattern": "uses-pattern",
    "raises": "raises-constraint",
    "raises constraint": "raises-constraint",
    "raises constraints": "raises-constraint",
    "constraints": "raises-constraint",
    "constraint": "raises-constraint",
    "broader": "broader",
    "story": "story",
    "tour": "story",
}
_HEADINGS = {"builds on", "cites", "uses", "raises", "story", "tour"}
_ITEMS = {"builds on", "cites", "uses", "raises"}


def _words(text: str) -> str:
    return " ".join(text.replace("_", " ").replace("-", " ").split()).strip(" *_:").lower()


@remembered(1 << 12)
def of_heading(text: str) -> str:
    """The edge type of links in a list under this heading (`story` for the steps of a story), or empty."""
    words = _words(text)
    return _SPELLINGS[words] if words in _HEADINGS else ""


def of_item(lead: str) -> str:
    """The edge type given by the words before an item's first link, or empty."""
    words = _words(lead)
    return _SPELLINGS[words] if words in _ITEMS else ""


@remembered(1 << 10)
def of_field(key: str) -> str:
    """The role of a front-matter or inline field that holds links: a typed edge, or the field's own name."""
    return _SPELLINGS.get(_words(key), key.strip().lower())
